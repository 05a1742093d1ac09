//! Scalars as they are written, into memory that is asked for with a check.

use ferrosock_codec::json::{Unit, escape, write_float, write_integer};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::types::PyInt;
use pyo3::{Borrowed, ffi};

use super::text::{each_width, units, wide_str};
use crate::tree::{self, Number};

/// How much of a long string is escaped at a time.
const PIECE: usize = 1 << 16;

/// Blocks of a string are written whole before they are cut.
const BLOCK: usize = 16;

/// What a number takes at most: 20 characters of an integer, 24 of a float.
const NUMBER: usize = 32;

/// Makes sure that so many bytes can be appended.
#[inline]
pub(super) fn room(out: &mut Vec<u8>, more: usize) -> PyResult<()> {
    if out.capacity() - out.len() < more {
        out.try_reserve(more).map_err(|_| PyMemoryError::new_err(()))?;
    }
    Ok(())
}

/// Appends bytes.
#[inline]
pub(super) fn push(bytes: &[u8], out: &mut Vec<u8>) -> PyResult<()> {
    room(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends a str with its quotes and escapes.
#[inline]
pub(super) fn quote(text: Borrowed<'_, '_, PyAny>, ascii: bool, out: &mut Vec<u8>) -> PyResult<()> {
    // SAFETY: the caller has seen that it is a str.
    if let Some(units) = crate::text::ascii(unsafe { text.cast_unchecked() }) {
        return quote_units(units, ascii, out);
    }
    each_width!(units(text)?, units => quote_units(units, ascii, out))
}

#[inline]
fn quote_units<U: Unit>(units: &[U], ascii: bool, out: &mut Vec<u8>) -> PyResult<()> {
    // One unit is a pair of escapes at most.
    let longest = if size_of::<U>() == 4 { 12 } else { 6 };
    room(out, units.len().min(PIECE) * longest + 2 + BLOCK)?;
    out.push(b'"');
    if units.len() <= PIECE {
        escape(units, ascii, out);
    } else {
        for piece in units.chunks(PIECE) {
            room(out, piece.len() * longest + 1 + BLOCK)?;
            escape(piece, ascii, out);
        }
    }
    out.push(b'"');
    Ok(())
}

/// Appends an int (or an instance of a derived class) as `int.__repr__` gives it.
#[inline]
pub(super) fn integer(value: Borrowed<'_, '_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    if small_integer(value, out)? { Ok(()) } else { large_integer(value, out) }
}

/// Appends an int of up to 64 bits; says whether it is one.
#[inline]
pub(super) fn small_integer(value: Borrowed<'_, '_, PyAny>, out: &mut Vec<u8>) -> PyResult<bool> {
    // SAFETY: the caller has seen that it is an int, or an instance of a derived class.
    let value = unsafe { value.cast_unchecked::<PyInt>() };
    let Number::Signed(small) = tree::number(&value)? else { return Ok(false) };
    room(out, NUMBER)?;
    write_integer(small, out);
    Ok(true)
}

/// Whether an int is larger than any float: since 3.12, Python code makes the digits of those that are larger still, of some 9000.
#[cold]
pub(super) fn is_beyond_floats(value: Borrowed<'_, '_, PyAny>) -> bool {
    // SAFETY: attached; a live int, and no exception is set; -1 with one set, which is cleared, means that it is.
    unsafe {
        let is = ffi::PyLong_AsDouble(value.as_ptr()) == -1.0 && !ffi::PyErr_Occurred().is_null();
        if is {
            ffi::PyErr_Clear();
        }
        is
    }
}

/// Appends an int of more bits.
#[cold]
pub(super) fn large_integer(value: Borrowed<'_, '_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let value = value.to_owned(); // Python code may run
    // SAFETY: attached; the slot of a static type, for an instance of it: a new str, or null with an exception set.
    let digits = unsafe {
        let Some(repr) = ffi::PyLong_Type.tp_repr else { return Ok(()) };
        Bound::from_owned_ptr_or_err(value.py(), repr(value.as_ptr()))?
    };
    each_width!(units(digits.as_borrowed())?, units => push(&Unit::narrow(units), out))
}

/// Appends a float as `float.__repr__` gives it, or a constant.
#[inline]
pub(super) fn float(value: f64, out: &mut Vec<u8>) -> PyResult<()> {
    room(out, NUMBER)?;
    write_float(value, out);
    Ok(())
}

/// A finished document. It is all ASCII, or UTF-8 in which halves of surrogate pairs may stand.
#[inline]
pub(super) fn finished<'py>(py: Python<'py>, out: &[u8], ascii: bool) -> PyResult<Bound<'py, PyAny>> {
    if ascii { super::text::ascii_str(py, out) } else { wide_str(py, out) }
}
