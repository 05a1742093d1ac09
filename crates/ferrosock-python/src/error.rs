//! Errors of the crates to Python's exceptions: the one place where that is decided.

use ferrosock_socket::Error;
use pyo3::exceptions::{PyMemoryError, PyOSError, PyTimeoutError};
use pyo3::ffi;
use pyo3::prelude::*;

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
    set_errno(code);
    // SAFETY: attached; sets an exception from errno and gives null.
    unsafe { ffi::PyErr_SetFromErrno(ffi::PyExc_OSError) };
    PyErr::fetch(py)
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
