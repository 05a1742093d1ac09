//! A document as a tree.

use super::error::{Error, ErrorKind, Failure};
use super::float::{write_float, write_integer};
use super::number;
use super::parser::{Constant, Options, Sink, read_document};
use super::string::Text;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number
    Number(Number),
    /// A string
    String(String),
    /// An array
    Array(Vec<Value>),
    /// An object: its members in the document's order, each one that has a name twice included. [`Value::get`] takes the
    /// last.
    Object(Vec<(String, Value)>),
}

/// A number of a document, whose digits are kept: of any size, and without a loss.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// An integer that fits.
    Integer(i64),
    /// An integer beyond 64 bits: its digits, with the sign.
    Large(String),
    /// A number with a fraction or an exponent, or one of the constants that are not JSON.
    Float(f64),
}

impl Number {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Integer(value) => write_integer(*value, out),
            Self::Large(digits) => out.extend_from_slice(digits.as_bytes()),
            Self::Float(value) => write_float(*value, out),
        }
    }

    /// The nearest `f64`.
    ///
    /// ```
    /// use ferrosock_codec::json::Number;
    ///
    /// assert_eq!(Number::Integer(3).to_f64(), 3.0);
    /// ```
    pub fn to_f64(&self) -> f64 {
        match self {
            Self::Integer(value) => *value as f64,
            Self::Large(digits) => digits.parse().unwrap_or(f64::NAN),
            Self::Float(value) => *value,
        }
    }
}

impl Value {
    /// The last member of this name, if this is an object that has one.
    ///
    /// ```
    /// let value = ferrosock_codec::json::parse(r#"{"a": 1, "a": 2}"#).unwrap();
    /// assert_eq!(value.get("a").and_then(|found| found.as_i64()), Some(2));
    /// ```
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The item at this place, if this is an array that long.
    ///
    /// ```
    /// let value = ferrosock_codec::json::parse("[true]").unwrap();
    /// assert_eq!(value.at(0).and_then(|found| found.as_bool()), Some(true));
    /// ```
    pub fn at(&self, index: usize) -> Option<&Self> {
        let Self::Array(items) = self else { return None };
        items.get(index)
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The value, if this is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(Number::Integer(value)) = self { Some(*value) } else { None }
    }

    /// The nearest `f64`, if this is a number.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(number.to_f64()) } else { None }
    }

    /// The value, if this is `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(value) = self { Some(*value) } else { None }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::Integer(value))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(Number::Float(value))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items)
    }
}

/// Reads a document that RFC 8259 allows.
///
/// # Errors
///
/// What is wrong with it, and where.
///
/// ```
/// use ferrosock_codec::json::{parse, Number, Value};
///
/// let value = parse(r#" {"n": [1, 2.5, 123456789012345678901234567890]} "#).unwrap();
/// let numbers = value.get("n").unwrap();
/// assert_eq!(numbers.at(0), Some(&Value::from(1)));
/// assert_eq!(numbers.at(1), Some(&Value::from(2.5)));
/// assert_eq!(numbers.at(2), Some(&Value::Number(Number::Large("123456789012345678901234567890".into()))));
/// ```
pub fn parse(text: &str) -> Result<Value, Error> {
    parse_with(text, Options::rfc8259())
}

/// Reads a document of which [`Options`] say what is allowed. A depth of more than [`MAXIMUM_DEPTH`] counts as that.
///
/// # Errors
///
/// What is wrong with it, and where.
pub fn parse_with(text: &str, options: Options) -> Result<Value, Error> {
    parse_bytes(text.as_bytes(), options)
}

/// [`parse_with`] for bytes, which must be UTF-8.
///
/// # Errors
///
/// What is wrong with it, and where.
///
/// ```
/// use ferrosock_codec::json::{parse_bytes, ErrorKind, Options};
///
/// assert!(parse_bytes(b"[1]", Options::default()).is_ok());
/// assert_eq!(parse_bytes(b"\"\xff\"", Options::default()).unwrap_err().kind, ErrorKind::NotUtf8);
/// ```
pub fn parse_bytes(bytes: &[u8], options: Options) -> Result<Value, Error> {
    let mut tree = Tree::default();
    let options = Options { depth: options.depth.min(MAXIMUM_DEPTH), ..options };
    match read_document(bytes, options, &mut tree) {
        Ok(()) => tree.done.ok_or(Error::new(ErrorKind::ExpectingValue, 0)),
        Err(Failure::Syntax(error) | Failure::Sink(error)) => Err(error),
    }
}

/// The greatest depth of a tree: it is dropped, copied, compared, shown and written level by level, for which a thread has 2 MiB of
/// stack by default.
pub const MAXIMUM_DEPTH: usize = 1024;

/// Builds the tree.
#[derive(Default)]
struct Tree {
    /// The containers around what comes next, the outermost first.
    open: Vec<Value>,
    /// The names of the members whose values are still to come.
    names: Vec<String>,
    done: Option<Value>,
}

impl Tree {
    fn add(&mut self, value: Value) -> Result<(), Error> {
        match self.open.last_mut() {
            Some(Value::Array(items)) => items.push(value),
            Some(Value::Object(members)) => members.push((self.names.pop().unwrap_or_default(), value)),
            _ => self.done = Some(value),
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        match self.open.pop() {
            Some(value) => self.add(value),
            None => Ok(()),
        }
    }
}

impl Sink<u8> for Tree {
    type Error = Error;

    fn null(&mut self) -> Result<(), Error> {
        self.add(Value::Null)
    }

    fn boolean(&mut self, value: bool) -> Result<(), Error> {
        self.add(Value::Boolean(value))
    }

    fn number(&mut self, number: number::Number<'_, u8>) -> Result<(), Error> {
        let text = || String::from_utf8_lossy(number.units()).into_owned();
        self.add(Value::Number(if number.is_float() {
            Number::Float(number.to_f64())
        } else if let Some(value) = number.small_integer().or_else(|| text().parse().ok()) {
            Number::Integer(value)
        } else {
            Number::Large(text())
        }))
    }

    fn constant(&mut self, constant: Constant) -> Result<(), Error> {
        self.add(Value::from(constant.value()))
    }

    fn string(&mut self, text: Text<'_, u8>) -> Result<(), Error> {
        self.add(Value::String(text.to_utf8()?))
    }

    fn key(&mut self, text: Text<'_, u8>) -> Result<(), Error> {
        self.names.push(text.to_utf8()?);
        Ok(())
    }

    fn begin_array(&mut self) -> Result<(), Error> {
        self.open.push(Value::Array(Vec::new()));
        Ok(())
    }

    fn end_array(&mut self) -> Result<(), Error> {
        self.close()
    }

    fn begin_object(&mut self) -> Result<(), Error> {
        self.open.push(Value::Object(Vec::new()));
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), Error> {
        self.close()
    }
}
