//! `ferrosock._native.robots`: the short ways of `urllib.robotparser`, over `ferrosock_proto::http::Robots`.
//!
//! Both are done only where nobody has put anything else into the module or its classes; else they say so, and the Python code
//! beside them goes by way of every method.

mod fetch;
mod parse;

use std::ffi::CStr;

use ferrosock_proto::http::RobotsDialect;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use pyo3::{Borrowed, intern};

use crate::call::{Args, Calls, add_functions, native_fast, native_named};
use crate::seams::{Seams, Seen};
use crate::signature::Functions;
use crate::version::{self, Change};

pub(crate) static CALLS: Calls = Calls::new();

static SEEN: Seen = Seen::new();

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

// The places in the module's `_SEAMS`.
const PARSER: usize = 1;
const ENTRY: usize = 2;
const RULE: usize = 3;
const URLS: usize = 4;

/// The rules are those of RFC 9309 (gh-138907).
const BY_RFC_9309: Change = Change::of(&[(13, 14), (14, 5)]);

/// How this Python reads files and URLs; what needs its tables or its words is left to it.
fn dialect() -> RobotsDialect {
    RobotsDialect {
        letter_first: version::since(11),
        slashes: crate::urls_module::slashes(),
        first_match: !BY_RFC_9309.is_made(),
        keep_empty: version::since(14),
        plain: true,
    }
}

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.robots")?;
    module.setattr("__doc__", "The functions of Ferrosock's urllib.robotparser.")?;
    add_functions(&module, Vec::from([native_fast!(CALLS, c"function", function, FUNCTION_DOC)]))?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `urllib.robotparser`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let functions = FUNCTIONS.get_or_init(py, || {
        Functions::new(Vec::from([
            native_named!(CALLS, c"parse", parse::parse, parse::DOC),
            native_named!(CALLS, c"can_fetch", fetch::can_fetch, fetch::DOC),
        ]))
    });
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    functions.make(&module, name.to_str()?)
}

/// The module's classes, if they and what they call are as they were written.
struct Classes<'py> {
    seams: Seams<'py>,
    entry: Bound<'py, PyAny>,
    rule: Bound<'py, PyAny>,
}

impl<'py> Classes<'py> {
    fn of(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(None) };
        let (entry, rule) = (module.getattr(intern!(py, "Entry"))?, module.getattr(intern!(py, "RuleLine"))?);
        let urls = module.getattr(intern!(py, "urllib"))?.getattr(intern!(py, "parse"))?;
        let intact = seams.class(ENTRY, &entry)?
            && seams.class(RULE, &rule)?
            && match urls.cast::<PyModule>() {
                Ok(urls) => seams.namespace(URLS, urls.as_borrowed())?,
                Err(_) => false,
            };
        Ok(intact.then_some(Self { seams, entry, rule }))
    }
}
