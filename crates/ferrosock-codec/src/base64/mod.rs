//! Base64 ([RFC 4648, sections 4 and 5](https://www.rfc-editor.org/rfc/rfc4648#section-4)), with the alphabets, the leniency and
//! the strictness of Python's `base64` and `binascii`.
//!
//! [`decode`] is lenient as `binascii.a2b_base64` is: what is not of the alphabet is skipped, and the message ends with its
//! padding, or goes on behind it ([`Mode::LenientThroughout`]). Mail and PEM files need that. [`decode_strict`] takes what an
//! encoder writes and nothing else, as `strict_mode` does.

mod decode;
mod encode;
mod engine;
#[cfg(test)]
mod tests;

use std::fmt;

pub use decode::{
    Characters, Decoder, Mode, Options, decode, decode_characters, decode_strict, decode_with, decoded_len,
    decoded_most,
};
pub use encode::{
    Encoder, LINE, Layout, encode, encode_into, encode_laid, encode_laid_into, encode_lines,
    encode_lines_into, encode_url_safe, encode_with, encoded_len, encoded_lines_len, laid_len,
};

/// The characters of the standard alphabet (RFC 4648, section 4) by their values.
pub const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Which characters stand for 62 and 63.
///
/// ```
/// use ferrosock_codec::base64::{Alphabet, encode_with};
///
/// assert_eq!(encode_with(b"\xfb\xff", Alphabet::STANDARD), b"+/8=");
/// assert_eq!(encode_with(b"\xfb\xff", Alphabet::URL_SAFE), b"-_8=");
/// assert_eq!(encode_with(b"\xfb\xff", Alphabet::new(*b"!,")), b"!,8=");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alphabet([u8; 2]);

impl Alphabet {
    /// `+` and `/`: RFC 4648, section 4.
    pub const STANDARD: Self = Self(*b"+/");
    /// `-` and `_`: RFC 4648, section 5.
    pub const URL_SAFE: Self = Self(*b"-_");

    /// Any two bytes. A decoder understands `+` and `/` beside them, unless one of them is among the two.
    #[must_use]
    pub const fn new(characters: [u8; 2]) -> Self {
        Self(characters)
    }

    /// The character of the standard alphabet that a character of this one means; any other byte stays itself.
    ///
    /// ```
    /// use ferrosock_codec::base64::Alphabet;
    ///
    /// assert_eq!(Alphabet::URL_SAFE.to_standard(b'-'), b'+');
    /// ```
    #[must_use]
    #[inline]
    pub fn to_standard(self, byte: u8) -> u8 {
        // Where both are the same byte, it stands for 63.
        if byte == self.0[1] {
            b'/'
        } else if byte == self.0[0] {
            b'+'
        } else {
            byte
        }
    }
}

/// Why a message cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The message ends with one character of a group of four, which carries less than a byte. `characters` is how many
    /// characters of the alphabet it has.
    OneTooMany {
        /// The number of characters.
        characters: usize,
    },
    /// The message ends within a group, and the padding is missing or short.
    IncorrectPadding,
    /// Strict: the message begins with padding.
    LeadingPadding,
    /// Strict: padding follows a whole group.
    ExcessPadding,
    /// Strict: something follows the padding.
    ExcessData,
    /// Strict: a character of the alphabet follows padding that did not end the message.
    DiscontinuousPadding,
    /// Strict: a byte is not of the alphabet.
    InvalidByte,
    /// Strict: there is padding where none is expected.
    ForbiddenPadding,
    /// Canonical: bits of the last character that carry nothing are not zero.
    NonZeroBits,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneTooMany { characters } => {
                return write!(
                    f,
                    "Invalid base64-encoded string: number of data characters ({characters}) cannot be 1 more \
                     than a multiple of 4"
                );
            }
            Self::IncorrectPadding => "Incorrect padding",
            Self::LeadingPadding => "Leading padding not allowed",
            Self::ExcessPadding => "Excess padding not allowed",
            Self::ExcessData => "Excess data after padding",
            Self::DiscontinuousPadding => "Discontinuous padding not allowed",
            Self::InvalidByte => "Only base64 data is allowed",
            Self::ForbiddenPadding => "Padding not allowed",
            Self::NonZeroBits => "Non-zero padding bits",
        })
    }
}

impl std::error::Error for Error {}
