//! `WSGIServer.serve_forever` in one call: connections that wait for the head of a request side by side, and an application that
//! is called for one request after another.
//!
//! A connection that is silent holds up nobody. One whose client says `Connection: keep-alive` is kept behind a response whose
//! length the client knows, and told so; all others end with the response, as those of HTTP/1.0 do. What needs judgement (an odd
//! head, or a handler class with methods of its own) goes through the handler class, with what was received already.

mod ends;
mod request;

use std::ffi::CStr;
use std::time::{Duration, Instant};

use ferrosock_socket::Uninterrupted;
use ferrosock_socket::readiness::{Epoll, EpollEvent};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::setup::{SERVER, SOCKET, seams};
use crate::call::{Args, native_fast};
use crate::error::{dismiss, raise};
use crate::fast::{Received, SocketFile, holds_end_of_head};
use crate::host::Interpreter;
use crate::memory;
use crate::seams::{Seams, attributes};
use crate::socket_module::object::{Method, plain, plain_descriptor};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"serve", serve, SERVE_DOC)])
}

const SERVE_DOC: &CStr = c"serve($module, server, poll_interval, /)
--

Do what WSGIServer.serve_forever does. Returns True when the server was told to stop; False, with no connection left open, if
that is for the general way.";

fn serve<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (server, interval) = (args.object(0)?.to_owned(), args.object(1)?);
    let interval = if interval.is_none() { None } else { Some(interval.extract::<f64>()?) };
    let interval = interval.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
    // References that are given up on the way must not pile up.
    let done = Python::attach(|_| {
        let Some(mut waiting) = Waiting::new(module, &server)? else { return Ok(false) };
        waiting.serve(interval)
    })?;
    Ok(PyBool::new(module.py(), done).to_owned().into_any())
}

/// How many connections are waited for. Beyond that, the one that has waited longest is closed.
const MOST: usize = 1000;

/// How long a kept connection may be silent.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// The token of the listening socket.
const LISTENER: u64 = 0;

struct Connection {
    socket: Py<PyAny>,
    rfile: Py<PyAny>,
    address: Py<PyAny>,
    /// When it began to wait.
    since: Instant,
    /// It has had a response.
    kept: bool,
    watched: bool,
}

struct Waiting<'a, 'py> {
    module: Borrowed<'a, 'py, PyModule>,
    server: &'a Bound<'py, PyAny>,
    listener: Bound<'py, PyAny>,
    /// What the server keeps itself.
    attributes: Bound<'py, PyDict>,
    epoll: Epoll,
    events: Vec<EpollEvent>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    /// How many of them are kept ones.
    kept: usize,
    next_look: Instant,
}

/// What comes next for a connection.
enum Next {
    Wait,
    Close,
    /// The general way is to go on with it.
    General,
}

impl<'a, 'py> Waiting<'a, 'py> {
    /// None if somebody has put anything else in the way.
    fn new(module: Borrowed<'a, 'py, PyModule>, server: &'a Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(attributes) = attributes(server) else { return Ok(None) };
        let listener = server.getattr(intern!(py, "socket"))?;
        let Some(descriptor) = plain_descriptor(listener.as_borrowed()) else { return Ok(None) };
        let epoll = Epoll::new().map_err(|error| raise(py, error))?;
        let this = Self {
            module,
            server,
            listener,
            attributes,
            epoll,
            events: Vec::new(),
            connections: Vec::new(),
            free: Vec::new(),
            kept: 0,
            next_look: Instant::now() + KEPT_FOR,
        };
        if this.seams()?.is_none() {
            return Ok(None);
        }
        this.epoll.add(descriptor, libc::EPOLLIN as u32, LISTENER).map_err(|error| raise(py, error))?;
        Ok(Some(this))
    }

    fn py(&self) -> Python<'py> {
        self.module.py()
    }

    /// The module's lists, if there is nothing in the way: the server accepts and serves as it was written to.
    fn seams(&self) -> PyResult<Option<Seams<'py>>> {
        let py = self.py();
        let Some(seams) = seams(self.module)? else { return Ok(None) };
        if !seams.class(SERVER, self.server.get_type().as_any())? {
            return Ok(None);
        }
        for name in [
            intern!(py, "get_request"),
            intern!(py, "verify_request"),
            intern!(py, "process_request"),
            intern!(py, "finish_request"),
            intern!(py, "shutdown_request"),
            intern!(py, "close_request"),
            intern!(py, "service_actions"),
            intern!(py, "fileno"),
            intern!(py, "_handle_request_noblock"),
            intern!(py, "_handle_ready"),
        ] {
            if self.attributes.contains(name)? {
                return Ok(None);
            }
        }
        let same = self
            .attributes
            .get_item(intern!(py, "socket"))?
            .is_some_and(|listener| listener.is(&self.listener));
        let Some(listener) = plain(self.listener.as_borrowed(), Method::Fileno) else { return Ok(None) };
        let is_plain = self.listener.get_type().is(&seams.item(SOCKET)?) && listener.timeout().is_none();
        Ok((same && is_plain && default_timeout_is_none()).then_some(seams))
    }

    fn is_told_to_stop(&self) -> PyResult<bool> {
        let flag = self.attributes.get_item(intern!(self.py(), "_BaseServer__shutdown_request"))?;
        flag.map_or(Ok(false), |flag| flag.is_truthy())
    }

    /// Serves until the server is told to stop. Gives false if something has come in the way.
    fn serve(&mut self, interval: Option<Duration>) -> PyResult<bool> {
        let result = self.rounds(interval);
        for index in 0..self.connections.len() {
            let new = self.connections[index].as_ref().is_some_and(|connection| !connection.kept);
            if new && matches!(result, Ok(false)) {
                self.general(index)?;
            } else {
                // Who was not served meets the same end as in the queue of a listener that is closed.
                self.end(index)?;
            }
        }
        result
    }

    fn rounds(&mut self, interval: Option<Duration>) -> PyResult<bool> {
        let py = self.py();
        while !self.is_told_to_stop()? {
            let wait =
                if self.kept == 0 { interval } else { Some(interval.unwrap_or(KEPT_FOR).min(KEPT_FOR)) };
            let mut events = std::mem::take(&mut self.events);
            // What is there already is found without giving up the interpreter's lock.
            let host = Interpreter(py);
            let mut waited = self.epoll.wait(&Uninterrupted, &mut events, 64, Some(Duration::ZERO));
            if waited.is_ok() && events.is_empty() {
                waited = self.epoll.wait(&host, &mut events, 64, wait);
            }
            waited.map_err(|error| raise(py, error))?;
            // SAFETY: attached; runs the handlers of signals that came; -1 with an exception set if one raised.
            if unsafe { ffi::PyErr_CheckSignals() } < 0 {
                return Err(PyErr::fetch(py));
            }
            if self.is_told_to_stop()? {
                return Ok(true);
            }
            for event in &events {
                let intact = match event.token() {
                    LISTENER => self.accept()?,
                    token => self.ready((token - 1) as usize)?,
                };
                if !intact {
                    return Ok(false);
                }
                if self.is_told_to_stop()? {
                    return Ok(true);
                }
            }
            self.events = events;
            self.look_at_kept()?;
        }
        Ok(true)
    }

    /// Accepts a connection, and serves it if its request is there. Gives false if something has come in the way.
    fn accept(&mut self) -> PyResult<bool> {
        let py = self.py();
        if self.seams()?.is_none() {
            return Ok(false);
        }
        let accepted = self.listener.call_method0(intern!(py, "accept"));
        let (socket, address): (Bound<'py, PyAny>, Bound<'py, PyAny>) = match accepted {
            Ok(pair) => pair.extract()?,
            Err(error) if error.is_instance_of::<PyOSError>(py) => {
                dismiss(error);
                self.make_room()?;
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        if self.connections.len() - self.free.len() >= MOST {
            self.make_room()?;
        }
        let rfile = socket.call_method1(intern!(py, "makefile"), (intern!(py, "rb"), -1))?;
        let connection = Connection {
            socket: socket.unbind(),
            rfile: rfile.unbind(),
            address: address.unbind(),
            since: Instant::now(),
            kept: false,
            watched: false,
        };
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                memory::push(&mut self.connections, None)?;
                self.connections.len() - 1
            }
        };
        self.connections[index] = Some(connection);
        self.ready(index)
    }

    /// Receives what has come over a connection, and serves it as far as it goes. Gives false if something has come in the way.
    fn ready(&mut self, index: usize) -> PyResult<bool> {
        let py = self.py();
        let Some(Some(connection)) = self.connections.get(index) else { return Ok(true) };
        let rfile = connection.rfile.bind(py).clone();
        let Some(file) = SocketFile::of(&rfile) else { return self.general(index).map(|()| true) };
        loop {
            let received = file.receive_now();
            let Some(Some(connection)) = self.connections.get(index) else { return Ok(true) };
            let next = match received {
                Ok(Received::Nothing) => Next::Wait,
                Ok(Received::End) if file.ahead(<[u8]>::is_empty)? => Next::Close,
                Ok(Received::End | Received::Full) => Next::General,
                // Between two requests it is the client's right.
                Err(error) if connection.kept && error.is_instance_of::<PyOSError>(py) => {
                    dismiss(error);
                    Next::Close
                }
                Err(error) => {
                    self.failed(index, error)?;
                    return Ok(true);
                }
                Ok(Received::Some) => self.serve_received(index, file)?,
            };
            match next {
                Next::Wait if file.ahead(<[u8]>::is_empty)? || !file.ahead(holds_end_of_head)? => {
                    file.rest()?;
                    self.watch(index)?;
                    return Ok(true);
                }
                // Another request has come with this one.
                Next::Wait => {}
                Next::Close => {
                    self.end(index)?;
                    return Ok(true);
                }
                Next::General => {
                    self.general(index)?;
                    return Ok(self.seams()?.is_some());
                }
            }
        }
    }

    /// Has a connection looked at when something comes.
    fn watch(&mut self, index: usize) -> PyResult<()> {
        let py = self.py();
        let Some(Some(connection)) = self.connections.get_mut(index) else { return Ok(()) };
        if connection.watched {
            return Ok(());
        }
        connection.watched = true;
        let descriptor = plain_descriptor(connection.socket.bind(py).as_borrowed()).unwrap_or(-1);
        self.epoll.add(descriptor, libc::EPOLLIN as u32, index as u64 + 1).map_err(|error| raise(py, error))
    }
}

fn default_timeout_is_none() -> bool {
    crate::socket_module::object::default_timeout().is_none()
}
