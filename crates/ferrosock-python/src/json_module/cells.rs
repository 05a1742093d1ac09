//! Instances that hold references to Python objects which may lead back to them: the parts of a class that the collector of
//! cycles asks for.

use std::ffi::{CStr, c_int, c_void};
use std::mem::offset_of;

use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi};

use crate::class::{Class, visit_all};

/// An instance: the interpreter's head, references (or null), and the rest, for which zeroed memory is a value.
#[repr(C)]
pub(super) struct Instance<const N: usize, E> {
    base: ffi::PyObject,
    pub(super) cells: [*mut ffi::PyObject; N],
    pub(super) extra: E,
}

/// Adds what the collector asks for, and builds the class.
pub(super) fn build<const N: usize, E: Copy>(py: Python<'_>, class: Class) -> PyResult<Bound<'_, PyType>> {
    // SAFETY: a static type of the interpreter.
    let base = unsafe {
        Borrowed::from_ptr(py, (&raw mut ffi::PyBaseObject_Type).cast()).cast_unchecked::<PyType>()
    };
    class
        .mutable()
        .slot(ffi::Py_tp_dealloc, dealloc::<N, E> as *mut c_void)
        .slot(ffi::Py_tp_traverse, traverse::<N, E> as *mut c_void)
        .slot(ffi::Py_tp_clear, clear::<N, E> as *mut c_void)
        .build_on(&base, size_of::<Instance<N, E>>() - size_of::<ffi::PyObject>())
}

/// A fresh instance: no references yet.
pub(super) fn allocate<'py, const N: usize, E: Copy>(
    py: Python<'py>,
    class: *mut ffi::PyTypeObject,
) -> PyResult<(Bound<'py, PyAny>, *mut Instance<N, E>)> {
    // SAFETY: attached, with a live class made by `build` for these parameters; its memory comes zeroed.
    unsafe {
        let alloc = (*class).tp_alloc.unwrap_or(ffi::PyType_GenericAlloc);
        let object = Bound::from_owned_ptr_or_err(py, alloc(class, 0))?;
        let instance = object.as_ptr().cast();
        Ok((object, instance))
    }
}

/// A read-only attribute for the reference in this place.
pub(super) fn member<const N: usize, E>(name: &'static CStr, place: usize) -> ffi::PyMemberDef {
    let offset = offset_of!(Instance<N, E>, cells) + place * size_of::<*mut ffi::PyObject>();
    ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_OBJECT_EX,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: name.as_ptr(),
    }
}

/// A read-only attribute for a flag in the rest of the instance.
pub(super) fn flag<const N: usize, E>(name: &'static CStr, offset: usize) -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_BOOL,
        offset: (offset_of!(Instance<N, E>, extra) + offset) as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: name.as_ptr(),
    }
}

/// `tp_dealloc`.
unsafe extern "C" fn dealloc<const N: usize, E>(object: *mut ffi::PyObject) {
    // SAFETY: called once by the interpreter when the last reference is gone. An instance of a heap type owns a reference
    // to it.
    unsafe {
        let class = ffi::Py_TYPE(object);
        ffi::PyObject_GC_UnTrack(object.cast());
        clear::<N, E>(object);
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}

/// `tp_traverse`.
unsafe extern "C" fn traverse<const N: usize, E>(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector calls this with an instance.
    unsafe {
        let class: *mut ffi::PyObject = ffi::Py_TYPE(object).cast();
        let cells = (*object.cast::<Instance<N, E>>()).cells;
        visit_all(cells.into_iter().chain([class]), visit, argument)
    }
}

/// `tp_clear`.
unsafe extern "C" fn clear<const N: usize, E>(object: *mut ffi::PyObject) -> c_int {
    // SAFETY: the interpreter calls this attached, with an instance.
    unsafe {
        let instance = object.cast::<Instance<N, E>>();
        for place in 0..N {
            ffi::Py_CLEAR(&raw mut (*instance).cells[place]);
        }
        0
    }
}
