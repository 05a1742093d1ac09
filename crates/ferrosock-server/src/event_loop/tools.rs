//! What the connections of a loop share.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::clock::Clock;
use crate::access_log::LogTap;
use crate::counters::{Counters, add};
use crate::handler::Handler;
use crate::options::{Limits, Timeouts};
use crate::proxies::TrustedProxies;

/// How much is read at once.
const BLOCK: usize = 64 * 1024;

/// The vectors that are kept for connections to come, and the largest of them.
const KEPT: usize = 256;
const KEPT_SIZE: usize = 64 * 1024;

/// What all loops of a server share.
pub(crate) struct Shared {
    pub(crate) handler: Box<dyn Handler>,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) counters: Arc<Counters>,
    pub(crate) error_log: Box<dyn Fn(&str) + Send + Sync>,
    /// Whether each connection begins with a header of the PROXY protocol.
    pub(crate) proxied: bool,
    /// Who is believed about the clients in the access log.
    pub(crate) proxies: TrustedProxies,
    /// Whether responses get a field `Date`.
    pub(crate) dated: bool,
}

pub(crate) struct Tools {
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Clock,
    /// Where bytes are read to.
    pub(crate) block: Vec<u8>,
    vectors: Vec<Vec<u8>>,
    pub(crate) log: Option<LogTap>,
    /// Whether answers wait for others of the round.
    pub(crate) holding: bool,
    /// Whether the end was told, and whether connections may still begin a request.
    pub(crate) draining: bool,
    pub(crate) farewell: bool,
}

impl Tools {
    pub(crate) fn new(shared: Arc<Shared>, log: Option<LogTap>) -> Self {
        let (clock, block) = (Clock::new(), vec![0; BLOCK]);
        let vectors = Vec::new();
        Self { shared, clock, block, vectors, log, holding: false, draining: false, farewell: false }
    }

    /// An empty vector.
    pub(crate) fn vector(&mut self) -> Vec<u8> {
        self.vectors.pop().unwrap_or_else(|| Vec::with_capacity(1024))
    }

    pub(crate) fn give_back(&mut self, mut vector: Vec<u8>) {
        if self.vectors.len() < KEPT && (1..=KEPT_SIZE).contains(&vector.capacity()) {
            vector.clear();
            self.vectors.push(vector);
        }
    }

    /// Gives the lines of the access log to its writer.
    pub(crate) fn hand_over(&mut self) {
        if let Some(log) = &mut self.log {
            log.hand_over(&self.shared.counters);
        }
    }

    pub(crate) fn requested(&self) {
        add(&self.shared.counters.requests, 1);
    }

    pub(crate) fn received(&self, count: u64) {
        add(&self.shared.counters.received, count);
    }

    pub(crate) fn sent(&self, count: u64) {
        add(&self.shared.counters.sent, count);
    }

    pub(crate) fn timed_out(&self) {
        add(&self.shared.counters.timeouts, 1);
    }

    /// Writes a line of the error log.
    pub(crate) fn complain(&self, what: &str) {
        // A log that panics must not take the loop with it.
        let _ = guarded(|| (self.shared.error_log)(what));
    }

    pub(crate) fn panicked(&self, panic: &str) {
        add(&self.shared.counters.panics, 1);
        self.complain(&format!("a handler panicked: {panic}"));
    }
}

/// Calls the program, and makes a panic its words.
pub(crate) fn guarded<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| words(payload.as_ref()))
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words").to_owned()
}
