//! `ppoll(2)`: waiting with nanoseconds.

use std::time::Duration;

use libc::pollfd;

use crate::error::errno;

/// Waits until one of `entries` is ready, at most for `timeout` (without end if `None`), and fills their `revents`.
///
/// Gives how many are ready, or the error number, `EINTR` among them.
pub(crate) fn poll(entries: &mut [pollfd], timeout: Option<Duration>) -> Result<usize, i32> {
    let timeout = timeout.map(timespec);
    let limit = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the kernel fills `revents` of as many entries as the slice has, reads the timespec if there is one, and
    // leaves the signal mask alone, since that is null.
    let ready =
        unsafe { libc::ppoll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, limit, std::ptr::null()) };
    usize::try_from(ready).map_err(|_| errno())
}

/// A duration as the system takes it; one beyond the system's seconds is as long as it can say.
fn timespec(duration: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: libc::time_t::try_from(duration.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: duration.subsec_nanos() as _, // below 10^9: fits into any c_long
    }
}
