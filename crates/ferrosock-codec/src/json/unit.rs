//! What a text is made of: bytes, or the wider units in which Python keeps text beyond Latin-1.

use std::borrow::Cow;

use crate::output::push_of;

/// A unit of a text: a byte (of ASCII, Latin-1 or UTF-8), or a `u16` or `u32` that is a code point.
///
/// JSON's own characters are all ASCII, so the same reader serves every kind; only what stands in strings differs.
pub trait Unit: Copy + Into<u32> + Eq + private::Sealed + 'static {
    /// The unit for a code point that is known to fit.
    fn truncated(code_point: u32) -> Self;

    /// Where the first quote, backslash or control character at or after `at` is, or the end, and all bits of the units
    /// before it.
    fn special(units: &[Self], at: usize) -> (usize, u32);

    /// Where the first unit at or after `at` is that is no U+0020, or the end.
    fn after_blanks(units: &[Self], mut at: usize) -> usize {
        while units.get(at).is_some_and(|&unit| unit.into() == 0x20) {
            at += 1;
        }
        at
    }

    /// Where the first unit at or after `at` is that [`quote_ascii`](super::quote_ascii) escapes, or the end.
    fn beyond_ascii(units: &[Self], at: usize) -> usize;

    /// Appends the units from `at` on up to the first that [`quote_ascii`](super::quote_ascii) escapes; gives its place.
    fn copy_ascii(units: &[Self], at: usize, out: &mut Vec<u8>) -> usize;

    /// Where the first unit at or after `at` is that [`quote`](super::quote) escapes, or the end.
    fn escaped(units: &[Self], at: usize) -> usize {
        Self::special(units, at).0
    }

    /// ASCII units as bytes.
    fn narrow(units: &[Self]) -> Cow<'_, [u8]>;

    /// The units, if they are bytes.
    fn narrow_slice(units: &[Self]) -> Option<&[u8]>;
}

mod private {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
    impl Sealed for u32 {}
}

/// Eight times the byte.
const fn eight(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const HIGH: u64 = eight(0x80);

/// The high bit of each byte that is zero; bytes above one that is zero may be marked falsely.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(eight(1)) & !word & HIGH
}

/// The high bit of each byte below 0x20, which must not be preceded by false marks: only the lowest mark counts.
#[inline]
fn controls(word: u64) -> u64 {
    word.wrapping_sub(eight(0x20)) & !word & HIGH
}

#[inline]
fn word(chunk: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*chunk.first_chunk::<8>()?))
}

#[inline]
fn is_special(unit: u32) -> bool {
    unit < 0x20 || unit == 0x22 || unit == 0x5c
}

/// The high bit of each byte that is escaped in ASCII, of which the lowest mark counts: quotes, backslashes, control
/// characters, DEL and all that is not ASCII.
#[inline]
fn ascii_marks(word: u64) -> u64 {
    // 0x7f + 1 has the high bit.
    let high = (word | (word & !HIGH).wrapping_add(eight(1))) & HIGH;
    zero_bytes(word ^ eight(b'"')) | zero_bytes(word ^ eight(b'\\')) | controls(word) | high
}

/// The last `count` bytes (1 to 7) as the lowest of a word, whatever stands above them.
#[inline]
fn tail(units: &[u8], count: usize) -> u64 {
    if let Some(last) = units.last_chunk::<8>() {
        return u64::from_le_bytes(*last) >> (64 - 8 * count);
    }
    let rest = &units[units.len() - count..];
    if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        let high = u64::from(u32::from_le_bytes(*last)) << (8 * (count - 4));
        return u64::from(u32::from_le_bytes(*first)) | high;
    }
    rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// Whether a block has no unit that is escaped in ASCII. The compiler turns the loop into vectors.
#[inline]
fn is_plain<U: Unit, const N: usize>(block: &[U; N]) -> bool {
    !block.iter().fold(false, |found, &unit| {
        let unit = unit.into();
        found | !(0x20..0x7f).contains(&unit) | (unit == 0x22) | (unit == 0x5c)
    })
}

/// [`Unit::copy_ascii`] by words, which find the very place.
#[inline]
fn copy_words(units: &[u8], mut at: usize, out: &mut Vec<u8>) -> usize {
    // A word without a mark is clean whole: 64 zeros.
    while let Some(word) = word(&units[at..]) {
        let clean = (ascii_marks(word).trailing_zeros() / 8) as usize;
        push_of(out, &word.to_le_bytes(), clean);
        at += clean;
        if clean < 8 {
            return at;
        }
    }
    let count = units.len() - at;
    if count == 0 {
        return at;
    }
    let word = tail(units, count);
    let marks = ascii_marks(word) | 0x80 << (8 * count);
    let clean = (marks.trailing_zeros() / 8) as usize;
    push_of(out, &word.to_le_bytes(), clean);
    at + clean
}

impl Unit for u8 {
    #[inline]
    fn truncated(code_point: u32) -> Self {
        code_point as Self
    }

    #[inline]
    fn special(units: &[Self], begin: usize) -> (usize, u32) {
        let (mut at, mut bits) = (begin, 0);
        // Eight bytes at a time: the marks of the lowest byte are exact, and the lowest is all that is asked for.
        while let Some(word) = word(&units[at..]) {
            let marks = zero_bytes(word ^ eight(b'"')) | zero_bytes(word ^ eight(b'\\')) | controls(word);
            if marks != 0 {
                let clean = marks.trailing_zeros() / 8;
                let kept = if clean == 0 { 0 } else { word << (64 - 8 * clean) };
                return (at + clean as usize, u32::from((bits | kept) & HIGH != 0) << 7);
            }
            bits |= word;
            at += 8;
            // What is not short by now may be long: by blocks, up to the one with the special byte.
            if at - begin == 16 {
                while let Some(block) = units[at..].first_chunk::<32>() {
                    let special = block.iter().fold(false, |found, &unit| found | is_special(unit.into()));
                    if special {
                        break;
                    }
                    let high = block.iter().fold(0, |bits, &unit| bits | unit);
                    bits |= u64::from(high);
                    at += 32;
                }
            }
        }
        let mut rest = 0;
        while let Some(&unit) = units.get(at) {
            if is_special(unit.into()) {
                break;
            }
            rest |= unit;
            at += 1;
        }
        (at, (u32::from(bits & HIGH != 0) << 7) | u32::from(rest & 0x80))
    }

    #[inline]
    fn after_blanks(units: &[Self], mut at: usize) -> usize {
        // How many there are is computed, not looked for: the depth of a line is nothing that a processor can guess.
        while let Some(word) = word(&units[at..]) {
            let others = word ^ eight(b' ');
            if others != 0 {
                return at + (others.trailing_zeros() / 8) as usize;
            }
            at += 8;
        }
        while units.get(at) == Some(&b' ') {
            at += 1;
        }
        at
    }

    #[inline]
    fn beyond_ascii(units: &[Self], mut at: usize) -> usize {
        while units[at..].first_chunk::<32>().is_some_and(is_plain) {
            at += 32;
        }
        while let Some(word) = word(&units[at..]) {
            let marks = ascii_marks(word);
            if marks != 0 {
                return at + (marks.trailing_zeros() / 8) as usize;
            }
            at += 8;
        }
        while units.get(at).is_some_and(|&unit| !is_special(unit.into()) && unit < 0x7f) {
            at += 1;
        }
        at
    }

    #[inline]
    fn copy_ascii(units: &[Self], mut at: usize, out: &mut Vec<u8>) -> usize {
        if units.len() - at > 256 {
            let end = Self::beyond_ascii(units, at);
            out.extend_from_slice(&units[at..end]);
            return end;
        }
        let begin = at;
        while let Some(block) = units[at..].first_chunk::<16>().filter(|block| is_plain(block)) {
            out.extend_from_slice(block);
            at += 16;
        }
        // The last block overlaps the one before it.
        let rest = units.len() - at;
        match units.last_chunk::<16>() {
            Some(last) if at > begin && rest < 16 && is_plain(last) => {
                out.truncate(out.len() + rest - 16);
                out.extend_from_slice(last);
                units.len()
            }
            _ => copy_words(units, at, out),
        }
    }

    #[inline]
    fn narrow(units: &[Self]) -> Cow<'_, [u8]> {
        Cow::Borrowed(units)
    }

    #[inline]
    fn narrow_slice(units: &[Self]) -> Option<&[u8]> {
        Some(units)
    }
}

macro_rules! wide {
    ($unit:ty) => {
        impl Unit for $unit {
            #[inline]
            fn truncated(code_point: u32) -> Self {
                code_point as Self
            }

            #[inline]
            fn special(units: &[Self], mut at: usize) -> (usize, u32) {
                let mut bits = 0;
                // Blocks without a special unit, by a loop that the compiler turns into vectors.
                while let Some(block) = units[at..].first_chunk::<16>() {
                    let special = block
                        .iter()
                        .fold(false, |found, &unit| found | (unit < 0x20) | (unit == 0x22) | (unit == 0x5c));
                    if special {
                        break;
                    }
                    bits |= block.iter().fold(0, |bits, &unit| bits | unit);
                    at += 16;
                }
                while let Some(&unit) = units.get(at) {
                    if is_special(unit.into()) {
                        break;
                    }
                    bits |= unit;
                    at += 1;
                }
                (at, bits.into())
            }

            #[inline]
            fn beyond_ascii(units: &[Self], mut at: usize) -> usize {
                while units[at..].first_chunk::<16>().is_some_and(is_plain) {
                    at += 16;
                }
                while units.get(at).is_some_and(|&unit| !is_special(unit.into()) && unit < 0x7f) {
                    at += 1;
                }
                at
            }

            fn copy_ascii(units: &[Self], at: usize, out: &mut Vec<u8>) -> usize {
                let end = Self::beyond_ascii(units, at);
                out.extend(units[at..end].iter().map(|&unit| unit as u8));
                end
            }

            fn narrow(units: &[Self]) -> Cow<'_, [u8]> {
                Cow::Owned(units.iter().map(|&unit| unit as u8).collect())
            }

            #[inline]
            fn narrow_slice(_units: &[Self]) -> Option<&[u8]> {
                None
            }
        }
    };
}

wide!(u16);
wide!(u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place() {
        for byte in 0..=255_u8 {
            for place in 0..20 {
                let mut text = vec![b'x'; 20];
                text[place] = byte;
                let special = is_special(byte.into());
                let end = if special { place } else { 20 };
                let high = if special { 0 } else { u32::from(byte & 0x80) };
                assert_eq!(u8::special(&text, 0), (end, high), "{byte} at {place}");
                let end = if special || byte >= 0x7f { place } else { 20 };
                assert_eq!(u8::beyond_ascii(&text, 0), end, "{byte} at {place}");
                let wide: Vec<u16> = text.iter().map(|&unit| unit.into()).collect();
                assert_eq!(u16::special(&wide, 0).0, u8::special(&text, 0).0);
                assert_eq!(u16::beyond_ascii(&wide, 0), end);
                for length in place + 1..=20 {
                    for begin in 0..=place {
                        let (mut narrow_out, mut wide_out) = (Vec::from(b">"), Vec::from(b">"));
                        let stop = if end < 20 { place } else { length };
                        assert_eq!(u8::copy_ascii(&text[..length], begin, &mut narrow_out), stop);
                        assert_eq!(u16::copy_ascii(&wide[..length], begin, &mut wide_out), stop);
                        assert_eq!(narrow_out[1..], text[begin..stop]);
                        assert_eq!(wide_out, narrow_out);
                    }
                }
            }
        }
    }

    #[test]
    fn special_bytes_beyond_the_first_blocks() {
        for byte in [0x00, 0x1f, b'"', b'\\', 0x7f, 0x80, 0xff, b'y'] {
            for length in [15, 16, 17, 31, 32, 33, 47, 48, 49, 79, 80, 100, 300] {
                for place in 0..length {
                    let mut text = vec![b'x'; length];
                    text[place] = byte;
                    let end = if is_special(byte.into()) { place } else { length };
                    let high = if end == length { u32::from(byte & 0x80) } else { 0 };
                    assert_eq!(u8::special(&text, 0), (end, high), "{byte} at {place} of {length}");
                    let end = if is_special(byte.into()) || byte > 0x7e { place } else { length };
                    assert_eq!(u8::beyond_ascii(&text, 0), end, "{byte} at {place} of {length}");
                    let wide: Vec<u16> = text.iter().map(|&unit| unit.into()).collect();
                    assert_eq!(u16::beyond_ascii(&wide, 0), end, "{byte} at {place} of {length}");
                    let mut out = Vec::from(b">");
                    assert_eq!(u8::copy_ascii(&text, 0, &mut out), end, "{byte} at {place} of {length}");
                    assert_eq!(out[1..], text[..end]);
                }
            }
        }
    }

    #[test]
    fn blanks_of_every_number_at_every_place() {
        for begin in 0..12 {
            for end in begin..24 {
                for other in [b'\n', b'\t', b'!', 0x1f, 0x21, 0x28, 0xa0] {
                    let mut text = vec![other; 28];
                    text[begin..end].fill(b' ');
                    assert_eq!(u8::after_blanks(&text, begin), end, "{begin} to {end}");
                    assert_eq!(u8::after_blanks(&text[..end], begin), end, "{begin} to {end}");
                    let wide: Vec<u16> = text.iter().map(|&unit| unit.into()).collect();
                    assert_eq!(u16::after_blanks(&wide, begin), end, "{begin} to {end}");
                }
            }
        }
    }

    #[test]
    fn two_special_bytes_in_a_word() {
        for first in [0x00, 0x1f, b'"', b'\\', 0x7f, 0x80, 0xff] {
            for second in 0..=255_u8 {
                let text = [b'a', first, second, b'b', b'c', b'd', b'e', b'f', b'g'];
                let found = text.iter().position(|&byte| is_special(byte.into())).unwrap_or(9);
                assert_eq!(u8::special(&text, 0).0, found);
                let found =
                    text.iter().position(|&byte| is_special(byte.into()) || byte >= 0x7f).unwrap_or(9);
                assert_eq!(u8::beyond_ascii(&text, 0), found);
            }
        }
    }
}
