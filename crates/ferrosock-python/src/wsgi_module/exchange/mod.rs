//! One request's way to an application and back: what `ServerHandler.run` does, and its `start_response` and `write`.
//!
//! It goes as far as nothing needs judgement. Where something does (a status that is refused, a body of odd objects, an exception),
//! a `ServerHandler` is made that is as far as this is, and goes on in the general way.

mod answer;
mod general;

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyType};
use pyo3::{Borrowed, intern};

use super::CALLS;
use super::head::{is_plain_list, is_plain_status};

use crate::call::{Args, native_named, native_one};
use crate::class::{Class, This, instantiate};
use crate::signature::{Signature, required};

/// What is held for as long as an application is at work.
pub(super) struct Parts {
    /// `wsgiref.simple_server`.
    pub(super) module: Py<PyModule>,
    /// Its `ServerHandler`.
    pub(super) class: Py<PyAny>,
    pub(super) socket: Py<PyAny>,
    pub(super) stdin: Py<PyAny>,
    pub(super) stderr: Py<PyAny>,
    pub(super) base_env: Py<PyDict>,
    pub(super) environ: Py<PyDict>,
    pub(super) source: Source,
    /// What the status line says.
    pub(super) http_version: Py<PyString>,
    /// What the header Server says, if anything.
    pub(super) software: Option<Py<PyString>>,
}

/// Where the request came from.
pub(super) enum Source {
    /// A handler, which logs the request.
    Handler(Py<PyAny>),
    /// A connection of the loop, and the lines of the request's head.
    Loop { server: Py<PyAny>, address: Py<PyAny>, line: Vec<u8>, section: Vec<u8> },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No response has been begun.
    Waiting,
    /// `start_response` was called.
    Begun,
    /// The head was sent.
    Sent,
}

pub(super) struct State {
    pub(super) parts: Parts,
    stage: Stage,
    status: Option<Py<PyString>>,
    headers: Option<Py<PyList>>,
    bytes_sent: usize,
    /// The `ServerHandler` that has taken over.
    general: Option<Py<PyAny>>,
}

/// The state, until the request is over. No Python code runs while it is locked, and no object is made that could be part of a
/// cycle: a collection might come then, and with it any code.
#[derive(Default)]
pub(super) struct Exchange(Mutex<Option<State>>);

impl Exchange {
    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Here<'a, 'py> = This<'a, 'py, Exchange>;

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    CLASS
        .get_or_try_init(py, || {
            Class::new(
                c"wsgiref.simple_server.ServerHandler",
                c"A request on its way to an application and back.",
            )
            .not_callable()
            .methods(Vec::from([
                native_named!(CALLS, c"start_response", start_response, START_DOC),
                native_one!(CALLS, c"write", write, WRITE_DOC),
            ]))
            .build::<Exchange>(py)
            .map(Bound::unbind)
        })
        .map(|class| class.bind(py))
}

/// What became of a request.
pub(super) struct Outcome {
    /// The client may send another one over the connection.
    pub(super) kept: bool,
}

/// Calls an application and sends what it answers. `keeps`: the client asks for it, and nothing of the request is left to be
/// read.
///
/// The error is one of the server: what goes wrong in the application is answered.
pub(super) fn run<'py>(
    py: Python<'py>,
    parts: Parts,
    application: &Bound<'py, PyAny>,
    keeps: bool,
) -> PyResult<Outcome> {
    let environ = parts.environ.clone_ref(py);
    let state =
        State { parts, stage: Stage::Waiting, status: None, headers: None, bytes_sent: 0, general: None };
    let exchange = instantiate(class(py)?, Exchange(Mutex::new(Some(state))))?;
    // SAFETY: an instance of the class, alive for as long.
    let this: Here<'_, 'py> = unsafe { crate::call::Receiver::receive(py, exchange.as_ptr()) };
    let outcome = this.serve(application, environ.bind(py), keeps);
    let over = this.state().take();
    drop(over);
    outcome
}

const START: Signature<3> = Signature {
    text: "start_response(status, headers, exc_info=None)",
    names: ["status", "headers", "exc_info"],
    required: 2,
};
const START_DOC: &CStr = c"start_response($self, status, headers, exc_info=None)
--

Begin a response (PEP 3333). Returns the function that writes parts of the body.";

fn start_response<'py>(this: Here<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let [status, headers, exc_info] = START.read(&args)?;
    let (status, headers) = (required(status)?, required(headers)?);
    if exc_info.is_none_or(|exc_info| exc_info.is_none()) {
        if let (Ok(text), Ok(list)) = (status.cast_exact::<PyString>(), headers.cast_exact::<PyList>()) {
            let plain = is_plain_status(text) && is_plain_list(&list);
            if plain && this.begins(text, &list) {
                return this.object().getattr(intern!(py, "write"));
            }
        }
    }
    let handler = this.handler()?;
    handler.call_method1(intern!(py, "start_response"), (status, headers, exc_info))
}

impl Exchange {
    /// Begins the response, if it is the first one.
    fn begins(&self, status: Borrowed<'_, '_, PyString>, headers: &Bound<'_, PyList>) -> bool {
        let mut state = self.state();
        let Some(state) = state.as_mut().filter(|state| state.is_new()) else { return false };
        state.status = Some(status.to_owned().unbind());
        state.headers = Some(headers.clone().unbind());
        state.stage = Stage::Begun;
        true
    }
}

impl State {
    /// Whether the first response is yet to be begun.
    fn is_new(&self) -> bool {
        self.general.is_none() && self.headers.is_none()
    }
}

const WRITE_DOC: &CStr = c"write($self, data, /)
--

Send a part of the body, the head in front of the first (PEP 3333).";

fn write<'py>(this: Here<'_, 'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let data = data.to_owned();
    let stage = match &*this.state() {
        Some(state) if state.general.is_none() && data.is_exact_instance_of::<PyBytes>() => Some(state.stage),
        _ => None,
    };
    let done = match stage {
        Some(Stage::Sent) => this.send_block(&data).map(|()| true)?,
        Some(Stage::Begun) => this.send_first(data.cast::<PyBytes>()?.as_bytes(), false)?,
        _ => false,
    };
    if done {
        return Ok(py.None().into_bound(py));
    }
    this.handler()?.call_method1(intern!(py, "write"), (data,))
}
