//! What `quopri` does without `binascii`, line by line, over `ferrosock_codec`. Calls count with those of `binascii`.

use std::ffi::CStr;

use ferrosock_codec::quoted_printable::lines;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt, ffi};

use crate::binascii_module::CALLS;
use crate::call::{Args, add_functions, native_fast};
use crate::input::Input;
use crate::memory;

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native._quopri")?;
    module.setattr("__doc__", "Lines of quoted-printable text.")?;
    add_functions(&module, functions())?;
    Ok(module)
}

fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"encode_line", encode_line, ENCODE),
        native_fast!(CALLS, c"decode_line", decode_line, DECODE),
    ])
}

const ENCODE: &CStr = c"encode_line($module, line, quotetabs, header, end, /)
--

Encode a line without its end: bytes, with soft line breaks where it is too long, and end after it.";

const DECODE: &CStr = c"decode_line($module, line, header, /)
--

Decode a line: a tuple of its bytes without a line end, and whether the line ended there.";

/// How much longer a line can get: escapes, and a soft break for each 75 characters.
const GROWTH: usize = 4;

fn encode_line<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(4, 4)?;
    let line = Input::binary(args.object(0)?)?;
    let (quote_tabs, header) = (args.object(1)?.is_truthy()?, args.object(2)?.is_truthy()?);
    let end = Input::binary(args.object(3)?)?;
    let mut out = room(line.len(), end.len())?;
    lines::encode_line(&line, quote_tabs, header, &end, &mut out);
    Ok(memory::bytes_object(py, &out)?.into_any())
}

fn decode_line<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(2, 2)?;
    let line = Input::binary(args.object(0)?)?;
    let header = args.object(1)?.is_truthy()?;
    let mut out = memory::room_for(line.len())?;
    let ended = lines::decode_line(&line, header, &mut out);
    (memory::bytes_object(py, &out)?, ended).into_bound_py_any(py)
}

fn room(line: usize, end: usize) -> PyResult<Vec<u8>> {
    let size = line.checked_mul(GROWTH).and_then(|size| size.checked_add(end + GROWTH));
    memory::room_for(size.ok_or_else(|| PyMemoryError::new_err(()))?)
}
