//! Errors of the crates to Python's exceptions: the one place where that is decided.

use std::ffi::CStr;

use ferrosock_socket::Error;
use pyo3::exceptions::{PyMemoryError, PyOSError, PyTimeoutError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};

/// An error of the socket crate as the exception that Python's documentation names for it.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Os(code) => os_error(py, code),
        Error::TimedOut => PyTimeoutError::new_err("timed out"),
        Error::NoMemory => PyMemoryError::new_err(()),
        // The signal handler's exception is set, since `Interpreter::interrupted` gave up because of it.
        Error::Interrupted => PyErr::fetch(py),
        Error::AddressInfo(code) => resolver_error(&crate::socket_module::gaierror(py), code, &error),
        Error::HostEntry(code) => resolver_error(&crate::socket_module::herror(py), code, &error),
        other => PyOSError::new_err(other.to_string()),
    }
}

/// Runs Python code while `error` is handled, as an `except` clause does: `sys.exc_info()` gives it, and what is raised has it as
/// its context.
pub(crate) fn handling<R>(py: Python<'_>, error: &PyErr, work: impl FnOnce() -> R) -> R {
    let traceback = error.traceback(py).map_or(std::ptr::null_mut(), Bound::into_ptr);
    let (kind, value) = (error.get_type(py).into_any(), error.value(py).clone().into_any());
    let before = Handled::replace([kind.into_ptr(), value.into_ptr(), traceback]);
    let result = work();
    drop(before);
    result
}

/// The exception that was being handled, which is so again at the end of this.
struct Handled([*mut ffi::PyObject; 3]);

impl Handled {
    /// Takes three references (type, value, traceback), of which each may be null.
    fn replace([kind, value, traceback]: [*mut ffi::PyObject; 3]) -> Self {
        let mut before = [std::ptr::null_mut(); 3];
        let [old_kind, old_value, old_traceback] = &mut before;
        // SAFETY: attached, as whoever has a PyErr's objects is; gives references, and takes those that were given to this.
        unsafe {
            ffi::PyErr_GetExcInfo(old_kind, old_value, old_traceback);
            ffi::PyErr_SetExcInfo(kind, value, traceback);
        }
        Self(before)
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        let [kind, value, traceback] = self.0;
        // SAFETY: as above.
        unsafe { ffi::PyErr_SetExcInfo(kind, value, traceback) };
    }
}

/// Hands an error to the interpreter.
#[cold]
pub(crate) fn restore(py: Python<'_>, error: PyErr) {
    counted(|| error.restore(py));
}

/// Forgets an error that is answered in another way than by raising it.
#[cold]
pub(crate) fn dismiss(error: PyErr) {
    counted(|| drop(error));
}

/// Runs `work` where PyO3 counts the thread as attached.
///
/// It does not where C has entered Rust by itself, as in our entry points, and then puts references that are given up (the
/// parts of a `PyErr` are some) on a list, until it is told to attach: they would pile up. That telling costs too much to be
/// done at every call, but not where something went wrong.
pub(crate) fn counted<R>(work: impl FnOnce() -> R) -> R {
    let mut work = Some(work);
    let result = Python::try_attach(|_| work.take().map(|work| work()));
    match (result.flatten(), work) {
        (Some(result), _) => result,
        // There is no attaching while the interpreter shuts down.
        (None, Some(work)) => work(),
        (None, None) => unreachable!("work that was taken gave a result"),
    }
}

/// `OSError` (or the subclass for the code, such as `BlockingIOError`) with the number and its text.
pub(crate) fn os_error(py: Python<'_>, code: i32) -> PyErr {
    if set_os_error(py, code).is_none() {
        // For texts in other scripts, and for codes that the interpreter treats in its own way.
        set_errno(code);
        // SAFETY: attached; sets an exception from errno and gives null.
        unsafe { ffi::PyErr_SetFromErrno(ffi::PyExc_OSError) };
    }
    PyErr::fetch(py)
}

/// Sets what `PyErr_SetFromErrno` would set, if the code's text is ASCII: without the slow decoding of the locale's text.
fn set_os_error(py: Python<'_>, code: i32) -> Option<()> {
    if code <= 0 || code == libc::EINTR {
        return None;
    }
    let mut buffer = [0_u8; 256];
    // SAFETY: writes a C string into so many bytes at most. The interpreter's calls are made attached; each gives a new
    // reference or null, and PyErr_SetObject takes no reference over.
    unsafe {
        if libc::strerror_r(code, buffer.as_mut_ptr().cast(), buffer.len()) != 0 {
            return None;
        }
        let text = CStr::from_bytes_until_nul(&buffer).ok().filter(|text| text.to_bytes().is_ascii())?;
        let text = PyString::new(py, text.to_str().ok()?);
        let arguments = PyTuple::new(py, [PyInt::new(py, code).into_any(), text.into_any()]).ok()?;
        let error = ffi::PyObject_Call(ffi::PyExc_OSError, arguments.as_ptr(), std::ptr::null_mut());
        if error.is_null() {
            return Some(()); // that one is set
        }
        ffi::PyErr_SetObject(ffi::Py_TYPE(error).cast(), error);
        ffi::Py_DECREF(error);
    }
    Some(())
}

/// `socket.gaierror` or `socket.herror` with the resolver's number and its text.
fn resolver_error(class: &Bound<'_, PyAny>, code: i32, error: &Error) -> PyErr {
    class.call1((code, error.to_string())).map_or_else(|failure| failure, PyErr::from_value)
}

fn set_errno(code: i32) {
    // SAFETY: the C library gives the address of this thread's errno.
    unsafe {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let place = libc::__errno_location();
        #[cfg(target_os = "macos")]
        let place = libc::__error();
        *place = code;
    }
}
