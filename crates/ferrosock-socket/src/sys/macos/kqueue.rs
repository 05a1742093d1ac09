//! `kqueue(2)`.

use std::os::fd::RawFd;
use std::time::Duration;

use crate::readiness::KernelEvent;
use crate::sys::{Result, check, timespec};

/// A new kqueue that programs started later don't inherit.
pub(crate) fn create() -> Result<RawFd> {
    // SAFETY: takes numbers only.
    let fd = check(unsafe { libc::kqueue() })?;
    // SAFETY: a descriptor of ours and numbers.
    match check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) }) {
        Ok(_) => Ok(fd),
        Err(code) => {
            let _ = crate::sys::close(fd);
            Err(code)
        }
    }
}

/// Applies `changes`, then waits for at most `most` events, at most for `timeout` (without end if `None`), and leaves
/// them in `events`, whose room grows to that many. Gives the error number on failure, `EINTR` among them.
pub(crate) fn control(
    kqueue: RawFd,
    changes: &[KernelEvent],
    events: &mut Vec<KernelEvent>,
    most: usize,
    timeout: Option<Duration>,
) -> Result<()> {
    events.clear();
    events.try_reserve(most).map_err(|_| libc::ENOMEM)?;
    let timeout = timeout.map(timespec);
    let limit = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let count = i32::try_from(changes.len()).map_err(|_| libc::EINVAL)?;
    let room = i32::try_from(most).map_err(|_| libc::EINVAL)?;
    // SAFETY: a KernelEvent is a kevent and no more (`repr(transparent)`); the kernel reads `count` changes, fills as
    // many events from the vector's start as it says, of which there is room for `most`, and reads the timespec if there
    // is one. The word that an event carries for its user (`udata`) is never followed.
    unsafe {
        let ready = check(libc::kevent(
            kqueue,
            changes.as_ptr().cast(),
            count,
            events.as_mut_ptr().cast(),
            room,
            limit,
        ))?;
        events.set_len(ready as usize);
    }
    Ok(())
}
