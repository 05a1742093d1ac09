//! What a server takes, how long it waits, and how large it grows.

use std::time::Duration;

use ferrosock_proto::http1;

/// How much a server takes.
///
/// ```
/// use ferrosock_server::Limits;
///
/// let limits = Limits { connections: 100, ..Limits::default() };
/// assert_eq!(limits.head.line, 16 * 1024);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Lines and sections of a request, as [`http1::Limits`] has them.
    pub head: http1::Limits,
    /// The bytes of a body that is kept in memory for a handler, unless that [says otherwise](crate::Handler::intake): 1 MiB.
    pub body: u64,
    /// How many connections a loop holds: 16,384. One more is answered 503 and closed.
    pub connections: usize,
    /// After how many requests a connection is closed: never, by default.
    pub requests: u64,
    /// The bytes of responses that wait for a slow client before a handler's next content is asked for: 256 KiB.
    pub pending: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: http1::Limits::default(),
            body: 1 << 20,
            connections: 1 << 14,
            requests: u64::MAX,
            pending: 256 * 1024,
        }
    }
}

/// How long a server waits for its clients. Each limit is kept to about a tenth of a second.
///
/// ```
/// use std::time::Duration;
/// use ferrosock_server::Timeouts;
///
/// let timeouts = Timeouts { keep_alive: Duration::from_secs(5), ..Timeouts::default() };
/// assert_eq!(timeouts.head, Duration::from_secs(30));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From a request's first byte (or the connection's start) until its head is whole: 30 s. Then 408 and the end.
    pub head: Duration,
    /// Between pieces of a request's body, and as a start before [`rate`](Self::rate) counts: 30 s.
    pub body: Duration,
    /// The same for responses, while the client takes nothing: 30 s. Then the connection is reset.
    pub write: Duration,
    /// Between requests: 75 s.
    pub keep_alive: Duration,
    /// How long the rest of what a client sends is thrown away behind an early answer, so that it sees the answer: 2 s.
    pub linger: Duration,
    /// The bytes a second at which a body or a response must move on average: 240. 0 is any.
    pub rate: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            write: Duration::from_secs(30),
            keep_alive: Duration::from_secs(75),
            linger: Duration::from_secs(2),
            rate: 240,
        }
    }
}

/// Milliseconds, as the loop counts them.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 4).min(u64::MAX / 4)
}
