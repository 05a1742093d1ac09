//! `ferrosock._native.http`: what `http.client` and `http.server` are made of, over `ferrosock_proto::http1`.
//!
//! Functions are made for a Python module, whose namespace they look into at each call. Those that do the work of several
//! methods at once say by their answer whether they have: they do only where [`seams`](crate::seams) shows that nobody has
//! put anything else in the way, and where a message is one that needs no judgement. All else is for the methods, which do
//! the same one by one.

pub(crate) mod alone;
mod body;
mod files;
mod head;
pub(crate) mod lazy;
mod line;
pub(crate) mod log;
pub(crate) mod lookup;
pub(crate) mod message;
pub(crate) mod names;
mod request;
mod response;
pub(crate) mod server;
mod steps;
mod written;

use std::ffi::CStr;

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use crate::call::{Args, Calls, add_functions, native_fast};
use crate::convert::exact_int;
use crate::seams::{Seams, Seen};
use crate::signature::Functions;

pub(crate) static CALLS: Calls = Calls::new();

/// The classes of `http.client` that were last seen to be as they were.
static SEEN: Seen = Seen::new();

// The places in the module's `_SEAMS`.
const CONNECTION: usize = 1;
const HEAD: usize = 2;
const BODY: usize = 3;
const MESSAGE: usize = 4;
const PARSER_NAMES: usize = 5;
const PARSER: usize = 6;
const COMPAT: usize = 7;
const POLICY: usize = 8;
const END: usize = 9;
const LOOKS: usize = 10;
const SAYS: usize = 11;
const LINES: usize = 12;
const ALONE: usize = 13;
const ALONE_CLASS: usize = 14;
const RESPONSE: usize = 15;
const RECEIVE: usize = 16;
const FRESH: usize = 17;

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.http")?;
    module.setattr("__doc__", "The functions of Ferrosock's http.client and http.server.")?;
    add_functions(&module, Vec::from([native_fast!(CALLS, c"function", function, FUNCTION_DOC)]))?;
    add_functions(&module, files::functions())?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `http.client` or `http.server`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    let functions = FUNCTIONS.get_or_init(py, || {
        let rows = [
            message::functions(),
            head::functions(),
            body::functions(),
            request::functions(),
            response::functions(),
            steps::functions(),
            lookup::functions(),
            lazy::functions(),
            server::functions(),
        ];
        Functions::new(rows.concat())
    });
    functions.make(&module, name.to_str()?)
}

/// The module's lists, if its own names are still what they were.
fn seams<'py>(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Option<Seams<'py>>> {
    Seams::of(module, &SEEN)
}

/// An attribute that an object keeps itself.
fn own<'py>(
    attributes: &Bound<'py, PyDict>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    attributes.get_item(name)
}

/// Whether an object keeps one of these names itself, in front of its class.
pub(crate) fn hides<'py>(attributes: &Bound<'py, PyDict>, names: &[&Bound<'py, PyString>]) -> PyResult<bool> {
    for name in names {
        if attributes.contains(name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a module has under a name, called.
fn raised<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    name: &str,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<PyErr> {
    Ok(PyErr::from_value(module.getattr(name)?.call1(arguments)?))
}

/// Whether a level of debugging is the int 0: nothing is to be printed.
pub(crate) fn is_zero(level: &Bound<'_, PyAny>) -> bool {
    exact_int(level) == Some(0_i32)
}
