//! Files straight to the peer: `sendfile(2)`.

use std::os::fd::{AsRawFd, BorrowedFd};

use super::{Interest, Socket};
use crate::{Host, Result, sys};

impl Socket {
    /// Sends up to `count` bytes of a file, from `offset` bytes after its beginning, without a copy through this program.
    /// Gives how many went: 0 at the end of the file. The file's own position stays where it is.
    ///
    /// # Errors
    /// As [`send`](Socket::send). `EINVAL` if the system can't send this file (it must be a regular one), `ENOTSOCK` or
    /// `EINVAL` for a socket without a stream: then read and [`send`](Socket::send).
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::fd::AsFd;
    /// use ferrosock_socket::{Socket, Uninterrupted};
    /// let path = std::env::temp_dir().join(format!("send_file-{}", std::process::id()));
    /// std::fs::write(&path, b"Hello, world")?;
    /// let file = std::fs::File::open(&path)?;
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    /// # if cfg!(target_os = "linux") {
    /// assert_eq!(a.send_file(&Uninterrupted, file.as_fd(), 7, 100)?, 5);
    /// let mut room = [0; 16];
    /// let count = b.recv(&Uninterrupted, &mut room, 0)?;
    /// assert_eq!(&room[..count], b"world");
    /// # }
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_file(
        &self,
        host: &impl Host,
        file: BorrowedFd<'_>,
        offset: u64,
        count: usize,
    ) -> Result<usize> {
        let file = file.as_raw_fd();
        self.perform(host, Interest::Write, |fd| sys::send_file(fd, file, offset, count))
    }
}
