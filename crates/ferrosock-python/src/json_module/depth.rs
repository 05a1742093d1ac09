//! How deep containers may lie in one another.

use std::ffi::CStr;

use pyo3::exceptions::PyRecursionError;
use pyo3::ffi;
use pyo3::prelude::*;

/// Up to 3.13 the interpreter's limit counts the levels. Since 3.14 it looks at the C stack, of which a level takes none here:
/// this is as deep as the standard library gets on a stack of 8 MiB.
const DEEPEST: Option<usize> = if crate::version::since(14) { Some(65_000) } else { None };

/// Goes into a container that lies in `depth` others; [`leave`] goes out of it.
///
/// # Errors
///
/// A `RecursionError` that ends in `place`, if it lies too deep.
#[inline]
pub(super) fn enter(py: Python<'_>, depth: usize, place: &'static CStr) -> PyResult<()> {
    if DEEPEST.is_some_and(|deepest| depth >= deepest) {
        return Err(too_deep(place));
    }
    // SAFETY: attached; sets an exception if it does not give 0.
    if unsafe { ffi::Py_EnterRecursiveCall(place.as_ptr()) } != 0 {
        return Err(PyErr::fetch(py));
    }
    Ok(())
}

/// Goes out of a container.
///
/// # Safety
///
/// Attached, after an [`enter`] that nobody has gone out of yet.
#[inline]
pub(super) unsafe fn leave() {
    // SAFETY: promised by the caller.
    unsafe { ffi::Py_LeaveRecursiveCall() };
}

#[cold]
fn too_deep(place: &CStr) -> PyErr {
    PyRecursionError::new_err(format!("maximum recursion depth exceeded{}", place.to_string_lossy()))
}
