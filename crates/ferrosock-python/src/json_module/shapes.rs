//! Dicts of the same names in the same order, as records have them.
//!
//! A dict grows as members are put into it, and sorts its members anew each time. One that is a copy of a dict with the same
//! names has its size from the beginning. So the last few dicts of some size leave a template behind: their names, all with
//! the value None.

use pyo3::ffi;
use pyo3::prelude::*;

/// Dicts of fewer members never grow.
const FEWEST: usize = 6;
const MOST: usize = 64;
/// How many templates are kept; a power of two.
const PLACES: usize = 16;

struct Shape {
    /// The names, in order. The template, if there is one, holds them; else they are only compared.
    names: Vec<*mut ffi::PyObject>,
    /// A dict, or null for names that were seen once.
    template: *mut ffi::PyObject,
}

pub(super) struct Shapes([Shape; PLACES]);

impl Shapes {
    pub(super) const fn new() -> Self {
        Self([const { Shape { names: Vec::new(), template: std::ptr::null_mut() } }; PLACES])
    }

    /// The dict of some names, which are strs, and values, which take turns: a new reference, or null with an exception set.
    #[inline]
    pub(super) fn dict(&mut self, py: Python<'_>, members: &[*mut ffi::PyObject]) -> *mut ffi::PyObject {
        let count = members.len() / 2;
        if !(FEWEST..=MOST).contains(&count) {
            return filled(
                py,
                || {
                    // SAFETY: attached.
                    unsafe { ffi::PyDict_New() }
                },
                members,
            );
        }
        let place = (members[0] as usize >> 4 ^ count) & (PLACES - 1);
        let shape = &mut self.0[place];
        let same = shape.names.len() == count
            && shape.names.iter().zip(members.iter().step_by(2)).all(|(known, name)| known == name);
        if same && !shape.template.is_null() {
            // SAFETY: attached; a live dict of ours.
            return filled(py, || unsafe { ffi::PyDict_Copy(shape.template) }, members);
        }
        // SAFETY: attached.
        let dict = filled(py, || unsafe { ffi::PyDict_New() }, members);
        shape.learn(py, dict, members, same);
        dict
    }

    /// Gives up all references.
    pub(super) fn release(self, _py: Python<'_>) {
        for shape in self.0 {
            // SAFETY: attached; a dict of ours, or null.
            unsafe { ffi::Py_XDECREF(shape.template) };
        }
    }
}

impl Shape {
    /// Notes the names of a dict; the second time in a row it becomes the template.
    #[cold]
    fn learn(
        &mut self,
        _py: Python<'_>,
        dict: *mut ffi::PyObject,
        members: &[*mut ffi::PyObject],
        again: bool,
    ) {
        // SAFETY: attached; a live dict or null; its names are strs, so no Python code runs. What cannot be made for want of
        // memory is done without, and the exception forgotten.
        unsafe {
            let old = std::mem::replace(&mut self.template, std::ptr::null_mut());
            ffi::Py_XDECREF(old);
            // A name that came twice is no member of its own.
            if dict.is_null() || ffi::PyDict_Size(dict) as usize != members.len() / 2 {
                return self.names.clear();
            }
            self.names.clear();
            self.names.extend(members.iter().step_by(2));
            if again {
                let template = ffi::PyDict_Copy(dict);
                let empty = |name| ffi::PyDict_SetItem(template, name, ffi::Py_None()) == 0;
                if !template.is_null() && self.names.iter().all(|&name| empty(name)) {
                    self.template = template;
                } else {
                    ffi::Py_XDECREF(template);
                    ffi::PyErr_Clear();
                }
            }
        }
    }
}

/// Puts members into a fresh dict: the dict, or null with an exception set.
#[inline]
fn filled(
    _py: Python<'_>,
    fresh: impl FnOnce() -> *mut ffi::PyObject,
    members: &[*mut ffi::PyObject],
) -> *mut ffi::PyObject {
    let dict = fresh();
    // SAFETY: attached; live strs and objects; the dict takes references of its own, and no Python code runs.
    unsafe {
        for pair in members.chunks_exact(2) {
            if dict.is_null() || ffi::PyDict_SetItem(dict, pair[0], pair[1]) != 0 {
                ffi::Py_XDECREF(dict);
                return std::ptr::null_mut();
            }
        }
    }
    dict
}
