//! The coding `zstd` (Zstandard, RFC 8878), decoded as it comes.
//!
//! # How it works
//!
//! Data are frames, one behind the other. A frame has a head, which says how far back its data refer (the *window*), and blocks
//! of at most 128 KiB: bytes as they are, one byte many times, or compressed. A compressed block is two sections. The
//! *literals* are bytes, mostly in a Huffman code; the *sequences* say, in codes of another kind (FSE, finite state entropy),
//! how many literals to take and what to repeat from before. Bit streams of both are read from their ends.
//!
//! | file | knows |
//! |---|---|
//! | `frame.rs` | heads |
//! | `block.rs` | a compressed block, and what one leaves to the next |
//! | `literals.rs`, `huffman.rs` | the first section |
//! | `sequences.rs`, `fse.rs` | the second |
//! | `bits.rs` | bit streams |
//! | `window.rs` | what was decoded: to be given, and to be looked back at |
//! | `xxh64.rs` | the check sum |
//!
//! A decoder of its own, and not a crate's: `ruzstd` gives data only when a window of up to 8 MiB has come behind them (and
//! needs Rust 1.87), `zstd` is C. This one gives each block as soon as it is there, in safe Rust.

mod bits;
mod block;
mod frame;
mod fse;
mod huffman;
mod literals;
mod sequences;
#[cfg(test)]
mod tests;
mod window;
mod xxh64;

use block::Block;
use frame::{Head, Header};
use window::Window;
use xxh64::Xxh64;

use super::{Coding, Error, Step};

/// The most bytes of a block, compressed or not (RFC 8878 section 3.1.1.2.4).
const LARGEST_BLOCK: usize = 128 * 1024;

fn corrupt(what: &'static str) -> Error {
    Error::Corrupt { coding: Coding::Zstd, what }
}

/// What comes next.
#[derive(Clone, Copy)]
enum Part {
    /// A frame, or the end.
    Frame,
    /// What is left of a frame that is to be skipped.
    Skip(u32),
    BlockHead,
    /// What is left of bytes as they are.
    Raw {
        left: usize,
        last: bool,
    },
    /// One byte that comes so many times.
    Run {
        count: usize,
        last: bool,
    },
    /// A compressed block.
    Compressed {
        size: usize,
        last: bool,
    },
    CheckSum,
}

/// A decoder of frames.
pub(super) struct Zstd {
    most_window: u64,
    part: Part,
    /// What has come of a head or a block that is not whole yet.
    held: Vec<u8>,
    head: Head,
    block: Block,
    window: Window,
    check: Xxh64,
    /// How much of the frame was decoded.
    length: u64,
}

impl Zstd {
    pub(super) fn new(most_window: u64) -> Self {
        Self {
            most_window,
            part: Part::Frame,
            held: Vec::new(),
            head: Head::default(),
            block: Block::default(),
            window: Window::default(),
            check: Xxh64::default(),
            length: 0,
        }
    }

    /// Whether a frame is whole and no other has begun.
    pub(super) fn may_end(&self) -> bool {
        matches!(self.part, Part::Frame) && self.held.is_empty() && self.window.is_given()
    }

    pub(super) fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let mut done = Step::default();
        loop {
            done.written += self.window.give(&mut output[done.written..]);
            let rest = &input[done.read..];
            if !self.window.is_given() || rest.is_empty() {
                return Ok(done);
            }
            done.read += self.take(rest)?;
        }
    }

    /// Takes some of `rest`, at most to the end of what comes next.
    fn take(&mut self, rest: &[u8]) -> Result<usize, Error> {
        match self.part {
            Part::Frame => self.take_head(rest),
            Part::Skip(left) => {
                let take = rest.len().min(left as usize);
                let left = left - take as u32;
                self.part = if left == 0 { Part::Frame } else { Part::Skip(left) };
                Ok(take)
            }
            Part::BlockHead => self.whole(rest, 3, Self::block_head),
            Part::Raw { left, last } => {
                let take = rest.len().min(left);
                self.window.push(&rest[..take]);
                self.decoded(take)?;
                self.part = Part::Raw { left: left - take, last };
                if take == left {
                    self.end_block(last)?;
                }
                Ok(take)
            }
            Part::Run { count, last } => {
                self.window.repeat_byte(rest[0], count);
                self.decoded(count)?;
                self.end_block(last)?;
                Ok(1)
            }
            Part::Compressed { size, last } => self.whole(rest, size, |this, bytes| {
                let before = this.window.len();
                this.block.decode(bytes, &mut this.window, this.head.largest_block())?;
                this.decoded(this.window.len() - before)?;
                this.end_block(last)
            }),
            Part::CheckSum => self.whole(rest, 4, |this, bytes| {
                if *bytes != (this.check.finish() as u32).to_le_bytes() {
                    return Err(corrupt("wrong check sum"));
                }
                this.part = Part::Frame;
                Ok(())
            }),
        }
    }

    /// Hands on the first `size` bytes once they are there, without a copy if they came at once.
    fn whole(
        &mut self,
        rest: &[u8],
        size: usize,
        then: impl FnOnce(&mut Self, &[u8]) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        if self.held.is_empty() {
            if let Some(bytes) = rest.get(..size) {
                return then(self, bytes).map(|()| size);
            }
        }
        let take = rest.len().min(size - self.held.len());
        self.held.extend_from_slice(&rest[..take]);
        if self.held.len() == size {
            let held = std::mem::take(&mut self.held);
            then(self, &held)?;
            self.held = held;
            self.held.clear();
        }
        Ok(take)
    }

    fn take_head(&mut self, rest: &[u8]) -> Result<usize, Error> {
        let before = self.held.len();
        self.held.extend_from_slice(&rest[..rest.len().min(frame::LONGEST_HEAD - before)]);
        let (header, size) = match frame::read(&self.held)? {
            Some(found) => found,
            None => return Ok(self.held.len() - before),
        };
        self.held.clear();
        match header {
            Header::Skippable(0) => {}
            Header::Skippable(length) => self.part = Part::Skip(length),
            Header::Frame(head) => {
                if head.window > self.most_window {
                    return Err(Error::WindowTooLarge { window: head.window });
                }
                (self.head, self.length, self.part) = (head, 0, Part::BlockHead);
                self.check = Xxh64::default();
                self.block.start();
                self.window.start(head.window as usize);
            }
        }
        Ok(size - before)
    }

    fn block_head(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        let (last, size) = (word & 1 != 0, (word >> 3) as usize);
        if size > self.head.largest_block() {
            return Err(corrupt("a block is too large"));
        }
        match word >> 1 & 3 {
            0 if size == 0 => return self.end_block(last),
            0 => self.part = Part::Raw { left: size, last },
            1 => self.part = Part::Run { count: size, last },
            2 if size >= 2 => self.part = Part::Compressed { size, last },
            2 => return Err(corrupt("a compressed block without its sections")),
            _ => return Err(corrupt("a block of a kind that does not exist")),
        }
        Ok(())
    }

    /// Takes note of what was decoded just now.
    fn decoded(&mut self, count: usize) -> Result<(), Error> {
        self.length += count as u64;
        if self.head.size.is_some_and(|size| self.length > size) {
            return Err(corrupt("more content than its head says"));
        }
        if self.head.has_check {
            self.check.update(self.window.newest(count));
        }
        Ok(())
    }

    fn end_block(&mut self, last: bool) -> Result<(), Error> {
        self.part = match (last, self.head.has_check) {
            (false, _) => Part::BlockHead,
            (true, _) if self.head.size.is_some_and(|size| self.length < size) => {
                return Err(corrupt("less content than its head says"));
            }
            (true, true) => Part::CheckSum,
            (true, false) => Part::Frame,
        };
        Ok(())
    }
}
