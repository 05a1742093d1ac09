//! The loop of a server, which the thread that turns it shares with a courier: a thread that sends held answers when they have
//! waited for too long, as behind an application that takes its time. It touches no Python object.
//!
//! In a child of fork the loop is as good as closed: it is the parent's, with connections and answers that the child has copies of.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use ferrosock::server::{Embedded, Responder, Response};
use ferrosock::socket::Host;

/// How often the courier looks, and after how many looks that find nothing it sleeps until it is called.
const TICK: Duration = Duration::from_millis(2);
const IDLE_LOOKS: u32 = 50;

/// A loop, until it is closed.
pub(super) struct SharedLoop {
    embedded: Mutex<Option<Embedded>>,
    /// Whether a turn is under way, which asks for nothing that the loop's own thread wants of the loop.
    turning: AtomicBool,
    courier: Courier,
    /// Which of the processes, from fork to fork, it belongs to.
    generation: u32,
}

#[derive(Default)]
struct Courier {
    state: Mutex<State>,
    called: Condvar,
    /// Whether it is to be called: it sleeps, or has not been started.
    away: AtomicBool,
}

#[derive(Default)]
struct State {
    runs: bool,
    over: bool,
}

/// How many forks this process is away from the first.
static GENERATION: AtomicU32 = AtomicU32::new(0);

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// The number of this process, which is counted from now on.
fn generation() -> u32 {
    static PREPARED: OnceLock<()> = OnceLock::new();
    PREPARED.get_or_init(|| {
        // SAFETY: a function that may be called in any state of the process.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
    GENERATION.load(Ordering::Relaxed)
}

/// A lock whose owner cannot leave what it guards broken.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SharedLoop {
    pub(super) fn new(embedded: Embedded) -> Arc<Self> {
        let courier = Courier { away: AtomicBool::new(true), ..Courier::default() };
        let (embedded, turning) = (Mutex::new(Some(embedded)), AtomicBool::new(false));
        Arc::new(Self { embedded, turning, courier, generation: generation() })
    }

    /// Whether it is another process's.
    fn is_foreign(&self) -> bool {
        self.generation != GENERATION.load(Ordering::Relaxed)
    }

    /// Whether nothing may be done with the loop: a turn is under way, or it is another process's.
    fn is_taken(&self) -> bool {
        self.turning.load(Ordering::Acquire) || self.is_foreign()
    }

    /// Does something with the loop; `None` if it is closed, or at a turn already. The courier may have it for a moment.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut Embedded) -> R) -> Option<R> {
        if self.is_taken() {
            return None;
        }
        lock(&self.embedded).as_mut().map(act)
    }

    pub(super) fn is_open(&self) -> bool {
        self.turning.load(Ordering::Acquire) || !self.is_taken() && lock(&self.embedded).is_some()
    }

    /// Goes round once; `None` as of [`with`](Self::with).
    pub(super) fn turn(&self, host: &impl Host, most: Option<Duration>) -> Option<io::Result<bool>> {
        struct Turning<'a>(&'a AtomicBool);
        impl Drop for Turning<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        if self.is_taken() || self.turning.swap(true, Ordering::AcqRel) {
            return None;
        }
        let _turning = Turning(&self.turning);
        lock(&self.embedded).as_mut().map(|embedded| embedded.turn(host, most))
    }

    /// Gives a response that goes with others, in the loop's own thread.
    pub(super) fn hold(self: &Arc<Self>, responder: Responder, response: Response) {
        if self.is_taken() {
            return responder.send(response);
        }
        match &mut *lock(&self.embedded) {
            Some(embedded) => embedded.hold(responder, response),
            None => return responder.send(response),
        }
        if self.courier.away.load(Ordering::Relaxed) {
            self.call_courier();
        }
    }

    /// The loop, to be dropped. A child of fork leaves it alone: the courier may have had its lock.
    pub(super) fn close(&self) -> Option<Embedded> {
        if self.is_foreign() {
            return None;
        }
        lock(&self.courier.state).over = true;
        self.courier.called.notify_all();
        lock(&self.embedded).take()
    }

    #[cold]
    fn call_courier(self: &Arc<Self>) {
        let mut state = lock(&self.courier.state);
        self.courier.away.store(false, Ordering::Relaxed);
        if state.runs {
            self.courier.called.notify_one();
            return;
        }
        let this = self.clone();
        let started = thread::Builder::new().name("ferrosock-courier".to_owned()).spawn(move || this.carry());
        state.runs = started.is_ok();
        drop(state);
        if started.is_err() {
            // Without the thread nothing waits, and the next answer tries again.
            self.courier.away.store(true, Ordering::Relaxed);
            self.with(Embedded::deliver);
        }
    }

    /// Sends what waits for too long; says whether anything is held, or may be.
    fn look(&self) -> bool {
        match self.embedded.try_lock() {
            Ok(mut embedded) => embedded.as_mut().is_some_and(|embedded| embedded.push_held(TICK)),
            // Who is at a turn sends what is held by itself.
            Err(_) => !self.turning.load(Ordering::Acquire),
        }
    }

    /// What the courier does.
    fn carry(&self) {
        let mut idle = 0;
        let mut state = lock(&self.courier.state);
        while !state.over {
            let waited = self.courier.called.wait_timeout(state, TICK);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            let found = self.look();
            state = lock(&self.courier.state);
            idle = if found { 0 } else { idle + 1 };
            if idle >= IDLE_LOOKS {
                self.courier.away.store(true, Ordering::Relaxed);
                // Once more: who has held an answer since may not have seen that there is nobody to look.
                drop(state);
                let found = self.look();
                state = lock(&self.courier.state);
                if found {
                    self.courier.away.store(false, Ordering::Relaxed);
                }
                let away = |state: &mut State| !state.over && self.courier.away.load(Ordering::Relaxed);
                state = self.courier.called.wait_while(state, away).unwrap_or_else(PoisonError::into_inner);
                idle = 0;
            }
        }
    }
}
