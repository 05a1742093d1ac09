//! `poll(2)`: waiting with milliseconds, since this system has no `ppoll`.

use std::time::Duration;

use libc::pollfd;

use crate::error::errno;

/// Waits until one of `entries` is ready, at most for `timeout` rounded up to milliseconds (without end if `None`), and
/// fills their `revents`.
///
/// Gives how many are ready, or the error number, `EINTR` among them.
pub(crate) fn poll(entries: &mut [pollfd], timeout: Option<Duration>) -> Result<usize, i32> {
    let count = libc::nfds_t::try_from(entries.len()).map_err(|_| libc::EINVAL)?;
    // SAFETY: the kernel fills `revents` of as many entries as the slice has.
    let ready = unsafe { libc::poll(entries.as_mut_ptr(), count, milliseconds(timeout)) };
    usize::try_from(ready).map_err(|_| errno())
}

/// A timeout in whole milliseconds, rounded up so that nobody wakes early; -1 without one.
fn milliseconds(timeout: Option<Duration>) -> i32 {
    timeout.map_or(-1, |time| i32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX))
}
