//! The coding `gzip` (RFC 1952).

use crc32fast::Hasher;

use super::deflate::Inflate;
use super::{Coding, Error, Step};

/// The most bytes of a member's head: an extra field of 64 KiB, a name and a comment.
const LONGEST_HEAD: usize = 128 * 1024;

const HEAD_CHECK: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// What comes next.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// Ten bytes.
    Start,
    ExtraLength,
    Extra(u16),
    Name,
    Comment,
    HeadCheck,
    Data,
    /// The check sum and the length, of four bytes each.
    Trailer,
    /// Another member, zeros that fill up a block of a tape, or the end.
    Between,
}

pub(super) struct Gzip {
    part: Part,
    /// The bytes of a field of fixed size, as far as they have come.
    field: [u8; 10],
    held: usize,
    flags: u8,
    head: Hasher,
    head_length: usize,
    inflate: Inflate,
    check: Hasher,
    /// Modulo 2 to the power of 32.
    length: u32,
}

impl Default for Gzip {
    fn default() -> Self {
        Self {
            part: Part::Start,
            field: [0; 10],
            held: 0,
            flags: 0,
            head: Hasher::new(),
            head_length: 0,
            inflate: Inflate::new(false),
            check: Hasher::new(),
            length: 0,
        }
    }
}

fn corrupt(what: &'static str) -> Error {
    Error::Corrupt { coding: Coding::Gzip, what }
}

impl Gzip {
    pub(super) fn may_end(&self) -> bool {
        self.part == Part::Between
    }

    pub(super) fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let mut done = Step::default();
        loop {
            let rest = &input[done.read..];
            if self.part == Part::Data {
                let room = &mut output[done.written..];
                let step = self.inflate.decode(Coding::Gzip, rest, room)?;
                self.check.update(&room[..step.written]);
                self.length = self.length.wrapping_add(step.written as u32);
                done = Step { read: done.read + step.read, written: done.written + step.written };
                if !self.inflate.is_done() {
                    return Ok(done);
                }
                self.part = Part::Trailer;
                continue;
            }
            if rest.is_empty() {
                return Ok(done);
            }
            done.read += match self.part {
                Part::Between => self.between(rest)?,
                Part::Trailer => self.trailer(rest)?,
                _ => self.head(rest)?,
            };
        }
    }

    fn between(&mut self, rest: &[u8]) -> Result<usize, Error> {
        let zeros = rest.iter().take_while(|&&byte| byte == 0).count();
        match rest.get(zeros) {
            None => {}
            // Once there were zeros, no member follows.
            Some(0x1f) if zeros == 0 && self.held == 0 => {
                self.inflate.restart(false);
                (self.part, self.check, self.length) = (Part::Start, Hasher::new(), 0);
                (self.head, self.head_length) = (Hasher::new(), 0);
            }
            Some(_) => return Err(Error::TrailingData { coding: Coding::Gzip }),
        }
        self.held |= usize::from(zeros > 0);
        Ok(zeros)
    }

    /// Collects a field; says how much of `rest` belongs to it, and whether it is whole.
    fn collect(&mut self, rest: &[u8], size: usize) -> (usize, bool) {
        let take = rest.len().min(size - self.held);
        self.field[self.held..self.held + take].copy_from_slice(&rest[..take]);
        self.held += take;
        let whole = self.held == size;
        if whole {
            self.held = 0;
        }
        (take, whole)
    }

    fn trailer(&mut self, rest: &[u8]) -> Result<usize, Error> {
        let (take, whole) = self.collect(rest, 8);
        if whole {
            let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| self.field[at + byte]));
            if word(0) != self.check.clone().finalize() {
                return Err(corrupt("wrong check sum"));
            }
            if word(4) != self.length {
                return Err(corrupt("wrong length"));
            }
            self.part = Part::Between;
        }
        Ok(take)
    }

    fn head(&mut self, rest: &[u8]) -> Result<usize, Error> {
        let before = self.part;
        let take = match before {
            Part::Start => {
                let (take, whole) = self.collect(rest, 10);
                // A wrong beginning is known at once, not when ten bytes have come.
                let there = if whole { 10 } else { self.held };
                if self.field[..there.min(3)] != [0x1f, 0x8b, 8][..there.min(3)] {
                    return Err(corrupt("it does not begin so"));
                }
                if whole {
                    self.flags = self.field[3];
                    if self.flags & RESERVED != 0 {
                        return Err(corrupt("flags that do not exist"));
                    }
                    self.part = Part::ExtraLength;
                }
                take
            }
            Part::ExtraLength if self.flags & EXTRA == 0 => {
                self.part = Part::Name;
                0
            }
            Part::ExtraLength => {
                let (take, whole) = self.collect(rest, 2);
                if whole {
                    self.part = Part::Extra(u16::from_le_bytes([self.field[0], self.field[1]]));
                }
                take
            }
            Part::Extra(left) => {
                let take = rest.len().min(left.into());
                let left = left - take as u16;
                self.part = if left == 0 { Part::Name } else { Part::Extra(left) };
                take
            }
            Part::Name if self.flags & NAME == 0 => {
                self.part = Part::Comment;
                0
            }
            Part::Comment if self.flags & COMMENT == 0 => {
                self.part = Part::HeadCheck;
                0
            }
            Part::Name | Part::Comment => match memchr::memchr(0, rest) {
                Some(at) => {
                    self.part = if before == Part::Name { Part::Comment } else { Part::HeadCheck };
                    at + 1
                }
                None => rest.len(),
            },
            Part::HeadCheck if self.flags & HEAD_CHECK == 0 => {
                self.part = Part::Data;
                0
            }
            _ => {
                let (take, whole) = self.collect(rest, 2);
                if whole {
                    if [self.field[0], self.field[1]] != self.head.clone().finalize().to_le_bytes()[..2] {
                        return Err(corrupt("wrong check sum of its head"));
                    }
                    self.part = Part::Data;
                }
                take
            }
        };
        if before != Part::HeadCheck {
            self.head.update(&rest[..take]);
        }
        self.head_length += take;
        if self.head_length > LONGEST_HEAD {
            return Err(corrupt("its head is too long"));
        }
        Ok(take)
    }
}
