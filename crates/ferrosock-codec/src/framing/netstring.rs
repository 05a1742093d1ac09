use super::{DEFAULT_LIMIT, Error, Framing, Scan};

/// Netstrings: a length in decimal digits, a colon, the payload, a comma.
///
/// Read strictly: no sign, no space, no leading zero.
///
/// ```
/// use ferrosock_codec::framing::{Decoder, Error, Framing, Netstrings};
///
/// assert_eq!(Netstrings::new().encode(b"hello world!")?, b"12:hello world!,");
/// let mut decoder = Decoder::new(Netstrings::new());
/// decoder.push(b"3:abc,0:,03:");
/// assert_eq!(decoder.poll_frame()?, Some(&b"abc"[..]));
/// assert_eq!(decoder.poll_frame()?, Some(&b""[..]));
/// assert_eq!(decoder.poll_frame(), Err(Error::LeadingZero));
/// # Ok::<(), Error>(())
/// ```
///
/// Source: <https://cr.yp.to/proto/netstrings.txt>
#[derive(Debug, Clone)]
pub struct Netstrings {
    limit: usize,
}

impl Netstrings {
    /// Payloads of up to 16 MiB.
    pub fn new() -> Self {
        Self { limit: DEFAULT_LIMIT }
    }

    /// Payloads of up to so many bytes.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit }
    }
}

impl Default for Netstrings {
    fn default() -> Self {
        Self::new()
    }
}

impl Framing for Netstrings {
    fn scan(&mut self, bytes: &[u8]) -> Result<Scan, Error> {
        let mut length = 0_usize;
        for (place, &byte) in bytes.iter().enumerate() {
            match byte {
                b':' if place > 0 => {
                    let start = place + 1;
                    // With the limit checked below, the sum can only overflow for a limit near the end of memory.
                    let comma = start.checked_add(length).ok_or(Error::TooLong { limit: self.limit })?;
                    return match bytes.get(comma) {
                        Some(b',') => Ok(Scan::Frame { payload: start..comma, end: comma + 1 }),
                        Some(_) => Err(Error::NoComma),
                        None => Ok(Scan::Missing((comma - bytes.len()).saturating_add(1))),
                    };
                }
                b'0'..=b'9' if place > 0 && length == 0 => return Err(Error::LeadingZero),
                b'0'..=b'9' => {
                    length = length
                        .checked_mul(10)
                        .and_then(|tens| tens.checked_add(usize::from(byte - b'0')))
                        .filter(|&length| length <= self.limit)
                        .ok_or(Error::TooLong { limit: self.limit })?;
                }
                _ => return Err(Error::NotADigit),
            }
        }
        // A digit and the colon or, once there is a digit, the colon, the payload so far announced, and the comma.
        Ok(Scan::Missing(if bytes.is_empty() { 3 } else { length.saturating_add(2) }))
    }

    fn encode_into(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        if payload.len() > self.limit {
            return Err(Error::TooLong { limit: self.limit });
        }
        out.extend_from_slice(payload.len().to_string().as_bytes());
        out.push(b':');
        out.extend_from_slice(payload);
        out.push(b',');
        Ok(())
    }
}
