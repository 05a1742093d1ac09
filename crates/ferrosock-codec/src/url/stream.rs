//! Percent-encoding of data that comes in pieces.

use super::percent::{Encoding, byte_of, encode_into};

/// Percent-encodes chunk after chunk.
///
/// ```
/// use ferrosock_codec::url::{Encoder, Encoding};
///
/// let encoder = Encoder::new(Encoding::PATH);
/// let mut out = Vec::new();
/// for chunk in ["El Ni".as_bytes(), &[0xc3], &[0xb1], b"o"] {
///     encoder.encode(chunk, &mut out);
/// }
/// assert_eq!(out, b"El%20Ni%C3%B1o");
/// ```
#[derive(Clone, Debug)]
pub struct Encoder(Encoding);

impl Encoder {
    /// An encoder that leaves what `encoding` leaves.
    #[must_use]
    pub const fn new(encoding: Encoding) -> Self {
        Self(encoding)
    }

    /// Adds the encoded form of the next chunk to `out`. Nothing is held back, so there is no end to tell.
    pub fn encode(&self, chunk: &[u8], out: &mut Vec<u8>) {
        encode_into(chunk, &self.0, out);
    }
}

/// Decodes percent-encoded data chunk after chunk; an escape may be cut anywhere.
///
/// ```
/// use ferrosock_codec::url::Decoder;
///
/// let mut decoder = Decoder::new();
/// let mut out = Vec::new();
/// for chunk in [&b"a%2"[..], b"0b%", b"41", b" 100%"] {
///     decoder.decode(chunk, &mut out);
/// }
/// decoder.finish(&mut out);
/// assert_eq!(out, b"a bA 100%");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The beginning of an escape: nothing, `%`, or `%` and a digit.
    held: [u8; 2],
    count: usize,
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { held: [0; 2], count: 0 }
    }

    /// Adds what can be told of the data so far to `out`; at most two bytes wait for the next chunk.
    pub fn decode(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        out.reserve(chunk.len());
        for &byte in chunk {
            match (self.count, byte) {
                (0, b'%') => self.hold(byte),
                (0, _) => out.push(byte),
                (1, _) if byte_of(byte, b'0').is_some() => self.hold(byte),
                (2, _) if byte_of(self.held[1], byte).is_some() => {
                    out.extend(byte_of(self.held[1], byte));
                    self.count = 0;
                }
                // No escape: what was held stands for itself, and this byte may begin the next one.
                _ => {
                    self.finish(out);
                    if byte == b'%' { self.hold(byte) } else { out.push(byte) }
                }
            }
        }
    }

    /// Ends the data: an escape that was cut off stands for itself. The decoder is then as new.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.held[..self.count]);
        self.count = 0;
    }

    fn hold(&mut self, byte: u8) {
        self.held[self.count] = byte;
        self.count += 1;
    }
}
