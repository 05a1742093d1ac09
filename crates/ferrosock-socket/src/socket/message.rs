//! `sendmsg` and `recvmsg`: scattered data, control messages and an address in one call.

use std::io::IoSlice;
use std::mem::MaybeUninit;

use smallvec::SmallVec;

use super::{ControlBuffer, ControlMessage, Interest, Socket};
use crate::address::RawAddress;
use crate::{Error, Host, Result, sys};

/// What [`Socket::recv_message`] received.
///
/// ```
/// use ferrosock_socket::{Socket, Uninterrupted};
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// a.send(&Uninterrupted, b"hello", 0)?;
/// let mut room = [std::mem::MaybeUninit::uninit(); 16];
/// let received = b.recv_message(&Uninterrupted, &mut [&mut room], 64, 0)?;
/// assert_eq!((received.count, received.flags), (5, 0));
/// assert_eq!(received.control.messages().count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Received {
    /// How many bytes of data came, the spaces filled in order.
    pub count: usize,
    /// The control messages.
    pub control: ControlBuffer,
    /// What was special about the message (`MSG_EOR`, `MSG_TRUNC`, `MSG_CTRUNC` ...).
    pub flags: i32,
    /// Where it came from; empty if the socket is connected.
    pub address: RawAddress,
}

impl Received {
    /// Closes the descriptors that came in control messages: for a caller that cannot hand them on.
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let file = std::fs::File::open("/dev/null")?;
    /// a.send_descriptors(&Uninterrupted, b"x", &[file.as_fd()], 0)?;
    /// let mut room = [std::mem::MaybeUninit::uninit(); 8];
    /// let received = b.recv_message(&Uninterrupted, &mut [&mut room], 64, 0)?;
    /// received.close_descriptors(); // nobody wants it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close_descriptors(&self) {
        for message in self.control.messages() {
            if message.level != libc::SOL_SOCKET || message.kind != libc::SCM_RIGHTS {
                continue;
            }
            for bytes in message.data.chunks_exact(size_of::<i32>()) {
                let _ = sys::close(i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
            }
        }
    }
}

impl Socket {
    /// Receives a message into several spaces, with up to `control_room` bytes of control messages.
    ///
    /// # Errors
    /// As [`recv`](Socket::recv); `EMSGSIZE` for more spaces than the system takes, [`Error::NoMemory`] for more of them,
    /// or more room, than there is memory for.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.send(&Uninterrupted, b"hello", 0)?;
    /// let mut rooms = ([std::mem::MaybeUninit::uninit(); 2], [std::mem::MaybeUninit::uninit(); 8]);
    /// let received = b.recv_message(&Uninterrupted, &mut [&mut rooms.0, &mut rooms.1], 0, 0)?;
    /// assert_eq!(received.count, 5); // two bytes in the first, three in the second
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_message(
        &self,
        host: &impl Host,
        spaces: &mut [&mut [MaybeUninit<u8>]],
        control_room: usize,
        flags: i32,
    ) -> Result<Received> {
        let mut control = ControlBuffer::with_room(control_room)?;
        // A slice of bytes and an iovec have the same meaning but not by contract the same layout.
        let mut vectors = Vectors(SmallVec::new());
        vectors.0.try_reserve_exact(spaces.len()).map_err(|_| Error::NoMemory)?;
        vectors.0.extend(
            spaces
                .iter_mut()
                .map(|space| libc::iovec { iov_base: space.as_mut_ptr().cast(), iov_len: space.len() }),
        );
        let mut address = RawAddress::empty();
        let (count, control_length, address_length, flags) = self.perform(host, Interest::Read, |fd| {
            let (name, name_length) = address.as_mut_ptr();
            let Vectors(vectors) = &mut vectors;
            let mut message = blank_message();
            message.msg_name = name.cast();
            // SAFETY: the length beside the pointer, just set.
            message.msg_namelen = unsafe { *name_length };
            message.msg_iov = vectors.as_mut_ptr();
            message.msg_iovlen = count_of(vectors.len())?;
            if !control.is_empty() {
                message.msg_control = control.bytes_mut().as_mut_ptr().cast();
                message.msg_controllen = count_of(control.len())?;
            }
            // SAFETY: the address, the vectors, their spaces and the control buffer outlive the call.
            let count = unsafe { sys::recv_message(fd, &mut message, flags)? };
            #[allow(clippy::unnecessary_cast, reason = "the BSDs' length is 32 bits wide")]
            let control_length = message.msg_controllen as usize;
            Ok((count, control_length, message.msg_namelen, message.msg_flags))
        })?;
        let filled = control.len().min(control_length);
        control.set_len(filled);
        address.set_len(address_length);
        Ok(Received { count, control, flags, address })
    }

    /// Sends several pieces as one message, with control messages, to an address or to the peer.
    ///
    /// # Errors
    /// As [`send`](Socket::send); `EMSGSIZE` for more pieces or control messages than the system takes.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let pieces = [std::io::IoSlice::new(b"hel"), std::io::IoSlice::new(b"lo")];
    /// assert_eq!(a.send_message(&Uninterrupted, &pieces, &[], 0, None)?, 5);
    /// let mut room = [0; 8];
    /// let count = b.recv(&Uninterrupted, &mut room, 0)?;
    /// assert_eq!(&room[..count], b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_message(
        &self,
        host: &impl Host,
        pieces: &[IoSlice<'_>],
        control: &[ControlMessage<'_>],
        flags: i32,
        address: Option<&RawAddress>,
    ) -> Result<usize> {
        let control = ControlBuffer::of(control)?;
        self.send_control(host, pieces, control, flags, address)
    }

    /// [`send_message`](Socket::send_message) with the control messages already in the system's form.
    ///
    /// # Errors
    /// As [`send_message`](Socket::send_message).
    ///
    /// ```
    /// use ferrosock_socket::ControlBuffer;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let pieces = [std::io::IoSlice::new(b"hello")];
    /// assert_eq!(a.send_control(&Uninterrupted, &pieces, ControlBuffer::default(), 0, None)?, 5);
    /// # drop(b);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_control(
        &self,
        host: &impl Host,
        pieces: &[IoSlice<'_>],
        mut control: ControlBuffer,
        flags: i32,
        address: Option<&RawAddress>,
    ) -> Result<usize> {
        self.reply.asked();
        self.perform(host, Interest::Write, |fd| {
            let mut message = blank_message();
            if let Some(address) = address {
                let (name, length) = address.as_ptr();
                message.msg_name = name.cast_mut().cast();
                message.msg_namelen = length;
            }
            // IoSlice is laid out as an iovec, which std promises on Unix.
            message.msg_iov = pieces.as_ptr().cast_mut().cast();
            message.msg_iovlen = count_of(pieces.len())?;
            if !control.is_empty() {
                message.msg_control = control.bytes_mut().as_mut_ptr().cast();
                message.msg_controllen = count_of(control.len())?;
            }
            // SAFETY: the address, the pieces and the control buffer outlive the call, which only reads them.
            unsafe { sys::send_message(fd, &message, flags) }
        })
    }
}

/// Where the system puts data, for as long as the spaces are borrowed.
struct Vectors(SmallVec<[libc::iovec; 4]>);

// SAFETY: the pointers are those of exclusively borrowed slices, which may move between threads.
unsafe impl Send for Vectors {}

/// A message header with nothing in it.
fn blank_message() -> libc::msghdr {
    // SAFETY: null pointers and zero lengths are a valid msghdr; private padding must be zero on some systems.
    unsafe { std::mem::zeroed() }
}

/// A count in the width that the system's structure gives it.
fn count_of<T: TryFrom<usize>>(count: usize) -> sys::Result<T> {
    T::try_from(count).map_err(|_| libc::EMSGSIZE)
}
