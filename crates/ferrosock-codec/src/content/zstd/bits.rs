//! Streams of bits.

use super::corrupt;
use crate::content::Error;

/// Bits from the beginning of some bytes, the lowest of each byte first: the tables of FSE.
pub(super) struct Forward<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> Forward<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bits, at most 16, of which those behind the end are zeros.
    pub(super) fn peek(&self, count: u32) -> u32 {
        let byte = |offset| self.bytes.get(self.at / 8 + offset).copied().unwrap_or_default();
        let word = u32::from_le_bytes([byte(0), byte(1), byte(2), 0]);
        (word >> (self.at % 8)) & ((1 << count) - 1)
    }

    pub(super) fn skip(&mut self, count: u32) -> Result<(), Error> {
        self.at += count as usize;
        if self.at > self.bytes.len() * 8 { Err(corrupt("a table ends early")) } else { Ok(()) }
    }

    pub(super) fn read(&mut self, count: u32) -> Result<u32, Error> {
        let bits = self.peek(count);
        self.skip(count).map(|()| bits)
    }

    /// How many bytes were begun.
    pub(super) fn used(&self) -> usize {
        self.at.div_ceil(8)
    }
}

/// Bits from the end of some bytes, the highest of each byte first; the highest one of the last byte only marks where they
/// begin. Behind the last come zeros.
pub(super) struct Backward<'a> {
    /// What is not in `word` yet.
    bytes: &'a [u8],
    /// The next bits, from the highest on.
    word: u64,
    /// How many of them count; below zero if more were read than there were.
    left: i32,
}

impl<'a> Backward<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let last = bytes.last().copied().unwrap_or_default();
        if last == 0 {
            return Err(corrupt("a stream of bits without its mark"));
        }
        let mut stream = Self { bytes, word: 0, left: 0 };
        stream.refill();
        stream.consume(last.leading_zeros() + 1);
        Ok(stream)
    }

    /// Makes at least 56 bits ready, if there are so many.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some((rest, word)) = self.bytes.split_last_chunk::<8>() {
            if (0..64).contains(&self.left) {
                // The bits that do not count yet come again, the same in the same place.
                self.word |= u64::from_le_bytes(*word) >> self.left;
                let bytes = (63 - self.left as usize) / 8;
                self.bytes = &self.bytes[..rest.len() + 8 - bytes];
                self.left += 8 * bytes as i32;
            }
            return;
        }
        self.refill_slowly();
    }

    #[cold]
    fn refill_slowly(&mut self) {
        while self.left <= 56 {
            let Some((&last, rest)) = self.bytes.split_last() else { return };
            // Bits may be there that do not count yet: those of the same byte.
            self.word |= u64::from(last) << 56 >> self.left;
            self.bytes = rest;
            self.left += 8;
        }
    }

    /// The next `count` bits, from 1 to 56.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> u64 {
        self.word >> (64 - count)
    }

    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        self.word <<= count;
        self.left -= count as i32;
    }

    /// The next bits, at most 56 between two refills.
    #[inline(always)]
    pub(super) fn read(&mut self, count: u32) -> u64 {
        let bits = self.word >> 1 >> (63 - count);
        self.consume(count);
        bits
    }

    /// Whether more was read than there was.
    pub(super) fn is_over(&self) -> bool {
        self.left < 0
    }

    /// Whether everything was read, and nothing behind it.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left == 0 && self.bytes.is_empty()
    }
}
