//! The families that only macOS has.

use ferrosock_socket::RawAddress;
use ferrosock_socket::address::{Address, CONTROL_NAME_MAX, control_id};
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::bad_family;
use crate::convert;
use crate::error::raise;

/// A control of the kernel: its name, or `(id, unit)`.
pub(super) fn control(
    py: Python<'_>,
    protocol: i32,
    caller: &str,
    address: &Bound<'_, PyAny>,
) -> PyResult<RawAddress> {
    if protocol != libc::SYSPROTO_CONTROL {
        return Err(bad_family(caller));
    }
    let (id, unit) = if let Ok(name) = address.cast::<PyString>() {
        let name = name.to_str()?.as_bytes();
        if name.len() > CONTROL_NAME_MAX {
            return Err(PyValueError::new_err("provided string is too long"));
        }
        let id = control_id(name)
            .map_err(|_| PyOSError::new_err("cannot find kernel control with provided name"))?;
        (id, 0)
    } else {
        let pair = address
            .cast::<PyTuple>()
            .map_err(|_| PyTypeError::new_err("getsockaddrarg: expected str or tuple of two ints"))?;
        if pair.len() != 2 {
            return Err(PyTypeError::new_err("getsockaddrarg: expected str or tuple of two ints"));
        }
        let number = |index| Ok::<_, PyErr>(convert::low_bits(&pair.get_item(index)?, u32::BITS)? as u32);
        (number(0)?, number(1)?)
    };
    Address::Control { id, unit }.to_raw().map_err(|error| raise(py, error))
}
