//! Messages that go out: heads, chunks and trailers as bytes, and what may not be among them.

use super::error::Error;
use super::head::{RequestHead, ResponseHead};
use super::section::may_trail;
use super::want::Temper;
use crate::http::grammar::{is_field_value, is_target, is_token};
use crate::http::{Fields, InvalidField, write_field};

/// Whether a method may be sent. Strict: a token. Tolerant: no control character, as `http.client` has it.
///
/// ```
/// use ferrosock_proto::http1::{Temper, may_send_method};
///
/// assert!(!may_send_method(b"GET /\r\n", Temper::Tolerant));
/// assert!(may_send_method(b"BAD METHOD", Temper::Tolerant) && !may_send_method(b"BAD METHOD", Temper::Strict));
/// ```
pub fn may_send_method(method: &[u8], temper: Temper) -> bool {
    match temper {
        Temper::Strict => is_token(method),
        Temper::Tolerant => method.iter().all(|&byte| byte >= 0x20),
    }
}

/// Whether a request target may be sent. Strict: visible US-ASCII without a fragment. Tolerant: no blank and no control
/// character, as `http.client` has it.
///
/// ```
/// use ferrosock_proto::http1::{Temper, may_send_target};
///
/// assert!(!may_send_target(b"/ HTTP/1.1", Temper::Tolerant));
/// assert!(may_send_target(b"/a#b", Temper::Tolerant) && !may_send_target(b"/a#b", Temper::Strict));
/// ```
pub fn may_send_target(target: &[u8], temper: Temper) -> bool {
    match temper {
        Temper::Strict => is_target(target),
        Temper::Tolerant => target.iter().all(|&byte| byte > 0x20 && byte != 0x7f),
    }
}

/// Whether a field's name may be sent. Strict: a token. Tolerant: what neither begins with a blank nor holds a colon or a
/// line end, as `http.client` has it.
///
/// ```
/// use ferrosock_proto::http1::{Temper, may_send_name};
///
/// assert!(!may_send_name(b"A: b\r\nC", Temper::Tolerant));
/// assert!(may_send_name(b"A b", Temper::Tolerant) && !may_send_name(b"A b", Temper::Strict));
/// ```
pub fn may_send_name(name: &[u8], temper: Temper) -> bool {
    match temper {
        Temper::Strict => is_token(name),
        Temper::Tolerant => {
            !matches!(name.first(), None | Some(b'\t'..=b'\r' | b' '))
                && !name.iter().any(|byte| matches!(byte, b':' | b'\r' | b'\n'))
        }
    }
}

/// Whether a field's value may be sent. Strict: no control character but the tab. Tolerant: no line end but one that a
/// blank follows, as `http.client` has it.
///
/// ```
/// use ferrosock_proto::http1::{Temper, may_send_value};
///
/// assert!(!may_send_value(b"a\r\nSet-Cookie: b", Temper::Tolerant));
/// assert!(may_send_value(b"a\r\n b", Temper::Tolerant) && !may_send_value(b"a\r\n b", Temper::Strict));
/// ```
pub fn may_send_value(value: &[u8], temper: Temper) -> bool {
    match temper {
        Temper::Strict => is_field_value(value),
        Temper::Tolerant => value.iter().enumerate().all(|(at, byte)| match (byte, value.get(at + 1)) {
            (b'\n', next) => matches!(next, Some(b' ' | b'\t')),
            (b'\r', next) => matches!(next, Some(b' ' | b'\t' | b'\n')),
            _ => true,
        }),
    }
}

/// Appends the head of a request to `out`.
///
/// # Errors
/// [`Error::InvalidMethod`], [`Error::InvalidTarget`] or [`Error::InvalidField`] for what is not as [`Temper::Strict`] has it;
/// then nothing was appended.
///
/// ```
/// use ferrosock_proto::http1::{RequestHead, encode_request};
///
/// let mut head = RequestHead::new("GET", "/");
/// head.fields.append(b"Host", b"example.org")?;
/// let mut out = Vec::new();
/// encode_request(&head, &mut out)?;
/// assert_eq!(out, b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
/// assert!(encode_request(&RequestHead::new("GET", "/ HTTP/1.1\r\nX: y"), &mut out).is_err());
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
pub fn encode_request(head: &RequestHead, out: &mut Vec<u8>) -> Result<(), Error> {
    if !is_token(head.method.as_bytes()) {
        return Err(Error::InvalidMethod(head.method.clone().into_bytes()));
    }
    if !is_target(&head.target) {
        return Err(Error::InvalidTarget(head.target.clone()));
    }
    check(&head.fields)?;
    let around = 14; // the version, spaces and line ends
    out.reserve(head.method.len() + head.target.len() + head.fields.bytes() + around);
    for piece in [head.method.as_bytes(), b" ", &head.target, b" ", head.version.as_str().as_bytes(), b"\r\n"]
    {
        out.extend_from_slice(piece);
    }
    head.fields.write(out);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Appends the head of a response to `out`.
///
/// # Errors
/// [`Error::InvalidStatus`], [`Error::InvalidReason`] or [`Error::InvalidField`]; then nothing was appended.
///
/// ```
/// use ferrosock_proto::http1::{ResponseHead, encode_response};
///
/// let mut out = Vec::new();
/// encode_response(&ResponseHead::new(204, "No Content"), &mut out)?;
/// assert_eq!(out, b"HTTP/1.1 204 No Content\r\n\r\n");
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
pub fn encode_response(head: &ResponseHead, out: &mut Vec<u8>) -> Result<(), Error> {
    encode_response_with(head, &[], out)
}

/// The same, with a few fields more.
pub(crate) fn encode_response_with(
    head: &ResponseHead,
    more: &[(&str, &str)],
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    if !(100..1000).contains(&head.status) {
        return Err(Error::InvalidStatus(head.status));
    }
    if !is_field_value(&head.reason) {
        return Err(Error::InvalidReason(head.reason.clone()));
    }
    check(&head.fields)?;
    let status = head.status.to_string();
    for piece in [head.version.as_str().as_bytes(), b" ", status.as_bytes(), b" ", &head.reason, b"\r\n"] {
        out.extend_from_slice(piece);
    }
    head.fields.write(out);
    for (name, value) in more {
        write_field(name.as_bytes(), value.as_bytes(), out);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Fields may come from a tolerant reader, so each is looked at again.
fn check(fields: &Fields) -> Result<(), InvalidField> {
    if fields.lines().is_some() {
        return Ok(()); // they were looked at
    }
    fields.iter().try_for_each(|(name, value)| InvalidField::check(name, value))
}

/// Appends `data` to `out` as a chunk (RFC 9112 section 7.1). No data is no chunk: an empty one would end the body.
///
/// ```
/// use ferrosock_proto::http1::encode_chunk;
///
/// let mut out = Vec::new();
/// encode_chunk(b"0123456789abcdef", &mut out);
/// encode_chunk(b"", &mut out);
/// assert_eq!(out, b"10\r\n0123456789abcdef\r\n");
/// ```
pub fn encode_chunk(data: &[u8], out: &mut Vec<u8>) {
    if !data.is_empty() {
        out.extend_from_slice(format!("{:X}\r\n", data.len()).as_bytes());
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends `data` as a chunk with extensions (RFC 9112 section 7.1.1); a value that is no token is quoted.
///
/// # Errors
/// [`Error::InvalidField`] for a name that is no token or a value that could end the line; then nothing was appended.
///
/// ```
/// use ferrosock_proto::http1::encode_chunk_with;
///
/// let mut out = Vec::new();
/// encode_chunk_with(b"hi", &[(b"sig", b"a b"), (b"last", b"")], &mut out)?;
/// assert_eq!(out, b"2;sig=\"a b\";last\r\nhi\r\n");
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
pub fn encode_chunk_with(data: &[u8], extensions: &[(&[u8], &[u8])], out: &mut Vec<u8>) -> Result<(), Error> {
    for (name, value) in extensions {
        InvalidField::check(name, value)?;
    }
    if data.is_empty() {
        return Ok(());
    }
    out.extend_from_slice(format!("{:X}", data.len()).as_bytes());
    for (name, value) in extensions {
        out.push(b';');
        out.extend_from_slice(name);
        if !value.is_empty() {
            out.push(b'=');
            out.extend_from_slice(&crate::http::quote(value));
        }
    }
    for piece in [&b"\r\n"[..], data, b"\r\n"] {
        out.extend_from_slice(piece);
    }
    Ok(())
}

/// Appends the end of a chunked body to `out`: the last chunk and the trailers (RFC 9112 sections 7.1 and 7.1.2).
///
/// # Errors
/// [`Error::ForbiddenTrailer`] or [`Error::InvalidField`]; then nothing was appended.
///
/// ```
/// use ferrosock_proto::http::Fields;
/// use ferrosock_proto::http1::encode_last_chunk;
///
/// let mut out = Vec::new();
/// encode_last_chunk(&[("Digest", "abc")].try_into()?, &mut out)?;
/// assert_eq!(out, b"0\r\nDigest: abc\r\n\r\n");
/// assert!(encode_last_chunk(&[("Content-Length", "3")].try_into()?, &mut out).is_err());
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
pub fn encode_last_chunk(trailers: &Fields, out: &mut Vec<u8>) -> Result<(), Error> {
    check(trailers)?;
    if let Some((name, _)) = trailers.iter().find(|(name, _)| !may_trail(name)) {
        return Err(Error::ForbiddenTrailer(name.to_vec()));
    }
    out.extend_from_slice(b"0\r\n");
    trailers.write(out);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// The body of a message that goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outflow {
    /// So many bytes are left.
    Length(u64),
    Chunked,
    UntilClose,
    /// Nothing is sent of it: the answer to HEAD.
    Discard,
}

impl Outflow {
    pub(crate) fn send(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Length(left) => {
                let size = data.len() as u64;
                *left = left
                    .checked_sub(size)
                    .ok_or(Error::WrongBodySize { missing: i128::from(*left) - i128::from(size) })?;
                out.extend_from_slice(data);
            }
            Self::Chunked => encode_chunk(data, out),
            Self::UntilClose => out.extend_from_slice(data),
            Self::Discard => {}
        }
        Ok(())
    }

    pub(crate) fn end(&mut self, trailers: &Fields, out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Chunked => encode_last_chunk(trailers, out),
            Self::Length(left) if *left > 0 => Err(Error::WrongBodySize { missing: (*left).into() }),
            Self::Discard => Ok(()),
            // Only chunks have a place for trailers.
            _ if !trailers.is_empty() => Err(Error::WrongState),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::{Limits, read_response};

    #[test]
    fn what_a_tolerant_reader_took_is_not_sent_on() {
        for text in [&b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"] {
            let (head, _) = read_response(text, Temper::Tolerant, &Limits::python()).unwrap().unwrap();
            let mut out = Vec::new();
            assert!(matches!(encode_response(&head, &mut out), Err(Error::InvalidField(_))));
            assert!(out.is_empty());
        }
    }

    #[test]
    fn nothing_splits_a_first_line() {
        let mut out = Vec::new();
        for bad in ["", "G T", "GET\r\n", "GET\0"] {
            let head = RequestHead::new(bad, "/");
            assert_eq!(encode_request(&head, &mut out), Err(Error::InvalidMethod(bad.into())));
        }
        for bad in ["", "/ a", "/\r\nX: y", "/\n", "/\0", "/\u{e9}", "/#a"] {
            let head = RequestHead::new("GET", bad);
            assert_eq!(encode_request(&head, &mut out), Err(Error::InvalidTarget(bad.into())));
        }
        for bad in ["a\r\nb: c", "a\n", "\0"] {
            let head = ResponseHead::new(200, bad);
            assert_eq!(encode_response(&head, &mut out), Err(Error::InvalidReason(bad.into())));
        }
        for bad in [0, 99, 1000] {
            let head = ResponseHead::new(bad, "");
            assert_eq!(encode_response(&head, &mut out), Err(Error::InvalidStatus(bad)));
        }
        assert!(out.is_empty());
    }

    #[test]
    fn values_that_http_client_would_send() {
        for good in [&b"a\r\n b"[..], b"a\n\tb", b"a\r b", b"\0"] {
            assert!(may_send_value(good, Temper::Tolerant));
        }
        for bad in [&b"a\r\nb"[..], b"a\n", b"a\r", b"a\n\n b", b"a\rb"] {
            assert!(!may_send_value(bad, Temper::Tolerant));
        }
    }
}
