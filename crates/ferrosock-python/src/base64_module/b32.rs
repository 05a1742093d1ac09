//! Base32, in both alphabets.

use std::ffi::CStr;

use ferrosock_codec::base32::{Alphabet, Leniency, decode_into, decoded_len, encode_into, encoded_len};
use pyo3::Borrowed;
use pyo3::prelude::*;

use super::{Table, assert_length, one, truth, unequal, viewed};
use crate::binascii_module::{CALLS, refused};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::output::{written, written_in_pieces};
use crate::signature::{Signature, required};

pub(super) fn functions() -> Table {
    Vec::from([
        native_named!(CALLS, c"b32encode", b32encode, B32ENCODE),
        native_named!(CALLS, c"b32decode", b32decode, B32DECODE),
        native_named!(CALLS, c"b32hexencode", b32hexencode, B32HEXENCODE),
        native_named!(CALLS, c"b32hexdecode", b32hexdecode, B32HEXDECODE),
    ])
}

const B32ENCODE: &CStr = c"b32encode($module, /, s)
--

Encode a bytes-like object in base32, as bytes.

Source: https://docs.python.org/3/library/base64.html#base64.b32encode";

const B32DECODE: &CStr = c"b32decode($module, /, s, casefold=False, map01=None)
--

Decode base32 (a bytes-like object or ASCII text).

casefold takes lower case too. map01 is the letter that the digit 1 means, I or L; the digit 0 then means the letter O.
Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3/library/base64.html#base64.b32decode";

const B32HEXENCODE: &CStr = c"b32hexencode($module, /, s)
--

Encode a bytes-like object in base32 with the extended hexadecimal alphabet, as bytes.

Source: https://docs.python.org/3/library/base64.html#base64.b32hexencode";

const B32HEXDECODE: &CStr = c"b32hexdecode($module, /, s, casefold=False)
--

Decode base32 with the extended hexadecimal alphabet (a bytes-like object or ASCII text).

casefold takes lower case too. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3/library/base64.html#base64.b32hexdecode";

fn b32encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    encode(py, &args, &one("b32encode(s)", "s"), Alphabet::Standard)
}

fn b32hexencode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    encode(py, &args, &one("b32hexencode(s)", "s"), Alphabet::Hex)
}

fn encode<'py>(
    py: Python<'py>,
    args: &Args<'_, 'py>,
    signature: &Signature<1>,
    alphabet: Alphabet,
) -> PyResult<Bound<'py, PyAny>> {
    let [data] = signature.read(args)?;
    let data = viewed(data)?;
    written_in_pieces(py, &data, (5, 8), encoded_len(data.len()), |piece, out| {
        encode_into(piece, alphabet, out)
    })
}

fn b32decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<3> = Signature {
        text: "b32decode(s, casefold=None, map01=None)",
        names: ["s", "casefold", "map01"],
        required: 1,
    };
    let [message, casefold, map01] = SIGNATURE.read(&args)?;
    decode(py, required(message)?, Alphabet::Standard, casefold, map01)
}

fn b32hexdecode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "b32hexdecode(s, casefold=None)", names: ["s", "casefold"], required: 1 };
    let [message, casefold] = SIGNATURE.read(&args)?;
    decode(py, required(message)?, Alphabet::Hex, casefold, None)
}

fn decode<'py>(
    py: Python<'py>,
    message: Borrowed<'_, 'py, PyAny>,
    alphabet: Alphabet,
    casefold: Option<Borrowed<'_, 'py, PyAny>>,
    map01: Option<Borrowed<'_, 'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let message = Input::encoded(message)?;
    let length = message.len();
    let one = match map01.filter(|map01| !map01.is_none()) {
        // The length is looked at first.
        Some(map01) if length % 8 == 0 => Some(letter(map01)?),
        _ => None,
    };
    let fold_case = length % 8 == 0 && truth(casefold)?;
    written(py, decoded_len(length), |out| {
        decode_into(&message, alphabet, Leniency { fold_case, one }, out).map_err(|error| refused(py, error))
    })
}

/// What the digit 1 means.
fn letter(map01: Borrowed<'_, '_, PyAny>) -> PyResult<u8> {
    let characters = Input::encoded(map01)?;
    match *characters {
        [letter] => Ok(letter),
        _ => {
            assert_length(map01, &characters)?;
            Err(unequal(map01.py(), b"01", &[b"O", &*characters].concat()))
        }
    }
}
