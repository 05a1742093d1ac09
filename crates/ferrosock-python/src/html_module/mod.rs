//! `ferrosock._native._html`: the functions of `html`, over `ferrosock_codec::html`.

use std::ffi::CStr;

use ferrosock_codec::html::{Unit, escape_to_slice, escaped_len, unescape_into};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyInt, PyString};
use pyo3::{Borrowed, intern};

use crate::call::{Args, Calls, add_functions, native_fast, native_named};
use crate::memory;
use crate::signature::{Functions, Signature, required};
use crate::text::{self, Text, Units};
use crate::version_tag::Known;

pub(crate) static CALLS: Calls = Calls::new();

static FUNCTIONS: PyOnceLock<Functions> = PyOnceLock::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native._html")?;
    module.setattr("__doc__", "The functions of Ferrosock's html.")?;
    add_functions(
        &module,
        Vec::from([
            native_fast!(CALLS, c"function", function, FUNCTION_DOC),
            native_fast!(CALLS, c"replace_reference", replace_reference, REPLACE_DOC),
        ]),
    )?;
    Ok(module)
}

const FUNCTION_DOC: &CStr = c"function($module, module, name, /)
--

Return the function `name` of `html`, made for the Python module `module`.";

fn function<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let functions = FUNCTIONS.get_or_init(py, || {
        Functions::new(Vec::from([
            native_named!(CALLS, c"escape", escape, ESCAPE_DOC),
            native_named!(CALLS, c"unescape", unescape, UNESCAPE_DOC),
        ]))
    });
    let (module, name) = (args.object(0)?, args.object(1)?);
    let (module, name) = (module.cast::<PyModule>()?, name.cast::<PyString>()?);
    functions.make(&module, name.to_str()?)
}

const ESCAPE: Signature<2> = Signature { text: "escape(s, quote=True)", names: ["s", "quote"], required: 1 };
const ESCAPE_DOC: &CStr = c"escape($module, s, quote=True)
--

Replace the characters that mean something in HTML by references to them.

Args:
    s: the text.
    quote: whether quotation marks, \" and ', are replaced as well as &, < and >.

Returns:
    The text as it may stand in a document, and with quote also in the value of an attribute.

Source: https://docs.python.org/3/library/html.html#html.escape";

fn escape<'py>(_: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [given, quote] = ESCAPE.read(&args)?;
    let given = required(given)?;
    let Ok(exact) = given.cast_exact::<PyString>() else { return escape_object(&given, quote) };
    let quotes = quote.map_or(Ok(true), |quote| quote.is_truthy())?;
    let escaped = match text::units(exact)? {
        Units::Ascii(units) | Units::Latin(units) => escape_units(exact, units, quotes)?,
        Units::Two(units) => escape_units(exact, units, quotes)?,
        Units::Four(units) => escape_units(exact, units, quotes)?,
    };
    Ok(escaped.unwrap_or_else(|| given.to_owned()))
}

/// The escaped text; nothing if there is nothing to escape.
fn escape_units<'py, U: Unit + text::CharacterUnit>(
    string: Borrowed<'_, 'py, PyString>,
    units: &[U],
    quotes: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let length = escaped_len(units, quotes).ok_or_else(|| PyMemoryError::new_err(()))?;
    if length == units.len() {
        return Ok(None);
    }
    text::filled_like(string, length, |place: &mut [U]| _ = escape_to_slice(units, quotes, place)).map(Some)
}

/// What is no plain str has its own `replace`: a derived class may escape what it is given, as those of templates do.
#[cold]
fn escape_object<'py>(
    given: &Bound<'py, PyAny>,
    quote: Option<Borrowed<'_, 'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let replace = intern!(given.py(), "replace");
    let mut text = given.clone();
    for (character, reference) in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")] {
        text = text.call_method1(replace, (character, reference))?;
    }
    if quote.map_or(Ok(true), |quote| quote.is_truthy())? {
        for (character, reference) in [("\"", "&quot;"), ("'", "&#x27;")] {
            text = text.call_method1(replace, (character, reference))?;
        }
    }
    Ok(text)
}

const UNESCAPE: Signature<1> = Signature { text: "unescape(s)", names: ["s"], required: 1 };
const UNESCAPE_DOC: &CStr = c"unescape($module, s)
--

Replace character references, by name (&gt;) or by number (&#62; &#x3e;), by the characters that they stand for.

Args:
    s: the text.

Returns:
    The text with the references that the HTML 5 standard knows replaced, by its rules for valid and invalid ones.

Source: https://docs.python.org/3/library/html.html#html.unescape";

fn unescape<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = UNESCAPE.read(&args)?;
    let given = required(given)?;
    let Ok(string) = given.cast::<PyString>() else {
        if !given.contains(intern!(py, "&"))? {
            return Ok(given.to_owned());
        }
        // No text at all: the expression that would look for references says so.
        let pattern = module.getattr(intern!(py, "_charref"))?;
        return pattern.call_method1(intern!(py, "sub"), (module.getattr("_replace_charref")?, given));
    };
    if !text::has(string, b'&')? {
        return Ok(given.to_owned());
    }
    if !is_as_made(&module.dict())? {
        let pattern = module.getattr(intern!(py, "_charref"))?;
        return pattern.call_method1(intern!(py, "sub"), (module.getattr("_replace_charref")?, given));
    }
    let text = Text::of(string)?;
    let mut out = memory::room_for(text.bytes().len())?;
    unescape_into(text.bytes(), &mut out, |digits| long_number(py, digits))?;
    text::string(py, &out)
}

/// Whether nobody has put something of their own in the place of what `unescape` stands for, among the names of the module.
fn is_as_made(names: &Bound<'_, PyDict>) -> PyResult<bool> {
    static SEEN: Known = Known::new();
    // SAFETY: attached; a live dict.
    if unsafe { SEEN.is(names.as_ptr()) } {
        return Ok(true);
    }
    let py = names.py();
    for name in [intern!(py, "_charref"), intern!(py, "_replace_charref")] {
        if let Some(found) = names.get_item(name)? {
            let made = names.get_item(intern!(py, "_made"))?.map(|made| made.get_item(name)).transpose();
            if !made.is_ok_and(|made| made.is_some_and(|made| made.is(&found))) {
                return Ok(false);
            }
        }
    }
    if names.contains(intern!(py, "_invalid_charrefs"))?
        || names.contains(intern!(py, "_invalid_codepoints"))?
    {
        return Ok(false);
    }
    // SAFETY: as above.
    unsafe { SEEN.note(names.as_ptr()) };
    Ok(true)
}

/// A number of so many digits that Python may refuse to read it.
fn long_number(py: Python<'_>, digits: &[u8]) -> PyResult<Option<u32>> {
    let number = py.get_type::<PyInt>().call1((text::string(py, digits)?,))?;
    Ok(Some(if number.gt(u32::MAX)? { u32::MAX } else { number.extract()? }))
}

const REPLACE_DOC: &CStr = c"replace_reference($module, text, /)
--

Return what a reference without its & stands for; the & and the text if it stands for nothing.";

fn replace_reference<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let text = Text::of(args.object(0)?.cast::<PyString>()?)?;
    let mut whole = memory::room_for(text.bytes().len() + 1)?;
    whole.push(b'&');
    whole.extend_from_slice(text.bytes());
    let mut out = memory::room_for(whole.len())?;
    unescape_into(&whole, &mut out, |digits| long_number(py, digits))?;
    text::string(py, &out)
}
