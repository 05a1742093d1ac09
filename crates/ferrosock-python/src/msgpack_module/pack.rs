//! `packb`.

use std::ffi::CStr;

use ferrosock_codec::msgpack::{DEFAULT_DEPTH, Error, Timestamp, Writer};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple,
};
use pyo3::{Borrowed, intern};

use super::{ext_type, timestamp};
use crate::call::Args;
use crate::convert::type_name;
use crate::input::Input;
use crate::memory;
use crate::tree::{self, Number, no_memory};

pub(super) const DOC: &CStr = c"packb($module, o, /, *, default=None, use_single_float=False, use_bin_type=True,
      strict_types=False, datetime=False)
--

Return an object as MessagePack.

None, bool, int, float, str, bytes, bytearray, memoryview, list, tuple, dict, ExtType and Timestamp are packed; with datetime,
aware datetimes as timestamps. default is called with any other object, and what it returns is packed. With strict_types,
objects of derived classes count as others, and so do tuples. Without use_bin_type, bytes are packed as old peers know them.

Raises TypeError for what cannot be packed, OverflowError for an int of more than 64 bits, ValueError for what lies too deep.
Source: https://github.com/msgpack/msgpack/blob/master/spec.md";

struct Packer<'a, 'py> {
    py: Python<'py>,
    writer: Writer,
    default: Option<Bound<'py, PyAny>>,
    single: bool,
    bin: bool,
    strict: bool,
    datetime: bool,
    ext: Bound<'py, PyAny>,
    timestamp: &'a Bound<'py, PyAny>,
}

pub(super) fn packb<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const NAMES: [&str; 6] = ["", "default", "use_single_float", "use_bin_type", "strict_types", "datetime"];
    args.keyword_only(1)?.named(&NAMES, 1, |args| {
        let flag = |place: usize, default| args.get(place).map_or(Ok(default), |value| value.is_truthy());
        let default = args.get(1).filter(|value| !value.is_none()).map(Borrowed::to_owned);
        if default.as_ref().is_some_and(|default| !default.is_callable()) {
            return Err(PyTypeError::new_err("default must be a callable."));
        }
        let timestamp = timestamp(py)?;
        let mut packer = Packer {
            py,
            writer: Writer::new(),
            default,
            single: flag(2, false)?,
            bin: flag(3, true)?,
            strict: flag(4, false)?,
            datetime: flag(5, false)?,
            ext: ext_type(py)?,
            timestamp: &timestamp,
        };
        packer.pack(&args.object(0)?.to_owned(), DEFAULT_DEPTH)?;
        memory::bytes_object(py, packer.writer.as_bytes()).map(Bound::into_any)
    })
}

fn refuse(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

impl<'py> Packer<'_, 'py> {
    fn pack(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> PyResult<()> {
        self.writer.try_reserve(16).map_err(no_memory)?;
        if let Ok(text) = object.cast_exact::<PyString>() {
            return self.bytes_of(text.to_str()?.as_bytes(), Writer::str);
        }
        if let Ok(number) = object.cast_exact::<PyInt>() {
            return self.int(number);
        }
        if object.is_none() {
            self.writer.nil();
            return Ok(());
        }
        if let Ok(truth) = object.cast::<PyBool>() {
            self.writer.bool(truth.is_true());
            return Ok(());
        }
        if let Ok(number) = object.cast_exact::<PyFloat>() {
            return self.float(number);
        }
        if let Ok(dict) = object.cast_exact::<PyDict>() {
            return self.dict(dict, depth);
        }
        if object.is_exact_instance_of::<PyList>() {
            return self.array(object, depth);
        }
        if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            return self.binary(bytes.as_bytes());
        }
        if object.is_exact_instance_of::<PyByteArray>() || object.is_exact_instance_of::<PyMemoryView>() {
            return self.binary(&Input::binary(object.as_borrowed())?);
        }
        if object.is_exact_instance(&self.ext) {
            let (kind, data): (i64, Bound<'py, PyAny>) = object.extract()?;
            let kind = i8::try_from(kind).map_err(|_| PyValueError::new_err("code must be -128~127"))?;
            let data = Input::binary(data.as_borrowed())?;
            self.writer.try_reserve(data.len()).map_err(no_memory)?;
            return self.writer.ext(kind, &data).map_err(refuse);
        }
        if object.is_exact_instance(self.timestamp) {
            let seconds = object.getattr(intern!(object.py(), "seconds"))?.extract()?;
            let nanoseconds = object.getattr(intern!(object.py(), "nanoseconds"))?.extract()?;
            let moment = Timestamp { seconds, nanoseconds };
            return self.writer.ext(Timestamp::KIND, &moment.to_bytes()).map_err(refuse);
        }
        if !self.strict {
            if object.is_instance_of::<PyTuple>() || object.is_instance_of::<PyList>() {
                return self.array(object, depth);
            }
            if let Ok(text) = object.cast::<PyString>() {
                return self.bytes_of(text.to_str()?.as_bytes(), Writer::str);
            }
            if let Ok(number) = object.cast::<PyInt>() {
                return self.int(number);
            }
            if let Ok(number) = object.cast::<PyFloat>() {
                return self.float(number);
            }
            if let Ok(dict) = object.cast::<PyDict>() {
                return self.dict(dict, depth);
            }
            if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
                return self.binary(&Input::binary(object.as_borrowed())?);
            }
        }
        self.other(object, depth)
    }

    fn int(&mut self, value: &Bound<'py, PyInt>) -> PyResult<()> {
        match tree::number(value)? {
            Number::Signed(value) => self.writer.int(value),
            Number::Unsigned(value) => self.writer.uint(value),
            Number::Big => match &self.default {
                Some(default) => {
                    let other = default.call1((value,))?;
                    if other.is_instance_of::<PyInt>() {
                        return Err(PyOverflowError::new_err("Integer value out of range"));
                    }
                    return self.pack(&other, 0);
                }
                None => return Err(PyOverflowError::new_err("Integer value out of range")),
            },
        }
        Ok(())
    }

    fn float(&mut self, value: &Bound<'py, PyFloat>) -> PyResult<()> {
        if self.single {
            self.writer.f32(value.value() as f32);
        } else {
            self.writer.f64(value.value());
        }
        Ok(())
    }

    fn bytes_of(&mut self, bytes: &[u8], write: fn(&mut Writer, &[u8]) -> Result<(), Error>) -> PyResult<()> {
        self.writer.try_reserve(bytes.len().saturating_add(16)).map_err(no_memory)?;
        write(&mut self.writer, bytes).map_err(refuse)
    }

    fn binary(&mut self, bytes: &[u8]) -> PyResult<()> {
        self.bytes_of(bytes, if self.bin { Writer::bin } else { Writer::old_raw })
    }

    fn array(&mut self, sequence: &Bound<'py, PyAny>, depth: usize) -> PyResult<()> {
        let depth = deeper(depth)?;
        self.writer.array(tree::len(sequence)?).map_err(refuse)?;
        tree::items(sequence, |item| self.pack(&item, depth))
    }

    fn dict(&mut self, dict: &Bound<'py, PyDict>, depth: usize) -> PyResult<()> {
        let depth = deeper(depth)?;
        self.writer.map(dict.len()).map_err(refuse)?;
        tree::pairs(dict, |key, value| {
            self.pack(&key, depth)?;
            self.pack(&value, depth)
        })
    }

    fn other(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> PyResult<()> {
        if self.datetime {
            let moment = self
                .py
                .import("ferrosock._msgpack_types")?
                .getattr(intern!(self.py, "timestamp_of"))?
                .call1((object,))?;
            if !moment.is_none() {
                return self.pack(&moment, depth);
            }
        }
        match &self.default {
            Some(default) => {
                let other = default.call1((object,))?;
                self.pack(&other, deeper(depth)?)
            }
            None => Err(PyTypeError::new_err(format!("can not serialize '{}' object", type_name(object)))),
        }
    }
}

fn deeper(depth: usize) -> PyResult<usize> {
    depth.checked_sub(1).ok_or_else(|| PyValueError::new_err("recursion limit exceeded."))
}
