//! Integers between the machine's byte order and the network's.

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyInt;
use pyo3::{Borrowed, IntoPyObjectExt};

use super::{CALLS, native_single};
use crate::call::{docstring, native_one};
use crate::convert;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_single!(
            c"ntohs",
            ntohs,
            docstring!(
                crate::version::since(14),
                "ntohs($module, integer, /)",
                "ntohs(integer) -> int",
                "Turn an integer of 16 bits from the network's byte order into the machine's.

Raises OverflowError if it has more bits or is negative (ValueError for that since Python 3.14)."
            )
        ),
        native_single!(
            c"htons",
            htons,
            docstring!(
                crate::version::since(14),
                "htons($module, integer, /)",
                "htons(integer) -> int",
                "Turn an integer of 16 bits from the machine's byte order into the network's.

Raises OverflowError if it has more bits or is negative (ValueError for that since Python 3.14)."
            )
        ),
        native_one!(
            CALLS,
            c"ntohl",
            ntohl,
            docstring!(
                crate::version::since(14),
                "ntohl($module, integer, /)",
                "ntohl(integer) -> int",
                "Turn an integer of 32 bits from the network's byte order into the machine's.

Raises OverflowError if it has more bits or is negative (ValueError for that since Python 3.14)."
            )
        ),
        native_one!(
            CALLS,
            c"htonl",
            htonl,
            docstring!(
                crate::version::since(14),
                "htonl($module, integer, /)",
                "htonl(integer) -> int",
                "Turn an integer of 32 bits from the machine's byte order into the network's.

Raises OverflowError if it has more bits or is negative (ValueError for that since Python 3.14)."
            )
        ),
    ])
}

fn ntohs<'py>(py: Python<'py>, value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    u16::from_be(short("ntohs", &value)?).into_bound_py_any(py)
}

fn htons<'py>(py: Python<'py>, value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    short("htons", &value)?.to_be().into_bound_py_any(py)
}

fn ntohl<'py>(py: Python<'py>, value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    u32::from_be(long(&value)?).into_bound_py_any(py)
}

fn htonl<'py>(py: Python<'py>, value: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    long(&value)?.to_be().into_bound_py_any(py)
}

fn short(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u16> {
    if crate::version::since(14) {
        return Ok(convert::unsigned(value, u16::MAX.into(), "uint16_t")? as u16);
    }
    let recent = crate::version::since(13);
    let number = if recent { convert::as_int(value) } else { convert::int(value) }?;
    u16::try_from(number).map_err(|_| {
        PyOverflowError::new_err(if number < 0 {
            format!("{name}: can't convert negative Python int to C 16-bit unsigned integer")
        } else {
            format!("{name}: Python int too large to convert to C 16-bit unsigned integer")
        })
    })
}

fn long(value: &Bound<'_, PyAny>) -> PyResult<u32> {
    if crate::version::since(14) {
        return Ok(convert::unsigned(value, u32::MAX.into(), "uint32_t")? as u32);
    }
    if value.cast::<PyInt>().is_err() {
        return Err(PyTypeError::new_err(format!("expected int, {} found", convert::type_name(value))));
    }
    u32::try_from(convert::unsigned_long(value)?)
        .map_err(|_| PyOverflowError::new_err("int larger than 32 bits"))
}
