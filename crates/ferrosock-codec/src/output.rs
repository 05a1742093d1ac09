//! Writing to memory of the caller's.

/// A place in some memory that moves as bytes are written. Memory that is too short makes it panic: callers reserve for
/// the worst case.
pub(crate) struct Cursor<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(out: &'a mut [u8]) -> Self {
        Self { out, at: 0 }
    }

    /// How many bytes were written.
    pub(crate) fn written(&self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.out[self.at] = byte;
        self.at += 1;
    }

    /// Puts the first `length` of some bytes. All are written if there is room, which is the quickest way.
    #[inline]
    pub(crate) fn put_of<const N: usize>(&mut self, bytes: [u8; N], length: usize) {
        match self.out.get_mut(self.at..).and_then(|rest| rest.first_chunk_mut()) {
            Some(place) => *place = bytes,
            None => self.out[self.at..self.at + length].copy_from_slice(&bytes[..length]),
        }
        self.at += length;
    }

    /// Puts the first `length` bytes of some, where that is mostly a short piece.
    #[inline]
    pub(crate) fn put_start(&mut self, bytes: &[u8], length: usize) {
        match bytes.first_chunk::<16>() {
            Some(start) if length <= start.len() => self.put_of(*start, length),
            _ => self.put(&bytes[..length]),
        }
    }

    /// The memory that comes next, if there is so much. What is written there counts once the cursor is
    /// [advanced](Self::advance).
    #[inline]
    pub(crate) fn ahead<const N: usize>(&mut self) -> Option<&mut [u8; N]> {
        self.out.get_mut(self.at..)?.first_chunk_mut()
    }

    /// Counts so many bytes that were written [ahead](Self::ahead).
    #[inline]
    pub(crate) fn advance(&mut self, length: usize) {
        self.at += length;
    }

    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

/// Appends the first `length` of some bytes. All are written and then cut, which is quicker than a call that copies some.
#[inline]
pub(crate) fn push_of<const N: usize>(out: &mut Vec<u8>, bytes: &[u8; N], length: usize) {
    let end = out.len() + length;
    out.extend_from_slice(bytes);
    out.truncate(end);
}

/// Whole arrays from the beginning of `data`, and the bytes after them.
#[inline]
pub(crate) fn arrays<const N: usize>(data: &[u8]) -> (impl ExactSizeIterator<Item = [u8; N]>, &[u8]) {
    let chunks = data.chunks_exact(N);
    let rest = chunks.remainder();
    // Each chunk is of that length.
    (chunks.map(|chunk| chunk.try_into().unwrap_or([0; N])), rest)
}

/// Adds to `out` what `write` writes to its memory, of which it gets `most` bytes and says how many it used.
pub(crate) fn append<R>(out: &mut Vec<u8>, most: usize, write: impl FnOnce(&mut [u8]) -> (usize, R)) -> R {
    let start = out.len();
    out.resize(start + most, 0);
    let (written, result) = write(&mut out[start..]);
    out.truncate(start + written);
    result
}
