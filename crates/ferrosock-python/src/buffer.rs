//! Memory lent by Python objects through the buffer protocol.
//!
//! A [`Buffer`] pins its memory until it is dropped, so system calls may use it while the interpreter's lock is given
//! up. Another Python thread may write to it at that time; the bytes are then whatever the threads' race makes them,
//! exactly as with the standard library. See docs/SAFETY.md.

use std::mem::MaybeUninit;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{Borrowed, ffi};

use crate::call::Args;
use crate::memory;

/// A contiguous view of an object's bytes, released on drop.
pub(crate) struct Buffer(Box<ffi::Py_buffer>);

impl Buffer {
    /// The bytes of any bytes-like object (format unit `y*`). TypeError or BufferError as the object raises them.
    pub(crate) fn readable(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::new(object, ffi::PyBUF_SIMPLE)
    }

    /// The writable bytes of argument `index` (format unit `w*`).
    pub(crate) fn writable(args: &Args<'_, '_>, index: usize) -> PyResult<Self> {
        let object: Borrowed<'_, '_, PyAny> = args.object(index)?;
        Self::writable_object(&object).map_err(|_| args.wrong_type(index, "read-write bytes-like object"))
    }

    /// The writable bytes of an object, or its own error.
    pub(crate) fn writable_object(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::new(object, ffi::PyBUF_WRITABLE)
    }

    fn new(object: &Bound<'_, PyAny>, flags: i32) -> PyResult<Self> {
        let mut view = Box::new(ffi::Py_buffer::new());
        fill(&mut view, object, flags)?;
        Ok(Self(view))
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len as usize
    }

    /// The bytes, to read.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: filled, and released on drop.
        unsafe { bytes(&self.0) }
    }

    /// The bytes, to be overwritten by a system call.
    pub(crate) fn space(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: filled as writable, and released on drop.
        unsafe { space(&mut self.0) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: filled by PyObject_GetBuffer and released once. Buffers are made and dropped inside a native
        // function, outside of its `blocking` sections, so the thread is attached.
        unsafe { ffi::PyBuffer_Release(&mut *self.0) }
    }
}

/// Calls `body` with the bytes of any bytes-like object (format unit `y*`), for which no memory is asked: the short way where
/// they are read at once. TypeError or BufferError as the object raises them.
#[inline]
pub(crate) fn with_readable<R>(
    object: &Bound<'_, PyAny>,
    body: impl FnOnce(&[u8]) -> PyResult<R>,
) -> PyResult<R> {
    if let Ok(whole) = object.cast_exact::<PyBytes>() {
        return body(whole.as_bytes()); // the caller's reference keeps it, and nobody can change it
    }
    let mut place = Place(ffi::Py_buffer::new());
    fill(&mut place.0, object, ffi::PyBUF_SIMPLE)?;
    // SAFETY: filled, and released after `body`.
    body(unsafe { bytes(&place.0) })
}

/// Calls `body` with the writable bytes of an object (format unit `w*`), as [`with_readable`] does; None for an object that has
/// none. No Python code may run in `body`: it could reach the same bytes.
#[inline]
pub(crate) fn with_writable<R>(
    object: &Bound<'_, PyAny>,
    body: impl FnOnce(&mut [u8]) -> PyResult<R>,
) -> Option<PyResult<R>> {
    let mut place = Place(ffi::Py_buffer::new());
    if let Err(error) = fill(&mut place.0, object, ffi::PyBUF_WRITABLE) {
        crate::error::dismiss(error);
        return None;
    }
    let length = place.0.len as usize;
    let start = if length == 0 { std::ptr::NonNull::dangling().as_ptr() } else { place.0.buf.cast() };
    // SAFETY: filled as writable, so there are that many bytes, which are initialised; released after `body`, in which
    // nothing else reads or writes them (but for what docs/SAFETY.md says of other threads).
    Some(body(unsafe { std::slice::from_raw_parts_mut(start, length) }))
}

/// A view that stays where it is.
struct Place(ffi::Py_buffer);

impl Drop for Place {
    fn drop(&mut self) {
        // SAFETY: as for a Buffer; one that was never filled has no object, and nothing happens.
        unsafe { ffi::PyBuffer_Release(&raw mut self.0) }
    }
}

/// Contiguous views of the bytes of many objects, released on drop. Their number is the caller's choice, so the memory for
/// them is asked for once and with a check.
pub(crate) struct Buffers(Vec<ffi::Py_buffer>);

impl Buffers {
    /// No views yet, and room for so many.
    pub(crate) fn with_room(count: usize) -> PyResult<Self> {
        memory::room_for(count).map(Self)
    }

    /// Adds the bytes of any bytes-like object (format unit `y*`) and gives their number. TypeError or BufferError as the
    /// object raises them.
    pub(crate) fn push_readable(&mut self, object: &Bound<'_, PyAny>) -> PyResult<usize> {
        self.push(object, ffi::PyBUF_SIMPLE)
    }

    /// Adds the writable bytes of an object (format unit `w*`) and gives their number, or the object's own error.
    pub(crate) fn push_writable(&mut self, object: &Bound<'_, PyAny>) -> PyResult<usize> {
        self.push(object, ffi::PyBUF_WRITABLE)
    }

    fn push(&mut self, object: &Bound<'_, PyAny>, flags: i32) -> PyResult<usize> {
        assert!(self.0.len() < self.0.capacity(), "a full vector would move its views");
        let place = self.0.len();
        self.0.push(ffi::Py_buffer::new());
        fill(&mut self.0[place], object, flags).inspect_err(|_| self.0.truncate(place))?;
        Ok(self.0[place].len as usize)
    }

    /// The bytes of each view, to read.
    pub(crate) fn bytes(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        // SAFETY: filled, and released on drop.
        self.0.iter().map(|view| unsafe { bytes(view) })
    }

    /// The bytes of each view, all of which were added as writable, to be overwritten by a system call.
    pub(crate) fn spaces(&mut self) -> impl ExactSizeIterator<Item = &mut [MaybeUninit<u8>]> {
        // SAFETY: filled as writable, and released on drop.
        self.0.iter_mut().map(|view| unsafe { space(view) })
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        for view in &mut self.0 {
            // SAFETY: as for a Buffer.
            unsafe { ffi::PyBuffer_Release(view) }
        }
    }
}

/// Fills a view, which does not move until it is released: some exporters keep pointers into it.
fn fill(view: &mut ffi::Py_buffer, object: &Bound<'_, PyAny>, flags: i32) -> PyResult<()> {
    // SAFETY: a live object, attached, and a fresh view; 0, or another number and an error set.
    match unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), view, flags) } {
        0 => Ok(()),
        _ => Err(PyErr::fetch(object.py())),
    }
}

/// # Safety
/// The view is filled, and released after the slice's life.
unsafe fn bytes(view: &ffi::Py_buffer) -> &[u8] {
    if view.len == 0 {
        return &[];
    }
    // SAFETY: the exporter keeps `len` bytes at `buf` in place until the view is released. It does not exclude that another
    // thread writes to a mutable exporter meanwhile; the bytes only go to system calls.
    unsafe { std::slice::from_raw_parts(view.buf.cast(), view.len as usize) }
}

/// # Safety
/// The view is filled, was asked for as writable, and is released after the slice's life.
unsafe fn space(view: &mut ffi::Py_buffer) -> &mut [MaybeUninit<u8>] {
    if view.len == 0 {
        return &mut [];
    }
    // SAFETY: as in `bytes`. `&mut` excludes a second use through this view; it does not exclude other exports of the same
    // memory, which is why the space counts as uninitialised and is only handed to system calls.
    unsafe { std::slice::from_raw_parts_mut(view.buf.cast(), view.len as usize) }
}
