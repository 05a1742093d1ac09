//! `Machine`: a connection.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ferrosock_proto::websocket::{CloseFrame, Error, Event, Kind, Limits, Options, Side, WebSocket};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use super::CALLS;
use super::handshake::{Terms, agreed};
use crate::buffer::with_readable;
use crate::error::raise;
use crate::host::Interpreter;
use crate::memory;
use crate::socket_module::object::{self, Method};

/// How much is received at once.
const BLOCK: usize = 64 * 1024;

/// The state of one connection, behind its handshake. It reads and writes nothing itself but by receive() and send_by().
///
/// handle(), end() and receive() return a list of what came: a str or bytes is a message; a tuple is ("ping", payload), which has
/// been answered, ("pong", payload), ("close", code, reason), ("error", code, reason) for what is wrong with what came, and ("end",)
/// for the end of what comes without a close. Behind the last three nothing comes any more.
///
/// The methods that send return the bytes that are to go to the peer, with what the machine has to say itself. They raise ValueError
/// for what may not be sent, and EOFError behind a close.
#[pyclass(module = "ferrosock._native.websocket", frozen)]
pub(super) struct Machine {
    /// No Python code runs while it is locked.
    machine: Mutex<WebSocket>,
    /// Where receive() receives to.
    block: Mutex<Vec<MaybeUninit<u8>>>,
    /// Whether send_by() has failed amid sending.
    cut: AtomicBool,
}

impl Machine {
    fn lock(&self) -> MutexGuard<'_, WebSocket> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes bytes; what came of them is put into a list.
    fn take<'py>(&self, py: Python<'py>, mut input: &[u8]) -> PyResult<Bound<'py, PyList>> {
        let events = PyList::empty(py);
        while !input.is_empty() {
            let mut machine = self.lock();
            let error = match machine.handle(input) {
                Ok(taken) => {
                    input = &input[taken..];
                    None
                }
                Err(error) => {
                    input = &[];
                    Some(error)
                }
            };
            let event = machine.poll_event();
            drop(machine);
            match event {
                Some(Event::Text(text)) => events.append(PyString::new(py, &text))?,
                Some(Event::Binary(bytes)) => events.append(memory::bytes_object(py, &bytes)?)?,
                Some(Event::Ping(payload)) => events.append(("ping", PyBytes::new(py, &payload)))?,
                Some(Event::Pong(payload)) => events.append(("pong", PyBytes::new(py, &payload)))?,
                Some(Event::Close(frame)) => {
                    let frame = frame.unwrap_or(CloseFrame { code: 1005, reason: String::new() });
                    events.append(("close", frame.code, frame.reason))?;
                }
                _ => {}
            }
            if let Some(error) = error {
                events.append(("error", error.close_code(), error.to_string()))?;
            }
        }
        Ok(events)
    }

    fn ended<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let events = PyList::empty(py);
        if self.lock().handle_end().is_err() {
            events.append(("end",))?;
        }
        Ok(events)
    }

    /// All that is to go.
    fn drain(machine: &mut WebSocket) -> Vec<u8> {
        let first = machine.poll_output().unwrap_or_default();
        let Some(second) = machine.poll_output() else { return first };
        let mut all = first;
        all.reserve(second.len() + machine.pending());
        all.extend_from_slice(&second);
        while let Some(piece) = machine.poll_output() {
            all.extend_from_slice(&piece);
        }
        all
    }

    /// Lets the machine say something; gives all that is to go.
    fn say(&self, say: impl FnOnce(&mut WebSocket) -> Result<(), Error>) -> PyResult<Vec<u8>> {
        let mut machine = self.lock();
        match say(&mut machine) {
            Ok(()) => Ok(Self::drain(&mut machine)),
            Err(error) => {
                drop(machine);
                Err(refusal(&error))
            }
        }
    }

    fn encode(&self, message: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        if let Ok(text) = message.cast::<PyString>() {
            let text = text.to_str()?;
            return self.say(|machine| machine.send_text(text));
        }
        with_readable(message, |bytes| self.say(|machine| machine.send_binary(bytes))).map_err(|error| {
            let py = message.py();
            if error.is_instance_of::<PyTypeError>(py) {
                crate::error::dismiss(error);
                let name = message.get_type().name().map(|name| name.to_string()).unwrap_or_default();
                return PyTypeError::new_err(format!("a message is str or bytes-like, not {name}"));
            }
            error
        })
    }
}

fn send_all(py: Python<'_>, sock: &Bound<'_, PyAny>, bytes: &[u8]) -> PyResult<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    match object::plain(sock.as_borrowed(), Method::SendAll) {
        Some(socket) => socket.send_all(&Interpreter(py), bytes, 0).map_err(|error| raise(py, error)),
        None => {
            let bytes = memory::bytes_object(py, bytes)?;
            sock.call_method1(pyo3::intern!(py, "sendall"), (bytes,)).map(drop)
        }
    }
}

fn refusal(error: &Error) -> PyErr {
    match error {
        Error::Closed => pyo3::exceptions::PyEOFError::new_err(error.to_string()),
        error => PyValueError::new_err(error.to_string()),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Open => "open",
        Side::Within => "within",
        Side::Closed => "closed",
        _ => "failed",
    }
}

#[pymethods]
impl Machine {
    /// `seed` is None for a server, and 32 random bytes for a client's masks.
    #[new]
    #[pyo3(signature = (seed, max_message, max_frame, deflate, /))]
    fn new(seed: Option<[u8; 32]>, max_message: u64, max_frame: u64, deflate: Option<Terms>) -> Self {
        CALLS.note();
        let limits = Limits { frame: max_frame, message: max_message };
        let options = Options { limits, deflate: deflate.map(agreed) };
        let machine = match seed {
            Some(seed) => WebSocket::client(&options, seed),
            None => WebSocket::server(&options),
        };
        Self { machine: Mutex::new(machine), block: Mutex::default(), cut: AtomicBool::new(false) }
    }

    /// Take bytes of the peer's and return what came.
    #[pyo3(signature = (data, /))]
    fn handle<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        CALLS.note();
        with_readable(data, |bytes| self.take(py, bytes))
    }

    /// Take note that the peer sends no more.
    fn end<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        CALLS.note();
        self.ended(py)
    }

    /// Receive once from a socket and return what came, an empty list if that is not whole yet; None for a socket whose recv_into has
    /// to be called. Raises what recv does.
    #[pyo3(signature = (sock, /))]
    fn receive<'py>(
        &self,
        py: Python<'py>,
        sock: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        CALLS.note();
        let Some(socket) = object::plain(sock.as_borrowed(), Method::RecvInto) else { return Ok(None) };
        // Taken out: another thread that receives at once has one of its own.
        let mut block = std::mem::take(&mut *self.block.lock().unwrap_or_else(PoisonError::into_inner));
        if block.len() < BLOCK {
            block = memory::space(BLOCK)?.into_vec();
        }
        let received = socket.recv_uninit(&Interpreter(py), &mut block, 0);
        let events = match received {
            Ok(0) => self.ended(py),
            Ok(count) => {
                let count = count.min(block.len());
                // SAFETY: the system has filled so many bytes.
                let bytes = unsafe { &*(std::ptr::from_ref(&block[..count]) as *const [u8]) };
                self.take(py, bytes)
            }
            Err(error) => Err(raise(py, error)),
        };
        *self.block.lock().unwrap_or_else(PoisonError::into_inner) = block;
        events.map(Some)
    }

    /// Return the bytes that are to go to the peer.
    fn output<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let bytes = Self::drain(&mut self.lock());
        memory::bytes_object(py, &bytes)
    }

    /// How many bytes are to go to the peer.
    #[getter]
    fn pending(&self) -> usize {
        self.lock().pending()
    }

    /// Encode a message, a str or a bytes-like object.
    #[pyo3(signature = (message, /))]
    fn send<'py>(&self, py: Python<'py>, message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let bytes = self.encode(message)?;
        memory::bytes_object(py, &bytes)
    }

    /// Send a message, a str or a bytes-like object, by a socket. The caller sees to it that one thread does so at a time. Raises
    /// what sendall does.
    #[pyo3(signature = (sock, message, /))]
    fn send_by(&self, py: Python<'_>, sock: &Bound<'_, PyAny>, message: &Bound<'_, PyAny>) -> PyResult<()> {
        CALLS.note();
        let bytes = self.encode(message)?;
        send_all(py, sock, &bytes).inspect_err(|_| self.cut.store(true, Ordering::Relaxed))
    }

    /// Whether send_by() has failed amid sending: the peer would take what comes next for the rest of that message.
    #[getter]
    fn cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// Encode a fragment of a message; whether it is of text counts with the first.
    #[pyo3(signature = (text, fragment, fin, /))]
    fn send_fragment<'py>(
        &self,
        py: Python<'py>,
        text: bool,
        fragment: &Bound<'py, PyAny>,
        fin: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let kind = if text { Kind::Text } else { Kind::Binary };
        let bytes =
            with_readable(fragment, |bytes| self.say(|machine| machine.send_fragment(kind, bytes, fin)))?;
        memory::bytes_object(py, &bytes)
    }

    /// Encode a ping, of 125 bytes at most.
    #[pyo3(signature = (payload, /))]
    fn send_ping<'py>(&self, py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let bytes = self.say(|machine| machine.send_ping(payload))?;
        memory::bytes_object(py, &bytes)
    }

    /// Encode a pong that nobody has asked for.
    #[pyo3(signature = (payload, /))]
    fn send_pong<'py>(&self, py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let bytes = self.say(|machine| machine.send_pong(payload))?;
        memory::bytes_object(py, &bytes)
    }

    /// Encode a close. Code 1005 stands for one without code and reason, which has 123 bytes at most.
    #[pyo3(signature = (code, reason, /))]
    fn send_close<'py>(&self, py: Python<'py>, code: u16, reason: &str) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let bytes = self.say(|machine| machine.send_close(code, reason))?;
        memory::bytes_object(py, &bytes)
    }

    /// What the incoming side is at: "open", "within" a message's fragments, "closed", "failed".
    #[getter]
    fn incoming(&self) -> &'static str {
        side(self.lock().incoming())
    }

    /// What the outgoing side is at: "open", "within" a message's fragments, "closed".
    #[getter]
    fn outgoing(&self) -> &'static str {
        side(self.lock().outgoing())
    }

    /// Whether nothing more comes or goes.
    #[getter]
    fn closed(&self) -> bool {
        self.lock().is_closed()
    }
}
