//! The functions of `base64`, over `ferrosock_codec`.
//!
//! The standard library has them in Python. Here they are builtins with the same parameters, since a Python function in
//! front would take longer than the codec; their calls count with those of `binascii`.

mod ascii85;
mod b16;
mod b32;
mod b64;
mod b85;
mod legacy;
mod newer;

use std::ffi::CStr;

use pyo3::exceptions::PyAssertionError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyString};
use pyo3::{Borrowed, ffi};

use crate::binascii_module::CALLS;
use crate::call::{Args, add_functions, native_fast};
use crate::input::Input;
use crate::signature::{Functions, Signature, required};

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native._base64")?;
    module.setattr("__doc__", "The functions of Ferrosock's base64.")?;
    add_functions(&module, Vec::from([native_fast!(CALLS, c"function", function, FUNCTION)]))?;
    Ok(module)
}

const FUNCTION: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `base64`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    functions(py).make(&module, name.to_str()?)
}

fn functions(py: Python<'_>) -> &'static Functions {
    FUNCTIONS.get_or_init(py, || {
        if crate::version::since(15) {
            return Functions::new([newer::functions(), b64::standard(), legacy::functions()].concat());
        }
        Functions::new(
            [
                b64::functions(),
                b64::standard(),
                b16::functions(),
                b32::functions(),
                b85::functions(),
                ascii85::functions(),
                legacy::functions(),
            ]
            .concat(),
        )
    })
}

/// The signature of a function with one parameter.
const fn one(text: &'static str, name: &'static str) -> Signature<1> {
    Signature { text, names: [name], required: 1 }
}

/// The alphabet's two characters, or another part of a call that must be of a certain length, as the standard library asserts
/// it: `Ok` if the interpreter does not look at assertions.
#[cold]
fn assert_length(value: Borrowed<'_, '_, PyAny>, content: &[u8]) -> PyResult<()> {
    let py = value.py();
    if py.import("sys")?.getattr(intern!(py, "flags"))?.getattr(intern!(py, "optimize"))?.is_truthy()? {
        return Ok(());
    }
    Err(PyAssertionError::new_err(shown(value, content)?.unbind()))
}

/// How an argument shows that the standard library has made bytes of by then.
#[cold]
fn shown<'py>(value: Borrowed<'_, 'py, PyAny>, content: &[u8]) -> PyResult<Bound<'py, PyString>> {
    if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        value.repr()
    } else {
        PyBytes::new(value.py(), content).repr()
    }
}

/// The error of `bytes.maketrans(from, to)`, whose arguments differ in length.
#[cold]
fn unequal(py: Python<'_>, from: &[u8], to: &[u8]) -> PyErr {
    match py.get_type::<PyBytes>().call_method1(intern!(py, "maketrans"), (from, to)) {
        Ok(_) => pyo3::exceptions::PyValueError::new_err("maketrans arguments must have same length"),
        Err(error) => error,
    }
}

/// A truth value that defaults to false.
fn truth(value: Option<Borrowed<'_, '_, PyAny>>) -> PyResult<bool> {
    value.map_or(Ok(false), |value| value.is_truthy())
}

/// What the encoders of Python code take: an object that a memoryview can be made of.
fn viewed<'a, 'py>(value: Option<Borrowed<'a, 'py, PyAny>>) -> PyResult<Input<'a, 'py>> {
    required(value).and_then(Input::viewed)
}

type Table = Vec<ffi::PyMethodDef>;
