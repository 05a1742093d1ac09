//! CBOR (RFC 8949): MessagePack's older brother in standards, with tags, integers of any size and items of open length.
//!
//! [`encode`] and [`decode`] take and give [`Value`]s. [`Reader`] and [`Writer`] go token by token; [`Items`] tells where an
//! item in a stream ends (RFC 8742, CBOR sequences), as a [`Framing`](crate::framing::Framing).
//!
//! ```
//! use ferrosock_codec::cbor::{self, Limits, Value};
//!
//! let value = Value::Tag(1, Box::new(Value::Int(1_363_896_240)));
//! let bytes = cbor::encode(&value)?;
//! assert_eq!(bytes, b"\xc1\x1a\x51\x4b\x67\xb0");
//! assert_eq!(cbor::decode(&bytes, Limits::default())?, value);
//! # Ok::<(), cbor::Error>(())
//! ```

mod items;
mod reader;
mod value;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;

pub use items::Items;
pub use reader::{Reader, Token};
pub use value::{Value, decode, encode};
pub use writer::Writer;

/// How deep arrays, maps and tags may lie in one another, unless another limit is set.
pub const DEFAULT_DEPTH: usize = 512;

/// The greatest depth of a [`Value`], whatever the limit: it is dropped, copied, compared, shown and encoded level by level, for
/// which a thread has 2 MiB of stack by default.
pub const MAXIMUM_DEPTH: usize = 1024;

/// What a decoder accepts. The memory for a value is bounded by the bytes that are there: no length is believed before.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How deep arrays, maps and tags may lie in one another; no more than [`MAXIMUM_DEPTH`] counts.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: DEFAULT_DEPTH }
    }
}

/// Why bytes were refused, or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes end amid an item.
    Incomplete,
    /// Bytes follow after the item.
    Trailing {
        /// Where they begin.
        at: usize,
    },
    /// What is not well-formed (RFC 8949, section 3): a reserved head, a break or a chunk out of place.
    Malformed,
    /// Text that is not UTF-8.
    NotUtf8,
    /// Arrays, maps and tags lie deeper in one another than the limit.
    TooDeep,
    /// An integer that needs a tag for bignums.
    OutOfRange,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => f.write_str("the data ends amid an item"),
            Self::Trailing { at } => write!(f, "extra data after the item, from byte {at} on"),
            Self::Malformed => f.write_str("the data is not well-formed CBOR"),
            Self::NotUtf8 => f.write_str("a text is not UTF-8"),
            Self::TooDeep => f.write_str("arrays, maps and tags lie too deep in one another"),
            Self::OutOfRange => f.write_str("an integer of more than 64 bits needs a tag"),
        }
    }
}

impl std::error::Error for Error {}
