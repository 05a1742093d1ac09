//! Base32 ([RFC 4648, sections 6 and 7](https://www.rfc-editor.org/rfc/rfc4648#section-6)) as Python's `base64` has it: decoders
//! take whole groups of eight, with their padding, and nothing else.

use std::fmt;

use crate::output::{append, arrays};
use crate::text::ascii;

/// Which characters stand for the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alphabet {
    /// `A-Z2-7`: RFC 4648, section 6.
    #[default]
    Standard,
    /// `0-9A-V`, whose order is that of the bytes: RFC 4648, section 7.
    Hex,
}

/// Why a message cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The length is not a multiple of eight, or the padding is of a length that no encoder writes.
    IncorrectPadding,
    /// A byte is not of the alphabet.
    InvalidDigit,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IncorrectPadding => "Incorrect padding",
            Self::InvalidDigit => "Non-base32 digit found",
        })
    }
}

impl std::error::Error for Error {}

/// What a decoder takes beside the characters of the alphabet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// Letters of either case.
    pub fold_case: bool,
    /// `0` as the letter O, and `1` as this byte, which is I or L if it makes sense
    /// ([RFC 3548, section 5](https://www.rfc-editor.org/rfc/rfc3548#section-5)).
    pub one: Option<u8>,
}

/// The length of the encoding of so many bytes, with padding; `None` if no memory could hold it.
///
/// ```
/// assert_eq!(ferrosock_codec::base32::encoded_len(6), Some(16));
/// ```
#[must_use]
pub const fn encoded_len(length: usize) -> Option<usize> {
    length.div_ceil(5).checked_mul(8)
}

/// The most bytes that so many characters can stand for.
///
/// ```
/// assert_eq!(ferrosock_codec::base32::decoded_len(16), 10);
/// ```
#[must_use]
pub const fn decoded_len(length: usize) -> usize {
    length / 8 * 5
}

/// The encoding of `data`, with padding.
///
/// ```
/// use ferrosock_codec::base32::{Alphabet, encode};
///
/// assert_eq!(encode(b"fooba", Alphabet::Standard), "MZXW6YTB");
/// assert_eq!(encode(b"foob", Alphabet::Hex), "CPNMUOG=");
/// ```
#[must_use]
pub fn encode(data: &[u8], alphabet: Alphabet) -> String {
    let mut out = vec![0; data.len().div_ceil(5) * 8];
    encode_into(data, alphabet, &mut out);
    ascii(out)
}

/// Writes the encoding of `data` to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`encoded_len`] says.
///
/// ```
/// use ferrosock_codec::base32::{Alphabet, encode_into};
///
/// let mut out = [0; 8];
/// assert_eq!(encode_into(b"foob", Alphabet::Standard, &mut out), 8);
/// assert_eq!(&out, b"MZXW6YQ=");
/// ```
pub fn encode_into(data: &[u8], alphabet: Alphabet, out: &mut [u8]) -> usize {
    let length = data.len().div_ceil(5) * 8;
    let pairs = match alphabet {
        Alphabet::Standard => &STANDARD_PAIRS,
        Alphabet::Hex => &HEX_PAIRS,
    };
    let (groups, rest) = arrays(data);
    let (whole, last) = out[..length].split_at_mut(groups.len() * 8);
    for (place, group) in whole.chunks_exact_mut(8).zip(groups) {
        place.copy_from_slice(&encode_group(group, pairs));
    }
    if !rest.is_empty() {
        let mut group = [0; 5];
        group[..rest.len()].copy_from_slice(rest);
        last.copy_from_slice(&encode_group(group, pairs));
        last[(rest.len() * 8).div_ceil(5)..].fill(b'=');
    }
    length
}

#[inline]
fn encode_group(group: [u8; 5], pairs: &[[u8; 2]; 1024]) -> [u8; 8] {
    let [a, b, c, d, e] = group;
    let bits = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
    let pair = |shift: u32| pairs[(bits >> shift & 0x3ff) as usize];
    let ([a, b], [c, d], [e, f], [g, h]) = (pair(30), pair(20), pair(10), pair(0));
    [a, b, c, d, e, f, g, h]
}

/// The characters for each ten bits.
type Pairs = [[u8; 2]; 1024];

const STANDARD: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
static STANDARD_PAIRS: Pairs = pairs(STANDARD);
static HEX_PAIRS: Pairs = pairs(HEX);

const fn pairs(alphabet: &[u8; 32]) -> Pairs {
    let mut table = [[0; 2]; 1024];
    let mut bits = 0;
    while bits < 1024 {
        table[bits] = [alphabet[bits >> 5], alphabet[bits & 31]];
        bits += 1;
    }
    table
}

/// Stands for no value: larger than any.
const NONE: u8 = 0xff;

static STANDARD_VALUES: [u8; 256] = values(STANDARD);
static HEX_VALUES: [u8; 256] = values(HEX);

const fn values(alphabet: &[u8; 32]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 32 {
        table[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    table
}

/// The bytes that `message` stands for.
///
/// # Errors
///
/// Any [`Error`]. Bits of the last character that carry nothing may be anything.
///
/// ```
/// use ferrosock_codec::base32::{Alphabet, Error, Leniency, decode};
///
/// assert_eq!(decode(b"MZXW6YQ=", Alphabet::Standard, Leniency::default())?, b"foob");
/// let lenient = Leniency { fold_case: true, one: Some(b'L') };
/// assert_eq!(decode(b"m1023456", Alphabet::Standard, lenient), decode(b"MLO23456", Alphabet::Standard, lenient));
/// # Ok::<(), Error>(())
/// ```
pub fn decode(message: &[u8], alphabet: Alphabet, leniency: Leniency) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; decoded_len(message.len())];
    let length = decode_into(message, alphabet, leniency, &mut out)?;
    out.truncate(length);
    Ok(out)
}

/// Writes the bytes that `message` stands for to the beginning of `out` and gives their number.
///
/// # Errors
///
/// As [`decode`].
///
/// # Panics
///
/// If `out` is shorter than [`decoded_len`] says.
///
/// ```
/// use ferrosock_codec::base32::{Alphabet, Leniency, decode_into};
///
/// let mut out = [0; 5];
/// assert_eq!(decode_into(b"MZXW6YQ=", Alphabet::Standard, Leniency::default(), &mut out), Ok(4));
/// ```
pub fn decode_into(
    message: &[u8],
    alphabet: Alphabet,
    leniency: Leniency,
    out: &mut [u8],
) -> Result<usize, Error> {
    if message.len() % 8 != 0 {
        return Err(Error::IncorrectPadding);
    }
    let own;
    let values = match (alphabet, leniency) {
        (Alphabet::Standard, Leniency { fold_case: false, one: None }) => &STANDARD_VALUES,
        (Alphabet::Hex, Leniency { fold_case: false, one: None }) => &HEX_VALUES,
        _ => {
            own = lenient_values(alphabet, leniency);
            &own
        }
    };
    // With `one` the padding itself can become a character, and a character padding: padding is what is so in the end.
    let pads = |byte: &u8| leniency.translated(*byte) == b'=';
    let padding = message.iter().rev().take_while(|byte| pads(byte)).count();
    let (digits, _) = message.split_at(message.len() - padding);
    let (groups, rest) = arrays(digits);
    let whole = groups.len() * 5;
    for (place, group) in out.chunks_exact_mut(5).zip(groups) {
        place.copy_from_slice(&decode_group(group, values)?);
    }
    if !rest.is_empty() {
        // What is missing counts as zero.
        let zero = values.iter().position(|value| *value == 0).map_or(b'A', |byte| byte as u8);
        let mut group = [zero; 8];
        group[..rest.len()].copy_from_slice(rest);
        out[whole..whole + 5].copy_from_slice(&decode_group(group, values)?);
    }
    match padding {
        0 => Ok(whole),
        1 | 3 | 4 | 6 => Ok(whole + rest.len() * 5 / 8),
        _ => Err(Error::IncorrectPadding),
    }
}

impl Leniency {
    /// What a byte is taken for.
    fn translated(self, byte: u8) -> u8 {
        let byte = match (byte, self.one) {
            (b'0', Some(_)) => b'O',
            (b'1', Some(one)) => one,
            (byte, _) => byte,
        };
        if self.fold_case { byte.to_ascii_uppercase() } else { byte }
    }
}

fn lenient_values(alphabet: Alphabet, leniency: Leniency) -> [u8; 256] {
    let strict = match alphabet {
        Alphabet::Standard => &STANDARD_VALUES,
        Alphabet::Hex => &HEX_VALUES,
    };
    let mut table = [NONE; 256];
    for byte in 0..=255 {
        table[usize::from(byte)] = strict[usize::from(leniency.translated(byte))];
    }
    table
}

#[inline]
fn decode_group(group: [u8; 8], values: &[u8; 256]) -> Result<[u8; 5], Error> {
    let (mut bits, mut all) = (0_u64, 0);
    for character in group {
        let value = values[usize::from(character)];
        all |= value;
        bits = bits << 5 | u64::from(value & 31);
    }
    if all > 31 {
        return Err(Error::InvalidDigit);
    }
    let [_, _, _, a, b, c, d, e] = bits.to_be_bytes();
    Ok([a, b, c, d, e])
}

/// Encodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::base32::{Alphabet, Encoder};
///
/// let (mut encoder, mut out) = (Encoder::new(Alphabet::Standard), Vec::new());
/// encoder.update(b"fo", &mut out);
/// encoder.update(b"obar", &mut out);
/// encoder.finish(&mut out);
/// assert_eq!(out, b"MZXW6YTBOI======");
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    alphabet: Alphabet,
    kept: Vec<u8>,
}

impl Encoder {
    /// An encoder at the beginning of a message.
    #[must_use]
    pub const fn new(alphabet: Alphabet) -> Self {
        Self { alphabet, kept: Vec::new() }
    }

    /// Takes more of the message and adds what is certain of its encoding to `out`.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        self.kept.extend(chunk);
        let whole = self.kept.len() - self.kept.len() % 5;
        self.put(whole, out);
        self.kept.drain(..whole);
    }

    /// Ends the message: adds the last group, with its padding.
    pub fn finish(self, out: &mut Vec<u8>) {
        self.put(self.kept.len(), out);
    }

    fn put(&self, length: usize, out: &mut Vec<u8>) {
        let data = &self.kept[..length];
        append(out, length.div_ceil(5) * 8, |out| (encode_into(data, self.alphabet, out), ()));
    }
}

/// Decodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::base32::{Alphabet, Decoder, Error, Leniency};
///
/// let mut decoder = Decoder::new(Alphabet::Standard, Leniency::default());
/// let mut out = Vec::new();
/// decoder.update(b"MZXW6Y", &mut out)?;
/// decoder.update(b"TBOI======", &mut out)?;
/// decoder.finish(&mut out)?;
/// assert_eq!(out, b"foobar");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    alphabet: Alphabet,
    leniency: Leniency,
    /// The last group so far, which may be the message's last.
    kept: Vec<u8>,
}

impl Decoder {
    /// A decoder at the beginning of a message.
    #[must_use]
    pub const fn new(alphabet: Alphabet, leniency: Leniency) -> Self {
        Self { alphabet, leniency, kept: Vec::new() }
    }

    /// Takes more of the message and adds the bytes of groups that are not its last to `out`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidDigit`], for padding before the end too.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.kept.extend(chunk);
        // Of the whole groups, the last stays here; more padding than fits into it cannot be right.
        let ready = self.kept.len().saturating_sub(1) / 8 * 8;
        let groups: Vec<u8> = self.kept.drain(..ready).collect();
        if groups.iter().any(|byte| self.leniency.translated(*byte) == b'=') {
            return Err(Error::InvalidDigit);
        }
        self.put(&groups, out)
    }

    /// Ends the message: adds the bytes of its last group.
    ///
    /// # Errors
    ///
    /// Any [`Error`].
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.put(&self.kept, out)
    }

    fn put(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        append(out, decoded_len(message.len()), |out| {
            match decode_into(message, self.alphabet, self.leniency, out) {
                Ok(length) => (length, Ok(())),
                Err(error) => (0, Err(error)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    const VECTORS: [(&[u8], &str, &str); 7] = [
        (b"", "", ""),
        (b"f", "MY======", "CO======"),
        (b"fo", "MZXQ====", "CPNG===="),
        (b"foo", "MZXW6===", "CPNMU==="),
        (b"foob", "MZXW6YQ=", "CPNMUOG="),
        (b"fooba", "MZXW6YTB", "CPNMUOJ1"),
        (b"foobar", "MZXW6YTBOI======", "CPNMUOJ1E8======"),
    ];

    #[test]
    fn vectors_of_rfc_4648() {
        for (data, standard, hex) in VECTORS {
            for (alphabet, text) in [(Alphabet::Standard, standard), (Alphabet::Hex, hex)] {
                assert_eq!(encode(data, alphabet), text);
                let strict = Leniency::default();
                assert_eq!(decode(text.as_bytes(), alphabet, strict).as_deref(), Ok(data));
                let lower = text.to_lowercase();
                let folded = Leniency { fold_case: true, one: None };
                assert_eq!(decode(lower.as_bytes(), alphabet, folded).as_deref(), Ok(data));
                assert_eq!(decode(lower.as_bytes(), alphabet, strict).is_ok(), text == lower);
            }
        }
    }

    #[test]
    fn what_no_encoder_writes() {
        let strict = |message: &[u8]| decode(message, Alphabet::Standard, Leniency::default());
        for length in [2, 5, 7, 8] {
            let message = [&b"AAAAAAAA"[length..], &b"========"[..length]].concat();
            assert_eq!(strict(&message), Err(Error::IncorrectPadding), "{length}");
        }
        assert_eq!(strict(b"AAAAAAA"), Err(Error::IncorrectPadding));
        assert_eq!(strict(b"AA==AAAA"), Err(Error::InvalidDigit));
        assert_eq!(strict(b"AAAAAAA1"), Err(Error::InvalidDigit));
        assert_eq!(strict(b"AAAAAA1="), Err(Error::InvalidDigit));
    }

    #[test]
    fn chunks_cut_anywhere() {
        let data: Vec<u8> = (0..=255).collect();
        for length in (0..data.len()).step_by(3) {
            let text = encode(&data[..length], Alphabet::Hex);
            for size in [1, 3, 8, 13] {
                let (mut encoder, mut out) = (Encoder::new(Alphabet::Hex), Vec::new());
                data[..length].chunks(size).for_each(|chunk| encoder.update(chunk, &mut out));
                encoder.finish(&mut out);
                assert_eq!(out, text.as_bytes());
                let (mut decoder, mut out) = (Decoder::new(Alphabet::Hex, Leniency::default()), Vec::new());
                for chunk in text.as_bytes().chunks(size) {
                    decoder.update(chunk, &mut out).unwrap();
                }
                decoder.finish(&mut out).unwrap();
                assert_eq!(out, &data[..length]);
            }
        }
    }
}
