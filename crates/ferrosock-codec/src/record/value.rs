use super::field::Field;
use super::transfer::{Sink, Source};
use super::{Error, Kind};

/// A value of a record.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// An integer; every code for integers, `f`, `d` and `e` take it.
    Int(i128),
    /// A floating point number.
    Float(f64),
    /// A complex number: its real and its imaginary part.
    Complex([f64; 2]),
    /// A truth value; the codes for integers take it too.
    Bool(bool),
    /// Bytes: of `c` one, of `s` and `p` any number.
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
from!(i8 => Int, u8 => Int, i16 => Int, u16 => Int, i32 => Int, u32 => Int, i64 => Int, u64 => Int,
      f32 => Float, f64 => Float, [f64; 2] => Complex, bool => Bool, Vec<u8> => Bytes, &[u8] => Bytes);

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(value: &[u8; N]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

/// The values of a slice, to be packed.
pub(super) struct Values<'a> {
    rest: std::slice::Iter<'a, Value>,
}

impl<'a> Values<'a> {
    pub(super) fn new(values: &'a [Value]) -> Self {
        Self { rest: values.iter() }
    }

    fn next(&mut self, field: &Field) -> Result<&'a Value, Error> {
        self.rest.next().ok_or(Error::ValueCount { expected: field.repeat, given: 0 })
    }

    fn integer(&mut self, field: &Field) -> Result<i128, Error> {
        match self.next(field)? {
            Value::Int(number) => Ok(*number),
            Value::Bool(truth) => Ok((*truth).into()),
            _ => Err(Error::WrongType { code: field.code(), wanted: "an integer" }),
        }
    }
}

impl Source for Values<'_> {
    type Error = Error;

    fn signed(&mut self, field: &Field) -> Result<i64, Error> {
        let number = self.integer(field)?;
        i64::try_from(number).map_err(|_| self.out_of_range(field))
    }

    fn unsigned(&mut self, field: &Field) -> Result<u64, Error> {
        let number = self.integer(field)?;
        u64::try_from(number).map_err(|_| self.out_of_range(field))
    }

    fn pointer(&mut self, field: &Field) -> Result<u64, Error> {
        let number = self.integer(field)?;
        match i64::try_from(number) {
            Ok(negative @ ..0) => Ok(negative as u64),
            _ => u64::try_from(number).map_err(|_| self.out_of_range(field)),
        }
    }

    fn float(&mut self, field: &Field) -> Result<f64, Error> {
        match self.next(field)? {
            Value::Float(number) => Ok(*number),
            Value::Int(number) => Ok(*number as f64),
            Value::Bool(truth) => Ok(u8::from(*truth).into()),
            Value::Bytes(_) | Value::Complex(_) => {
                Err(Error::WrongType { code: field.code(), wanted: "a float" })
            }
        }
    }

    fn complex(&mut self, field: &Field) -> Result<[f64; 2], Error> {
        match self.next(field)? {
            Value::Complex(parts) => Ok(*parts),
            Value::Float(number) => Ok([*number, 0.0]),
            Value::Int(number) => Ok([*number as f64, 0.0]),
            Value::Bool(truth) => Ok([u8::from(*truth).into(), 0.0]),
            Value::Bytes(_) => Err(Error::WrongType { code: field.code(), wanted: "a complex number" }),
        }
    }

    fn boolean(&mut self, field: &Field) -> Result<bool, Error> {
        Ok(match self.next(field)? {
            Value::Bool(truth) => *truth,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Complex(parts) => *parts != [0.0; 2],
            Value::Bytes(bytes) => !bytes.is_empty(),
        })
    }

    fn char(&mut self, field: &Field) -> Result<u8, Error> {
        match self.next(field)? {
            Value::Bytes(bytes) if bytes.len() == 1 => Ok(bytes[0]),
            _ => Err(Error::WrongType { code: field.code(), wanted: "one byte" }),
        }
    }

    fn bytes(&mut self, field: &Field) -> Result<&[u8], Error> {
        match self.next(field)? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(Error::WrongType { code: field.code(), wanted: "bytes" }),
        }
    }

    fn out_of_range(&mut self, field: &Field) -> Error {
        if matches!(field.kind(), Kind::Float | Kind::Complex) {
            return Error::FloatTooLarge { code: field.code() };
        }
        let (least, most) = field.range();
        Error::OutOfRange { code: field.code(), least, most }
    }
}

impl Sink for Vec<Value> {
    type Error = Error;

    fn signed(&mut self, value: i64) -> Result<(), Error> {
        self.push(Value::Int(value.into()));
        Ok(())
    }

    fn unsigned(&mut self, value: u64) -> Result<(), Error> {
        self.push(Value::Int(value.into()));
        Ok(())
    }

    fn float(&mut self, value: f64) -> Result<(), Error> {
        self.push(Value::Float(value));
        Ok(())
    }

    fn complex(&mut self, value: [f64; 2]) -> Result<(), Error> {
        self.push(Value::Complex(value));
        Ok(())
    }

    fn boolean(&mut self, value: bool) -> Result<(), Error> {
        self.push(Value::Bool(value));
        Ok(())
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), Error> {
        self.push(Value::Bytes(value.to_vec()));
        Ok(())
    }
}
