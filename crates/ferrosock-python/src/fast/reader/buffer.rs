//! What a reader has received and not yet given away.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

use ferrosock_proto::http1::{HeadScan, Limits};
use pyo3::PyResult;

use crate::{memory, version};

/// `io.DEFAULT_BUFFER_SIZE`: what a read that waits receives at most.
pub(super) const SIZE: usize = if version::since(14) { 128 << 10 } else { SMALL };

/// What a head begins to be collected in, of which there can be one for each of a server's connections.
const SMALL: usize = 8192;

/// How much all heads may have together beyond [`SMALL`] each.
const TOGETHER: usize = 64 << 20;

/// How much they do.
static GROWN: AtomicUsize = AtomicUsize::new(0);

type Space = Box<[MaybeUninit<u8>]>;

thread_local! {
    /// A space of [`SMALL`] bytes that was given back.
    static SPARE: Cell<Option<Space>> = const { Cell::new(None) };

    /// One of [`SIZE`] bytes, if that is more.
    static WIDE: Cell<Option<Space>> = const { Cell::new(None) };
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
    /// How far a head of more than [`SMALL`] bytes was looked through, which begins at the start.
    scan: Option<Box<HeadScan>>,
    /// How much of [`GROWN`] is this one's.
    grown: usize,
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
                None => memory::space(SMALL)?,
            };
        }
        Ok(&mut self.space[self.end..])
    }

    /// The space behind what is there: if that is nothing, of `least` bytes or more, which is up to [`SIZE`].
    pub(super) fn room_for(&mut self, least: usize) -> PyResult<&mut [MaybeUninit<u8>]> {
        if SIZE > SMALL && self.end == 0 && least > self.space.len().max(SMALL) {
            self.free();
            self.space = match WIDE.with(Cell::take) {
                Some(space) => space,
                None => memory::space(SIZE)?,
            };
        }
        self.room()
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
        self.grown += more;
        (self.start, self.end) = (0, length);
        Ok(true)
    }

    /// Whether a reader of a request's head need not wait for more of it. The limits are asked for if the head is large.
    pub(super) fn holds_head(&mut self, limits: impl FnOnce() -> Limits) -> bool {
        if self.end - self.start < SMALL {
            return HeadScan::default().is_enough(self.ahead(), &UNLIMITED);
        }
        let mut scan = self.scan.take().unwrap_or_default();
        let is_enough = scan.is_enough(self.ahead(), &limits());
        self.scan = Some(scan);
        is_enough
    }

    /// Keeps no more space than what is there needs, for a connection that waits: none if there is nothing.
    pub(super) fn rest(&mut self) -> PyResult<()> {
        let length = self.end - self.start;
        if length == 0 {
            self.free();
        } else if self.space.len() - self.grown > SMALL {
            // A read has received more than the message that it was for.
            if length < SMALL {
                let mut begun = Self::default();
                begun.room()?[..length].copy_from_slice(&self.space[self.start..self.end]);
                (begun.end, begun.fills) = (length, self.fills);
                std::mem::swap(self, &mut begun);
            } else {
                let more = self.space.len() - SMALL - self.grown;
                GROWN.fetch_add(more, Ordering::Relaxed);
                self.grown += more;
            }
        }
        Ok(())
    }

    /// Throws away what is there, and gives back the space.
    pub(super) fn free(&mut self) {
        self.reset();
        let space = std::mem::take(&mut self.space);
        if self.grown > 0 {
            GROWN.fetch_sub(std::mem::take(&mut self.grown), Ordering::Relaxed);
        }
        let spare = match space.len() {
            length if length == SMALL => &SPARE,
            length if length == SIZE => &WIDE,
            _ => return,
        };
        // A thread that is about to end has no place for it.
        let _ = spare.try_with(|spare| spare.set(Some(space)));
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
