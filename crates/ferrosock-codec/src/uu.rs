//! Lines of uuencoded files, as `binascii.b2a_uu` and `binascii.a2b_uu` have them: a character for the number of bytes, then
//! four characters for each three bytes.
//!
//! Source: [POSIX, uuencode](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/uuencode.html).

use std::fmt;

use crate::output::Cursor;

/// The most bytes in a line.
pub const LINE: usize = 45;

/// The most bytes that a decoded line can have: the six bits of its first character say how many.
pub const DECODED: usize = 63;

/// The most characters of an encoded line, with its line feed.
pub const ENCODED: usize = LINE / 3 * 4 + 2;

/// Why a line cannot be encoded or decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// More than 45 bytes are to be put into a line.
    TooLong,
    /// A character is none of those from the space to the backtick.
    IllegalCharacter,
    /// More than blanks follow the bytes that the line says to have.
    TrailingGarbage,
    /// The line is empty, where that is refused.
    MissingLength,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "At most 45 bytes at once",
            Self::IllegalCharacter => "Illegal char",
            Self::TrailingGarbage => "Trailing garbage",
            Self::MissingLength => "Missing length byte",
        })
    }
}

impl std::error::Error for Error {}

/// The line, with its line feed, that stands for `data`. Zero is written as a space or, with `backtick`, as a backtick, which
/// no program removes from the end of a line.
///
/// # Errors
///
/// [`Error::TooLong`].
///
/// ```
/// use ferrosock_codec::uu::encode_line;
///
/// assert_eq!(encode_line(b"Cat", false)?, b"#0V%T\n");
/// assert_eq!(encode_line(b"\0", true)?, b"!````\n");
/// # Ok::<(), ferrosock_codec::uu::Error>(())
/// ```
pub fn encode_line(data: &[u8], backtick: bool) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; data.len().div_ceil(3) * 4 + 2];
    encode_line_into(data, backtick, &mut out)?;
    Ok(out)
}

/// Writes what [`encode_line`] gives to the beginning of `out`, and gives its length.
///
/// # Errors
///
/// [`Error::TooLong`].
///
/// # Panics
///
/// If `out` has too little room: [`ENCODED`] bytes will do.
///
/// ```
/// use ferrosock_codec::uu::{ENCODED, encode_line_into};
///
/// assert_eq!(encode_line_into(b"Cat", false, &mut [0; ENCODED]), Ok(6));
/// ```
pub fn encode_line_into(data: &[u8], backtick: bool, out: &mut [u8]) -> Result<usize, Error> {
    if data.len() > LINE {
        return Err(Error::TooLong);
    }
    let mut out = Cursor::new(out);
    let zero = if backtick { b'`' } else { b' ' };
    let character = |value: u8| if value == 0 { zero } else { b' ' + value };
    out.push(character(data.len() as u8));
    for group in data.chunks(3) {
        let byte = |place: usize| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.put(&[18, 12, 6, 0].map(|shift| character((bits >> shift & 63) as u8)));
    }
    out.push(b'\n');
    Ok(out.written())
}

/// The bytes that a line stands for. What is missing at the end counts as zero, since blanks there get lost on the way; an
/// empty line is read as one that begins with a NUL, which says 32 bytes.
///
/// # Errors
///
/// [`Error::IllegalCharacter`], [`Error::TrailingGarbage`].
///
/// ```
/// use ferrosock_codec::uu::{Error, decode_line};
///
/// assert_eq!(decode_line(b"#0V%T\n")?, b"Cat");
/// assert_eq!(decode_line(b"#0V%Tx\n"), Err(Error::TrailingGarbage));
/// # Ok::<(), Error>(())
/// ```
pub fn decode_line(line: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; DECODED];
    let length = decode_line_into(line, &mut out)?;
    out.truncate(length);
    Ok(out)
}

/// Writes what [`decode_line`] gives to the beginning of `out`, and gives its length.
///
/// # Errors
///
/// As [`decode_line`].
///
/// # Panics
///
/// If `out` has too little room: [`DECODED`] bytes will do.
///
/// ```
/// use ferrosock_codec::uu::{DECODED, decode_line_into};
///
/// assert_eq!(decode_line_into(b"#0V%T\n", &mut [0; DECODED]), Ok(3));
/// ```
pub fn decode_line_into(line: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    let (first, characters) = line.split_first().unwrap_or((&0, &[]));
    let length = usize::from(first.wrapping_sub(b' ') & 63);
    // The characters that the bytes take; the last of them may carry bits of no byte.
    let needed = (length * 8).div_ceil(6);
    let (carrying, rest) = characters.split_at(needed.min(characters.len()));
    let mut spaces = out[..length.div_ceil(3) * 3].chunks_exact_mut(3);
    let mut groups = carrying.chunks_exact(4);
    let mut seen = 0;
    let mut decode = |group: [u8; 4], space: &mut [u8]| {
        let values = group.map(|character| VALUES[usize::from(character)]);
        seen |= values.iter().fold(0, |seen, value| seen | value);
        let bits = values.iter().fold(0, |bits, value| bits << 6 | u32::from(*value));
        space.copy_from_slice(&bits.to_be_bytes()[1..]);
    };
    for (group, space) in groups.by_ref().zip(spaces.by_ref()) {
        decode([group[0], group[1], group[2], group[3]], space);
    }
    if let Some(space) = spaces.next() {
        let at = |place| groups.remainder().get(place).copied().unwrap_or(b' ');
        decode([0, 1, 2, 3].map(at), space);
    }
    spaces.for_each(|space| space.fill(0));
    if seen & ILLEGAL != 0 {
        return Err(Error::IllegalCharacter);
    }
    if rest.iter().all(|byte| matches!(byte, b' ' | b'`' | b'\n' | b'\r')) {
        Ok(length)
    } else {
        Err(Error::TrailingGarbage)
    }
}

const ILLEGAL: u8 = 64;

/// What each character stands for.
static VALUES: [u8; 256] = {
    let mut table = [ILLEGAL; 256];
    let mut value = 0;
    while value < 64 {
        table[b' ' as usize + value] = value as u8;
        value += 1;
    }
    table[b'`' as usize] = 0;
    // Spaces got lost before the end of the line.
    table[b'\n' as usize] = 0;
    table[b'\r' as usize] = 0;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded() {
        let data: Vec<u8> = (0..=255).map(|byte: u8| byte.wrapping_mul(29)).collect();
        for length in 0..=LINE {
            for backtick in [false, true] {
                let line = encode_line(&data[..length], backtick).unwrap();
                assert_eq!(line.len(), length.div_ceil(3) * 4 + 2);
                assert_eq!(decode_line(&line).as_deref(), Ok(&data[..length]));
                let short = line[..1].len() + line[1..].trim_ascii_end().len(); // blanks got lost
                assert_eq!(decode_line(&line[..short]).as_deref(), Ok(&data[..length]));
            }
        }
        assert_eq!(encode_line(&data[..46], false), Err(Error::TooLong));
    }

    #[test]
    fn lines_that_are_not_whole() {
        assert_eq!(decode_line(b"").as_deref(), Ok(&[0; 32][..]));
        assert_eq!(decode_line(b"_").as_deref(), Ok(&[0; 63][..]));
        assert_eq!(decode_line(b"\"\x7f"), Err(Error::IllegalCharacter));
        assert_eq!(decode_line(b"!  \xff"), Err(Error::TrailingGarbage));
    }
}
