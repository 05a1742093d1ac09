//! Binary records in the formats of Python's `struct`: numbers, strings and gaps at fixed places.
//!
//! A format is a string such as `<IHQd`: an optional sign for byte order, size and alignment, then codes with an optional
//! repeat count before each.
//!
//! | sign | byte order | sizes | alignment |
//! |---|---|---|---|
//! | `@` or none | this machine's | the C compiler's | the C compiler's |
//! | `=` | this machine's | standard | none |
//! | `<` | little-endian | standard | none |
//! | `>` or `!` | big-endian, the network's | standard | none |
//!
//! | code | value | standard size |
//! |---|---|---|
//! | `x` | none: a byte that is skipped | 1 |
//! | `c` | one byte | 1 |
//! | `b` `B`, `h` `H`, `i` `I`, `l` `L`, `q` `Q` | integers, signed and unsigned | 1, 2, 4, 4, 8 |
//! | `n` `N`, `P` | `isize` and `usize`, an address; native only | |
//! | `?` | a truth value | 1 |
//! | `e`, `f`, `d` | IEEE 754 numbers | 2, 4, 8 |
//! | `F` or `Zf`, `D` or `Zd` | complex numbers, the real part first | 8, 16 |
//! | `s` | bytes; the count is their length | 1 |
//! | `p` | a byte that counts, then bytes; the count is the length of all | 1 |
//!
//! [`Format::parse`] lays a format out once; packing and unpacking then only walk its [`Field`]s. A [`Value`] is the simple way
//! to hand values over; [`Source`] and [`Sink`] are the way without a copy.
//!
//! ```
//! use ferrosock_codec::record::{Format, Value};
//!
//! let header = Format::parse("!BBH4s")?;
//! let packed = header.pack(&[1.into(), 2.into(), 0x0304.into(), b"ping".into()])?;
//! assert_eq!(packed, b"\x01\x02\x03\x04ping");
//! assert_eq!(header.unpack(&packed)?[2], Value::Int(0x0304));
//! # Ok::<(), ferrosock_codec::record::Error>(())
//! ```
//!
//! Source: <https://docs.python.org/3/library/struct.html#format-strings>

mod error;
mod field;
mod half;
mod parse;
mod transfer;
mod value;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use field::{ByteOrder, Field, Kind};
pub use transfer::{Sink, Source};
pub use value::Value;

/// A number's bits in half precision, if that loses nothing.
pub(crate) fn half_exactly(number: f64) -> Option<u16> {
    half::encode(number).filter(|&bits| half::decode(bits) == number)
}

/// A format, laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    fields: Box<[Field]>,
    size: usize,
    count: usize,
}

/// The codes of complex numbers that a format may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ComplexCodes {
    /// None: Python's `struct` before 3.14.
    Refused,
    /// `F` and `D`: Python 3.14.
    Letters,
    /// `Zf` and `Zd`, too, which are the same: Python 3.15.
    Pairs,
}

/// The size in bytes of a record of this format (`struct.calcsize`).
///
/// ```
/// assert_eq!(ferrosock_codec::record::size_of("<IHQd")?, 22);
/// # Ok::<(), ferrosock_codec::record::Error>(())
/// ```
///
/// # Errors
/// As [`Format::parse`].
pub fn size_of(format: &str) -> Result<usize, Error> {
    Format::parse(format).map(|format| format.size())
}

impl Format {
    /// Reads a format.
    ///
    /// ```
    /// use ferrosock_codec::record::{Error, Format};
    ///
    /// let format = Format::parse("<2H x 4s")?;
    /// assert_eq!((format.size(), format.count()), (9, 3));
    /// assert_eq!(Format::parse("<n"), Err(Error::BadCode));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BadCode`], [`Error::EmbeddedNul`], [`Error::CountWithoutCode`], [`Error::TooLong`].
    pub fn parse(format: &str) -> Result<Self, Error> {
        parse::parse(format.as_bytes(), ComplexCodes::Pairs)
    }

    /// [`Format::parse`] of bytes.
    ///
    /// ```
    /// use ferrosock_codec::record::Format;
    ///
    /// assert_eq!(Format::parse_bytes(b">d")?, Format::parse("!d")?);
    /// # Ok::<(), ferrosock_codec::record::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Format::parse`].
    pub fn parse_bytes(format: &[u8]) -> Result<Self, Error> {
        parse::parse(format, ComplexCodes::Pairs)
    }

    /// [`Format::parse_bytes`] with fewer codes of complex numbers, as Python's `struct` had before it learned them.
    ///
    /// ```
    /// use ferrosock_codec::record::{ComplexCodes, Error, Format};
    ///
    /// assert_eq!(Format::parse_with(b"Zf", ComplexCodes::Pairs), Format::parse("F"));
    /// assert_eq!(Format::parse_with(b"Zf", ComplexCodes::Letters), Err(Error::BadCode));
    /// assert_eq!(Format::parse_with(b"F", ComplexCodes::Refused), Err(Error::BadCode));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Format::parse`].
    pub fn parse_with(format: &[u8], complex: ComplexCodes) -> Result<Self, Error> {
        parse::parse(format, complex)
    }

    /// The size of a record in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many values a record has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The fields, in order.
    ///
    /// ```
    /// use ferrosock_codec::record::{Format, Kind};
    ///
    /// let format = Format::parse(">I3H")?;
    /// let last = format.fields().last().unwrap();
    /// assert_eq!((last.kind(), last.offset(), last.repeat()), (Kind::Unsigned, 4, 3));
    /// # Ok::<(), ferrosock_codec::record::Error>(())
    /// ```
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Packs values into new bytes.
    ///
    /// ```
    /// use ferrosock_codec::record::{Error, Format};
    ///
    /// let format = Format::parse(">hd")?;
    /// assert_eq!(format.pack(&[(-2).into(), 1.5.into()])?, b"\xff\xfe\x3f\xf8\0\0\0\0\0\0");
    /// assert!(matches!(format.pack(&[40_000.into(), 1.5.into()]), Err(Error::OutOfRange { code: 'h', .. })));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ValueCount`], [`Error::WrongType`], [`Error::OutOfRange`], [`Error::FloatTooLarge`]; [`Error::TooLong`] where
    /// there is no memory for a record of that size.
    pub fn pack(&self, values: &[Value]) -> Result<Vec<u8>, Error> {
        self.check_count(values)?;
        let mut record = Vec::new();
        record.try_reserve_exact(self.size).map_err(|_| Error::TooLong)?;
        record.resize(self.size, 0);
        transfer::pack(self, &mut record, &mut value::Values::new(values))?;
        Ok(record)
    }

    /// Packs values into a buffer at an offset.
    ///
    /// ```
    /// use ferrosock_codec::record::Format;
    ///
    /// let mut buffer = [0xff; 4];
    /// Format::parse("<H")?.pack_into(&mut buffer, 1, &[258.into()])?;
    /// assert_eq!(buffer, [0xff, 2, 1, 0xff]);
    /// # Ok::<(), ferrosock_codec::record::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Format::pack`], and [`Error::NoRoom`]. Where a value is refused, those before it have been written.
    pub fn pack_into(&self, buffer: &mut [u8], offset: usize, values: &[Value]) -> Result<(), Error> {
        self.check_count(values)?;
        let room = Error::NoRoom { size: self.size, offset, buffer: buffer.len() };
        let space = buffer.get_mut(offset..).and_then(|rest| rest.get_mut(..self.size)).ok_or(room)?;
        space.fill(0);
        transfer::pack(self, space, &mut value::Values::new(values))
    }

    /// Unpacks a record, which must have exactly the format's size.
    ///
    /// ```
    /// use ferrosock_codec::record::{Format, Value};
    ///
    /// let format = Format::parse(">H?3p")?;
    /// let values = format.unpack(b"\x01\x02\x01\x01ab")?;
    /// assert_eq!(values, [258.into(), true.into(), b"a".into()]);
    /// # Ok::<(), ferrosock_codec::record::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Size`].
    pub fn unpack(&self, record: &[u8]) -> Result<Vec<Value>, Error> {
        if record.len() != self.size {
            return Err(Error::Size { expected: self.size, given: record.len(), several: false });
        }
        // No more than a value a byte, but for fields of no bytes, of which there is one a code.
        let mut values = Vec::with_capacity(self.count);
        transfer::unpack(self, record, &mut values)?;
        Ok(values)
    }

    /// Unpacks the record that begins at an offset of a buffer.
    ///
    /// ```
    /// use ferrosock_codec::record::Format;
    ///
    /// assert_eq!(Format::parse(">H")?.unpack_from(b"abcd", 2)?, [0x6364.into()]);
    /// # Ok::<(), ferrosock_codec::record::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn unpack_from(&self, buffer: &[u8], offset: usize) -> Result<Vec<Value>, Error> {
        let room = Error::NoRoom { size: self.size, offset, buffer: buffer.len() };
        let record = buffer.get(offset..).and_then(|rest| rest.get(..self.size)).ok_or(room)?;
        self.unpack(record)
    }

    /// Unpacks the records of a buffer, one after another.
    ///
    /// ```
    /// use ferrosock_codec::record::{Format, Value};
    ///
    /// let format = Format::parse("BB")?;
    /// let sums: Vec<_> = format.iter_unpack(&[1, 2, 3, 4])?.map(|pair| pair.len()).collect();
    /// assert_eq!(sums, [2, 2]);
    /// # Ok::<(), ferrosock_codec::record::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::EmptyRecord`] for a format of size 0, [`Error::Size`] if the records do not fill the buffer.
    pub fn iter_unpack<'a>(
        &'a self,
        buffer: &'a [u8],
    ) -> Result<impl ExactSizeIterator<Item = Vec<Value>> + 'a, Error> {
        if self.size == 0 {
            return Err(Error::EmptyRecord);
        }
        if buffer.len() % self.size != 0 {
            return Err(Error::Size { expected: self.size, given: buffer.len(), several: true });
        }
        Ok(buffer.chunks_exact(self.size).map(|record| self.unpack(record).unwrap_or_default()))
    }

    /// Packs what `source` gives into `record`. Gaps, and what a short string leaves, stay as they are: zeros, by custom.
    ///
    /// # Errors
    /// The source's own. What was packed before stays in `record`.
    ///
    /// # Panics
    /// If `record` has not the format's size.
    #[inline]
    pub fn pack_with<S: Source>(&self, record: &mut [u8], source: &mut S) -> Result<(), S::Error> {
        assert_eq!(record.len(), self.size, "a record of another size");
        transfer::pack(self, record, source)
    }

    /// Unpacks `record` into `sink`.
    ///
    /// # Errors
    /// The sink's own.
    ///
    /// # Panics
    /// If `record` has not the format's size.
    #[inline]
    pub fn unpack_with<S: Sink>(&self, record: &[u8], sink: &mut S) -> Result<(), S::Error> {
        assert_eq!(record.len(), self.size, "a record of another size");
        transfer::unpack(self, record, sink)
    }

    fn check_count(&self, values: &[Value]) -> Result<(), Error> {
        if values.len() == self.count {
            return Ok(());
        }
        Err(Error::ValueCount { expected: self.count, given: values.len() })
    }
}
