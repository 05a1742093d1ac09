//! `Decoder`: the bytes of a stream as they come, and its frames.

use std::ffi::{CStr, c_int, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ferrosock_codec::framing;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi};

use super::errors::raise;
use super::kinds::Kind;
use super::{CALLS, kinds, none};
use crate::call::{Receiver, enter_new, enter_next, native_noargs, native_one};
use crate::class::{Class, This, instantiate};
use crate::input::Input;
use crate::memory;

/// The state. No Python code runs while it is locked.
pub(super) struct State(Mutex<framing::Decoder<Kind>>);

impl State {
    fn lock(&self) -> MutexGuard<'_, framing::Decoder<Kind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Decoder<'a, 'py> = This<'a, 'py, State>;

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        Class::new(c"ferrosock.framing.Decoder", DOC)
            .slot(ffi::Py_tp_new, new as *mut c_void)
            .slot(ffi::Py_tp_iter, ffi::PyObject_SelfIter as *mut c_void)
            .slot(ffi::Py_tp_iternext, iterate as *mut c_void)
            .slot(ffi::Py_sq_length, length as *mut c_void)
            .slot(ffi::Py_nb_bool, truth as *mut c_void)
            .methods(Vec::from([
                native_one!(CALLS, c"feed", feed, FEED_DOC),
                native_noargs!(CALLS, c"next", next, NEXT_DOC),
                native_noargs!(CALLS, c"missing", missing, MISSING_DOC),
                native_noargs!(CALLS, c"rest", rest, REST_DOC),
                native_noargs!(CALLS, c"take_rest", take_rest, TAKE_REST_DOC),
                native_noargs!(CALLS, c"finish", finish, FINISH_DOC),
            ]))
            .build::<State>(py)
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py).clone())
}

/// A decoder to which nothing has come.
pub(super) fn create(py: Python<'_>, kind: Kind) -> PyResult<Bound<'_, PyAny>> {
    instantiate(&class(py)?, State(Mutex::new(framing::Decoder::new(kind))))
}

const DOC: &CStr = c"Decoder(framing, /)
--

The bytes of a stream as they come, and its frames. It reads nothing itself: feed it what was received, then take the
frames that are whole, by next() or by iterating. An iteration ends where more bytes are needed, and goes on after them.

It keeps what was fed and not yet taken, and no memory by the word of a length. len() says how many bytes those are.
After an error of the stream it gives the same error always, at feed() too, since nobody knows where the next frame begins;
rest() still has the bytes until then.";

unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with our class, a tuple, and a dict or null.
    unsafe {
        enter_new(&CALLS, c"Decoder", class, args, keywords, |class, args| {
            let args = args.positional()?;
            args.clinic(1, 1)?;
            create(class.py(), kinds::of(&*args.object(0)?)?)
        })
    }
}

const FEED_DOC: &CStr = c"feed($self, data, /)
--

Take bytes that were received, of any bytes-like object.

Raises the error that next() raised before, and keeps nothing then.";

fn feed<'py>(this: Decoder<'_, 'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let input = Input::binary(data)?;
    let mut decoder = this.lock();
    if let Some(error) = decoder.error() {
        drop(decoder);
        return Err(raise(this.py(), error));
    }
    decoder.try_push(&input).map_err(|_| PyMemoryError::new_err(()))?;
    none(this.py())
}

const NEXT_DOC: &CStr = c"next($self, /)
--

Return the payload of the next frame, or None until more bytes have come.

Raises FramingError if what came is no frame, FrameTooLong if it is larger than the limit.";

fn next<'py>(this: Decoder<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    frame(&this)?.map_or_else(|| none(this.py()), Ok)
}

unsafe extern "C" fn iterate(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls slots attached, with an instance.
    let this = unsafe { Decoder::receive(Python::assume_attached(), object) };
    enter_next(this.py(), &CALLS, || frame(&this))
}

#[inline]
fn frame<'py>(this: &Decoder<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = this.py();
    // A bytes object is made while the lock is held: that runs no Python code.
    match this.lock().poll_frame() {
        Ok(Some(payload)) => memory::bytes_object(py, payload).map(|bytes| Some(bytes.into_any())),
        Ok(None) => Ok(None),
        Err(error) => Err(raise(py, error)),
    }
}

const MISSING_DOC: &CStr = c"missing($self, /)
--

Return how many bytes are missing at least before there can be another frame; 0 if there is one, or an error.

Who receives no more than that never takes bytes that lie behind the frame.";

fn missing<'py>(this: Decoder<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let count = this.lock().missing();
    Ok(count.into_pyobject(this.py())?.into_any())
}

const REST_DOC: &CStr = c"rest($self, /)
--

Return the bytes that have come and belong to no frame that was taken.";

fn rest<'py>(this: Decoder<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    memory::bytes_object(this.py(), this.lock().rest()).map(Bound::into_any)
}

const TAKE_REST_DOC: &CStr = c"take_rest($self, /)
--

Return what rest() does and forget it, for whoever reads the stream on in another way. The decoder is as new.";

fn take_rest<'py>(this: Decoder<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let mut decoder = this.lock();
    let rest = memory::bytes_object(this.py(), decoder.rest())?;
    decoder.take_rest();
    Ok(rest.into_any())
}

const FINISH_DOC: &CStr = c"finish($self, /)
--

See whether the stream may end here: raise IncompleteFrame if it may not, or the error that was raised before.";

fn finish<'py>(this: Decoder<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let end = this.lock().finish();
    end.map_err(|error| raise(this.py(), error))?;
    none(this.py())
}

unsafe extern "C" fn length(object: *mut ffi::PyObject) -> ffi::Py_ssize_t {
    CALLS.note();
    // SAFETY: the interpreter calls slots attached, with an instance.
    let this = unsafe { Decoder::receive(Python::assume_attached(), object) };
    this.lock().rest().len() as ffi::Py_ssize_t
}

/// A decoder is true, whatever it holds.
unsafe extern "C" fn truth(_object: *mut ffi::PyObject) -> c_int {
    1
}
