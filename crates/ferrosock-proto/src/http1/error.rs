//! What is wrong with a message, or with what was asked of a machine.

use std::fmt;

use crate::http::InvalidField;

/// A part of a message, where a limit tells which one was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The first line of a request.
    RequestLine,
    /// The first line of a response.
    StatusLine,
    /// A line of the header section.
    Header,
    /// A line of the trailer section.
    Trailer,
    /// The line with a chunk's size and its extensions.
    ChunkSize,
}

impl Part {
    /// The part's name, in the words of Python's `http.client`.
    ///
    /// ```
    /// assert_eq!(ferrosock_proto::http1::Part::Header.name(), "header line");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestLine => "request line",
            Self::StatusLine => "status line",
            Self::Header => "header line",
            Self::Trailer => "trailer line",
            Self::ChunkSize => "chunk size",
        }
    }
}

/// What is wrong: with the peer's message, or (from [`WrongState`](Self::WrongState) on) with what the program asked for.
///
/// ```
/// use ferrosock_proto::http1::{Limits, Temper, read_request};
///
/// let smuggled = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";
/// let error = read_request(smuggled, Temper::Strict, &Limits::default()).unwrap_err();
/// assert_eq!(error.status(), 400);
/// assert_eq!(error.to_string(), "both a length and a transfer coding");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The peer ended the connection before the first byte of a message that was due.
    Disconnected,
    /// The peer ended the connection within a message.
    Incomplete {
        /// How many bytes more there should have been, where a length told it.
        missing: Option<u64>,
    },
    /// A line is longer than [`Limits::line`](super::Limits::line).
    LineTooLong(Part),
    /// A section of fields has more lines than [`Limits::lines`](super::Limits::lines).
    TooManyLines,
    /// A section of fields has more bytes than [`Limits::section`](super::Limits::section).
    SectionTooLong,
    /// The extensions of a body's chunks are longer than [`Limits::extensions`](super::Limits::extensions).
    ExtensionsTooLong,
    /// The first line of a response is none (RFC 9112 section 4).
    BadStatusLine(Vec<u8>),
    /// The first line of a request is none (RFC 9112 section 3).
    BadRequestLine(Vec<u8>),
    /// The target has none of the forms that the method allows (RFC 9112 section 3.2).
    BadTarget(Vec<u8>),
    /// A version of HTTP that is not 1.x.
    UnknownProtocol(Vec<u8>),
    /// A line ends in a line feed without a carriage return (RFC 9112 section 2.2).
    BareLineFeed,
    /// A request's field goes on in the next line, or the first line of fields is indented (RFC 9112 sections 5.2 and 2.2).
    Folded,
    /// A line of a section of fields has no colon.
    MissingColon,
    /// There is whitespace between a field's name and its colon (RFC 9112 section 5.1).
    SpaceBeforeColon,
    /// A field's name is not a token.
    BadFieldName(Vec<u8>),
    /// A field's value holds a control character.
    BadFieldValue(Vec<u8>),
    /// An HTTP/1.1 request without `Host` (RFC 9112 section 3.2).
    MissingHost,
    /// A request with more than one `Host`.
    RepeatedHost,
    /// A `Host` that is no host and port.
    BadHost(Vec<u8>),
    /// A `Content-Length` that is not one decimal number: signed, a list, repeated, too large (RFC 9112 section 6.3).
    BadLength(Vec<u8>),
    /// Both `Content-Length` and `Transfer-Encoding` (RFC 9112 section 6.1).
    LengthAndEncoding,
    /// A `Transfer-Encoding` whose end cannot be found: not chunked at last, chunked twice, or in HTTP/1.0.
    BadTransferEncoding(Vec<u8>),
    /// A `Transfer-Encoding` with a coding besides chunked.
    UnknownTransferEncoding(Vec<u8>),
    /// A chunk's size is no hexadecimal number, or too large (RFC 9112 section 7.1).
    BadChunkSize(Vec<u8>),
    /// A chunk's extensions are none (RFC 9112 section 7.1.1).
    BadChunkExtension(Vec<u8>),
    /// There is no line end behind a chunk's data.
    BadChunkEnd,
    /// A trailer that only the header section may have (RFC 9110 section 6.5.1).
    ForbiddenTrailer(Vec<u8>),
    /// A server switched to another protocol that nobody had asked for (RFC 9110 section 15.2.2).
    UnexpectedSwitch,
    /// The peer sent something when nothing was due.
    UnexpectedInput,
    /// The program asked for what cannot come now, such as a body without a head.
    WrongState,
    /// The program gave a method that is not a token.
    InvalidMethod(Vec<u8>),
    /// The program gave a target with a space, a control character or a fragment.
    InvalidTarget(Vec<u8>),
    /// The program gave a reason phrase with a control character.
    InvalidReason(Vec<u8>),
    /// The program gave a status that is not of three digits, or not of the kind that is due.
    InvalidStatus(u16),
    /// The program gave a field that could not be sent as it is.
    InvalidField(InvalidField),
    /// The program gave a length or a transfer coding to a response that can have none.
    UnwantedFraming,
    /// The program gave more or less of a body than the head said.
    WrongBodySize {
        /// How many bytes too few (below zero: too many).
        missing: i128,
    },
}

impl Error {
    /// The status with which a server answers a request that is so wrong (RFC 9110 section 15, RFC 6585 section 5).
    ///
    /// ```
    /// use ferrosock_proto::http1::Error;
    ///
    /// assert_eq!(Error::TooManyLines.status(), 431);
    /// assert_eq!(Error::UnknownProtocol(b"HTTP/2.0".to_vec()).status(), 505);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::LineTooLong(Part::RequestLine) => 414,
            Self::LineTooLong(Part::Header | Part::Trailer) | Self::TooManyLines | Self::SectionTooLong => {
                431
            }
            Self::UnknownTransferEncoding(_) => 501,
            Self::UnknownProtocol(_) => 505,
            error if error.is_ours() => 500,
            _ => 400,
        }
    }

    /// Whether the program is wrong, not the peer.
    ///
    /// ```
    /// use ferrosock_proto::http1::Error;
    ///
    /// assert!(Error::WrongState.is_ours() && !Error::MissingHost.is_ours());
    /// ```
    pub fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::WrongState
                | Self::InvalidMethod(_)
                | Self::InvalidTarget(_)
                | Self::InvalidReason(_)
                | Self::InvalidStatus(_)
                | Self::InvalidField(_)
                | Self::UnwantedFraming
                | Self::WrongBodySize { .. }
        )
    }
}

impl From<InvalidField> for Error {
    fn from(error: InvalidField) -> Self {
        Self::InvalidField(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut with = |what: &str, text: &[u8]| write!(formatter, "{what}: \"{}\"", text.escape_ascii());
        let plain = match self {
            Self::BadStatusLine(line) => return with("bad status line", line),
            Self::BadRequestLine(line) => return with("bad request line", line),
            Self::BadTarget(target) => return with("bad request target", target),
            Self::UnknownProtocol(version) => return with("unknown protocol", version),
            Self::BadFieldName(name) => return with("bad field name", name),
            Self::BadFieldValue(value) => return with("bad field value", value),
            Self::BadHost(host) => return with("bad host", host),
            Self::BadLength(length) => return with("bad content length", length),
            Self::BadTransferEncoding(codings) => return with("bad transfer encoding", codings),
            Self::UnknownTransferEncoding(codings) => return with("unknown transfer encoding", codings),
            Self::BadChunkSize(size) => return with("bad chunk size", size),
            Self::BadChunkExtension(extension) => return with("bad chunk extension", extension),
            Self::ForbiddenTrailer(name) => return with("forbidden trailer", name),
            Self::InvalidMethod(method) => return with("invalid method", method),
            Self::InvalidTarget(target) => return with("invalid request target", target),
            Self::InvalidReason(reason) => return with("invalid reason phrase", reason),
            Self::LineTooLong(part) => return write!(formatter, "too long a {}", part.name()),
            Self::Incomplete { missing: Some(missing) } => {
                return write!(
                    formatter,
                    "connection ended within a message, {missing} bytes before its end"
                );
            }
            Self::InvalidStatus(status) => return write!(formatter, "invalid status: {status}"),
            Self::InvalidField(error) => return error.fmt(formatter),
            Self::WrongBodySize { missing } if *missing < 0 => {
                return write!(
                    formatter,
                    "body longer than its head said by {} bytes",
                    missing.unsigned_abs()
                );
            }
            Self::WrongBodySize { missing } => {
                return write!(formatter, "body shorter than its head said by {missing} bytes");
            }
            Self::Incomplete { missing: None } => "connection ended within a message",
            Self::Disconnected => "connection ended without a message",
            Self::TooManyLines => "too many lines of fields",
            Self::SectionTooLong => "too many bytes of fields",
            Self::ExtensionsTooLong => "too many bytes of chunk extensions",
            Self::BareLineFeed => "line feed without carriage return",
            Self::Folded => "folded or indented line",
            Self::MissingColon => "field without a colon",
            Self::SpaceBeforeColon => "space before a field's colon",
            Self::MissingHost => "no host",
            Self::RepeatedHost => "more than one host",
            Self::LengthAndEncoding => "both a length and a transfer coding",
            Self::BadChunkEnd => "no line end behind a chunk",
            Self::UnexpectedSwitch => "switch to a protocol that was not asked for",
            Self::UnexpectedInput => "input when nothing was due",
            Self::UnwantedFraming => "length or transfer coding where none can be",
            Self::WrongState => "not in this state of the connection",
        };
        formatter.write_str(plain)
    }
}

impl std::error::Error for Error {}
