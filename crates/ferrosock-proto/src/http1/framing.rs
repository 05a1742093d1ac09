//! Where a body ends (RFC 9112 section 6.3) and whether the connection goes on behind it (section 9.3).

use super::error::Error;
use super::head::{RequestHead, ResponseHead};
use super::number;
use super::start_line::Version;
use super::want::Temper;
use crate::http::Fields;

/// How the end of a body is told.
///
/// ```
/// use ferrosock_proto::http1::{Framing, RequestHead, request_framing};
///
/// let mut head = RequestHead::new("POST", "/");
/// assert_eq!(request_framing(&head)?, Framing::Length(0));
/// head.fields.append(b"Transfer-Encoding", b"chunked")?;
/// assert_eq!(request_framing(&head)?, Framing::Chunked);
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// By its length; 0 where there is none.
    Length(u64),
    /// By chunks that tell their sizes.
    Chunked,
    /// By the end of the connection.
    UntilClose,
    /// There is no body: another protocol follows.
    Switch,
}

/// How the end of a request's body is told. In both tempers this is strict: one plain length, or the one coding `chunked`.
///
/// # Errors
/// [`Error::BadLength`], [`Error::LengthAndEncoding`], [`Error::BadTransferEncoding`], [`Error::UnknownTransferEncoding`].
///
/// ```
/// use ferrosock_proto::http1::{Error, RequestHead, request_framing};
///
/// let mut head = RequestHead::new("POST", "/");
/// head.fields.append(b"Content-Length", b"+5")?;
/// assert_eq!(request_framing(&head), Err(Error::BadLength(b"+5".to_vec())));
/// # Ok::<(), Error>(())
/// ```
pub fn request_framing(head: &RequestHead) -> Result<Framing, Error> {
    Ok(declared(&head.fields, head.version)?.unwrap_or(Framing::Length(0)))
}

/// Whether responses of a status end with their head, whatever their fields say (RFC 9112 section 6.3, rule 1). A response to HEAD
/// does so, too, and one that makes the connection a tunnel or another protocol's.
///
/// ```
/// use ferrosock_proto::http1::has_no_body;
///
/// assert!(has_no_body(304) && has_no_body(204) && has_no_body(100) && !has_no_body(205));
/// ```
#[must_use]
pub const fn has_no_body(status: u16) -> bool {
    status < 200 || matches!(status, 204 | 304)
}

/// How the end of a response's body is told, for a request with `method`.
///
/// Tolerant, it is `http.client`'s way: `chunked` counts before a length, the first of several lengths counts, and a length
/// that is no number or is negative does not. A successful answer to CONNECT, which `http.client` reads until the end of the
/// connection, is [`Framing::Switch`] in both.
///
/// # Errors
/// Strict: as [`request_framing`]. Tolerant: none.
///
/// ```
/// use ferrosock_proto::http1::{Framing, ResponseHead, Temper, response_framing};
///
/// let mut head = ResponseHead::new(200, "OK");
/// assert_eq!(response_framing(&head, "GET", Temper::Strict)?, Framing::UntilClose);
/// head.fields.append(b"Content-Length", b"5")?;
/// assert_eq!(response_framing(&head, "GET", Temper::Strict)?, Framing::Length(5));
/// assert_eq!(response_framing(&head, "HEAD", Temper::Strict)?, Framing::Length(0));
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
pub fn response_framing(head: &ResponseHead, method: &str, temper: Temper) -> Result<Framing, Error> {
    if head.status == 101 || method == "CONNECT" && (200..300).contains(&head.status) {
        return Ok(Framing::Switch);
    }
    let bodiless = method == "HEAD" || has_no_body(head.status);
    match temper {
        // What the fields say of a body that is not there does not matter, but whether they contradict one another does.
        Temper::Strict => {
            let declared = declared(&head.fields, head.version)?;
            Ok(if bodiless { Framing::Length(0) } else { declared.unwrap_or(Framing::UntilClose) })
        }
        Temper::Tolerant if method == "HEAD" => Ok(Framing::Length(0)),
        Temper::Tolerant => {
            let coding = head.fields.get(b"transfer-encoding").unwrap_or_default();
            if coding.eq_ignore_ascii_case(b"chunked") {
                return Ok(Framing::Chunked);
            }
            let length = head.fields.get(b"content-length").and_then(|length| number::python(length, 10));
            Ok(match length {
                _ if bodiless => Framing::Length(0),
                Some((false, length)) => Framing::Length(length),
                _ => Framing::UntilClose,
            })
        }
    }
}

/// What the fields say: one length, or chunked; `None` if they are silent.
pub(super) fn declared(fields: &Fields, version: Version) -> Result<Option<Framing>, Error> {
    let (mut length, mut lengths, mut codings) = (None, 0, 0);
    for (name, value) in fields.iter() {
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                length.get_or_insert(value);
                lengths += 1;
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => codings += 1,
            _ => {}
        }
    }
    if codings > 0 {
        let codings = fields.joined(b"transfer-encoding").unwrap_or_default().into_owned();
        if length.is_some() {
            return Err(Error::LengthAndEncoding);
        }
        let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
        let found: Vec<bool> = crate::http::list(&codings).map(is_chunked).collect();
        return match found.as_slice() {
            _ if version < Version::Http11 => Err(Error::BadTransferEncoding(codings)),
            [true] => Ok(Some(Framing::Chunked)),
            [others @ .., true] if !others.contains(&true) => Err(Error::UnknownTransferEncoding(codings)),
            _ => Err(Error::BadTransferEncoding(codings)),
        };
    }
    let Some(length) = length else { return Ok(None) };
    match (number::decimal(length), lengths) {
        (Some(length), 1) => Ok(Some(Framing::Length(length))),
        _ => Err(Error::BadLength(fields.joined(b"content-length").unwrap_or_default().into_owned())),
    }
}

/// Whether a client that sent this request means to send another on the connection (RFC 9112 section 9.3).
///
/// ```
/// use ferrosock_proto::http1::{RequestHead, Version, request_persists};
///
/// let mut head = RequestHead::new("GET", "/");
/// assert!(request_persists(&head));
/// head.version = Version::Http10;
/// assert!(!request_persists(&head));
/// ```
pub fn request_persists(head: &RequestHead) -> bool {
    persists(&head.fields, head.version)
}

/// Whether the connection goes on behind a response whose body has this framing (RFC 9112 section 9.3).
///
/// Tolerant, it is `http.client`'s way: `close` anywhere in `Connection` counts; in HTTP/1.0 so do a `Keep-Alive` field, and
/// `keep-alive` anywhere in `Connection` or `Proxy-Connection`.
///
/// ```
/// use ferrosock_proto::http1::{Framing, ResponseHead, Temper, response_persists};
///
/// let mut head = ResponseHead::new(200, "OK");
/// assert!(response_persists(&head, Framing::Length(3), Temper::Strict));
/// assert!(!response_persists(&head, Framing::UntilClose, Temper::Strict));
/// head.fields.append(b"Connection", b"close")?;
/// assert!(!response_persists(&head, Framing::Length(3), Temper::Strict));
/// # Ok::<(), ferrosock_proto::http::InvalidField>(())
/// ```
pub fn response_persists(head: &ResponseHead, framing: Framing, temper: Temper) -> bool {
    if framing == Framing::UntilClose {
        return false;
    }
    match temper {
        Temper::Strict => persists(&head.fields, head.version),
        Temper::Tolerant => tolerant_persists(head.version, |name| head.fields.get(name)),
    }
}

/// What [`response_persists`] is for a tolerant reader of a body that does not end with the connection, for who keeps fields in
/// his own way: `field` gives the value of the first field of a name in lower case.
///
/// ```
/// use ferrosock_proto::http1::{Version, tolerant_persists};
///
/// assert!(tolerant_persists(Version::Http11, |_| None));
/// assert!(!tolerant_persists(Version::Http11, |name| (name == b"connection").then_some(&b"Close"[..])));
/// ```
pub fn tolerant_persists<'a>(version: Version, field: impl Fn(&[u8]) -> Option<&'a [u8]>) -> bool {
    let says = |name: &[u8], what| field(name).is_some_and(|value| contains(value, what));
    match version {
        Version::Http11 => !says(b"connection", b"close"),
        Version::Http10 => {
            field(b"keep-alive").is_some_and(|value| !value.is_empty())
                || says(b"connection", b"keep-alive")
                || says(b"proxy-connection", b"keep-alive")
        }
    }
}

fn persists(fields: &Fields, version: Version) -> bool {
    let says = |option: &[u8]| fields.has_member(b"connection", option);
    !says(b"close") && (version >= Version::Http11 || says(b"keep-alive"))
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window.eq_ignore_ascii_case(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        let mut head = ResponseHead::new(status, "");
        for (name, value) in fields {
            head.fields.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        head
    }

    const CHUNKED: (&str, &str) = ("Transfer-Encoding", "chunked");
    const FIVE: (&str, &str) = ("Content-Length", "5");

    #[test]
    fn strict_framing_has_one_reading() {
        let strict =
            |fields: &[(&str, &str)]| response_framing(&response(200, fields), "GET", Temper::Strict);
        assert_eq!(strict(&[("transfer-ENCODING", " CHUNKED ,")]), Ok(Framing::Chunked));
        for bad in [
            &[CHUNKED, FIVE][..],
            &[FIVE, CHUNKED],
            &[FIVE, FIVE],
            &[FIVE, ("Content-Length", "6")],
            &[("Content-Length", "5, 5")],
            &[("Content-Length", "-5")],
            &[("Content-Length", "+5")],
            &[("Content-Length", "")],
            &[("Content-Length", "5 5")],
            &[("Content-Length", "0x5")],
            &[("Content-Length", "18446744073709551616")],
            &[CHUNKED, CHUNKED],
            &[("Transfer-Encoding", "chunked, chunked")],
            &[("Transfer-Encoding", "chunked, gzip")],
            &[("Transfer-Encoding", "xchunked")],
            &[("Transfer-Encoding", "chunked;q=1")],
            &[("Transfer-Encoding", "\"chunked\"")],
            &[("Transfer-Encoding", "")],
            &[("Transfer-Encoding", "identity")],
            &[("Transfer-Encoding", "gzip, chunked")],
        ] {
            assert!(strict(bad).is_err(), "{bad:?}");
        }
        let mut old = response(200, &[CHUNKED]);
        old.version = Version::Http10;
        assert!(response_framing(&old, "GET", Temper::Strict).is_err());
    }

    #[test]
    fn some_responses_have_no_body() {
        for temper in [Temper::Strict, Temper::Tolerant] {
            for (status, method) in [(204, "GET"), (304, "GET"), (199, "GET"), (200, "HEAD")] {
                let found = response_framing(&response(status, &[FIVE]), method, temper);
                assert_eq!(found, Ok(Framing::Length(0)));
            }
            let found = response_framing(&response(200, &[FIVE]), "CONNECT", temper);
            assert_eq!(found, Ok(Framing::Switch));
            assert_eq!(response_framing(&response(404, &[FIVE]), "CONNECT", temper), Ok(Framing::Length(5)));
        }
    }

    #[test]
    fn tolerant_framing_is_that_of_http_client() {
        for (fields, framing) in [
            (&[CHUNKED, FIVE][..], Framing::Chunked),
            (&[("Transfer-Encoding", "gzip, chunked"), FIVE], Framing::Length(5)),
            (&[FIVE, ("Content-Length", "6")], Framing::Length(5)),
            (&[("Content-Length", "-1")], Framing::UntilClose),
            (&[("Content-Length", "")], Framing::UntilClose),
            (&[("Content-Length", "5, 5")], Framing::UntilClose),
            (&[("Content-Length", "+1_0")], Framing::Length(10)),
        ] {
            assert_eq!(response_framing(&response(200, fields), "GET", Temper::Tolerant), Ok(framing));
        }
        let chunked = response(204, &[CHUNKED]);
        assert_eq!(response_framing(&chunked, "GET", Temper::Tolerant), Ok(Framing::Chunked));
    }

    #[test]
    fn what_keeps_a_connection_alive() {
        let length = Framing::Length(1);
        let mut head = response(200, &[("Connection", "Closed")]);
        assert!(response_persists(&head, length, Temper::Strict));
        assert!(!response_persists(&head, length, Temper::Tolerant));
        head.version = Version::Http10;
        head.fields = [("Proxy-Connection", "Keep-Alive")].try_into().unwrap();
        assert!(!response_persists(&head, length, Temper::Strict));
        assert!(response_persists(&head, length, Temper::Tolerant));
        head.fields = [("Keep-Alive", "timeout=5")].try_into().unwrap();
        assert!(!response_persists(&head, length, Temper::Strict));
        assert!(response_persists(&head, length, Temper::Tolerant));
        head.fields = [("Connection", "a, Keep-Alive")].try_into().unwrap();
        assert!(response_persists(&head, length, Temper::Strict));
    }
}
