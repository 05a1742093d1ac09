//! The coding `br` (RFC 7932).

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::{Coding, Error, Step};

pub(super) struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    done: bool,
}

impl Default for Brotli {
    fn default() -> Self {
        // Strict: without the large windows, which RFC 7932 does not have.
        let [first, second, third] = [(); 3].map(|()| StandardAlloc::default());
        Self { state: BrotliState::new_strict(first, second, third), done: false }
    }
}

impl Brotli {
    pub(super) fn may_end(&self) -> bool {
        self.done
    }

    pub(super) fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        let mut done = Step::default();
        if !self.done && !output.is_empty() {
            let (mut input_left, mut output_left, mut total) = (input.len(), output.len(), 0);
            let result = BrotliDecompressStream(
                &mut input_left,
                &mut done.read,
                input,
                &mut output_left,
                &mut done.written,
                output,
                &mut total,
                &mut self.state,
            );
            match result {
                BrotliResult::ResultSuccess => self.done = true,
                BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultFailure => {
                    return Err(Error::Corrupt { coding: Coding::Brotli, what: "wrong compressed data" });
                }
            }
        }
        if self.done && done.read < input.len() {
            return Err(Error::TrailingData { coding: Coding::Brotli });
        }
        Ok(done)
    }
}
