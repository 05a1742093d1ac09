//! `a2b_base32` and `b2a_base32`, of Python 3.15.

use std::ffi::CStr;

use ferrosock_codec::base32::{
    CHARACTERS, Characters, HEX_CHARACTERS, Layout, Leniency, Options, decode_characters_into, decoded_most,
    encode_into, encode_laid_into, encoded_len, laid_len,
};
use pyo3::ffi;
use pyo3::prelude::*;

use super::options::{Given, bytes_only, characters, columns, skipped};
use super::{CALLS, flag_or, refused};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::output::{written, written_in_pieces};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_named!(CALLS, c"a2b_base32", a2b, A2B), native_named!(CALLS, c"b2a_base32", b2a, B2A)])
}

const A2B: &CStr =
    c"a2b_base32($module, data, /, *, padded=True, alphabet=BASE32_ALPHABET, ignorechars=b'', canonical=False)
--

Decode base32 (bytes-like or ASCII text).

Without padded, padding is not required, but refused. ignorechars are skipped where they are not of the alphabet; canonical
refuses bits of the last character that are not zero. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.a2b_base32";

const B2A: &CStr = c"b2a_base32($module, data, /, *, padded=True, wrapcol=0, alphabet=BASE32_ALPHABET)
--

Encode bytes in base32.

Without padded, no padding is written; wrapcol begins a new line after at most so many characters, in groups of eight.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.b2a_base32";

fn a2b<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let name = args.name();
    args.positional_only(1, 5)?.named(&["", "padded", "alphabet", "ignorechars", "canonical"], 1, |args| {
        let data = Input::ascii(args.object(0)?)?;
        let padded = flag_or(args.get(1), true)?;
        let alphabet = bytes_only(name, args.get(2))?;
        let skipped = skipped(args.get(3))?;
        let options = Options { padded, canonical: flag_or(args.get(4), false)? };
        let alphabet = alphabet.as_ref().map_or(Ok(CHARACTERS), |bytes| characters(bytes.as_bytes()))?;
        let characters = Characters::new(alphabet, &skipped.unwrap_or_default());
        read(py, &data, &characters, options)
    })
}

fn b2a<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.positional_only(1, 4)?.named(&["", "padded", "wrapcol", "alphabet"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        let layout = layout(args.get(1), args.get(2))?;
        let alphabet = args.get(3).map(Input::binary).transpose()?;
        let alphabet = alphabet.as_ref().map_or(Ok(CHARACTERS), |bytes| characters(bytes))?;
        write(py, &data, alphabet, layout)
    })
}

pub(crate) fn layout(padded: Given<'_, '_>, wrapcol: Given<'_, '_>) -> PyResult<Layout> {
    Ok(Layout { padded: flag_or(padded, true)?, columns: columns(wrapcol)? })
}

/// The encoding of `data` as a bytes object.
pub(crate) fn write<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: &[u8; 32],
    layout: Layout,
) -> PyResult<Bound<'py, PyAny>> {
    use ferrosock_codec::base32::Alphabet;
    let known = if alphabet == CHARACTERS { Some(Alphabet::Standard) } else { None };
    let known = if alphabet == HEX_CHARACTERS { Some(Alphabet::Hex) } else { known };
    match known {
        Some(known) if layout == Layout::default() => {
            written_in_pieces(py, data, (5, 8), encoded_len(data.len()), |piece, out| {
                encode_into(piece, known, out)
            })
        }
        _ => {
            written(py, laid_len(data.len(), layout), |out| Ok(encode_laid_into(data, alphabet, layout, out)))
        }
    }
}

/// What `data` decodes to, as a bytes object.
pub(crate) fn read<'py>(
    py: Python<'py>,
    data: &[u8],
    characters: &Characters,
    options: Options,
) -> PyResult<Bound<'py, PyAny>> {
    written(py, decoded_most(data.len()), |out| {
        decode_characters_into(data, characters, options, out).map_err(|error| refused(py, error))
    })
}

/// What `base64` decodes: [`a2b`] of `data` that is read with some leniency.
pub(crate) fn read_leniently<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: &[u8; 32],
    leniency: Leniency,
    [padded, ignorechars, canonical]: [Given<'_, 'py>; 3],
) -> PyResult<Bound<'py, PyAny>> {
    static STANDARD: Characters = Characters::STANDARD;
    static HEX: Characters = Characters::HEX;
    let padded = flag_or(padded, true)?;
    let skipped = skipped(ignorechars)?;
    let options = Options { padded, canonical: flag_or(canonical, false)? };
    let plain = skipped.is_none() && leniency == Leniency::default();
    match alphabet {
        CHARACTERS if plain => read(py, data, &STANDARD, options),
        HEX_CHARACTERS if plain => read(py, data, &HEX, options),
        _ => {
            let characters = Characters::new(alphabet, &skipped.unwrap_or_default()).lenient(leniency);
            read(py, data, &characters, options)
        }
    }
}
