//! Hexadecimal digits: base16 of [RFC 4648, section 8](https://www.rfc-editor.org/rfc/rfc4648#section-8), in the forms that
//! `binascii.hexlify`, `binascii.unhexlify` and `base64.b16encode` have.
//!
//! A byte's digits don't depend on its neighbours: a message that is encoded in chunks gives the digits in chunks.

use std::fmt;
use std::mem::MaybeUninit;

use hex_simd::{AsOut, AsciiCase};

use crate::byte_set::ByteSet;
use crate::text::ascii;

/// Why digits cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Two digits make a byte, and their number is odd.
    OddLength,
    /// A byte is none of `0-9`, `a-f` and `A-F`.
    InvalidDigit,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OddLength => "Odd-length string",
            Self::InvalidDigit => "Non-hexadecimal digit found",
        })
    }
}

impl std::error::Error for Error {}

/// Which letters the digits above 9 are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// `a` to `f`, as `hexlify` writes them.
    #[default]
    Lower,
    /// `A` to `F`, as RFC 4648 has them.
    Upper,
}

impl Case {
    #[inline]
    const fn letters(self) -> AsciiCase {
        match self {
            Self::Lower => AsciiCase::Lower,
            Self::Upper => AsciiCase::Upper,
        }
    }
}

/// The digits of `data`, in lower case.
///
/// ```
/// assert_eq!(ferrosock_codec::hex::encode(b"\xb9\x01\xef"), "b901ef");
/// ```
#[must_use]
pub fn encode(data: &[u8]) -> String {
    encode_with(data, Case::Lower)
}

/// The digits of `data`, in either case.
///
/// ```
/// use ferrosock_codec::hex::{Case, encode_with};
///
/// assert_eq!(encode_with(b"\xb9\x01\xef", Case::Upper), "B901EF");
/// ```
#[must_use]
pub fn encode_with(data: &[u8], case: Case) -> String {
    let mut out = vec![0; data.len() * 2];
    encode_into(data, case, &mut out);
    ascii(out)
}

/// Writes the digits of `data` to the beginning of `out` and gives their number.
///
/// # Panics
///
/// If `out` has less room than two bytes for each of `data`.
///
/// ```
/// use ferrosock_codec::hex::{Case, encode_into};
///
/// let mut out = [0; 8];
/// assert_eq!(encode_into(b"\xb9\x01", Case::Lower, &mut out), 4);
/// assert_eq!(&out[..4], b"b901");
/// ```
#[inline]
pub fn encode_into(data: &[u8], case: Case, out: &mut [u8]) -> usize {
    hex_simd::encode(data, out.as_out(), case.letters()).len()
}

/// [`encode_into`] for memory that has no values yet; gives what was written.
///
/// # Panics
///
/// As [`encode_into`].
///
/// ```
/// use ferrosock_codec::hex::{Case, encode_uninit};
///
/// let mut out = [std::mem::MaybeUninit::uninit(); 8];
/// assert_eq!(encode_uninit(b"\xb9\x01", Case::Lower, &mut out), b"b901");
/// ```
#[inline]
pub fn encode_uninit<'a>(data: &[u8], case: Case, out: &'a mut [MaybeUninit<u8>]) -> &'a mut [u8] {
    hex_simd::encode(data, out.as_out(), case.letters())
}

/// How many separators stand between the digits of `length` bytes if there is one after each `group` bytes.
fn separators(length: usize, group: isize) -> usize {
    match (length, group.unsigned_abs()) {
        (0, _) | (_, 0) => 0,
        (_, group) => (length - 1) / group,
    }
}

/// The length of what [`encode_separated`] gives for so many bytes; `None` if no memory could hold it.
///
/// ```
/// assert_eq!(ferrosock_codec::hex::separated_len(6, 2), Some(14));
/// ```
#[must_use]
pub fn separated_len(length: usize, group: isize) -> Option<usize> {
    length.checked_mul(2)?.checked_add(separators(length, group))
}

/// The digits of `data`, with `separator` after each `group` bytes: counted from the right, or with a negative `group` from
/// the left. 0 is for no separators.
///
/// ```
/// use ferrosock_codec::hex::encode_separated;
///
/// assert_eq!(encode_separated(b"\xb9\x01\xef", b':', 1), b"b9:01:ef");
/// assert_eq!(encode_separated(b"\xb9\x01\xef", b'_', 2), b"b9_01ef");
/// assert_eq!(encode_separated(b"\xb9\x01\xef", b'_', -2), b"b901_ef");
/// ```
#[must_use]
pub fn encode_separated(data: &[u8], separator: u8, group: isize) -> Vec<u8> {
    let mut out = vec![0; data.len() * 2 + separators(data.len(), group)];
    encode_separated_into(data, separator, group, &mut out);
    out
}

/// Writes what [`encode_separated`] gives to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`separated_len`] says.
///
/// ```
/// let mut out = [0; 5];
/// assert_eq!(ferrosock_codec::hex::encode_separated_into(b"\xb9\x01", b'-', 1, &mut out), 5);
/// assert_eq!(&out, b"b9-01");
/// ```
pub fn encode_separated_into(data: &[u8], separator: u8, group: isize, out: &mut [u8]) -> usize {
    if separators(data.len(), group) == 0 {
        return encode_into(data, Case::Lower, out);
    }
    let size = group.unsigned_abs();
    if let (1, Some((first, rest))) = (size, data.split_first()) {
        out[..2].copy_from_slice(&PAIRS[usize::from(*first)]);
        for (place, byte) in out[2..].chunks_exact_mut(3).zip(rest) {
            let [high, low] = PAIRS[usize::from(*byte)];
            place.copy_from_slice(&[separator, high, low]);
        }
        return data.len() * 3 - 1;
    }
    // Counted from the right, the first group is the one that may be short.
    let first = match data.len() % size {
        short if group > 0 && short > 0 => short,
        _ => size,
    };
    let (head, rest) = data.split_at(first);
    let mut at = write_pairs(head, out, 0);
    for piece in rest.chunks(size) {
        out[at] = separator;
        at = write_pairs(piece, out, at + 1);
    }
    at
}

/// Writes the digits of `data` from `at` on, and gives where they end.
#[inline]
fn write_pairs(data: &[u8], out: &mut [u8], at: usize) -> usize {
    let end = at + data.len() * 2;
    for (pair, byte) in out[at..end].chunks_exact_mut(2).zip(data) {
        pair.copy_from_slice(&PAIRS[usize::from(*byte)]);
    }
    end
}

/// The digits of each byte.
static PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

/// The bytes that `digits` stand for; letters may be in either case.
///
/// # Errors
///
/// [`Error::OddLength`] before [`Error::InvalidDigit`].
///
/// ```
/// use ferrosock_codec::hex::{Error, decode};
///
/// assert_eq!(decode(b"b901EF")?, b"\xb9\x01\xef");
/// assert_eq!(decode(b"b9 1"), Err(Error::InvalidDigit));
/// # Ok::<(), Error>(())
/// ```
pub fn decode(digits: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; digits.len() / 2];
    decode_into(digits, &mut out)?;
    Ok(out)
}

/// Writes the bytes that `digits` stand for to the beginning of `out` and gives their number.
///
/// # Errors
///
/// As [`decode`].
///
/// # Panics
///
/// If `out` has less room than a byte for each two digits.
///
/// ```
/// let mut out = [0; 2];
/// assert_eq!(ferrosock_codec::hex::decode_into(b"b901", &mut out), Ok(2));
/// assert_eq!(&out, b"\xb9\x01");
/// ```
#[inline]
pub fn decode_into(digits: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    if digits.len() % 2 != 0 {
        return Err(Error::OddLength);
    }
    hex_simd::decode(digits, out.as_out()).map(|bytes| bytes.len()).map_err(|_| Error::InvalidDigit)
}

/// [`decode_into`] for memory that has no values yet; gives what was written.
///
/// # Errors
///
/// As [`decode`].
///
/// # Panics
///
/// As [`decode_into`].
///
/// ```
/// let mut out = [std::mem::MaybeUninit::uninit(); 2];
/// assert_eq!(ferrosock_codec::hex::decode_uninit(b"b901", &mut out).as_deref(), Ok(&b"\xb9\x01"[..]));
/// ```
#[inline]
pub fn decode_uninit<'a>(digits: &[u8], out: &'a mut [MaybeUninit<u8>]) -> Result<&'a mut [u8], Error> {
    if digits.len() % 2 != 0 {
        return Err(Error::OddLength);
    }
    hex_simd::decode(digits, out.as_out()).map_err(|_| Error::InvalidDigit)
}

/// The bytes that `digits` stand for; letters may be in either case, and the bytes of `skipped` that are no digits are
/// skipped.
///
/// # Errors
///
/// [`Error::InvalidDigit`] before [`Error::OddLength`].
///
/// ```
/// use ferrosock_codec::byte_set::ByteSet;
/// use ferrosock_codec::hex::{Error, decode_skipping};
///
/// assert_eq!(decode_skipping(b"b 90 1", &ByteSet::of(b" "))?, b"\xb9\x01");
/// # Ok::<(), Error>(())
/// ```
pub fn decode_skipping(digits: &[u8], skipped: &ByteSet) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; digits.len() / 2];
    let length = decode_skipping_into(digits, skipped, &mut out)?;
    out.truncate(length);
    Ok(out)
}

/// Writes what [`decode_skipping`] gives to the beginning of `out` and gives its length.
///
/// # Errors
///
/// As [`decode_skipping`].
///
/// # Panics
///
/// If `out` has less room than a byte for each two digits.
pub fn decode_skipping_into(digits: &[u8], skipped: &ByteSet, out: &mut [u8]) -> Result<usize, Error> {
    let (mut length, mut half) = (0, None);
    for byte in digits {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ if skipped.contains(*byte) => continue,
            _ => return Err(Error::InvalidDigit),
        };
        half = match half {
            None => Some(value),
            Some(high) => {
                out[length] = high << 4 | value;
                length += 1;
                None
            }
        };
    }
    if half.is_some() { Err(Error::OddLength) } else { Ok(length) }
}

/// Whether all bytes are digits of base16, whose letters are upper case (or either, with `fold_case`).
///
/// ```
/// use ferrosock_codec::hex::is_base16;
///
/// assert!(is_base16(b"B901EF", false));
/// assert!(!is_base16(b"b901ef", false) && is_base16(b"b901ef", true));
/// ```
#[must_use]
pub fn is_base16(digits: &[u8], fold_case: bool) -> bool {
    // All bytes are looked at: that the compiler can do by vectors.
    digits.iter().fold(true, |all, byte| {
        let letter = if fold_case { byte & !0x20 } else { *byte };
        all & (byte.wrapping_sub(b'0') < 10 || letter.wrapping_sub(b'A') < 6)
    })
}

/// Decodes digits that come in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::hex::{Decoder, Error};
///
/// let (mut decoder, mut out) = (Decoder::default(), Vec::new());
/// for chunk in [b"b90".as_slice(), b"1e", b"f"] {
///     decoder.update(chunk, &mut out)?;
/// }
/// decoder.finish()?;
/// assert_eq!(out, b"\xb9\x01\xef");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The first digit of a byte whose second is yet to come.
    half: Option<u8>,
}

impl Decoder {
    /// Takes more digits and adds their bytes to `out`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidDigit`]; `out` is as it was.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let before = out.len();
        let mut rest = chunk;
        if let (Some(half), Some((second, more))) = (self.half, chunk.split_first()) {
            out.extend(decode(&[half, *second])?);
            rest = more;
        }
        let (pairs, last) = rest.split_at(rest.len() & !1);
        let start = out.len();
        out.resize(start + pairs.len() / 2, 0);
        let all = decode_into(pairs, &mut out[start..]).is_ok() && last.iter().all(u8::is_ascii_hexdigit);
        if !all {
            out.truncate(before);
            return Err(Error::InvalidDigit);
        }
        if !chunk.is_empty() {
            self.half = last.first().copied();
        }
        Ok(())
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`Error::OddLength`].
    pub fn finish(self) -> Result<(), Error> {
        if self.half.is_some() { Err(Error::OddLength) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    const VECTORS: [(&[u8], &str); 7] = [
        (b"", ""),
        (b"f", "66"),
        (b"fo", "666F"),
        (b"foo", "666F6F"),
        (b"foob", "666F6F62"),
        (b"fooba", "666F6F6261"),
        (b"foobar", "666F6F626172"),
    ];

    #[test]
    fn vectors_of_rfc_4648() {
        for (data, digits) in VECTORS {
            assert_eq!(encode_with(data, Case::Upper), digits);
            assert_eq!(encode(data), digits.to_lowercase());
            assert_eq!(decode(digits.as_bytes()).as_deref(), Ok(data));
            assert_eq!(decode(digits.to_lowercase().as_bytes()).as_deref(), Ok(data));
        }
    }

    #[test]
    fn every_byte_at_every_place() {
        for byte in 0..=255_u8 {
            for place in [0, 1, 31, 32, 64] {
                let mut digits = vec![b'0'; 66];
                digits[place] = byte;
                let valid = byte.is_ascii_hexdigit();
                assert_eq!(decode(&digits).is_ok(), valid, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn separators_count_from_either_end() {
        let data = b"\x01\x02\x03\x04\x05";
        assert_eq!(encode_separated(data, b'-', 2), b"01-0203-0405");
        assert_eq!(encode_separated(data, b'-', -2), b"0102-0304-05");
        for group in [0, 5, -5, 6, isize::MAX, isize::MIN] {
            assert_eq!(encode_separated(data, b'-', group), b"0102030405");
        }
        assert_eq!(encode_separated(b"", b'-', 1), b"");
        assert_eq!(separated_len(usize::MAX / 2, 1), None);
    }

    #[test]
    fn chunks_cut_anywhere() {
        let data: Vec<u8> = (0..=255).collect();
        let digits = encode(&data);
        for size in [1, 2, 3, 7, 64, 511] {
            let (mut decoder, mut out) = (Decoder::default(), Vec::new());
            for chunk in digits.as_bytes().chunks(size) {
                decoder.update(chunk, &mut out).unwrap();
                decoder.update(b"", &mut out).unwrap();
            }
            decoder.finish().unwrap();
            assert_eq!(out, data);
        }
        let mut decoder = Decoder::default();
        decoder.update(b"a", &mut Vec::new()).unwrap();
        assert_eq!(decoder.clone().finish(), Err(Error::OddLength));
        assert_eq!(decoder.update(b"bz", &mut Vec::new()), Err(Error::InvalidDigit));
    }

    #[test]
    fn bytes_between_digits_are_skipped() {
        let skipped = ByteSet::of(b" a:");
        assert_eq!(decode_skipping(b" a:B c D ", &skipped).as_deref(), Ok(&b"\xab\xcd"[..]));
        assert_eq!(decode_skipping(b"ab c", &skipped), Err(Error::OddLength));
        assert_eq!(decode_skipping(b"a-b c", &skipped), Err(Error::InvalidDigit));
        assert_eq!(decode_skipping(b"::::", &skipped).as_deref(), Ok(&b""[..]));
    }
}
