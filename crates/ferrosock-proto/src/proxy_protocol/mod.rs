//! The PROXY protocol, versions 1 and 2: what a proxy says of a connection before the first byte of it
//! (<https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt>).
//!
//! [`read_header`] reads the header that begins a stream. Only a listener that nobody but the proxy reaches may read it: anybody
//! can send one.

mod extensions;
mod version_1;
mod version_2;

use core::fmt;
use core::net::SocketAddr;

pub use extensions::{Tls, read_tls};

/// What the proxy says.
///
/// ```
/// use ferrosock_proto::proxy_protocol::{Header, read_header};
///
/// let (header, length) = read_header(b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\nGET /")?.unwrap();
/// let Header::Inet { source, destination } = header else { panic!() };
/// assert_eq!((source.to_string().as_str(), destination.port(), length), ("192.0.2.1:5000", 80, 40));
/// # Ok::<(), ferrosock_proto::proxy_protocol::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Header {
    /// The connection is the proxy's own, as for a check of health: its addresses are those of the socket.
    Local,
    /// The proxy does not know where the connection comes from, or by a family without addresses.
    Unknown,
    /// A stream (or, in version 2, datagrams) over IPv4 or IPv6.
    Inet {
        /// The client.
        source: SocketAddr,
        /// Where the client has connected to.
        destination: SocketAddr,
    },
    /// Unix sockets, with the names that the system gives, up to their first NUL.
    Unix {
        /// The client.
        source: Vec<u8>,
        /// Where the client has connected to.
        destination: Vec<u8>,
    },
}

/// Why something is no header.
///
/// ```
/// use ferrosock_proto::proxy_protocol::{Error, read_header};
///
/// assert_eq!(read_header(b"GET / HTTP/1.1\r\n"), Err(Error::NoHeader));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It begins as no header does.
    NoHeader,
    /// A line of version 1 is broken, or longer than 107 bytes.
    BadLine,
    /// A header of version 2 has a version, a command, a family or a length that it cannot have.
    BadHeader,
    /// A header of version 2 is longer than [`LONGEST`].
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoHeader => "no header of the PROXY protocol",
            Self::BadLine => "a broken line of the PROXY protocol",
            Self::BadHeader => "a broken header of the PROXY protocol",
            Self::TooLong => "too long a header of the PROXY protocol",
        })
    }
}

impl core::error::Error for Error {}

/// The longest header that is taken, in bytes: extensions of version 2 could make it 64 KiB.
///
/// ```
/// assert_eq!(ferrosock_proto::proxy_protocol::LONGEST, 4096);
/// ```
pub const LONGEST: usize = 4096;

/// Reads the header at the beginning of `input`, of either version. Gives it and how many bytes it takes; `None` if it is not
/// there whole yet. Extensions (TLVs) are passed over; [`read_tls`] reads one of them.
///
/// # Errors
/// As soon as it shows that this is no header, or a broken one.
///
/// ```
/// use ferrosock_proto::proxy_protocol::{Header, read_header};
///
/// assert_eq!(read_header(b"PROXY UNKNOWN\r\n")?, Some((Header::Unknown, 15)));
/// assert_eq!(read_header(b"PROXY TCP4 192.0")?, None);
/// let local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
/// assert_eq!(read_header(local)?, Some((Header::Local, 16)));
/// # Ok::<(), ferrosock_proto::proxy_protocol::Error>(())
/// ```
pub fn read_header(input: &[u8]) -> Result<Option<(Header, usize)>, Error> {
    let begins = |signature: &[u8]| {
        let length = signature.len().min(input.len());
        input[..length] == signature[..length]
    };
    if begins(version_1::SIGNATURE) {
        version_1::read(input)
    } else if begins(version_2::SIGNATURE) {
        version_2::read(input)
    } else {
        Err(Error::NoHeader)
    }
}
