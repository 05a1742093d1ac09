/// A point in time as the format's own extension type holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds of the second, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The extension's type.
    pub const KIND: i8 = -1;

    /// Reads an extension's bytes; None if they are no timestamp.
    ///
    /// ```
    /// use ferrosock_codec::msgpack::Timestamp;
    ///
    /// let moment = Timestamp { seconds: 1 << 33, nanoseconds: 5 };
    /// assert_eq!(Timestamp::from_bytes(&moment.to_bytes()), Some(moment));
    /// assert_eq!(Timestamp::from_bytes(b"123"), None);
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (seconds, nanoseconds) = match *bytes {
            [a, b, c, d] => (u32::from_be_bytes([a, b, c, d]).into(), 0),
            [a, b, c, d, e, f, g, h] => {
                let both = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
                ((both & ((1 << 34) - 1)) as i64, (both >> 34) as u32)
            }
            [a, b, c, d, ref seconds @ ..] if seconds.len() == 8 => {
                let seconds = seconds.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
                (seconds as i64, u32::from_be_bytes([a, b, c, d]))
            }
            _ => return None,
        };
        (nanoseconds < 1_000_000_000).then_some(Self { seconds, nanoseconds })
    }

    /// The extension's bytes, in the shortest of the three forms.
    pub fn to_bytes(self) -> Vec<u8> {
        match (u64::try_from(self.seconds), self.nanoseconds) {
            (Ok(seconds), 0) if seconds >> 32 == 0 => (seconds as u32).to_be_bytes().to_vec(),
            (Ok(seconds), nanoseconds) if seconds >> 34 == 0 => {
                (u64::from(nanoseconds) << 34 | seconds).to_be_bytes().to_vec()
            }
            _ => [&self.nanoseconds.to_be_bytes()[..], &self.seconds.to_be_bytes()].concat(),
        }
    }
}
