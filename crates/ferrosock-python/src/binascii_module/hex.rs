//! `hexlify` and `unhexlify`, each under two names.

use std::ffi::CStr;

use ferrosock_codec::hex::{
    Case, Error, decode_skipping_into, decode_uninit, encode_separated_into, encode_uninit, separated_len,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, ffi};

use super::options::{Given, skipped};
use super::{CALLS, refused};
use crate::call::{Args, native_named, native_one};
use crate::convert;
use crate::input::Input;
use crate::output::{filled, written};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    if crate::version::since(15) {
        return Vec::from([
            native_named!(CALLS, c"hexlify", hexlify, HEXLIFY),
            native_named!(CALLS, c"b2a_hex", hexlify, B2A_HEX),
            native_named!(CALLS, c"unhexlify", unhexlify_any, UNHEXLIFY_ANY),
            native_named!(CALLS, c"a2b_hex", unhexlify_any, A2B_HEX_ANY),
        ]);
    }
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

const UNHEXLIFY_ANY: &CStr = c"unhexlify($module, hexstr, /, *, ignorechars=b'')
--

Return the bytes that hexadecimal digits (bytes-like or ASCII text) stand for. ignorechars are skipped.

Raises binascii.Error for an odd number of digits, and for what is no digit.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.unhexlify";

const A2B_HEX_ANY: &CStr = c"a2b_hex($module, hexstr, /, *, ignorechars=b'')
--

Return the bytes that hexadecimal digits stand for, as unhexlify() does.

Source: https://docs.python.org/3.15/library/binascii.html#binascii.a2b_hex";

fn hexlify<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(data) = args.alone() {
        return plain(py, &Input::binary(data)?);
    }
    args.named(&["data", "sep", "bytes_per_sep"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        let group = args.get(2).map_or(Ok(1), |value| bytes_per_sep(&value))?;
        let Some(separator) = args.get(1) else { return plain(py, &data) };
        let separator = single(&separator)?;
        written(py, separated_len(data.len(), group), |out| {
            Ok(encode_separated_into(&data, separator, group, out))
        })
    })
}

/// How many bytes stand together: a C `int` until Python 3.15, which has a `Py_ssize_t` (gh-147944).
fn bytes_per_sep(value: &Bound<'_, PyAny>) -> PyResult<isize> {
    if crate::version::since(15) { convert::ssize(value) } else { Ok(convert::as_int(value)? as isize) }
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

fn unhexlify_any<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(digits) = args.alone() {
        return decode_skipping(py, &Input::ascii(digits)?, None);
    }
    args.positional_only(1, 2)?.named(&["", "ignorechars"], 1, |args| {
        let digits = Input::ascii(args.object(0)?)?;
        decode_skipping(py, &digits, args.get(1))
    })
}

/// [`decode`] as Python 3.15 has it.
pub(crate) fn decode_skipping<'py>(
    py: Python<'py>,
    digits: &[u8],
    ignorechars: Given<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    // What is wrong is told by the other way.
    let mut wrong = None;
    let skipped = skipped(ignorechars)?.unwrap_or_default();
    let quick = filled(py, digits.len() / 2, |out| {
        decode_uninit(digits, out).map_err(|error| {
            wrong = Some(error);
            PyValueError::new_err(())
        })
    });
    if wrong.is_none() {
        return quick;
    }
    if let Err(error) = quick {
        crate::error::dismiss(error);
    }
    written(py, digits.len() / 2, |out| {
        decode_skipping_into(digits, &skipped, out).map_err(|error| match error {
            Error::OddLength => refused(py, "Odd number of hexadecimal digits"),
            error => refused(py, error),
        })
    })
}
