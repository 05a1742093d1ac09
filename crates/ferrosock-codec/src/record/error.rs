use std::fmt;

/// Why a format or a record was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A character of the format is no code, or none of this mode (`n`, `N` and `P` are native only).
    BadCode,
    /// A NUL in the format.
    EmbeddedNul,
    /// A repeat count at the end of the format, without a code.
    CountWithoutCode,
    /// The record would be larger than `isize::MAX` bytes.
    TooLong,
    /// A number of values other than the format asks for.
    ValueCount {
        /// How many the format asks for.
        expected: usize,
        /// How many there were.
        given: usize,
    },
    /// A number of bytes other than the record's size.
    Size {
        /// The record's size in bytes; with `several`, a multiple of it was asked for.
        expected: usize,
        /// How many bytes there were.
        given: usize,
        /// Whether several records were to be read.
        several: bool,
    },
    /// A record that does not fit between the offset and the buffer's end.
    NoRoom {
        /// The record's size in bytes.
        size: usize,
        /// Where it was to begin.
        offset: usize,
        /// The buffer's size in bytes.
        buffer: usize,
    },
    /// Records of size 0, of which no buffer has a number that is known.
    EmptyRecord,
    /// A value of another type than its code takes.
    WrongType {
        /// The format's code.
        code: char,
        /// What it takes.
        wanted: &'static str,
    },
    /// A number outside of what its code can hold.
    OutOfRange {
        /// The format's code.
        code: char,
        /// The least number.
        least: i128,
        /// The greatest number.
        most: i128,
    },
    /// A finite number that would become infinite in a float of this code's size.
    FloatTooLarge {
        /// The format's code.
        code: char,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCode => f.write_str("bad char in struct format"),
            Self::EmbeddedNul => f.write_str("embedded null character"),
            Self::CountWithoutCode => f.write_str("repeat count given without format specifier"),
            Self::TooLong => f.write_str("total struct size too long"),
            Self::ValueCount { expected, given } => {
                write!(f, "pack expected {expected} items for packing (got {given})")
            }
            Self::Size { expected, several: false, .. } => {
                write!(f, "unpack requires a buffer of {expected} bytes")
            }
            Self::Size { expected, several: true, .. } => {
                write!(f, "iterative unpacking requires a buffer of a multiple of {expected} bytes")
            }
            Self::NoRoom { size, offset, buffer } => {
                write!(f, "no room for {size} bytes at offset {offset} of a buffer of {buffer} bytes")
            }
            Self::EmptyRecord => f.write_str("cannot iteratively unpack with a struct of length 0"),
            Self::WrongType { code, wanted } => write!(f, "'{code}' format requires {wanted}"),
            Self::OutOfRange { code, least, most } => {
                write!(f, "'{code}' format requires {least} <= number <= {most}")
            }
            Self::FloatTooLarge { code } => write!(f, "float too large to pack with {code} format"),
        }
    }
}

impl std::error::Error for Error {}
