//! Header lines of a request.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use pyo3::{Borrowed, ffi};

use super::{CALLS, seams};
use crate::call::{Args, native_fast};
use crate::convert::exact_int;
use crate::memory;
use crate::text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"header_line", header_line, LINE_DOC)])
}

const LINE_DOC: &CStr = c"header_line($module, header, values, /)
--

Return the line of a header field, without its end; None if the name or a value needs judgement.";

fn header_line<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let py = module.py();
    let (name, values) = (args.object(0)?, args.object(1)?);
    let values = values.cast::<PyTuple>()?;
    let mut line = Vec::new();
    let clear = match ascii_of(name) {
        Some(name) if values.len() == 1 && seams(module)?.is_some() => {
            put(&mut line, name, values.get_borrowed_item(0)?)?.is_some()
        }
        _ => false,
    };
    Ok(if clear { memory::bytes_object(py, &line)?.into_any() } else { py.None().into_bound(py) })
}

/// Appends a name of ASCII, a colon, a space and the value; None if one of the two needs judgement.
pub(super) fn put(line: &mut Vec<u8>, name: &[u8], value: Borrowed<'_, '_, PyAny>) -> PyResult<Option<()>> {
    let ends = |&byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    let begins_well = name.first().is_some_and(|first| !matches!(first, b':' | b'\t'..=b'\r' | b' '));
    if !begins_well || name.iter().any(|byte| ends(byte) || *byte == b':') {
        return Ok(None);
    }
    memory::append(line, name)?;
    memory::append(line, b": ")?;
    let start = line.len();
    if let Ok(text) = value.cast_exact::<PyString>() {
        match text::units(text)? {
            text::Units::Ascii(bytes) | text::Units::Latin(bytes) => memory::append(line, bytes)?,
            _ => return Ok(None),
        }
    } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        memory::append(line, bytes.as_bytes())?;
    } else if let Some(number) = exact_int::<i64>(&value) {
        memory::append(line, number.to_string().as_bytes())?;
    } else {
        return Ok(None);
    }
    Ok((!line[start..].iter().any(ends)).then_some(()))
}

/// The bytes of a str of ASCII, or of bytes.
pub(super) fn ascii_of<'a>(value: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        return text::ascii(text);
    }
    let bytes = value.cast_exact::<PyBytes>().ok()?;
    // SAFETY: bytes never change, and the object is alive for as long.
    unsafe {
        let length = ffi::PyBytes_Size(bytes.as_ptr()) as usize;
        Some(std::slice::from_raw_parts(ffi::PyBytes_AsString(bytes.as_ptr()).cast::<u8>(), length))
    }
}
