//! What was decoded: bytes that are to be given, and those that matches look back at.

use super::{LARGEST_BLOCK, corrupt};
use crate::content::Error;

#[derive(Debug, Default)]
pub(super) struct Window {
    bytes: Vec<u8>,
    /// How many of them were given.
    given: usize,
    /// How many must be kept behind the last.
    size: usize,
    /// Where the frame begins.
    frame: usize,
}

impl Window {
    /// Gets ready for a frame that looks `size` bytes back.
    pub(super) fn start(&mut self, size: usize) {
        self.size = size;
        self.frame = self.bytes.len();
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_given(&self) -> bool {
        self.given == self.bytes.len()
    }

    /// The last `count` bytes.
    pub(super) fn newest(&self, count: usize) -> &[u8] {
        &self.bytes[self.bytes.len() - count..]
    }

    /// Gives as many bytes as there is room for.
    pub(super) fn give(&mut self, room: &mut [u8]) -> usize {
        let count = room.len().min(self.bytes.len() - self.given);
        room[..count].copy_from_slice(&self.bytes[self.given..self.given + count]);
        self.given += count;
        // What is moved is no more than was decoded since the last time.
        let kept = self.size.min(self.bytes.len() - self.frame);
        if self.is_given() && self.bytes.len() - kept >= kept.max(LARGEST_BLOCK) {
            self.bytes.drain(..self.bytes.len() - kept);
            (self.given, self.frame) = (kept, 0);
        }
        count
    }

    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn repeat_byte(&mut self, byte: u8, count: usize) {
        self.bytes.resize(self.bytes.len() + count, byte);
    }

    /// Adds the `length` bytes that begin `distance` before the end; they may reach into what is added.
    #[inline]
    pub(super) fn repeat(&mut self, distance: u64, length: usize) -> Result<(), Error> {
        let there = self.bytes.len();
        if distance > self.size.min(there - self.frame) as u64 {
            return Err(corrupt("a match before the beginning"));
        }
        let from = there - distance as usize;
        if length <= distance as usize {
            self.bytes.extend_from_within(from..from + length);
            return Ok(());
        }
        // Twice as many with each turn.
        let mut left = length;
        while left > 0 {
            let count = left.min(self.bytes.len() - from);
            self.bytes.extend_from_within(from..from + count);
            left -= count;
        }
        Ok(())
    }
}
