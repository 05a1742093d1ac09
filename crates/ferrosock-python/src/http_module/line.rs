//! Header lines of a request.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, ffi};

use crate::convert::exact_int;
use crate::memory;
use crate::text;

/// Appends a name of ASCII, a colon, a space and the value; None if one of the two needs judgement.
pub(super) fn put(line: &mut Vec<u8>, name: &[u8], value: Borrowed<'_, '_, PyAny>) -> PyResult<Option<()>> {
    let ends = |&byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    let begins_well = name.first().is_some_and(|first| !matches!(first, b':' | b'\t'..=b'\r' | b' '));
    if !begins_well || name.iter().any(|byte| ends(byte) || *byte == b':') {
        return Ok(None);
    }
    let number;
    let value = if let Ok(text) = value.cast_exact::<PyString>() {
        match text::units(text)? {
            text::Units::Ascii(bytes) | text::Units::Latin(bytes) => bytes,
            _ => return Ok(None),
        }
    } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        bytes_of(bytes)
    } else if let Some(found) = exact_int::<i64>(&value) {
        number = found.to_string();
        number.as_bytes()
    } else {
        return Ok(None);
    };
    if value.iter().any(ends) {
        return Ok(None);
    }
    memory::reserve(line, name.len() + 2 + value.len())?;
    for part in [name, b": ", value] {
        line.extend_from_slice(part);
    }
    Ok(Some(()))
}

/// The bytes of a str of ASCII, or of bytes.
pub(super) fn ascii_of<'a>(value: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        return text::ascii(text);
    }
    value.cast_exact::<PyBytes>().ok().map(bytes_of)
}

fn bytes_of<'a>(bytes: Borrowed<'a, '_, PyBytes>) -> &'a [u8] {
    // SAFETY: bytes never change, and the object is alive for as long.
    unsafe {
        let length = ffi::PyBytes_Size(bytes.as_ptr()) as usize;
        std::slice::from_raw_parts(ffi::PyBytes_AsString(bytes.as_ptr()).cast::<u8>(), length)
    }
}
