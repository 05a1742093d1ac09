//! `ferrosock._native.cookies`: what `http.cookies` and `http.cookiejar` are made of, over `ferrosock_proto::cookies`.
//!
//! Functions are made for a Python module, whose namespace they look into at each call. `extract` and `add_header` are the
//! whole of a jar's work, done only where [`seams`] shows that nobody has put anything else in the way.

mod dates;
mod domains;
mod extract;
mod header;
mod morsels;
mod quiet;
mod request;
mod words;

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use pyo3::{Borrowed, intern};

use crate::call::{Args, Calls, add_functions, native_fast};
use crate::seams::Seen;
use crate::signature::Functions;

pub(crate) static CALLS: Calls = Calls::new();

/// The classes of `http.cookiejar` that were last seen to be as they were.
static SEEN: Seen = Seen::new();

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.cookies")?;
    module.setattr("__doc__", "The functions of Ferrosock's http.cookies and http.cookiejar.")?;
    add_functions(&module, Vec::from([native_fast!(CALLS, c"function", function, FUNCTION_DOC)]))?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `http.cookies` or `http.cookiejar`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    let functions = FUNCTIONS.get_or_init(py, || {
        Functions::new(
            [
                dates::functions(),
                domains::functions(),
                words::functions(),
                morsels::functions(),
                request::functions(),
                extract::functions(),
                header::functions(),
            ]
            .concat(),
        )
    });
    functions.make(&module, name.to_str()?)
}

/// What a regular expression says that was given something else than text.
#[cold]
fn no_text<'py>(value: Borrowed<'_, 'py, PyAny>) -> PyErr {
    let py = value.py();
    let search = || {
        let pattern = py.import("re")?.call_method1(intern!(py, "compile"), ("",))?;
        pattern.call_method1(intern!(py, "search"), (value,))
    };
    match search() {
        Err(error) => error,
        Ok(_) => pyo3::exceptions::PyTypeError::new_err("expected string or bytes-like object"),
    }
}

/// A str; what a regular expression says if it is none.
fn text_of<'a, 'py>(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Borrowed<'a, 'py, PyString>> {
    value.cast::<PyString>().map_err(|_| no_text(value))
}
