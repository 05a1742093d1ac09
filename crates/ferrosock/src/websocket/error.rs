//! What can go wrong with a WebSocket.

use std::fmt;
use std::io;

use ferrosock_proto::websocket::{Error as ProtocolError, HandshakeError};

use crate::http;

/// What went wrong.
///
/// ```
/// use ferrosock::websocket::{Error, WebSocket};
///
/// assert!(matches!(WebSocket::connect("http://example.org/"), Err(Error::InvalidUrl(_))));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one of `ws` or `wss`.
    InvalidUrl(String),
    /// The request of the handshake failed.
    Http(http::Error),
    /// The server answered with another status than 101; the response says why.
    Denied(Box<http::Response>),
    /// The server's answer is none.
    Handshake(HandshakeError),
    /// What the peer sent is wrong (it has been told), or the program asked for what cannot be.
    Protocol(ProtocolError),
    /// The server has not answered a ping: see [`Options::ping_timeout`](super::Options::ping_timeout).
    Silent,
    /// The connection failed.
    Io(io::Error),
}

impl Error {
    /// Whether a limit of time has passed.
    ///
    /// ```
    /// assert!(!ferrosock::websocket::Error::InvalidUrl("x:".to_owned()).is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Io(error) => error.kind() == io::ErrorKind::TimedOut,
            Self::Http(error) => matches!(error, http::Error::TimedOut { .. }),
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUrl(url) => write!(formatter, "no URL of a WebSocket: {url:?}"),
            Self::Http(error) => error.fmt(formatter),
            Self::Denied(response) => {
                write!(formatter, "the server answered with status {}", response.status())
            }
            Self::Handshake(error) => error.fmt(formatter),
            Self::Protocol(error) => error.fmt(formatter),
            Self::Silent => formatter.write_str("no answer to a ping"),
            Self::Io(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Handshake(error) => Some(error),
            Self::Protocol(error) => Some(error),
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
