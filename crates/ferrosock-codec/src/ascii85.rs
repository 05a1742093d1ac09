//! Ascii85, the form of base85 in PostScript, PDF and `btoa`: four zeros are abbreviated as `z`, and white space may stand
//! anywhere. As Python's `base64` has it.
//!
//! Source: [PostScript Language Reference, ASCII85Encode filter](https://www.adobe.com/jp/print/postscript/pdfs/PLRM.pdf).

use std::convert::Infallible;
use std::fmt;

use crate::base85::{NONE, Pairs, Wrong, decode_word, encode_word, is_canonical, last_word, pairs, values};
use crate::byte_set::ByteSet;
use crate::output::{Cursor, arrays};
use crate::text::ascii;

/// Why a message cannot be decoded. `E` is an error of the caller's, from asking what to ignore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<E = Infallible> {
    /// Five characters stand for more than 32 bits.
    Overflow,
    /// An abbreviation, `z` or `y`, stands among the characters of a group.
    Abbreviation(u8),
    /// A byte is neither of the alphabet nor to be ignored.
    InvalidCharacter(u8),
    /// A message in Adobe's frame does not end with `~>`.
    Unframed,
    /// What the caller's function said.
    Caller(E),
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => f.write_str("Ascii85 overflow"),
            Self::Abbreviation(byte) => write!(f, "{} inside Ascii85 5-tuple", char::from(*byte)),
            Self::InvalidCharacter(byte) => write!(f, "Non-Ascii85 digit found: {}", char::from(*byte)),
            Self::Unframed => f.write_str("Ascii85 encoded byte sequences must end with b'~>'"),
            Self::Caller(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Error<E> {}

/// Why [`decode_whole`] cannot decode a message. The words are those of Python 3.15's `binascii`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Five characters stand for more than 32 bits.
    Overflow,
    /// An abbreviation, `z` or `y`, stands among the characters of a group.
    Abbreviation(u8),
    /// A byte is neither of the alphabet nor to be skipped.
    InvalidCharacter(u8),
    /// A message in Adobe's frame does not end with `~>`.
    Unframed,
    /// The message ends with one character of a group, which carries less than a byte.
    Incomplete,
    /// Four zeros are not written as `z`.
    Unabbreviated,
    /// The last group is not what an encoder writes for its bytes.
    NonZeroBits,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => f.write_str("Ascii85 overflow"),
            Self::Abbreviation(byte) => write!(f, "'{}' inside Ascii85 5-tuple", char::from(*byte)),
            Self::InvalidCharacter(byte) => write!(f, "Non-Ascii85 digit found: {}", char::from(*byte)),
            Self::Unframed => f.write_str("Ascii85 encoded byte sequences must end with b'~>'"),
            Self::Incomplete => f.write_str("Incomplete Ascii85 group"),
            Self::Unabbreviated => f.write_str("Non-canonical encoding, use 'z' for all-zero groups"),
            Self::NonZeroBits => f.write_str("Non-zero padding bits"),
        }
    }
}

impl std::error::Error for Fault {}

/// How a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Abbreviate four spaces as `y`, as `btoa` does.
    pub fold_spaces: bool,
    /// Begin a new line after so many characters; 0 is for one line.
    pub columns: usize,
    /// Add zeros up to a multiple of four bytes, which a decoder then gives too.
    pub pad: bool,
    /// Write `<~` before the message and `~>` after it.
    pub adobe: bool,
}

/// The characters by their values.
pub const CHARACTERS: &[u8; 85] = &ALPHABET;

const ALPHABET: [u8; 85] = {
    let mut alphabet = [0; 85];
    let mut value = 0;
    while value < 85 {
        alphabet[value] = b'!' + value as u8;
        value += 1;
    }
    alphabet
};
static PAIRS: Pairs = pairs(&ALPHABET);
static VALUES: [u8; 256] = values(&ALPHABET);

/// What Python's decoder ignores unless told otherwise: white space.
pub const WHITE_SPACE: &[u8] = b" \t\n\r\x0b";

/// The most characters that the encoding of so many bytes can have; `None` if no memory could hold them.
///
/// ```
/// use ferrosock_codec::ascii85::{Options, encoded_most};
///
/// assert_eq!(encoded_most(5, Options::default()), Some(10));
/// ```
#[must_use]
pub fn encoded_most(length: usize, options: Options) -> Option<usize> {
    let characters = length.div_ceil(4).checked_mul(5)?.checked_add(if options.adobe { 4 } else { 0 })?;
    match options.line() {
        0 => Some(characters),
        line => characters.checked_add(characters / line)?.checked_add(1),
    }
}

impl Options {
    /// The length of a line: Adobe's marks are not cut.
    fn line(self) -> usize {
        if self.adobe && self.columns > 0 { self.columns.max(2) } else { self.columns }
    }
}

/// The encoding of `data`.
///
/// ```
/// use ferrosock_codec::ascii85::{Options, encode};
///
/// assert_eq!(encode(b"\0\0\0\0hello", Options::default()), "zBOu!rDZ");
/// assert_eq!(encode(b"\0\0\0\0", Options { adobe: true, ..Options::default() }), "<~z~>");
/// ```
#[must_use]
pub fn encode(data: &[u8], options: Options) -> String {
    let mut out = vec![0; encoded_most(data.len(), options).unwrap_or_default()];
    let length = encode_into(data, options, &mut out);
    out.truncate(length);
    ascii(out)
}

/// Writes the encoding of `data` to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`encoded_most`] says.
///
/// ```
/// use ferrosock_codec::ascii85::{Options, encode_into};
///
/// let mut out = [0; 10];
/// assert_eq!(encode_into(b"hello", Options::default(), &mut out), 7);
/// ```
pub fn encode_into(data: &[u8], options: Options, out: &mut [u8]) -> usize {
    let mut lines = Lines { out: Cursor::new(out), line: options.line(), column: 0 };
    if options.adobe {
        lines.put(b"<~");
    }
    let (words, rest) = arrays(data);
    for word in words {
        match u32::from_be_bytes(word) {
            0 => lines.put(b"z"),
            0x2020_2020 if options.fold_spaces => lines.put(b"y"),
            word => lines.put(&encode_word(word, &PAIRS)),
        }
    }
    if !rest.is_empty() {
        let mut word = [0; 4];
        word[..rest.len()].copy_from_slice(rest);
        let word = u32::from_be_bytes(word);
        match options.pad {
            true if word == 0 => lines.put(b"z"),
            true => lines.put(&encode_word(word, &PAIRS)),
            false => lines.put(&encode_word(word, &PAIRS)[..rest.len() + 1]),
        }
    }
    if options.adobe {
        if lines.line > 0 && lines.column + 2 > lines.line {
            lines.out.push(b'\n');
        }
        lines.out.put(b"~>");
    }
    lines.out.written()
}

/// Lines of one length, each begun when there is something to write to it.
struct Lines<'a> {
    out: Cursor<'a>,
    line: usize,
    column: usize,
}

impl Lines<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        if self.line == 0 {
            return self.out.put(bytes);
        }
        for byte in bytes {
            if self.column == self.line {
                self.out.push(b'\n');
                self.column = 0;
            }
            self.out.push(*byte);
            self.column += 1;
        }
    }
}

/// The most bytes that so many characters can stand for: each may be a `z`.
///
/// ```
/// assert_eq!(ferrosock_codec::ascii85::decoded_most(3), Some(12));
/// ```
#[must_use]
pub const fn decoded_most(length: usize) -> Option<usize> {
    length.checked_mul(4)
}

/// The bytes that `message` stands for. White space is skipped.
///
/// # Errors
///
/// Any [`Error`].
///
/// ```
/// use ferrosock_codec::ascii85::{Error, Form, decode};
///
/// assert_eq!(decode(b"BOu!r DZz", Form::default()), Err(Error::Abbreviation(b'z')));
/// assert_eq!(decode(b"<~BOu!r\nDZ~>", Form { adobe: true, ..Form::default() })?, b"hello");
/// # Ok::<(), Error>(())
/// ```
pub fn decode(message: &[u8], form: Form) -> Result<Vec<u8>, Error> {
    let mut decoder = Decoder::new(form.fold_spaces);
    let mut out = Vec::new();
    decoder.update(form.content(message)?, &mut out)?;
    decoder.finish(&mut out)?;
    Ok(out)
}

/// What form a decoder expects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// `y` abbreviates four spaces.
    pub fold_spaces: bool,
    /// The message ends with `~>`, and may begin with `<~`.
    pub adobe: bool,
}

impl Form {
    /// What stands within the frame, if there is to be one.
    ///
    /// # Errors
    ///
    /// [`Error::Unframed`].
    ///
    /// ```
    /// use ferrosock_codec::ascii85::{Error, Form};
    ///
    /// let adobe = Form { adobe: true, ..Form::default() };
    /// assert_eq!(adobe.content::<Error>(b"<~z~>"), Ok(&b"z"[..]));
    /// ```
    pub fn content<E>(self, message: &[u8]) -> Result<&[u8], Error<E>> {
        if !self.adobe {
            return Ok(message);
        }
        let content = message.strip_suffix(b"~>").ok_or(Error::Unframed)?;
        // Of `<~>`, whose tilde both marks share, nothing is left.
        Ok(if message.starts_with(b"<~") { content.get(2..).unwrap_or_default() } else { content })
    }
}

/// The bytes that `message` stands for, as Python 3.15 has it: a last group of one character is refused. `skipped` are bytes that
/// are skipped if they stand for nothing; `canonical` refuses what no encoder writes.
///
/// # Errors
///
/// Any [`Fault`].
///
/// ```
/// use ferrosock_codec::ascii85::{Fault, Form, WHITE_SPACE, decode_whole};
/// use ferrosock_codec::byte_set::ByteSet;
///
/// let decode = |message| decode_whole(message, Form::default(), &ByteSet::of(WHITE_SPACE), true);
/// assert_eq!(decode(b"zBOu!r\nDZ")?, b"\0\0\0\0hello");
/// assert_eq!(decode(b"!!!!!"), Err(Fault::Unabbreviated));
/// assert_eq!(decode(b"z!"), Err(Fault::Incomplete));
/// # Ok::<(), Fault>(())
/// ```
pub fn decode_whole(
    message: &[u8],
    form: Form,
    skipped: &ByteSet,
    canonical: bool,
) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    decode_whole_to(message, form, skipped, canonical, |_| Ok(()), &mut out)?;
    Ok(out)
}

/// [`decode_whole`] that adds to `out`. Before so many bytes are added as it says, `reserve` may see to their room: an
/// abbreviation makes four bytes of one character.
///
/// # Errors
///
/// Any [`Fault`], and what `reserve` says.
pub fn decode_whole_to<E: From<Fault>>(
    message: &[u8],
    form: Form,
    skipped: &ByteSet,
    canonical: bool,
    mut reserve: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
    out: &mut Vec<u8>,
) -> Result<(), E> {
    let mut rest = message;
    if form.adobe {
        // Unlike in `Form::content`, both marks have a tilde of their own.
        let content = message.strip_suffix(b"~>").ok_or(Fault::Unframed)?;
        rest = content.strip_prefix(b"<~").unwrap_or(content);
    }
    let (mut word, mut count) = (0_u64, 0);
    while let Some((byte, more)) = rest.split_first() {
        if out.capacity() - out.len() < 4 {
            reserve(out)?;
        }
        if let (0, Some((group, more))) = (count, rest.split_first_chunk::<5>()) {
            match decode_word(*group, &VALUES) {
                Ok(0) if canonical => return Err(Fault::Unabbreviated.into()),
                Ok(word) => {
                    out.extend_from_slice(&word.to_be_bytes());
                    rest = more;
                    continue;
                }
                Err(Wrong::Size) => return Err(Fault::Overflow.into()),
                Err(Wrong::Character) => {}
            }
        }
        rest = more;
        let bytes = match (VALUES[usize::from(*byte)], byte) {
            (NONE, b'z') => *b"\0\0\0\0",
            (NONE, b'y') if form.fold_spaces => *b"    ",
            (NONE, _) if skipped.contains(*byte) => continue,
            (NONE, _) => return Err(Fault::InvalidCharacter(*byte).into()),
            (value, _) => {
                word = word * 85 + u64::from(value);
                count += 1;
                if count < 5 {
                    continue;
                }
                let bytes = last_word(word, 0).ok_or(Fault::Overflow)?;
                if canonical && word == 0 {
                    return Err(Fault::Unabbreviated.into());
                }
                (word, count) = (0, 0);
                bytes
            }
        };
        if count > 0 {
            return Err(Fault::Abbreviation(*byte).into());
        }
        out.extend_from_slice(&bytes);
    }
    if count > 0 {
        let bytes = last_word(word, 5 - count).ok_or(Fault::Overflow)?;
        if count == 1 {
            return Err(Fault::Incomplete.into());
        }
        if canonical && !is_canonical(word, bytes, count) {
            return Err(Fault::NonZeroBits.into());
        }
        if out.capacity() - out.len() < 4 {
            reserve(out)?;
        }
        out.extend_from_slice(&bytes[..count - 1]);
    }
    Ok(())
}

/// Decodes a message without a frame that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::ascii85::{Decoder, Error};
///
/// let (mut decoder, mut out) = (Decoder::new(false), Vec::new());
/// decoder.update(b"BOu!r\nD", &mut out)?;
/// decoder.update(b"Z", &mut out)?;
/// decoder.finish(&mut out)?;
/// assert_eq!(out, b"hello");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    fold_spaces: bool,
    group: [u8; 5],
    count: usize,
}

impl Decoder {
    /// A decoder at the beginning of a message; with `fold_spaces`, `y` stands for four spaces.
    #[must_use]
    pub const fn new(fold_spaces: bool) -> Self {
        Self { fold_spaces, group: [0; 5], count: 0 }
    }

    /// Takes more of the message and adds its bytes to `out`. White space is skipped.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the bytes before it are added.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.update_ignoring(chunk, |byte| Ok(WHITE_SPACE.contains(&byte)), out)
    }

    /// [`update`](Self::update) that asks which bytes to skip, of those that stand for nothing.
    ///
    /// # Errors
    ///
    /// Any [`Error`], with what `ignored` says as [`Error::Caller`].
    ///
    /// ```
    /// use ferrosock_codec::ascii85::Decoder;
    ///
    /// let (mut decoder, mut out) = (Decoder::new(false), Vec::new());
    /// decoder.update_ignoring(b"BOu!r|DZ", |byte| Ok::<_, ()>(byte == b'|'), &mut out).unwrap();
    /// ```
    pub fn update_ignoring<E>(
        &mut self,
        chunk: &[u8],
        mut ignored: impl FnMut(u8) -> Result<bool, E>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error<E>> {
        let mut rest = chunk;
        out.reserve(chunk.len() / 5 * 4);
        while let Some((byte, more)) = rest.split_first() {
            if let (0, Some((group, more))) = (self.count, rest.split_first_chunk::<5>()) {
                match decode_word(*group, &VALUES) {
                    Ok(word) => {
                        out.extend_from_slice(&word.to_be_bytes());
                        rest = more;
                        continue;
                    }
                    Err(Wrong::Size) => return Err(Error::Overflow),
                    Err(Wrong::Character) => {}
                }
            }
            rest = more;
            if VALUES[usize::from(*byte)] != NONE {
                self.group[self.count] = *byte;
                self.count += 1;
                if self.count == 5 {
                    self.count = 0;
                    out.extend_from_slice(&self.word()?.to_be_bytes());
                }
                continue;
            }
            let word = match byte {
                b'z' => b"\0\0\0\0",
                b'y' if self.fold_spaces => b"    ",
                _ if ignored(*byte).map_err(Error::Caller)? => continue,
                _ => return Err(Error::InvalidCharacter(*byte)),
            };
            if self.count > 0 {
                return Err(Error::Abbreviation(*byte));
            }
            out.extend_from_slice(word);
        }
        Ok(())
    }

    /// Ends the message: adds the bytes of its last group.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`].
    pub fn finish<E>(mut self, out: &mut Vec<u8>) -> Result<(), Error<E>> {
        if self.count > 0 {
            // What is missing counts as the largest value: what remains of the word is then as it was.
            self.group[self.count..].fill(b'u');
            let word = self.word()?.to_be_bytes();
            out.extend_from_slice(&word[..self.count - 1]);
        }
        Ok(())
    }

    fn word<E>(&self) -> Result<u32, Error<E>> {
        decode_word(self.group, &VALUES).map_err(|_| Error::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_pythons_documentation() {
        let adobe = Options { adobe: true, ..Options::default() };
        assert_eq!(encode(b"www.python.org", adobe), "<~GB\\6`E-ZP=Df.1GEb>~>");
        assert_eq!(encode(b"    ", Options { fold_spaces: true, ..Options::default() }), "y");
        assert_eq!(encode(b"\0", Options { pad: true, ..Options::default() }), "z");
        assert_eq!(encode(b"\0", Options::default()), "!!");
        assert_eq!(
            encode(b"www.python.org", Options { columns: 7, ..adobe }),
            "<~GB\\6`\nE-ZP=Df\n.1GEb>\n~>"
        );
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let data: Vec<u8> = (0..400_u32)
            .map(|i| if i % 50 < 20 { [0, b' '][i as usize % 100 / 50] } else { (i * 7) as u8 })
            .collect();
        for length in 0..data.len() {
            let data = &data[..length];
            for columns in [0, 1, 2, 7, 80] {
                let options =
                    Options { columns, adobe: length % 2 == 0, fold_spaces: length % 3 == 0, pad: false };
                let text = encode(data, options);
                assert!(encoded_most(length, options).is_some_and(|most| text.len() <= most));
                assert!(columns < 2 || text.lines().all(|line| line.len() <= columns));
                let form = Form { fold_spaces: options.fold_spaces, adobe: options.adobe };
                if columns != 1 || !options.adobe {
                    assert_eq!(decode(text.as_bytes(), form).as_deref(), Ok(data));
                }
            }
        }
    }

    #[test]
    fn chunks_give_what_the_whole_gives() {
        let message = b"z!!!!!\nBOu!r DZz";
        for size in 1..8 {
            let (mut decoder, mut out) = (Decoder::new(false), Vec::new());
            let result = message.chunks(size).try_for_each(|chunk| decoder.update(chunk, &mut out));
            assert_eq!(result, Err(Error::Abbreviation(b'z')));
            assert_eq!(out, b"\0\0\0\0\0\0\0\0hell");
        }
    }

    #[test]
    fn frames() {
        let adobe = Form { adobe: true, ..Form::default() };
        assert_eq!(decode(b"<~>", adobe).as_deref(), Ok(&b""[..]));
        assert_eq!(decode(b"~>", adobe).as_deref(), Ok(&b""[..]));
        assert_eq!(decode(b"z", adobe), Err(Error::Unframed));
        assert_eq!(decode(b"uuuuu", Form::default()), Err(Error::Overflow));
        assert_eq!(decode(b"u", Form::default()), Err(Error::Overflow));
        assert_eq!(decode(b"!", Form::default()).as_deref(), Ok(&b""[..]));
        assert_eq!(decode(b"!\xff", Form::default()), Err(Error::InvalidCharacter(0xff)));
    }

    #[test]
    fn whole_messages() {
        let decode = |message: &[u8], adobe, canonical| {
            let form = Form { adobe, fold_spaces: true };
            decode_whole(message, form, &ByteSet::of(b" ~z"), canonical)
        };
        let data: Vec<u8> = (0..400_u32)
            .map(|i| if i % 50 < 20 { [0, b' '][i as usize % 100 / 50] } else { (i * 7) as u8 })
            .collect();
        for length in 0..data.len() {
            let options =
                Options { adobe: length % 2 == 0, fold_spaces: length % 3 == 0, ..Options::default() };
            let text = encode(&data[..length], options);
            assert_eq!(decode(text.as_bytes(), options.adobe, true).as_deref(), Ok(&data[..length]));
        }
        assert_eq!(decode(b"z ~y", false, false).as_deref(), Ok(&b"\0\0\0\0    "[..]));
        assert_eq!(decode(b"!! !! !", false, true), Err(Fault::Unabbreviated));
        assert_eq!(decode(b"@0", false, true), Err(Fault::NonZeroBits));
        assert_eq!(decode(b"<~>", true, false), Err(Fault::Incomplete));
        assert_eq!(decode(b"z", true, false), Err(Fault::Unframed));
        assert_eq!(decode(b"!y", false, false), Err(Fault::Abbreviation(b'y')));
        assert_eq!(decode(b"u", false, false), Err(Fault::Overflow));
        assert_eq!(decode(b"!\xff", false, false), Err(Fault::InvalidCharacter(0xff)));
    }
}
