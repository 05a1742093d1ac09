//! Many messages in one system call: `sendmmsg(2)`, `recvmmsg(2)`, and what UDP does for them.

use std::os::fd::RawFd;

use super::super::unix::{Result, check};

/// A message and how many bytes of it went or came.
pub(crate) type BatchedMessage = libc::mmsghdr;

/// The control message, of level `SOL_UDP` and with 16 bits, that has the kernel cut one message into datagrams of so
/// many bytes (`UDP_SEGMENT`, Linux 4.18).
pub(crate) const UDP_SEGMENT: Option<i32> = Some(103);

/// The option that has the kernel join datagrams of one sender and size into one message, and the control message, an
/// int, that tells their size (`UDP_GRO`, Linux 5.0).
pub(crate) const UDP_COALESCE: Option<i32> = Some(104);

/// Whether a program holds a datagram back by these flags, to send it with what follows.
pub(crate) fn held_back(flags: i32) -> bool {
    flags & libc::MSG_MORE != 0
}

/// Sends messages until one would block or is refused; gives how many went. An error is that of the first message.
///
/// # Safety
/// Each message points at initialised memory that the caller keeps alive and in place.
pub(crate) unsafe fn send_batch(fd: RawFd, messages: &mut [BatchedMessage], flags: i32) -> Result<usize> {
    let count = libc::c_uint::try_from(messages.len()).map_err(|_| libc::EMSGSIZE)?;
    // SAFETY: promised by the caller; the kernel fills the lengths of as many messages as there are.
    let sent = check(unsafe { libc::sendmmsg(fd, messages.as_mut_ptr(), count, flags as _) })?;
    Ok(sent as usize)
}

/// Receives messages: waits for the first as the descriptor does, then takes what is there. Gives how many came.
///
/// # Safety
/// Each message points at memory to be filled that the caller keeps alive and in place.
pub(crate) unsafe fn recv_batch(fd: RawFd, messages: &mut [BatchedMessage], flags: i32) -> Result<usize> {
    let count = libc::c_uint::try_from(messages.len()).map_err(|_| libc::EMSGSIZE)?;
    let flags = flags | libc::MSG_WAITFORONE;
    // SAFETY: promised by the caller; no time is given.
    let came =
        check(unsafe { libc::recvmmsg(fd, messages.as_mut_ptr(), count, flags as _, std::ptr::null_mut()) })?;
    Ok(came as usize)
}
