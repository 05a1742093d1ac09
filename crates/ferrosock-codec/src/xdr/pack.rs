//! Writing values.

use std::collections::TryReserveError;

use super::{Error, fill};

/// Writes values one after another.
///
/// ```
/// use ferrosock_codec::xdr::Packer;
///
/// let mut packer = Packer::new();
/// packer.int(-2);
/// packer.opaque(b"abcde")?;
/// assert_eq!(packer.as_bytes(), b"\xff\xff\xff\xfe\0\0\0\x05abcde\0\0\0");
/// # Ok::<(), ferrosock_codec::xdr::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packer {
    buffer: Vec<u8>,
}

impl Packer {
    /// A packer that holds nothing yet.
    ///
    /// ```
    /// assert!(ferrosock_codec::xdr::Packer::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// A packer with room for so many bytes.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::with_capacity(64);
    /// packer.uint(7);
    /// assert_eq!(packer.len(), 4);
    /// ```
    pub fn with_capacity(bytes: usize) -> Self {
        Self { buffer: Vec::with_capacity(bytes) }
    }

    /// Makes room for so many more bytes, for callers that must not be ended by a lack of memory: the writing itself
    /// allocates as `Vec` does.
    ///
    /// # Errors
    ///
    /// There is no such memory.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// assert!(packer.try_reserve(usize::MAX).is_err());
    /// ```
    pub fn try_reserve(&mut self, bytes: usize) -> Result<(), TryReserveError> {
        self.buffer.try_reserve(bytes)
    }

    /// What was written so far.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.boolean(true);
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 1]);
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// How many bytes were written so far.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.hyper(1);
    /// assert_eq!(packer.len(), 8);
    /// ```
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether nothing was written.
    ///
    /// ```
    /// assert!(ferrosock_codec::xdr::Packer::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Takes out what was written, to be sent, and leaves the packer empty: a stream is encoded piece by piece so.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.uint(1);
    /// assert_eq!(packer.take(), [0, 0, 0, 1]);
    /// assert!(packer.is_empty());
    /// ```
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Forgets what was written and keeps its memory.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.uint(1);
    /// packer.clear();
    /// assert!(packer.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// Adds bytes that are XDR already, such as another packer's.
    ///
    /// ```
    /// use ferrosock_codec::xdr::Packer;
    ///
    /// let mut packer = Packer::new();
    /// packer.raw(&[0, 0, 0, 5]);
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 5]);
    /// ```
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// An integer (section 4.1).
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.int(-1);
    /// assert_eq!(packer.as_bytes(), [0xff; 4]);
    /// ```
    pub fn int(&mut self, value: i32) {
        self.raw(&value.to_be_bytes());
    }

    /// An unsigned integer (section 4.2).
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.uint(0x0102_0304);
    /// assert_eq!(packer.as_bytes(), [1, 2, 3, 4]);
    /// ```
    pub fn uint(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    /// A value of an enumeration (section 4.3).
    ///
    /// ```
    /// enum Color {
    ///     Red = 2,
    ///     Yellow = 3,
    /// }
    /// impl From<Color> for i32 {
    ///     fn from(color: Color) -> i32 {
    ///         color as i32
    ///     }
    /// }
    ///
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.enumeration(Color::Red);
    /// packer.enumeration(Color::Yellow);
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 2, 0, 0, 0, 3]);
    /// ```
    pub fn enumeration(&mut self, value: impl Into<i32>) {
        self.int(value.into());
    }

    /// A boolean (section 4.4).
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.boolean(false);
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 0]);
    /// ```
    pub fn boolean(&mut self, value: bool) {
        self.uint(value.into());
    }

    /// A hyper integer, of 64 bits (section 4.5).
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.hyper(-2);
    /// assert_eq!(packer.as_bytes(), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]);
    /// ```
    pub fn hyper(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    /// An unsigned hyper integer, of 64 bits (section 4.5).
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.uhyper(1 << 32);
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 1, 0, 0, 0, 0]);
    /// ```
    pub fn uhyper(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    /// A floating-point number of single precision (section 4.6).
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.float(1.0);
    /// assert_eq!(packer.as_bytes(), [0x3f, 0x80, 0, 0]);
    /// ```
    pub fn float(&mut self, value: f32) {
        self.raw(&value.to_be_bytes());
    }

    /// A floating-point number of double precision (section 4.7).
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.double(-2.0);
    /// assert_eq!(packer.as_bytes(), [0xc0, 0, 0, 0, 0, 0, 0, 0]);
    /// ```
    pub fn double(&mut self, value: f64) {
        self.raw(&value.to_be_bytes());
    }

    /// Opaque data of a length that the reader knows (section 4.9), filled up with zeros.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.fixed_opaque(b"ab");
    /// assert_eq!(packer.as_bytes(), b"ab\0\0");
    /// ```
    pub fn fixed_opaque(&mut self, data: &[u8]) {
        self.raw(data);
        self.raw(&[0; 3][..fill(data.len())]);
    }

    /// Opaque data with its length in front (section 4.10).
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] for 4 GiB and more.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.opaque(b"abc")?;
    /// assert_eq!(packer.as_bytes(), b"\0\0\0\x03abc\0");
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn opaque(&mut self, data: &[u8]) -> Result<(), Error> {
        self.length(data.len())?;
        self.fixed_opaque(data);
        Ok(())
    }

    /// A string (section 4.11). The RFC speaks of ASCII; protocols such as NFS 4 put UTF-8 there.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] for 4 GiB and more.
    ///
    /// ```
    /// let mut packer = ferrosock_codec::xdr::Packer::new();
    /// packer.string("lisp")?;
    /// assert_eq!(packer.as_bytes(), b"\0\0\0\x04lisp");
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn string(&mut self, text: &str) -> Result<(), Error> {
        self.opaque(text.as_bytes())
    }

    /// An array of a length that the reader knows (section 4.12): the items, which `pack` writes.
    ///
    /// # Errors
    ///
    /// What `pack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Packer};
    ///
    /// let mut packer = Packer::new();
    /// packer.fixed_array([1, 2], |packer, item| {
    ///     packer.uint(item);
    ///     Ok(())
    /// })?;
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 1, 0, 0, 0, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn fixed_array<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut pack: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        items.into_iter().try_for_each(|item| pack(self, item))
    }

    /// An array with its length in front (section 4.13).
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] for 2^32 items and more, and what `pack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Packer};
    ///
    /// let mut packer = Packer::new();
    /// packer.array(&["a", "b"], |packer, item| packer.string(item))?;
    /// assert_eq!(packer.as_bytes(), b"\0\0\0\x02\0\0\0\x01a\0\0\0\0\0\0\x01b\0\0\0");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn array<T>(
        &mut self,
        items: &[T],
        pack: impl FnMut(&mut Self, &T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.length(items.len())?;
        self.fixed_array(items, pack)
    }

    /// A value that may be missing (section 4.19).
    ///
    /// # Errors
    ///
    /// What `pack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Packer};
    ///
    /// let mut packer = Packer::new();
    /// packer.optional(Some(7), |packer, value| {
    ///     packer.uint(value);
    ///     Ok(())
    /// })?;
    /// packer.optional(None, |packer, value| {
    ///     packer.uint(value);
    ///     Ok(())
    /// })?;
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn optional<T>(
        &mut self,
        value: Option<T>,
        pack: impl FnOnce(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.boolean(value.is_some());
        value.map_or(Ok(()), |value| pack(self, value))
    }

    /// A linked list (section 4.19): each item behind a 1, and a 0 at the end.
    ///
    /// # Errors
    ///
    /// What `pack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Packer};
    ///
    /// let mut packer = Packer::new();
    /// packer.list([5, 6], |packer, item| {
    ///     packer.uint(item);
    ///     Ok(())
    /// })?;
    /// assert_eq!(packer.as_bytes(), [0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut pack: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for item in items {
            self.boolean(true);
            pack(self, item)?;
        }
        self.boolean(false);
        Ok(())
    }

    /// A length in front of what has it.
    fn length(&mut self, length: usize) -> Result<(), Error> {
        let Ok(value) = u32::try_from(length) else {
            return Err(Error::TooLong { length, limit: u32::MAX as usize });
        };
        self.uint(value);
        Ok(())
    }
}
