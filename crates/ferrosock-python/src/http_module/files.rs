//! What a handler of files asks: in which codings a client takes a file, and, of the engine, which part of it a request gets.

use std::ffi::CStr;

#[cfg(any(target_os = "linux", target_os = "android"))]
use ferrosock_proto::http::Fields;
use ferrosock_proto::http::{weight_of, weighted};
#[cfg(any(target_os = "linux", target_os = "android"))]
use ferrosock_server::{Representation, Selection};
#[cfg(any(target_os = "linux", target_os = "android"))]
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;
#[cfg(any(target_os = "linux", target_os = "android"))]
use pyo3::types::{PyInt, PyString, PyTuple};

use super::CALLS;
use crate::call::{Args, native_fast};

/// The functions for `ferrosock._native.http`.
pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"weights", weights, WEIGHTS_DOC),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        native_fast!(CALLS, c"select", select, SELECT_DOC),
    ])
}

const WEIGHTS_DOC: &CStr = c"weights($module, accepted, names, /)
--

Return the weight, from 0 to 1000, of each of the names, a tuple of str, in a field such as Accept-Encoding (RFC 9110 section
12.4.2).";

fn weights<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let accepted: String = args.object(0)?.extract()?;
    let accepted = weighted(accepted.as_bytes());
    let names: Vec<String> = args.object(1)?.extract()?;
    let found = names.iter().map(|name| weight_of(&accepted, name.as_bytes()));
    Ok(PyList::new(py, found.collect::<Vec<_>>())?.into_any())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const SELECT_DOC: &CStr = c"select($module, fields, method, seconds, nanoseconds, size, inode, coding, now, /)
--

Decide what a request with these fields, a list of pairs of str, gets of a file (RFC 9110 sections 13 and 14).

Returns a tuple: the file's entity tag, the status (200, 206, 304, 412 or 416), and for 206 a list of the parts, each a tuple of
the first and the last position.";

#[cfg(any(target_os = "linux", target_os = "android"))]
fn select<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(8, 8)?;
    let mut fields = Fields::new();
    for pair in args.object(0)?.cast::<PyList>()?.iter() {
        let (name, value): (Bound<'_, PyString>, Bound<'_, PyString>) = pair.extract()?;
        // What cannot be a field's is no condition.
        let _ = fields.append(name.to_string_lossy().as_bytes(), value.to_string_lossy().as_bytes());
    }
    let text = |index| -> PyResult<Option<String>> {
        let value = args.object(index)?;
        if value.is_none() { Ok(None) } else { value.extract().map(Some) }
    };
    let method = text(1)?.unwrap_or_default();
    let number = |index| -> PyResult<i64> { args.object(index)?.extract() };
    let size = u64::try_from(number(4)?).map_err(|_| PyTypeError::new_err("a size is not negative"))?;
    let inode: u64 = args.object(5)?.extract()?;
    let file = Representation::new(number(2)?, number(3)?, size, inode, text(6)?.as_deref());
    let none = Vec::new();
    let (status, parts) = match file.select(&method, &fields, number(7)?) {
        Selection::Whole => (200, none),
        Selection::Part(first, last) => (206, Vec::from([(first, last)])),
        Selection::Parts(parts) => (206, parts),
        Selection::NotModified => (304, none),
        Selection::Failed => (412, none),
        Selection::Unsatisfiable => (416, none),
    };
    let status = PyInt::new(py, status).into_any();
    let parts = PyList::new(py, parts)?.into_any();
    Ok(PyTuple::new(py, [PyString::new(py, file.tag()).into_any(), status, parts])?.into_any())
}
