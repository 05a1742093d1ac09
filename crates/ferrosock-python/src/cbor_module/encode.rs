//! `dumps`.

use std::ffi::CStr;

use ferrosock_codec::cbor::{DEFAULT_DEPTH, Error, Writer};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyNotImplemented, PyString, PyTuple,
};
use pyo3::{Borrowed, intern};

use super::{Types, raise, types};
use crate::call::Args;
use crate::convert::type_name;
use crate::input::Input;
use crate::memory;
use crate::tree::{self, Number, no_memory};

pub(super) const DOC: &CStr = c"dumps($module, obj, /, *, default=None, canonical=False, datetime_as_timestamp=False,
      timezone=None)
--

Return an object as CBOR.

None, bool, int of any size, float, str, bytes, bytearray, memoryview, list, tuple, dict, CBORTag, CBORSimpleValue and
undefined are encoded, and by tags datetime, date, Decimal, Fraction, UUID, sets, IP addresses and patterns. default is called
with any other object, and what it returns is encoded. canonical gives the deterministic form of RFC 8949, section 4.2: sorted
keys and shortest floats. A datetime without a time zone is of timezone.

Raises CBOREncodeTypeError for what cannot be encoded, CBOREncodeValueError for what lies too deep, and for a Decimal whose
exponent is beyond 10000, which loads() refuses.
Source: RFC 8949";

struct Encoder<'py> {
    py: Python<'py>,
    writer: Writer,
    default: Option<Bound<'py, PyAny>>,
    canonical: bool,
    timestamp: bool,
    timezone: Bound<'py, PyAny>,
    types: &'static Types,
}

pub(super) fn dumps<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const NAMES: [&str; 5] = ["", "default", "canonical", "datetime_as_timestamp", "timezone"];
    args.keyword_only(1)?.named(&NAMES, 1, |args| {
        let flag = |place: usize| args.get(place).map_or(Ok(false), |value| value.is_truthy());
        let mut encoder = Encoder {
            py,
            writer: Writer::new(),
            default: args.get(1).filter(|value| !value.is_none()).map(Borrowed::to_owned),
            canonical: flag(2)?,
            timestamp: flag(3)?,
            timezone: args.get(4).map_or_else(|| py.None().into_bound(py), Borrowed::to_owned),
            types: types(py)?,
        };
        encoder.encode(&args.object(0)?.to_owned(), DEFAULT_DEPTH)?;
        memory::bytes_object(py, encoder.writer.as_bytes()).map(Bound::into_any)
    })
}

impl<'py> Encoder<'py> {
    fn encode(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> PyResult<()> {
        self.writer.try_reserve(16).map_err(no_memory)?;
        if let Ok(text) = object.cast_exact::<PyString>() {
            return self.text(text);
        }
        if let Ok(number) = object.cast_exact::<PyInt>() {
            return self.int(number);
        }
        if object.is_none() {
            self.writer.null();
        } else if let Ok(truth) = object.cast::<PyBool>() {
            self.writer.bool(truth.is_true());
        } else if let Ok(number) = object.cast::<PyFloat>() {
            self.float(number.value());
        } else if let Ok(dict) = object.cast::<PyDict>() {
            return self.dict(dict, depth);
        } else if object.is_exact_instance(self.types.tag.bind(self.py)) {
            self.writer.tag(object.getattr(intern!(object.py(), "tag"))?.extract()?);
            let value = object.getattr(intern!(object.py(), "value"))?;
            return self.encode(&value, self.deeper(depth)?);
        } else if object.is_exact_instance(self.types.simple.bind(self.py)) {
            let value = object.getattr(intern!(object.py(), "value"))?.extract()?;
            return self.writer.simple(value).map_err(|error| self.refuse(error));
        } else if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            let depth = self.deeper(depth)?;
            self.writer.array(tree::len(object)?);
            return tree::items(object, |item| self.encode(&item, depth));
        } else if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            return self.bytes(bytes.as_bytes());
        } else if is_binary(object) {
            return self.bytes(&Input::binary(object.as_borrowed())?);
        } else if let Ok(text) = object.cast::<PyString>() {
            return self.text(text);
        } else if let Ok(number) = object.cast::<PyInt>() {
            return self.int(number);
        } else if object.is(&self.types.undefined) {
            self.writer.undefined();
        } else {
            return self.other(object, depth);
        }
        Ok(())
    }

    fn text(&mut self, text: &Bound<'py, PyString>) -> PyResult<()> {
        let text = text.to_str()?;
        self.writer.try_reserve(text.len().saturating_add(16)).map_err(no_memory)?;
        self.writer.text(text);
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> PyResult<()> {
        self.writer.try_reserve(bytes.len().saturating_add(16)).map_err(no_memory)?;
        self.writer.bytes(bytes);
        Ok(())
    }

    fn float(&mut self, number: f64) {
        if self.canonical {
            self.writer.float(number);
        } else {
            self.writer.double(number);
        }
    }

    fn int(&mut self, number: &Bound<'py, PyInt>) -> PyResult<()> {
        let known = match tree::number(number)? {
            Number::Signed(value) => self.writer.int(value.into()),
            Number::Unsigned(value) => self.writer.int(value.into()),
            Number::Big => return self.big(number),
        };
        known.map_err(|error| self.refuse(error))
    }

    /// An int of more than 64 bits: one more than its negative fits into 64 bits, or its bytes go behind a tag (section 3.4.3).
    fn big(&mut self, number: &Bound<'py, PyInt>) -> PyResult<()> {
        let negative = number.lt(0)?;
        let py = number.py();
        let magnitude = if negative {
            number.call_method0(intern!(py, "__invert__"))?
        } else {
            number.clone().into_any()
        };
        if let (true, Ok(Number::Signed(_) | Number::Unsigned(_))) =
            (negative, tree::number(magnitude.cast::<PyInt>()?))
        {
            self.writer.negative(magnitude.extract()?);
            return Ok(());
        }
        let bits: usize = magnitude.call_method0(intern!(py, "bit_length"))?.extract()?;
        let bytes = magnitude.call_method1(intern!(py, "to_bytes"), (bits.div_ceil(8), "big"))?;
        self.writer.tag(if negative { 3 } else { 2 });
        self.bytes(bytes.cast::<PyBytes>()?.as_bytes())
    }

    fn dict(&mut self, dict: &Bound<'py, PyDict>, depth: usize) -> PyResult<()> {
        let depth = self.deeper(depth)?;
        self.writer.map(dict.len());
        if !self.canonical {
            return tree::pairs(dict, |key, value| {
                self.encode(&key, depth)?;
                self.encode(&value, depth)
            });
        }
        let mut pairs: Vec<(Vec<u8>, Bound<'py, PyAny>)> = memory::room_for(dict.len())?;
        tree::pairs(dict, |key, value| {
            let outer = std::mem::take(&mut self.writer);
            let encoded = self.encode(&key, depth);
            let key = std::mem::replace(&mut self.writer, outer).into_bytes();
            encoded.map(|()| pairs.push((key, value)))
        })?;
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        for (key, value) in pairs {
            self.writer.encoded(&key);
            self.encode(&value, depth)?;
        }
        Ok(())
    }

    fn other(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> PyResult<()> {
        let represent = self.types.represent.bind(self.py);
        let other = represent.call1((object, self.timestamp, &self.timezone, self.canonical))?;
        if !other.is(&*PyNotImplemented::get(self.py)) {
            return self.encode(&other, self.deeper(depth)?);
        }
        match &self.default {
            Some(default) => {
                let other = default.call1((object,))?;
                self.encode(&other, self.deeper(depth)?)
            }
            None => {
                let message = format!("cannot serialize type {}", type_name(object));
                Err(raise(self.py, "CBOREncodeTypeError", message))
            }
        }
    }

    fn deeper(&self, depth: usize) -> PyResult<usize> {
        depth.checked_sub(1).ok_or_else(|| self.refuse(Error::TooDeep))
    }

    #[cold]
    fn refuse(&self, error: Error) -> PyErr {
        raise(self.py, "CBOREncodeValueError", error.to_string())
    }
}

fn is_binary(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyByteArray>()
        || object.is_instance_of::<pyo3::types::PyMemoryView>()
}
