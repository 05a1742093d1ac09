//! The parameters that the functions of Python 3.15's `binascii` share.

use ferrosock_codec::byte_set::ByteSet;
use pyo3::Borrowed;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert::{self, described};
use crate::input::Input;

/// An argument that may not have been given.
pub(crate) type Given<'a, 'py> = Option<Borrowed<'a, 'py, PyAny>>;

/// `wrapcol`, a C `size_t`: none is 0, which is for one line.
pub(crate) fn columns(value: Given<'_, '_>) -> PyResult<usize> {
    value.map_or(Ok(0), |value| Ok(convert::unsigned(&value, usize::MAX as u64, "size_t")? as usize))
}

/// `alphabet` of a decoder, which takes nothing but bytes.
pub(crate) fn bytes_only<'a, 'py>(
    function: &str,
    value: Given<'a, 'py>,
) -> PyResult<Option<Borrowed<'a, 'py, PyBytes>>> {
    let Some(value) = value else { return Ok(None) };
    let bytes = value.cast::<PyBytes>().map_err(|_| {
        PyTypeError::new_err(format!(
            "{function}() argument 'alphabet' must be bytes, not {}",
            described(&value)
        ))
    })?;
    Ok(Some(bytes))
}

/// The characters of an alphabet.
pub(crate) fn characters<const N: usize>(alphabet: &[u8]) -> PyResult<&[u8; N]> {
    alphabet.try_into().map_err(|_| PyValueError::new_err(format!("alphabet must have length {N}")))
}

/// `ignorechars`, any bytes-like object.
pub(crate) fn skipped(value: Given<'_, '_>) -> PyResult<Option<ByteSet>> {
    value.map(|value| Ok(ByteSet::of(&Input::binary(value)?))).transpose()
}
