//! The content of a response as the caller gets it: decoded, if it is in a coding.

use ferrosock_codec::content::{Decoder, Limits, codings};
use ferrosock_proto::http::Fields;

use super::error::Error;
use super::transfer::Transfer;

/// How much encoded content is received at once.
const BLOCK: usize = 16 * 1024;
/// How much memory is set aside for content before any of it has come.
const FIRST: u64 = 64 * 1024;

pub(crate) struct Content {
    pub(crate) transfer: Transfer,
    decoding: Option<Box<Decoding>>,
}

/// Content on its way through a decoder.
struct Decoding {
    decoder: Decoder,
    /// What was received, and which part of it the decoder has yet to take.
    block: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Content {
    /// Content as it is sent.
    pub(crate) fn plain(transfer: Transfer) -> Self {
        Self { transfer, decoding: None }
    }

    /// Content that the head says to be encoded. A coding that nobody knows is left for the caller.
    pub(crate) fn decoded(transfer: Transfer, head: &Fields, limits: Limits) -> Self {
        let field = head.joined(b"content-encoding");
        let found = field.and_then(|field| codings(&field).ok()).unwrap_or_default();
        if found.is_empty() {
            return Self::plain(transfer);
        }
        let decoding = Decoder::new(&found, limits)
            .ok()
            .map(|decoder| Box::new(Decoding { decoder, block: vec![0; BLOCK], begin: 0, end: 0 }));
        Self { transfer, decoding }
    }

    pub(crate) fn is_decoded(&self) -> bool {
        self.decoding.is_some()
    }

    pub(crate) fn read(&mut self, space: &mut [u8]) -> Result<usize, Error> {
        let Some(decoding) = &mut self.decoding else { return self.transfer.read(space) };
        if space.is_empty() {
            return Ok(0);
        }
        loop {
            let step = decoding.decoder.decode(&decoding.block[decoding.begin..decoding.end], space);
            let step = step.inspect_err(|_| self.transfer.abandon()).map_err(Error::Decoding)?;
            decoding.begin += step.read;
            if step.written > 0 {
                return Ok(step.written);
            }
            if decoding.begin < decoding.end {
                continue;
            }
            (decoding.begin, decoding.end) = (0, self.transfer.read(&mut decoding.block)?);
            if decoding.end == 0 {
                decoding.decoder.finish().map_err(Error::Decoding)?;
                return Ok(0);
            }
        }
    }

    /// Appends all that is left to `out`.
    pub(crate) fn read_to_end(&mut self, limit: u64, out: &mut Vec<u8>) -> Result<(), Error> {
        let expected = if self.is_decoded() { None } else { self.transfer.left() };
        if expected.is_some_and(|expected| expected > limit) {
            return Err(Error::TooLong { limit });
        }
        let before = out.len();
        let mut end = before;
        let mut step = usize::try_from(expected.unwrap_or(1024).clamp(1, FIRST)).unwrap_or(1024);
        let result = loop {
            // Zeroes are written once, however small the pieces are in which content comes.
            if end == out.len() {
                out.resize(end + step, 0);
                // What has come tells how much more to set aside.
                step = out.len().clamp(1024, 1 << 20);
            }
            let count = match self.read(&mut out[end..]) {
                Ok(0) => break Ok(()),
                Ok(count) => count,
                Err(error) => break Err(error),
            };
            end += count;
            let done = (end - before) as u64;
            if done > limit {
                break Err(Error::TooLong { limit });
            }
            if expected == Some(done) {
                break Ok(());
            }
        };
        out.truncate(end);
        match result {
            Err(Error::Incomplete(mut incomplete)) => {
                incomplete.partial = std::mem::take(out);
                Err(Error::Incomplete(incomplete))
            }
            result => result,
        }
    }
}
