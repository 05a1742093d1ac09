//! Memory whose size a caller chose. Where there is none, Python's MemoryError is raised; Rust's own collections would end
//! the process.

use std::ffi::CString;
use std::mem::MaybeUninit;

use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// An empty vector with room for exactly `count` items.
pub(crate) fn room_for<T>(count: usize) -> PyResult<Vec<T>> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| PyMemoryError::new_err(()))?;
    Ok(items)
}

/// The items of an iterator that knows how many there are.
pub(crate) fn collected<T>(items: impl ExactSizeIterator<Item = T>) -> PyResult<Vec<T>> {
    let mut collection = room_for(items.len())?;
    collection.extend(items);
    Ok(collection)
}

/// Adds an item to a vector.
pub(crate) fn push<T>(items: &mut Vec<T>, item: T) -> PyResult<()> {
    items.try_reserve(1).map_err(|_| PyMemoryError::new_err(()))?;
    items.push(item);
    Ok(())
}

/// A copy of some bytes.
pub(crate) fn copied(bytes: &[u8]) -> PyResult<Vec<u8>> {
    collected(bytes.iter().copied())
}

/// Bytes as a C string, or `refusal` if there is a NUL among them.
pub(crate) fn c_string(bytes: &[u8], refusal: impl FnOnce() -> PyErr) -> PyResult<CString> {
    let mut string = room_for(bytes.len() + 1)?; // and the NUL
    string.extend_from_slice(bytes);
    CString::new(string).map_err(|_| refusal())
}

/// A bytes object of some bytes.
pub(crate) fn bytes_object<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let length = bytes.len() as ffi::Py_ssize_t;
    // SAFETY: attached; copies so many bytes into a new bytes object, or gives null with an exception set.
    unsafe {
        let object = ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), length);
        Ok(Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked())
    }
}

/// So many bytes of memory with nothing in them.
pub(crate) fn space(size: usize) -> PyResult<Box<[MaybeUninit<u8>]>> {
    let mut space = room_for(size)?;
    space.resize_with(size, MaybeUninit::uninit);
    Ok(space.into_boxed_slice())
}
