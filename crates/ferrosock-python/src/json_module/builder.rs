//! A document's events to Python's objects.

use std::ffi::CStr;
use std::mem::ManuallyDrop;

use ferrosock_codec::json::{Constant, Failure, NumberToken, Options, Sink, Text, Unit};
use pyo3::ffi;
use pyo3::prelude::*;

use super::depth;
use super::workspace::Workspace;
use crate::ints;

/// What is called for parts of a document, all of it alive for the whole reading: a null pointer stands for the default.
#[derive(Clone, Copy)]
pub(super) struct Hooks {
    pub(super) object: *mut ffi::PyObject,
    pub(super) pairs: *mut ffi::PyObject,
    pub(super) array: *mut ffi::PyObject,
    pub(super) float: *mut ffi::PyObject,
    pub(super) integer: *mut ffi::PyObject,
    pub(super) constant: *mut ffi::PyObject,
    /// `constant` may be Python code, and not the method of a dict that it is by default.
    pub(super) own_constant: bool,
}

impl Hooks {
    /// Whether no Python code is called.
    pub(super) fn call_no_code(&self) -> bool {
        !self.own_constant
            && [self.object, self.pairs, self.array, self.float, self.integer]
                .iter()
                .all(|hook| hook.is_null())
    }
}

/// What the scanner takes by default; the interpreter sets the limit on the depth.
pub(super) const fn options(strict: bool) -> Options {
    Options { controls: !strict, depth: usize::MAX, ..Options::python() }
}

/// An exception is set.
pub(super) struct Raised;

/// Builds the objects. Items wait on a stack until their container ends, so that it can be made of the right size.
pub(super) struct Builder<'a, 'py> {
    py: Python<'py>,
    hooks: &'a Hooks,
    /// There until it is given back.
    space: ManuallyDrop<Box<Workspace>>,
}

type Event = Result<(), Raised>;

impl<'a, 'py> Builder<'a, 'py> {
    pub(super) fn new(py: Python<'py>, hooks: &'a Hooks) -> Self {
        Self { py, hooks, space: ManuallyDrop::new(Workspace::take(py)) }
    }

    /// Expects strings that come again and again.
    pub(super) fn remember_values(&mut self) {
        self.space.values.begin();
    }

    /// The document's object.
    pub(super) fn finish(mut self) -> Option<Bound<'py, PyAny>> {
        let object = self.space.items.pop()?;
        // SAFETY: attached; the reference is given away.
        Some(unsafe { Bound::from_owned_ptr(self.py, object) })
    }

    /// Adds an item: a reference, or null with an exception set.
    #[inline]
    fn add(&mut self, item: *mut ffi::PyObject) -> Event {
        if item.is_null() {
            return Err(Raised);
        }
        if self.space.items.len() == self.space.items.capacity() && self.space.items.try_reserve(16).is_err()
        {
            return Err(self.no_memory(item));
        }
        self.space.items.push(item);
        Ok(())
    }

    /// Raises MemoryError, and gives up an item that there is no room for.
    #[cold]
    fn no_memory(&self, item: *mut ffi::PyObject) -> Raised {
        // SAFETY: attached; a reference of ours or null.
        unsafe {
            ffi::Py_XDECREF(item);
            ffi::PyErr_NoMemory();
        }
        Raised
    }

    #[inline]
    fn open(&mut self, place: &'static CStr) -> Event {
        if let Err(error) = depth::enter(self.py, self.space.begins.len(), place) {
            error.restore(self.py);
            return Err(Raised);
        }
        if self.space.begins.try_reserve(1).is_err() {
            // SAFETY: the call above is undone.
            unsafe { depth::leave() };
            return Err(self.no_memory(std::ptr::null_mut()));
        }
        let begin = self.space.items.len();
        self.space.begins.push(begin);
        Ok(())
    }

    /// Puts a container in the place of its items.
    #[inline]
    fn close(&mut self, begin: usize, container: *mut ffi::PyObject) -> Event {
        self.space.begins.pop();
        // SAFETY: entered by `open`.
        unsafe { depth::leave() };
        debug_assert!(self.space.items.len() == begin);
        self.add(container)
    }

    /// Calls a hook with a new reference, which is given up.
    fn call(&self, hook: *mut ffi::PyObject, argument: *mut ffi::PyObject) -> *mut ffi::PyObject {
        if argument.is_null() {
            return argument;
        }
        // SAFETY: attached; a live callable and a reference of ours.
        unsafe {
            let result = ffi::PyObject_CallOneArg(hook, argument);
            ffi::Py_DECREF(argument);
            result
        }
    }

    /// The dict of the names and values from `begin` on, whose references are given up.
    #[inline]
    fn dict(&mut self, begin: usize) -> *mut ffi::PyObject {
        let space = &mut **self.space;
        let dict = space.shapes.dict(self.py, &space.items[begin..]);
        self.give_up(begin);
        dict
    }

    /// The list of (name, value) of the names and values from `begin` on, whose references go there.
    fn pairs(&mut self, begin: usize) -> *mut ffi::PyObject {
        // SAFETY: attached; the items are references of ours; a tuple or list of the right size takes each of them once. They
        // leave the stack first, so that nobody else gives them up.
        unsafe {
            let list = ffi::PyList_New(((self.space.items.len() - begin) / 2) as ffi::Py_ssize_t);
            if list.is_null() {
                self.give_up(begin);
                return list;
            }
            for (index, pair) in
                self.space.items.drain(begin..).collect::<Vec<_>>().chunks_exact(2).enumerate()
            {
                let tuple = ffi::PyTuple_New(2);
                if !tuple.is_null() {
                    ffi::PyTuple_SET_ITEM(tuple, 0, pair[0]);
                    ffi::PyTuple_SET_ITEM(tuple, 1, pair[1]);
                } else {
                    ffi::Py_DECREF(pair[0]);
                    ffi::Py_DECREF(pair[1]);
                }
                ffi::PyList_SET_ITEM(list, index as ffi::Py_ssize_t, tuple);
            }
            if ffi::PyErr_Occurred().is_null() {
                list
            } else {
                ffi::Py_DECREF(list);
                std::ptr::null_mut()
            }
        }
    }

    fn give_up(&mut self, begin: usize) {
        for item in self.space.items.drain(begin..) {
            // SAFETY: attached; a reference of ours, which has left the stack.
            unsafe { ffi::Py_DECREF(item) };
        }
    }
}

impl Drop for Builder<'_, '_> {
    fn drop(&mut self) {
        for _ in self.space.begins.drain(..) {
            // SAFETY: entered by `open`.
            unsafe { depth::leave() };
        }
        if !self.space.items.is_empty() {
            // What hooks made may run Python code as it goes, which must not meet the exception.
            let raised = PyErr::take(self.py);
            self.give_up(0);
            if let Some(raised) = raised {
                raised.restore(self.py);
            }
        }
        // SAFETY: taken once, since this is dropped once.
        unsafe { ManuallyDrop::take(&mut self.space) }.give_back(self.py);
    }
}

impl<U: Unit> Sink<U> for Builder<'_, '_> {
    type Error = Raised;

    #[inline]
    fn null(&mut self) -> Event {
        // SAFETY: attached; a static object.
        self.add(unsafe { ffi::Py_NewRef(ffi::Py_None()) })
    }

    #[inline]
    fn boolean(&mut self, value: bool) -> Event {
        // SAFETY: attached; static objects.
        self.add(unsafe { ffi::Py_NewRef(if value { ffi::Py_True() } else { ffi::Py_False() }) })
    }

    #[inline]
    fn number(&mut self, number: NumberToken<'_, U>) -> Event {
        let hook = if number.is_float() { self.hooks.float } else { self.hooks.integer };
        if !hook.is_null() {
            let digits = U::narrow(number.units());
            // SAFETY: attached; so many ASCII characters.
            let text = unsafe {
                ffi::PyUnicode_FromStringAndSize(digits.as_ptr().cast(), digits.len() as ffi::Py_ssize_t)
            };
            let value = self.call(hook, text);
            return self.add(value);
        }
        if let Some(value) = number.small_integer() {
            // SAFETY: attached.
            return self.add(unsafe { ints::new_int(value) });
        }
        if number.is_float() {
            // SAFETY: attached.
            return self.add(unsafe { ffi::PyFloat_FromDouble(number.to_f64()) });
        }
        let mut digits = Vec::new();
        if digits.try_reserve(number.units().len() + 1).is_err() {
            return Err(self.no_memory(std::ptr::null_mut()));
        }
        digits.extend_from_slice(&U::narrow(number.units()));
        digits.push(0);
        // SAFETY: attached; a NUL-terminated string.
        self.add(unsafe { ffi::PyLong_FromString(digits.as_ptr().cast(), std::ptr::null_mut(), 10) })
    }

    fn constant(&mut self, constant: Constant) -> Event {
        if self.hooks.constant.is_null() {
            // SAFETY: attached.
            return self.add(unsafe { ffi::PyFloat_FromDouble(constant.value()) });
        }
        let name = constant.name();
        // SAFETY: attached; so many ASCII characters.
        let name =
            unsafe { ffi::PyUnicode_FromStringAndSize(name.as_ptr().cast(), name.len() as ffi::Py_ssize_t) };
        let value = self.call(self.hooks.constant, name);
        self.add(value)
    }

    #[inline]
    fn string(&mut self, text: Text<'_, U>) -> Event {
        let string = self.space.values.get(self.py, &text);
        self.add(string)
    }

    #[inline]
    fn key(&mut self, text: Text<'_, U>) -> Event {
        let name = self.space.keys.get(self.py, &text);
        self.add(name)
    }

    #[inline]
    fn likely_key(&mut self, rest: &[U]) -> Result<Option<usize>, Raised> {
        match self.space.keys.likely(self.py, rest) {
            Some((name, length)) => self.add(name).map(|()| Some(length)),
            None => Ok(None),
        }
    }

    #[inline]
    fn begin_array(&mut self) -> Event {
        self.open(c" while decoding a JSON array from a unicode string")
    }

    #[inline]
    fn end_array(&mut self) -> Event {
        let begin = self.space.begins.last().copied().unwrap_or_default();
        // SAFETY: attached; the list takes each reference once, which then leaves the stack.
        let list = unsafe {
            let list = ffi::PyList_New((self.space.items.len() - begin) as ffi::Py_ssize_t);
            if list.is_null() {
                self.give_up(begin);
            } else {
                for (index, &item) in self.space.items[begin..].iter().enumerate() {
                    ffi::PyList_SET_ITEM(list, index as ffi::Py_ssize_t, item);
                }
                self.space.items.truncate(begin);
            }
            list
        };
        let array = if self.hooks.array.is_null() { list } else { self.call(self.hooks.array, list) };
        self.close(begin, array)
    }

    #[inline]
    fn begin_object(&mut self) -> Event {
        self.open(c" while decoding a JSON object from a unicode string")
    }

    #[inline]
    fn end_object(&mut self) -> Event {
        let begin = self.space.begins.last().copied().unwrap_or_default();
        let object = if !self.hooks.pairs.is_null() {
            let pairs = self.pairs(begin);
            self.call(self.hooks.pairs, pairs)
        } else {
            let dict = self.dict(begin);
            if self.hooks.object.is_null() { dict } else { self.call(self.hooks.object, dict) }
        };
        self.close(begin, object)
    }
}

/// The exception of a failed reading: the interpreter's, or what `wrong` makes of the document's fault.
#[cold]
pub(super) fn exception(
    py: Python<'_>,
    failure: Failure<Raised>,
    wrong: impl FnOnce(ferrosock_codec::json::Error) -> PyErr,
) -> PyErr {
    match failure {
        Failure::Sink(Raised) => PyErr::fetch(py),
        Failure::Syntax(error) => wrong(error),
    }
}
