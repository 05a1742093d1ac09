//! The head of a response, and how its content goes out.

use ferrosock_proto::http::{Fields, InvalidField, is_field_value, write_field};
use ferrosock_proto::http1::{Error, RequestHead, Version};

use crate::response::{Response, reason};

/// How the content of a response goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outflow {
    /// So many bytes are left.
    Length(u64),
    Chunked,
    UntilClose,
    /// Nothing is sent of it.
    Discard,
}

/// What of a request matters to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) is_head: bool,
    pub(crate) version: Version,
    /// Whether the connection may go on behind the answer.
    pub(crate) persists: bool,
    pub(crate) switch: Switch,
}

/// Which other protocol is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    None,
    /// One of `Upgrade` (RFC 9110 section 7.8).
    Upgrade,
    /// A tunnel, by CONNECT (RFC 9110 section 9.3.6).
    Connect,
}

impl Asked {
    /// Of a request that was not read.
    pub(crate) fn unknown() -> Self {
        Self { is_head: false, version: Version::Http11, persists: false, switch: Switch::None }
    }

    pub(crate) fn of(head: &RequestHead, persists: bool) -> Self {
        let switch = match head.method.as_str() {
            "CONNECT" => Switch::Connect,
            _ if head.asks_to_switch() => Switch::Upgrade,
            _ => Switch::None,
        };
        Self { is_head: head.method == "HEAD", version: head.version, persists, switch }
    }
}

/// Appends the head of a response that switches to another protocol: it has no content, and says nothing of its end.
///
/// # Errors
/// [`Error::InvalidStatus`] for another status than the request's switch has, or 101 without `Upgrade`; [`Error::InvalidField`],
/// [`Error::UnwantedFraming`]. Then nothing was appended.
pub(crate) fn encode_switch(
    response: &Response,
    switch: Switch,
    date: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let (status, fields) = (response.status, &response.fields);
    let right = match switch {
        Switch::Upgrade => status == 101 && fields.contains(b"upgrade"),
        Switch::Connect => (200..300).contains(&status),
        Switch::None => false,
    };
    if !right {
        return Err(Error::InvalidStatus(status));
    }
    let said = Said::of(fields)?;
    if said.length.is_some() {
        return Err(Error::UnwantedFraming);
    }
    put_first_line(response, out);
    fields.write(out);
    if switch == Switch::Connect && !said.date {
        write_field(b"Date", date, out);
    }
    if switch == Switch::Upgrade && !fields.has_member(b"connection", b"upgrade") {
        write_field(b"Connection", b"upgrade", out);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

fn put_first_line(response: &Response, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(response.status).as_bytes());
    out.push(b' ');
    let phrase = response.reason.as_deref().filter(|phrase| is_field_value(phrase));
    out.extend_from_slice(phrase.unwrap_or(reason(response.status).as_bytes()));
    out.extend_from_slice(b"\r\n");
}

/// Appends a head to `out`; `known` is the content's length where that is known. Gives how the content goes out and whether the
/// connection goes on.
///
/// # Errors
/// [`Error::InvalidStatus`], [`Error::InvalidField`], [`Error::UnwantedFraming`], [`Error::WrongBodySize`], [`Error::BadLength`]
/// for a response that cannot be sent; then nothing was appended.
pub(crate) fn encode_head(
    response: &Response,
    known: Option<u64>,
    asked: Asked,
    date: &[u8],
    out: &mut Vec<u8>,
) -> Result<(Outflow, bool), Error> {
    let status = response.status;
    // A tunnel is only what somebody drives; so is another protocol. Interim responses are not for handlers.
    let tunnel = asked.switch == Switch::Connect && (200..300).contains(&status);
    if !(200..1000).contains(&status) || tunnel {
        return Err(Error::InvalidStatus(status));
    }
    let said = Said::of(&response.fields)?;
    let bodiless = response.is_bodiless();
    if status == 204 && said.length.is_some() || status == 205 && said.length.is_some_and(|length| length > 0)
    {
        return Err(Error::UnwantedFraming);
    }
    let length = match (said.length, known) {
        // Nothing, and said so: clients read it like a 200 (RFC 9110 section 15.3.6).
        _ if status == 205 => Some(0),
        // The length of what HEAD and 304 leave out may be said without having it.
        (Some(length), Some(0)) if asked.is_head || bodiless => Some(length),
        (Some(said), Some(length)) if said != length => {
            return Err(Error::WrongBodySize { missing: i128::from(said) - i128::from(length) });
        }
        (said, known) => said.or(known),
    };
    let outflow = match length {
        _ if asked.is_head || bodiless => Outflow::Discard,
        Some(length) => Outflow::Length(length),
        None if asked.version >= Version::Http11 => Outflow::Chunked,
        None => Outflow::UntilClose,
    };
    let persists = asked.persists && !said.close && outflow != Outflow::UntilClose;

    put_first_line(response, out);
    response.fields.write(out);
    if !said.date && !date.is_empty() {
        write_field(b"Date", date, out);
    }
    match length {
        _ if said.length.is_some() || status == 204 => {}
        // Of a 304 nobody knows the length but who said it; of HEAD's unknown one there is nothing to say.
        _ if status == 304 => {}
        Some(length) => write_field(b"Content-Length", itoa::Buffer::new().format(length).as_bytes(), out),
        None if outflow == Outflow::Chunked => write_field(b"Transfer-Encoding", b"chunked", out),
        None => {}
    }
    if !persists && !said.close {
        write_field(b"Connection", b"close", out);
    } else if persists && asked.version < Version::Http11 && !said.keep_alive {
        write_field(b"Connection", b"keep-alive", out);
    }
    out.extend_from_slice(b"\r\n");
    Ok((outflow, persists))
}

/// Appends an interim response that tells fields beforehand (RFC 8297).
///
/// # Errors
/// [`Error::InvalidField`] for a field that cannot be sent; then nothing was appended.
pub(crate) fn encode_hints(fields: &Fields, out: &mut Vec<u8>) -> Result<(), Error> {
    Said::of(fields)?;
    out.extend_from_slice(b"HTTP/1.1 103 Early Hints\r\n");
    fields.write(out);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// What the handler's fields say of what the engine decides.
#[derive(Default)]
struct Said {
    length: Option<u64>,
    date: bool,
    close: bool,
    keep_alive: bool,
}

impl Said {
    fn of(fields: &Fields) -> Result<Self, Error> {
        let mut said = Self::default();
        // Fields that come from a tolerant reader are looked at again.
        let seen = fields.lines().is_some();
        for (name, value) in fields.iter() {
            if !seen {
                InvalidField::check(name, value)?;
            }
            let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
            match name.len() {
                4 if is(b"date") => said.date = true,
                10 if is(b"connection") => {
                    for option in ferrosock_proto::http::list(value) {
                        said.close |= option.eq_ignore_ascii_case(b"close");
                        said.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                    }
                }
                14 if is(b"content-length") => {
                    let length = parse_length(value).filter(|_| said.length.is_none());
                    said.length = Some(length.ok_or_else(|| Error::BadLength(value.to_vec()))?);
                }
                17 if is(b"transfer-encoding") => return Err(Error::UnwantedFraming),
                _ => {}
            }
        }
        Ok(said)
    }
}

fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::Content;

    const ASKED: Asked =
        Asked { is_head: false, version: Version::Http11, persists: true, switch: Switch::None };

    fn encoded(response: &Response, asked: Asked) -> Result<(String, Outflow, bool), Error> {
        let mut out = Vec::new();
        let (outflow, persists) = encode_head(response, response.content.length(), asked, b"D", &mut out)?;
        Ok((String::from_utf8(out).unwrap(), outflow, persists))
    }

    fn chunks() -> Response {
        Response::new(200).with_content(Content::Chunks(Box::new(std::iter::empty())))
    }

    #[test]
    fn a_head_says_how_its_content_ends() {
        let old = Asked { version: Version::Http10, ..ASKED };
        let head = Asked { is_head: true, ..ASKED };
        let last = Asked { persists: false, ..ASKED };
        for (response, asked, expected, outflow, persists) in [
            (Response::new(200).with_body("hi"), ASKED, "Content-Length: 2\r\n", Outflow::Length(2), true),
            (Response::new(200).with_body("hi"), head, "Content-Length: 2\r\n", Outflow::Discard, true),
            (
                Response::new(200).with_body("hi"),
                last,
                "Content-Length: 2\r\nConnection: close\r\n",
                Outflow::Length(2),
                false,
            ),
            (
                Response::new(200).with_body("hi"),
                old,
                "Content-Length: 2\r\nConnection: keep-alive\r\n",
                Outflow::Length(2),
                true,
            ),
            (chunks(), ASKED, "Transfer-Encoding: chunked\r\n", Outflow::Chunked, true),
            (chunks(), old, "Connection: close\r\n", Outflow::UntilClose, false),
            (chunks(), head, "", Outflow::Discard, true),
        ] {
            let expected = format!("HTTP/1.1 200 OK\r\nDate: D\r\n{expected}\r\n");
            assert_eq!(encoded(&response, asked), Ok((expected, outflow, persists)));
        }
        for status in [204, 304] {
            let (text, outflow, persists) = encoded(&Response::new(status), ASKED).unwrap();
            assert!(!text.contains("Content-Length") && outflow == Outflow::Discard && persists);
        }
        let said = Response::new(205).with("Content-Length", "0").unwrap().with_body("hi");
        for response in [Response::new(205), Response::new(205).with_body("hi"), said] {
            let (text, outflow, persists) = encoded(&response, ASKED).unwrap();
            assert!(text.matches("Content-Length: 0\r\n").count() == 1, "{text}");
            assert!(outflow == Outflow::Discard && persists);
        }
        let declared = chunks().with("Content-Length", "7").unwrap();
        assert_eq!(encoded(&declared, ASKED).unwrap().1, Outflow::Length(7));
        let of_head = Response::new(200).with("Content-Length", "7").unwrap();
        assert!(encoded(&of_head, head).unwrap().0.contains("Content-Length: 7\r\n"));
    }

    #[test]
    fn what_would_confuse_a_client_is_refused() {
        for bad in [
            Response::new(100),
            Response::new(101),
            Response::new(1000),
            Response::new(204).with("Content-Length", "0").unwrap(),
            Response::new(205).with("Content-Length", "2").unwrap().with_body("hi"),
            Response::new(200).with("Content-Length", "3").unwrap().with_body("hi"),
            Response::new(200).with("Content-Length", "+2").unwrap().with_body("hi"),
            Response::new(200).with("Transfer-Encoding", "chunked").unwrap(),
            Response::new(200)
                .with("Content-Length", "2")
                .unwrap()
                .with("Content-Length", "2")
                .unwrap()
                .with_body("hi"),
        ] {
            assert!(encoded(&bad, ASKED).is_err(), "{bad:?}");
        }
        let odd = Response::new(200).with_reason("a\r\nX: y");
        assert!(encoded(&odd, ASKED).unwrap().0.starts_with("HTTP/1.1 200 OK\r\n"));
    }
}
