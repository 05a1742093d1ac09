//! Unix sockets: a name as str, in the file system's encoding, or as bytes.

use ferrosock_socket::RawAddress;
use ferrosock_socket::address::UnixName;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::raise;

pub(super) fn name(py: Python<'_>, address: &Bound<'_, PyAny>) -> PyResult<RawAddress> {
    let raw = match encoded(address)? {
        Some(path) => UnixName::raw_from_bytes(path.as_bytes()),
        None => UnixName::raw_from_bytes(crate::buffer::Buffer::readable(address)?.bytes()),
    };
    raw.map_err(|error| raise(py, error))
}

/// The bytes of a str, by the file system's encoding. Linux, whose abstract names are not paths, takes any bytes-like
/// object beside it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn encoded<'py>(address: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let Ok(text) = address.cast::<pyo3::types::PyString>() else { return Ok(None) };
    // SAFETY: a live str; gives a new bytes object, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(text.py(), pyo3::ffi::PyUnicode_EncodeFSDefault(text.as_ptr())) }
        .and_then(|bytes| Ok(Some(bytes.cast_into::<PyBytes>()?)))
}

/// The bytes of a path: str, bytes or an `os.PathLike`.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn encoded<'py>(address: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    crate::convert::file_name(address).map(Some)
}
