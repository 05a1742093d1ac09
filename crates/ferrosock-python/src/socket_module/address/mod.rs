//! Addresses between Python and the operating system.
//!
//! What Python programs write as an address depends on the socket's family:
//! <https://docs.python.org/3/library/socket.html#socket-families>. The refusals here have the standard library's words.

mod decode;
mod host;
mod inet;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod unix;

use ferrosock_socket::RawAddress;
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::convert::type_name;

pub(crate) use decode::{ip_value, to_python};
pub(crate) use host::{idna_argument, idna_name, resolve};

/// The most that the flow information of an IPv6 address may be (20 bits of flow label).
pub(crate) const FLOWINFO_MAX: u32 = 0xf_ffff;

/// A Python address in the operating system's form, for a socket of that family, type and protocol. Names of hosts are
/// looked up, which may block. `caller` is the name of the method that was called, for messages.
///
/// # Errors
/// TypeError for an address of the wrong shape, OverflowError for a number out of its range, OSError for a family that
/// has no addresses and for names that do not fit or are not known (`gaierror` for hosts).
pub(crate) fn from_python(
    py: Python<'_>,
    family: i32,
    kind: i32,
    protocol: i32,
    caller: &str,
    address: &Bound<'_, PyAny>,
) -> PyResult<RawAddress> {
    let _ = (kind, protocol); // not every system has families that depend on them
    match family {
        libc::AF_INET => inet::v4(py, caller, address),
        libc::AF_INET6 => inet::v6(py, caller, address),
        libc::AF_UNIX => unix::name(py, address),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        _ => linux::from_python(py, family, protocol, caller, address),
        #[cfg(target_os = "macos")]
        libc::AF_SYSTEM => macos::control(py, protocol, caller, address),
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        _ => Err(bad_family(caller)),
    }
}

/// Refuses a family that has no addresses here, before the system is asked for one.
///
/// # Errors
/// OSError, as the standard library raises it.
pub(crate) fn check_family(family: i32, protocol: i32) -> PyResult<()> {
    let _ = protocol; // as above
    match family {
        libc::AF_INET | libc::AF_INET6 | libc::AF_UNIX => Ok(()),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        _ => linux::check_family(family, protocol),
        #[cfg(target_os = "macos")]
        libc::AF_SYSTEM if protocol == libc::SYSPROTO_CONTROL => Ok(()),
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        _ => Err(PyOSError::new_err("getsockaddrlen: bad family")),
    }
}

fn bad_family(caller: &str) -> PyErr {
    PyOSError::new_err(format!("{caller}(): bad family"))
}

/// The tuple that an address of most families is. `family` is its constant's name.
fn tuple<'a, 'py>(
    caller: &str,
    family: &str,
    address: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, PyTuple>> {
    address.cast::<PyTuple>().map_err(|_| {
        PyTypeError::new_err(format!(
            "{caller}(): {family} address must be tuple, not {}",
            type_name(address)
        ))
    })
}

/// An item that an address need not have.
pub(crate) fn optional_item<'py>(
    address: &Bound<'py, PyTuple>,
    index: usize,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    (index < address.len()).then(|| address.get_item(index)).transpose()
}
