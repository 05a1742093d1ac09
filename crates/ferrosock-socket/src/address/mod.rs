//! Socket addresses of every family.

mod raw;

pub use raw::RawAddress;
