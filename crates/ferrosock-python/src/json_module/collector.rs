//! The collector of cycles, while objects are made that cannot be garbage.

use pyo3::ffi;
use pyo3::prelude::*;

/// Keeps the collector from running until it is dropped.
///
/// Up to 3.11 the collector runs in the midst of making objects, and walks through all that have been made so far, for a
/// fifth of the time of a large document. No Python code may run while this is there: nobody then sees that it was. Newer
/// Pythons run it between instructions of Python code anyway.
pub(super) struct Paused(bool);

impl Paused {
    #[inline]
    pub(super) fn new(_py: Python<'_>) -> Self {
        let runs_at_once = !crate::version::since(12) && !cfg!(Py_GIL_DISABLED);
        // SAFETY: attached; gives whether it was enabled.
        Self(runs_at_once && unsafe { ffi::PyGC_Disable() } != 0)
    }
}

impl Drop for Paused {
    #[inline]
    fn drop(&mut self) {
        if self.0 {
            // SAFETY: attached, as when it was made.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}
