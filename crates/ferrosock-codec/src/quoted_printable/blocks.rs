//! Decoding block by block: where the escapes lie is found first, so that hardly a jump depends on the message.

use wide::u8x16;

use super::decode::unescaped;
use crate::output::{Cursor, arrays};

/// The bytes of a vector.
const LANES: usize = 16;

/// The bytes whose escapes are counted together.
const BLOCK: usize = 4 * LANES;

/// So many escapes in a block are few.
const FEW: u32 = 8;

/// Decodes the body of a message by blocks, for as long as there are such and all is whole escapes, short soft breaks and
/// what stands for itself, and gives the place of the rest.
#[inline]
pub(super) fn blocks(data: &[u8], from: usize, out: &mut Cursor<'_>) -> usize {
    let mut at = from;
    while let Some(block) = data[at..].first_chunk() {
        let escapes = places_of_escapes(block);
        if escapes.count_ones() > FEW {
            let length = dense(&data[at..], out);
            if length > 0 {
                at += length;
                continue;
            }
        }
        let used = sparse(&data[at..], escapes, out);
        at += used;
        if used < BLOCK {
            let [b'=', b'\n', ..] = data[at..] else { break };
            at += 2;
        }
    }
    at
}

/// Decodes what has many escapes by vectors, and gives how many bytes were used. It stops at a vector that has none, or that
/// has something that is neither a whole escape nor a short soft break.
///
/// It takes no jump: each byte is decoded as if an escape began there, and what others have used is then squeezed out.
#[inline]
fn dense(data: &[u8], out: &mut Cursor<'_>) -> usize {
    // A bit for each byte of the next vector that belongs to what began before it.
    let (mut at, mut carried) = (0, 0);
    while let (Some(bytes), Some(place)) = (data[at..].first_chunk::<{ LANES + 2 }>(), out.ahead()) {
        let [first, second, third] =
            [0, 1, 2].map(|at| u8x16::new(bytes[at..].first_chunk().copied().unwrap_or_default()));
        let are_escapes = first.cmp_eq(u8x16::splat(b'='));
        let are_breaks = second.cmp_eq(u8x16::splat(b'\n')) & are_escapes;
        let (high, low) = (digits(second), digits(third));
        let are_wrong = (high | low).saturating_add(u8x16::splat(0x70)) & (are_escapes ^ are_breaks);
        let (escapes, breaks) = (places(are_escapes), places(are_breaks));
        if escapes == 0 || places(are_wrong) != 0 {
            break;
        }
        let used = escapes << 1 | (escapes ^ breaks) << 2 | breaks | carried;
        let decoded = are_escapes.blend(sixteen_times(high) | low, first);
        let length = squeeze(decoded.to_array(), used, place);
        out.advance(length);
        carried = used >> LANES;
        at += LANES;
    }
    at + carried.count_ones() as usize
}

/// A bit for each byte whose highest bit is set, the first one's the lowest.
#[inline]
fn places(bytes: u8x16) -> u32 {
    bytes.move_mask() as u32
}

/// Writes the bytes but for those whose bit is set in `used`, and gives how many that are.
#[inline]
fn squeeze(bytes: [u8; LANES], used: u32, out: &mut [u8; LANES]) -> usize {
    let mut written = 0;
    for (index, word) in arrays::<8>(&bytes).0.enumerate() {
        let used = usize::from((used >> (8 * index)) as u8);
        out[written..written + 8].copy_from_slice(&SQUEEZES[used].squeezed(word));
        written += usize::from(LENGTHS[used]);
    }
    written
}

/// The values of hexadecimal digits, and more than 15 for other bytes.
#[inline(always)]
fn digits(bytes: u8x16) -> u8x16 {
    let numbers = bytes - u8x16::splat(b'0');
    let are_others = numbers.max(u8x16::splat(10)).cmp_eq(numbers);
    let letters = (bytes | u8x16::splat(b'a' - b'A')) - u8x16::splat(b'a');
    (numbers | are_others).min(letters.saturating_add(u8x16::splat(10)))
}

#[inline(always)]
fn sixteen_times(bytes: u8x16) -> u8x16 {
    let twice = |bytes: u8x16| bytes + bytes;
    twice(twice(twice(twice(bytes))))
}

/// How eight bytes are moved to the beginning but for some: those that stay, and those that move by one, two and four places.
#[derive(Clone, Copy)]
struct Squeeze {
    kept: u64,
    moves: [u64; 3],
}

/// For each byte of bits, which say what goes: how the others move, and how many they are.
static SQUEEZES: [Squeeze; 256] = {
    let mut all = [Squeeze { kept: 0, moves: [0; 3] }; 256];
    let mut bits = 0;
    while bits < 256 {
        all[bits] = Squeeze::new(bits as u8);
        bits += 1;
    }
    all
};
static LENGTHS: [u8; 256] = {
    let mut all = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        all[bits] = (bits as u8).count_zeros() as u8;
        bits += 1;
    }
    all
};

impl Squeeze {
    const fn new(used: u8) -> Self {
        let mut squeeze = Self { kept: 0, moves: [0; 3] };
        let (mut at, mut gap) = (0, 0);
        while at < 8 {
            let mut byte = 0xff << (8 * at);
            if used >> at & 1 != 0 {
                gap += 1;
            } else {
                squeeze.kept |= byte;
                let mut step = 0;
                while step < 3 {
                    if gap >> step & 1 != 0 {
                        squeeze.moves[step] |= byte;
                        byte >>= 8 << step;
                    }
                    step += 1;
                }
            }
            at += 1;
        }
        squeeze
    }

    #[inline]
    fn squeezed(&self, bytes: [u8; 8]) -> [u8; 8] {
        let mut word = u64::from_le_bytes(bytes) & self.kept;
        for (step, moves) in self.moves.iter().enumerate() {
            let moved = word & moves;
            word = word ^ moved | moved >> (8 << step);
        }
        word.to_le_bytes()
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

/// A bit for each byte of a block that begins an escape or a soft break, the first one's the lowest.
#[inline]
fn places_of_escapes(block: &[u8; BLOCK]) -> u64 {
    let vectors = arrays::<LANES>(block).0.enumerate();
    vectors.fold(0, |found, (index, bytes)| {
        found | u64::from(places(u8x16::new(bytes).cmp_eq(u8x16::splat(b'=')))) << (index * LANES)
    })
}

#[cfg(test)]
mod tests {
    use super::{LANES, digits, u8x16};

    #[test]
    fn digits_are_told_from_all_other_bytes() {
        for byte in 0..=255 {
            let value = digits(u8x16::splat(byte)).to_array();
            match char::from(byte).to_digit(16) {
                Some(digit) => assert_eq!(value.map(u32::from), [digit; LANES]),
                None => assert!(value[0] > 15, "{byte:#x} is {}", value[0]),
            }
        }
    }
}
