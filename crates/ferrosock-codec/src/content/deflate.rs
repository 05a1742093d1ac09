//! The coding `deflate`: zlib's format, or none around the data.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Coding, Error, Step};

/// Compressed data of deflate (RFC 1951), with or without zlib's head and check sum (RFC 1950).
pub(super) struct Inflate {
    inner: Decompress,
    done: bool,
}

impl Inflate {
    pub(super) fn new(zlib: bool) -> Self {
        Self { inner: Decompress::new(zlib), done: false }
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn restart(&mut self, zlib: bool) {
        self.inner.reset(zlib);
        self.done = false;
    }

    /// Takes all of the input, fills the output, or comes to the end.
    pub(super) fn decode(&mut self, coding: Coding, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let mut done = Step::default();
        while !self.done && done.written < output.len() {
            let before = (self.inner.total_in(), self.inner.total_out());
            let (input, output) = (&input[done.read..], &mut output[done.written..]);
            let status = self
                .inner
                .decompress(input, output, FlushDecompress::None)
                .map_err(|_| Error::Corrupt { coding, what: "wrong compressed data or check sum" })?;
            let read = (self.inner.total_in() - before.0) as usize;
            let written = (self.inner.total_out() - before.1) as usize;
            done = Step { read: done.read + read, written: done.written + written };
            self.done = matches!(status, Status::StreamEnd);
            if read == 0 && written == 0 {
                break;
            }
        }
        Ok(done)
    }
}

/// The two first bytes tell which of the two it is: the low half of zlib's first is 8, and both together are divisible by 31.
/// Bare deflate would begin so only with an uncompressed block and ones in the bits that fill up its byte, which no program
/// writes.
#[derive(Default)]
pub(super) struct Deflate {
    first: Option<u8>,
    /// Whether the first byte is still to be given to the other.
    owes: bool,
    inflate: Option<Inflate>,
}

impl Deflate {
    pub(super) fn may_end(&self) -> bool {
        self.inflate.as_ref().is_some_and(Inflate::is_done)
    }

    pub(super) fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let mut done = Step::default();
        let inflate = loop {
            match (&mut self.inflate, self.first, input.get(done.read)) {
                (Some(inflate), ..) => break inflate,
                (None, None, Some(&first)) => {
                    self.first = Some(first);
                    done.read += 1;
                    if first & 0x0f != 8 {
                        (self.inflate, self.owes) = (Some(Inflate::new(false)), true);
                    }
                }
                (None, Some(first), Some(&second)) => {
                    let zlib = u16::from_be_bytes([first, second]) % 31 == 0;
                    (self.inflate, self.owes) = (Some(Inflate::new(zlib)), true);
                }
                (None, _, None) => return Ok(done),
            }
        };
        while self.owes && !output.is_empty() {
            let step = inflate.decode(Coding::Deflate, &[self.first.unwrap_or_default()], output)?;
            self.owes = step.read == 0;
            if step != (Step { read: 1, written: 0 }) {
                break; // a single byte holds no content: never so
            }
        }
        let step = inflate.decode(Coding::Deflate, &input[done.read..], output)?;
        done = Step { read: done.read + step.read, written: step.written };
        if inflate.is_done() && done.read < input.len() {
            return Err(Error::TrailingData { coding: Coding::Deflate });
        }
        Ok(done)
    }
}
