//! The functions of `quopri` for bytes, and what it does without `binascii`, line by line, over `ferrosock_codec`. Calls count
//! with those of `binascii`.

use std::ffi::CStr;

use ferrosock_codec::quoted_printable::lines;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyString};
use pyo3::{Borrowed, IntoPyObjectExt, ffi, intern};

use crate::binascii_module::{CALLS, quoted_printable};
use crate::call::{Args, add_functions, native_fast, native_named};
use crate::input::Input;
use crate::memory;
use crate::signature::{Functions, Signature, required};
use crate::version_tag::Known;

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native._quopri")?;
    module.setattr("__doc__", "Quoted-printable text, whole and by lines.")?;
    add_functions(&module, functions())?;
    Ok(module)
}

fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"function", function, FUNCTION),
        native_fast!(CALLS, c"encode_line", encode_line, ENCODE),
        native_fast!(CALLS, c"decode_line", decode_line, DECODE),
    ])
}

const FUNCTION: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `quopri`, made for the Python module `module`.";

const ENCODESTRING: &CStr = c"encodestring($module, /, s, quotetabs=False, header=False)
--

Encode bytes, as `encode` does, and return the result.

Source: https://docs.python.org/3/library/quopri.html#quopri.encodestring";

const DECODESTRING: &CStr = c"decodestring($module, /, s, header=False)
--

Decode bytes, or ASCII text, as `decode` does, and return the result.

Source: https://docs.python.org/3/library/quopri.html#quopri.decodestring";

const ENCODE: &CStr = c"encode_line($module, line, quotetabs, header, end, /)
--

Encode a line without its end: bytes, with soft line breaks where it is too long, and end after it.";

const DECODE: &CStr = c"decode_line($module, line, header, /)
--

Decode a line: a tuple of its bytes without a line end, and whether the line ended there.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    let functions = FUNCTIONS.get_or_init(py, || {
        Functions::new(Vec::from([
            native_named!(CALLS, c"encodestring", encodestring, ENCODESTRING),
            native_named!(CALLS, c"decodestring", decodestring, DECODESTRING),
        ]))
    });
    functions.make(&module, name.to_str()?)
}

fn encodestring<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<3> = Signature {
        text: "encodestring(s, quotetabs=False, header=False)",
        names: ["s", "quotetabs", "header"],
        required: 1,
    };
    let [data, quote_tabs, header] = SIGNATURE.read(&args)?;
    let data = required(data)?;
    if is_ours(module, intern!(module.py(), "b2a_qp"), 1)? {
        return quoted_printable::encode(data, quote_tabs, None, header);
    }
    let flag =
        |value: Option<Borrowed<'_, 'py, PyAny>>| value.map_or_else(|| no(module.py()), Borrowed::to_owned);
    module.call_method1(intern!(module.py(), "_encodestring"), (data, flag(quote_tabs), flag(header)))
}

fn decodestring<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "decodestring(s, header=False)", names: ["s", "header"], required: 1 };
    let [data, header] = SIGNATURE.read(&args)?;
    let data = required(data)?;
    if is_ours(module, intern!(module.py(), "a2b_qp"), 0)? {
        return quoted_printable::decode(data, header);
    }
    module.call_method1(
        intern!(module.py(), "_decodestring"),
        (data, header.map_or_else(|| no(module.py()), Borrowed::to_owned)),
    )
}

/// The states of the module in which each of the codec's functions, by its place in the table there, was the native one.
static OURS: [Known; 2] = [Known::new(), Known::new()];

/// Whether the module's codec is still the native one, `index` of its table: programs put others, or None, in its place.
#[inline]
fn is_ours(module: Borrowed<'_, '_, PyModule>, name: &Bound<'_, PyString>, index: usize) -> PyResult<bool> {
    // SAFETY: attached; a module's dict, borrowed for as long as it lives, and a str: a borrowed reference, or null with or
    // without an exception set. No Python code runs while it is looked at.
    unsafe {
        let namespace = ffi::PyModule_GetDict(module.as_ptr());
        if OURS[index].is(namespace) {
            return Ok(true);
        }
        let found = ffi::PyDict_GetItemWithError(namespace, name.as_ptr());
        let Some(found) = Borrowed::from_ptr_or_opt(module.py(), found) else {
            return PyErr::take(module.py()).map_or(Ok(false), Err);
        };
        let ours = quoted_printable::is_function(found, index);
        if ours {
            OURS[index].note(namespace);
        }
        Ok(ours)
    }
}

fn no(py: Python<'_>) -> Bound<'_, PyAny> {
    PyBool::new(py, false).to_owned().into_any()
}

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
