//! `ferrosock._native.xdr`: what the classes of `xdrlib` are made of, over `ferrosock_codec::xdr`.
//!
//! In the standard library they are Python classes: methods call one another by name, so that a subclass or a patch may
//! step in, and take whatever `struct` and slicing take. Here a method does its work itself where the methods that it
//! would call are the native ones and the arguments are of the plain types. For anything else it calls a private method
//! of the class in `xdrlib.py`, which goes the long way with the standard library's results and words.

mod held;
mod own;
mod packer;
mod unpacker;

use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.xdr")?;
    module.setattr("__doc__", "What xdrlib's classes are made of.")?;
    module.setattr("Packer", packer::class(py)?)?;
    module.setattr("Unpacker", unpacker::class(py)?)?;
    Ok(module)
}

fn none(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Ok(py.None().into_bound(py))
}
