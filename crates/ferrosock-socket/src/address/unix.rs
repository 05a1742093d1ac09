//! Names of Unix sockets: `struct sockaddr_un`.

use std::fmt;
use std::path::Path;

use super::RawAddress;
use super::layout::{HEADER, Reader, Writer, until_nul};
use crate::error::{Error, Result};

/// How long a name the system has room for, with the NUL that ends a path.
const ROOM: usize = size_of::<libc::sockaddr_un>() - HEADER;

/// Whether a leading NUL makes a name abstract.
const HAS_ABSTRACT: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// The name of a Unix socket. Names are bytes: a file system need not be UTF-8.
///
/// ```
/// use ferrosock_socket::address::{Address, UnixName};
/// let name = UnixName::Path(b"/run/printer".to_vec());
/// let raw = Address::Unix(name.clone()).to_raw()?;
/// assert_eq!(Address::from_raw(&raw, 0), Some(Address::Unix(name)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UnixName {
    /// No name: a socket that was not bound. To bind to it asks Linux for an abstract name of its choice.
    Unnamed,
    /// A path in the file system.
    Path(Vec<u8>),
    /// A name in Linux' abstract namespace, without the NUL that marks it.
    Abstract(Vec<u8>),
}

impl UnixName {
    /// The name that these bytes stand for: none, an abstract one after a leading NUL (Linux), or a path.
    ///
    /// ```
    /// use ferrosock_socket::address::UnixName;
    /// assert_eq!(UnixName::from_bytes(b""), UnixName::Unnamed);
    /// assert_eq!(UnixName::from_bytes(b"a/path"), UnixName::Path(b"a/path".to_vec()));
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match bytes {
            [] => Self::Unnamed,
            [0, name @ ..] if HAS_ABSTRACT => Self::Abstract(name.to_vec()),
            path => Self::Path(path.to_vec()),
        }
    }

    /// The address of a name given as bytes, as [`from_bytes`](Self::from_bytes) reads them.
    ///
    /// # Errors
    /// [`Error::PathTooLong`] if the system has no room for it.
    ///
    /// ```
    /// use ferrosock_socket::Error;
    /// use ferrosock_socket::address::UnixName;
    /// assert_eq!(UnixName::raw_from_bytes(&[b'x'; 200]), Err(Error::PathTooLong));
    /// ```
    pub fn raw_from_bytes(bytes: &[u8]) -> Result<RawAddress> {
        let address = Writer::new(libc::AF_UNIX).bytes(bytes);
        match bytes {
            [] if HAS_ABSTRACT => Ok(address.finish()),
            [0, ..] if HAS_ABSTRACT && bytes.len() <= ROOM => Ok(address.finish()),
            [0, ..] if HAS_ABSTRACT => Err(Error::PathTooLong),
            path if path.len() < ROOM => Ok(address.u8(0).finish()),
            _ => Err(Error::PathTooLong),
        }
    }

    pub(super) fn to_raw(&self) -> Result<RawAddress> {
        match self {
            Self::Unnamed => Self::raw_from_bytes(b""),
            Self::Path(path) => Self::raw_from_bytes(path),
            Self::Abstract(name) => {
                let mut bytes = Vec::from([0]);
                bytes.extend_from_slice(name);
                Self::raw_from_bytes(&bytes)
            }
        }
    }

    pub(super) fn from_raw(raw: &RawAddress) -> Self {
        match Reader::new(raw).rest() {
            [0, name @ ..] if HAS_ABSTRACT => Self::Abstract(name.to_vec()),
            path => match until_nul(path) {
                [] => Self::Unnamed,
                path => Self::Path(path.to_vec()),
            },
        }
    }
}

impl From<&Path> for UnixName {
    fn from(path: &Path) -> Self {
        Self::from_bytes(path.as_os_str().as_encoded_bytes())
    }
}

impl fmt::Display for UnixName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed => f.write_str("unnamed"),
            Self::Path(path) => f.write_str(&String::from_utf8_lossy(path)),
            Self::Abstract(name) => write!(f, "@{}", String::from_utf8_lossy(name)),
        }
    }
}
