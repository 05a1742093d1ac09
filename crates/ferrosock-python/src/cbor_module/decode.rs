//! `loads`.

use std::ffi::CStr;

use ferrosock_codec::cbor::{DEFAULT_DEPTH, Error, Reader, Token};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString};
use pyo3::{ffi, intern};

use super::{raise, types};
use crate::call::Args;
use crate::input::Input;
use crate::ints;
use crate::memory;
use crate::tree;

pub(super) const DOC: &CStr = c"loads($module, s, /, *, tag_hook=None, object_hook=None)
--

Return the object of a CBOR item, which must be all of the data.

Tags that Python has a type for give it; tag_hook is called with a CBORTag for each other one, and object_hook with the dict of
each map: what they return takes its place. As keys of maps, arrays are tuples.

Raises CBORDecodeEOF if the data ends too early, CBORDecodeValueError for what is no CBOR or lies too deep.
Source: RFC 8949";

struct Decoder<'a, 'py> {
    py: Python<'py>,
    reader: Reader<'a>,
    tag_hook: Option<Bound<'py, PyAny>>,
    object_hook: Option<Bound<'py, PyAny>>,
}

pub(super) fn loads<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const NAMES: [&str; 3] = ["", "tag_hook", "object_hook"];
    args.keyword_only(1)?.named(&NAMES, 1, |args| {
        let hook = |place: usize| match args.get(place).filter(|value| !value.is_none()) {
            Some(hook) if hook.is_callable() => Ok(Some(hook.to_owned())),
            Some(_) => Err(PyTypeError::new_err(format!("{} must be a callable", NAMES[place]))),
            None => Ok(None),
        };
        let whole = Input::binary(args.object(0)?)?.settled(py)?;
        let reader = Reader::new(&whole);
        let mut decoder = Decoder { py, reader, tag_hook: hook(1)?, object_hook: hook(2)? };
        let object = decoder.whole(DEFAULT_DEPTH, false)?;
        match decoder.reader.remaining() {
            0 => Ok(object),
            _ => Err(decoder.refuse(Error::Trailing { at: decoder.reader.position() })),
        }
    })
}

impl<'py> Decoder<'_, 'py> {
    fn token(&mut self) -> PyResult<Token<'_>> {
        let next = self.reader.next();
        match next {
            Ok(token) => Ok(token),
            Err(error) => Err(refuse(self.py, error)),
        }
    }

    fn refuse(&self, error: Error) -> PyErr {
        refuse(self.py, error)
    }

    /// The next item; a break is refused.
    fn whole(&mut self, depth: usize, immutable: bool) -> PyResult<Bound<'py, PyAny>> {
        match self.item(depth, immutable)? {
            Some(object) => Ok(object),
            None => Err(self.refuse(Error::Malformed)),
        }
    }

    /// The next item, None for a break. What lies in a key is made of what cannot change.
    fn item(&mut self, depth: usize, immutable: bool) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        // SAFETY: attached; each call gives a new reference, or null with an exception set.
        let made = |object| unsafe { Bound::from_owned_ptr_or_err(py, object) };
        Ok(Some(match self.token()? {
            Token::Text(text) => string(py, text)?,
            Token::Int(number) => match (i64::try_from(number), u64::try_from(number)) {
                // SAFETY: attached.
                (Ok(number), _) => made(unsafe { ints::new_int(number) })?,
                // SAFETY: attached.
                (_, Ok(number)) => made(unsafe { ffi::PyLong_FromUnsignedLongLong(number) })?,
                _ => number.into_pyobject(py)?.into_any(),
            },
            // SAFETY: attached.
            Token::Float(number) => made(unsafe { ffi::PyFloat_FromDouble(number) })?,
            Token::Bytes(bytes) => memory::bytes_object(py, bytes)?.into_any(),
            // SAFETY: attached.
            Token::Bool(truth) => made(unsafe { ffi::PyBool_FromLong(truth.into()) })?,
            Token::Null => py.None().into_bound(py),
            Token::Undefined => types(py)?.undefined.bind(py).clone(),
            Token::Simple(value) => types(py)?.simple.bind(py).call1((value,))?,
            Token::BytesBegin => {
                let mut all: Vec<u8> = Vec::new();
                loop {
                    match self.token()? {
                        Token::Bytes(chunk) => {
                            all.try_reserve(chunk.len()).map_err(tree::no_memory)?;
                            all.extend_from_slice(chunk);
                        }
                        Token::Break => break memory::bytes_object(py, &all)?.into_any(),
                        _ => return Err(refuse(py, Error::Malformed)),
                    }
                }
            }
            Token::TextBegin => {
                let mut all = String::new();
                loop {
                    match self.token()? {
                        Token::Text(chunk) => {
                            all.try_reserve(chunk.len()).map_err(tree::no_memory)?;
                            all.push_str(chunk);
                        }
                        Token::Break => break string(py, &all)?,
                        _ => return Err(refuse(py, Error::Malformed)),
                    }
                }
            }
            Token::Array(Some(count)) => {
                let depth = self.deeper(depth)?;
                tree::sequence(py, count, !immutable, || self.whole(depth, immutable))?
            }
            Token::Array(None) => {
                let depth = self.deeper(depth)?;
                let list = PyList::empty(py);
                while let Some(object) = self.item(depth, immutable)? {
                    list.append(object)?;
                }
                if immutable { list.to_tuple().into_any() } else { list.into_any() }
            }
            Token::Map(count) => self.map(count, self.deeper(depth)?, immutable)?,
            Token::Tag(tag) => self.tag(tag, self.deeper(depth)?, immutable)?,
            Token::Break => return Ok(None),
            _ => return Err(refuse(py, Error::Malformed)),
        }))
    }

    fn map(&mut self, count: Option<usize>, depth: usize, immutable: bool) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(self.py);
        let mut done = 0;
        while count.is_none_or(|count| done < count) {
            let Some(key) = self.item(depth, true)? else {
                if count.is_some() {
                    return Err(self.refuse(Error::Malformed));
                }
                break;
            };
            let value = self.whole(depth, immutable)?;
            if let Err(error) = dict.set_item(key, value) {
                if !error.is_instance_of::<PyTypeError>(self.py) {
                    return Err(error);
                }
                let message = format!("a key that cannot be one: {}", error.value(self.py));
                crate::error::dismiss(error);
                return Err(raise(self.py, "CBORDecodeValueError", message));
            }
            done += 1;
        }
        match &self.object_hook {
            Some(hook) => hook.call1((dict,)),
            None => Ok(dict.into_any()),
        }
    }

    fn tag(&mut self, tag: u64, depth: usize, immutable: bool) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        // A set's members are keys of a kind.
        let value = self.whole(depth, immutable || tag == 258)?;
        if let (2 | 3, Ok(bytes)) = (tag, value.cast::<PyBytes>()) {
            let number = py.get_type::<PyInt>().call_method1(intern!(py, "from_bytes"), (bytes, "big"))?;
            return if tag == 3 { number.call_method0(intern!(py, "__invert__")) } else { Ok(number) };
        }
        if let Some(function) = types(py)?.tags.bind(py).get_item(tag)? {
            return function.call1((value, immutable));
        }
        let tag = types(py)?.tag.bind(py).call1((tag, value))?;
        match &self.tag_hook {
            Some(hook) => hook.call1((tag,)),
            None => Ok(tag),
        }
    }

    fn deeper(&self, depth: usize) -> PyResult<usize> {
        depth.checked_sub(1).ok_or_else(|| self.refuse(Error::TooDeep))
    }
}

fn string<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; so many bytes of UTF-8; a new str, or null with an exception set.
    unsafe {
        let text = ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len() as ffi::Py_ssize_t);
        Bound::from_owned_ptr_or_err(py, text).map(|text| text.cast_into_unchecked::<PyString>().into_any())
    }
}

#[cold]
fn refuse(py: Python<'_>, error: Error) -> PyErr {
    let name = if error == Error::Incomplete { "CBORDecodeEOF" } else { "CBORDecodeValueError" };
    raise(py, name, error.to_string())
}
