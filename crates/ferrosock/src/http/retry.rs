//! Tries again after failures that may pass.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ferrosock_proto::http::{Fields, parse_date};
use ferrosock_socket::Host;

use super::clock::Clock;
use super::error::{Error, Limit, Phase, ProxyError};

/// When a request is made again, and after which pause.
///
/// It is made again after a failure of the connection and after a response with one of [`statuses`](Self::statuses), if its method is
/// idempotent (RFC 9110 section 9.2.2) and its body can be sent again; any request is where nothing of it was sent. The pause
/// doubles from try to try, less up to half of it by chance, so that many clients do not come back at once; a `Retry-After` field of
/// the response says it instead. A pause that would not end within the total limit is not begun: the request then ends with
/// the failure, or with the response.
///
/// ```
/// use std::time::Duration;
/// use ferrosock::http::Retries;
///
/// let retries = Retries { backoff: Duration::from_millis(50), ..Retries::up_to(3) };
/// assert_eq!(Retries::default().count, 0);
/// assert!(retries.statuses.contains(&503));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often a request may be made again: not at all by default.
    pub count: u32,
    /// The first pause: 200 milliseconds by default.
    pub backoff: Duration,
    /// The longest pause: 20 seconds by default.
    pub longest: Duration,
    /// The statuses that are worth another try: 429, 502, 503 and 504 by default.
    pub statuses: Vec<u16>,
    /// Whether requests of other methods, such as POST, are made again too.
    pub any_method: bool,
    /// The longest pause that a server may ask for; after a response that asks for more nothing is tried. 60 seconds by default.
    pub retry_after: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            count: 0,
            backoff: Duration::from_millis(200),
            longest: Duration::from_secs(20),
            statuses: vec![429, 502, 503, 504],
            any_method: false,
            retry_after: Duration::from_secs(60),
        }
    }
}

impl Retries {
    /// The default policy with so many tries more.
    #[must_use]
    pub fn up_to(count: u32) -> Self {
        Self { count, ..Self::default() }
    }
}

/// Gives numbers from 0 up to but not 1, for pauses.
pub(crate) type Random = dyn Fn() -> f64 + Send + Sync;

/// Chance enough for pauses: the standard library seeds each state of its hash maps anew.
pub(crate) fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

/// The tries of one request.
pub(crate) struct Tries {
    retries: Arc<Retries>,
    random: Arc<Random>,
    made: u32,
}

impl Tries {
    pub(crate) fn new(retries: Arc<Retries>, random: Arc<Random>) -> Self {
        Self { retries, random, made: 0 }
    }

    /// The pause before another try after a failure; `None` if there is none.
    pub(crate) fn after_failure(
        &mut self,
        error: &Error,
        repeatable: Repeatable,
        clock: &Clock,
    ) -> Option<Duration> {
        let passes = match error {
            Error::Connect { .. } | Error::Io { .. } | Error::Disconnected { .. } => true,
            Error::Proxy { source: ProxyError::Io(_), .. } => true,
            Error::TimedOut { limit: (limit, _), .. } => matches!(limit, Limit::Connect | Limit::Read),
            _ => false,
        };
        if !passes || self.made >= self.retries.count || !repeatable.allows(self.retries.any_method) {
            return None;
        }
        self.begin(self.backoff(), clock)
    }

    /// The pause before another try after a response.
    pub(crate) fn after_response(
        &mut self,
        status: u16,
        fields: &Fields,
        repeatable: Repeatable,
        clock: &Clock,
    ) -> Option<Duration> {
        if self.made >= self.retries.count
            || !self.retries.statuses.contains(&status)
            || !repeatable.allows(self.retries.any_method)
        {
            return None;
        }
        let pause = match fields.get(b"retry-after").and_then(retry_after) {
            Some(pause) if pause > self.retries.retry_after => return None,
            Some(pause) => pause,
            None => self.backoff(),
        };
        self.begin(pause, clock)
    }

    fn begin(&mut self, pause: Duration, clock: &Clock) -> Option<Duration> {
        let end = Instant::now().checked_add(pause)?;
        if clock.end().is_some_and(|limit| end >= limit) {
            return None;
        }
        self.made += 1;
        Some(pause)
    }

    fn backoff(&self) -> Duration {
        let doubled = self.retries.backoff.saturating_mul(1_u32.checked_shl(self.made).unwrap_or(u32::MAX));
        let chance = (self.random)();
        let chance = if chance.is_nan() { 0.0 } else { chance.clamp(0.0, 1.0) };
        let pause = doubled.min(self.retries.longest);
        pause.saturating_sub(pause.mul_f64(chance / 2.0))
    }
}

impl fmt::Debug for Tries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tries").field("made", &self.made).finish_non_exhaustive()
    }
}

/// What speaks for and against making a request twice.
#[derive(Clone, Copy)]
pub(crate) struct Repeatable {
    /// Whether anything of it was sent.
    pub(crate) sent: bool,
    pub(crate) idempotent: bool,
    pub(crate) body: bool,
}

impl Repeatable {
    fn allows(self, any_method: bool) -> bool {
        !self.sent || self.body && (self.idempotent || any_method)
    }
}

/// Waits, and looks for signals now and then.
pub(crate) fn pause(time: Duration, clock: &Clock) -> Result<(), Error> {
    const SLICE: Duration = Duration::from_millis(100);
    let wait = clock.wait(Phase::Backoff);
    let mut left = time;
    while !left.is_zero() {
        let slice = left.min(SLICE);
        thread::sleep(slice);
        wait.interrupted().map_err(|_| Error::Interrupted)?;
        left -= slice;
    }
    Ok(())
}

/// How long a server asks to wait (RFC 9110 section 10.2.3): seconds, or until a date.
fn retry_after(value: &[u8]) -> Option<Duration> {
    if !value.is_empty() && value.iter().all(u8::is_ascii_digit) {
        // More digits than fit say "very long".
        let seconds = std::str::from_utf8(value).ok()?.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let now = i64::try_from(now.as_secs()).ok()?;
    let until = parse_date(value, now).ok()?;
    Some(Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Timeouts;
    use ferrosock_proto::http::format_date;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retries = Retries {
            count: 6,
            backoff: Duration::from_millis(100),
            longest: Duration::from_millis(1000),
            ..Retries::default()
        };
        for (chance, expected) in
            [(0.0, [100, 200, 400, 800, 1000, 1000]), (1.0, [50, 100, 200, 400, 500, 500])]
        {
            let mut tries = Tries::new(Arc::new(retries.clone()), Arc::new(move || chance));
            let clock = Clock::start(Timeouts::none(), None);
            let error = Error::Disconnected { peer: "a".into() };
            let repeatable = Repeatable { sent: true, idempotent: true, body: true };
            for milliseconds in expected {
                let pause = tries.after_failure(&error, repeatable, &clock);
                assert_eq!(pause, Some(Duration::from_millis(milliseconds)));
            }
            assert_eq!(tries.after_failure(&error, repeatable, &clock), None);
        }
        assert!((0..100).map(|_| random()).all(|chance| (0.0..1.0).contains(&chance)));
    }

    #[test]
    fn no_pause_is_too_long_and_no_chance_too_odd() {
        for (chance, expected) in [(f64::NAN, 1.0), (-1.0, 1.0), (f64::INFINITY, 0.5), (1e300, 0.5)] {
            let retries = Retries { backoff: Duration::MAX, longest: Duration::MAX, ..Retries::up_to(100) };
            let mut tries = Tries::new(Arc::new(retries), Arc::new(move || chance));
            for made in [0, 1, 31, 32, 99] {
                tries.made = made;
                let part = tries.backoff().as_secs_f64() / Duration::MAX.as_secs_f64();
                assert!((part - expected).abs() < 0.001, "{chance} {made}: {part}");
            }
        }
    }

    #[test]
    fn servers_ask_for_seconds_or_a_date() {
        assert_eq!(retry_after(b"120"), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(b"99999999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        for bad in ["", "-1", "1.5", "soon"] {
            assert_eq!(retry_after(bad.as_bytes()), None, "{bad}");
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
        let later = retry_after(format_date(now + 100).unwrap().as_bytes()).unwrap();
        assert!((98..=100).contains(&later.as_secs()));
        assert_eq!(retry_after(format_date(now - 100).unwrap().as_bytes()), Some(Duration::ZERO));
    }
}
