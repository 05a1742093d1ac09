use super::{Error, Limits, MAXIMUM_DEPTH, Reader, Token, Writer};
use crate::nest::{Nested, Open};

/// A value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// An integer, from -2**64 to 2**64 - 1.
    Int(i128),
    /// A number.
    Float(f64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// A map, in its order, whose keys are any values and may come twice.
    Map(Vec<(Value, Value)>),
    /// A value with a meaning.
    Tag(u64, Box<Value>),
    /// A truth value.
    Bool(bool),
    /// Nothing.
    Null,
    /// Not even nothing.
    Undefined,
    /// A value that others define.
    Simple(u8),
}

/// Encodes a value, in the preferred form of RFC 8949, section 4.1: shortest heads, shortest floats, definite lengths.
///
/// ```
/// use ferrosock_codec::cbor::{Value, encode};
///
/// assert_eq!(encode(&Value::Array(vec![Value::Int(-500), Value::Null]))?, b"\x82\x39\x01\xf3\xf6");
/// # Ok::<(), ferrosock_codec::cbor::Error>(())
/// ```
///
/// # Errors
/// [`Error::OutOfRange`].
pub fn encode(value: &Value) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::new();
    write(value, &mut writer)?;
    Ok(writer.into_bytes())
}

fn write(value: &Value, writer: &mut Writer) -> Result<(), Error> {
    match value {
        Value::Int(value) => writer.int(*value)?,
        Value::Float(value) => writer.float(*value),
        Value::Bytes(value) => writer.bytes(value),
        Value::Text(value) => writer.text(value),
        Value::Array(items) => {
            writer.array(items.len());
            items.iter().try_for_each(|item| write(item, writer))?;
        }
        Value::Map(pairs) => {
            writer.map(pairs.len());
            for (key, value) in pairs {
                write(key, writer)?;
                write(value, writer)?;
            }
        }
        Value::Tag(tag, value) => {
            writer.tag(*tag);
            write(value, writer)?;
        }
        Value::Bool(value) => writer.bool(*value),
        Value::Null => writer.null(),
        Value::Undefined => writer.undefined(),
        Value::Simple(value) => writer.simple(*value)?,
    }
    Ok(())
}

/// Decodes some bytes, which hold one item and nothing else.
///
/// ```
/// use ferrosock_codec::cbor::{Error, Limits, Value, decode};
///
/// assert_eq!(decode(b"\xf9\x3c\x00", Limits::default()), Ok(Value::Float(1.0)));
/// assert_eq!(decode(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", Limits::default()), Err(Error::Incomplete));
/// ```
///
/// # Errors
/// [`Error`].
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Value, Error> {
    let mut reader = Reader::new(bytes);
    let value = item(&mut reader, limits.depth.min(MAXIMUM_DEPTH))?;
    match reader.remaining() {
        0 => Ok(value),
        _ => Err(Error::Trailing { at: reader.position() }),
    }
}

impl Nested for Value {
    fn array(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn map(pairs: Vec<(Self, Self)>) -> Self {
        Self::Map(pairs)
    }
}

/// What has begun.
enum Holder {
    Open(Open<Value>),
    Tag(u64),
}

impl Holder {
    /// Takes an item, and gives the whole if it was the last.
    fn add(&mut self, value: Value) -> Option<Value> {
        match self {
            Self::Open(open) => open.add(value),
            Self::Tag(tag) => Some(Value::Tag(*tag, Box::new(value))),
        }
    }
}

/// Reads an item without recursion, so that depth costs no stack.
fn item(reader: &mut Reader<'_>, depth: usize) -> Result<Value, Error> {
    let mut open: Vec<Holder> = Vec::new();
    loop {
        let mut value = match reader.next()? {
            Token::Int(value) => Value::Int(value),
            Token::Float(value) => Value::Float(value),
            Token::Bytes(value) => Value::Bytes(value.to_vec()),
            Token::Text(value) => Value::Text(value.to_owned()),
            Token::BytesBegin => {
                let mut all = Vec::new();
                loop {
                    match reader.next()? {
                        Token::Bytes(chunk) => all.extend_from_slice(chunk),
                        Token::Break => break Value::Bytes(all),
                        _ => return Err(Error::Malformed),
                    }
                }
            }
            Token::TextBegin => {
                let mut all = String::new();
                loop {
                    match reader.next()? {
                        Token::Text(chunk) => all.push_str(chunk),
                        Token::Break => break Value::Text(all),
                        _ => return Err(Error::Malformed),
                    }
                }
            }
            Token::Array(_) | Token::Map(_) | Token::Tag(_) if open.len() >= depth => {
                return Err(Error::TooDeep);
            }
            Token::Array(Some(0)) => Value::Array(Vec::new()),
            Token::Map(Some(0)) => Value::Map(Vec::new()),
            Token::Array(count) => {
                open.push(Holder::Open(Open::array(count)));
                continue;
            }
            Token::Map(count) => {
                open.push(Holder::Open(Open::map(count)));
                continue;
            }
            Token::Tag(tag) => {
                open.push(Holder::Tag(tag));
                continue;
            }
            Token::Bool(value) => Value::Bool(value),
            Token::Null => Value::Null,
            Token::Undefined => Value::Undefined,
            Token::Simple(value) => Value::Simple(value),
            Token::Break => match open.pop() {
                Some(Holder::Open(open)) => open.end().ok_or(Error::Malformed)?,
                _ => return Err(Error::Malformed),
            },
        };
        // What is whole goes into what holds it, which may be whole by that.
        loop {
            let Some(holder) = open.last_mut() else { return Ok(value) };
            let Some(whole) = holder.add(value) else { break };
            value = whole;
            open.pop();
        }
    }
}
