//! Base16: hexadecimal digits in upper case.

use std::ffi::CStr;

use ferrosock_codec::hex::{Case, encode_uninit, is_base16};
use pyo3::prelude::*;

use super::{Table, one, truth};
use crate::binascii_module::{CALLS, decode_hex, refused};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::output::filled;
use crate::signature::{Signature, required};

pub(super) fn functions() -> Table {
    Vec::from([
        native_named!(CALLS, c"b16encode", b16encode, B16ENCODE),
        native_named!(CALLS, c"b16decode", b16decode, B16DECODE),
    ])
}

const B16ENCODE: &CStr = c"b16encode($module, /, s)
--

Encode a bytes-like object as hexadecimal digits in upper case, as bytes.

Source: https://docs.python.org/3/library/base64.html#base64.b16encode";

const B16DECODE: &CStr = c"b16decode($module, /, s, casefold=False)
--

Decode hexadecimal digits (a bytes-like object or ASCII text) in upper case or, with casefold, in either.

Raises binascii.Error for what is no digit, and for an odd number of them.
Source: https://docs.python.org/3/library/base64.html#base64.b16decode";

fn b16encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<1> = one("b16encode(s)", "s");
    let [data] = SIGNATURE.read(&args)?;
    let data = Input::binary(required(data)?)?;
    filled(py, data.len().checked_mul(2), |out| Ok(encode_uninit(&data, Case::Upper, out)))
}

fn b16decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<2> =
        Signature { text: "b16decode(s, casefold=None)", names: ["s", "casefold"], required: 1 };
    let [digits, casefold] = SIGNATURE.read(&args)?;
    let digits = Input::encoded(required(digits)?)?;
    if !is_base16(&digits, truth(casefold)?) {
        return Err(refused(py, "Non-base16 digit found"));
    }
    decode_hex(py, &digits)
}
