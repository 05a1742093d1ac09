//! Waiting over interrupts: a timeout becomes a deadline of the monotonic clock.

use std::time::{Duration, Instant};

use crate::host::Host;
use crate::{Error, Result};

/// Runs `wait`, which may block for the time that it is given, again and again while signals interrupt it, with what is
/// left of `timeout`.
///
/// With a timeout of zero and a `quick` wait the host is not told of a blocking call, since there is none.
///
/// # Errors
/// [`Error::Os`] of the wait, or [`Error::Interrupted`] when the host gives up.
pub(super) fn retrying<R: Send>(
    host: &impl Host,
    timeout: Option<Duration>,
    quick: bool,
    mut wait: impl FnMut(Option<Duration>) -> Result<R, i32> + Send,
) -> Result<R> {
    if quick && timeout == Some(Duration::ZERO) {
        match wait(timeout) {
            Err(libc::EINTR) => host.interrupted()?,
            other => return other.map_err(Error::Os),
        }
    }
    // A timeout beyond what the clock can say is none.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut left = timeout;
    loop {
        match host.blocking(|| wait(left)) {
            Err(libc::EINTR) => host.interrupted()?,
            other => return other.map_err(Error::Os),
        }
        left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::Interrupted;

    /// Counts interrupts, and gives up at the third.
    #[derive(Default)]
    struct Patient(Cell<usize>);

    impl Host for Patient {
        fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
            call()
        }

        fn interrupted(&self) -> Result<(), Interrupted> {
            self.0.set(self.0.get() + 1);
            if self.0.get() < 3 { Ok(()) } else { Err(Interrupted) }
        }
    }

    #[test]
    fn time_runs_on_over_interrupts() {
        let mut given = Vec::new();
        let result = retrying(&Patient::default(), Some(Duration::from_secs(60)), true, |left| {
            given.push(left.unwrap());
            std::thread::sleep(Duration::from_millis(2));
            if given.len() < 3 { Err(libc::EINTR) } else { Ok(7) }
        });
        assert_eq!(result, Ok(7));
        assert!(given.windows(2).all(|pair| pair[1] + Duration::from_millis(2) <= pair[0]), "{given:?}");
    }

    #[test]
    fn the_host_may_give_up() {
        let result = retrying(&Patient::default(), None, true, |left| {
            assert_eq!(left, None);
            Err::<(), _>(libc::EINTR)
        });
        assert_eq!(result, Err(Error::Interrupted));
    }

    #[test]
    fn other_errors_end_the_wait() {
        let result = retrying(&Patient::default(), Some(Duration::MAX), false, |_| Err::<(), _>(libc::EBADF));
        assert_eq!(result, Err(Error::Os(libc::EBADF)));
    }
}
