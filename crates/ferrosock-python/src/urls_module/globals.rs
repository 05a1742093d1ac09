//! The namespace of the Python module that a function was made for.

use std::cell::Cell;

use ferrosock_codec::url::{Error, Schemes};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString, PyTuple, PyType};
use pyo3::{Borrowed, ffi, intern};

use crate::error::dismiss;
use crate::text::{self, ascii};
use crate::version;

/// The places of the classes in the module's `_RESULTS`, for str; that for bytes is the next one.
#[derive(Clone, Copy)]
pub(super) enum Results {
    Split = 0,
    Parse = 2,
    Defrag = 4,
}

/// The memory that results have beside a tuple's: `_keep_empty`.
const SLOTS: ffi::Py_ssize_t =
    if version::since(15) { size_of::<*mut ffi::PyObject>() as ffi::Py_ssize_t } else { 0 };

/// The namespace, and what went wrong in Python code that a codec had asked.
pub(super) struct Globals<'a, 'py> {
    module: Borrowed<'a, 'py, PyModule>,
    raised: Cell<Option<PyErr>>,
}

impl<'a, 'py> Globals<'a, 'py> {
    pub(super) fn of(module: Borrowed<'a, 'py, PyModule>) -> Self {
        Self { module, raised: Cell::new(None) }
    }

    pub(super) fn py(&self) -> Python<'py> {
        self.module.py()
    }

    fn dict(&self) -> Bound<'py, PyDict> {
        self.module.dict()
    }

    /// What the module calls `name`.
    pub(super) fn find(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        match self.dict().get_item(name)? {
            Some(found) => Ok(found),
            None => self.module.getattr(name),
        }
    }

    /// Calls a function of the module.
    pub(super) fn call(
        &self,
        name: &Bound<'py, PyString>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.find(name)?.call1(args)
    }

    /// The class of results.
    pub(super) fn class(&self, kind: Results, bytes: bool) -> PyResult<Bound<'py, PyType>> {
        let classes = self.find(intern!(self.py(), "_RESULTS"))?.cast_into::<PyTuple>()?;
        Ok(classes.get_item(kind as usize + usize::from(bytes))?.cast_into::<PyType>()?)
    }

    /// A named tuple of these parts: what `class(*parts)` makes, without its Python code. Since 3.15 it knows whether empty parts
    /// are to be kept.
    pub(super) fn result<const N: usize>(
        &self,
        kind: Results,
        bytes: bool,
        parts: [Bound<'py, PyAny>; N],
        keep_empty: Option<Borrowed<'_, 'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let made = self.tuple(kind, bytes, parts)?;
        if version::since(15) {
            let no = PyBool::new(self.py(), false);
            let keep_empty = keep_empty.unwrap_or_else(|| no.as_any().as_borrowed());
            made.setattr(intern!(self.py(), "_keep_empty"), keep_empty)?;
        }
        Ok(made)
    }

    fn tuple<const N: usize>(
        &self,
        kind: Results,
        bytes: bool,
        parts: [Bound<'py, PyAny>; N],
    ) -> PyResult<Bound<'py, PyAny>> {
        let class = self.class(kind, bytes)?;
        let raw = class.as_type_ptr();
        // SAFETY: attached; a live class, which is looked at first: only one that is a tuple and nothing more, but for the slot that
        // our classes have, is filled as a tuple, before anybody else can see it.
        unsafe {
            if ffi::PyType_HasFeature(raw, ffi::Py_TPFLAGS_TUPLE_SUBCLASS) == 0
                || (*raw).tp_basicsize != ffi::PyTuple_Type.tp_basicsize + SLOTS
            {
                return class.call1(PyTuple::new(self.py(), parts)?);
            }
            let alloc = (*raw).tp_alloc.unwrap_or(ffi::PyType_GenericAlloc);
            let tuple = Bound::from_owned_ptr_or_err(self.py(), alloc(raw, N as ffi::Py_ssize_t))?;
            #[cfg(Py_3_14)]
            {
                (*tuple.as_ptr().cast::<ffi::PyTupleObject>()).ob_hash = -1; // not known yet
            }
            for (index, part) in parts.into_iter().enumerate() {
                ffi::PyTuple_SET_ITEM(tuple.as_ptr(), index as ffi::Py_ssize_t, part.into_ptr());
            }
            Ok(tuple)
        }
    }

    /// Asks a function of the module whether a part of a URL will do, which says no by raising.
    pub(super) fn ask(&self, name: &Bound<'py, PyString>, part: &[u8]) -> Result<(), Error> {
        let asked =
            text::string(self.py(), part).and_then(|part| self.call(name, &PyTuple::new(self.py(), [part])?));
        match asked {
            Ok(_) => Ok(()),
            Err(error) => {
                self.note(error);
                Err(Error::Refused)
            }
        }
    }

    /// The exception for a codec's error.
    pub(super) fn exception(&self, error: &Error) -> PyErr {
        match self.raised.take() {
            Some(raised) => raised,
            None => PyValueError::new_err(error.to_string()),
        }
    }

    /// What was raised while a codec asked for schemes, which it cannot say itself.
    pub(super) fn check(&self) -> PyResult<()> {
        self.raised.take().map_or(Ok(()), Err)
    }

    fn note(&self, error: PyErr) {
        // The first one counts.
        match self.raised.take() {
            None => self.raised.set(Some(error)),
            earlier => {
                self.raised.set(earlier);
                dismiss(error);
            }
        }
    }

    /// Whether a list of schemes has this one.
    fn lists(&self, name: &Bound<'py, PyString>, scheme: &[u8]) -> bool {
        let found = self.find(name).and_then(|schemes| {
            if let Ok(list) = schemes.cast_exact::<PyList>() {
                let mut plain = true;
                for known in list.iter() {
                    match known
                        .cast_exact::<PyString>()
                        .ok()
                        .and_then(|known| ascii(known.as_borrowed()).map(|known| known == scheme))
                    {
                        Some(true) => return Ok(true),
                        Some(false) => {}
                        None => plain = false,
                    }
                }
                if plain {
                    return Ok(false);
                }
            }
            schemes.contains(text::string(self.py(), scheme)?)
        });
        found.unwrap_or_else(|error| {
            self.note(error);
            false
        })
    }
}

impl Drop for Globals<'_, '_> {
    fn drop(&mut self) {
        if let Some(error) = self.raised.take() {
            dismiss(error);
        }
    }
}

impl Schemes for Globals<'_, '_> {
    fn has_relative(&self, scheme: &[u8]) -> bool {
        self.lists(intern!(self.py(), "uses_relative"), scheme)
    }

    fn has_authority(&self, scheme: &[u8]) -> bool {
        self.lists(intern!(self.py(), "uses_netloc"), scheme)
    }

    fn has_params(&self, scheme: &[u8]) -> bool {
        self.lists(intern!(self.py(), "uses_params"), scheme)
    }
}
