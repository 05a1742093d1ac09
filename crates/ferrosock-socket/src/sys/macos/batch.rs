//! Many messages, one system call each: this system documents no call for several.

use std::os::fd::RawFd;

use crate::sys::unix::{Result, recv_message, send_message};

/// A message and how many bytes of it went or came.
#[derive(Clone, Copy)]
pub(crate) struct BatchedMessage {
    pub(crate) msg_hdr: libc::msghdr,
    pub(crate) msg_len: libc::c_uint,
}

/// Nothing cuts messages into datagrams here.
pub(crate) const UDP_SEGMENT: Option<i32> = None;

/// Nothing joins datagrams here.
pub(crate) const UDP_COALESCE: Option<i32> = None;

/// There is no flag that holds a datagram back.
pub(crate) fn held_back(_flags: i32) -> bool {
    false
}

/// Sends messages until one would block or is refused; gives how many went. An error is that of the first message.
///
/// # Safety
/// Each message points at initialised memory that the caller keeps alive and in place.
pub(crate) unsafe fn send_batch(fd: RawFd, messages: &mut [BatchedMessage], flags: i32) -> Result<usize> {
    for (index, message) in messages.iter_mut().enumerate() {
        // SAFETY: promised by the caller.
        match unsafe { send_message(fd, &message.msg_hdr, flags) } {
            Ok(length) => message.msg_len = length as libc::c_uint,
            Err(code) if index == 0 => return Err(code),
            Err(_) => return Ok(index),
        }
    }
    Ok(messages.len())
}

/// Receives messages: waits for the first as the descriptor does, then takes what is there. Gives how many came.
///
/// # Safety
/// Each message points at memory to be filled that the caller keeps alive and in place.
pub(crate) unsafe fn recv_batch(fd: RawFd, messages: &mut [BatchedMessage], flags: i32) -> Result<usize> {
    for (index, message) in messages.iter_mut().enumerate() {
        let flags = if index == 0 { flags } else { flags | libc::MSG_DONTWAIT };
        // SAFETY: promised by the caller.
        match unsafe { recv_message(fd, &mut message.msg_hdr, flags) } {
            Ok(length) => message.msg_len = length as libc::c_uint,
            Err(code) if index == 0 => return Err(code),
            Err(_) => return Ok(index),
        }
    }
    Ok(messages.len())
}
