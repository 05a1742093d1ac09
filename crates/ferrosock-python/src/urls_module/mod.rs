//! `ferrosock._native._urls`: the functions of `urllib.parse`, over `ferrosock_codec::url`.
//!
//! They are made for a Python module, `urllib.parse` or `ferrosock.urllib.parse`, and look up in its namespace at each call
//! what programs put there: the lists of schemes, and the classes of results.

mod authority;
mod cached;
mod form;
mod globals;
mod legacy;
mod lru;
mod missing;
mod operands;
mod quote;
mod split;
mod unquote;
mod unsplit;

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::call::{Args, Calls, add_functions, native_fast};
use crate::signature::Functions;

pub(crate) use split::slashes;

pub(crate) static CALLS: Calls = Calls::new();

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native._urls")?;
    module.setattr("__doc__", "The functions of Ferrosock's urllib.parse.")?;
    add_functions(
        &module,
        Vec::from([
            native_fast!(CALLS, c"function", function, FUNCTION_DOC),
            native_fast!(CALLS, c"cached", cached::cached, cached::CACHED_DOC),
        ]),
    )?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `urllib.parse`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    functions(py).make(&module, name.to_str()?)
}

fn functions(py: Python<'_>) -> &'static Functions {
    FUNCTIONS.get_or_init(py, || {
        Functions::new(
            [
                quote::functions(),
                unquote::functions(),
                split::functions(),
                unsplit::functions(),
                form::functions(),
                authority::functions(),
                legacy::functions(),
            ]
            .concat(),
        )
    })
}
