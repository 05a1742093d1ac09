//! What a reader has received and not yet given away.

use std::mem::MaybeUninit;

use pyo3::PyResult;

use crate::memory;

/// `io.DEFAULT_BUFFER_SIZE` of the Pythons that we build for.
pub(super) const SIZE: usize = 8192;

/// Up to [`SIZE`] bytes, the first of which are given away first.
#[derive(Default)]
pub(super) struct ReadBuffer {
    /// Allocated when it is first filled.
    space: Box<[MaybeUninit<u8>]>,
    start: usize,
    /// What lies in front of it is initialised.
    end: usize,
    /// How often something was put into it.
    fills: u64,
}

impl ReadBuffer {
    /// The bytes that are there.
    #[inline]
    pub(super) fn ahead(&self) -> &[u8] {
        // SAFETY: `filled` is told how far the space is initialised, and the start never passes the end.
        unsafe {
            let bytes = self.space.as_ptr().add(self.start).cast();
            std::slice::from_raw_parts(bytes, self.end - self.start)
        }
    }

    /// Gives away the first `count` bytes, or all if there are fewer.
    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        self.start = self.end.min(self.start.saturating_add(count));
    }

    /// Throws away what is there.
    #[inline]
    pub(super) fn reset(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// The space behind what is there.
    pub(super) fn room(&mut self) -> PyResult<&mut [MaybeUninit<u8>]> {
        if self.space.is_empty() {
            self.space = memory::space(SIZE)?;
        }
        Ok(&mut self.space[self.end..])
    }

    /// Notes that the first `count` bytes of [`room`](Self::room) are there now.
    ///
    /// # Safety
    /// They were initialised.
    pub(super) unsafe fn filled(&mut self, count: usize) {
        self.end = self.space.len().min(self.end + count);
        self.fills = self.fills.wrapping_add(1);
    }

    /// How often something was put into it.
    pub(super) fn fills(&self) -> u64 {
        self.fills
    }

    /// Moves what is there to the beginning of the space.
    pub(super) fn compact(&mut self) {
        if self.start > 0 {
            self.space.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
    }

    /// Throws away what is there, and the space.
    pub(super) fn free(&mut self) {
        *self = Self::default();
    }
}
