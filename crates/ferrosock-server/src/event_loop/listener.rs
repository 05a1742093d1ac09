//! Sockets that listen, one for each loop.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};

use ferrosock_socket::address::{Address, UnixName};
use ferrosock_socket::connection::{ServerOptions, create_server};
use ferrosock_socket::{Error, Result, Socket, Uninterrupted};

pub(crate) struct Listener {
    pub(crate) socket: Socket,
    local: Option<Address>,
    /// Whether a connection's own address has to be asked for.
    wild: bool,
}

impl Listener {
    fn new(socket: Socket) -> Result<Self> {
        socket.set_blocking(false)?;
        let local = Address::from_raw(&socket.local_address()?, 0);
        let wild = match &local {
            Some(Address::Inet { ip, .. }) => ip.is_unspecified(),
            Some(Address::Inet6 { ip, .. }) => ip.is_unspecified(),
            _ => false,
        };
        if matches!(local, Some(Address::Inet { .. } | Address::Inet6 { .. })) {
            // Connections inherit it: an answer goes at once.
            socket.set_int_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1)?;
        }
        Ok(Self { socket, local, wild })
    }

    /// One listener for each of `count` loops, among which the system shares connections out.
    pub(crate) fn tcp(address: SocketAddr, backlog: i32, count: usize) -> Result<Vec<Self>> {
        let options = ServerOptions { backlog, reuse_port: count > 1, ..ServerOptions::default() };
        let mut address = Address::from(address);
        let mut listeners = Vec::with_capacity(count);
        for _ in 0..count {
            let socket = create_server(&Uninterrupted, &address, &options)?;
            // The port that the system has chosen is that of all.
            address = Address::from_raw(&socket.local_address()?, 0).unwrap_or(address);
            listeners.push(Self::new(socket)?);
        }
        Ok(listeners)
    }

    pub(crate) fn unix(name: &UnixName, backlog: i32, count: usize) -> Result<Vec<Self>> {
        let socket = Socket::open(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
        socket.bind(&Uninterrupted, &Address::Unix(name.clone()).to_raw()?)?;
        socket.listen(&Uninterrupted, backlog)?;
        Self::shared(socket, count)
    }

    /// Listeners around a descriptor that listens already.
    pub(crate) fn adopted(descriptor: OwnedFd, count: usize) -> Result<Vec<Self>> {
        let identity = Socket::identify(descriptor.as_raw_fd(), None, None, None)?;
        let socket = Socket::adopt(descriptor, identity);
        if identity.kind != libc::SOCK_STREAM
            || socket.int_option(libc::SOL_SOCKET, libc::SO_ACCEPTCONN).is_ok_and(|listens| listens == 0)
        {
            return Err(Error::Os(libc::EINVAL));
        }
        Self::shared(socket, count)
    }

    /// One descriptor a loop, of the same socket.
    fn shared(socket: Socket, count: usize) -> Result<Vec<Self>> {
        let mut listeners = Vec::with_capacity(count);
        for _ in 1..count {
            listeners.push(Self::new(socket.duplicate()?)?);
        }
        listeners.push(Self::new(socket)?);
        Ok(listeners)
    }

    pub(crate) fn local(&self) -> Option<&Address> {
        self.local.as_ref()
    }

    /// The address at which a connection was accepted.
    pub(crate) fn local_of(&self, connection: &Socket) -> Option<Address> {
        if self.wild {
            return connection.local_address().ok().and_then(|raw| Address::from_raw(&raw, 0));
        }
        self.local.clone()
    }
}
