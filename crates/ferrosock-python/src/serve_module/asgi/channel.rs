//! What an application is given to talk to its client.

use std::ffi::CStr;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyType};

use super::super::CALLS;
use super::exchange::{Exchange, whole_body};
use super::wait::{Wait, awaitable};
use super::websocket::WebSocketExchange;
use crate::call::{Args, enter};
use crate::class::{Class, instantiate, state_of, state_offset};

/// The two kinds of exchanges.
#[derive(Clone)]
pub(super) enum Either {
    Http(Arc<Exchange>),
    WebSocket(Arc<WebSocketExchange>),
}

impl Either {
    /// What `receive()` gives: mostly the message is there.
    fn receive<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let wait = match self {
            Self::Http(exchange) => match whole_body(exchange, py)? {
                Some(message) => Wait::Ready(Mutex::new(Some(message))),
                None => Wait::Message(exchange.clone()),
            },
            Self::WebSocket(exchange) => Wait::SocketMessage(exchange.clone()),
        };
        awaitable(py, wait)
    }

    fn send<'py>(&self, message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = message.py();
        let message = message.cast::<PyDict>().map_err(|_| PyTypeError::new_err("a message is a dict"))?;
        let kind = message.get_item(intern!(py, "type"))?;
        let kind = kind.ok_or_else(|| PyValueError::new_err("a message has a type"))?;
        let kind = kind.cast::<PyString>().map_err(|_| PyTypeError::new_err("a message's type is a str"))?;
        match self {
            Self::Http(exchange) => exchange.send(message, kind.to_str()?),
            Self::WebSocket(exchange) => exchange.send(message, kind.to_str()?),
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        match self {
            Self::Http(exchange) => exchange.is_gone(),
            Self::WebSocket(exchange) => exchange.is_gone(),
        }
    }

    pub(super) fn is_undone(&self) -> bool {
        match self {
            Self::Http(exchange) => exchange.is_undone(),
            Self::WebSocket(exchange) => exchange.is_undone(),
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Http(exchange) => exchange.name(),
            Self::WebSocket(exchange) => exchange.name(),
        }
    }

    pub(super) fn end(&self, py: Python<'_>, failed: bool) -> PyResult<()> {
        match self {
            Self::Http(exchange) => exchange.end(py, failed),
            Self::WebSocket(exchange) => exchange.end(py, failed),
        }
    }
}

/// The object that is both `receive` and `send`: they differ in their arguments.
pub(super) struct Channel {
    call: ffi::vectorcallfunc,
    exchange: Either,
}

const DOC: &CStr = c"Called without arguments: receive(). Called with a message: send(message).";

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        Class::new(c"ferrosock._native.serve.Channel", DOC)
            .vectorcall(state_offset::<Channel>() + std::mem::offset_of!(Channel, call))
            .not_callable()
            .build::<Channel>(py)
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py))
}

/// The object of an exchange.
pub(super) fn channel<'py>(py: Python<'py>, exchange: Either) -> PyResult<Bound<'py, PyAny>> {
    instantiate(class(py)?, Channel { call, exchange })
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
            let exchange = &(*state_of::<Channel>(callable)).exchange;
            let args = Args::new(py, c"receive", values, ffi::PyVectorcall_NARGS(count), names);
            if args.has_keywords() {
                let mut keywords = args.keywords();
                return match (args.len(), keywords.next(), keywords.next()) {
                    (0, Some((_, message)), None) => exchange.send(&message),
                    _ => Err(PyTypeError::new_err("send() takes one message")),
                };
            }
            args.between(0, 1)?;
            match args.get(0) {
                Some(message) => exchange.send(&message),
                None => exchange.receive(py),
            }
        })
    }
}
