//! Network interfaces.

use ferrosock_socket::resolver;
use pyo3::exceptions::{PyOSError, PyOverflowError};
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3::{Borrowed, IntoPyObjectExt, ffi};

use super::{CALLS, c_string, native_single};
use crate::call::{docstring, native_noargs, native_one};
use crate::convert;
use crate::error::raise;
use crate::version::Change;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_noargs!(
            CALLS,
            c"if_nameindex",
            if_nameindex,
            c"if_nameindex() -> list of (int, str)

Return the index and the name of every network interface.

Raises OSError if the system refuses."
        ),
        native_single!(
            c"if_nametoindex",
            if_nametoindex,
            c"if_nametoindex(name) -> int

Return the index of the network interface of that name (str, bytes or a path-like object).

Raises OSError if there is none."
        ),
        native_one!(
            CALLS,
            c"if_indextoname",
            if_indextoname,
            docstring!(
                crate::version::since(14),
                "if_indextoname($module, if_index, /)",
                "if_indextoname(if_index) -> str",
                "Return the name of the network interface of that index.

Raises OSError if there is none, OverflowError for an index that is too large or negative (ValueError for that since Python
3.14)."
            )
        ),
    ])
}

fn if_nameindex(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let list = PyList::empty(py);
    for interface in resolver::interfaces().map_err(|error| raise(py, error))? {
        list.append((interface.index, convert::system_text(py, &interface.name)?))?;
    }
    Ok(list.into_any())
}

fn if_nametoindex<'py>(py: Python<'py>, name: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let name = c_string(convert::file_name(&name)?.as_bytes())?;
    resolver::interface_index(&name)
        .map_err(|error| {
            if NUMBERED.is_made() {
                return raise(py, error);
            }
            PyOSError::new_err("no interface with this name")
        })?
        .into_bound_py_any(py)
}

/// An interface that is not there is an error with a number (gh-100218); before it was one with a text alone.
const NUMBERED: Change = Change::of(&[(13, 10), (14, 1)]);

fn if_indextoname<'py>(py: Python<'py>, index: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let index = if crate::version::since(14) {
        convert::unsigned(&index, u32::MAX.into(), "unsigned int")?
    } else {
        convert::unsigned_long(&index)?
    };
    if index > u64::from(u32::MAX) && crate::version::since(13) {
        return Err(PyOverflowError::new_err("index is too large"));
    }
    let name = resolver::interface_name(index as u32).map_err(|error| raise(py, error))?;
    convert::system_text(py, &name)
}
