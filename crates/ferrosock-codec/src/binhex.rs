//! The encodings of BinHex 4 files (`.hqx`), as `binascii` had them until Python 3.10: six bits a character, and runs of a byte
//! written as its number.
//!
//! Source: [RFC 1741](https://www.rfc-editor.org/rfc/rfc1741).

use std::fmt;

use crate::text::ascii;

/// Why data cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A character is not of the alphabet.
    IllegalCharacter,
    /// The characters end within a byte, and no colon ended them.
    IncompleteBytes,
    /// The data ends within the code of a run.
    IncompleteRun,
    /// The data begins with a run of nothing.
    OrphanedRun,
}

impl Error {
    /// Whether more data could have made it right: Python raises `binascii.Incomplete` then.
    ///
    /// ```
    /// use ferrosock_codec::binhex::{Error, decode};
    ///
    /// assert!(decode(b"B@*").is_err_and(Error::is_incomplete));
    /// ```
    #[must_use]
    pub const fn is_incomplete(self) -> bool {
        matches!(self, Self::IncompleteBytes | Self::IncompleteRun)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IllegalCharacter => "Illegal char",
            Self::IncompleteBytes => "String has incomplete number of bytes",
            Self::IncompleteRun => "",
            Self::OrphanedRun => "Orphaned RLE code at start",
        })
    }
}

impl std::error::Error for Error {}

const ALPHABET: &[u8; 64] = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";

/// Begins the code of a run; followed by 0 it stands for itself.
const RUN: u8 = 0x90;

/// The characters for `data`.
///
/// ```
/// assert_eq!(ferrosock_codec::binhex::encode(b"abc"), "B@*M");
/// ```
#[must_use]
pub fn encode(data: &[u8]) -> String {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4);
    for group in data.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        let shifts = [18, 12, 6, 0];
        let characters = shifts.map(|shift| ALPHABET[(bits >> shift & 63) as usize]);
        out.extend(&characters[..group.len() + 1]);
    }
    ascii(out)
}

/// The bytes that `characters` stand for, to a colon or the end, and whether there was the colon. Line ends are skipped.
///
/// # Errors
///
/// [`Error::IllegalCharacter`], [`Error::IncompleteBytes`].
///
/// ```
/// use ferrosock_codec::binhex::decode;
///
/// assert_eq!(decode(b"B@\r\n*M:"), Ok((b"abc".to_vec(), true)));
/// ```
pub fn decode(characters: &[u8]) -> Result<(Vec<u8>, bool), Error> {
    let mut out = Vec::with_capacity(characters.len());
    let (mut bits, mut count, mut ended) = (0_u32, 0, false);
    for character in characters {
        match character {
            b'\n' | b'\r' => continue,
            b':' => {
                ended = true;
                break;
            }
            _ => {}
        }
        let Some(value) = ALPHABET.iter().position(|known| known == character) else {
            return Err(Error::IllegalCharacter);
        };
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    if count > 0 && !ended { Err(Error::IncompleteBytes) } else { Ok((out, ended)) }
}

/// `data` with each run of four bytes or more written as a code.
///
/// ```
/// assert_eq!(ferrosock_codec::binhex::compress(b"aaaaa\x90"), b"a\x90\x05\x90\x00");
/// ```
#[must_use]
pub fn compress(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some(byte) = rest.first() {
        let run = rest.iter().take(255).take_while(|other| *other == byte).count();
        if *byte == RUN {
            out.extend([RUN, 0]);
            rest = &rest[1..];
        } else if run > 3 {
            out.extend([*byte, RUN, run as u8]);
            rest = &rest[run..];
        } else {
            out.push(*byte);
            rest = &rest[1..];
        }
    }
    out
}

/// `data` with each code of a run written out.
///
/// # Errors
///
/// [`Error::IncompleteRun`], [`Error::OrphanedRun`].
///
/// ```
/// assert_eq!(ferrosock_codec::binhex::expand(b"a\x90\x05\x90\x00").as_deref(), Ok(&b"aaaaa\x90"[..]));
/// ```
pub fn expand(data: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut bytes = data.iter();
    while let Some(byte) = bytes.next() {
        if *byte != RUN {
            out.push(*byte);
            continue;
        }
        let count = bytes.next().ok_or(Error::IncompleteRun)?;
        match (count, out.last().copied()) {
            (0, _) => out.push(RUN),
            (_, None) => return Err(Error::OrphanedRun),
            // The byte itself stands there already.
            (count, Some(last)) => out.resize(out.len() + usize::from(*count) - 1, last),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for length in 0..600_usize {
            let data: Vec<u8> = (0..length).map(|i| if i % 97 < 60 { 7 } else { (i * 31) as u8 }).collect();
            assert_eq!(expand(&compress(&data)).as_ref(), Ok(&data));
            assert_eq!(decode(format!("{}:", encode(&data)).as_bytes()), Ok((data, true)));
        }
    }
}
