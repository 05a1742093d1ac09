//! The names of objects' members: the same few in every record of a document and in document after document.

use ferrosock_codec::json::{Text, Unit};
use pyo3::ffi;
use pyo3::prelude::*;

use super::text::{ascii, new_str};

/// How many names are remembered; a power of two.
const PLACES: usize = 1024;

/// The longest name that is remembered from document to document.
const LONGEST: usize = 48;

#[derive(Clone, Copy)]
struct Place {
    /// A str of ASCII characters, or null.
    name: *mut ffi::PyObject,
    /// Which document it was last used in.
    document: u64,
    /// The place of the name that came after it the last time: records have the same names in the same order.
    next: usize,
}

/// Gives equal names of one document as one object, as the standard library does, and short ones of several.
///
/// The table keeps one name a place. One that leaves it while its document is still being read goes to `others`, a dict that
/// is there for this document alone.
pub(super) struct Keys {
    places: Box<[Place]>,
    document: u64,
    others: *mut ffi::PyObject,
    /// The place of the last name.
    last: usize,
}

impl Keys {
    /// An empty table.
    pub(super) fn new() -> Self {
        let place = Place { name: std::ptr::null_mut(), document: 0, next: 0 };
        Self { places: vec![place; PLACES].into(), document: 0, others: std::ptr::null_mut(), last: 0 }
    }

    /// Begins a document.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.document += 1;
    }

    /// Ends a document.
    #[inline]
    pub(super) fn end(&mut self, _py: Python<'_>) {
        if !self.others.is_null() {
            // SAFETY: attached; a dict of ours, of strs: no Python code runs.
            unsafe { ffi::Py_CLEAR(&raw mut self.others) };
        }
    }

    /// Gives up all references.
    pub(super) fn release(self, _py: Python<'_>) {
        for place in self.places {
            // SAFETY: attached; a str of ours, or null.
            unsafe { ffi::Py_XDECREF(place.name) };
        }
    }

    /// The str of a name: a new reference, or null with an exception set.
    #[inline]
    pub(super) fn get<U: Unit>(&mut self, py: Python<'_>, text: &Text<'_, U>) -> *mut ffi::PyObject {
        let length = text.len();
        let short = !text.is_escaped() && text.bits() < 0x80 && (2..=LONGEST).contains(&length);
        if !short {
            return self.other(new_str(py, text));
        }
        let mut narrow = [0; LONGEST];
        let bytes = U::narrow_slice(text.raw()).unwrap_or_else(|| {
            text.write_to(&mut narrow[..length]);
            &narrow[..length]
        });
        let index = hash(bytes) as usize & (PLACES - 1);
        self.places[self.last].next = index;
        if let Some(name) = self.known(index, bytes) {
            return name;
        }
        // With strict=False names may have control characters in them, which must not be likely in the next document.
        if bytes.iter().any(|&byte| byte < 0x20) {
            return self.other(new_str(py, text));
        }
        self.last = index;
        // SAFETY: attached; the name in the place is a str that the table has a reference to, or null.
        unsafe {
            let fresh = if self.others.is_null() { new_str(py, text) } else { self.other(new_str(py, text)) };
            if fresh.is_null() {
                return fresh;
            }
            let place = &mut self.places[index];
            let document = std::mem::replace(&mut place.document, self.document);
            let old = std::mem::replace(&mut place.name, ffi::Py_NewRef(fresh));
            if !old.is_null() && document == self.document {
                let kept = self.other(old);
                if kept.is_null() {
                    ffi::Py_DECREF(fresh);
                    return kept;
                }
                ffi::Py_DECREF(kept);
            } else {
                ffi::Py_XDECREF(old);
            }
            fresh
        }
    }

    /// The name that came next the last time, if `rest` begins with it and a quote: a new reference, and its length.
    #[inline]
    pub(super) fn likely<U: Unit>(
        &mut self,
        _py: Python<'_>,
        rest: &[U],
    ) -> Option<(*mut ffi::PyObject, usize)> {
        let index = self.places[self.last].next;
        let place = &mut self.places[index];
        if place.name.is_null() {
            return None;
        }
        // SAFETY: attached; the name in the place is a str of ASCII characters that the table has a reference to.
        let name = unsafe { ascii(place.name) };
        let (start, rest) = rest.split_at_checked(name.len())?;
        if rest.first().copied().map(U::into) != Some(u32::from(b'"')) {
            return None;
        }
        let equal = match U::narrow_slice(start) {
            Some(bytes) => same(name, bytes),
            None => name.iter().zip(start).all(|(&byte, &unit)| u32::from(byte) == unit.into()),
        };
        equal.then(|| {
            place.document = self.document;
            self.last = index;
            // SAFETY: attached; a live object.
            (unsafe { ffi::Py_NewRef(place.name) }, name.len())
        })
    }

    /// A new reference to the name in a place, if it is the one.
    #[inline]
    fn known(&mut self, index: usize, bytes: &[u8]) -> Option<*mut ffi::PyObject> {
        let place = &mut self.places[index];
        // SAFETY: attached; the name in the place is a str of ASCII characters that the table has a reference to.
        unsafe {
            if place.name.is_null() || !same(ascii(place.name), bytes) {
                return None;
            }
            place.document = self.document;
            self.last = index;
            Some(ffi::Py_NewRef(place.name))
        }
    }

    /// The equal name of this document that came first. Takes the reference and gives a new one, or null for null and with an
    /// exception set.
    fn other(&mut self, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
        // SAFETY: attached; a live str or null, and a dict of ours. The hashing and comparing of strs runs no Python code.
        unsafe {
            if name.is_null() {
                return name;
            }
            if self.others.is_null() {
                self.others = ffi::PyDict_New();
            }
            let first = if self.others.is_null() {
                std::ptr::null_mut()
            } else {
                ffi::PyDict_SetDefault(self.others, name, name)
            };
            ffi::Py_XINCREF(first);
            ffi::Py_DECREF(name);
            first
        }
    }
}

/// Whether two names are the same, by words where there is at least one.
#[inline]
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let (Some(left_last), Some(right_last)) = (left.last_chunk::<8>(), right.last_chunk::<8>()) else {
        return left.iter().zip(right).all(|(left, right)| left == right);
    };
    let words = left.chunks_exact(8).zip(right.chunks_exact(8));
    left_last == right_last && words.into_iter().all(|(left, right)| left == right)
}

/// Spreads short names over the places. Whoever makes names collide only makes the table forget them.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let mut sum = bytes.len() as u64;
    // The last word of each width overlaps what stands before it.
    if let Some(last) = bytes.last_chunk::<8>() {
        let mut rest = bytes;
        while let Some((word, more)) = rest.split_first_chunk::<8>() {
            sum = mix(sum, u64::from_le_bytes(*word));
            rest = more;
        }
        sum = mix(sum, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let word = u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
        sum = mix(sum, word);
    } else {
        sum = mix(sum, bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)));
    }
    sum >> 40
}
