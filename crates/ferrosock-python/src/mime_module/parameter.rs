//! Parameters: RFC 2231.

use std::ffi::CStr;

use ferrosock_codec::mime::{self, Unnumbered, Value};
use pyo3::exceptions::PyLookupError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::{CALLS, affordable, raise};
use crate::call::{Args, native_named, native_one};
use crate::convert::slice;
use crate::memory::bytes_object;
use crate::version::Change;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(
            CALLS,
            c"unquote",
            unquote,
            c"unquote($module, text, /)\n--\n\nTake off quotes, as email.utils.unquote does."
        ),
        native_one!(CALLS, c"decode_rfc2231", decode_rfc2231, DECODE_DOC),
        native_named!(CALLS, c"encode_rfc2231", encode_rfc2231, ENCODE_DOC),
        native_one!(CALLS, c"decode_params", decode_params, PARAMS_DOC),
        native_named!(CALLS, c"collapse_rfc2231_value", collapse, COLLAPSE_DOC),
    ])
}

fn text<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    let text = value.cast::<PyString>()?.to_str()?;
    affordable(text.len())?;
    Ok(text)
}

fn unquote<'py>(py: Python<'py>, value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyString::new(py, &mime::unquote(text(&value)?)).into_any())
}

const DECODE_DOC: &CStr = c"decode_rfc2231($module, s, /)
--

Take an extended value apart, as email.utils.decode_rfc2231 does.

Returns [charset, language, text], still percent-encoded, or (None, None, s).";

fn decode_rfc2231<'py>(py: Python<'py>, value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match mime::split_extended(text(&value)?) {
        Some((charset, language, text)) => Ok(PyList::new(py, [charset, language, text])?.into_any()),
        None => {
            let none = py.None().into_bound(py);
            Ok(PyTuple::new(py, [none.clone(), none, value.to_owned()])?.into_any())
        }
    }
}

const ENCODE_DOC: &CStr = c"encode_rfc2231($module, s, charset=None, language=None)
--

Write a text as an extended value, as email.utils.encode_rfc2231 does.

Raises LookupError for an unknown charset, UnicodeEncodeError if it lacks a character.";

fn encode_rfc2231<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["s", "charset", "language"], 1, |args| {
        let given = |index| -> PyResult<Option<String>> {
            args.get(index).filter(|value| !value.is_none()).map(Borrowed::extract).transpose()
        };
        let (charset, language) = (given(1)?, given(2)?);
        let codec = charset.as_deref().filter(|charset| !charset.is_empty()).unwrap_or("ascii");
        let string = args.object(0)?;
        // Where there is nothing to encode, no codec is asked.
        let bytes = match string.is_truthy()? {
            true => string.call_method1(intern!(py, "encode"), (codec, "strict"))?.cast_into::<PyBytes>()?,
            false => PyBytes::new(py, b""),
        };
        let bytes = bytes.as_bytes();
        affordable(bytes.len())?;
        let labels = match (&charset, &language) {
            (None, None) => None,
            // Python's own function writes the word None for a charset that is not there beside a language.
            _ => Some((charset.as_deref().unwrap_or("None"), language.as_deref().unwrap_or(""))),
        };
        Ok(PyString::new(py, &mime::encode_extended(bytes, labels)).into_any())
    })
}

const PARAMS_DOC: &CStr = c"decode_params($module, params, /)
--

Put the parameters of a header together, as email.utils.decode_params does.

params is a list of (name, value); the first pair is the header's value and stays as it is.

Returns such a list, with values in quotes, and (charset, language, value) for those that are extended.";

/// gh-134151: a part without a number is the first one.
const FIRST: Change = Change::of(&[(13, 5), (14, 0)]);

fn decode_params<'py>(py: Python<'py>, params: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let list = PyList::empty(py);
    list.append(params.get_item(0)?)?;
    let rest = params.get_item(slice(py, Some(1), None)?)?;
    let pairs: Vec<(Bound<'py, PyString>, Bound<'py, PyString>)> = rest.extract()?;
    let texts: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| Ok((name.to_str()?, value.to_str()?))).collect::<PyResult<_>>()?;
    affordable(texts.iter().map(|(name, value)| name.len() + value.len()).sum())?;
    let quoted = |text: &str| format!("\"{}\"", mime::quote(text));
    let unnumbered = if FIRST.is_made() { Unnumbered::First } else { Unnumbered::Refused };
    for parameter in mime::decode_parameters_with(texts, unnumbered).map_err(|error| raise(py, error))? {
        match parameter.value {
            Value::Plain(text) => list.append((parameter.name, quoted(&text)))?,
            Value::Extended { charset, language, text } => {
                let label = |label: Option<String>| label.map(|label| mime::quote(&label));
                list.append((parameter.name, (label(charset), label(language), quoted(&text))))?;
            }
        }
    }
    Ok(list.into_any())
}

const COLLAPSE_DOC: &CStr = c"collapse_rfc2231_value($module, value, errors='replace',
                       fallback_charset='us-ascii')
--

Make text of a value of decode_params, as email.utils.collapse_rfc2231_value does.";

fn collapse<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["value", "errors", "fallback_charset"], 1, |args| {
        let value = args.object(0)?;
        let Some(parts) = value.cast::<PyTuple>().ok().filter(|parts| parts.len() == 3) else {
            return unquote(py, value);
        };
        let errors = args.get(1).map_or_else(|| PyString::new(py, "replace").into_any(), Borrowed::to_owned);
        let fallback =
            args.get(2).map_or_else(|| PyString::new(py, "us-ascii").into_any(), Borrowed::to_owned);
        let (charset, text) = (parts.get_item(0)?, parts.get_item(2)?);
        let charset = if charset.is_none() { fallback } else { charset };
        let text = self::text(&text)?;
        let bytes = bytes_object(py, &mime::raw_bytes(text))?;
        match bytes.call_method1(intern!(py, "decode"), (charset, errors)) {
            Err(error) if error.is_instance_of::<PyLookupError>(py) => {
                crate::error::dismiss(error); // an unknown charset
                Ok(PyString::new(py, &mime::unquote(text)).into_any())
            }
            result => result,
        }
    })
}
