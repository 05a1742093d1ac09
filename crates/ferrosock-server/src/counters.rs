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
}

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
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Relaxed);
}

impl Counters {
    pub(crate) fn status(&self, status: u16) {
        add(&self.statuses[usize::from((status / 100).clamp(1, 5) - 1)], 1);
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
        }
    }
}
