//! Decoding as `binascii.a2b_qp` does it: nothing is an error.

use crate::output::{Cursor, append, arrays};

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
                    if length == bytes.len() {
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

/// The bytes that are looked at together.
const BLOCK: usize = 64;

/// So many escapes in a block are few.
const FEW: u32 = 8;

/// Decodes the body of a message by blocks, for as long as there are such and all is whole escapes, short soft breaks and
/// what stands for itself, and gives the place of the rest. Where the escapes lie is found first, so that hardly a jump
/// depends on the message.
#[inline]
fn blocks(data: &[u8], from: usize, out: &mut Cursor<'_>) -> usize {
    let mut at = from;
    // An escape at the end of a block has its digits after it.
    while let Some(block) = data[at..].first_chunk::<{ BLOCK + PIECE }>() {
        let escapes = places_of(b'=', block);
        let used = match out.ahead() {
            Some(place) if escapes.count_ones() > FEW => {
                let (used, written) = dense(block, escapes, place);
                out.advance(written);
                used
            }
            _ => sparse(&data[at..], escapes, out),
        };
        at += used;
        if used < BLOCK {
            let [b'=', b'\n', ..] = data[at..] else { break };
            at += 2;
        }
    }
    at
}

/// Decodes a block with many escapes and gives how many bytes were used, and written. It stops at what is no escape.
///
/// The literals between two escapes are few there: they are copied as so many whatever they are, which takes no jump.
#[inline]
fn dense(block: &[u8; BLOCK + PIECE], escapes: u64, out: &mut [u8; BLOCK + PIECE]) -> (usize, usize) {
    let (mut at, mut written, mut left) = (0, 0, escapes);
    while left != 0 {
        let next = left.trailing_zeros() as usize;
        written += literals(block, at, next - at, out, written);
        let [high, low] = [block[next + 1], block[next + 2]];
        match unescaped(high, low) {
            Some(byte) => {
                out[written % BLOCK] = byte; // there is less than there was in the block
                written += 1;
                at = next + 3;
            }
            None if high == b'\n' => at = next + 2,
            None => return (next, written),
        }
        left &= left - 1;
    }
    if at < BLOCK {
        written += literals(block, at, BLOCK - at, out, written);
        at = BLOCK;
    }
    (at, written)
}

/// So many bytes are copied at once, whatever counts of them.
const PIECE: usize = 16;

/// Copies `length` bytes at `at` to a place in another block, where they end within both, and gives the length.
#[inline]
fn literals(
    from: &[u8; BLOCK + PIECE],
    at: usize,
    length: usize,
    to: &mut [u8; BLOCK + PIECE],
    place: usize,
) -> usize {
    let mut done = 0;
    loop {
        // What is taken modulo the length is less than that anyway, and so takes no look.
        let (at, place) = ((at + done) % BLOCK, (place + done) % BLOCK);
        to[place..place + PIECE].copy_from_slice(&from[at..at + PIECE]);
        done += PIECE;
        if done >= length {
            return length;
        }
    }
}

/// Decodes the block at the beginning of `data` by runs of what stands for itself, and gives how many bytes were used: it
/// stops at what is no escape.
#[inline]
fn sparse(data: &[u8], escapes: u64, out: &mut Cursor<'_>) -> usize {
    let (mut at, mut left) = (0, escapes);
    while left != 0 {
        let next = left.trailing_zeros() as usize;
        out.put_start(&data[at..], next - at);
        at = next;
        let Some(byte) = data.get(at + 2).and_then(|low| unescaped(data[at + 1], *low)) else { return at };
        out.push(byte);
        at += 3;
        left &= left - 1;
    }
    if at < BLOCK {
        out.put_start(&data[at..], BLOCK - at);
        at = BLOCK;
    }
    at
}

/// A bit for each byte of a block that is `byte`, the first one's the lowest.
#[inline]
fn places_of(byte: u8, block: &[u8; BLOCK + PIECE]) -> u64 {
    let mut equal = [0; BLOCK];
    for at in 0..BLOCK {
        equal[at] = u8::from(block[at] == byte);
    }
    side_by_side(&equal)
}

/// The lowest bit of each byte, which is 0 or 1, the first one's the lowest.
#[inline]
fn side_by_side(bytes: &[u8; BLOCK]) -> u64 {
    let mut bits = 0;
    for (index, word) in arrays::<8>(bytes).0.enumerate() {
        bits |= (u64::from_le_bytes(word).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index);
    }
    bits
}

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
static HIGH: [u16; 256] = digits(16);
static LOW: [u16; 256] = digits(1);

const fn digits(unit: u16) -> [u16; 256] {
    let mut values = [256; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u16 * unit;
        values[b"0123456789ABCDEF"[value] as usize] = value as u16 * unit;
        value += 1;
    }
    values
}
