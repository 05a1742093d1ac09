//! `poll`: readiness of a slice of descriptors.

use std::fmt;
use std::os::fd::RawFd;
use std::time::Duration;

use super::deadline::retrying;
use crate::{Host, Result, sys};

/// Looking at this many descriptors takes about as long as giving up and regaining an interpreter's lock.
const QUICK: usize = 32;

/// A descriptor, what it is watched for, and what it was found ready for.
///
/// ```
/// use ferrosock_socket::readiness::PollEntry;
/// let mut entry = PollEntry::new(0, libc::POLLIN);
/// entry.set_events(libc::POLLIN | libc::POLLOUT);
/// assert_eq!((entry.descriptor(), entry.ready()), (0, 0));
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct PollEntry(libc::pollfd);

impl PollEntry {
    /// Watches `descriptor` for `events` (`POLLIN`, `POLLOUT` ...). Errors and hang-ups are always reported.
    ///
    /// A negative descriptor is passed over, and never ready.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollEntry;
    /// let passed_over = PollEntry::new(-1, libc::POLLIN);
    /// assert_eq!(passed_over.ready(), 0);
    /// ```
    pub const fn new(descriptor: RawFd, events: i16) -> Self {
        Self(libc::pollfd { fd: descriptor, events, revents: 0 })
    }

    /// The descriptor.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollEntry;
    /// assert_eq!(PollEntry::new(3, libc::POLLIN).descriptor(), 3);
    /// ```
    pub const fn descriptor(&self) -> RawFd {
        self.0.fd
    }

    /// What it is watched for.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollEntry;
    /// assert_eq!(PollEntry::new(3, libc::POLLIN).events(), libc::POLLIN);
    /// ```
    pub const fn events(&self) -> i16 {
        self.0.events
    }

    /// Changes what it is watched for.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollEntry;
    /// let mut entry = PollEntry::new(0, libc::POLLIN);
    /// entry.set_events(libc::POLLOUT);
    /// assert_eq!(entry.events(), libc::POLLOUT);
    /// ```
    pub fn set_events(&mut self, events: i16) {
        self.0.events = events;
    }

    /// What the last [`poll`] found: bits of [`events`](Self::events), and `POLLERR`, `POLLHUP` or `POLLNVAL` (the
    /// descriptor is not open). 0: not ready.
    ///
    /// ```
    /// use ferrosock_socket::Uninterrupted;
    /// use ferrosock_socket::readiness::{PollEntry, poll};
    /// let mut entries = [PollEntry::new(1_000_000, libc::POLLIN)]; // not open
    /// poll(&Uninterrupted, &mut entries, None)?;
    /// assert_eq!(entries[0].ready(), libc::POLLNVAL);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn ready(&self) -> i16 {
        self.0.revents
    }
}

impl fmt::Debug for PollEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollEntry")
            .field("descriptor", &self.0.fd)
            .field("events", &self.0.events)
            .field("ready", &self.0.revents)
            .finish()
    }
}

/// Waits until at least one of `entries` is ready, at most for `timeout` (without end if `None`), and notes in each
/// entry what it is ready for.
///
/// Gives how many entries are ready: 0 when the time ran out. The timeout is precise to the
/// nanosecond on Linux up to 100 milliseconds, else rounded up to milliseconds. See [poll(2)](https://man7.org/linux/man-pages/man2/poll.2.html).
///
/// # Errors
/// [`Error::Os`](crate::Error::Os) if the system refuses (`EINVAL`: more entries than the process may have open files),
/// [`Error::Interrupted`](crate::Error::Interrupted) if `host` gives up after a signal.
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsRawFd;
/// use std::os::unix::net::UnixStream;
/// use std::time::Duration;
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::readiness::{PollEntry, poll};
///
/// let (mut near, far) = UnixStream::pair()?;
/// let mut entries = [PollEntry::new(far.as_raw_fd(), libc::POLLIN)];
/// assert_eq!(poll(&Uninterrupted, &mut entries, Some(Duration::from_millis(1)))?, 0);
///
/// near.write_all(b"hello")?;
/// assert_eq!(poll(&Uninterrupted, &mut entries, None)?, 1);
/// assert_eq!(entries[0].ready(), libc::POLLIN);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn poll(host: &impl Host, entries: &mut [PollEntry], timeout: Option<Duration>) -> Result<usize> {
    let quick = entries.len() <= QUICK;
    retrying(host, timeout, quick, |left| sys::poll::poll(entries, left))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use super::*;
    use crate::Uninterrupted;

    #[test]
    fn what_is_not_open_is_reported_and_what_is_negative_is_not() {
        let mut entries = [PollEntry::new(1_000_000, libc::POLLIN), PollEntry::new(-1, libc::POLLIN)];
        assert_eq!(poll(&Uninterrupted, &mut entries, None), Ok(1));
        assert_eq!([entries[0].ready(), entries[1].ready()], [libc::POLLNVAL, 0]);
    }

    #[test]
    fn the_time_runs_out() {
        let start = Instant::now();
        assert_eq!(poll(&Uninterrupted, &mut [], Some(Duration::from_millis(5))), Ok(0));
        assert!(start.elapsed() >= Duration::from_millis(5));
    }

    #[test]
    fn a_hang_up_needs_no_interest() {
        let (near, far) = UnixStream::pair().unwrap();
        let mut entries = [PollEntry::new(far.as_raw_fd(), 0)];
        assert_eq!(poll(&Uninterrupted, &mut entries, Some(Duration::ZERO)), Ok(0));
        drop(near);
        assert_eq!(poll(&Uninterrupted, &mut entries, None), Ok(1));
        assert_ne!(entries[0].ready() & libc::POLLHUP, 0);
        entries[0].set_events(libc::POLLIN);
        assert_eq!(poll(&Uninterrupted, &mut entries, None), Ok(1));
        assert_ne!(entries[0].ready() & libc::POLLIN, 0);
    }
}
