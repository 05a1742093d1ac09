//! `ferrosock._native.openers`: what `urllib.request` does to URLs and headers, over `ferrosock_codec::url` and
//! `ferrosock_proto::http`.

mod exchange;
mod headers;
mod lists;
mod locations;
mod opening;

use std::ffi::CStr;

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::call::{Args, Calls, add_functions, native_fast, native_named};
use crate::seams::Seen;
use crate::signature::Functions;
use crate::text::ascii;

pub(crate) static CALLS: Calls = Calls::new();

/// The classes of `urllib.request` that were last seen to be as they were.
static SEEN: Seen = Seen::new();

// The places in the module's `_SEAMS`.
const REQUEST: usize = 2;
const REQUEST_CLASS: usize = 3;
const NAMES: usize = 4;
const OPENER: usize = 5;
const HANDLER: usize = 6;
const HANDLER_CLASS: usize = 7;
const PROCESSOR: usize = 8;
const PROCESSOR_CLASS: usize = 9;

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.openers")?;
    module.setattr("__doc__", "The functions of Ferrosock's urllib.request.")?;
    add_functions(&module, Vec::from([native_fast!(CALLS, c"function", function, FUNCTION_DOC)]))?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `urllib.request`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let functions = FUNCTIONS.get_or_init(py, || {
        Functions::new(Vec::from([
            native_named!(CALLS, c"parse_http_list", lists::parse_http_list, lists::LIST_DOC),
            native_named!(CALLS, c"md5", lists::md5, lists::MD5_DOC),
            native_named!(CALLS, c"locate", locations::locate, locations::LOCATE_DOC),
            native_named!(CALLS, c"request_host", locations::request_host, locations::HOST_DOC),
            native_fast!(CALLS, c"exchange", exchange::exchange, exchange::DOC),
            native_fast!(CALLS, c"open_plainly", opening::open_plainly, opening::DOC),
            native_named!(CALLS, c"joined_headers", headers::joined, headers::DOC),
        ]))
    });
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    functions.make(&module, name.to_str()?)
}

/// The characters of just a str, if they are all ASCII.
fn plain<'a>(object: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    object.cast_exact::<PyString>().ok().and_then(ascii)
}
