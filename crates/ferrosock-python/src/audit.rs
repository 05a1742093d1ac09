//! Audit events: `sys.addaudithook`'s view of what a program does
//! ([PEP 578](https://peps.python.org/pep-0578/); the table of events is in Python's library reference).

use std::ffi::{CStr, c_char, c_int, c_void};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

unsafe extern "C" {
    // pyo3-ffi has no declaration of it.
    fn PySys_Audit(event: *const c_char, format: *const c_char, ...) -> c_int;
}

/// Tells the audit hooks of an event, such as `audit(py, c"socket.bind", (socket, address))`.
///
/// The arguments become Python objects only if there is a hook, so that a call without hooks costs a few nanoseconds.
/// The error is what a hook raised to forbid the operation.
#[inline]
pub(crate) fn audit<'py, A>(py: Python<'py>, event: &CStr, arguments: A) -> PyResult<()>
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>>,
{
    let mut arguments = Some(arguments);
    // SAFETY: attached. Format "O&" takes a function that makes the object and the pointer that it is called with; the
    // interpreter calls `build::<A>` at most once, before PySys_Audit returns, with the pointer to `arguments`.
    let status = unsafe {
        PySys_Audit(
            event.as_ptr(),
            c"O&".as_ptr(),
            build::<A> as unsafe extern "C" fn(*mut c_void) -> *mut ffi::PyObject,
            (&raw mut arguments).cast::<c_void>(),
        )
    };
    if status < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
}

/// Makes the tuple of an event's arguments: a new reference, or null with an exception set.
unsafe extern "C" fn build<'py, A>(arguments: *mut c_void) -> *mut ffi::PyObject
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>>,
{
    // SAFETY: called by PySys_Audit, attached, with the pointer that `audit` gave it.
    let (py, arguments) = unsafe { (Python::assume_attached(), (*arguments.cast::<Option<A>>()).take()) };
    let tuple = match arguments {
        Some(arguments) => arguments.into_pyobject(py).map_err(Into::<PyErr>::into),
        None => Ok(PyTuple::empty(py)),
    };
    match tuple {
        Ok(tuple) => tuple.into_ptr(),
        Err(error) => {
            crate::error::restore(py, error);
            std::ptr::null_mut()
        }
    }
}
