//! Heads that need no judgement: what nearly every server sends.

use super::start_line::Version;
use crate::http::grammar::{is_field_value, is_token, token};

/// What the next line of a clear header section is.
///
/// ```
/// use ferrosock_proto::http1::{ClearLine, clear_line};
///
/// let line = clear_line(b"Age: 3\r\n\r\n");
/// assert_eq!(line, Some(ClearLine::Field { name: b"Age", value: b"3", length: 8 }));
/// assert_eq!(clear_line(b"\r\n"), Some(ClearLine::End));
/// assert_eq!(clear_line(b"Age : 3\r\n"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClearLine<'a> {
    /// A field.
    Field {
        /// The name, a token.
        name: &'a [u8],
        /// The value, without the whitespace in front of it; that behind it is there still.
        value: &'a [u8],
        /// How many bytes the line takes.
        length: usize,
    },
    /// The empty line that ends the section, two bytes.
    End,
}

/// Reads the line of a header section at the beginning of `input`, if all readers agree on what it says: a token, a colon at
/// once behind it, a value without control characters, CR LF; or CR LF alone. What begins with whitespace is no such line,
/// so that a section whose lines are all clear has no folded ones.
///
/// It gives `None` for any other line, and for one that is not there whole. Then [`Section`](super::Section) judges.
///
/// ```
/// use ferrosock_proto::http1::clear_line;
///
/// for line in [&b"A: 1\n"[..], b" A: 1\r\n", b"A\r\n", b"A: \0\r\n", b"A: 1\r", b"A: 1\r\r\n", b""] {
///     assert_eq!(clear_line(line), None);
/// }
/// ```
pub fn clear_line(input: &[u8]) -> Option<ClearLine<'_>> {
    if input.starts_with(b"\r\n") {
        return Some(ClearLine::End);
    }
    let (name, rest) = input.split_at(token(input));
    if name.is_empty() || rest.first() != Some(&b':') {
        return None;
    }
    let end = memchr::memchr(b'\n', rest)?;
    let value = rest[1..end].strip_suffix(b"\r")?;
    let blank = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let value = &value[blank..];
    is_field_value(value).then_some(ClearLine::Field { name, value, length: name.len() + end + 1 })
}

/// A status line that all readers agree on.
///
/// ```
/// use ferrosock_proto::http1::{ClearStatus, Version};
///
/// let line = ClearStatus::read(b"HTTP/1.1 404 Not Found\r\nAge: 3\r\n").unwrap();
/// assert_eq!((line.version, line.status, line.reason, line.length), (Version::Http11, 404, &b"Not Found"[..], 24));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClearStatus<'a> {
    /// The version.
    pub version: Version,
    /// The status, from 100 to 999.
    pub status: u16,
    /// The reason phrase, of visible ASCII characters and single spaces between them; it may be empty.
    pub reason: &'a [u8],
    /// How many bytes the line takes.
    pub length: usize,
}

impl<'a> ClearStatus<'a> {
    /// Reads the line at the beginning of `input`: `HTTP/1.0` or `HTTP/1.1`, a space, three digits the first of which is
    /// not 0, a space and a reason phrase, CR LF; the phrase may be missing, and then the space, too. `None` for any other
    /// line, and for one that is not there whole; then [`StatusLine`](super::StatusLine) judges.
    ///
    /// ```
    /// use ferrosock_proto::http1::ClearStatus;
    ///
    /// assert_eq!(ClearStatus::read(b"HTTP/1.0 200\r\n").unwrap().reason, b"");
    /// for line in [&b"HTTP/1.1 200 OK\n"[..], b"HTTP/2 200 OK\r\n", b"HTTP/1.1 20 OK\r\n", b"HTTP/1.1 2000\r\n", b"HTTP"] {
    ///     assert_eq!(ClearStatus::read(line), None);
    /// }
    /// ```
    pub fn read(input: &'a [u8]) -> Option<Self> {
        let end = memchr::memchr(b'\n', input)?;
        let line = input[..end].strip_suffix(b"\r")?.strip_prefix(b"HTTP/1.")?;
        let [minor, b' ', digits @ ..] = line else { return None };
        let version = match minor {
            b'0' => Version::Http10,
            b'1' => Version::Http11,
            _ => return None,
        };
        let (digits, rest) = digits.split_at_checked(3)?;
        let [hundreds @ b'1'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = *digits else { return None };
        let digit = |byte: u8| u16::from(byte - b'0');
        let status = digit(hundreds) * 100 + digit(tens) * 10 + digit(ones);
        let reason = match rest {
            [] | [b' '] => &[][..],
            [b' ', reason @ ..] => reason,
            _ => return None,
        };
        let plain = reason.iter().all(|byte| matches!(byte, b' '..=b'~'))
            && reason.first() != Some(&b' ')
            && reason.last() != Some(&b' ');
        plain.then_some(Self { version, status, reason, length: end + 1 })
    }
}

/// A request line that all readers agree on.
///
/// ```
/// use ferrosock_proto::http1::{ClearRequest, Version};
///
/// let line = ClearRequest::read(b"GET /a?b=c HTTP/1.1\r\n").unwrap();
/// assert_eq!((line.method, line.target, line.version), (&b"GET"[..], &b"/a?b=c"[..], Version::Http11));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClearRequest<'a> {
    /// The method, a token.
    pub method: &'a [u8],
    /// The target, of visible ASCII characters.
    pub target: &'a [u8],
    /// The version.
    pub version: Version,
}

impl<'a> ClearRequest<'a> {
    /// Reads a line that is there whole, with its end: a token, a space, visible ASCII characters, a space, `HTTP/1.0` or
    /// `HTTP/1.1`, CR LF. `None` for any other line; then [`RequestLine`](super::RequestLine) judges, which also tells whether
    /// the target has a form that fits the method.
    ///
    /// ```
    /// use ferrosock_proto::http1::ClearRequest;
    ///
    /// for line in [&b"GET  / HTTP/1.1\r\n"[..], b"GET /\r\n", b"GET / HTTP/1.1\n", b"GET / HTTP/2.0\r\n", b"G(T / HTTP/1.1\r\n"] {
    ///     assert_eq!(ClearRequest::read(line), None);
    /// }
    /// ```
    pub fn read(line: &'a [u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\r\n")?;
        let (line, minor) = line.split_at_checked(line.len().checked_sub(1)?)?;
        let version = match minor {
            b"0" => Version::Http10,
            b"1" => Version::Http11,
            _ => return None,
        };
        let line = line.strip_suffix(b" HTTP/1.")?;
        let space = memchr::memchr(b' ', line)?;
        let (method, target) = (&line[..space], &line[space + 1..]);
        let visible = !target.is_empty() && target.iter().all(u8::is_ascii_graphic);
        (is_token(method) && visible).then_some(Self { method, target, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::{Limits, RequestLine, Section, StatusLine, Temper};

    /// 50,000 lines, each of so many of the pieces and an end; the same ones every time.
    fn lines(pieces: &[&[u8]], count: usize) -> impl Iterator<Item = Vec<u8>> {
        let mut number = 1_u32;
        let mut piece = move || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            pieces[(number >> 16) as usize % pieces.len()]
        };
        (0..50_000).map(move |_| {
            let mut line: Vec<u8> = (0..count).flat_map(|_| piece()).copied().collect();
            line.extend_from_slice(b"\r\n");
            line
        })
    }

    /// What is clear is what both tempers read, and reads the same.
    #[test]
    fn clear_lines_are_those_of_both_tempers() {
        let pieces: [&[u8]; 16] = [
            b"A", b":", b" ", b"\r\n", b"\n", b"\r", b"x-y", b"\0", b"\x80", b"\t", b"=", b"\x7f", b"From ",
            b"", b"1", b"(",
        ];
        for line in lines(&pieces, 6) {
            let Some(ClearLine::Field { name, value, length }) = clear_line(&line) else { continue };
            for temper in [Temper::Strict, Temper::Tolerant] {
                let mut section = Section::header(temper, Limits::python());
                section.handle(&line[..length]).unwrap();
                section.handle(b"\r\n").unwrap();
                let fields = section.into_fields();
                let found = fields.get(name).unwrap();
                let trimmed = value.trim_ascii_end();
                assert!(found == value || found == trimmed, "{}", line.escape_ascii());
            }
        }
    }

    #[test]
    fn clear_status_lines_are_those_of_both_tempers() {
        let pieces: [&[u8]; 14] = [
            b"HTTP/1.1 ",
            b"HTTP/1.0 ",
            b"200",
            b" ",
            b"OK",
            b"\r",
            b"9",
            b"\t",
            b"\x80",
            b"099",
            b"~",
            b"404",
            b"HTTP/1.1",
            b"",
        ];
        for line in lines(&pieces, 5) {
            let Some(clear) = ClearStatus::read(&line) else { continue };
            let found = StatusLine::parse(&line, Temper::Tolerant).unwrap();
            assert_eq!((found.version, found.status), (clear.version, clear.status));
            assert_eq!(found.reason, clear.reason, "{}", line.escape_ascii());
            // The strict reader wants the space behind the status even if no reason follows.
            if let Ok(strict) = StatusLine::parse(&line, Temper::Strict) {
                assert_eq!(strict, found);
            }
        }
    }

    #[test]
    fn clear_request_lines_are_those_of_both_tempers() {
        let pieces: [&[u8]; 14] = [
            b"GET ",
            b"POST",
            b" ",
            b"/",
            b"*",
            b" HTTP/1.1",
            b" HTTP/1.0",
            b"\t",
            b"\x80",
            b"a",
            b"#",
            b"\r",
            b"http://h/",
            b"",
        ];
        for line in lines(&pieces, 5) {
            let Some(clear) = ClearRequest::read(&line) else { continue };
            let found = RequestLine::parse(&line, Temper::Tolerant).unwrap();
            assert_eq!(
                (found.method.as_bytes(), &found.target[..], found.version),
                (clear.method, clear.target, clear.version)
            );
            if let Ok(strict) = RequestLine::parse(&line, Temper::Strict) {
                assert_eq!(strict, found);
            }
        }
    }
}
