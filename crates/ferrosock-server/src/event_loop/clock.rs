//! The time, asked for once a round of the loop, and the `Date` field, written once a second.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ferrosock_proto::http::format_date;

pub(crate) struct Clock {
    begun: Instant,
    /// Milliseconds since the loop began, and microseconds.
    pub(crate) now: u64,
    pub(crate) micros: u64,
    /// When, in milliseconds, the second ends that `date` tells.
    date_until: u64,
    date: Vec<u8>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let mut clock = Self { begun: Instant::now(), now: 0, micros: 0, date_until: 0, date: Vec::new() };
        clock.renew();
        clock
    }

    /// Looks at the time.
    pub(crate) fn update(&mut self) {
        self.micros = self.read();
        self.now = self.micros / 1000;
        if self.now >= self.date_until {
            self.renew();
        }
    }

    /// Microseconds since the loop began, looked at now.
    pub(crate) fn read(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn renew(&mut self) {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(wall.as_secs()).unwrap_or_default();
        self.date = format_date(seconds).unwrap_or_default().into_bytes();
        self.date_until = self.now + u64::from(1000 - wall.subsec_millis());
    }

    /// The value of `Date` (RFC 9110 section 6.6.1).
    pub(crate) fn date(&self) -> &[u8] {
        &self.date
    }
}
