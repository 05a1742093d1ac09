//! `unquote`, `unquote_plus` and `unquote_to_bytes`.

use std::ffi::CStr;

use ferrosock_codec::url::{decode, decode_into};
use memchr::memchr;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::operands::bytes_of;
use crate::call::{Args, native_named};
use crate::convert::slice;
use crate::memory;
use crate::signature::{Signature, required};
use crate::text::{self, Text, ascii};
use crate::version;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"unquote", unquote, UNQUOTE_DOC),
        native_named!(CALLS, c"unquote_plus", unquote_plus, PLUS_DOC),
        native_named!(CALLS, c"unquote_to_bytes", unquote_to_bytes, BYTES_DOC),
    ])
}

/// The error handlers that are always there, the usual ones first.
const HANDLERS: [&CStr; 6] =
    [c"replace", c"strict", c"ignore", c"surrogateescape", c"surrogatepass", c"backslashreplace"];

/// How the bytes of escapes become text.
#[derive(Clone, Copy)]
pub(super) struct Decoding<'a, 'py> {
    encoding: Option<Borrowed<'a, 'py, PyAny>>,
    errors: Option<Borrowed<'a, 'py, PyAny>>,
}

impl<'a, 'py> Decoding<'a, 'py> {
    /// With None for the default where `none` says so.
    pub(super) fn new(
        encoding: Option<Borrowed<'a, 'py, PyAny>>,
        errors: Option<Borrowed<'a, 'py, PyAny>>,
        none: bool,
    ) -> Self {
        let given =
            |argument: Option<Borrowed<'a, 'py, PyAny>>| argument.filter(|value| !(none && value.is_none()));
        Self { encoding: given(encoding), errors: given(errors) }
    }

    /// Whether text in UTF-8 needs nothing but to be taken as it is.
    fn is_plain(&self) -> bool {
        self.is_utf8() && self.handler().is_some()
    }

    /// The error handler, if it is one of the interpreter's own: in its development mode `bytes.decode` looks up the others
    /// whether they are needed or not.
    fn handler(&self) -> Option<&'static CStr> {
        let Some(errors) = self.errors else { return Some(c"replace") };
        let name = ascii(errors.cast_exact::<PyString>().ok()?)?;
        HANDLERS.into_iter().find(|handler| handler.to_bytes() == name)
    }

    fn is_utf8(&self) -> bool {
        let named = |encoding: Borrowed<'a, 'py, PyAny>| {
            encoding.cast_exact::<PyString>().is_ok_and(|name| ascii(name) == Some(b"utf-8"))
        };
        self.encoding.is_none_or(named)
    }

    /// Bytes as text.
    fn decode(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        if let (true, Some(handler)) = (self.is_utf8(), self.handler()) {
            return text::decoded(py, bytes, handler);
        }
        let default = |given: Option<Borrowed<'a, 'py, PyAny>>, name| {
            given.map_or_else(|| PyString::intern(py, name).into_any(), Borrowed::to_owned)
        };
        memory::bytes_object(py, bytes)?.call_method1(
            intern!(py, "decode"),
            (default(self.encoding, "utf-8"), default(self.errors, "replace")),
        )
    }
}

const UNQUOTE: Signature<3> = Signature {
    text: "unquote(string, encoding='utf-8', errors='replace')",
    names: ["string", "encoding", "errors"],
    required: 1,
};
const UNQUOTE_DOC: &CStr = c"unquote($module, string, encoding='utf-8', errors='replace')
--

Replace percent-escapes by the characters that they stand for: unquote('abc%20def') gives 'abc def'.

A % without two hexadecimal digits after it stays as it is.

Args:
    string: str or bytes.
    encoding: what the bytes that escapes stand for are encoded in.
    errors: what is done about bytes that are not; by default they become U+FFFD.

Returns:
    A str.

Raises:
    UnicodeDecodeError: the bytes are not in that encoding, if errors says so.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.unquote and RFC 3986, section 2.1.";

fn unquote<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [string, encoding, errors] = UNQUOTE.read(&args)?;
    unquoted(module, required(string)?, encoding, errors)
}

const PLUS: Signature<3> = Signature {
    text: "unquote_plus(string, encoding='utf-8', errors='replace')",
    names: ["string", "encoding", "errors"],
    required: 1,
};
const PLUS_DOC: &CStr = c"unquote_plus($module, string, encoding='utf-8', errors='replace')
--

Read a value of a form: as unquote, but a '+' is a space.

Args:
    string: str.
    encoding, errors: as of unquote.

Returns:
    A str.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.unquote_plus";

fn unquote_plus<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [string, encoding, errors] = PLUS.read(&args)?;
    let string = required(string)?;
    if let Some(bytes) = string.cast_exact::<PyString>().ok().and_then(ascii) {
        return match component(py, bytes, Decoding::new(encoding, errors, true))? {
            Some(text) => Ok(text),
            None => Ok(string.to_owned()),
        };
    }
    let spaced = string.call_method1(intern!(py, "replace"), ("+", " "))?;
    unquoted(module, spaced.as_borrowed(), encoding, errors)
}

fn unquoted<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    string: Borrowed<'_, 'py, PyAny>,
    encoding: Option<Borrowed<'_, 'py, PyAny>>,
    errors: Option<Borrowed<'_, 'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    if let Ok(text) = string.cast::<PyString>() {
        if !text::has(text, b'%')? {
            return Ok(string.to_owned());
        }
        let text = Text::of(text)?;
        return unquoted_text(py, text.bytes(), Decoding::new(encoding, errors, true));
    }
    if let Ok(bytes) = string.cast::<PyBytes>() {
        return Decoding::new(encoding, errors, false).decode(py, &decode(bytes_of(bytes)));
    }
    if let Some(bytes) = text::posed_bytes(&string)? {
        return unquoted(module, bytes.as_any().as_borrowed(), encoding, errors);
    }
    if string.contains(intern!(py, "%"))? {
        // No text at all: the expression that would look for escapes says so.
        let search = if version::since(12) { intern!(py, "finditer") } else { intern!(py, "split") };
        module.getattr(intern!(py, "_asciire"))?.call_method1(search, (string,))?;
        return Err(PyTypeError::new_err("unquote() expected str or bytes"));
    }
    string.getattr(intern!(py, "split"))?;
    Ok(string.to_owned())
}

/// A name or value of a form as text; nothing if it is what it was.
pub(super) fn component<'py>(
    py: Python<'py>,
    bytes: &[u8],
    decoding: Decoding<'_, 'py>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (mut plus, mut percent) = (false, false);
    for &byte in bytes {
        plus |= byte == b'+';
        percent |= byte == b'%';
    }
    if !plus {
        return if percent { unquoted_text(py, bytes, decoding).map(Some) } else { Ok(None) };
    }
    let mut spaced = memory::copied(bytes)?;
    for byte in &mut spaced {
        if *byte == b'+' {
            *byte = b' ';
        }
    }
    if percent { unquoted_text(py, &spaced, decoding).map(Some) } else { text::string(py, &spaced).map(Some) }
}

/// Text with its escapes replaced. What stands between characters beyond ASCII is decoded each by itself.
pub(super) fn unquoted_text<'py>(
    py: Python<'py>,
    bytes: &[u8],
    decoding: Decoding<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut run = memory::room_for(bytes.len())?;
    if bytes.is_ascii() {
        decode_into(bytes, &mut run);
        return if decoding.is_plain() && run.is_ascii() {
            text::string(py, &run)
        } else {
            decoding.decode(py, &run)
        };
    }
    let mut out = memory::room_for(bytes.len())?;
    for piece in bytes.chunk_by(|one, other| one.is_ascii() == other.is_ascii()) {
        if !piece.is_ascii() {
            out.extend_from_slice(piece);
            continue;
        }
        run.clear();
        decode_into(piece, &mut run);
        if decoding.is_plain() && std::str::from_utf8(&run).is_ok() {
            out.extend_from_slice(&run);
        } else {
            let decoded = decoding.decode(py, &run)?;
            out.extend_from_slice(Text::encoded(decoded.cast::<PyString>()?)?.bytes());
        }
    }
    text::string(py, &out)
}

const BYTES: Signature<1> = Signature { text: "unquote_to_bytes(string)", names: ["string"], required: 1 };
const BYTES_DOC: &CStr = c"unquote_to_bytes($module, string)
--

Replace percent-escapes by the bytes that they stand for: unquote_to_bytes('a%EF') gives b'a\\xef'.

Args:
    string: bytes, or a str, which is encoded in UTF-8 first.

Returns:
    Bytes.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.unquote_to_bytes";

fn unquote_to_bytes<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [string] = BYTES.read(&args)?;
    let string = required(string)?;
    if let Ok(text) = string.cast::<PyString>() {
        if let Some(bytes) = ascii(text) {
            return text::bytes_object(py, &decode(bytes));
        }
        // SAFETY: attached; a live str; gives new bytes, or null with an exception set.
        let bytes = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_AsUTF8String(text.as_ptr()))? };
        return bytes_unquoted(py, bytes.as_borrowed());
    }
    if string.is_exact_instance_of::<PyBytes>() {
        return bytes_unquoted(py, string);
    }
    if let Some(text) = text::posed_str(&string)? {
        let bytes = text.call_method1(intern!(py, "encode"), ("utf-8",))?;
        return bytes_unquoted(py, bytes.as_borrowed());
    }
    object_unquoted(string)
}

/// Exact bytes.
fn bytes_unquoted<'py>(py: Python<'py>, object: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let bytes = bytes_of(object.cast::<PyBytes>()?);
    if memchr(b'%', bytes).is_some() { text::bytes_object(py, &decode(bytes)) } else { Ok(object.to_owned()) }
}

/// What is neither str nor just bytes is asked for what lies between its percent signs. Each piece but the first is looked
/// up by its first two bytes, for which it must be hashable.
#[cold]
fn object_unquoted<'py>(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    if !object.is_truthy()? {
        object.getattr(intern!(py, "split"))?;
        return text::bytes_object(py, b"");
    }
    let pieces = object.call_method1(intern!(py, "split"), (PyBytes::new(py, b"%"),))?;
    let pieces: Vec<Bound<'py, PyAny>> = pieces.try_iter()?.collect::<PyResult<_>>()?;
    if let [_] = pieces[..] {
        return if version::since(12) {
            py.get_type::<PyBytes>().call1((object,))
        } else {
            Ok(object.to_owned())
        };
    }
    let Some((_, behind)) = pieces.split_first() else {
        return Err(PyIndexError::new_err("list index out of range"));
    };
    // What cannot be looked up in a table of escapes says so.
    let table = PyDict::new(py);
    for piece in behind {
        table.contains(piece.get_item(slice(py, None, Some(2))?)?)?;
    }
    let whole = PyBytes::new(py, b"%").call_method1(intern!(py, "join"), (PyList::new(py, pieces)?,))?;
    bytes_unquoted(py, whole.as_borrowed())
}
