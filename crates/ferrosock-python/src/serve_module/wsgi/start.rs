//! `start_response()` and `write()` (PEP 3333, "The start_response() Callable").
//!
//! One object is both: what an application is given to start with comes back as what it may write with. They differ in how many
//! arguments they take.

use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ferrosock::server::{BodyWriter, Responder, Response};
use pyo3::exceptions::{PyAssertionError, PyConnectionError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyTuple, PyType};

use super::super::CALLS;
use super::super::convert::{Said, has_no_length, with_latin, wsgi_fields};
use super::super::engine::Inner;
use crate::call::{Args, enter};
use crate::class::{Class, instantiate, state_of, state_offset};

/// What was started, and not sent yet.
pub(super) struct Head {
    pub(super) response: Response,
    pub(super) said: Said,
}

/// How far a response is.
pub(super) enum Stage {
    /// Nothing was started, or nothing but that.
    Before(Responder, Option<Head>),
    /// The application writes.
    Writing(BodyWriter),
    /// Its head is sent, or the exchange is over.
    Sent,
}

/// The state of one exchange.
pub(super) struct Start {
    call: ffi::vectorcallfunc,
    stage: Mutex<Stage>,
    inner: Arc<Inner>,
}

const DOC: &CStr = c"start_response(status, headers, exc_info=None, /)
--

Begin the response; return the callable write(data). Called again with exc_info, replace what is not sent yet.";

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        Class::new(c"ferrosock._native.serve.StartResponse", DOC)
            .vectorcall(state_offset::<Start>() + std::mem::offset_of!(Start, call))
            .not_callable()
            .build::<Start>(py)
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py))
}

/// The object of one exchange.
pub(super) fn start<'py>(
    py: Python<'py>,
    responder: Responder,
    inner: &Arc<Inner>,
) -> PyResult<Bound<'py, PyAny>> {
    let stage = Mutex::new(Stage::Before(responder, None));
    instantiate(class(py)?, Start { call, stage, inner: inner.clone() })
}

/// The state of an object that [`start`] made.
pub(super) fn of<'a>(object: &'a Bound<'_, PyAny>) -> &'a Start {
    // SAFETY: made by `start`, and alive as long as it is borrowed.
    unsafe { &*state_of::<Start>(object.as_ptr()) }
}

impl Start {
    pub(super) fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the exchange out of the application's hands.
    pub(super) fn take(&self) -> Stage {
        std::mem::replace(&mut *self.stage(), Stage::Sent)
    }

    fn begin(&self, args: &Args<'_, '_>) -> PyResult<()> {
        let fault = args.get(2).filter(|fault| !fault.is_none());
        match (&*self.stage(), fault) {
            (Stage::Before(_, None), _) | (Stage::Before(..), Some(_)) => {}
            (_, Some(fault)) => return Err(raised(&fault)),
            (_, None) => {
                return Err(PyAssertionError::new_err("start_response() was called again without exc_info"));
            }
        }
        let (status, headers) = (args.object(0)?, args.object(1)?);
        let status =
            status.cast::<PyString>().map_err(|_| PyTypeError::new_err("the status must be a str"))?;
        let (code, reason) = with_latin(&status, |text| {
            parse_status(text).ok_or_else(|| {
                PyValueError::new_err(format!(
                    "not a final status and its phrase: \"{}\"",
                    text.escape_ascii()
                ))
            })
        })?;
        let (fields, said) = wsgi_fields(&headers, has_no_length(code))?;
        let mut response = Response::new(code);
        if let Some(reason) = reason {
            response = response.with_reason(reason);
        }
        *response.fields_mut() = fields;
        self.inner.sign(&mut response, said);
        if let Stage::Before(_, head) = &mut *self.stage() {
            *head = Some(Head { response, said });
        }
        Ok(())
    }

    fn write(&self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        let mut stage = self.stage();
        if let Stage::Before(_, None) = &*stage {
            return Err(PyAssertionError::new_err("write() was called before start_response()"));
        }
        if data.is_empty() {
            return Ok(());
        }
        let mut writer = match std::mem::replace(&mut *stage, Stage::Sent) {
            Stage::Before(responder, Some(head)) => responder.start(head.response),
            Stage::Writing(writer) => writer,
            _ => return Err(PyAssertionError::new_err("write() was called after the application's content")),
        };
        drop(stage); // it may wait
        let result = self.inner.write(py, &mut writer, data.to_vec());
        *self.stage() = Stage::Writing(writer);
        result
    }
}

/// What an application hands over as `sys.exc_info()`, raised again.
fn raised(fault: &Bound<'_, PyAny>) -> PyErr {
    let parts = fault.cast::<PyTuple>().ok().filter(|parts| parts.len() == 3);
    match parts.and_then(|parts| parts.get_item(1).ok()).filter(|value| !value.is_none()) {
        Some(value) => PyErr::from_value(value),
        None => PyTypeError::new_err("exc_info must be a tuple as sys.exc_info() gives it"),
    }
}

/// The client is gone.
pub(in super::super) fn gone() -> PyErr {
    PyConnectionError::new_err("the client went away")
}

/// A final status, and its phrase if that is not the usual one.
fn parse_status(text: &[u8]) -> Option<(u16, Option<Vec<u8>>)> {
    let (digits, rest) = text.split_at_checked(3)?;
    let code =
        std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?.parse().ok()?;
    let phrase = match rest {
        [] => return Some((code, None)).filter(|_| code >= 200),
        [b' ', phrase @ ..] => phrase,
        _ => return None,
    };
    let plain = phrase.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..));
    let usual = phrase == ferrosock::server::reason(code).as_bytes();
    (plain && code >= 200).then(|| (code, (!usual).then(|| phrase.to_vec())))
}

/// The vectorcall of an object.
unsafe extern "C" fn call(
    callable: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance, and arguments as of any call.
    unsafe {
        let py = Python::assume_attached();
        enter(py, &CALLS, || {
            let this = &*state_of::<Start>(callable);
            let given = ffi::PyVectorcall_NARGS(count);
            let args = Args::new(py, c"start_response", values, given, names);
            if args.has_keywords() {
                args.positional()?;
                return Ok(py.None().into_bound(py));
            }
            args.between(1, 3)?;
            if given == 1 {
                let data = args.object(0)?;
                let data = data.cast::<PyBytes>().map_err(|_| PyTypeError::new_err("write() takes bytes"))?;
                this.write(py, data.as_bytes())?;
                return Ok(py.None().into_bound(py));
            }
            this.begin(&args)?;
            Ok(Bound::from_borrowed_ptr(py, callable))
        })
    }
}
