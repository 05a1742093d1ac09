//! Sets of descriptors, and `pselect(2)` over them.

use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::time::Duration;

use super::{Result, check, timespec};

/// One more than the largest descriptor that a set holds.
pub(crate) const LIMIT: usize = libc::FD_SETSIZE;

/// A `fd_set`. Its callers keep descriptors within the limit; one beyond it is never in the set.
#[derive(Clone, Copy)]
pub(crate) struct FdSet(libc::fd_set);

impl FdSet {
    pub(crate) fn new() -> Self {
        let mut set = MaybeUninit::uninit();
        // SAFETY: FD_ZERO fills the whole set.
        unsafe {
            libc::FD_ZERO(set.as_mut_ptr());
            Self(set.assume_init())
        }
    }

    /// Puts a descriptor into the set, or gives false if it is out of the set's range.
    pub(crate) fn insert(&mut self, fd: RawFd) -> bool {
        let fits = in_range(fd);
        if fits {
            // SAFETY: an initialised set, and the bit lies within it.
            unsafe { libc::FD_SET(fd, &raw mut self.0) };
        }
        fits
    }

    pub(crate) fn remove(&mut self, fd: RawFd) {
        if in_range(fd) {
            // SAFETY: as in `insert`.
            unsafe { libc::FD_CLR(fd, &raw mut self.0) };
        }
    }

    pub(crate) fn contains(&self, fd: RawFd) -> bool {
        // SAFETY: as in `insert`.
        in_range(fd) && unsafe { libc::FD_ISSET(fd, &raw const self.0) }
    }
}

fn in_range(fd: RawFd) -> bool {
    usize::try_from(fd).is_ok_and(|fd| fd < LIMIT)
}

/// Waits until a descriptor in one of the sets (to read, to write, exceptional) is ready, at most for `timeout` (without
/// end if `None`), and leaves the ready ones in the sets. The number beside a set is one more than its largest
/// descriptor.
///
/// Gives how many are ready, or the error number, `EINTR` among them; the sets then mean nothing.
pub(crate) fn select(sets: &mut [(FdSet, RawFd); 3], timeout: Option<Duration>) -> Result<usize> {
    let end = sets.iter().map(|&(_, end)| end).max().unwrap_or(0).clamp(0, LIMIT as RawFd);
    let timeout = timeout.map(timespec);
    let limit = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // An empty set is left out: that spares the kernel its copies.
    let [read, write, exceptional] =
        sets.each_mut().map(|(set, end)| if *end > 0 { &raw mut set.0 } else { std::ptr::null_mut() });
    // SAFETY: null, or a set of FD_SETSIZE bits, and `end` is no more than that; the timespec is alive if there is one;
    // the signal mask is null: left alone.
    let ready = unsafe { libc::pselect(end, read, write, exceptional, limit, std::ptr::null()) };
    check(ready).map(|ready| ready as usize)
}
