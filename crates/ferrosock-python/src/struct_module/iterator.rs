//! `unpack_iterator`: what `iter_unpack` gives.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int, c_void};

use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyModule, PyType};
use pyo3::{Borrowed, ffi};

use super::CALLS;
use super::object::Record;
use super::transfer::{refused, tuple};
use crate::call::{Receiver, enter_next, method_end, native_noargs};
use crate::class::{Class, Table, visit_all};

/// An instance.
#[repr(C)]
struct Object {
    base: ffi::PyObject,
    /// The Struct; null once the iterator is at its end.
    record: *mut ffi::PyObject,
    /// The buffer, held until then.
    view: ffi::Py_buffer,
    /// The size of the records when the iterator was made.
    step: usize,
    at: usize,
    /// A tuple is being made, so the buffer must stay.
    busy: bool,
}

/// An iterator that a method was called on. Whoever reaches into it holds its lock, if the interpreter has one per object.
struct Records<'a, 'py> {
    object: Borrowed<'a, 'py, PyAny>,
    raw: &'a UnsafeCell<Object>,
}

impl<'a, 'py> Receiver<'a, 'py> for Records<'a, 'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: a method is called with an instance, alive for 'a.
        unsafe { Self { object: Borrowed::from_ptr(py, receiver), raw: &*receiver.cast() } }
    }
}

/// Makes the class of a module.
pub(super) fn class<'py>(module: &Bound<'py, PyModule>) -> PyResult<Bound<'py, PyType>> {
    static METHODS: Table<ffi::PyMethodDef> = Table::new();
    Class::new(c"_struct.unpack_iterator", c"The records of a buffer, one after another.")
        .not_callable()
        .slot(ffi::Py_tp_dealloc, dealloc as *mut c_void)
        .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
        .slot(ffi::Py_tp_getattro, ffi::PyObject_GenericGetAttr as *mut c_void)
        .slot(ffi::Py_tp_iter, ffi::PyObject_SelfIter as *mut c_void)
        .slot(ffi::Py_tp_iternext, next as *mut c_void)
        .slot(
            ffi::Py_tp_methods,
            METHODS.slot(|| {
                Vec::from([native_noargs!(CALLS, c"__length_hint__", length_hint, HINT_DOC), method_end()])
            }),
        )
        .build_in(module, size_of::<Object>())
}

const HINT_DOC: &CStr = c"How many records are left.";

/// `Struct.iter_unpack`.
pub(super) fn iter_unpack<'py>(
    this: Record<'_, 'py>,
    buffer: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let size = this.ready()?.size();
    if size == 0 {
        return Err(refused(this, "cannot iteratively unpack with a struct of length 0".to_owned()));
    }
    // SAFETY: attached; the class is the iterator's, so there is room for an Object, which is zeroed: a view without a
    // buffer and an iterator at its end. It does not move, so the view may be filled in its place.
    unsafe {
        let object = ffi::PyType_GenericAlloc(this.iterator().as_type_ptr(), 0);
        let object = Bound::from_owned_ptr_or_err(py, object)?;
        let raw = object.as_ptr().cast::<Object>();
        if ffi::PyObject_GetBuffer(buffer.as_ptr(), &raw mut (*raw).view, ffi::PyBUF_SIMPLE) != 0 {
            return Err(PyErr::fetch(py));
        }
        if (*raw).view.len as usize % size != 0 {
            let message = format!("iterative unpacking requires a buffer of a multiple of {size} bytes");
            return Err(refused(this, message));
        }
        (*raw).step = size;
        (*raw).record = this.object.to_owned().into_ptr();
        Ok(object)
    }
}

unsafe extern "C" fn next(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls slots attached, with an instance.
    let this = unsafe { Records::receive(Python::assume_attached(), object) };
    let py = this.object.py();
    enter_next(py, &CALLS, || with_critical_section(&this.object, || advance(&this)))
}

/// The next record's values; None at the end.
#[inline]
fn advance<'py>(this: &Records<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = this.object.py();
    let raw = this.raw.get();
    // SAFETY: the object is alive, and nobody else reaches into it; the Struct and the buffer are held while `record` is
    // not null. To make a tuple may run finalizers, which may call this very method: they find `busy` set, and then do not
    // give up what is in use here.
    unsafe {
        if (*raw).record.is_null() {
            return Ok(None);
        }
        let (at, step, length) = ((*raw).at, (*raw).step, (*raw).view.len as usize);
        if at >= length {
            if !(*raw).busy {
                let record = std::ptr::replace(&raw mut (*raw).record, std::ptr::null_mut());
                ffi::PyBuffer_Release(&raw mut (*raw).view);
                ffi::Py_DECREF(record);
            }
            return Ok(None);
        }
        let record = Record::receive(py, (*raw).record);
        let format = record.ready()?;
        if format.size() != step {
            let message = "the Struct was given another format while its iterator was in use";
            return Err(refused(record, message.to_owned()));
        }
        (*raw).at = at + step;
        let outer = std::ptr::replace(&raw mut (*raw).busy, true);
        let bytes = std::slice::from_raw_parts((*raw).view.buf.cast::<u8>().add(at), step);
        let values = tuple(record, format, bytes);
        (*raw).busy = outer;
        values.map(Some)
    }
}

fn length_hint<'py>(this: Records<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.object.py();
    let left = with_critical_section(&this.object, || {
        let raw = this.raw.get();
        // SAFETY: the object is alive, and nobody else reaches into it.
        unsafe {
            if (*raw).record.is_null() { 0 } else { ((*raw).view.len as usize - (*raw).at) / (*raw).step }
        }
    });
    Ok(left.into_pyobject(py)?.into_any())
}

unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the garbage collector passes an instance; each reference is live or null.
    unsafe {
        let raw = object.cast::<Object>();
        visit_all([ffi::Py_TYPE(object).cast(), (*raw).record, (*raw).view.obj], visit, argument)
    }
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: called once by the interpreter when the last reference is gone. An instance of a heap type owns a reference
    // to it; releasing a view without a buffer does nothing.
    unsafe {
        let class = ffi::Py_TYPE(object);
        ffi::PyObject_GC_UnTrack(object.cast());
        let raw = object.cast::<Object>();
        ffi::Py_XDECREF((*raw).record);
        ffi::PyBuffer_Release(&raw mut (*raw).view);
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}
