//! The operating systems: one folder each, one contract.
//!
//! `unix` holds the calls that every Unix has in one form. Each system's folder adds, under the same names:
//!
//! - `open(family, kind, protocol) -> Result<RawFd>`: a new socket that programs started later don't inherit;
//! - `open_pair(family, kind, protocol) -> Result<(RawFd, RawFd)>`: two connected ones;
//! - `accept(fd) -> Result<(RawFd, RawAddress)>`: the next connection and the peer's address, not inherited either;
//! - `accept_nonblocking(fd)`: the same, of a descriptor that does not wait;
//! - `split_kind(kind) -> (i32, bool)`: a socket's type without flags, and whether they ask for a non-blocking one;
//! - `PRIVATE_DESCRIPTORS: i32`: the `MSG_*` flag by which received descriptors are not inherited, 0 if there is none;
//! - `send_file(socket, file, offset, count) -> Result<usize>`: how many bytes of a file went;
//! - `protocol_of(fd) -> Result<i32>`: the protocol of an open socket;
//! - `poll::poll(entries, timeout)`: waiting for descriptors, as finely as the system measures time;
//! - `batch`: `send_batch` and `recv_batch`, many messages in one call or in as many as it takes, and the names by which
//!   UDP cuts and joins datagrams.
//!
//! and, where the system has them, its own readiness (`epoll`, `kqueue`). Another system (Windows, say) takes the place
//! of both with a folder of its own: nothing above this module names a system call.

pub(crate) mod fd_set;
mod time;
pub(crate) mod unix;

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux/mod.rs"]
mod os;
#[cfg(target_os = "macos")]
#[path = "macos/mod.rs"]
mod os;

pub(crate) use os::*;
pub(crate) use time::*;
pub(crate) use unix::*;
