//! Base64: the standard alphabet, that for URLs, and any other.

use std::ffi::CStr;

use ferrosock_codec::base64::Alphabet;
use pyo3::Borrowed;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::{Table, assert_length, one, truth, unequal};
use crate::binascii_module::{CALLS, base64_mode, decode_base64, encode_base64, is_set, refused};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::signature::{Signature, required};

pub(super) fn functions() -> Table {
    Vec::from([
        native_named!(CALLS, c"b64encode", b64encode, B64ENCODE),
        native_named!(CALLS, c"b64decode", b64decode, B64DECODE),
        native_named!(CALLS, c"urlsafe_b64encode", urlsafe_b64encode, URLSAFE_B64ENCODE),
        native_named!(CALLS, c"urlsafe_b64decode", urlsafe_b64decode, URLSAFE_B64DECODE),
    ])
}

/// Those that are the same in all Pythons.
pub(super) fn standard() -> Table {
    Vec::from([
        native_named!(CALLS, c"standard_b64encode", standard_b64encode, STANDARD_B64ENCODE),
        native_named!(CALLS, c"standard_b64decode", standard_b64decode, STANDARD_B64DECODE),
    ])
}

const B64ENCODE: &CStr = c"b64encode($module, /, s, altchars=None)
--

Encode a bytes-like object in base64, as bytes.

altchars is a bytes-like object of length 2: the characters to stand for '+' and '/'.
Source: https://docs.python.org/3/library/base64.html#base64.b64encode";

const B64DECODE: &CStr = c"b64decode($module, /, s, altchars=None, validate=False)
--

Decode base64 (a bytes-like object or ASCII text).

altchars are two characters that stand for '+' and '/'. Characters that are not of the alphabet are skipped, or refused
with validate. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3/library/base64.html#base64.b64decode";

const STANDARD_B64ENCODE: &CStr = c"standard_b64encode($module, /, s)
--

Encode a bytes-like object in base64 with the standard alphabet.

Source: https://docs.python.org/3/library/base64.html#base64.standard_b64encode";

const STANDARD_B64DECODE: &CStr = c"standard_b64decode($module, /, s)
--

Decode base64 with the standard alphabet. Other characters are skipped.

Source: https://docs.python.org/3/library/base64.html#base64.standard_b64decode";

const URLSAFE_B64ENCODE: &CStr = c"urlsafe_b64encode($module, /, s)
--

Encode a bytes-like object in base64 with '-' and '_' in place of '+' and '/', for URLs and file names.

Source: https://docs.python.org/3/library/base64.html#base64.urlsafe_b64encode";

const URLSAFE_B64DECODE: &CStr = c"urlsafe_b64decode($module, /, s)
--

Decode base64 with '-' and '_' in place of '+' and '/'. Other characters are skipped.

Source: https://docs.python.org/3/library/base64.html#base64.urlsafe_b64decode";

fn b64encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "b64encode(s, altchars=None)", names: ["s", "altchars"], required: 1 };
    let [data, altchars] = SIGNATURE.read(&args)?;
    let data = Input::binary(required(data)?)?;
    let alphabet = match altchars.filter(|altchars| !altchars.is_none()) {
        None => Alphabet::STANDARD,
        Some(altchars) => encoding_alphabet(altchars)?,
    };
    encode_base64(py, &data, alphabet, false)
}

/// The alphabet of two characters, which may be anything that `bytes.maketrans` takes.
fn encoding_alphabet(altchars: Borrowed<'_, '_, PyAny>) -> PyResult<Alphabet> {
    let bytes = altchars.cast_exact::<PyBytes>().ok();
    if let Some(Ok(characters)) = bytes.map(|bytes| <[u8; 2]>::try_from(bytes.as_bytes())) {
        return Ok(Alphabet::new(characters));
    }
    let py = altchars.py();
    if altchars.len()? != 2 {
        let shown = altchars.repr()?;
        if !py.import("sys")?.getattr(intern!(py, "flags"))?.getattr(intern!(py, "optimize"))?.is_truthy()? {
            return Err(pyo3::exceptions::PyAssertionError::new_err(shown.unbind()));
        }
    }
    let table =
        py.get_type::<PyBytes>().call_method1(intern!(py, "maketrans"), (b"+/".as_slice(), altchars))?;
    let table = table.cast::<PyBytes>()?.as_bytes();
    let character = |standard: u8| table.get(usize::from(standard)).copied().unwrap_or(standard);
    Ok(Alphabet::new([character(b'+'), character(b'/')]))
}

fn b64decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<3> = Signature {
        text: "b64decode(s, altchars=None, validate=None)",
        names: ["s", "altchars", "validate"],
        required: 1,
    };
    let [data, altchars, validate] = SIGNATURE.read(&args)?;
    let data = Input::encoded(required(data)?)?;
    let alphabet = match altchars.filter(|altchars| !altchars.is_none()) {
        None => Alphabet::STANDARD,
        Some(altchars) => decoding_alphabet(altchars)?,
    };
    let strict = if crate::version::since(11) {
        validate.map_or(Ok(false), |validate| is_set(&validate))?
    } else {
        if truth(validate)? && !is_clean(&data, alphabet) {
            return Err(refused(py, "Non-base64 digit found"));
        }
        false
    };
    decode_base64(py, &data, alphabet, base64_mode(strict))
}

fn decoding_alphabet(altchars: Borrowed<'_, '_, PyAny>) -> PyResult<Alphabet> {
    let characters = Input::encoded(altchars)?;
    match <[u8; 2]>::try_from(&*characters) {
        Ok(characters) => Ok(Alphabet::new(characters)),
        Err(_) => {
            assert_length(altchars, &characters)?;
            Err(unequal(altchars.py(), &characters, b"+/"))
        }
    }
}

/// Whether a message is of the alphabet alone but for two characters of padding at its end: what `validate` asks for before
/// Python 3.11.
fn is_clean(data: &[u8], alphabet: Alphabet) -> bool {
    let standard = |byte: &u8| alphabet.to_standard(*byte);
    let padding = data.iter().rev().take(2).take_while(|byte| standard(byte) == b'=').count();
    data[..data.len() - padding]
        .iter()
        .map(standard)
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

fn standard_b64encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [data] = one("standard_b64encode(s)", "s").read(&args)?;
    encode_base64(py, &Input::binary(required(data)?)?, Alphabet::STANDARD, false)
}

fn standard_b64decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [data] = one("standard_b64decode(s)", "s").read(&args)?;
    decode_base64(py, &Input::encoded(required(data)?)?, Alphabet::STANDARD, base64_mode(false))
}

fn urlsafe_b64encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [data] = one("urlsafe_b64encode(s)", "s").read(&args)?;
    encode_base64(py, &Input::binary(required(data)?)?, Alphabet::URL_SAFE, false)
}

fn urlsafe_b64decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [data] = one("urlsafe_b64decode(s)", "s").read(&args)?;
    decode_base64(py, &Input::encoded(required(data)?)?, Alphabet::URL_SAFE, base64_mode(false))
}
