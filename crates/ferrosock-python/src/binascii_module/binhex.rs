//! The functions for BinHex 4, which Python 3.11 removed.

use std::ffi::CStr;

use ferrosock_codec::binhex::{
    Error, compress_into, decode_into, encode_into, encoded_len, expand_into, expanded_len,
};
use pyo3::exceptions::PyDeprecationWarning;
use pyo3::prelude::*;
use pyo3::{Borrowed, IntoPyObjectExt, ffi};

use super::{CALLS, incomplete_class, refused};
use crate::call::native_one;
use crate::input::Input;
use crate::output::written;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(CALLS, c"a2b_hqx", a2b_hqx, A2B),
        native_one!(CALLS, c"b2a_hqx", b2a_hqx, B2A),
        native_one!(CALLS, c"rlecode_hqx", rlecode_hqx, COMPRESS),
        native_one!(CALLS, c"rledecode_hqx", rledecode_hqx, EXPAND),
    ])
}

const A2B: &CStr = c"a2b_hqx($module, data, /)
--

Decode the characters of a BinHex file: a tuple of the bytes, and 1 if a colon ended them, else 0. Deprecated.

Source: https://docs.python.org/3.10/library/binascii.html#binascii.a2b_hqx";

const B2A: &CStr = c"b2a_hqx($module, data, /)
--

Encode bytes as the characters of a BinHex file. Deprecated.

Source: https://docs.python.org/3.10/library/binascii.html#binascii.b2a_hqx";

const COMPRESS: &CStr = c"rlecode_hqx($module, data, /)
--

Write runs of a byte as codes, as BinHex has them. Deprecated.

Source: https://docs.python.org/3.10/library/binascii.html#binascii.rlecode_hqx";

const EXPAND: &CStr = c"rledecode_hqx($module, data, /)
--

Write out the runs that are codes of BinHex. Deprecated.

Source: https://docs.python.org/3.10/library/binascii.html#binascii.rledecode_hqx";

fn a2b_hqx<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = Input::ascii(data)?;
    deprecated(py, c"binascii.a2b_hqx() is deprecated")?;
    let mut ended = false;
    let bytes = written(py, data.len(), |out| {
        let (length, colon) = decode_into(&data, out).map_err(|error| raise(py, error))?;
        ended = colon;
        Ok(length)
    })?;
    (bytes, i32::from(ended)).into_bound_py_any(py)
}

fn b2a_hqx<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = Input::binary(data)?;
    deprecated(py, c"binascii.b2a_hqx() is deprecated")?;
    written(py, encoded_len(data.len()), |out| Ok(encode_into(&data, out)))
}

fn rlecode_hqx<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = Input::binary(data)?;
    deprecated(py, c"binascii.rlecode_hqx() is deprecated")?;
    written(py, data.len() * 2, |out| Ok(compress_into(&data, out)))
}

fn rledecode_hqx<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = Input::binary(data)?;
    deprecated(py, c"binascii.rledecode_hqx() is deprecated")?;
    let length = expanded_len(&data).map_err(|error| raise(py, error))?;
    written(py, length, |out| expand_into(&data, out).map_err(|error| raise(py, error)))
}

fn deprecated(py: Python<'_>, message: &CStr) -> PyResult<()> {
    PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), message, 1)
}

fn raise(py: Python<'_>, error: Error) -> PyErr {
    if !error.is_incomplete() {
        return refused(py, error);
    }
    incomplete_class(py).map_or_else(|failure| failure, |class| PyErr::from_type(class, error.to_string()))
}
