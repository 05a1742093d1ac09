use std::collections::TryReserveError;

use super::{Error, Framing, Scan};

/// Takes the bytes of a stream as they come, and gives its frames.
///
/// The order of calls: [`push`](Self::push) what was received, then [`poll_frame`](Self::poll_frame) until it gives None. At the
/// stream's end, [`finish`](Self::finish) tells whether that was between two frames.
///
/// The decoder holds what was pushed and not yet given, and nothing else: the length that a frame announces reserves no
/// memory, and what is pushed after an error is not kept.
///
/// ```
/// use ferrosock_codec::framing::{Decoder, Delimited};
///
/// let mut lines = Decoder::new(Delimited::new(b"\n"));
/// for received in [&b"GET "[..], b"key\nSET", b" key 1\n"] {
///     lines.push(received);
///     while let Some(line) = lines.poll_frame()? {
///         println!("{}", line.escape_ascii());
///     }
/// }
/// lines.finish()?;
/// # Ok::<(), ferrosock_codec::framing::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decoder<F> {
    framing: F,
    pub(super) buffer: Vec<u8>,
    /// Where what is left begins in the buffer.
    start: usize,
    failed: Option<Error>,
}

impl<F: Framing> Decoder<F> {
    /// A decoder to which nothing has come.
    pub fn new(framing: F) -> Self {
        Self { framing, buffer: Vec::new(), start: 0, failed: None }
    }

    /// Takes bytes that were received.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.make_room();
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// [`push`](Self::push) that says so where there is no memory, and takes nothing then.
    ///
    /// # Errors
    /// There is no memory for so many bytes.
    pub fn try_push(&mut self, bytes: &[u8]) -> Result<(), TryReserveError> {
        if self.failed.is_none() {
            self.make_room();
            self.buffer.try_reserve(bytes.len())?;
            self.buffer.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Forgets what was given.
    fn make_room(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > self.buffer.len() / 2 {
            // What is moved is less than what was given since the last time.
            self.buffer.drain(..self.start);
            self.start = 0;
        }
    }

    /// The payload of the next frame, or None until more bytes have come.
    ///
    /// # Errors
    /// [`Error`], from then on at every call: what follows in the stream has no meaning. [`rest`](Self::rest) still has it.
    #[inline]
    pub fn poll_frame(&mut self) -> Result<Option<&[u8]>, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let left = self.buffer.get(self.start..).unwrap_or_default();
        match self.framing.scan(left) {
            Ok(Scan::Frame { payload, end }) => {
                let from = self.start;
                self.start = from + end.min(left.len());
                Ok(self.buffer.get(from + payload.start..from + payload.end))
            }
            Ok(Scan::Missing(_)) => Ok(None),
            Err(error) => {
                self.failed = Some(error);
                Err(error)
            }
        }
    }

    /// The error that [`poll_frame`](Self::poll_frame) gave, and gives from then on.
    ///
    /// ```
    /// use ferrosock_codec::framing::{Decoder, Error, Netstrings};
    ///
    /// let mut decoder = Decoder::new(Netstrings::new());
    /// decoder.push(b"x");
    /// assert_eq!((decoder.error(), decoder.poll_frame()), (None, Err(Error::NotADigit)));
    /// assert_eq!(decoder.error(), Some(Error::NotADigit));
    /// ```
    pub fn error(&self) -> Option<Error> {
        self.failed
    }

    /// How many bytes are missing at least before there can be another frame; 0 if there is one, or an error. A driver that
    /// receives no more than that never takes bytes that lie behind the frame.
    ///
    /// ```
    /// use ferrosock_codec::framing::{Decoder, LengthPrefixed, Width};
    /// use ferrosock_codec::record::ByteOrder;
    ///
    /// let mut decoder = Decoder::new(LengthPrefixed::new(Width::Four, ByteOrder::Big));
    /// assert_eq!(decoder.missing(), 4);
    /// decoder.push(&[0, 0, 0, 9]);
    /// assert_eq!(decoder.missing(), 9);
    /// ```
    pub fn missing(&mut self) -> usize {
        if self.failed.is_some() {
            return 0;
        }
        let left = self.buffer.get(self.start..).unwrap_or_default();
        match self.framing.clone().scan(left) {
            Ok(Scan::Missing(count)) => count.max(1),
            Ok(Scan::Frame { .. }) | Err(_) => 0,
        }
    }

    /// The bytes that have come and belong to no frame that was given.
    pub fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Takes what is left out of the decoder, for whoever reads on in another way: after the last line of a header, say.
    ///
    /// ```
    /// use ferrosock_codec::framing::{Decoder, Delimited};
    ///
    /// let mut decoder = Decoder::new(Delimited::new(b"\n"));
    /// decoder.push(b"DATA\n\x00\x01");
    /// decoder.poll_frame()?;
    /// assert_eq!(decoder.take_rest(), b"\x00\x01");
    /// # Ok::<(), ferrosock_codec::framing::Error>(())
    /// ```
    pub fn take_rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.buffer);
        rest.drain(..self.start.min(rest.len()));
        *self = Self::new(self.framing.fresh());
        rest
    }

    /// Whether the stream may end here.
    ///
    /// # Errors
    /// [`Error::Incomplete`] if it may not, or the error that [`poll_frame`](Self::poll_frame) gave.
    pub fn finish(&self) -> Result<(), Error> {
        match (self.failed, self.rest().len()) {
            (Some(error), _) => Err(error),
            (None, 0) => Ok(()),
            (None, buffered) => Err(Error::Incomplete { buffered }),
        }
    }
}
