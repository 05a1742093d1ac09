//! What a reader has as a file: its end, its raw stream, and what it asks that stream.

use std::ffi::CStr;
use std::sync::atomic::Ordering;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use pyo3::{Borrowed, ffi};

use super::Reader;
use crate::call::{Args, Receiver, enter, native_fast, native_noargs, native_one};
use crate::convert;
use crate::socket_module::CALLS;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_noargs!(CALLS, c"close", close, CLOSE_DOC),
        native_noargs!(CALLS, c"detach", detach, DETACH_DOC),
        native_noargs!(CALLS, c"flush", flush, FLUSH_DOC),
        native_noargs!(CALLS, c"fileno", fileno, FILENO_DOC),
        native_noargs!(CALLS, c"isatty", isatty, ISATTY_DOC),
        native_noargs!(CALLS, c"readable", readable, READABLE_DOC),
        native_noargs!(CALLS, c"seekable", seekable, SEEKABLE_DOC),
        native_noargs!(CALLS, c"tell", tell, TELL_DOC),
        native_fast!(CALLS, c"seek", seek, SEEK_DOC),
        native_fast!(CALLS, c"truncate", truncate, TRUNCATE_DOC),
        native_noargs!(CALLS, c"__reduce__", reduce, REDUCE_DOC),
        native_one!(CALLS, c"__reduce_ex__", reduce_ex, REDUCE_EX_DOC),
    ])
}

pub(super) fn getters() -> Vec<ffi::PyGetSetDef> {
    let getter = |name: &'static CStr, get, doc: &'static CStr| ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        doc: doc.as_ptr(),
        ..Default::default()
    };
    Vec::from([
        getter(c"raw", get::<Raw>, c"the raw stream, a socket.SocketIO; None once it is detached"),
        getter(c"closed", get::<Closed>, c"whether the file is closed"),
        getter(c"name", get::<Name>, c"the socket's descriptor, -1 once the file is closed"),
        getter(c"mode", get::<Mode>, c"'rb'"),
    ])
}

/// An attribute.
trait Attribute {
    fn value<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>>;
}

unsafe extern "C" fn get<A: Attribute>(
    object: *mut ffi::PyObject,
    _closure: *mut std::ffi::c_void,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    let (py, this) = unsafe {
        let py = Python::assume_attached();
        (py, Reader::receive(py, object))
    };
    enter(py, &CALLS, || A::value(this))
}

struct Raw;

impl Attribute for Raw {
    fn value<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        if this.state.detached.load(Ordering::Relaxed) {
            return Ok(this.py().None().into_bound(this.py()));
        }
        this.raw()
    }
}

struct Closed;

impl Attribute for Closed {
    fn value<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        this.check_attached()?;
        Ok(PyBool::new(this.py(), this.is_closed()?).to_owned().into_any())
    }
}

struct Name;

impl Attribute for Name {
    fn value<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        this.raw()?.getattr(intern!(this.py(), "name"))
    }
}

struct Mode;

impl Attribute for Mode {
    fn value<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        this.raw()?.getattr(intern!(this.py(), "mode"))
    }
}

const CLOSE_DOC: &CStr = c"close($self, /)
--

Close the file; this closes the socket too if that only waited for its last file.";

pub(super) fn close<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    this.check_attached()?;
    let mut buffer = this.enter()?;
    if this.is_closed()? {
        return Ok(py.None().into_bound(py));
    }
    let Some(raw) = this.source().raw(py) else {
        this.state.closed.store(true, Ordering::Relaxed);
        buffer.free();
        drop(buffer);
        let sock = this.source().take_sock(py);
        if let Some(sock) = sock {
            sock.call_method0(intern!(py, "_decref_socketios"))?;
        }
        return Ok(py.None().into_bound(py));
    };
    drop(buffer);
    let flushed = this.object.call_method0(intern!(py, "flush"));
    let mut buffer = this.enter()?;
    let closed = raw.call_method0(intern!(py, "close"));
    buffer.free();
    match (flushed, closed) {
        (Ok(_), closed) => closed,
        (Err(error), Ok(_)) => Err(error),
        (Err(error), Err(last)) => {
            last.set_context(py, Some(error));
            Err(last)
        }
    }
}

const DETACH_DOC: &CStr = c"detach($self, /)
--

Give the raw stream away. The file is of no use any more, and what is in its buffer is lost.";

fn detach<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    this.check_attached()?;
    this.object.call_method0(intern!(py, "flush"))?;
    let raw = this.raw()?;
    this.state.detached.store(true, Ordering::Relaxed);
    drop(this.source().take_raw(py));
    Ok(raw)
}

const FLUSH_DOC: &CStr = c"flush($self, /)
--

Do nothing, or raise ValueError if the file is closed.";

fn flush<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    this.raw()?.call_method0(intern!(py, "flush"))
}

const FILENO_DOC: &CStr = c"fileno($self, /)
--

Return the socket's descriptor. Raises ValueError once the file is closed.";

fn fileno<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.raw()?.call_method0(intern!(this.py(), "fileno"))
}

const ISATTY_DOC: &CStr = c"isatty($self, /)
--

Return False. Raises ValueError once the file is closed.";

fn isatty<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.raw()?.call_method0(intern!(this.py(), "isatty"))
}

const READABLE_DOC: &CStr = c"readable($self, /)
--

Return True. Raises ValueError once the file is closed.";

fn readable<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.raw()?.call_method0(intern!(this.py(), "readable"))
}

const SEEKABLE_DOC: &CStr = c"seekable($self, /)
--

Return False: a socket has no positions. Raises ValueError once the file is closed.";

fn seekable<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.raw()?.call_method0(intern!(this.py(), "seekable"))
}

const TELL_DOC: &CStr = c"tell($self, /)
--

Raise io.UnsupportedOperation: a socket has no positions.";

fn tell<'py>(this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.raw()?.call_method0(intern!(this.py(), "tell"))
}

const SEEK_DOC: &CStr = c"seek($self, target, whence=0, /)
--

Raise io.UnsupportedOperation: a socket has no positions.";

fn seek<'py>(this: Reader<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(1, 2)?;
    let whence = args.int_or(1, 0)?;
    let raw = this.raw()?;
    let known = (0..=2).contains(&whence)
        || cfg!(any(target_os = "linux", target_os = "macos"))
            && [libc::SEEK_HOLE, libc::SEEK_DATA].contains(&whence);
    if !known {
        return Err(PyValueError::new_err(format!("whence value {whence} unsupported")));
    }
    let buffer = this.enter()?;
    this.check_open(&buffer, "seek of closed file")?;
    drop(buffer);
    raw.call_method0(intern!(this.py(), "_checkSeekable"))?;
    // Somebody's raw stream that has positions; what lies in the buffer does not move with it.
    raw.call_method1(intern!(this.py(), "seek"), (args.object(0)?, whence))
}

const TRUNCATE_DOC: &CStr = c"truncate($self, pos=None, /)
--

Raise io.UnsupportedOperation: the file is for reading.";

fn truncate<'py>(this: Reader<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if crate::version::since(12) {
        args.between(0, 1)?;
    } else {
        args.clinic(0, 1)?;
    }
    this.check_attached()?;
    let buffer = this.enter()?;
    this.check_open(&buffer, "truncate of closed file")?;
    drop(buffer);
    let unsupported = this.py().import("io")?.getattr("UnsupportedOperation")?;
    Err(PyErr::from_value(unsupported.call1((intern!(this.py(), "truncate"),))?))
}

const REDUCE_DOC: &CStr = c"__reduce__($self, /)
--

Raise TypeError: a file cannot be pickled.";

fn reduce<'py>(_this: Reader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    Err(not_pickled(0))
}

const REDUCE_EX_DOC: &CStr = c"__reduce_ex__($self, protocol, /)
--

Raise TypeError: a file cannot be pickled.";

fn reduce_ex<'py>(_this: Reader<'_, 'py>, protocol: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Err(not_pickled(convert::int(&protocol)?))
}

/// The words of the base's refusal.
fn not_pickled(protocol: i32) -> PyErr {
    PyTypeError::new_err(if crate::version::since(12) {
        "cannot pickle 'BufferedReader' instances"
    } else if protocol < 2 {
        "cannot pickle 'BufferedReader' object"
    } else {
        "cannot pickle '_io.BufferedReader' object"
    })
}
