//! Strings of the interpreter as units, and back.

use std::borrow::Cow;

use ferrosock_codec::json::{Text, Unit, write_utf8};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::output::room;

/// A str's own memory: code points of one width.
pub(super) enum Units<'a> {
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

/// Runs an expression with the units of a str, of whichever width.
macro_rules! each_width {
    ($units:expr, $name:ident => $body:expr) => {
        match $units {
            $crate::json_module::text::Units::One($name) => $body,
            $crate::json_module::text::Units::Two($name) => $body,
            $crate::json_module::text::Units::Four($name) => $body,
        }
    };
}
pub(super) use each_width;

/// # Safety
/// A live compact str of ASCII characters, as `PyUnicode_New` makes them.
#[inline]
pub(super) unsafe fn ascii<'a>(text: *mut ffi::PyObject) -> &'a [u8] {
    // SAFETY: promised by the caller: the bytes of a compact str lie behind its head.
    unsafe {
        let length = ffi::PyUnicode_GET_LENGTH(text) as usize;
        std::slice::from_raw_parts(text.cast::<ffi::PyASCIIObject>().add(1).cast(), length)
    }
}

/// The units of a str (or of an instance of a derived class), which are never changed.
#[inline]
pub(super) fn units<'a>(text: Borrowed<'a, '_, PyAny>) -> PyResult<Units<'a>> {
    let text_pointer = text.as_ptr();
    // SAFETY: attached; the caller has seen that it is a str. Up to 3.11 there are strs whose memory is only made here.
    // The memory belongs to the str, which lives for 'a, and has so many units of the width that its kind says.
    unsafe {
        if ffi::PyUnicode_READY(text_pointer) != 0 {
            return Err(PyErr::fetch(text.py()));
        }
        let length = ffi::PyUnicode_GET_LENGTH(text_pointer) as usize;
        let data = ffi::PyUnicode_DATA(text_pointer);
        Ok(match ffi::PyUnicode_KIND(text_pointer) {
            ffi::PyUnicode_1BYTE_KIND => Units::One(std::slice::from_raw_parts(data.cast(), length)),
            ffi::PyUnicode_2BYTE_KIND => Units::Two(std::slice::from_raw_parts(data.cast(), length)),
            _ => Units::Four(std::slice::from_raw_parts(data.cast(), length)),
        })
    }
}

/// Whether an object is a str, or an instance of a derived class.
#[inline]
pub(super) fn is_str(object: Borrowed<'_, '_, PyAny>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyUnicode_Check(object.as_ptr()) != 0 }
}

/// The str of a document's string: a new reference, or null with an exception set.
#[inline]
pub(super) fn new_str<U: Unit>(_py: Python<'_>, text: &Text<'_, U>) -> *mut ffi::PyObject {
    let length = text.len();
    if length < 2 {
        return new_short(text);
    }
    // SAFETY: attached. The fresh str has room for so many units of the width that its greatest code point asks for, and
    // nobody else has it yet; all of its units are written.
    unsafe {
        let greatest = match text.bits() {
            0..0x80 => 0x7f,
            0x80..0x100 => 0xff,
            0x100..0x1_0000 => 0xffff,
            _ => 0x10_ffff,
        };
        let object = ffi::PyUnicode_New(length as ffi::Py_ssize_t, greatest);
        if object.is_null() {
            return object;
        }
        let data = ffi::PyUnicode_DATA(object);
        match greatest {
            0x7f | 0xff => {
                let space = std::slice::from_raw_parts_mut(data.cast::<u8>(), length);
                match U::narrow_slice(text.raw()) {
                    Some(bytes) if !text.is_escaped() => copy_short(bytes, space),
                    _ => text.write_to(space),
                }
            }
            0xffff => text.write_to(std::slice::from_raw_parts_mut(data.cast::<u16>(), length)),
            _ => text.write_to(std::slice::from_raw_parts_mut(data.cast::<u32>(), length)),
        }
        object
    }
}

/// Copies bytes, of which there are most often few: two words that overlap do for up to 32 of them.
#[inline]
fn copy_short(bytes: &[u8], space: &mut [u8]) {
    if let (Some(first), Some(last), 16..=32) =
        (bytes.first_chunk::<16>(), bytes.last_chunk::<16>(), bytes.len())
    {
        if let Some(place) = space.first_chunk_mut() {
            *place = *first;
        }
        if let Some(place) = space.last_chunk_mut() {
            *place = *last;
        }
    } else if let (Some(first), Some(last), 8..16) =
        (bytes.first_chunk::<8>(), bytes.last_chunk::<8>(), bytes.len())
    {
        if let Some(place) = space.first_chunk_mut() {
            *place = *first;
        }
        if let Some(place) = space.last_chunk_mut() {
            *place = *last;
        }
    } else if bytes.len() < 8 {
        for (place, byte) in space.iter_mut().zip(bytes) {
            *place = *byte;
        }
    } else {
        space.copy_from_slice(bytes);
    }
}

/// [`new_str`] for none or one unit, of which the interpreter keeps many.
fn new_short<U: Unit>(text: &Text<'_, U>) -> *mut ffi::PyObject {
    let mut space = [0_u32];
    match text.raw() {
        [unit] => space[0] = (*unit).into(),
        _ => text.write_to(&mut space[..text.len()]),
    }
    // SAFETY: attached, since the caller is.
    unsafe {
        if text.is_empty() { ffi::PyUnicode_New(0, 0) } else { ffi::PyUnicode_FromOrdinal(space[0] as i32) }
    }
}

/// The str of ASCII bytes.
#[inline]
pub(super) fn ascii_str<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; the fresh str has room for so many ASCII characters, and nobody else has it yet.
    unsafe {
        let object =
            Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_New(bytes.len() as ffi::Py_ssize_t, 0x7f))?;
        if !bytes.is_empty() {
            let data = ffi::PyUnicode_DATA(object.as_ptr()).cast::<u8>();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
        }
        Ok(object)
    }
}

/// The str of ASCII bytes between quotes.
#[inline]
pub(super) fn quoted<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; the fresh str has room for so many ASCII characters and two quotes, and nobody else has it yet.
    unsafe {
        let length = bytes.len() as ffi::Py_ssize_t + 2;
        let object = Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_New(length, 0x7f))?;
        let data = ffi::PyUnicode_DATA(object.as_ptr()).cast::<u8>();
        *data = b'"';
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), data.add(1), bytes.len());
        *data.add(bytes.len() + 1) = b'"';
        Ok(object)
    }
}

/// The str of UTF-8 in which halves of surrogate pairs may stand as if they were characters.
pub(super) fn wide_str<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let length = bytes.len() as ffi::Py_ssize_t;
    // SAFETY: attached; so many bytes; gives a new str, or null with an exception set.
    unsafe {
        let text = ffi::PyUnicode_DecodeUTF8(bytes.as_ptr().cast(), length, c"surrogatepass".as_ptr());
        Bound::from_owned_ptr_or_err(py, text)
    }
}

/// A str in UTF-8, halves of surrogate pairs as if they were characters.
pub(super) fn utf8(text: Borrowed<'_, '_, PyAny>) -> PyResult<Cow<'static, [u8]>> {
    let mut bytes = Vec::new();
    each_width!(units(text)?, units => {
        // Four bytes at most, and no more than two of a byte.
        let longest = (2 * size_of_val(units)).min(4 * units.len());
        room(&mut bytes, longest)?;
        write_utf8(units, &mut bytes);
    });
    // What is asked for most often needs no memory that outlives it.
    Ok(match bytes.as_slice() {
        b", " => Cow::Borrowed(b", "),
        b": " => Cow::Borrowed(b": "),
        b"," => Cow::Borrowed(b","),
        b":" => Cow::Borrowed(b":"),
        _ => Cow::Owned(bytes),
    })
}
