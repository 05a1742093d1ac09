//! What can go wrong with a socket.

use std::{fmt, io};

use crate::host::Interrupted;

/// The result of a socket operation.
///
/// ```
/// use ferrosock_socket::{Result, Socket};
/// fn stream() -> Result<Socket> {
///     Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)
/// }
/// assert!(stream().is_ok());
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a socket operation failed.
///
/// ```
/// use ferrosock_socket::{Error, Socket};
/// let refused = Socket::open(-1, 0, 0).map(drop);
/// assert_eq!(refused, Err(Error::Os(libc::EAFNOSUPPORT)));
/// assert_eq!(Error::TimedOut.to_string(), "timed out");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The operating system refused: its error number (`errno`).
    Os(i32),
    /// The socket's timeout ran out.
    TimedOut,
    /// A signal came and the [`Host`](crate::Host) gave up.
    Interrupted,
    /// The resolver refused: a code of getaddrinfo (`EAI_*`), [RFC 3493](https://www.rfc-editor.org/rfc/rfc3493) section 6.
    AddressInfo(i32),
    /// The old resolver refused: a code of gethostbyname (`h_errno`).
    HostEntry(i32),
    /// A Unix socket's path does not fit into the system's structure.
    PathTooLong,
    /// There is no memory for as much as the caller asked for.
    NoMemory,
}

impl Error {
    /// The error of the last system call of this thread.
    pub(crate) fn last() -> Self {
        Self::Os(errno())
    }

    /// The operating system's error number, if it was that which refused.
    ///
    /// ```
    /// use ferrosock_socket::Error;
    /// assert_eq!(Error::Os(libc::EPIPE).os_code(), Some(libc::EPIPE));
    /// assert_eq!(Error::TimedOut.os_code(), None);
    /// ```
    pub fn os_code(&self) -> Option<i32> {
        match self {
            Self::Os(code) => Some(*code),
            _ => None,
        }
    }
}

/// The error number of the last failed system call of this thread.
pub(crate) fn errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Os(code) => io::Error::from_raw_os_error(*code).fmt(f),
            Self::TimedOut => f.write_str("timed out"),
            Self::Interrupted => f.write_str("interrupted by a signal"),
            Self::AddressInfo(code) => f.write_str(&crate::resolver::address_info_message(*code)),
            Self::HostEntry(code) => f.write_str(&crate::resolver::host_entry_message(*code)),
            Self::PathTooLong => f.write_str("AF_UNIX path too long"),
            Self::NoMemory => f.write_str("out of memory"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Interrupted> for Error {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Os(code) => Self::from_raw_os_error(code),
            Error::TimedOut => Self::new(io::ErrorKind::TimedOut, error),
            Error::Interrupted => Self::new(io::ErrorKind::Interrupted, error),
            Error::NoMemory => Self::new(io::ErrorKind::OutOfMemory, error),
            other => Self::other(other),
        }
    }
}
