//! Happy Eyeballs: several attempts to connect at once, of which the first to succeed wins
//! ([RFC 8305](https://www.rfc-editor.org/rfc/rfc8305)).
//!
//! The race knows nothing of names or of how a socket is opened: it asks for one attempt after another, waits until one of
//! those that run is connected, and asks for the next when the last has failed or has run alone for long enough.

use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use crate::readiness::{PollEntry, poll};
use crate::{Error, Host, sys};

/// How long an attempt is alone before the next one joins it: the RFC's recommendation (section 5).
///
/// ```
/// use std::time::Duration;
/// use ferrosock_socket::connection::ATTEMPT_DELAY;
/// assert!((Duration::from_millis(100)..=Duration::from_secs(2)).contains(&ATTEMPT_DELAY)); // the RFC's bounds
/// ```
pub const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// What has become of the beginning of an attempt.
///
/// ```
/// use ferrosock_socket::connection::Attempt;
/// use ferrosock_socket::{Error, Socket};
/// let failed: Attempt<Socket, Error> = Attempt::Failed(Error::TimedOut);
/// assert!(matches!(failed, Attempt::Failed(_)));
/// ```
#[derive(Debug)]
pub enum Attempt<S, E> {
    /// It has succeeded at once.
    Connected(S),
    /// It goes on; the socket does not block.
    Connecting(S),
    /// It has failed, and the next one may begin.
    Failed(E),
}

/// Why nobody won.
///
/// ```
/// use ferrosock_socket::Error;
/// use ferrosock_socket::connection::Lost;
/// let all = Lost::All(vec![Error::Os(libc::ECONNREFUSED), Error::TimedOut]);
/// assert_ne!(all, Lost::Stopped(Error::Interrupted));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost<E> {
    /// The race was stopped: by a signal, or by what should have begun an attempt.
    Stopped(E),
    /// Each attempt that was made has failed, for these reasons in the order of the attempts. Those that still ran when the
    /// time was over have timed out.
    All(Vec<E>),
}

impl Lost<Error> {
    /// The one error that says most: the last one that came from elsewhere, for that this machine has no way to an address,
    /// as it has none to those of IPv6 where that is off, is seldom the reason; else the last one.
    ///
    /// ```
    /// use ferrosock_socket::Error;
    /// use ferrosock_socket::connection::Lost;
    /// let lost = |codes: &[i32]| Lost::All(codes.iter().copied().map(Error::Os).collect());
    /// let both = lost(&[libc::ECONNREFUSED, libc::ENETUNREACH]);
    /// assert_eq!(both.into_error(), Error::Os(libc::ECONNREFUSED));
    /// assert_eq!(lost(&[libc::ENETUNREACH]).into_error(), Error::Os(libc::ENETUNREACH));
    /// ```
    #[must_use]
    pub fn into_error(self) -> Error {
        let no_way = |error: &Error| {
            matches!(error, Error::Os(libc::EADDRNOTAVAIL | libc::EAFNOSUPPORT | libc::ENETUNREACH))
        };
        match self {
            Self::Stopped(error) => error,
            Self::All(mut errors) => {
                let at = errors.iter().rposition(|error| !no_way(error));
                let last = at.map(|at| errors.swap_remove(at)).or_else(|| errors.pop());
                last.unwrap_or(Error::AddressInfo(libc::EAI_NONAME))
            }
        }
    }
}

/// Runs a race of `count` attempts within `limit`, and gives the first socket that is connected. The others are dropped.
///
/// `begin(turn)` begins an attempt. An error of it stops the race.
///
/// # Errors
/// [`Lost::All`] if no attempt succeeded, [`Lost::Stopped`] with an error of `begin`, or with [`Error::Interrupted`].
///
/// ```
/// use ferrosock_socket::connection::{ATTEMPT_DELAY, Attempt, Lost, race};
/// use ferrosock_socket::{Error, Socket, Uninterrupted};
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// let mut lanes = vec![Attempt::Connecting(a), Attempt::Failed(Error::Os(libc::ENETUNREACH))];
/// let won = race(&Uninterrupted, 2, ATTEMPT_DELAY, None, |_| lanes.pop().ok_or(Error::TimedOut));
/// assert!(won.is_ok());
/// # drop(b);
/// # Ok::<(), Error>(())
/// ```
pub fn race<S: AsRawFd, E: From<Error>>(
    host: &impl Host,
    count: usize,
    delay: Duration,
    limit: Option<Duration>,
    mut begin: impl FnMut(usize) -> Result<Attempt<S, E>, E>,
) -> Result<S, Lost<E>> {
    let mut now = Instant::now();
    // A limit beyond what the clock can say is none.
    let deadline = limit.and_then(|limit| now.checked_add(limit));
    let mut running: Vec<(usize, S)> = Vec::new();
    let mut failed: Vec<(usize, E)> = Vec::new();
    let (mut next, mut next_at) = (0, now);
    loop {
        if next < count && (running.is_empty() || now >= next_at) {
            let turn = next;
            next += 1;
            match begin(turn).map_err(Lost::Stopped)? {
                Attempt::Connected(socket) => return Ok(socket),
                Attempt::Connecting(socket) => {
                    running.push((turn, socket));
                    now = Instant::now();
                    next_at = now.checked_add(delay).unwrap_or(now);
                }
                Attempt::Failed(error) => {
                    failed.push((turn, error));
                    now = Instant::now();
                    next_at = now;
                }
            }
        } else if running.is_empty() {
            break;
        } else {
            let wake = match (deadline, (next < count).then_some(next_at)) {
                (Some(end), Some(next)) => Some(end.min(next)),
                (end, next) => end.or(next),
            };
            let mut entries: Vec<_> = running
                .iter()
                .map(|(_, socket)| PollEntry::new(socket.as_raw_fd(), libc::POLLOUT | libc::POLLERR))
                .collect();
            let left = wake.map(|wake| wake.saturating_duration_since(now));
            poll(host, &mut entries, left).map_err(|error| Lost::Stopped(error.into()))?;
            let mut still = Vec::with_capacity(running.len());
            for ((turn, socket), entry) in running.into_iter().zip(&entries) {
                if entry.ready() == 0 {
                    still.push((turn, socket));
                    continue;
                }
                match sys::int_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ERROR) {
                    Ok(0 | libc::EISCONN) => return Ok(socket),
                    Ok(code) | Err(code) => {
                        failed.push((turn, Error::Os(code).into()));
                        next_at = now; // no need to wait for one that has failed
                    }
                }
            }
            running = still;
            now = Instant::now();
        }
        if deadline.is_some_and(|end| now >= end) {
            // One that is still to be begun has had no chance, and so has no error.
            failed.extend(running.drain(..).map(|(turn, _)| (turn, Error::TimedOut.into())));
            if failed.is_empty() {
                failed.push((next, Error::TimedOut.into()));
            }
            break;
        }
    }
    failed.sort_by_key(|(turn, _)| *turn);
    Err(Lost::All(failed.into_iter().map(|(_, error)| error).collect()))
}

/// The order in which to try addresses of these families: one of each family in turn, beginning with that of the first
/// (RFC 8305 section 4), so that a family that does not work costs one attempt before another is tried. Within a family
/// the order stays.
///
/// ```
/// use ferrosock_socket::connection::interleaved;
/// let (v4, v6) = (libc::AF_INET, libc::AF_INET6);
/// assert_eq!(interleaved([v6, v6, v6, v4, v4]), [0, 3, 1, 4, 2]);
/// ```
pub fn interleaved(families: impl IntoIterator<Item = i32>) -> Vec<usize> {
    let mut groups: Vec<(i32, Vec<usize>)> = Vec::new();
    let mut count = 0;
    for family in families {
        match groups.iter_mut().find(|(known, _)| *known == family) {
            Some((_, group)) => group.push(count),
            None => groups.push((family, vec![count])),
        }
        count += 1;
    }
    (0..count)
        .flat_map(|round| groups.iter().filter_map(move |(_, group)| group.get(round).copied()))
        .collect()
}
