//! The arguments of a call, read with the words of CPython's `PyArg_Parse*` family and of Argument Clinic.

use std::ffi::CStr;

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::{Calls, enter};
use crate::memory;

/// What a `tp_new` does: enters native code, and hands `body` the class and the arguments.
///
/// # Safety
/// Called by the interpreter, attached, with a live type, a tuple, and a dict or null.
pub(crate) unsafe fn enter_new<'py>(
    calls: &Calls,
    name: &'static CStr,
    class: *mut ffi::PyTypeObject,
    positional: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
    body: impl FnOnce(&Bound<'py, PyType>, Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>>,
) -> *mut ffi::PyObject {
    // SAFETY: promised by the caller.
    unsafe {
        let py = Python::assume_attached();
        let class = Borrowed::from_ptr(py, class.cast()).cast_unchecked::<PyType>();
        enter(py, calls, || with_slot_args(py, name, positional, keywords, |args| body(&class, args)))
    }
}

/// Hands `body` the arguments of a slot such as `tp_new`.
///
/// # Safety
/// `positional` is a live tuple, `keywords` a live dict or null.
pub(crate) unsafe fn with_slot_args<'py, R>(
    py: Python<'py>,
    name: &'static CStr,
    positional: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
    body: impl FnOnce(Args<'_, 'py>) -> PyResult<R>,
) -> PyResult<R> {
    // SAFETY: promised by the caller; the tuple and the dict keep the values alive.
    unsafe {
        let positional: Borrowed<'_, '_, PyTuple> = Borrowed::from_ptr(py, positional).cast_unchecked();
        // The dict may change while Python code runs for an argument: these tuples don't.
        let named = Borrowed::from_ptr_or_opt(py, keywords).map(|keywords| {
            let keywords: Borrowed<'_, '_, PyDict> = keywords.cast_unchecked();
            (keywords.keys().to_tuple(), keywords.values().to_tuple())
        });
        if named.as_ref().is_some_and(|(names, values)| names.len() != values.len()) {
            return Err(PyRuntimeError::new_err("keyword arguments changed during the call"));
        }
        let count = positional.len();
        let mut values = memory::room_for(count + named.as_ref().map_or(0, |(_, values)| values.len()))?;
        values.extend(positional.iter_borrowed().map(Borrowed::as_ptr));
        let mut names = std::ptr::null_mut();
        if let Some((named, keyword_values)) = &named {
            values.extend(keyword_values.iter_borrowed().map(Borrowed::as_ptr));
            names = named.as_ptr();
        }
        body(Args::new(py, name, values.as_ptr(), count as ffi::Py_ssize_t, names))
    }
}

/// The arguments of one call, borrowed from the interpreter for its length.
///
/// Counting comes first ([`Args::between`] or [`Args::clinic`] or [`Args::named`]); reading an argument past the
/// counted ones gives `None`.
pub(crate) struct Args<'a, 'py> {
    pub(crate) py: Python<'py>,
    name: &'static CStr,
    /// Positional arguments; after [`Args::named`], one that was not given is a null or beyond the end.
    pub(crate) values: &'a [*mut ffi::PyObject],
    /// The values of keyword arguments follow the positional ones in memory.
    pub(crate) keyword_values: &'a [*mut ffi::PyObject],
    pub(crate) keyword_names: *mut ffi::PyObject,
    /// A keyword argument that the function does not have: [`Args::finish`] refuses it.
    unknown: Option<Bound<'py, PyString>>,
    /// The names that it has; those of positional-only arguments are empty.
    known: &'a [&'a str],
}

impl<'a, 'py> Args<'a, 'py> {
    /// # Safety
    /// `values` points at `count` live objects, followed by one more for each name of the tuple `names` (or null).
    #[inline]
    pub(crate) unsafe fn new(
        py: Python<'py>,
        name: &'static CStr,
        values: *const *mut ffi::PyObject,
        count: ffi::Py_ssize_t,
        names: *mut ffi::PyObject,
    ) -> Self {
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: promised by the caller; an empty call may pass a null pointer.
        let (values, keyword_values) = unsafe {
            let named = if names.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(names) as usize };
            if count + named == 0 {
                (&[][..], &[][..])
            } else {
                std::slice::from_raw_parts(values, count + named).split_at(count)
            }
        };
        Self { py, name, values, keyword_values, keyword_names: names, unknown: None, known: &[] }
    }

    /// The function's name, as error messages give it.
    pub(crate) fn name(&self) -> &'static str {
        self.name.to_str().unwrap_or("function")
    }

    /// How many positional arguments there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Refuses fewer than `least` or more than `most` arguments in the words of `PyArg_ParseTuple`.
    #[inline]
    pub(crate) fn between(&self, least: usize, most: usize) -> PyResult<()> {
        let given = self.len();
        if given >= least && given <= most {
            return Ok(());
        }
        let (how, bound) = match (given < least, least == most) {
            (_, true) => ("exactly", least),
            (true, _) => ("at least", least),
            (false, _) => ("at most", most),
        };
        let plural = if bound == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{}() takes {how} {bound} argument{plural} ({given} given)",
            self.name()
        )))
    }

    /// Refuses fewer than `least` or more than `most` arguments in the words of functions made by Argument Clinic.
    #[inline]
    pub(crate) fn clinic(&self, least: usize, most: usize) -> PyResult<()> {
        let given = self.len();
        if given >= least && given <= most {
            return Ok(());
        }
        let (how, bound) = match (given < least, least == most) {
            (_, true) => ("", least),
            (true, _) => ("at least ", least),
            (false, _) => ("at most ", most),
        };
        let plural = if bound == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{} expected {how}{bound} argument{plural}, got {given}",
            self.name()
        )))
    }

    /// Sorts positional and keyword arguments into the order of `names`, the first `required` of which must be there,
    /// and hands `body` the result, in the words of functions made by Argument Clinic.
    #[inline]
    pub(crate) fn named<R>(
        self,
        names: &[&str],
        required: usize,
        body: impl FnOnce(Args<'_, 'py>) -> PyResult<R>,
    ) -> PyResult<R> {
        self.parse_named(names, required, |args| {
            args.finish()?;
            body(args)
        })
    }

    /// [`Args::named`] in the order of `PyArg_ParseTupleAndKeywords`, which refuses a wrong type before it refuses an
    /// unknown keyword: `body` reads its arguments, calls [`Args::finish`], and does its work.
    #[inline]
    pub(crate) fn parse_named<R>(
        self,
        names: &[&str],
        required: usize,
        body: impl FnOnce(Args<'_, 'py>) -> PyResult<R>,
    ) -> PyResult<R> {
        let given = self.values.len() + self.keyword_values.len();
        if self.keyword_values.is_empty() && (required..=names.len()).contains(&given) {
            return body(self); // as they came
        }
        let mut sorted = [std::ptr::null_mut(); 12];
        let sorted = &mut sorted[..names.len()];
        if given > names.len() {
            let kind = if self.values.is_empty() { "keyword " } else { "" };
            let plural = if names.len() == 1 { "" } else { "s" };
            return Err(PyTypeError::new_err(format!(
                "{}() takes at most {} {kind}argument{plural} ({given} given)",
                self.name(),
                names.len()
            )));
        }
        sorted[..self.values.len()].copy_from_slice(self.values);
        let unknown = if self.keyword_values.is_empty() { None } else { self.sort_keywords(names, sorted)? };
        if let Some(place) = sorted[..required].iter().position(|value| value.is_null()) {
            return Err(PyTypeError::new_err(format!(
                "{}() missing required argument '{}' (pos {})",
                self.name(),
                names[place],
                place + 1
            )));
        }
        body(Args {
            py: self.py,
            name: self.name,
            values: sorted,
            keyword_values: &[],
            keyword_names: std::ptr::null_mut(),
            unknown,
            known: names,
        })
    }

    /// Puts the keyword arguments into their places; gives the first one that has none.
    fn sort_keywords(
        &self,
        names: &[&str],
        sorted: &mut [*mut ffi::PyObject],
    ) -> PyResult<Option<Bound<'py, PyString>>> {
        // SAFETY: there are keyword values, so there is a tuple of their names, alive for the call.
        let given: Borrowed<'_, '_, PyTuple> =
            unsafe { Borrowed::from_ptr(self.py, self.keyword_names).cast_unchecked() };
        let mut unknown = None;
        for (name, &value) in given.iter_borrowed().zip(self.keyword_values) {
            // In the dict of a slot anything may be a key.
            let name =
                name.cast::<PyString>().map_err(|_| PyTypeError::new_err("keywords must be strings"))?;
            let text = name.to_str().unwrap_or_default();
            match names.iter().position(|known| *known == text && !known.is_empty()) {
                Some(place) if place < self.values.len() => {
                    return Err(PyTypeError::new_err(format!(
                        "argument for {}() given by name ('{text}') and position ({})",
                        self.name(),
                        place + 1
                    )));
                }
                Some(place) => sorted[place] = value,
                None => unknown = unknown.or_else(|| Some(name.to_owned())),
            }
        }
        Ok(unknown)
    }

    /// Refuses a keyword argument that the function does not have.
    #[inline]
    pub(crate) fn finish(&self) -> PyResult<()> {
        let Some(text) = &self.unknown else { return Ok(()) };
        let close = self.close_to(text);
        let (text, name) = (text.as_ptr(), self.name.as_ptr());
        // The interpreter writes the message, since a name may be of any length and anything that a str can be.
        // SAFETY: attached; each format takes a live str and a C string in its order, and sets the exception.
        unsafe {
            if let Some(close) = close {
                let format = c"%s() got an unexpected keyword argument '%U'. Did you mean '%U'?";
                ffi::PyErr_Format(ffi::PyExc_TypeError, format.as_ptr(), name, text, close.as_ptr());
            } else if crate::version::since(13) {
                let format = c"%s() got an unexpected keyword argument '%U'";
                ffi::PyErr_Format(ffi::PyExc_TypeError, format.as_ptr(), name, text);
            } else {
                let format = c"'%U' is an invalid keyword argument for %s()";
                ffi::PyErr_Format(ffi::PyExc_TypeError, format.as_ptr(), text, name);
            }
        }
        Err(PyErr::fetch(self.py))
    }

    /// The name that an unknown keyword argument may have been meant for, as Python 3.13 and newer suggest one.
    fn close_to(&self, unknown: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
        if !crate::version::since(13) {
            return None;
        }
        let known: Vec<&str> = self.known.iter().copied().filter(|name| !name.is_empty()).collect();
        let suggest = self.py.import(intern!(self.py, "_suggestions")).ok()?;
        let suggest = suggest.getattr(intern!(self.py, "_generate_suggestions")).ok()?;
        suggest.call1((known, unknown)).ok().filter(|close| !close.is_none())
    }

    /// The argument of a call that has just one, by position: the call that is worth the shortest way.
    #[inline]
    pub(crate) fn alone(&self) -> Option<Borrowed<'a, 'py, PyAny>> {
        match self.values {
            [_] if self.keyword_values.is_empty() => self.get(0),
            _ => None,
        }
    }

    /// Whether there are keyword arguments.
    #[inline]
    pub(crate) fn has_keywords(&self) -> bool {
        !self.keyword_values.is_empty()
    }

    /// The keyword arguments as the interpreter passed them: names and values.
    pub(crate) fn keywords(
        &self,
    ) -> impl Iterator<Item = (Borrowed<'a, 'py, PyAny>, Borrowed<'a, 'py, PyAny>)> {
        let (py, names) = (self.py, self.keyword_names);
        self.keyword_values.iter().enumerate().map(move |(index, &value)| {
            // SAFETY: there is a tuple of as many names as there are values, all alive for the call.
            unsafe {
                let name = ffi::PyTuple_GET_ITEM(names, index as ffi::Py_ssize_t);
                (Borrowed::from_ptr(py, name), Borrowed::from_ptr(py, value))
            }
        })
    }

    /// Calls another function with the same arguments.
    pub(crate) fn forward(&self, function: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (values, count) = (self.values.as_ptr(), self.values.len());
        // SAFETY: attached; these are the arguments as the interpreter passed them, the keyword ones behind the others.
        unsafe {
            let result = ffi::PyObject_Vectorcall(function.as_ptr(), values, count, self.keyword_names);
            Bound::from_owned_ptr_or_err(self.py, result)
        }
    }

    /// Refuses keyword arguments, in the words for functions that take a tuple of arguments.
    #[inline]
    pub(crate) fn positional(self) -> PyResult<Self> {
        if self.keyword_values.is_empty() {
            return Ok(self);
        }
        Err(PyTypeError::new_err(format!("{}() takes no keyword arguments", self.name())))
    }

    /// Refuses more than `most` positional arguments, before [`Args::named`]: the rest are keyword-only.
    pub(crate) fn keyword_only(self, most: usize) -> PyResult<Self> {
        let given = self.len();
        if given <= most {
            return Ok(self);
        }
        let plural = if most == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{}() takes at most {most} positional argument{plural} ({given} given)",
            self.name()
        )))
    }

    /// Refuses another number of positional arguments than `count`, and more than `most` arguments in all, before
    /// [`Args::named`]: the rest are keyword-only. The names of positional-only arguments are empty there.
    #[inline]
    pub(crate) fn positional_only(self, count: usize, most: usize) -> PyResult<Self> {
        let (given, all) = (self.len(), self.len() + self.keyword_values.len());
        if given == count || all > most {
            return Ok(self);
        }
        let plural = if count == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{}() takes exactly {count} positional argument{plural} ({given} given)",
            self.name()
        )))
    }

    /// The positional arguments, alive for the call. Before [`Args::named`], since after it one may be missing.
    #[inline]
    pub(crate) fn pointers(&self) -> &'a [*mut ffi::PyObject] {
        self.values
    }

    /// Argument `index`, if it was given.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Borrowed<'a, 'py, PyAny>> {
        let value = *self.values.get(index)?;
        // SAFETY: not null below, and alive for the call ('a).
        (!value.is_null()).then(|| unsafe { Borrowed::from_ptr(self.py, value) })
    }

    /// Argument `index`, which the counting has shown to be there.
    #[inline]
    pub(crate) fn object(&self, index: usize) -> PyResult<Borrowed<'a, 'py, PyAny>> {
        self.get(index)
            .ok_or_else(|| PyTypeError::new_err(format!("{}() lacks argument {}", self.name(), index + 1)))
    }

    /// A C `int`.
    #[inline]
    pub(crate) fn int(&self, index: usize) -> PyResult<i32> {
        let value = self.object(index)?;
        crate::convert::int(&value)
    }

    /// A C `int`, or `default` if it was not given.
    #[inline]
    pub(crate) fn int_or(&self, index: usize, default: i32) -> PyResult<i32> {
        self.get(index).map_or(Ok(default), |value| crate::convert::int(&value))
    }

    /// A `Py_ssize_t`.
    #[inline]
    pub(crate) fn ssize(&self, index: usize) -> PyResult<isize> {
        let value = self.object(index)?;
        crate::convert::ssize(&value)
    }

    /// A `Py_ssize_t`, or `default` if it was not given.
    #[inline]
    pub(crate) fn ssize_or(&self, index: usize, default: isize) -> PyResult<isize> {
        self.get(index).map_or(Ok(default), |value| crate::convert::ssize(&value))
    }

    /// A `TypeError` that says what argument `index` must be, in the words of `PyArg_Parse*`: the function's name, the
    /// place, what was wanted and the type that came.
    pub(crate) fn wrong_type(&self, index: usize, wanted: &str) -> PyErr {
        let found =
            self.get(index).map_or_else(|| "nothing".to_owned(), |value| crate::convert::described(&value));
        PyTypeError::new_err(format!(
            "{}() argument {} must be {wanted}, not {found}",
            self.name(),
            index + 1
        ))
    }
}
