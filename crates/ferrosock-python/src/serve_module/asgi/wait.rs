//! What `receive()` and `send()` give to be awaited: for asyncio they are coroutines, of which a program may make tasks.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi, intern};

use super::super::CALLS;
use super::exchange::Exchange;
use super::step::{CLOSE_DOC, SEND_DOC, Step, THROW_DOC, given, iterated, itself, sent, thrown};
use super::websocket::WebSocketExchange;
use crate::call::{Args, native_fast, native_noargs, native_one};
use crate::class::{Class, This, instantiate, state_of};

/// What is waited for.
pub(super) enum Wait {
    /// Nothing: this is the result.
    Ready(Mutex<Option<Py<PyAny>>>),
    /// A message.
    Message(Arc<Exchange>),
    /// Room for more content.
    Room(Arc<Exchange>),
    /// The same of a WebSocket.
    SocketMessage(Arc<WebSocketExchange>),
    SocketRoom(Arc<WebSocketExchange>),
}

impl Wait {
    fn step(&self, py: Python<'_>) -> PyResult<Step> {
        let (found, waiters) = match self {
            Self::Ready(value) => {
                let value = value.lock().unwrap_or_else(PoisonError::into_inner).take();
                return Ok(Step::Return(value.unwrap_or_else(|| py.None())));
            }
            Self::Message(exchange) => (exchange.poll_message(py)?, &exchange.waiters),
            Self::Room(exchange) => (exchange.poll_room()?.then(|| py.None()), &exchange.waiters),
            Self::SocketMessage(exchange) => (exchange.poll_message(py)?, &exchange.waiters),
            Self::SocketRoom(exchange) => (exchange.poll_room()?.then(|| py.None()), &exchange.waiters),
        };
        if let Some(value) = found {
            return Ok(Step::Return(value));
        }
        let future = waiters.future(py)?;
        // So says a future that it is awaited, and not merely given.
        future.bind(py).setattr(intern!(py, "_asyncio_future_blocking"), true)?;
        Ok(Step::Yield(future))
    }
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static NOTHING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        Class::new(c"ferrosock._native.serve.Wait", c"What receive() and send() give to be awaited.")
            .not_callable()
            .slot(ffi::Py_am_await, itself as *mut _)
            .slot(ffi::Py_am_send, send as *mut _)
            .slot(ffi::Py_tp_iter, itself as *mut _)
            .slot(ffi::Py_tp_iternext, next as *mut _)
            .methods(Vec::from([
                native_one!(CALLS, c"send", send_method, SEND_DOC),
                native_fast!(CALLS, c"throw", throw_method, THROW_DOC),
                native_noargs!(CALLS, c"close", close_method, CLOSE_DOC),
            ]))
            .build::<Wait>(py)
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py))
}

/// An awaitable.
pub(super) fn awaitable<'py>(py: Python<'py>, wait: Wait) -> PyResult<Bound<'py, PyAny>> {
    instantiate(class(py)?, wait)
}

/// The awaitable that is ready and gives None: one for all.
pub(super) fn nothing(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let nothing =
        NOTHING.get_or_try_init(py, || awaitable(py, Wait::Ready(Mutex::new(None))).map(Bound::unbind))?;
    Ok(nothing.bind(py).clone())
}

type Me<'a, 'py> = This<'a, 'py, Wait>;

fn send_method<'py>(this: Me<'_, 'py>, _value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    given(this.py(), this.step(this.py()))
}

/// Nothing is left to be done behind an exception.
fn throw_method<'py>(_this: Me<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    Err(thrown(&args)?)
}

fn close_method<'py>(this: Me<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    Ok(this.py().None().into_bound(this.py()))
}

/// `am_send`: the quick way.
unsafe extern "C" fn send(
    object: *mut ffi::PyObject,
    _value: *mut ffi::PyObject,
    result: *mut *mut ffi::PyObject,
) -> ffi::PySendResult {
    // SAFETY: the interpreter calls this attached, with a live instance and a place for the result.
    unsafe {
        let py = Python::assume_attached();
        sent(py, (*state_of::<Wait>(object)).step(py), result)
    }
}

unsafe extern "C" fn next(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live instance.
    unsafe {
        let py = Python::assume_attached();
        iterated(py, (*state_of::<Wait>(object)).step(py))
    }
}
