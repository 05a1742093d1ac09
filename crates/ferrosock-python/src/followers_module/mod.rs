//! `ferrosock._native.followers`: threads of Python's that serve connections in turns, over `ferrosock_server::followers`.

use std::ffi::{CStr, c_void};
use std::time::{Duration, Instant};

use ferrosock_proto::http1::Limits;
use ferrosock_server::followers::{Followers, Step, Turn};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyType};
use pyo3::{ffi, intern};

use crate::call::{Args, Calls, Plain, Receiver, enter_new, native_fast, native_noargs};
use crate::class::{Class, This, instantiate};
use crate::error::raise;
use crate::fast::{Arrival, SocketFile};
use crate::host::Interpreter;
use crate::http_module::message;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.followers")?;
    module.setattr(
        "__doc__",
        "Threads that serve connections in turns: the native side of http.server's threads.",
    )?;
    module.setattr("Followers", class(py)?)?;
    Ok(module)
}

/// The state of an instance.
struct State {
    followers: Followers<Item>,
    serve: Py<PyAny>,
    grow: Py<PyAny>,
    head: Duration,
    /// The module `http.client`, for the limits of heads.
    client: Py<PyModule>,
}

impl State {
    /// What a head may be. The module's limit of lines is not that of the first one, which has Python's in any case.
    fn limits(&self, py: Python<'_>) -> Limits {
        let (python, given) = (Limits::python(), message::Limits::of(self.client.bind(py).as_borrowed()));
        given.ok().flatten().map_or(python, |given| Limits {
            line: given.line.max(python.line),
            lines: given.lines,
            ..python
        })
    }

    fn arrival(&self, file: &Bound<'_, PyAny>) -> PyResult<Arrival> {
        let limits = || self.limits(file.py());
        SocketFile::of(file).map_or(Ok(Arrival::Ready), |file| file.arrival(limits))
    }
}

/// A connection.
struct Item {
    connection: Py<PyAny>,
    /// Its context variables, which a thread of its own would have.
    context: Py<PyAny>,
    /// Its file, once it has one.
    file: Option<Py<PyAny>>,
    /// When the next head must have begun; or, once it has, when it must be there.
    until: Instant,
    head_began: bool,
}

type Object<'a, 'py> = This<'a, 'py, State>;

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        Class::new(c"ferrosock._native.followers.Followers", DOC)
            .slot(ffi::Py_tp_new, new as *mut c_void)
            .slot(ffi::Py_sq_length, length as *mut c_void)
            .methods(Vec::from([
                native_fast!(CALLS, c"add", add, ADD_DOC),
                native_fast!(CALLS, c"arrived", arrived, ARRIVED_DOC),
                native_noargs!(CALLS, c"run", run, RUN_DOC),
                native_noargs!(CALLS, c"threads", threads, THREADS_DOC),
            ]))
            .build::<State>(py)
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py).clone())
}

const DOC: &CStr = c"Followers(serve, grow, head, client, /)
--

Connections that wait for their clients, and the threads that serve them in turns. len() says how many connections there are.

serve(self, connection, expired) is called by one of the threads when a connection has something to read, or when its time is
over. It gives the seconds for which the connection then waits again; None if it is over. A connection that waits again has an
attribute `file`, its rfile: it is served again when that holds the whole head of a request, which may take `head` seconds
from its first byte on. client is the module http.client, which says what a head may be.

grow(self) starts a thread that calls run().";

unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with our class, a tuple, and a dict or null.
    unsafe {
        enter_new(&CALLS, c"Followers", class, args, keywords, |class, args| {
            let args = args.positional()?;
            args.clinic(4, 4)?;
            let head = seconds(&*args.object(2)?)?.unwrap_or(Duration::MAX);
            let followers = Followers::new().map_err(|error| raise(class.py(), error))?;
            let (serve, grow) = (args.object(0)?.to_owned(), args.object(1)?.to_owned());
            let client = args.object(3)?.cast::<PyModule>()?.to_owned().unbind();
            instantiate(class, State { followers, serve: serve.unbind(), grow: grow.unbind(), head, client })
        })
    }
}

unsafe extern "C" fn length(object: *mut ffi::PyObject) -> ffi::Py_ssize_t {
    // SAFETY: the interpreter calls this attached, with an instance.
    let this = unsafe { Object::receive(Python::assume_attached(), object) };
    this.followers.connections() as ffi::Py_ssize_t
}

/// A number of seconds; None for one that never ends.
fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    let seconds: f64 = value.extract()?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err("a number of seconds is needed"));
    }
    Ok(Duration::try_from_secs_f64(seconds).ok())
}

const ADD_DOC: &CStr = c"add($self, connection, descriptor, patience, /)
--

Add a connection whose socket has that descriptor; it waits for at most so many seconds. Returns whether the caller must start a
thread that calls run(). Raises OSError if the system refuses.";

fn add<'py>(this: Object<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let py = this.py();
    let descriptor = args.int(1)?;
    let patience = seconds(&*args.object(2)?)?;
    // SAFETY: attached; a new reference, or null with an exception set.
    let context = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyContext_New())? }.unbind();
    let connection = args.object(0)?.to_owned().unbind();
    let item = Item { connection, context, file: None, until: Instant::now(), head_began: false };
    let starts = this.followers.add(descriptor, item, patience).map_err(|error| raise(py, error))?;
    Ok(PyBool::new(py, starts).to_owned().into_any())
}

const ARRIVED_DOC: &CStr = c"arrived($self, file, /)
--

Receive what has come for a socket's file, without a wait, and return whether a thread can read the head of a request from it
that need not wait for it: also at the end of the stream, after an error, and from any other kind of file.";

fn arrived<'py>(this: Object<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let arrival = this.arrival(&args.object(0)?.to_owned())?;
    Ok(PyBool::new(this.py(), arrival == Arrival::Ready).to_owned().into_any())
}

const THREADS_DOC: &CStr = c"threads($self, /)
--

Return how many threads there are.";

fn threads(this: Object<'_, '_>) -> Plain {
    Plain::Int(this.followers.threads() as i32)
}

const RUN_DOC: &CStr = c"run($self, /)
--

Serve connections; returns when there has been nothing to do for a while.";

fn run<'py>(this: Object<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let host = Interpreter(py);
    this.followers.enter();
    loop {
        match this.followers.next(&host) {
            Step::Serve(turn) => serve(&this, turn),
            Step::Grow => {
                if let Err(error) = this.grow.call1(py, (this.object(),)) {
                    // No thread, no memory: those that are there go on.
                    this.followers.not_grown();
                    error.write_unraisable(py, Some(this.grow.bind(py)));
                }
            }
            Step::Leave => return Ok(py.None().into_bound(py)),
        }
    }
}

fn serve(this: &Object<'_, '_>, mut turn: Turn<'_, Item>) {
    let py = this.py();
    let mut item = turn.take();
    let mut expired = turn.expired();
    if let Some(file) = item.file.as_ref().filter(|_| !expired) {
        match this.arrival(file.bind(py)) {
            Ok(Arrival::Ready) | Err(_) => {}
            Ok(came) => {
                let now = Instant::now();
                if came == Arrival::Part && !item.head_began {
                    (item.until, item.head_began) = (now + this.head.min(LONGEST), true);
                }
                expired = now >= item.until;
                if !expired {
                    let patience = item.until - now;
                    return turn.keep(item, Some(patience));
                }
            }
        }
    }
    let served = within(item.context.bind(py), || {
        this.serve.bind(py).call1((this.object(), item.connection.bind(py), expired))
    });
    match served.and_then(|patience| if patience.is_none() { Ok(None) } else { seconds(&patience).map(Some) })
    {
        Ok(None) => {}
        Ok(Some(patience)) => {
            if item.file.is_none() {
                item.file = item.connection.getattr(py, intern!(py, "file")).ok();
            }
            item.until = Instant::now() + patience.unwrap_or(LONGEST).min(LONGEST);
            item.head_began = false;
            turn.keep(item, patience);
        }
        Err(error) => error.write_unraisable(py, Some(item.connection.bind(py))),
    }
}

/// Calls what a thread calls, with the context variables of `context`.
fn within<'py>(
    context: &Bound<'py, PyAny>,
    call: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; a context, which no other thread has entered, as one thread at a time has the connection. What has been
    // entered is left again, with no exception set.
    unsafe {
        if ffi::PyContext_Enter(context.as_ptr()) != 0 {
            return Err(PyErr::fetch(context.py()));
        }
        let result = call();
        if ffi::PyContext_Exit(context.as_ptr()) != 0 {
            return Err(PyErr::fetch(context.py()));
        }
        result
    }
}

/// What stands for ever: an `Instant` can still be so much later.
const LONGEST: Duration = Duration::from_secs(1 << 30);
