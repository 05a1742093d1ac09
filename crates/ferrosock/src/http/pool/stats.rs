//! What a client has done.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a client has done since it was made, and what it holds now.
///
/// ```
/// use ferrosock::http::Client;
///
/// let stats = Client::new().stats();
/// assert_eq!((stats.requests, stats.idle), (0, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that were sent, each redirect and each retry counted.
    pub requests: u64,
    /// Connections that were made.
    pub opened: u64,
    /// Requests that went over a connection that had been used before.
    pub reused: u64,
    /// Connections that were closed.
    pub closed: u64,
    /// Requests that were sent again, because of a failure or a status that says so.
    pub retries: u64,
    /// Redirects that were followed.
    pub redirects: u64,
    /// Connections that are idle now.
    pub idle: usize,
    /// Connections that are in use now, those that are being made included.
    pub active: usize,
}

#[derive(Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    opened: AtomicU64,
    reused: AtomicU64,
    closed: AtomicU64,
    retries: AtomicU64,
    redirects: AtomicU64,
}

impl Counters {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn opened(&self) {
        self.opened.fetch_add(1, Relaxed);
    }

    pub(crate) fn reused(&self) {
        self.reused.fetch_add(1, Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.closed.fetch_add(1, Relaxed);
    }

    pub(crate) fn retry(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    pub(crate) fn redirect(&self) {
        self.redirects.fetch_add(1, Relaxed);
    }

    pub(crate) fn stats(&self, (idle, active): (usize, usize)) -> Stats {
        Stats {
            requests: self.requests.load(Relaxed),
            opened: self.opened.load(Relaxed),
            reused: self.reused.load(Relaxed),
            closed: self.closed.load(Relaxed),
            retries: self.retries.load(Relaxed),
            redirects: self.redirects.load(Relaxed),
            idle,
            active,
        }
    }
}
