use super::{Error, Limits, MAXIMUM_DEPTH, Reader, Token, Writer};
use crate::nest::{Nested, Open};

/// A value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
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
    /// Text.
    Str(String),
    /// Bytes.
    Bin(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
    /// A map, in its order, whose keys are any values and may come twice.
    Map(Vec<(Value, Value)>),
    /// A type of the application's (0 and up) or the format's (below 0).
    Ext(i8, Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

/// Encodes a value.
///
/// ```
/// use ferrosock_codec::msgpack::{Value, encode};
///
/// assert_eq!(encode(&Value::Map(vec![("a".into(), Value::Bool(true))]))?, b"\x81\xa1a\xc3");
/// # Ok::<(), ferrosock_codec::msgpack::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooLong`].
pub fn encode(value: &Value) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::new();
    write(value, &mut writer)?;
    Ok(writer.into_bytes())
}

fn write(value: &Value, writer: &mut Writer) -> Result<(), Error> {
    match value {
        Value::Nil => writer.nil(),
        Value::Bool(value) => writer.bool(*value),
        Value::Int(value) => writer.int(*value),
        Value::Uint(value) => writer.uint(*value),
        Value::F32(value) => writer.f32(*value),
        Value::F64(value) => writer.f64(*value),
        Value::Str(value) => writer.str(value.as_bytes())?,
        Value::Bin(value) => writer.bin(value)?,
        Value::Array(items) => {
            writer.array(items.len())?;
            items.iter().try_for_each(|item| write(item, writer))?;
        }
        Value::Map(pairs) => {
            writer.map(pairs.len())?;
            for (key, value) in pairs {
                write(key, writer)?;
                write(value, writer)?;
            }
        }
        Value::Ext(kind, value) => writer.ext(*kind, value)?,
    }
    Ok(())
}

/// Decodes some bytes, which hold one value and nothing else.
///
/// ```
/// use ferrosock_codec::msgpack::{Error, Limits, Value, decode};
///
/// assert_eq!(decode(b"\xcd\x01\x00", Limits::default()), Ok(Value::Int(256)));
/// assert_eq!(decode(b"\xdd\xff\xff\xff\xff", Limits::default()), Err(Error::Incomplete));
/// ```
///
/// # Errors
/// [`Error`].
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Value, Error> {
    let mut reader = Reader::new(bytes);
    let value = read(&mut reader, limits.depth.min(MAXIMUM_DEPTH))?;
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

/// Reads a value without recursion, so that depth costs no stack.
fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Value, Error> {
    let mut open: Vec<Open<Value>> = Vec::new();
    loop {
        let mut value = match reader.next()? {
            Token::Nil => Value::Nil,
            Token::Bool(value) => Value::Bool(value),
            Token::Int(value) => Value::Int(value),
            Token::Uint(value) => Value::Uint(value),
            Token::F32(value) => Value::F32(value),
            Token::F64(value) => Value::F64(value),
            Token::Str(value) => {
                Value::Str(std::str::from_utf8(value).map_err(|_| Error::NotUtf8)?.to_owned())
            }
            Token::Bin(value) => Value::Bin(value.to_vec()),
            Token::Ext(kind, value) => Value::Ext(kind, value.to_vec()),
            Token::Array(_) | Token::Map(_) if open.len() >= depth => return Err(Error::TooDeep),
            Token::Array(0) => Value::Array(Vec::new()),
            Token::Map(0) => Value::Map(Vec::new()),
            Token::Array(count) => {
                open.push(Open::array(Some(count)));
                continue;
            }
            Token::Map(count) => {
                open.push(Open::map(Some(count)));
                continue;
            }
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
