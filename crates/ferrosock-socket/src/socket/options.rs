//! Socket options.

use std::time::Duration;

use super::Socket;
use crate::{Error, Result, sys};

impl Socket {
    /// The value of an option that is an int: `getsockopt(2)`.
    ///
    /// # Errors
    /// `ENOPROTOOPT` for an option that the socket does not have, `EBADF` if it is closed.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert_eq!(socket.int_option(libc::SOL_SOCKET, libc::SO_TYPE)?, libc::SOCK_STREAM);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn int_option(&self, level: i32, name: i32) -> Result<i32> {
        sys::int_option(self.fileno(), level, name).map_err(Error::Os)
    }

    /// The value of an option as bytes, into `space`: gives how many there are.
    ///
    /// # Errors
    /// As [`int_option`](Socket::int_option).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// let mut linger = [0; 64];
    /// assert_eq!(socket.option(libc::SOL_SOCKET, libc::SO_LINGER, &mut linger)?, size_of::<libc::linger>());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn option(&self, level: i32, name: i32, space: &mut [u8]) -> Result<usize> {
        sys::option(self.fileno(), level, name, space).map_err(Error::Os)
    }

    /// Sets an option that is an int: `setsockopt(2)`.
    ///
    /// # Errors
    /// As [`int_option`](Socket::int_option), `EINVAL` for a value that it cannot have, `EPERM` ...
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// socket.set_int_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1)?;
    /// assert_ne!(socket.int_option(libc::IPPROTO_TCP, libc::TCP_NODELAY)?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_int_option(&self, level: i32, name: i32, value: i32) -> Result<()> {
        self.set_option(level, name, &value.to_ne_bytes())
    }

    /// Sets an option to some bytes, the structure that the option documents.
    ///
    /// # Errors
    /// As [`set_int_option`](Socket::set_int_option).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// let five_seconds = [1_i32.to_ne_bytes(), 5_i32.to_ne_bytes()].concat(); // struct linger
    /// socket.set_option(libc::SOL_SOCKET, libc::SO_LINGER, &five_seconds)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_option(&self, level: i32, name: i32, value: &[u8]) -> Result<()> {
        self.reply.set(level, name);
        sys::set_option(self.fileno(), level, name, Ok(value)).map_err(Error::Os)
    }

    /// Sets an option that is a mere length, with no bytes at all (`ALG_SET_AEAD_AUTHSIZE`).
    ///
    /// # Errors
    /// As [`set_int_option`](Socket::set_int_option).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert!(socket.set_option_length(libc::SOL_SOCKET, -1, 16).is_err()); // there is no such option
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_option_length(&self, level: i32, name: i32, length: u32) -> Result<()> {
        sys::set_option(self.fileno(), level, name, Err(length)).map_err(Error::Os)
    }

    /// Lets operations wait without a limit, or not at all: the timeout is then none, or zero.
    ///
    /// # Errors
    /// `EBADF` if the socket is closed.
    ///
    /// ```
    /// use ferrosock_socket::{Error, Socket, Uninterrupted};
    /// let (a, _b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.set_blocking(false)?;
    /// assert_eq!(a.recv(&Uninterrupted, &mut [0; 8], 0), Err(Error::Os(libc::EAGAIN)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_blocking(&self, blocking: bool) -> Result<()> {
        self.set_timeout(if blocking { None } else { Some(Duration::ZERO) })
    }

    /// How long the system lets a receive wait that blocks in the call itself, as it does on a socket without a
    /// [timeout](Socket::set_timeout): `SO_RCVTIMEO`. It then fails with `EAGAIN`. `None` is no limit.
    ///
    /// A transfer costs one system call this way, where a timeout takes two or three when it has to wait. The system
    /// keeps the limit by its own clock, up to a few milliseconds late.
    ///
    /// # Errors
    /// `EBADF` if the socket is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_socket::{Error, Socket, Uninterrupted};
    /// let (a, _b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.set_receive_limit(Some(Duration::from_millis(10)))?;
    /// assert_eq!(a.recv(&Uninterrupted, &mut [0; 8], 0), Err(Error::Os(libc::EAGAIN)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_receive_limit(&self, limit: Option<Duration>) -> Result<()> {
        self.set_option(libc::SOL_SOCKET, libc::SO_RCVTIMEO, &time_value(limit))
    }

    /// The same for a send: `SO_SNDTIMEO`. One that has sent a part of its bytes gives their count.
    ///
    /// # Errors
    /// As [`set_receive_limit`](Socket::set_receive_limit).
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_socket::{Error, Socket, Uninterrupted};
    /// let (a, _b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.set_send_limit(Some(Duration::from_millis(10)))?;
    /// while a.send(&Uninterrupted, &[0; 65_536], 0).is_ok() {} // until nothing more goes into the queue
    /// assert_eq!(a.send(&Uninterrupted, b"x", 0), Err(Error::Os(libc::EAGAIN)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_send_limit(&self, limit: Option<Duration>) -> Result<()> {
        self.set_option(libc::SOL_SOCKET, libc::SO_SNDTIMEO, &time_value(limit))
    }

    /// Whether programs that are started later inherit the descriptor. They don't unless told to.
    ///
    /// # Errors
    /// `EBADF` if the socket is closed.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert!(!socket.is_inheritable()?);
    /// socket.set_inheritable(true)?;
    /// assert!(socket.is_inheritable()?);
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn is_inheritable(&self) -> Result<bool> {
        sys::is_inheritable(self.fileno()).map_err(Error::Os)
    }

    /// Lets programs that are started later inherit the descriptor, or keeps it from them.
    ///
    /// # Errors
    /// `EBADF` if the socket is closed.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// socket.set_inheritable(true)?;
    /// assert!(socket.is_inheritable()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        sys::set_inheritable(self.fileno(), inheritable).map_err(Error::Os)
    }

    /// Whether operations wait: false only with a timeout of zero.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert!(socket.is_blocking());
    /// socket.set_blocking(false)?;
    /// assert!(!socket.is_blocking());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_blocking(&self) -> bool {
        self.timeout().is_none_or(|limit| !limit.is_zero())
    }
}

/// A limit as a `struct timeval`, where zero is none: so a limit is a microsecond at least.
#[allow(clippy::cast_lossless, reason = "the types differ between systems, and a million fits into all")]
fn time_value(limit: Option<Duration>) -> [u8; size_of::<libc::timeval>()] {
    let mut value = [0; size_of::<libc::timeval>()];
    if let Some(limit) = limit {
        let seconds = libc::time_t::try_from(limit.as_secs()).unwrap_or(libc::time_t::MAX);
        let least = libc::suseconds_t::from(seconds == 0);
        let micros = (limit.subsec_micros() as libc::suseconds_t).max(least);
        let seconds = seconds.to_ne_bytes();
        let micros = micros.to_ne_bytes();
        value[std::mem::offset_of!(libc::timeval, tv_sec)..][..seconds.len()].copy_from_slice(&seconds);
        value[std::mem::offset_of!(libc::timeval, tv_usec)..][..micros.len()].copy_from_slice(&micros);
    }
    value
}
