//! Whether a dict or a class is still in the state in which it was found to be as it should.
//!
//! Up to 3.12 the interpreter gives every state of every dict a number of its own (PEP 509). From 3.13 on it does not, but tells
//! who watches a dict that it changes, and the numbers are given out here. Where the interpreter has no lock nothing is known.

#[cfg(all(Py_3_13, not(Py_GIL_DISABLED)))]
mod watched;

use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{Borrowed, ffi};

/// The tag of the state of a dict that was last found to be right.
pub(crate) struct Known(AtomicU64);

impl Known {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Whether this dict is in the state that was noted.
    ///
    /// # Safety
    /// A live dict.
    #[inline]
    pub(crate) unsafe fn is(&self, dict: *mut ffi::PyObject) -> bool {
        // SAFETY: promised by the caller.
        let tag = unsafe { tag(dict) };
        tag != 0 && tag == self.0.load(Ordering::Relaxed)
    }

    /// Notes the state that this dict is in.
    ///
    /// # Safety
    /// A live dict.
    #[cold]
    pub(crate) unsafe fn note(&self, dict: *mut ffi::PyObject) {
        // SAFETY: promised by the caller.
        self.0.store(unsafe { tag(dict) }, Ordering::Relaxed);
    }
}

/// What a dict had under some name when it was looked up, for as long as the dict is in the same state.
pub(crate) struct Kept(Known, AtomicPtr<ffi::PyObject>);

impl Kept {
    pub(crate) const fn new() -> Self {
        Self(Known::new(), AtomicPtr::new(std::ptr::null_mut()))
    }

    /// The value, borrowed from this dict; None if it has to be looked up.
    ///
    /// # Safety
    /// A live dict.
    #[inline]
    pub(crate) unsafe fn of(&self, dict: *mut ffi::PyObject) -> Option<*mut ffi::PyObject> {
        // SAFETY: promised by the caller.
        unsafe { self.0.is(dict) }.then(|| self.1.load(Ordering::Relaxed))
    }

    /// Keeps what this dict has.
    ///
    /// # Safety
    /// A live dict and its value.
    #[cold]
    pub(crate) unsafe fn keep(&self, dict: *mut ffi::PyObject, value: *mut ffi::PyObject) {
        // SAFETY: promised by the caller.
        unsafe { self.0.note(dict) };
        self.1.store(value, Ordering::Relaxed);
    }

    /// What a dict has under a name, which is the same at each call.
    pub(crate) fn item<'py>(
        &self,
        dict: &Bound<'py, PyDict>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        // SAFETY: attached; a live dict, and what it has.
        unsafe {
            if let Some(value) = self.of(dict.as_ptr()) {
                return Ok(Some(Borrowed::from_ptr(dict.py(), value).to_owned()));
            }
            let value = dict.get_item(name)?;
            if let Some(value) = &value {
                self.keep(dict.as_ptr(), value.as_ptr());
            }
            Ok(value)
        }
    }
}

/// The tag of a dict's state; 0 where there are none.
///
/// # Safety
/// A live dict.
#[cfg(not(any(Py_3_13, Py_GIL_DISABLED)))]
#[inline]
#[allow(deprecated, reason = "deprecated in 3.12, and there to be read up to 3.13")]
pub(crate) unsafe fn tag(dict: *mut ffi::PyObject) -> u64 {
    // SAFETY: promised by the caller.
    unsafe { (*dict.cast::<ffi::PyDictObject>()).ma_version_tag }
}

/// # Safety
/// A live dict.
#[cfg(Py_GIL_DISABLED)]
#[inline]
pub(crate) unsafe fn tag(_dict: *mut ffi::PyObject) -> u64 {
    0
}

#[cfg(all(Py_3_13, not(Py_GIL_DISABLED)))]
pub(crate) use watched::tag;

/// The tag of the state of a class, and of those that it derives from, given out once; 0 is none.
///
/// # Safety
/// A live type.
#[inline]
pub(crate) unsafe fn of_class(class: *mut ffi::PyObject) -> u64 {
    // SAFETY: promised by the caller.
    unsafe { (*class.cast::<ffi::PyTypeObject>()).tp_version_tag }.into()
}

/// A number, never 0, for a class or a dict in the state of a tag, and what that is seen as right for: two others would have the same
/// one by chance only.
#[inline]
pub(crate) fn mark(object: *mut ffi::PyObject, tag: u64, purpose: usize) -> u64 {
    let mix = |a: u64, b: u64| (a ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    mix(mix(tag, object as u64), purpose as u64) | 1
}
