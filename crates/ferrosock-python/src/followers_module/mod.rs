//! `ferrosock._native.followers`: threads of Python's that serve connections in turns, over `ferrosock_server::followers`.

mod locals;

use std::ffi::{CStr, c_void};
use std::time::{Duration, Instant};

use ferrosock_proto::http1::Limits;
use ferrosock_server::followers::{Followers, Step, Turn};
use ferrosock_socket::{Host, Interrupted};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyType};
use pyo3::{ffi, intern};

use crate::call::{Args, Calls, Plain, Receiver, enter_new, native_fast, native_noargs};
use crate::class::{Class, This, instantiate};
use crate::error::{dismiss, raise};
use crate::fast::{Arrival, SocketFile};
use crate::host::Interpreter;
use crate::http_module::{message, server as http_server};
use crate::socket_module::object::{Method, gathered_is_due, plain, send_gathered, together};
use locals::Locals;

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
    begin: Py<PyAny>,
    end: Py<PyAny>,
    grow: Py<PyAny>,
    head: Duration,
    /// The module `http.server`.
    server: Py<PyModule>,
    /// The module `http.client`, for the limits of heads.
    client: Py<PyModule>,
}

impl State {
    /// What a head may be that is not there whole. The module's limit of lines is not that of the first one, which has
    /// Python's in any case.
    fn limits(&self, py: Python<'_>) -> Limits {
        let (python, given) = (Limits::python(), message::Limits::of(self.client.bind(py).as_borrowed()));
        given.ok().flatten().map_or(python, |given| Limits {
            line: given.line.max(python.line),
            lines: given.unended(),
            ..python
        })
    }

    /// What has come on a connection.
    fn arrival(&self, file: &Bound<'_, PyAny>) -> Arrival {
        let limits = || self.limits(file.py());
        // The next read meets an error, too.
        let came = SocketFile::of(file).map_or(Ok(Arrival::Ready), |file| file.arrival(limits));
        came.unwrap_or_else(|error| {
            dismiss(error);
            Arrival::Ready
        })
    }
}

/// A connection.
struct Item {
    connection: Py<PyAny>,
    /// Its context variables and its `threading.local`, which a thread of its own would have.
    context: Py<PyAny>,
    locals: Locals,
    /// Its handler and the handler's file, once there are.
    begun: Option<Begun>,
    /// When the next head must have begun; or, once it has, when it must be there.
    until: Instant,
    head_began: bool,
}

struct Begun {
    handler: Py<PyAny>,
    file: Py<PyAny>,
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
                native_noargs!(CALLS, c"run", run, RUN_DOC),
                native_noargs!(CALLS, c"not_grown", not_grown, NOT_GROWN_DOC),
                native_noargs!(CALLS, c"threads", threads, THREADS_DOC),
                native_noargs!(CALLS, c"serving", serving, SERVING_DOC),
            ]))
            .build::<State>(py)
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py).clone())
}

const DOC: &CStr = c"Followers(begin, end, grow, head, server, client, /)
--

Connections that wait for their clients, and the threads that serve them in turns. len() says how many connections there are.

begin(connection) makes the handler of a connection, when something has come; or serves the connection itself, to its end, and
returns None. end(connection, expired, error) sees it off: after an error, or when the client has taken too long. All between is
done here: requests are served as long as the handler keeps the connection, which then waits until the whole head of the next
request is there, for as long as the handler and its server say; a head may take `head` seconds from its first byte on. server and
client are the modules http.server and http.client.

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
            args.clinic(6, 6)?;
            let function = |index| args.object(index).map(|function| function.to_owned().unbind());
            let module = |index| PyResult::Ok(args.object(index)?.cast::<PyModule>()?.to_owned().unbind());
            let state = State {
                followers: Followers::new().map_err(|error| raise(class.py(), error))?,
                begin: function(0)?,
                end: function(1)?,
                grow: function(2)?,
                head: seconds(&*args.object(3)?)?.unwrap_or(LONGEST).min(LONGEST),
                server: module(4)?,
                client: module(5)?,
            };
            instantiate(class, state)
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

const ADD_DOC: &CStr = c"add($self, connection, descriptor, patience, whole, /)
--

Add a connection whose socket has that descriptor; it waits for at most so many seconds. whole says that begin() and end() serve it
to its end. Returns whether the caller must start a thread that calls run(). Raises OSError if the system refuses.";

fn add<'py>(this: Object<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(4, 4)?;
    let py = this.py();
    let descriptor = args.int(1)?;
    let patience = seconds(&*args.object(2)?)?;
    // SAFETY: attached; a new reference, or null with an exception set.
    let context = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyContext_New())? }.unbind();
    let connection = args.object(0)?.to_owned().unbind();
    let (locals, until) = (Locals::default(), Instant::now());
    let item = Item { connection, context, locals, begun: None, until, head_began: false };
    let followers = &this.followers;
    let starts = if args.object(3)?.is_truthy()? {
        followers.add_once(descriptor, item, patience)
    } else {
        followers.add(descriptor, item, patience)
    };
    let starts = starts.map_err(|error| raise(py, error))?;
    Ok(PyBool::new(py, starts).to_owned().into_any())
}

const THREADS_DOC: &CStr = c"threads($self, /)
--

Return how many threads there are.";

fn threads(this: Object<'_, '_>) -> Plain {
    Plain::Int(this.followers.threads() as i32)
}

const SERVING_DOC: &CStr = c"serving($self, /)
--

Return how many threads serve a connection at the moment.";

fn serving(this: Object<'_, '_>) -> Plain {
    Plain::Int(this.followers.serving() as i32)
}

const NOT_GROWN_DOC: &CStr = c"not_grown($self, /)
--

Tell that the thread which add() asked for could not be started.";

fn not_grown<'py>(this: Object<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.followers.not_grown();
    Ok(this.py().None().into_bound(this.py()))
}

const RUN_DOC: &CStr = c"run($self, /)
--

Serve connections; returns when there has been nothing to do for a while.";

fn run<'py>(this: Object<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let host = Sending(Interpreter(py));
    this.followers.enter();
    loop {
        if gathered_is_due() {
            py.detach(send_gathered);
        }
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

/// Sends what the thread keeps before it waits.
struct Sending<'py>(Interpreter<'py>);

impl Host for Sending<'_> {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        self.0.blocking(|| {
            send_gathered();
            call()
        })
    }

    fn interrupted(&self) -> Result<(), Interrupted> {
        self.0.interrupted()
    }
}

fn serve(this: &Object<'_, '_>, mut turn: Turn<'_, Item>) {
    let mut item = turn.take();
    let py = this.py();
    let context = item.context.bind(py).clone();
    let mut locals = std::mem::take(&mut item.locals);
    let act = || {
        let outcome = if turn.expired() { Ok(Stay::Expired) } else { served(this, &mut item, &turn) };
        let (expired, error) = match outcome {
            Ok(Stay::For(patience)) => return Ok(Some(patience)),
            Ok(Stay::Served) => return Ok(None),
            Ok(Stay::Over) => (false, None),
            Ok(Stay::Expired) => (true, None),
            Err(error) => (false, Some(error)),
        };
        let error = error.map(|error| error.into_value(py));
        this.end.bind(py).call1((item.connection.bind(py), expired, error)).map(|_| None)
    };
    let stays = locals.enter(py).and_then(|()| within(&context, act));
    let left = locals.leave(py);
    item.locals = locals;
    match left.and(stays) {
        Ok(Some(patience)) => turn.keep(item, Some(patience)),
        Ok(None) => {}
        Err(error) => error.write_unraisable(py, Some(item.connection.bind(py))),
    }
}

/// What becomes of a connection.
enum Stay {
    /// It waits for its client, for so long.
    For(Duration),
    Over,
    Expired,
    /// Its program has served it, to its end.
    Served,
}

/// Serves the requests that are there.
fn served(this: &Object<'_, '_>, item: &mut Item, turn: &Turn<'_, Item>) -> PyResult<Stay> {
    let py = this.py();
    let (begun, is_new) = match &item.begun {
        Some(begun) => (begun, false),
        None => {
            let handler = this.begin.bind(py).call1((item.connection.bind(py),))?;
            if handler.is_none() {
                return Ok(Stay::Served);
            }
            item.head_began = true;
            let file = handler.getattr(intern!(py, "rfile"))?.unbind();
            (&*item.begun.insert(Begun { handler: handler.unbind(), file }), true)
        }
    };
    let (handler, file) = (begun.handler.bind(py), begun.file.bind(py));
    // What has come last may have come with the end, behind which nothing comes that would tell of it.
    let arrival = || match this.arrival(file) {
        Arrival::Ready => Arrival::Ready,
        _ if turn.hung_up() => this.arrival(file),
        came => came,
    };
    let (mut came, mut served) = (arrival(), false);
    while came == Arrival::Ready {
        // The client of a whole small response can wait for those of others that are ready.
        let serve = || http_server::serve_request(this.server.bind(py).as_borrowed(), handler);
        together(turn.has_others(), serve)?;
        if handler.getattr(intern!(py, "close_connection"))?.is_truthy()? {
            return Ok(Stay::Over);
        }
        (came, served) = (arrival(), true);
    }
    // The program's own, which stands before the server's, is for each wait.
    let own = timeout_of(&handler.getattr(intern!(py, "connection"))?)?;
    let head = own.map_or(this.head, |own| own.max(this.head));
    let now = Instant::now();
    if is_new {
        item.until = now + head;
    }
    if served {
        let most = match own {
            Some(own) => own,
            None => {
                let server = handler.getattr(intern!(py, "server"))?;
                seconds(&server.getattr(intern!(py, "keep_alive_timeout"))?)?.unwrap_or(LONGEST)
            }
        };
        (item.until, item.head_began) = (now + most.min(LONGEST), false);
    }
    if came == Arrival::Part && !item.head_began {
        (item.until, item.head_began) = (now + head, true);
    }
    if now >= item.until && !is_new {
        return Ok(Stay::Expired);
    }
    let left = item.until.saturating_duration_since(now);
    Ok(Stay::For(own.map_or(left, |own| own.min(left))))
}

/// The timeout of a connection, which its handler, its server or `socket.setdefaulttimeout` have set.
fn timeout_of(connection: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    if let Some(socket) = plain(connection.as_borrowed(), Method::GetTimeout) {
        return Ok(socket.timeout().map(|own| own.min(LONGEST)));
    }
    let own = connection.call_method0(intern!(connection.py(), "gettimeout"))?;
    if own.is_none() { Ok(None) } else { Ok(seconds(&own)?.map(|own| own.min(LONGEST))) }
}

/// Does something with the context variables of `context`.
fn within<R>(context: &Bound<'_, PyAny>, act: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    // SAFETY: attached; a context, which no other thread has entered, as one thread at a time has the connection. What has been
    // entered is left again, with no exception set.
    unsafe {
        if ffi::PyContext_Enter(context.as_ptr()) != 0 {
            return Err(PyErr::fetch(context.py()));
        }
        let result = act();
        if ffi::PyContext_Exit(context.as_ptr()) != 0 {
            return Err(PyErr::fetch(context.py()));
        }
        result
    }
}

/// What stands for ever: an `Instant` can still be so much later.
const LONGEST: Duration = Duration::from_secs(1 << 30);
