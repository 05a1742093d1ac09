//! `PlainClass`: whether a Python class is still as it was written.

use std::ffi::{CStr, c_int, c_uint, c_void};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use pyo3::{Borrowed, ffi, intern};

use crate::call::enter_status;
use crate::class::{Class, object_member, visit_all};
use crate::seams::lookup;
use crate::socket_module::CALLS;

/// What an instance holds behind the object's head, zeroed at first.
#[repr(C)]
struct Plain {
    base: ffi::PyObject,
    /// The class.
    class: *mut ffi::PyObject,
    /// A copy of its namespace, made when it was plain.
    namespace: *mut ffi::PyObject,
    /// The tag that the interpreter gave to the state of the class when it was last seen to be plain; 0 for none.
    tag: c_uint,
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The class, made once in a process.
pub(crate) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    CLASS
        .get_or_try_init(py, || {
            // SAFETY: a static type of the interpreter.
            let base = unsafe {
                Borrowed::from_ptr(py, (&raw mut ffi::PyBaseObject_Type).cast()).cast_unchecked::<PyType>()
            };
            Class::new(c"ferrosock._native.fast.PlainClass", DOC)
                .slot(ffi::Py_tp_init, init as *mut c_void)
                .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
                .slot(ffi::Py_tp_clear, clear as *mut c_void)
                .members(Vec::from([
                    object_member(c"of", std::mem::offset_of!(Plain, class), c"the class"),
                    object_member(
                        c"namespace",
                        std::mem::offset_of!(Plain, namespace),
                        c"its namespace when it was plain",
                    ),
                ]))
                .build_on(&base, size_of::<Plain>() - size_of::<ffi::PyObject>())
                .map(Bound::unbind)
        })
        .map(|class| class.bind(py).clone())
}

const DOC: &CStr = c"PlainClass(of, /)

Remembers a class as it is now, so that a short way is taken only while nobody has put anything else into it. The classes
that it derives from must be immutable ones.";

/// `tp_init`.
unsafe extern "C" fn init(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached, with an instance, a tuple, and a dict or null. The references that
    // were in the instance are given up after they were replaced.
    unsafe {
        let py = Python::assume_attached();
        enter_status(py, &CALLS, || {
            crate::call::with_slot_args(py, c"PlainClass", args, keywords, |args| {
                let args = args.positional()?;
                args.between(1, 1)?;
                let class = args.object(0)?;
                let class = class.cast::<PyType>()?;
                let this = &mut *object.cast::<Plain>();
                let namespace = PyDict::new(py);
                namespace.update(class.getattr("__dict__")?.cast()?)?;
                let old = std::mem::replace(&mut this.class, class.to_owned().into_ptr());
                ffi::Py_XDECREF(old);
                let old = std::mem::replace(&mut this.namespace, namespace.into_ptr());
                ffi::Py_XDECREF(old);
                this.tag = 0;
                Ok(())
            })
        })
    }
}

/// Whether `class` is the class that `plain`, a PlainClass, remembers, and is as it was then.
#[inline]
pub(crate) fn is_plain(
    py: Python<'_>,
    plain: Borrowed<'_, '_, PyAny>,
    class: *mut ffi::PyTypeObject,
) -> bool {
    // SAFETY: attached; an instance of just our class is a Plain, and what is in its fields is null or alive.
    unsafe {
        if CLASS.get(py).is_none_or(|ours| ffi::Py_TYPE(plain.as_ptr()) != ours.as_ptr().cast()) {
            return false;
        }
        let this = plain.as_ptr().cast::<Plain>();
        (*this).class == class.cast() && {
            let tag = (*class).tp_version_tag;
            (tag != 0 && tag == (*this).tag) || unchanged(this, class)
        }
    }
}

/// Compares the namespaces, value by value, and notes the tag if they are the same.
///
/// # Safety
/// Attached; a live PlainClass and the class in it.
#[cold]
unsafe fn unchanged(this: *mut Plain, class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: promised by the caller. The values are only compared as pointers, and no Python code runs but for the
    // comparison of names, which are str.
    unsafe {
        let (then, now) = ((*this).namespace, (*class).tp_dict);
        if then.is_null()
            || now.is_null()
            || ffi::PyDict_CheckExact(then) == 0
            || ffi::PyDict_Size(then) != ffi::PyDict_Size(now)
        {
            return false;
        }
        let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        while ffi::PyDict_Next(then, &raw mut position, &raw mut name, &raw mut value) != 0 {
            if ffi::PyUnicode_CheckExact(name) == 0 || ffi::PyDict_GetItemWithError(now, name) != value {
                ffi::PyErr_Clear();
                return false;
            }
        }
        // A class gets a tag when something is looked up on it, and nobody may have done so yet.
        let class = Borrowed::from_ptr(Python::assume_attached(), class.cast());
        lookup(&class.cast_unchecked(), intern!(class.py(), "__init__"));
        (*this).tag = (*class.as_ptr().cast::<ffi::PyTypeObject>()).tp_version_tag;
        true
    }
}

/// `tp_traverse`.
unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector calls this with an instance.
    unsafe {
        let this = object.cast::<Plain>();
        visit_all([(*this).class, (*this).namespace, ffi::Py_TYPE(object).cast()], visit, argument)
    }
}

/// `tp_clear`.
unsafe extern "C" fn clear(object: *mut ffi::PyObject) -> c_int {
    // SAFETY: the collector calls this attached, with an instance.
    unsafe {
        let this = object.cast::<Plain>();
        ffi::Py_CLEAR(&raw mut (*this).class);
        ffi::Py_CLEAR(&raw mut (*this).namespace);
        0
    }
}
