//! Readiness: which of many descriptors may be read or written without blocking.

mod one;

#[allow(unused_imports, reason = "the socket waits with it")]
pub(crate) use one::wait_one;
