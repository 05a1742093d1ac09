//! Until when a connection may take for what it is at.

use super::{Connection, Fate, Incoming};
use crate::event_loop::tools::Tools;
use crate::intake::Failure;
use crate::options::{Timeouts, milliseconds};

/// A transfer: when it began, when it last moved, and how many bytes it moved.
#[derive(Debug, Clone, Copy, Default)]
struct Transfer {
    begun: u64,
    last: u64,
    count: u64,
}

impl Transfer {
    fn begin(now: u64) -> Self {
        Self { begun: now, last: now, count: 0 }
    }

    fn moved(&mut self, count: u64, now: u64) {
        self.count += count;
        self.last = now;
    }

    /// Until when it must move again: it may neither stand for `patience`, nor fall behind `rate` once that has passed.
    fn deadline(&self, patience: u64, rate: u32) -> u64 {
        let stalled = self.last.saturating_add(patience);
        if rate == 0 {
            return stalled;
        }
        let earned = self.count.saturating_mul(1000) / u64::from(rate);
        stalled.min(self.begun.saturating_add(patience).saturating_add(earned))
    }
}

/// The times of a connection, in milliseconds of its loop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// When the head began, or the wait for it.
    since: u64,
    body: Transfer,
    /// Whether the handler's own slowness holds the body up.
    held: bool,
    write: Option<Transfer>,
    lingers_since: u64,
    /// The tick of the wheel's entry for this connection; `u64::MAX` if there is none.
    pub(super) armed: u64,
}

impl Timing {
    pub(super) fn new(now: u64) -> Self {
        let body = Transfer::begin(now);
        Self { since: now, body, held: false, write: None, lingers_since: 0, armed: u64::MAX }
    }

    /// A head begins, or the wait for one.
    pub(super) fn begin(&mut self, now: u64) {
        self.since = now;
    }

    pub(super) fn begin_body(&mut self, now: u64) {
        self.body = Transfer::begin(now);
        self.held = false;
    }

    pub(super) fn took(&mut self, count: u64, now: u64) {
        self.body.moved(count, now);
    }

    pub(super) fn intake(&mut self, wanted: bool, now: u64) {
        if wanted && self.held {
            self.begin_body(now);
        }
        self.held = !wanted;
    }

    pub(super) fn wrote(&mut self, count: u64, all: bool, now: u64) {
        if all {
            self.write = None;
        } else {
            let transfer = self.write.get_or_insert(Transfer::begin(now));
            if count > 0 {
                transfer.moved(count, now);
            }
        }
    }

    pub(super) fn linger(&mut self, now: u64) {
        self.lingers_since = now;
    }
}

impl Connection {
    /// Until when the client must have moved; `u64::MAX` while it is not its turn.
    pub(crate) fn deadline(&self, timeouts: &Timeouts) -> u64 {
        if self.lingers {
            return self.timing.lingers_since.saturating_add(milliseconds(timeouts.linger));
        }
        let writes = self.write_deadline(timeouts);
        let reads = match &self.incoming {
            // A client that takes nothing is not waited for twice.
            Incoming::Head if !self.outbox.is_empty() || self.closing => u64::MAX,
            Incoming::Head if self.is_between() => {
                self.timing.since.saturating_add(milliseconds(timeouts.keep_alive))
            }
            Incoming::Head | Incoming::Proxy => self.timing.since.saturating_add(milliseconds(timeouts.head)),
            Incoming::Whole { .. } => self.body_deadline(timeouts),
            Incoming::Stream { .. } if !self.timing.held => self.body_deadline(timeouts),
            Incoming::Switched(_) => self.protocol_deadline(),
            Incoming::Stream { .. } | Incoming::Done | Incoming::Over => u64::MAX,
        };
        writes.min(reads)
    }

    /// Whether it is between two requests.
    fn is_between(&self) -> bool {
        self.exchange > 0 && self.input.is_empty()
    }

    fn write_deadline(&self, timeouts: &Timeouts) -> u64 {
        let patience = milliseconds(timeouts.write);
        self.timing.write.map_or(u64::MAX, |transfer| transfer.deadline(patience, timeouts.rate))
    }

    fn body_deadline(&self, timeouts: &Timeouts) -> u64 {
        self.timing.body.deadline(milliseconds(timeouts.body), timeouts.rate)
    }

    /// Its deadline has passed.
    pub(crate) fn expire(&mut self, tools: &mut Tools) -> Fate {
        let now = tools.clock.now;
        if self.lingers {
            return Fate::Close;
        }
        if self.write_deadline(&tools.shared.timeouts) <= now {
            tools.timed_out();
            self.reset();
            return Fate::Close;
        }
        match self.incoming {
            Incoming::Proxy => return Fate::Close,
            Incoming::Switched(_) => return self.expire_protocol(tools),
            Incoming::Head if self.input.is_empty() => return Fate::Close,
            Incoming::Head => self.fail_head(tools, 408, Failure::Slow),
            _ => self.fail(tools, 408, Failure::Slow),
        }
        tools.timed_out();
        self.drive(tools)
    }

    pub(crate) fn armed(&self) -> u64 {
        self.timing.armed
    }

    pub(crate) fn arm(&mut self, tick: u64) {
        self.timing.armed = tick;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_may_neither_stand_nor_crawl() {
        let mut transfer = Transfer::begin(1000);
        assert_eq!(transfer.deadline(500, 100), 1500);
        transfer.moved(1000, 1400);
        assert_eq!(transfer.deadline(500, 100), 1900); // it stands from here
        transfer.moved(1, 11_400);
        assert_eq!(transfer.deadline(500, 100), 11_510); // 1001 bytes are worth 10 s
        assert_eq!(transfer.deadline(500, 0), 11_900);
    }
}
