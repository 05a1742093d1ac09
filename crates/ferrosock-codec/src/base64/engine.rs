//! Whole groups, by the vector instructions that the machine has: the work of another crate, which only this file knows.
//!
//! `encode` writes the encoding of its data, with padding, to `out`, which is just as long. `decode` takes whole groups of the
//! standard alphabet, without padding, and gives how many bytes it wrote to the beginning of `out`; `None` if there is another
//! character among them, or if `out` is too short (for a message that ends with its padding may have had too little room
//! reserved for what follows).

#[cfg(not(feature = "avx512"))]
pub(super) use simd::{decode, encode};
#[cfg(feature = "avx512")]
pub(super) use turbo::{decode, encode};

/// `base64-simd`.
#[cfg(not(feature = "avx512"))]
mod simd {
    use base64_simd::{AsOut, STANDARD, STANDARD_NO_PAD, URL_SAFE};

    #[inline]
    pub(in crate::base64) fn encode(data: &[u8], url_safe: bool, out: &mut [u8]) {
        let engine = if url_safe { URL_SAFE } else { STANDARD };
        let _ = engine.encode(data, out.as_out());
    }

    #[inline]
    pub(in crate::base64) fn decode(groups: &[u8], out: &mut [u8]) -> Option<usize> {
        // The crate would panic.
        if out.len() < groups.len() / 4 * 3 {
            return None;
        }
        STANDARD_NO_PAD.decode(groups, out.as_out()).ok().map(|bytes| bytes.len())
    }
}

/// `base64-turbo`.
#[cfg(feature = "avx512")]
mod turbo {
    use base64_turbo::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

    #[inline]
    pub(in crate::base64) fn encode(data: &[u8], url_safe: bool, out: &mut [u8]) {
        let engine = if url_safe { URL_SAFE } else { STANDARD };
        let _ = engine.encode_slice(data, out); // the room is there
    }

    #[inline]
    pub(in crate::base64) fn decode(groups: &[u8], out: &mut [u8]) -> Option<usize> {
        STANDARD_NO_PAD.decode_slice(groups, out).ok()
    }
}
