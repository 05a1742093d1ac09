//! What codecs take as arguments: any bytes-like object and, to decode, ASCII text.

use std::ops::Deref;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, ffi};

use crate::buffer::Buffer;
use crate::convert::type_name;
use crate::memory;
use crate::text::posed_str;

/// The bytes of an argument. They must not be read while the interpreter's lock is given up, unless they
/// [cannot change](Input::is_fixed).
pub(crate) enum Input<'a, 'py> {
    /// Of a bytes object or a str, which don't change and live as long as the call.
    Fixed(&'a [u8]),
    /// Of an object that lends them, and may be written to by others.
    Lent(Buffer),
    /// A copy, of an object whose bytes do not lie in a row.
    Copy(Bound<'py, PyBytes>),
}

impl Deref for Input<'_, '_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Lent(buffer) => buffer.bytes(),
            Self::Copy(bytes) => bytes.as_bytes(),
        }
    }
}

impl<'a, 'py> Input<'a, 'py> {
    /// A bytes-like object whose bytes lie in a row (format unit `y*`).
    #[inline]
    pub(crate) fn binary(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match fixed(value) {
            Some(bytes) => Ok(Self::Fixed(bytes)),
            None => Buffer::readable(&value).map(Self::Lent),
        }
    }

    /// The same or ASCII text, in the words of `binascii`.
    #[inline]
    pub(crate) fn ascii(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
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

    /// Any bytes-like object or ASCII text, in the words of `base64`.
    #[inline]
    pub(crate) fn encoded(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Some(bytes) = fixed(value) {
            return Ok(Self::Fixed(bytes));
        }
        if let Ok(text) = value.cast::<PyString>() {
            return match ascii_text(text) {
                Some(bytes) => Ok(Self::Fixed(bytes)),
                None => encoded_text(&text).map(Self::Copy),
            };
        }
        Self::viewed(value).or_else(|error| {
            if !error.is_instance_of::<PyTypeError>(value.py()) {
                return Err(error);
            }
            crate::error::dismiss(error);
            if let Some(text) = posed_str(&value)? {
                return encoded_text(&text).map(Self::Copy);
            }
            let class = value
                .getattr(intern!(value.py(), "__class__"))
                .and_then(|class| class.getattr(intern!(value.py(), "__name__"))?.repr());
            Err(match class {
                Ok(name) => PyTypeError::new_err(format!(
                    "argument should be a bytes-like object or ASCII string, not {name}"
                )),
                Err(error) => error,
            })
        })
    }

    /// What `memoryview(value).tobytes()` gives, of objects too whose bytes do not lie in a row.
    #[inline]
    pub(crate) fn viewed(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Some(bytes) = fixed(value) {
            return Ok(Self::Fixed(bytes));
        }
        match Buffer::readable(&value) {
            Ok(buffer) => Ok(Self::Lent(buffer)),
            Err(error) => {
                crate::error::dismiss(error);
                // SAFETY: attached, a live object; a new reference, or null with an exception set.
                let view = unsafe {
                    Bound::from_owned_ptr_or_err(value.py(), ffi::PyMemoryView_FromObject(value.as_ptr()))?
                };
                Ok(Self::Copy(view.call_method0(intern!(value.py(), "tobytes"))?.cast_into()?))
            }
        }
    }

    /// The same bytes where nobody can change them, for when Python code runs while they are read.
    pub(crate) fn settled(self, py: Python<'py>) -> PyResult<Self> {
        match self {
            Self::Lent(buffer) => memory::bytes_object(py, buffer.bytes()).map(Self::Copy),
            other => Ok(other),
        }
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
        let length = ffi::Py_SIZE(object) as usize;
        Some(std::slice::from_raw_parts(ffi::PyBytes_AS_STRING(object).cast(), length))
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

/// The characters of a str as its own `encode` gives them; an error of that is the context of ours, as in `base64`.
#[cold]
fn encoded_text<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyBytes>> {
    match text.call_method1(intern!(text.py(), "encode"), ("ascii",)) {
        Ok(bytes) => Ok(bytes.cast_into()?),
        Err(cause) => {
            let error = not_ascii();
            let _ = error.value(text.py()).setattr("__context__", cause.value(text.py()));
            Err(error)
        }
    }
}

fn not_ascii() -> PyErr {
    PyValueError::new_err("string argument should contain only ASCII characters")
}

/// A name as the format `%.100s` shows it.
fn clipped(name: &str) -> &str {
    name.char_indices().nth(100).map_or(name, |(end, _)| &name[..end])
}
