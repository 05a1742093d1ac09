//! `a2b_qp` and `b2a_qp`.

use std::ffi::CStr;

use ferrosock_codec::quoted_printable::{Encoder, LineEnd, Options, decode_into, encode_into, encoded_most};
use pyo3::ffi;
use pyo3::prelude::*;

use super::{CALLS, flag};
use crate::call::{Args, native_named};
use crate::input::Input;
use crate::memory;
use crate::output::{Output, written};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_named!(CALLS, c"a2b_qp", a2b, A2B), native_named!(CALLS, c"b2a_qp", b2a, B2A)])
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

fn a2b<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["data", "header"], 1, |args| {
        let data = Input::ascii(args.object(0)?)?;
        let header = flag(&args, 1, false)?;
        if data.len() <= SMALL {
            let mut out = [0; SMALL];
            let length = decode_into(&data, header, &mut out);
            return Ok(memory::bytes_object(py, &out[..length])?.into_any());
        }
        written(py, data.len(), |out| Ok(decode_into(&data, header, out)))
    })
}

fn b2a<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["data", "quotetabs", "istext", "header"], 1, |args| {
        let data = Input::binary(args.object(0)?)?;
        let options = Options {
            quote_tabs: flag(&args, 1, false)?,
            text: flag(&args, 2, true)?,
            header: flag(&args, 3, false)?,
            line_end: LineEnd::of(&data),
        };
        if data.len() <= SMALL {
            let mut out = [0; SMALL * 4];
            let length = encode_into(&data, options, &mut out);
            return Ok(memory::bytes_object(py, &out[..length])?.into_any());
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
    })
}
