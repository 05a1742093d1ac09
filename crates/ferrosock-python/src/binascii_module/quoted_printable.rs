//! `a2b_qp` and `b2a_qp`.

use std::ffi::CStr;
use std::sync::OnceLock;

use ferrosock_codec::quoted_printable::{Encoder, LineEnd, Options, decode_into, encode_into, encoded_most};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::{CALLS, flag_or};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::memory;
use crate::output::{Output, written};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_named!(CALLS, c"a2b_qp", a2b, A2B), native_named!(CALLS, c"b2a_qp", b2a, B2A)])
}

/// Whether an object is the function `index` of the table, of whichever module.
pub(crate) fn is_function(object: Borrowed<'_, '_, PyAny>, index: usize) -> bool {
    static ENTRIES: OnceLock<[usize; 2]> = OnceLock::new();
    let entries = ENTRIES.get_or_init(|| {
        // SAFETY: rows of functions that take keyword arguments.
        let entry = |row: &ffi::PyMethodDef| unsafe { row.ml_meth.PyCFunctionFastWithKeywords as usize };
        let rows = functions();
        [entry(&rows[0]), entry(&rows[1])]
    });
    // SAFETY: a live object; only an instance of just the builtin type is looked into, whose row lives as long.
    unsafe {
        ffi::PyCFunction_CheckExact(object.as_ptr()) != 0
            && ffi::PyCFunction_GetFunction(object.as_ptr())
                .is_some_and(|entry| entry as usize == entries[index])
    }
}

const A2B: &CStr = c"a2b_qp($module, /, data, header=False)
--

Decode quoted-printable data (bytes-like or ASCII text). With header, an underscore stands for a space.

Source: https://docs.python.org/3/library/binascii.html#binascii.a2b_qp";

const B2A: &CStr = c"b2a_qp($module, /, data, quotetabs=False, istext=True, header=False)
--

Encode bytes in quoted-printable.

quotetabs escapes tabs and spaces everywhere, not just at the ends of lines; istext keeps line ends as they are; header
writes spaces as underscores.
Source: https://docs.python.org/3/library/binascii.html#binascii.b2a_qp";

/// Messages of up to so many bytes are put together beside the object that they end up in, which then has their size at once.
const SMALL: usize = 128;

/// And so many with less memory, which is zeroed first.
const FEW: usize = 32;

/// So much memory is zeroed, and what was written there copied, in less time than an object is made too large and cut.
const PAGE: usize = 4096;

fn a2b<'py>(_py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["data", "header"], 1, |args| decode(args.object(0)?, args.get(1)))
}

/// What `a2b_qp` gives.
pub(crate) fn decode<'py>(
    data: Borrowed<'_, 'py, PyAny>,
    header: Option<Borrowed<'_, 'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let data = Input::ascii(data)?;
    let header = flag_or(header, false)?;
    if data.len() <= SMALL {
        let mut out = [0; SMALL];
        let length = decode_into(&data, header, &mut out);
        return Ok(memory::bytes_object(py, &out[..length])?.into_any());
    }
    written(py, data.len(), |out| Ok(decode_into(&data, header, out)))
}

fn b2a<'py>(_py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["data", "quotetabs", "istext", "header"], 1, |args| {
        encode(args.object(0)?, args.get(1), args.get(2), args.get(3))
    })
}

/// What `b2a_qp` gives.
pub(crate) fn encode<'py>(
    data: Borrowed<'_, 'py, PyAny>,
    quote_tabs: Option<Borrowed<'_, 'py, PyAny>>,
    text: Option<Borrowed<'_, 'py, PyAny>>,
    header: Option<Borrowed<'_, 'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let data = Input::binary(data)?;
    let options = Options {
        quote_tabs: flag_or(quote_tabs, false)?,
        text: flag_or(text, true)?,
        header: flag_or(header, false)?,
        line_end: LineEnd::of(&data),
    };
    if data.len() <= FEW {
        return encode_few::<{ FEW * 4 }>(py, &data, options);
    }
    if data.len() <= SMALL {
        return encode_few::<{ SMALL * 4 }>(py, &data, options);
    }
    if data.len() <= PAGE / 4 {
        return encode_few::<PAGE>(py, &data, options);
    }
    let mut encoder = Encoder::new(options);
    let mut output = Output::new(py, encoded_most(data.len()))?;
    for piece in data.chunks(4096) {
        let length = encoder.update_into(piece, output.next(encoder.most(piece.len())));
        output.advance(length);
    }
    let length = encoder.finish_into(output.next(encoder.most(0)));
    output.advance(length);
    output.finish()
}

/// The encoding of a message that it makes at most `MOST` bytes of.
#[inline(never)] // room for the larger ones would be made on the stack for the small ones, too
fn encode_few<'py, const MOST: usize>(
    py: Python<'py>,
    data: &[u8],
    options: Options,
) -> PyResult<Bound<'py, PyAny>> {
    let mut out = [0; MOST];
    let length = encode_into(data, options, &mut out);
    Ok(memory::bytes_object(py, &out[..length])?.into_any())
}
