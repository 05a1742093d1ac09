//! The functions of `http.cookies` on texts: quoting, names, and the parts of a field.

use std::ffi::CStr;

use ferrosock_proto::cookies::{is_legal_name, quote_value, unquote_value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi};

use super::super::{CALLS, no_text, text_of};
use super::{has_control, parts_of, truth};
use crate::call::{Args, native_fast, native_named};
use crate::signature::{Signature, required};
use crate::text::{self, Text};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"_quote", quote, QUOTE_DOC),
        native_named!(CALLS, c"_unquote", unquote, UNQUOTE_DOC),
        native_named!(CALLS, c"_is_legal_key", is_legal_key, LEGAL_DOC),
        native_fast!(CALLS, c"_has_control_character", has_control_character, CONTROL_DOC),
        native_fast!(CALLS, c"parts", parts, PARTS_DOC),
    ])
}

const QUOTE: Signature<1> = Signature { text: "_quote(str)", names: ["str"], required: 1 };
const QUOTE_DOC: &CStr = c"_quote($module, str)
--

Return a value as it stands in a field: in quotation marks, with escapes, unless it is a plain word. None stays None.";

fn quote<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [given] = QUOTE.read(&args)?;
    let given = required(given)?;
    if given.is_none() {
        return Ok(given.to_owned());
    }
    let text = Text::of(text_of(given)?)?;
    match quote_value(text.bytes()) {
        std::borrow::Cow::Borrowed(_) => Ok(given.to_owned()),
        std::borrow::Cow::Owned(quoted) => text::string(module.py(), &quoted),
    }
}

const UNQUOTE: Signature<1> = Signature { text: "_unquote(str)", names: ["str"], required: 1 };
const UNQUOTE_DOC: &CStr = c"_unquote($module, str)
--

Return the value that a text in quotation marks stands for; other texts, and None, stay as they are.";

fn unquote<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [given] = UNQUOTE.read(&args)?;
    let given = required(given)?;
    if given.is_none() {
        return Ok(given.to_owned());
    }
    let Ok(string) = given.cast::<PyString>() else {
        let quoted = given.len()? >= 2 && given.get_item(0)?.eq("\"")? && given.get_item(-1)?.eq("\"")?;
        return if quoted { Err(no_text(given)) } else { Ok(given.to_owned()) };
    };
    let text = Text::of(string)?;
    let bytes = text.bytes();
    if bytes.len() < 2 || !bytes.starts_with(b"\"") || !bytes.ends_with(b"\"") {
        return Ok(given.to_owned());
    }
    text::string(module.py(), &unquote_value(bytes))
}

const LEGAL: Signature<1> = Signature { text: "_is_legal_key(string)", names: ["string"], required: 1 };
const LEGAL_DOC: &CStr = c"_is_legal_key($module, string)
--

Return whether a text may be the name of a cookie.";

fn is_legal_key<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [given] = LEGAL.read(&args)?;
    let text = Text::of(text_of(required(given)?)?)?;
    Ok(PyBool::new(module.py(), is_legal_name(text.bytes())).to_owned().into_any())
}

const CONTROL_DOC: &CStr = c"_has_control_character($module, /, *val)
--

Return whether one of the values, as text, has a control character of ASCII.";

fn has_control_character<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(0, usize::MAX)?;
    for index in 0..args.len() {
        let value = args.object(index)?;
        let shown;
        let string = match value.cast_exact::<PyString>() {
            Ok(string) => string,
            Err(_) => {
                shown = value.str()?;
                shown.as_borrowed()
            }
        };
        if has_control(Text::of(string)?.bytes()) {
            return Ok(truth(py, true));
        }
    }
    Ok(truth(py, false))
}

const PARTS_DOC: &CStr = c"parts($module, text, /)
--

Return the parts of a Cookie field: tuples of a name and its value, which is still quoted; None for a lone word.";

fn parts<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(1, 1)?;
    let text = Text::of(text_of(args.object(0)?)?)?;
    let list = PyList::empty(py);
    for part in parts_of(text.bytes()) {
        let value = match part.value {
            Some(value) => text::string(py, value)?,
            None => py.None().into_bound(py),
        };
        list.append(PyTuple::new(py, [text::string(py, part.name)?, value])?)?;
    }
    Ok(list.into_any())
}
