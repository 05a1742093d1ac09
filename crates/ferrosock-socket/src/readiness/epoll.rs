//! Linux's `epoll`: readiness of many descriptors, whose set stays in the kernel.

use std::fmt;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use super::deadline::retrying;
use crate::sys::epoll;
use crate::{Error, Host, Result, sys};

/// What a descriptor was found ready for.
///
/// ```
/// use ferrosock_socket::readiness::Epoll;
/// use ferrosock_socket::{Socket, Uninterrupted};
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// let epoll = Epoll::new()?;
/// epoll.add(b.fileno(), libc::EPOLLIN as u32, 7)?;
/// a.send(&Uninterrupted, b"hello", 0)?;
/// let mut events = Vec::new();
/// epoll.wait(&Uninterrupted, &mut events, 8, None)?;
/// assert_eq!((events[0].token(), events[0].events()), (7, libc::EPOLLIN as u32));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct EpollEvent(libc::epoll_event);

impl EpollEvent {
    /// The bits that are ready (`EPOLLIN`, `EPOLLOUT` ...), and `EPOLLERR` and `EPOLLHUP` unasked.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::readiness::Epoll;
    /// use std::os::fd::AsRawFd;
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let epoll = Epoll::new()?;
    /// epoll.add(b.as_raw_fd(), (libc::EPOLLIN | libc::EPOLLRDHUP) as u32, 0)?;
    /// drop(a);
    /// let mut events = Vec::new();
    /// epoll.wait(&Uninterrupted, &mut events, 8, None)?;
    /// assert_ne!(events[0].events() & libc::EPOLLHUP as u32, 0); // unasked
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(&self) -> u32 {
        self.0.events
    }

    /// The token that the descriptor was added with.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::readiness::Epoll;
    /// use std::os::fd::AsRawFd;
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let epoll = Epoll::new()?;
    /// epoll.add(a.as_raw_fd(), libc::EPOLLOUT as u32, 7)?;
    /// let mut events = Vec::new();
    /// epoll.wait(&Uninterrupted, &mut events, 8, None)?;
    /// assert_eq!(events[0].token(), 7);
    /// # drop(b);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn token(&self) -> u64 {
        self.0.u64
    }
}

impl fmt::Debug for EpollEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpollEvent").field("events", &self.events()).field("token", &self.token()).finish()
    }
}

/// An epoll: a set of descriptors in the kernel, each with the events it is watched for and a token of the caller's.
///
/// It owns a descriptor of its own, closed on [`close`](Self::close) or drop, and not inherited by programs started
/// later. All methods take `&self`: threads may add descriptors while another waits. After `close` every operation is
/// refused with `EBADF`. Closing in one thread does not wake another that waits; and where a descriptor is opened at the
/// very moment between another thread's start of a call and its system call, that call meets the new one: the kernel
/// then refuses it, unless it is another epoll.
/// See [epoll(7)](https://man7.org/linux/man-pages/man7/epoll.7.html).
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsRawFd;
/// use std::os::unix::net::UnixStream;
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::readiness::Epoll;
///
/// let epoll = Epoll::new()?;
/// let (mut near, far) = UnixStream::pair()?;
/// epoll.add(far.as_raw_fd(), libc::EPOLLIN as u32, 7)?;
/// near.write_all(b"hello")?;
///
/// let mut events = Vec::new();
/// epoll.wait(&Uninterrupted, &mut events, 64, None)?;
/// assert_eq!((events.len(), events[0].token()), (1, 7));
/// epoll.remove(far.as_raw_fd())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Epoll(AtomicI32);

/// The place of a closed epoll's descriptor.
const CLOSED: RawFd = -1;

impl Epoll {
    /// A new, empty epoll.
    ///
    /// # Errors
    /// [`Error::Os`]: too many open files (`EMFILE`, `ENFILE`), no memory.
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// let epoll = Epoll::new()?;
    /// assert!(epoll.descriptor() >= 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Result<Self> {
        epoll::create().map(Self::from_raw_fd).map_err(Error::Os)
    }

    /// Takes over an epoll's descriptor. What is not an epoll shows at first use: every operation is refused (`EINVAL`,
    /// `EBADF`).
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// let nothing = Epoll::from_raw_fd(-1);
    /// assert!(nothing.remove(0).is_err());
    /// ```
    pub const fn from_raw_fd(descriptor: RawFd) -> Self {
        Self(AtomicI32::new(descriptor))
    }

    /// The descriptor; -1 after [`close`](Self::close).
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// let epoll = Epoll::new()?;
    /// assert!(epoll.descriptor() >= 0);
    /// epoll.close()?;
    /// assert_eq!(epoll.descriptor(), -1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn descriptor(&self) -> RawFd {
        self.0.load(Ordering::Relaxed)
    }

    /// Watches `descriptor` for `events`; a wait gives `token` with each of its events.
    ///
    /// # Errors
    /// [`Error::Os`]: `EEXIST` if it is watched already, `EBADF` if it is not open, `EPERM` if it cannot be watched (a
    /// regular file), `EINVAL` for the epoll itself or a forbidden mix of events.
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let epoll = Epoll::new()?;
    /// epoll.add(a.fileno(), libc::EPOLLIN as u32, 1)?;
    /// assert!(epoll.add(a.fileno(), libc::EPOLLIN as u32, 1).is_err()); // it is watched already
    /// # drop(b);
    /// # let _ = Uninterrupted;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add(&self, descriptor: RawFd, events: u32, token: u64) -> Result<()> {
        self.control(libc::EPOLL_CTL_ADD, descriptor, events, token)
    }

    /// Changes what `descriptor` is watched for, and its token.
    ///
    /// # Errors
    /// [`Error::Os`]: `ENOENT` if it is not watched, and as for [`add`](Self::add).
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let epoll = Epoll::new()?;
    /// epoll.add(a.fileno(), libc::EPOLLIN as u32, 1)?;
    /// epoll.modify(a.fileno(), libc::EPOLLOUT as u32, 2)?;
    /// # drop(b);
    /// # let _ = Uninterrupted;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn modify(&self, descriptor: RawFd, events: u32, token: u64) -> Result<()> {
        self.control(libc::EPOLL_CTL_MOD, descriptor, events, token)
    }

    /// Watches `descriptor` no longer.
    ///
    /// # Errors
    /// [`Error::Os`]: `ENOENT` if it is not watched, `EBADF` if it is not open.
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let epoll = Epoll::new()?;
    /// epoll.add(a.fileno(), libc::EPOLLIN as u32, 1)?;
    /// epoll.remove(a.fileno())?;
    /// # drop(b);
    /// # let _ = Uninterrupted;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self, descriptor: RawFd) -> Result<()> {
        self.control(libc::EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    fn control(&self, operation: i32, descriptor: RawFd, events: u32, token: u64) -> Result<()> {
        epoll::control(self.descriptor(), operation, descriptor, events, token).map_err(Error::Os)
    }

    /// Waits until a descriptor is ready, at most for `timeout` (without end if `None`; rounded up to milliseconds), and
    /// leaves at most `most` events in `events`, none if the time ran out.
    ///
    /// What was in `events` goes; its memory is used again, so that a loop which keeps the vector allocates once.
    ///
    /// # Errors
    /// [`Error::Os`]: `EINVAL` if `most` is 0 or the descriptor is not an epoll, `EBADF` if it is closed, `ENOMEM`;
    /// [`Error::Interrupted`] if `host` gives up after a signal.
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let epoll = Epoll::new()?;
    /// epoll.add(a.fileno(), libc::EPOLLOUT as u32, 1)?;
    /// let mut events = Vec::new();
    /// epoll.wait(&Uninterrupted, &mut events, 16, None)?;
    /// assert_eq!(events.len(), 1);
    /// # drop(b);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(
        &self,
        host: &impl Host,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Option<Duration>,
    ) -> Result<()> {
        retrying(host, timeout, true, |left| epoll::wait(self.descriptor(), events, most, left))
    }

    /// Closes the epoll. Closing it again does nothing.
    ///
    /// # Errors
    /// [`Error::Os`] if the system refuses (`EBADF`: somebody else closed it); it counts as closed even so.
    ///
    /// ```
    /// use ferrosock_socket::readiness::Epoll;
    /// let epoll = Epoll::new()?;
    /// epoll.close()?;
    /// assert_eq!(epoll.descriptor(), -1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self) -> Result<()> {
        match self.0.swap(CLOSED, Ordering::Relaxed) {
            descriptor if descriptor < 0 => Ok(()),
            descriptor => sys::close(descriptor).map_err(Error::Os),
        }
    }
}

impl Drop for Epoll {
    fn drop(&mut self) {
        let _ = self.close(); // nobody is left to be told
    }
}

impl fmt::Debug for Epoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Epoll").field(&self.descriptor()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use super::*;
    use crate::Uninterrupted;

    const IN: u32 = libc::EPOLLIN as u32;
    const OUT: u32 = libc::EPOLLOUT as u32;

    fn waited(epoll: &Epoll, most: usize) -> Vec<(u64, u32)> {
        let mut events = Vec::new();
        epoll.wait(&Uninterrupted, &mut events, most, Some(Duration::ZERO)).unwrap();
        events.iter().map(|event| (event.token(), event.events())).collect()
    }

    #[test]
    fn interest_is_added_modified_and_removed() {
        let epoll = Epoll::new().unwrap();
        let (mut near, mut far) = UnixStream::pair().unwrap();
        let fd = far.as_raw_fd();
        epoll.add(fd, IN, 1).unwrap();
        assert_eq!(epoll.add(fd, IN, 1), Err(Error::Os(libc::EEXIST)));
        assert_eq!(waited(&epoll, 8), []);
        near.write_all(b"x").unwrap();
        assert_eq!(waited(&epoll, 8), [(1, IN)]);
        epoll.modify(fd, IN | OUT, 2).unwrap();
        assert_eq!(waited(&epoll, 8), [(2, IN | OUT)]);
        far.read_exact(&mut [0]).unwrap();
        assert_eq!(waited(&epoll, 8), [(2, OUT)]);
        epoll.remove(fd).unwrap();
        assert_eq!(epoll.remove(fd), Err(Error::Os(libc::ENOENT)));
        assert_eq!(epoll.modify(fd, IN, 2), Err(Error::Os(libc::ENOENT)));
        assert_eq!(waited(&epoll, 8), []);
    }

    #[test]
    fn no_more_events_than_asked_for() {
        let epoll = Epoll::new().unwrap();
        let pairs: Vec<_> = (0..5).map(|_| UnixStream::pair().unwrap()).collect();
        for (token, (near, _)) in pairs.iter().enumerate() {
            epoll.add(near.as_raw_fd(), OUT, token as u64).unwrap();
        }
        assert_eq!(waited(&epoll, 3).len(), 3);
        assert_eq!(waited(&epoll, 64).len(), 5);
        let refused = epoll.wait(&Uninterrupted, &mut Vec::new(), 0, None);
        assert_eq!(refused, Err(Error::Os(libc::EINVAL)));
    }

    #[test]
    fn the_time_runs_out() {
        let epoll = Epoll::new().unwrap();
        let start = Instant::now();
        let mut events = Vec::new();
        epoll.wait(&Uninterrupted, &mut events, 8, Some(Duration::from_micros(2500))).unwrap();
        assert!(events.is_empty() && start.elapsed() >= Duration::from_micros(2500));
    }

    #[test]
    fn a_closed_one_refuses_everything() {
        let epoll = Epoll::new().unwrap();
        let fd = epoll.descriptor();
        epoll.close().unwrap();
        epoll.close().unwrap();
        assert_eq!(epoll.descriptor(), -1);
        assert_eq!(epoll.add(0, IN, 0), Err(Error::Os(libc::EBADF)));
        assert_eq!(epoll.wait(&Uninterrupted, &mut Vec::new(), 1, None), Err(Error::Os(libc::EBADF)));
        let stranger = Epoll::from_raw_fd(RawFd::MAX);
        assert_eq!(stranger.close(), Err(Error::Os(libc::EBADF)));
        assert!(fd >= 0);
    }
}
