//! MessagePack: JSON's values, bytes and types of one's own in few bytes.
//!
//! [`encode`] and [`decode`] take and give [`Value`]s. [`Reader`] and [`Writer`] go token by token, for whoever has values of
//! another kind; [`Items`] tells where an item in a stream ends, as a [`Framing`](crate::framing::Framing).
//!
//! ```
//! use ferrosock_codec::msgpack::{self, Limits, Value};
//!
//! let value = Value::Array(vec![1.into(), "two".into(), Value::Nil]);
//! let bytes = msgpack::encode(&value)?;
//! assert_eq!(bytes, b"\x93\x01\xa3two\xc0");
//! assert_eq!(msgpack::decode(&bytes, Limits::default())?, value);
//! # Ok::<(), msgpack::Error>(())
//! ```
//!
//! Source: <https://github.com/msgpack/msgpack/blob/master/spec.md>

mod items;
mod reader;
mod timestamp;
mod value;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;

pub use items::Items;
pub use reader::{Reader, Token};
pub use timestamp::Timestamp;
pub use value::{Value, decode, encode};
pub use writer::Writer;

/// How deep arrays and maps may lie in one another, unless another limit is set.
pub const DEFAULT_DEPTH: usize = 512;

/// The greatest depth of a [`Value`], whatever the limit: it is dropped, copied, compared, shown and encoded level by level, for
/// which a thread has 2 MiB of stack by default.
pub const MAXIMUM_DEPTH: usize = 1024;

/// What a decoder accepts. The memory for a value is bounded by the bytes that are there: no length is believed before.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How deep arrays and maps may lie in one another; no more than [`MAXIMUM_DEPTH`] counts.
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
    /// A first byte that the format never uses.
    Reserved,
    /// Text that is not UTF-8.
    NotUtf8,
    /// Arrays and maps lie deeper in one another than the limit.
    TooDeep,
    /// More than 2**32 - 1 bytes or items.
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => f.write_str("the data ends amid an item"),
            Self::Trailing { at } => write!(f, "extra data after the item, from byte {at} on"),
            Self::Reserved => f.write_str("the byte 0xc1 begins no item"),
            Self::NotUtf8 => f.write_str("a text is not UTF-8"),
            Self::TooDeep => f.write_str("arrays and maps lie too deep in one another"),
            Self::TooLong => f.write_str("an item is longer than 2**32 - 1"),
        }
    }
}

impl std::error::Error for Error {}
