//! `poll(2)`: waiting with milliseconds, since this system has no `ppoll`.

use std::time::Duration;

use crate::error::errno;
use crate::readiness::PollEntry;
use crate::sys::{Result, milliseconds};

/// Waits until one of `entries` is ready, at most for `timeout` rounded up to milliseconds (without end if `None`), and
/// fills what each is ready for.
///
/// Gives how many are ready, or the error number, `EINTR` among them.
pub(crate) fn poll(entries: &mut [PollEntry], timeout: Option<Duration>) -> Result<usize> {
    let count = libc::nfds_t::try_from(entries.len()).map_err(|_| libc::EINVAL)?;
    // SAFETY: an entry is a pollfd and no more (`repr(transparent)`); the kernel fills `revents` of as many as the slice
    // has.
    let ready = unsafe { libc::poll(entries.as_mut_ptr().cast(), count, milliseconds(timeout)) };
    usize::try_from(ready).map_err(|_| errno())
}
