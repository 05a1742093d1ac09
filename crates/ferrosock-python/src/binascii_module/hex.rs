//! `hexlify` and `unhexlify`, each under two names.

use std::ffi::CStr;

use ferrosock_codec::hex::{Case, decode_uninit, encode_separated_into, encode_uninit, separated_len};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, ffi};

use super::{CALLS, refused};
use crate::call::{Args, native_named, native_one};
use crate::convert;
use crate::input::Input;
use crate::output::{filled, written};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"hexlify", hexlify, HEXLIFY),
        native_named!(CALLS, c"b2a_hex", hexlify, B2A_HEX),
        native_one!(CALLS, c"unhexlify", unhexlify, UNHEXLIFY),
        native_one!(CALLS, c"a2b_hex", unhexlify, A2B_HEX),
    ])
}

const HEXLIFY: &CStr = c"hexlify($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)
--

Return the hexadecimal digits of bytes, as bytes.

sep is a character (str or bytes of length 1) to stand between groups of bytes_per_sep bytes, counted from the right, or
from the left if it is negative.
Source: https://docs.python.org/3/library/binascii.html#binascii.hexlify";

const B2A_HEX: &CStr = c"b2a_hex($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)
--

Return the hexadecimal digits of bytes, as hexlify() does.

Source: https://docs.python.org/3/library/binascii.html#binascii.b2a_hex";

const UNHEXLIFY: &CStr = c"unhexlify($module, hexstr, /)
--

Return the bytes that hexadecimal digits (bytes-like or ASCII text) stand for.

Raises binascii.Error for an odd number of digits, and for what is no digit.
Source: https://docs.python.org/3/library/binascii.html#binascii.unhexlify";

const A2B_HEX: &CStr = c"a2b_hex($module, hexstr, /)
--

Return the bytes that hexadecimal digits stand for, as unhexlify() does.

Source: https://docs.python.org/3/library/binascii.html#binascii.a2b_hex";

fn hexlify<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(data) = args.alone() {
        return plain(py, &Input::binary(data)?);
    }
    args.named(&["data", "sep", "bytes_per_sep"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        let group = args.get(2).map_or(Ok(1), |value| convert::as_int(&value))? as isize;
        let Some(separator) = args.get(1) else { return plain(py, &data) };
        let separator = single(&separator)?;
        written(py, separated_len(data.len(), group), |out| {
            Ok(encode_separated_into(&data, separator, group, out))
        })
    })
}

/// The digits without separators.
#[inline]
fn plain<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    filled(py, data.len().checked_mul(2), |out| Ok(encode_uninit(data, Case::Lower, out)))
}

/// The separator, one character.
fn single(separator: &Bound<'_, PyAny>) -> PyResult<u8> {
    if let Ok(text) = separator.cast_exact::<PyString>() {
        if let Some([byte]) = text.to_str().ok().map(str::as_bytes) {
            return Ok(*byte);
        }
    }
    if separator.len()? != 1 {
        return Err(PyValueError::new_err("sep must be length 1."));
    }
    if let Ok(text) = separator.cast::<PyString>() {
        let character = text.to_str().ok().and_then(|text| text.chars().next());
        let byte = character.and_then(|character| u8::try_from(character).ok());
        byte.ok_or_else(|| PyValueError::new_err("sep must be ASCII."))
    } else if let Ok(bytes) = separator.cast::<PyBytes>() {
        Ok(bytes.as_bytes().first().copied().unwrap_or_default())
    } else {
        Err(PyTypeError::new_err("sep must be str or bytes."))
    }
}

fn unhexlify<'py>(py: Python<'py>, digits: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let digits = Input::ascii(digits)?;
    decode(py, &digits)
}

/// The bytes that digits stand for, as a bytes object.
pub(crate) fn decode<'py>(py: Python<'py>, digits: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    filled(py, digits.len() / 2, |out| decode_uninit(digits, out).map_err(|error| refused(py, error)))
}
