//! Threads that serve connections in turns: for programs whose handlers block.
//!
//! This is the pattern of leader and followers (Schmidt, Stal, Rohnert and Buschmann: Pattern-Oriented Software Architecture,
//! volume 2). One thread, the leader, waits for all connections at once. What it finds it serves itself: no hand-over to
//! another thread costs anything. A connection that waits for its client holds no thread.
//!
//! A handler that blocks must not hold up others. These rules see to that:
//!
//! 1. Beside the leader there is a *watch*. As long as anything is served it looks every two milliseconds, and where nothing was
//!    finished since its last look while nobody waits for connections, it serves what is next, or leads.
//! 2. Where handlers have lately been slow, a thread calls the next one before it serves: there is always one that leads. After
//!    a while that is tried anew, as threads that stand in each other's way look slow, too: after a quarter of a second, and
//!    twice as long each time that handlers prove to be slow right away.
//! 3. Else one thread serves at a time, but for those that have been at it for long: who finds another that has just begun
//!    watches or stands by, and the watch sees to it if that one stalls.
//! 4. There are as many threads as that needs; one for which there is nothing to do leaves after a while.
//!
//! Slow is a handler that waits for something, or that computes for long and leaves the host's lock to others meanwhile, which a
//! thread tries now and then. One that only waits for a processor, on a machine that is busy with other things, is told from it by
//! what the system says of its thread.
//!
//! Sockets are watched at edges, and once for all: to serve a request costs no call for that but the shared wait.

mod pace;
mod roster;
mod thread_state;
mod turn;

use std::fmt;
use std::os::fd::RawFd;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ferrosock_socket::readiness::{Epoll, EpollEvent};
use ferrosock_socket::{Host, Result, Uninterrupted};

use pace::{Pace, Purpose};
use roster::{Cause, Key, Roster};
use thread_state::ThreadId;
pub use turn::Turn;

/// How often the watch looks, and after how many looks at idle threads it sleeps until it is called.
const TICK: Duration = Duration::from_millis(2);
const IDLE_LOOKS: u32 = 50;

/// After how long a thread without work leaves.
const IDLE: Duration = Duration::from_secs(10);

/// How often deadlines are looked at: the longest wait of a leader. After how many without any connection it leaves.
const ROUND: Duration = Duration::from_millis(250);
const EMPTY_ROUNDS: u32 = 40;

/// For so many milliseconds no other thread is asked for when one could not be started.
const PAUSE: u64 = 250;

/// For so many milliseconds a turn has just begun: as a rule it will end soon.
const FRESH: u64 = 4;

/// A turn that waits after so many milliseconds is a slow handler's. An interpreter lets a thread wait for its lock for less
/// (5 ms) while another accepts many connections.
const STALLED: u64 = 8;

/// After so many milliseconds the watch steps in for any handler, also for one that computes.
const PATIENCE: u64 = 20;

const EVENTS: usize = 256;
const HANGS_UP: u32 = (libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR) as u32;
const WATCHED: u32 = (libc::EPOLLIN | libc::EPOLLRDHUP) as u32 | libc::EPOLLET as u32;

/// Connections, each with an item of the program's, and the threads that serve them.
///
/// The threads are the program's: each calls [`enter`](Self::enter), then [`next`](Self::next) until that says
/// [`Leave`](Step::Leave).
///
/// ```
/// use std::os::fd::AsRawFd;
/// use std::sync::Arc;
/// use std::time::Duration;
/// use ferrosock_server::followers::{Followers, Step};
/// use ferrosock_socket::{Socket, Uninterrupted};
///
/// fn run(followers: Arc<Followers<Socket>>) {
///     followers.enter();
///     loop {
///         match followers.next(&Uninterrupted) {
///             Step::Serve(mut turn) => {
///                 let socket = turn.take();
///                 let mut space = [0; 64];
///                 if let Ok(1..) = socket.recv(&Uninterrupted, &mut space, 0) {
///                     let _ = socket.send(&Uninterrupted, b"served", 0);
///                     turn.keep(socket, None); // for what comes next
///                 } // else it is over
///             }
///             Step::Grow => drop(std::thread::spawn({ let all = followers.clone(); || run(all) })),
///             Step::Leave => return,
///         }
///     }
/// }
///
/// let followers = Arc::new(Followers::new()?);
/// let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// if followers.add(far.as_raw_fd(), far, Some(Duration::from_secs(75)))? {
///     let all = followers.clone();
///     std::thread::spawn(|| run(all));
/// }
/// near.send(&Uninterrupted, b"please", 0)?;
/// let mut space = [0; 64];
/// let count = near.recv(&Uninterrupted, &mut space, 0)?;
/// assert_eq!(&space[..count], b"served");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Followers<T> {
    epoll: Epoll,
    began: Instant,
    state: Mutex<State<T>>,
    /// Wakes those who stand by; wakes the watch.
    more: Condvar,
    look: Condvar,
}

struct State<T> {
    roster: Roster<T>,
    threads: Threads,
    /// How many turns have ended.
    served: u64,
    /// The threads that serve, and since when.
    serving: Vec<(ThreadId, u64)>,
    pace: Pace,
    /// When another thread may be asked for.
    grows_from: u64,
    /// Memory for events, to be used again.
    events: Vec<EpollEvent>,
}

/// What the threads are at. Those that are not counted serve.
#[derive(Default)]
struct Threads {
    all: usize,
    /// They have been asked for and have not entered.
    coming: usize,
    leading: bool,
    watching: bool,
    /// The watch sleeps until it is called; it has been called to serve.
    watch_sleeps: bool,
    watch_called: bool,
    standing_by: usize,
    /// How many of those who stand by have been called.
    called: usize,
    /// How many have ended a wait and are about to see what there is to do.
    returning: usize,
}

impl<T> State<T> {
    /// Whether somebody has just begun to serve.
    fn has_fresh(&self, now: u64) -> bool {
        self.serving.iter().any(|(_, since)| now.saturating_sub(*since) < FRESH)
    }

    /// Whether one more thread that serves would only stand in the way of another.
    fn is_crowded(&self, now: u64) -> bool {
        let contended = self.pace.is_contended(now) && !self.serving.is_empty();
        !self.pace.is_slow(now) && (contended || self.has_fresh(now))
    }

    /// Ends the watch's wait, to see whether the host's lock is free.
    fn probe(mut this: MutexGuard<'_, Self>, purpose: Purpose) -> (MutexGuard<'_, Self>, Wait) {
        this.threads.watching = false;
        let probe = Wait::Probe { purpose, served: this.served, began: Instant::now() };
        (this, probe)
    }
}

/// What a thread is to do.
///
/// ```
/// # use ferrosock_server::followers::{Followers, Step};
/// # fn of(step: Step<'_, u8>) {
/// let is_work = matches!(step, Step::Serve(_));
/// # }
/// ```
#[derive(Debug)]
pub enum Step<'a, T> {
    /// To serve a connection.
    Serve(Turn<'a, T>),
    /// To start another thread, and to ask again.
    Grow,
    /// To end.
    Leave,
}

/// What came of a wait.
enum Wait {
    Over,
    /// To see whether the host's lock is free, while those serve who did after so many turns.
    Probe {
        purpose: Purpose,
        served: u64,
        began: Instant,
    },
    Leave,
}

impl<T> Followers<T> {
    /// None yet.
    ///
    /// # Errors
    /// What the system says: no descriptors, no memory.
    ///
    /// ```
    /// let followers = ferrosock_server::followers::Followers::<u8>::new()?;
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        Ok(Self {
            epoll: Epoll::new()?,
            began: Instant::now(),
            state: Mutex::new(State {
                roster: Roster::new(),
                threads: Threads::default(),
                served: 0,
                serving: Vec::new(),
                pace: Pace::default(),
                grows_from: 0,
                events: Vec::new(),
            }),
            more: Condvar::new(),
            look: Condvar::new(),
        })
    }

    /// Adds a connection: from when it can be read, or has waited as long as `patience` says, there is a [`Turn`] for `item`. The
    /// descriptor must stay open until `item` is let go.
    ///
    /// Gives whether the caller must start a thread.
    ///
    /// # Errors
    /// What the system says: no memory, too many watches.
    ///
    /// ```
    /// # use ferrosock_server::followers::Followers;
    /// let (near, far) = std::os::unix::net::UnixStream::pair()?;
    /// let followers = Followers::new()?;
    /// let first = followers.add(std::os::fd::AsRawFd::as_raw_fd(&far), far, None)?;
    /// assert!(first);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add(&self, descriptor: RawFd, item: T, patience: Option<Duration>) -> Result<bool> {
        self.watched(descriptor, item, patience, WATCHED)
    }

    /// As [`add`](Self::add), for a connection that is served to its end by the thread that has its turn: what comes for it then
    /// concerns nobody else. A [`Turn`] for it must not be [kept](Turn::keep).
    ///
    /// # Errors
    /// As `add`.
    ///
    /// ```
    /// # use ferrosock_server::followers::Followers;
    /// let (near, far) = std::os::unix::net::UnixStream::pair()?;
    /// let followers = Followers::new()?;
    /// let first = followers.add_once(std::os::fd::AsRawFd::as_raw_fd(&far), far, None)?;
    /// assert!(first);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_once(&self, descriptor: RawFd, item: T, patience: Option<Duration>) -> Result<bool> {
        self.watched(descriptor, item, patience, WATCHED | libc::EPOLLONESHOT as u32)
    }

    fn watched(&self, descriptor: RawFd, item: T, patience: Option<Duration>, events: u32) -> Result<bool> {
        let key = self.lock().roster.insert(item, deadline(self.now(), patience));
        // Not with the state locked: who waits may hear of it at once.
        if let Err(error) = self.epoll.add(descriptor, events, key.token()) {
            let item = self.lock().roster.remove(key);
            drop(item);
            return Err(error);
        }
        let mut state = self.lock();
        let starts = state.threads.all + state.threads.coming == 0;
        if starts {
            state.threads.coming += 1;
        }
        Ok(starts)
    }

    /// How many connections there are.
    ///
    /// ```
    /// let followers = ferrosock_server::followers::Followers::<u8>::new()?;
    /// assert_eq!(followers.connections(), 0);
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn connections(&self) -> usize {
        self.lock().roster.len()
    }

    /// How many threads there are.
    ///
    /// ```
    /// let followers = ferrosock_server::followers::Followers::<u8>::new()?;
    /// assert_eq!(followers.threads(), 0);
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn threads(&self) -> usize {
        self.lock().threads.all
    }

    /// How many of them serve a connection at the moment.
    ///
    /// ```
    /// let followers = ferrosock_server::followers::Followers::<u8>::new()?;
    /// assert_eq!(followers.serving(), 0);
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn serving(&self) -> usize {
        self.lock().serving.len()
    }

    /// What a new thread says first.
    ///
    /// ```
    /// let followers = ferrosock_server::followers::Followers::<u8>::new()?;
    /// followers.enter();
    /// assert_eq!(followers.threads(), 1);
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn enter(&self) {
        let threads = &mut self.lock().threads;
        threads.coming = threads.coming.saturating_sub(1);
        threads.all += 1;
    }

    /// Tells that a thread which was asked for could not be started. Those that are there do without for a while: one serves then
    /// though nobody leads meanwhile.
    ///
    /// ```
    /// let followers = ferrosock_server::followers::Followers::<u8>::new()?;
    /// followers.not_grown();
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn not_grown(&self) {
        let now = self.now();
        let mut state = self.lock();
        state.threads.coming = state.threads.coming.saturating_sub(1);
        state.grows_from = now + PAUSE;
    }

    /// What the calling thread is to do now; it waits for it, by `host`.
    ///
    /// ```
    /// # use ferrosock_server::followers::{Followers, Step};
    /// # use ferrosock_socket::Uninterrupted;
    /// # fn run(followers: &Followers<u8>) {
    /// let step = followers.next(&Uninterrupted);
    /// # }
    /// ```
    pub fn next(&self, host: &impl Host) -> Step<'_, T>
    where
        T: Send,
    {
        loop {
            if let Some(step) = self.ready() {
                return step;
            }
            let wait = host.blocking(|| self.wait());
            if let Wait::Leave = wait {
                return Step::Leave;
            }
            let mut state = self.lock();
            state.threads.returning -= 1;
            if let Wait::Probe { purpose, served, began } = wait {
                // That it was free at the end of a turn says nothing of the turn.
                let took = if served == state.served { began.elapsed() } else { Duration::MAX };
                state.pace.probed(purpose, took, self.now());
            }
        }
    }

    /// What is to be done without a wait.
    fn ready(&self) -> Option<Step<'_, T>> {
        let mut state = self.lock();
        if !state.roster.has_ready() {
            return None;
        }
        let now = self.now();
        if state.is_crowded(now) {
            return None;
        }
        let slow = state.pace.is_slow(now);
        let grows = now >= state.grows_from;
        // Somebody must lead while this thread serves, or at least see that it takes long.
        let threads = &mut state.threads;
        let guarded = threads.leading
            || threads.coming + threads.called + threads.returning > 0
            || threads.watch_called
            || (!slow && threads.watching);
        if !guarded {
            if threads.standing_by > 0 {
                threads.called += 1;
                self.more.notify_one();
            } else if threads.watching {
                threads.watch_called = true;
                self.look.notify_one();
            } else if grows {
                threads.coming += 1;
                return Some(Step::Grow);
            }
        }
        let (key, item, cause) = state.roster.next_ready()?;
        state.serving.push((ThreadId::current(), now));
        let has_others = state.roster.has_ready();
        Some(Step::Serve(Turn::new(self, key, item, cause, has_others)))
    }

    /// Waits, as leader, watch or follower, until there may be something to do.
    fn wait(&self) -> Wait {
        let state = self.lock();
        let crowded = state.is_crowded(self.now());
        let (mut state, wait) = if !crowded && state.roster.has_ready() {
            (state, Wait::Over)
        } else if !crowded && !state.threads.leading {
            self.lead(state)
        } else if !state.threads.watching {
            self.watch(state)
        } else {
            self.stand_by(state)
        };
        // The host may let it wait for its own lock.
        match wait {
            Wait::Over | Wait::Probe { .. } => state.threads.returning += 1,
            Wait::Leave => state.threads.all -= 1,
        }
        wait
    }

    fn lead<'a>(&'a self, mut state: MutexGuard<'a, State<T>>) -> (MutexGuard<'a, State<T>>, Wait) {
        state.threads.leading = true;
        let mut events = std::mem::take(&mut state.events);
        let mut empty_rounds = 0;
        // What comes for connections that are being served is noted, and is no reason to get up.
        let wait = loop {
            drop(state);
            // A wait fails only for want of memory; then it is tried again.
            let failed = self.epoll.wait(&Uninterrupted, &mut events, EVENTS, Some(ROUND)).is_err();
            if failed {
                events.clear();
                std::thread::sleep(TICK);
            }
            state = self.lock();
            for event in &events {
                let cause = if event.events() & HANGS_UP == 0 { Cause::Arrived } else { Cause::HungUp };
                state.roster.arrived(Key::of(event.token()), cause);
            }
            state.roster.expire(self.now());
            if state.roster.has_ready() {
                break Wait::Over;
            }
            // Nobody else sees to a connection that comes later than this.
            empty_rounds = if state.roster.len() == 0 && events.is_empty() { empty_rounds + 1 } else { 0 };
            if empty_rounds == EMPTY_ROUNDS {
                break Wait::Leave;
            }
        };
        state.threads.leading = false;
        state.events = events;
        // To see whether this thread takes long, or, if it leaves, to lead: connections that come later ask for no other thread.
        if state.threads.watch_sleeps {
            state.threads.watch_sleeps = false;
            self.look.notify_one();
        }
        (state, wait)
    }

    fn watch<'a>(&'a self, mut state: MutexGuard<'a, State<T>>) -> (MutexGuard<'a, State<T>>, Wait) {
        state.threads.watching = true;
        let (mut idle, mut served) = (0, state.served);
        loop {
            if idle >= IDLE_LOOKS {
                state.threads.watch_sleeps = true;
                state = self.look.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner).0;
                state.threads.watch_sleeps = false;
                idle = 0;
                if !state.threads.watch_called {
                    // Who has woken it is about to serve.
                    served = state.served;
                    continue;
                }
            } else {
                state = self.look.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
            }
            let called = std::mem::take(&mut state.threads.watch_called);
            let stalled = !state.threads.leading && served == state.served && !state.serving.is_empty();
            let now = self.now();
            let mut steps_in = false;
            if stalled && !state.is_crowded(now) {
                // Of many that serve, no more are looked at than it takes: each look reads a file.
                let lasts = |since: u64, least: u64| now.saturating_sub(since) >= least;
                let waits = state.serving.iter().any(|(thread, _)| thread.waits());
                steps_in = waits || state.serving.iter().any(|(_, since)| lasts(*since, PATIENCE));
                if waits && state.roster.has_ready() && !state.pace.is_slow(now) {
                    let is_slow =
                        state.serving.iter().any(|(thread, since)| lasts(*since, STALLED) && thread.waits());
                    return State::probe(state, Purpose::Stalled { is_slow });
                }
            }
            // Nobody serves, leads or is about to, not only between two turns: somebody must.
            let about = state.threads.leading || state.threads.returning > 0;
            let alone = !about && state.serving.is_empty() && served == state.served;
            if called || steps_in || alone {
                state.threads.watching = false;
                return (state, Wait::Over);
            }
            let others_wait = !state.serving.is_empty() && state.roster.has_ready();
            if others_wait && state.pace.wants_probe(now) {
                return State::probe(state, Purpose::Long);
            }
            idle = if state.threads.leading { idle + 1 } else { 0 };
            served = state.served;
        }
    }

    fn stand_by<'a>(&'a self, mut state: MutexGuard<'a, State<T>>) -> (MutexGuard<'a, State<T>>, Wait) {
        state.threads.standing_by += 1;
        let (mut state, timeout) = self
            .more
            .wait_timeout_while(state, IDLE, |state| state.threads.called == 0)
            .unwrap_or_else(PoisonError::into_inner);
        state.threads.standing_by -= 1;
        if timeout.timed_out() {
            return (state, Wait::Leave);
        }
        state.threads.called -= 1;
        (state, Wait::Over)
    }

    /// Takes note of the end of a turn.
    fn ended(&self, key: Key, began: Instant, kept: Option<(T, Option<Duration>)>) {
        let is_long = began.elapsed() > pace::LONG;
        let now = self.now();
        let mut state = self.lock();
        state.served += 1;
        let thread = ThreadId::current();
        if let Some(at) = state.serving.iter().position(|(other, _)| *other == thread) {
            let (_, since) = state.serving.swap_remove(at);
            // While others serve, too, they stand in each other's way, and nothing is to be learned.
            if !state.has_fresh(now) {
                state.pace.served(since, is_long);
            }
        }
        match kept {
            Some((item, patience)) => state.roster.put(key, item, deadline(now, patience)),
            None => drop(state.roster.remove(key)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the beginning.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn deadline(now: u64, patience: Option<Duration>) -> u64 {
    patience.map_or(u64::MAX, |patience| now.saturating_add(crate::options::milliseconds(patience)))
}

impl<T> fmt::Debug for Followers<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = formatter.debug_struct("Followers");
        out.field("connections", &self.connections()).field("threads", &self.threads());
        out.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_just_begun_is_let_alone_and_who_takes_long_is_not_waited_for() {
        let followers = Followers::<()>::new().unwrap();
        let mut state = followers.lock();
        assert!(!state.is_crowded(100));
        state.serving.push((ThreadId::current(), 100));
        assert!(state.is_crowded(100) && state.is_crowded(100 + FRESH - 1));
        assert!(!state.is_crowded(100 + FRESH));
        state.serving.push((ThreadId::current(), 110));
        assert!(state.is_crowded(111));
        state.pace.take_for_slow(111);
        assert!(!state.is_crowded(111));
    }
}
