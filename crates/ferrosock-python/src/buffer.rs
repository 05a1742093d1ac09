//! Memory lent by Python objects through the buffer protocol.
//!
//! A [`Buffer`] pins its memory until it is dropped, so system calls may use it while the interpreter's lock is given
//! up. Another Python thread may write to it at that time; the bytes are then whatever the threads' race makes them,
//! exactly as with the standard library. See docs/SAFETY.md.

use std::mem::MaybeUninit;

use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use crate::call::Args;

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
        Self::new(&object, ffi::PyBUF_WRITABLE)
            .map_err(|_| args.wrong_type(index, "read-write bytes-like object"))
    }

    /// The writable bytes of an object (format unit `w*`), or the object's own error.
    pub(crate) fn writable_object(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::new(object, ffi::PyBUF_WRITABLE)
    }

    fn new(object: &Bound<'_, PyAny>, flags: i32) -> PyResult<Self> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: a live object, attached; the view is boxed since some exporters keep pointers into it.
        if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &mut *view, flags) } != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        Ok(Self(view))
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len as usize
    }

    /// The bytes, to read.
    pub(crate) fn bytes(&self) -> &[u8] {
        if self.len() == 0 {
            return &[];
        }
        // SAFETY: the exporter keeps `len` bytes at `buf` in place until the view is released (on drop). It does not
        // exclude that another thread writes to a mutable exporter meanwhile; the bytes only go to system calls.
        unsafe { std::slice::from_raw_parts(self.0.buf.cast(), self.len()) }
    }

    /// The bytes, to be overwritten by a system call.
    pub(crate) fn space(&mut self) -> &mut [MaybeUninit<u8>] {
        if self.len() == 0 {
            return &mut [];
        }
        // SAFETY: as in `bytes`, and the view was asked for as writable. `&mut self` excludes a second use through this
        // view; it does not exclude other exports of the same memory, which is why the space counts as uninitialised
        // and is only handed to system calls.
        unsafe { std::slice::from_raw_parts_mut(self.0.buf.cast(), self.len()) }
    }
}

// SAFETY: the view's memory stays in place whichever thread looks at it; it is released with the lock held, as `drop`
// says.
unsafe impl Send for Buffer {}
// SAFETY: as for Send; shared use only reads.
unsafe impl Sync for Buffer {}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: filled by PyObject_GetBuffer and released once. Buffers are made and dropped inside a native
        // function, outside of its `blocking` sections, so the thread is attached.
        unsafe { ffi::PyBuffer_Release(&mut *self.0) }
    }
}
