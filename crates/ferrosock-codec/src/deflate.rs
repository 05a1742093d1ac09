//! Deflate (RFC 1951) without a frame around it, with a window of any size, message by message: what
//! WebSocket's `permessage-deflate` (RFC 7692) is made of.
//!
//! ```
//! use ferrosock_codec::deflate::{Compressor, Decompressor};
//!
//! let (mut packed, mut plain) = (Vec::new(), Vec::new());
//! Compressor::new(6, 12).compress(b"hello, hello, hello", &mut packed);
//! Decompressor::new(12).decompress(&packed, &mut plain, 100)?;
//! assert_eq!(plain, b"hello, hello, hello");
//! # Ok::<(), ferrosock_codec::deflate::Error>(())
//! ```

use std::fmt;

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateFlush, Status};

/// The least and the most room that is made for output at once.
const LEAST: usize = 256;
const MOST: usize = 16 * 1024;

/// Why data could not be decompressed.
///
/// ```
/// assert_eq!(ferrosock_codec::deflate::Error::TooLong.to_string(), "decompresses to more than is allowed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It is no compressed data.
    Corrupt,
    /// It decompresses to more than is allowed.
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Corrupt => "wrong compressed data",
            Self::TooLong => "decompresses to more than is allowed",
        })
    }
}

impl std::error::Error for Error {}

/// Compresses pieces, each of which can be decompressed when it has come.
///
/// It holds 130 KiB for the smallest window, and 320 KiB for the largest.
pub struct Compressor {
    inner: Deflate,
}

impl Compressor {
    /// A compressor of level 0 (stores) to 9 (smallest), whose window has 2 to the `window_bits` bytes; both are brought into
    /// their ranges, of which that of `window_bits` is 9 to 15.
    ///
    /// ```
    /// let compressor = ferrosock_codec::deflate::Compressor::new(6, 15);
    /// # let _ = compressor;
    /// ```
    pub fn new(level: u8, window_bits: u8) -> Self {
        let window_bits = i32::from(window_bits.clamp(9, 15));
        let config = DeflateConfig {
            level: i32::from(level.min(9)),
            window_bits: -window_bits, // no frame
            // Fewer symbols wait for the end of a block where the window is small, too.
            mem_level: (window_bits - 7).min(8),
            ..DeflateConfig::default()
        };
        Self { inner: Deflate::new_with_config(config) }
    }

    /// Appends all of `input`, compressed, to `out`, and ends it at a byte: with the empty block `00 00 ff ff` (a sync flush).
    ///
    /// ```
    /// let mut out = Vec::new();
    /// ferrosock_codec::deflate::Compressor::new(6, 15).compress(b"Hello", &mut out);
    /// assert_eq!(out, b"\xf2\x48\xcd\xc9\xc9\x07\0\0\0\xff\xff"); // RFC 7692 section 7.2.3.1
    /// ```
    pub fn compress(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        loop {
            let (before, room) = (out.len(), (input.len() + 16).clamp(LEAST, MOST));
            out.resize(before + room, 0);
            let taken = self.inner.total_in();
            let made = self.inner.total_out();
            // It fails only for a state that is not one, which this type cannot be in.
            let _ = self.inner.compress(input, &mut out[before..], DeflateFlush::SyncFlush);
            let written = (self.inner.total_out() - made) as usize;
            input = &input[(self.inner.total_in() - taken) as usize..];
            out.truncate(before + written);
            if input.is_empty() && written < room || written == 0 {
                return;
            }
        }
    }

    /// Forgets what came before.
    ///
    /// ```
    /// # use ferrosock_codec::deflate::Compressor;
    /// let (mut first, mut second) = (Vec::new(), Vec::new());
    /// let mut compressor = Compressor::new(6, 15);
    /// compressor.compress(b"hello, hello", &mut first);
    /// compressor.reset();
    /// compressor.compress(b"hello, hello", &mut second);
    /// assert_eq!(first, second);
    /// ```
    pub fn reset(&mut self) {
        self.inner.reset();
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor").finish_non_exhaustive()
    }
}

/// Decompresses pieces. It holds about 10 KiB, and its window.
pub struct Decompressor {
    inner: Inflate,
    window_bits: u8,
}

impl Decompressor {
    /// A decompressor of data whose window is no larger than 2 to the `window_bits` bytes; that is brought into the range 9 to 15.
    ///
    /// ```
    /// let decompressor = ferrosock_codec::deflate::Decompressor::new(15);
    /// # let _ = decompressor;
    /// ```
    pub fn new(window_bits: u8) -> Self {
        let window_bits = window_bits.clamp(9, 15);
        Self { inner: Inflate::new(false, window_bits), window_bits }
    }

    /// Appends what all of `input` decompresses to to `out`, which grows to no more than `most` bytes. Behind the end of a
    /// stream (a block with BFINAL) a new one begins.
    ///
    /// # Errors
    /// [`Error::Corrupt`]; [`Error::TooLong`], as soon as `out` holds more than `most` bytes (at most 16 KiB more).
    ///
    /// ```
    /// # use ferrosock_codec::deflate::{Decompressor, Error};
    /// let mut out = Vec::new();
    /// let bomb = b"\xed\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\n";
    /// assert!(Decompressor::new(15).decompress(bomb, &mut out, 5).is_err());
    /// ```
    pub fn decompress(&mut self, input: &[u8], out: &mut Vec<u8>, most: usize) -> Result<(), Error> {
        let mut end = out.len();
        let result = self.decompress_behind(input, out, &mut end, most);
        out.truncate(end);
        result
    }

    /// The same behind `end`, which moves on; what is behind that was made room for once and is nothing.
    fn decompress_behind(
        &mut self,
        mut input: &[u8],
        out: &mut Vec<u8>,
        end: &mut usize,
        most: usize,
    ) -> Result<(), Error> {
        loop {
            let allowed = (most.saturating_sub(*end)).saturating_add(1);
            let room = input.len().saturating_mul(4).clamp(LEAST, MOST).min(allowed);
            if out.len() < *end + room {
                out.resize(*end + room, 0);
            }
            let (taken, made) = (self.inner.total_in(), self.inner.total_out());
            let space = &mut out[*end..*end + room];
            let status = self.inner.decompress(input, space, InflateFlush::SyncFlush);
            let written = (self.inner.total_out() - made) as usize;
            let read = (self.inner.total_in() - taken) as usize;
            input = &input[read..];
            *end += written;
            let status = status.map_err(|_| Error::Corrupt)?;
            if *end > most {
                return Err(Error::TooLong);
            }
            if status == Status::StreamEnd {
                self.reset();
                if input.is_empty() {
                    return Ok(());
                }
                continue;
            }
            if written < room && input.is_empty() {
                return Ok(());
            }
            if written == 0 && read == 0 {
                return if input.is_empty() { Ok(()) } else { Err(Error::Corrupt) };
            }
        }
    }

    /// Forgets what came before. The window may then have 32 KiB. So it may behind the end of a stream, too.
    ///
    /// ```
    /// # use ferrosock_codec::deflate::Decompressor;
    /// Decompressor::new(9).reset();
    /// ```
    pub fn reset(&mut self) {
        self.inner.reset(false);
        self.window_bits = 15;
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decompressor").field("window_bits", &self.window_bits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        (0..length).map(|at| if at % 3 == 0 { next() as u8 } else { b"abcd"[at % 4] }).collect()
    }

    #[test]
    fn pieces_come_back_with_every_window_and_level() {
        let text = noise(100_000);
        for bits in 9..=15 {
            for level in [0, 1, 6, 9] {
                let (mut compressor, mut decompressor) =
                    (Compressor::new(level, bits), Decompressor::new(bits));
                for piece in [&text[..], &text[..1], &[], &text[50..70_000], &text[..100]] {
                    let (mut packed, mut plain) = (Vec::new(), Vec::new());
                    compressor.compress(piece, &mut packed);
                    for part in packed.chunks(999) {
                        decompressor.decompress(part, &mut plain, piece.len()).unwrap();
                    }
                    assert!(plain == piece, "{bits} {level} {}", piece.len());
                }
            }
        }
    }

    #[test]
    fn what_is_too_long_stops_early() {
        let mut packed = Vec::new();
        Compressor::new(9, 15).compress(&vec![0; 10_000_000], &mut packed);
        assert!(packed.len() < 20_000);
        let mut plain = Vec::new();
        let result = Decompressor::new(15).decompress(&packed, &mut plain, 1000);
        assert_eq!((result, plain.len()), (Err(Error::TooLong), 1001));
    }

    #[test]
    fn a_final_block_is_not_the_end() {
        let mut plain = Vec::new();
        let mut decompressor = Decompressor::new(15);
        // RFC 7692 section 7.2.3.4
        decompressor.decompress(b"\xf3\x48\xcd\xc9\xc9\x07\0\0", &mut plain, 100).unwrap();
        decompressor.decompress(b"\0\0\xff\xff", &mut plain, 100).unwrap();
        decompressor.decompress(b"\xf2\x48\xcd\xc9\xc9\x07\0\0\0\xff\xff", &mut plain, 100).unwrap();
        assert_eq!(plain, b"HelloHello");
        assert_eq!(decompressor.decompress(b"\xff\xff", &mut plain, 100), Err(Error::Corrupt));
    }

    #[test]
    fn what_comes_behind_an_end() {
        for window_bits in [9, 15] {
            let (mut decompressor, mut out) = (Decompressor::new(window_bits), Vec::new());
            // It may look further back than the window was to be.
            let (plain, mut packed) = (noise(20_000).repeat(2), Vec::new());
            Compressor::new(6, 15).compress(&plain, &mut packed);
            decompressor.decompress(&[b"\x03\0", packed.as_slice()].concat(), &mut out, 1 << 20).unwrap();
            assert_eq!(out, plain);
        }
    }
}
