//! Whether classes and modules are as they were written: the condition of every short way.
//!
//! A Python module lists in `_SEAMS` what its general way goes through: tuples of names, each followed by what it stood for when the
//! module was made, or by an ellipsis if a class must have nothing there. Methods are looked up on the type at hand, so that a
//! derived class may override what is not on a list.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use crate::version_tag::{self, Kept, Known};

unsafe extern "C" {
    // Private to pyo3-ffi; exported by every CPython.
    fn _PyType_Lookup(class: *mut ffi::PyTypeObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

/// What was last seen to be as it was: the module's names, and for each of its lists, what [`Seams::mark`] gave of a class or
/// of another module's names; and the lists themselves.
pub(crate) struct Seen(Known, [AtomicU64; 24], Kept);

impl Seen {
    pub(crate) const fn new() -> Self {
        Self(Known::new(), [const { AtomicU64::new(0) }; 24], Kept::new())
    }
}

/// The lists of a module.
pub(crate) struct Seams<'py> {
    lists: Bound<'py, PyTuple>,
    seen: &'static Seen,
}

impl<'py> Seams<'py> {
    /// Those of `module`, if its own names are still what they were (the first list).
    pub(crate) fn of(module: Borrowed<'_, 'py, PyModule>, seen: &'static Seen) -> PyResult<Option<Self>> {
        let Some(this) = Self::lists(module, seen)? else { return Ok(None) };
        let namespace = module.dict();
        let namespace = namespace.as_ptr();
        // SAFETY: attached; a live dict.
        if unsafe { seen.0.is(namespace) } {
            return Ok(Some(this));
        }
        // SAFETY: attached; a live dict and a str; gives a borrowed reference, or null without an exception.
        let intact =
            this.all(0, |name, value| unsafe { ffi::PyDict_GetItemWithError(namespace, name) == value })?;
        if intact {
            // SAFETY: attached; a live dict.
            unsafe { seen.0.note(namespace) };
        }
        Ok(intact.then_some(this))
    }

    /// Those of `module`, for who does not go through its own names.
    pub(crate) fn lists(module: Borrowed<'_, 'py, PyModule>, seen: &'static Seen) -> PyResult<Option<Self>> {
        let Some(lists) = seen.2.item(&module.dict(), intern!(module.py(), "_SEAMS"))? else {
            return Ok(None);
        };
        Ok(Some(Self { lists: lists.cast_into::<PyTuple>()?, seen }))
    }

    /// Whether `object`'s class has what list `index` says, and the object itself hides nothing of its class.
    pub(crate) fn object(&self, index: usize, object: &Bound<'py, PyAny>) -> PyResult<bool> {
        Ok(self.class(index, object.get_type().as_any())?
            && attributes(object).is_some_and(|attributes| hides_nothing(object, &attributes, &[])))
    }

    /// Whether a class has what list `index` says.
    pub(crate) fn class(&self, index: usize, class: &Bound<'py, PyAny>) -> PyResult<bool> {
        let class: *mut ffi::PyTypeObject = class.as_ptr().cast();
        // SAFETY: a live type.
        let tag = || unsafe { version_tag::of_class(class.cast()) };
        let seen = self.slot(index);
        if tag() != 0 && seen.load(Ordering::Relaxed) == self.mark(class.cast(), tag()) {
            return Ok(true);
        }
        // SAFETY: attached; a live type and a str; gives a borrowed reference or null.
        let intact = self.all(index, |name, value| unsafe {
            let found = _PyType_Lookup(class, name);
            found == value || found.is_null() && value == ffi::Py_Ellipsis()
        })?;
        if intact {
            seen.store(self.mark(class.cast(), tag()), Ordering::Relaxed);
        }
        Ok(intact)
    }

    /// A number for a class in the state that it is in; None if it has none.
    pub(crate) fn state(&self, class: &Bound<'py, PyAny>) -> Option<u64> {
        // SAFETY: a live type.
        let tag = unsafe { version_tag::of_class(class.as_ptr()) };
        (tag != 0).then(|| self.mark(class.as_ptr(), tag))
    }

    /// Whether another module's names are what list `index` says.
    pub(crate) fn namespace(&self, index: usize, module: Borrowed<'_, 'py, PyModule>) -> PyResult<bool> {
        let namespace = module.dict();
        let namespace = namespace.as_ptr();
        let seen = self.slot(index);
        // SAFETY: a live dict.
        let tag = unsafe { version_tag::tag(namespace) };
        if tag != 0 && seen.load(Ordering::Relaxed) == self.mark(namespace.cast(), tag) {
            return Ok(true);
        }
        // SAFETY: attached; a live dict and a str; gives a borrowed reference, or null without an exception.
        let intact =
            self.all(index, |name, value| unsafe { ffi::PyDict_GetItemWithError(namespace, name) == value })?;
        if intact && tag != 0 {
            seen.store(self.mark(namespace.cast(), tag), Ordering::Relaxed);
        }
        Ok(intact)
    }

    fn slot(&self, index: usize) -> &'static AtomicU64 {
        &self.seen.1[index % self.seen.1.len()]
    }

    /// What else the module keeps there.
    pub(crate) fn item(&self, index: usize) -> PyResult<Bound<'py, PyAny>> {
        self.lists.get_item(index)
    }

    /// A number for a class or a dict in a state, and these lists.
    fn mark(&self, object: *mut ffi::PyObject, tag: u64) -> u64 {
        version_tag::mark(object, tag, self.lists.as_ptr() as usize)
    }

    /// Whether all names of a list, of the form name, value, name, value ..., are `same`.
    fn all(
        &self,
        index: usize,
        same: impl Fn(*mut ffi::PyObject, *mut ffi::PyObject) -> bool,
    ) -> PyResult<bool> {
        let list = self.lists.get_borrowed_item(index)?;
        let list = list.cast::<PyTuple>()?.as_ptr();
        // SAFETY: attached; a live tuple, read within its length.
        unsafe {
            let length = ffi::PyTuple_GET_SIZE(list);
            for place in (0..length - length % 2).step_by(2) {
                let (name, value) =
                    (ffi::PyTuple_GET_ITEM(list, place), ffi::PyTuple_GET_ITEM(list, place + 1));
                if ffi::PyUnicode_CheckExact(name) == 0 {
                    return Err(PyTypeError::new_err("a seam has no name"));
                }
                if !same(name, value) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

/// What `class` has as `name`, of its own or inherited.
pub(crate) fn lookup<'py>(
    class: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> Option<Borrowed<'py, 'py, PyAny>> {
    // SAFETY: as above; the class keeps what it gives for as long as no Python code runs, and it is only compared.
    unsafe { Borrowed::from_ptr_or_opt(class.py(), _PyType_Lookup(class.as_ptr().cast(), name.as_ptr())) }
}

/// Whether two dicts have the very same keys and values in the same order.
pub(crate) fn same_items(a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>) -> bool {
    let null = std::ptr::null_mut();
    let (mut at_a, mut at_b, mut items) = (0, 0, [null; 4]);
    // SAFETY: attached; both are dicts, nothing runs on the way, and what is found is only compared.
    unsafe {
        if ffi::PyDict_CheckExact(a.as_ptr()) == 0 || ffi::PyDict_CheckExact(b.as_ptr()) == 0 {
            return false;
        }
        let [key_a, value_a, key_b, value_b] = &mut items;
        loop {
            let more_a = ffi::PyDict_Next(a.as_ptr(), &raw mut at_a, &raw mut *key_a, &raw mut *value_a) != 0;
            let more_b = ffi::PyDict_Next(b.as_ptr(), &raw mut at_b, &raw mut *key_b, &raw mut *value_b) != 0;
            if more_a != more_b || !more_a {
                return more_a == more_b;
            }
            if key_a != key_b || value_a != value_b {
                return false;
            }
        }
    }
}

/// The attributes that an instance of a Python class keeps, if it keeps them in a plain dict.
pub(crate) fn attributes<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    // SAFETY: attached; a live object; gives a new reference, or null with an exception set, which is cleared.
    unsafe {
        let found = ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut());
        match Bound::from_owned_ptr_or_opt(object.py(), found) {
            Some(found) => found.cast_into_exact::<PyDict>().ok(),
            None => {
                ffi::PyErr_Clear();
                None
            }
        }
    }
}

/// What a dict has under a name; it is kept by nobody else than the dict.
#[inline]
pub(crate) fn item<'a, 'py>(
    dict: &'a Bound<'py, PyDict>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Borrowed<'a, 'py, PyAny>>> {
    // SAFETY: attached; a live dict and a str; gives a borrowed reference, or null, with an exception set if that was why. Who
    // calls this is done with what was found before it lets Python code run.
    unsafe {
        let found = ffi::PyDict_GetItemWithError(dict.as_ptr(), name.as_ptr());
        if found.is_null() && !ffi::PyErr_Occurred().is_null() {
            return Err(PyErr::fetch(dict.py()));
        }
        Ok(Borrowed::from_ptr_or_opt(dict.py(), found))
    }
}

/// Has an object keep its attributes in this dict.
pub(crate) fn set_attributes<'py>(object: &Bound<'py, PyAny>, kept: &Bound<'py, PyDict>) -> PyResult<()> {
    // SAFETY: attached; a live object and a dict; -1 with an exception set means failure.
    match unsafe { ffi::PyObject_GenericSetDict(object.as_ptr(), kept.as_ptr(), std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(PyErr::fetch(object.py())),
    }
}

/// Sets an attribute that an object keeps itself, past any `__setattr__`.
pub(crate) fn set_own<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    // SAFETY: attached; three live objects; -1 with an exception set means failure.
    match unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) } {
        0 => Ok(()),
        _ => Err(PyErr::fetch(object.py())),
    }
}

/// Whether none of the `attributes` of `object` hides one of its class, but for those whose names may: interned ones.
pub(crate) fn hides_nothing(
    object: &Bound<'_, PyAny>,
    attributes: &Bound<'_, PyDict>,
    may: &[&Bound<'_, PyString>],
) -> bool {
    let class = object.get_type();
    let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: attached; no Python code runs on the way, as names are str.
    unsafe {
        while ffi::PyDict_Next(attributes.as_ptr(), &raw mut position, &raw mut name, &raw mut value) != 0 {
            if ffi::PyUnicode_CheckExact(name) == 0
                || !_PyType_Lookup(class.as_type_ptr(), name).is_null()
                    && !may.iter().any(|allowed| allowed.as_ptr() == name)
            {
                return false;
            }
        }
    }
    true
}
