use minicbor::data;
use minicbor::decode::Decoder;

use super::Error;

/// A part of an item: a value, or the head of what follows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Token<'a> {
    /// An integer, from -2**64 to 2**64 - 1.
    Int(i128),
    /// A number, of half, single or double precision.
    Float(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// Bytes in chunks: each a [`Bytes`](Self::Bytes), up to a [`Break`](Self::Break).
    BytesBegin,
    /// Text in chunks.
    TextBegin,
    /// An array of so many items, or of all up to a break.
    Array(Option<usize>),
    /// A map of so many keys, each with its value behind it, or of all up to a break.
    Map(Option<usize>),
    /// What the next item means.
    Tag(u64),
    /// A truth value.
    Bool(bool),
    /// Nothing.
    Null,
    /// Not even nothing.
    Undefined,
    /// A value that others define.
    Simple(u8),
    /// The end of what has no length.
    Break,
}

/// Reads tokens from some bytes.
///
/// ```
/// use ferrosock_codec::cbor::{Reader, Token};
///
/// let mut reader = Reader::new(b"\x9f\x01\x61a\xff");
/// assert_eq!(reader.next()?, Token::Array(None));
/// assert_eq!(reader.next()?, Token::Int(1));
/// assert_eq!(reader.next()?, Token::Text("a"));
/// assert_eq!(reader.next()?, Token::Break);
/// # Ok::<(), ferrosock_codec::cbor::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    decoder: Decoder<'a>,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of some bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { decoder: Decoder::new(bytes) }
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.decoder.position()
    }

    /// How many are left.
    pub fn remaining(&self) -> usize {
        self.decoder.input().len().saturating_sub(self.decoder.position())
    }

    /// The next token. Where it is not there whole, the position stays.
    ///
    /// # Errors
    /// [`Error::Incomplete`] if bytes are missing, also those that the items of an array or map must have at least;
    /// [`Error::NotUtf8`]; [`Error::Malformed`].
    #[allow(clippy::should_implement_trait, reason = "an iterator would go on after an error")]
    #[inline]
    pub fn next(&mut self) -> Result<Token<'a>, Error> {
        let start = self.decoder.position();
        let token = self.token(start);
        if token.is_err() {
            self.decoder.set_position(start);
        }
        token
    }

    #[inline]
    fn token(&mut self, start: usize) -> Result<Token<'a>, Error> {
        let first = *self.decoder.input().get(start).ok_or(Error::Incomplete)?;
        // Simple values below 32 in two bytes are not well-formed (section 3.3).
        if first == 0xf8 && self.decoder.input().get(start + 1).is_some_and(|&value| value < 32) {
            return Err(Error::Malformed);
        }
        let token = self.decoder.decode::<data::Token<'a>>().map_err(|error| match () {
            () if error.is_end_of_input() => Error::Incomplete,
            () if first >> 5 == 3 && first & 0x1f < 28 => Error::NotUtf8,
            () => Error::Malformed,
        })?;
        Ok(match token {
            data::Token::U8(value) => Token::Int(value.into()),
            data::Token::U16(value) => Token::Int(value.into()),
            data::Token::U32(value) => Token::Int(value.into()),
            data::Token::U64(value) => Token::Int(value.into()),
            data::Token::I8(value) => Token::Int(value.into()),
            data::Token::I16(value) => Token::Int(value.into()),
            data::Token::I32(value) => Token::Int(value.into()),
            data::Token::I64(value) => Token::Int(value.into()),
            data::Token::Int(value) => Token::Int(value.into()),
            data::Token::F16(value) | data::Token::F32(value) => Token::Float(value.into()),
            data::Token::F64(value) => Token::Float(value),
            data::Token::Bytes(value) => Token::Bytes(value),
            data::Token::String(value) => Token::Text(value),
            data::Token::BeginBytes => Token::BytesBegin,
            data::Token::BeginString => Token::TextBegin,
            data::Token::Array(count) => Token::Array(Some(self.items(count, 1)?)),
            data::Token::Map(count) => Token::Map(Some(self.items(count, 2)?)),
            data::Token::BeginArray => Token::Array(None),
            data::Token::BeginMap => Token::Map(None),
            data::Token::Tag(tag) => Token::Tag(tag.into()),
            data::Token::Bool(value) => Token::Bool(value),
            data::Token::Null => Token::Null,
            data::Token::Undefined => Token::Undefined,
            data::Token::Simple(value) => Token::Simple(value),
            data::Token::Break => Token::Break,
        })
    }

    /// A number of items, for each of which there is a byte at least.
    fn items(&self, count: u64, each: usize) -> Result<usize, Error> {
        usize::try_from(count)
            .ok()
            .filter(|count| count.checked_mul(each).is_some_and(|least| least <= self.remaining()))
            .ok_or(Error::Incomplete)
    }
}
