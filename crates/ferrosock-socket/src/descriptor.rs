//! Descriptors by their numbers, for those who keep sockets as numbers.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use crate::{Error, Host, Result, sys};

/// Closes the descriptor of a socket. Whoever owns it must not use or close it afterwards.
///
/// # Errors
/// `EBADF` if nothing is open under that number. A connection that the peer has reset is closed without an error.
///
/// ```
/// use ferrosock_socket::{Error, Socket, Uninterrupted, close_descriptor};
/// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
/// close_descriptor(&Uninterrupted, socket.detach())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn close_descriptor(host: &impl Host, fd: RawFd) -> Result<()> {
    match host.blocking(|| sys::close(fd)) {
        Err(code) if code != libc::ECONNRESET => Err(Error::Os(code)),
        _ => Ok(()),
    }
}

/// Opens a file to read, unless a part of its path is a symbolic link; `flags` as for `open(2)`, such as `O_NONBLOCK`. Programs
/// started later don't inherit it. Linux 5.6 and newer.
///
/// # Errors
/// `ELOOP` for a path with a link in it; `ENOSYS` or `EPERM` where the system doesn't have or allow `openat2(2)`; else as `open(2)`.
///
/// ```
/// use ferrosock_socket::{Error, open_without_links};
/// match open_without_links(c"/proc/self/comm", 0) {
///     Err(Error::Os(code)) => assert!([libc::ELOOP, libc::ENOSYS, libc::EPERM].contains(&code)), // `self` is a link
///     other => panic!("{other:?}"),
/// }
/// ```
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn open_without_links(path: &std::ffi::CStr, flags: i32) -> Result<OwnedFd> {
    let fd = sys::open_without_links(path, flags).map_err(Error::Os)?;
    // SAFETY: just opened, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Opens another descriptor for the same socket, which programs started later don't inherit.
///
/// # Errors
/// `EBADF` if nothing is open under that number, `EMFILE` if there are no descriptors left.
///
/// ```
/// use ferrosock_socket::{Socket, duplicate_descriptor};
/// let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
/// let copy = duplicate_descriptor(socket.fileno())?;
/// drop(socket); // the copy stays open
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn duplicate_descriptor(fd: RawFd) -> Result<OwnedFd> {
    let fd = sys::duplicate(fd).map_err(Error::Os)?;
    // SAFETY: just opened, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
