//! The operating system's sockets, as Python's programmers know them.
//!
//! This crate owns every system call of Ferrosock: [`Socket`] with its timeouts and interrupts, the addresses of every
//! family ([`address`]), control messages ([`ControlMessage`]), the resolver ([`resolver`]) and readiness
//! ([`readiness`]). It knows no Python and no protocol. What differs between operating systems lies in `sys`, one folder
//! a system, behind one contract.
//!
//! A call that may block takes a [`Host`]: the program's word on what to do around a blocking system call and after a
//! signal. A Rust program passes [`Uninterrupted`]; the Python binding gives up the interpreter's lock and runs signal
//! handlers.
//!
//! ```
//! use ferrosock_socket::address::Address;
//! use ferrosock_socket::{DEFAULT_BACKLOG, Socket, Uninterrupted};
//!
//! let listener = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
//! listener.bind(&Uninterrupted, &"127.0.0.1:0".parse::<Address>()?.to_raw()?)?;
//! listener.listen(&Uninterrupted, DEFAULT_BACKLOG)?;
//!
//! let client = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0)?;
//! client.connect(&Uninterrupted, &listener.local_address()?)?;
//! client.send_all(&Uninterrupted, b"hello", 0)?;
//!
//! let (server, _peer) = listener.accept(&Uninterrupted)?;
//! let mut room = [0; 16];
//! let count = server.recv(&Uninterrupted, &mut room, 0)?;
//! assert_eq!(&room[..count], b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod address;
pub mod connection;
mod descriptor;
mod error;
mod host;
pub mod readiness;
pub mod resolver;
mod socket;
mod sys;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub mod threads;

pub use address::RawAddress;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use descriptor::open_without_links;
pub use descriptor::{close_descriptor, duplicate_descriptor};
pub use error::{Error, Result};
pub use host::{Host, Interrupted, Uninterrupted};
pub use socket::{
    ControlBuffer, ControlMessage, ControlMessages, DEFAULT_BACKLOG, Datagram, DatagramBatch, Identity,
    Received, ReceivedDatagram, ReceivedDescriptors, Socket, control_length, control_space,
};
