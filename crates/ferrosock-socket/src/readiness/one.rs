//! Waiting for a single descriptor: what a socket with a timeout does before each system call.

use std::os::fd::RawFd;
use std::time::Instant;

use super::PollEntry;
use crate::sys;

/// Waits until `fd` is ready for one of `events` (`POLLIN`, `POLLOUT`), has an error or was hung up, at most until
/// `deadline` (without end if `None`; a deadline in the past only looks).
///
/// Gives whether it is ready, or the error number of poll(2): `EINTR` when a signal came, which is for the caller to
/// retry with the same deadline. A descriptor that is not open counts as ready (`POLLNVAL`): the call that follows then
/// reports it.
#[inline]
pub(crate) fn wait_one(fd: RawFd, events: i16, deadline: Option<Instant>) -> Result<bool, i32> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let mut entry = [PollEntry::new(fd, events)];
    sys::poll::poll(&mut entry, left).map(|ready| ready > 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use super::*;

    #[test]
    fn ready_at_once_when_there_are_bytes() {
        let (mut near, far) = UnixStream::pair().unwrap();
        assert_eq!(wait_one(far.as_raw_fd(), libc::POLLIN, Some(Instant::now())), Ok(false));
        near.write_all(b"x").unwrap();
        assert_eq!(wait_one(far.as_raw_fd(), libc::POLLIN, None), Ok(true));
    }

    #[test]
    fn waits_until_the_deadline_and_not_less() {
        let (_near, far) = UnixStream::pair().unwrap();
        let deadline = Instant::now() + Duration::from_micros(1500);
        assert_eq!(wait_one(far.as_raw_fd(), libc::POLLIN, Some(deadline)), Ok(false));
        assert!(Instant::now() >= deadline);
    }

    #[test]
    fn a_peer_that_left_is_ready() {
        let (near, far) = UnixStream::pair().unwrap();
        drop(near);
        assert_eq!(wait_one(far.as_raw_fd(), libc::POLLIN, None), Ok(true));
    }
}
