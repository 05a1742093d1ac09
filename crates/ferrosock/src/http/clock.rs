//! The limits of a request's time.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::{Error, Limit, Phase};
use super::wait::{SignalCheck, Wait};

/// How long a request may take; `None` is without a limit.
///
/// `read` is for one receive: a server that sends a byte now and then keeps within it for ever, and only `total` ends that.
///
/// ```
/// use std::time::Duration;
/// use ferrosock::http::Timeouts;
///
/// let timeouts = Timeouts { total: Some(Duration::from_secs(60)), ..Timeouts::default() };
/// assert_eq!(timeouts.connect, Some(Duration::from_secs(10)));
/// assert_eq!(Timeouts::none().read, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first call until the end of the content, redirects, retries and their pauses included. No limit by default.
    pub total: Option<Duration>,
    /// To connect: the name, all addresses, the proxy and TLS. 10 seconds by default.
    pub connect: Option<Duration>,
    /// For each receive, and each send. 30 seconds by default.
    pub read: Option<Duration>,
    /// For a place among the connections of an origin, where these are limited. 30 seconds by default.
    pub pool: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = |count| Some(Duration::from_secs(count));
        Self { total: None, connect: seconds(10), read: seconds(30), pool: seconds(30) }
    }
}

impl Timeouts {
    /// No limits at all.
    pub const fn none() -> Self {
        Self { total: None, connect: None, read: None, pool: None }
    }
}

/// The limits of a request that runs.
#[derive(Clone)]
pub(crate) struct Clock {
    pub(crate) timeouts: Timeouts,
    end: Option<Instant>,
    /// Whether what is there is looked at behind the end, without a wait.
    looks: bool,
    signals: Option<Arc<SignalCheck>>,
    /// While connecting: the end of all, and the limit of this part.
    connecting: Option<(Option<Instant>, Option<Duration>)>,
}

impl Clock {
    pub(crate) fn start(timeouts: Timeouts, signals: Option<Arc<SignalCheck>>) -> Self {
        // A limit beyond what the clock can say is none.
        let end = timeouts.total.and_then(|total| Instant::now().checked_add(total));
        Self { timeouts, end, looks: false, signals, connecting: None }
    }

    /// The end of all.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.end
    }

    /// The same for one whose time is over: nothing waits any more, but what is there can be read. No signal ends that.
    pub(crate) fn ended(&self) -> Self {
        Self { end: Some(Instant::now()), looks: true, signals: None, ..self.clone() }
    }

    /// The same, but no longer than `time` from now.
    pub(crate) fn at_most(&self, time: Duration) -> Self {
        let end = Instant::now().checked_add(time);
        Self { end: self.end.map_or(end, |own| end.map(|end| end.min(own))), ..self.clone() }
    }

    /// The same for connecting as a whole, which has one limit for all of its parts.
    pub(crate) fn connecting(&self) -> Self {
        let end = self.wait(Phase::Connect).deadline();
        let timeouts = Timeouts { read: None, connect: None, ..self.timeouts };
        Self { timeouts, end, connecting: Some((self.end, self.timeouts.connect)), ..self.clone() }
    }

    /// A wait that begins now.
    pub(crate) fn wait(&self, phase: Phase) -> Wait<'_> {
        let (_, limit) = self.limit(phase);
        let own = limit.and_then(|limit| Instant::now().checked_add(limit));
        let wait = self.wait_until(match (self.end, own) {
            (Some(end), Some(own)) => Some(end.min(own)),
            (end, own) => end.or(own),
        });
        if self.looks { wait } else { wait.and_no_longer() }
    }

    pub(crate) fn wait_until(&self, deadline: Option<Instant>) -> Wait<'_> {
        Wait::with_signals(deadline, self.signals.as_deref())
    }

    fn limit(&self, phase: Phase) -> (Limit, Option<Duration>) {
        match phase {
            Phase::Pool => (Limit::Pool, self.timeouts.pool),
            Phase::Connect => (Limit::Connect, self.timeouts.connect),
            Phase::Send | Phase::Head | Phase::Content => (Limit::Read, self.timeouts.read),
            Phase::Backoff => (Limit::Total, None),
        }
    }

    /// The error of a wait that is over.
    pub(crate) fn timed_out(&self, phase: Phase, peer: &str) -> Error {
        let total = (Limit::Total, self.timeouts.total.unwrap_or_default());
        let (end, own) = match self.connecting {
            Some((end, time)) => (end, (Limit::Connect, time)),
            None => (self.end, self.limit(phase)),
        };
        let limit = match own {
            (limit, Some(time)) if end.is_none_or(|end| Instant::now() < end) => (limit, time),
            _ => total,
        };
        Error::TimedOut { phase, limit, peer: peer.into() }
    }

    /// What an error of a stream means.
    pub(crate) fn fault(&self, phase: Phase, peer: &str, source: io::Error) -> Error {
        let peer: Box<str> = peer.into();
        match source.kind() {
            io::ErrorKind::Interrupted => Error::Interrupted,
            // The system's own ETIMEDOUT (no acknowledgement from the peer) has a number.
            io::ErrorKind::TimedOut if source.raw_os_error().is_none() => self.timed_out(phase, &peer),
            _ if phase == Phase::Connect => Error::Connect { peer, source },
            _ => Error::Io { phase, peer, source },
        }
    }
}
