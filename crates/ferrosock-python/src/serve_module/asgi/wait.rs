//! What `receive()` and `send()` give to be awaited.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyStopIteration;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use super::exchange::Exchange;
use super::websocket::WebSocketExchange;
use crate::class::{Class, instantiate, state_of};
use crate::error::restore;

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

/// What a look at it gives.
pub(super) enum Step {
    Done(Py<PyAny>),
    /// The future to wait for before the next look.
    Pending(Py<PyAny>),
}

impl Wait {
    fn step(&self, py: Python<'_>) -> PyResult<Step> {
        let (found, waiters) = match self {
            Self::Ready(value) => {
                let value = value.lock().unwrap_or_else(PoisonError::into_inner).take();
                return Ok(Step::Done(value.unwrap_or_else(|| py.None())));
            }
            Self::Message(exchange) => (exchange.poll_message(py)?, &exchange.waiters),
            Self::Room(exchange) => (exchange.poll_room()?.then(|| py.None()), &exchange.waiters),
            Self::SocketMessage(exchange) => (exchange.poll_message(py)?, &exchange.waiters),
            Self::SocketRoom(exchange) => (exchange.poll_room()?.then(|| py.None()), &exchange.waiters),
        };
        if let Some(value) = found {
            return Ok(Step::Done(value));
        }
        let future = waiters.future(py)?;
        // So says a future that it is awaited, and not merely given.
        future.bind(py).setattr(intern!(py, "_asyncio_future_blocking"), true)?;
        Ok(Step::Pending(future))
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

unsafe extern "C" fn itself(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live instance.
    unsafe { ffi::Py_NewRef(object) }
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
        match (*state_of::<Wait>(object)).step(py) {
            Ok(Step::Done(value)) => {
                *result = value.into_ptr();
                ffi::PySendResult::PYGEN_RETURN
            }
            Ok(Step::Pending(future)) => {
                *result = future.into_ptr();
                ffi::PySendResult::PYGEN_NEXT
            }
            Err(error) => {
                restore(py, error);
                *result = std::ptr::null_mut();
                ffi::PySendResult::PYGEN_ERROR
            }
        }
    }
}

unsafe extern "C" fn next(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live instance.
    unsafe {
        let py = Python::assume_attached();
        match (*state_of::<Wait>(object)).step(py) {
            Ok(Step::Pending(future)) => return future.into_ptr(),
            // Null without an exception is the end with None.
            Ok(Step::Done(value)) if value.is_none(py) => {}
            Ok(Step::Done(value)) => restore(py, PyStopIteration::new_err((value,))),
            Err(error) => restore(py, error),
        }
        std::ptr::null_mut()
    }
}
