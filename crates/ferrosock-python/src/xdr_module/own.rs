//! Telling the native methods of an object from what a program may have put in their place.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};
use pyo3::{Borrowed, ffi};

/// The methods of a class of which there is need to know.
pub(super) struct Methods<K>(Vec<Method<K>>);

struct Method<K> {
    /// What it does.
    kind: K,
    /// Its row in the method table.
    row: *mut ffi::PyMethodDef,
    name: Py<PyString>,
    /// The method as the class has it.
    unbound: Py<PyAny>,
}

// SAFETY: the pointers are to leaked tables of methods, and are only compared.
unsafe impl<K: Send> Send for Methods<K> {}
// SAFETY: as above.
unsafe impl<K: Sync> Sync for Methods<K> {}

impl<K: Copy + PartialEq> Methods<K> {
    /// Those methods of `class`, by their names, of which there is need to know.
    pub(super) fn of(class: &Bound<'_, PyType>, kinds: &[(&str, K)]) -> PyResult<Self> {
        // The rows can be seen on methods that are bound to an object.
        let object = class.call_method1("__new__", (class,))?;
        let method = |(name, kind): &(&str, K)| {
            Ok(Method {
                kind: *kind,
                row: row(&object.getattr(name)?),
                name: PyString::intern(class.py(), name).unbind(),
                unbound: class.getattr(name)?.unbind(),
            })
        };
        kinds.iter().map(method).collect::<PyResult<_>>().map(Self)
    }

    /// Whether the class of `object` has this method from ours. What the object itself has does not count, as for an
    /// object that is just being made.
    #[inline]
    pub(super) fn is_inherited(&self, object: Borrowed<'_, '_, PyAny>, kind: K) -> bool {
        self.method(kind).is_some_and(|method| {
            match object.get_type().getattr(method.name.bind(object.py())) {
                Ok(found) => found.is(&method.unbound),
                Err(error) => dismissed(error),
            }
        })
    }

    /// What `callable` does, if it is a native method bound to `object`.
    #[inline]
    pub(super) fn kind(
        &self,
        callable: Borrowed<'_, '_, PyAny>,
        object: Borrowed<'_, '_, PyAny>,
    ) -> Option<K> {
        // SAFETY: a live object, whose exact type is looked at before its fields.
        unsafe {
            if ffi::PyCFunction_CheckExact(callable.as_ptr()) == 0
                || (*callable.as_ptr().cast::<ffi::PyCFunctionObject>()).m_self != object.as_ptr()
            {
                return None;
            }
        }
        let found = row(&callable);
        self.0.iter().find(|method| method.row == found).map(|method| method.kind)
    }

    /// Whether `object` has the native method of this kind under its name.
    #[inline]
    pub(super) fn has(&self, object: Borrowed<'_, '_, PyAny>, kind: K) -> bool {
        self.method(kind).is_some_and(|method| match object.getattr(method.name.bind(object.py())) {
            Ok(found) => self.kind(found.as_borrowed(), object) == Some(kind),
            Err(error) => dismissed(error),
        })
    }

    #[inline]
    fn method(&self, kind: K) -> Option<&Method<K>> {
        self.0.iter().find(|method| method.kind == kind)
    }
}

/// A method that cannot be found is not ours; whoever calls it will meet the error.
#[cold]
fn dismissed(error: PyErr) -> bool {
    crate::error::dismiss(error);
    false
}

/// The row of the method table behind a builtin function or a bound native method; null for any other object.
fn row(function: &Bound<'_, PyAny>) -> *mut ffi::PyMethodDef {
    // SAFETY: a live object, whose exact type is looked at before its fields.
    unsafe {
        match ffi::PyCFunction_CheckExact(function.as_ptr()) {
            0 => std::ptr::null_mut(),
            _ => (*function.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml,
        }
    }
}
