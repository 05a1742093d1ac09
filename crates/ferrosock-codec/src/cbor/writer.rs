use std::collections::TryReserveError;

use super::Error;

/// Writes tokens, each in its shortest form.
///
/// ```
/// use ferrosock_codec::cbor::Writer;
///
/// let mut writer = Writer::new();
/// writer.map(1);
/// writer.text("t");
/// writer.float(1.5);
/// assert_eq!(writer.into_bytes(), b"\xa1\x61t\xf9\x3e\x00");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

// The major types (section 3.1).
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

impl Writer {
    /// A writer that has written nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Makes room for so many bytes more, or says that there is no memory for them.
    ///
    /// # Errors
    /// There is none.
    pub fn try_reserve(&mut self, size: usize) -> Result<(), TryReserveError> {
        self.bytes.try_reserve(size)
    }

    /// What was written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        match value {
            0..24 => self.bytes.push(major | value as u8),
            24..0x100 => self.bytes.extend([major | 24, value as u8]),
            0x100..0x1_0000 => {
                self.bytes.push(major | 25);
                self.bytes.extend((value as u16).to_be_bytes());
            }
            0x1_0000..0x1_0000_0000 => {
                self.bytes.push(major | 26);
                self.bytes.extend((value as u32).to_be_bytes());
            }
            _ => {
                self.bytes.push(major | 27);
                self.bytes.extend(value.to_be_bytes());
            }
        }
    }

    /// An integer without a sign.
    #[inline]
    pub fn uint(&mut self, value: u64) {
        self.head(UNSIGNED, value);
    }

    /// The integer -1 - `value`.
    #[inline]
    pub fn negative(&mut self, value: u64) {
        self.head(NEGATIVE, value);
    }

    /// An integer.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for one that needs a tag.
    #[inline]
    pub fn int(&mut self, value: i128) -> Result<(), Error> {
        if let Ok(value) = u64::try_from(value) {
            self.uint(value);
        } else {
            self.negative(u64::try_from(-1 - value).map_err(|_| Error::OutOfRange)?);
        }
        Ok(())
    }

    /// A number, in the shortest precision that loses nothing.
    pub fn float(&mut self, value: f64) {
        let single = value as f32;
        if value.is_nan() {
            self.bytes.extend([0xf9, 0x7e, 0x00]);
        } else if f64::from(single) != value {
            self.double(value);
        } else if let Some(half) = crate::record::half_exactly(value) {
            self.bytes.push(0xf9);
            self.bytes.extend(half.to_be_bytes());
        } else {
            self.bytes.push(0xfa);
            self.bytes.extend(single.to_be_bytes());
        }
    }

    /// A number in double precision, whatever it is.
    #[inline]
    pub fn double(&mut self, value: f64) {
        self.bytes.push(0xfb);
        self.bytes.extend(value.to_be_bytes());
    }

    /// Bytes.
    pub fn bytes(&mut self, value: &[u8]) {
        self.head(BYTES, value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    /// Text.
    #[inline]
    pub fn text(&mut self, value: &str) {
        self.head(TEXT, value.len() as u64);
        self.bytes.extend_from_slice(value.as_bytes());
    }

    /// The head of an array, whose items follow.
    pub fn array(&mut self, count: usize) {
        self.head(ARRAY, count as u64);
    }

    /// The head of a map, whose keys and values follow.
    pub fn map(&mut self, count: usize) {
        self.head(MAP, count as u64);
    }

    /// What the next item means.
    pub fn tag(&mut self, tag: u64) {
        self.head(TAG, tag);
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xf5 } else { 0xf4 });
    }

    /// Nothing.
    pub fn null(&mut self) {
        self.bytes.push(0xf6);
    }

    /// Not even nothing.
    pub fn undefined(&mut self) {
        self.bytes.push(0xf7);
    }

    /// A value that others define.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for 24 to 31, which there are not.
    pub fn simple(&mut self, value: u8) -> Result<(), Error> {
        match value {
            0..=23 => self.bytes.push(0xe0 | value),
            24..=31 => return Err(Error::OutOfRange),
            _ => self.bytes.extend([0xf8, value]),
        }
        Ok(())
    }

    /// An item that is encoded already.
    pub fn encoded(&mut self, item: &[u8]) {
        self.bytes.extend_from_slice(item);
    }
}
