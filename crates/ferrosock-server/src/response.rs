//! What a handler gives.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;

use ferrosock_proto::http::{Fields, InvalidField};
use ferrosock_proto::http1::has_no_body;

use crate::protocol::Protocol;

/// A response: a status, fields and content.
///
/// The engine adds `Date`, the framing (`Content-Length` or `Transfer-Encoding`) and `Connection`, and sends no content where
/// there can be none (HEAD, 204, 205, 304). A `Content-Length` of the handler's own counts for content of unknown length, and must be
/// right for content of a known one; a `Transfer-Encoding` of the handler's own is refused.
///
/// ```
/// use ferrosock_server::Response;
///
/// let response = Response::new(201).with("Location", "/things/1").unwrap().with_body("made\n");
/// assert_eq!(response.status(), 201);
/// ```
#[derive(Debug)]
pub struct Response {
    pub(crate) status: u16,
    pub(crate) reason: Option<Vec<u8>>,
    pub(crate) fields: Fields,
    pub(crate) content: Content,
}

/// Content of a response.
#[non_exhaustive]
pub enum Content {
    /// None. With a `Content-Length` of the handler's own it may stand for content that HEAD or 304 leave out.
    Empty,
    /// Bytes.
    Bytes(Vec<u8>),
    /// Bytes that live as long as the program.
    Static(&'static [u8]),
    /// Bytes that others have too.
    Shared(Arc<[u8]>),
    /// A part of a file, which goes to the socket without passing through the program (`sendfile`).
    File {
        /// The file, a regular one.
        file: Arc<File>,
        /// Where the part begins.
        offset: u64,
        /// How long it is.
        length: u64,
    },
    /// Pieces that are made as the client takes them.
    Chunks(Box<dyn Chunks>),
    /// Another protocol, which has the connection behind the response: see [`Response::switching`].
    Switch(Box<dyn Protocol>),
}

/// Content that is made piece by piece, on the loop's thread: it must not block. Content that has to wait comes from another
/// thread, by [`Responder::start`](crate::Responder::start).
///
/// Every iterator over results is one.
///
/// ```
/// use ferrosock_server::{Content, Response};
///
/// let lines = (0..3).map(|number| Ok(format!("{number}\n").into_bytes()));
/// let response = Response::new(200).with_content(Content::Chunks(Box::new(lines)));
/// # assert_eq!(response.status(), 200);
/// ```
pub trait Chunks: Send {
    /// The next piece, `None` at the end. An error (or a panic) ends the connection, so that the client sees that content is
    /// missing; it is told to the error log, unless its kind is `ConnectionAborted`.
    ///
    /// # Errors
    /// What keeps the content from coming.
    fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>>;

    /// Whether each piece is to be sent before the next one is asked for, which may take its time; else several may go together.
    fn goes_one_by_one(&self) -> bool {
        false
    }
}

impl<I: Iterator<Item = io::Result<Vec<u8>>> + Send> Chunks for I {
    fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.next().transpose()
    }
}

impl Response {
    /// A response without fields and content. A status below 200 (but for a [switch](Self::switching)) or above 999 becomes 500
    /// when it is sent.
    ///
    /// ```
    /// assert_eq!(ferrosock_server::Response::new(204).status(), 204);
    /// ```
    pub fn new(status: u16) -> Self {
        Self { status, reason: None, fields: Fields::new(), content: Content::Empty }
    }

    /// A response of status 200 with plain text.
    ///
    /// ```
    /// let response = ferrosock_server::Response::text("hello");
    /// assert_eq!(response.fields().get(b"content-type"), Some(&b"text/plain; charset=utf-8"[..]));
    /// ```
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(200).typed(b"text/plain; charset=utf-8").with_body(text.into())
    }

    /// A response that says what its status means, in a line of text.
    ///
    /// ```
    /// assert_eq!(ferrosock_server::Response::plain(404).status(), 404);
    /// ```
    pub fn plain(status: u16) -> Self {
        Self::new(status)
            .typed(b"text/plain; charset=utf-8")
            .with_body(format!("{status} {}\n", reason(status)))
    }

    /// A response of status 101, behind which the connection is the protocol's (RFC 9110 section 15.2.2). It must say to which, by
    /// `Upgrade`; and the request must have asked for that, or it becomes 500. Where CONNECT made the request, the status is to be 2xx
    /// (RFC 9110 section 9.3.6): `Response::new(200).with_content(Content::Switch(...))`.
    ///
    /// ```
    /// use ferrosock_server::{Link, Protocol, Response};
    ///
    /// struct Discard;
    ///
    /// impl Protocol for Discard {
    ///     fn handle(&mut self, _: &mut Link<'_>, input: &[u8]) -> usize {
    ///         input.len()
    ///     }
    /// }
    ///
    /// let response = Response::switching(Discard).with("Upgrade", "discard").unwrap();
    /// assert_eq!(response.status(), 101);
    /// ```
    pub fn switching(protocol: impl Protocol) -> Self {
        Self::new(101).with_content(Content::Switch(Box::new(protocol)))
    }

    fn typed(mut self, value: &[u8]) -> Self {
        self.put(b"Content-Type", value);
        self
    }

    /// Adds a field that is known to be valid.
    pub(crate) fn put(&mut self, name: &[u8], value: &[u8]) {
        let added = self.fields.append(name, value);
        debug_assert!(added.is_ok(), "{}: {}", name.escape_ascii(), value.escape_ascii());
    }

    /// Adds a field.
    ///
    /// # Errors
    /// For a name that is no token, or a value with a control character.
    ///
    /// ```
    /// use ferrosock_server::Response;
    ///
    /// assert!(Response::new(200).with("X", "a\r\nSet-Cookie: b").is_err());
    /// ```
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, InvalidField> {
        self.fields.append(name.as_bytes(), value.as_ref())?;
        Ok(self)
    }

    /// Sets the reason phrase, which means nothing (RFC 9112 section 4). One with a control character is left out.
    ///
    /// ```
    /// let response = ferrosock_server::Response::new(299).with_reason("Quite Good");
    /// # assert_eq!(response.status(), 299);
    /// ```
    pub fn with_reason(mut self, reason: impl Into<Vec<u8>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Sets bytes as the content.
    ///
    /// ```
    /// let response = ferrosock_server::Response::new(200).with_body("hello");
    /// # assert_eq!(response.status(), 200);
    /// ```
    pub fn with_body(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.with_content(Content::Bytes(bytes.into()))
    }

    /// Sets the content.
    ///
    /// ```
    /// use ferrosock_server::{Content, Response};
    ///
    /// let response = Response::new(200).with_content(Content::Static(b"hello"));
    /// # assert_eq!(response.status(), 200);
    /// ```
    pub fn with_content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// The status.
    ///
    /// ```
    /// assert_eq!(ferrosock_server::Response::text("").status(), 200);
    /// ```
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether a response of this status has no content, whatever it was given (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
    ///
    /// ```
    /// use ferrosock_server::Response;
    ///
    /// assert!(Response::new(204).with_body("").is_bodiless() && !Response::new(200).is_bodiless());
    /// ```
    #[must_use]
    pub fn is_bodiless(&self) -> bool {
        has_no_body(self.status) || self.status == 205
    }

    /// The fields so far.
    ///
    /// ```
    /// assert!(ferrosock_server::Response::new(200).fields().is_empty());
    /// ```
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The fields, to be changed.
    ///
    /// ```
    /// let mut response = ferrosock_server::Response::new(200);
    /// response.fields_mut().set(b"Server", b"mine")?;
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn fields_mut(&mut self) -> &mut Fields {
        &mut self.fields
    }
}

impl Content {
    /// How long it is, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Static(bytes) => Some(bytes.len() as u64),
            Self::Shared(bytes) => Some(bytes.len() as u64),
            Self::File { length, .. } => Some(*length),
            Self::Chunks(_) => None,
            Self::Switch(_) => Some(0),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length() {
            _ if matches!(self, Self::Switch(_)) => formatter.write_str("Content(switch)"),
            Some(length) => write!(formatter, "Content({length} bytes)"),
            None => formatter.write_str("Content(chunks)"),
        }
    }
}

/// The reason phrase of a status in the registry of RFC 9110 and its like; empty for another.
///
/// ```
/// assert_eq!(ferrosock_server::reason(404), "Not Found");
/// ```
pub fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a Teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    }
}
