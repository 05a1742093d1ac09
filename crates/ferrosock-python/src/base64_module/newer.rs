//! The functions of Python 3.15 that have more parameters. There they are thin layers over `binascii`, and look at their
//! arguments when it does.

use std::ffi::{CStr, CString};

use ferrosock_codec::ascii85::WHITE_SPACE;
use ferrosock_codec::base32::{self, Leniency};
use ferrosock_codec::base64::{Alphabet, CHARACTERS, Characters, Options};
use ferrosock_codec::base85::{GIT, Z85};
use ferrosock_codec::byte_set::ByteSet;
use ferrosock_codec::hex::{Case, encode_separated_into, encode_uninit, separated_len};
use pyo3::Borrowed;
use pyo3::exceptions::{PyDeprecationWarning, PyFutureWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};

use super::{Table, shown, truth, unequal};
use crate::binascii_module::options::skipped;
use crate::binascii_module::{
    CALLS, base32 as binascii_base32, base64_mode, base85 as binascii_base85, decode_base64,
    decode_base64_characters, decode_base64_expecting, decode_hex_skipping, encode_base64, refused,
    wrap_base64,
};
use crate::call::{Args, native_named};
use crate::convert;
use crate::input::Input;
use crate::output::{filled, written};
use crate::signature::{Signature, required};

pub(super) fn functions() -> Table {
    Vec::from([
        native_named!(CALLS, c"b64encode", b64encode, B64ENCODE),
        native_named!(CALLS, c"b64decode", b64decode, B64DECODE),
        native_named!(CALLS, c"urlsafe_b64encode", urlsafe_b64encode, URLSAFE_B64ENCODE),
        native_named!(CALLS, c"urlsafe_b64decode", urlsafe_b64decode, URLSAFE_B64DECODE),
        native_named!(CALLS, c"b32encode", b32encode, B32ENCODE),
        native_named!(CALLS, c"b32decode", b32decode, B32DECODE),
        native_named!(CALLS, c"b32hexencode", b32hexencode, B32HEXENCODE),
        native_named!(CALLS, c"b32hexdecode", b32hexdecode, B32HEXDECODE),
        native_named!(CALLS, c"b16encode", b16encode, B16ENCODE),
        native_named!(CALLS, c"b16decode", b16decode, B16DECODE),
        native_named!(CALLS, c"a85encode", a85encode, A85ENCODE),
        native_named!(CALLS, c"a85decode", a85decode, A85DECODE),
        native_named!(CALLS, c"b85encode", b85encode, B85ENCODE),
        native_named!(CALLS, c"b85decode", b85decode, B85DECODE),
        native_named!(CALLS, c"z85encode", z85encode, Z85ENCODE),
        native_named!(CALLS, c"z85decode", z85decode, Z85DECODE),
    ])
}

const B64ENCODE: &CStr = c"b64encode($module, /, s, altchars=None, *, padded=True, wrapcol=0)
--

Encode a bytes-like object in base64, as bytes.

altchars is a bytes-like object of length 2: the characters to stand for '+' and '/'. Without padded, no padding is written;
wrapcol begins a new line after at most so many characters.
Source: https://docs.python.org/3.15/library/base64.html#base64.b64encode";

const B64DECODE: &CStr = c"b64decode($module, /, s, altchars=None, validate=['NOT SPECIFIED'], *, padded=True, ignorechars=['NOT SPECIFIED'], canonical=False)
--

Decode base64 (a bytes-like object or ASCII text).

altchars are two characters that stand for '+' and '/'. Characters that are not of the alphabet are skipped; with validate,
which is the default where ignorechars is given, they are refused but for ignorechars. Without padded, padding is not
required; canonical refuses bits of the last character that are not zero. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3.15/library/base64.html#base64.b64decode";

const URLSAFE_B64ENCODE: &CStr = c"urlsafe_b64encode($module, /, s, *, padded=True)
--

Encode a bytes-like object in base64 with '-' and '_' in place of '+' and '/', for URLs and file names.

Without padded, no padding is written.
Source: https://docs.python.org/3.15/library/base64.html#base64.urlsafe_b64encode";

const URLSAFE_B64DECODE: &CStr = c"urlsafe_b64decode($module, /, s, *, padded=False)
--

Decode base64 with '-' and '_' in place of '+' and '/'. Other characters are skipped.

Padding is required with padded only.
Source: https://docs.python.org/3.15/library/base64.html#base64.urlsafe_b64decode";

const B32ENCODE: &CStr = c"b32encode($module, /, s, *, padded=True, wrapcol=0)
--

Encode a bytes-like object in base32, as bytes.

Without padded, no padding is written; wrapcol begins a new line after at most so many characters.
Source: https://docs.python.org/3.15/library/base64.html#base64.b32encode";

const B32DECODE: &CStr = c"b32decode($module, /, s, casefold=False, map01=None, *, padded=True, ignorechars=b'', canonical=False)
--

Decode base32 (a bytes-like object or ASCII text).

casefold takes lower case too. map01 is the letter that the digit 1 means, I or L; the digit 0 then means the letter O.
Without padded, padding is not required, but refused. ignorechars are skipped; canonical refuses bits of the last character
that are not zero. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3.15/library/base64.html#base64.b32decode";

const B32HEXENCODE: &CStr = c"b32hexencode($module, /, s, *, padded=True, wrapcol=0)
--

Encode a bytes-like object in base32 with the extended hexadecimal alphabet, as bytes.

Without padded, no padding is written; wrapcol begins a new line after at most so many characters.
Source: https://docs.python.org/3.15/library/base64.html#base64.b32hexencode";

const B32HEXDECODE: &CStr =
    c"b32hexdecode($module, /, s, casefold=False, *, padded=True, ignorechars=b'', canonical=False)
--

Decode base32 with the extended hexadecimal alphabet (a bytes-like object or ASCII text).

casefold takes lower case too. Without padded, padding is not required, but refused. ignorechars are skipped; canonical
refuses bits of the last character that are not zero. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3.15/library/base64.html#base64.b32hexdecode";

const B16ENCODE: &CStr = c"b16encode($module, /, s, *, wrapcol=0)
--

Encode a bytes-like object as hexadecimal digits in upper case, as bytes.

wrapcol begins a new line after at most so many characters, in pairs.
Source: https://docs.python.org/3.15/library/base64.html#base64.b16encode";

const B16DECODE: &CStr = c"b16decode($module, /, s, casefold=False, *, ignorechars=b'')
--

Decode hexadecimal digits (a bytes-like object or ASCII text) in upper case or, with casefold, in either.

ignorechars are skipped. Raises binascii.Error for what is no digit, and for an odd number of them.
Source: https://docs.python.org/3.15/library/base64.html#base64.b16decode";

const A85ENCODE: &CStr = c"a85encode($module, /, b, *, foldspaces=False, wrapcol=0, pad=False, adobe=False)
--

Encode a bytes-like object in Ascii85, as bytes.

foldspaces writes four spaces as 'y'; wrapcol begins a new line after so many characters; pad adds zeros up to a multiple
of four bytes first; adobe writes '<~' before and '~>' after.
Source: https://docs.python.org/3.15/library/base64.html#base64.a85encode";

const A85DECODE: &CStr = c"a85decode($module, /, b, *, foldspaces=False, adobe=False, ignorechars=b' \\t\\n\\r\\x0b', canonical=False)
--

Decode Ascii85 (a bytes-like object or ASCII text).

foldspaces reads 'y' as four spaces; adobe expects '~>' at the end; ignorechars are skipped; canonical refuses what no encoder
writes. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3.15/library/base64.html#base64.a85decode";

const B85ENCODE: &CStr = c"b85encode($module, /, b, pad=False, *, wrapcol=0)
--

Encode a bytes-like object in base85, as bytes.

pad adds zeros up to a multiple of four bytes first; wrapcol begins a new line after at most so many characters.
Source: https://docs.python.org/3.15/library/base64.html#base64.b85encode";

const B85DECODE: &CStr = c"b85decode($module, /, b, *, ignorechars=b'', canonical=False)
--

Decode base85 (a bytes-like object or ASCII text).

ignorechars are skipped; canonical refuses a last group that no encoder writes. Raises binascii.Error for what cannot be
decoded.
Source: https://docs.python.org/3.15/library/base64.html#base64.b85decode";

const Z85ENCODE: &CStr = c"z85encode($module, /, s, pad=False, *, wrapcol=0)
--

Encode a bytes-like object in Z85, as bytes.

pad adds zeros up to a multiple of four bytes first; wrapcol begins a new line after at most so many characters.
Source: https://docs.python.org/3.15/library/base64.html#base64.z85encode";

const Z85DECODE: &CStr = c"z85decode($module, /, s, *, ignorechars=b'', canonical=False)
--

Decode Z85 (a bytes-like object or ASCII text).

ignorechars are skipped; canonical refuses a last group that no encoder writes. Raises binascii.Error for what cannot be
decoded.
Source: https://docs.python.org/3.15/library/base64.html#base64.z85decode";

fn b64encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<4> = Signature {
        text: "b64encode(s, altchars=None, *, padded=None, wrapcol=None)",
        names: ["s", "altchars", "padded", "wrapcol"],
        required: 1,
    };
    if let Some(data) = args.alone() {
        return encode_base64(py, &Input::binary(data)?, Alphabet::STANDARD, false);
    }
    let [data, altchars, padded, wrapcol] = SIGNATURE.read_named(&args, 2)?;
    let data = required(data)?;
    let alphabet = altchars.filter(|altchars| !altchars.is_none()).map(alphabet_with).transpose()?;
    wrap_base64(py, data, padded, wrapcol, alphabet.as_ref().map(Bound::as_borrowed))
}

/// The alphabet with other characters for 62 and 63: what they are is looked at by what uses it.
fn alphabet_with<'py>(altchars: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if altchars.len()? != 2 {
        return Err(PyValueError::new_err(format!("invalid altchars: {}", altchars.repr()?)));
    }
    PyBytes::new(altchars.py(), &CHARACTERS[..62]).add(altchars)
}

fn b64decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<6> = Signature {
        text: "b64decode(s, altchars=None, validate=None, *, padded=None, ignorechars=None, canonical=None)",
        names: ["s", "altchars", "validate", "padded", "ignorechars", "canonical"],
        required: 1,
    };
    if let Some(data) = args.alone() {
        return decode_base64(py, &Input::encoded(data)?, Alphabet::STANDARD, base64_mode(false));
    }
    let [data, altchars, validate, padded, ignorechars, canonical] = SIGNATURE.read_named(&args, 3)?;
    let data = Input::encoded(required(data)?)?;
    let mut alphabet = Alphabet::STANDARD;
    let mut other = None;
    if let Some(altchars) = altchars.filter(|altchars| !altchars.is_none()) {
        let characters = Input::encoded(altchars)?;
        let Ok(pair) = <[u8; 2]>::try_from(&*characters) else {
            let shown = shown(altchars, &characters)?;
            return Err(PyValueError::new_err(format!("invalid altchars: {shown}")));
        };
        alphabet = Alphabet::new(pair);
        other = Some((pair, altchars));
    }
    let strict = validate.map_or(Ok(ignorechars.is_some()), |validate| validate.is_truthy())?;
    let mode = base64_mode(strict);
    let padded = padded.map_or(Ok(true), |padded| padded.is_truthy())?;
    let skipped = skipped(ignorechars)?;
    let options = Options { padded, canonical: truth(canonical)? };
    if let Some(skipped) = skipped {
        let mut whole = *CHARACTERS;
        if let Some((pair, _)) = other {
            whole[62..].copy_from_slice(&pair);
        }
        return decode_base64_characters(py, &data, &Characters::new(&whole, &skipped), mode, options);
    }
    let bad = other.and_then(|(pair, _)| foreign(&data, pair));
    let decoded = decode_base64_expecting(py, &data, alphabet, mode, options)?;
    if let (Some(bad), Some((pair, altchars))) = (bad, other) {
        let shown = shown(altchars, &pair)?;
        let bad = char::from(bad);
        if strict {
            let text = format!(
                "invalid character '{bad}' in Base64 data with altchars={shown} and validate=True will be an error \
                 in future Python versions"
            );
            warn(&py.get_type::<PyDeprecationWarning>(), text)?;
        } else {
            let text = format!(
                "invalid character '{bad}' in Base64 data with altchars={shown} and validate=False will be \
                 discarded in future Python versions"
            );
            warn(&py.get_type::<PyFutureWarning>(), text)?;
        }
    }
    Ok(decoded)
}

/// `+` or `/`, if it stands in a message in whose alphabet it is not.
fn foreign(message: &[u8], alphabet: [u8; 2]) -> Option<u8> {
    b"+/".iter().copied().find(|byte| !alphabet.contains(byte) && message.contains(byte))
}

/// Warns the caller of the function.
#[cold]
fn warn(category: &Bound<'_, PyType>, text: String) -> PyResult<()> {
    PyErr::warn(category.py(), category, &CString::new(text)?, 1)
}

fn urlsafe_b64encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "urlsafe_b64encode(s, *, padded=None)", names: ["s", "padded"], required: 1 };
    let [data, padded] = SIGNATURE.read_named(&args, 1)?;
    let data = required(data)?;
    match padded {
        None => encode_base64(py, &Input::binary(data)?, Alphabet::URL_SAFE, false),
        padded => {
            let alphabet = PyBytes::new(py, &[&CHARACTERS[..62], b"-_"].concat());
            wrap_base64(py, data, padded, None, Some(alphabet.as_any().as_borrowed()))
        }
    }
}

fn urlsafe_b64decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "urlsafe_b64decode(s, *, padded=None)", names: ["s", "padded"], required: 1 };
    let [data, padded] = SIGNATURE.read_named(&args, 1)?;
    let data = Input::encoded(required(data)?)?;
    let options = Options { padded: truth(padded)?, ..Options::default() };
    let bad = foreign(&data, *b"-_");
    let decoded = decode_base64_expecting(py, &data, Alphabet::URL_SAFE, base64_mode(false), options)?;
    if let Some(bad) = bad {
        let text = format!(
            "invalid character '{}' in URL-safe Base64 data will be discarded in future Python versions",
            char::from(bad)
        );
        warn(&py.get_type::<PyFutureWarning>(), text)?;
    }
    Ok(decoded)
}

fn b32encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    encode32(py, &args, "b32encode(s, *, padded=None, wrapcol=None)", base32::CHARACTERS)
}

fn b32hexencode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    encode32(py, &args, "b32hexencode(s, *, padded=None, wrapcol=None)", base32::HEX_CHARACTERS)
}

fn encode32<'py>(
    py: Python<'py>,
    args: &Args<'_, 'py>,
    text: &'static str,
    alphabet: &[u8; 32],
) -> PyResult<Bound<'py, PyAny>> {
    let signature = Signature { text, names: ["s", "padded", "wrapcol"], required: 1 };
    let [data, padded, wrapcol] = signature.read_named(args, 1)?;
    let data = Input::binary(required(data)?)?;
    binascii_base32::write(py, &data, alphabet, binascii_base32::layout(padded, wrapcol)?)
}

fn b32decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<6> = Signature {
        text: "b32decode(s, casefold=None, map01=None, *, padded=None, ignorechars=None, canonical=None)",
        names: ["s", "casefold", "map01", "padded", "ignorechars", "canonical"],
        required: 1,
    };
    let [message, casefold, map01, padded, ignorechars, canonical] = SIGNATURE.read_named(&args, 3)?;
    let message = Input::encoded(required(message)?)?;
    let one = map01.filter(|map01| !map01.is_none()).map(letter).transpose()?;
    let leniency = Leniency { fold_case: truth(casefold)?, one };
    let given = [padded, ignorechars, canonical];
    binascii_base32::read_leniently(py, &message, base32::CHARACTERS, leniency, given)
}

fn b32hexdecode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<5> = Signature {
        text: "b32hexdecode(s, casefold=None, *, padded=None, ignorechars=None, canonical=None)",
        names: ["s", "casefold", "padded", "ignorechars", "canonical"],
        required: 1,
    };
    let [message, casefold, padded, ignorechars, canonical] = SIGNATURE.read_named(&args, 2)?;
    let message = Input::encoded(required(message)?)?;
    let leniency = Leniency { fold_case: truth(casefold)?, one: None };
    let given = [padded, ignorechars, canonical];
    binascii_base32::read_leniently(py, &message, base32::HEX_CHARACTERS, leniency, given)
}

/// What the digit 1 means.
fn letter(map01: Borrowed<'_, '_, PyAny>) -> PyResult<u8> {
    let characters = Input::encoded(map01)?;
    match *characters {
        [letter] => Ok(letter),
        _ => Err(unequal(map01.py(), b"01", &[b"O", &*characters].concat())),
    }
}

fn b16encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "b16encode(s, *, wrapcol=None)", names: ["s", "wrapcol"], required: 1 };
    let [data, wrapcol] = SIGNATURE.read_named(&args, 1)?;
    let data = required(data)?;
    let wrapcol = match wrapcol {
        Some(wrapcol) if wrapcol.is_truthy()? => wrapcol,
        _ => {
            let data = Input::binary(data)?;
            return filled(py, data.len().checked_mul(2), |out| Ok(encode_uninit(&data, Case::Upper, out)));
        }
    };
    if wrapcol.lt(0)? {
        return Err(PyValueError::new_err("Negative wrapcol"));
    }
    let pairs = if wrapcol.lt(2)? { 1_isize.into_pyobject(py)?.into_any() } else { wrapcol.floor_div(2)? };
    let group = pairs.neg()?;
    let data = Input::binary(data)?;
    let group = convert::ssize(&group)?;
    written(py, separated_len(data.len(), group), |out| {
        let length = encode_separated_into(&data, b'\n', group, out);
        out[..length].make_ascii_uppercase();
        Ok(length)
    })
}

fn b16decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<3> = Signature {
        text: "b16decode(s, casefold=None, *, ignorechars=None)",
        names: ["s", "casefold", "ignorechars"],
        required: 1,
    };
    let [digits, casefold, ignorechars] = SIGNATURE.read_named(&args, 2)?;
    let digits = required(digits)?;
    if truth(casefold)? {
        return decode_hex_skipping(py, &Input::ascii(digits)?, ignorechars);
    }
    let digits = Input::encoded(digits)?;
    let lower = |byte: &u8| matches!(byte, b'a'..=b'f');
    let ignored = ignorechars.map(Input::viewed).transpose()?;
    // All bytes are looked at: that the compiler can do by vectors.
    if !digits.iter().fold(false, |any, byte| any | lower(byte)) {
        let ignored = ignored.map(|ignored| PyBytes::new(py, &ignored));
        return decode_hex_skipping(
            py,
            &digits,
            ignored.as_ref().map(|ignored| ignored.as_any().as_borrowed()),
        );
    }
    // What is a digit in lower case is skipped, if it is to be skipped.
    let skipped = ignored.map_or(ByteSet::EMPTY, |ignored| ByteSet::of(&ignored));
    if digits.iter().any(|byte| lower(byte) && !skipped.contains(*byte)) {
        return Err(refused(py, "Non-base16 digit found"));
    }
    let digits: Vec<u8> = digits.iter().copied().filter(|byte| !lower(byte)).collect();
    let ignored: Vec<u8> = (0..=255).filter(|byte| skipped.contains(*byte)).collect();
    decode_hex_skipping(py, &digits, Some(PyBytes::new(py, &ignored).as_any().as_borrowed()))
}

fn a85encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<5> = Signature {
        text: "a85encode(b, *, foldspaces=None, wrapcol=None, pad=None, adobe=None)",
        names: ["b", "foldspaces", "wrapcol", "pad", "adobe"],
        required: 1,
    };
    let [data, foldspaces, wrapcol, pad, adobe] = SIGNATURE.read_named(&args, 1)?;
    let data = Input::binary(required(data)?)?;
    binascii_base85::write_ascii(py, &data, [foldspaces, wrapcol, pad, adobe])
}

fn a85decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<5> = Signature {
        text: "a85decode(b, *, foldspaces=None, adobe=None, ignorechars=None, canonical=None)",
        names: ["b", "foldspaces", "adobe", "ignorechars", "canonical"],
        required: 1,
    };
    let [data, foldspaces, adobe, ignorechars, canonical] = SIGNATURE.read_named(&args, 1)?;
    let data = Input::ascii(required(data)?)?;
    binascii_base85::read_ascii(py, &data, [foldspaces, adobe, ignorechars, canonical], WHITE_SPACE)
}

fn b85encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    encode85(py, &args, "b85encode(b, pad=None, *, wrapcol=None)", ["b", "pad", "wrapcol"], GIT)
}

fn z85encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    encode85(py, &args, "z85encode(s, pad=None, *, wrapcol=None)", ["s", "pad", "wrapcol"], Z85)
}

fn encode85<'py>(
    py: Python<'py>,
    args: &Args<'_, 'py>,
    text: &'static str,
    names: [&'static str; 3],
    alphabet: &[u8; 85],
) -> PyResult<Bound<'py, PyAny>> {
    let [data, pad, wrapcol] = Signature { text, names, required: 1 }.read_named(args, 2)?;
    let data = Input::binary(required(data)?)?;
    binascii_base85::write(py, &data, alphabet, pad, wrapcol)
}

fn b85decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let names = ["b", "ignorechars", "canonical"];
    decode85(py, &args, "b85decode(b, *, ignorechars=None, canonical=None)", names, GIT)
}

fn z85decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let names = ["s", "ignorechars", "canonical"];
    decode85(py, &args, "z85decode(s, *, ignorechars=None, canonical=None)", names, Z85)
}

fn decode85<'py>(
    py: Python<'py>,
    args: &Args<'_, 'py>,
    text: &'static str,
    names: [&'static str; 3],
    alphabet: &[u8; 85],
) -> PyResult<Bound<'py, PyAny>> {
    let [data, ignorechars, canonical] = Signature { text, names, required: 1 }.read_named(args, 1)?;
    let data = Input::ascii(required(data)?)?;
    binascii_base85::read(py, &data, alphabet, ignorechars, canonical)
}
