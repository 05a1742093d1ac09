//! Encoding: whole messages, lines as in mail, and chunks.

use super::{Alphabet, engine};
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
