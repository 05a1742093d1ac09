//! Percent-encoding: RFC 3986, section 2.1.

use std::borrow::Cow;

use memchr::memchr;

use crate::escapes::{WIDTH, escaped, left, length};

/// Which bytes percent-encoding leaves as they are.
///
/// Unreserved characters (RFC 3986, section 2.3: letters, digits, `-`, `.`, `_`, `~`) always are; bytes above 127 never.
///
/// ```
/// use ferrosock_codec::url::{Encoding, encode};
///
/// assert_eq!(encode(b"a b/c", &Encoding::UNRESERVED), "a%20b%2Fc");
/// assert_eq!(encode(b"a b/c", &Encoding::PATH), "a%20b/c");
/// assert_eq!(encode(b"a b/c", &Encoding::FORM), "a+b%2Fc");
/// assert_eq!(encode(b"a b/c", &Encoding::UNRESERVED.leaving(b" ")), "a b%2Fc");
/// ```
#[derive(Clone, Debug)]
pub struct Encoding([u32; 256]);

impl Encoding {
    /// Escapes everything but unreserved characters.
    pub const UNRESERVED: Self = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let character = byte as u8;
            let unreserved =
                character.is_ascii_alphanumeric() || matches!(character, b'-' | b'.' | b'_' | b'~');
            table[byte] = if unreserved { left(character) } else { escaped(b'%', character) };
            byte += 1;
        }
        Self(table)
    };
    /// Leaves `/` too, as within a path.
    pub const PATH: Self = Self::UNRESERVED.leaving(b"/");
    /// Writes a space as `+`, as `application/x-www-form-urlencoded` does.
    pub const FORM: Self = Self::UNRESERVED.with_plus();

    /// The same, and these bytes are left as they are; those above 127 among them are passed over.
    #[must_use]
    pub const fn leaving(mut self, safe: &[u8]) -> Self {
        let mut at = 0;
        while at < safe.len() {
            if safe[at] < 128 {
                self.0[safe[at] as usize] = left(safe[at]);
            }
            at += 1;
        }
        self
    }

    /// The same, and a space becomes `+`.
    #[must_use]
    pub const fn with_plus(mut self) -> Self {
        self.0[b' ' as usize] = left(b'+');
        self
    }

    /// Whether encoding leaves the byte as it is.
    ///
    /// ```
    /// use ferrosock_codec::url::Encoding;
    ///
    /// assert!(Encoding::PATH.leaves(b'/') && !Encoding::FORM.leaves(b' '));
    /// ```
    #[must_use]
    pub const fn leaves(&self, byte: u8) -> bool {
        self.0[byte as usize] == left(byte)
    }

    /// Whether encoding leaves all these bytes as they are.
    ///
    /// ```
    /// use ferrosock_codec::url::Encoding;
    ///
    /// assert!(Encoding::PATH.leaves_all(b"/a/b.txt") && !Encoding::PATH.leaves_all(b"a b"));
    /// ```
    #[must_use]
    pub fn leaves_all(&self, input: &[u8]) -> bool {
        input.iter().all(|&byte| self.leaves(byte))
    }
}

/// How many bytes the encoded form has, or `None` if that is more than a `usize` holds.
///
/// ```
/// use ferrosock_codec::url::{Encoding, encoded_len};
///
/// assert_eq!(encoded_len(b"a b", &Encoding::PATH), Some(5));
/// ```
#[must_use]
pub fn encoded_len(input: &[u8], encoding: &Encoding) -> Option<usize> {
    // The sum of a block cannot be too large.
    input.chunks(1 << 12).try_fold(0_usize, |sum, block| {
        sum.checked_add(block.iter().map(|&byte| length(encoding.0[usize::from(byte)])).sum())
    })
}

/// The percent-encoded form; borrowed if that is the input itself.
///
/// Source: RFC 3986, section 2.1; hexadecimal digits are written as capitals.
///
/// ```
/// use ferrosock_codec::url::{Encoding, encode};
///
/// assert_eq!(encode("/El Niño/".as_bytes(), &Encoding::PATH), "/El%20Ni%C3%B1o/");
/// ```
#[must_use]
pub fn encode<'a>(input: &'a [u8], encoding: &Encoding) -> Cow<'a, str> {
    if encoding.leaves_all(input) {
        if let Ok(text) = std::str::from_utf8(input) {
            return Cow::Borrowed(text);
        }
    }
    let mut out = Vec::new();
    encode_into(input, encoding, &mut out);
    // What was escaped is ASCII, and what was left is too.
    Cow::Owned(String::from_utf8(out).unwrap_or_default())
}

/// Adds the percent-encoded form to `out`.
///
/// ```
/// use ferrosock_codec::url::{Encoding, encode_into};
///
/// let mut out = b"?".to_vec();
/// encode_into(b"a=b", &Encoding::UNRESERVED, &mut out);
/// assert_eq!(out, b"?a%3Db");
/// ```
pub fn encode_into(input: &[u8], encoding: &Encoding, out: &mut Vec<u8>) {
    let mut room = [0; ROOM];
    for piece in input.chunks(PIECE) {
        let length = encode_piece(piece, encoding, &mut room);
        out.extend_from_slice(&room[..length]);
    }
}

/// How many bytes are encoded at once: three times as many are one less than a power of two.
pub(super) const PIECE: usize = 21;

/// The room for the encoded form of a piece: its last character may be stored as a whole word.
pub(super) const ROOM: usize = 3 * PIECE + WIDTH;

/// Writes the percent-encoded form of a piece of at most [`PIECE`] bytes and gives its length.
///
/// Its length cannot make a place lie outside of the room, so nothing has to be checked for each byte.
#[inline]
pub(super) fn encode_piece(piece: &[u8], encoding: &Encoding, room: &mut [u8; ROOM]) -> usize {
    const MOST: usize = 3 * PIECE;
    let mut at = 0;
    for &byte in piece {
        let written = encoding.0[usize::from(byte)];
        let begin = at & MOST;
        room[begin..begin + WIDTH].copy_from_slice(&written.to_le_bytes());
        at += length(written);
    }
    at.min(MOST)
}

/// Writes the percent-encoded form to the beginning of `out`, whose length [`encoded_len`] tells, and gives the number of
/// bytes written. What does not fit is left out.
///
/// ```
/// use ferrosock_codec::url::{Encoding, encode_to_slice};
///
/// let mut out = [0; 5];
/// assert_eq!(encode_to_slice(b"a b", &Encoding::PATH, &mut out), 5);
/// assert_eq!(&out, b"a%20b");
/// ```
pub fn encode_to_slice(input: &[u8], encoding: &Encoding, out: &mut [u8]) -> usize {
    let mut at = 0;
    for &byte in input {
        let written = encoding.0[usize::from(byte)];
        let length = length(written);
        if let Some(place) = out.get_mut(at..at + WIDTH) {
            place.copy_from_slice(&written.to_le_bytes());
        } else {
            let Some(place) = out.get_mut(at..at + length) else { break };
            place.copy_from_slice(&written.to_le_bytes()[..length]);
        }
        at += length;
    }
    at
}

/// The value of each hexadecimal digit; 16 for what is none.
const DIGIT_VALUES: [u8; 256] = {
    let mut table = [16; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

/// The byte that two hexadecimal digits stand for.
pub(super) const fn byte_of(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (DIGIT_VALUES[high as usize], DIGIT_VALUES[low as usize]);
    if high < 16 && low < 16 { Some(high << 4 | low) } else { None }
}

/// What a percent-encoded form stands for; borrowed if there is nothing to decode. A `%` without two hexadecimal digits
/// after it stays as it is.
///
/// ```
/// use ferrosock_codec::url::decode;
///
/// assert_eq!(&*decode(b"a%20b"), b"a b");
/// assert_eq!(&*decode(b"100%, %zz%4"), b"100%, %zz%4");
/// ```
#[must_use]
pub fn decode(input: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'%', input).is_none() {
        return Cow::Borrowed(input);
    }
    let mut out = Vec::with_capacity(input.len());
    decode_into(input, &mut out);
    Cow::Owned(out)
}

/// Adds what a percent-encoded form stands for to `out`.
///
/// ```
/// use ferrosock_codec::url::decode_into;
///
/// let mut out = Vec::new();
/// decode_into(b"%41%42", &mut out);
/// assert_eq!(out, b"AB");
/// ```
pub fn decode_into(input: &[u8], out: &mut Vec<u8>) {
    let mut rest = input;
    while let Some(at) = memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        // Escapes often stand next to each other, as those of one character do.
        while let [b'%', tail @ ..] = rest {
            match tail {
                [high, low, after @ ..] if byte_of(*high, *low).is_some() => {
                    out.extend(byte_of(*high, *low));
                    rest = after;
                }
                _ => {
                    out.push(b'%');
                    rest = tail;
                }
            }
        }
    }
    out.extend_from_slice(rest);
}
