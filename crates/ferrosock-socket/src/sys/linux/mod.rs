//! Linux.

pub(crate) mod batch;
pub(crate) mod epoll;
pub(crate) mod poll;

use std::ffi::CStr;
use std::os::fd::RawFd;

use super::unix::{Result, check, check_count, int_option};
use crate::address::RawAddress;

/// A socket's type without its flags, and whether these ask for a non-blocking socket.
pub(crate) fn split_kind(kind: i32) -> (i32, bool) {
    (kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC), kind & libc::SOCK_NONBLOCK != 0)
}

/// The flag by which a received descriptor is not inherited by programs started later.
pub(crate) const PRIVATE_DESCRIPTORS: i32 = libc::MSG_CMSG_CLOEXEC;

pub(crate) fn open(family: i32, kind: i32, protocol: i32) -> Result<RawFd> {
    // SAFETY: takes numbers only.
    check(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) })
}

pub(crate) fn open_pair(family: i32, kind: i32, protocol: i32) -> Result<(RawFd, RawFd)> {
    let mut pair = [0; 2];
    // SAFETY: the kernel writes two descriptors.
    check(unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, protocol, pair.as_mut_ptr()) })?;
    Ok((pair[0], pair[1]))
}

pub(crate) fn accept(fd: RawFd) -> Result<(RawFd, RawAddress)> {
    accept_with(fd, 0)
}

pub(crate) fn accept_nonblocking(fd: RawFd) -> Result<(RawFd, RawAddress)> {
    accept_with(fd, libc::SOCK_NONBLOCK)
}

fn accept_with(fd: RawFd, flags: i32) -> Result<(RawFd, RawAddress)> {
    let mut address = RawAddress::empty();
    let (pointer, length) = address.as_mut_ptr();
    // SAFETY: the pointer has room for `length` bytes.
    let connection = check(unsafe { libc::accept4(fd, pointer, length, libc::SOCK_CLOEXEC | flags) })?;
    Ok((connection, address))
}

pub(crate) fn protocol_of(fd: RawFd) -> Result<i32> {
    int_option(fd, libc::SOL_SOCKET, libc::SO_PROTOCOL)
}

/// Opens a file to read, if no part of its path is a link.
pub(crate) fn open_without_links(path: &CStr, flags: i32) -> Result<RawFd> {
    // SAFETY: a structure of numbers, for which 0 is the default.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    how.flags = (libc::O_RDONLY | libc::O_CLOEXEC | flags) as u64;
    how.resolve = libc::RESOLVE_NO_SYMLINKS;
    let size = size_of_val(&how);
    // SAFETY: the path ends in a NUL, and the kernel reads `size` bytes of the structure.
    let opened =
        unsafe { libc::syscall(libc::SYS_openat2, libc::AT_FDCWD, path.as_ptr(), &raw const how, size) };
    check(opened as libc::c_int)
}

pub(crate) fn send_file(socket: RawFd, file: RawFd, offset: u64, count: usize) -> Result<usize> {
    let mut offset = libc::off_t::try_from(offset).map_err(|_| libc::EOVERFLOW)?;
    // SAFETY: the kernel reads and writes one offset.
    check_count(unsafe { libc::sendfile(socket, file, &raw mut offset, count) })
}
