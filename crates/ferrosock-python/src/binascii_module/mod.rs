//! `binascii`, over `ferrosock_codec`: conversions between bytes and their ASCII forms.
//!
//! The names, exceptions and their words are those of the standard library's module of the running Python.

pub(crate) mod base32;
mod base64;
pub(crate) mod base85;
mod binhex;
mod checksum;
mod hex;
pub(crate) mod options;
pub(crate) mod quoted_printable;
mod uu;

use std::fmt::Display;

use pyo3::Borrowed;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyType};

use crate::call::{Args, Calls, add_functions};
use crate::convert;

pub(crate) use base64::{
    decode as decode_base64, decode_characters as decode_base64_characters,
    decode_expecting as decode_base64_expecting, encode as encode_base64, encode_wrapped as wrap_base64,
    mode as base64_mode,
};
pub(crate) use hex::{decode as decode_hex, decode_skipping as decode_hex_skipping};

pub(crate) static CALLS: Calls = Calls::new();

static ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static INCOMPLETE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The alphabets that Python 3.15 has names for.
const ALPHABETS: &[(&str, &[u8])] = &[
    ("BASE64_ALPHABET", ferrosock_codec::base64::CHARACTERS),
    ("URLSAFE_BASE64_ALPHABET", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    ("CRYPT_ALPHABET", b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("UU_ALPHABET", b" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"),
    ("BINHEX_ALPHABET", b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"),
    ("BASE32_ALPHABET", ferrosock_codec::base32::CHARACTERS),
    ("BASE32HEX_ALPHABET", ferrosock_codec::base32::HEX_CHARACTERS),
    ("BASE85_ALPHABET", ferrosock_codec::base85::GIT),
    ("Z85_ALPHABET", ferrosock_codec::base85::Z85),
    ("ASCII85_ALPHABET", ferrosock_codec::ascii85::CHARACTERS),
];

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
    if crate::version::since(15) {
        table.extend(base32::functions());
        table.extend(base85::functions());
        for (name, alphabet) in ALPHABETS {
            module.setattr(*name, PyBytes::new(py, alphabet))?;
        }
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
