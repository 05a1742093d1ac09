//! macOS.

pub(crate) mod batch;
pub(crate) mod kqueue;
pub(crate) mod poll;

use std::os::fd::RawFd;

use super::unix::{Result, check, close};
use crate::address::RawAddress;

/// A socket's type, which has no flags here.
pub(crate) fn split_kind(kind: i32) -> (i32, bool) {
    (kind, false)
}

/// There is no flag that keeps received descriptors from programs started later.
pub(crate) const PRIVATE_DESCRIPTORS: i32 = 0;

pub(crate) fn open(family: i32, kind: i32, protocol: i32) -> Result<RawFd> {
    // SAFETY: takes numbers only.
    private(check(unsafe { libc::socket(family, kind, protocol) })?)
}

pub(crate) fn open_pair(family: i32, kind: i32, protocol: i32) -> Result<(RawFd, RawFd)> {
    let mut pair = [0; 2];
    // SAFETY: the kernel writes two descriptors.
    check(unsafe { libc::socketpair(family, kind, protocol, pair.as_mut_ptr()) })?;
    let first = private(pair[0]);
    let second = private(pair[1]);
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(code), Ok(open)) | (Ok(open), Err(code)) => {
            let _ = close(open);
            Err(code)
        }
        (Err(code), Err(_)) => Err(code),
    }
}

pub(crate) fn accept(fd: RawFd) -> Result<(RawFd, RawAddress)> {
    let mut address = RawAddress::empty();
    let (pointer, length) = address.as_mut_ptr();
    // SAFETY: the pointer has room for `length` bytes.
    let connection = check(unsafe { libc::accept(fd, pointer, length) })?;
    Ok((private(connection)?, address))
}

pub(crate) fn accept_nonblocking(fd: RawFd) -> Result<(RawFd, RawAddress)> {
    let (connection, address) = accept(fd)?;
    match super::unix::set_nonblocking(connection, true) {
        Ok(()) => Ok((connection, address)),
        Err(code) => {
            let _ = close(connection);
            Err(code)
        }
    }
}

/// macOS does not tell the protocol of a socket.
pub(crate) fn protocol_of(_fd: RawFd) -> Result<i32> {
    Ok(0)
}

pub(crate) fn send_file(socket: RawFd, file: RawFd, offset: u64, count: usize) -> Result<usize> {
    let offset = libc::off_t::try_from(offset).map_err(|_| libc::EOVERFLOW)?;
    if count == 0 {
        return Ok(0); // which would ask for all of the file
    }
    let mut length = libc::off_t::try_from(count).unwrap_or(libc::off_t::MAX);
    // SAFETY: the kernel reads and writes one length; there are no headers.
    let result =
        check(unsafe { libc::sendfile(file, socket, offset, &raw mut length, std::ptr::null_mut(), 0) });
    match result {
        Err(code) if length == 0 || !matches!(code, libc::EAGAIN | libc::EINTR) => Err(code),
        _ => usize::try_from(length).map_err(|_| libc::EOVERFLOW),
    }
}

/// Keeps a new descriptor from programs started later; closes it if that fails.
fn private(fd: RawFd) -> Result<RawFd> {
    // SAFETY: takes numbers only.
    match check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) }) {
        Ok(_) => Ok(fd),
        Err(code) => {
            let _ = close(fd);
            Err(code)
        }
    }
}
