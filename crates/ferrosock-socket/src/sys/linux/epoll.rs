//! `epoll(7)`.

use std::os::fd::RawFd;
use std::time::Duration;

use crate::readiness::EpollEvent;
use crate::sys::{Result, check, milliseconds};

/// A new epoll that programs started later don't inherit.
pub(crate) fn create() -> Result<RawFd> {
    // SAFETY: takes numbers only.
    check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })
}

/// Adds, modifies or removes (`EPOLL_CTL_*`) the interest in `fd`.
pub(crate) fn control(epoll: RawFd, operation: i32, fd: RawFd, events: u32, token: u64) -> Result<()> {
    let mut event = libc::epoll_event { events, u64: token };
    // SAFETY: the kernel reads the event, and keeps no pointer to it.
    check(unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) }).map(drop)
}

/// Waits for at most `most` events, at most for `timeout` rounded up to milliseconds (without end if `None`), and leaves
/// them in `events`, whose room grows to that many. Gives the error number on failure, `EINTR` among them.
pub(crate) fn wait(
    epoll: RawFd,
    events: &mut Vec<EpollEvent>,
    most: usize,
    timeout: Option<Duration>,
) -> Result<()> {
    events.clear();
    events.try_reserve(most).map_err(|_| libc::ENOMEM)?;
    let room = i32::try_from(most).map_err(|_| libc::EINVAL)?;
    // SAFETY: an EpollEvent is an epoll_event and no more (`repr(transparent)`); the vector has room for `most`, and the
    // kernel fills as many from its start as it says.
    unsafe {
        let ready = check(libc::epoll_wait(epoll, events.as_mut_ptr().cast(), room, milliseconds(timeout)))?;
        events.set_len(ready as usize);
    }
    Ok(())
}
