//! Messages that are made when somebody asks for them: most programs look at few fields of a response, or at none.
//!
//! The head that came is kept in the instance's dict, in the place of the message ([`LazyMessage`]). The class has a
//! [data descriptor](attribute) for each attribute that may hold one, and one for `__dict__`: whoever reads any of them finds
//! the message, made at that moment and put into all places of the instance that were for it. So nobody sees the head
//! but native code that goes to the dict itself. A class that uses it, for an attribute `headers`:
//!
//! - has `headers = _lazy_attribute("headers")` and `__dict__ = _lazy_attribute("__dict__")` in its body;
//! - is looked at when copied (`ferrosock._lazy`), as `object`'s own `__getstate__` reads the dict itself;
//! - lists these descriptors among its seams, and where they are what they were, native code may [`LazyMessage::put`].
//!
//! An assignment or a deletion goes to the dict as it always did.

use std::ffi::{CStr, c_int, c_void};

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::message::{Fields, OwnedFields, Places};
use crate::call::{Args, enter, enter_status, native_fast};
use crate::class::{Class, instantiate, state_of};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"lazy_attribute", lazy_attribute, ATTRIBUTE_DOC)])
}

/// A header section, and what its message is to be.
pub(crate) struct LazyMessage {
    fields: OwnedFields,
    class: Py<PyType>,
    policy: Py<PyAny>,
    made: PyOnceLock<Py<PyAny>>,
}

impl LazyMessage {
    /// A header section whose message will be of a class that [may be filled](super::message::may_fill).
    pub(super) fn new(
        section: Vec<u8>,
        places: &Places,
        class: &Bound<'_, PyType>,
        policy: Bound<'_, PyAny>,
    ) -> Self {
        Self {
            fields: OwnedFields::new(section, places),
            class: class.clone().unbind(),
            policy: policy.unbind(),
            made: PyOnceLock::new(),
        }
    }

    /// Puts the message under some names of the dict of an instance whose class has descriptors for them.
    pub(super) fn put(self, kept: &Bound<'_, PyDict>, names: &[&Bound<'_, PyString>]) -> PyResult<()> {
        let this = instantiate(&class(kept.py())?, self)?;
        for name in names {
            kept.set_item(name, &this)?;
        }
        Ok(())
    }

    /// What a value of a dict is, if it is one.
    pub(crate) fn of<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a Self> {
        let py = value.py();
        // SAFETY: the class is the one whose instances hold such a state, and it has no derived ones; the value is alive
        // for 'a.
        CLASS
            .get(py)
            .filter(|class| value.get_type().is(class))
            .map(|_| unsafe { &*state_of::<Self>(value.as_ptr()) })
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        self.fields.borrowed()
    }

    pub(crate) fn class<'py>(&self, py: Python<'py>) -> &Bound<'py, PyType> {
        self.class.bind(py)
    }

    /// The message, which is made once.
    fn message<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let make = || self.fields().message(self.class(py), self.policy.bind(py)).map(Bound::unbind);
        self.made.get_or_try_init(py, make).map(|made| made.bind(py).clone())
    }
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let make = || {
        Class::new(
            c"ferrosock._native.http.LazyMessage",
            c"A header section whose message has not been made.",
        )
        .not_callable()
        .build::<LazyMessage>(py)
        .map(Bound::unbind)
    };
    CLASS.get_or_try_init(py, make).map(|class| class.bind(py).clone())
}

/// Makes the messages that the dict of an instance has in store.
fn fill(kept: &Bound<'_, PyDict>) -> PyResult<()> {
    let stored: Vec<_> = kept.iter().filter(|(_, value)| LazyMessage::of(value).is_some()).collect();
    for (name, value) in stored {
        if let Some(lazy) = LazyMessage::of(&value) {
            kept.set_item(name, lazy.message(kept.py())?)?;
        }
    }
    Ok(())
}

/// The dict of an instance, whatever its class says that its `__dict__` is.
fn dict_of<'py>(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; a live object; gives a new reference, or null with an exception set.
    unsafe {
        let found = ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(object.py(), found)
    }
}

/// The descriptor's state: the attribute's name. That of the whole dict has none.
struct Attribute(Option<Py<PyString>>);

const ATTRIBUTE_DOC: &CStr = c"lazy_attribute($module, name, /)
--

Return a data descriptor for an attribute that may hold a message which has not been made, or for '__dict__'.";

fn lazy_attribute<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    static DESCRIPTOR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    args.between(1, 1)?;
    let py = module.py();
    let make = || {
        Class::new(
            c"ferrosock._native.http.LazyAttribute",
            c"An attribute whose value is made when it is read.",
        )
        .not_callable()
        .slot(ffi::Py_tp_descr_get, get as *mut c_void)
        .slot(ffi::Py_tp_descr_set, set as *mut c_void)
        .build::<Attribute>(py)
        .map(Bound::unbind)
    };
    let class = DESCRIPTOR.get_or_try_init(py, make)?.bind(py);
    let name = args.object(0)?;
    let name = name.cast_exact::<PyString>()?.to_owned();
    let whole = name == "__dict__";
    instantiate(class, Attribute((!whole).then(|| name.unbind())))
}

/// `tp_descr_get`.
unsafe extern "C" fn get(
    this: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    class: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a descriptor, and an object and its class; one of the two may be null.
    unsafe {
        let py = Python::assume_attached();
        if let Some(value) = made(py, &*state_of::<Attribute>(this), object) {
            return value.into_ptr();
        }
        enter(py, &CALLS, || {
            let Attribute(name) = &*state_of::<Attribute>(this);
            let object = Borrowed::from_ptr_or_opt(py, object);
            let Some(name) = name else {
                // Of the class it is the descriptor itself.
                let Some(object) = object else { return Ok(Borrowed::from_ptr(py, this).to_owned()) };
                let kept = dict_of(object)?;
                fill(kept.cast::<PyDict>()?)?;
                return Ok(kept);
            };
            let name = name.bind(py);
            let Some(object) = object else {
                return Err(missing(Borrowed::from_ptr_or_err(py, class)?, name));
            };
            let kept = dict_of(object)?;
            let kept = kept.cast::<PyDict>()?;
            let Some(value) = kept.get_item(name)? else { return Err(missing(object, name)) };
            let Some(lazy) = LazyMessage::of(&value) else { return Ok(value) };
            let message = lazy.message(py)?;
            fill(kept)?;
            Ok(message)
        })
    }
}

/// What an attribute has, if nothing is to be made: the short way, which runs no Python code.
///
/// # Safety
/// A live object, or null.
#[inline]
unsafe fn made<'py>(
    py: Python<'py>,
    attribute: &Attribute,
    object: *mut ffi::PyObject,
) -> Option<Bound<'py, PyAny>> {
    let name = attribute.0.as_ref().filter(|_| !object.is_null())?;
    // SAFETY: promised by the caller; attached. The dict, if it is one, is alive while its item is taken.
    unsafe {
        let kept = ffi::PyObject_GenericGetDict(object, std::ptr::null_mut());
        let kept = Bound::from_owned_ptr_or_opt(py, kept);
        let found = kept.and_then(|kept| {
            let found = ffi::PyDict_GetItemWithError(kept.as_ptr(), name.as_ptr());
            Borrowed::from_ptr_or_opt(py, found).map(Borrowed::to_owned)
        });
        if found.is_none() {
            ffi::PyErr_Clear();
        }
        found.filter(|value| LazyMessage::of(value).is_none())
    }
}

/// `tp_descr_set`.
unsafe extern "C" fn set(
    this: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached, with a descriptor, an object, and a value or null.
    unsafe {
        let py = Python::assume_attached();
        enter_status(py, &CALLS, || {
            let Attribute(name) = &*state_of::<Attribute>(this);
            let object = Borrowed::from_ptr(py, object);
            let value: Option<Borrowed<'_, '_, PyAny>> = Borrowed::from_ptr_or_opt(py, value);
            let Some(name) = name else {
                let value = value.map_or(std::ptr::null_mut(), Borrowed::as_ptr);
                let status = ffi::PyObject_GenericSetDict(object.as_ptr(), value, std::ptr::null_mut());
                return if status < 0 { Err(PyErr::fetch(py)) } else { Ok(()) };
            };
            let name = name.bind(py);
            let kept = dict_of(object)?;
            let kept = kept.cast::<PyDict>()?;
            match value {
                Some(value) => kept.set_item(name, value),
                None if kept.contains(name)? => kept.del_item(name),
                None => Err(missing(object, name)),
            }
        })
    }
}

/// The error of who asks an object for what it does not have.
#[cold]
fn missing(object: Borrowed<'_, '_, PyAny>, name: &Bound<'_, PyString>) -> PyErr {
    let py = object.py();
    let words = || {
        let text = match object.cast::<PyType>() {
            Ok(class) => format!("type object '{}' has no attribute '{name}'", class.name()?),
            Err(_) => format!("'{}' object has no attribute '{name}'", object.get_type().name()?),
        };
        let error = PyAttributeError::new_err(text);
        error.value(py).setattr(intern!(py, "name"), name)?;
        error.value(py).setattr(intern!(py, "obj"), object)?;
        Ok(error)
    };
    words().unwrap_or_else(|error: PyErr| error)
}
