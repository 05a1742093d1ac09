//! What is wrong with a frame, a message or a handshake.

use std::fmt;

/// What is wrong: with what the peer sent, or (from [`Closed`](Self::Closed) on) with what the program asked for.
///
/// ```
/// use ferrosock_proto::websocket::{Error, Options, WebSocket};
///
/// let error = WebSocket::server(&Options::default()).handle(b"\x81\x01a").unwrap_err();
/// assert_eq!((error.clone(), error.close_code()), (Error::Unmasked, 1002));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A reserved bit is set that no extension has given a meaning (RFC 6455 section 5.2).
    ReservedBits,
    /// A frame of a kind that is not defined.
    UnknownOpcode(u8),
    /// A length that is not in its shortest form, or above 63 bits.
    BadLength,
    /// A client's frame without a mask (RFC 6455 section 5.1).
    Unmasked,
    /// A server's frame with a mask.
    Masked,
    /// A control frame of more than 125 bytes (RFC 6455 section 5.5).
    ControlTooLong,
    /// A control frame in fragments.
    ControlFragmented,
    /// A continuation of no message.
    UnexpectedContinuation,
    /// A message that begins before the one before it has ended.
    UnexpectedMessage,
    /// A close frame with a payload of one byte.
    BadClose,
    /// A close frame with a code that may not be sent.
    BadCloseCode(u16),
    /// Text, or a close frame's reason, that is not UTF-8.
    BadText,
    /// Compressed data that is none.
    BadCompression,
    /// A frame longer than [`Limits::frame`](super::Limits::frame).
    FrameTooLong {
        /// How long it is announced to be.
        length: u64,
    },
    /// A message longer than [`Limits::message`](super::Limits::message).
    MessageTooLong,
    /// The peer ended the connection without a close frame.
    Incomplete,
    /// The program sends behind its close frame, or when the connection has failed.
    Closed,
    /// The program begins a message within another, or goes on with none.
    WrongState,
    /// The program's close code may not be sent.
    InvalidCode(u16),
    /// The payload of a ping, or the reason of a close, is too long: 125 and 123 bytes.
    TooLong,
}

impl Error {
    /// The code of the close frame that tells the peer (RFC 6455 section 7.4.1).
    ///
    /// ```
    /// use ferrosock_proto::websocket::Error;
    ///
    /// assert_eq!(Error::BadText.close_code(), 1007);
    /// assert_eq!(Error::MessageTooLong.close_code(), 1009);
    /// ```
    pub fn close_code(&self) -> u16 {
        match self {
            Self::BadText | Self::BadCompression => 1007,
            Self::FrameTooLong { .. } | Self::MessageTooLong => 1009,
            error if error.is_ours() => 1011,
            _ => 1002,
        }
    }

    /// Whether the program is wrong, not the peer.
    ///
    /// ```
    /// use ferrosock_proto::websocket::Error;
    ///
    /// assert!(Error::Closed.is_ours() && !Error::Unmasked.is_ours());
    /// ```
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Closed | Self::WrongState | Self::InvalidCode(_) | Self::TooLong)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::UnknownOpcode(opcode) => return write!(formatter, "unknown opcode: {opcode:#x}"),
            Self::BadCloseCode(code) => return write!(formatter, "bad close code: {code}"),
            Self::InvalidCode(code) => return write!(formatter, "invalid close code: {code}"),
            Self::FrameTooLong { length } => return write!(formatter, "too long a frame: {length} bytes"),
            Self::ReservedBits => "reserved bits set",
            Self::BadLength => "bad length of a frame",
            Self::Unmasked => "unmasked frame of a client",
            Self::Masked => "masked frame of a server",
            Self::ControlTooLong => "too long a control frame",
            Self::ControlFragmented => "control frame in fragments",
            Self::UnexpectedContinuation => "continuation of no message",
            Self::UnexpectedMessage => "new message within a message",
            Self::BadClose => "close frame of one byte",
            Self::BadText => "text that is not UTF-8",
            Self::BadCompression => "bad compressed data",
            Self::MessageTooLong => "too long a message",
            Self::Incomplete => "connection ended without a close frame",
            Self::Closed => "connection is closing or closed",
            Self::WrongState => "not within this message",
            Self::TooLong => "too long for a control frame",
        })
    }
}

impl std::error::Error for Error {}

/// Why no WebSocket comes of a request or of a response.
///
/// ```
/// use ferrosock_proto::http1::RequestHead;
/// use ferrosock_proto::websocket::{HandshakeError, ServerHandshake};
///
/// let error = ServerHandshake::read(&RequestHead::new("GET", "/")).unwrap_err();
/// assert_eq!((&error, error.status()), (&HandshakeError::NoUpgrade, 426));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The request's method is not GET (RFC 6455 section 4.1).
    WrongMethod,
    /// The request is of HTTP/1.0.
    WrongVersion,
    /// No `Upgrade: websocket` and `Connection: Upgrade`.
    NoUpgrade,
    /// A version of the protocol that is not 13; the request's, if there is one.
    UnknownVersion(Option<Vec<u8>>),
    /// The key is missing, repeated, or not 16 bytes in base64.
    BadKey,
    /// `Sec-WebSocket-Extensions` is no list of extensions.
    BadExtensions,
    /// `Sec-WebSocket-Protocol` is no list of tokens, or names one twice.
    BadSubprotocols,
    /// The request has content, which could still be on its way when the protocol changes.
    Content,
    /// The server's response is not 101: it does not want to, and its content may say why.
    Denied(u16),
    /// The server's `Sec-WebSocket-Accept` is missing or not made of our key.
    BadAccept,
    /// The server chose a subprotocol that was not offered.
    UnknownSubprotocol(Vec<u8>),
    /// The server chose an extension that was not offered, or with parameters that do not go with the offer.
    UnknownExtension,
}

impl HandshakeError {
    /// The status with which a server answers such a request; with 426 go `Upgrade` and `Sec-WebSocket-Version`, see
    /// [`ServerHandshake::denial_fields`](super::ServerHandshake::denial_fields).
    ///
    /// ```
    /// assert_eq!(ferrosock_proto::websocket::HandshakeError::BadKey.status(), 400);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::WrongMethod => 405,
            Self::NoUpgrade | Self::UnknownVersion(_) => 426,
            Self::Denied(status) => *status,
            _ => 400,
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Denied(status) => return write!(formatter, "the server answered with status {status}"),
            Self::UnknownSubprotocol(name) => {
                return write!(formatter, "subprotocol that was not offered: \"{}\"", name.escape_ascii());
            }
            Self::UnknownVersion(Some(version)) => {
                return write!(formatter, "unknown version of WebSocket: \"{}\"", version.escape_ascii());
            }
            Self::UnknownVersion(None) => "no Sec-WebSocket-Version",
            Self::WrongMethod => "the method is not GET",
            Self::WrongVersion => "the version of HTTP is not 1.1",
            Self::NoUpgrade => "no upgrade to WebSocket",
            Self::BadKey => "bad Sec-WebSocket-Key",
            Self::BadExtensions => "bad Sec-WebSocket-Extensions",
            Self::BadSubprotocols => "bad Sec-WebSocket-Protocol",
            Self::Content => "a handshake has no content",
            Self::BadAccept => "bad Sec-WebSocket-Accept",
            Self::UnknownExtension => "extension that was not offered so",
        })
    }
}

impl std::error::Error for HandshakeError {}
