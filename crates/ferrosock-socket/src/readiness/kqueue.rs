//! macOS's `kqueue`: events of descriptors, processes, signals and timers, whose set stays in the kernel.

use std::fmt;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use super::deadline::retrying;
use crate::sys::kqueue;
use crate::{Error, Host, Result, sys};

/// A change to what a kqueue watches, or an event that it gives (`struct kevent`).
///
/// ```
/// use ferrosock_socket::readiness::KernelEvent;
/// let change = KernelEvent::new(0, libc::EVFILT_READ, libc::EV_ADD, 0, 0, 7);
/// assert_eq!((change.identity(), change.filter(), change.token()), (0, libc::EVFILT_READ, 7));
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct KernelEvent(libc::kevent);

impl KernelEvent {
    /// `identity` is the descriptor, process or signal that `filter` (`EVFILT_*`) is about; `flags` are `EV_*`;
    /// `filter_flags` and `data` are the filter's own; `token` comes back with each event.
    ///
    /// ```
    /// use ferrosock_socket::readiness::KernelEvent;
    /// let timer = KernelEvent::new(1, libc::EVFILT_TIMER, libc::EV_ADD, 0, 50, 0); // every 50 milliseconds
    /// assert_eq!(timer.data(), 50);
    /// ```
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
    ///
    /// ```
    /// use ferrosock_socket::readiness::KernelEvent;
    /// let change = KernelEvent::new(0, libc::EVFILT_READ, libc::EV_ADD, 0, 0, 7);
    /// assert_eq!(change.identity(), 0); // the standard input
    /// ```
    pub fn identity(&self) -> usize {
        self.0.ident
    }

    /// The filter (`EVFILT_*`).
    ///
    /// ```
    /// use ferrosock_socket::readiness::KernelEvent;
    /// let change = KernelEvent::new(0, libc::EVFILT_READ, libc::EV_ADD, 0, 0, 7);
    /// assert_eq!(change.filter(), libc::EVFILT_READ);
    /// ```
    pub fn filter(&self) -> i16 {
        self.0.filter
    }

    /// The flags (`EV_*`).
    ///
    /// ```
    /// use ferrosock_socket::readiness::KernelEvent;
    /// let change = KernelEvent::new(0, libc::EVFILT_READ, libc::EV_ADD, 0, 0, 7);
    /// assert_eq!(change.flags(), libc::EV_ADD);
    /// ```
    pub fn flags(&self) -> u16 {
        self.0.flags
    }

    /// The flags of the filter (`NOTE_*`).
    ///
    /// ```
    /// use ferrosock_socket::readiness::KernelEvent;
    /// let watched = KernelEvent::new(1, libc::EVFILT_PROC, libc::EV_ADD, libc::NOTE_EXIT, 0, 0);
    /// assert_eq!(watched.filter_flags(), libc::NOTE_EXIT);
    /// ```
    pub fn filter_flags(&self) -> u32 {
        self.0.fflags
    }

    /// The filter's data, such as how many bytes can be read.
    ///
    /// ```
    /// use ferrosock_socket::readiness::KernelEvent;
    /// let change = KernelEvent::new(0, libc::EVFILT_READ, libc::EV_ADD, 0, 0, 7);
    /// assert_eq!(change.data(), 0); // an event tells how many bytes can be read
    /// ```
    pub fn data(&self) -> isize {
        self.0.data
    }

    /// The token that the change was made with.
    ///
    /// ```
    /// use ferrosock_socket::readiness::KernelEvent;
    /// let change = KernelEvent::new(0, libc::EVFILT_READ, libc::EV_ADD, 0, 0, 7);
    /// assert_eq!(change.token(), 7);
    /// ```
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
///
/// ```
/// use ferrosock_socket::{Socket, Uninterrupted};
/// use ferrosock_socket::readiness::{KernelEvent, Kqueue};
/// use std::os::fd::AsRawFd;
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// let kqueue = Kqueue::new()?;
/// let change = KernelEvent::new(b.as_raw_fd() as usize, libc::EVFILT_READ, libc::EV_ADD, 0, 0, 7);
/// a.send(&Uninterrupted, b"hello", 0)?;
/// let mut events = Vec::new();
/// kqueue.control(&Uninterrupted, &[change], &mut events, 8, None)?;
/// assert_eq!((events[0].token(), events[0].data()), (7, 5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Kqueue(AtomicI32);

/// The place of a closed kqueue's descriptor.
const CLOSED: RawFd = -1;

impl Kqueue {
    /// A new kqueue that watches nothing.
    ///
    /// # Errors
    /// [`Error::Os`]: too many open files (`EMFILE`, `ENFILE`), no memory.
    ///
    /// ```
    /// use ferrosock_socket::readiness::Kqueue;
    /// assert!(Kqueue::new()?.descriptor() >= 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Result<Self> {
        kqueue::create().map(Self::from_raw_fd).map_err(Error::Os)
    }

    /// Takes over a kqueue's descriptor. What is not a kqueue shows at first use: every operation is refused (`EBADF`).
    ///
    /// ```
    /// use ferrosock_socket::Uninterrupted;
    /// use ferrosock_socket::readiness::Kqueue;
    /// let none = Kqueue::from_raw_fd(-1);
    /// assert!(none.control(&Uninterrupted, &[], &mut Vec::new(), 1, None).is_err());
    /// ```
    pub const fn from_raw_fd(descriptor: RawFd) -> Self {
        Self(AtomicI32::new(descriptor))
    }

    /// The descriptor; -1 after [`close`](Self::close).
    ///
    /// ```
    /// use ferrosock_socket::readiness::Kqueue;
    /// let kqueue = Kqueue::new()?;
    /// kqueue.close()?;
    /// assert_eq!(kqueue.descriptor(), -1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_socket::Uninterrupted;
    /// use ferrosock_socket::readiness::Kqueue;
    /// let mut events = Vec::new();
    /// Kqueue::new()?.control(&Uninterrupted, &[], &mut events, 8, Some(Duration::ZERO))?; // nothing is watched
    /// assert!(events.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// use ferrosock_socket::readiness::Kqueue;
    /// let kqueue = Kqueue::new()?;
    /// kqueue.close()?;
    /// kqueue.close()?; // does nothing
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
