//! Checksums: CRC-32, Adler-32 and the CRC-16 of BinHex.
//!
//! Each function takes the checksum so far, so a message may come in pieces: start with [`CRC_32_START`],
//! [`ADLER_32_START`] or 0, and hand each result to the next call.

/// [`crc32()`] of nothing.
pub const CRC_32_START: u32 = 0;

/// [`adler32()`] of nothing.
pub const ADLER_32_START: u32 = 1;

/// The CRC-32 of `data` after what has the checksum `so_far`, as `zlib.crc32` and `binascii.crc32` compute it.
///
/// Source: [RFC 1952, section 8](https://www.rfc-editor.org/rfc/rfc1952#section-8).
///
/// ```
/// use ferrosock_codec::checksum::{CRC_32_START, crc32};
///
/// assert_eq!(crc32(b"hello world", CRC_32_START), 0x0d4a_1185);
/// assert_eq!(crc32(b" world", crc32(b"hello", CRC_32_START)), 0x0d4a_1185);
/// ```
#[must_use]
#[inline]
pub fn crc32(data: &[u8], so_far: u32) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(so_far);
    hasher.update(data);
    hasher.finalize()
}

/// The Adler-32 of `data` after what has the checksum `so_far`, as `zlib.adler32` computes it.
///
/// Source: [RFC 1950, section 8](https://www.rfc-editor.org/rfc/rfc1950#section-8).
///
/// ```
/// use ferrosock_codec::checksum::{ADLER_32_START, adler32};
///
/// assert_eq!(adler32(b"Wikipedia", ADLER_32_START), 0x11e6_0398);
/// ```
#[must_use]
pub fn adler32(data: &[u8], so_far: u32) -> u32 {
    // Both halves count modulo 65521; a checksum that was not computed may hold more.
    let half = |sum: u32| (sum & 0xffff) % 65521;
    let mut hasher = simd_adler32::Adler32::from_checksum(half(so_far >> 16) << 16 | half(so_far));
    hasher.write(data);
    hasher.finish()
}

/// The CRC-16 of `data` after what has the checksum `so_far`, as BinHex 4 has it (CCITT's polynomial 0x1021, the most
/// significant bit first) and `binascii.crc_hqx` computes it.
///
/// Source: [RFC 1741](https://www.rfc-editor.org/rfc/rfc1741).
///
/// ```
/// use ferrosock_codec::checksum::crc_hqx;
///
/// assert_eq!(crc_hqx(b"123456789", 0), 0x31c3);
/// assert_eq!(crc_hqx(b"6789", crc_hqx(b"12345", 0)), 0x31c3);
/// ```
#[must_use]
pub fn crc_hqx(data: &[u8], so_far: u16) -> u16 {
    let mut crc = so_far;
    let mut blocks = data.chunks_exact(8);
    for block in blocks.by_ref() {
        // The two bytes of the register meet the first two of the block; after that, each byte's share is looked up by
        // how many bytes follow it.
        let head = [block[0] ^ (crc >> 8) as u8, block[1] ^ crc as u8];
        crc = SHARES[7][usize::from(head[0])] ^ SHARES[6][usize::from(head[1])];
        for (place, byte) in block.iter().enumerate().skip(2) {
            crc ^= SHARES[7 - place][usize::from(*byte)];
        }
    }
    for byte in blocks.remainder() {
        crc = (crc << 8) ^ SHARES[0][usize::from((crc >> 8) as u8 ^ byte)];
    }
    crc
}

/// What a byte that is followed by so many zeros adds to a CRC-16.
static SHARES: [[u16; 256]; 8] = shares();

const fn shares() -> [[u16; 256]; 8] {
    let mut table = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut zeros = 0;
        while zeros < 8 {
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
                bit += 1;
            }
            table[zeros][byte] = crc;
            zeros += 1;
        }
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_whole() {
        let data: Vec<u8> = (0..1000_u32).map(|i| ((i * i) >> 3) as u8).collect();
        for cut in (0..data.len()).step_by(7) {
            let (left, right) = data.split_at(cut);
            assert_eq!(crc32(right, crc32(left, CRC_32_START)), crc32(&data, CRC_32_START));
            assert_eq!(adler32(right, adler32(left, ADLER_32_START)), adler32(&data, ADLER_32_START));
            assert_eq!(crc_hqx(right, crc_hqx(left, 0x1234)), crc_hqx(&data, 0x1234));
        }
    }

    #[test]
    fn of_nothing() {
        for start in [0, 1, 0xffff_ffff, 0x1234_5678] {
            assert_eq!(crc32(b"", start), start);
            assert_eq!(crc_hqx(b"", start as u16), start as u16);
        }
        assert_eq!(adler32(b"", ADLER_32_START), ADLER_32_START);
    }

    #[test]
    fn bit_by_bit() {
        let slow = |data: &[u8], mut crc: u16| {
            for byte in data {
                crc ^= u16::from(*byte) << 8;
                for _ in 0..8 {
                    crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
                }
            }
            crc
        };
        let data: Vec<u8> = (0..100_u32).map(|i| (i * 37 + 11) as u8).collect();
        for end in 0..data.len() {
            assert_eq!(crc_hqx(&data[..end], 0xbeef), slow(&data[..end], 0xbeef));
        }
    }
}
