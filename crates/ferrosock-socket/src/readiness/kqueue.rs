//! macOS's `kqueue`: events of descriptors, processes, signals and timers, whose set stays in the kernel.

use std::fmt;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use super::deadline::retrying;
use crate::sys::kqueue;
use crate::{Error, Host, Result, sys};

/// A change to what a kqueue watches, or an event that it gives (`struct kevent`).
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct KernelEvent(libc::kevent);

impl KernelEvent {
    /// `identity` is the descriptor, process or signal that `filter` (`EVFILT_*`) is about; `flags` are `EV_*`;
    /// `filter_flags` and `data` are the filter's own; `token` comes back with each event.
    pub const fn new(
        identity: usize,
        filter: i16,
        flags: u16,
        filter_flags: u32,
        data: isize,
        token: usize,
    ) -> Self {
        Self(libc::kevent {
            ident: identity,
            filter,
            flags,
            fflags: filter_flags,
            data,
            udata: std::ptr::without_provenance_mut(token),
        })
    }

    /// The descriptor, process or signal.
    pub fn identity(&self) -> usize {
        self.0.ident
    }

    /// The filter (`EVFILT_*`).
    pub fn filter(&self) -> i16 {
        self.0.filter
    }

    /// The flags (`EV_*`).
    pub fn flags(&self) -> u16 {
        self.0.flags
    }

    /// The flags of the filter (`NOTE_*`).
    pub fn filter_flags(&self) -> u32 {
        self.0.fflags
    }

    /// The filter's data, such as how many bytes can be read.
    pub fn data(&self) -> isize {
        self.0.data
    }

    /// The token that the change was made with.
    pub fn token(&self) -> usize {
        self.0.udata.addr()
    }
}

// SAFETY: the token is kept in a pointer's place but is a plain number, never followed.
unsafe impl Send for KernelEvent {}
// SAFETY: as for Send.
unsafe impl Sync for KernelEvent {}

impl fmt::Debug for KernelEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KernelEvent")
            .field("identity", &self.identity())
            .field("filter", &self.filter())
            .field("flags", &self.flags())
            .field("filter_flags", &self.filter_flags())
            .field("data", &self.data())
            .field("token", &self.token())
            .finish()
    }
}

/// A kqueue: what it watches stays in the kernel.
///
/// It owns a descriptor of its own, closed on [`close`](Self::close) or drop, and not inherited by programs started
/// later (nor, on this system, by a forked child). All methods take `&self`; after `close` every operation is refused
/// with `EBADF`. See kqueue(2).
pub struct Kqueue(AtomicI32);

/// The place of a closed kqueue's descriptor.
const CLOSED: RawFd = -1;

impl Kqueue {
    /// A new kqueue that watches nothing.
    ///
    /// # Errors
    /// [`Error::Os`]: too many open files (`EMFILE`, `ENFILE`), no memory.
    pub fn new() -> Result<Self> {
        kqueue::create().map(Self::from_raw_fd).map_err(Error::Os)
    }

    /// Takes over a kqueue's descriptor. What is not a kqueue shows at first use: every operation is refused (`EBADF`).
    pub const fn from_raw_fd(descriptor: RawFd) -> Self {
        Self(AtomicI32::new(descriptor))
    }

    /// The descriptor; -1 after [`close`](Self::close).
    pub fn descriptor(&self) -> RawFd {
        self.0.load(Ordering::Relaxed)
    }

    /// Applies `changes`, then waits for events, at most for `timeout` (without end if `None`), and leaves at most `most`
    /// of them in `events`. With `most` = 0 it does not wait.
    ///
    /// What was in `events` goes; its memory is used again, so that a loop which keeps the vector allocates once.
    ///
    /// # Errors
    /// [`Error::Os`]: `ENOENT` to change what is not watched, `EBADF` for a descriptor that is not open or a closed
    /// kqueue, `ENOMEM`; [`Error::Interrupted`] if `host` gives up after a signal.
    pub fn control(
        &self,
        host: &impl Host,
        changes: &[KernelEvent],
        events: &mut Vec<KernelEvent>,
        most: usize,
        timeout: Option<Duration>,
    ) -> Result<()> {
        retrying(host, timeout, true, |left| kqueue::control(self.descriptor(), changes, events, most, left))
    }

    /// Closes the kqueue. Closing it again does nothing.
    ///
    /// # Errors
    /// [`Error::Os`] if the system refuses (`EBADF`: somebody else closed it); it counts as closed even so.
    pub fn close(&self) -> Result<()> {
        match self.0.swap(CLOSED, Ordering::Relaxed) {
            descriptor if descriptor < 0 => Ok(()),
            descriptor => sys::close(descriptor).map_err(Error::Os),
        }
    }
}

impl Drop for Kqueue {
    fn drop(&mut self) {
        let _ = self.close(); // nobody is left to be told
    }
}

impl fmt::Debug for Kqueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kqueue").field(&self.descriptor()).finish()
    }
}
