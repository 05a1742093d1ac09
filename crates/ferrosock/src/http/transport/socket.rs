//! Streams over sockets.

use std::io;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use ferrosock_socket::readiness::{PollEntry, poll};
use ferrosock_socket::{Error, Host, Interrupted, Socket};

use super::super::wait::Wait;
use super::Stream;

/// A peer that is gone is an error of the call, not a signal that ends the program.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SEND: i32 = libc::MSG_NOSIGNAL;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SEND: i32 = 0;

/// The longest limit that the kernel is given: a wait that is to last longer is made of several.
const LONGEST: Duration = Duration::from_secs(3600);

/// How often signals are asked for while bytes come or go without a pause; and how many times the asking's own time is left
/// between, since it may have to wait for somebody's lock.
const ASKED_EVERY: Duration = Duration::from_millis(5);
const ASKED_SPARINGLY: u32 = 16;

/// A connected stream socket.
///
/// Where the wait has an end, the call itself waits in the kernel with a limit (`SO_RCVTIMEO`) that is set anew only when the one
/// in place is too long or far too short. So a receive is one system call, with an end or without.
///
/// ```
/// use ferrosock::http::{SocketStream, Stream, Wait};
/// use ferrosock::socket::Socket;
///
/// let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// let (mut near, mut far) = (SocketStream::new(near)?, SocketStream::new(far)?);
/// assert!(far.is_quiet());
/// near.write(b"hello", &Wait::forever())?;
/// assert!(!far.is_quiet());
/// let mut space = [0; 8];
/// assert_eq!(far.read(&mut space, &Wait::forever())?, 5);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SocketStream {
    socket: Socket,
    receive_limit: Option<Duration>,
    send_limit: Option<Duration>,
    /// When signals are asked for again, and whether the last call was a receive.
    ask_at: Option<Instant>,
    received: bool,
}

impl SocketStream {
    /// A stream of a socket that is connected.
    ///
    /// # Errors
    /// Those of the system, if the socket is closed.
    pub fn new(socket: Socket) -> io::Result<Self> {
        socket.set_timeout(None)?;
        Ok(Self { socket, receive_limit: None, send_limit: None, ask_at: None, received: false })
    }

    /// Runs a transfer, again while it ends early because the kernel's limit was shorter than the wait.
    fn transfer(
        &mut self,
        wait: &Wait<'_>,
        receive: bool,
        mut call: impl FnMut(&Socket, i32) -> Result<usize, Error>,
    ) -> io::Result<usize> {
        self.ask(wait, receive)?;
        loop {
            let left = wait.left();
            if left == Some(Duration::ZERO) {
                if wait.is_over() {
                    return Err(Wait::timed_out());
                }
                return call(&self.socket, libc::MSG_DONTWAIT).map_err(|error| match error {
                    Error::Os(libc::EAGAIN) | Error::Interrupted => Wait::timed_out(),
                    error => error.into(),
                });
            }
            self.limit(left, receive)?;
            match call(&self.socket, 0) {
                Err(Error::Os(libc::EAGAIN)) if left.is_some() => {}
                // The kernel would begin its limit anew.
                Err(Error::Interrupted) => wait.interrupted().map_err(Error::from)?,
                result => return result.map_err(Into::into),
            }
        }
    }

    /// Asks for signals where calls have gone on for a while: a call that never has to wait is not interrupted by one.
    fn ask(&mut self, wait: &Wait<'_>, receive: bool) -> io::Result<()> {
        let now = Instant::now();
        // Behind what was received, a send is that of another request, which its caller has come to just now.
        let begins = self.received && !receive;
        self.received = receive;
        match self.ask_at {
            Some(at) if !begins && now < at => return Ok(()),
            Some(_) if !begins => wait.interrupted().map_err(Error::from)?,
            _ => {}
        }
        let pause = ASKED_EVERY.max(now.elapsed().saturating_mul(ASKED_SPARINGLY));
        self.ask_at = Instant::now().checked_add(pause);
        Ok(())
    }

    /// Sees to a limit that ends no later than `left`, and not so early that it is a bother.
    fn limit(&mut self, left: Option<Duration>, receive: bool) -> io::Result<()> {
        let now = if receive { self.receive_limit } else { self.send_limit };
        let wanted = match (left, now) {
            (None, None) => return Ok(()),
            (Some(left), Some(now)) if now <= left && (now >= left / 4 || now == LONGEST) => return Ok(()),
            // A little less than there is, so that the next wait of that length finds a limit that is right.
            (Some(left), _) if left > Duration::from_secs(1) => Some((left - left / 8).min(LONGEST)),
            (left, _) => left,
        };
        if receive {
            self.socket.set_receive_limit(wanted)?;
            self.receive_limit = wanted;
        } else {
            self.socket.set_send_limit(wanted)?;
            self.send_limit = wanted;
        }
        Ok(())
    }
}

/// The host of a call that ends with the first signal.
struct Once;

impl Host for Once {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        call()
    }

    fn interrupted(&self) -> Result<(), Interrupted> {
        Err(Interrupted)
    }
}

impl Stream for SocketStream {
    fn read(&mut self, space: &mut [u8], wait: &Wait<'_>) -> io::Result<usize> {
        self.transfer(wait, true, |socket, flags| socket.recv(&Once, space, flags))
    }

    fn write(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<usize> {
        self.transfer(wait, false, |socket, flags| socket.send(&Once, bytes, SEND | flags))
    }

    fn write_unless_answered(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<Option<usize>> {
        self.ask(wait, false)?;
        loop {
            if wait.is_over() {
                return Err(Wait::timed_out());
            }
            let mut entry = [PollEntry::new(self.socket.as_raw_fd(), libc::POLLIN | libc::POLLOUT)];
            if poll(wait, &mut entry, wait.left())? == 0 {
                return Err(Wait::timed_out());
            }
            if entry[0].ready() & libc::POLLIN != 0 {
                return Ok(None);
            }
            match self.socket.send(wait, bytes, SEND | libc::MSG_DONTWAIT) {
                Err(Error::Os(libc::EAGAIN)) => {}
                result => return Ok(Some(result?)),
            }
        }
    }

    fn is_quiet(&mut self) -> bool {
        let peeked = self.socket.recv(&Wait::forever(), &mut [0], libc::MSG_PEEK | libc::MSG_DONTWAIT);
        peeked == Err(Error::Os(libc::EAGAIN))
    }

    fn socket(&self) -> Option<&Socket> {
        Some(&self.socket)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::sleep;

    use super::*;

    fn pair() -> (SocketStream, SocketStream) {
        let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
        (SocketStream::new(near).unwrap(), SocketStream::new(far).unwrap())
    }

    #[test]
    fn a_wait_that_is_over_for_good_takes_nothing_more() {
        let (mut near, mut far) = pair();
        near.write(b"abc", &Wait::forever()).unwrap();
        let past = Wait::until(Some(Instant::now()));
        let mut space = [0];
        assert_eq!(far.read(&mut space, &past).unwrap(), 1);
        let over = past.and_no_longer();
        assert_eq!(far.read(&mut space, &over).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(near.write(b"d", &over).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(near.write_unless_answered(b"d", &over).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(far.read(&mut space, &Wait::forever()).unwrap(), 1);
    }

    #[test]
    fn signals_are_asked_for_where_nothing_pauses() {
        let (mut near, mut far) = pair();
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let signals = || match ASKED.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(Interrupted),
        };
        near.write(&[0; 100], &Wait::forever()).unwrap();
        let wait = Wait::with_signals(None, Some(&signals));
        let mut read = || far.read(&mut [0], &wait);
        assert_eq!((read().unwrap(), read().unwrap()), (1, 1));
        sleep(ASKED_EVERY * 2);
        assert_eq!(read().unwrap(), 1);
        sleep(ASKED_EVERY * 2);
        assert_eq!(read().unwrap_err().kind(), ErrorKind::Interrupted);
    }
}
