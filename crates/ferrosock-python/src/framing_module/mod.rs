//! `ferrosock._native.framing`: frames in a stream, over `ferrosock_codec::framing`. The standard library has no such module;
//! `ferrosock.framing` adds the streams.

mod decoder;
mod errors;
mod kinds;

use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.framing")?;
    module.setattr("__doc__", "Frames in a stream of bytes: the native side of ferrosock.framing.")?;
    errors::add(&module)?;
    kinds::add(&module)?;
    module.setattr("Decoder", decoder::class(py)?)?;
    Ok(module)
}

fn none(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Ok(py.None().into_bound(py))
}
