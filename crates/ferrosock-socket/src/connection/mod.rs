//! Connections by name, and servers for them: what a program wants of sockets most of the time.
//!
//! [`create_connection`] looks a name up and connects to the first of its addresses that answers, trying several at once
//! if the first is slow ([`race`]); [`create_server`] makes a listening socket, for IPv4 and IPv6 alike if asked to.

mod race;
mod server;

use std::ffi::CString;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

pub use race::{ATTEMPT_DELAY, Attempt, Lost, interleaved, race};
pub use server::{ServerOptions, create_server};

use crate::address::RawAddress;
use crate::resolver::{AddressInfo, Hints, address_info};
use crate::{Error, Host, Result, Socket};

/// How to connect; the default is without a limit and from any address.
///
/// ```
/// use std::time::Duration;
/// use ferrosock_socket::connection::ConnectionOptions;
/// let patient = ConnectionOptions { timeout: Some(Duration::from_secs(30)), ..Default::default() };
/// assert_eq!(patient.source, None);
/// ```
#[derive(Clone, Debug)]
pub struct ConnectionOptions {
    /// How long all attempts together may take, and then each operation of the new socket.
    pub timeout: Option<Duration>,
    /// How long an attempt is alone before the next one joins it.
    pub attempt_delay: Duration,
    /// What to bind sockets to before they connect.
    pub source: Option<RawAddress>,
    /// The address family to keep to, 0 (`AF_UNSPEC`) for any.
    pub family: i32,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self { timeout: None, attempt_delay: ATTEMPT_DELAY, source: None, family: libc::AF_UNSPEC }
    }
}

/// Connects to a TCP service by its host's name (or numeric address) and port.
///
/// Happy Eyeballs, [RFC 8305](https://www.rfc-editor.org/rfc/rfc8305): the addresses of the name are tried with the
/// families in turn, the next one as soon as the last has failed or [`attempt_delay`](ConnectionOptions::attempt_delay)
/// has passed; the first to answer wins and the others are closed.
///
/// # Errors
/// [`Error::AddressInfo`] if the name has no address, [`Error::TimedOut`], else the error of an address
/// ([`Lost::into_error`]); all of them come from [`connect_first`].
///
/// ```
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::address::Address;
/// use ferrosock_socket::connection::{create_connection, create_server};
/// let server = create_server(&Uninterrupted, &"127.0.0.1:0".parse()?, &Default::default())?;
/// let Some(Address::Inet { port, .. }) = Address::from_raw(&server.local_address()?, 0) else { unreachable!() };
/// let client = create_connection(&Uninterrupted, "127.0.0.1", port, &Default::default())?;
/// client.send(&Uninterrupted, b"hello", 0)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create_connection(
    host: &impl Host,
    name: &str,
    port: u16,
    options: &ConnectionOptions,
) -> Result<Socket> {
    let node = CString::new(name).map_err(|_| Error::AddressInfo(libc::EAI_NONAME))?;
    let service = CString::new(port.to_string()).map_err(|_| Error::AddressInfo(libc::EAI_SERVICE))?;
    let hints = Hints { family: options.family, kind: libc::SOCK_STREAM, ..Hints::default() };
    let addresses = address_info(host, Some(&node), Some(&service), hints)?;
    connect_first(host, &addresses, options).map_err(Lost::into_error)
}

/// Connects to the first of some addresses that answers, as [`create_connection`] does.
///
/// # Errors
/// [`Lost::All`] with the error of each address that was tried, in their order of trial; [`Lost::Stopped`] if the host
/// gave up after a signal.
///
/// ```
/// use ferrosock_socket::connection::{Lost, connect_first};
/// use ferrosock_socket::{Error, Uninterrupted};
/// let nowhere = connect_first(&Uninterrupted, &[], &Default::default());
/// assert_eq!(nowhere.map(drop), Err(Lost::All(Vec::new())));
/// ```
pub fn connect_first(
    host: &impl Host,
    addresses: &[AddressInfo],
    options: &ConnectionOptions,
) -> std::result::Result<Socket, Lost<Error>> {
    let order = interleaved(addresses.iter().map(|info| info.family));
    let winner = race(host, order.len(), options.attempt_delay, options.timeout, |turn| {
        let Some(info) = order.get(turn).and_then(|&index| addresses.get(index)) else {
            return Err(Error::AddressInfo(libc::EAI_NONAME));
        };
        Ok(match begin(host, info, options) {
            Ok(attempt) => attempt,
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => Attempt::Failed(error),
        })
    })?;
    winner.set_timeout(options.timeout).map_err(Lost::Stopped)?;
    Ok(winner)
}

/// Opens a socket and begins to connect it, without waiting.
fn begin(
    host: &impl Host,
    info: &AddressInfo,
    options: &ConnectionOptions,
) -> Result<Attempt<Socket, Error>> {
    let socket = Socket::open(info.family, info.kind, info.protocol)?;
    socket.set_timeout(Some(Duration::ZERO))?;
    if let Some(source) = &options.source {
        socket.bind(host, source)?;
    }
    match socket.connect_ex(host, &info.address)? {
        0 => Ok(Attempt::Connected(socket)),
        libc::EINPROGRESS => Ok(Attempt::Connecting(socket)),
        code => Err(Error::Os(code)),
    }
}

impl Socket {
    /// Connects as [`connect`](Socket::connect) does, but gives the system's error number as a value: 0 for success,
    /// `EAGAIN` when the timeout ran out, `EINPROGRESS` if the socket doesn't wait.
    ///
    /// # Errors
    /// [`Error::Interrupted`] and other errors that have no number.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::connection::create_server;
    /// let server = create_server(&Uninterrupted, &"127.0.0.1:0".parse()?, &Default::default())?;
    /// let address = server.local_address()?;
    /// drop(server);
    /// let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert_eq!(client.connect_ex(&Uninterrupted, &address)?, libc::ECONNREFUSED);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn connect_ex(&self, host: &impl Host, address: &RawAddress) -> Result<i32> {
        match self.connect(host, address) {
            Ok(()) => Ok(0),
            Err(Error::Os(code)) => Ok(code),
            Err(Error::TimedOut) => Ok(libc::EAGAIN),
            Err(error) => Err(error),
        }
    }
}

/// An attempt whose socket somebody else keeps: its number among the attempts, and its descriptor.
///
/// ```
/// use std::os::fd::AsRawFd;
/// use ferrosock_socket::connection::Elsewhere;
/// assert_eq!(Elsewhere { turn: 0, descriptor: 7 }.as_raw_fd(), 7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Which attempt it is.
    pub turn: usize,
    /// The socket's descriptor, which stays open until the race is over.
    pub descriptor: RawFd,
}

impl AsRawFd for Elsewhere {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor
    }
}
