//! How long an operation may wait, and what a signal does to it.

use std::io;
use std::time::{Duration, Instant};

use ferrosock_socket::{Host, Interrupted};

/// What is asked after a signal: an error gives the request up.
///
/// A program that wants to stop at Ctrl-C gives one to [`ClientBuilder::on_signal`](super::ClientBuilder::on_signal).
pub type SignalCheck = dyn Fn() -> Result<(), Interrupted> + Send + Sync;

/// Until when an operation of a [`Stream`](super::Stream) may wait, and whom it asks after a signal.
///
/// It is a [`Host`], so that it can be handed to the operations of sockets.
///
/// ```
/// use std::time::{Duration, Instant};
/// use ferrosock::http::Wait;
///
/// let wait = Wait::until(Some(Instant::now() + Duration::from_secs(5)));
/// assert!(wait.left().unwrap() <= Duration::from_secs(5));
/// assert_eq!(Wait::forever().left(), None);
/// ```
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    deadline: Option<Instant>,
    signals: Option<&'a SignalCheck>,
    /// Whether nothing is looked at behind the deadline, not even what is there.
    binding: bool,
}

impl<'a> Wait<'a> {
    /// Without an end.
    pub const fn forever() -> Self {
        Self { deadline: None, signals: None, binding: false }
    }

    /// Until a time of the monotonic clock. One that has passed only looks at what is there.
    pub const fn until(deadline: Option<Instant>) -> Self {
        Self { deadline, signals: None, binding: false }
    }

    /// The same, and `signals` is asked after a signal.
    pub const fn with_signals(deadline: Option<Instant>, signals: Option<&'a SignalCheck>) -> Self {
        Self { deadline, signals, binding: false }
    }

    /// The same, but over for good at its end: a peer that never pauses cannot draw it out.
    pub(crate) const fn and_no_longer(self) -> Self {
        Self { binding: true, ..self }
    }

    /// Whether it is over for good.
    pub(crate) fn is_over(&self) -> bool {
        self.binding && self.left() == Some(Duration::ZERO)
    }

    /// The end of the wait.
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// What is left of it: zero when it is over, `None` if it has no end.
    pub fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The error of a wait that is over.
    ///
    /// ```
    /// assert_eq!(ferrosock::http::Wait::timed_out().kind(), std::io::ErrorKind::TimedOut);
    /// ```
    pub fn timed_out() -> io::Error {
        ferrosock_socket::Error::TimedOut.into()
    }
}

impl std::fmt::Debug for Wait<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Wait").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Host for Wait<'_> {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        call()
    }

    fn interrupted(&self) -> Result<(), Interrupted> {
        self.signals.map_or(Ok(()), |signals| signals())
    }
}
