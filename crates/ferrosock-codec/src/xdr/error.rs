//! What can be wrong with XDR data, or with a value to be written as such.

use std::fmt;

/// Why a value could not be read or written.
///
/// ```
/// use ferrosock_codec::xdr::{Error, Unpacker};
///
/// let mut unpacker = Unpacker::new(&[0, 0, 0, 9, b'a']);
/// assert_eq!(unpacker.opaque(100), Err(Error::End { missing: 11 }));
/// assert_eq!(unpacker.opaque(8), Err(Error::TooLong { length: 9, limit: 8 }));
/// assert_eq!(unpacker.opaque(8).unwrap_err().to_string(), "a length of 9, where at most 8 is allowed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The data ends within the value; at least `missing` more bytes belong to it.
    End {
        /// The least number of bytes that must come, never 0.
        missing: usize,
    },
    /// A length is beyond what the reader allows, or, of a value to be written, beyond 32 bits.
    TooLong {
        /// The length: bytes of opaque data, items of an array or list.
        length: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// The bytes that fill a value up to a multiple of four are not zero (RFC 4506, section 3).
    Fill,
    /// A boolean, or what says whether an optional value or a further item of a list follows, is neither 0 nor 1.
    Bool(u32),
    /// The enumeration has no such value.
    Enumeration(i32),
    /// A string is not UTF-8, of which the ASCII of RFC 4506 is a part.
    Text,
    /// The data goes on after the last value.
    Trailing {
        /// How many bytes are left.
        left: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End { missing } => {
                write!(f, "the data ends within a value: {missing} more bytes belong to it")
            }
            Self::TooLong { length, limit } => {
                write!(f, "a length of {length}, where at most {limit} is allowed")
            }
            Self::Fill => f.write_str("the fill after a value is not zero"),
            Self::Bool(value) => write!(f, "{value} where 0 or 1 is expected"),
            Self::Enumeration(value) => write!(f, "the enumeration has no value {value}"),
            Self::Text => f.write_str("a string is not UTF-8"),
            Self::Trailing { left } => write!(f, "{left} bytes follow the last value"),
        }
    }
}

impl std::error::Error for Error {}
