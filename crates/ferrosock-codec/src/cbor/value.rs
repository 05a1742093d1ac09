use super::{Error, Limits, Reader, Token, Writer};

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
    let value = item(&mut reader, limits.depth)?.ok_or(Error::Malformed)?;
    match reader.remaining() {
        0 => Ok(value),
        _ => Err(Error::Trailing { at: reader.position() }),
    }
}

/// The next item; None for a break.
fn item(reader: &mut Reader<'_>, depth: usize) -> Result<Option<Value>, Error> {
    let deeper = || depth.checked_sub(1).ok_or(Error::TooDeep);
    Ok(Some(match reader.next()? {
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
        Token::Array(Some(count)) => {
            let depth = deeper()?;
            let one = |_| item(reader, depth)?.ok_or(Error::Malformed);
            (0..count).map(one).collect::<Result<_, _>>().map(Value::Array)?
        }
        Token::Array(None) => {
            let depth = deeper()?;
            let mut items = Vec::new();
            while let Some(value) = item(reader, depth)? {
                items.push(value);
            }
            Value::Array(items)
        }
        Token::Map(count) => {
            let depth = deeper()?;
            let mut pairs = Vec::new();
            while count.is_none_or(|count| pairs.len() < count) {
                let Some(key) = item(reader, depth)? else {
                    if count.is_some() {
                        return Err(Error::Malformed);
                    }
                    break;
                };
                pairs.push((key, item(reader, depth)?.ok_or(Error::Malformed)?));
            }
            Value::Map(pairs)
        }
        Token::Tag(tag) => {
            let value = item(reader, deeper()?)?.ok_or(Error::Malformed)?;
            Value::Tag(tag, Box::new(value))
        }
        Token::Bool(value) => Value::Bool(value),
        Token::Null => Value::Null,
        Token::Undefined => Value::Undefined,
        Token::Simple(value) => Value::Simple(value),
        Token::Break => return Ok(None),
    }))
}
