//! Base85 and Ascii85, of Python 3.15.

use std::ffi::CStr;

use ferrosock_codec::ascii85::{self, Form, decode_whole_to};
use ferrosock_codec::base85::{
    Characters, GIT, Z85, columns_len, decode_characters_into, decoded_len, encode_columns_into,
};
use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::options::{Given, bytes_only, characters, columns, skipped};
use super::{CALLS, flag_or, refused};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::memory;
use crate::output::written;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"a2b_base85", a2b, A2B),
        native_named!(CALLS, c"b2a_base85", b2a, B2A),
        native_named!(CALLS, c"a2b_ascii85", a2b_ascii, A2B_ASCII),
        native_named!(CALLS, c"b2a_ascii85", b2a_ascii, B2A_ASCII),
    ])
}

const A2B: &CStr = c"a2b_base85($module, data, /, *, alphabet=BASE85_ALPHABET, ignorechars=b'', canonical=False)
--

Decode base85 (bytes-like or ASCII text).

ignorechars are skipped where they are not of the alphabet; canonical refuses a last group that no encoder writes. Raises
binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.a2b_base85";

const B2A: &CStr = c"b2a_base85($module, data, /, *, pad=False, wrapcol=0, alphabet=BASE85_ALPHABET)
--

Encode bytes in base85.

pad adds zeros up to a multiple of four bytes first; wrapcol begins a new line after at most so many characters, in groups
of five.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.b2a_base85";

const A2B_ASCII: &CStr =
    c"a2b_ascii85($module, data, /, *, foldspaces=False, adobe=False, ignorechars=b'', canonical=False)
--

Decode Ascii85 (bytes-like or ASCII text).

foldspaces reads 'y' as four spaces; adobe expects '~>' at the end; ignorechars are skipped where they stand for nothing;
canonical refuses what no encoder writes. Raises binascii.Error for what cannot be decoded.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.a2b_ascii85";

const B2A_ASCII: &CStr =
    c"b2a_ascii85($module, data, /, *, foldspaces=False, wrapcol=0, pad=False, adobe=False)
--

Encode bytes in Ascii85.

foldspaces writes four spaces as 'y'; wrapcol begins a new line after so many characters; pad adds zeros up to a multiple of
four bytes first; adobe writes '<~' before and '~>' after.
Source: https://docs.python.org/3.15/library/binascii.html#binascii.b2a_ascii85";

fn a2b<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let name = args.name();
    args.positional_only(1, 4)?.named(&["", "alphabet", "ignorechars", "canonical"], 1, |args| {
        let data = Input::ascii(args.object(0)?)?;
        let alphabet = bytes_only(name, args.get(1))?;
        let skipped = skipped(args.get(2))?;
        let canonical = flag_or(args.get(3), false)?;
        let alphabet = alphabet.as_ref().map_or(Ok(GIT), |bytes| characters(bytes.as_bytes()))?;
        let characters = Characters::new(alphabet, &skipped.unwrap_or_default());
        read_characters(py, &data, &characters, canonical)
    })
}

fn b2a<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.positional_only(1, 4)?.named(&["", "pad", "wrapcol", "alphabet"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        let pad = flag_or(args.get(1), false)?;
        let columns = columns(args.get(2))?;
        let alphabet = args.get(3).map(Input::binary).transpose()?;
        let alphabet = alphabet.as_ref().map_or(Ok(GIT), |bytes| characters(bytes))?;
        written(py, columns_len(data.len(), pad, columns), |out| {
            Ok(encode_columns_into(&data, alphabet, pad, columns, out))
        })
    })
}

/// What `base64` encodes in one of the known alphabets.
pub(crate) fn write<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: &[u8; 85],
    pad: Given<'_, 'py>,
    wrapcol: Given<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let pad = flag_or(pad, false)?;
    let columns = columns(wrapcol)?;
    written(py, columns_len(data.len(), pad, columns), |out| {
        Ok(encode_columns_into(data, alphabet, pad, columns, out))
    })
}

/// What `base64` decodes in one of the known alphabets.
pub(crate) fn read<'py>(
    py: Python<'py>,
    data: &[u8],
    alphabet: &[u8; 85],
    ignorechars: Given<'_, 'py>,
    canonical: Given<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    static KNOWN: [Characters; 2] = [Characters::GIT, Characters::Z85];
    let skipped = skipped(ignorechars)?;
    let canonical = flag_or(canonical, false)?;
    match skipped {
        None => read_characters(py, data, &KNOWN[usize::from(alphabet == Z85)], canonical),
        Some(skipped) => read_characters(py, data, &Characters::new(alphabet, &skipped), canonical),
    }
}

fn read_characters<'py>(
    py: Python<'py>,
    data: &[u8],
    characters: &Characters,
    canonical: bool,
) -> PyResult<Bound<'py, PyAny>> {
    written(py, decoded_len(data.len()), |out| {
        decode_characters_into(data, characters, canonical, out).map_err(|fault| refused(py, fault))
    })
}

fn a2b_ascii<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let names = ["", "foldspaces", "adobe", "ignorechars", "canonical"];
    args.positional_only(1, 5)?.named(&names, 1, |args| {
        let data = Input::ascii(args.object(0)?)?;
        read_ascii(py, &data, [args.get(1), args.get(2), args.get(3), args.get(4)], b"")
    })
}

fn b2a_ascii<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.positional_only(1, 5)?.named(&["", "foldspaces", "wrapcol", "pad", "adobe"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        write_ascii(py, &data, [args.get(1), args.get(2), args.get(3), args.get(4)])
    })
}

/// The encoding of `data` as a bytes object.
pub(crate) fn write_ascii<'py>(
    py: Python<'py>,
    data: &[u8],
    [foldspaces, wrapcol, pad, adobe]: [Given<'_, 'py>; 4],
) -> PyResult<Bound<'py, PyAny>> {
    let fold_spaces = flag_or(foldspaces, false)?;
    let columns = columns(wrapcol)?;
    let pad = flag_or(pad, false)?;
    let options = ascii85::Options { fold_spaces, columns, pad, adobe: flag_or(adobe, false)? };
    written(py, ascii85::encoded_most(data.len(), options), |out| {
        Ok(ascii85::encode_into(data, options, out))
    })
}

/// What `data` decodes to, as a bytes object; `ignored` is what is skipped by default.
pub(crate) fn read_ascii<'py>(
    py: Python<'py>,
    data: &[u8],
    [foldspaces, adobe, ignorechars, canonical]: [Given<'_, 'py>; 4],
    ignored: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let fold_spaces = flag_or(foldspaces, false)?;
    let form = Form { fold_spaces, adobe: flag_or(adobe, false)? };
    let skipped = skipped(ignorechars)?.unwrap_or_else(|| ferrosock_codec::byte_set::ByteSet::of(ignored));
    let canonical = flag_or(canonical, false)?;
    let room = |out: &mut Vec<u8>| out.try_reserve(4).map_err(|_| Fault::Memory);
    let mut out = Vec::new();
    out.try_reserve(data.len() / 5 * 4 + 4).map_err(|_| PyMemoryError::new_err(()))?;
    decode_whole_to(data, form, &skipped, canonical, room, &mut out).map_err(|fault| match fault {
        Fault::Memory => PyMemoryError::new_err(()),
        Fault::Message(fault) => refused(py, fault),
    })?;
    Ok(memory::bytes_object(py, &out)?.into_any())
}

/// Why a message cannot be decoded.
enum Fault {
    Memory,
    Message(ascii85::Fault),
}

impl From<ascii85::Fault> for Fault {
    fn from(fault: ascii85::Fault) -> Self {
        Self::Message(fault)
    }
}
