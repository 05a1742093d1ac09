//! `WSGIServer.serve_forever` where there is no epoll: that of the base class.

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use super::CALLS;
use crate::call::{Args, native_fast};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"serve", serve, SERVE_DOC)])
}

const SERVE_DOC: &CStr = c"serve($module, server, poll_interval, /)
--

Return False: it is for the general way.";

fn serve<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    Ok(PyBool::new(py, false).to_owned().into_any())
}
