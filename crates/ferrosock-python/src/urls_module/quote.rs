//! `quote`, `quote_plus` and `quote_from_bytes`.

use std::ffi::CStr;

use ferrosock_codec::url::{Encoding, encode_to_slice, encoded_len};
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::operands::bytes_of;
use crate::call::{Args, native_named};
use crate::memory;
use crate::signature::{Signature, required};
use crate::text::{self, ascii};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"quote", quote, QUOTE_DOC),
        native_named!(CALLS, c"quote_plus", quote_plus, PLUS_DOC),
        native_named!(CALLS, c"quote_from_bytes", quote_from_bytes, BYTES_DOC),
    ])
}

type Argument<'a, 'py> = Option<Borrowed<'a, 'py, PyAny>>;

const QUOTE: Signature<4> = Signature {
    text: "quote(string, safe='/', encoding=None, errors=None)",
    names: ["string", "safe", "encoding", "errors"],
    required: 1,
};
const QUOTE_DOC: &CStr = c"quote($module, string, safe='/', encoding=None, errors=None)
--

Write a part of a URL with percent-escapes: quote('abc def') gives 'abc%20def'.

Letters, digits and _ . - ~ stand for themselves everywhere in a URL. Any other character may mean something in the part
at hand; it is escaped unless it is given as safe.

Args:
    string: str or bytes.
    safe: the ASCII characters that are left as they are besides, as str or bytes.
    encoding: how a str becomes bytes; None is UTF-8. Not for bytes.
    errors: what is done about characters that the encoding lacks; None is 'strict'. Not for bytes.

Returns:
    A str of ASCII.

Raises:
    TypeError: string is neither str nor bytes, or encoding or errors are given for bytes.
    UnicodeEncodeError: a character cannot be encoded.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.quote and RFC 3986, section 2.1.";

fn quote<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [string, safe, encoding, errors] = QUOTE.read(&args)?;
    quoted(module.py(), required(string)?, safe, &Encoding::PATH, encoding, errors)
}

const PLUS: Signature<4> = Signature {
    text: "quote_plus(string, safe='', encoding=None, errors=None)",
    names: ["string", "safe", "encoding", "errors"],
    required: 1,
};
const PLUS_DOC: &CStr = c"quote_plus($module, string, safe='', encoding=None, errors=None)
--

Write a value of a form: as quote, but a space becomes '+', and '/' is not safe unless it is given.

Args, Returns, Raises: as of quote.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.quote_plus";

fn quote_plus<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [string, safe, encoding, errors] = PLUS.read(&args)?;
    let string = required(string)?;
    if !has_space(string)? {
        return quoted(py, string, safe, &Encoding::UNRESERVED, encoding, errors);
    }
    if let Some(given) = safe.filter(|safe| !is_text(safe)) {
        // An object that space cannot be added to is refused by that.
        let more = given.add(PyBytes::new(py, b" "))?;
        return quoted(py, string, Some(more.as_borrowed()), &Encoding::FORM, encoding, errors);
    }
    quoted(py, string, safe, &Encoding::FORM, encoding, errors)
}

/// Whether spaces are to become `+`: what is neither str nor bytes may have some.
fn has_space(string: Borrowed<'_, '_, PyAny>) -> PyResult<bool> {
    if let Ok(string) = string.cast::<PyString>() {
        return match ascii(string) {
            Some(bytes) => Ok(bytes.contains(&b' ')),
            None => string.contains(" "),
        };
    }
    Ok(string.cast::<PyBytes>().ok().is_none_or(|bytes| bytes_of(bytes).contains(&b' ')))
}

fn is_text(safe: &Bound<'_, PyAny>) -> bool {
    safe.is_instance_of::<PyString>() || safe.is_instance_of::<PyBytes>()
}

const BYTES: Signature<2> =
    Signature { text: "quote_from_bytes(bs, safe='/')", names: ["bs", "safe"], required: 1 };
const BYTES_DOC: &CStr = c"quote_from_bytes($module, bs, safe='/')
--

Write bytes with percent-escapes: quote_from_bytes(b'a\\xef') gives 'a%EF'.

Args:
    bs: bytes or bytearray.
    safe: the ASCII characters that are left as they are besides, as str or bytes.

Returns:
    A str of ASCII.

Raises:
    TypeError: bs is something else.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.quote_from_bytes";

fn quote_from_bytes<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [bytes, safe] = BYTES.read(&args)?;
    bytes_quoted(module.py(), required(bytes)?, safe, &Encoding::PATH)
}

/// `plain` is what serves where `safe` is not given; if it makes spaces `+`, they become that in any case.
pub(super) fn quoted<'py>(
    py: Python<'py>,
    string: Borrowed<'_, 'py, PyAny>,
    safe: Argument<'_, 'py>,
    plain: &Encoding,
    encoding: Argument<'_, 'py>,
    errors: Argument<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let encoding = encoding.filter(|encoding| !encoding.is_none());
    let errors = errors.filter(|errors| !errors.is_none());
    let Ok(text) = string.cast::<PyString>() else {
        if let Some(text) = text::posed_str(&string)? {
            return quoted(py, text.as_any().as_borrowed(), safe, plain, encoding, errors);
        }
        for (name, given) in [("encoding", encoding), ("errors", errors)] {
            if given.is_some() {
                return Err(PyTypeError::new_err(format!("quote() doesn't support '{name}' for bytes")));
            }
        }
        return bytes_quoted(py, string, safe, plain);
    };
    if encoding.is_none() && errors.is_none() {
        if let Some(bytes) = ascii(text) {
            if bytes.is_empty() {
                return Ok(string.to_owned());
            }
            return with_encoding(safe, plain, |encoding| {
                Ok(escaped(py, bytes, encoding)?.unwrap_or_else(|| string.to_owned()))
            });
        }
        if text.is_exact_instance_of::<PyString>() {
            // SAFETY: attached; a live str; gives new bytes, or null with an exception set.
            let bytes =
                unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_AsUTF8String(text.as_ptr()))? };
            if text.is_empty()? {
                return Ok(string.to_owned());
            }
            return bytes_quoted(py, bytes.as_borrowed(), safe, plain);
        }
    }
    if text.is_empty()? {
        return Ok(string.to_owned());
    }
    let utf8 = PyString::intern(py, "utf-8").into_any();
    let strict = PyString::intern(py, "strict").into_any();
    let bytes = text.call_method1(
        intern!(py, "encode"),
        (encoding.map_or(utf8, Borrowed::to_owned), errors.map_or(strict, Borrowed::to_owned)),
    )?;
    bytes_quoted(py, bytes.as_borrowed(), safe, plain)
}

fn bytes_quoted<'py>(
    py: Python<'py>,
    object: Borrowed<'_, 'py, PyAny>,
    safe: Argument<'_, 'py>,
    plain: &Encoding,
) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        let bytes = bytes_of(bytes);
        if bytes.is_empty() {
            return text::string(py, b"");
        }
        return with_encoding(safe, plain, |encoding| escaped_or_same(py, bytes, encoding));
    }
    let Ok(array) = object.cast::<PyByteArray>() else {
        if let Some(bytes) = text::posed_bytes(&object)? {
            return bytes_quoted(py, bytes.as_any().as_borrowed(), safe, plain);
        }
        return Err(PyTypeError::new_err("quote_from_bytes() expected bytes"));
    };
    if array.is_empty() {
        return text::string(py, b"");
    }
    with_encoding(safe, plain, |encoding| {
        // SAFETY: attached, and no Python code runs while the bytes are copied, so nobody changes them.
        let bytes = memory::copied(unsafe { array.as_bytes() })?;
        escaped_or_same(py, &bytes, encoding)
    })
}

fn escaped_or_same<'py>(py: Python<'py>, bytes: &[u8], encoding: &Encoding) -> PyResult<Bound<'py, PyAny>> {
    escaped(py, bytes, encoding)?.map_or_else(|| text::string(py, bytes), Ok)
}

/// The percent-encoded form; nothing if that is the same.
fn escaped<'py>(py: Python<'py>, bytes: &[u8], encoding: &Encoding) -> PyResult<Option<Bound<'py, PyAny>>> {
    /// What is no longer is written here first, whatever its length turns out to be.
    const SHORT: usize = 96;
    if bytes.len() <= SHORT {
        let mut written = [0; 3 * SHORT + 4];
        let length = encode_to_slice(bytes, encoding, &mut written);
        let written = &written[..length];
        return if written == bytes { Ok(None) } else { text::string(py, written).map(Some) };
    }
    let length = encoded_len(bytes, encoding).ok_or_else(|| PyMemoryError::new_err(()))?;
    if length == bytes.len() && encoding.leaves_all(bytes) {
        return Ok(None);
    }
    text::ascii_filled(py, length, |place| _ = encode_to_slice(bytes, encoding, place)).map(Some)
}

/// Hands on `plain`, or it and what `safe` adds.
pub(super) fn with_encoding<'py, R>(
    safe: Argument<'_, 'py>,
    plain: &Encoding,
    then: impl FnOnce(&Encoding) -> PyResult<R>,
) -> PyResult<R> {
    let Some(safe) = safe else { return then(plain) };
    let plus = !plain.leaves(b' ') && encoded_len(b" ", plain) == Some(1);
    let with = |bytes: &[u8]| {
        let encoding = Encoding::UNRESERVED.leaving(bytes);
        if plus { encoding.with_plus() } else { encoding }
    };
    if let Ok(string) = safe.cast::<PyString>() {
        return match ascii(string) {
            // The defaults need no table of their own.
            Some(b"") => then(if plus { &Encoding::FORM } else { &Encoding::UNRESERVED }),
            Some(b"/") if !plus => then(&Encoding::PATH),
            Some(bytes) => then(&with(bytes)),
            None => then(&with(text::Text::encoded(&string)?.bytes())),
        };
    }
    if let Ok(bytes) = safe.cast::<PyBytes>() {
        return then(&with(bytes_of(bytes)));
    }
    if let Some(string) = text::posed_str(&safe)? {
        return then(&with(text::Text::encoded(&string)?.bytes()));
    }
    let mut kept = Vec::new();
    for item in safe.try_iter()? {
        let item = item?;
        if item.lt(128)? {
            memory::push(&mut kept, item)?;
        }
    }
    let list = pyo3::types::PyList::new(safe.py(), kept)?;
    // SAFETY: attached; a live list; gives new bytes, or null with an exception set.
    let bytes = unsafe {
        Bound::from_owned_ptr_or_err(safe.py(), ffi::PyBytes_FromObject(list.as_ptr()))?
            .cast_into_unchecked::<PyBytes>()
    };
    then(&with(bytes.as_bytes()))
}
