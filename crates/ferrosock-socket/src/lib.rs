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

pub mod address;
pub mod connection;
mod descriptor;
mod error;
mod host;
pub mod readiness;
pub mod resolver;
mod socket;
mod sys;

pub use address::RawAddress;
pub use descriptor::{close_descriptor, duplicate_descriptor};
pub use error::{Error, Result};
pub use host::{Host, Interrupted, Uninterrupted};
pub use socket::{
    ControlBuffer, ControlMessage, ControlMessages, DEFAULT_BACKLOG, Datagram, DatagramBatch, Identity,
    Received, ReceivedDatagram, ReceivedDescriptors, Socket, control_length, control_space,
};
