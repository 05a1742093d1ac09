//! An object that native state keeps.

use std::ptr::NonNull;

use pyo3::ffi;
use pyo3::prelude::*;

/// A reference that is given up at once when it is dropped, where PyO3's own would wait until it attaches next (see
/// `error::counted`). It is dropped by attached threads alone: in methods, and when its owner is deallocated.
pub(super) struct Held(NonNull<ffi::PyObject>);

// SAFETY: references are counted by attached threads alone.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl Held {
    pub(super) fn new(object: Bound<'_, PyAny>) -> Option<Self> {
        NonNull::new(object.into_ptr()).map(Self)
    }

    /// The object, one more reference to it.
    #[inline]
    pub(super) fn get<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        // SAFETY: attached, and the reference is alive.
        unsafe { Bound::from_borrowed_ptr(py, self.0.as_ptr()) }
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.as_ptr()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the one reference that it stands for, given up by an attached thread.
        unsafe { ffi::Py_DECREF(self.0.as_ptr()) }
    }
}
