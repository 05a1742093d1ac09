//! `ferrosock._native.msgpack`: MessagePack, over `ferrosock_codec::msgpack`. The names and arguments are those of the package
//! that programs use; `ferrosock.msgpack` adds the classes.

mod pack;
mod unpack;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::call::{Calls, add_functions, native_named};

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.msgpack")?;
    module.setattr("__doc__", "MessagePack: the native side of ferrosock.msgpack.")?;
    add_functions(
        &module,
        Vec::from([
            native_named!(CALLS, c"packb", pack::packb, pack::DOC),
            native_named!(CALLS, c"unpackb", unpack::unpackb, unpack::DOC),
        ]),
    )?;
    Ok(module)
}

/// A class of `ferrosock._msgpack_types`.
fn known<'py>(
    py: Python<'py>,
    place: &'static PyOnceLock<Py<PyAny>>,
    name: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let class = place
        .get_or_try_init(py, || py.import("ferrosock._msgpack_types")?.getattr(name).map(Bound::unbind))?;
    Ok(class.bind(py).clone())
}

static EXT_TYPE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static TIMESTAMP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn ext_type(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    known(py, &EXT_TYPE, "ExtType")
}

fn timestamp(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    known(py, &TIMESTAMP, "Timestamp")
}
