//! Content codings of HTTP (RFC 9110 section 8.4.1): what a server has compressed, decoded as it comes.
//!
//! | coding | format | feature |
//! |---|---|---|
//! | `gzip`, `x-gzip` | RFC 1952, one member or several | `gzip` |
//! | `deflate` | zlib (RFC 1950), or what some servers send instead: bare deflate (RFC 1951) | `gzip` |
//! | `br` | Brotli, RFC 7932 | `brotli` |
//! | `zstd` | Zstandard, RFC 8878, with the windows that RFC 9659 allows | always there: this crate's own |
//!
//! [`codings`] reads a `Content-Encoding` field. A [`Decoder`] takes chunks of any size and writes to memory of the caller's.
//! It holds what the formats need to look back at (32 KiB; 16 MiB at most for Brotli; twice [`Limits::window`] for Zstandard) and
//! grows to that only as bytes are decoded; no length in the data reserves memory. The [`Limits`] stop a *bomb*, a small
//! content that decodes to a huge one, before it fills the disk of whoever asked for it. A content that ends too early is an
//! error, never a short result.
//!
//! ```
//! use ferrosock_codec::content::{self, Decoder, Limits};
//!
//! let body = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";
//! let mut decoder = Decoder::new(&content::codings(b"gzip")?, Limits::default())?;
//! let (mut text, mut room) = (Vec::new(), [0; 4]);
//! for mut chunk in body.chunks(10) {
//!     loop {
//!         let step = decoder.decode(chunk, &mut room)?;
//!         chunk = &chunk[step.read..];
//!         text.extend_from_slice(&room[..step.written]);
//!         if chunk.is_empty() && step.written < room.len() {
//!             break;
//!         }
//!     }
//! }
//! decoder.finish()?;
//! assert_eq!(text, b"hello");
//! # Ok::<(), content::Error>(())
//! ```

#[cfg(feature = "brotli")]
mod brotli;
mod coding;
mod decoder;
#[cfg(feature = "gzip")]
mod deflate;
mod error;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(test)]
mod tests;
mod zstd;

pub use coding::{Coding, accepted, codings};
pub use decoder::{Decoder, Limits, Step, decode};
pub use error::Error;
