//! IPv4 and IPv6: `(host, port)` and `(host, port[, flowinfo[, scope_id]])`.

use ferrosock_socket::RawAddress;
use ferrosock_socket::address::Address;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::host::{host_name, resolve};
use super::{FLOWINFO_MAX, optional_item, tuple};
use crate::convert;
use crate::error::raise;

pub(super) fn v4(py: Python<'_>, caller: &str, address: &Bound<'_, PyAny>) -> PyResult<RawAddress> {
    let pair = tuple(caller, "AF_INET", address)?;
    if pair.len() != 2 {
        return Err(PyTypeError::new_err("AF_INET address must be a pair (host, port)"));
    }
    let host = pair.get_item(0)?;
    let host = host_name(&host)?;
    let port = port(caller, pair)?;
    // The host comes before the port's range: what is wrong with it is raised first.
    let found = resolve(py, &host, libc::AF_INET)?;
    let port = port_in_range(caller, port)?;
    match Address::from_raw(&found, 0) {
        Some(Address::Inet { ip, .. }) => Address::Inet { ip, port }.to_raw(),
        _ => Ok(found),
    }
    .map_err(|error| raise(py, error))
}

pub(super) fn v6(py: Python<'_>, caller: &str, address: &Bound<'_, PyAny>) -> PyResult<RawAddress> {
    let parts = tuple(caller, "AF_INET6", address)?;
    if !(2..=4).contains(&parts.len()) {
        return Err(PyTypeError::new_err(
            "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])",
        ));
    }
    let host = parts.get_item(0)?;
    let host = host_name(&host)?;
    let port = port(caller, parts)?;
    let flowinfo = mask_item(parts, 2)?;
    let scope_id = mask_item(parts, 3)?;
    let found = resolve(py, &host, libc::AF_INET6)?;
    let port = port_in_range(caller, port)?;
    if flowinfo > FLOWINFO_MAX {
        return Err(PyOverflowError::new_err(format!("{caller}(): flowinfo must be 0-1048575.")));
    }
    match Address::from_raw(&found, 0) {
        Some(Address::Inet6 { ip, .. }) => Address::Inet6 { ip, port, flowinfo, scope_id }.to_raw(),
        _ => Ok(found),
    }
    .map_err(|error| raise(py, error))
}

/// The port of an address, a C `int`.
fn port(caller: &str, address: &Bound<'_, PyTuple>) -> PyResult<i32> {
    convert::int(&address.get_item(1)?).map_err(|error| {
        if error.is_instance_of::<PyOverflowError>(address.py()) { bad_port(caller) } else { error }
    })
}

fn port_in_range(caller: &str, port: i32) -> PyResult<u16> {
    u16::try_from(port).map_err(|_| bad_port(caller))
}

fn bad_port(caller: &str) -> PyErr {
    PyOverflowError::new_err(format!("{caller}(): port must be 0-65535."))
}

/// The low 32 bits of an integer, 0 if the address has no such item.
fn mask_item(address: &Bound<'_, PyTuple>, index: usize) -> PyResult<u32> {
    optional_item(address, index)?.map_or(Ok(0), |item| Ok(convert::low_bits(&item, u32::BITS)? as u32))
}
