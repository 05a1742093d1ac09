//! `ferrosock._native.serve`: applications of WSGI and ASGI on the serving engine. `ferrosock.serve` puts the command in front.

mod asgi;
mod context;
mod convert;
mod engine;
pub(crate) mod options;
mod peers;
mod queue;
mod shared_loop;
mod target;
mod wsgi;

use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.serve")?;
    module.setattr("__doc__", "Applications on the serving engine: the native side of ferrosock.serve.")?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<asgi::Asgi>()?;
    wsgi::add_classes(&module)?;
    Ok(module)
}
