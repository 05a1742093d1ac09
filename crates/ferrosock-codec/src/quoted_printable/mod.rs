//! Quoted-printable ([RFC 2045, section 6.7](https://www.rfc-editor.org/rfc/rfc2045#section-6.7)) and, with `header`, the Q
//! encoding of [RFC 2047, section 4.2](https://www.rfc-editor.org/rfc/rfc2047#section-4.2).
//!
//! Python has two codecs that differ in what they do to lines, to spaces at their ends and to broken input. [`encode`] and
//! [`decode`] are those of `binascii`, which `quopri` uses. [`lines`] has the one that `quopri` falls back on without
//! `binascii`.

mod blocks;
mod decode;
mod encode;
pub mod lines;
#[cfg(test)]
mod tests;

pub use decode::{Decoder, decode, decode_into};
pub use encode::{Encoder, LineEnd, Options, encode, encode_into, encoded_most};

/// The escape of each byte.
static ESCAPES: [[u8; 3]; 256] = {
    let digits = b"0123456789ABCDEF";
    let mut escapes = [[b'='; 3]; 256];
    let mut byte = 0;
    while byte < 256 {
        escapes[byte] = [b'=', digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    escapes
};
