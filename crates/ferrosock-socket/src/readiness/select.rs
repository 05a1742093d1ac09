//! `select`: readiness of sets of small descriptors.

use std::fmt;
use std::os::fd::RawFd;
use std::time::Duration;

use super::deadline::retrying;
use crate::sys::fd_set::{self, FdSet};
use crate::{Error, Host, Result};

/// One more than the largest descriptor that [`select`] can watch (`FD_SETSIZE`).
///
/// ```
/// use ferrosock_socket::readiness::{DescriptorSet, SELECT_LIMIT};
/// assert!(DescriptorSet::new().insert(SELECT_LIMIT as i32).is_err());
/// ```
pub const SELECT_LIMIT: usize = fd_set::LIMIT;

/// A set of descriptors below [`SELECT_LIMIT`].
///
/// ```
/// use ferrosock_socket::readiness::DescriptorSet;
/// let mut set = DescriptorSet::new();
/// set.insert(3)?;
/// assert!(set.contains(3) && !set.contains(4));
/// assert_eq!(set.iter().collect::<Vec<_>>(), [3]);
/// set.remove(3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DescriptorSet {
    bits: FdSet,
    /// One more than the largest descriptor that ever was in the set.
    end: RawFd,
}

impl DescriptorSet {
    /// An empty set.
    ///
    /// ```
    /// use ferrosock_socket::readiness::DescriptorSet;
    /// assert_eq!(DescriptorSet::new().iter().count(), 0);
    /// ```
    pub fn new() -> Self {
        Self { bits: FdSet::new(), end: 0 }
    }

    /// Puts a descriptor into the set.
    ///
    /// # Errors
    /// `EINVAL` for a negative one, and for one not below [`SELECT_LIMIT`].
    ///
    /// ```
    /// use ferrosock_socket::readiness::{DescriptorSet, SELECT_LIMIT};
    /// let mut set = DescriptorSet::new();
    /// assert!(set.insert(SELECT_LIMIT as i32 - 1).is_ok());
    /// assert!(set.insert(SELECT_LIMIT as i32).is_err());
    /// ```
    pub fn insert(&mut self, descriptor: RawFd) -> Result<()> {
        if !self.bits.insert(descriptor) {
            return Err(Error::Os(libc::EINVAL));
        }
        self.end = self.end.max(descriptor + 1);
        Ok(())
    }

    /// Takes a descriptor out of the set.
    ///
    /// ```
    /// use ferrosock_socket::readiness::DescriptorSet;
    /// let mut set = DescriptorSet::new();
    /// set.insert(3)?;
    /// set.remove(3);
    /// assert!(!set.contains(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&mut self, descriptor: RawFd) {
        self.bits.remove(descriptor);
    }

    /// Whether a descriptor is in the set.
    ///
    /// ```
    /// use ferrosock_socket::readiness::DescriptorSet;
    /// assert!(!DescriptorSet::new().contains(3));
    /// ```
    pub fn contains(&self, descriptor: RawFd) -> bool {
        self.bits.contains(descriptor)
    }

    /// The descriptors, in rising order.
    ///
    /// ```
    /// use ferrosock_socket::readiness::DescriptorSet;
    /// let mut set = DescriptorSet::new();
    /// for descriptor in [7, 3] {
    ///     set.insert(descriptor)?;
    /// }
    /// assert_eq!(set.iter().collect::<Vec<_>>(), [3, 7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = RawFd> + '_ {
        (0..self.end).filter(|&descriptor| self.contains(descriptor))
    }
}

impl Default for DescriptorSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DescriptorSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The descriptors to watch, and after [`select`] those that are ready.
///
/// ```
/// use ferrosock_socket::readiness::Selection;
/// let mut selection = Selection::default();
/// selection.read.insert(0)?;
/// assert!(!selection.write.contains(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Bytes can be read, a connection accepted, or the peer is gone.
    pub read: DescriptorSet,
    /// Bytes can be written, or a connection attempt has ended.
    pub write: DescriptorSet,
    /// Something exceptional, such as out-of-band data.
    pub exceptional: DescriptorSet,
}

/// Waits until at least one descriptor of `selection` is ready, at most for `timeout` (without end if `None`), and leaves
/// the ready ones in it.
///
/// Gives how many are ready, a descriptor counting once for each of the three sets; 0 when the time ran out. See
/// [select(2)](https://man7.org/linux/man-pages/man2/select.2.html).
///
/// # Errors
/// [`Error::Os`] (`EBADF`: one is not open) or [`Error::Interrupted`]; the selection then is as before. Linux overlooks a
/// descriptor that is not open if it is far beyond all that ever were: it stays in its set, uncounted.
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsRawFd;
/// use std::os::unix::net::UnixStream;
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::readiness::{Selection, select};
///
/// let (mut near, far) = UnixStream::pair()?;
/// near.write_all(b"hello")?;
/// let mut selection = Selection::default();
/// selection.read.insert(far.as_raw_fd())?;
/// selection.read.insert(near.as_raw_fd())?;
/// assert_eq!(select(&Uninterrupted, &mut selection, None)?, 1);
/// assert!(selection.read.contains(far.as_raw_fd()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn select(host: &impl Host, selection: &mut Selection, timeout: Option<Duration>) -> Result<usize> {
    let Selection { read, write, exceptional } = selection;
    let watched = [(read.bits, read.end), (write.bits, write.end), (exceptional.bits, exceptional.end)];
    let quick = watched.iter().all(|&(_, end)| end <= 64);
    let mut found = watched;
    let ready = retrying(host, timeout, quick, |left| {
        found = watched;
        fd_set::select(&mut found, left)
    })?;
    [read.bits, write.bits, exceptional.bits] = found.map(|(bits, _)| bits);
    Ok(ready)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use super::*;
    use crate::Uninterrupted;

    #[test]
    fn sets_know_their_range() {
        let mut set = DescriptorSet::new();
        assert_eq!(set.insert(-1), Err(Error::Os(libc::EINVAL)));
        assert_eq!(set.insert(SELECT_LIMIT as RawFd), Err(Error::Os(libc::EINVAL)));
        assert!(!set.contains(-1) && !set.contains(RawFd::MAX));
        set.insert(SELECT_LIMIT as RawFd - 1).unwrap();
        set.insert(3).unwrap();
        set.insert(5).unwrap();
        set.remove(5);
        set.remove(RawFd::MAX);
        assert_eq!(set.iter().collect::<Vec<_>>(), [3, SELECT_LIMIT as RawFd - 1]);
    }

    #[test]
    fn a_writable_end_is_ready_and_a_quiet_one_is_not() {
        let (near, far) = UnixStream::pair().unwrap();
        let mut selection = Selection::default();
        selection.read.insert(far.as_raw_fd()).unwrap();
        selection.write.insert(near.as_raw_fd()).unwrap();
        assert_eq!(select(&Uninterrupted, &mut selection, None), Ok(1));
        assert_eq!(selection.read.iter().count(), 0);
        assert!(selection.write.contains(near.as_raw_fd()));
    }

    #[test]
    fn the_time_runs_out() {
        let (_near, far) = UnixStream::pair().unwrap();
        let mut selection = Selection::default();
        selection.read.insert(far.as_raw_fd()).unwrap();
        let start = Instant::now();
        assert_eq!(select(&Uninterrupted, &mut selection, Some(Duration::from_millis(5))), Ok(0));
        assert!(start.elapsed() >= Duration::from_millis(5));
        assert_eq!(selection.read.iter().count(), 0);
    }

    #[test]
    fn what_is_not_open_is_refused() {
        const UNUSED: RawFd = 61; // above what the tests have open, and low enough for Linux to look
        let mut selection = Selection::default();
        selection.read.insert(UNUSED).unwrap();
        let refused = select(&Uninterrupted, &mut selection, Some(Duration::ZERO));
        assert_eq!(refused, Err(Error::Os(libc::EBADF)));
        assert!(selection.read.contains(UNUSED));
    }
}
