//! The engine in the thread of an event loop of asyncio's.
//!
//! The event loop watches the descriptor of the engine's epoll and calls [`Asgi::turn`] when it is ready: the engine does what there is
//! to do without waiting, and the requests that came are begun. It is also called for the engine's timers, of which the event loop holds
//! one at a time, and when the engine has more to do than fits into one turn.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferrosock::proto::websocket::ServerHandshake;
use ferrosock::server::{Request, Responder, Response, TrustedProxies};
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::super::CALLS;
use super::super::context::Context;
use super::super::engine::Inner;
use super::super::options::WebSocketOptions;
use super::super::shared_loop::lock;
use super::channel::{Either, channel};
use super::exchange::{Exchange, Waiters};
use super::scope::Scopes;
use super::task::{Begun, Starter};
use super::websocket::WebSocketExchange;

/// Requests that are begun before others of the event loop have their turn.
const BURST: usize = 256;

/// What belongs to one event loop.
pub(super) struct Driver {
    pub(super) inner: Arc<Inner>,
    application: Py<PyAny>,
    scopes: Scopes,
    starter: Starter,
    event_loop: Py<PyAny>,
    make_future: Py<PyAny>,
    /// Called once the server has stopped.
    over: Py<PyAny>,
    /// What the event loop calls, once it is known.
    turn: Mutex<Option<Py<PyAny>>>,
    woken: Mutex<Vec<Arc<Waiters>>>,
    /// Whether a turn is under way, and whether one will be.
    busy: AtomicBool,
    planned: AtomicBool,
    stopped: AtomicBool,
    /// The event loop's timer, and for when it is set.
    timer: Mutex<Option<(Instant, Py<PyAny>)>>,
    pub(super) websocket: WebSocketOptions,
    message: Py<PyDict>,
    disconnect: Py<PyDict>,
}

impl Driver {
    pub(super) fn future(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.make_future.call0(py)
    }

    /// A message with a piece of a body.
    pub(super) fn body_message(&self, py: Python<'_>, body: &[u8], more: bool) -> PyResult<Py<PyAny>> {
        let message = self.message.bind(py).copy()?;
        if !body.is_empty() {
            message.set_item(intern!(py, "body"), pyo3::types::PyBytes::new(py, body))?;
        }
        if more {
            message.set_item(intern!(py, "more_body"), true)?;
        }
        Ok(message.into_any().unbind())
    }

    pub(super) fn disconnect_message(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.disconnect.bind(py).copy()?.into_any().unbind())
    }

    /// There may be news for who waits for an exchange.
    pub(super) fn woken(&self, waiters: Arc<Waiters>) {
        lock(&self.woken).push(waiters);
    }

    /// Gives a whole response: with those of other requests that are begun in the same turn, if this one is.
    pub(super) fn answer(&self, py: Python<'_>, responder: Responder, response: Response) -> PyResult<()> {
        if self.busy.load(Ordering::Relaxed) {
            self.inner.answer(responder, response);
            return Ok(());
        }
        responder.send(response);
        self.after(py)
    }

    /// Sends what was answered, and sees to what comes of it.
    pub(super) fn after(&self, py: Python<'_>) -> PyResult<()> {
        self.inner.deliver();
        self.tell(py)?;
        if self.busy.load(Ordering::Relaxed) { Ok(()) } else { self.plan(py) }
    }

    fn tell(&self, py: Python<'_>) -> PyResult<()> {
        let woken = std::mem::take(&mut *lock(&self.woken));
        woken.iter().try_for_each(|waiters| waiters.resolve(py))
    }

    /// Sees to it that the next turn comes in time.
    fn plan(&self, py: Python<'_>) -> PyResult<()> {
        let patience = self.inner.patience();
        if !self.inner.queue.is_empty() || patience == Some(Duration::ZERO) {
            if !self.planned.swap(true, Ordering::Relaxed) {
                let turn = lock(&self.turn).as_ref().map(|turn| turn.clone_ref(py));
                self.event_loop.call_method1(py, intern!(py, "call_soon"), (turn,))?;
            }
            return Ok(());
        }
        let Some(patience) = patience else { return Ok(()) };
        let due = Instant::now() + patience;
        let mut timer = lock(&self.timer);
        if timer.as_ref().is_some_and(|(set, _)| *set <= due) {
            return Ok(()); // it is asked again then
        }
        let turn = lock(&self.turn).as_ref().map(|turn| turn.clone_ref(py));
        let handle = self.event_loop.call_method1(
            py,
            intern!(py, "call_later"),
            (patience.as_secs_f64() + 0.001, turn),
        )?;
        if let Some((_, before)) = timer.replace((due, handle)) {
            before.call_method0(py, intern!(py, "cancel"))?;
        }
        Ok(())
    }

    fn turn(self: &Arc<Self>, py: Python<'_>) -> PyResult<()> {
        self.planned.store(false, Ordering::Relaxed);
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        let goes_on = self.inner.turn_now()?;
        self.busy.store(true, Ordering::Relaxed);
        let begun = self.begin_requests(py);
        self.busy.store(false, Ordering::Relaxed);
        self.inner.deliver();
        begun?;
        self.tell(py)?;
        {
            let mut timer = lock(&self.timer);
            if timer.as_ref().is_some_and(|(due, _)| *due <= Instant::now()) {
                *timer = None;
            }
        }
        if !goes_on {
            self.stopped.store(true, Ordering::Relaxed);
            self.over.call0(py)?;
            return Ok(());
        }
        self.plan(py)
    }

    fn begin_requests(self: &Arc<Self>, py: Python<'_>) -> PyResult<()> {
        for _ in 0..BURST {
            let Some(request) = self.inner.queue.take() else { break };
            self.begin(py, request);
            self.inner.fatal()?;
        }
        Ok(())
    }

    /// Begins a request: as far as its coroutine goes without waiting.
    fn begin(self: &Arc<Self>, py: Python<'_>, request: Request) {
        let mut scope = self.scopes.of(py, &request);
        let exchange = if ServerHandshake::is_asked_for(&request.head) {
            let handshake = match ServerHandshake::read(&request.head) {
                Ok(handshake) => handshake,
                Err(error) => {
                    let mut response = Response::plain(error.status());
                    for (name, value) in ServerHandshake::denial_fields(&error).iter() {
                        let _ = response.fields_mut().append(name, value); // they are valid
                    }
                    request.responder().send(response);
                    self.inner.deliver();
                    return;
                }
            };
            scope = scope.and_then(|scope| self.scopes.for_websocket(scope, handshake.subprotocols()));
            Either::WebSocket(WebSocketExchange::new(self, request, handshake))
        } else {
            Either::Http(Exchange::new(self, request))
        };
        let begun = scope.and_then(|scope| {
            let channel = channel(py, exchange.clone())?;
            let context = Context::new(py)?;
            let coroutine = context.run(py, || self.call(py, &scope, &channel))?;
            self.starter.start(py, coroutine, context)
        });
        match begun {
            Ok(Begun::Over) => self.finish(py, &exchange, Ok(())),
            Ok(Begun::Suspended(task)) => {
                let result = Bound::new(py, Finish { driver: self.clone(), exchange: exchange.clone() })
                    .and_then(|finish| self.starter.keep(py, &task, finish.into_any()));
                if let Err(error) = result {
                    self.finish(py, &exchange, Err(error));
                }
            }
            Err(error) => self.finish(py, &exchange, Err(error)),
        }
    }

    fn call<'py>(
        &self,
        py: Python<'py>,
        scope: &Bound<'py, PyDict>,
        channel: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = [scope.as_ptr(), channel.as_ptr(), channel.as_ptr()];
        // SAFETY: attached; three live arguments; gives a new reference, or null with an exception set.
        unsafe {
            let result = ffi::PyObject_Vectorcall(
                self.application.as_ptr(),
                arguments.as_ptr(),
                3,
                std::ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_err(py, result)
        }
    }

    /// A request's coroutine has ended.
    fn finish(&self, py: Python<'_>, exchange: &Either, result: PyResult<()>) {
        let gone = exchange.is_gone();
        let failed = result.is_err();
        match result {
            Ok(()) if exchange.is_undone() && !gone => {
                self.inner.say(
                    py,
                    &format!("the application returned without a whole response at {}", exchange.name()),
                );
            }
            Ok(()) => {}
            // Who was told that the client is gone may well give up by it.
            Err(error) if gone && caused_by_io(py, &error) || self.starter.is_cancellation(py, &error) => {
                drop(error);
            }
            Err(error) => self.inner.failed(py, &format!("at {}", exchange.name()), error),
        }
        if let Err(error) = exchange.end(py, failed) {
            self.inner.failed(py, "at the end of a request", error);
        }
    }
}

/// Whether an exception is an OSError, or was raised because of one.
fn caused_by_io(py: Python<'_>, error: &PyErr) -> bool {
    let mut error = Some(error.clone_ref(py));
    for _ in 0..8 {
        let Some(current) = error else { return false };
        if current.is_instance_of::<PyOSError>(py) {
            return true;
        }
        let value = current.into_value(py);
        let context =
            value.bind(py).getattr(intern!(py, "__context__")).ok().filter(|context| !context.is_none());
        error = context.map(PyErr::from_value);
    }
    false
}

/// What the event loop calls.
#[pyclass(module = "ferrosock._native.serve", frozen)]
pub(in super::super) struct Asgi {
    driver: Arc<Driver>,
}

impl Asgi {
    /// `settings` is a dict: the application, `loop`, a scope's `template`, the lifespan's `state` or None, `over()` that is called
    /// once the server has stopped, and `wrap(awaitable)`, which makes a coroutine of one.
    pub(in super::super) fn new(
        py: Python<'_>,
        inner: Arc<Inner>,
        settings: &Bound<'_, PyDict>,
        root: &str,
        proxies: TrustedProxies,
        websocket: WebSocketOptions,
    ) -> PyResult<Py<Self>> {
        let setting = |name: &str| {
            settings
                .get_item(name)?
                .ok_or_else(|| PyTypeError::new_err(format!("there is no setting {name}")))
        };
        let event_loop = setting("loop")?;
        let message = PyDict::new(py);
        message.set_item(intern!(py, "type"), intern!(py, "http.request"))?;
        message.set_item(intern!(py, "body"), pyo3::types::PyBytes::new(py, b""))?;
        message.set_item(intern!(py, "more_body"), false)?;
        let disconnect = PyDict::new(py);
        disconnect.set_item(intern!(py, "type"), intern!(py, "http.disconnect"))?;
        let state = setting("state")?;
        let state = if state.is_none() { None } else { Some(state.cast_into::<PyDict>()?) };
        let template = setting("template")?.cast_into::<PyDict>()?;
        let driver = Arc::new(Driver {
            inner,
            application: setting("application")?.unbind(),
            scopes: Scopes::new(template, state, root, proxies)?,
            starter: Starter::new(py, &event_loop, setting("wrap")?)?,
            make_future: event_loop.getattr("create_future")?.unbind(),
            event_loop: event_loop.unbind(),
            over: setting("over")?.unbind(),
            turn: Mutex::default(),
            woken: Mutex::default(),
            busy: AtomicBool::new(false),
            planned: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            timer: Mutex::default(),
            websocket,
            message: message.unbind(),
            disconnect: disconnect.unbind(),
        });
        let this = Bound::new(py, Self { driver: driver.clone() })?;
        *lock(&driver.turn) = Some(this.getattr("turn")?.unbind());
        Ok(this.unbind())
    }
}

#[pymethods]
impl Asgi {
    /// Do what there is to do, without waiting.
    fn turn(&self, py: Python<'_>) -> PyResult<()> {
        CALLS.note();
        self.driver.turn(py)
    }

    /// The tasks of requests that are under way: a list.
    fn tasks(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.driver.starter.tasks(py)
    }

    /// Let go of the event loop.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.driver.stopped.store(true, Ordering::Relaxed);
        lock(&self.driver.turn).take();
        if let Some((_, timer)) = lock(&self.driver.timer).take() {
            timer.call_method0(py, intern!(py, "cancel"))?;
        }
        self.driver.starter.close(py)
    }
}

/// Called when the task of a request is done.
#[pyclass(module = "ferrosock._native.serve", frozen)]
struct Finish {
    driver: Arc<Driver>,
    exchange: Either,
}

#[pymethods]
impl Finish {
    fn __call__(&self, py: Python<'_>, task: &Bound<'_, PyAny>) -> PyResult<()> {
        CALLS.note();
        self.driver.starter.forget(py, task)?;
        let result = super::task::outcome(task);
        self.driver.finish(py, &self.exchange, result);
        self.driver.inner.fatal()
    }
}
