//! What is wrong with a document, as Python's exceptions.

use ferrosock_codec::json::{Error, ErrorKind};
use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::types::PyModule;
use pyo3::{Borrowed, ffi, intern};

use super::functions;
use crate::version::Change;

/// gh-152052: a string that ends with a document behind the digits of a `\u` is one without an end.
const ENDS: Change = Change::of(&[(13, 15), (14, 7)]);

/// What the running Python says of it: the message and the position, or None and where a value is missing, which the scanner
/// tells by a StopIteration.
fn told(error: Error) -> (Option<&'static str>, usize) {
    let new = crate::version::since(13);
    match error.kind {
        ErrorKind::ExpectingValue | ErrorKind::Constant => (None, error.position),
        ErrorKind::TrailingCommaInArray { bracket } if !new => (None, bracket),
        ErrorKind::TrailingCommaInObject { bracket } if !new => {
            (Some(Error { kind: ErrorKind::ExpectingName, ..error }.message()), bracket)
        }
        ErrorKind::EndBehindEscape { escape } if !ENDS.is_made() => {
            (Some(Error { kind: ErrorKind::InvalidUnicodeEscape, ..error }.message()), escape)
        }
        _ => (Some(error.message()), error.position),
    }
}

/// The exception of a scanner for what is wrong with the document.
#[cold]
pub(super) fn scanner(py: Python<'_>, error: Error, document: Borrowed<'_, '_, PyAny>) -> PyErr {
    match told(error) {
        (Some(message), position) => decode_error(py, message, document, position as isize),
        (None, position) => PyStopIteration::new_err(position),
    }
}

/// The exception of `scanstring` for what is wrong with the string whose first character behind the quote is at `begin`.
#[cold]
pub(super) fn scanstring(
    py: Python<'_>,
    error: Error,
    document: Borrowed<'_, '_, PyAny>,
    begin: usize,
) -> PyErr {
    // The string need not begin with a quote.
    let unterminated = match error.kind {
        ErrorKind::UnterminatedString => true,
        ErrorKind::EndBehindEscape { .. } => ENDS.is_made(),
        _ => false,
    };
    if unterminated {
        decode_error(py, error.message(), document, begin as isize - 1)
    } else {
        scanner(py, error, document)
    }
}

/// The exception of `loads`, of the `json.decoder` whose namespace this is.
#[cold]
pub(super) fn loads(
    py: Python<'_>,
    error: Error,
    document: Borrowed<'_, '_, PyAny>,
    decoder: Borrowed<'_, '_, PyAny>,
) -> PyErr {
    let (message, position) = told(error);
    let raised = decoder
        .get_item(intern!(py, "JSONDecodeError"))
        .and_then(|class| class.call1((message.unwrap_or("Expecting value"), document, position)));
    match raised {
        Ok(raised) => {
            if message.is_none() {
                // As `raise ... from None` does.
                // SAFETY: attached, a live exception, and no cause.
                unsafe { ffi::PyException_SetCause(raised.as_ptr(), std::ptr::null_mut()) };
            }
            PyErr::from_value(raised)
        }
        Err(error) => error,
    }
}

/// A JSONDecodeError.
#[cold]
pub(super) fn decode_error(
    py: Python<'_>,
    message: &str,
    document: Borrowed<'_, '_, PyAny>,
    position: isize,
) -> PyErr {
    decoder_module(py)
        .and_then(|module| {
            module.getattr(intern!(py, "JSONDecodeError"))?.call1((message, document, position))
        })
        .map_or_else(|error| error, PyErr::from_value)
}

/// The `json.decoder` that works with our functions: the one in the place of the standard library's, or
/// `ferrosock.json.decoder` beside it.
fn decoder_module(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let loaded = py.import("sys")?.getattr("modules")?;
    for name in ["json.decoder", "ferrosock.json.decoder"] {
        let Ok(module) = loaded.get_item(name) else { continue };
        if module.getattr("c_scanstring").is_ok_and(|function| functions::SCANSTRING.is(&function)) {
            return Ok(module);
        }
    }
    Ok(PyModule::import(py, "json.decoder")?.into_any())
}
