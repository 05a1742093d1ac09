//! What HTTP runs over: streams of bytes, and who makes them.
//!
//! A [`Connector`] connects to a host and gives a [`Stream`]; a [`SecureConnector`] (TLS) makes a secure one of it. Those of this
//! crate do plain TCP, Unix sockets and, with the feature `tls`, rustls. A program may bring its own.

mod socket;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
mod unix;

use std::io;

pub use socket::SocketStream;
pub use tcp::TcpConnector;
pub(crate) use tcp::look_up;
#[cfg(feature = "tls")]
pub use tls::{TlsConnector, TlsStream};
pub use unix::UnixConnector;

use super::wait::Wait;

/// A connection's two directions of bytes.
///
/// Errors are those of `std::io`, with three kinds that mean something to the client: [`TimedOut`](io::ErrorKind::TimedOut)
/// where the wait was over ([`Wait::timed_out`]), [`Interrupted`](io::ErrorKind::Interrupted) where a signal ended the request (a
/// stream goes on by itself after other signals), all others as failures of the connection. An error of the implementation's
/// own, put into [`io::Error::other`], comes out of the request as its source.
///
/// ```
/// use std::io;
/// use ferrosock::http::{Stream, Wait};
///
/// /// Answers every request with the same bytes.
/// struct Canned(&'static [u8]);
///
/// impl Stream for Canned {
///     fn read(&mut self, space: &mut [u8], _: &Wait<'_>) -> io::Result<usize> {
///         io::Read::read(&mut self.0, space)
///     }
///     fn write(&mut self, bytes: &[u8], _: &Wait<'_>) -> io::Result<usize> {
///         Ok(bytes.len())
///     }
///     fn is_quiet(&mut self) -> bool {
///         false // not to be used twice
///     }
/// }
/// ```
pub trait Stream: Send {
    /// Reads what is there, at least one byte, into `space` and gives the count; 0 is the end.
    ///
    /// # Errors
    /// As the trait says.
    fn read(&mut self, space: &mut [u8], wait: &Wait<'_>) -> io::Result<usize>;

    /// Writes at least one of `bytes` and gives the count. What is written goes out without a further call.
    ///
    /// # Errors
    /// As the trait says.
    fn write(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<usize>;

    /// [`write`](Self::write) that stops to write when the peer has something to say: `None` then, and nothing was written.
    ///
    /// The client sends bodies so, to see an answer that comes before the body is over. A stream that cannot look at both
    /// directions at once just writes.
    ///
    /// # Errors
    /// As the trait says.
    fn write_unless_answered(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<Option<usize>> {
        self.write(bytes, wait).map(Some)
    }

    /// Whether the peer is there and has said nothing, as far as can be seen without waiting: only then is a connection
    /// used for another request.
    fn is_quiet(&mut self) -> bool;

    /// The socket below, where nothing stands between it and this stream: for those who wrap sockets.
    fn socket(&self) -> Option<&ferrosock_socket::Socket> {
        None
    }
}

impl Stream for Box<dyn Stream> {
    fn read(&mut self, space: &mut [u8], wait: &Wait<'_>) -> io::Result<usize> {
        (**self).read(space, wait)
    }

    fn write(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<usize> {
        (**self).write(bytes, wait)
    }

    fn write_unless_answered(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<Option<usize>> {
        (**self).write_unless_answered(bytes, wait)
    }

    fn is_quiet(&mut self) -> bool {
        (**self).is_quiet()
    }

    fn socket(&self) -> Option<&ferrosock_socket::Socket> {
        (**self).socket()
    }
}

/// Connects to hosts.
///
/// ```
/// use std::io;
/// use ferrosock::http::{Client, Connector, Stream, TcpConnector, Wait};
///
/// /// Connects to this machine, whatever the host is called.
/// struct Here(TcpConnector);
///
/// impl Connector for Here {
///     fn connect(&self, _host: &str, port: u16, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
///         self.0.connect("127.0.0.1", port, wait)
///     }
/// }
/// let client = Client::builder().connector(Here(TcpConnector::default())).build()?;
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
pub trait Connector: Send + Sync {
    /// Connects to a host by its name or numeric address (IPv6 without brackets).
    ///
    /// # Errors
    /// As those of [`Stream`].
    fn connect(&self, host: &str, port: u16, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>>;
}

/// Makes a stream secure: what `https` needs.
///
/// ```
/// use std::io;
/// use ferrosock::http::{SecureConnector, Stream, Wait};
///
/// struct NoTls;
///
/// impl SecureConnector for NoTls {
///     fn secure(&self, _: Box<dyn Stream>, host: &str, _: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
///         Err(io::Error::other(format!("no TLS to {host} today")))
///     }
/// }
/// ```
pub trait SecureConnector: Send + Sync {
    /// Does the handshake as a client over `stream`, with a server whose certificate must be one of `host`.
    ///
    /// # Errors
    /// As those of [`Stream`].
    fn secure(&self, stream: Box<dyn Stream>, host: &str, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>>;
}
