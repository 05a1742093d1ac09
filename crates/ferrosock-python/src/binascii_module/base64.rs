//! `a2b_base64` and `b2a_base64`.

use std::ffi::CStr;
use std::sync::OnceLock;

use ferrosock_codec::base64::{
    Alphabet, CHARACTERS, Characters, Decoder, Error, Layout, Mode, Options, decoded_len, decoded_most,
    encode_into, encode_laid_into, encoded_len, laid_len,
};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::options::{Given, bytes_only, characters, columns, skipped};
use super::{CALLS, flag, flag_or, refused};
use crate::call::{Args, native_named, native_one};
use crate::input::Input;
use crate::output::{Output, written};
use crate::stock;
use crate::version::{self, Change};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    if version::since(15) {
        return Vec::from([
            native_named!(CALLS, c"a2b_base64", a2b_any, A2B_ANY),
            native_named!(CALLS, c"b2a_base64", b2a_any, B2A_ANY),
        ]);
    }
    let a2b = if version::since(11) {
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

const A2B_ANY: &CStr = c"a2b_base64($module, data, /, *, strict_mode=<unrepresentable>, padded=True, alphabet=BASE64_ALPHABET, ignorechars=<unrepresentable>, canonical=False)
--

Decode base64 (bytes-like or ASCII text).

Characters that are not of the alphabet are skipped, and so is padding within the message; with strict_mode, which is the
default where ignorechars is given, both are refused but for ignorechars. Without padded, padding is not required, and
strict_mode refuses it. canonical refuses bits of the last character that are not zero. Raises binascii.Error for what cannot
be decoded.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.a2b_base64";

const B2A_ANY: &CStr =
    c"b2a_base64($module, data, /, *, padded=True, wrapcol=0, newline=True, alphabet=BASE64_ALPHABET)
--

Encode bytes in base64, with a line feed at the end unless newline is false.

Without padded, no padding is written; wrapcol begins a new line after at most so many characters, in groups of four.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.b2a_base64";

fn a2b_any<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(data) = args.alone() {
        return a2b_lenient(py, data);
    }
    let name = args.name();
    let names = ["", "strict_mode", "padded", "alphabet", "ignorechars", "canonical"];
    args.positional_only(1, 6)?.named(&names, 1, |args| {
        let data = Input::ascii(args.object(0)?)?;
        let strict = args.get(1).map(|strict| super::is_set(&strict)).transpose()?;
        let padded = flag_or(args.get(2), true)?;
        let alphabet = bytes_only(name, args.get(3))?;
        let given = args.get(4);
        let skipped = skipped(given)?;
        let options = Options { padded, canonical: flag_or(args.get(5), false)? };
        let mode = mode(strict.unwrap_or(given.is_some()));
        let alphabet = alphabet.as_ref().map_or(Ok(CHARACTERS), |bytes| characters(bytes.as_bytes()))?;
        if alphabet == CHARACTERS && skipped.is_none() {
            return decode_expecting(py, &data, Alphabet::STANDARD, mode, options);
        }
        let characters = Characters::new(alphabet, &skipped.unwrap_or_default());
        decode_characters(py, &data, &characters, mode, options)
    })
}

fn b2a_any<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(data) = args.alone() {
        return encode(py, &Input::binary(data)?, Alphabet::STANDARD, true);
    }
    args.positional_only(1, 5)?.named(&["", "padded", "wrapcol", "newline", "alphabet"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        let padded = flag_or(args.get(1), true)?;
        let columns = columns(args.get(2))?;
        let layout = Layout { padded, columns, newline: flag(&args, 3, true)? };
        let alphabet = args.get(4).map(Input::binary).transpose()?;
        let alphabet = alphabet.as_ref().map_or(Ok(CHARACTERS), |bytes| characters(bytes))?;
        encode_laid(py, &data, alphabet, layout)
    })
}

/// What `b64encode` gives, in the order in which the standard library looks at the arguments.
pub(crate) fn encode_wrapped<'py>(
    py: Python<'py>,
    data: Borrowed<'_, 'py, PyAny>,
    padded: Given<'_, 'py>,
    wrapcol: Given<'_, 'py>,
    alphabet: Given<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let data = Input::binary(data)?;
    let padded = flag_or(padded, true)?;
    let layout = Layout { padded, columns: columns(wrapcol)?, newline: false };
    let alphabet = alphabet.map(Input::binary).transpose()?;
    let alphabet = alphabet.as_ref().map_or(Ok(CHARACTERS), |bytes| characters(bytes))?;
    encode_laid(py, &data, alphabet, layout)
}

fn encode_laid<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: &[u8; 64],
    layout: Layout,
) -> PyResult<Bound<'py, PyAny>> {
    let ([start @ .., plus, slash], [known @ .., _, _]) = (alphabet, CHARACTERS);
    if start == known && layout.padded && layout.columns == 0 {
        return encode(py, data, Alphabet::new([*plus, *slash]), layout.newline);
    }
    written(py, laid_len(data.len(), layout), |out| Ok(encode_laid_into(data, alphabet, layout, out)))
}

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

/// Whether the running Python has that. Of one that a distribution has mended only the stock function tells.
fn reads_throughout() -> bool {
    static TAKEN: OnceLock<bool> = OnceLock::new();
    THROUGHOUT.is_made()
        || TAKEN.get().copied().unwrap_or_else(|| {
            // Not under the lock of the cell, for the interpreter may let other threads run meanwhile.
            let taken = version::is_mended() && Python::attach(stock_reads_throughout).unwrap_or(false);
            *TAKEN.get_or_init(|| taken)
        })
}

fn stock_reads_throughout(py: Python<'_>) -> PyResult<bool> {
    let read = stock::extension(py, "binascii")?.call_method1("a2b_base64", (b"ab==cd".as_slice(),))?;
    Ok(read.extract::<&[u8]>()? == b"i\xb7\x1d")
}

/// What `strict_mode` means to the running Python.
pub(crate) fn mode(strict: bool) -> Mode {
    match (strict, reads_throughout()) {
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
    decode_expecting(py, data, alphabet, mode, Options::default())
}

/// [`decode`] with other expectations.
#[inline]
pub(crate) fn decode_expecting<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: Alphabet,
    mode: Mode,
    options: Options,
) -> PyResult<Bound<'py, PyAny>> {
    let decoder = Decoder::new(alphabet, mode).expecting(options);
    decode_pieces(py, data, decoded_most(data, alphabet), decoder, Decoder::update_into)
}

/// [`decode`] of other characters.
pub(crate) fn decode_characters<'py>(
    py: Python<'py>,
    data: &[u8],
    characters: &Characters,
    mode: Mode,
    options: Options,
) -> PyResult<Bound<'py, PyAny>> {
    let decoder = characters.decoder(mode, options);
    decode_pieces(py, data, decoded_len(data.len()), decoder, |decoder, piece, out| {
        decoder.update_characters(piece, characters, out)
    })
}

#[inline]
fn decode_pieces<'py>(
    py: Python<'py>,
    data: &[u8],
    capacity: usize,
    mut decoder: Decoder,
    mut update: impl FnMut(&mut Decoder, &[u8], &mut [u8]) -> Result<usize, Error>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut output = Output::new(py, capacity)?;
    for piece in data.chunks(PIECE.0) {
        // A group that the last piece left open ends in this one.
        let length =
            update(&mut decoder, piece, output.next(PIECE.1 + 3)).map_err(|error| refused(py, error))?;
        output.advance(length);
    }
    decoder.finish().map_err(|error| refused(py, error))?;
    output.finish()
}
