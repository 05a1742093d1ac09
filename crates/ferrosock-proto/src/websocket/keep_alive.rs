//! [`KeepAlive`]: when a silent peer is asked for a sign of life, and when it is given up.

use std::time::Duration;

/// An answer that is looked for so much later than it was due, in milliseconds, says that the driver was held up, not the peer.
const LATE: u64 = 250;

/// What is to be done now.
///
/// ```
/// use std::time::Duration;
/// use ferrosock_proto::websocket::{KeepAlive, Sign};
///
/// let mut alive = KeepAlive::new(Duration::from_secs(20), None, 0);
/// assert_eq!(alive.check(0, false), Sign::Wait(Duration::from_secs(20)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Nothing, until so much time has passed.
    Wait(Duration),
    /// To send a ping with the payload [`KeepAlive::PAYLOAD`], and to look again after so much time.
    Ping(Duration),
    /// To close with code 1011: the peer has not answered.
    Lost,
}

/// Watches a connection for silence. It has no clock: times are the driver's, in milliseconds from any point that does not move.
///
/// Whatever comes from the peer is a sign of life, not only a pong. A peer is pinged when it has been silent for the interval, and
/// again after each further one; it is lost when the first of these pings has been without an answer for the timeout.
///
/// ```
/// use std::time::Duration;
/// use ferrosock_proto::websocket::{KeepAlive, Sign};
///
/// let (interval, timeout) = (Duration::from_secs(20), Duration::from_secs(5));
/// let mut alive = KeepAlive::new(interval, Some(timeout), 0);
/// assert_eq!(alive.check(20_000, false), Sign::Ping(timeout));
/// alive.heard(21_000);
/// assert_eq!(alive.check(25_000, false), Sign::Wait(Duration::from_secs(16)));
/// assert_eq!(alive.check(41_000, false), Sign::Ping(timeout));
/// assert_eq!(alive.check(46_000, false), Sign::Lost);
/// ```
#[derive(Debug, Clone)]
pub struct KeepAlive {
    interval: u64,
    timeout: u64,
    /// When the peer was heard last, or pinged.
    since: u64,
    /// When the first ping was sent that has no answer.
    asked: Option<u64>,
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl KeepAlive {
    /// The payload of its pings, by which their pongs are known.
    pub const PAYLOAD: &'static [u8] = b"ferrosock";

    /// Begins now, which counts as a sign of life. Without a `timeout` a peer is pinged, and never lost.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_proto::websocket::KeepAlive;
    ///
    /// let alive = KeepAlive::new(Duration::from_secs(20), Some(Duration::from_secs(20)), 1_000);
    /// assert_eq!(alive.due(), 21_000);
    /// ```
    #[must_use]
    pub fn new(interval: Duration, timeout: Option<Duration>, now: u64) -> Self {
        // An interval of nothing would ping at every look.
        let interval = milliseconds(interval).max(1);
        Self { interval, timeout: timeout.map_or(u64::MAX, milliseconds), since: now, asked: None }
    }

    /// Bytes of the peer's have come.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ferrosock_proto::websocket::KeepAlive;
    /// let mut alive = KeepAlive::new(Duration::from_secs(20), None, 0);
    /// alive.heard(5_000);
    /// assert_eq!(alive.due(), 25_000);
    /// ```
    pub fn heard(&mut self, now: u64) {
        self.since = now;
        self.asked = None;
    }

    /// When [`check`](Self::check) is to be called next.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ferrosock_proto::websocket::KeepAlive;
    /// assert_eq!(KeepAlive::new(Duration::from_secs(20), None, 0).due(), 20_000);
    /// ```
    #[must_use]
    pub fn due(&self) -> u64 {
        let answer = self.asked.map_or(u64::MAX, |asked| asked.saturating_add(self.timeout));
        answer.min(self.since.saturating_add(self.interval))
    }

    /// Says what is to be done. While the driver does not read, or has bytes that the peer has not taken, no answer can be expected:
    /// it is `held`, and the silence begins anew. So it does if an answer is looked for much later than it was due.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_proto::websocket::{KeepAlive, Sign};
    ///
    /// let second = Duration::from_secs(1);
    /// let mut alive = KeepAlive::new(second, Some(second), 0);
    /// assert_eq!(alive.check(1_000, true), Sign::Wait(second));
    /// assert_eq!(alive.check(2_000, false), Sign::Ping(second));
    /// assert_eq!(alive.check(9_000, false), Sign::Wait(second));
    /// ```
    pub fn check(&mut self, now: u64, held: bool) -> Sign {
        let answer = self.asked.map_or(u64::MAX, |asked| asked.saturating_add(self.timeout));
        if held || now > answer.saturating_add(LATE) {
            self.heard(now);
        } else if now >= answer {
            return Sign::Lost;
        }
        let pings = now >= self.since.saturating_add(self.interval);
        if pings {
            self.since = now;
            self.asked = self.asked.or(Some(now));
        }
        let wait = Duration::from_millis(self.due().saturating_sub(now));
        if pings { Sign::Ping(wait) } else { Sign::Wait(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pings_go_on_while_the_first_waits_for_its_answer() {
        let mut alive = KeepAlive::new(SECOND, Some(3 * SECOND), 0);
        for second in 1..4 {
            assert_eq!(alive.check(second * 1000, false), Sign::Ping(SECOND));
        }
        assert_eq!(alive.check(4000, false), Sign::Lost);
        alive.heard(4001);
        assert_eq!(alive.check(4001, false), Sign::Wait(SECOND));
    }

    #[test]
    fn without_a_timeout_nobody_is_lost() {
        let mut alive = KeepAlive::new(SECOND, None, 0);
        for second in 1..1000 {
            assert_eq!(alive.check(second * 1000, false), Sign::Ping(SECOND));
        }
    }

    #[test]
    fn who_is_held_expects_no_answer() {
        let mut alive = KeepAlive::new(SECOND, Some(SECOND), 0);
        assert_eq!(alive.check(1000, false), Sign::Ping(SECOND));
        assert_eq!(alive.check(2000, true), Sign::Wait(SECOND));
        assert_eq!(alive.check(3000, true), Sign::Wait(SECOND));
        assert_eq!(alive.check(4000, false), Sign::Ping(SECOND));
        assert_eq!(alive.check(5000 + LATE, false), Sign::Lost);
    }

    #[test]
    fn who_comes_late_was_held_up_itself() {
        let mut alive = KeepAlive::new(SECOND, Some(SECOND), 0);
        assert_eq!(alive.check(60_000, false), Sign::Ping(SECOND)); // a late ping waits as long as any
        assert_eq!(alive.check(61_001 + LATE, false), Sign::Wait(SECOND));
        assert_eq!(alive.check(62_001 + LATE, false), Sign::Ping(SECOND));
        assert_eq!(alive.check(63_001 + LATE, false), Sign::Lost);
    }

    #[test]
    fn no_time_overflows() {
        let mut alive = KeepAlive::new(Duration::MAX, Some(Duration::MAX), u64::MAX - 1);
        assert_eq!(alive.check(u64::MAX - 1, false), Sign::Wait(Duration::from_millis(1)));
        let mut alive = KeepAlive::new(Duration::ZERO, Some(Duration::ZERO), 0);
        assert_eq!(alive.check(0, false), Sign::Wait(Duration::from_millis(1)));
        assert_eq!(alive.check(1, false), Sign::Ping(Duration::ZERO));
        assert_eq!(alive.check(1, false), Sign::Lost);
    }
}
