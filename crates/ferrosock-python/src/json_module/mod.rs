//! `_json`: what the standard library's module of that name has, over `ferrosock_codec::json`; and the functions of `json`
//! where nothing is patched or derived.
//!
//! A document is read into objects from the reader's events ([`builder`]), without a tree between. Objects are written in one
//! of two ways ([`walk`]): as long as no Python code is called, with borrowed references; from the first object that asks for
//! some, anew and with references of our own.

mod builder;
mod cells;
mod collector;
mod depth;
mod dumps;
mod encoder;
mod errors;
mod functions;
mod general;
mod keys;
mod loads;
mod output;
mod parts;
mod scanner;
mod seams;
mod shapes;
mod style;
mod text;
mod values;
mod walk;
mod workspace;

use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) use seams::functions as fast_functions;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "_json")?;
    module.setattr("__doc__", "json speedups\n")?;
    functions::add(&module)?;
    module.setattr("make_scanner", scanner::class(py)?)?;
    module.setattr("make_encoder", encoder::class(py)?)?;
    Ok(module)
}
