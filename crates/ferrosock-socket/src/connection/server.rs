//! Servers: sockets that are bound and listen.

use crate::address::Address;
use crate::socket::DEFAULT_BACKLOG;
use crate::{Error, Host, Result, Socket};

/// How a server listens.
///
/// ```
/// use ferrosock_socket::connection::ServerOptions;
/// let shared = ServerOptions { reuse_port: true, ..Default::default() };
/// assert!(shared.backlog > 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// How many connections may wait to be accepted.
    pub backlog: i32,
    /// Let other sockets listen at the same address, and have the system share connections out (`SO_REUSEPORT`).
    pub reuse_port: bool,
    /// Serve IPv4 by an IPv6 address too: the peers' addresses then are mapped ones, such as `::ffff:192.0.2.1`.
    pub dual_stack: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self { backlog: DEFAULT_BACKLOG, reuse_port: false, dual_stack: false }
    }
}

/// Makes a TCP socket that is bound to an address and listens. The address can be taken again at once after the server is
/// gone (`SO_REUSEADDR`).
///
/// # Errors
/// What the system says: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES` ...; `EINVAL` for a dual stack at an address that is not
/// of IPv6, `EAFNOSUPPORT` without IPv6.
///
/// ```
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::connection::{ServerOptions, create_server};
/// let server = create_server(&Uninterrupted, &"127.0.0.1:0".parse()?, &ServerOptions::default())?;
/// assert_eq!(server.local_address()?.family(), libc::AF_INET);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create_server(host: &impl Host, address: &Address, options: &ServerOptions) -> Result<Socket> {
    let raw = address.to_raw()?;
    if options.dual_stack && raw.family() != libc::AF_INET6 {
        return Err(Error::Os(libc::EINVAL));
    }
    let server = Socket::open(raw.family(), libc::SOCK_STREAM, 0)?;
    server.set_int_option(libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
    if options.reuse_port {
        server.set_int_option(libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
    }
    if raw.family() == libc::AF_INET6 {
        server.set_int_option(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, i32::from(!options.dual_stack))?;
    }
    server.bind(host, &raw)?;
    server.listen(host, options.backlog)?;
    Ok(server)
}
