//! Bytes of HTTP as Python's objects, and header lists back.

use ferrosock::proto::http::Fields;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::buffer::with_readable;
use crate::text::ascii;

/// A str with one character a byte (ISO-8859-1), as PEP 3333 and http.server have it.
#[inline]
pub(super) fn latin<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    // SAFETY: attached; the bytes are copied; gives a new str, or null with an exception set.
    unsafe {
        let text = ffi::PyUnicode_DecodeLatin1(
            bytes.as_ptr().cast(),
            bytes.len() as ffi::Py_ssize_t,
            std::ptr::null(),
        );
        Bound::from_owned_ptr_or_err(py, text).map(|text| text.cast_into_unchecked())
    }
}

/// Calls `body` with a str's characters as bytes.
///
/// # Errors
/// A `ValueError` for a character beyond ISO-8859-1.
pub(super) fn with_latin<R>(
    text: &Bound<'_, PyString>,
    body: impl FnOnce(&[u8]) -> PyResult<R>,
) -> PyResult<R> {
    if let Some(bytes) = ascii(text.as_borrowed()) {
        return body(bytes);
    }
    // SAFETY: attached; a live str; gives new bytes, or null with an exception set.
    let bytes: Bound<'_, PyBytes> = unsafe {
        let bytes = ffi::PyUnicode_AsLatin1String(text.as_ptr());
        Bound::from_owned_ptr_or_err(text.py(), bytes)?.cast_into_unchecked()
    };
    body(bytes.as_bytes())
}

/// What a header list says of what the server decides.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Said {
    pub(super) length: Option<u64>,
    pub(super) server: bool,
}

/// Fields that are between two neighbours, and not the application's (RFC 9110 section 7.6.1). `Connection` may say `close`.
const HOP_BY_HOP: [&[u8]; 7] = [
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
];

/// Whether responses of a status have no length of their own (204, RFC 9110 section 8.6; 205, which has no content, section 15.3.6).
pub(super) const fn has_no_length(status: u16) -> bool {
    matches!(status, 204 | 205)
}

/// Adds a field, and notes what it says. `bodiless` responses are those that [have no length](has_no_length): one is left out.
///
/// # Errors
/// A `ValueError` for a field that cannot be sent, or is not the application's.
pub(super) fn add(
    fields: &mut Fields,
    said: &mut Said,
    name: &[u8],
    value: &[u8],
    bodiless: bool,
) -> PyResult<()> {
    let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
    match name.len() {
        6 if is(b"server") => said.server = true,
        14 if is(b"content-length") => {
            let length =
                std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let length = length.and_then(|text| text.parse().ok()).filter(|_| said.length.is_none());
            said.length = Some(length.ok_or_else(|| refused("an invalid Content-Length", value))?);
            if bodiless {
                return Ok(());
            }
        }
        _ if HOP_BY_HOP.iter().any(|hop| is(hop)) && !is(b"proxy-authenticate") => {
            return Err(refused("a field that only a server may send", name));
        }
        _ => {}
    }
    append(fields, name, value)
}

fn append(fields: &mut Fields, name: &[u8], value: &[u8]) -> PyResult<()> {
    fields.append(name, value).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn refused(what: &str, text: &[u8]) -> PyErr {
    PyValueError::new_err(format!("the application's headers have {what}: {}", text.escape_ascii()))
}

/// The fields of PEP 3333's header list: a list of tuples of two str.
///
/// # Errors
/// A `TypeError` for another shape, and those of [`add`].
pub(super) fn wsgi_fields(headers: &Bound<'_, PyAny>, bodiless: bool) -> PyResult<(Fields, Said)> {
    let wrong = || PyTypeError::new_err("headers must be a list of tuples of two str");
    let headers = headers.cast::<PyList>().map_err(|_| wrong())?;
    let (mut fields, mut said) = (Fields::with_capacity(headers.len() + 1, 256), Said::default());
    for pair in headers.iter() {
        let pair = pair.cast::<PyTuple>().map_err(|_| wrong())?;
        if pair.len() != 2 {
            return Err(wrong());
        }
        let (name, value) = (pair.get_borrowed_item(0)?, pair.get_borrowed_item(1)?);
        let name = name.cast::<PyString>().map_err(|_| wrong())?;
        let value = value.cast::<PyString>().map_err(|_| wrong())?;
        with_latin(&name, |name| {
            with_latin(&value, |value| add(&mut fields, &mut said, name, value, bodiless))
        })?;
    }
    Ok((fields, said))
}

/// Adds the fields of ASGI's headers: an iterable of pairs of bytes. `Transfer-Encoding` is the server's, and left out; `Trailer` is
/// the application's, for the trailers are (RFC 9110 section 6.6.2).
///
/// # Errors
/// A `TypeError` for another shape, and those of [`add`].
pub(super) fn add_asgi(
    fields: &mut Fields,
    said: &mut Said,
    headers: &Bound<'_, PyAny>,
    bodiless: bool,
) -> PyResult<()> {
    let wrong = || PyTypeError::new_err("headers are pairs of bytes");
    for pair in headers.try_iter()? {
        let pair = pair?;
        let (name, value) = if let Ok(pair) = pair.cast_exact::<PyTuple>() {
            if pair.len() != 2 {
                return Err(wrong());
            }
            (pair.get_item(0)?, pair.get_item(1)?)
        } else {
            pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().or_else(|_| {
                let list = pair.cast::<PyList>().map_err(|_| wrong())?;
                if list.len() == 2 { Ok((list.get_item(0)?, list.get_item(1)?)) } else { Err(wrong()) }
            })?
        };
        let name = name.cast::<PyBytes>().map_err(|_| wrong())?;
        let value = value.cast::<PyBytes>().map_err(|_| wrong())?;
        if name.as_bytes().eq_ignore_ascii_case(b"transfer-encoding") {
            continue;
        }
        if name.as_bytes().eq_ignore_ascii_case(b"trailer") {
            append(fields, name.as_bytes(), value.as_bytes())?;
        } else {
            add(fields, said, name.as_bytes(), value.as_bytes(), bodiless)?;
        }
    }
    Ok(())
}

/// A copy of the bytes of a bytes-like object.
///
/// # Errors
/// A `TypeError` for another one.
pub(super) fn copied(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    with_readable(object, |bytes| Ok(bytes.to_vec()))
}
