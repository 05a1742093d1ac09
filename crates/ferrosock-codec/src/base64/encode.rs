//! Encoding: whole messages, lines as in mail, and chunks.

use super::{Alphabet, CHARACTERS, engine};
use crate::lines::{translate, wrap, wrapped_len};
use crate::text::ascii;

/// The bytes in a full line of [`encode_lines`]: 76 characters.
///
/// Source: [RFC 2045, section 6.8](https://www.rfc-editor.org/rfc/rfc2045#section-6.8).
pub const LINE: usize = 57;

/// The length of the encoding of so many bytes, with padding; `None` if no memory could hold it.
///
/// ```
/// assert_eq!(ferrosock_codec::base64::encoded_len(5), Some(8));
/// ```
#[must_use]
#[inline]
pub const fn encoded_len(length: usize) -> Option<usize> {
    length.div_ceil(3).checked_mul(4)
}

/// The encoding of `data` in the standard alphabet, with padding.
///
/// ```
/// assert_eq!(ferrosock_codec::base64::encode(b"fooba"), "Zm9vYmE=");
/// ```
#[must_use]
pub fn encode(data: &[u8]) -> String {
    ascii(encode_with(data, Alphabet::STANDARD))
}

/// The encoding of `data` in the alphabet for URLs and file names, with padding.
///
/// ```
/// assert_eq!(ferrosock_codec::base64::encode_url_safe(b"\xfb\xff"), "-_8=");
/// ```
#[must_use]
pub fn encode_url_safe(data: &[u8]) -> String {
    ascii(encode_with(data, Alphabet::URL_SAFE))
}

/// The encoding of `data` in any alphabet, with padding.
///
/// ```
/// use ferrosock_codec::base64::{Alphabet, encode_with};
///
/// assert_eq!(encode_with(b"\xfb\xff", Alphabet::new(*b"*$")), b"*$8=");
/// ```
#[must_use]
pub fn encode_with(data: &[u8], alphabet: Alphabet) -> Vec<u8> {
    let mut out = vec![0; data.len().div_ceil(3) * 4];
    encode_into(data, alphabet, &mut out);
    out
}

/// Writes the encoding of `data` to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`encoded_len`] says.
///
/// ```
/// use ferrosock_codec::base64::{Alphabet, encode_into};
///
/// let mut out = [0; 8];
/// assert_eq!(encode_into(b"fo", Alphabet::STANDARD, &mut out), 4);
/// assert_eq!(&out[..4], b"Zm8=");
/// ```
#[inline]
pub fn encode_into(data: &[u8], alphabet: Alphabet, out: &mut [u8]) -> usize {
    let out = &mut out[..data.len().div_ceil(3) * 4];
    let length = out.len();
    engine::encode(data, alphabet == Alphabet::URL_SAFE, out);
    if !matches!(alphabet, Alphabet::STANDARD | Alphabet::URL_SAFE) {
        let [plus, slash] = alphabet.0;
        for byte in out {
            *byte = match *byte {
                b'+' => plus,
                b'/' => slash,
                other => other,
            };
        }
    }
    length
}

/// The length of what [`encode_lines`] gives for so many bytes; `None` if no memory could hold it.
///
/// ```
/// assert_eq!(ferrosock_codec::base64::encoded_lines_len(58), Some(77 + 5));
/// ```
#[must_use]
pub const fn encoded_lines_len(length: usize) -> Option<usize> {
    match encoded_len(length) {
        Some(characters) => characters.checked_add(length.div_ceil(LINE)),
        None => None,
    }
}

/// How an encoding is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Fill the last group with `=`. Without ([RFC 4648, section 3.2](https://www.rfc-editor.org/rfc/rfc4648#section-3.2)) a
    /// reader must know the length.
    pub padded: bool,
    /// Begin a new line after at most so many characters, but between groups of four; 0 is for one line.
    pub columns: usize,
    /// End with a line feed.
    pub newline: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { padded: true, columns: 0, newline: false }
    }
}

/// The length of the encoding of so many bytes, written out so; `None` if no memory could hold it.
///
/// ```
/// use ferrosock_codec::base64::{Layout, laid_len};
///
/// assert_eq!(laid_len(7, Layout { padded: false, columns: 5, newline: true }), Some(4 + 1 + 4 + 1 + 2 + 1));
/// ```
#[must_use]
pub const fn laid_len(length: usize, layout: Layout) -> Option<usize> {
    let Some(whole) = encoded_len(length) else { return None };
    let missing = if layout.padded { 0 } else { (3 - length % 3) % 3 };
    match wrapped_len(whole - missing, layout.columns, 4) {
        Some(length) => length.checked_add(layout.newline as usize),
        None => None,
    }
}

/// The encoding of `data` in an alphabet of any 64 characters.
///
/// ```
/// use ferrosock_codec::base64::{CHARACTERS, Layout, encode_laid};
///
/// let layout = Layout { columns: 4, ..Layout::default() };
/// assert_eq!(encode_laid(b"fooba", CHARACTERS, layout), b"Zm9v\nYmE=");
/// ```
#[must_use]
pub fn encode_laid(data: &[u8], characters: &[u8; 64], layout: Layout) -> Vec<u8> {
    let mut out = vec![0; laid_len(data.len(), layout).unwrap_or_default()];
    encode_laid_into(data, characters, layout, &mut out);
    out
}

/// Writes what [`encode_laid`] gives to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`laid_len`] says.
pub fn encode_laid_into(data: &[u8], characters: &[u8; 64], layout: Layout, out: &mut [u8]) -> usize {
    let mut length = wrap(data, (3, 4), layout.columns, out, |line, out| {
        if layout.padded || line.len() % 3 == 0 {
            return encode_into(line, Alphabet::STANDARD, out);
        }
        let (groups, rest) = line.split_at(line.len() - line.len() % 3);
        let written = encode_into(groups, Alphabet::STANDARD, out);
        let mut last = [0; 4];
        encode_into(rest, Alphabet::STANDARD, &mut last);
        let end = written + rest.len() + 1;
        out[written..end].copy_from_slice(&last[..=rest.len()]);
        end
    });
    if characters != CHARACTERS {
        translate(&mut out[..length], CHARACTERS, characters);
    }
    if layout.newline {
        out[length] = b'\n';
        length += 1;
    }
    length
}

/// The encoding of `data` in lines of 76 characters, each ended by a line feed, as `base64.encodebytes` gives it.
///
/// ```
/// assert_eq!(ferrosock_codec::base64::encode_lines(b"foo"), "Zm9v\n");
/// ```
#[must_use]
pub fn encode_lines(data: &[u8]) -> String {
    let mut out = vec![0; data.len().div_ceil(3) * 4 + data.len().div_ceil(LINE)];
    encode_lines_into(data, &mut out);
    ascii(out)
}

/// Writes what [`encode_lines`] gives to the beginning of `out` and gives its length.
///
/// # Panics
///
/// If `out` is shorter than [`encoded_lines_len`] says.
///
/// ```
/// let mut out = [0; 5];
/// assert_eq!(ferrosock_codec::base64::encode_lines_into(b"foo", &mut out), 5);
/// ```
pub fn encode_lines_into(data: &[u8], out: &mut [u8]) -> usize {
    let mut end = 0;
    for line in data.chunks(LINE) {
        end += encode_into(line, Alphabet::STANDARD, &mut out[end..]);
        out[end] = b'\n';
        end += 1;
    }
    end
}

/// Encodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::base64::{Alphabet, Encoder};
///
/// let (mut encoder, mut out) = (Encoder::new(Alphabet::STANDARD), Vec::new());
/// for chunk in [b"fo".as_slice(), b"ob", b"a"] {
///     encoder.update(chunk, &mut out);
/// }
/// encoder.finish(&mut out);
/// assert_eq!(out, b"Zm9vYmE=");
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    alphabet: Alphabet,
    /// The bytes of a group that is not whole yet, and their number.
    kept: [u8; 3],
    count: usize,
}

impl Encoder {
    /// An encoder at the beginning of a message.
    #[must_use]
    pub const fn new(alphabet: Alphabet) -> Self {
        Self { alphabet, kept: [0; 3], count: 0 }
    }

    /// Takes more of the message and adds what is certain of its encoding to `out`.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        if self.count > 0 {
            let (head, more) = chunk.split_at(chunk.len().min(3 - self.count));
            self.kept[self.count..self.count + head.len()].copy_from_slice(head);
            self.count += head.len();
            if self.count < 3 {
                return;
            }
            self.put(&self.kept, out);
            rest = more;
        }
        let (groups, tail) = rest.split_at(rest.len() - rest.len() % 3);
        self.put(groups, out);
        self.kept[..tail.len()].copy_from_slice(tail);
        self.count = tail.len();
    }

    /// Ends the message: adds the last group, with its padding.
    pub fn finish(self, out: &mut Vec<u8>) {
        self.put(&self.kept[..self.count], out);
    }

    fn put(&self, data: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + data.len().div_ceil(3) * 4, 0);
        encode_into(data, self.alphabet, &mut out[start..]);
    }
}
