use super::{DEFAULT_LIMIT, Error, Framing, Scan};
use crate::record::ByteOrder;

/// How the length before a payload is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Width {
    /// One byte.
    One,
    /// Two bytes.
    Two,
    /// Four bytes.
    Four,
    /// Eight bytes.
    Eight,
    /// Seven bits a byte, the least significant first; the highest bit says that more follow. Only the shortest form is read,
    /// so that a length has one form. (Protocol Buffers' base-128 varint, LEB128.)
    Varint,
}

impl Width {
    /// The bytes of a length of fixed size.
    fn size(self) -> Option<usize> {
        match self {
            Self::One => Some(1),
            Self::Two => Some(2),
            Self::Four => Some(4),
            Self::Eight => Some(8),
            Self::Varint => None,
        }
    }
}

/// Frames that begin with the length of their payload.
///
/// ```
/// use ferrosock_codec::framing::{Decoder, Framing, LengthPrefixed, Width};
/// use ferrosock_codec::record::ByteOrder;
///
/// let framing = LengthPrefixed::new(Width::Two, ByteOrder::Big).limit(1024);
/// let sent = framing.encode(b"hello")?;
/// assert_eq!(sent, b"\0\x05hello");
///
/// let mut decoder = Decoder::new(framing);
/// decoder.push(&sent[..4]); // as bytes come from a socket
/// assert_eq!(decoder.poll_frame()?, None);
/// decoder.push(&sent[4..]);
/// assert_eq!(decoder.poll_frame()?, Some(&b"hello"[..]));
/// # Ok::<(), ferrosock_codec::framing::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LengthPrefixed {
    width: Width,
    order: ByteOrder,
    limit: usize,
}

impl LengthPrefixed {
    /// Lengths of this width and byte order (a varint has one order only), and payloads of up to 16 MiB.
    pub fn new(width: Width, order: ByteOrder) -> Self {
        Self { width, order, limit: DEFAULT_LIMIT }
    }

    /// Payloads of up to so many bytes.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The length and the bytes that it takes; or how many bytes are missing at least.
    fn read(&self, bytes: &[u8]) -> Result<Result<(u64, usize), usize>, Error> {
        let Some(size) = self.width.size() else { return varint(bytes) };
        let Some(field) = bytes.get(..size) else { return Ok(Err(size - bytes.len())) };
        let value = |length, byte: &u8| length << 8 | u64::from(*byte);
        let length = match self.order {
            ByteOrder::Big => field.iter().fold(0, value),
            ByteOrder::Little => field.iter().rev().fold(0, value),
        };
        Ok(Ok((length, size)))
    }
}

impl Framing for LengthPrefixed {
    fn scan(&mut self, bytes: &[u8]) -> Result<Scan, Error> {
        let (length, start) = match self.read(bytes)? {
            Ok(found) => found,
            Err(missing) => return Ok(Scan::Missing(missing)),
        };
        let too_long = Error::TooLong { limit: self.limit };
        let length = usize::try_from(length).ok().filter(|&length| length <= self.limit).ok_or(too_long)?;
        let end = start.checked_add(length).ok_or(too_long)?;
        Ok(match end.checked_sub(bytes.len()) {
            None | Some(0) => Scan::Frame { payload: start..end, end },
            Some(missing) => Scan::Missing(missing),
        })
    }

    fn encode_into(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        if payload.len() > self.limit {
            return Err(Error::TooLong { limit: self.limit });
        }
        let mut length = payload.len() as u64;
        match self.width.size() {
            Some(size) => {
                let little = length.to_le_bytes();
                if little[size..].iter().any(|&byte| byte != 0) {
                    return Err(Error::Unframeable);
                }
                match self.order {
                    ByteOrder::Little => out.extend_from_slice(&little[..size]),
                    ByteOrder::Big => out.extend(little[..size].iter().rev()),
                }
            }
            None => {
                while length >= 0x80 {
                    out.push(length as u8 | 0x80);
                    length >>= 7;
                }
                out.push(length as u8);
            }
        }
        out.extend_from_slice(payload);
        Ok(())
    }
}

/// A varint at the beginning: its value and size, or that a byte is missing.
fn varint(bytes: &[u8]) -> Result<Result<(u64, usize), usize>, Error> {
    let mut value = 0_u64;
    for (place, &byte) in bytes.iter().enumerate() {
        let bits = u64::from(byte & 0x7f);
        if place == 9 && byte > 1 {
            return Err(Error::BadVarint);
        }
        value |= bits << (7 * place);
        if byte & 0x80 == 0 {
            let shortest = byte != 0 || place == 0;
            return if shortest { Ok(Ok((value, place + 1))) } else { Err(Error::BadVarint) };
        }
    }
    Ok(Err(1))
}
