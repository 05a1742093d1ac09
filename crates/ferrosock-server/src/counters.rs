//! What a server counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters that only grow, of all the loops of a server; `open` alone falls again.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) accepted: AtomicU64,
    pub(crate) open: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) timeouts: AtomicU64,
    pub(crate) panics: AtomicU64,
    pub(crate) log_lost: AtomicU64,
    pub(crate) statuses: [AtomicU64; 5],
    pub(crate) durations: [AtomicU64; DURATIONS.len() + 1],
    pub(crate) duration_sum: AtomicU64,
}

/// The upper bounds of [`Stats::durations`], in milliseconds.
///
/// ```
/// let stats = ferrosock_server::Stats::default();
/// assert_eq!(stats.durations.len(), ferrosock_server::DURATIONS.len() + 1);
/// ```
pub const DURATIONS: [u64; 13] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/// What a server has counted so far.
///
/// ```
/// let stats = ferrosock_server::Stats::default();
/// assert_eq!((stats.requests, stats.statuses[4]), (0, 0));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections that were accepted, those refused among them.
    pub accepted: u64,
    /// Connections that are open.
    pub open: u64,
    /// Connections beyond the limit, answered 503.
    pub refused: u64,
    /// Requests whose head was read.
    pub requests: u64,
    /// Bytes that came.
    pub received: u64,
    /// Bytes that went.
    pub sent: u64,
    /// Connections that were given up because their client was too slow; not those that were merely idle.
    pub timeouts: u64,
    /// Panics of handlers.
    pub panics: u64,
    /// Lines of the access log that found no room in its queue.
    pub log_lost: u64,
    /// Final responses by their class: 1xx (switches), 2xx, 3xx, 4xx, 5xx and above.
    pub statuses: [u64; 5],
    /// How many requests took up to each of [`DURATIONS`] and no less, from their head to the end of their response; the last
    /// number is of those that took longer.
    pub durations: [u64; DURATIONS.len() + 1],
    /// The milliseconds that all of them took together.
    pub duration_sum: u64,
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Relaxed);
}

impl Counters {
    pub(crate) fn status(&self, status: u16) {
        add(&self.statuses[usize::from((status / 100).clamp(1, 5) - 1)], 1);
    }

    /// A request is over, after so many milliseconds.
    pub(crate) fn took(&self, duration: u64) {
        let bucket = DURATIONS.iter().position(|bound| duration <= *bound).unwrap_or(DURATIONS.len());
        add(&self.durations[bucket], 1);
        add(&self.duration_sum, duration);
    }

    pub(crate) fn stats(&self) -> Stats {
        let load = |counter: &AtomicU64| counter.load(Relaxed);
        Stats {
            accepted: load(&self.accepted),
            open: load(&self.open),
            refused: load(&self.refused),
            requests: load(&self.requests),
            received: load(&self.received),
            sent: load(&self.sent),
            timeouts: load(&self.timeouts),
            panics: load(&self.panics),
            log_lost: load(&self.log_lost),
            statuses: std::array::from_fn(|class| load(&self.statuses[class])),
            durations: std::array::from_fn(|bucket| load(&self.durations[bucket])),
            duration_sum: load(&self.duration_sum),
        }
    }
}
