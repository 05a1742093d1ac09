//! Heads of responses: what `start_response` takes without judgement, and what `send_headers` sends.

use ferrosock_proto::http1::has_no_body;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use pyo3::{Borrowed, intern};

use super::headers::{append_text, pair};
use crate::text::{self, Units};
use crate::version::{Backport, Change};
use crate::{clock, memory};

/// Control characters are refused in headers (gh-143916), and in a status (gh-144370).
static HEADERS_JUDGED: Backport = Change::of(&[(10, 20), (11, 15), (12, 13), (13, 12), (14, 3)])
    .or_mark("wsgiref/headers.py", "_name_disallowed_re");
static STATUS_JUDGED: Backport = Change::of(&[(10, 21), (11, 16), (12, 14), (13, 13), (14, 4)])
    .or_mark("wsgiref/handlers.py", "Control characters are not allowed");

/// Whether a status is three digits, a space and anything.
pub(super) fn is_plain_status(status: Borrowed<'_, '_, PyString>) -> bool {
    text::ascii(status).is_some_and(|status| {
        matches!(status, [a, b, c, b' ', ..] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit())
            && !(STATUS_JUDGED.is_made() && has_control(status))
    })
}

/// Whether a list has nothing but pairs of str, none of whose names is between neighbours.
pub(super) fn is_plain_list(headers: &Bound<'_, PyList>) -> bool {
    let judged = HEADERS_JUDGED.is_made();
    headers.iter().all(|item| {
        pair(&item).is_some_and(|(name, value)| {
            let Some(name) = text::ascii(name) else { return false };
            let refused = judged && (has_control(name) || text::ascii(value).is_none_or(has_control));
            !refused && !is_hop_by_hop(name)
        })
    })
}

fn has_control(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_control)
}

/// As `wsgiref.util.is_hop_by_hop` has it (RFC 2616 section 13.5.1).
fn is_hop_by_hop(name: &[u8]) -> bool {
    let names: &[&[u8]] = match name.len() {
        2 => &[b"te"],
        7 => &[b"upgrade"],
        8 => &[b"trailers"],
        10 => &[b"connection", b"keep-alive"],
        17 => &[b"transfer-encoding"],
        18 => &[b"proxy-authenticate"],
        19 => &[b"proxy-authorization"],
        _ => return false,
    };
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// A head, but for what ends it.
pub(super) struct Head {
    bytes: Vec<u8>,
    /// What Content-Length says, if it is there once and is a number.
    length: Option<usize>,
    /// The version is one whose connections end unless something else is said, and nothing is; and a final response.
    may_keep: bool,
    /// No client looks for a body behind such a status (RFC 9112 section 6.3).
    bodiless: bool,
}

impl Head {
    /// Makes the head, and puts a Content-Length into the headers if they have none and `length` is known. None, with the
    /// headers as they are, if it needs judgement.
    pub(super) fn make(
        status: &Bound<'_, PyString>,
        headers: &Bound<'_, PyList>,
        version: &Bound<'_, PyString>,
        software: Option<&Bound<'_, PyString>>,
        length: Option<usize>,
    ) -> PyResult<Option<Self>> {
        let py = status.py();
        let mut said = Said::default();
        for item in headers.iter() {
            let Some((name, value)) = pair(&item) else { return Ok(None) };
            let (Some(name), Units::Ascii(value) | Units::Latin(value)) =
                (text::ascii(name), text::units(value)?)
            else {
                return Ok(None);
            };
            said.note(name, value);
        }
        let mut bytes = Vec::new();
        memory::append(&mut bytes, b"HTTP/")?;
        let mut clear = append_text(&mut bytes, version.as_borrowed())?;
        bytes.push(b' ');
        clear &= append_text(&mut bytes, status.as_borrowed())?;
        memory::append(&mut bytes, b"\r\n")?;
        if !said.date {
            memory::append(&mut bytes, clock::date_line(py)?.as_bytes())?;
        }
        if let Some(software) = software.filter(|_| !said.server) {
            memory::append(&mut bytes, b"Server: ")?;
            clear &= append_text(&mut bytes, software.as_borrowed())?;
            memory::append(&mut bytes, b"\r\n")?;
        }
        if !clear {
            return Ok(None);
        }
        if let (0, Some(length)) = (said.lengths, length) {
            let value = PyString::new(py, &length.to_string());
            headers.append(PyTuple::new(py, [intern!(py, "Content-Length"), &value])?)?;
            said.length = Some(length);
        }
        for item in headers.iter() {
            let Some((name, value)) = pair(&item) else { return Ok(None) };
            append_text(&mut bytes, name)?;
            memory::append(&mut bytes, b": ")?;
            append_text(&mut bytes, value)?;
            memory::append(&mut bytes, b"\r\n")?;
        }
        let status = text::ascii(status.as_borrowed()).unwrap_or_default();
        let may_keep = !said.connection
            && !status.starts_with(b"1")
            && text::ascii(version.as_borrowed()) == Some(b"1.0");
        let code = status.get(..3).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        let bodiless = code.is_some_and(has_no_body);
        Ok(Some(Self { bytes, length: said.length.filter(|_| said.lengths <= 1), may_keep, bodiless }))
    }

    /// Whether the client knows by the head alone where a body of `length` bytes ends.
    pub(super) fn frames(&self, length: usize) -> bool {
        self.may_keep && self.length == Some(length) && (length == 0 || !self.bodiless)
    }

    /// The head, and room for so many bytes behind it. `kept`: the connection is.
    pub(super) fn written(self, kept: bool, room: usize) -> PyResult<Vec<u8>> {
        let mut bytes = self.bytes;
        let end: &[u8] = if kept { b"Connection: keep-alive\r\n\r\n" } else { b"\r\n" };
        bytes.try_reserve(end.len() + room).map_err(|_| pyo3::exceptions::PyMemoryError::new_err(()))?;
        bytes.extend_from_slice(end);
        Ok(bytes)
    }
}

/// What the headers say.
#[derive(Default)]
struct Said {
    date: bool,
    server: bool,
    connection: bool,
    lengths: usize,
    length: Option<usize>,
}

impl Said {
    fn note(&mut self, name: &[u8], value: &[u8]) {
        match name.len() {
            4 => self.date |= name.eq_ignore_ascii_case(b"date"),
            6 => self.server |= name.eq_ignore_ascii_case(b"server"),
            // Who names the connection knows better.
            10 => self.connection |= is_hop_by_hop(name),
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                self.lengths += 1;
                let digits = value.iter().all(u8::is_ascii_digit) && (1..=15).contains(&value.len());
                self.length =
                    std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse().ok());
            }
            17 => self.connection |= is_hop_by_hop(name),
            _ => {}
        }
    }
}
