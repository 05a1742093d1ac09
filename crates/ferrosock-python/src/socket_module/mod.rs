//! `_socket`: the low-level module under `socket`, over `ferrosock_socket`.

use pyo3::exceptions::{PyOSError, PyTimeoutError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "_socket")?;
    module.add("error", py.get_type::<PyOSError>())?;
    module.add("herror", herror(py))?;
    module.add("gaierror", gaierror(py))?;
    module.add("timeout", py.get_type::<PyTimeoutError>())?;
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

pub(crate) fn layout_problem(_py: Python<'_>) -> PyResult<Option<String>> {
    Ok(None)
}
