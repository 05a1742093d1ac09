//! `ferrosock._native.cbor`: CBOR, over `ferrosock_codec::cbor`. `ferrosock.cbor` adds classes, and what is rare: the types that
//! tags stand for.

mod decode;
mod encode;

use pyo3::prelude::*;

use crate::call::{Calls, add_functions, native_named};

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.cbor")?;
    module.setattr("__doc__", "CBOR: the native side of ferrosock.cbor.")?;
    add_functions(
        &module,
        Vec::from([
            native_named!(CALLS, c"dumps", encode::dumps, encode::DOC),
            native_named!(CALLS, c"loads", decode::loads, decode::DOC),
        ]),
    )?;
    Ok(module)
}

/// What `ferrosock._cbor_types` has by a name.
fn known<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("ferrosock._cbor_types")?.getattr(name)
}

/// An exception of `ferrosock._cbor_types`.
#[cold]
fn raise(py: Python<'_>, name: &str, message: String) -> PyErr {
    match known(py, name).and_then(|class| class.call1((message,))) {
        Ok(value) => PyErr::from_value(value),
        Err(failure) => failure,
    }
}
