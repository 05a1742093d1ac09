//! What a byte becomes where some are escaped, in a word: at most three characters, the first one in the lowest byte, and in the
//! highest byte how many they are. A word is stored at once, whatever counts of it, and then so many places are gone on: nothing
//! depends on which case it is, which no processor can foretell.

/// How many bytes are stored.
pub(crate) const WIDTH: usize = 4;

/// A byte that stands for itself.
pub(crate) const fn left(byte: u8) -> u32 {
    u32::from_le_bytes([byte, 0, 0, 1])
}

/// A sign and the byte's two hexadecimal digits.
pub(crate) const fn escaped(sign: u8, byte: u8) -> u32 {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    u32::from_le_bytes([sign, DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize], 3])
}

/// How many characters count.
pub(crate) const fn length(word: u32) -> usize {
    (word >> 24) as usize
}
