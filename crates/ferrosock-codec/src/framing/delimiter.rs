use memchr::memmem;

use super::{DEFAULT_LIMIT, Error, Framing, Scan};

/// Frames that end with a delimiter, such as lines.
///
/// ```
/// use ferrosock_codec::framing::{Decoder, Delimited};
///
/// let mut decoder = Decoder::new(Delimited::new(b"\r\n").limit(512));
/// decoder.push(b"USER anna\r\nPASS ");
/// assert_eq!(decoder.poll_frame()?, Some(&b"USER anna"[..]));
/// assert_eq!(decoder.poll_frame()?, None);
/// assert_eq!(decoder.rest(), b"PASS ");
/// # Ok::<(), ferrosock_codec::framing::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Delimited {
    delimiter: Vec<u8>,
    limit: usize,
    keep: bool,
    /// How many of the bytes that are left have been seen not to begin a delimiter.
    searched: usize,
}

impl Delimited {
    /// Frames of up to 16 MiB that end with these bytes, which are no part of the payload.
    ///
    /// # Panics
    /// If there are no bytes.
    pub fn new(delimiter: &[u8]) -> Self {
        assert!(!delimiter.is_empty(), "a delimiter has a byte at least");
        Self { delimiter: delimiter.to_vec(), limit: DEFAULT_LIMIT, keep: false, searched: 0 }
    }

    /// Payloads of up to so many bytes, the delimiter not counted.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Gives each frame with its delimiter, as Python's `readline` does; what is encoded gets none then if it ends with one.
    #[must_use]
    pub fn keep(self, keep: bool) -> Self {
        Self { keep, ..self }
    }

    /// How many of the last bytes are the beginning of a delimiter.
    fn begun(&self, bytes: &[u8]) -> usize {
        let most = bytes.len().min(self.delimiter.len() - 1);
        (1..=most).rev().find(|&size| bytes.ends_with(&self.delimiter[..size])).unwrap_or(0)
    }
}

impl Framing for Delimited {
    fn scan(&mut self, bytes: &[u8]) -> Result<Scan, Error> {
        let too_long = Error::TooLong { limit: self.limit };
        let unseen = bytes.get(self.searched..).unwrap_or_default();
        let Some(place) = find(unseen, &self.delimiter) else {
            let begun = self.begun(bytes);
            self.searched = bytes.len() - begun;
            // What may still become the delimiter does not count.
            return if self.searched > self.limit {
                Err(too_long)
            } else {
                Ok(Scan::Missing(self.delimiter.len() - begun))
            };
        };
        let length = self.searched + place;
        if length > self.limit {
            return Err(too_long);
        }
        self.searched = 0;
        let end = length + self.delimiter.len();
        Ok(Scan::Frame { payload: 0..if self.keep { end } else { length }, end })
    }

    fn encode_into(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let payload = match payload.strip_suffix(&self.delimiter[..]) {
            Some(bare) if self.keep => bare,
            _ => payload,
        };
        if payload.len() > self.limit {
            return Err(Error::TooLong { limit: self.limit });
        }
        let start = out.len();
        out.extend_from_slice(payload);
        out.extend_from_slice(&self.delimiter);
        // It must be the first: a payload's last bytes and the delimiter's first can be one, too.
        if memmem::find(&out[start..], &self.delimiter) != Some(payload.len()) {
            out.truncate(start);
            return Err(Error::Unframeable);
        }
        Ok(())
    }

    fn fresh(&self) -> Self {
        Self { searched: 0, ..self.clone() }
    }
}

/// Where a delimiter first lies in some bytes.
#[inline]
fn find(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    match *delimiter {
        [byte] => memchr::memchr(byte, bytes),
        // To look for the last byte costs less than to prepare a search for all, which the next frame would do again.
        [.., last] if delimiter.len() <= 4 => memchr::memchr_iter(last, bytes)
            .map(|place| place + 1)
            .find(|&end| bytes[..end].ends_with(delimiter))
            .map(|end| end - delimiter.len()),
        _ => memmem::find(bytes, delimiter),
    }
}
