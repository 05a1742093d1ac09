//! Python objects to Rust values, with the refusals and words of CPython's own argument parsing.

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;

/// The name of an object's type as messages of `PyArg_Parse*` give it: `None` for None.
pub(crate) fn described(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() { "None".to_owned() } else { type_name(value) }
}

/// The short name of an object's type (`tp_name`), as in "not 'str'".
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    // SAFETY: a live object's type is alive and its name is NUL-terminated for the life of the type.
    let name = unsafe { std::ffi::CStr::from_ptr((*ffi::Py_TYPE(value.as_ptr())).tp_name) };
    name.to_string_lossy().into_owned()
}

/// A C `long` by `__index__`: TypeError for what is no integer, OverflowError for what does not fit.
#[inline]
pub(crate) fn long(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    // SAFETY: a live object, attached; -1 with an error set means failure.
    let number = unsafe { ffi::PyLong_AsLong(value.as_ptr()) };
    if number == -1 {
        raised(value.py())?;
    }
    #[allow(clippy::useless_conversion, reason = "C's long is 32 bits wide on some platforms")]
    Ok(i64::from(number))
}

/// A C `int` as format unit `i` reads it.
#[inline]
pub(crate) fn int(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    let number = long(value)?;
    i32::try_from(number).map_err(|_| {
        PyOverflowError::new_err(if number > 0 {
            "signed integer is greater than maximum"
        } else {
            "signed integer is less than minimum"
        })
    })
}

/// A `Py_ssize_t` as format unit `n` reads it.
#[inline]
pub(crate) fn ssize(value: &Bound<'_, PyAny>) -> PyResult<isize> {
    // SAFETY: a live object, attached. An exact int needs no __index__; -1 with an error set means failure.
    let number = unsafe {
        if ffi::PyLong_CheckExact(value.as_ptr()) != 0 {
            ffi::PyLong_AsSsize_t(value.as_ptr())
        } else {
            let index = ffi::PyNumber_Index(value.as_ptr());
            if index.is_null() {
                -1
            } else {
                let number = ffi::PyLong_AsSsize_t(index);
                ffi::Py_DECREF(index);
                number
            }
        }
    };
    if number == -1 {
        raised(value.py())?;
    }
    Ok(number)
}

/// The error that the interpreter has set, if it has.
#[inline]
pub(crate) fn raised(py: Python<'_>) -> PyResult<()> {
    PyErr::take(py).map_or(Ok(()), Err)
}

/// What a file descriptor argument may be: an integer, or an object with a `fileno()` method that gives one.
///
/// TypeError for anything else, ValueError for a negative one, as `PyObject_AsFileDescriptor` raises them.
pub(crate) fn file_descriptor(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    // SAFETY: a live object, attached; -1 means that an error is set.
    let fd = unsafe { ffi::PyObject_AsFileDescriptor(value.as_ptr()) };
    if fd == -1 { Err(PyErr::fetch(value.py())) } else { Ok(fd) }
}

/// A TypeError "`wanted`, not `type`", such as "AF_INET address must be tuple, not int".
pub(crate) fn not_a(wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{wanted}, not {}", type_name(value)))
}
