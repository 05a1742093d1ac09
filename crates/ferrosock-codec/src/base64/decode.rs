//! Decoding, lenient and strict: whole messages and chunks.
//!
//! Whole groups of four go through vector instructions as long as they are of the alphabet; [`Decoder::step`] takes one
//! byte and knows all the rules. It sees what the fast way cannot decide: line ends, padding, what is to be skipped or
//! refused.

use super::{Alphabet, CHARACTERS, Error, engine};
use crate::byte_set::ByteSet;

/// What a decoder accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Skip what is not of the alphabet, and end with the padding, whatever follows.
    #[default]
    Lenient,
    /// Skip what is not of the alphabet, and padding that does not end the message (RFC 4648, section 3.3).
    LenientThroughout,
    /// Refuse all but what an encoder writes. (Bits of the last character that carry nothing may be anything.)
    Strict,
    /// Strict, and tells what is wrong with padding that is too long, or stands behind one character of a group.
    StrictThroughout,
    /// Strict, but padding may follow a whole group: what `strict_mode` means to Python 3.11 and 3.12.
    AlmostStrict,
}

impl Mode {
    /// The lenient mode to which padding means what it means to this one.
    #[must_use]
    pub const fn lenient(self) -> Self {
        match self {
            Self::LenientThroughout | Self::StrictThroughout => Self::LenientThroughout,
            Self::Lenient | Self::Strict | Self::AlmostStrict => Self::Lenient,
        }
    }
}

/// What a decoder expects beside what its [`Mode`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The last group is padded ([RFC 4648, section 3.2](https://www.rfc-editor.org/rfc/rfc4648#section-3.2)). Where it need not be, a
    /// strict decoder refuses padding.
    pub padded: bool,
    /// Bits of the last character that carry nothing are zero
    /// ([RFC 4648, section 3.5](https://www.rfc-editor.org/rfc/rfc4648#section-3.5)).
    pub canonical: bool,
}

impl Options {
    const DEFAULT: Self = Self { padded: true, canonical: false };
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// An alphabet of any 64 characters, and the bytes beside it that are skipped.
///
/// ```
/// use ferrosock_codec::base64::{CHARACTERS, Characters, Error, Mode, Options, decode_characters};
/// use ferrosock_codec::byte_set::ByteSet;
///
/// let characters = Characters::new(CHARACTERS, &ByteSet::of(b" "));
/// let strict = |message| decode_characters(message, &characters, Mode::StrictThroughout, Options::default());
/// assert_eq!(strict(b"Zm9v YmE=")?, b"fooba");
/// assert_eq!(strict(b"Zm9v\nYmE="), Err(Error::InvalidByte));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Characters {
    /// For each byte the character of the standard alphabet or the padding that it means; a line feed if it is skipped, and
    /// another byte that stands for nothing if it is not.
    standard: [u8; 256],
    /// Padding is among what is skipped.
    skips_padding: bool,
}

impl Characters {
    /// Of a character that stands in the alphabet more than once the last place counts. `=` is padding even if it stands
    /// there; `skipped` are bytes that a strict decoder skips too (padding as the lenient one does), if they are not of the
    /// alphabet.
    #[must_use]
    pub fn new(alphabet: &[u8; 64], skipped: &ByteSet) -> Self {
        let mut standard = [NONE; 256];
        for byte in 0..=255 {
            if skipped.contains(byte) {
                standard[usize::from(byte)] = b'\n';
            }
        }
        for (character, means) in alphabet.iter().zip(CHARACTERS) {
            standard[usize::from(*character)] = *means;
        }
        standard[usize::from(b'=')] = b'=';
        Self { standard, skips_padding: skipped.contains(b'=') }
    }

    /// A decoder for [`Decoder::update_characters`].
    #[must_use]
    pub const fn decoder(&self, mode: Mode, options: Options) -> Decoder {
        let decoder = Decoder::new(Alphabet::STANDARD, mode);
        let strict_padding = decoder.strict_padding && !self.skips_padding;
        let exact = decoder.exact && strict_padding;
        Decoder { strict_padding, exact, skips: true, options, ..decoder }
    }
}

/// The bytes that `message` stands for, in an alphabet of any 64 characters.
///
/// # Errors
///
/// Those of the mode and of the options.
pub fn decode_characters(
    message: &[u8],
    characters: &Characters,
    mode: Mode,
    options: Options,
) -> Result<Vec<u8>, Error> {
    let mut decoder = characters.decoder(mode, options);
    let mut out = vec![0; decoded_len(message.len())];
    let length = decoder.update_characters(message, characters, &mut out)?;
    decoder.finish()?;
    out.truncate(length);
    Ok(out)
}

/// The most bytes that so many characters can stand for.
///
/// ```
/// assert_eq!(ferrosock_codec::base64::decoded_len(8), 6);
/// ```
#[must_use]
#[inline]
pub const fn decoded_len(length: usize) -> usize {
    length / 4 * 3 + length % 4 * 3 / 4
}

/// The most bytes that `message` can stand for, which for what an encoder wrote is just as many as it does: room enough for
/// a [`Decoder`] that gets it whole.
///
/// ```
/// use ferrosock_codec::base64::{Alphabet, decoded_most};
///
/// assert_eq!(decoded_most(b"Zm9vYg==", Alphabet::STANDARD), 4);
/// ```
#[must_use]
#[inline]
pub fn decoded_most(message: &[u8], alphabet: Alphabet) -> usize {
    let ending = &message[message.len().saturating_sub(2)..];
    let padding = ending.iter().filter(|byte| alphabet.to_standard(**byte) == b'=').count();
    decoded_len(message.len() - padding)
}

/// The bytes that `message` stands for, in the standard alphabet; other characters are skipped.
///
/// # Errors
///
/// [`Error::OneTooMany`] and [`Error::IncorrectPadding`].
///
/// ```
/// use ferrosock_codec::base64::{Error, decode};
///
/// assert_eq!(decode(b"Zm9v\nYmE=")?, b"fooba");
/// assert_eq!(decode(b"Zm9vYmE"), Err(Error::IncorrectPadding));
/// # Ok::<(), Error>(())
/// ```
pub fn decode(message: &[u8]) -> Result<Vec<u8>, Error> {
    decode_with(message, Alphabet::STANDARD, Mode::Lenient)
}

/// The bytes that `message` stands for, if it is just what an encoder writes.
///
/// # Errors
///
/// Any [`Error`].
///
/// ```
/// use ferrosock_codec::base64::{Error, decode_strict};
///
/// assert_eq!(decode_strict(b"Zm9vYmE=")?, b"fooba");
/// assert_eq!(decode_strict(b"Zm9v\nYmE="), Err(Error::InvalidByte));
/// # Ok::<(), Error>(())
/// ```
pub fn decode_strict(message: &[u8]) -> Result<Vec<u8>, Error> {
    decode_with(message, Alphabet::STANDARD, Mode::Strict)
}

/// The bytes that `message` stands for, in any alphabet.
///
/// # Errors
///
/// Those of the mode.
///
/// ```
/// use ferrosock_codec::base64::{Alphabet, Error, Mode, decode_with};
///
/// assert_eq!(decode_with(b"-_8=", Alphabet::URL_SAFE, Mode::Strict)?, b"\xfb\xff");
/// # Ok::<(), Error>(())
/// ```
pub fn decode_with(message: &[u8], alphabet: Alphabet, mode: Mode) -> Result<Vec<u8>, Error> {
    let mut decoder = Decoder::new(alphabet, mode);
    let mut out = vec![0; decoded_most(message, alphabet)];
    let length = decoder.update_into(message, &mut out)?;
    decoder.finish()?;
    out.truncate(length);
    Ok(out)
}

/// Decodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::base64::{Alphabet, Decoder, Error, Mode};
///
/// let mut decoder = Decoder::new(Alphabet::STANDARD, Mode::Lenient);
/// let mut out = Vec::new();
/// for chunk in [b"Zm9vY".as_slice(), b"m\r\nE", b"="] {
///     decoder.update(chunk, &mut out)?;
/// }
/// decoder.finish()?;
/// assert_eq!(out, b"fooba");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    alphabet: Alphabet,
    strict: bool,
    /// Padding is looked at strictly: not so if it is to be skipped like other bytes.
    strict_padding: bool,
    /// Padding may not follow a whole group.
    exact: bool,
    /// Padding ends nothing by itself.
    throughout: bool,
    options: Options,
    /// Line feeds are skipped by a strict decoder too: they stand for what is [to be skipped](Characters).
    skips: bool,
    /// How many characters of the current group there were, and the bits of the last that no byte has yet.
    place: u8,
    bits: u8,
    /// How much padding there was since the last character, and whether there was any in the message.
    padding: u8,
    padded: bool,
    /// The padding ended the message.
    ended: bool,
    begun: bool,
    /// Whole groups of the message so far.
    groups: usize,
}

/// Characters that are looked at together: they and their bytes stay in the first-level cache.
const BLOCK: usize = 12 * 1024;

impl Decoder {
    /// A decoder at the beginning of a message.
    #[must_use]
    pub const fn new(alphabet: Alphabet, mode: Mode) -> Self {
        Self {
            alphabet,
            strict: !matches!(mode, Mode::Lenient | Mode::LenientThroughout),
            strict_padding: !matches!(mode, Mode::Lenient | Mode::LenientThroughout),
            exact: matches!(mode, Mode::Strict | Mode::StrictThroughout),
            throughout: matches!(mode, Mode::LenientThroughout | Mode::StrictThroughout),
            options: Options::DEFAULT,
            skips: false,
            place: 0,
            bits: 0,
            padding: 0,
            padded: false,
            ended: false,
            begun: false,
            groups: 0,
        }
    }

    /// The same decoder with other expectations.
    ///
    /// ```
    /// use ferrosock_codec::base64::{Alphabet, Decoder, Error, Mode, Options};
    ///
    /// let unpadded = Options { padded: false, ..Options::default() };
    /// let mut decoder = Decoder::new(Alphabet::URL_SAFE, Mode::StrictThroughout).expecting(unpadded);
    /// let mut out = Vec::new();
    /// decoder.update(b"-_8", &mut out)?;
    /// decoder.finish()?;
    /// assert_eq!(out, b"\xfb\xff");
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub const fn expecting(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Takes more of a message of other [`Characters`], writes its bytes to the beginning of `out` and gives their number.
    ///
    /// # Errors
    ///
    /// Those of the mode.
    ///
    /// # Panics
    ///
    /// As [`update_into`](Self::update_into).
    pub fn update_characters(
        &mut self,
        chunk: &[u8],
        characters: &Characters,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (mut standard, mut length) = ([0; 1024], 0);
        for piece in chunk.chunks(standard.len()) {
            let standard = &mut standard[..piece.len()];
            for (to, from) in standard.iter_mut().zip(piece) {
                *to = characters.standard[usize::from(*from)];
            }
            self.run_standard(standard, out, &mut length)?;
        }
        Ok(length)
    }

    /// Takes more of the message and adds its bytes to `out`.
    ///
    /// # Errors
    ///
    /// Those of strict mode. The bytes before the place of the error are added.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut length = out.len();
        out.resize(length + decoded_len(chunk.len()) + 3, 0);
        let result = self.run(chunk, out, &mut length);
        out.truncate(length);
        result
    }

    /// Takes more of the message, writes its bytes to the beginning of `out` and gives their number.
    ///
    /// # Errors
    ///
    /// Those of strict mode.
    ///
    /// # Panics
    ///
    /// If `out` is shorter than [`decoded_len`] says for the characters of this chunk and of the group that the last one
    /// left open (3 at most), or, at the end of the message, than [`decoded_most`] leaves.
    ///
    /// ```
    /// use ferrosock_codec::base64::{Alphabet, Decoder, Error, Mode};
    ///
    /// let mut decoder = Decoder::new(Alphabet::STANDARD, Mode::Strict);
    /// let mut out = [0; 9];
    /// assert_eq!(decoder.update_into(b"Zm9vYmE=", &mut out)?, 5);
    /// decoder.finish()?;
    /// assert_eq!(&out[..5], b"fooba");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn update_into(&mut self, chunk: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let mut length = 0;
        self.run(chunk, out, &mut length)?;
        Ok(length)
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`Error::OneTooMany`] or [`Error::IncorrectPadding`] if it ends within a group; [`Error::NonZeroBits`] of a canonical
    /// one.
    pub fn finish(self) -> Result<(), Error> {
        match self.place {
            _ if self.ended => Ok(()),
            0 => Ok(()),
            1 => Err(self.one_too_many()),
            place if self.options.padded && place.saturating_add(self.padding) < 4 => {
                Err(Error::IncorrectPadding)
            }
            _ if self.options.canonical && self.bits != 0 => Err(Error::NonZeroBits),
            _ => Ok(()),
        }
    }

    fn one_too_many(&self) -> Error {
        Error::OneTooMany { characters: self.groups.saturating_mul(4).saturating_add(1) }
    }

    /// Decodes a chunk of any alphabet to `out[*end..]` and moves `end`.
    #[inline]
    fn run(&mut self, chunk: &[u8], out: &mut [u8], end: &mut usize) -> Result<(), Error> {
        if self.alphabet == Alphabet::STANDARD {
            return self.run_standard(chunk, out, end);
        }
        let mut standard = [0; 1024];
        for piece in chunk.chunks(standard.len()) {
            let standard = &mut standard[..piece.len()];
            for (to, from) in standard.iter_mut().zip(piece) {
                *to = self.alphabet.to_standard(*from);
            }
            self.run_standard(standard, out, end)?;
        }
        Ok(())
    }

    fn run_standard(&mut self, chunk: &[u8], out: &mut [u8], end: &mut usize) -> Result<(), Error> {
        let mut rest = chunk;
        if !self.begun && !rest.is_empty() {
            self.begun = true;
            if self.strict_padding && rest[0] == b'=' {
                return Err(if self.options.padded {
                    Error::LeadingPadding
                } else {
                    Error::ForbiddenPadding
                });
            }
        }
        while !rest.is_empty() {
            if self.ended {
                return if self.strict { Err(Error::ExcessData) } else { Ok(()) };
            }
            let mut slowly = 1;
            if self.place == 0 && !self.padded {
                let block = straight(rest);
                match engine::decode(&rest[..block], &mut out[*end..]) {
                    Some(length) => {
                        *end += length;
                        self.groups += block / 4;
                        rest = &rest[block..];
                        // What comes next was left out for a reason: it ends a line, or may be the last group.
                        let skipped = rest.first().is_some_and(|byte| VALUES[usize::from(*byte)] == NONE);
                        slowly = if skipped { 1 } else { rest.len().min(4) };
                    }
                    None => slowly = block,
                }
            }
            let (bytes, more) = rest.split_at(slowly);
            for byte in bytes {
                self.step(*byte, out, end)?;
            }
            rest = more;
        }
        Ok(())
    }

    /// Takes one byte.
    #[inline]
    fn step(&mut self, byte: u8, out: &mut [u8], end: &mut usize) -> Result<(), Error> {
        if self.ended {
            return if self.strict { Err(Error::ExcessData) } else { Ok(()) };
        }
        if byte == b'=' {
            if self.strict_padding && !self.options.padded {
                return Err(Error::ForbiddenPadding);
            }
            if self.exact && self.place == 0 {
                // Nothing but skipped bytes may stand before it.
                return Err(if self.groups == 0 { Error::LeadingPadding } else { Error::ExcessPadding });
            }
            self.padded = self.strict_padding;
            if self.throughout {
                self.padding = self.padding.saturating_add(1);
                return match self.place {
                    1 if self.strict_padding => Err(self.one_too_many()),
                    place if self.strict_padding && place + self.padding > 4 => Err(Error::ExcessPadding),
                    _ => Ok(()),
                };
            }
            if self.place >= 2 {
                self.padding += 1;
                self.ended = self.place + self.padding >= 4;
            }
            return Ok(());
        }
        let value = VALUES[usize::from(byte)];
        if value == NONE {
            let skipped = !self.strict || (self.skips && byte == b'\n');
            return if skipped { Ok(()) } else { Err(Error::InvalidByte) };
        }
        if self.padded {
            let is_whole = self.throughout && self.place + self.padding == 4;
            return Err(if is_whole { Error::ExcessData } else { Error::DiscontinuousPadding });
        }
        self.padding = 0;
        let (left, place) = (self.bits, self.place);
        (self.bits, self.place) = match place {
            0 => (value, 1),
            1 => (value & 0x0f, 2),
            2 => (value & 0x03, 3),
            _ => (0, 0),
        };
        if place > 0 {
            out[*end] = match place {
                1 => left << 2 | value >> 4,
                2 => left << 4 | value >> 2,
                _ => left << 6 | value,
            };
            *end += 1;
            self.groups += usize::from(place == 3);
        }
        Ok(())
    }
}

/// How many characters from the beginning on, in whole groups, are likely to be of the alphabet: to the next line feed, to
/// what may be padding at the end, or a block.
#[inline]
fn straight(rest: &[u8]) -> usize {
    let block = &rest[..rest.len().min(BLOCK)];
    let mut length = memchr::memchr(b'\n', block).unwrap_or(block.len()) & !3;
    if length > 0 && block[length - 1] == b'=' {
        length -= 4;
    }
    length
}

/// Stands for no value.
const NONE: u8 = 0xff;

/// What each byte stands for.
static VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        values[CHARACTERS[value] as usize] = value as u8;
        value += 1;
    }
    values
};
