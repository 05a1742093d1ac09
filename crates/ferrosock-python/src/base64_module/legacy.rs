//! The interface of before there were alphabets: base64 in lines.

use std::ffi::CStr;

use ferrosock_codec::base64::{Alphabet, LINE, encode_lines_into, encoded_lines_len};
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PySlice};
use pyo3::{Borrowed, ffi};

use super::{Table, one};
use crate::binascii_module::{CALLS, base64_mode, decode_base64};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::memory;
use crate::output::written_in_pieces;
use crate::signature::required;

pub(super) fn functions() -> Table {
    Vec::from([
        native_named!(CALLS, c"encodebytes", encodebytes, ENCODEBYTES),
        native_named!(CALLS, c"decodebytes", decodebytes, DECODEBYTES),
    ])
}

const ENCODEBYTES: &CStr = c"encodebytes($module, /, s)
--

Encode a bytes-like object of single bytes in base64, with a line feed after each 76 characters and at the end.

Source: https://docs.python.org/3/library/base64.html#base64.encodebytes";

const DECODEBYTES: &CStr = c"decodebytes($module, /, s)
--

Decode base64 from a bytes-like object of single bytes. Characters that are not of the alphabet are skipped.

Source: https://docs.python.org/3/library/base64.html#base64.decodebytes";

fn encodebytes<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [data] = one("encodebytes(s)", "s").read(&args)?;
    let data = required(data)?;
    require_bytes(data)?;
    if crate::version::since(15) || is_plain(data)? {
        let data = Input::binary(data)?;
        let capacity = encoded_lines_len(data.len());
        return written_in_pieces(py, &data, (LINE, LINE / 3 * 4 + 1), capacity, encode_lines_into);
    }
    // An object of another kind says itself how long it is and what its parts are.
    let mut out = Vec::new();
    let length = data.len()? as ffi::Py_ssize_t;
    for begin in (0..length).step_by(LINE) {
        let end = begin.saturating_add(LINE as ffi::Py_ssize_t);
        let slice = py.get_type::<PySlice>().call1((begin, end))?;
        let part = data.get_item(slice)?;
        let part = Input::binary(part.as_borrowed())?;
        let start = out.len();
        let most = encoded_lines_len(part.len()).ok_or_else(|| PyMemoryError::new_err(()))?;
        out.try_reserve(most).map_err(|_| PyMemoryError::new_err(()))?;
        out.resize(start + most, 0);
        let written = encode_part(&part, &mut out[start..]);
        out.truncate(start + written);
    }
    Ok(memory::bytes_object(py, &out)?.into_any())
}

/// One line, however long the part is.
fn encode_part(part: &[u8], out: &mut [u8]) -> usize {
    let length = ferrosock_codec::base64::encode_into(part, Alphabet::STANDARD, out);
    match out.get_mut(length) {
        Some(end) => *end = b'\n',
        None => return length,
    }
    length + 1
}

fn decodebytes<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [message] = one("decodebytes(s)", "s").read(&args)?;
    let message = required(message)?;
    require_bytes(message)?;
    decode_base64(py, &Input::ascii(message)?, Alphabet::STANDARD, base64_mode(false))
}

/// Whether a slice of the object is the bytes of the slice.
fn is_plain(data: Borrowed<'_, '_, PyAny>) -> PyResult<bool> {
    if data.is_exact_instance_of::<PyMemoryView>() {
        return data.getattr(intern!(data.py(), "c_contiguous"))?.is_truthy();
    }
    Ok(data.is_exact_instance_of::<PyBytes>() || data.is_exact_instance_of::<PyByteArray>())
}

/// Refuses what is no row of single bytes.
fn require_bytes(data: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    if data.is_exact_instance_of::<PyBytes>() || data.is_exact_instance_of::<PyByteArray>() {
        return Ok(());
    }
    let py = data.py();
    let class =
        || data.getattr(intern!(data.py(), "__class__"))?.getattr(intern!(data.py(), "__name__"))?.str();
    let view = PyMemoryView::from(&data).map_err(|error| {
        if !error.is_instance_of::<PyTypeError>(py) {
            return error;
        }
        class().map_or_else(
            |failure| failure,
            |name| {
                let refusal = PyTypeError::new_err(format!("expected bytes-like object, not {name}"));
                refusal.set_cause(py, Some(error));
                refusal
            },
        )
    })?;
    let format = view.getattr(intern!(data.py(), "format"))?;
    if !matches!(format.str()?.to_str()?, "c" | "b" | "B") {
        let (format, class) = (format.repr()?, class()?);
        return Err(PyTypeError::new_err(format!(
            "expected single byte elements, not {format} from {class}"
        )));
    }
    let dimensions: isize = view.getattr(intern!(data.py(), "ndim"))?.extract()?;
    if dimensions != 1 {
        let class = class()?;
        return Err(PyTypeError::new_err(format!("expected 1-D data, not {dimensions}-D data from {class}")));
    }
    Ok(())
}
