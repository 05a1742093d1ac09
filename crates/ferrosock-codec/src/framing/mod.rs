//! Frames in a stream of bytes: what everybody writes by hand around `recv`.
//!
//! A stream has no borders: what one side sends at once comes to the other in any number of pieces. A *framing* says where a
//! message ends: by a length before it ([`LengthPrefixed`]), by bytes behind it ([`Delimited`]), or by both ([`Netstrings`]).
//! [`Framing::encode`] makes a message a frame; a [`Decoder`] takes the bytes as they come and gives the messages.
//!
//! Every framing has a limit, 16 MiB unless it is set: a peer that announces more, or never ends a line, is refused before its
//! bytes are collected.

mod decoder;
mod delimiter;
mod error;
mod length;
mod netstring;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use decoder::Decoder;
pub use delimiter::Delimited;
pub use error::Error;
pub use length::{LengthPrefixed, Width};
pub use netstring::Netstrings;

/// The most bytes of a payload unless another limit is set: 16 MiB.
pub const DEFAULT_LIMIT: usize = 16 << 20;

/// What a framing finds at the beginning of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// A whole frame.
    Frame {
        /// Where its payload lies.
        payload: Range<usize>,
        /// Where the next frame begins.
        end: usize,
    },
    /// No whole frame yet: at least so many bytes are missing.
    Missing(usize),
}

/// A kind of frames.
///
/// ```
/// use ferrosock_codec::framing::{Decoder, Error, Framing, Scan};
///
/// /// Messages of always eight bytes.
/// #[derive(Clone)]
/// struct Eights;
///
/// impl Framing for Eights {
///     fn scan(&mut self, bytes: &[u8]) -> Result<Scan, Error> {
///         Ok(match bytes.len() {
///             8.. => Scan::Frame { payload: 0..8, end: 8 },
///             length => Scan::Missing(8 - length),
///         })
///     }
///
///     fn encode_into(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
///         out.extend_from_slice(payload);
///         if payload.len() == 8 { Ok(()) } else { Err(Error::Unframeable) }
///     }
/// }
///
/// let mut decoder = Decoder::new(Eights);
/// decoder.push(b"0123456789");
/// assert_eq!(decoder.poll_frame()?, Some(&b"01234567"[..]));
/// # Ok::<(), Error>(())
/// ```
pub trait Framing: Clone {
    /// Looks for a frame at the beginning of what is left of the stream. The framing may remember how far it has looked, since
    /// the next call gets the same bytes and more of them, until it has given a frame.
    ///
    /// # Errors
    /// If no frame of this kind can begin like this.
    fn scan(&mut self, bytes: &[u8]) -> Result<Scan, Error>;

    /// Appends a payload as a frame.
    ///
    /// # Errors
    /// [`Error::TooLong`] beyond the limit; [`Error::Unframeable`] for what this framing cannot carry.
    fn encode_into(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error>;

    /// A payload as a frame.
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    fn encode(&self, payload: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.encode_into(payload, &mut out)?;
        Ok(out)
    }

    /// The same framing for another stream, which remembers nothing of this one.
    #[must_use]
    fn fresh(&self) -> Self {
        self.clone()
    }
}
