//! The first line of a message (RFC 9112 sections 3 and 4), in both tempers.

use super::error::Error;
use super::number;
use super::want::Temper;
use ferrosock_codec::url::check_bracketed_host;

use crate::http::grammar::{is_field_value, is_literal, is_name, is_target, is_token};

/// The version of a message (RFC 9112 section 2.3).
///
/// ```
/// use ferrosock_proto::http1::Version;
///
/// assert!(Version::Http10 < Version::Http11);
/// assert_eq!(Version::Http11.as_str(), "HTTP/1.1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Version {
    /// HTTP/1.0, and what calls itself HTTP/0.9.
    Http10,
    /// HTTP/1.1, and a later 1.x, which a recipient treats as 1.1.
    #[default]
    Http11,
}

impl Version {
    /// As it stands in a message.
    ///
    /// ```
    /// assert_eq!(ferrosock_proto::http1::Version::Http10.as_str(), "HTTP/1.0");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }

    /// `HTTP/` and two digits with a point between, the first a 1.
    fn strict(text: &[u8]) -> Option<Result<Self, Error>> {
        match text.strip_prefix(b"HTTP/")? {
            b"1.0" => Some(Ok(Self::Http10)),
            [b'1', b'.', minor] if minor.is_ascii_digit() => Some(Ok(Self::Http11)),
            [major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
                Some(Err(Error::UnknownProtocol(text.to_vec())))
            }
            _ => None,
        }
    }

    fn tolerant(text: &[u8]) -> Result<Self, Error> {
        match text {
            b"HTTP/1.0" | b"HTTP/0.9" => Ok(Self::Http10),
            _ if text.starts_with(b"HTTP/1.") => Ok(Self::Http11),
            _ => Err(Error::UnknownProtocol(text.to_vec())),
        }
    }
}

/// The first line of a request.
///
/// ```
/// use ferrosock_proto::http1::{RequestLine, Temper};
///
/// let line = RequestLine::parse(b"GET /a?b=c HTTP/1.1\r\n", Temper::Strict)?;
/// assert_eq!((line.method.as_str(), line.target.as_slice()), ("GET", &b"/a?b=c"[..]));
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The method, a token; its case matters.
    pub method: String,
    /// The target as it was sent.
    pub target: Vec<u8>,
    /// The version.
    pub version: Version,
}

impl RequestLine {
    /// Reads a line, its end included.
    ///
    /// Strict is RFC 9112 section 3 to the letter, with the target in the form that the method asks for (section 3.2).
    /// Tolerant takes any whitespace between the three words and any target without control characters.
    ///
    /// # Errors
    /// [`Error::BadRequestLine`], [`Error::BadTarget`], [`Error::UnknownProtocol`] or [`Error::BareLineFeed`].
    ///
    /// ```
    /// use ferrosock_proto::http1::{Error, RequestLine, Temper};
    ///
    /// assert!(RequestLine::parse(b"GET  / HTTP/1.1\r\n", Temper::Strict).is_err());
    /// assert!(RequestLine::parse(b"GET  / HTTP/1.1\n", Temper::Tolerant).is_ok());
    /// ```
    pub fn parse(line: &[u8], temper: Temper) -> Result<Self, Error> {
        let bad = || Error::BadRequestLine(line.to_vec());
        let mut words: [&[u8]; 3] = [&[]; 3];
        match temper {
            Temper::Strict => {
                let text = without_end(line)?;
                let mut parts = text.split(|&byte| byte == b' ');
                for word in &mut words {
                    *word = parts.next().ok_or_else(bad)?;
                }
                if parts.next().is_some() {
                    return Err(bad());
                }
            }
            Temper::Tolerant => {
                let mut parts = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
                for word in &mut words {
                    *word = parts.next().ok_or_else(bad)?;
                }
                if parts.next().is_some() {
                    return Err(bad());
                }
            }
        }
        let [method, target, version] = words;
        if !is_token(method) {
            return Err(bad());
        }
        let method = String::from_utf8(method.to_vec()).map_err(|_| bad())?;
        let version = match temper {
            Temper::Strict => Version::strict(version).ok_or_else(bad)??,
            Temper::Tolerant => Version::tolerant(version)?,
        };
        let fits = match temper {
            Temper::Strict => is_target(target) && has_form(&method, target),
            Temper::Tolerant => is_field_value(target),
        };
        if !fits {
            return Err(Error::BadTarget(target.to_vec()));
        }
        Ok(Self { method, target: target.to_vec(), version })
    }
}

/// Whether a target has one of the forms for its method (RFC 9112 section 3.2).
fn has_form(method: &str, target: &[u8]) -> bool {
    match (method, target) {
        ("CONNECT", _) => is_authority(target, true),
        ("OPTIONS", b"*") | (_, [b'/', ..]) => true,
        // Of other schemes nobody here knows anything, and the authority form is CONNECT's.
        _ => after_scheme(target).is_some_and(|rest| {
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?'));
            let authority = &rest[..end.unwrap_or(rest.len())];
            // A URI of http names a host (RFC 9110 section 4.2.1), although a `Host` may be empty.
            !matches!(authority, [] | [b':', ..]) && is_authority(authority, false)
        }),
    }
}

/// What follows `http://` or `https://`.
fn after_scheme(target: &[u8]) -> Option<&[u8]> {
    [&b"http://"[..], b"https://"].into_iter().find_map(|start| {
        let (scheme, rest) = target.split_at_checked(start.len())?;
        scheme.eq_ignore_ascii_case(start).then_some(rest)
    })
}

/// Whether `text` is a host and, perhaps, a port, as in `Host` (RFC 9110 section 7.2, RFC 3986 section 3.2.2).
///
/// With `port`, there must be a port and a host, as behind CONNECT.
pub(crate) fn is_authority(text: &[u8], port: bool) -> bool {
    let (host, digits) = if text.first() == Some(&b'[') {
        let Some(end) = text.iter().position(|&byte| byte == b']') else { return false };
        // A `V` begins an address of the future, too. The check below is Python's, which takes anything for a zone, and
        // behind that `v`: what may not stand in a URI is refused here.
        let literal = text[1..end].to_ascii_lowercase();
        if !is_literal(&literal) || check_bracketed_host(&literal).is_err() {
            return false;
        }
        (&text[..=end], &text[end + 1..])
    } else {
        let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
        if !is_name(&text[..end]) {
            return false;
        }
        text.split_at(end)
    };
    match digits {
        [] => !port,
        [b':', digits @ ..] => {
            let is_number = number::decimal(digits).is_some_and(|number| number <= u64::from(u16::MAX));
            is_number && !host.is_empty() || digits.is_empty() && !port
        }
        _ => false,
    }
}

/// The first line of a response.
///
/// ```
/// use ferrosock_proto::http1::{StatusLine, Temper};
///
/// let line = StatusLine::parse(b"HTTP/1.1 404 Not Found\r\n", Temper::Strict)?;
/// assert_eq!((line.status, line.reason.as_slice()), (404, &b"Not Found"[..]));
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    /// The version.
    pub version: Version,
    /// The status, from 100 to 999.
    pub status: u16,
    /// The reason phrase, which may be empty.
    pub reason: Vec<u8>,
}

impl StatusLine {
    /// Reads a line, its end included.
    ///
    /// Strict is RFC 9112 section 4 to the letter, but that the space in front of no reason phrase may be missing, as many servers
    /// leave it out and no line can be mistaken for another by that. Tolerant is `http.client`: any whitespace between the words, no reason
    /// phrase, a status that Python's `int` takes, `HTTP/0.9` as if it were 1.0, and any version before a status of 100.
    ///
    /// # Errors
    /// [`Error::BadStatusLine`], [`Error::UnknownProtocol`] or [`Error::BareLineFeed`].
    ///
    /// ```
    /// use ferrosock_proto::http1::{StatusLine, Temper};
    ///
    /// assert!(StatusLine::parse(b"HTTP/1.0 200\n", Temper::Strict).is_err());
    /// assert_eq!(StatusLine::parse(b"HTTP/1.0 200\n", Temper::Tolerant)?.status, 200);
    /// # Ok::<(), ferrosock_proto::http1::Error>(())
    /// ```
    pub fn parse(line: &[u8], temper: Temper) -> Result<Self, Error> {
        let bad = || Error::BadStatusLine(line.to_vec());
        match temper {
            Temper::Strict => {
                let text = without_end(line)?;
                let (version, rest) = text.split_at_checked(8).ok_or_else(bad)?;
                let version = Version::strict(version).ok_or_else(bad)?;
                let (a, b, c, reason) = match rest {
                    [b' ', a, b, c, b' ', reason @ ..] => (a, b, c, reason),
                    [b' ', a, b, c] => (a, b, c, &[][..]),
                    _ => return Err(bad()),
                };
                let status =
                    number::decimal(&[*a, *b, *c]).filter(|status| *status >= 100).ok_or_else(bad)?;
                if !is_field_value(reason) {
                    return Err(bad());
                }
                Ok(Self { version: version?, status: status as u16, reason: reason.to_vec() })
            }
            Temper::Tolerant => {
                let (version, rest) = number::word(line);
                let (status, reason) = number::word(rest);
                if status.is_empty() || !version.starts_with(b"HTTP/") {
                    return Err(bad());
                }
                // Without a reason `split` leaves the blanks behind the status, and `int` knows fewer of them.
                let status = match number::python(if reason.is_empty() { rest } else { status }, 10) {
                    Some((false, status @ 100..=999)) => status as u16,
                    _ => return Err(bad()),
                };
                let version = match Version::tolerant(version) {
                    Err(_) if status == 100 => Version::Http11,
                    version => version?,
                };
                Ok(Self { version, status, reason: number::strip(reason).to_vec() })
            }
        }
    }
}

/// The line without CR LF, which must be there.
pub(crate) fn without_end(line: &[u8]) -> Result<&[u8], Error> {
    match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").ok_or(Error::BareLineFeed),
        None => Err(Error::Incomplete { missing: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_by_the_letter() {
        let strict = |line: &str| RequestLine::parse(format!("{line}\r\n").as_bytes(), Temper::Strict);
        for good in [
            "GET / HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "CONNECT [::1]:443 HTTP/1.0",
            "GET http://a:80/b HTTP/1.9",
            "GET HTTPS://a HTTP/1.1",
            "GET http://[v1.a:b]:80?c HTTP/1.1",
            "GET http://[V1.a]/ HTTP/1.1",
            "M-SEARCH //x HTTP/1.1",
        ] {
            assert!(strict(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "GET /",
            "GET / ",
            "GET  / HTTP/1.1",
            "GET / HTTP/1.1 ",
            " GET / HTTP/1.1",
            "GET\t/ HTTP/1.1",
            "G@T / HTTP/1.1",
            "GET / http/1.1",
            "GET / HTTP/1.10",
            "GET / HTTP/2",
            "GET * HTTP/1.1",
            "GET a HTTP/1.1",
            "GET /a#b HTTP/1.1",
            "GET /\u{e9} HTTP/1.1",
            "GET /a\0 HTTP/1.1",
            "GET /\rX HTTP/1.1",
            "CONNECT / HTTP/1.1",
            "CONNECT a HTTP/1.1",
            "CONNECT :80 HTTP/1.1",
            "CONNECT a:80b HTTP/1.1",
            "CONNECT a:99999 HTTP/1.1",
            "GET http://a@b/ HTTP/1.1",
            "GET http:///a HTTP/1.1",
            "GET http:// HTTP/1.1",
            "GET http://?a HTTP/1.1",
            "GET http://:80/ HTTP/1.1",
            "GET http://:/ HTTP/1.1",
            "GET http://[zz]/ HTTP/1.1",
            "GET http://[1.2.3.4]/ HTTP/1.1",
            "GET http://[]/ HTTP/1.1",
            "GET http://[fe80::1%a@b]/ HTTP/1.1",
            "GET http://[v1.a@b]/ HTTP/1.1",
            "CONNECT [fe80::1%a@b]:80 HTTP/1.1",
            "GET http:a HTTP/1.1",
            "GET http:/a HTTP/1.1",
            "GET a:80 HTTP/1.1",
            "GET a:b HTTP/1.1",
            "GET a:/b HTTP/1.1",
            "GET ftp://a/b HTTP/1.1",
            "OPTIONS mailto:a HTTP/1.1",
            "CONNECT [zz]:80 HTTP/1.1",
        ] {
            assert!(strict(bad).is_err(), "{bad}");
        }
        assert_eq!(strict("GET / HTTP/2.0").unwrap_err().status(), 505);
        assert_eq!(RequestLine::parse(b"GET / HTTP/1.1\n", Temper::Strict), Err(Error::BareLineFeed));
    }

    #[test]
    fn status_lines_as_http_client_reads_them() {
        let tolerant = |line: &[u8]| StatusLine::parse(line, Temper::Tolerant);
        for (line, status, reason) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], 200, &b"OK"[..]),
            (b"HTTP/0.9 200 Status\r\n", 200, b"Status"),
            (b"HTTP/1.1\t+2_04\n", 204, b""),
            (b"  HTTP/1.1 0404 \xa0 not\x1c found \x85\n", 404, b"not\x1c found"),
            (b"HTTP/9 100 Continue\n", 100, b"Continue"),
            (b"HTTP/1.x 999", 999, b""),
        ] {
            let found = tolerant(line).unwrap();
            assert_eq!((found.status, found.reason.as_slice()), (status, reason));
        }
        for bad in [&b""[..], b"\r\n", b"HTTP/1.1\r\n", b"HTTP/1.1 099 x", b"HTTP/1.1 1000", b"HTTP/1.1 -200"]
        {
            assert_eq!(tolerant(bad), Err(Error::BadStatusLine(bad.to_vec())));
        }
        for bad in [&b"http/1.1 200 OK\n"[..], b"ICY 200 OK\n", b"HTTP/1.1 2\xb20 OK", b"HTTP/1.1 2__0 OK"] {
            assert_eq!(tolerant(bad), Err(Error::BadStatusLine(bad.to_vec())));
        }
        assert_eq!(tolerant(b"HTTP/2 200 OK\n"), Err(Error::UnknownProtocol(b"HTTP/2".to_vec())));
    }

    #[test]
    fn status_lines_by_the_letter() {
        for bad in [
            &b"HTTP/1.1  200 OK\r\n"[..],
            b"HTTP/1.1 200OK\r\n",
            b"HTTP/1.1 2000\r\n",
            b"HTTP/1.1 200\t\r\n",
            b"HTTP/1.1 20 OK\r\n",
            b"HTTP/1.1 099 OK\r\n",
            b"HTTP/1.1 +20 OK\r\n",
            b"HTTP/1.1 200 O\0K\r\n",
            b"HTTP/1.1 200 OK\rX\r\n",
            b"HTTP/1.1 200 OK\n",
            b"HTTP/1.12 200 OK\r\n",
            b"ICY 200 OK\r\n",
        ] {
            assert!(StatusLine::parse(bad, Temper::Strict).is_err(), "{}", bad.escape_ascii());
        }
        for bare in [b"HTTP/1.1 200 \r\n".as_slice(), b"HTTP/1.1 200\r\n"] {
            let line = StatusLine::parse(bare, Temper::Strict).unwrap();
            assert_eq!((line.status, line.reason.as_slice()), (200, &b""[..]));
        }
    }
}
