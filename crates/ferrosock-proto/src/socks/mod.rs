//! SOCKS, the client's side, without input and output: version 5 (RFC 1928) with a user's name and password (RFC 1929), and
//! versions 4 and 4a.
//!
//! A [`Client`] asks a proxy for a connection to a [`Target`]. When it is done, the stream belongs to whoever asked: not a byte
//! behind the proxy's last answer was taken.

mod client;
mod error;
mod target;
#[cfg(test)]
mod tests;

pub use client::{Auth, Client};
pub use error::{Error, Reply};
pub use target::Target;
