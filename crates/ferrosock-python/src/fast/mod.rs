//! `ferrosock._native.fast`: what our Python modules hand to Rust whole where nothing in the way is overridden or
//! patched. Each function says by its answer if that is so; else the Python code goes its general way.

mod identity;
mod names;
mod plain;
mod reader;
mod sockets;
mod stream;

use pyo3::prelude::*;

use crate::call::add_functions;
use crate::{json_module, select_module};

pub(crate) use plain::{class as plain_class, is_plain};
pub(crate) use reader::{Arrival, Received, SocketFile, holds_end_of_head};

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.fast")?;
    module.setattr("__doc__", "The short ways of Ferrosock's own Python modules.")?;
    module.setattr("IdentityProperty", identity::class(py)?)?;
    module.setattr("SocketStream", stream::class(py)?)?;
    module.setattr("PlainClass", plain::class(py)?)?;
    add_functions(&module, select_module::fast_functions())?;
    add_functions(&module, sockets::functions())?;
    add_functions(&module, names::functions())?;
    add_functions(&module, reader::functions())?;
    add_functions(&module, stream::functions())?;
    add_functions(&module, json_module::fast_functions())?;
    Ok(module)
}
