//! `Engine`: the serving engine with its loop in the interpreter's hands.
//!
//! Python code never runs inside a turn of the loop, but for content that a WSGI application makes piece by piece: requests are
//! queued there, and answered between the turns. So an application may wait in a turn of its own (`write()` to a slow client)
//! without being entered a second time.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Waker};
use std::time::{Duration, Instant};

use ferrosock::server::{BodyWriter, Control, Embedded, Responder, Response, Server, Stats, TrustedProxies};
use ferrosock::socket::{Host, Interrupted};
use pyo3::exceptions::{PyConnectionError, PyKeyboardInterrupt, PyRuntimeError, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::asgi::Asgi;
use super::convert::Said;
use super::options;
use super::queue::{Bodies, Front, Need, PATIENCE, Queue};
use super::shared_loop::SharedLoop;
use super::wsgi::{self, Gateway};

/// How often the interpreter is asked for what is to be done from time to time.
const TICK: Duration = Duration::from_secs(1);

/// Requests that are answered before the loop looks for others.
const BURST: usize = 256;

/// What the parts of the binding share.
pub(super) struct Inner {
    shared_loop: Arc<SharedLoop>,
    control: Control,
    pub(super) queue: Arc<Queue>,
    complaints: Arc<Complaints>,
    server_header: bool,
    /// Whether the application runs in the loop's own thread.
    inline: AtomicBool,
    /// What ends the server: an application has raised SystemExit or KeyboardInterrupt; and whether one has.
    fatal: Mutex<Option<PyErr>>,
    is_fatal: AtomicBool,
}

/// Who is told what goes wrong: a callable that takes words, and an exception or None.
pub(super) struct Complaints(Py<PyAny>);

impl Complaints {
    fn tell(&self, py: Python<'_>, words: &str, error: Option<PyErr>) {
        let error = error.map(|error| error.into_value(py));
        if let Err(error) = self.0.bind(py).call1((words, error)) {
            error.write_unraisable(py, None);
        }
    }
}

/// The wait of a loop whose thread has given the interpreter up, and comes back when a signal was there.
struct Detached;

impl Host for Detached {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        call()
    }

    fn interrupted(&self) -> Result<(), Interrupted> {
        Err(Interrupted)
    }
}

impl Inner {
    /// Goes round once, with the interpreter given up; says whether the server goes on.
    fn turn(&self, py: Python<'_>, most: Option<Duration>) -> PyResult<bool> {
        match py.detach(|| self.shared_loop.turn(&Detached, most)) {
            Some(Ok(goes_on)) => Ok(goes_on),
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
                py.check_signals()?;
                Ok(true)
            }
            Some(Err(error)) => Err(error.into()),
            // Content of a response may wait for itself.
            None => Err(PyRuntimeError::new_err("the server's loop is closed, or at work already")),
        }
    }

    /// Goes round once without waiting and without giving the interpreter up; says whether the server goes on.
    pub(super) fn turn_now(&self) -> PyResult<bool> {
        match self.shared_loop.turn(&Detached, Some(Duration::ZERO)) {
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Some(result) => Ok(result?),
            None => Ok(self.shared_loop.is_open()),
        }
    }

    /// Within which time the loop is to be turned.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.shared_loop.with(|embedded| embedded.patience())?
    }

    /// Sends what was answered, if the loop is this thread's.
    pub(super) fn deliver(&self) {
        if self.is_inline() {
            self.shared_loop.with(Embedded::deliver);
        }
    }

    /// Gives a response, which goes with others of its round if the loop is this thread's.
    pub(super) fn answer(&self, responder: Responder, response: Response) {
        if self.is_inline() { self.shared_loop.hold(responder, response) } else { responder.send(response) }
    }

    pub(super) fn is_inline(&self) -> bool {
        self.inline.load(Ordering::Relaxed)
    }

    /// Writes a piece, and waits while there is too much for the client.
    ///
    /// # Errors
    /// `ConnectionError` if the client is gone, or the time has passed that was left when the server was stopped.
    pub(super) fn write(&self, py: Python<'_>, writer: &mut BodyWriter, piece: Vec<u8>) -> PyResult<()> {
        if !self.is_inline() {
            return py.detach(|| writer.write(piece)).map_err(|_| wsgi::gone());
        }
        writer.write(piece).map_err(|_| wsgi::gone())?;
        self.deliver();
        let mut context = TaskContext::from_waker(Waker::noop());
        while writer.poll_room(&mut context).is_pending() {
            let goes_on = self.turn(py, None)?;
            if !goes_on && writer.poll_room(&mut context).is_pending() {
                return Err(PyConnectionError::new_err("the server has stopped"));
            }
        }
        if writer.is_closed() { Err(wsgi::gone()) } else { Ok(()) }
    }

    /// Adds what the server says of itself.
    pub(super) fn sign(&self, response: &mut Response, said: Said) {
        if self.server_header && !said.server {
            let _ = response.fields_mut().append(b"Server", b"ferrosock"); // it is a valid one
        }
    }

    /// Closes what an application has returned.
    pub(super) fn close(&self, result: &Bound<'_, PyAny>) {
        if let Err(error) = wsgi::close(result) {
            self.failed(result.py(), "while its content was closed", error);
        }
    }

    /// An application has failed.
    pub(super) fn failed(&self, py: Python<'_>, what: &str, error: PyErr) {
        if error.is_instance_of::<PySystemExit>(py) || error.is_instance_of::<PyKeyboardInterrupt>(py) {
            *self.fatal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            self.is_fatal.store(true, Ordering::Release);
            return;
        }
        self.complaints.tell(py, &format!("the application failed {what}"), Some(error));
    }

    /// Something went wrong that has no exception.
    pub(super) fn say(&self, py: Python<'_>, words: &str) {
        self.complaints.tell(py, words, None);
    }

    pub(super) fn fatal(&self) -> PyResult<()> {
        if !self.is_fatal.load(Ordering::Acquire) {
            return Ok(());
        }
        match self.fatal.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn stats(&self) -> Stats {
        self.control.stats()
    }
}

/// A server around listening sockets, whose loop runs in the thread that calls it.
///
/// `listeners` are descriptors, which stay the caller's; `options` an object with the attributes of `ferrosock.serve`'s Options;
/// `bodies` says how bodies are taken: "collected", "streamed" or "pulled"; `complain(words, exception or None)` is told what
/// goes wrong.
#[pyclass(module = "ferrosock._native.serve", frozen)]
pub(super) struct Engine {
    pub(super) inner: Arc<Inner>,
    gateway: Mutex<Option<Arc<Gateway>>>,
    proxies: TrustedProxies,
    root: String,
    websocket: options::WebSocketOptions,
}

#[pymethods]
impl Engine {
    #[new]
    fn new(
        py: Python<'_>,
        listeners: Vec<i32>,
        options: &Bound<'_, PyAny>,
        bodies: &str,
        complain: Py<PyAny>,
    ) -> PyResult<Self> {
        let complaints = Arc::new(Complaints(complain));
        let told = complaints.clone();
        let mut builder = Server::builder()
            .limits(options::limits(options)?)
            .timeouts(options::timeouts(options)?)
            .trust_proxy_protocol(options::flag(options, "proxy_protocol")?)
            .trust_proxies(options::proxies(options)?)
            .date_header(options::flag(options, "date_header")?)
            .error_log(move |line| {
                Python::try_attach(|py| told.tell(py, line, None));
            });
        if let Some((format, sink)) = options::access_log(options)? {
            builder = builder.access_log(format, sink);
        }
        for listener in listeners {
            builder = builder.adopt(options::duplicated(listener)?);
        }
        let queue = Arc::new(Queue::default());
        let front = Front {
            queue: queue.clone(),
            mounts: options::mounts(options)?,
            bodies: match bodies {
                "collected" => Bodies::Collected,
                "streamed" => Bodies::Streamed,
                _ => Bodies::Pulled,
            },
            most: options::most(options, "limit_body")?,
            folder: options::temporary(py)?,
        };
        let server = builder.bind(front)?;
        let control = server.control();
        let shared_loop = SharedLoop::new(server.embed()?);
        let server_header = options::flag(options, "server_header")?;
        let inline = AtomicBool::new(true);
        let inner = Arc::new(Inner {
            shared_loop,
            control,
            queue,
            complaints,
            server_header,
            inline,
            fatal: Mutex::default(),
            is_fatal: AtomicBool::new(false),
        });
        let (proxies, root) = (options::proxies(options)?, options::text(options, "root_path")?);
        let websocket = options::websocket(options)?;
        Ok(Self { inner, gateway: Mutex::default(), proxies, root, websocket })
    }

    /// Serve an application of WSGI in this thread until the server has stopped.
    ///
    /// `template` has what is the same in all environments. `tick()` is called about once a second, and when a signal came.
    /// With `threads` above 1 the application runs in so many threads, at most; `spawn()` starts one that calls `work()`. With
    /// fewer it runs here.
    fn serve_wsgi(
        &self,
        py: Python<'_>,
        application: Py<PyAny>,
        template: Bound<'_, PyDict>,
        threads: usize,
        spawn: &Bound<'_, PyAny>,
        tick: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let gateway = Arc::new(Gateway::new(
            application,
            template,
            &self.root,
            self.proxies.clone(),
            self.inner.clone(),
        )?);
        *self.gateway.lock().unwrap_or_else(PoisonError::into_inner) = Some(gateway.clone());
        let result = if threads > 1 {
            self.inner.queue.thread();
            self.inner.inline.store(false, Ordering::Relaxed);
            self.feed(py, threads, spawn, tick)
        } else {
            self.serve_inline(py, &gateway, tick)
        };
        let busy = self.inner.queue.close();
        if busy > 0 {
            self.inner
                .say(py, &format!("{busy} requests did not end in time and are cut off in the application"));
        }
        self.gateway.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.close(py);
        result
    }

    /// Answer requests in this thread until the server has stopped.
    fn work(&self, py: Python<'_>) {
        let gateway = self.gateway.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(gateway) = gateway else { return };
        let mut took = None;
        while let Some(request) = py.detach(|| self.inner.queue.next(took)) {
            let begun = Instant::now();
            gateway.answer(py, request);
            took = Some(begun.elapsed());
        }
    }

    /// Make what serves an application of ASGI in the thread of an event loop, which is to watch `fileno()`.
    #[pyo3(signature = (settings, /))]
    fn asgi(&self, py: Python<'_>, settings: &Bound<'_, PyDict>) -> PyResult<Py<Asgi>> {
        Asgi::new(py, self.inner.clone(), settings, &self.root, self.proxies.clone(), self.websocket)
    }

    /// The descriptor that is readable while there is something to do.
    fn fileno(&self) -> i32 {
        self.inner.shared_loop.with(|embedded| embedded.descriptor()).unwrap_or(-1)
    }

    /// Take no more connections; those that are there may end what they are at within so many seconds.
    fn stop(&self, within: f64) {
        self.inner.control.stop(Duration::try_from_secs_f64(within).unwrap_or(Duration::ZERO));
    }

    /// What was counted: a dict of numbers by name.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (stats, found) = (self.inner.stats(), PyDict::new(py));
        for (name, value) in [
            ("accepted", stats.accepted),
            ("open", stats.open),
            ("refused", stats.refused),
            ("requests", stats.requests),
            ("received", stats.received),
            ("sent", stats.sent),
            ("timeouts", stats.timeouts),
            ("panics", stats.panics),
            ("log_lost", stats.log_lost),
        ] {
            found.set_item(name, value)?;
        }
        found.set_item("statuses", PyTuple::new(py, stats.statuses)?)?;
        found.set_item("durations", PyTuple::new(py, stats.durations)?)?;
        found.set_item("duration_sum", stats.duration_sum as f64 / 1000.0)?;
        Ok(found)
    }

    /// Close all connections, and the listeners.
    fn close(&self, py: Python<'_>) {
        self.inner.queue.clear();
        py.detach(|| drop(self.inner.shared_loop.close()));
    }
}

impl Engine {
    /// The loop with the application in it.
    fn serve_inline(&self, py: Python<'_>, gateway: &Gateway, tick: &Bound<'_, PyAny>) -> PyResult<()> {
        let (mut ticked, mut batch) = (Instant::now(), VecDeque::new());
        loop {
            // Who sends one request behind the other does not keep the loop from others.
            let idle = batch.is_empty() && self.inner.queue.is_empty();
            let most = if idle { TICK } else { Duration::ZERO };
            let goes_on = self.inner.turn(py, Some(most))?;
            self.inner.fatal()?;
            for _ in 0..BURST {
                let Some(request) = self.inner.queue.take_by(&mut batch) else { break };
                gateway.answer(py, request);
                self.inner.fatal()?;
            }
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                tick.call0()?;
            }
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// The loop beside threads that run the application.
    fn feed(
        &self,
        py: Python<'_>,
        threads: usize,
        spawn: &Bound<'_, PyAny>,
        tick: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (mut ticked, mut started, mut most, mut threads) = (Instant::now(), 0, TICK, threads);
        loop {
            let goes_on = self.inner.turn(py, Some(most))?;
            most = match self.inner.queue.need(started, threads) {
                Need::Nothing => TICK,
                Need::Watch => PATIENCE,
                Need::Thread => {
                    match spawn.call0() {
                        Ok(_) => started += 1,
                        // The system gives no more: those that are there have to do.
                        Err(error) if started > 0 => {
                            threads = started;
                            self.inner.complaints.tell(py, "no more threads can be started", Some(error));
                        }
                        Err(error) => return Err(error),
                    }
                    PATIENCE
                }
            };
            self.inner.fatal()?;
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                tick.call0()?;
            }
            if !goes_on {
                return Ok(());
            }
        }
    }
}
