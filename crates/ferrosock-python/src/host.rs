//! The interpreter as the host of blocking calls.

use ferrosock_socket::{Host, Interrupted};
use pyo3::ffi;
use pyo3::prelude::*;

/// Gives up the interpreter's lock around a call that may block, and runs signal handlers when one was interrupted.
#[derive(Clone, Copy)]
pub(crate) struct Interpreter<'py>(pub(crate) Python<'py>);

impl Host for Interpreter<'_> {
    #[inline]
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        self.0.detach(call)
    }

    fn interrupted(&self) -> Result<(), Interrupted> {
        // SAFETY: attached; on -1 an exception is set, which `error::raise` fetches for Error::Interrupted.
        if unsafe { ffi::PyErr_CheckSignals() } == 0 { Ok(()) } else { Err(Interrupted) }
    }
}
