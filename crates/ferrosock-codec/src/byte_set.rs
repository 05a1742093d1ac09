//! Sets of bytes: the characters that a decoder is told to skip.

/// A set of bytes, which answers for any of them in one look.
///
/// ```
/// use ferrosock_codec::byte_set::ByteSet;
///
/// let blank = ByteSet::of(b" \n");
/// assert!(blank.contains(b'\n') && !blank.contains(b'x'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSet([bool; 256]);

impl ByteSet {
    /// The set that has no bytes.
    pub const EMPTY: Self = Self([false; 256]);

    /// The bytes of `bytes`, each of which may come more than once.
    #[must_use]
    pub const fn of(bytes: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut at = 0;
        while at < bytes.len() {
            set[bytes[at] as usize] = true;
            at += 1;
        }
        Self(set)
    }

    /// Whether the byte is one of them.
    #[must_use]
    #[inline]
    pub const fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}

impl Default for ByteSet {
    fn default() -> Self {
        Self::EMPTY
    }
}
