//! What a spare task runs: nothing, until it is given a coroutine that has started elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::Borrowed;
use pyo3::exceptions::PyStopIteration;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use super::super::CALLS;
use super::super::context::Context;
use super::step::{CLOSE_DOC, SEND_DOC, Step, THROW_DOC, given, iterated, itself, sent, thrown};
use crate::call::{Args, native_fast, native_noargs, native_one};
use crate::class::{Class, This, instantiate, state_of};
use crate::error::dismiss;

enum State {
    /// Nothing to run; perhaps it waits for this future until there is.
    Idle(Option<Py<PyAny>>),
    /// A coroutine, and the first thing that it waits for if the task does not know of it yet.
    Given(Py<PyAny>, Option<Py<PyAny>>, Context),
    Over,
}

/// The state of a coroutine-like object.
pub(super) struct Carrier {
    state: Mutex<State>,
    make_future: Py<PyAny>,
}

impl Carrier {
    pub(super) fn new(make_future: &Bound<'_, PyAny>) -> Self {
        Self { state: Mutex::new(State::Idle(None)), make_future: make_future.clone().unbind() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives it a coroutine that waits for `first`, and wakes its task.
    pub(super) fn give(
        &self,
        py: Python<'_>,
        coroutine: Py<PyAny>,
        first: Py<PyAny>,
        context: Context,
    ) -> PyResult<()> {
        let before = std::mem::replace(&mut *self.state(), State::Given(coroutine, Some(first), context));
        wake(py, before)
    }

    /// Lets its task end.
    pub(super) fn end(&self, py: Python<'_>) -> PyResult<()> {
        let before = std::mem::replace(&mut *self.state(), State::Over);
        wake(py, before)
    }

    fn coroutine(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &*self.state() {
            State::Given(coroutine, ..) => Some(coroutine.clone_ref(py)),
            _ => None,
        }
    }

    fn send(&self, py: Python<'_>, value: Borrowed<'_, '_, PyAny>) -> PyResult<Step> {
        let mut state = self.state();
        let (coroutine, context) = match &mut *state {
            State::Given(_, first @ Some(_), _) => {
                return Ok(first.take().map_or_else(|| Step::Return(py.None()), Step::Yield));
            }
            State::Given(coroutine, None, context) => (coroutine.clone_ref(py), context.clone_ref(py)),
            State::Idle(None) => {
                drop(state);
                let future = self.make_future.call0(py)?;
                future.setattr(py, intern!(py, "_asyncio_future_blocking"), true)?;
                *self.state() = State::Idle(Some(future.clone_ref(py)));
                return Ok(Step::Yield(future));
            }
            State::Idle(Some(_)) | State::Over => return Ok(Step::Return(py.None())),
        };
        drop(state);
        let mut result = std::ptr::null_mut();
        let status = context.run(py, || {
            // SAFETY: attached; live objects, and a place for what it gives.
            unsafe { ffi::PyIter_Send(coroutine.as_ptr(), value.as_ptr(), &raw mut result) }
        });
        // SAFETY: attached; a new reference, or null.
        let result = unsafe { Bound::from_owned_ptr_or_opt(py, result) }.map(Bound::unbind);
        match (status, result) {
            (ffi::PySendResult::PYGEN_NEXT, Some(result)) => Ok(Step::Yield(result)),
            (ffi::PySendResult::PYGEN_RETURN, Some(result)) => {
                *self.state() = State::Over;
                Ok(Step::Return(result))
            }
            _ => {
                *self.state() = State::Over;
                Err(PyErr::fetch(py))
            }
        }
    }

    fn throw(&self, py: Python<'_>, error: PyErr) -> PyResult<Step> {
        let (coroutine, first, context) = match &mut *self.state() {
            State::Given(coroutine, first, context) => {
                (coroutine.clone_ref(py), first.take(), context.clone_ref(py))
            }
            state => {
                *state = State::Over;
                return Err(error);
            }
        };
        if let Some(first) = first.filter(|first| !first.is_none(py)) {
            // The task would have cancelled it.
            if let Err(error) = first.call_method0(py, intern!(py, "cancel")) {
                dismiss(error);
            }
        }
        let value = error.into_value(py);
        let result = context.run(py, || coroutine.call_method1(py, intern!(py, "throw"), (value,)));
        result.map(Step::Yield).or_else(|error| {
            *self.state() = State::Over;
            if !error.is_instance_of::<PyStopIteration>(py) {
                return Err(error);
            }
            error.value(py).getattr(intern!(py, "value")).map(|value| Step::Return(value.unbind()))
        })
    }
}

/// Wakes the task that waits to be given something.
fn wake(py: Python<'_>, before: State) -> PyResult<()> {
    if let State::Idle(Some(future)) = before {
        if !future.call_method0(py, intern!(py, "done"))?.is_truthy(py)? {
            future.call_method1(py, intern!(py, "set_result"), (py.None(),))?;
        }
    }
    Ok(())
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        Class::new(
            c"ferrosock._native.serve.Carrier",
            c"A coroutine that is started before its task knows of it.",
        )
        .not_callable()
        .slot(ffi::Py_am_await, itself as *mut _)
        .slot(ffi::Py_am_send, send_slot as *mut _)
        .slot(ffi::Py_tp_iter, itself as *mut _)
        .slot(ffi::Py_tp_iternext, next as *mut _)
        .slot(ffi::Py_tp_getattro, attribute as *mut _)
        .methods(Vec::from([
            native_one!(CALLS, c"send", send_method, SEND_DOC),
            native_fast!(CALLS, c"throw", throw_method, THROW_DOC),
            native_noargs!(CALLS, c"close", close_method, CLOSE_DOC),
        ]))
        .build::<Carrier>(py)
        .map(Bound::unbind)
    })?;
    Ok(class.bind(py))
}

/// The object of a state.
pub(super) fn carrier<'py>(py: Python<'py>, state: Carrier) -> PyResult<Bound<'py, PyAny>> {
    instantiate(class(py)?, state)
}

/// The state of an object that [`carrier`] made.
pub(super) fn of<'a>(object: &'a Bound<'_, PyAny>) -> &'a Carrier {
    // SAFETY: made by `carrier`, and alive as long as it is borrowed.
    unsafe { &*state_of::<Carrier>(object.as_ptr()) }
}

type Me<'a, 'py> = This<'a, 'py, Carrier>;

fn send_method<'py>(this: Me<'_, 'py>, value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    given(this.py(), this.send(this.py(), value))
}

fn throw_method<'py>(this: Me<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    given(this.py(), this.throw(this.py(), thrown(&args)?))
}

fn close_method<'py>(this: Me<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let before = std::mem::replace(&mut *this.state(), State::Over);
    if let State::Given(coroutine, _, context) = before {
        context.run(py, || coroutine.call_method0(py, intern!(py, "close")))?;
    }
    Ok(py.None().into_bound(py))
}

unsafe extern "C" fn send_slot(
    object: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
    result: *mut *mut ffi::PyObject,
) -> ffi::PySendResult {
    // SAFETY: the interpreter calls this attached, with a live instance, a live value, and a place for the result.
    unsafe {
        let py = Python::assume_attached();
        sent(py, (*state_of::<Carrier>(object)).send(py, Borrowed::from_ptr(py, value)), result)
    }
}

unsafe extern "C" fn next(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live instance; None lives for ever.
    unsafe {
        let py = Python::assume_attached();
        iterated(py, (*state_of::<Carrier>(object)).send(py, Borrowed::from_ptr(py, ffi::Py_None())))
    }
}

/// `tp_getattro`: what the object itself does not have is the coroutine's, such as `cr_frame`.
unsafe extern "C" fn attribute(object: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live instance and a live name.
    unsafe {
        let own = ffi::PyObject_GenericGetAttr(object, name);
        if !own.is_null() || ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) == 0 {
            return own;
        }
        let py = Python::assume_attached();
        let Some(coroutine) = (*state_of::<Carrier>(object)).coroutine(py) else { return own };
        ffi::PyErr_Clear();
        ffi::PyObject_GetAttr(coroutine.as_ptr(), name)
    }
}
