//! One exchange of ASGI's websocket: what `receive()` gives and `send()` takes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use ferrosock::proto::http::Fields;
use ferrosock::proto::websocket::{DeflateOptions, Kind, Limits, Options, ServerHandshake};
use ferrosock::server::{BodyWriter, Request, Responder, Response, Watch};
use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::super::convert::{Said, add_asgi, copied, has_no_length};
use super::super::wsgi::gone;
use super::driver::Driver;
use super::exchange::Waiters;
use super::socket::{Message, Shared, Socket};
use super::wait::{Wait, awaitable, nothing};

/// How far it is.
enum Stage {
    /// The client waits for an answer.
    Asked(Responder, ServerHandshake),
    /// It is denied in so many words (extension `websocket.http.response`).
    Denied(Responder, Box<Response>),
    Denying(BodyWriter),
    Open(Arc<Shared>),
    Over,
}

struct State {
    stage: Stage,
    /// Whether `websocket.connect` was given.
    told: bool,
    watch: Option<Watch>,
    /// What `websocket.disconnect` says.
    end: (u16, String),
}

/// An exchange. Its parts are touched by the loop's thread alone.
pub(super) struct WebSocketExchange {
    state: Mutex<State>,
    pub(super) waiters: Arc<Waiters>,
    driver: Arc<Driver>,
    request: Request,
}

impl WebSocketExchange {
    pub(super) fn new(driver: &Arc<Driver>, request: Request, handshake: ServerHandshake) -> Arc<Self> {
        let stage = Stage::Asked(request.responder(), handshake);
        let state = Mutex::new(State { stage, told: false, watch: None, end: (1006, String::new()) });
        Arc::new(Self { state, waiters: Waiters::new(driver), driver: driver.clone(), request })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next message, if it is there.
    pub(super) fn poll_message(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let mut state = self.state();
        if !std::mem::replace(&mut state.told, true) {
            return message(py, "websocket.connect").map(|message| Some(message.into_any().unbind()));
        }
        let waker = self.waiters.waker();
        let mut context = Context::from_waker(&waker);
        match &state.stage {
            Stage::Open(shared) => match shared.clone().poll(&mut context) {
                Poll::Ready(Ok(found)) => {
                    drop(state);
                    self.driver.after(py)?; // more may be read
                    return received(py, found).map(Some);
                }
                Poll::Ready(Err(closed)) => state.end = (closed.code, closed.reason),
                Poll::Pending => return Ok(None),
            },
            Stage::Over => {}
            _ => {
                let State { watch, .. } = &mut *state;
                let watched = watch.get_or_insert_with(|| self.request.watch()).poll_over(&mut context);
                drop(state);
                if watched.is_pending() {
                    self.driver.after(py)?; // the watch begins
                }
                state = self.state();
                if !state.watch.as_ref().is_some_and(Watch::is_over) {
                    return Ok(None);
                }
            }
        }
        let (code, reason) = state.end.clone();
        drop(state);
        let message = message(py, "websocket.disconnect")?;
        message.set_item(intern!(py, "code"), code)?;
        message.set_item(intern!(py, "reason"), reason)?;
        Ok(Some(message.into_any().unbind()))
    }

    /// Whether there is room for more.
    ///
    /// # Errors
    /// `ConnectionError` if the client is gone.
    pub(super) fn poll_room(&self) -> PyResult<bool> {
        let waker = self.waiters.waker();
        let mut context = Context::from_waker(&waker);
        let ready = match &self.state().stage {
            Stage::Open(shared) => shared.poll_room(&mut context),
            Stage::Denying(writer) => writer.poll_room(&mut context).map(Ok),
            _ => return Ok(true),
        };
        match ready {
            Poll::Ready(result) => result.map(|()| true).map_err(|()| gone()),
            Poll::Pending => Ok(false),
        }
    }

    /// Takes a message.
    pub(super) fn send<'py>(
        self: &Arc<Self>,
        message: &Bound<'py, PyDict>,
        kind: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = message.py();
        match kind {
            "websocket.send" => self.send_message(message)?,
            "websocket.accept" => self.accept(message)?,
            "websocket.close" => self.close(message)?,
            "websocket.http.response.start" => self.deny(message)?,
            "websocket.http.response.body" => self.deny_with(message)?,
            _ => {
                return Err(PyRuntimeError::new_err(format!("there is no message {kind:?} to be sent here")));
            }
        }
        self.driver.after(py)?;
        if self.poll_room()? { nothing(py) } else { awaitable(py, Wait::SocketRoom(self.clone())) }
    }

    fn accept(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let subprotocol: Option<String> =
            message.get_item(intern!(py, "subprotocol"))?.map_or(Ok(None), |name| name.extract())?;
        // The application's own code may run here, so nothing is locked yet.
        let (mut own, mut said) = (Fields::new(), Said::default());
        if let Some(headers) = message.get_item(intern!(py, "headers"))? {
            add_asgi(&mut own, &mut said, &headers, true)?;
        }
        let mut state = self.state();
        let Stage::Asked(_, handshake) = &state.stage else { return Err(out_of_order("websocket.accept")) };
        let deflate = DeflateOptions { server_resets: true, ..DeflateOptions::default() };
        let (mut fields, agreement) = handshake
            .accept(subprotocol.as_deref(), Some(&deflate))
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        for (name, value) in own.iter() {
            fields.append(name, value).map_err(|error| PyValueError::new_err(error.to_string()))?;
        }
        let options = &self.driver.websocket;
        let limits = Limits { frame: options.longest, message: options.longest };
        let shared = Shared::new(&Options { limits, deflate: agreement.deflate });
        let mut response =
            Response::switching(Socket::new(shared.clone(), options.ping_interval, options.pong_timeout));
        *response.fields_mut() = fields;
        self.driver.inner.sign(&mut response, said);
        state.watch = None;
        if let Stage::Asked(responder, _) = std::mem::replace(&mut state.stage, Stage::Open(shared)) {
            responder.send(response);
        }
        Ok(())
    }

    fn send_message(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let (text, bytes) = (message.get_item(intern!(py, "text"))?, message.get_item(intern!(py, "bytes"))?);
        let (kind, bytes) =
            match (text.filter(|text| !text.is_none()), bytes.filter(|bytes| !bytes.is_none())) {
                (Some(text), None) => {
                    let text = text.cast::<PyString>().map_err(|_| PyTypeError::new_err("text is a str"))?;
                    (Kind::Text, text.to_str()?.as_bytes().to_vec())
                }
                (None, Some(bytes)) => (Kind::Binary, copied(&bytes)?),
                _ => return Err(PyValueError::new_err("websocket.send has either text or bytes")),
            };
        match &self.state().stage {
            Stage::Open(shared) if shared.send(kind, bytes) => Ok(()),
            Stage::Open(shared) if shared.is_closed() => Err(gone()),
            _ => Err(out_of_order("websocket.send")),
        }
    }

    fn close(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let code: u16 = match message.get_item(intern!(py, "code"))? {
            Some(code) => code.extract().map_err(|error: PyErr| {
                if error.is_instance_of::<PyOverflowError>(py) {
                    return PyValueError::new_err(format!("invalid close code: {code}"));
                }
                error
            })?,
            None => 1000,
        };
        let reason: Option<String> =
            message.get_item(intern!(py, "reason"))?.map_or(Ok(None), |reason| reason.extract())?;
        let mut state = self.state();
        match std::mem::replace(&mut state.stage, Stage::Over) {
            Stage::Asked(responder, _) => {
                responder.send(Response::plain(403));
                Ok(())
            }
            Stage::Open(shared) => {
                let sent = shared.close(code, reason.as_deref().unwrap_or_default());
                // What comes until the client has answered can still be received.
                state.stage = Stage::Open(shared);
                sent.map_err(|error| PyValueError::new_err(error.to_string()))
            }
            other => {
                state.stage = other;
                Err(out_of_order("websocket.close"))
            }
        }
    }

    /// Begins a denial.
    fn deny(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let status = message.get_item(intern!(py, "status"))?;
        let status: u16 =
            status.ok_or_else(|| PyValueError::new_err("a response has a status"))?.extract()?;
        if !(200..1000).contains(&status) {
            return Err(PyValueError::new_err(format!("{status} is not the status of a final response")));
        }
        let (mut response, mut said) = (Response::new(status), Said::default());
        if let Some(headers) = message.get_item(intern!(py, "headers"))? {
            add_asgi(response.fields_mut(), &mut said, &headers, has_no_length(status))?;
        }
        self.driver.inner.sign(&mut response, said);
        let mut state = self.state();
        match std::mem::replace(&mut state.stage, Stage::Over) {
            Stage::Asked(responder, _) => {
                state.stage = Stage::Denied(responder, Box::new(response));
                Ok(())
            }
            other => {
                state.stage = other;
                Err(out_of_order("websocket.http.response.start"))
            }
        }
    }

    fn deny_with(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let body =
            message.get_item(intern!(py, "body"))?.map_or_else(|| Ok(Vec::new()), |body| copied(&body))?;
        let more = message.get_item(intern!(py, "more_body"))?.map_or(Ok(false), |more| more.is_truthy())?;
        let mut state = self.state();
        let mut writer = match std::mem::replace(&mut state.stage, Stage::Over) {
            Stage::Denied(responder, response) if !more => {
                let bare = body.is_empty() || response.is_bodiless();
                responder.send(if bare { *response } else { response.with_body(body) });
                return Ok(());
            }
            Stage::Denied(responder, response) => responder.start(*response),
            Stage::Denying(writer) => writer,
            other => {
                state.stage = other;
                return Err(out_of_order("websocket.http.response.body"));
            }
        };
        if !body.is_empty() && writer.write(body).is_err() {
            state.stage = Stage::Denying(writer); // it tells that the client is gone
            return Err(gone());
        }
        if more {
            state.stage = Stage::Denying(writer);
        } else {
            writer.finish();
        }
        Ok(())
    }

    /// Whether the client is known to be gone.
    pub(super) fn is_gone(&self) -> bool {
        let state = self.state();
        match &state.stage {
            Stage::Open(shared) => shared.is_closed(),
            Stage::Denying(writer) => writer.is_closed(),
            _ => state.watch.as_ref().is_some_and(Watch::is_over),
        }
    }

    /// Whether the application has left the client without an answer.
    pub(super) fn is_undone(&self) -> bool {
        !matches!(self.state().stage, Stage::Open(_) | Stage::Over)
    }

    /// The application has returned, or failed: the exchange is over.
    pub(super) fn end(&self, py: Python<'_>, failed: bool) -> PyResult<()> {
        let mut state = self.state();
        let stage = std::mem::replace(&mut state.stage, Stage::Over);
        state.watch = None;
        drop(state);
        match stage {
            Stage::Asked(responder, _) | Stage::Denied(responder, _) => responder.send(Response::plain(500)),
            Stage::Denying(writer) => writer.give_up(),
            // RFC 6455 section 7.4.1: an unexpected condition, or a normal end.
            Stage::Open(shared) => {
                let _ = shared.close(if failed { 1011 } else { 1000 }, "");
                shared.abandon();
            }
            Stage::Over => {}
        }
        self.driver.after(py)?;
        self.waiters.resolve(py)
    }

    pub(super) fn name(&self) -> String {
        format!("WebSocket {}", self.request.head.target.escape_ascii())
    }
}

fn message<'py>(py: Python<'py>, kind: &str) -> PyResult<Bound<'py, PyDict>> {
    let message = PyDict::new(py);
    message.set_item(intern!(py, "type"), PyString::intern(py, kind))?;
    Ok(message)
}

fn received(py: Python<'_>, found: Message) -> PyResult<Py<PyAny>> {
    let message = message(py, "websocket.receive")?;
    match found {
        Message::Text(text) => message.set_item(intern!(py, "text"), text)?,
        Message::Binary(bytes) => message.set_item(intern!(py, "bytes"), PyBytes::new(py, &bytes))?,
    }
    Ok(message.into_any().unbind())
}

fn out_of_order(kind: &str) -> PyErr {
    PyRuntimeError::new_err(format!("{kind} cannot be sent now: the connection has another state"))
}
