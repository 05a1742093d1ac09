//! `binascii`, over `ferrosock_codec`: conversions between bytes and their ASCII forms.
//!
//! The names, exceptions and their words are those of the standard library's module of the running Python.

mod base64;
mod binhex;
mod checksum;
mod hex;
pub(crate) mod quoted_printable;
mod uu;

use std::fmt::Display;

use pyo3::Borrowed;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::call::{Args, Calls, add_functions};
use crate::convert;

pub(crate) use base64::{decode as decode_base64, encode as encode_base64, mode as base64_mode};
pub(crate) use hex::decode as decode_hex;

pub(crate) static CALLS: Calls = Calls::new();

static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static INCOMPLETE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "binascii")?;
    module.setattr(
        "__doc__",
        "Conversions between bytes and their ASCII forms.\n\n\
         Source: https://docs.python.org/3/library/binascii.html",
    )?;
    module.setattr("Error", error_class(py)?)?;
    module.setattr("Incomplete", incomplete_class(py)?)?;
    let mut table = base64::functions();
    table.extend(hex::functions());
    table.extend(quoted_printable::functions());
    table.extend(uu::functions());
    table.extend(checksum::functions());
    if !crate::version::since(11) {
        table.extend(binhex::functions());
    }
    add_functions(&module, table)?;
    Ok(module)
}

fn error_class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let class = ERROR.get_or_try_init(py, || {
        PyErr::new_type(py, c"binascii.Error", None, Some(&py.get_type::<PyValueError>()), None)
    })?;
    Ok(class.bind(py).clone())
}

fn incomplete_class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let class = INCOMPLETE.get_or_try_init(py, || {
        PyErr::new_type(py, c"binascii.Incomplete", None, Some(&py.get_type::<PyException>()), None)
    })?;
    Ok(class.bind(py).clone())
}

/// `binascii.Error` with what an error of a codec says.
#[cold]
pub(crate) fn refused(py: Python<'_>, error: impl Display) -> PyErr {
    error_class(py).map_or_else(|failure| failure, |class| PyErr::from_type(class, error.to_string()))
}

/// A flag, argument `index`. Until Python 3.11 it was a C `int`.
fn flag(args: &Args<'_, '_>, index: usize, default: bool) -> PyResult<bool> {
    flag_or(args.get(index), default)
}

/// A flag that may not have been given.
#[inline]
fn flag_or(value: Option<Borrowed<'_, '_, PyAny>>, default: bool) -> PyResult<bool> {
    value.map_or(Ok(default), |value| is_set(&value))
}

/// The value of a flag.
pub(crate) fn is_set(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if crate::version::since(12) { value.is_truthy() } else { Ok(convert::as_int(value)? != 0) }
}
