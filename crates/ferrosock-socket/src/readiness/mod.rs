//! Readiness: which of many descriptors may be read or written without blocking.
//!
//! - [`poll`] looks at a slice of descriptors (a [`PollSet`] keeps one), [`select`] at sets of them: good for a few.
//! - `Epoll` (Linux) and `Kqueue` (macOS) keep the set in the kernel: good for thousands.
//!
//! All of them take raw descriptors, since the kernel itself judges those: one that is not open is an error or an event,
//! never undefined behaviour. All take an optional timeout (`None` waits without end, zero only looks) and a
//! [`Host`](crate::Host), go on with what is left of the time when a signal interrupts them, and may give fewer
//! descriptors than were ready.
//!
//! ```
//! use std::os::fd::AsRawFd;
//! use ferrosock_socket::readiness::{PollEntry, poll};
//! use ferrosock_socket::{Socket, Uninterrupted};
//!
//! let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
//! near.send(&Uninterrupted, b"hello", 0)?;
//! let mut entries = [&near, &far].map(|socket| PollEntry::new(socket.as_raw_fd(), libc::POLLIN));
//! assert_eq!(poll(&Uninterrupted, &mut entries, None)?, 1);
//! assert_eq!(entries.map(|entry| entry.ready()), [0, libc::POLLIN]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod deadline;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod epoll;
#[cfg(target_os = "macos")]
mod kqueue;
mod one;
mod poll;
mod select;
mod set;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use epoll::{Epoll, EpollEvent};
#[cfg(target_os = "macos")]
pub use kqueue::{KernelEvent, Kqueue};
#[allow(unused_imports, reason = "the socket waits with it")]
pub(crate) use one::wait_one;
pub use poll::{PollEntry, poll};
pub use select::{DescriptorSet, SELECT_LIMIT, Selection, select};
pub use set::PollSet;
