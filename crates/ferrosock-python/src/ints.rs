//! The interpreter's ints: read and made where most of them are short or small, without a call of the interpreter.

use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::version;

/// Makes the ints of this interpreter known.
///
/// # Errors
///
/// An `ImportError` for one whose ints are not laid out as [`short_int`] reads them: built for digits of 15 bits.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    require_known(py)?;
    for (value, place) in (LEAST_SMALL..).zip(&SMALL) {
        place.store(value.into_pyobject(py)?.into_ptr(), Ordering::Relaxed);
    }
    Ok(())
}

fn require_known(py: Python<'_>) -> PyResult<()> {
    let bits: u32 = py.import("sys")?.getattr("int_info")?.getattr("bits_per_digit")?.extract()?;
    if bits == 30 || !SHORT_INTS {
        return Ok(());
    }
    Err(PyImportError::new_err(format!(
        "this interpreter's ints have digits of {bits} bits, and Ferrosock reads 30"
    )))
}

/// Whether the layout of ints is known: that of CPython 3.10 to 3.15 on systems of 64 bits.
const SHORT_INTS: bool = version::MINOR <= 15 && cfg!(target_pointer_width = "64");

/// The number of an int (or of a subclass) of one or two digits, which is to say below 2**60, read from where the interpreter
/// keeps it; None for larger ones, and on versions whose layout is not known.
///
/// # Safety
/// `value` is a live int.
#[inline]
pub(crate) unsafe fn short_int(value: *mut ffi::PyObject) -> Option<i64> {
    /// An int with digits of 30 bits.
    #[repr(C)]
    struct Int {
        base: ffi::PyObject,
        /// Up to 3.11 the number of digits, negative for a negative number; then that number times 8, and 2 for a
        /// negative one, 1 for zero. Since 3.14 the ints that are made once have 4 in it, too.
        tag: isize,
        digits: [u32; 2],
    }
    if !SHORT_INTS {
        return None;
    }
    let int = value.cast::<Int>();
    // SAFETY: a live int has the tag, at least one digit, and as many as the tag says.
    unsafe {
        let tag = (*int).tag;
        let first = i64::from((*int).digits[0]);
        let both = || first | i64::from((*int).digits[1]) << 30;
        if version::since(12) {
            match tag & !0o4 {
                0o10 => Some(first),
                0o1 => Some(0),
                0o12 => Some(-first),
                0o20 => Some(both()),
                0o22 => Some(-both()),
                _ => None,
            }
        } else {
            match tag {
                1 => Some(first),
                0 => Some(0),
                -1 => Some(-first),
                2 => Some(both()),
                -2 => Some(-both()),
                _ => None,
            }
        }
    }
}

/// The ints that the interpreter makes once and gives again: -5 to 256 (`Py_NSMALLNEGINTS`, `Py_NSMALLPOSINTS`).
static SMALL: [AtomicPtr<ffi::PyObject>; 262] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 262];
const LEAST_SMALL: i64 = -5;

/// A new reference to an int of that value, or null with an exception set.
///
/// # Safety
/// Attached.
#[inline]
pub(crate) unsafe fn new_int(value: i64) -> *mut ffi::PyObject {
    let small = usize::try_from(value.wrapping_sub(LEAST_SMALL)).ok().and_then(|place| SMALL.get(place));
    // SAFETY: attached, as the caller promises. The table has had a reference to each of its ints since the module was made.
    unsafe {
        match small {
            Some(small) => ffi::Py_NewRef(small.load(Ordering::Relaxed)),
            // C's long is the shorter way where it is wide enough.
            None => match std::ffi::c_long::try_from(value) {
                Ok(value) => ffi::PyLong_FromLong(value),
                Err(_) => ffi::PyLong_FromLongLong(value),
            },
        }
    }
}
