//! Base85: five characters for each four bytes, in the alphabets of git's binary patches and of
//! [Z85](https://rfc.zeromq.org/spec/32/), as Python's `base64` has them. [`ascii85`](crate::ascii85) is the older form with
//! abbreviations.

use std::fmt;

use crate::byte_set::ByteSet;
use crate::lines::{translate, wrap, wrapped_len};
use crate::output::{append, arrays};
use crate::text::ascii;

/// Which characters stand for the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alphabet {
    /// That of git and Mercurial, which is also that of [RFC 1924](https://www.rfc-editor.org/rfc/rfc1924).
    #[default]
    Git,
    /// That of ZeroMQ.
    Z85,
}

/// Why a message cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The byte at `position` is not of the alphabet.
    InvalidCharacter {
        /// The alphabet that was expected.
        alphabet: Alphabet,
        /// Where it stands in the message.
        position: usize,
    },
    /// The five characters from `position` on stand for more than 32 bits.
    Overflow {
        /// The alphabet that was expected.
        alphabet: Alphabet,
        /// Where they begin in the message.
        position: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |alphabet: &Alphabet| match alphabet {
            Alphabet::Git => "base85",
            Alphabet::Z85 => "z85",
        };
        match self {
            Self::InvalidCharacter { alphabet, position } => {
                write!(f, "bad {} character at position {position}", name(alphabet))
            }
            Self::Overflow { alphabet, position } => {
                write!(f, "{} overflow in hunk starting at byte {position}", name(alphabet))
            }
        }
    }
}

impl std::error::Error for Error {}

/// The characters of git's alphabet by their values.
pub const GIT: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// The characters of ZeroMQ's alphabet by their values.
pub const Z85: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// The characters for each value below 85 * 85.
pub(crate) type Pairs = [[u8; 2]; 85 * 85];

static GIT_PAIRS: Pairs = pairs(GIT);
static Z85_PAIRS: Pairs = pairs(Z85);

pub(crate) const fn pairs(alphabet: &[u8; 85]) -> Pairs {
    let mut table = [[0; 2]; 85 * 85];
    let mut value = 0;
    while value < table.len() {
        table[value] = [alphabet[value / 85], alphabet[value % 85]];
        value += 1;
    }
    table
}

/// Stands for no value: larger than any.
pub(crate) const NONE: u8 = 0xff;

static GIT_VALUES: [u8; 256] = values(GIT);
static Z85_VALUES: [u8; 256] = values(Z85);

pub(crate) const fn values(alphabet: &[u8; 85]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 85 {
        table[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    table
}

/// The five characters for a word of four bytes.
#[inline]
pub(crate) fn encode_word(word: u32, pairs: &Pairs) -> [u8; 5] {
    let [a, b] = pairs[(word / (85 * 85 * 85)) as usize];
    let [c, d] = pairs[(word / 85 % (85 * 85)) as usize];
    let [_, e] = pairs[(word % 85) as usize];
    [a, b, c, d, e]
}

/// The word that five characters stand for: none if one of them has no value, or if it is too large.
#[inline]
pub(crate) fn decode_word(characters: [u8; 5], values: &[u8; 256]) -> Result<u32, Wrong> {
    let mut word = 0_u64;
    let mut invalid = false;
    for character in characters {
        let value = values[usize::from(character)];
        invalid |= value > 84;
        word = word * 85 + u64::from(value);
    }
    if invalid {
        return Err(Wrong::Character);
    }
    u32::try_from(word).map_err(|_| Wrong::Size)
}

/// What is wrong with five characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Character,
    Size,
}

/// The length of the encoding of so many bytes; `None` if no memory could hold it.
///
/// ```
/// assert_eq!(ferrosock_codec::base85::encoded_len(5, false), Some(7));
/// assert_eq!(ferrosock_codec::base85::encoded_len(5, true), Some(10));
/// ```
#[must_use]
pub const fn encoded_len(length: usize, pad: bool) -> Option<usize> {
    let words = length.div_ceil(4);
    let missing = if pad { 0 } else { words.wrapping_mul(4).wrapping_sub(length) };
    match words.checked_mul(5) {
        Some(characters) => Some(characters - missing),
        None => None,
    }
}

/// The most bytes that so many characters can stand for.
///
/// ```
/// assert_eq!(ferrosock_codec::base85::decoded_len(7), 5);
/// ```
#[must_use]
pub const fn decoded_len(length: usize) -> usize {
    // A last group of one character stands for no byte.
    length / 5 * 4 + (length % 5).saturating_sub(1)
}

/// The encoding of `data`. With `pad`, zeros are added up to a multiple of four bytes, which a decoder then gives too.
///
/// ```
/// use ferrosock_codec::base85::{Alphabet, encode};
///
/// assert_eq!(encode(b"hello", Alphabet::Git, false), "Xk~0{Zv");
/// assert_eq!(encode(b"\x86\x4f\xd2\x6f\xb5\x59\xf7\x5b", Alphabet::Z85, false), "HelloWorld");
/// ```
#[must_use]
pub fn encode(data: &[u8], alphabet: Alphabet, pad: bool) -> String {
    let mut out = vec![0; data.len().div_ceil(4) * 5];
    let length = encode_into(data, alphabet, pad, &mut out);
    out.truncate(length);
    ascii(out)
}

/// Writes the encoding of `data` to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`encoded_len`] says.
///
/// ```
/// use ferrosock_codec::base85::{Alphabet, encode_into};
///
/// let mut out = [0; 7];
/// assert_eq!(encode_into(b"hello", Alphabet::Git, false, &mut out), 7);
/// ```
pub fn encode_into(data: &[u8], alphabet: Alphabet, pad: bool, out: &mut [u8]) -> usize {
    let pairs = match alphabet {
        Alphabet::Git => &GIT_PAIRS,
        Alphabet::Z85 => &Z85_PAIRS,
    };
    let (words, rest) = arrays(data);
    let (whole, last) = out.split_at_mut(words.len() * 5);
    for (place, word) in whole.chunks_exact_mut(5).zip(words) {
        place.copy_from_slice(&encode_word(u32::from_be_bytes(word), pairs));
    }
    if rest.is_empty() {
        return whole.len();
    }
    let mut word = [0; 4];
    word[..rest.len()].copy_from_slice(rest);
    let length = if pad { 5 } else { rest.len() + 1 };
    last[..length].copy_from_slice(&encode_word(u32::from_be_bytes(word), pairs)[..length]);
    whole.len() + length
}

/// The bytes that `message` stands for.
///
/// # Errors
///
/// Any [`Error`].
///
/// ```
/// use ferrosock_codec::base85::{Alphabet, Error, decode};
///
/// assert_eq!(decode(b"Xk~0{Zv", Alphabet::Git)?, b"hello");
/// let error = decode(b"Xk 0{", Alphabet::Git).unwrap_err();
/// assert_eq!(error.to_string(), "bad base85 character at position 2");
/// # Ok::<(), Error>(())
/// ```
pub fn decode(message: &[u8], alphabet: Alphabet) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; decoded_len(message.len())];
    decode_into(message, alphabet, &mut out)?;
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
/// use ferrosock_codec::base85::{Alphabet, decode_into};
///
/// let mut out = [0; 5];
/// assert_eq!(decode_into(b"Xk~0{Zv", Alphabet::Git, &mut out), Ok(5));
/// assert_eq!(&out, b"hello");
/// ```
pub fn decode_into(message: &[u8], alphabet: Alphabet, out: &mut [u8]) -> Result<usize, Error> {
    decode_at(message, alphabet, 0, out)
}

/// [`decode_into`] of a part of a message that begins at `start`.
fn decode_at(message: &[u8], alphabet: Alphabet, start: usize, out: &mut [u8]) -> Result<usize, Error> {
    let values = match alphabet {
        Alphabet::Git => &GIT_VALUES,
        Alphabet::Z85 => &Z85_VALUES,
    };
    let blame = |wrong: Wrong, group: usize, characters: &[u8]| {
        let begin = start.saturating_add(group * 5);
        match wrong {
            Wrong::Size => Error::Overflow { alphabet, position: begin },
            Wrong::Character => {
                let bad = characters.iter().position(|byte| values[usize::from(*byte)] == NONE);
                Error::InvalidCharacter { alphabet, position: begin.saturating_add(bad.unwrap_or_default()) }
            }
        }
    };
    let (groups, rest) = arrays(message);
    let count = groups.len();
    let (whole, last) = out.split_at_mut(count * 4);
    for (number, (place, group)) in whole.chunks_exact_mut(4).zip(groups).enumerate() {
        let word = decode_word(group, values).map_err(|wrong| blame(wrong, number, &group))?;
        place.copy_from_slice(&word.to_be_bytes());
    }
    if rest.is_empty() {
        return Ok(whole.len());
    }
    // What is missing counts as the largest value: what remains of the word is then as it was.
    let mut group = [values.iter().position(|value| *value == 84).unwrap_or_default() as u8; 5];
    group[..rest.len()].copy_from_slice(rest);
    let word = decode_word(group, values).map_err(|wrong| blame(wrong, count, rest))?;
    let length = rest.len() - 1;
    last[..length].copy_from_slice(&word.to_be_bytes()[..length]);
    Ok(whole.len() + length)
}

/// The length of [`encode_columns`]; `None` if no memory could hold it.
///
/// ```
/// assert_eq!(ferrosock_codec::base85::columns_len(5, false, 7), Some(5 + 1 + 2));
/// ```
#[must_use]
pub const fn columns_len(length: usize, pad: bool, columns: usize) -> Option<usize> {
    match encoded_len(length, pad) {
        Some(length) => wrapped_len(length, columns, 5),
        None => None,
    }
}

/// The encoding of `data` in an alphabet of any 85 characters, with a line feed after at most `columns` characters, but
/// between groups of five; 0 is for one line.
///
/// ```
/// use ferrosock_codec::base85::{GIT, encode_columns};
///
/// assert_eq!(encode_columns(b"hello", GIT, false, 1), b"Xk~0{\nZv");
/// ```
#[must_use]
pub fn encode_columns(data: &[u8], characters: &[u8; 85], pad: bool, columns: usize) -> Vec<u8> {
    let mut out = vec![0; columns_len(data.len(), pad, columns).unwrap_or_default()];
    encode_columns_into(data, characters, pad, columns, &mut out);
    out
}

/// Writes what [`encode_columns`] gives to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`columns_len`] says.
pub fn encode_columns_into(
    data: &[u8],
    characters: &[u8; 85],
    pad: bool,
    columns: usize,
    out: &mut [u8],
) -> usize {
    let alphabet = if characters == Z85 { Alphabet::Z85 } else { Alphabet::Git };
    let length = wrap(data, (4, 5), columns, out, |line, out| encode_into(line, alphabet, pad, out));
    if characters != GIT && characters != Z85 {
        translate(&mut out[..length], GIT, characters);
    }
    length
}

/// An alphabet of any 85 characters, and the bytes beside it that are skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Characters([u8; 256]);

/// What [`Characters`] say of a byte that is skipped.
const SKIPPED: u8 = 0xfe;

impl Characters {
    /// git's alphabet and nothing beside it.
    pub const GIT: Self = Self::new(GIT, &ByteSet::EMPTY);
    /// ZeroMQ's alphabet and nothing beside it.
    pub const Z85: Self = Self::new(Z85, &ByteSet::EMPTY);

    /// Of a character that stands in the alphabet more than once the last place counts; `skipped` are bytes that are skipped
    /// if they are not of the alphabet.
    #[must_use]
    pub const fn new(alphabet: &[u8; 85], skipped: &ByteSet) -> Self {
        let mut values = values(alphabet);
        let mut byte = 0;
        while byte < 256 {
            if values[byte] == NONE && skipped.contains(byte as u8) {
                values[byte] = SKIPPED;
            }
            byte += 1;
        }
        Self(values)
    }
}

/// Why a message of any characters cannot be decoded. The words are those of Python 3.15's `binascii`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The byte at this position is not of the alphabet.
    InvalidCharacter(usize),
    /// Five characters stand for more than 32 bits. The last of them, which may be missing at the end, is among the five places
    /// from this one on.
    Overflow(usize),
    /// The message ends with one character of a group, which carries less than a byte.
    Incomplete,
    /// The last group is not what an encoder writes for its bytes.
    NonZeroBits,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidCharacter(position) => write!(f, "bad Base85 character at position {position}"),
            Self::Overflow(position) => write!(f, "Base85 overflow in hunk starting at byte {position}"),
            Self::Incomplete => f.write_str("Incomplete Base85 group"),
            Self::NonZeroBits => f.write_str("Non-zero padding bits"),
        }
    }
}

impl std::error::Error for Fault {}

/// The bytes that `message` stands for, in an alphabet of any 85 characters; `canonical` refuses a last group that no encoder
/// writes.
///
/// # Errors
///
/// Any [`Fault`].
///
/// ```
/// use ferrosock_codec::base85::{Characters, Fault, GIT, decode_characters};
/// use ferrosock_codec::byte_set::ByteSet;
///
/// let characters = Characters::new(GIT, &ByteSet::of(b"\n"));
/// assert_eq!(decode_characters(b"Xk~0\n{Zv", &characters, true)?, b"hello");
/// # Ok::<(), Fault>(())
/// ```
pub fn decode_characters(message: &[u8], characters: &Characters, canonical: bool) -> Result<Vec<u8>, Fault> {
    let mut out = vec![0; decoded_len(message.len())];
    let length = decode_characters_into(message, characters, canonical, &mut out)?;
    out.truncate(length);
    Ok(out)
}

/// Writes what [`decode_characters`] gives to the beginning of `out` and gives its length.
///
/// # Errors
///
/// Any [`Fault`].
///
/// # Panics
///
/// If `out` is shorter than [`decoded_len`] says.
pub fn decode_characters_into(
    message: &[u8],
    characters: &Characters,
    canonical: bool,
    out: &mut [u8],
) -> Result<usize, Fault> {
    let values = &characters.0;
    let (mut at, mut end) = (0, 0);
    let (mut word, mut count) = (0_u64, 0);
    loop {
        if count == 0 {
            let (groups, _) = arrays(&message[at..]);
            for (place, group) in out[end..].chunks_exact_mut(4).zip(groups) {
                let Ok(word) = decode_word(group, values) else { break };
                place.copy_from_slice(&word.to_be_bytes());
                (at, end) = (at + 5, end + 4);
            }
        }
        let Some(byte) = message.get(at) else { break };
        match values[usize::from(*byte)] {
            SKIPPED => {}
            value if value < 85 => {
                word = word * 85 + u64::from(value);
                count += 1;
                if count == 5 {
                    let bytes = u32::try_from(word).map_err(|_| Fault::Overflow(at / 5 * 5))?.to_be_bytes();
                    out[end..end + 4].copy_from_slice(&bytes);
                    (word, count, end) = (0, 0, end + 4);
                }
            }
            _ => return Err(Fault::InvalidCharacter(at)),
        }
        at += 1;
    }
    if count == 0 {
        return Ok(end);
    }
    let missing = 5 - count;
    let bytes = last_word(word, missing).ok_or(Fault::Overflow((at + missing - 1) / 5 * 5))?;
    if count == 1 {
        return Err(Fault::Incomplete);
    }
    if canonical && !is_canonical(word, bytes, count) {
        return Err(Fault::NonZeroBits);
    }
    out[end..end + count - 1].copy_from_slice(&bytes[..count - 1]);
    Ok(end + count - 1)
}

/// The bytes of the word of a last group, in which what is missing counts as the largest value: what remains of the word is
/// then as it was.
pub(crate) fn last_word(word: u64, missing: usize) -> Option<[u8; 4]> {
    let word = (0..missing).fold(word, |word, _| word * 85 + 84);
    u32::try_from(word).ok().map(u32::to_be_bytes)
}

/// Whether an encoder writes these `count` characters for the first bytes of `bytes`.
pub(crate) fn is_canonical(word: u64, mut bytes: [u8; 4], count: usize) -> bool {
    bytes[count - 1..].fill(0);
    let missing = 5 - count as u32;
    u64::from(u32::from_be_bytes(bytes)) / 85_u64.pow(missing) == word
}

/// Encodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::base85::{Alphabet, Encoder};
///
/// let (mut encoder, mut out) = (Encoder::new(Alphabet::Git), Vec::new());
/// encoder.update(b"he", &mut out);
/// encoder.update(b"llo", &mut out);
/// encoder.finish(false, &mut out);
/// assert_eq!(out, b"Xk~0{Zv");
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
        let whole = self.kept.len() & !3;
        self.put(whole, false, out);
        self.kept.drain(..whole);
    }

    /// Ends the message: adds the last group, padded if wanted.
    pub fn finish(self, pad: bool, out: &mut Vec<u8>) {
        self.put(self.kept.len(), pad, out);
    }

    fn put(&self, length: usize, pad: bool, out: &mut Vec<u8>) {
        let data = &self.kept[..length];
        append(out, length.div_ceil(4) * 5, |out| (encode_into(data, self.alphabet, pad, out), ()));
    }
}

/// Decodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::base85::{Alphabet, Decoder, Error};
///
/// let (mut decoder, mut out) = (Decoder::new(Alphabet::Git), Vec::new());
/// decoder.update(b"Xk~", &mut out)?;
/// decoder.update(b"0{Zv", &mut out)?;
/// decoder.finish(&mut out)?;
/// assert_eq!(out, b"hello");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    alphabet: Alphabet,
    kept: Vec<u8>,
    /// Where the kept characters begin in the message.
    position: usize,
}

impl Decoder {
    /// A decoder at the beginning of a message.
    #[must_use]
    pub const fn new(alphabet: Alphabet) -> Self {
        Self { alphabet, kept: Vec::new(), position: 0 }
    }

    /// Takes more of the message and adds its bytes to `out`.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; nothing is added.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.kept.extend(chunk);
        let whole = self.kept.len() - self.kept.len() % 5;
        self.put(whole, out)?;
        self.kept.drain(..whole);
        self.position = self.position.saturating_add(whole);
        Ok(())
    }

    /// Ends the message: adds the bytes of its last group.
    ///
    /// # Errors
    ///
    /// Any [`Error`].
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.put(self.kept.len(), out)
    }

    fn put(&self, length: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let message = &self.kept[..length];
        append(out, decoded_len(length), |out| match decode_at(message, self.alphabet, self.position, out) {
            Ok(length) => (length, Ok(())),
            Err(error) => (0, Err(error)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification of Z85, and the documentation of Python's tests.
    #[test]
    fn vectors() {
        let word = b"\x86\x4f\xd2\x6f\xb5\x59\xf7\x5b";
        assert_eq!(decode(b"HelloWorld", Alphabet::Z85).as_deref(), Ok(&word[..]));
        assert_eq!(encode(b"www.python.org", Alphabet::Git, false), "cXxL#aCvlSZ*DGca%T");
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let data: Vec<u8> = (0..=255_u8).map(|byte| byte.wrapping_mul(151)).collect();
        for alphabet in [Alphabet::Git, Alphabet::Z85] {
            for length in 0..data.len() {
                let data = &data[..length];
                let text = encode(data, alphabet, false);
                assert_eq!(encoded_len(length, false), Some(text.len()));
                assert_eq!(decode(text.as_bytes(), alphabet).as_deref(), Ok(data));
                let padded = encode(data, alphabet, true);
                assert_eq!(encoded_len(length, true), Some(padded.len()));
                assert!(padded.starts_with(&text));
                for size in [1, 4, 7] {
                    let (mut encoder, mut out) = (Encoder::new(alphabet), Vec::new());
                    data.chunks(size).for_each(|chunk| encoder.update(chunk, &mut out));
                    encoder.finish(false, &mut out);
                    assert_eq!(out, text.as_bytes());
                    let (mut decoder, mut out) = (Decoder::new(alphabet), Vec::new());
                    text.as_bytes()
                        .chunks(size)
                        .try_for_each(|chunk| decoder.update(chunk, &mut out))
                        .unwrap();
                    decoder.finish(&mut out).unwrap();
                    assert_eq!(out, data);
                }
            }
        }
    }

    #[test]
    fn errors_have_a_place() {
        let place = |message: &[u8]| decode(message, Alphabet::Git).unwrap_err();
        assert_eq!(place(b"00000~~~~~"), Error::Overflow { alphabet: Alphabet::Git, position: 5 });
        assert_eq!(place(b"0000\x00"), Error::InvalidCharacter { alphabet: Alphabet::Git, position: 4 });
        assert_eq!(place(b"000000 "), Error::InvalidCharacter { alphabet: Alphabet::Git, position: 6 });
        let mut decoder = Decoder::new(Alphabet::Z85);
        decoder.update(b"0000000", &mut Vec::new()).unwrap();
        let error = decoder.update(b"00~", &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "bad z85 character at position 9");
    }

    #[test]
    fn any_characters() {
        let decode = |message: &[u8], skipped: &[u8], canonical| {
            decode_characters(message, &Characters::new(GIT, &ByteSet::of(skipped)), canonical)
        };
        let data: Vec<u8> = (0..=255_u8).map(|byte| byte.wrapping_mul(151)).collect();
        let shuffled: [u8; 85] = std::array::from_fn(|at| (at * 3) as u8);
        for length in 0..data.len() {
            let data = &data[..length];
            for (characters, columns) in [(GIT, 0), (Z85, 7), (&shuffled, 76), (GIT, usize::MAX)] {
                let text = encode_columns(data, characters, false, columns);
                assert_eq!(columns_len(length, false, columns), Some(text.len()));
                let lines = Characters::new(characters, &ByteSet::of(b"\n"));
                assert_eq!(decode_characters(&text, &lines, true).as_deref(), Ok(data));
            }
        }
        assert_eq!(decode(b"VPa\n !s\n", b" \n", true).as_deref(), Ok(&b"abcd"[..]));
        assert_eq!(decode(b"VF", b"", false).as_deref(), Ok(&b"a"[..]));
        assert_eq!(decode(b"VF", b"", true), Err(Fault::NonZeroBits));
        assert_eq!(decode(b"00000V", b"", false), Err(Fault::Incomplete));
        assert_eq!(decode(b"~", b"", false), Err(Fault::Overflow(0)));
        assert_eq!(decode(b"00000 ~", b" ", false), Err(Fault::Overflow(10)));
        assert_eq!(decode(b"00 0~", b"", false), Err(Fault::InvalidCharacter(2)));
        assert_eq!(columns_len(usize::MAX, false, 0), None);
    }
}
