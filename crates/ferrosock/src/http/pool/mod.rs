//! Connections that are kept between requests.
//!
//! A [`Lease`] is a place among the connections of an origin, with a connection in it or, at first, none. It gives back what may
//! be used again, and else its place. The one lock is never held over input or output: neither over the look at whether
//! a kept connection is still good nor over the closing of those that are not.

mod connection;
mod stats;

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use connection::{Connection, Content as Read, Sending};
pub(crate) use stats::Counters;
pub use stats::Stats;

use super::clock::Clock;
use super::error::{Error, Phase};
use ferrosock_socket::Host;

/// How often a wait that a signal does not end looks for one.
const SLICE: Duration = Duration::from_millis(100);

/// How many connections are kept, and for how long.
///
/// ```
/// use ferrosock::http::PoolLimits;
///
/// let polite = PoolLimits { per_origin: Some(6), ..PoolLimits::default() };
/// assert_eq!(polite.idle_total, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// The most connections to an origin at a time; who wants one more waits. No limit by default.
    pub per_origin: Option<usize>,
    /// The most idle connections to an origin: 16 by default.
    pub idle_per_origin: usize,
    /// The most idle connections in all: 100 by default. The one that has been idle for longest goes first.
    pub idle_total: usize,
    /// How long a connection may be idle: 90 seconds by default.
    pub idle_timeout: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { per_origin: None, idle_per_origin: 16, idle_total: 100, idle_timeout: Duration::from_secs(90) }
    }
}

pub(crate) struct Pool {
    state: Mutex<State>,
    limits: PoolLimits,
    pub(crate) counters: Counters,
}

#[derive(Default)]
struct State {
    sites: HashMap<Arc<str>, Site>,
    /// How many connections are idle in all.
    idle: usize,
    swept: Option<Instant>,
    /// The process whose connections these are.
    owner: u32,
}

impl State {
    /// Forgets connections that a process has from its parent (fork): two of them on one stream would read each other's
    /// responses. The parent keeps its own descriptors.
    fn disown(&mut self) {
        let me = std::process::id();
        if std::mem::replace(&mut self.owner, me) != me {
            self.sites.clear();
            self.idle = 0;
        }
    }
}

/// The connections of an origin, by one way.
#[derive(Default)]
struct Site {
    /// The latest last: that is used first, and the oldest is the first to go.
    idle: Vec<Idle>,
    /// How many there are, idle or leased.
    open: usize,
    waiting: usize,
    ready: Arc<Condvar>,
}

struct Idle {
    connection: Box<Connection>,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(limits: PoolLimits) -> Self {
        let state = State { owner: std::process::id(), ..State::default() };
        Self { state: Mutex::new(state), limits, counters: Counters::default() }
    }

    /// A place among the connections of `key`, with an idle connection where there is one and `fresh` does not refuse it.
    pub(crate) fn lease(self: &Arc<Self>, key: &str, fresh: bool, clock: &Clock) -> Result<Lease, Error> {
        let mut wait = None;
        let mut state = self.lock();
        state.disown();
        let owner = state.owner;
        loop {
            let name = match state.sites.get_key_value(key) {
                Some((name, _)) => Arc::clone(name),
                None => Arc::from(key),
            };
            let State { sites, idle, .. } = &mut *state;
            let site = sites.entry(Arc::clone(&name)).or_default();
            // A connection that is to be new may take the place of one that is idle.
            let full = self.limits.per_origin.is_some_and(|most| site.open >= most.max(1));
            if let Some(found) = if !fresh || full { site.idle.pop() } else { None } {
                *idle -= 1;
                drop(state);
                let mut connection = found.connection;
                let good =
                    !fresh && found.since.elapsed() < self.limits.idle_timeout && connection.is_quiet();
                let mut lease = Lease { connection: None, pool: Arc::clone(self), key: Some(name), owner };
                if good {
                    lease.connection = Some(connection);
                    self.counters.reused();
                    return Ok(lease);
                }
                drop(connection);
                self.counters.closed();
                if fresh {
                    return Ok(lease);
                }
                drop(lease);
                state = self.lock();
                continue;
            }
            if !full {
                site.open += 1;
                return Ok(Lease { connection: None, pool: Arc::clone(self), key: Some(name), owner });
            }
            let wait = *wait.get_or_insert_with(|| clock.wait(Phase::Pool));
            let left = wait.left();
            if left == Some(Duration::ZERO) {
                return Err(clock.timed_out(Phase::Pool, key));
            }
            site.waiting += 1;
            let ready = Arc::clone(&site.ready);
            let slice = left.map_or(SLICE, |left| left.min(SLICE));
            let (woken, _) = ready.wait_timeout(state, slice).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if let Some(site) = state.sites.get_mut(key) {
                site.waiting = site.waiting.saturating_sub(1);
            }
            if wait.interrupted().is_err() {
                // What woke this one may have been meant for another.
                if let Some(site) = state.sites.get(key) {
                    site.ready.notify_one();
                }
                return Err(Error::Interrupted);
            }
        }
    }

    /// Closes the connections that are idle.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        let mut dead = Vec::new();
        for site in state.sites.values_mut() {
            site.open -= site.idle.len();
            dead.append(&mut site.idle);
            site.ready.notify_all();
        }
        state.idle = 0;
        state.sites.retain(|_, site| site.open > 0 || site.waiting > 0);
        drop(state);
        for _ in &dead {
            self.counters.closed();
        }
    }

    /// How many connections are idle, and how many are leased.
    pub(crate) fn count(&self) -> (usize, usize) {
        let state = self.lock();
        let open: usize = state.sites.values().map(|site| site.open).sum();
        (state.idle, open - state.idle)
    }

    /// Takes a connection back.
    fn put(&self, key: &str, owner: u32, connection: Box<Connection>) {
        let now = Instant::now();
        let mut dead = Vec::new();
        let mut state = self.lock();
        if state.owner != owner {
            return; // a parent's: dropped here, open there
        }
        let State { sites, idle, swept, .. } = &mut *state;
        if let Some(site) = sites.get_mut(key) {
            site.idle.push(Idle { connection, since: now });
            *idle += 1;
            if site.idle.len() > self.limits.idle_per_origin {
                site.shed(1, &mut dead);
                *idle -= 1;
            }
            if site.waiting > 0 {
                site.ready.notify_one();
            }
        }
        if *idle > self.limits.idle_total {
            let oldest =
                sites.values_mut().filter(|site| !site.idle.is_empty()).min_by_key(|site| site.idle[0].since);
            if let Some(site) = oldest {
                site.shed(1, &mut dead);
                *idle -= 1;
            }
        }
        // Now and then those go that nobody asks for any more.
        if swept.is_none_or(|swept| now.duration_since(swept) > self.limits.idle_timeout / 2) {
            *swept = Some(now);
            for site in sites.values_mut() {
                let old = |idle: &Idle| now.duration_since(idle.since) >= self.limits.idle_timeout;
                let count = site.idle.iter().take_while(|idle| old(idle)).count();
                site.shed(count, &mut dead);
                *idle -= count;
            }
            sites.retain(|_, site| site.open > 0 || site.waiting > 0);
        }
        drop(state);
        for _ in &dead {
            self.counters.closed();
        }
    }

    /// Takes a place back.
    fn leave(&self, key: &str, owner: u32) {
        let mut state = self.lock();
        if state.owner != owner {
            return;
        }
        if let Some(site) = state.sites.get_mut(key) {
            site.open = site.open.saturating_sub(1);
            if site.waiting > 0 {
                site.ready.notify_one();
            } else if site.open == 0 {
                state.sites.remove(key);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Site {
    /// Gives up the `count` connections that have been idle for longest.
    fn shed(&mut self, count: usize, dead: &mut Vec<Idle>) {
        let count = count.min(self.idle.len());
        dead.extend(self.idle.drain(..count));
        self.open = self.open.saturating_sub(count);
        if self.waiting > 0 {
            self.ready.notify_all();
        }
    }
}

/// A place among the connections of an origin.
pub(crate) struct Lease {
    pub(crate) connection: Option<Box<Connection>>,
    pool: Arc<Pool>,
    /// `None` once the place has gone.
    key: Option<Arc<str>>,
    /// The process that has the place.
    owner: u32,
}

impl Lease {
    /// Whether this process has the place, and not one from which it was forked.
    pub(crate) fn is_own(&self) -> bool {
        self.owner == std::process::id()
    }

    /// Gives the connection back if it may be used again.
    pub(crate) fn release(mut self) {
        if let Some(connection) = self.connection.take_if(|connection| connection.is_reusable()) {
            // Its place goes with it.
            if let Some(key) = self.key.take() {
                self.pool.put(&key, self.owner, connection);
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.connection.take().is_some() {
            self.pool.counters.closed();
        }
        if let Some(key) = self.key.take() {
            self.pool.leave(&key, self.owner);
        }
    }
}
