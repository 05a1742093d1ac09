//! What a look at an awaitable gives, and how the interpreter is told.

use std::ffi::CStr;

use pyo3::exceptions::{PyBaseException, PyStopIteration};
use pyo3::ffi;
use pyo3::prelude::*;

use crate::call::Args;
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

pub(super) const SEND_DOC: &CStr = c"send($self, value, /)\n--\n\nGo on with a value.";
pub(super) const THROW_DOC: &CStr = c"throw(type, value=None, traceback=None, /)\n\nGo on with an exception.";
pub(super) const CLOSE_DOC: &CStr = c"close($self, /)\n--\n\nEnd.";

/// A step as a method gives it: what is returned is a StopIteration.
pub(super) fn given<'py>(py: Python<'py>, step: PyResult<Step>) -> PyResult<Bound<'py, PyAny>> {
    match step? {
        Step::Yield(value) => Ok(value.into_bound(py)),
        Step::Return(value) => Err(PyStopIteration::new_err((value,))),
    }
}

/// The exception that the arguments of `throw` say.
pub(super) fn thrown(args: &Args<'_, '_>) -> PyResult<PyErr> {
    args.between(1, 3)?;
    let (kind, value) = (args.object(0)?, args.get(1).filter(|value| !value.is_none()));
    Ok(match value {
        Some(value) if value.is_instance_of::<PyBaseException>() => PyErr::from_value(value.to_owned()),
        Some(value) => PyErr::from_value(kind.call1((value,))?),
        None => PyErr::from_value(kind.to_owned()),
    })
}
