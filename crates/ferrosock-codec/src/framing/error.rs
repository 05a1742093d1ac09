use std::fmt;

/// Why the bytes of a stream are no frames of its kind. After an error nobody can tell where the next frame begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A frame is larger than the limit; known as soon as its length is, or as more bytes than that came without an end.
    TooLong {
        /// The most bytes that a frame may have.
        limit: usize,
    },
    /// A payload does not fit into the length's field, or holds the delimiter that would end it.
    Unframeable,
    /// A length of variable size has more bytes than it needs, or than a length of 64 bits has.
    BadVarint,
    /// The length of a netstring is no decimal number.
    NotADigit,
    /// The length of a netstring begins with a zero that it does not need.
    LeadingZero,
    /// A netstring does not end with a comma where its length says.
    NoComma,
    /// The stream ended amid a frame.
    Incomplete {
        /// How many bytes of the frame had come.
        buffered: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "the frame is longer than {limit} bytes"),
            Self::Unframeable => f.write_str("these bytes cannot be a frame of this kind"),
            Self::BadVarint => f.write_str("the length is no varint of its shortest form"),
            Self::NotADigit => f.write_str("the length of the netstring is no decimal number"),
            Self::LeadingZero => f.write_str("the length of the netstring has a leading zero"),
            Self::NoComma => f.write_str("the netstring does not end with a comma"),
            Self::Incomplete { buffered } => {
                write!(f, "the stream ended amid a frame, of which {buffered} bytes had come")
            }
        }
    }
}

impl std::error::Error for Error {}
