//! `a2b_base64` and `b2a_base64`.

use std::ffi::CStr;

use ferrosock_codec::base64::{Alphabet, Decoder, Mode, decoded_most, encode_into, encoded_len};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::{CALLS, flag, refused};
use crate::call::{Args, native_named, native_one};
use crate::input::Input;
use crate::output::Output;
use crate::version::Change;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    let a2b = if crate::version::since(11) {
        native_named!(CALLS, c"a2b_base64", a2b, A2B)
    } else {
        native_one!(CALLS, c"a2b_base64", a2b_lenient, A2B_LENIENT)
    };
    Vec::from([a2b, native_named!(CALLS, c"b2a_base64", b2a, B2A)])
}

const A2B: &CStr = c"a2b_base64($module, data, /, *, strict_mode=False)
--

Decode base64 (bytes-like or ASCII text).

Characters that are not of the alphabet are skipped, and what follows the padding is ignored; with strict_mode both are
refused. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3/library/binascii.html#binascii.a2b_base64";

const A2B_LENIENT: &CStr = c"a2b_base64($module, data, /)
--

Decode base64 (bytes-like or ASCII text).

Characters that are not of the alphabet are skipped, and what follows the padding is ignored. Raises binascii.Error for
what cannot be decoded.
Source: https://docs.python.org/3/library/binascii.html#binascii.a2b_base64";

const B2A: &CStr = c"b2a_base64($module, data, /, *, newline=True)
--

Encode bytes in base64, with a line feed at the end unless newline is false.

Source: https://docs.python.org/3/library/binascii.html#binascii.b2a_base64";

fn a2b<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(data) = args.alone() {
        return a2b_lenient(py, data);
    }
    args.positional_only(1, 2)?.named(&["", "strict_mode"], 1, |args| {
        let data = Input::ascii(args.object(0)?)?;
        decode(py, &data, Alphabet::STANDARD, mode(flag(&args, 1, false)?))
    })
}

fn a2b_lenient<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    decode(py, &Input::ascii(data)?, Alphabet::STANDARD, mode(false))
}

fn b2a<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(data) = args.alone() {
        return encode(py, &Input::binary(data)?, Alphabet::STANDARD, true);
    }
    args.positional_only(1, 2)?.named(&["", "newline"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        let newline = flag(&args, 1, true)?;
        encode(py, &data, Alphabet::STANDARD, newline)
    })
}

/// gh-118314: padding behind a whole group is refused in strict mode.
const EXACT: Change = Change::of(&[(12, 4), (13, 0)]);

/// gh-145264: padding ends nothing by itself.
const THROUGHOUT: Change = Change::of(&[(13, 13), (14, 4)]);

/// What `strict_mode` means to the running Python.
pub(crate) fn mode(strict: bool) -> Mode {
    match (strict, THROUGHOUT.is_made()) {
        (false, false) => Mode::Lenient,
        (false, true) => Mode::LenientThroughout,
        (true, true) => Mode::StrictThroughout,
        (true, false) if EXACT.is_made() => Mode::Strict,
        (true, false) => Mode::AlmostStrict,
    }
}

/// Characters and bytes that go through the cache together.
const PIECE: (usize, usize) = (16 * 1024, 12 * 1024);

/// The encoding of `data` as a bytes object.
#[inline]
pub(crate) fn encode<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: Alphabet,
    newline: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let capacity = encoded_len(data.len()).and_then(|length| length.checked_add(usize::from(newline)));
    let mut output = Output::new(py, capacity)?;
    for piece in data.chunks(PIECE.1) {
        let length = encode_into(piece, alphabet, output.next(piece.len().div_ceil(3) * 4));
        output.advance(length);
    }
    if newline {
        output.next(1)[0] = b'\n';
        output.advance(1);
    }
    output.finish()
}

/// What `data` decodes to, as a bytes object.
#[inline]
pub(crate) fn decode<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: Alphabet,
    mode: Mode,
) -> PyResult<Bound<'py, PyAny>> {
    let mut output = Output::new(py, decoded_most(data, alphabet))?;
    let mut decoder = Decoder::new(alphabet, mode);
    for piece in data.chunks(PIECE.0) {
        // A group that the last piece left open ends in this one.
        let length =
            decoder.update_into(piece, output.next(PIECE.1 + 3)).map_err(|error| refused(py, error))?;
        output.advance(length);
    }
    decoder.finish().map_err(|error| refused(py, error))?;
    output.finish()
}
