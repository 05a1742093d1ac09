//! The short strings of a document that come again and again: tags, states, units, names of kinds.
//!
//! Equal ones may be one object, as strs are never changed. A document of records has then fewer objects to make and to give
//! up, and takes less memory. A document whose strings differ only pays for finding that out.

use ferrosock_codec::json::{Text, Unit};
use pyo3::ffi;
use pyo3::prelude::*;

use super::keys::{hash, same};
use super::text::{ascii, new_str};

/// How many strings are remembered; a power of two.
const PLACES: usize = 256;

/// The longest string that is remembered.
const LONGEST: usize = 24;

/// How many more strings than came again may be new before this gives up, and what one that came again is worth.
const CREDIT: u32 = 64;
const WORTH: u32 = 2;

/// Strings of the document that is being read; between documents there are none, so that nothing that was read is kept alive.
pub(super) struct Values {
    /// Strs of ASCII characters, or null.
    places: Box<[*mut ffi::PyObject]>,
    credit: u32,
}

impl Values {
    /// An empty table.
    pub(super) fn new() -> Self {
        Self { places: Box::default(), credit: 0 }
    }

    /// Begins a document that may be worth it.
    pub(super) fn begin(&mut self) {
        if self.places.is_empty() {
            self.places = vec![std::ptr::null_mut(); PLACES].into();
        }
        self.credit = CREDIT;
    }

    /// Ends a document.
    #[inline]
    pub(super) fn end(&mut self, py: Python<'_>) {
        if std::mem::take(&mut self.credit) > 0 {
            self.forget(py);
        }
    }

    fn forget(&mut self, _py: Python<'_>) {
        for place in &mut self.places {
            // SAFETY: attached; a str of ours, or null: no Python code runs.
            unsafe { ffi::Py_CLEAR(&raw mut *place) };
        }
    }

    /// The str of a string: a new reference, or null with an exception set.
    #[inline]
    pub(super) fn get<U: Unit>(&mut self, py: Python<'_>, text: &Text<'_, U>) -> *mut ffi::PyObject {
        let short = self.credit > 0 && (2..=LONGEST).contains(&text.len());
        match U::narrow_slice(text.raw()) {
            Some(bytes) if short && !text.is_escaped() && text.bits() < 0x80 => self.known(py, text, bytes),
            _ => new_str(py, text),
        }
    }

    #[inline]
    fn known<U: Unit>(&mut self, py: Python<'_>, text: &Text<'_, U>, bytes: &[u8]) -> *mut ffi::PyObject {
        let place = &mut self.places[hash(bytes) as usize & (PLACES - 1)];
        // SAFETY: attached; the place has a str that the table has a reference to, or null.
        unsafe {
            if !place.is_null() && same(ascii(*place), bytes) {
                self.credit = (self.credit + WORTH).min(CREDIT);
                return ffi::Py_NewRef(*place);
            }
            let fresh = new_str(py, text);
            if !fresh.is_null() {
                let old = std::mem::replace(place, ffi::Py_NewRef(fresh));
                ffi::Py_XDECREF(old);
            }
            self.credit -= 1;
            if self.credit == 0 {
                self.forget(py);
            }
            fresh
        }
    }
}
