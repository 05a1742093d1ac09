//! How long operations may take.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyFloat;
use pyo3::{Borrowed, ffi};

use super::{CALLS, SocketObject};
use crate::call::{Plain, Receiver, enter, native_noargs, native_one};
use crate::convert;
use crate::error::raise;

/// The timeout of new sockets in nanoseconds; negative for none.
static DEFAULT: AtomicI64 = AtomicI64::new(-1);

/// The timeout of new sockets.
pub(crate) fn default_timeout() -> Option<Duration> {
    u64::try_from(DEFAULT.load(Relaxed)).ok().map(Duration::from_nanos)
}

/// Sets the timeout of new sockets.
pub(crate) fn set_default_timeout(timeout: Option<Duration>) {
    DEFAULT.store(timeout.map_or(-1, |limit| i64::try_from(limit.as_nanos()).unwrap_or(i64::MAX)), Relaxed);
}

/// A timeout argument: None, or a number of seconds that is not negative, rounded up to nanoseconds.
///
/// ValueError for a negative one, OverflowError for one over 292 years, TypeError for what is no number.
pub(crate) fn timeout_argument(value: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    if value.is_none() {
        return Ok(None);
    }
    let nanoseconds = convert::seconds_to_nanoseconds(value)?;
    u64::try_from(nanoseconds)
        .map(|nanoseconds| Some(Duration::from_nanos(nanoseconds)))
        .map_err(|_| PyValueError::new_err("Timeout value out of range"))
}

/// A timeout as Python sees it: None or seconds as a float.
pub(crate) fn timeout_value(py: Python<'_>, timeout: Option<Duration>) -> Bound<'_, PyAny> {
    match timeout {
        None => py.None().into_bound(py),
        Some(limit) => PyFloat::new(py, seconds(limit)).into_any(),
    }
}

/// A time in seconds: one division of the whole, so that the float is the nearest one.
fn seconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e9
}

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(
            CALLS,
            c"settimeout",
            settimeout,
            c"settimeout(timeout)

Set how long operations may take: None to wait without a limit, 0 not to wait, else seconds as an int or float.

Raises ValueError for a negative timeout."
        ),
        native_noargs!(
            CALLS,
            c"gettimeout",
            gettimeout,
            c"gettimeout() -> float or None

Return how long operations may take, in seconds; None if they wait without a limit."
        ),
        native_one!(
            CALLS,
            c"setblocking",
            setblocking,
            c"setblocking(flag)

With a true flag, operations wait without a limit (settimeout(None)); with a false one they do not
wait (settimeout(0))."
        ),
        native_noargs!(
            CALLS,
            c"getblocking",
            getblocking,
            c"getblocking() -> bool

Return whether operations wait: False only with a timeout of 0."
        ),
    ])
}

pub(super) fn getters() -> Vec<ffi::PyGetSetDef> {
    Vec::from([ffi::PyGetSetDef {
        name: c"timeout".as_ptr(),
        get: Some(get_timeout),
        set: None,
        doc: c"how long operations may take in seconds; None without a limit".as_ptr(),
        closure: std::ptr::null_mut(),
    }])
}

unsafe extern "C" fn get_timeout(
    object: *mut ffi::PyObject,
    _closure: *mut std::ffi::c_void,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    let (py, this) = unsafe {
        let py = Python::assume_attached();
        (py, SocketObject::receive(py, object))
    };
    enter(py, &CALLS, || gettimeout(this))
}

fn settimeout<'py>(
    this: SocketObject<'_, 'py>,
    timeout: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let timeout = timeout_argument(&timeout)?;
    this.set_timeout(timeout).map_err(|error| raise(this.py(), error))?;
    Ok(this.py().None().into_bound(this.py()))
}

fn gettimeout(this: SocketObject<'_, '_>) -> Plain {
    this.timeout().map_or(Plain::None, |limit| Plain::Float(seconds(limit)))
}

fn setblocking<'py>(
    this: SocketObject<'_, 'py>,
    flag: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    // Before 3.12 the flag must be an integer.
    let wait = if crate::version::since(12) { flag.is_truthy()? } else { convert::long(&flag)? != 0 };
    let timeout = if wait { None } else { Some(Duration::ZERO) };
    this.set_timeout(timeout).map_err(|error| raise(this.py(), error))?;
    Ok(this.py().None().into_bound(this.py()))
}

fn getblocking(this: SocketObject<'_, '_>) -> Plain {
    Plain::Bool(this.is_blocking())
}
