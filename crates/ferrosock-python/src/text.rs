//! Text of Python for codecs that work on bytes, and back.
//!
//! A str may hold lone surrogates, which UTF-8 has no form for. Here they have the form that they would have
//! (`surrogatepass`), and are turned back: a codec that cuts at ASCII bytes only, and puts in nothing but UTF-8, never sees the
//! difference.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, ffi};

use crate::memory;

const PASS: &CStr = c"surrogatepass";

/// The bytes of a str.
pub(crate) enum Text<'a, 'py> {
    /// All ASCII, and lent by an object that lives as long.
    Ascii(&'a [u8]),
    /// In the form described above.
    Encoded(Bound<'py, PyBytes>),
}

impl<'a, 'py> Text<'a, 'py> {
    /// The bytes of a str.
    #[inline]
    pub(crate) fn of(string: Borrowed<'a, 'py, PyString>) -> PyResult<Self> {
        match ascii(string) {
            Some(bytes) => Ok(Self::Ascii(bytes)),
            None => Self::encoded(&string),
        }
    }

    /// The bytes of a str that need not live as long.
    pub(crate) fn encoded(string: &Bound<'py, PyString>) -> PyResult<Self> {
        // SAFETY: attached; a live str; gives new bytes, or null with an exception set.
        unsafe {
            let bytes = ffi::PyUnicode_AsEncodedString(string.as_ptr(), c"utf-8".as_ptr(), PASS.as_ptr());
            let bytes = Bound::from_owned_ptr_or_err(string.py(), bytes)?;
            Ok(Self::Encoded(bytes.cast_into_unchecked()))
        }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Ascii(bytes) => bytes,
            Self::Encoded(bytes) => bytes.as_bytes(),
        }
    }
}

/// Whether an object passes for a str: by its type, or because it says so by its `__class__`, as proxies do.
///
/// That is what `isinstance` goes by, and so what the standard library's functions in Python take for a str.
#[inline]
pub(crate) fn passes_for_str(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.is_instance_of::<PyString>() || object.is_instance(&object.py().get_type::<PyString>())?)
}

/// The str that an object stands for which [passes](passes_for_str) for one and by its type is none.
#[cold]
pub(crate) fn posed_str<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    if passes_for_str(object)? { object.str().map(Some) } else { Ok(None) }
}

/// The bytes that an object stands for, as [`posed_str`] has it.
#[cold]
pub(crate) fn posed_bytes<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let class = object.py().get_type::<PyBytes>();
    if !object.is_instance(&class)? {
        return Ok(None);
    }
    Ok(Some(class.call1((object,))?.cast_into()?))
}

/// The characters of a str that has only ASCII ones and is laid out as such; a str of a derived class is not.
#[inline]
pub(crate) fn ascii<'a>(string: Borrowed<'a, '_, PyString>) -> Option<&'a [u8]> {
    // SAFETY: a live str; in a compact one of ASCII, as many bytes as it is long follow its head, and they never change.
    unsafe {
        let object = string.as_ptr();
        if !is_compact_ascii(object) {
            return None;
        }
        let length = ffi::PyUnicode_GET_LENGTH(object) as usize;
        Some(std::slice::from_raw_parts(ffi::PyUnicode_DATA(object).cast::<u8>(), length))
    }
}

/// Whether a str has only ASCII characters and is laid out as such.
///
/// # Safety
///
/// Attached; a live str.
#[inline]
unsafe fn is_compact_ascii(object: *mut ffi::PyObject) -> bool {
    // SAFETY: promised by the caller; the place behind the head is only compared.
    unsafe {
        #[cfg(not(Py_3_14))]
        return ffi::PyUnicode_IS_COMPACT_ASCII(object) != 0;
        // The flags are the interpreter's own since 3.14. No other str has its characters right behind the short head.
        #[cfg(Py_3_14)]
        return ffi::PyUnicode_DATA(object) == object.cast::<ffi::PyASCIIObject>().wrapping_add(1).cast();
    }
}

/// The units of a str: one, two or four bytes a character, as few as its widest one needs.
pub(crate) enum Units<'a> {
    Ascii(&'a [u8]),
    Latin(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

/// What a character of a str may be kept in.
pub(crate) trait CharacterUnit: Copy + Default {}

impl CharacterUnit for u8 {}
impl CharacterUnit for u16 {}
impl CharacterUnit for u32 {}

/// The units of just a str.
pub(crate) fn units<'a>(string: Borrowed<'a, '_, PyString>) -> PyResult<Units<'a>> {
    if let Some(bytes) = ascii(string) {
        return Ok(Units::Ascii(bytes));
    }
    // SAFETY: a live str, which is made ready first (in Python 3.10 and 3.11 one may not be); then as many units of its kind
    // as it is long are at its data, aligned, and they never change.
    unsafe {
        let object = string.as_ptr();
        if ffi::PyUnicode_READY(object) < 0 {
            return Err(PyErr::fetch(string.py()));
        }
        let (length, data) = (ffi::PyUnicode_GET_LENGTH(object) as usize, ffi::PyUnicode_DATA(object));
        Ok(match ffi::PyUnicode_KIND(object) {
            ffi::PyUnicode_1BYTE_KIND => Units::Latin(std::slice::from_raw_parts(data.cast(), length)),
            ffi::PyUnicode_2BYTE_KIND => Units::Two(std::slice::from_raw_parts(data.cast(), length)),
            _ => Units::Four(std::slice::from_raw_parts(data.cast(), length)),
        })
    }
}

/// A str of `length` units, which `fill` writes over zeros, of the kind of another one, whose units they are. It must write
/// the widest characters of that one too, so that none narrower would do.
pub(crate) fn filled_like<'py, U: CharacterUnit>(
    string: Borrowed<'_, 'py, PyString>,
    length: usize,
    fill: impl FnOnce(&mut [U]),
) -> PyResult<Bound<'py, PyAny>> {
    let widest = match (size_of::<U>(), ascii(string)) {
        (1, Some(_)) => 0x7f,
        (1, None) => 0xff,
        (2, _) => 0xffff,
        _ => 0x10_ffff,
    };
    // SAFETY: attached; a new str for such characters has room for so many units of that size at its data, aligned, and
    // nobody else has seen it. They are initialised before a reference is made to them.
    unsafe {
        let object = ffi::PyUnicode_New(length as ffi::Py_ssize_t, widest);
        let object = Bound::from_owned_ptr_or_err(string.py(), object)?;
        if length > 0 {
            let data = ffi::PyUnicode_DATA(object.as_ptr()).cast::<U>();
            std::ptr::write_bytes(data, 0, length);
            fill(std::slice::from_raw_parts_mut(data, length));
        }
        Ok(object)
    }
}

/// Whether a str has a character of ASCII.
#[inline]
pub(crate) fn has(string: Borrowed<'_, '_, PyString>, character: u8) -> PyResult<bool> {
    // The C library's search is the fastest there is, but not worth its call for a few characters.
    if let Some(bytes) = ascii(string).filter(|bytes| bytes.len() <= 32) {
        return Ok(bytes.contains(&character));
    }
    // SAFETY: attached; a live str; gives a place, -1 for none, or -2 with an exception set.
    let place = unsafe {
        let length = ffi::PyUnicode_GetLength(string.as_ptr());
        ffi::PyUnicode_FindChar(string.as_ptr(), character.into(), 0, length, 1)
    };
    if place == -2 { Err(PyErr::fetch(string.py())) } else { Ok(place >= 0) }
}

/// The str of bytes in the form described above.
#[inline]
pub(crate) fn string<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if bytes.len() > 1 && bytes.is_ascii() {
        return ascii_filled(py, bytes.len(), |place| place.copy_from_slice(bytes));
    }
    decoded(py, bytes, PASS)
}

/// The str of UTF-8, with the errors handled by that handler.
pub(crate) fn decoded<'py>(py: Python<'py>, bytes: &[u8], errors: &CStr) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; so many bytes; gives a new str, or null with an exception set.
    unsafe {
        let length = bytes.len() as ffi::Py_ssize_t;
        Bound::from_owned_ptr_or_err(
            py,
            ffi::PyUnicode_DecodeUTF8(bytes.as_ptr().cast(), length, errors.as_ptr()),
        )
    }
}

/// A str of `length` ASCII characters that `fill` writes into space with NULs in it. It writes nothing but
/// ASCII.
#[inline]
pub(crate) fn ascii_filled<'py>(
    py: Python<'py>,
    length: usize,
    fill: impl FnOnce(&mut [u8]),
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; a new compact str for ASCII has room for so many bytes behind its head, and nobody else has seen
    // it. They are initialised before a reference is made to them.
    unsafe {
        let object = ffi::PyUnicode_New(length as ffi::Py_ssize_t, 127);
        let object = Bound::from_owned_ptr_or_err(py, object)?;
        if length > 0 {
            let data = ffi::PyUnicode_DATA(object.as_ptr()).cast::<u8>();
            std::ptr::write_bytes(data, 0, length);
            let place = std::slice::from_raw_parts_mut(data, length);
            fill(place);
            debug_assert!(place.is_ascii());
        }
        Ok(object)
    }
}

/// A bytes object of some bytes.
#[inline]
pub(crate) fn bytes_object<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    memory::bytes_object(py, bytes).map(Bound::into_any)
}
