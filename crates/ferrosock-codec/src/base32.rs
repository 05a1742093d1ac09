//! Base32 ([RFC 4648, sections 6 and 7](https://www.rfc-editor.org/rfc/rfc4648#section-6)) as Python's `base64` has it: decoders
//! take whole groups of eight, with their padding, and nothing else. [`decode_characters`] is that of Python 3.15's `binascii`, for any
//! alphabet, with or without padding and with bytes to skip.

use std::fmt;

use crate::byte_set::ByteSet;
use crate::lines::{translate, wrap, wrapped_len};
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
    /// The same, of [`decode_characters`].
    InvalidByte,
    /// A group ends after 1, 3 or 6 characters, which no encoder writes. `characters` is how many the message has so far.
    WrongNumber {
        /// The number of characters.
        characters: usize,
    },
    /// The message begins with padding.
    LeadingPadding,
    /// There is more padding than a group takes.
    ExcessPadding,
    /// Something follows the padding.
    ExcessData,
    /// A character of the alphabet follows padding that did not fill its group.
    DiscontinuousPadding,
    /// There is padding where none is expected.
    ForbiddenPadding,
    /// Bits of the last character that carry nothing are not zero.
    NonZeroBits,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IncorrectPadding => "Incorrect padding",
            Self::InvalidDigit => "Non-base32 digit found",
            Self::InvalidByte => "Only base32 data is allowed",
            Self::WrongNumber { characters } => {
                return write!(
                    f,
                    "Invalid base32-encoded string: number of data characters ({characters}) cannot be 1, 3, or 6 \
                     more than a multiple of 8"
                );
            }
            Self::LeadingPadding => "Leading padding not allowed",
            Self::ExcessPadding => "Excess padding not allowed",
            Self::ExcessData => "Excess data after padding",
            Self::DiscontinuousPadding => "Discontinuous padding not allowed",
            Self::ForbiddenPadding => "Padding not allowed",
            Self::NonZeroBits => "Non-zero padding bits",
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

/// The characters of the standard alphabet (RFC 4648, section 6) by their values.
pub const CHARACTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The characters of the extended hexadecimal alphabet (RFC 4648, section 7) by their values.
pub const HEX_CHARACTERS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
static STANDARD_PAIRS: Pairs = pairs(CHARACTERS);
static HEX_PAIRS: Pairs = pairs(HEX_CHARACTERS);

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

static STANDARD_VALUES: [u8; 256] = values(CHARACTERS);
static HEX_VALUES: [u8; 256] = values(HEX_CHARACTERS);

const fn values(alphabet: &[u8; 32]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 32 {
        table[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    table
}

/// How an encoding is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Fill the last group with `=`.
    pub padded: bool,
    /// Begin a new line after at most so many characters, but between groups of eight; 0 is for one line.
    pub columns: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { padded: true, columns: 0 }
    }
}

/// The length of the encoding of so many bytes, written out so; `None` if no memory could hold it.
///
/// ```
/// use ferrosock_codec::base32::{Layout, laid_len};
///
/// assert_eq!(laid_len(6, Layout { padded: false, columns: 8 }), Some(8 + 1 + 2));
/// ```
#[must_use]
pub const fn laid_len(length: usize, layout: Layout) -> Option<usize> {
    let Some(whole) = encoded_len(length) else { return None };
    let last = length % 5;
    let missing = if layout.padded || last == 0 { 0 } else { 8 - (last * 8).div_ceil(5) };
    wrapped_len(whole - missing, layout.columns, 8)
}

/// The encoding of `data` in an alphabet of any 32 characters.
///
/// ```
/// use ferrosock_codec::base32::{CHARACTERS, Layout, encode_laid};
///
/// let layout = Layout { columns: 10, padded: false };
/// assert_eq!(encode_laid(b"foobar", CHARACTERS, layout), b"MZXW6YTB\nOI");
/// ```
#[must_use]
pub fn encode_laid(data: &[u8], characters: &[u8; 32], layout: Layout) -> Vec<u8> {
    let mut out = vec![0; laid_len(data.len(), layout).unwrap_or_default()];
    encode_laid_into(data, characters, layout, &mut out);
    out
}

/// Writes what [`encode_laid`] gives to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`laid_len`] says.
pub fn encode_laid_into(data: &[u8], characters: &[u8; 32], layout: Layout, out: &mut [u8]) -> usize {
    let alphabet = if characters == HEX_CHARACTERS { Alphabet::Hex } else { Alphabet::Standard };
    let length = wrap(data, (5, 8), layout.columns, out, |line, out| {
        let (groups, rest) = line.split_at(line.len() - line.len() % 5);
        let written = encode_into(groups, alphabet, out);
        let mut last = [0; 8];
        let mut more = encode_into(rest, alphabet, &mut last);
        if !layout.padded {
            more = (rest.len() * 8).div_ceil(5);
        }
        out[written..written + more].copy_from_slice(&last[..more]);
        written + more
    });
    if characters != CHARACTERS && characters != HEX_CHARACTERS {
        translate(&mut out[..length], CHARACTERS, characters);
    }
    length
}

/// What [`decode_characters`] expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The last group is padded; if it need not be, padding is refused.
    pub padded: bool,
    /// Bits of the last character that carry nothing are zero
    /// ([RFC 4648, section 3.5](https://www.rfc-editor.org/rfc/rfc4648#section-3.5)).
    pub canonical: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { padded: true, canonical: false }
    }
}

/// An alphabet of any 32 characters, and the bytes beside it that are skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Characters([u8; 256]);

/// What [`Characters`] say of bytes that have no value.
const PADDING: u8 = 0xfd;
const SKIPPED_PADDING: u8 = 0xfc;
const SKIPPED: u8 = 0xfb;

impl Characters {
    /// `A-Z2-7` and nothing beside it: RFC 4648, section 6.
    pub const STANDARD: Self = Self::new(CHARACTERS, &ByteSet::EMPTY);
    /// `0-9A-V` and nothing beside it: RFC 4648, section 7.
    pub const HEX: Self = Self::new(HEX_CHARACTERS, &ByteSet::EMPTY);

    /// Of a character that stands in the alphabet more than once the last place counts. `=` is padding even if it stands
    /// there; `skipped` are bytes that are skipped if they are not of the alphabet. If padding is among them it may stand
    /// anywhere.
    #[must_use]
    pub const fn new(alphabet: &[u8; 32], skipped: &ByteSet) -> Self {
        let mut values = values(alphabet);
        let mut byte = 0;
        while byte < 256 {
            if values[byte] == NONE && skipped.contains(byte as u8) {
                values[byte] = SKIPPED;
            }
            byte += 1;
        }
        values[b'=' as usize] = if skipped.contains(b'=') { SKIPPED_PADDING } else { PADDING };
        Self(values)
    }

    /// The same for a message that is read with some leniency.
    #[must_use]
    pub fn lenient(&self, leniency: Leniency) -> Self {
        Self(std::array::from_fn(|byte| self.0[usize::from(leniency.translated(byte as u8))]))
    }
}

/// The most bytes that [`decode_characters_into`] writes for so many characters.
///
/// ```
/// assert_eq!(ferrosock_codec::base32::decoded_most(9 + 2), 6);
/// ```
#[must_use]
pub const fn decoded_most(length: usize) -> usize {
    length / 8 * 5 + length % 8 * 5 / 8
}

/// The bytes that `message` stands for, in an alphabet of any 32 characters.
///
/// # Errors
///
/// Any [`Error`] but [`Error::InvalidDigit`].
///
/// ```
/// use ferrosock_codec::base32::{CHARACTERS, Characters, Error, Options, decode_characters};
/// use ferrosock_codec::byte_set::ByteSet;
///
/// let characters = Characters::new(CHARACTERS, &ByteSet::of(b"\n"));
/// assert_eq!(decode_characters(b"MZXW\n6YQ=", &characters, Options::default())?, b"foob");
/// let unpadded = Options { padded: false, ..Options::default() };
/// assert_eq!(decode_characters(b"MZXW6YQ", &characters, unpadded)?, b"foob");
/// # Ok::<(), Error>(())
/// ```
pub fn decode_characters(
    message: &[u8],
    characters: &Characters,
    options: Options,
) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; decoded_most(message.len())];
    let length = decode_characters_into(message, characters, options, &mut out)?;
    out.truncate(length);
    Ok(out)
}

/// Writes what [`decode_characters`] gives to the beginning of `out` and gives its length.
///
/// # Errors
///
/// As [`decode_characters`].
///
/// # Panics
///
/// If `out` is shorter than [`decoded_most`] says.
pub fn decode_characters_into(
    message: &[u8],
    characters: &Characters,
    options: Options,
    out: &mut [u8],
) -> Result<usize, Error> {
    let values = &characters.0;
    let mut rest = message;
    // Of the current group: its characters, their bits, and the padding from its beginning on.
    let (mut place, mut bits, mut padding) = (0, 0_u64, 0_usize);
    let (mut whole, mut padded) = (0, false);
    loop {
        if place == 0 && !padded {
            let (groups, _) = arrays(rest);
            let mut read = 0;
            for (place, group) in out[whole * 5..].chunks_exact_mut(5).zip(groups) {
                let Ok(bytes) = decode_group(group, values) else { break };
                place.copy_from_slice(&bytes);
                read += 1;
            }
            if read > 0 {
                padding = 0;
            }
            whole += read;
            rest = &rest[read * 8..];
        }
        let Some((byte, more)) = rest.split_first() else { break };
        rest = more;
        match values[usize::from(*byte)] {
            SKIPPED => {}
            SKIPPED_PADDING => padding += 1,
            PADDING => {
                padding += 1;
                padded = true;
                match place {
                    _ if !options.padded => return Err(Error::ForbiddenPadding),
                    0 if whole == 0 => return Err(Error::LeadingPadding),
                    0 => return Err(Error::ExcessPadding),
                    1 | 3 | 6 => return Err(Error::WrongNumber { characters: whole * 8 + place }),
                    _ if place + padding > 8 => return Err(Error::ExcessPadding),
                    _ => {}
                }
            }
            value if value < 32 => {
                if padded {
                    let filled = place + padding == 8;
                    return Err(if filled { Error::ExcessData } else { Error::DiscontinuousPadding });
                }
                bits = bits << 5 | u64::from(value);
                place += 1;
                if place == 8 {
                    let [_, _, _, bytes @ ..] = bits.to_be_bytes();
                    out[whole * 5..whole * 5 + 5].copy_from_slice(&bytes);
                    (place, bits, padding) = (0, 0, 0);
                    whole += 1;
                }
            }
            _ => return Err(Error::InvalidByte),
        }
    }
    let loose = place * 5 % 8;
    match place {
        1 | 3 | 6 => return Err(Error::WrongNumber { characters: whole * 8 + place }),
        1.. if options.padded && place + padding < 8 => return Err(Error::IncorrectPadding),
        _ if options.canonical && bits & ((1 << loose) - 1) != 0 => return Err(Error::NonZeroBits),
        _ => {}
    }
    let (start, count) = (whole * 5, place * 5 / 8);
    let bytes = (bits >> loose).to_be_bytes();
    out[start..start + count].copy_from_slice(&bytes[8 - count..]);
    Ok(start + count)
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

    /// RFC 4648, sections 3.2 (padding), 3.3 (other characters) and 3.5 (bits that carry nothing).
    #[test]
    fn any_characters() {
        let decode = |message: &[u8], skipped: &[u8], padded, canonical| {
            let characters = Characters::new(CHARACTERS, &ByteSet::of(skipped));
            decode_characters(message, &characters, Options { padded, canonical })
        };
        for (data, standard, hex) in VECTORS {
            for (characters, text) in [(CHARACTERS, standard), (HEX_CHARACTERS, hex)] {
                let known = Characters::new(characters, &ByteSet::EMPTY);
                let unpadded = text.trim_end_matches('=');
                for (padded, text) in [(true, text), (false, unpadded)] {
                    assert_eq!(encode_laid(data, characters, Layout { padded, columns: 0 }), text.as_bytes());
                    let options = Options { padded, canonical: true };
                    assert_eq!(decode_characters(text.as_bytes(), &known, options).as_deref(), Ok(data));
                }
            }
        }
        for (message, error) in [
            (&b"=AAAAAAAA"[..], Error::LeadingPadding),
            (b"AAAAAAAA=", Error::ExcessPadding),
            (b"AA=======", Error::ExcessPadding),
            (b"AA======A", Error::ExcessData),
            (b"AA=A", Error::DiscontinuousPadding),
            (b"AAA=====", Error::WrongNumber { characters: 3 }),
            (b"AAAAAAAAA", Error::WrongNumber { characters: 9 }),
            (b"AA", Error::IncorrectPadding),
            (b"AA a", Error::InvalidByte),
            (b"AB======", Error::NonZeroBits),
        ] {
            assert_eq!(decode(message, b"", true, true), Err(error), "{}", message.escape_ascii());
        }
        assert_eq!(decode(b"AA======", b"", false, false), Err(Error::ForbiddenPadding));
        assert_eq!(decode(b"=A=A", b"=", false, false).as_deref(), Ok(&[0][..]));
        // Padding counts within its group, wherever it stands in it.
        assert_eq!(decode(b"=BAAAA==", b"=", true, true).as_deref(), Ok(&[8, 0, 0][..]));
        assert_eq!(decode(b"A=AAAAAAAAA=====", b"=", true, true), Err(Error::IncorrectPadding));
        assert_eq!(decode(b"AAAAAAAA=AA=====", b"=", true, true).as_deref(), Ok(&[0; 6][..]));
    }

    #[test]
    fn lines_of_whole_groups() {
        let data: Vec<u8> = (0..100).collect();
        let characters = Characters::new(CHARACTERS, &ByteSet::of(b"\n"));
        for length in 0..data.len() {
            for columns in [0, 1, 8, 15, 16, 76, usize::MAX] {
                for padded in [true, false] {
                    let layout = Layout { padded, columns };
                    let text = encode_laid(&data[..length], CHARACTERS, layout);
                    assert_eq!(laid_len(length, layout), Some(text.len()));
                    let most = if columns == 0 { usize::MAX } else { columns.max(8) };
                    assert!(text.split(|byte| *byte == b'\n').all(|line| line.len() <= most));
                    let options = Options { padded, canonical: true };
                    assert_eq!(
                        decode_characters(&text, &characters, options).as_deref(),
                        Ok(&data[..length])
                    );
                }
            }
        }
        assert_eq!(laid_len(usize::MAX, Layout::default()), None);
    }

    #[test]
    fn alphabets_of_any_bytes() {
        let shuffled: [u8; 32] = std::array::from_fn(|at| (at * 7 + 129) as u8);
        let text = encode_laid(b"foobar", &shuffled, Layout::default());
        let characters = Characters::new(&shuffled, &ByteSet::EMPTY);
        assert_eq!(decode_characters(&text, &characters, Options::default()).as_deref(), Ok(&b"foobar"[..]));
        // The last place of a character counts, and padding is no character.
        let same = Characters::new(&[b'A'; 32], &ByteSet::EMPTY);
        assert_eq!(decode_characters(b"AAAAAAAA", &same, Options::default()).as_deref(), Ok(&[255; 5][..]));
        let padding = Characters::new(&[b'='; 32], &ByteSet::EMPTY);
        assert_eq!(decode_characters(b"========", &padding, Options::default()), Err(Error::LeadingPadding));
    }
}
