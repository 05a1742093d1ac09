//! The interpreter as the host of blocking calls.

use std::time::Instant;

use ferrosock_socket::{Host, Interrupted};
use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::contention;

/// Gives up the interpreter's lock around a call that may block, and runs signal handlers when one was interrupted.
///
/// How a transfer goes about that depends on what the lock has lately cost: see [`contention`].
#[derive(Clone, Copy)]
pub(crate) struct Interpreter<'py>(pub(crate) Python<'py>);

impl Host for Interpreter<'_> {
    #[inline]
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        if !contention::sampled() {
            return self.0.detach(call);
        }
        let (value, returned) = self.0.detach(|| (call(), Instant::now()));
        contention::note(returned.elapsed());
        value
    }

    #[inline]
    fn tries_first(&self) -> bool {
        contention::tries_first()
    }

    fn interrupted(&self) -> Result<(), Interrupted> {
        // SAFETY: attached; on -1 an exception is set, which `error::raise` fetches for Error::Interrupted.
        if unsafe { ffi::PyErr_CheckSignals() } == 0 { Ok(()) } else { Err(Interrupted) }
    }
}

/// Refuses to load the extension into a subinterpreter.
///
/// Classes and other objects are made once and kept in statics; they belong to the interpreter that made them, and would
/// be used after it ended. (PyO3 looks at this for submodules that it makes, not for the module that is imported.)
///
/// # Errors
///
/// An `ImportError` anywhere but in the main interpreter.
pub(crate) fn require_main_interpreter(_py: Python<'_>) -> PyResult<()> {
    // SAFETY: attached, as the token proves; neither call can fail then, and the pointers are only compared.
    let main = unsafe { ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() };
    if main {
        return Ok(());
    }
    Err(PyImportError::new_err("Ferrosock's native code works in the main interpreter alone"))
}
