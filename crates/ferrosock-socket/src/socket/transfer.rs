//! Sending and receiving bytes.

use std::mem::MaybeUninit;

use super::{Interest, Socket};
use crate::address::RawAddress;
use crate::{Error, Host, Result, sys};

impl Socket {
    /// Receives bytes into `space` and gives their count; 0 at the end of a stream (or for an empty datagram or space).
    ///
    /// `flags` are those of `recv(2)` (`MSG_*`).
    ///
    /// # Errors
    /// [`Error::TimedOut`], [`Error::Interrupted`], or what the system says: `EAGAIN` if nothing has come and the
    /// socket doesn't wait, `ECONNRESET`, `ENOTCONN` ...
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.send(&Uninterrupted, b"hello", 0)?;
    /// let mut room = [0; 16];
    /// let count = b.recv(&Uninterrupted, &mut room, 0)?;
    /// assert_eq!(&room[..count], b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv(&self, host: &impl Host, space: &mut [u8], flags: i32) -> Result<usize> {
        self.recv_uninit(host, as_uninit(space), flags)
    }

    /// [`recv`](Socket::recv) into memory that need not be initialised; the first bytes, as many as the result says, are
    /// when it returns. Not so with `MSG_TRUNC`: the result may then be more than there is space for, and a stream leaves the
    /// space as it is.
    ///
    /// # Errors
    /// As [`recv`](Socket::recv).
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.send(&Uninterrupted, b"hello", 0)?;
    /// let mut room = [std::mem::MaybeUninit::uninit(); 16];
    /// assert_eq!(b.recv_uninit(&Uninterrupted, &mut room, 0)?, 5); // so many are initialised
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn recv_uninit(&self, host: &impl Host, space: &mut [MaybeUninit<u8>], flags: i32) -> Result<usize> {
        if flags == 0 && self.reply.is_due() {
            return self.recv_reply(host, space);
        }
        self.transfer(host, Interest::Read, space.len(), flags, |fd, flags| sys::recv(fd, space, flags))
    }

    /// Receives what is there, without a wait and whatever the timeout: for who has learned that something has come. The first
    /// bytes of `space`, as many as the result says, are initialised when it returns.
    ///
    /// # Errors
    /// What the system says: `EAGAIN` if nothing has come, `ECONNRESET`, `ENOTCONN` ...
    ///
    /// ```
    /// use ferrosock_socket::{Error, Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let mut room = [std::mem::MaybeUninit::uninit(); 16];
    /// assert_eq!(b.recv_nonblocking(&mut room), Err(Error::Os(libc::EAGAIN)));
    /// a.send(&Uninterrupted, b"hello", 0)?;
    /// assert_eq!(b.recv_nonblocking(&mut room)?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn recv_nonblocking(&self, space: &mut [MaybeUninit<u8>]) -> Result<usize> {
        sys::recv(self.fileno(), space, libc::MSG_DONTWAIT).map_err(Error::Os)
    }

    /// [`recv`](Socket::recv) that also tells where the bytes came from.
    ///
    /// # Errors
    /// As [`recv`](Socket::recv).
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let receiver = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    /// receiver.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// let sender = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    /// sender.send_to(&Uninterrupted, b"hello", 0, &receiver.local_address()?)?;
    /// let mut room = [0; 1500];
    /// let (count, from) = receiver.recv_from(&Uninterrupted, &mut room, 0)?;
    /// assert_eq!((count, from.family()), (5, libc::AF_INET));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_from(&self, host: &impl Host, space: &mut [u8], flags: i32) -> Result<(usize, RawAddress)> {
        self.recv_from_uninit(host, as_uninit(space), flags)
    }

    /// [`recv_from`](Socket::recv_from) into memory that need not be initialised.
    ///
    /// # Errors
    /// As [`recv`](Socket::recv).
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    /// a.send(&Uninterrupted, b"hello", 0)?;
    /// let mut room = [std::mem::MaybeUninit::uninit(); 16];
    /// let (count, from) = b.recv_from_uninit(&Uninterrupted, &mut room, 0)?;
    /// assert_eq!((count, from.is_empty()), (5, true)); // pairs have no names
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_from_uninit(
        &self,
        host: &impl Host,
        space: &mut [MaybeUninit<u8>],
        flags: i32,
    ) -> Result<(usize, RawAddress)> {
        self.transfer(host, Interest::Read, space.len(), flags, |fd, flags| sys::recv_from(fd, space, flags))
    }

    /// Sends bytes and gives how many went; the rest is the caller's to send.
    ///
    /// # Errors
    /// [`Error::TimedOut`], [`Error::Interrupted`], or what the system says: `EAGAIN`, `EPIPE`, `ECONNRESET`, `EMSGSIZE`
    /// for a datagram that is too long ...
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let sent = a.send(&Uninterrupted, b"hello", 0)?;
    /// assert_eq!(sent, 5); // of a long text, perhaps less than all
    /// # drop(b);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn send(&self, host: &impl Host, bytes: &[u8], flags: i32) -> Result<usize> {
        self.reply.asked();
        let tried = self.try_first(host, bytes.len(), flags, |fd, flags| sys::send(fd, bytes, flags));
        let sent = match tried {
            None => return self.perform(host, Interest::Write, |fd| sys::send(fd, bytes, flags)),
            Some(result) => result?,
        };
        if sent == bytes.len() || flags & libc::MSG_DONTWAIT != 0 || self.timeout().is_some() {
            return Ok(sent);
        }
        // A socket that waits without a limit sends everything as long as nothing goes wrong; the try could not wait.
        let rest = &bytes[sent..];
        match self.perform(host, Interest::Write, |fd| sys::send(fd, rest, flags)) {
            Ok(more) => Ok(sent + more),
            Err(Error::Interrupted) => Err(Error::Interrupted),
            // What has gone has gone; what is wrong shows at the next call, as it would have without the try.
            Err(_) => Ok(sent),
        }
    }

    /// Sends all the bytes, within one timeout for the whole.
    ///
    /// # Errors
    /// As [`send`](Socket::send); how much went before is then not known.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.send_all(&Uninterrupted, b"all of it", 0)?;
    /// # drop(b);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_all(&self, host: &impl Host, bytes: &[u8], flags: i32) -> Result<()> {
        self.reply.asked();
        let deadline = self.deadline();
        let mut rest = bytes;
        loop {
            let call = |fd| sys::send(fd, rest, flags);
            let fd = self.fileno();
            let tried = self.try_first(host, rest.len(), flags, |fd, flags| sys::send(fd, rest, flags));
            let sent = match tried {
                Some(result) => result?,
                None => match host.blocking(|| call(fd)) {
                    Ok(count) => count,
                    Err(code) => self.persist(host, Interest::Write, deadline, code, call)?,
                },
            };
            rest = &rest[sent.min(rest.len())..];
            if rest.is_empty() {
                return Ok(());
            }
            if deadline.is_some_and(|end| std::time::Instant::now() >= end) {
                return Err(Error::TimedOut);
            }
            // A long transfer must not hold up a signal's handler.
            host.interrupted()?;
        }
    }

    /// Sends bytes to an address and gives how many went.
    ///
    /// # Errors
    /// As [`send`](Socket::send).
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let receiver = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    /// receiver.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// let sender = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    /// assert_eq!(sender.send_to(&Uninterrupted, b"hello", 0, &receiver.local_address()?)?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_to(&self, host: &impl Host, bytes: &[u8], flags: i32, address: &RawAddress) -> Result<usize> {
        let call = |fd, flags| sys::send_to(fd, bytes, flags, address);
        self.transfer(host, Interest::Write, bytes.len(), flags, call)
    }
}

/// Initialised memory, seen as memory that need not be.
fn as_uninit(space: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    let length = space.len();
    // SAFETY: the same memory; what is written into it here are bytes that the kernel has initialised.
    unsafe { std::slice::from_raw_parts_mut(space.as_mut_ptr().cast(), length) }
}
