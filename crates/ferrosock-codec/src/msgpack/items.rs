use super::{DEFAULT_DEPTH, Error, Reader, Token};
use crate::framing::{DEFAULT_LIMIT, Error as FramingError, Framing, Scan};

/// The items of a stream as frames: a payload is one item, encoded.
///
/// ```
/// use ferrosock_codec::framing::Decoder;
/// use ferrosock_codec::msgpack::Items;
///
/// let mut decoder = Decoder::new(Items::new());
/// decoder.push(b"\x93\x01\x02");
/// assert_eq!(decoder.poll_frame()?, None); // the array's third item is not there
/// decoder.push(b"\x03\xc0");
/// assert_eq!(decoder.poll_frame()?, Some(&b"\x93\x01\x02\x03"[..]));
/// # Ok::<(), ferrosock_codec::framing::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Items {
    limit: usize,
    /// How many bytes of the item have been looked at.
    at: usize,
    /// How many items are left in each array and map that has begun.
    open: Vec<u64>,
}

impl Items {
    /// Items of up to 16 MiB, with arrays and maps up to 512 deep.
    pub fn new() -> Self {
        Self { limit: DEFAULT_LIMIT, at: 0, open: Vec::new() }
    }

    /// Items of up to so many bytes.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }
}

impl Default for Items {
    fn default() -> Self {
        Self::new()
    }
}

impl Framing for Items {
    fn scan(&mut self, bytes: &[u8]) -> Result<Scan, FramingError> {
        let too_long = FramingError::TooLong { limit: self.limit };
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let mut reader = Reader::new(rest);
            let (token, size) = match reader.head() {
                Ok(found) => found,
                Err(Error::Incomplete) if self.at >= self.limit.max(1) => return Err(too_long),
                Err(Error::Incomplete) => return Ok(Scan::Missing(1)),
                Err(_) => return Err(FramingError::Unframeable),
            };
            let end = self.at.checked_add(size).filter(|&end| end <= self.limit).ok_or(too_long)?;
            if end > bytes.len() {
                return Ok(Scan::Missing(end - bytes.len()));
            }
            self.at = end;
            let inside = match token {
                Token::Array(count) => count as u64,
                Token::Map(count) => count as u64 * 2,
                _ => 0,
            };
            if inside > 0 {
                if self.open.len() >= DEFAULT_DEPTH {
                    return Err(FramingError::Unframeable);
                }
                self.open.push(inside);
                continue;
            }
            while let Some(left) = self.open.last_mut() {
                *left -= 1;
                if *left > 0 {
                    break;
                }
                self.open.pop();
            }
            if self.open.is_empty() {
                self.at = 0;
                return Ok(Scan::Frame { payload: 0..end, end });
            }
        }
    }

    fn encode_into(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), FramingError> {
        if payload.len() > self.limit {
            return Err(FramingError::TooLong { limit: self.limit });
        }
        match self.fresh().scan(payload)? {
            Scan::Frame { end, .. } if end == payload.len() => out.extend_from_slice(payload),
            _ => return Err(FramingError::Unframeable),
        }
        Ok(())
    }

    fn fresh(&self) -> Self {
        Self { limit: self.limit, ..Self::default() }
    }
}
