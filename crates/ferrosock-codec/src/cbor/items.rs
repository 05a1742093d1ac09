use super::DEFAULT_DEPTH;
use crate::framing::{DEFAULT_LIMIT, Error as FramingError, Framing, Scan};

/// The items of a stream as frames (RFC 8742): a payload is one item, encoded.
///
/// ```
/// use ferrosock_codec::cbor::Items;
/// use ferrosock_codec::framing::Decoder;
///
/// let mut decoder = Decoder::new(Items::new());
/// decoder.push(b"\x9f\x01");
/// assert_eq!(decoder.poll_frame()?, None); // the array is open
/// decoder.push(b"\xff\xf6");
/// assert_eq!(decoder.poll_frame()?, Some(&b"\x9f\x01\xff"[..]));
/// # Ok::<(), ferrosock_codec::framing::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Items {
    limit: usize,
    /// How many bytes of the item have been looked at.
    at: usize,
    /// What has begun.
    open: Vec<Open>,
}

/// Something that has begun, and what it still wants.
#[derive(Debug, Clone, Copy)]
enum Open {
    /// So many items.
    Counted(u64),
    /// Items up to a break; of a map an even number.
    Items { pairs: bool, odd: bool },
    /// Chunks of this major type up to a break.
    Chunks(u8),
}

/// The head of an item (section 3).
enum Head {
    /// All of the item.
    Whole,
    /// Text or bytes, whole.
    Chunk(u8),
    Begin(Open),
    Break,
}

impl Items {
    /// Items of up to 16 MiB, with arrays, maps and tags up to 512 deep.
    pub fn new() -> Self {
        Self { limit: DEFAULT_LIMIT, at: 0, open: Vec::new() }
    }

    /// Items of up to so many bytes.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Counts an item that is whole in what holds it; whether the outermost is whole by that.
    fn close(&mut self) -> bool {
        while let Some(open) = self.open.last_mut() {
            match open {
                Open::Counted(left) => {
                    *left -= 1;
                    if *left > 0 {
                        return false;
                    }
                    self.open.pop();
                }
                Open::Items { odd, .. } => {
                    *odd = !*odd;
                    return false;
                }
                Open::Chunks(_) => return false,
            }
        }
        true
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
            let Some((head, size)) = head(rest)? else {
                return if self.at >= self.limit.max(1) { Err(too_long) } else { Ok(Scan::Missing(1)) };
            };
            let end = self.at.checked_add(size).filter(|&end| end <= self.limit).ok_or(too_long)?;
            if end > bytes.len() {
                return Ok(Scan::Missing(end - bytes.len()));
            }
            self.at = end;
            let chunks = match self.open.last() {
                Some(Open::Chunks(major)) => Some(*major),
                _ => None,
            };
            match (head, chunks) {
                (Head::Chunk(major), Some(wanted)) if major == wanted => continue,
                (Head::Break, _) => match self.open.pop() {
                    Some(
                        Open::Chunks(_) | Open::Items { pairs: false, .. } | Open::Items { odd: false, .. },
                    ) => {}
                    _ => return Err(FramingError::Unframeable),
                },
                (_, Some(_)) => return Err(FramingError::Unframeable),
                (Head::Begin(open), None) => {
                    if self.open.len() >= DEFAULT_DEPTH {
                        return Err(FramingError::Unframeable);
                    }
                    self.open.push(open);
                    continue;
                }
                (Head::Whole | Head::Chunk(_), None) => {}
            }
            if self.close() {
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

/// The head at the beginning, with the size of it and of its text or bytes; None if it is not there whole.
fn head(bytes: &[u8]) -> Result<Option<(Head, usize)>, FramingError> {
    let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
    let (major, short) = (first >> 5, first & 0x1f);
    let width = match short {
        0..24 => 0,
        24..28 => 1 << (short - 24),
        31 => {
            let open = match major {
                2 | 3 => Open::Chunks(major),
                4 => Open::Items { pairs: false, odd: false },
                5 => Open::Items { pairs: true, odd: false },
                7 => return Ok(Some((Head::Break, 1))),
                _ => return Err(FramingError::Unframeable),
            };
            return Ok(Some((Head::Begin(open), 1)));
        }
        _ => return Err(FramingError::Unframeable),
    };
    let Some(field) = rest.get(..width) else { return Ok(None) };
    let value = match width {
        0 => u64::from(short),
        _ => field.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)),
    };
    let size = 1 + width;
    Ok(Some(match major {
        2 | 3 => {
            let length = usize::try_from(value).unwrap_or(usize::MAX);
            (Head::Chunk(major), size.saturating_add(length))
        }
        4 | 5 => {
            let count = value.saturating_mul(if major == 5 { 2 } else { 1 });
            if count == 0 { (Head::Whole, size) } else { (Head::Begin(Open::Counted(count)), size) }
        }
        6 => (Head::Begin(Open::Counted(1)), size),
        7 if short == 24 && value < 32 => return Err(FramingError::Unframeable),
        _ => (Head::Whole, size),
    }))
}
