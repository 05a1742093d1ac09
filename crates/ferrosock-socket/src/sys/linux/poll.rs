//! `ppoll(2)`: waiting with nanoseconds.

use std::time::Duration;

use crate::error::errno;
use crate::readiness::PollEntry;
use crate::sys::Result;

/// Waits until one of `entries` is ready, at most for `timeout` (without end if `None`), and fills what each is ready
/// for.
///
/// Gives how many are ready, or the error number, `EINTR` among them.
pub(crate) fn poll(entries: &mut [PollEntry], timeout: Option<Duration>) -> Result<usize> {
    let timeout = timeout.map(crate::sys::timespec);
    let limit = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: an entry is a pollfd and no more (`repr(transparent)`); the kernel fills `revents` of as many as the slice
    // has, reads the timespec if there is one, and leaves the signal mask alone, since that is null.
    let ready = unsafe {
        libc::ppoll(entries.as_mut_ptr().cast(), entries.len() as libc::nfds_t, limit, std::ptr::null())
    };
    usize::try_from(ready).map_err(|_| errno())
}
