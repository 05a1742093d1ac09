//! One exchange of ASGI's http: what `receive()` gives and `send()` takes.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use ferrosock::proto::http::Fields;
use ferrosock::server::{BodyReader, BodyWriter, Content, Request, RequestBody, Responder, Response, Watch};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::super::convert::{Said, add_asgi, copied, has_no_length};
use super::super::wsgi::gone;
use super::driver::Driver;
use super::wait::{Wait, awaitable, nothing};

/// What is left of a request's body.
enum Incoming {
    Whole(Vec<u8>),
    Stream(BodyReader),
    /// It was given; who comes again waits for the client's end.
    Done,
    Gone,
}

/// How far a response is.
enum Outgoing {
    Before(Responder),
    Started(Responder, Box<Response>, bool),
    /// Content goes out; whether trailers follow.
    Content(BodyWriter, bool),
    Trailers(BodyWriter, Fields),
    Over,
}

struct State {
    incoming: Incoming,
    outgoing: Outgoing,
    watch: Option<Watch>,
    /// The request, for what is to come of it.
    request: Request,
}

/// So many futures are looked through for those that nobody waits for any more.
const MANY: usize = 16;

fn is_done(future: &Bound<'_, PyAny>) -> PyResult<bool> {
    future.call_method0(intern!(future.py(), "done"))?.is_truthy()
}

/// Futures that are resolved when there may be news.
pub(super) struct Waiters {
    futures: Mutex<Vec<Py<PyAny>>>,
    driver: Arc<Driver>,
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        let driver = self.driver.clone();
        driver.woken(self);
    }
}

impl Waiters {
    pub(super) fn new(driver: &Arc<Driver>) -> Arc<Self> {
        Arc::new(Self { futures: Mutex::default(), driver: driver.clone() })
    }

    fn futures(&self) -> MutexGuard<'_, Vec<Py<PyAny>>> {
        self.futures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new future.
    pub(super) fn future(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let future = self.driver.future(py)?;
        if self.futures().len() >= MANY {
            // Who looks again and again whether the client is there gives each of them up, and there may never be news.
            let waiting = std::mem::take(&mut *self.futures());
            for future in waiting {
                if !is_done(future.bind(py))? {
                    self.futures().push(future);
                }
            }
        }
        self.futures().push(future.clone_ref(py));
        Ok(future)
    }

    /// Resolves the futures.
    pub(super) fn resolve(&self, py: Python<'_>) -> PyResult<()> {
        let futures = std::mem::take(&mut *self.futures());
        for future in futures {
            let future = future.bind(py);
            if !is_done(future)? {
                future.call_method1(intern!(py, "set_result"), (py.None(),))?;
            }
        }
        Ok(())
    }

    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(self.clone())
    }
}

/// An exchange. Its parts are touched by the loop's thread alone.
pub(super) struct Exchange {
    state: Mutex<State>,
    pub(super) waiters: Arc<Waiters>,
    driver: Arc<Driver>,
}

impl Exchange {
    pub(super) fn new(driver: &Arc<Driver>, mut request: Request) -> Arc<Self> {
        let incoming = match std::mem::take(&mut request.body) {
            RequestBody::Whole(bytes) => Incoming::Whole(bytes),
            RequestBody::Stream(reader) => Incoming::Stream(reader),
            _ => Incoming::Whole(Vec::new()),
        };
        let outgoing = Outgoing::Before(request.responder());
        let state = Mutex::new(State { incoming, outgoing, watch: None, request });
        Arc::new(Self { state, waiters: Waiters::new(driver), driver: driver.clone() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next message, if it is there.
    pub(super) fn poll_message(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let mut state = self.state();
        match &mut state.incoming {
            Incoming::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                state.incoming = Incoming::Done;
                drop(state);
                return self.driver.body_message(py, &bytes, false).map(Some);
            }
            Incoming::Stream(reader) => {
                let waker = self.waiters.waker();
                let mut found = reader.poll_piece(&mut Context::from_waker(&waker));
                if found.is_pending() {
                    drop(state);
                    self.driver.after(py)?; // the client may be told to send, and have sent
                    state = self.state();
                    if let Incoming::Stream(reader) = &mut state.incoming {
                        found = reader.poll_piece(&mut Context::from_waker(&waker));
                    }
                }
                let (piece, more) = match found {
                    Poll::Pending => return Ok(None),
                    Poll::Ready(Ok(Some(piece))) => (piece, true),
                    Poll::Ready(Ok(None)) => {
                        state.incoming = Incoming::Done;
                        (Vec::new(), false)
                    }
                    Poll::Ready(Err(_)) => {
                        state.incoming = Incoming::Gone;
                        drop(state);
                        return self.driver.disconnect_message(py).map(Some);
                    }
                };
                drop(state);
                return self.driver.body_message(py, &piece, more).map(Some);
            }
            Incoming::Done => {}
            Incoming::Gone => {
                drop(state);
                return self.driver.disconnect_message(py).map(Some);
            }
        }
        let mut over = matches!(state.outgoing, Outgoing::Over);
        drop(state);
        if !over && !self.is_watched_over() {
            self.driver.after(py)?; // the watch begins
            over = self.is_watched_over();
        }
        if over || self.state().watch.as_ref().is_some_and(Watch::is_over) {
            return self.driver.disconnect_message(py).map(Some);
        }
        Ok(None)
    }

    /// Whether the client has gone; if not, who waits is woken when it has.
    fn is_watched_over(&self) -> bool {
        let mut state = self.state();
        let State { watch, request, .. } = &mut *state;
        let watch = watch.get_or_insert_with(|| request.watch());
        watch.poll_over(&mut Context::from_waker(&self.waiters.waker())).is_ready()
    }

    /// Whether the client is known to be gone.
    pub(super) fn is_gone(&self) -> bool {
        let state = self.state();
        let closed = match &state.outgoing {
            Outgoing::Content(writer, _) | Outgoing::Trailers(writer, _) => writer.is_closed(),
            _ => false,
        };
        closed || matches!(state.incoming, Incoming::Gone) || state.watch.as_ref().is_some_and(Watch::is_over)
    }

    /// Whether the response is not whole.
    pub(super) fn is_undone(&self) -> bool {
        !matches!(self.state().outgoing, Outgoing::Over | Outgoing::Trailers(..))
    }

    /// Whether there is room for more content.
    ///
    /// # Errors
    /// `ConnectionError` if the client is gone.
    pub(super) fn poll_room(&self) -> PyResult<bool> {
        let state = self.state();
        let Outgoing::Content(writer, _) = &state.outgoing else { return Ok(true) };
        if writer.is_closed() {
            return Err(gone());
        }
        let waker = self.waiters.waker();
        Ok(writer.poll_room(&mut Context::from_waker(&waker)).is_ready())
    }

    /// Takes a message.
    pub(super) fn send<'py>(
        self: &Arc<Self>,
        message: &Bound<'py, PyDict>,
        kind: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        match kind {
            "http.response.start" => self.start(message)?,
            "http.response.body" => return self.body(message),
            "http.response.pathsend" => self.path(message)?,
            "http.response.trailers" => self.trailers(message)?,
            "http.response.early_hint" => self.hint(message)?,
            _ => {
                return Err(PyRuntimeError::new_err(format!("there is no message {kind:?} to be sent here")));
            }
        }
        nothing(message.py())
    }

    fn start(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let status: u16 = message
            .get_item(intern!(py, "status"))?
            .ok_or_else(|| PyValueError::new_err("http.response.start has a status"))?
            .extract()?;
        if !(200..1000).contains(&status) {
            return Err(PyValueError::new_err(format!("{status} is not the status of a final response")));
        }
        let mut response = Response::new(status);
        *response.fields_mut() = Fields::with_capacity(8, 256); // most heads have no more
        let mut said = Said::default();
        if let Some(headers) = message.get_item(intern!(py, "headers"))? {
            add_asgi(response.fields_mut(), &mut said, &headers, has_no_length(status))?;
        }
        let trailers = match message.get_item(intern!(py, "trailers"))? {
            Some(trailers) => trailers.is_truthy()?,
            None => false,
        };
        self.driver.inner.sign(&mut response, said);
        let mut state = self.state();
        match std::mem::replace(&mut state.outgoing, Outgoing::Over) {
            Outgoing::Before(responder) => {
                state.outgoing = Outgoing::Started(responder, Box::new(response), trailers);
                Ok(())
            }
            other => {
                state.outgoing = other;
                Err(out_of_order("http.response.start"))
            }
        }
    }

    fn body<'py>(self: &Arc<Self>, message: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let py = message.py();
        let body = match message.get_item(intern!(py, "body"))? {
            Some(body) => copied(&body)?,
            None => Vec::new(),
        };
        let more = match message.get_item(intern!(py, "more_body"))? {
            Some(more) => more.is_truthy()?,
            None => false,
        };
        let mut state = self.state();
        let (mut writer, trailers) = match std::mem::replace(&mut state.outgoing, Outgoing::Over) {
            Outgoing::Started(responder, response, false) if !more => {
                let bodiless = response.is_bodiless();
                drop(state);
                let whole = if body.is_empty() || bodiless { *response } else { response.with_body(body) };
                self.driver.answer(py, responder, whole)?;
                return nothing(py);
            }
            Outgoing::Started(responder, response, trailers) => (responder.start(*response), trailers),
            Outgoing::Content(writer, trailers) => (writer, trailers),
            Outgoing::Over if matches!(state.incoming, Incoming::Gone) => return Err(gone()),
            other => {
                state.outgoing = other;
                return Err(out_of_order("http.response.body"));
            }
        };
        if !body.is_empty() && writer.write(body).is_err() || writer.is_closed() {
            writer.give_up();
            state.incoming = Incoming::Gone;
            return Err(gone());
        }
        let mut full = false;
        match (more, trailers) {
            (true, _) => state.outgoing = Outgoing::Content(writer, trailers),
            (false, true) => state.outgoing = Outgoing::Trailers(writer, Fields::new()),
            (false, false) => writer.finish(),
        }
        drop(state);
        self.driver.after(py)?;
        if more {
            full = !self.poll_room()?;
        }
        if full { awaitable(py, Wait::Room(self.clone())) } else { nothing(py) }
    }

    /// A file by its path (extension `http.response.pathsend`).
    fn path(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let path: PathBuf = message
            .get_item(intern!(py, "path"))?
            .ok_or_else(|| PyValueError::new_err("http.response.pathsend has a path"))?
            .extract()?;
        let file = File::open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(io::Error::from(io::ErrorKind::InvalidInput).into());
        }
        let mut state = self.state();
        match std::mem::replace(&mut state.outgoing, Outgoing::Over) {
            Outgoing::Started(responder, response, false) => {
                drop(state);
                let content = Content::File { file: Arc::new(file), offset: 0, length: about.len() };
                let bare = about.len() == 0 || response.is_bodiless();
                responder.send(if bare { *response } else { response.with_content(content) });
                self.driver.after(py)
            }
            other => {
                state.outgoing = other;
                Err(out_of_order("http.response.pathsend"))
            }
        }
    }

    fn trailers(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let mut more = Fields::new();
        if let Some(headers) = message.get_item(intern!(py, "headers"))? {
            add_asgi(&mut more, &mut Said::default(), &headers, false)?;
        }
        if more.contains(b"trailer") {
            return Err(PyValueError::new_err("the field Trailer belongs into a head, not into trailers"));
        }
        let goes_on = match message.get_item(intern!(py, "more_trailers"))? {
            Some(goes_on) => goes_on.is_truthy()?,
            None => false,
        };
        let mut state = self.state();
        match std::mem::replace(&mut state.outgoing, Outgoing::Over) {
            Outgoing::Trailers(writer, mut fields) => {
                for (name, value) in more.iter() {
                    fields.append(name, value).map_err(|error| PyValueError::new_err(error.to_string()))?;
                }
                if goes_on {
                    state.outgoing = Outgoing::Trailers(writer, fields);
                    return Ok(());
                }
                writer.finish_with(fields);
                drop(state);
                self.driver.after(py)
            }
            other => {
                state.outgoing = other;
                Err(out_of_order("http.response.trailers"))
            }
        }
    }

    /// 103 with links (extension `http.response.early_hint`).
    fn hint(&self, message: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = message.py();
        let mut fields = Fields::new();
        if let Some(links) = message.get_item(intern!(py, "links"))? {
            for link in links.try_iter()? {
                let link = copied(&link?)?;
                fields.append(b"Link", &link).map_err(|error| PyValueError::new_err(error.to_string()))?;
            }
        }
        match &self.state().outgoing {
            Outgoing::Before(responder) => responder.hint(fields),
            _ => return Err(out_of_order("http.response.early_hint")),
        }
        self.driver.after(py)
    }

    /// The application has returned, or failed: the exchange is over.
    pub(super) fn end(&self, py: Python<'_>, failed: bool) -> PyResult<()> {
        let mut state = self.state();
        let outgoing = std::mem::replace(&mut state.outgoing, Outgoing::Over);
        let whole = matches!(outgoing, Outgoing::Over);
        state.incoming = Incoming::Gone;
        state.watch = None;
        drop(state);
        match outgoing {
            Outgoing::Over => {}
            Outgoing::Before(responder) | Outgoing::Started(responder, ..) => {
                responder.send(Response::plain(500));
            }
            Outgoing::Trailers(writer, fields) if !failed => writer.finish_with(fields),
            Outgoing::Content(writer, _) | Outgoing::Trailers(writer, _) => writer.give_up(),
        }
        if !whole {
            self.driver.after(py)?;
        }
        self.waiters.resolve(py)
    }

    pub(super) fn name(&self) -> String {
        let state = self.state();
        format!("{} {}", state.request.method(), state.request.head.target.escape_ascii())
    }
}

/// The next message of the quick way: the body is there.
pub(super) fn whole_body(exchange: &Arc<Exchange>, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
    let quick = matches!(exchange.state().incoming, Incoming::Whole(_));
    if quick { exchange.poll_message(py) } else { Ok(None) }
}

fn out_of_order(kind: &str) -> PyErr {
    PyRuntimeError::new_err(format!("{kind} cannot be sent now: the response has another state"))
}
