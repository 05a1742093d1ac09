//! The system calls that every Unix has in one form.
//!
//! Each function makes one call and gives what it gave, or the error number. They take plain descriptors: whether a
//! number is an open socket is the kernel's to say, and a wrong one is an error (`EBADF`, `ENOTSOCK`), not undefined
//! behaviour.

use std::mem::MaybeUninit;
use std::os::fd::RawFd;

use crate::address::RawAddress;
use crate::error::errno;

/// A result of a system call: the error number if it failed.
pub(crate) type Result<T> = std::result::Result<T, i32>;

/// The value of a call that gives -1 for an error.
pub(crate) fn check(value: libc::c_int) -> Result<libc::c_int> {
    if value == -1 { Err(errno()) } else { Ok(value) }
}

/// The count of a call that gives -1 for an error.
pub(crate) fn check_count(value: isize) -> Result<usize> {
    usize::try_from(value).map_err(|_| errno())
}

pub(crate) fn bind(fd: RawFd, address: &RawAddress) -> Result<()> {
    let (pointer, length) = address.as_ptr();
    // SAFETY: the address is alive and `length` bytes of it are initialised.
    check(unsafe { libc::bind(fd, pointer, length) }).map(drop)
}

pub(crate) fn connect(fd: RawFd, address: &RawAddress) -> Result<()> {
    let (pointer, length) = address.as_ptr();
    // SAFETY: as in `bind`.
    check(unsafe { libc::connect(fd, pointer, length) }).map(drop)
}

pub(crate) fn listen(fd: RawFd, backlog: i32) -> Result<()> {
    // SAFETY: takes numbers only.
    check(unsafe { libc::listen(fd, backlog) }).map(drop)
}

pub(crate) fn shutdown(fd: RawFd, how: i32) -> Result<()> {
    // SAFETY: takes numbers only.
    check(unsafe { libc::shutdown(fd, how) }).map(drop)
}

pub(crate) fn close(fd: RawFd) -> Result<()> {
    // SAFETY: takes a number only; that the descriptor is the caller's to close is the caller's to know.
    check(unsafe { libc::close(fd) }).map(drop)
}

pub(crate) fn local_address(fd: RawFd) -> Result<RawAddress> {
    let mut address = RawAddress::empty();
    let (pointer, length) = address.as_mut_ptr();
    // SAFETY: the pointer has room for `length` bytes.
    check(unsafe { libc::getsockname(fd, pointer, length) })?;
    Ok(address)
}

pub(crate) fn peer_address(fd: RawFd) -> Result<RawAddress> {
    let mut address = RawAddress::empty();
    let (pointer, length) = address.as_mut_ptr();
    // SAFETY: the pointer has room for `length` bytes.
    check(unsafe { libc::getpeername(fd, pointer, length) })?;
    Ok(address)
}

pub(crate) fn recv(fd: RawFd, space: &mut [MaybeUninit<u8>], flags: i32) -> Result<usize> {
    // SAFETY: the kernel writes at most `len` bytes into the space.
    check_count(unsafe { libc::recv(fd, space.as_mut_ptr().cast(), space.len(), flags) })
}

pub(crate) fn recv_from(fd: RawFd, space: &mut [MaybeUninit<u8>], flags: i32) -> Result<(usize, RawAddress)> {
    let mut address = RawAddress::empty();
    let (pointer, length) = address.as_mut_ptr();
    // SAFETY: the kernel writes at most `len` bytes into the space and at most `*length` into the address.
    let count = check_count(unsafe {
        libc::recvfrom(fd, space.as_mut_ptr().cast(), space.len(), flags, pointer, length)
    })?;
    Ok((count, address))
}

pub(crate) fn send(fd: RawFd, bytes: &[u8], flags: i32) -> Result<usize> {
    // SAFETY: the kernel reads `len` bytes.
    check_count(unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) })
}

pub(crate) fn send_to(fd: RawFd, bytes: &[u8], flags: i32, address: &RawAddress) -> Result<usize> {
    let (pointer, length) = address.as_ptr();
    // SAFETY: the kernel reads `len` bytes and `length` bytes of the address.
    check_count(unsafe { libc::sendto(fd, bytes.as_ptr().cast(), bytes.len(), flags, pointer, length) })
}

pub(crate) fn int_option(fd: RawFd, level: i32, name: i32) -> Result<i32> {
    let mut value: libc::c_int = 0;
    let mut length = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, which is what `value` has.
    check(unsafe { libc::getsockopt(fd, level, name, (&raw mut value).cast(), &raw mut length) })?;
    Ok(value)
}

pub(crate) fn option(fd: RawFd, level: i32, name: i32, space: &mut [u8]) -> Result<usize> {
    let mut length = space.len() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes into the space.
    check(unsafe { libc::getsockopt(fd, level, name, space.as_mut_ptr().cast(), &raw mut length) })?;
    Ok((length as usize).min(space.len()))
}

/// Sets an option to some bytes, or to nothing but a length (which some options, such as `ALG_SET_AEAD_AUTHSIZE`, read).
pub(crate) fn set_option(
    fd: RawFd,
    level: i32,
    name: i32,
    value: std::result::Result<&[u8], libc::socklen_t>,
) -> Result<()> {
    let (pointer, length) = match value {
        Ok(bytes) => (bytes.as_ptr().cast(), bytes.len() as libc::socklen_t),
        Err(length) => (std::ptr::null(), length),
    };
    // SAFETY: the kernel reads `length` bytes, or fails or reads none with a null pointer.
    check(unsafe { libc::setsockopt(fd, level, name, pointer, length) }).map(drop)
}

/// Turns the descriptor's non-blocking mode on or off.
pub(crate) fn set_nonblocking(fd: RawFd, nonblocking: bool) -> Result<()> {
    let mut on = libc::c_int::from(nonblocking);
    // SAFETY: FIONBIO reads one int.
    check(unsafe { libc::ioctl(fd, libc::FIONBIO, &raw mut on) }).map(drop)
}

/// Whether programs started later inherit the descriptor.
pub(crate) fn is_inheritable(fd: RawFd) -> Result<bool> {
    // SAFETY: takes numbers only.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    Ok(flags & libc::FD_CLOEXEC == 0)
}

/// Lets programs started later inherit the descriptor, or keeps it from them.
pub(crate) fn set_inheritable(fd: RawFd, inheritable: bool) -> Result<()> {
    // SAFETY: takes numbers only.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    let flags = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    // SAFETY: as above.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, flags) }).map(drop)
}

/// A duplicate of the descriptor that programs started later don't inherit.
pub(crate) fn duplicate(fd: RawFd) -> Result<RawFd> {
    // SAFETY: takes numbers only.
    check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
}

/// Receives a message: data into `spaces`, control messages into `control`. `message` carries what came back.
///
/// # Safety
/// `message` points at memory that the caller keeps alive and in place.
pub(crate) unsafe fn recv_message(fd: RawFd, message: &mut libc::msghdr, flags: i32) -> Result<usize> {
    // SAFETY: promised by the caller.
    check_count(unsafe { libc::recvmsg(fd, message, flags) })
}

/// Sends a message.
///
/// # Safety
/// `message` points at initialised memory that the caller keeps alive and in place.
pub(crate) unsafe fn send_message(fd: RawFd, message: &libc::msghdr, flags: i32) -> Result<usize> {
    // SAFETY: promised by the caller.
    check_count(unsafe { libc::sendmsg(fd, message, flags) })
}
