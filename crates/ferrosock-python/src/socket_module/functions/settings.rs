//! What holds for sockets that are opened later.

use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::CALLS;
use crate::call::{native_noargs, native_one};
use crate::socket_module::object::{default_timeout, set_default_timeout, timeout_argument, timeout_value};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_noargs!(
            CALLS,
            c"getdefaulttimeout",
            getdefaulttimeout,
            c"getdefaulttimeout() -> float or None

Return the timeout that new sockets get, in seconds; None if they wait without a limit."
        ),
        native_one!(
            CALLS,
            c"setdefaulttimeout",
            setdefaulttimeout,
            c"setdefaulttimeout(timeout)

Set the timeout that new sockets get: None to wait without a limit, 0 not to wait, else seconds as an int or float.

Raises ValueError for a negative timeout."
        ),
    ])
}

fn getdefaulttimeout(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Ok(timeout_value(py, default_timeout()))
}

fn setdefaulttimeout<'py>(py: Python<'py>, timeout: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    set_default_timeout(timeout_argument(&timeout)?);
    Ok(py.None().into_bound(py))
}
