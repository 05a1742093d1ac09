//! Memory whose size a caller chose. Where there is none, Python's MemoryError is raised; Rust's own collections would end
//! the process.

use std::ffi::CString;
use std::mem::MaybeUninit;

use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use smallvec::SmallVec;

/// An empty vector with room for exactly `count` items.
pub(crate) fn room_for<T>(count: usize) -> PyResult<Vec<T>> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| PyMemoryError::new_err(()))?;
    Ok(items)
}

/// A list of few items as a rule, which then need no allocation.
pub(crate) type Few<T> = SmallVec<[T; 4]>;

/// An empty list with room for `count` items.
pub(crate) fn room_for_few<T>(count: usize) -> PyResult<Few<T>> {
    let mut items = Few::new();
    items.try_reserve_exact(count).map_err(|_| PyMemoryError::new_err(()))?;
    Ok(items)
}

/// The items of an iterator that knows how many there are.
pub(crate) fn collected_few<T>(items: impl ExactSizeIterator<Item = T>) -> PyResult<Few<T>> {
    let mut collection = room_for_few(items.len())?;
    collection.extend(items);
    Ok(collection)
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

/// Adds an item to a list of few.
#[inline]
pub(crate) fn push_few<T>(items: &mut Few<T>, item: T) -> PyResult<()> {
    items.try_reserve(1).map_err(|_| PyMemoryError::new_err(()))?;
    items.push(item);
    Ok(())
}

/// Makes room for `count` bytes behind others.
pub(crate) fn reserve(bytes: &mut Vec<u8>, count: usize) -> PyResult<()> {
    bytes.try_reserve(count).map_err(|_| PyMemoryError::new_err(()))
}

/// Adds some bytes to others.
pub(crate) fn append(bytes: &mut Vec<u8>, more: &[u8]) -> PyResult<()> {
    reserve(bytes, more.len())?;
    bytes.extend_from_slice(more);
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

/// A bytes object that nobody else has seen yet, to be filled in place.
pub(crate) struct FreshBytes<'py> {
    bytes: Bound<'py, PyAny>,
    size: usize,
}

impl<'py> FreshBytes<'py> {
    /// Of `size` bytes with anything in them.
    pub(crate) fn new(py: Python<'py>, size: usize) -> PyResult<Self> {
        // SAFETY: attached; a null pointer asks for uninitialised contents. The size came from a Py_ssize_t.
        let bytes = unsafe {
            Bound::from_owned_ptr_or_err(
                py,
                ffi::PyBytes_FromStringAndSize(std::ptr::null(), size as ffi::Py_ssize_t),
            )?
        };
        Ok(Self { bytes, size })
    }

    /// Zeros, which the system gives without writing them.
    pub(crate) fn zeroed(py: Python<'py>, size: usize) -> PyResult<Self> {
        Ok(Self { bytes: py.get_type::<PyBytes>().call1((size,))?, size })
    }

    pub(crate) fn space(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: the object has `size` bytes of contents and one reference, this one.
        unsafe {
            std::slice::from_raw_parts_mut(ffi::PyBytes_AsString(self.bytes.as_ptr()).cast(), self.size)
        }
    }

    /// Makes room for `size` bytes in all; what is there stays.
    pub(crate) fn grow(&mut self, size: usize) -> PyResult<()> {
        let py = self.bytes.py();
        let empty = PyBytes::new(py, b"").into_any();
        self.bytes = resized(std::mem::replace(&mut self.bytes, empty), size)?.into_any();
        self.size = size;
        Ok(())
    }

    /// The object, cut to the first `count` bytes, which must have been filled.
    pub(crate) fn shrink(self, count: usize) -> PyResult<Bound<'py, PyBytes>> {
        let count = count.min(self.size);
        resized(self.bytes, count)
    }
}

/// A bytes object that nobody else refers to, with another size.
fn resized<'py>(bytes: Bound<'py, PyAny>, size: usize) -> PyResult<Bound<'py, PyBytes>> {
    unsafe extern "C" {
        // Private to pyo3-ffi, public in CPython's documentation.
        fn _PyBytes_Resize(bytes: *mut *mut ffi::PyObject, size: ffi::Py_ssize_t) -> std::ffi::c_int;
    }
    let py = bytes.py();
    let mut raw = bytes.into_ptr();
    // SAFETY: one reference, ours, which the call replaces by one to the object of the new size (or null with an error set).
    unsafe {
        _PyBytes_Resize(&raw mut raw, size as ffi::Py_ssize_t);
        Bound::from_owned_ptr_or_err(py, raw).map(|bytes| bytes.cast_into_unchecked())
    }
}
