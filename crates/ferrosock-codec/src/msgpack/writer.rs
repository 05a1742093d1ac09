use std::collections::TryReserveError;

use rmp::encode;

use super::Error;

/// Writes tokens, each in its shortest form.
///
/// ```
/// use ferrosock_codec::msgpack::Writer;
///
/// let mut writer = Writer::new();
/// writer.map(1)?;
/// writer.str(b"id")?;
/// writer.int(300);
/// assert_eq!(writer.into_bytes(), b"\x81\xa2id\xcd\x01\x2c");
/// # Ok::<(), ferrosock_codec::msgpack::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

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

    /// Nothing.
    pub fn nil(&mut self) {
        self.bytes.push(0xc0);
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.uint(value),
            Err(_) => written(encode::write_sint(&mut self.bytes, value)),
        }
    }

    /// An integer without a sign.
    #[inline]
    pub fn uint(&mut self, value: u64) {
        written(encode::write_uint(&mut self.bytes, value));
    }

    /// A number in single precision.
    pub fn f32(&mut self, value: f32) {
        written(encode::write_f32(&mut self.bytes, value));
    }

    /// A number in double precision.
    pub fn f64(&mut self, value: f64) {
        written(encode::write_f64(&mut self.bytes, value));
    }

    /// Text, which should be UTF-8.
    ///
    /// # Errors
    /// [`Error::TooLong`], as in all that follow.
    #[inline]
    pub fn str(&mut self, value: &[u8]) -> Result<(), Error> {
        written(encode::write_str_len(&mut self.bytes, length(value.len())?));
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// Text in the form of old peers, which know no bytes and no lengths of one byte.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn old_raw(&mut self, value: &[u8]) -> Result<(), Error> {
        match length(value.len())? {
            short @ ..32 => self.bytes.push(0xa0 | short as u8),
            middle @ ..0x1_0000 => {
                self.bytes.push(0xda);
                self.bytes.extend((middle as u16).to_be_bytes());
            }
            long => {
                self.bytes.push(0xdb);
                self.bytes.extend(long.to_be_bytes());
            }
        }
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn bin(&mut self, value: &[u8]) -> Result<(), Error> {
        written(encode::write_bin_len(&mut self.bytes, length(value.len())?));
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// The head of an array, whose items follow.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn array(&mut self, count: usize) -> Result<(), Error> {
        written(encode::write_array_len(&mut self.bytes, length(count)?));
        Ok(())
    }

    /// The head of a map, whose keys and values follow.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn map(&mut self, count: usize) -> Result<(), Error> {
        written(encode::write_map_len(&mut self.bytes, length(count)?));
        Ok(())
    }

    /// A type of the application's own (0 and up), or of the format's.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn ext(&mut self, kind: i8, value: &[u8]) -> Result<(), Error> {
        written(encode::write_ext_meta(&mut self.bytes, length(value.len())?, kind));
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// An item that is encoded already.
    pub fn encoded(&mut self, item: &[u8]) {
        self.bytes.extend_from_slice(item);
    }
}

fn length(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::TooLong)
}

/// Writing to a vector cannot fail.
fn written<T, E>(result: Result<T, E>) {
    debug_assert!(result.is_ok());
}
