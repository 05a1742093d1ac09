//! What the environment tells of a request (PEP 3333, RFC 3875 section 4.1): `WSGIRequestHandler.get_environ` in one call.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Borrowed, intern};

use ferrosock_codec::url::decode;
use smallvec::SmallVec;

use crate::http_module::message::latin;
use crate::http_module::names::Kept;
use crate::text;

/// The line of a request.
pub(super) struct Line<'a, 'py> {
    pub(super) version: Bound<'py, PyAny>,
    pub(super) method: Bound<'py, PyAny>,
    /// ASCII.
    pub(super) target: &'a [u8],
}

/// A field: its name in ASCII, and its value in Latin-1 without whitespace in front.
pub(super) type Field<'a> = (&'a [u8], &'a [u8]);

/// A new dict: `base` and what there is to say of the request.
pub(super) fn environ<'py, 'a>(
    base: &Bound<'py, PyDict>,
    software: &Bound<'py, PyAny>,
    line: &Line<'_, 'py>,
    client: &Bound<'py, PyAny>,
    fields: impl Iterator<Item = Field<'a>> + Clone,
) -> PyResult<Bound<'py, PyDict>> {
    let py = base.py();
    let environ = base.copy()?;
    let (path, query) = match line.target.iter().position(|&byte| byte == b'?') {
        Some(mark) => (&line.target[..mark], &line.target[mark + 1..]),
        None => (line.target, &[][..]),
    };
    environ.set_item(intern!(py, "SERVER_PROTOCOL"), &line.version)?;
    environ.set_item(intern!(py, "SERVER_SOFTWARE"), software)?;
    environ.set_item(intern!(py, "REQUEST_METHOD"), &line.method)?;
    environ.set_item(intern!(py, "PATH_INFO"), latin(py, &decode(path))?)?;
    environ.set_item(intern!(py, "QUERY_STRING"), latin(py, query)?)?;
    environ.set_item(intern!(py, "REMOTE_ADDR"), client)?;
    let first = |name: &[u8]| fields.clone().find(|field| field.0.eq_ignore_ascii_case(name));
    let kind = match first(b"content-type") {
        Some((_, kind)) => latin(py, kind)?,
        None => intern!(py, "text/plain").clone().into_any(),
    };
    environ.set_item(intern!(py, "CONTENT_TYPE"), kind)?;
    if let Some((_, length)) = first(b"content-length").filter(|field| !field.1.is_empty()) {
        environ.set_item(intern!(py, "CONTENT_LENGTH"), latin(py, length)?)?;
    }
    add_headers(&environ, fields)?;
    Ok(environ)
}

/// The pairs of a name in upper case with `_` for `-`, and of that with `HTTP_` in front.
static KEYS: Kept = Kept::new();

fn keys<'py>(py: Python<'py>, name: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let mut key: SmallVec<[u8; 64]> = SmallVec::from_slice(b"HTTP_");
    key.extend(name.iter().map(|byte| if *byte == b'-' { b'_' } else { byte.to_ascii_uppercase() }));
    Ok(PyTuple::new(py, [latin(py, &key[5..])?, latin(py, &key)?])?.into_any())
}

fn add_headers<'a>(
    environ: &Bound<'_, PyDict>,
    fields: impl Iterator<Item = Field<'a>> + Clone,
) -> PyResult<()> {
    let py = environ.py();
    let mut known = KEYS.take();
    for (name, value) in fields.clone() {
        let pair = known.made(py, name, keys)?;
        let pair = pair.cast::<PyTuple>()?;
        let (plain, key) = (pair.get_borrowed_item(0)?, pair.get_borrowed_item(1)?);
        if environ.contains(plain)? || name.contains(&b'_') && is_spelled_well(name, fields.clone()) {
            continue;
        }
        let value = latin(py, trimmed(value))?;
        match environ.get_item(key)? {
            None => environ.set_item(key, value)?,
            Some(before) => environ.set_item(key, joined(&before, &value)?)?,
        }
    }
    Ok(())
}

/// Whether there is a field whose name is spelled with `-` where this one has `_`.
fn is_spelled_well<'a>(name: &[u8], mut fields: impl Iterator<Item = Field<'a>>) -> bool {
    let same = |a: u8, b: u8| a.eq_ignore_ascii_case(&b) || matches!((a, b), (b'_', b'-') | (b'-', b'-'));
    fields.any(|(other, _)| {
        !other.contains(&b'_')
            && other.len() == name.len()
            && name.iter().zip(other).all(|(&a, &b)| same(a, b))
    })
}

fn joined<'py>(before: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    before.add(intern!(before.py(), ","))?.add(value)
}

/// Without what `str.strip` strips.
fn trimmed(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, 9..=13 | 28..=32 | 0x85 | 0xa0);
    let start = value.iter().take_while(|byte| blank(byte)).count();
    let end = value.iter().rev().take_while(|byte| blank(byte)).count();
    value.get(start..value.len() - end).unwrap_or_default()
}

/// The bytes of a str of Latin-1; None for any other object.
pub(super) fn bytes_of<'a>(value: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    match text::units(value.cast_exact::<PyString>().ok()?).ok()? {
        text::Units::Ascii(bytes) | text::Units::Latin(bytes) => Some(bytes),
        _ => None,
    }
}
