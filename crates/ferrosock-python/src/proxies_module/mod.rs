//! `ferrosock._native.proxies`: the proxies that the environment names, for `urllib.request`, over `ferrosock_proto::http`.

mod bypass;
mod environment;

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::call::{Args, Calls, add_functions, native_fast, native_named};
use crate::seams::Seen;
use crate::signature::Functions;

pub(crate) static CALLS: Calls = Calls::new();

static SEEN: Seen = Seen::new();

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.proxies")?;
    module.setattr("__doc__", "The functions of Ferrosock's urllib.request that are about proxies.")?;
    add_functions(&module, Vec::from([native_fast!(CALLS, c"function", function, FUNCTION_DOC)]))?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `urllib.request`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    functions(py).make(&module, name.to_str()?)
}

fn functions(py: Python<'_>) -> &'static Functions {
    FUNCTIONS.get_or_init(py, || {
        Functions::new(Vec::from([
            native_named!(CALLS, c"getproxies_environment", environment::proxies, environment::DOC),
            native_named!(CALLS, c"proxy_bypass_environment", bypass::bypass, bypass::DOC),
        ]))
    })
}
