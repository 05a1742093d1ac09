//! What encoders of nested values share: going through containers that Python code may change meanwhile, and making them.

use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyTuple};

use crate::convert::next_entry;
use crate::ints;

/// An array up to this size is made at once; a larger one grows, since its announced size may be a lie, and lies may be
/// nested.
const AT_ONCE: usize = 256;

/// How many items a list or tuple has, whatever a method of a derived class says.
pub(crate) fn len(sequence: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(match sequence.cast::<PyTuple>() {
        Ok(tuple) => tuple.len(),
        Err(_) => sequence.cast::<PyList>()?.len(),
    })
}

/// Calls `each` with the items of a list or tuple. RuntimeError if it changes its size meanwhile.
pub(crate) fn items<'py>(
    sequence: &Bound<'py, PyAny>,
    mut each: impl FnMut(Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    if let Ok(tuple) = sequence.cast::<PyTuple>() {
        return tuple.iter_borrowed().try_for_each(|item| each(item.to_owned()));
    }
    let list = sequence.cast::<PyList>()?;
    let size = list.len();
    for place in 0..size {
        each(list.get_item(place)?)?;
        if list.len() != size {
            return Err(PyRuntimeError::new_err("list changed size during iteration"));
        }
    }
    Ok(())
}

/// Calls `each` with the keys and values of a dict. RuntimeError if it changes its size meanwhile.
pub(crate) fn pairs<'py>(
    dict: &Bound<'py, PyDict>,
    mut each: impl FnMut(Bound<'py, PyAny>, Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    let size = dict.len();
    let mut place = 0;
    loop {
        let Some((key, value)) = next_entry(dict, &mut place) else {
            return Ok(());
        };
        each(key, value)?;
        if dict.len() != size {
            return Err(PyRuntimeError::new_err("dictionary changed size during iteration"));
        }
    }
}

/// A list of `count` items, or a tuple.
pub(crate) fn sequence<'py>(
    py: Python<'py>,
    count: usize,
    as_list: bool,
    mut next: impl FnMut() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    if count > AT_ONCE {
        let list = PyList::empty(py);
        for _ in 0..count {
            list.append(next()?)?;
        }
        return Ok(if as_list { list.into_any() } else { list.to_tuple().into_any() });
    }
    let mut found = smallvec::SmallVec::<[Bound<'py, PyAny>; 16]>::new();
    found.try_reserve(count).map_err(|_| PyMemoryError::new_err(()))?;
    for _ in 0..count {
        found.push(next()?);
    }
    // SAFETY: attached; a new list or tuple of that size, each place of which takes over one reference.
    unsafe {
        let size = count as ffi::Py_ssize_t;
        let made = if as_list { ffi::PyList_New(size) } else { ffi::PyTuple_New(size) };
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        for (place, item) in found.into_iter().enumerate() {
            let place = place as ffi::Py_ssize_t;
            if as_list {
                ffi::PyList_SET_ITEM(made.as_ptr(), place, item.into_ptr());
            } else {
                ffi::PyTuple_SET_ITEM(made.as_ptr(), place, item.into_ptr());
            }
        }
        Ok(made)
    }
}

/// The number of an int.
pub(crate) enum Number {
    Signed(i64),
    Unsigned(u64),
    /// Beyond 64 bits.
    Big,
}

/// Reads an int, or one of a subclass.
#[inline]
pub(crate) fn number(value: &Bound<'_, PyInt>) -> PyResult<Number> {
    // SAFETY: attached, a live int.
    unsafe {
        if let Some(number) = ints::short_int(value.as_ptr()) {
            return Ok(Number::Signed(number));
        }
        let mut beyond = 0;
        let number = ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut beyond);
        if beyond == 0 {
            return Ok(Number::Signed(number));
        }
        if beyond > 0 {
            let number = ffi::PyLong_AsUnsignedLongLong(value.as_ptr());
            if number != u64::MAX || ffi::PyErr_Occurred().is_null() {
                return Ok(Number::Unsigned(number));
            }
            ffi::PyErr_Clear();
        }
    }
    Ok(Number::Big)
}

/// MemoryError, for a reservation that was refused.
pub(crate) fn no_memory<E>(_: E) -> PyErr {
    PyMemoryError::new_err(())
}
