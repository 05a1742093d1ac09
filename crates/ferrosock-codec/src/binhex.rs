//! The encodings of BinHex 4 files (`.hqx`), as `binascii` had them until Python 3.10: six bits a character, and runs of a byte
//! written as its number.
//!
//! Source: [RFC 1741](https://www.rfc-editor.org/rfc/rfc1741).

use std::fmt;

use crate::output::Cursor;
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
    let mut out = vec![0; encoded_len(data.len())];
    encode_into(data, &mut out);
    ascii(out)
}

/// How many characters so many bytes take.
///
/// ```
/// assert_eq!(ferrosock_codec::binhex::encoded_len(4), 6);
/// ```
#[must_use]
pub const fn encoded_len(length: usize) -> usize {
    length + length.div_ceil(3) // a slice is at most half of what a usize can count
}

/// Writes the characters for `data` to the beginning of `out` and gives their number.
///
/// # Panics
///
/// If `out` is shorter than [`encoded_len`] says.
///
/// ```
/// let mut out = [0; 4];
/// assert_eq!(ferrosock_codec::binhex::encode_into(b"abc", &mut out), 4);
/// assert_eq!(&out, b"B@*M");
/// ```
pub fn encode_into(data: &[u8], out: &mut [u8]) -> usize {
    let mut out = Cursor::new(out);
    for group in data.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        let characters = [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize]);
        out.put(&characters[..group.len() + 1]);
    }
    out.written()
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
    let mut out = vec![0; characters.len()];
    let (length, ended) = decode_into(characters, &mut out)?;
    out.truncate(length);
    Ok((out, ended))
}

/// Writes what [`decode`] gives to the beginning of `out`, and gives the number of bytes, and whether there was the colon.
///
/// # Errors
///
/// As [`decode`].
///
/// # Panics
///
/// If `out` is too short; what is as long as `characters` is not.
///
/// ```
/// let mut out = [0; 7];
/// assert_eq!(ferrosock_codec::binhex::decode_into(b"B@\r\n*M:", &mut out), Ok((3, true)));
/// assert_eq!(&out[..3], b"abc");
/// ```
pub fn decode_into(characters: &[u8], out: &mut [u8]) -> Result<(usize, bool), Error> {
    let mut out = Cursor::new(out);
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
    if count > 0 && !ended { Err(Error::IncompleteBytes) } else { Ok((out.written(), ended)) }
}

/// `data` with each run of four bytes or more written as a code.
///
/// ```
/// assert_eq!(ferrosock_codec::binhex::compress(b"aaaaa\x90"), b"a\x90\x05\x90\x00");
/// ```
#[must_use]
pub fn compress(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; data.len() * 2];
    let length = compress_into(data, &mut out);
    out.truncate(length);
    out
}

/// Writes what [`compress`] gives to the beginning of `out`, and gives its length.
///
/// # Panics
///
/// If `out` is too short; what is twice as long as `data` is not.
///
/// ```
/// let mut out = [0; 12];
/// assert_eq!(ferrosock_codec::binhex::compress_into(b"aaaaa\x90", &mut out), 5);
/// assert_eq!(&out[..5], b"a\x90\x05\x90\x00");
/// ```
pub fn compress_into(data: &[u8], out: &mut [u8]) -> usize {
    let mut out = Cursor::new(out);
    let mut rest = data;
    while let Some(byte) = rest.first() {
        let run = rest.iter().take(255).take_while(|other| *other == byte).count();
        let taken = if *byte == RUN {
            out.put(&[RUN, 0]);
            1
        } else if run > 3 {
            out.put(&[*byte, RUN, run as u8]);
            run
        } else {
            out.push(*byte);
            1
        };
        rest = &rest[taken..];
    }
    out.written()
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
    let mut out = vec![0; expanded_len(data)?];
    expand_into(data, &mut out)?;
    Ok(out)
}

/// The length of what [`expand`] gives.
///
/// # Errors
///
/// As [`expand`].
///
/// ```
/// use ferrosock_codec::binhex::{Error, expanded_len};
///
/// assert_eq!(expanded_len(b"a\x90\x05"), Ok(5));
/// assert_eq!(expanded_len(b"a\x90"), Err(Error::IncompleteRun));
/// ```
pub fn expanded_len(data: &[u8]) -> Result<usize, Error> {
    let mut length = 0_usize;
    // Two bytes are at most 254: no slice is so long that this overflows.
    runs(data, |_, count| length = length.saturating_add(count))?;
    Ok(length)
}

/// Writes what [`expand`] gives to the beginning of `out`, and gives its length.
///
/// # Errors
///
/// As [`expand`].
///
/// # Panics
///
/// If `out` is shorter than [`expanded_len`] says.
///
/// ```
/// let mut out = [0; 6];
/// assert_eq!(ferrosock_codec::binhex::expand_into(b"a\x90\x05\x90\x00", &mut out), Ok(6));
/// assert_eq!(&out, b"aaaaa\x90");
/// ```
pub fn expand_into(data: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    let mut written = 0;
    runs(data, |byte, count| {
        out[written..written + count].fill(byte);
        written += count;
    })?;
    Ok(written)
}

/// Tells `each` of the bytes that `data` stands for, and how many of them follow one another.
fn runs(data: &[u8], mut each: impl FnMut(u8, usize)) -> Result<(), Error> {
    let mut last = None;
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        let (byte, count) = if byte == RUN {
            match (bytes.next().ok_or(Error::IncompleteRun)?, last) {
                (0, _) => (RUN, 1),
                (_, None) => return Err(Error::OrphanedRun),
                // The byte itself stands there already.
                (count, Some(last)) => (last, usize::from(count) - 1),
            }
        } else {
            (byte, 1)
        };
        each(byte, count);
        last = Some(byte);
    }
    Ok(())
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
