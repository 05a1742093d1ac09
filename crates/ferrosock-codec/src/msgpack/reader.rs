use rmp::Marker;

use super::Error;

/// A part of an item: a value, or the head of an array or map, whose items follow.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Token<'a> {
    /// Nothing.
    Nil,
    /// A truth value.
    Bool(bool),
    /// An integer that fits into 64 bits with a sign.
    Int(i64),
    /// A larger one.
    Uint(u64),
    /// A number in single precision.
    F32(f32),
    /// A number in double precision.
    F64(f64),
    /// Text: UTF-8 by the format, but not looked at here.
    Str(&'a [u8]),
    /// Bytes.
    Bin(&'a [u8]),
    /// An array of so many items.
    Array(usize),
    /// A map of so many keys, each with its value behind it.
    Map(usize),
    /// A type of the application's (0 and up) or the format's (below 0).
    Ext(i8, &'a [u8]),
}

/// Reads tokens from some bytes.
///
/// ```
/// use ferrosock_codec::msgpack::{Error, Reader, Token};
///
/// let mut reader = Reader::new(b"\x82\xa1a\x01\xa1b\xcb");
/// assert_eq!(reader.next()?, Token::Map(2));
/// assert_eq!(reader.next()?, Token::Str(b"a"));
/// assert_eq!(reader.next()?, Token::Int(1));
/// assert_eq!(reader.next()?, Token::Str(b"b"));
/// assert_eq!(reader.next(), Err(Error::Incomplete)); // a number of which no byte is there
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of some bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// How many are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next token. Where it is not there whole, the position stays.
    ///
    /// # Errors
    /// [`Error::Incomplete`] if bytes are missing, also those that the items of an array or map must have at least;
    /// [`Error::Reserved`].
    #[allow(clippy::should_implement_trait, reason = "an iterator would go on after an error")]
    #[inline]
    pub fn next(&mut self) -> Result<Token<'a>, Error> {
        let start = self.at;
        let token = self.token();
        if token.is_err() {
            self.at = start;
        }
        token
    }

    /// The next token without what follows its head, and the size of both; of an array or map only its head's.
    pub(super) fn head(&mut self) -> Result<(Token<'a>, usize), Error> {
        let [first] = self.take()?;
        let head = |size: usize, length: usize| Ok((Token::Bin(&[]), size.saturating_add(length)));
        match Marker::from_u8(first) {
            Marker::Reserved => Err(Error::Reserved),
            Marker::FixStr(length) => head(1, length.into()),
            Marker::U8 | Marker::I8 => head(2, 0),
            Marker::U16 | Marker::I16 | Marker::FixExt1 => head(3, 0),
            Marker::FixExt2 => head(4, 0),
            Marker::U32 | Marker::I32 | Marker::F32 => head(5, 0),
            Marker::FixExt4 => head(6, 0),
            Marker::U64 | Marker::I64 | Marker::F64 => head(9, 0),
            Marker::FixExt8 => head(10, 0),
            Marker::FixExt16 => head(18, 0),
            Marker::Str8 | Marker::Bin8 => self.length::<1>().and_then(|length| head(2, length)),
            Marker::Str16 | Marker::Bin16 => self.length::<2>().and_then(|length| head(3, length)),
            Marker::Str32 | Marker::Bin32 => self.length::<4>().and_then(|length| head(5, length)),
            Marker::Ext8 => self.length::<1>().and_then(|length| head(3, length)),
            Marker::Ext16 => self.length::<2>().and_then(|length| head(4, length)),
            Marker::Ext32 => self.length::<4>().and_then(|length| head(6, length)),
            Marker::FixArray(count) => Ok((Token::Array(count.into()), 1)),
            Marker::Array16 => Ok((Token::Array(self.length::<2>()?), 3)),
            Marker::Array32 => Ok((Token::Array(self.length::<4>()?), 5)),
            Marker::FixMap(count) => Ok((Token::Map(count.into()), 1)),
            Marker::Map16 => Ok((Token::Map(self.length::<2>()?), 3)),
            Marker::Map32 => Ok((Token::Map(self.length::<4>()?), 5)),
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => head(1, 0),
        }
    }

    #[inline]
    fn token(&mut self) -> Result<Token<'a>, Error> {
        let [first] = self.take()?;
        Ok(match Marker::from_u8(first) {
            Marker::FixPos(number) => Token::Int(number.into()),
            Marker::FixNeg(number) => Token::Int(number.into()),
            Marker::Null => Token::Nil,
            Marker::True => Token::Bool(true),
            Marker::False => Token::Bool(false),
            Marker::U8 => Token::Int(u8::from_be_bytes(self.take()?).into()),
            Marker::U16 => Token::Int(u16::from_be_bytes(self.take()?).into()),
            Marker::U32 => Token::Int(u32::from_be_bytes(self.take()?).into()),
            Marker::U64 => {
                let number = u64::from_be_bytes(self.take()?);
                i64::try_from(number).map_or(Token::Uint(number), Token::Int)
            }
            Marker::I8 => Token::Int(i8::from_be_bytes(self.take()?).into()),
            Marker::I16 => Token::Int(i16::from_be_bytes(self.take()?).into()),
            Marker::I32 => Token::Int(i32::from_be_bytes(self.take()?).into()),
            Marker::I64 => Token::Int(i64::from_be_bytes(self.take()?)),
            Marker::F32 => Token::F32(f32::from_be_bytes(self.take()?)),
            Marker::F64 => Token::F64(f64::from_be_bytes(self.take()?)),
            Marker::FixStr(length) => Token::Str(self.slice(length.into())?),
            Marker::Str8 => Token::Str(self.long::<1>()?),
            Marker::Str16 => Token::Str(self.long::<2>()?),
            Marker::Str32 => Token::Str(self.long::<4>()?),
            Marker::Bin8 => Token::Bin(self.long::<1>()?),
            Marker::Bin16 => Token::Bin(self.long::<2>()?),
            Marker::Bin32 => Token::Bin(self.long::<4>()?),
            Marker::FixArray(count) => Token::Array(self.items(count.into(), 1)?),
            Marker::Array16 => self.length::<2>().and_then(|count| self.items(count, 1)).map(Token::Array)?,
            Marker::Array32 => self.length::<4>().and_then(|count| self.items(count, 1)).map(Token::Array)?,
            Marker::FixMap(count) => Token::Map(self.items(count.into(), 2)?),
            Marker::Map16 => self.length::<2>().and_then(|count| self.items(count, 2)).map(Token::Map)?,
            Marker::Map32 => self.length::<4>().and_then(|count| self.items(count, 2)).map(Token::Map)?,
            Marker::FixExt1 => self.ext(1)?,
            Marker::FixExt2 => self.ext(2)?,
            Marker::FixExt4 => self.ext(4)?,
            Marker::FixExt8 => self.ext(8)?,
            Marker::FixExt16 => self.ext(16)?,
            Marker::Ext8 => self.length::<1>().and_then(|length| self.ext(length))?,
            Marker::Ext16 => self.length::<2>().and_then(|length| self.ext(length))?,
            Marker::Ext32 => self.length::<4>().and_then(|length| self.ext(length))?,
            Marker::Reserved => return Err(Error::Reserved),
        })
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.first_chunk().ok_or(Error::Incomplete)?;
        self.at += N;
        Ok(*found)
    }

    #[inline]
    fn slice(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.get(..length).ok_or(Error::Incomplete)?;
        self.at += length;
        Ok(found)
    }

    fn length<const N: usize>(&mut self) -> Result<usize, Error> {
        let bytes: [u8; N] = self.take()?;
        Ok(bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)))
    }

    fn long<const N: usize>(&mut self) -> Result<&'a [u8], Error> {
        let length = self.length::<N>()?;
        self.slice(length)
    }

    fn ext(&mut self, length: usize) -> Result<Token<'a>, Error> {
        let [kind] = self.take()?;
        Ok(Token::Ext(i8::from_be_bytes([kind]), self.slice(length)?))
    }

    /// A number of items, for each of which there is a byte at least.
    fn items(&self, count: usize, each: usize) -> Result<usize, Error> {
        let enough = count.checked_mul(each).is_some_and(|least| least <= self.remaining());
        if enough { Ok(count) } else { Err(Error::Incomplete) }
    }
}
