//! `parse_qs`, `parse_qsl` and `urlencode`.

use std::ffi::{CStr, CString, c_int};

use ferrosock_codec::url::{
    Encoding, Error, Field, Fields, FormOptions, FormWriter, count_pieces, decode_component,
};
use pyo3::exceptions::{PyDeprecationWarning, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::globals::Globals;
use super::operands::{Kind, bytes_of};
use super::quote::with_encoding;
use super::unquote::{Decoding, component};
use super::{CALLS, functions as all_functions};
use crate::call::{Args, docstring, native_named};
use crate::signature::{Signature, required};
use crate::text::{self, Text, ascii};
use crate::version::{self, Change};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"parse_qsl", parse_qsl, LIST_DOC),
        native_named!(CALLS, c"parse_qs", parse_qs, DICT_DOC),
        native_named!(CALLS, c"urlencode", urlencode, ENCODE_DOC),
    ])
}

/// Bytes of a form stay bytes (gh-74668), and what is no form is refused unless it is false (gh-116764).
const BYTES_STAY: Change = Change::of(&[(11, 9), (12, 3)]);

type Given<'a, 'py> = [Option<Borrowed<'a, 'py, PyAny>>; 7];
const NAMES: [&str; 7] =
    ["qs", "keep_blank_values", "strict_parsing", "encoding", "errors", "max_num_fields", "separator"];

const LIST: Signature<7> = Signature {
    text: "parse_qsl(qs, keep_blank_values=False, strict_parsing=False, encoding='utf-8', errors='replace', \
           max_num_fields=None, separator='&')",
    names: NAMES,
    required: 1,
};
const LIST_14: Signature<8> = Signature {
    text: "parse_qsl(qs, keep_blank_values=False, strict_parsing=False, encoding='utf-8', errors='replace', \
           max_num_fields=None, separator='&', *, _stacklevel=1)",
    names: [
        "qs",
        "keep_blank_values",
        "strict_parsing",
        "encoding",
        "errors",
        "max_num_fields",
        "separator",
        "_stacklevel",
    ],
    required: 1,
};
const LIST_DOC: &CStr = docstring!(
    version::since(14),
    "parse_qsl($module, qs, keep_blank_values=False, strict_parsing=False, encoding='utf-8', errors='replace', \
     max_num_fields=None, separator='&', *, _stacklevel=1)",
    "parse_qsl($module, qs, keep_blank_values=False, strict_parsing=False, encoding='utf-8', errors='replace', \
     max_num_fields=None, separator='&')\n--",
    "Read a query string or a form (application/x-www-form-urlencoded).

Args:
    qs: the query, as str or bytes.
    keep_blank_values: whether fields without a value are given, with an empty one.
    strict_parsing: whether a field without '=' is an error; else it is passed over, or has an empty value.
    encoding, errors: how percent-escapes become text, as of unquote.
    max_num_fields: how many fields there may be; None for any number.
    separator: what stands between fields.

Returns:
    A list of pairs of a name and a value.

Raises:
    ValueError: there are too many fields, one is wrong and strict_parsing is true, or the separator is empty.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.parse_qsl"
);

fn parse_qsl<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let list = PyList::empty(py);
    let (given, level) = if version::since(14) {
        let [query, blank, strict, encoding, errors, most, separator, level] =
            LIST_14.read_named(&args, 7)?;
        let level = level.map_or(Ok(1), Borrowed::extract)?;
        ([query, blank, strict, encoding, errors, most, separator], level)
    } else {
        (LIST.read(&args)?, 1)
    };
    fields(py, given, level, |name, value| list.append(pair(py, name, value)?))?;
    Ok(list.into_any())
}

const DICT: Signature<7> = Signature {
    text: "parse_qs(qs, keep_blank_values=False, strict_parsing=False, encoding='utf-8', errors='replace', \
           max_num_fields=None, separator='&')",
    names: NAMES,
    required: 1,
};
const DICT_DOC: &CStr = c"parse_qs($module, qs, keep_blank_values=False, strict_parsing=False, encoding='utf-8', errors='replace', max_num_fields=None, separator='&')
--

Read a query string or a form into a dict.

Args, Raises: as of parse_qsl.

Returns:
    A dict of each name and the list of its values.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.parse_qs";

fn parse_qs<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let dict = PyDict::new(py);
    fields(py, DICT.read(&args)?, 1, |name, value| {
        let fresh = PyList::empty(py);
        // Names seldom come twice: so each is looked up but once.
        // SAFETY: attached; live objects; gives what the dict has now, borrowed, or null with an exception set.
        let values = unsafe {
            let values = ffi::PyDict_SetDefault(dict.as_ptr(), name.as_ptr(), fresh.as_ptr());
            Borrowed::from_ptr_or_err(py, values)?.to_owned()
        };
        values.cast::<PyList>()?.append(value)
    })?;
    Ok(dict.into_any())
}

/// A tuple of two.
fn pair<'py>(
    py: Python<'py>,
    first: Bound<'py, PyAny>,
    second: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; a new tuple takes over one reference for each of its places, before anybody has seen it.
    unsafe {
        let tuple = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(2))?;
        ffi::PyTuple_SET_ITEM(tuple.as_ptr(), 0, first.into_ptr());
        ffi::PyTuple_SET_ITEM(tuple.as_ptr(), 1, second.into_ptr());
        Ok(tuple)
    }
}

/// Gives each field of the query to `take`. A warning is for the caller's frame, or `level` - 1 above it.
fn fields<'py>(
    py: Python<'py>,
    given: Given<'_, 'py>,
    level: i32,
    take: impl FnMut(Bound<'py, PyAny>, Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    let [query, blank, strict, encoding, errors, most, separator] = given;
    let query = required(query)?;
    let flag =
        |argument: Option<Borrowed<'_, 'py, PyAny>>| argument.map_or(Ok(false), |value| value.is_truthy());
    let reader = Reader {
        keep_blank: flag(blank)?,
        strict: flag(strict)?,
        decoding: Decoding::new(encoding, errors, true),
        most: most.filter(|most| !most.is_none()),
    };
    if BYTES_STAY.is_made() {
        reader.bytes_stay(query, separator, level, take)
    } else {
        reader.bytes_are_ascii(py, query, separator, take)
    }
}

/// The words of the standard library for a separator that is none.
fn no_separator() -> PyErr {
    PyValueError::new_err("Separator must be of type string or bytes.")
}

struct Reader<'a, 'py> {
    keep_blank: bool,
    strict: bool,
    decoding: Decoding<'a, 'py>,
    most: Option<Borrowed<'a, 'py, PyAny>>,
}

impl<'py> Reader<'_, 'py> {
    /// Bytes are decoded from ASCII, and names and values encoded to it again.
    fn bytes_are_ascii(
        &self,
        py: Python<'py>,
        query: Borrowed<'_, 'py, PyAny>,
        separator: Option<Borrowed<'_, 'py, PyAny>>,
        mut take: impl FnMut(Bound<'py, PyAny>, Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        let kind = Kind::of(&query)?;
        let query = kind.text(query)?;
        let separator = match separator {
            None => Text::Ascii(b"&"),
            Some(separator) => Kind::of(&separator)?.text(separator)?,
        };
        if separator.bytes().is_empty() {
            return Err(no_separator());
        }
        if query.bytes().is_empty() && !version::since(11) {
            // One empty field, there.
            self.refuse_more_than(1)?;
            if self.strict {
                return Err(PyValueError::new_err("bad query field: ''"));
            }
            return Ok(());
        }
        self.read(
            py,
            query.bytes(),
            separator.bytes(),
            Kind::Str,
            |part| {
                if kind == Kind::Bytes && !part.iter().any(|byte| matches!(byte, b'+' | b'%')) {
                    return text::bytes_object(py, part);
                }
                let text = component(py, part, self.decoding)?.map_or_else(|| text::string(py, part), Ok)?;
                match kind {
                    Kind::Str => Ok(text),
                    Kind::Bytes => text.call_method1(intern!(py, "encode"), ("ascii", "strict")),
                }
            },
            &mut take,
        )
    }

    /// Bytes stay bytes.
    fn bytes_stay(
        &self,
        query: Borrowed<'_, 'py, PyAny>,
        separator: Option<Borrowed<'_, 'py, PyAny>>,
        level: i32,
        mut take: impl FnMut(Bound<'py, PyAny>, Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        let py = query.py();
        if let Some(separator) = separator {
            let is_text = separator.is_instance_of::<PyString>() || separator.is_instance_of::<PyBytes>();
            if !separator.is_truthy()? || !is_text {
                return Err(no_separator());
            }
        }
        if let Ok(query) = query.cast::<PyString>() {
            let separator = match separator {
                None => Text::Ascii(b"&"),
                Some(separator) => Kind::of(&separator)?.text(separator)?,
            };
            let query = Text::of(query)?;
            if query.bytes().is_empty() {
                return Ok(());
            }
            return self.read(
                py,
                query.bytes(),
                separator.bytes(),
                Kind::Str,
                |part| component(py, part, self.decoding)?.map_or_else(|| text::string(py, part), Ok),
                &mut take,
            );
        }
        if !version::since(14) && !query.is_truthy()? {
            return Ok(());
        }
        if !query.is_instance_of::<PyBytes>() {
            if let Some(query) = text::posed_str(&query)? {
                return self.bytes_stay(query.as_any().as_borrowed(), separator, level, take);
            }
        }
        if version::since(14) && query.is_none() {
            return Ok(());
        }
        let held;
        let query = match query.cast_exact::<PyBytes>() {
            Ok(bytes) => bytes_of(bytes),
            Err(_) => {
                held = match octets(&query) {
                    Err(error) if version::since(14) && error.is_instance_of::<PyTypeError>(py) => {
                        if query.is_truthy()? {
                            return Err(error);
                        }
                        return deprecate(&query, level);
                    }
                    held => held?,
                };
                held.as_bytes()
            }
        };
        let separator = match separator {
            None => PyBytes::new(py, b"&"),
            Some(separator) => match separator.cast::<PyString>() {
                Ok(string) => string.call_method1(intern!(py, "encode"), ("ascii",))?.cast_into()?,
                Err(_) => separator.to_owned().cast_into()?,
            },
        };
        if query.is_empty() {
            return Ok(());
        }
        self.read(
            py,
            query,
            separator.as_bytes(),
            Kind::Bytes,
            |part| text::bytes_object(py, &decode_component(part)),
            &mut take,
        )
    }

    fn read(
        &self,
        py: Python<'py>,
        query: &[u8],
        separator: &[u8],
        shown: Kind,
        object: impl Fn(&[u8]) -> PyResult<Bound<'py, PyAny>>,
        take: &mut impl FnMut(Bound<'py, PyAny>, Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        let options =
            FormOptions { separator, keep_blank: self.keep_blank, strict: self.strict, max_fields: None };
        if self.most.is_some() {
            // Every piece counts, empty ones too.
            self.refuse_more_than(count_pieces(query, separator))?;
        }
        let fields =
            Fields::new(query, &options).map_err(|error| PyValueError::new_err(error.to_string()))?;
        for field in fields {
            match field {
                Ok(Field { name, value }) => take(object(name)?, object(value)?)?,
                Err(Error::BadField { start, end }) => {
                    let field = match shown {
                        Kind::Str => text::string(py, &query[start..end])?,
                        Kind::Bytes => text::bytes_object(py, &query[start..end])?,
                    };
                    let field = field.repr()?;
                    return Err(PyValueError::new_err(
                        PyString::new(py, "bad query field: ").add(field)?.unbind(),
                    ));
                }
                Err(error) => return Err(PyValueError::new_err(error.to_string())),
            }
        }
        Ok(())
    }

    fn refuse_more_than(&self, count: usize) -> PyResult<()> {
        match self.most {
            Some(most) if most.lt(count)? => Err(PyValueError::new_err(Error::TooManyFields.to_string())),
            _ => Ok(()),
        }
    }
}

/// The bytes of an object that lends them.
fn octets<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = object.py().get_type::<PyBytes>().call1((PyMemoryView::from(object)?,))?;
    Ok(bytes.cast_into()?)
}

/// Warns of a query that is no form but false.
#[cold]
fn deprecate(query: &Bound<'_, PyAny>, level: c_int) -> PyResult<()> {
    let py = query.py();
    let message = format!(
        "Accepting {} objects with false value in urllib.parse.parse_qsl() is deprecated as of 3.14",
        query.get_type().name()?
    );
    PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), &CString::new(message)?, level)
}

const ENCODE: Signature<6> = Signature {
    text: "urlencode(query, doseq=False, safe='', encoding=None, errors=None, quote_via=None)",
    names: ["query", "doseq", "safe", "encoding", "errors", "quote_via"],
    required: 1,
};
const ENCODE_DOC: &CStr = c"Write a query string or a form (application/x-www-form-urlencoded).

Args:
    query: a mapping, or a sequence of pairs, of names and values. What is no bytes is written as str() gives it.
    doseq: whether a value that is a sequence stands for as many fields of the name.
    safe, encoding, errors: as of quote_plus.
    quote_via: the function that quotes names and values: quote_plus, or quote if spaces are to be '%20'.

Returns:
    A str of ASCII.

Raises:
    TypeError: query is neither a mapping nor a sequence of pairs.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlencode";

fn urlencode<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let given = ENCODE.read(&args)?;
    let [query, sequences, safe, encoding, errors, via] = given;
    let query = required(query)?;
    let globals = Globals::of(module);
    let none = |argument: Option<Borrowed<'_, 'py, PyAny>>| argument.is_none_or(|value| value.is_none());
    let plain = match via {
        None => Some(&Encoding::FORM),
        Some(via) if all_functions(py).is(&via, "quote_plus") => Some(&Encoding::FORM),
        Some(via) if via.is(&globals.find(intern!(py, "_own_quote"))?) => Some(&Encoding::UNRESERVED),
        Some(_) => None,
    };
    if let (Some(plain), true) = (plain, none(encoding) && none(errors)) {
        let sequences = sequences.map_or(Ok(false), |value| value.is_truthy())?;
        // Text alone, since what else may be safe can be changed by, or change, what is iterated.
        if safe.is_none_or(|safe| safe.is_exact_instance_of::<PyString>()) {
            let written = with_encoding(safe, plain, |encoding| {
                let mut form = Form { writer: FormWriter::new(encoding), sequences };
                if form.write(&query)? { form.text(py).map(Some) } else { Ok(None) }
            })?;
            if let Some(written) = written {
                return Ok(written);
            }
        }
    }
    let or = |argument: Option<Borrowed<'_, 'py, PyAny>>, default: Bound<'py, PyAny>| {
        argument.map_or(default, Borrowed::to_owned)
    };
    let nothing = py.None().into_bound(py);
    let via = match via {
        Some(via) => via.to_owned(),
        None => globals.find(intern!(py, "quote_plus"))?,
    };
    let general = [
        query.to_owned(),
        or(sequences, PyBool::new(py, false).to_owned().into_any()),
        or(safe, PyString::new(py, "").into_any()),
        or(encoding, nothing.clone()),
        or(errors, nothing),
        via,
    ];
    globals.call(intern!(py, "_urlencode_objects"), &PyTuple::new(py, general)?)
}

/// A form that is written of objects whose text can be had without any code of theirs.
struct Form<'e> {
    writer: FormWriter<'e>,
    sequences: bool,
}

impl Form<'_> {
    /// What is written.
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.writer.as_bytes() {
            short @ ([] | [_]) => text::string(py, short),
            form => text::ascii_filled(py, form.len(), |place| place.copy_from_slice(form)),
        }
    }

    /// Whether all could be written.
    fn write(&mut self, query: &Bound<'_, PyAny>) -> PyResult<bool> {
        if let Ok(dict) = query.cast_exact::<PyDict>() {
            for (name, value) in dict.iter() {
                if !self.field(&name, &value)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        if let Ok(list) = query.cast_exact::<PyList>() {
            for item in list.iter() {
                if !self.item(&item)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let Ok(tuple) = query.cast_exact::<PyTuple>() else { return Ok(false) };
        for item in tuple.iter_borrowed() {
            if !self.item(&item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn item(&mut self, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        match item.cast_exact::<PyTuple>() {
            Ok(pair) if pair.len() == 2 => {
                self.field(&pair.get_borrowed_item(0)?.to_owned(), &pair.get_borrowed_item(1)?.to_owned())
            }
            _ => Ok(false),
        }
    }

    fn field(&mut self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        if self.sequences {
            if let Ok(values) = value.cast_exact::<PyList>() {
                return self.each(name, values.iter());
            }
            if let Ok(values) = value.cast_exact::<PyTuple>() {
                return self.each(name, values.iter());
            }
        }
        self.one(name, value)
    }

    fn each<'py>(
        &mut self,
        name: &Bound<'py, PyAny>,
        values: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
    ) -> PyResult<bool> {
        if values.len() == 0 {
            // A name that cannot be written is refused without values too.
            return part(name, |_| ());
        }
        for value in values {
            if !self.one(name, &value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn one(&mut self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(part(name, |name| self.writer.name(name))? && part(value, |value| self.writer.value(value))?)
    }
}

/// Hands on the text of a name or a value, and says whether it has one.
#[inline]
fn part(part: &Bound<'_, PyAny>, write: impl FnOnce(&[u8])) -> PyResult<bool> {
    if let Ok(string) = part.cast_exact::<PyString>() {
        string_part(string, write)?;
    } else if let Ok(bytes) = part.cast_exact::<PyBytes>() {
        write(bytes.as_bytes());
    } else if part.is_exact_instance_of::<PyInt>() {
        let mut overflow = 0;
        // SAFETY: attached; a live int; -1 with an overflow noted if it does not fit.
        let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(part.as_ptr(), &raw mut overflow) };
        if overflow == 0 {
            write(itoa::Buffer::new().format(number).as_bytes());
        } else {
            string_part(&part.str()?, write)?;
        }
    } else if part.is_exact_instance_of::<PyFloat>()
        || part.is_exact_instance_of::<PyBool>()
        || part.is_none()
    {
        string_part(&part.str()?, write)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

#[inline]
fn string_part(string: &Bound<'_, PyString>, write: impl FnOnce(&[u8])) -> PyResult<()> {
    if let Some(bytes) = ascii(string.as_borrowed()) {
        write(bytes);
        return Ok(());
    }
    // SAFETY: attached; a live str; gives new bytes, or null with an exception set.
    let bytes = unsafe {
        let bytes = ffi::PyUnicode_AsUTF8String(string.as_ptr());
        Bound::from_owned_ptr_or_err(string.py(), bytes)?.cast_into_unchecked::<PyBytes>()
    };
    write(bytes.as_bytes());
    Ok(())
}
