//! Heads of messages: a first line and fields.

use super::error::{Error, Part};
use super::section::Section;
use super::start_line::{RequestLine, StatusLine, Version, is_authority};
use super::want::{Limits, Temper, Want};
use crate::http::Fields;

/// The head of a request.
///
/// ```
/// use ferrosock_proto::http1::{RequestHead, Version};
///
/// let mut head = RequestHead::new("GET", "/index.html");
/// head.fields.append(b"Host", b"example.org")?;
/// assert_eq!(head.version, Version::Http11);
/// # Ok::<(), ferrosock_proto::http::InvalidField>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// The method, a token; its case matters (RFC 9110 section 9).
    pub method: String,
    /// The target as it is sent (RFC 9112 section 3.2).
    pub target: Vec<u8>,
    /// The version.
    pub version: Version,
    /// The fields, in their order.
    pub fields: Fields,
}

impl RequestHead {
    /// A head of HTTP/1.1 without fields; what may not be sent is found when it is.
    ///
    /// ```
    /// # use ferrosock_proto::http1::RequestHead;
    /// assert_eq!(RequestHead::new("OPTIONS", "*").target, b"*");
    /// ```
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.as_bytes().to_vec(),
            version: Version::Http11,
            fields: Fields::new(),
        }
    }

    /// Whether a body follows only when the server has said so (RFC 9110 section 10.1.1).
    ///
    /// ```
    /// # use ferrosock_proto::http1::RequestHead;
    /// let mut head = RequestHead::new("PUT", "/");
    /// head.fields.append(b"Expect", b"100-continue")?;
    /// assert!(head.expects_continue());
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn expects_continue(&self) -> bool {
        self.version >= Version::Http11 && self.fields.has_member(b"expect", b"100-continue")
    }

    /// Whether the client would go on with another protocol: by `Upgrade` (RFC 9110 section 7.8) or by CONNECT.
    ///
    /// ```
    /// # use ferrosock_proto::http1::RequestHead;
    /// let mut head = RequestHead::new("GET", "/chat");
    /// head.fields.append(b"Upgrade", b"websocket")?;
    /// head.fields.append(b"Connection", b"Upgrade")?;
    /// assert!(head.asks_to_switch() && RequestHead::new("CONNECT", "a:1").asks_to_switch());
    /// # Ok::<(), ferrosock_proto::http::InvalidField>(())
    /// ```
    pub fn asks_to_switch(&self) -> bool {
        let upgrade =
            || self.fields.contains(b"upgrade") && self.fields.has_member(b"connection", b"upgrade");
        self.method == "CONNECT" || self.version >= Version::Http11 && upgrade()
    }

    /// `Host` as RFC 9112 section 3.2 wants it: one, and at most one before HTTP/1.1.
    pub(super) fn check_host(&self) -> Result<(), Error> {
        let mut hosts = self.fields.all(b"host");
        match (hosts.next(), hosts.next()) {
            (None, _) if self.version >= Version::Http11 => Err(Error::MissingHost),
            (_, Some(_)) => Err(Error::RepeatedHost),
            (Some(host), None) if !is_authority(host, false) => Err(Error::BadHost(host.to_vec())),
            _ => Ok(()),
        }
    }
}

/// The head of a response.
///
/// ```
/// use ferrosock_proto::http1::ResponseHead;
///
/// let head = ResponseHead::new(404, "Not Found");
/// assert_eq!((head.status, head.reason.as_slice()), (404, &b"Not Found"[..]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// The version.
    pub version: Version,
    /// The status, from 100 to 999 (RFC 9110 section 15).
    pub status: u16,
    /// The reason phrase, which may be empty and means nothing.
    pub reason: Vec<u8>,
    /// The fields, in their order.
    pub fields: Fields,
}

impl ResponseHead {
    /// A head of HTTP/1.1 without fields; what may not be sent is found when it is.
    ///
    /// ```
    /// # use ferrosock_proto::http1::ResponseHead;
    /// assert!(ResponseHead::new(200, "OK").fields.is_empty());
    /// ```
    pub fn new(status: u16, reason: &str) -> Self {
        let (version, reason) = (Version::Http11, reason.as_bytes().to_vec());
        Self { version, status, reason, fields: Fields::new() }
    }

    /// Whether another response to the same request follows: 1xx, but 101 (RFC 9110 section 15.2).
    ///
    /// ```
    /// # use ferrosock_proto::http1::ResponseHead;
    /// assert!(ResponseHead::new(103, "Early Hints").is_interim());
    /// assert!(!ResponseHead::new(101, "Switching Protocols").is_interim());
    /// ```
    pub fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }
}

/// Which of the two a reader reads.
pub(crate) trait Head: Sized {
    type Line;
    const PART: Part;
    fn parse_line(line: &[u8], temper: Temper) -> Result<Self::Line, Error>;
    fn join(line: Self::Line, fields: Fields) -> Self;
    fn check(&self, temper: Temper) -> Result<(), Error>;
}

impl Head for RequestHead {
    type Line = RequestLine;
    const PART: Part = Part::RequestLine;

    fn parse_line(line: &[u8], temper: Temper) -> Result<RequestLine, Error> {
        RequestLine::parse(line, temper)
    }

    fn join(line: RequestLine, fields: Fields) -> Self {
        Self { method: line.method, target: line.target, version: line.version, fields }
    }

    fn check(&self, temper: Temper) -> Result<(), Error> {
        if temper == Temper::Strict {
            self.check_host()?;
        }
        super::framing::request_framing(self).map(drop)
    }
}

impl Head for ResponseHead {
    type Line = StatusLine;
    const PART: Part = Part::StatusLine;

    fn parse_line(line: &[u8], temper: Temper) -> Result<StatusLine, Error> {
        StatusLine::parse(line, temper)
    }

    fn join(line: StatusLine, fields: Fields) -> Self {
        Self { version: line.version, status: line.status, reason: line.reason, fields }
    }

    fn check(&self, temper: Temper) -> Result<(), Error> {
        // With no method named, so that only what no request would excuse is found.
        super::framing::response_framing(self, "GET", temper).map(drop)
    }
}

/// Reads a head line by line.
pub(crate) struct Reader<H: Head> {
    temper: Temper,
    limits: Limits,
    line: Option<H::Line>,
    section: Section,
    /// Whether an empty line before the first was passed over.
    skipped: bool,
}

impl<H: Head> Reader<H> {
    pub(crate) fn new(temper: Temper, limits: Limits) -> Self {
        let section = Section::header(temper, limits);
        let section = if H::PART == Part::StatusLine { section.unfolding() } else { section };
        Self { temper, limits, line: None, section, skipped: false }
    }

    pub(crate) fn want(&self) -> Want {
        self.limits.want_line()
    }

    /// Whether no byte of the head has come.
    pub(crate) fn is_fresh(&self) -> bool {
        self.line.is_none() && !self.skipped
    }

    /// Takes a line; gives the head and becomes fresh again when it was the last.
    pub(crate) fn handle(&mut self, line: &[u8]) -> Result<Option<H>, Error> {
        if self.line.is_none() {
            if line.len() > self.limits.line {
                return Err(Error::LineTooLong(H::PART));
            }
            if line.is_empty() {
                return Err(if self.skipped {
                    Error::Incomplete { missing: None }
                } else {
                    Error::Disconnected
                });
            }
            // A server ignores one empty line before a request (RFC 9112 section 2.2).
            if H::PART == Part::RequestLine && line == b"\r\n" && !self.skipped {
                self.skipped = true;
                return Ok(None);
            }
            self.line = Some(H::parse_line(line, self.temper)?);
            return Ok(None);
        }
        self.section.handle(line)?;
        if !self.section.is_done() {
            return Ok(None);
        }
        let line = self.line.take();
        self.skipped = false;
        let head = line.map(|line| H::join(line, self.section.finish()));
        if let Some(head) = &head {
            head.check(self.temper)?;
        }
        Ok(head)
    }
}

/// Reads the head of a request at the beginning of `input`.
///
/// Gives the head and how many bytes it takes, or `None` if it is not there whole yet.
///
/// # Errors
/// What is wrong with it, as soon as it shows. The framing of a request is always judged strictly, for who is tolerant of
/// that can be made to take one request for two; [`Temper`] is about lines.
///
/// ```
/// use ferrosock_proto::http1::{Limits, Temper, read_request};
///
/// let input = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\nGET /next";
/// let (head, length) = read_request(input, Temper::Strict, &Limits::default())?.unwrap();
/// assert_eq!((head.method.as_str(), length), ("GET", 37));
/// assert_eq!(read_request(b"GET / HT", Temper::Strict, &Limits::default())?, None);
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
pub fn read_request(
    input: &[u8],
    temper: Temper,
    limits: &Limits,
) -> Result<Option<(RequestHead, usize)>, Error> {
    read(input, temper, limits)
}

/// Reads the head of a response at the beginning of `input`; as [`read_request`]. A field that goes on in the next line (folded,
/// which is obsolete) is read as if a space stood there, as RFC 9112 section 5.2 wants it of a user agent; tolerant, the line end stays.
///
/// # Errors
/// What is wrong with it, as soon as it shows.
///
/// ```
/// use ferrosock_proto::http1::{Limits, Temper, read_response};
///
/// let input = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
/// let (head, length) = read_response(input, Temper::Strict, &Limits::default())?.unwrap();
/// assert_eq!((head.status, &input[length..]), (200, &b"hi"[..]));
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
pub fn read_response(
    input: &[u8],
    temper: Temper,
    limits: &Limits,
) -> Result<Option<(ResponseHead, usize)>, Error> {
    read(input, temper, limits)
}

/// What is reserved for the fields of a head that is read whole, at most.
const ROOM: usize = 1024;

fn read<H: Head>(input: &[u8], temper: Temper, limits: &Limits) -> Result<Option<(H, usize)>, Error> {
    let mut reader = Reader::<H>::new(temper, *limits);
    // Room for all of it at once, if it is not longer than most.
    reader.section.expect(input.len().min(ROOM));
    let mut at = 0;
    while let Some(end) = memchr::memchr(b'\n', &input[at..]) {
        let line = &input[at..=at + end];
        at += line.len();
        if let Some(head) = reader.handle(line)? {
            return Ok(Some((head, at)));
        }
    }
    if input.len() - at > limits.line {
        return Err(Error::LineTooLong(if reader.line.is_none() { H::PART } else { Part::Header }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Result<Option<(RequestHead, usize)>, Error> {
        read_request(text.as_bytes(), Temper::Strict, &Limits::default())
    }

    #[test]
    fn host_is_one_and_a_host() {
        assert_eq!(request("GET / HTTP/1.1\r\n\r\n"), Err(Error::MissingHost));
        assert!(request("GET / HTTP/1.0\r\n\r\n").is_ok());
        assert!(request("GET / HTTP/1.1\r\nHost:\r\n\r\n").is_ok());
        for version in ["1.0", "1.1"] {
            let twice = request(&format!("GET / HTTP/{version}\r\nHost: a\r\nHost: a\r\n\r\n"));
            assert_eq!(twice, Err(Error::RepeatedHost));
        }
        for bad in [
            "a b",
            "a/b",
            "user@a",
            "a, b",
            "a:b",
            "a:1:2",
            "[::1",
            "[]",
            "\u{e9}",
            "a:70000",
            "a?",
            "[zz]",
            "[::1::2]",
            "[1.2.3.4]:80",
        ] {
            let found = request(&format!("GET / HTTP/1.1\r\nHost: {bad}\r\n\r\n"));
            assert_eq!(found, Err(Error::BadHost(bad.into())), "{bad}");
        }
        for good in ["a", "a:80", "a:", "[::1]:80", "[v7.x]", "1.2.3.4", "a_b.c-d", "%41"] {
            assert!(request(&format!("GET / HTTP/1.1\r\nHost: {good}\r\n\r\n")).is_ok(), "{good}");
        }
    }

    #[test]
    fn one_empty_line_may_come_first() {
        assert_eq!(request("\r\nGET / HTTP/1.0\r\n\r\n").unwrap().unwrap().1, 20);
        assert!(request("\r\n\r\nGET / HTTP/1.0\r\n\r\n").is_err());
        assert!(request("\nGET / HTTP/1.0\r\n\r\n").is_err());
        assert!(read_response(b"\r\nHTTP/1.1 200 OK\r\n\r\n", Temper::Strict, &Limits::default()).is_err());
    }

    #[test]
    fn a_long_first_line_is_found_before_its_end() {
        let limits = Limits { line: 20, ..Limits::default() };
        let error = read_request(&[b'a'; 21], Temper::Strict, &limits).unwrap_err();
        assert_eq!((error.clone(), error.status()), (Error::LineTooLong(Part::RequestLine), 414));
        assert_eq!(read_request(&[b'a'; 20], Temper::Strict, &limits), Ok(None));
    }
}
