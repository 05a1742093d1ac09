//! Base85 and, from Python 3.13 on, Z85.

use std::ffi::CStr;

use ferrosock_codec::base85::{Alphabet, decode_into, decoded_len, encode_into, encoded_len};
use pyo3::Borrowed;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::{Table, one, truth, viewed};
use crate::binascii_module::CALLS;
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::output::written;
use crate::signature::{Signature, required};

pub(super) fn functions() -> Table {
    let mut table = Vec::from([
        native_named!(CALLS, c"b85encode", b85encode, B85ENCODE),
        native_named!(CALLS, c"b85decode", b85decode, B85DECODE),
    ]);
    if crate::version::since(13) {
        table.push(native_named!(CALLS, c"z85encode", z85encode, Z85ENCODE));
        table.push(native_named!(CALLS, c"z85decode", z85decode, Z85DECODE));
    }
    table
}

const B85ENCODE: &CStr = c"b85encode($module, /, b, pad=False)
--

Encode a bytes-like object in base85, as bytes. pad adds zeros up to a multiple of four bytes first.

Source: https://docs.python.org/3/library/base64.html#base64.b85encode";

const B85DECODE: &CStr = c"b85decode($module, /, b)
--

Decode base85 (a bytes-like object or ASCII text).

Raises ValueError for a character that is not of the alphabet, and for five that stand for more than 32 bits.
Source: https://docs.python.org/3/library/base64.html#base64.b85decode";

const Z85ENCODE: &CStr = c"z85encode($module, /, s)
--

Encode a bytes-like object in Z85, as bytes.

Source: https://docs.python.org/3/library/base64.html#base64.z85encode";

const Z85DECODE: &CStr = c"z85decode($module, /, s)
--

Decode Z85 (a bytes-like object or ASCII text).

Raises ValueError for a character that is not of the alphabet, and for five that stand for more than 32 bits.
Source: https://docs.python.org/3/library/base64.html#base64.z85decode";

fn b85encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "b85encode(b, pad=None)", names: ["b", "pad"], required: 1 };
    let [data, pad] = SIGNATURE.read(&args)?;
    let data = viewed(data)?;
    // How long the padding is, is looked at only where some is missing.
    let pad = data.len() % 4 != 0 && truth(pad)?;
    encode(py, &data, Alphabet::Git, pad)
}

fn z85encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<1> = one("z85encode(s)", "s");
    let [data] = SIGNATURE.read(&args)?;
    encode(py, &viewed(data)?, Alphabet::Z85, false)
}

fn encode<'py>(py: Python<'py>, data: &[u8], alphabet: Alphabet, pad: bool) -> PyResult<Bound<'py, PyAny>> {
    written(py, encoded_len(data.len(), pad), |out| Ok(encode_into(data, alphabet, pad, out)))
}

fn b85decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<1> = one("b85decode(b)", "b");
    let [message] = SIGNATURE.read(&args)?;
    decode(py, required(message)?, Alphabet::Git)
}

fn z85decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<1> = one("z85decode(s)", "s");
    let [message] = SIGNATURE.read(&args)?;
    decode(py, required(message)?, Alphabet::Z85)
}

fn decode<'py>(
    py: Python<'py>,
    message: Borrowed<'_, 'py, PyAny>,
    alphabet: Alphabet,
) -> PyResult<Bound<'py, PyAny>> {
    let message = Input::encoded(message)?;
    written(py, decoded_len(message.len()), |out| {
        decode_into(&message, alphabet, out).map_err(|error| PyValueError::new_err(error.to_string()))
    })
}
