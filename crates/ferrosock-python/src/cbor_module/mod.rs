//! `ferrosock._native.cbor`: CBOR, over `ferrosock_codec::cbor`. `ferrosock.cbor` adds classes, and what is rare: the types that
//! tags stand for.

mod decode;
mod encode;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

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

/// What `ferrosock._cbor_types` has, looked up once in a process.
struct Types {
    /// The class `CBORTag`.
    tag: Py<PyAny>,
    /// The class `CBORSimpleValue`.
    simple: Py<PyAny>,
    undefined: Py<PyAny>,
    /// `represent`, which makes simpler objects of those that have a tag.
    represent: Py<PyAny>,
    /// `TAGS`, the functions that make objects of tagged values.
    tags: Py<PyDict>,
}

fn types(py: Python<'_>) -> PyResult<&'static Types> {
    static TYPES: PyOnceLock<Types> = PyOnceLock::new();
    TYPES.get_or_try_init(py, || {
        let module = py.import("ferrosock._cbor_types")?;
        let found = |name| module.getattr(name).map(Bound::unbind);
        Ok(Types {
            tag: found("CBORTag")?,
            simple: found("CBORSimpleValue")?,
            undefined: found("undefined")?,
            represent: found("represent")?,
            tags: module.getattr("TAGS")?.cast_into::<PyDict>()?.unbind(),
        })
    })
}

/// An exception of `ferrosock._cbor_types`.
#[cold]
fn raise(py: Python<'_>, name: &str, message: String) -> PyErr {
    let class =
        py.import("ferrosock._cbor_types").and_then(|module| module.getattr(PyString::intern(py, name)));
    match class.and_then(|class| class.call1((message,))) {
        Ok(value) => PyErr::from_value(value),
        Err(failure) => failure,
    }
}
