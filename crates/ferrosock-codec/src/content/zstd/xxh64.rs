//! The check sum of frames: XXH64 with a seed of 0 (RFC 8878 section 3.1.1, `Content_Checksum`).

const PRIMES: [u64; 5] = [
    0x9e37_79b1_85eb_ca87,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5,
];

/// Data of which the sum is taken as they come.
#[derive(Debug)]
pub(super) struct Xxh64 {
    lanes: [u64; 4],
    /// What does not fill 32 bytes yet.
    held: [u8; 32],
    length: u64,
}

impl Default for Xxh64 {
    fn default() -> Self {
        let [first, second, ..] = PRIMES;
        let lanes = [first.wrapping_add(second), second, 0, first.wrapping_neg()];
        Self { lanes, held: [0; 32], length: 0 }
    }
}

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIMES[1])).rotate_left(31).wrapping_mul(PRIMES[0])
}

fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

fn mix(lanes: &mut [u64; 4], block: &[u8; 32]) {
    for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(8)) {
        *lane = round(*lane, u64::from_le_bytes(bytes.try_into().unwrap_or_default()));
    }
}

impl Xxh64 {
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        let held = (self.length % 32) as usize;
        self.length += bytes.len() as u64;
        if held > 0 {
            let take = bytes.len().min(32 - held);
            self.held[held..held + take].copy_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            if held + take < 32 {
                return;
            }
            mix(&mut self.lanes, &self.held);
        }
        while let Some((block, rest)) = bytes.split_first_chunk::<32>() {
            mix(&mut self.lanes, block);
            bytes = rest;
        }
        self.held[..bytes.len()].copy_from_slice(bytes);
    }

    pub(super) fn finish(&self) -> u64 {
        let [first, second, third, fourth, fifth] = PRIMES;
        let mut sum = if self.length < 32 {
            fifth
        } else {
            let [a, b, c, d] = self.lanes;
            let turned = [a.rotate_left(1), b.rotate_left(7), c.rotate_left(12), d.rotate_left(18)];
            let sum = turned.into_iter().fold(0, u64::wrapping_add);
            self.lanes
                .iter()
                .fold(sum, |sum, &lane| (sum ^ round(0, lane)).wrapping_mul(first).wrapping_add(fourth))
        };
        sum = sum.wrapping_add(self.length);
        let mut rest = &self.held[..(self.length % 32) as usize];
        while let Some((bytes, after)) = rest.split_at_checked(8) {
            sum = (sum ^ round(0, word(bytes))).rotate_left(27).wrapping_mul(first).wrapping_add(fourth);
            rest = after;
        }
        if let Some((bytes, after)) = rest.split_at_checked(4) {
            sum = (sum ^ word(bytes).wrapping_mul(first))
                .rotate_left(23)
                .wrapping_mul(second)
                .wrapping_add(third);
            rest = after;
        }
        for &byte in rest {
            sum = (sum ^ u64::from(byte).wrapping_mul(fifth)).rotate_left(11).wrapping_mul(first);
        }
        sum = (sum ^ sum >> 33).wrapping_mul(second);
        sum = (sum ^ sum >> 29).wrapping_mul(third);
        sum ^ sum >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::Xxh64;

    /// From the specification's examples: an empty input, and the 101 bytes of its generator.
    #[test]
    fn known_sums() {
        let sum = |bytes: &[u8], step: usize| {
            let mut sum = Xxh64::default();
            bytes.chunks(step).for_each(|chunk| sum.update(chunk));
            sum.finish()
        };
        assert_eq!(sum(b"", 1), 0xef46_db37_51d8_e999);
        assert_eq!(sum(b"a", 1), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(sum(b"abc", 2), 0x44bc_2cf5_ad77_0999);
        let text = b"Call me Ishmael. Some years ago--never mind how long precisely-";
        for step in [1, 7, 31, 32, 33, 100] {
            assert_eq!(sum(text, step), 0x02a2_e854_70d6_fd96);
        }
    }
}
