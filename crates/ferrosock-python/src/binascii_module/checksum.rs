//! `crc32` and `crc_hqx`.

use std::ffi::CStr;

use ferrosock_codec::checksum::{CRC_32_START, crc_hqx as hqx, crc32 as crc};
use pyo3::exceptions::PyDeprecationWarning;
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt, ffi, intern};

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
    let start = args.get(1).map_or(Ok(CRC_32_START), |value| Ok::<_, PyErr>(word(&value)? as u32))?;
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
    let start = word(&*args.object(1)?)? as u16;
    hqx(&data, start).into_bound_py_any(py)
}

/// The low bits of an integer (format unit `I`), which Python 3.15 warns of if there are more.
fn word(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let plain = |value: &Bound<'_, PyAny>| {
        convert::exact_int::<i64>(value)
            .is_some_and(|number| (i32::MIN.into()..=u32::MAX.into()).contains(&number))
    };
    if !crate::version::since(15) || plain(value) {
        return convert::unsigned_mask(value);
    }
    let py = value.py();
    let number = py.import("operator")?.getattr(intern!(py, "index"))?.call1((value,))?;
    if number.lt(i32::MIN)? || number.gt(u32::MAX)? {
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), c"integer value out of range", 1)?;
    }
    convert::unsigned_mask(&number)
}
