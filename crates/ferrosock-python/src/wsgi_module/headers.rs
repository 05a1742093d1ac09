//! What `wsgiref.headers.Headers` does to its list, if that is what it is in nearly all cases: a list of pairs of str, whose
//! names are ASCII.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi};

use super::CALLS;
use crate::call::{Args, native_fast};
use crate::memory;
use crate::text::{self, Units};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"first", first, FIRST_DOC),
        native_fast!(CALLS, c"every", every, EVERY_DOC),
        native_fast!(CALLS, c"remove", remove, REMOVE_DOC),
        native_fast!(CALLS, c"lines", lines, LINES_DOC),
    ])
}

/// A name and a value: two str.
pub(super) type Pair<'a, 'py> = (Borrowed<'a, 'py, PyString>, Borrowed<'a, 'py, PyString>);

/// The name and the value of an item of a list of headers.
pub(super) fn pair<'a, 'py>(item: &'a Bound<'py, PyAny>) -> Option<Pair<'a, 'py>> {
    let pair = item.cast_exact::<PyTuple>().ok().filter(|pair| pair.len() == 2)?.as_borrowed();
    let part = |index| -> Option<Borrowed<'a, 'py, PyString>> {
        // SAFETY: a live tuple of two items, which never change.
        let part: Borrowed<'a, 'py, PyAny> =
            unsafe { Borrowed::from_ptr(item.py(), ffi::PyTuple_GET_ITEM(pair.as_ptr(), index)) };
        part.cast_exact::<PyString>().ok()
    };
    Some((part(0)?, part(1)?))
}

/// A copy of the list, which nobody changes meanwhile, and the name in lower case; None if they need judgement.
fn plain<'a, 'py>(
    list: Borrowed<'_, 'py, PyAny>,
    name: Borrowed<'a, 'py, PyAny>,
) -> Option<(Bound<'py, PyList>, &'a [u8])> {
    let list = list.cast_exact::<PyList>().ok()?;
    let name = text::ascii(name.cast_exact::<PyString>().ok()?)?;
    let list = list.get_slice(0, list.len());
    // A character that is not ASCII may be one in lower case.
    let all = list.iter().all(|item| pair(&item).is_some_and(|(name, _)| text::ascii(name).is_some()));
    all.then_some((list, name))
}

/// Whether an item of such a list has that name.
fn has_name(item: &Bound<'_, PyAny>, name: &[u8]) -> bool {
    pair(item).and_then(|(has, _)| text::ascii(has)).is_some_and(|has| has.eq_ignore_ascii_case(name))
}

const FIRST_DOC: &CStr = c"first($module, headers, name, default, /)
--

Return the value of the first header of a name in lower case, default if there is none; NotImplemented if the list is for the
general way.";

fn first<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let Some((list, name)) = plain(args.object(0)?, args.object(1)?) else {
        return Ok(py.NotImplemented().into_bound(py));
    };
    let found = list.iter().find(|item| has_name(item, name));
    Ok(match found.as_ref().and_then(pair) {
        Some((_, value)) => value.to_owned().into_any(),
        None => args.object(2)?.to_owned(),
    })
}

const EVERY_DOC: &CStr = c"every($module, headers, name, /)
--

Return the values of the headers of a name in lower case; None if the list is for the general way.";

fn every<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let Some((list, name)) = plain(args.object(0)?, args.object(1)?) else {
        return Ok(py.None().into_bound(py));
    };
    let found = PyList::empty(py);
    for item in list.iter().filter(|item| has_name(item, name)) {
        if let Some((_, value)) = pair(&item) {
            found.append(value)?;
        }
    }
    Ok(found.into_any())
}

const REMOVE_DOC: &CStr = c"remove($module, headers, name, /)
--

Remove the headers of a name in lower case from the list. Returns False, with nothing done, if the list is for the general way.";

fn remove<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let done = |done| Ok(PyBool::new(py, done).to_owned().into_any());
    let Some((list, name)) = plain(args.object(0)?, args.object(1)?) else { return done(false) };
    if list.iter().any(|item| has_name(&item, name)) {
        let left = PyList::empty(py);
        for item in list.iter().filter(|item| !has_name(item, name)) {
            left.append(item)?;
        }
        let headers = args.object(0)?.cast::<PyList>()?;
        headers.set_slice(0, headers.len(), left.as_any())?;
    }
    done(true)
}

const LINES_DOC: &CStr = c"lines($module, headers, /)
--

Return the lines of the headers and the empty one behind them, in Latin-1; None if the list is for the general way.";

fn lines<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let mut lines = Vec::new();
    let done = match args.object(0)?.cast_exact::<PyList>() {
        Ok(list) => append_lines(&mut lines, &list)?,
        Err(_) => false,
    };
    Ok(if done { memory::bytes_object(py, &lines)?.into_any() } else { py.None().into_bound(py) })
}

/// Appends the lines of a list of headers, and the empty one. Gives false if it needs judgement.
pub(super) fn append_lines(lines: &mut Vec<u8>, list: &Bound<'_, PyList>) -> PyResult<bool> {
    for item in list.iter() {
        let Some((name, value)) = pair(&item) else { return Ok(false) };
        if !append_text(lines, name)? {
            return Ok(false);
        }
        memory::append(lines, b": ")?;
        if !append_text(lines, value)? {
            return Ok(false);
        }
        memory::append(lines, b"\r\n")?;
    }
    memory::append(lines, b"\r\n")?;
    Ok(true)
}

/// Appends a str in Latin-1. Gives false if it has characters beyond.
pub(super) fn append_text(bytes: &mut Vec<u8>, text: Borrowed<'_, '_, PyString>) -> PyResult<bool> {
    let (Units::Ascii(units) | Units::Latin(units)) = text::units(text)? else { return Ok(false) };
    memory::append(bytes, units)?;
    Ok(true)
}
