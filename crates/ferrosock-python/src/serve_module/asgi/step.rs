//! What a look at an awaitable gives, and how the interpreter is told.

use pyo3::exceptions::PyStopIteration;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::error::restore;

/// What a step of an awaitable gives.
pub(super) enum Step {
    /// The future to wait for before the next step.
    Yield(Py<PyAny>),
    /// The end, and the result.
    Return(Py<PyAny>),
}

/// The answer of an `am_send`.
///
/// # Safety
/// `result` is a place for the result.
pub(super) unsafe fn sent(
    py: Python<'_>,
    step: PyResult<Step>,
    result: *mut *mut ffi::PyObject,
) -> ffi::PySendResult {
    let (answer, value) = match step {
        Ok(Step::Return(value)) => (ffi::PySendResult::PYGEN_RETURN, value.into_ptr()),
        Ok(Step::Yield(value)) => (ffi::PySendResult::PYGEN_NEXT, value.into_ptr()),
        Err(error) => {
            restore(py, error);
            (ffi::PySendResult::PYGEN_ERROR, std::ptr::null_mut())
        }
    };
    // SAFETY: promised by the caller.
    unsafe { *result = value };
    answer
}

/// The answer of a `tp_iternext`: null without an exception is the end with None.
pub(super) fn iterated(py: Python<'_>, step: PyResult<Step>) -> *mut ffi::PyObject {
    match step {
        Ok(Step::Yield(value)) => return value.into_ptr(),
        Ok(Step::Return(value)) if value.is_none(py) => {}
        Ok(Step::Return(value)) => restore(py, PyStopIteration::new_err((value,))),
        Err(error) => restore(py, error),
    }
    std::ptr::null_mut()
}

/// The `am_await` and `tp_iter` of what is its own iterator.
pub(super) unsafe extern "C" fn itself(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live instance.
    unsafe { ffi::Py_NewRef(object) }
}
