//! The arguments that are URLs or parts of them: all str, or all bytes of ASCII, and the results then are of the same kind.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, ffi, intern};

use crate::text::{self, Text};

/// Whether the results are bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Str,
    Bytes,
}

impl Kind {
    /// The kind that the first argument decides.
    #[inline]
    pub(super) fn of(first: &Bound<'_, PyAny>) -> PyResult<Self> {
        let is_str = !first.is_exact_instance_of::<PyBytes>() && text::passes_for_str(first)?;
        Ok(if is_str { Self::Str } else { Self::Bytes })
    }

    /// The kind that arguments decide together, since Python 3.15: the first one that is not empty, and if all are, the first that
    /// is not None.
    pub(super) fn of_all<'a, 'py: 'a>(
        arguments: impl IntoIterator<Item = &'a Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let (mut kind, mut of_empty) = (None, None);
        for argument in arguments.into_iter().filter(|argument| !argument.is_none()) {
            let its = Self::of(argument)?;
            if !argument.is_truthy()? {
                of_empty.get_or_insert(its);
            } else if *kind.get_or_insert(its) != its {
                return Err(mixed());
            }
        }
        Ok(kind.or(of_empty).unwrap_or(Self::Str))
    }

    /// Refuses an argument of the other kind, unless it is empty (so that a default of '' goes with bytes).
    pub(super) fn refuse_other(self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        if Self::of(other)? != self && other.is_truthy()? {
            return Err(mixed());
        }
        Ok(())
    }

    /// The bytes of an argument.
    pub(super) fn text<'a, 'py>(self, argument: Borrowed<'a, 'py, PyAny>) -> PyResult<Text<'a, 'py>> {
        self.text_asked(argument, "strip")
    }

    /// The bytes of an argument. Of one that should be a str and is none, `method` is asked for first.
    pub(super) fn text_asked<'a, 'py>(
        self,
        argument: Borrowed<'a, 'py, PyAny>,
        method: &str,
    ) -> PyResult<Text<'a, 'py>> {
        match self {
            Self::Str => match argument.cast::<PyString>() {
                Ok(string) => Text::of(string),
                // Empty, but no str: what a str is asked for first says so.
                Err(_) => {
                    if let Some(string) = text::posed_str(&argument)? {
                        return Text::encoded(&string);
                    }
                    argument.call_method1(method, (" ",))?;
                    Err(mixed())
                }
            },
            Self::Bytes => decoded(argument),
        }
    }

    /// A part as an object of this kind. Bytes are of ASCII, or else UnicodeEncodeError is raised.
    #[inline]
    pub(super) fn object<'py>(self, py: Python<'py>, part: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Str => text::string(py, part),
            Self::Bytes if part.is_ascii() => text::bytes_object(py, part),
            Self::Bytes => text::string(py, part)?.call_method1(intern!(py, "encode"), ("ascii", "strict")),
        }
    }
}

#[cold]
fn mixed() -> PyErr {
    PyTypeError::new_err("Cannot mix str and non-str arguments")
}

/// What is no str is decoded, unless it is empty.
fn decoded<'a, 'py>(argument: Borrowed<'a, 'py, PyAny>) -> PyResult<Text<'a, 'py>> {
    if let Ok(bytes) = argument.cast_exact::<PyBytes>() {
        let bytes = bytes_of(bytes);
        if bytes.is_ascii() {
            return Ok(Text::Ascii(bytes));
        }
    }
    if !argument.is_truthy()? {
        return Ok(Text::Ascii(&[]));
    }
    let decoded = argument.call_method1(intern!(argument.py(), "decode"), ("ascii", "strict"))?;
    Text::encoded(decoded.cast::<PyString>()?)
}

/// The bytes of an object that lives as long.
pub(super) fn bytes_of<'a>(bytes: Borrowed<'a, '_, PyBytes>) -> &'a [u8] {
    // SAFETY: a live bytes object, whose bytes never change; it lives for 'a, as what is borrowed does.
    unsafe {
        let object = bytes.as_ptr();
        let length = ffi::PyBytes_Size(object) as usize;
        std::slice::from_raw_parts(ffi::PyBytes_AsString(object).cast::<u8>(), length)
    }
}
