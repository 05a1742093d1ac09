//! `IdentityProperty`: the property under `socket.family` and `socket.type`.
//!
//! It derives from Python's `property`, so that everything that looks at properties (`inspect`, `pydoc`, mocks,
//! `setter` ...) finds one, with a Python function behind it. Read from one of our sockets it takes the number out of the
//! object's head and the enum's member out of a table: no Python frame, no lookup in a dict.

use std::ffi::{CStr, c_int, c_void};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{Borrowed, ffi};

use crate::call::enter_status;
use crate::class::{Class, object_member, offset_member, visit_all};
use crate::socket_module::CALLS;
use crate::socket_module::object::{self, SocketObject};

/// What an instance holds behind the fields of its base, zeroed at first.
#[repr(C)]
struct Extra {
    /// A tuple: the member for each number, None where there is none. Null for a plain property.
    members: *mut ffi::PyObject,
    /// The attributes of the instance, such as `__doc__`.
    dict: *mut ffi::PyObject,
    /// The number is the type; else the family.
    is_type: bool,
}

/// Numbers from here on have no place in the table; there are none such.
const TABLE: i32 = 256;

/// Where [`Extra`] begins in an instance.
fn base_size() -> usize {
    // SAFETY: a static of the interpreter, which is not written to any more.
    unsafe { ffi::PyProperty_Type.tp_basicsize as usize }
}

/// # Safety
/// `object` is an instance.
unsafe fn extra(object: *mut ffi::PyObject) -> *mut Extra {
    // SAFETY: promised by the caller; instances have room for Extra behind the base.
    unsafe { object.cast::<u8>().add(base_size()).cast() }
}

/// The class, made once in a process.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS
        .get_or_try_init(py, || {
            // SAFETY: a static type of the interpreter.
            let base = unsafe {
                Borrowed::from_ptr(py, (&raw mut ffi::PyProperty_Type).cast()).cast_unchecked::<PyType>()
            };
            let at = |offset| base_size() + offset;
            Class::new(c"ferrosock._native.fast.IdentityProperty", DOC)
                .slot(ffi::Py_tp_init, init as *mut c_void)
                .slot(ffi::Py_tp_descr_get, get as *mut c_void)
                .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
                .slot(ffi::Py_tp_clear, clear as *mut c_void)
                .members(Vec::from([
                    object_member(
                        c"members",
                        at(std::mem::offset_of!(Extra, members)),
                        c"the member of each number",
                    ),
                    offset_member(c"__dictoffset__", at(std::mem::offset_of!(Extra, dict))),
                ]))
                .build_on(&base, size_of::<Extra>())
                .map(Bound::unbind)
        })
        .map(|class| class.bind(py).clone())
}

const DOC: &CStr = c"IdentityProperty(fget=None, fset=None, fdel=None, doc=None, *, members=None)

A property whose value, of a socket of ours, is the member of an enum.

members is the enum: its members, and the name of fget, which is 'family' or 'type', say what is read. On any other
object, and without members, this is a property as Python's own.

Raises TypeError or ValueError for members that are none or are out of range.";

/// `tp_init`.
unsafe extern "C" fn init(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached, with an instance, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        enter_status(py, &CALLS, || {
            let mut rest = std::ptr::null_mut();
            let mut members = None;
            let copy;
            if let Some(keywords) = Borrowed::from_ptr_or_opt(py, keywords) {
                copy = keywords.cast_unchecked::<PyDict>().copy()?;
                members = copy.get_item("members")?.filter(|members| !members.is_none());
                if members.is_some() {
                    copy.del_item("members")?;
                }
                rest = copy.as_ptr();
            }
            let base = ffi::PyProperty_Type.tp_init;
            if base.is_some_and(|base| base(object, args, rest) != 0) {
                return Err(PyErr::fetch(py));
            }
            let Some(members) = members else { return Ok(()) };
            let this: Borrowed<'_, '_, PyAny> = Borrowed::from_ptr(py, object);
            let name = this.getattr("fget")?.getattr("__name__")?.cast_into::<PyString>()?;
            let is_type = match name.to_str()? {
                "family" => false,
                "type" => true,
                _ => return Err(PyValueError::new_err("fget must be named 'family' or 'type'")),
            };
            let table = table(&members)?;
            let extra = extra(object);
            (*extra).is_type = is_type;
            let old = std::mem::replace(&mut (*extra).members, table.into_ptr());
            ffi::Py_XDECREF(old);
            Ok(())
        })
    }
}

/// The members of an enum, each at the place of its number.
fn table<'py>(members: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let mut places = Vec::new();
    for member in members.try_iter()? {
        let member = member?;
        let number: i32 = member.extract().map_err(|_| PyTypeError::new_err("members must be integers"))?;
        // A flag such as SOCK_CLOEXEC is never what a socket is.
        if number >= TABLE {
            continue;
        }
        let place = usize::try_from(number).map_err(|_| PyValueError::new_err("a member is negative"))?;
        if places.len() <= place {
            places.resize(place + 1, None);
        }
        places[place] = Some(member);
    }
    PyTuple::new(members.py(), places)
}

/// `tp_descr_get`.
unsafe extern "C" fn get(
    this: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    class: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance, and an object and its class or null. A tuple is
    // only read within its length; whoever assigns to `members` while it is read has it alive, since `items` is borrowed
    // for two loads with no Python code between.
    unsafe {
        let py = Python::assume_attached();
        let extra = extra(this);
        let table = (*extra).members;
        if !object.is_null() && !table.is_null() && ffi::PyTuple_CheckExact(table) != 0 {
            if let Some(socket) = object::receive(py, Borrowed::from_ptr(py, object)) {
                return value(&socket, table, (*extra).is_type);
            }
        }
        match ffi::PyProperty_Type.tp_descr_get {
            Some(base) => base(this, object, class),
            None => std::ptr::null_mut(),
        }
    }
}

/// The member for a socket's family or type, or the number itself: a new reference.
///
/// # Safety
/// `table` is a live tuple.
#[inline]
unsafe fn value(
    socket: &SocketObject<'_, '_>,
    table: *mut ffi::PyObject,
    is_type: bool,
) -> *mut ffi::PyObject {
    let identity = socket.identity();
    let number = if is_type { identity.kind } else { identity.family };
    // SAFETY: attached, since there is a SocketObject; the index is within the tuple.
    unsafe {
        if (0..ffi::PyTuple_GET_SIZE(table)).contains(&(number as ffi::Py_ssize_t)) {
            let member = ffi::PyTuple_GET_ITEM(table, number as ffi::Py_ssize_t);
            if member != ffi::Py_None() {
                return ffi::Py_NewRef(member);
            }
        }
        ffi::PyLong_FromLong(number.into())
    }
}

/// `tp_traverse`.
unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector calls this with an instance; the base is static, so its class is ours to visit.
    unsafe {
        let extra = extra(object);
        let own = [(*extra).members, (*extra).dict, ffi::Py_TYPE(object).cast()];
        let found = visit_all(own, visit, argument);
        if found != 0 {
            return found;
        }
        ffi::PyProperty_Type.tp_traverse.map_or(0, |base| base(object, visit, argument))
    }
}

/// `tp_clear`.
unsafe extern "C" fn clear(object: *mut ffi::PyObject) -> c_int {
    // SAFETY: the collector calls this attached, with an instance.
    unsafe {
        let extra = extra(object);
        ffi::Py_CLEAR(&raw mut (*extra).members);
        ffi::Py_CLEAR(&raw mut (*extra).dict);
        ffi::PyProperty_Type.tp_clear.map_or(0, |base| base(object))
    }
}
