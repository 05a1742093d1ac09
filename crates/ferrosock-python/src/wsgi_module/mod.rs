//! `ferrosock._native.wsgi`: what `wsgiref` does to headers, environments and responses.
//!
//! A request goes through `exchange`, which calls the application. `respond` enters it from `WSGIRequestHandler.handle`, `serve` from
//! `WSGIServer.serve_forever`; `setup` looks whether anybody has put anything in the way, and then the methods do the same.

// What only the loop uses is dead where it is not.
#![cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code, reason = "see above"))]

mod environ;
mod exchange;
mod head;
mod headers;
mod respond;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod serve;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "serve_elsewhere.rs"]
mod serve;
mod setup;

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::call::{Args, Calls, add_functions, native_fast};
use crate::signature::Functions;

pub(crate) static CALLS: Calls = Calls::new();

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.wsgi")?;
    module.setattr("__doc__", "The functions of Ferrosock's wsgiref.")?;
    add_functions(&module, headers::functions())?;
    add_functions(&module, Vec::from([native_fast!(CALLS, c"function", function, FUNCTION_DOC)]))?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `wsgiref.simple_server`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    let functions =
        FUNCTIONS.get_or_init(py, || Functions::new([respond::functions(), serve::functions()].concat()));
    functions.make(&module, name.to_str()?)
}
