//! Reading values.

use super::{Error, fill};

/// Reads values one after another out of data that is there whole.
///
/// A value that cannot be read leaves the unpacker where the value begins. Nothing is taken for granted by a length that
/// the data claims: bytes are there before they are used, and items before there is memory for them.
///
/// ```
/// use ferrosock_codec::xdr::{Error, Unpacker};
///
/// let mut unpacker = Unpacker::new(b"\0\0\0\x03abc\0\xff\xff\xff\xff");
/// assert_eq!(unpacker.opaque(1024)?, b"abc");
/// // This one claims to be 4 GiB long.
/// assert_eq!(unpacker.opaque(1024), Err(Error::TooLong { length: 0xffff_ffff, limit: 1024 }));
/// assert_eq!(unpacker.int()?, -1);
/// unpacker.finish()?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Unpacker<'a> {
    data: &'a [u8],
    position: usize,
    strict: bool,
}

impl<'a> Unpacker<'a> {
    /// An unpacker at the beginning of `data`, which refuses what RFC 4506 does not allow.
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(&[0, 0, 0, 7]);
    /// assert_eq!(unpacker.uint()?, 7);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0, strict: true }
    }

    /// An unpacker to which any fill is as good as zeros, and any number but 0 is a true boolean, as to Python's `xdrlib`.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Unpacker};
    ///
    /// let data = b"abc?\0\0\0\x02";
    /// assert_eq!(Unpacker::new(data).fixed_opaque(3), Err(Error::Fill));
    /// let mut unpacker = Unpacker::lenient(data);
    /// assert_eq!(unpacker.fixed_opaque(3)?, b"abc");
    /// assert!(unpacker.boolean()?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn lenient(data: &'a [u8]) -> Self {
        Self { data, position: 0, strict: false }
    }

    /// How many bytes were read.
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(&[0; 8]);
    /// unpacker.uint()?;
    /// assert_eq!(unpacker.position(), 4);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn position(&self) -> usize {
        self.position
    }

    /// Goes to another place, or to the end if that lies before it.
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(&[0, 0, 0, 1, 0, 0, 0, 2]);
    /// unpacker.seek(4);
    /// assert_eq!(unpacker.uint()?, 2);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn seek(&mut self, position: usize) {
        self.position = position.min(self.data.len());
    }

    /// What is left to be read.
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(&[0, 0, 0, 1, 2]);
    /// unpacker.uint()?;
    /// assert_eq!(unpacker.rest(), [2]);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.position..).unwrap_or_default()
    }

    /// Makes sure that everything was read.
    ///
    /// # Errors
    ///
    /// [`Error::Trailing`] if not.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Unpacker};
    ///
    /// assert_eq!(Unpacker::new(&[0, 0, 0, 0]).finish(), Err(Error::Trailing { left: 4 }));
    /// ```
    pub fn finish(&self) -> Result<(), Error> {
        match self.rest().len() {
            0 => Ok(()),
            left => Err(Error::Trailing { left }),
        }
    }

    /// An integer (section 4.1).
    ///
    /// # Errors
    ///
    /// [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// assert_eq!(ferrosock_codec::xdr::Unpacker::new(&[0xff; 4]).int()?, -1);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn int(&mut self) -> Result<i32, Error> {
        self.array_of_bytes().map(i32::from_be_bytes)
    }

    /// An unsigned integer (section 4.2).
    ///
    /// # Errors
    ///
    /// [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// assert_eq!(ferrosock_codec::xdr::Unpacker::new(&[0, 0, 1, 0]).uint()?, 256);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn uint(&mut self) -> Result<u32, Error> {
        self.array_of_bytes().map(u32::from_be_bytes)
    }

    /// A value of an enumeration (section 4.3), which says itself what it has a value for.
    ///
    /// # Errors
    ///
    /// [`Error::Enumeration`] for a number without a value, [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Unpacker};
    ///
    /// #[derive(Debug, PartialEq)]
    /// enum FileKind { Text, Data, Exec }
    ///
    /// impl TryFrom<i32> for FileKind {
    ///     type Error = ();
    ///     fn try_from(number: i32) -> Result<Self, ()> {
    ///         [Self::Text, Self::Data, Self::Exec].into_iter().nth(number as usize).ok_or(())
    ///     }
    /// }
    ///
    /// let mut unpacker = Unpacker::new(&[0, 0, 0, 2, 0, 0, 0, 3]);
    /// assert_eq!(unpacker.enumeration::<FileKind>()?, FileKind::Exec);
    /// assert_eq!(unpacker.enumeration::<FileKind>(), Err(Error::Enumeration(3)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn enumeration<T: TryFrom<i32>>(&mut self) -> Result<T, Error> {
        self.whole(|this| {
            let number = this.int()?;
            T::try_from(number).map_err(|_| Error::Enumeration(number))
        })
    }

    /// A boolean (section 4.4).
    ///
    /// # Errors
    ///
    /// [`Error::Bool`] for another number than 0 and 1 (not if lenient), [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// assert!(ferrosock_codec::xdr::Unpacker::new(&[0, 0, 0, 1]).boolean()?);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn boolean(&mut self) -> Result<bool, Error> {
        self.whole(|this| match this.uint()? {
            0 => Ok(false),
            1 => Ok(true),
            other if this.strict => Err(Error::Bool(other)),
            _ => Ok(true),
        })
    }

    /// A hyper integer, of 64 bits (section 4.5).
    ///
    /// # Errors
    ///
    /// [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// assert_eq!(ferrosock_codec::xdr::Unpacker::new(&[0xff; 8]).hyper()?, -1);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn hyper(&mut self) -> Result<i64, Error> {
        self.array_of_bytes().map(i64::from_be_bytes)
    }

    /// An unsigned hyper integer, of 64 bits (section 4.5).
    ///
    /// # Errors
    ///
    /// [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// assert_eq!(ferrosock_codec::xdr::Unpacker::new(&[0xff; 8]).uhyper()?, u64::MAX);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn uhyper(&mut self) -> Result<u64, Error> {
        self.array_of_bytes().map(u64::from_be_bytes)
    }

    /// A floating-point number of single precision (section 4.6).
    ///
    /// # Errors
    ///
    /// [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// assert_eq!(ferrosock_codec::xdr::Unpacker::new(&[0x3f, 0xc0, 0, 0]).float()?, 1.5);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn float(&mut self) -> Result<f32, Error> {
        self.array_of_bytes().map(f32::from_be_bytes)
    }

    /// A floating-point number of double precision (section 4.7).
    ///
    /// # Errors
    ///
    /// [`Error::End`] if it is not there whole.
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(&[0xc0, 0, 0, 0, 0, 0, 0, 0]);
    /// assert_eq!(unpacker.double()?, -2.0);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn double(&mut self) -> Result<f64, Error> {
        self.array_of_bytes().map(f64::from_be_bytes)
    }

    /// Opaque data of a known length (section 4.9), and its fill.
    ///
    /// # Errors
    ///
    /// [`Error::End`] if they are not there whole, [`Error::Fill`] if the fill is not zero (not if lenient).
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(b"ab\0\0\0\0\0\x01");
    /// assert_eq!(unpacker.fixed_opaque(2)?, b"ab");
    /// assert_eq!(unpacker.uint()?, 1);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn fixed_opaque(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let rest = self.rest();
        let padded = length.saturating_add(fill(length));
        let Some((value, filling)) = rest.get(..padded).and_then(|both| both.split_at_checked(length)) else {
            return Err(Error::End { missing: padded - rest.len() });
        };
        if self.strict && filling.iter().any(|byte| *byte != 0) {
            return Err(Error::Fill);
        }
        self.position += padded;
        Ok(value)
    }

    /// Opaque data of at most `limit` bytes, with their length in front (section 4.10).
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] beyond the limit, and as [`Unpacker::fixed_opaque`].
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(b"\0\0\0\x05hello\0\0\0");
    /// assert_eq!(unpacker.opaque(8192)?, b"hello");
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn opaque(&mut self, limit: usize) -> Result<&'a [u8], Error> {
        self.whole(|this| {
            let length = this.length(limit)?;
            this.fixed_opaque(length)
        })
    }

    /// A string of at most `limit` bytes (section 4.11).
    ///
    /// # Errors
    ///
    /// [`Error::Text`] if it is not UTF-8, and as [`Unpacker::opaque`].
    ///
    /// ```
    /// let mut unpacker = ferrosock_codec::xdr::Unpacker::new(b"\0\0\0\x04john");
    /// assert_eq!(unpacker.string(32)?, "john");
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn string(&mut self, limit: usize) -> Result<&'a str, Error> {
        self.whole(|this| std::str::from_utf8(this.opaque(limit)?).map_err(|_| Error::Text))
    }

    /// An array of `count` items (section 4.12), each of which `unpack` reads.
    ///
    /// # Errors
    ///
    /// What `unpack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::Unpacker;
    ///
    /// let mut unpacker = Unpacker::new(&[0, 0, 0, 1, 0, 0, 0, 2]);
    /// assert_eq!(unpacker.fixed_array(2, Unpacker::uint)?, [1, 2]);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn fixed_array<T>(
        &mut self,
        count: usize,
        mut unpack: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        // Not Vec::with_capacity(count): the items are not there yet. Collecting into a Result reserves nothing.
        self.whole(|this| (0..count).map(|_| unpack(this)).collect())
    }

    /// An array of at most `limit` items, with their number in front (section 4.13).
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] beyond the limit, and what `unpack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::Unpacker;
    ///
    /// let mut unpacker = Unpacker::new(b"\0\0\0\x02\0\0\0\x01a\0\0\0\0\0\0\x01b\0\0\0");
    /// assert_eq!(unpacker.array(100, |unpacker| unpacker.string(10))?, ["a", "b"]);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn array<T>(
        &mut self,
        limit: usize,
        unpack: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.whole(|this| {
            let count = this.length(limit)?;
            this.fixed_array(count, unpack)
        })
    }

    /// A value that may be missing (section 4.19).
    ///
    /// # Errors
    ///
    /// As [`Unpacker::boolean`], and what `unpack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::Unpacker;
    ///
    /// let mut unpacker = Unpacker::new(&[0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0]);
    /// assert_eq!(unpacker.optional(Unpacker::uint)?, Some(7));
    /// assert_eq!(unpacker.optional(Unpacker::uint)?, None);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn optional<T>(
        &mut self,
        unpack: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.whole(|this| if this.boolean()? { unpack(this).map(Some) } else { Ok(None) })
    }

    /// A linked list of at most `limit` items (section 4.19).
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] beyond the limit, as [`Unpacker::boolean`], and what `unpack` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::Unpacker;
    ///
    /// let data = [0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0];
    /// assert_eq!(Unpacker::new(&data).list(10, Unpacker::uint)?, [5, 6]);
    /// # Ok::<(), ferrosock_codec::xdr::Error>(())
    /// ```
    pub fn list<T>(
        &mut self,
        limit: usize,
        mut unpack: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.whole(|this| {
            let mut items = Vec::new();
            while this.boolean()? {
                if items.len() == limit {
                    return Err(Error::TooLong { length: limit.saturating_add(1), limit });
                }
                items.push(unpack(this)?);
            }
            Ok(items)
        })
    }

    /// A value of several parts, such as a structure or a union: reads all of them, or stays where it begins.
    ///
    /// # Errors
    ///
    /// What `read` fails with.
    ///
    /// ```
    /// use ferrosock_codec::xdr::{Error, Unpacker};
    ///
    /// let mut unpacker = Unpacker::new(&[0, 0, 0, 1, 0, 0]);
    /// let point = unpacker.whole(|unpacker| Ok((unpacker.int()?, unpacker.int()?)));
    /// assert_eq!(point, Err(Error::End { missing: 2 }));
    /// assert_eq!(unpacker.position(), 0);
    /// ```
    pub fn whole<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let begin = self.position;
        read(self).inspect_err(|_| self.position = begin)
    }

    /// A length of at most `limit`.
    fn length(&mut self, limit: usize) -> Result<usize, Error> {
        let length = self.uint()? as usize;
        if length > limit { Err(Error::TooLong { length, limit }) } else { Ok(length) }
    }

    fn array_of_bytes<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let rest = self.rest();
        let Some(bytes) = rest.first_chunk() else { return Err(Error::End { missing: N - rest.len() }) };
        self.position += N;
        Ok(*bytes)
    }
}
