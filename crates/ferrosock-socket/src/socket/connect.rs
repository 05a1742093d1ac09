//! Names, connections and their ends.

use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering::Relaxed;

use super::{Interest, Socket, owned};
use crate::address::RawAddress;
use crate::{Error, Host, Result, sys};

impl Socket {
    /// Gives the socket a name of its own: the address at which peers reach it.
    ///
    /// # Errors
    /// What the system says: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES` ...
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// assert_ne!(server.local_address()?, "127.0.0.1:0".parse::<Address>()?.to_raw()?); // the system has chosen a port
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bind(&self, host: &impl Host, address: &RawAddress) -> Result<()> {
        let fd = self.fileno();
        host.blocking(|| sys::bind(fd, address)).map_err(Error::Os)
    }

    /// Makes the socket one that accepts connections, of which up to `backlog` wait to be accepted. A negative backlog
    /// counts as 0; the system has a cap (`SOMAXCONN`).
    ///
    /// # Errors
    /// What the system says: `EOPNOTSUPP` for a socket without connections ...
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// server.listen(&Uninterrupted, 8)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listen(&self, host: &impl Host, backlog: i32) -> Result<()> {
        let fd = self.fileno();
        host.blocking(|| sys::listen(fd, backlog.max(0))).map_err(Error::Os)
    }

    /// Accepts the next connection: a new socket, blocking, and the peer's address.
    ///
    /// # Errors
    /// [`Error::TimedOut`], [`Error::Interrupted`], or what the system says: `EAGAIN`, `EINVAL` for a socket that does not
    /// listen, `EMFILE` ...
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// server.listen(&Uninterrupted, 8)?;
    /// let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// client.connect(&Uninterrupted, &server.local_address()?)?;
    /// let (connection, peer) = server.accept(&Uninterrupted)?;
    /// assert_eq!(peer, client.local_address()?);
    /// # drop(connection);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accept(&self, host: &impl Host) -> Result<(Self, RawAddress)> {
        let (descriptor, peer) = self.accept_descriptor(host)?;
        Ok((Self::adopt(descriptor, self.identity()), peer))
    }

    /// Accepts the next connection as a mere descriptor, closed on exec.
    ///
    /// # Errors
    /// As [`accept`](Socket::accept).
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// server.listen(&Uninterrupted, 8)?;
    /// let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// client.connect(&Uninterrupted, &server.local_address()?)?;
    /// let (descriptor, _peer) = server.accept_descriptor(&Uninterrupted)?;
    /// let connection = Socket::adopt(descriptor, server.identity());
    /// connection.send(&Uninterrupted, b"hello", 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accept_descriptor(&self, host: &impl Host) -> Result<(OwnedFd, RawAddress)> {
        let (fd, peer) = self.perform(host, Interest::Read, sys::accept)?;
        Ok((owned(fd), peer))
    }

    /// Accepts the next connection as a socket that does not wait, as event loops want it: where the system can, that is one
    /// call (`accept4`).
    ///
    /// # Errors
    /// As [`accept`](Socket::accept).
    ///
    /// ```
    /// use ferrosock_socket::{Error, Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// server.listen(&Uninterrupted, 8)?;
    /// let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// client.connect(&Uninterrupted, &server.local_address()?)?;
    /// let (connection, _peer) = server.accept_nonblocking(&Uninterrupted)?;
    /// assert_eq!(connection.recv(&Uninterrupted, &mut [0; 8], 0), Err(Error::Os(libc::EAGAIN)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accept_nonblocking(&self, host: &impl Host) -> Result<(Self, RawAddress)> {
        let (fd, peer) = self.perform(host, Interest::Read, sys::accept_nonblocking)?;
        let connection = Self::adopt(owned(fd), self.identity());
        connection.timeout.store(0, Relaxed);
        Ok((connection, peer))
    }

    /// Connects to an address, within the socket's timeout.
    ///
    /// # Errors
    /// [`Error::TimedOut`], [`Error::Interrupted`], or what the system says: `ECONNREFUSED`, `EINPROGRESS` if the socket
    /// doesn't wait, `ENETUNREACH` ...
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// server.listen(&Uninterrupted, 8)?;
    /// let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// client.connect(&Uninterrupted, &server.local_address()?)?;
    /// assert_eq!(client.peer_address()?, server.local_address()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn connect(&self, host: &impl Host, address: &RawAddress) -> Result<()> {
        let deadline = self.deadline();
        self.reply.connected(address);
        // A signal leaves the attempt of an internet socket going on in the background, and ends that of a Unix socket that
        // waits for room in the listener's queue. To call connect again is right for both: it tells how the attempt stands,
        // or begins another.
        let mut interrupted = false;
        loop {
            let fd = self.fileno();
            match host.blocking(|| sys::connect(fd, address)) {
                Ok(()) => return Ok(()),
                Err(libc::EINTR) => {
                    host.interrupted()?;
                    if self.timeout().is_some_and(|limit| limit.is_zero()) {
                        return Err(Error::Os(libc::EINTR));
                    }
                    interrupted = true;
                }
                Err(libc::EISCONN) if interrupted => return Ok(()),
                Err(libc::EALREADY) if interrupted => break,
                Err(libc::EINPROGRESS) if interrupted || deadline.is_some() => break,
                Err(code) => return Err(Error::Os(code)),
            }
        }
        self.await_readiness(host, Interest::Connect, deadline)?;
        match sys::int_option(self.fileno(), libc::SOL_SOCKET, libc::SO_ERROR).map_err(Error::Os)? {
            0 | libc::EISCONN => Ok(()),
            code => Err(Error::Os(code)),
        }
    }

    /// Ends one or both directions of a connection: `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`.
    ///
    /// # Errors
    /// What the system says: `ENOTCONN`, `EINVAL` for another `how`.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.shutdown(&Uninterrupted, libc::SHUT_WR)?;
    /// assert_eq!(b.recv(&Uninterrupted, &mut [0; 8], 0)?, 0); // the end
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self, host: &impl Host, how: i32) -> Result<()> {
        let fd = self.fileno();
        host.blocking(|| sys::shutdown(fd, how)).map_err(Error::Os)
    }

    /// The socket's own address.
    ///
    /// # Errors
    /// `EBADF` if it is closed.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// use ferrosock_socket::address::Address;
    /// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
    /// assert_eq!(server.local_address()?.family(), libc::AF_INET);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn local_address(&self) -> Result<RawAddress> {
        sys::local_address(self.fileno()).map_err(Error::Os)
    }

    /// The peer's address.
    ///
    /// # Errors
    /// `ENOTCONN` if there is no peer.
    ///
    /// ```
    /// use ferrosock_socket::{Error, Socket};
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert_eq!(socket.peer_address(), Err(Error::Os(libc::ENOTCONN)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn peer_address(&self) -> Result<RawAddress> {
        sys::peer_address(self.fileno()).map_err(Error::Os)
    }
}
