//! `poll(2)`, and `ppoll(2)` for short timeouts with a part below the millisecond and for those of more than 24 days.

use std::time::Duration;

use crate::error::errno;
use crate::readiness::PollEntry;
use crate::sys::{Result, milliseconds, timespec};

/// From here on a millisecond more does not matter; ppoll costs the kernel over 100 nanoseconds more than poll, since it
/// copies the time in and out.
const LONG: Duration = Duration::from_millis(100);

/// The longest timeout that poll takes.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// Waits until one of `entries` is ready, at most for `timeout` (without end if `None`; a long one is rounded up to
/// milliseconds), and fills what each is ready for.
///
/// Gives how many are ready, or the error number, `EINTR` among them.
pub(crate) fn poll(entries: &mut [PollEntry], timeout: Option<Duration>) -> Result<usize> {
    let pointer = entries.as_mut_ptr().cast();
    let count = entries.len() as libc::nfds_t;
    let ready = match timeout {
        Some(time) if time > LONGEST || (time < LONG && time.subsec_nanos() % 1_000_000 != 0) => {
            let time = timespec(time);
            // SAFETY: an entry is a pollfd and no more (`repr(transparent)`); the kernel fills `revents` of as many as
            // the slice has, reads the timespec, and leaves the signal mask alone, since that is null.
            unsafe { libc::ppoll(pointer, count, &raw const time, std::ptr::null()) }
        }
        // SAFETY: as above.
        _ => unsafe { libc::poll(pointer, count, milliseconds(timeout)) },
    };
    usize::try_from(ready).map_err(|_| errno())
}
