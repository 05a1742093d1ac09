//! What codecs take as arguments: any bytes-like object and, to decode, ASCII text.

use std::ops::Deref;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{Borrowed, ffi};

use crate::buffer::Buffer;
use crate::convert::type_name;

/// The bytes of an argument. They must not be read while the interpreter's lock is given up, unless they
/// [cannot change](Input::is_fixed).
pub(crate) enum Input<'a> {
    /// Of a bytes object or a str, which don't change and live as long as the call.
    Fixed(&'a [u8]),
    /// Of an object that lends them, and may be written to by others.
    Lent(Buffer),
}

impl Deref for Input<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Lent(buffer) => buffer.bytes(),
        }
    }
}

impl<'a> Input<'a> {
    /// A bytes-like object whose bytes lie in a row (format unit `y*`).
    #[inline]
    pub(crate) fn binary(value: Borrowed<'a, '_, PyAny>) -> PyResult<Self> {
        match fixed(value) {
            Some(bytes) => Ok(Self::Fixed(bytes)),
            None => Buffer::readable(&value).map(Self::Lent),
        }
    }

    /// The same or ASCII text, in the words of `binascii`.
    #[inline]
    pub(crate) fn ascii(value: Borrowed<'a, '_, PyAny>) -> PyResult<Self> {
        if let Some(bytes) = fixed(value) {
            return Ok(Self::Fixed(bytes));
        }
        if let Ok(text) = value.cast::<PyString>() {
            return ascii_text(text).map(Self::Fixed).ok_or_else(not_ascii);
        }
        Buffer::readable(&value).map(Self::Lent).map_err(|error| {
            crate::error::dismiss(error);
            let name = type_name(&value);
            PyTypeError::new_err(format!(
                "argument should be bytes, buffer or ASCII string, not '{}'",
                clipped(&name)
            ))
        })
    }

    /// Whether nobody can change the bytes.
    pub(crate) fn is_fixed(&self) -> bool {
        !matches!(self, Self::Lent(_))
    }
}

/// The bytes of a bytes object. One of a derived class may lend others.
#[inline]
fn fixed<'a>(value: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    // SAFETY: a live object; a bytes object has so many bytes, which stay as they are for its life.
    unsafe {
        let object = value.as_ptr();
        if ffi::PyBytes_CheckExact(object) == 0 {
            return None;
        }
        let length = ffi::PyBytes_Size(object) as usize;
        Some(std::slice::from_raw_parts(ffi::PyBytes_AsString(object).cast(), length))
    }
}

/// The characters of a str, if all are ASCII.
fn ascii_text<'a>(text: Borrowed<'a, '_, PyString>) -> Option<&'a [u8]> {
    let mut length = 0;
    // SAFETY: a live str; gives so many bytes that live as long as it does, or null with an exception set (for lone
    // surrogates), which is taken away.
    let bytes = unsafe {
        let bytes = ffi::PyUnicode_AsUTF8AndSize(text.as_ptr(), &raw mut length);
        if bytes.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize)
    };
    bytes.is_ascii().then_some(bytes)
}

fn not_ascii() -> PyErr {
    PyValueError::new_err("string argument should contain only ASCII characters")
}

/// A name as the format `%.100s` shows it.
fn clipped(name: &str) -> &str {
    name.char_indices().nth(100).map_or(name, |(end, _)| &name[..end])
}
