//! [`Socket`]: one end of a conversation, and its life.

mod batch;
mod connect;
mod control;
mod file;
mod message;
mod options;
mod reply;
mod rights;
mod transfer;

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

pub use batch::{Datagram, DatagramBatch, ReceivedDatagram};
pub use control::{ControlBuffer, ControlMessage, ControlMessages, control_length, control_space};
pub use message::Received;
pub use rights::ReceivedDescriptors;

use crate::{Error, Host, Result, readiness, sys};
use reply::Reply;

/// The backlog that [`Socket::listen`] takes if none is given: as many waiting connections as the system allows, but no
/// more than 128.
///
/// ```
/// use ferrosock_socket::{DEFAULT_BACKLOG, Socket, Uninterrupted};
/// let listener = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
/// listener.listen(&Uninterrupted, DEFAULT_BACKLOG)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const DEFAULT_BACKLOG: i32 = if libc::SOMAXCONN < 128 { libc::SOMAXCONN } else { 128 };

/// The most bytes that are transferred by a call that the host tries first: the copying of more is worth its preparations.
const TRIED_FIRST: usize = 64 * 1024;

/// The descriptor of a socket that is closed.
const CLOSED: RawFd = -1;

/// The timeout, in nanoseconds, of a socket that has none. A second, as CPython's `_ssl` expects it.
const NO_TIMEOUT: i64 = -1_000_000_000;

/// A socket of any family, in the semantics of
/// [Python's socket objects](https://docs.python.org/3/library/socket.html#socket-objects).
///
/// - It owns its descriptor: a dropped socket closes. Descriptors are not inherited by programs started later.
/// - [`accept`](Socket::accept) gives a new socket and the peer's address; a listening socket only makes connections.
/// - [`send`](Socket::send) returns how much went; the rest is the caller's.
/// - With a [timeout](Socket::set_timeout), an operation that does not finish in time fails with [`Error::TimedOut`].
///   Interrupted calls go on with what is left of the time, measured by a monotonic clock.
/// - After [`close`](Socket::close), every operation fails with `EBADF`, and the peer sees the end after the queued data.
///
/// All methods take `&self`: threads may share a socket, one to read and one to write, as they do in Python. Closing a
/// socket that another thread is using is a race on the descriptor's number, which the operating system may give to the
/// next file that opens; prefer [`shutdown`](Socket::shutdown) first.
///
/// The layout is fixed (`repr(C)`): CPython's `_ssl` reads the fields of a socket object up to the timeout in this
/// order. [`embedder`](Socket::embedder) is a word in it that belongs to whoever embeds the socket.
///
/// ```
/// use ferrosock_socket::{Socket, Uninterrupted};
/// use ferrosock_socket::address::Address;
/// let server = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
/// server.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
/// server.listen(&Uninterrupted, 8)?;
/// let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
/// client.connect(&Uninterrupted, &server.local_address()?)?;
/// let (connection, _peer) = server.accept(&Uninterrupted)?;
/// client.send_all(&Uninterrupted, b"hello", 0)?;
/// let mut room = [0; 16];
/// let count = connection.recv(&Uninterrupted, &mut room, 0)?;
/// assert_eq!(&room[..count], b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct Socket {
    descriptor: AtomicI32,
    family: AtomicI32,
    kind: AtomicI32,
    protocol: AtomicI32,
    embedder: AtomicUsize,
    /// Nanoseconds; 0 for a non-blocking socket, [`NO_TIMEOUT`] for a blocking one.
    timeout: AtomicI64,
    reply: Reply,
}

const _: () = {
    assert!(std::mem::offset_of!(Socket, descriptor) == 0);
    assert!(std::mem::offset_of!(Socket, family) == 4);
    assert!(std::mem::offset_of!(Socket, kind) == 8);
    assert!(std::mem::offset_of!(Socket, protocol) == 12);
    assert!(std::mem::offset_of!(Socket, embedder) == 16);
    assert!(
        std::mem::offset_of!(Socket, timeout) == 16 + size_of::<usize>().next_multiple_of(align_of::<i64>())
    );
};

impl Socket {
    /// Where the timeout lies in the layout, for who compares it with another's: nanoseconds, as an `i64`.
    #[doc(hidden)]
    pub const TIMEOUT_OFFSET: usize = std::mem::offset_of!(Socket, timeout);
}

/// What a socket is: the family, type and protocol that it was made with.
///
/// ```
/// use ferrosock_socket::Socket;
/// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
/// let identity = socket.identity();
/// assert_eq!((identity.family, identity.kind, identity.protocol), (libc::AF_INET, libc::SOCK_STREAM, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The address family (`AF_*`).
    pub family: i32,
    /// The type (`SOCK_*`), without flags.
    pub kind: i32,
    /// The protocol, 0 for the family's default.
    pub protocol: i32,
}

impl Socket {
    /// A socket that is not open yet: every operation fails with `EBADF` until [`install`](Socket::install).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// assert_eq!(Socket::unopened(0).fileno(), -1);
    /// ```
    pub const fn unopened(embedder: usize) -> Self {
        Self {
            descriptor: AtomicI32::new(CLOSED),
            family: AtomicI32::new(0),
            kind: AtomicI32::new(0),
            protocol: AtomicI32::new(0),
            embedder: AtomicUsize::new(embedder),
            timeout: AtomicI64::new(NO_TIMEOUT),
            reply: Reply::new(),
        }
    }

    /// Opens a socket: `socket(2)`. A `kind` with `SOCK_NONBLOCK` gives a non-blocking one.
    ///
    /// # Errors
    /// What the system says: an unknown family, type or protocol, no permission, no descriptors left.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert_eq!(socket.identity().kind, libc::SOCK_STREAM);
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn open(family: i32, kind: i32, protocol: i32) -> Result<Self> {
        let socket = Self::unopened(0);
        socket.install(Self::open_descriptor(family, kind, protocol)?, Identity { family, kind, protocol });
        Ok(socket)
    }

    /// Opens the descriptor for a socket: `socket(2)`, closed on exec.
    ///
    /// # Errors
    /// As [`open`](Socket::open).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let descriptor = Socket::open_descriptor(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    /// # drop(descriptor);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_descriptor(family: i32, kind: i32, protocol: i32) -> Result<OwnedFd> {
        let fd = sys::open(family, kind, protocol).map_err(Error::Os)?;
        Ok(owned(fd))
    }

    /// Opens two sockets that are connected to each other: `socketpair(2)`.
    ///
    /// # Errors
    /// What the system says; most families but `AF_UNIX` have no pairs (`EOPNOTSUPP`).
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.send(&Uninterrupted, b"hello", 0)?;
    /// let mut room = [0; 16];
    /// let count = b.recv(&Uninterrupted, &mut room, 0)?;
    /// assert_eq!(&room[..count], b"hello");
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn pair(family: i32, kind: i32, protocol: i32) -> Result<(Self, Self)> {
        let (first, second) = Self::pair_descriptors(family, kind, protocol)?;
        let identity = Identity { family, kind, protocol };
        Ok((Self::adopt(first, identity), Self::adopt(second, identity)))
    }

    /// Opens the descriptors of two connected sockets.
    ///
    /// # Errors
    /// As [`pair`](Socket::pair).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let (first, second) = Socket::pair_descriptors(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// # drop((first, second));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pair_descriptors(family: i32, kind: i32, protocol: i32) -> Result<(OwnedFd, OwnedFd)> {
        let (first, second) = sys::open_pair(family, kind, protocol).map_err(Error::Os)?;
        Ok((owned(first), owned(second)))
    }

    /// A socket around an open descriptor.
    ///
    /// ```
    /// use std::os::fd::{AsRawFd, OwnedFd};
    /// use ferrosock_socket::Socket;
    /// let descriptor: OwnedFd = std::net::UdpSocket::bind("127.0.0.1:0")?.into();
    /// let identity = Socket::identify(descriptor.as_raw_fd(), None, None, None)?;
    /// let socket = Socket::adopt(descriptor, identity);
    /// assert_eq!(socket.identity().kind, libc::SOCK_DGRAM);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn adopt(descriptor: OwnedFd, identity: Identity) -> Self {
        let socket = Self::unopened(0);
        socket.install(descriptor, identity);
        socket
    }

    /// Puts an open descriptor into this socket, which owns it from now on. One that was open before is left as it is:
    /// open, and nobody's (CPython does so when `__init__` runs twice).
    ///
    /// ```
    /// use ferrosock_socket::{Identity, Socket};
    /// let socket = Socket::unopened(0);
    /// let identity = Identity { family: libc::AF_INET, kind: libc::SOCK_STREAM, protocol: 0 };
    /// let descriptor = Socket::open_descriptor(identity.family, identity.kind, identity.protocol)?;
    /// socket.install(descriptor, identity);
    /// assert!(socket.fileno() >= 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn install(&self, descriptor: OwnedFd, identity: Identity) {
        let fd = std::os::fd::IntoRawFd::into_raw_fd(descriptor);
        self.family.store(identity.family, Relaxed);
        let (kind, nonblocking) = sys::split_kind(identity.kind);
        self.kind.store(kind, Relaxed);
        self.protocol.store(identity.protocol, Relaxed);
        self.timeout.store(if nonblocking { 0 } else { NO_TIMEOUT }, Relaxed);
        self.reply.forget();
        self.descriptor.store(fd, Relaxed);
    }

    /// Asks the system what an open descriptor is; a part that the caller knows (`Some`) is not asked for.
    ///
    /// # Errors
    /// `EBADF` or `ENOTSOCK` if the descriptor is no socket and something had to be asked.
    ///
    /// ```
    /// use ferrosock_socket::{Error, Socket};
    /// assert_eq!(Socket::identify(-1, None, None, None), Err(Error::Os(libc::EBADF)));
    /// ```
    pub fn identify(
        fd: RawFd,
        family: Option<i32>,
        kind: Option<i32>,
        protocol: Option<i32>,
    ) -> Result<Identity> {
        // Even where the family is known the name is asked for, so that a descriptor that is no socket is refused.
        let family = match (sys::local_address(fd), family) {
            (Err(code @ (libc::EBADF | libc::ENOTSOCK)), _) | (Err(code), None) => {
                return Err(Error::Os(code));
            }
            (Err(_), Some(family)) | (Ok(_), Some(family)) => family,
            (Ok(address), None) => address.family(),
        };
        let kind = match kind {
            Some(kind) => kind,
            None => sys::int_option(fd, libc::SOL_SOCKET, libc::SO_TYPE).map_err(Error::Os)?,
        };
        let protocol = match protocol {
            Some(protocol) => protocol,
            None => sys::protocol_of(fd).map_err(Error::Os)?,
        };
        Ok(Identity { family, kind, protocol })
    }

    /// The descriptor's number, -1 after [`close`](Socket::close) or [`detach`](Socket::detach).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert!(socket.fileno() >= 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn fileno(&self) -> RawFd {
        self.descriptor.load(Relaxed)
    }

    /// The family, type and protocol.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert_eq!(socket.identity().family, libc::AF_INET);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn identity(&self) -> Identity {
        Identity {
            family: self.family.load(Relaxed),
            kind: self.kind.load(Relaxed),
            protocol: self.protocol.load(Relaxed),
        }
    }

    /// The embedding program's word in the socket.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// assert_eq!(Socket::unopened(42).embedder(), 42);
    /// ```
    pub fn embedder(&self) -> usize {
        self.embedder.load(Relaxed)
    }

    /// Where the family, the type and the protocol lie in the structure, in bytes: for bindings that show them as
    /// members.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// assert_eq!(Socket::identity_offsets(), (4, 8, 12));
    /// ```
    pub const fn identity_offsets() -> (usize, usize, usize) {
        (
            std::mem::offset_of!(Self, family),
            std::mem::offset_of!(Self, kind),
            std::mem::offset_of!(Self, protocol),
        )
    }

    /// How long an operation may take; `None` without a limit, zero if operations don't wait at all.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// assert_eq!(socket.timeout(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn timeout(&self) -> Option<Duration> {
        u64::try_from(self.timeout.load(Relaxed)).ok().map(Duration::from_nanos)
    }

    /// Sets how long an operation may take: `None` to wait without a limit, zero not to wait. A limit above 292 years
    /// counts as that.
    ///
    /// # Errors
    /// `EBADF` if the socket is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_socket::{Error, Socket, Uninterrupted};
    /// let (a, _b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.set_timeout(Some(Duration::from_millis(10)))?;
    /// assert_eq!(a.recv(&Uninterrupted, &mut [0; 8], 0), Err(Error::TimedOut));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_timeout(&self, timeout: Option<Duration>) -> Result<()> {
        let nanoseconds =
            timeout.map_or(NO_TIMEOUT, |limit| i64::try_from(limit.as_nanos()).unwrap_or(i64::MAX));
        self.timeout.store(nanoseconds, Relaxed);
        // A limit is kept by waiting for readiness, never in the call itself.
        sys::set_nonblocking(self.fileno(), timeout.is_some()).map_err(Error::Os)
    }

    /// A second socket with its own descriptor for the same end (`dup`), not inherited by programs started later.
    ///
    /// # Errors
    /// `EBADF` if the socket is closed, `EMFILE` if no descriptors are left.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// let copy = a.duplicate()?;
    /// drop(a);
    /// copy.send(&Uninterrupted, b"still open", 0)?;
    /// # drop(b);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn duplicate(&self) -> Result<Self> {
        let fd = sys::duplicate(self.fileno()).map_err(Error::Os)?;
        let copy = Self::adopt(owned(fd), self.identity());
        copy.timeout.store(self.timeout.load(Relaxed), Relaxed);
        Ok(copy)
    }

    /// Closes the socket. The peer receives what is queued, then the end. Closing again does nothing.
    ///
    /// # Errors
    /// What the system reports of data that it could not write; the socket is closed all the same. A connection that
    /// the peer has reset is no error.
    ///
    /// ```
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// a.close(&Uninterrupted)?;
    /// a.close(&Uninterrupted)?; // again does nothing
    /// assert_eq!(a.fileno(), -1);
    /// assert_eq!(b.recv(&Uninterrupted, &mut [0; 8], 0)?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self, host: &impl Host) -> Result<()> {
        match self.detach() {
            CLOSED => Ok(()),
            fd => match host.blocking(|| sys::close(fd)) {
                Ok(()) | Err(libc::ECONNRESET) => Ok(()),
                Err(code) => Err(Error::Os(code)),
            },
        }
    }

    /// Gives the descriptor away: the socket is closed as far as it knows, the descriptor stays open and is the
    /// caller's. -1 if it was closed.
    ///
    /// ```
    /// use std::os::fd::{FromRawFd, OwnedFd};
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    /// // SAFETY: nobody else owns the descriptor from here on.
    /// let descriptor = unsafe { OwnedFd::from_raw_fd(socket.detach()) };
    /// assert_eq!(socket.fileno(), -1);
    /// # drop(descriptor);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn detach(&self) -> RawFd {
        self.descriptor.swap(CLOSED, Relaxed)
    }

    /// When an operation that begins now must end.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.timeout.load(Relaxed) {
            limit if limit > 0 => Instant::now().checked_add(Duration::from_nanos(limit.unsigned_abs())),
            _ => None,
        }
    }

    /// Makes a system call on the descriptor until it gives a result, as the socket's timeout says: interrupted calls
    /// are made again, and with a timeout, a call that would block waits for readiness first.
    ///
    /// Every transfer, accept and option of the socket that may wait passes here.
    #[inline]
    pub(crate) fn perform<R: Send>(
        &self,
        host: &impl Host,
        interest: Interest,
        mut call: impl FnMut(RawFd) -> sys::Result<R> + Send,
    ) -> Result<R> {
        let fd = self.fileno();
        match host.blocking(|| call(fd)) {
            Ok(value) => Ok(value),
            Err(code) => self.persist(host, interest, self.deadline(), code, call),
        }
    }

    /// [`perform`](Socket::perform) for a transfer of at most `size` bytes with `MSG_*` flags, which the host may want to
    /// be tried first.
    #[inline]
    pub(crate) fn transfer<R: Send>(
        &self,
        host: &impl Host,
        interest: Interest,
        size: usize,
        flags: i32,
        mut call: impl FnMut(RawFd, i32) -> sys::Result<R> + Send,
    ) -> Result<R> {
        match self.try_first(host, size, flags, &mut call) {
            Some(result) => result,
            None => self.perform(host, interest, |fd| call(fd, flags)),
        }
    }

    /// Makes the call in a way that cannot wait, if the host wants that. `None`: it does not, or the call would wait.
    #[inline]
    pub(crate) fn try_first<R>(
        &self,
        host: &impl Host,
        size: usize,
        flags: i32,
        mut call: impl FnMut(RawFd, i32) -> sys::Result<R>,
    ) -> Option<Result<R>> {
        if size > TRIED_FIRST || flags & libc::MSG_WAITALL != 0 || !host.tries_first() {
            return None;
        }
        match call(self.fileno(), flags | libc::MSG_DONTWAIT) {
            Ok(value) => Some(Ok(value)),
            Err(libc::EAGAIN) if self.is_blocking() => None,
            Err(libc::EINTR) => host.interrupted().err().map(|given_up| Err(given_up.into())),
            Err(code) => Some(Err(Error::Os(code))),
        }
    }

    /// Goes on with a call whose first try failed with `code`.
    #[cold]
    pub(crate) fn persist<R: Send>(
        &self,
        host: &impl Host,
        interest: Interest,
        deadline: Option<Instant>,
        mut code: i32,
        mut call: impl FnMut(RawFd) -> sys::Result<R> + Send,
    ) -> Result<R> {
        let timed = self.timeout.load(Relaxed) > 0;
        loop {
            match code {
                libc::EINTR => host.interrupted()?,
                libc::EAGAIN if timed => {
                    // A socket may seem ready again and again and yet give nothing (a datagram pair whose peer is gone, a
                    // datagram with a wrong checksum): the deadline still holds, and signals are still handled.
                    if deadline.is_some_and(|end| Instant::now() > end) {
                        return Err(Error::TimedOut);
                    }
                    self.await_readiness(host, interest, deadline)?;
                    host.interrupted()?;
                }
                other => return Err(Error::Os(other)),
            }
            let fd = self.fileno();
            match host.blocking(|| call(fd)) {
                Ok(value) => return Ok(value),
                Err(next) => code = next,
            }
        }
    }

    /// Waits until the socket is ready, or the deadline.
    pub(crate) fn await_readiness(
        &self,
        host: &impl Host,
        interest: Interest,
        deadline: Option<Instant>,
    ) -> Result<()> {
        loop {
            let fd = self.fileno();
            if fd == CLOSED {
                return Err(Error::Os(libc::EBADF));
            }
            match host.blocking(|| readiness::wait_one(fd, interest.events(), deadline)) {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(Error::TimedOut),
                Err(libc::EINTR) => host.interrupted()?,
                Err(code) => return Err(Error::Os(code)),
            }
        }
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.fileno()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.close(&crate::Uninterrupted);
    }
}

/// What an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    Read,
    Write,
    /// The end of a connection attempt: some systems report a refused one as an error or hang-up only.
    Connect,
}

impl Interest {
    fn events(self) -> i16 {
        match self {
            Self::Read => libc::POLLIN,
            Self::Write => libc::POLLOUT,
            Self::Connect => libc::POLLOUT | libc::POLLERR,
        }
    }
}

/// Takes ownership of a descriptor that a system call has just made.
fn owned(fd: RawFd) -> OwnedFd {
    // SAFETY: every caller passes a descriptor that the system has just opened for it, and passes it once.
    unsafe { std::os::fd::FromRawFd::from_raw_fd(fd) }
}
