//! A connection of WebSocket: what runs in the engine, and what it shares with the application's side.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ferrosock::proto::websocket::{Error, Event, KeepAlive, Kind, Options, Side, Sign, WebSocket};
use ferrosock::server::{Link, Protocol, Remote};

/// So many bytes of messages wait for the application before no more is read.
const HIGH: usize = 256 * 1024;

/// A message counts as if it had so many bytes more.
const OVERHEAD: usize = 64;

/// How long a peer may take to answer a close frame.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message of the peer's.
pub(super) enum Message {
    Text(String),
    Binary(Vec<u8>),
}

impl Message {
    fn size(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Text(text) => text.len(),
                Self::Binary(bytes) => bytes.len(),
            }
    }
}

/// How a connection ended: a close frame's code and reason (RFC 6455 section 7.1.5).
#[derive(Clone)]
pub(super) struct Closed {
    pub(super) code: u16,
    pub(super) reason: String,
}

struct State {
    machine: WebSocket,
    inbox: VecDeque<Message>,
    size: usize,
    paused: bool,
    full: bool,
    /// Whether the application has ended, and takes no more messages.
    abandoned: bool,
    /// Whether it is the application that closes.
    leaves: bool,
    remote: Option<Remote>,
    closed: Option<Closed>,
    readers: Option<Waker>,
    writers: Option<Waker>,
}

/// What both sides have.
pub(super) struct Shared(Mutex<State>);

/// What the application's side asks of the engine's.
enum Ask {
    /// There is something to be sent.
    Flush,
    /// The same, and a close frame with it.
    Close,
    /// There is room for messages again.
    Resume,
}

impl Shared {
    pub(super) fn new(options: &Options) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            machine: WebSocket::server(options),
            inbox: VecDeque::new(),
            size: 0,
            paused: false,
            full: false,
            abandoned: false,
            leaves: false,
            remote: None,
            closed: None,
            readers: None,
            writers: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next message, or how it ended.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Message, Closed>> {
        let mut state = self.state();
        if let Some(message) = state.inbox.pop_front() {
            state.size -= message.size();
            if state.paused && state.size < HIGH / 2 {
                state.paused = false;
                post(&state, Ask::Resume);
            }
            return Poll::Ready(Ok(message));
        }
        if let Some(closed) = &state.closed {
            return Poll::Ready(Err(closed.clone()));
        }
        state.readers = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether there is room for more messages to the peer; an error if it is gone.
    pub(super) fn poll_room(&self, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        let mut state = self.state();
        match (&state.closed, state.full) {
            (Some(_), _) => Poll::Ready(Err(())),
            (None, false) => Poll::Ready(Ok(())),
            (None, true) => {
                state.writers = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Sends a message; says whether the connection is there.
    pub(super) fn send(&self, kind: Kind, bytes: Vec<u8>) -> bool {
        let mut state = self.state();
        let sent = state.closed.is_none() && state.machine.send_owned(kind, bytes).is_ok();
        if sent {
            post(&state, Ask::Flush);
        }
        sent
    }

    /// Sends a close frame, unless one went before or the connection is gone.
    ///
    /// # Errors
    /// [`Error::InvalidCode`] and [`Error::TooLong`], which leave the connection as it is.
    pub(super) fn close(&self, code: u16, reason: &str) -> Result<(), Error> {
        let mut state = self.state();
        if state.closed.is_none() {
            match state.machine.send_close(code, reason) {
                Ok(()) => {
                    state.leaves = true;
                    post(&state, Ask::Close);
                }
                Err(error @ (Error::InvalidCode(_) | Error::TooLong)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// The application takes no more messages: what comes is read all the same, for behind it comes the peer's answer to a close.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        state.abandoned = true;
        state.inbox = VecDeque::new();
        state.size = 0;
        if std::mem::take(&mut state.paused) {
            post(&state, Ask::Resume);
        }
    }

    /// Whether the connection has ended, or ends without the application's doing: the server may stop.
    pub(super) fn is_closed(&self) -> bool {
        let state = self.state();
        state.closed.is_some() || state.machine.outgoing() == Side::Closed && !state.leaves
    }

    fn wake(&self, change: impl FnOnce(&mut State) -> bool) {
        let mut state = self.state();
        let all = change(&mut state);
        let readers = state.readers.take();
        let writers = if all { state.writers.take() } else { None };
        drop(state);
        for waker in [readers, writers].into_iter().flatten() {
            waker.wake();
        }
    }

    /// It is over; the first reason counts.
    fn end(&self, code: u16, reason: String) {
        self.wake(|state| {
            state.closed.get_or_insert(Closed { code, reason });
            true
        });
    }
}

fn post(state: &State, ask: Ask) {
    if let Some(remote) = &state.remote {
        remote.post(ask);
    }
}

/// The engine's side.
pub(super) struct Socket {
    shared: Arc<Shared>,
    ping_interval: Option<Duration>,
    pong_timeout: Option<Duration>,
    /// From the start on, if it is to be.
    alive: Option<KeepAlive>,
    /// Whether a close frame has been sent, whose answer the deadline is for.
    closing: bool,
}

impl Socket {
    /// `ping_interval` and `pong_timeout`: how long nothing may come until a ping, and for how long its answer is waited for.
    pub(super) fn new(
        shared: Arc<Shared>,
        ping_interval: Option<Duration>,
        pong_timeout: Option<Duration>,
    ) -> Self {
        Self { shared, ping_interval, pong_timeout, alive: None, closing: false }
    }

    /// A close frame is on its way.
    fn await_close(&mut self, link: &mut Link<'_>) {
        self.closing = true;
        link.set_deadline(Some(PATIENCE));
    }

    /// Hands what is to be sent to the connection.
    fn flush(&self, link: &mut Link<'_>) {
        let mut state = self.shared.state();
        while let Some(bytes) = state.machine.poll_output() {
            link.write_owned(bytes);
        }
        state.full = link.is_full();
        if state.full {
            link.ask_for_room();
        }
    }
}

impl Protocol for Socket {
    fn start(&mut self, link: &mut Link<'_>) {
        self.shared.state().remote = Some(link.remote());
        let timeout = self.pong_timeout;
        self.alive = self.ping_interval.map(|interval| KeepAlive::new(interval, timeout, link.now()));
        link.set_deadline(self.ping_interval);
    }

    fn handle(&mut self, link: &mut Link<'_>, input: &[u8]) -> usize {
        if let Some(alive) = &mut self.alive {
            alive.heard(link.now());
        }
        let (mut at, mut news) = (0, false);
        let mut over = None;
        let mut state = self.shared.state();
        while over.is_none() && state.size < HIGH {
            let taken = match state.machine.handle(&input[at..]) {
                Ok(taken) => taken,
                Err(error) => {
                    over = Some((error.close_code(), error.to_string()));
                    at = input.len();
                    break;
                }
            };
            at += taken;
            let message = match state.machine.poll_event() {
                Some(Event::Text(text)) => Message::Text(text),
                Some(Event::Binary(bytes)) => Message::Binary(bytes),
                Some(Event::Close(frame)) => {
                    let frame = frame.map(|frame| (frame.code, frame.reason));
                    over = Some(frame.unwrap_or((1005, String::new())));
                    continue;
                }
                Some(_) => continue,
                None if taken == 0 || at == input.len() => break,
                None => continue,
            };
            if state.abandoned {
                continue;
            }
            state.size += message.size();
            state.inbox.push_back(message);
            news = true;
        }
        if state.size >= HIGH && !state.paused {
            state.paused = true;
            link.pause();
        }
        drop(state);
        self.flush(link);
        match over {
            Some((code, reason)) => {
                self.shared.end(code, reason);
                link.close();
            }
            None if news => self.shared.wake(|_| false),
            None => {}
        }
        at
    }

    fn handle_end(&mut self, link: &mut Link<'_>) {
        // That it ends without a close frame is what 1006 says.
        let _ = self.shared.state().machine.handle_end();
        self.shared.end(1006, String::new());
        link.close();
    }

    fn handle_message(&mut self, link: &mut Link<'_>, message: Box<dyn Any + Send>) {
        match message.downcast::<Ask>().as_deref() {
            Ok(Ask::Flush) => self.flush(link),
            Ok(Ask::Close) => {
                self.flush(link);
                self.await_close(link);
            }
            Ok(Ask::Resume) => link.resume(),
            Err(_) => {}
        }
    }

    fn handle_room(&mut self, link: &mut Link<'_>) {
        self.flush(link);
        if !link.is_full() {
            self.shared.wake(|state| {
                state.full = false;
                true
            });
        }
    }

    fn handle_stop(&mut self, link: &mut Link<'_>) {
        // Going away (RFC 6455 section 7.4.1); if it closes already, that is enough.
        let _ = self.shared.state().machine.send_close(1001, "");
        self.flush(link);
        self.await_close(link);
    }

    fn handle_deadline(&mut self, link: &mut Link<'_>) {
        let sign = match &mut self.alive {
            // Whether the client takes what waits for it, the write timeout judges.
            Some(alive) if !self.closing => alive.check(link.now(), link.is_paused() || link.pending() > 0),
            _ => {
                self.shared.end(1006, String::new());
                return link.close();
            }
        };
        match sign {
            Sign::Wait(time) => link.set_deadline(Some(time)),
            Sign::Ping(time) => {
                let _ = self.shared.state().machine.send_ping(KeepAlive::PAYLOAD); // behind a close it is too late
                self.flush(link);
                link.set_deadline(Some(time));
            }
            Sign::Lost => {
                let reason = "no answer to a ping";
                let _ = self.shared.state().machine.send_close(1011, reason);
                self.flush(link);
                // The client has sent no close frame (RFC 6455 section 7.1.5).
                self.shared.end(1006, reason.to_owned());
                link.close();
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.end(1006, String::new());
        self.shared.state().remote = None;
    }
}
