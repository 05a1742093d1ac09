//! A request's own `contextvars.Context`.

use pyo3::ffi;
use pyo3::prelude::*;

/// A context, a copy of the one that was there.
pub(super) struct Context(Py<PyAny>);

impl Context {
    /// A copy of the current context.
    pub(super) fn new(py: Python<'_>) -> PyResult<Self> {
        // SAFETY: attached; gives a new reference, or null with an exception set.
        unsafe {
            Bound::from_owned_ptr_or_err(py, ffi::PyContext_CopyCurrent())
                .map(|context| Self(context.unbind()))
        }
    }

    pub(super) fn object(&self) -> &Py<PyAny> {
        &self.0
    }

    pub(super) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self(self.0.clone_ref(py))
    }

    /// Runs `work` in it.
    pub(super) fn run<R>(&self, _py: Python<'_>, work: impl FnOnce() -> R) -> R {
        struct Entered<'a>(&'a Context);
        impl Drop for Entered<'_> {
            fn drop(&mut self) {
                // SAFETY: attached, since `run` has its token for longer; the context that was entered last.
                if unsafe { ffi::PyContext_Exit(self.0.0.as_ptr()) } < 0 {
                    // SAFETY: as above. There is nobody to be told: it was entered, so this cannot be.
                    unsafe { ffi::PyErr_Clear() };
                }
            }
        }
        // SAFETY: attached; a live context. One that is entered already cannot be again: then `work` runs in the current one.
        if unsafe { ffi::PyContext_Enter(self.0.as_ptr()) } < 0 {
            // SAFETY: attached.
            unsafe { ffi::PyErr_Clear() };
            return work();
        }
        let _entered = Entered(self);
        work()
    }
}
