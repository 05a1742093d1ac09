//! Requests that wait for the application.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ferrosock::proto::http1::{Framing, RequestHead, request_framing};
use ferrosock::server::{Files, Handler, Intake, Reply, Request, Response};

use super::target::below;

/// A body so small is always collected before the application is asked.
const SMALL: u64 = 1 << 20;

/// How long a request may wait before one more thread is put to work.
pub(super) const PATIENCE: Duration = Duration::from_millis(1);

#[derive(Default)]
struct State {
    waiting: VecDeque<(Request, Instant)>,
    /// Threads that wait for a request, and threads that were called and are on their way.
    idle: usize,
    called: usize,
    /// Threads that are at a request.
    busy: usize,
    /// How long a request lately took, in microseconds.
    average: u64,
    closed: bool,
}

/// Requests that take longer are worth a thread of their own at once; in microseconds.
const SLOW: u64 = 100;

/// The requests, between the loop and who runs the application.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    moved: Condvar,
    /// Whether threads take requests, which have to be called; else the loop's owner takes them.
    threaded: AtomicBool,
}

/// What the loop is to do about requests that wait.
pub(super) enum Need {
    Nothing,
    /// Look again soon.
    Watch,
    /// A thread more.
    Thread,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn thread(&self) {
        self.threaded.store(true, Ordering::Relaxed);
    }

    fn push(&self, request: Request) {
        let threaded = self.threaded.load(Ordering::Relaxed);
        let mut state = self.lock();
        // The loop's owner asks for no time.
        let now = if threaded { Instant::now() } else { *START };
        state.waiting.push_back((request, now));
        // One that is at work takes the next by itself: where requests are quick, calling another costs more than they do. Who waits
        // too long is seen by `need`.
        let wanted = state.busy + state.called == 0 || state.average > SLOW;
        let call = threaded && wanted && state.idle > state.called;
        if call {
            state.called += 1;
            drop(state);
            self.moved.notify_one();
        }
    }

    /// A request, for the loop's owner.
    pub(super) fn take(&self) -> Option<Request> {
        self.lock().waiting.pop_front().map(|(request, _)| request)
    }

    /// A request, for the loop's owner: from `batch`, which takes all that wait when it is empty.
    pub(super) fn take_by(&self, batch: &mut VecDeque<(Request, Instant)>) -> Option<Request> {
        if batch.is_empty() {
            std::mem::swap(&mut self.lock().waiting, batch);
        }
        batch.pop_front().map(|(request, _)| request)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// A request, for a thread, which waits for it; `None` at the end. `took` is how long its last one took.
    pub(super) fn next(&self, took: Option<Duration>) -> Option<Request> {
        let mut state = self.lock();
        if let Some(took) = took {
            state.busy -= 1;
            state.average = (state.average * 7 + u64::try_from(took.as_micros()).unwrap_or(u64::MAX / 8)) / 8;
        }
        loop {
            if let Some((request, _)) = state.waiting.pop_front() {
                state.busy += 1;
                return Some(request);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            state.called = state.called.saturating_sub(1);
        }
    }

    /// What is to be done about requests that wait, with `threads` that were started and at most so many.
    pub(super) fn need(&self, started: usize, most: usize) -> Need {
        let mut state = self.lock();
        let Some((_, since)) = state.waiting.front() else { return Need::Nothing };
        let late = state.busy == 0 || since.elapsed() >= PATIENCE;
        if state.idle > state.called {
            if late {
                state.called += 1;
                drop(state);
                self.moved.notify_one();
            }
            return Need::Watch;
        }
        match (started < most, late) {
            (true, true) => Need::Thread,
            (true, false) => Need::Watch,
            (false, _) => Need::Nothing,
        }
    }

    /// Threads end once they find nothing; says how many are at a request.
    pub(super) fn close(&self) -> usize {
        let mut state = self.lock();
        state.closed = true;
        self.moved.notify_all();
        state.busy
    }

    /// Gives up what waits.
    pub(super) fn clear(&self) {
        let waiting = std::mem::take(&mut self.lock().waiting);
        drop(waiting);
    }
}

/// A time for what needs none.
static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

/// How bodies are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bodies {
    /// Before the application is called, large ones in a file: nobody may wait in its thread, which is the loop's.
    Collected,
    /// Small ones so; large ones, and those that a client sends only when it is asked to, as they are read.
    Streamed,
    /// All as they are read.
    Pulled,
}

/// What stands between the engine and the application: folders of files, and the queue.
pub(super) struct Front {
    pub(super) queue: Arc<Queue>,
    pub(super) mounts: Vec<(Vec<u8>, Files)>,
    pub(super) bodies: Bodies,
    pub(super) most: u64,
    pub(super) folder: Arc<Path>,
}

impl Front {
    /// What a mounted folder has to say.
    fn mounted(&self, request: &mut Request) -> Option<Response> {
        let (prefix, files, rest) = self
            .mounts
            .iter()
            .find_map(|(prefix, files)| Some((prefix, files, below(request.path(), prefix)?.to_vec())))?;
        let query = request.query().map(|query| [b"?", query].concat()).unwrap_or_default();
        if rest.is_empty() && !prefix.is_empty() {
            let place = [prefix, &b"/"[..], &query].concat();
            let place = String::from_utf8_lossy(&place).into_owned();
            return Response::plain(308).with("Location", place).ok();
        }
        request.head.target = [rest, query].concat();
        let mut response = files.answer(request);
        let place = response.fields().get(b"location").filter(|place| place.starts_with(b"/"));
        if let Some(place) = place.map(|place| [prefix, place].concat()) {
            response.fields_mut().set(b"Location", &place).ok()?;
        }
        Some(response)
    }
}

impl Handler for Front {
    fn handle(&self, mut request: Request) -> Reply {
        if !self.mounts.is_empty() {
            if let Some(response) = self.mounted(&mut request) {
                return response.into();
            }
        }
        self.queue.push(request);
        Reply::later()
    }

    fn intake(&self, head: &RequestHead) -> Intake {
        let small = matches!(request_framing(head), Ok(Framing::Length(length)) if length <= SMALL);
        match self.bodies {
            Bodies::Collected => {
                Intake::Spooled { memory: SMALL, most: self.most, folder: self.folder.clone() }
            }
            Bodies::Streamed if small && !head.expects_continue() => Intake::Whole { most: self.most },
            Bodies::Streamed | Bodies::Pulled => Intake::Stream { most: self.most },
        }
    }
}
