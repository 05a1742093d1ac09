//! Unix sockets.

use std::io;
use std::path::PathBuf;

use ferrosock_socket::address::{Address, UnixName};
use ferrosock_socket::{Socket, Uninterrupted};

use super::super::wait::Wait;
use super::{Connector, SocketStream, Stream};

/// Connects to one Unix socket, whatever the host of the URL is: for daemons such as Docker's.
///
/// ```
/// use ferrosock::http::{Client, UnixConnector};
///
/// let client = Client::builder().connector(UnixConnector::new("/run/docker.sock")).build()?;
/// assert!(client.get("http://docker/version").send().is_err()); // unless Docker runs here
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnixConnector {
    path: PathBuf,
}

impl UnixConnector {
    /// Connects to the socket at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Connector for UnixConnector {
    fn connect(&self, _host: &str, _port: u16, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
        let path = std::os::unix::ffi::OsStrExt::as_bytes(self.path.as_os_str()).to_vec();
        let address = Address::Unix(UnixName::Path(path)).to_raw()?;
        let socket = Socket::open(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
        socket.set_timeout(wait.left().map(|left| left.max(std::time::Duration::from_millis(1))))?;
        let connected = socket.connect(wait, &address);
        if connected.is_err() {
            let _ = socket.close(&Uninterrupted);
        }
        connected?;
        Ok(Box::new(SocketStream::new(socket)?))
    }
}
