//! Descriptors that travel to another process (`SCM_RIGHTS`, `unix(7)`).

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use super::{ControlMessage, Received, Socket, control_space, owned};
use crate::address::RawAddress;
use crate::{Error, Host, Result, sys};

/// What [`Socket::recv_descriptors`] received.
///
/// ```
/// use std::os::fd::AsFd;
/// use ferrosock_socket::{Socket, Uninterrupted};
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// let file = std::fs::File::open("/dev/null")?;
/// a.send_descriptors(&Uninterrupted, b"x", &[file.as_fd(), file.as_fd()], 0)?;
/// let received = b.recv_descriptors(&Uninterrupted, &mut [0; 8], 2, 0)?;
/// let files: Vec<_> = received.descriptors.into_iter().map(std::fs::File::from).collect();
/// assert_eq!(files.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReceivedDescriptors {
    /// How many bytes of data came.
    pub count: usize,
    /// The descriptors, which programs started later don't inherit. They close when they are dropped.
    pub descriptors: Vec<OwnedFd>,
    /// What was special about the message; with `MSG_CTRUNC`, there were more descriptors than asked for.
    pub flags: i32,
    /// Where it came from; empty if the sender has no name.
    pub address: RawAddress,
}

impl Socket {
    /// Sends open descriptors along with data over a Unix socket, whose receiver gets descriptors of its own for the same
    /// files. A stream needs at least one byte of data to carry them.
    ///
    /// # Errors
    /// As [`send`](Socket::send); `EINVAL` for more than the system takes at once (253 on Linux).
    ///
    /// ```
    /// use std::os::fd::AsFd;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let file = std::fs::File::open("/dev/null")?;
    /// a.send_descriptors(&Uninterrupted, b"a file", &[file.as_fd()], 0)?;
    ///
    /// let mut room = [0; 16];
    /// let received = b.recv_descriptors(&Uninterrupted, &mut room, 1, 0)?;
    /// assert_eq!(&room[..received.count], b"a file");
    /// assert_eq!(received.descriptors.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_descriptors(
        &self,
        host: &impl Host,
        data: &[u8],
        descriptors: &[BorrowedFd<'_>],
        flags: i32,
    ) -> Result<usize> {
        let numbers: Vec<u8> = descriptors.iter().flat_map(|fd| fd.as_raw_fd().to_ne_bytes()).collect();
        let rights = ControlMessage { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, data: &numbers };
        let control = if descriptors.is_empty() { &[][..] } else { &[rights] };
        self.send_message(host, &[IoSlice::new(data)], control, flags, None)
    }

    /// Receives data and up to `most` descriptors from a Unix socket.
    ///
    /// # Errors
    /// As [`recv`](Socket::recv).
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.send(&Uninterrupted, b"no descriptors", 0)?;
    /// let mut room = [0; 32];
    /// let received = b.recv_descriptors(&Uninterrupted, &mut room, 4, 0)?;
    /// assert_eq!((received.count, received.descriptors.len()), (14, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_descriptors(
        &self,
        host: &impl Host,
        space: &mut [u8],
        most: usize,
        flags: i32,
    ) -> Result<ReceivedDescriptors> {
        let room = most.checked_mul(size_of::<RawFd>()).and_then(control_space);
        let room = if most == 0 { 0 } else { room.ok_or(Error::NoMemory)? };
        let length = space.len();
        // SAFETY: the same memory; what is written into it are bytes that the kernel has initialised.
        let space: &mut [MaybeUninit<u8>] =
            unsafe { std::slice::from_raw_parts_mut(space.as_mut_ptr().cast(), length) };
        let message = self.recv_message(host, &mut [space], room, flags | sys::PRIVATE_DESCRIPTORS)?;
        let mut descriptors = received_descriptors(&message);
        if sys::PRIVATE_DESCRIPTORS == 0 {
            for descriptor in &descriptors {
                sys::set_inheritable(descriptor.as_raw_fd(), false).map_err(Error::Os)?;
            }
        }
        // The padding of the room may have held one more.
        descriptors.truncate(most);
        let Received { count, flags, address, .. } = message;
        Ok(ReceivedDescriptors { count: count.min(length), descriptors, flags, address })
    }
}

/// The descriptors that came in a message, now owned.
fn received_descriptors(message: &Received) -> Vec<OwnedFd> {
    let mut descriptors = Vec::new();
    for control in message.control.messages() {
        if control.level == libc::SOL_SOCKET && control.kind == libc::SCM_RIGHTS {
            // A message that was cut short may end within a number.
            let numbers = control.data.chunks_exact(size_of::<RawFd>());
            descriptors.extend(
                numbers
                    .filter_map(|bytes| bytes.first_chunk())
                    .map(|bytes| owned(RawFd::from_ne_bytes(*bytes))),
            );
        }
    }
    descriptors
}
