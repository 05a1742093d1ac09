//! Timeouts as system calls take them.

use std::time::Duration;

/// A timeout in whole milliseconds, rounded up so that nobody wakes early; -1 without one.
pub(crate) fn milliseconds(timeout: Option<Duration>) -> i32 {
    timeout.map_or(-1, |time| i32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX))
}

/// A duration with nanoseconds; one beyond the system's seconds becomes the longest that it can say.
#[allow(clippy::cast_lossless, reason = "c_long may be no wider; nanoseconds fit into any")]
pub(crate) fn timespec(duration: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: libc::time_t::try_from(duration.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: duration.subsec_nanos() as _,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_round_up_and_stop_at_the_largest() {
        assert_eq!(milliseconds(None), -1);
        assert_eq!(milliseconds(Some(Duration::ZERO)), 0);
        assert_eq!(milliseconds(Some(Duration::from_nanos(1))), 1);
        assert_eq!(milliseconds(Some(Duration::from_micros(1001))), 2);
        assert_eq!(milliseconds(Some(Duration::MAX)), i32::MAX);
    }

    #[test]
    fn timespec_saturates() {
        let time = timespec(Duration::new(3, 999_999_999));
        assert_eq!((time.tv_sec, time.tv_nsec), (3, 999_999_999));
        assert_eq!(timespec(Duration::MAX).tv_sec, libc::time_t::MAX);
    }
}
