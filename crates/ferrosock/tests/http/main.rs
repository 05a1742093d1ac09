//! The HTTP client against servers that do what a test says, well-behaved and not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is the failure of a test")]

mod coding;
mod cuts;
mod exchange;
mod flow;
mod hostile;
mod pool;
mod proxy;
mod server;
#[cfg(feature = "tls")]
mod tls;
