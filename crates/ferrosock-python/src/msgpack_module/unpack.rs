//! `unpackb`.

use std::ffi::{CStr, CString};

use ferrosock_codec::msgpack::{DEFAULT_DEPTH, Error, Reader, Timestamp, Token};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use pyo3::{ffi, intern};

use super::{ext_type, timestamp};
use crate::call::Args;
use crate::convert::type_name;
use crate::input::Input;
use crate::ints;
use crate::memory;
use crate::tree;

pub(super) const DOC: &CStr = c"unpackb($module, packed, /, *, raw=False, use_list=True, object_hook=None, object_pairs_hook=None,
        list_hook=None, ext_hook=None, timestamp=0, strict_map_key=True, unicode_errors=None)
--

Return the object of a MessagePack.

raw gives str as bytes; without use_list, arrays are tuples. object_hook gets each map as a dict, object_pairs_hook as a list of
pairs, list_hook each array, ext_hook the code and the data of each extension type (None: ExtType): what they return takes its
place. Of timestamp, 0 gives Timestamp, 1 float, 2 int nanoseconds, 3 datetime of UTC. With strict_map_key, keys must be str or bytes.

Raises ValueError for what is no MessagePack: FormatError, StackError, ExtraData with the object and what follows it.
Source: https://github.com/msgpack/msgpack/blob/master/spec.md";

struct Unpacker<'a, 'py> {
    py: Python<'py>,
    reader: Reader<'a>,
    raw: bool,
    use_list: bool,
    object_hook: Option<Bound<'py, PyAny>>,
    pairs_hook: Option<Bound<'py, PyAny>>,
    list_hook: Option<Bound<'py, PyAny>>,
    ext_hook: Option<Bound<'py, PyAny>>,
    timestamp: isize,
    strict_map_key: bool,
    errors: Option<CString>,
}

pub(super) fn unpackb<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const NAMES: [&str; 10] = [
        "",
        "raw",
        "use_list",
        "object_hook",
        "object_pairs_hook",
        "list_hook",
        "ext_hook",
        "timestamp",
        "strict_map_key",
        "unicode_errors",
    ];
    args.keyword_only(1)?.named(&NAMES, 1, |args| {
        let flag = |place: usize, default| args.get(place).map_or(Ok(default), |value| value.is_truthy());
        let hook = |place: usize| match args.get(place).filter(|value| !value.is_none()) {
            Some(hook) if hook.is_callable() => Ok(Some(hook.to_owned())),
            Some(_) => Err(PyTypeError::new_err(format!("{} must be a callable.", NAMES[place]))),
            None => Ok(None),
        };
        let errors = match args.get(9).filter(|value| !value.is_none()) {
            Some(name) => {
                let name = name.cast::<PyString>()?.to_str()?.as_bytes().to_vec();
                let refusal = |_| PyValueError::new_err("embedded null character");
                Some(CString::new(name).map_err(refusal)?)
            }
            None => None,
        };
        let whole = Input::binary(args.object(0)?)?.settled(py)?;
        let mut unpacker = Unpacker {
            py,
            reader: Reader::new(&whole),
            raw: flag(1, false)?,
            use_list: flag(2, true)?,
            object_hook: hook(3)?,
            pairs_hook: hook(4)?,
            list_hook: hook(5)?,
            ext_hook: hook(6)?,
            timestamp: args.ssize_or(7, 0)?,
            strict_map_key: flag(8, true)?,
            errors,
        };
        if !(0..=3).contains(&unpacker.timestamp) {
            return Err(PyValueError::new_err("timestamp must be 0..3"));
        }
        if unpacker.object_hook.is_some() && unpacker.pairs_hook.is_some() {
            return Err(PyTypeError::new_err("object_pairs_hook and object_hook are mutually exclusive."));
        }
        let object = unpacker.unpack(DEFAULT_DEPTH)?;
        let at = unpacker.reader.position();
        match whole.get(at..) {
            None | Some([]) => Ok(object),
            Some(extra) => {
                let extra = memory::bytes_object(py, extra)?;
                let class = py.import("ferrosock._msgpack_types")?.getattr(intern!(py, "ExtraData"))?;
                Err(PyErr::from_value(class.call1((object, extra))?))
            }
        }
    })
}

impl<'py> Unpacker<'_, 'py> {
    fn unpack(&mut self, depth: usize) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        // SAFETY: attached; each call gives a new reference, or null with an exception set.
        let made = |object| unsafe { Bound::from_owned_ptr_or_err(py, object) };
        match self.reader.next().map_err(|error| self.refuse(error))? {
            Token::Str(text) if self.raw => memory::bytes_object(py, text).map(Bound::into_any),
            Token::Str(text) => self.text(text),
            // SAFETY: attached.
            Token::Int(number) => made(unsafe { ints::new_int(number) }),
            // SAFETY: attached.
            Token::Uint(number) => made(unsafe { ffi::PyLong_FromUnsignedLongLong(number) }),
            Token::Nil => Ok(py.None().into_bound(py)),
            // SAFETY: attached.
            Token::Bool(truth) => made(unsafe { ffi::PyBool_FromLong(truth.into()) }),
            // SAFETY: attached.
            Token::F32(number) => made(unsafe { ffi::PyFloat_FromDouble(number.into()) }),
            // SAFETY: attached.
            Token::F64(number) => made(unsafe { ffi::PyFloat_FromDouble(number) }),
            Token::Bin(bytes) => memory::bytes_object(py, bytes).map(Bound::into_any),
            Token::Array(count) => {
                let depth = self.deeper(depth)?;
                let array = tree::sequence(py, count, self.use_list, || self.unpack(depth))?;
                hooked(self.list_hook.as_ref(), array)
            }
            Token::Map(count) => self.map(count, depth),
            Token::Ext(kind, data) => self.ext(kind, data),
            _ => Err(PyValueError::new_err("unknown token")),
        }
    }

    #[inline]
    fn text(&self, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let errors = self.errors.as_ref().map_or(std::ptr::null(), |errors| errors.as_ptr());
        // SAFETY: attached; so many bytes, and the name of an error handler or null.
        unsafe {
            let length = text.len() as ffi::Py_ssize_t;
            let text = ffi::PyUnicode_DecodeUTF8(text.as_ptr().cast(), length, errors);
            Bound::from_owned_ptr_or_err(self.py, text)
        }
    }

    fn map(&mut self, count: usize, depth: usize) -> PyResult<Bound<'py, PyAny>> {
        let (py, depth) = (self.py, self.deeper(depth)?);
        if self.pairs_hook.is_some() {
            let pairs = PyList::empty(py);
            for _ in 0..count {
                let key = self.key(depth)?;
                pairs.append((key, self.unpack(depth)?))?;
            }
            return hooked(self.pairs_hook.as_ref(), pairs.into_any());
        }
        let dict = PyDict::new(py);
        for _ in 0..count {
            let key = self.key(depth)?;
            dict.set_item(key, self.unpack(depth)?)?;
        }
        hooked(self.object_hook.as_ref(), dict.into_any())
    }

    fn key(&mut self, depth: usize) -> PyResult<Bound<'py, PyAny>> {
        let key = self.unpack(depth)?;
        let plain = key.is_exact_instance_of::<PyString>() || key.is_exact_instance_of::<PyBytes>();
        if self.strict_map_key && !plain {
            return Err(PyValueError::new_err(format!(
                "{} is not allowed for map key when strict_map_key=True",
                type_name(&key)
            )));
        }
        Ok(key)
    }

    fn ext(&self, kind: i8, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        if kind == Timestamp::KIND {
            let moment = Timestamp::from_bytes(data).ok_or_else(|| {
                PyValueError::new_err("a timestamp of another form than the three there are")
            })?;
            let moment = timestamp(py)?.call1((moment.seconds, moment.nanoseconds))?;
            return match self.timestamp {
                1 => moment.call_method0(intern!(py, "to_unix")),
                2 => moment.call_method0(intern!(py, "to_unix_nano")),
                3 => moment.call_method0(intern!(py, "to_datetime")),
                _ => Ok(moment),
            };
        }
        let data = memory::bytes_object(py, data)?;
        match &self.ext_hook {
            Some(hook) => hook.call1((kind, data)),
            None => ext_type(py)?.call1((kind, data)),
        }
    }

    fn deeper(&self, depth: usize) -> PyResult<usize> {
        depth.checked_sub(1).ok_or_else(|| self.refuse(Error::TooDeep))
    }

    #[cold]
    fn refuse(&self, error: Error) -> PyErr {
        let name = match error {
            Error::Reserved => "FormatError",
            Error::TooDeep => "StackError",
            Error::Incomplete => return PyValueError::new_err("Unpack failed: incomplete input"),
            other => return PyValueError::new_err(other.to_string()),
        };
        let class = self
            .py
            .import("ferrosock._msgpack_types")
            .and_then(|module| module.getattr(PyString::intern(self.py, name)));
        match class.and_then(|class| class.call1((error.to_string(),))) {
            Ok(value) => PyErr::from_value(value),
            Err(failure) => failure,
        }
    }
}

fn hooked<'py>(hook: Option<&Bound<'py, PyAny>>, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match hook {
        Some(hook) => hook.call1((value,)),
        None => Ok(value),
    }
}
