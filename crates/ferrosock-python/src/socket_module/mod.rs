//! `_socket`: the low-level module under `socket`, over `ferrosock_socket`.

pub(crate) mod address;
mod capi;
mod constants;
pub(crate) mod functions;
pub(crate) mod object;
mod race;

use pyo3::exceptions::{PyOSError, PyTimeoutError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::call::{Calls, add_functions};

pub(crate) use capi::layout_problem;
pub(crate) use race::functions as race_functions;

pub(crate) static CALLS: Calls = Calls::new();

/// What `help(_socket)` says.
const DOC: &str =
    "Low-level sockets: the native part of the socket module, which documents and completes it.";

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "_socket")?;
    module.setattr("__doc__", DOC)?;
    module.setattr("error", py.get_type::<PyOSError>())?;
    module.setattr("herror", herror(py))?;
    module.setattr("gaierror", gaierror(py))?;
    module.setattr("timeout", py.get_type::<PyTimeoutError>())?;
    let class = object::class(py)?;
    module.setattr("socket", &class)?;
    module.setattr("SocketType", class)?;
    constants::add(&module)?;
    add_functions(&module, functions::functions())?;
    functions::remember(&module)?;
    capi::add(&module)?;
    Ok(module)
}

/// `socket.gaierror`.
pub(crate) fn gaierror(py: Python<'_>) -> Bound<'_, PyAny> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    exception(py, &CLASS, c"socket.gaierror")
}

/// `socket.herror`.
pub(crate) fn herror(py: Python<'_>) -> Bound<'_, PyAny> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    exception(py, &CLASS, c"socket.herror")
}

/// A subclass of OSError, made once in a process; OSError itself should it ever fail to be made.
fn exception<'py>(
    py: Python<'py>,
    class: &PyOnceLock<Py<PyType>>,
    name: &std::ffi::CStr,
) -> Bound<'py, PyAny> {
    let base = py.get_type::<PyOSError>();
    match class.get_or_try_init(py, || PyErr::new_type(py, name, None, Some(&base), None)) {
        Ok(class) => class.bind(py).clone().into_any(),
        Err(_) => base.into_any(),
    }
}
