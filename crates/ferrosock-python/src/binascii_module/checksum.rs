//! `crc32` and `crc_hqx`.

use std::ffi::CStr;

use ferrosock_codec::checksum::{CRC_32_START, crc_hqx as hqx, crc32 as crc};
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt, ffi};

use super::CALLS;
use crate::call::{Args, native_fast};
use crate::convert;
use crate::input::Input;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"crc32", crc32, CRC32),
        native_fast!(CALLS, c"crc_hqx", crc_hqx, CRC_HQX),
    ])
}

const CRC32: &CStr = c"crc32($module, data, crc=0, /)
--

Return the CRC-32 of data, after what has the checksum crc: an int from 0 to 2**32 - 1.

Source: https://docs.python.org/3/library/binascii.html#binascii.crc32";

const CRC_HQX: &CStr = c"crc_hqx($module, data, crc, /)
--

Return the CRC-16 of BinHex 4 of data, after what has the checksum crc.

Source: https://docs.python.org/3/library/binascii.html#binascii.crc_hqx";

/// Bytes from which on other threads get the interpreter's lock meanwhile: they take some 100 microseconds.
const LARGE: usize = 4 * 1024 * 1024;

fn crc32<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(1, 2)?;
    let data = Input::binary(args.object(0)?)?;
    let start = args
        .get(1)
        .map_or(Ok(CRC_32_START), |value| Ok::<_, PyErr>(convert::low_bits(&value, u32::BITS)? as u32))?;
    let bytes: &[u8] = &data;
    let sum = if bytes.len() >= LARGE && data.is_fixed() {
        py.detach(|| crc(bytes, start))
    } else {
        crc(bytes, start)
    };
    sum.into_bound_py_any(py)
}

fn crc_hqx<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(2, 2)?;
    let data = Input::binary(args.object(0)?)?;
    let start = convert::low_bits(&*args.object(1)?, u32::BITS)? as u16;
    hqx(&data, start).into_bound_py_any(py)
}
