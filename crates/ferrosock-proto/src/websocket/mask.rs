//! Masks (RFC 6455 section 5.3).

use sha2::{Digest, Sha256};

/// Applies a mask that begins at `phase` of its four bytes.
pub(super) fn apply_mask(mask: [u8; 4], phase: usize, bytes: &mut [u8]) {
    let turned: [u8; 4] = std::array::from_fn(|at| mask[(phase + at) % 4]);
    let word = u32::from_ne_bytes(turned);
    let wide = u64::from(word) << 32 | u64::from(word);
    // Plain words: the compiler makes vector instructions of them.
    let mut words = bytes.chunks_exact_mut(8);
    for chunk in &mut words {
        let value = u64::from_ne_bytes(chunk.try_into().unwrap_or_default()) ^ wide;
        chunk.copy_from_slice(&value.to_ne_bytes());
    }
    for (byte, mask) in words.into_remainder().iter_mut().zip(turned.iter().cycle()) {
        *byte ^= mask;
    }
}

/// A client's masks, which nobody can foresee who does not know the seed: blocks of SHA-256 over the seed and a counter.
#[derive(Clone)]
pub(super) struct Masks {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Masks {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0, block: [0; 32], used: 32 }
    }

    pub(super) fn next(&mut self) -> [u8; 4] {
        if self.used == self.block.len() {
            let hash = Sha256::new().chain_update(self.seed).chain_update(self.counter.to_le_bytes());
            self.block = hash.finalize().into();
            self.counter += 1;
            self.used = 0;
        }
        let mask = std::array::from_fn(|at| self.block[self.used + at]);
        self.used += 4;
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_goes_on_from_any_phase() {
        let mask = [1, 2, 3, 4];
        let plain: Vec<u8> = (0..100).collect();
        let expected: Vec<u8> = plain.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]).collect();
        for cut in 0..plain.len() {
            let mut bytes = plain.clone();
            apply_mask(mask, 0, &mut bytes[..cut]);
            apply_mask(mask, cut, &mut bytes[cut..]);
            assert_eq!(bytes, expected);
        }
    }

    #[test]
    fn masks_do_not_repeat() {
        let mut masks = Masks::new([1; 32]);
        let mut found: Vec<_> = (0..1000).map(|_| masks.next()).collect();
        found.sort_unstable();
        found.dedup();
        assert!(found.len() > 990);
        assert_ne!(Masks::new([1; 32]).next(), Masks::new([2; 32]).next());
    }
}
