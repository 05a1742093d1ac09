//! The interpreter as the host of blocking calls.

use std::time::Instant;

use ferrosock_socket::{Host, Interrupted};
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
