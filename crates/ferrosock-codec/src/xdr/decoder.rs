//! Reading values out of a stream.

use super::{Error, Unpacker};

/// Reads values out of chunks, wherever the stream has been cut.
///
/// It keeps what has come until a value is there whole. How much that may be, the caller says: a peer cannot make it wait
/// for more than `limit` bytes of one value.
///
/// ```
/// use ferrosock_codec::xdr::{Decoder, Error, Packer};
///
/// let mut packer = Packer::new();
/// for word in ["what", "is", "happening"] {
///     packer.string(word)?;
/// }
/// let mut decoder = Decoder::new(1024);
/// let mut words = Vec::new();
/// for chunk in packer.as_bytes().chunks(5) {
///     decoder.feed(chunk);
///     while let Some(word) = decoder.decode(|unpacker| unpacker.string(80).map(str::to_owned))? {
///         words.push(word);
///     }
/// }
/// decoder.finish()?;
/// assert_eq!(words, ["what", "is", "happening"]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Where the next value begins in the buffer.
    begin: usize,
    /// How many bytes of it must be there before another try is worth it.
    needed: usize,
    limit: usize,
}

impl Decoder {
    /// A decoder of values of at most `limit` bytes each, with lengths and fill.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Decoder, Error};
    ///
    /// let mut decoder = Decoder::new(16);
    /// decoder.feed(&[0, 0, 0, 13]);
    /// let claimed = decoder.decode(|unpacker| unpacker.opaque(1 << 20).map(<[u8]>::to_vec));
    /// assert_eq!(claimed, Err(Error::TooLong { length: 20, limit: 16 }));
    /// ```
    pub fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), begin: 0, needed: 0, limit }
    }

    /// Takes in a chunk of the stream.
    ///
    /// ```
    /// let mut decoder = ferrosock_codec::xdr::Decoder::new(4);
    /// decoder.feed(&[0, 0]);
    /// assert_eq!(decoder.pending(), 2);
    /// ```
    pub fn feed(&mut self, chunk: &[u8]) {
        if self.begin >= self.buffer.len() / 2 {
            self.buffer.drain(..self.begin);
            self.begin = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// How many bytes have come that no value has taken.
    ///
    /// ```
    /// assert_eq!(ferrosock_codec::xdr::Decoder::new(4).pending(), 0);
    /// ```
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.begin
    }

    /// The next value, which `read` reads; `None` if it is not there whole.
    ///
    /// `read` may be asked again for the same value when more has come, and then sees it from its beginning. It is not
    /// asked before what it lacked last time is there. For values of very many items it is better to read item by item.
    ///
    /// # Errors
    ///
    /// What `read` fails with, but for [`Error::End`]; [`Error::TooLong`] if the value goes beyond the decoder's limit. The
    /// stream stays where the value begins: there is no way on.
    ///
    /// ```
    /// use ferrosock_codec::xdr::Decoder;
    ///
    /// let mut decoder = Decoder::new(8);
    /// decoder.feed(&[0, 0, 0, 1, 0]);
    /// assert_eq!(decoder.decode(|unpacker| unpacker.uint())?, Some(1));
    /// assert_eq!(decoder.decode(|unpacker| unpacker.uint())?, None);
    /// decoder.feed(&[0, 0, 2]);
    /// assert_eq!(decoder.decode(|unpacker| unpacker.uint())?, Some(2));
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn decode<T>(
        &mut self,
        read: impl FnOnce(&mut Unpacker<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let pending = self.buffer.get(self.begin..).unwrap_or_default();
        if pending.len() < self.needed {
            return Ok(None);
        }
        let mut unpacker = Unpacker::new(pending);
        match read(&mut unpacker) {
            Ok(value) => {
                let taken = unpacker.position();
                self.needed = 0;
                self.within(taken)?;
                self.begin += taken;
                Ok(Some(value))
            }
            Err(Error::End { missing }) => {
                let needed = pending.len().saturating_add(missing.max(1));
                self.within(needed)?;
                self.needed = needed;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes sure that the stream has ended between two values.
    ///
    /// # Errors
    ///
    /// [`Error::Trailing`] if a part of a value, or another value, is left.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Decoder, Error};
    ///
    /// let mut decoder = Decoder::new(8);
    /// decoder.feed(&[0, 0]);
    /// assert_eq!(decoder.finish(), Err(Error::Trailing { left: 2 }));
    /// ```
    pub fn finish(&self) -> Result<(), Error> {
        match self.pending() {
            0 => Ok(()),
            left => Err(Error::Trailing { left }),
        }
    }

    /// Refuses a value that is so long.
    fn within(&self, length: usize) -> Result<(), Error> {
        if length > self.limit { Err(Error::TooLong { length, limit: self.limit }) } else { Ok(()) }
    }
}
