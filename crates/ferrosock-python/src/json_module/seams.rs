//! Where programs reach into `json`: what must be as it was made for `loads` and `dumps` to do all by themselves.
//!
//! Both take the place of functions written in Python, which stand behind them: whenever anything is replaced, derived or
//! asked for that they do not do, they hand their arguments on.

use std::ffi::CStr;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::{CALLS, dumps, loads, parts};
use crate::call::{Args, Receiver, native_fast, native_named};
use crate::fast::is_plain;
use crate::function::function_of;
use crate::version_tag::{Kept, Known};

/// The module whose function was called.
#[derive(Clone, Copy)]
pub(super) struct Module<'a, 'py>(Borrowed<'a, 'py, PyAny>);

impl<'a, 'py> Receiver<'a, 'py> for Module<'a, 'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: the functions are made with their module, below.
        Self(unsafe { Borrowed::from_ptr(py, receiver) })
    }
}

/// What the module was made of, as `json_functions` found it: the places of a tuple that the module keeps as `_seams`.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Place {
    Decoder,
    PlainDecoder,
    DecoderState,
    Encoder,
    PlainEncoder,
    EncoderState,
    Loads,
    Dumps,
    DecoderModule,
    EncoderModule,
    ScannerModule,
    EncoderGlobals,
    MakeScanner,
}

const PLACES: usize = Place::MakeScanner as usize + 1;

/// The globals of `json.encoder` that decide who writes.
const GLOBALS: [&str; 4] =
    ["c_make_encoder", "encode_basestring_ascii", "encode_basestring", "_make_iterencode"];

/// A module's seams.
#[derive(Clone, Copy)]
pub(super) struct Seams<'a, 'py> {
    namespace: Borrowed<'a, 'py, PyDict>,
    parts: Borrowed<'a, 'py, PyTuple>,
}

impl<'a, 'py> Module<'a, 'py> {
    /// What the module keeps for us.
    #[inline]
    pub(super) fn seams(self) -> PyResult<Seams<'a, 'py>> {
        static KEPT: Kept = Kept::new();
        let py = self.0.py();
        // SAFETY: attached; a live module, whose dict it keeps; the tuple stays in the dict for as long as nobody takes it
        // out, and `hold` is for those who run Python code.
        unsafe {
            let namespace: Borrowed<'a, 'py, PyDict> =
                Borrowed::from_ptr(py, ffi::PyModule_GetDict(self.0.as_ptr())).cast_unchecked();
            if let Some(parts) = KEPT.of(namespace.as_ptr()) {
                return Ok(Seams { namespace, parts: Borrowed::from_ptr(py, parts).cast_unchecked() });
            }
            let parts = item(namespace, intern!(py, "_seams"))
                .filter(|parts| {
                    ffi::PyTuple_CheckExact(parts.as_ptr()) != 0
                        && ffi::PyTuple_GET_SIZE(parts.as_ptr()) == PLACES as ffi::Py_ssize_t
                })
                .ok_or_else(|| PyRuntimeError::new_err("json._seams is missing"))?;
            KEPT.keep(namespace.as_ptr(), parts.as_ptr());
            Ok(Seams { namespace, parts: parts.cast_unchecked() })
        }
    }
}

/// A value of a dict, borrowed from it.
#[inline]
fn item<'a, 'py>(
    dict: Borrowed<'a, 'py, PyDict>,
    name: &Bound<'py, PyString>,
) -> Option<Borrowed<'a, 'py, PyAny>> {
    // SAFETY: attached; looking for a str runs no Python code unless there are keys with an __eq__ of their own, and the
    // error of one is dropped.
    unsafe {
        let value = ffi::PyDict_GetItemWithError(dict.as_ptr(), name.as_ptr());
        if value.is_null() {
            ffi::PyErr_Clear();
        }
        Borrowed::from_ptr_or_opt(dict.py(), value)
    }
}

/// Whether a dict still holds what it held when it was noted, and nothing else.
#[inline]
fn holds(dict: *mut ffi::PyObject, noted: Borrowed<'_, '_, PyAny>) -> bool {
    // SAFETY: attached; a live dict; `noted` is a tuple of our making, of names and values taking turns. No Python code
    // runs.
    unsafe {
        let count = ffi::PyTuple_GET_SIZE(noted.as_ptr());
        let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        let mut at = 0;
        while ffi::PyDict_Next(dict, &raw mut position, &raw mut name, &raw mut value) != 0 {
            if at + 2 > count
                || ffi::PyTuple_GET_ITEM(noted.as_ptr(), at) != name
                || ffi::PyTuple_GET_ITEM(noted.as_ptr(), at + 1) != value
            {
                return false;
            }
            at += 2;
        }
        at == count
    }
}

/// What a dict holds: names and values taking turns.
fn note<'py>(dict: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(dict.py(), dict.iter().flat_map(|(name, value)| [name, value]).collect::<Vec<_>>())
}

impl<'a, 'py> Seams<'a, 'py> {
    /// A reference of our own, for what follows to outlive a program that changes the module meanwhile.
    pub(super) fn hold(self) -> Bound<'py, PyTuple> {
        self.parts.to_owned()
    }

    #[inline]
    fn part(self, place: Place) -> Borrowed<'a, 'py, PyAny> {
        // SAFETY: `seams` has seen that the tuple has all places.
        unsafe {
            Borrowed::from_ptr(
                self.parts.py(),
                ffi::PyTuple_GET_ITEM(self.parts.as_ptr(), place as ffi::Py_ssize_t),
            )
        }
    }

    /// The function written in Python behind `loads`.
    pub(super) fn loads(self) -> Borrowed<'a, 'py, PyAny> {
        self.part(Place::Loads)
    }

    /// The function written in Python behind `dumps`.
    pub(super) fn dumps(self) -> Borrowed<'a, 'py, PyAny> {
        self.part(Place::Dumps)
    }

    /// The namespace of `json.decoder`.
    pub(super) fn decoder_module(self) -> Borrowed<'a, 'py, PyAny> {
        self.part(Place::DecoderModule)
    }

    /// `_default_encoder`, if it is the one that was made with the module, and as it was.
    #[inline]
    pub(super) fn plain_encoder(self) -> Option<Borrowed<'a, 'py, PyAny>> {
        static KNOWN: [Known; 2] = [Known::new(), Known::new()];
        let name = intern!(self.parts.py(), "_default_encoder");
        self.plain(name, Place::Encoder, Place::PlainEncoder, Place::EncoderState, &KNOWN)
    }

    /// The scanner of `_default_decoder`, if that is the one that was made with the module, and as it was.
    #[inline]
    pub(super) fn plain_scanner(self) -> Option<Borrowed<'a, 'py, PyAny>> {
        static KNOWN: [Known; 2] = [Known::new(), Known::new()];
        let name = intern!(self.parts.py(), "_default_decoder");
        self.plain(name, Place::Decoder, Place::PlainDecoder, Place::DecoderState, &KNOWN)?;
        let state = self.part(Place::DecoderState);
        // SAFETY: a tuple of our making, whose last item is the scanner: `json_functions` has seen to it.
        unsafe {
            let last = ffi::PyTuple_GET_SIZE(state.as_ptr()) - 1;
            Some(Borrowed::from_ptr(state.py(), ffi::PyTuple_GET_ITEM(state.as_ptr(), last)))
        }
    }

    /// The object in this place, if the module still has it by its name, and its class and its attributes are as they were.
    /// What is known stands for a look at the module's namespace, and at the attributes.
    #[inline]
    fn plain(
        self,
        name: &Bound<'py, PyString>,
        object: Place,
        class: Place,
        state: Place,
        known: &[Known; 2],
    ) -> Option<Borrowed<'a, 'py, PyAny>> {
        let object = self.part(object);
        // SAFETY: attached; live objects, one of whose dicts comes as a new reference.
        unsafe {
            if !known[0].is(self.namespace.as_ptr()) {
                if !item(self.namespace, name)?.is(object) {
                    return None;
                }
                known[0].note(self.namespace.as_ptr());
            }
            if !is_plain(object.py(), self.part(class), ffi::Py_TYPE(object.as_ptr())) {
                return None;
            }
            let dict = ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut());
            if dict.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            let mut same = known[1].is(dict);
            if !same && holds(dict, self.part(state)) {
                same = true;
                known[1].note(dict);
            }
            ffi::Py_DECREF(dict);
            same.then_some(object)
        }
    }

    /// Whether the [`GLOBALS`] are as they were.
    #[inline]
    pub(super) fn plain_globals(self) -> bool {
        static KNOWN: Known = Known::new();
        let namespace = self.part(Place::EncoderModule);
        // SAFETY: a live dict.
        if unsafe { KNOWN.is(namespace.as_ptr()) } {
            return true;
        }
        let same = self.same_globals();
        if same {
            // SAFETY: a live dict.
            unsafe { KNOWN.note(namespace.as_ptr()) };
        }
        same
    }

    fn same_globals(self) -> bool {
        let py = self.parts.py();
        let names = [
            intern!(py, "c_make_encoder"),
            intern!(py, "encode_basestring_ascii"),
            intern!(py, "encode_basestring"),
            intern!(py, "_make_iterencode"),
        ];
        let noted = self.part(Place::EncoderGlobals);
        // SAFETY: a dict, and a tuple of our making.
        unsafe {
            let namespace = self.part(Place::EncoderModule).cast_unchecked::<PyDict>();
            names.iter().enumerate().all(|(index, name)| {
                let value = ffi::PyTuple_GET_ITEM(noted.as_ptr(), index as ffi::Py_ssize_t);
                item(namespace, name).is_some_and(|found| found.as_ptr() == value)
            })
        }
    }

    /// Whether the class that the module knows by this name is the one that its default encoder is of.
    #[inline]
    pub(super) fn same_encoder_class(self) -> bool {
        static KNOWN: Known = Known::new();
        self.same_class(intern!(self.parts.py(), "JSONEncoder"), self.part(Place::Encoder), &KNOWN)
    }

    /// The same for the decoder.
    #[inline]
    pub(super) fn same_decoder_class(self) -> bool {
        static KNOWN: Known = Known::new();
        self.same_class(intern!(self.parts.py(), "JSONDecoder"), self.part(Place::Decoder), &KNOWN)
    }

    #[inline]
    fn same_class(
        self,
        name: &Bound<'py, PyString>,
        object: Borrowed<'_, 'py, PyAny>,
        known: &Known,
    ) -> bool {
        // SAFETY: a live dict and a live object, whose class stays what it is: those of the module are made once.
        unsafe {
            if known.is(self.namespace.as_ptr()) {
                return true;
            }
            let class: *mut ffi::PyObject = ffi::Py_TYPE(object.as_ptr()).cast();
            let same = item(self.namespace, name).is_some_and(|found| found.as_ptr() == class);
            if same {
                known.note(self.namespace.as_ptr());
            }
            same
        }
    }

    /// `_default_decoder`.
    pub(super) fn decoder(self) -> Borrowed<'a, 'py, PyAny> {
        self.part(Place::Decoder)
    }

    /// Whether `json.scanner.make_scanner` is as it was.
    pub(super) fn plain_make_scanner(self) -> bool {
        // SAFETY: a dict.
        let namespace = unsafe { self.part(Place::ScannerModule).cast_unchecked::<PyDict>() };
        item(namespace, intern!(self.parts.py(), "make_scanner"))
            .is_some_and(|found| found.is(self.part(Place::MakeScanner)))
    }
}

const FUNCTIONS_DOC: &CStr = c"json_functions(module, decoder, encoder, scanner, /)

Returns the functions loads and dumps for a module json whose parts are these modules, and what it is to keep as _seams. The
module's own functions of these names stand behind them, so they keep their signatures.";

/// The functions for `ferrosock._native.fast`.
pub(crate) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"json_functions", json_functions, FUNCTIONS_DOC),
        native_fast!(CALLS, c"json_text", parts::json_text, parts::DOC),
    ])
}

fn json_functions<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(4, 4)?;
    let [module, decoder, encoder, scanner] =
        [args.object(0)?, args.object(1)?, args.object(2)?, args.object(3)?];
    let default_decoder = module.getattr("_default_decoder")?;
    let default_encoder = module.getattr("_default_encoder")?;
    let state = |object: &Bound<'py, PyAny>| -> PyResult<Bound<'py, PyTuple>> {
        note(object.getattr("__dict__")?.cast::<PyDict>()?)
    };
    let decoder_state = state(&default_decoder)?;
    let last = decoder_state.len().checked_sub(1).map(|last| decoder_state.get_item(last)).transpose()?;
    let scanners = super::scanner::class(py)?;
    if !last.is_some_and(|last| last.get_type().is(&scanners)) {
        return Err(PyRuntimeError::new_err("the last attribute of a JSONDecoder must be its scanner"));
    }
    let plain = |object: &Bound<'py, PyAny>| crate::fast::plain_class(py)?.call1((object.get_type(),));
    let globals = encoder.getattr("__dict__")?;
    let globals = GLOBALS.iter().map(|name| globals.get_item(name)).collect::<PyResult<Vec<_>>>()?;
    let parts: [Bound<'py, PyAny>; PLACES] = [
        default_decoder.clone(),
        plain(&default_decoder)?,
        decoder_state.into_any(),
        default_encoder.clone(),
        plain(&default_encoder)?,
        state(&default_encoder)?.into_any(),
        module.getattr("loads")?,
        module.getattr("dumps")?,
        decoder.getattr("__dict__")?,
        encoder.getattr("__dict__")?,
        scanner.getattr("__dict__")?,
        PyTuple::new(py, globals)?.into_any(),
        scanner.getattr("make_scanner")?,
    ];
    let seams = PyTuple::new(py, parts)?;
    let owner = module.to_owned().cast_into::<PyModule>()?;
    let function = |row: ffi::PyMethodDef| function_of(&owner, Box::leak(Box::new(row)));
    let functions = [
        function(native_named!(CALLS, c"loads", loads::loads, loads::DOC))?,
        function(native_named!(CALLS, c"dumps", dumps::dumps, dumps::DOC))?,
        seams.into_any(),
    ];
    Ok(PyTuple::new(py, functions)?.into_any())
}
