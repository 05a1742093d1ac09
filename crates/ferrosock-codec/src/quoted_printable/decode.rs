//! Decoding as `binascii.a2b_qp` does it: nothing is an error.

use super::blocks::blocks;
use crate::output::{Cursor, append};

/// The bytes that `data` stands for. What is no escape stands for itself; with `header`, `_` stands for a space.
///
/// ```
/// use ferrosock_codec::quoted_printable::decode;
///
/// assert_eq!(decode(b"caf=C3=A9 =\r\n=3D 1=20\n", false), "café = 1 \n".as_bytes());
/// assert_eq!(decode(b"a_b=5Fc =zz", true), b"a b_c =zz");
/// ```
#[must_use]
pub fn decode(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = vec![0; data.len()];
    let length = decode_into(data, header, &mut out);
    out.truncate(length);
    out
}

/// Writes what [`decode`] gives to the beginning of `out` and gives its length, at most that of `data`.
///
/// # Panics
///
/// If `out` is shorter than `data`.
///
/// ```
/// let mut out = [0; 3];
/// assert_eq!(ferrosock_codec::quoted_printable::decode_into(b"=41", false, &mut out), 1);
/// assert_eq!(out[0], b'A');
/// ```
pub fn decode_into(data: &[u8], header: bool, out: &mut [u8]) -> usize {
    let mut decoder = Decoder::new(header);
    let mut out = Cursor::new(out);
    decoder.run(data, true, &mut out);
    out.written()
}

/// Decodes a message that comes in chunks, cut anywhere.
///
/// ```
/// use ferrosock_codec::quoted_printable::Decoder;
///
/// let (mut decoder, mut out) = (Decoder::new(false), Vec::new());
/// for chunk in [b"1 =3".as_slice(), b"D =", b"\n1"] {
///     decoder.update(chunk, &mut out);
/// }
/// decoder.finish(&mut out);
/// assert_eq!(out, b"1 = 1");
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    header: bool,
    /// Within a soft line break, which lasts to the line feed.
    breaking: bool,
    /// The beginning of an escape whose end is yet to come.
    kept: [u8; 2],
    count: usize,
}

impl Decoder {
    /// A decoder at the beginning of a message.
    #[must_use]
    pub const fn new(header: bool) -> Self {
        Self { header, breaking: false, kept: [0; 2], count: 0 }
    }

    /// Takes more of the message and adds what is certain of its bytes to `out`.
    pub fn update(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        append(out, chunk.len() + self.count, |out| {
            let mut out = Cursor::new(out);
            let mut rest = chunk;
            while self.count > 0 {
                // The escape, byte by byte until it is decided.
                let Some((byte, more)) = rest.split_first() else { return (out.written(), ()) };
                rest = more;
                let mut joint = [0; 3];
                joint[..self.count].copy_from_slice(&self.kept[..self.count]);
                joint[self.count] = *byte;
                let length = self.count + 1;
                let used = self.run(&joint[..length], false, &mut out);
                self.keep(&joint[used..length]);
            }
            let used = self.run(rest, false, &mut out);
            self.keep(&rest[used..]);
            (out.written(), ())
        });
    }

    /// Ends the message: adds what was kept back.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let (kept, count) = (self.kept, self.count);
        append(out, count, |out| {
            let mut out = Cursor::new(out);
            self.run(&kept[..count], true, &mut out);
            (out.written(), ())
        });
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.kept[..bytes.len()].copy_from_slice(bytes);
        self.count = bytes.len();
    }

    /// Decodes `data` but for an escape at its end that may go on (all of it if it is the `last`), and gives how far.
    fn run(&mut self, data: &[u8], last: bool, out: &mut Cursor<'_>) -> usize {
        let mut at = 0;
        loop {
            if self.breaking {
                let Some(length) = memchr::memchr(b'\n', &data[at..]) else { return data.len() };
                at += length + 1;
                self.breaking = false;
            }
            if !self.header {
                at = blocks(data, at, out);
            }
            at = self.plain(data, at, out);
            match data[at..] {
                [] => return at,
                [b'_', ..] => {
                    out.push(b' ');
                    at += 1;
                }
                [_, b'\n', ..] => at += 2,
                [_, b'\r', ..] => {
                    at += 2;
                    self.breaking = true;
                }
                [_, b'=', ..] => {
                    out.push(b'='); // as some broken encoders write it
                    at += 2;
                }
                [_] if last => return data.len(), // it is dropped
                [_] => return at,
                [_, digit] if !last && digit.is_ascii_hexdigit() => return at,
                [..] => {
                    out.push(b'=');
                    at += 1;
                }
            }
        }
    }

    /// Takes bytes that stand for themselves, whole escapes and short soft breaks, and gives the place of what is neither.
    /// For what [`blocks`] leaves.
    #[inline]
    fn plain(&self, data: &[u8], from: usize, out: &mut Cursor<'_>) -> usize {
        let mut rest = &data[from..];
        loop {
            match rest {
                // Escapes often follow one another.
                [b'=', high, low, more @ ..] => match unescaped(*high, *low) {
                    Some(byte) => {
                        out.push(byte);
                        rest = more;
                    }
                    None if *high == b'\n' => rest = &rest[2..],
                    None => break,
                },
                [b'=', ..] => break,
                [b'_', ..] if self.header => break,
                // In text, what stands for itself comes in long runs, else by single bytes.
                [byte, next, ..] if *next == b'=' => {
                    out.push(*byte);
                    rest = &rest[1..];
                }
                _ => {
                    let Some(bytes) = rest.first_chunk() else {
                        let [byte, more @ ..] = rest else { break };
                        out.push(*byte);
                        rest = more;
                        continue;
                    };
                    let mut length = self.literals(*bytes);
                    out.put_of(*bytes, length);
                    if length == bytes.len() && rest.len() >= LONG {
                        let run = self.run_of_literals(&rest[length..]);
                        out.put(&rest[length..length + run]);
                        length += run;
                    }
                    rest = &rest[length..];
                }
            }
        }
        data.len() - rest.len()
    }

    /// How many bytes from the beginning on stand for themselves.
    #[inline]
    fn run_of_literals(&self, rest: &[u8]) -> usize {
        let found = if self.header { memchr::memchr2(b'=', b'_', rest) } else { memchr::memchr(b'=', rest) };
        found.unwrap_or(rest.len())
    }

    /// How many of the bytes, from the first on, stand for themselves.
    #[inline]
    fn literals(&self, bytes: [u8; 8]) -> usize {
        let word = u64::from_le_bytes(bytes);
        let mut found = equal(word, b'=');
        if self.header {
            found |= equal(word, b'_');
        }
        (found.trailing_zeros() / 8) as usize
    }
}

/// So many bytes are worth a call that looks for the next one that does not stand for itself.
const LONG: usize = 64;

/// A word whose lowest bit that is set lies in the lowest byte that is `byte`; 0 if none is.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let difference = word ^ (ONES * u64::from(byte));
    difference.wrapping_sub(ONES) & !difference & (ONES << 7)
}

/// The byte that two hexadecimal digits stand for.
#[inline]
pub(super) fn unescaped(high: u8, low: u8) -> Option<u8> {
    u8::try_from(HIGH[usize::from(high)] | LOW[usize::from(low)]).ok()
}

/// What each hexadecimal digit stands for as the first one of a byte, and as the second; other bytes stand for more than 255.
static HIGH: [u16; 256] = values(16);
static LOW: [u16; 256] = values(1);

const fn values(unit: u16) -> [u16; 256] {
    let mut values = [256; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u16 * unit;
        values[b"0123456789ABCDEF"[value] as usize] = value as u16 * unit;
        value += 1;
    }
    values
}
