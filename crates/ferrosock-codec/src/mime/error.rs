//! Why a header cannot be read or written.

use std::fmt;

/// Why a header, a word or a parameter cannot be read or written.
///
/// ```
/// use ferrosock_codec::mime::{Error, decode_header};
///
/// assert_eq!(decode_header("=?utf-8?b?a?="), Err(Error::Base64));
/// assert_eq!(Error::Base64.to_string(), "Base64 decoding error");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The Base64 of an encoded word cannot be decoded.
    Base64,
    /// It is no encoded word: there must be five parts with question marks between them.
    NoWord,
    /// The encoding of a word is neither Q nor B.
    Encoding(String),
    /// The text of an encoded word is not ASCII.
    NotAscii,
    /// The charset has no bytes for a character of the text.
    Charset {
        /// The charset's name.
        charset: &'static str,
        /// The character.
        character: char,
    },
    /// The value, as it would be written, has a line that a reader would take for another header.
    EmbeddedHeader(String),
    /// A parameter comes both whole and in numbered parts.
    Numbering(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("Base64 decoding error"),
            Self::NoWord => f.write_str("no encoded word"),
            Self::Encoding(encoding) => write!(f, "no such encoding of a word: {encoding:?}"),
            Self::NotAscii => f.write_str("the text of an encoded word is not ASCII"),
            Self::Charset { charset, character } => write!(f, "{charset} has no {character:?}"),
            Self::EmbeddedHeader(value) => {
                write!(f, "header value appears to contain an embedded header: {value:?}")
            }
            Self::Numbering(name) => write!(f, "parameter {name:?} comes both whole and in numbered parts"),
        }
    }
}

impl std::error::Error for Error {}
