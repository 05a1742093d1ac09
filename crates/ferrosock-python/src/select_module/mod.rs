//! `select`: readiness of descriptors, over `ferrosock_socket::readiness`.
//!
//! The names, exceptions and their words are those of the standard library's module of the running Python.

mod constants;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod epoll;
#[cfg(target_os = "macos")]
mod kqueue;
mod pairs;
mod poll;
mod pollers;
mod ready;
mod select;
mod timeout;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::call::{Calls, add_functions, native_fast, native_noargs};

pub(crate) use ready::functions as fast_functions;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "select")?;
    module.setattr(
        "__doc__",
        "Waiting for input and output: which of many file descriptors are ready.\n\n\
         Source: https://docs.python.org/3/library/select.html",
    )?;
    module.setattr("error", py.get_type::<PyOSError>())?;
    add_functions(
        &module,
        Vec::from([
            native_fast!(CALLS, c"select", select::select, select::DOC),
            native_noargs!(CALLS, c"poll", poll::new, poll::DOC),
        ]),
    )?;
    select::remember(&module)?;
    constants::add(&module)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    module.setattr("epoll", epoll::class(py)?)?;
    #[cfg(target_os = "macos")]
    kqueue::add(&module)?;
    Ok(module)
}
