//! TCP by name, with Happy Eyeballs.

use std::ffi::CString;
use std::io;
use std::net::IpAddr;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock_socket::address::RawAddress;
use ferrosock_socket::connection::{ATTEMPT_DELAY, ConnectionOptions, Lost, connect_first};
use ferrosock_socket::resolver::{AddressInfo, Hints, address_info};
use ferrosock_socket::{Error, Host, Uninterrupted};

use super::super::wait::Wait;
use super::{Connector, SocketStream, Stream};

/// How often a wait that a signal does not end looks for one.
const SLICE: Duration = Duration::from_millis(100);

/// Connects by TCP: looks the name up, and tries its addresses as RFC 8305 says.
///
/// The system's lookup cannot be cut short, so that where there is an end to the wait, a name is looked up by a thread of its own,
/// which is left alone if it takes too long.
///
/// ```
/// use ferrosock::http::{Client, TcpConnector};
///
/// let only_v4 = TcpConnector { family: libc::AF_INET, ..TcpConnector::default() };
/// let client = Client::builder().connector(only_v4).build()?;
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TcpConnector {
    /// How long an attempt is alone before the next one joins it.
    pub attempt_delay: Duration,
    /// What to bind sockets to before they connect.
    pub source: Option<RawAddress>,
    /// The address family to keep to, 0 (`AF_UNSPEC`) for any.
    pub family: i32,
    /// Whether the system looks after idle connections (`SO_KEEPALIVE`).
    pub keep_alive: bool,
}

impl Default for TcpConnector {
    fn default() -> Self {
        Self { attempt_delay: ATTEMPT_DELAY, source: None, family: libc::AF_UNSPEC, keep_alive: true }
    }
}

impl Connector for TcpConnector {
    fn connect(&self, host: &str, port: u16, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
        let addresses = look_up(host, port, self.family, wait)?;
        let options = ConnectionOptions {
            timeout: wait.left(),
            attempt_delay: self.attempt_delay,
            source: self.source,
            family: self.family,
        };
        let socket = connect_first(wait, &addresses, &options).map_err(cause)?;
        // A head and a body that follow one another must not wait for the peer's acknowledgement.
        socket.set_int_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1)?;
        if self.keep_alive {
            socket.set_int_option(libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1)?;
        }
        Ok(Box::new(SocketStream::new(socket)?))
    }
}

/// Why there is no connection: the limit of time, if that has ended an attempt, and else the error that says most.
fn cause(lost: Lost<Error>) -> Error {
    match lost {
        Lost::All(errors) if errors.contains(&Error::TimedOut) => Error::TimedOut,
        lost => lost.into_error(),
    }
}

/// The addresses of a host, as streams reach them.
pub(crate) fn look_up(host: &str, port: u16, family: i32, wait: &Wait<'_>) -> io::Result<Vec<AddressInfo>> {
    let node = CString::new(host).map_err(|_| Error::AddressInfo(libc::EAI_NONAME))?;
    let service = CString::new(port.to_string()).map_err(|_| Error::AddressInfo(libc::EAI_SERVICE))?;
    let hints = Hints { family, kind: libc::SOCK_STREAM, ..Hints::default() };
    if host.parse::<IpAddr>().is_ok() || wait.deadline().is_none() {
        return Ok(address_info(wait, Some(&node), Some(&service), hints)?);
    }
    let (sender, receiver) = channel();
    thread::Builder::new().name("ferrosock-lookup".to_owned()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(address_info(&Uninterrupted, Some(&node), Some(&service), hints));
    })?;
    loop {
        let left = wait.left().unwrap_or(SLICE).min(SLICE);
        match receiver.recv_timeout(left) {
            Ok(found) => return Ok(found?),
            Err(RecvTimeoutError::Disconnected) => return Err(Error::AddressInfo(libc::EAI_FAIL).into()),
            Err(RecvTimeoutError::Timeout) => {
                wait.interrupted().map_err(Error::from)?;
                if wait.deadline().is_some_and(|end| Instant::now() >= end) {
                    return Err(Wait::timed_out());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_has_ended_an_attempt_is_the_cause() {
        let (refused, unreachable) = (Error::Os(libc::ECONNREFUSED), Error::Os(libc::ENETUNREACH));
        for (errors, expected) in [
            (vec![Error::TimedOut, refused.clone()], Error::TimedOut),
            (vec![refused.clone(), Error::TimedOut], Error::TimedOut),
            (vec![unreachable, refused.clone()], refused.clone()),
            (vec![], Error::AddressInfo(libc::EAI_NONAME)),
        ] {
            assert_eq!(cause(Lost::All(errors)), expected);
        }
        assert_eq!(cause(Lost::Stopped(Error::Interrupted)), Error::Interrupted);
    }
}
