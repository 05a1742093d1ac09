//! Ascii85, with all options.

use std::ffi::CStr;

use ferrosock_codec::ascii85::{Decoder, Error, Form, Options, WHITE_SPACE, encode_into, encoded_most};
use pyo3::Borrowed;
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};

use super::{Table, truth, viewed};
use crate::binascii_module::CALLS;
use crate::call::{Args, native_named};
use crate::error::dismiss;
use crate::input::Input;
use crate::memory;
use crate::output::written;
use crate::signature::{Signature, required};

pub(super) fn functions() -> Table {
    Vec::from([
        native_named!(CALLS, c"a85encode", a85encode, A85ENCODE),
        native_named!(CALLS, c"a85decode", a85decode, A85DECODE),
    ])
}

const A85ENCODE: &CStr = c"a85encode($module, /, b, *, foldspaces=False, wrapcol=0, pad=False, adobe=False)
--

Encode a bytes-like object in Ascii85, as bytes.

foldspaces writes four spaces as 'y'; wrapcol begins a new line after so many characters; pad adds zeros up to a multiple
of four bytes first; adobe writes '<~' before and '~>' after.
Source: https://docs.python.org/3/library/base64.html#base64.a85encode";

const A85DECODE: &CStr = c"a85decode($module, /, b, *, foldspaces=False, adobe=False, ignorechars=b' \\t\\n\\r\\x0b')
--

Decode Ascii85 (a bytes-like object or ASCII text).

foldspaces reads 'y' as four spaces; adobe expects '~>' at the end; ignorechars are skipped. Raises ValueError for what
cannot be decoded.
Source: https://docs.python.org/3/library/base64.html#base64.a85decode";

fn a85encode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<5> = Signature {
        text: "a85encode(b, *, foldspaces=None, wrapcol=None, pad=None, adobe=None)",
        names: ["b", "foldspaces", "wrapcol", "pad", "adobe"],
        required: 1,
    };
    let [data, foldspaces, wrapcol, pad, adobe] = keyword_only(&SIGNATURE, &args)?;
    let data = viewed(data)?;
    let (fold_spaces, pad, adobe) = (truth(foldspaces)?, truth(pad)?, truth(adobe)?);
    let columns = match wrapcol {
        Some(wrapcol) if wrapcol.is_truthy()? => columns(wrapcol, adobe)?,
        _ => 0,
    };
    let options = Options { fold_spaces, columns, pad, adobe };
    written(py, encoded_most(data.len(), options), |out| Ok(encode_into(&data, options, out)))
}

/// The arguments of a function all of whose parameters but the first are given by name only.
fn keyword_only<'a, 'py, const N: usize>(
    signature: &Signature<N>,
    args: &Args<'a, 'py>,
) -> PyResult<[Option<Borrowed<'a, 'py, PyAny>>; N]> {
    if args.len() > 1 { Err(signature.refusal(args)) } else { signature.read(args) }
}

/// The length of a line that `wrapcol`, which is true, asks for.
fn columns(wrapcol: Borrowed<'_, '_, PyAny>, adobe: bool) -> PyResult<usize> {
    let py = wrapcol.py();
    let least = if adobe { 2_usize } else { 1 };
    let chosen = py.import("builtins")?.getattr(intern!(py, "max"))?.call1((least, wrapcol))?;
    let index = py.import("operator")?.getattr(intern!(py, "index"))?.call1((chosen,))?;
    // What does not fit is longer than any message.
    Ok(index.cast::<PyInt>()?.extract::<usize>().map_err(dismiss).unwrap_or(usize::MAX))
}

fn a85decode<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const SIGNATURE: Signature<4> = Signature {
        text: "a85decode(b, *, foldspaces=None, adobe=None, ignorechars=None)",
        names: ["b", "foldspaces", "adobe", "ignorechars"],
        required: 1,
    };
    const PIECE: usize = 4096;
    let [message, foldspaces, adobe, ignorechars] = keyword_only(&SIGNATURE, &args)?;
    let mut message = Input::encoded(required(message)?)?;
    if ignorechars.is_some_and(|ignored| ignored.cast_exact::<PyBytes>().is_err()) {
        message = message.settled(py)?;
    }
    let form = Form { fold_spaces: truth(foldspaces)?, adobe: truth(adobe)? };
    let mut out = Vec::new();
    let mut decoder = Decoder::new(form.fold_spaces);
    let content = form.content(&message).map_err(raise)?;
    for piece in content.chunks(PIECE) {
        out.try_reserve(piece.len() * 4).map_err(|_| PyMemoryError::new_err(()))?;
        match ignorechars {
            None => decoder.update_ignoring(piece, |byte| Ok(WHITE_SPACE.contains(&byte)), &mut out),
            Some(ignored) => match ignored.cast_exact::<PyBytes>() {
                Ok(ignored) => {
                    decoder.update_ignoring(piece, |byte| Ok(ignored.as_bytes().contains(&byte)), &mut out)
                }
                Err(_) => decoder.update_ignoring(piece, |byte| ignored.contains(byte), &mut out),
            },
        }
        .map_err(raise)?;
    }
    decoder.finish(&mut out).map_err(raise)?;
    Ok(memory::bytes_object(py, &out)?.into_any())
}

fn raise(error: Error<PyErr>) -> PyErr {
    match error {
        Error::Caller(error) => error,
        other => PyValueError::new_err(other.to_string()),
    }
}
