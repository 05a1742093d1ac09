//! `ferrosock._native.mime`: encoded words and extended parameters of mail headers, over `ferrosock_codec::mime`.
//!
//! A module for our own Python code. Each function does what a function of the standard library's package `email` does, and
//! has its name where it has one. Text with lone surrogates is refused (`UnicodeEncodeError`).

mod header;
mod parameter;

use ferrosock_codec::mime::Error;
use pyo3::exceptions::{PyKeyError, PyTypeError, PyUnicodeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::call::{Calls, add_functions};
use crate::memory;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.mime")?;
    module
        .setattr("__doc__", "Encoded words (RFC 2047) and extended parameters (RFC 2231) of mail headers.")?;
    add_functions(&module, header::functions())?;
    add_functions(&module, parameter::functions())?;
    Ok(module)
}

/// Makes sure that there is memory for work on a text of so many bytes: its codec makes many small pieces of it, and would end
/// the process where there is none. Texts of the length of a header need not ask.
fn affordable(length: usize) -> PyResult<()> {
    /// Of header folding, where each other character is a space, the most greedy.
    const BYTES_EACH: usize = 64;
    const ASKED_FROM: usize = 64 * 1024;
    if length < ASKED_FROM {
        return Ok(());
    }
    memory::room_for::<u8>(length.saturating_mul(BYTES_EACH)).map(drop)
}

/// The exception that `email` raises for an error.
fn raise(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Base64 => {
            let raised = parse_error(py, error.to_string());
            // There it is raised while the codec's own error is handled.
            let codec =
                py.import("binascii").and_then(|module| module.getattr(intern!(py, "Error"))?.call0());
            match codec.and_then(|codec| raised.value(py).setattr("__context__", codec)) {
                Ok(()) => raised,
                Err(failure) => failure,
            }
        }
        Error::EmbeddedHeader(value) => {
            let shown = PyString::new(py, &value).repr().map(|shown| shown.to_string());
            parse_error(
                py,
                format!("header value appears to contain an embedded header: {}", shown.unwrap_or(value)),
            )
        }
        Error::Encoding(encoding) => PyKeyError::new_err(encoding),
        Error::NotAscii | Error::Charset { .. } => PyUnicodeError::new_err(error.to_string()),
        Error::Numbering(_) => PyTypeError::new_err(error.to_string()),
        other => PyValueError::new_err(other.to_string()),
    }
}

/// An `email.errors.HeaderParseError`.
fn parse_error(py: Python<'_>, message: String) -> PyErr {
    let made = py
        .import("email.errors")
        .and_then(|module| module.getattr(intern!(py, "HeaderParseError"))?.call1((message,)));
    made.map_or_else(|failure| failure, PyErr::from_value)
}
