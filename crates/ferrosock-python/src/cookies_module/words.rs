//! Lists of words, and Netscape's fields.

use std::cell::Cell;
use std::ffi::CStr;

use ferrosock_proto::cookies::{
    is_token, join_header_words_by, split_header_words as split, split_set_cookie,
};
use pyo3::exceptions::{PyAssertionError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::dates::http_time;
use super::{CALLS, text_of};
use crate::call::{Args, native_named};
use crate::convert::type_name;
use crate::error::dismiss;
use crate::signature::{Signature, required};
use crate::text::{self, Text};
use crate::version::Change;

/// Tokens stand without quotation marks, and nothing else does (gh-130631).
const TOKENS: Change = Change::of(&[(13, 4)]);

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"split_header_words", split_header_words, SPLIT_DOC),
        native_named!(CALLS, c"join_header_words", join_header_words, JOIN_DOC),
        native_named!(CALLS, c"parse_ns_headers", parse_ns_headers, PARSE_DOC),
    ])
}

const SPLIT: Signature<1> =
    Signature { text: "split_header_words(header_values)", names: ["header_values"], required: 1 };
const SPLIT_DOC: &CStr = c"split_header_words($module, header_values)
--

Take apart fields of words and parameters, such as Set-Cookie2.

Args:
    header_values: the values, as if they were one with commas between.

Returns:
    A list for each part between commas: of tuples of a word and its value, None for a word alone.

Source: RFC 2616, section 2.1, and RFC 2965, section 3.1";

fn split_header_words<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = SPLIT.read(&args)?;
    let given = required(given)?;
    if text::passes_for_str(&given)? {
        return Err(PyAssertionError::new_err(()));
    }
    let lists = PyList::empty(py);
    for value in given.try_iter()? {
        let value = value?;
        if !value.is_truthy()? {
            continue;
        }
        let text = Text::of(text_of(value.as_borrowed())?)?;
        for pairs in split([text.bytes()]) {
            let list = PyList::empty(py);
            for (name, value) in pairs {
                list.append(pair(py, name, value.as_deref())?)?;
            }
            lists.append(list)?;
        }
    }
    Ok(lists.into_any())
}

fn pair<'py>(py: Python<'py>, name: &[u8], value: Option<&[u8]>) -> PyResult<Bound<'py, PyTuple>> {
    let value = match value {
        Some(value) => text::string(py, value)?,
        None => py.None().into_bound(py),
    };
    PyTuple::new(py, [text::string(py, name)?, value])
}

const JOIN: Signature<1> = Signature { text: "join_header_words(lists)", names: ["lists"], required: 1 };
const JOIN_DOC: &CStr = c"join_header_words($module, lists)
--

Put together what `split_header_words` takes apart.

Args:
    lists: lists of pairs of a word and its value, which is quoted where it must be; None for a word alone.

Returns:
    The value of one field.";

/// One list: for each pair the text of the word, and that of its value.
type Held<'py> = Vec<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)>;

/// The two items of an iterable, as `name, value = pair` has them.
fn unpacked<'py>(pair: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    if let Some(pair) = pair.cast_exact::<PyTuple>().ok().filter(|pair| pair.len() == 2) {
        return Ok((pair.get_item(0)?, pair.get_item(1)?));
    }
    let mut items = pair.try_iter().map_err(|error| {
        if !error.is_instance_of::<PyTypeError>(pair.py()) || pair.hasattr("__iter__").unwrap_or(true) {
            return error;
        }
        dismiss(error);
        PyTypeError::new_err(format!("cannot unpack non-iterable {} object", type_name(pair)))
    })?;
    let mut next = || items.next().transpose();
    let (first, second) = (next()?, next()?);
    match (first, second) {
        (Some(first), Some(second)) => match next()? {
            None => Ok((first, second)),
            Some(_) => Err(PyValueError::new_err("too many values to unpack (expected 2)")),
        },
        (first, _) => {
            let count = usize::from(first.is_some());
            Err(PyValueError::new_err(format!("not enough values to unpack (expected 2, got {count})")))
        }
    }
}

fn join_header_words<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = JOIN.read(&args)?;
    let mut held: Vec<Held<'py>> = Vec::new();
    for list in required(given)?.try_iter()? {
        let mut pairs = Vec::new();
        for pair in list?.try_iter()? {
            let (name, value) = unpacked(&pair?)?;
            if value.is_none() {
                pairs.push((name, None));
            } else {
                // A word is formatted, so that it may be anything, if a value follows.
                text_of(value.as_borrowed())?;
                pairs.push((name.str()?.into_any(), Some(value)));
            }
        }
        for (place, (name, value)) in pairs.iter().enumerate() {
            // A word alone is joined as it is.
            if value.is_none() && !name.is_instance_of::<PyString>() {
                let found = type_name(name);
                return Err(PyTypeError::new_err(format!(
                    "sequence item {place}: expected str instance, {found} found"
                )));
            }
        }
        held.push(pairs);
    }
    let encode =
        |value: &Bound<'py, PyAny>| -> PyResult<Text<'_, 'py>> { Text::encoded(value.cast::<PyString>()?) };
    let mut texts = Vec::new();
    for pairs in &held {
        let mut list = Vec::new();
        for (name, value) in pairs {
            list.push((encode(name)?, value.as_ref().map(encode).transpose()?));
        }
        texts.push(list);
    }
    let failure = Cell::new(None);
    let tokens = TOKENS.is_made();
    let is_word = |value: &[u8]| {
        if tokens {
            return is_token(value);
        }
        let value = value.strip_suffix(b"\n").unwrap_or(value);
        if value.is_empty() {
            return false;
        }
        if value.is_ascii() {
            return value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        }
        let plain: Vec<u8> = value.iter().map(|byte| if *byte == b'_' { b'a' } else { *byte }).collect();
        let asked = text::string(py, &plain)
            .and_then(|plain| plain.call_method0(intern!(py, "isalnum")))
            .and_then(|word| word.is_truthy());
        asked.unwrap_or_else(|error| {
            if let Some(earlier) = failure.replace(Some(error)) {
                dismiss(earlier);
            }
            false
        })
    };
    let lists = texts
        .iter()
        .map(|list| list.iter().map(|(name, value)| (name.bytes(), value.as_ref().map(Text::bytes))));
    let joined = join_header_words_by(lists, is_word);
    match failure.into_inner() {
        Some(error) => Err(error),
        None => text::string(py, &joined),
    }
}

const PARSE: Signature<1> =
    Signature { text: "parse_ns_headers(ns_headers)", names: ["ns_headers"], required: 1 };
const PARSE_DOC: &CStr = c"parse_ns_headers($module, ns_headers)
--

Take apart Set-Cookie fields as Netscape's cookies have them.

Args:
    ns_headers: the fields' values.

Returns:
    A list for each cookie: of tuples of a name and its value, None for a name alone. `expires` comes as a time, and `version`
    always comes.";

fn parse_ns_headers<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = PARSE.read(&args)?;
    let lists = PyList::empty(py);
    for field in required(given)?.try_iter()? {
        let field = field?;
        let Ok(string) = field.cast::<PyString>() else {
            field.call_method1(intern!(py, "split"), (";",))?;
            return Err(super::no_text(field.as_borrowed()));
        };
        let text = Text::of(string.as_borrowed())?;
        let Some(parts) = split_set_cookie(text.bytes()) else { continue };
        let list = PyList::empty(py);
        let mut versioned = false;
        for (index, part) in parts.iter().enumerate() {
            versioned |= index > 0 && part.name == b"version";
            match part.value {
                Some(value) if index > 0 && part.name == b"expires" => {
                    let name = text::string(py, part.name)?;
                    list.append(PyTuple::new(py, [name, http_time(module, value)?])?)?;
                }
                value => list.append(pair(py, part.name, value)?)?,
            }
        }
        if !versioned {
            list.append(pair(py, b"version", Some(b"0"))?)?;
        }
        lists.append(list)?;
    }
    Ok(lists.into_any())
}
