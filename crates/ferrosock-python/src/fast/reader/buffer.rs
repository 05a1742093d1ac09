//! What a reader has received and not yet given away.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

use ferrosock_proto::http1::{HeadScan, Limits};
use pyo3::PyResult;

use crate::memory;

/// `io.DEFAULT_BUFFER_SIZE` of the Pythons that we build for.
pub(super) const SIZE: usize = 8192;

/// How much all buffers may hold together beyond [`SIZE`] each.
const TOGETHER: usize = 64 << 20;

/// How much they do.
static GROWN: AtomicUsize = AtomicUsize::new(0);

type Space = Box<[MaybeUninit<u8>]>;

thread_local! {
    /// A space of [`SIZE`] bytes that was given back.
    static SPARE: Cell<Option<Space>> = const { Cell::new(None) };
}

/// Some bytes, the first of which are given away first: up to [`SIZE`], or more of a head that is being collected.
#[derive(Default)]
pub(super) struct ReadBuffer {
    /// There is some once something was received.
    space: Space,
    start: usize,
    /// What lies in front of it is initialised.
    end: usize,
    /// How often something was put into it.
    fills: u64,
    /// How far a head of more than [`SIZE`] bytes was looked through, which begins at the start.
    scan: Option<Box<HeadScan>>,
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
        self.scan = None;
        self.start = self.end.min(self.start.saturating_add(count));
    }

    /// Throws away what is there.
    #[inline]
    pub(super) fn reset(&mut self) {
        self.scan = None;
        (self.start, self.end) = (0, 0);
    }

    /// The space behind what is there.
    pub(super) fn room(&mut self) -> PyResult<&mut [MaybeUninit<u8>]> {
        if self.space.is_empty() {
            self.space = match SPARE.with(Cell::take) {
                Some(space) => space,
                None => memory::space(SIZE)?,
            };
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

    /// Whether there is no room.
    pub(super) fn is_full(&self) -> bool {
        self.end == self.space.len() && self.end > 0
    }

    /// Doubles the space. Gives false, with nothing done, if all buffers have grown by too much together.
    pub(super) fn grow(&mut self) -> PyResult<bool> {
        let more = self.space.len();
        if GROWN.fetch_add(more, Ordering::Relaxed) > TOGETHER - more.min(TOGETHER) {
            GROWN.fetch_sub(more, Ordering::Relaxed);
            return Ok(false);
        }
        let mut space = match memory::space(more * 2) {
            Ok(space) => space,
            Err(error) => {
                GROWN.fetch_sub(more, Ordering::Relaxed);
                return Err(error);
            }
        };
        let length = self.end - self.start;
        space[..length].copy_from_slice(&self.space[self.start..self.end]);
        self.space = space;
        (self.start, self.end) = (0, length);
        Ok(true)
    }

    /// Whether a reader of a request's head need not wait for more of it. The limits are asked for if the head is large.
    pub(super) fn holds_head(&mut self, limits: impl FnOnce() -> Limits) -> bool {
        if self.end - self.start < SIZE {
            return HeadScan::default().is_enough(self.ahead(), &UNLIMITED);
        }
        let mut scan = self.scan.take().unwrap_or_default();
        let is_enough = scan.is_enough(self.ahead(), &limits());
        self.scan = Some(scan);
        is_enough
    }

    /// Gives the space back if there is nothing in it.
    pub(super) fn rest(&mut self) {
        if self.start == self.end {
            self.free();
        }
    }

    /// Throws away what is there, and gives back the space.
    pub(super) fn free(&mut self) {
        self.reset();
        let space = std::mem::take(&mut self.space);
        match space.len() {
            0 => {}
            // A thread that is about to end has no place for it.
            SIZE => drop(SPARE.try_with(|spare| spare.set(Some(space)))),
            length => drop(GROWN.fetch_sub(length.saturating_sub(SIZE), Ordering::Relaxed)),
        }
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        self.free();
    }
}

/// Of a head that surely fits.
const UNLIMITED: Limits =
    Limits { line: usize::MAX, lines: usize::MAX, section: usize::MAX, extensions: usize::MAX };
