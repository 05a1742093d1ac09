//! `a2b_uu` and `b2a_uu`.

use std::ffi::CStr;

use ferrosock_codec::uu::{DECODED, ENCODED, Error, decode_line_into, encode_line_into};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::{CALLS, flag, refused};
use crate::call::{Args, native_named, native_one};
use crate::input::Input;
use crate::memory;
use crate::version::Change;

/// gh-148093: an empty line is refused.
const REFUSED: Change = Change::of(&[(13, 14), (14, 5)]);

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_one!(CALLS, c"a2b_uu", a2b, A2B), native_named!(CALLS, c"b2a_uu", b2a, B2A)])
}

const A2B: &CStr = c"a2b_uu($module, data, /)
--

Decode a line of uuencoded data (bytes-like or ASCII text).

Raises binascii.Error for a character out of range and for more than the line says to hold.
Source: https://docs.python.org/3/library/binascii.html#binascii.a2b_uu";

const B2A: &CStr = c"b2a_uu($module, data, /, *, backtick=False)
--

Uuencode a line of up to 45 bytes. With backtick, zeros are written as backticks, not as spaces.

Raises binascii.Error for more bytes.
Source: https://docs.python.org/3/library/binascii.html#binascii.b2a_uu";

fn a2b<'py>(py: Python<'py>, line: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let line = Input::ascii(line)?;
    if line.is_empty() && REFUSED.is_made() {
        return Err(refused(py, Error::MissingLength));
    }
    let mut out = [0; DECODED];
    let length = decode_line_into(&line, &mut out).map_err(|error| refused(py, error))?;
    Ok(memory::bytes_object(py, &out[..length])?.into_any())
}

fn b2a<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(data) = args.alone() {
        return encode(py, &Input::binary(data)?, false);
    }
    args.positional_only(1, 2)?.named(&["", "backtick"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        encode(py, &data, flag(&args, 1, false)?)
    })
}

fn encode<'py>(py: Python<'py>, data: &[u8], backtick: bool) -> PyResult<Bound<'py, PyAny>> {
    let mut out = [0; ENCODED];
    let length = encode_line_into(data, backtick, &mut out).map_err(|error| refused(py, error))?;
    Ok(memory::bytes_object(py, &out[..length])?.into_any())
}
