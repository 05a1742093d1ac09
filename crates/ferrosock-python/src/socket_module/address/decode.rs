//! Addresses of the operating system as Python objects.

use std::net::IpAddr;

use ferrosock_socket::RawAddress;
use ferrosock_socket::address::{Address, UnixName};
#[cfg(any(target_os = "linux", target_os = "android"))]
use ferrosock_socket::address::{Bluetooth, CanTarget, Tipc, TipcName};
use ferrosock_socket::resolver::IpText;
use pyo3::IntoPyObjectExt;
#[cfg(any(target_os = "linux", target_os = "android"))]
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::convert::system_text;

/// How many bytes of an address of an unknown family Python sees: those of a plain `struct sockaddr`.
const UNKNOWN_BYTES: usize = 14;

/// An address as Python sees it, in the form of its family; None if there is none.
///
/// # Errors
/// Only for names that are not in their encoding, and for want of memory.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    address: &RawAddress,
    protocol: i32,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(address) = Address::from_raw(address, protocol) else {
        return Ok(py.None().into_bound(py));
    };
    match address {
        Address::Inet { ip, port } => object(py, (ip_value(py, ip.into()), port)),
        Address::Inet6 { ip, port, flowinfo, scope_id } => {
            object(py, (ip_value(py, ip.into()), port, flowinfo, scope_id))
        }
        Address::Unix(name) => unix(py, &name),
        #[cfg(target_os = "macos")]
        Address::Control { id, unit } => object(py, (id, unit)),
        Address::Other { family, data } => other(py, family, data),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        special => linux(py, special),
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        special => other(py, 0, format!("{special}").into_bytes()),
    }
}

/// An IP address as a str.
pub(crate) fn ip_value(py: Python<'_>, ip: IpAddr) -> Bound<'_, PyString> {
    PyString::new(py, IpText::new(ip).as_str())
}

/// A path as str by the file system's encoding, an abstract name as bytes with its leading NUL.
fn unix<'py>(py: Python<'py>, name: &UnixName) -> PyResult<Bound<'py, PyAny>> {
    match name {
        UnixName::Unnamed => system_text(py, b""),
        UnixName::Path(path) => system_text(py, path),
        UnixName::Abstract(name) => PyBytes::new_with(py, name.len() + 1, |bytes| {
            bytes[1..].copy_from_slice(name);
            Ok(())
        })
        .map(Bound::into_any),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn linux(py: Python<'_>, address: Address) -> PyResult<Bound<'_, PyAny>> {
    match address {
        Address::Netlink { port_id, groups } => object(py, (port_id, groups)),
        Address::Packet(packet) => object(
            py,
            (
                interface(py, packet.interface)?,
                packet.protocol,
                packet.packet_type,
                packet.hardware_type,
                PyBytes::new(py, &packet.hardware_address),
            ),
        ),
        Address::Vsock { cid, port } => object(py, (cid, port)),
        Address::Can { interface: index, target } => {
            let name = interface(py, index)?;
            match target {
                CanTarget::Frames => object(py, (name,)),
                CanTarget::IsoTp { receive, send } => object(py, (name, receive, send)),
                CanTarget::J1939 { name: unit, group, address } => object(py, (name, unit, group, address)),
            }
        }
        Address::Bluetooth(bluetooth) => match bluetooth {
            Bluetooth::L2cap { device, psm, cid: 0, address_type: 0 } => {
                object(py, (device.to_string(), psm))
            }
            Bluetooth::L2cap { device, psm, .. } if !crate::version::since(14) => {
                object(py, (device.to_string(), psm))
            }
            Bluetooth::L2cap { device, psm, cid, address_type } => {
                object(py, (device.to_string(), psm, cid, address_type))
            }
            Bluetooth::Rfcomm { device, channel } => object(py, (device.to_string(), channel)),
            Bluetooth::Hci { device, .. } => Ok(device.into_pyobject(py)?.into_any()),
            Bluetooth::Sco { device } => Ok(PyString::new(py, &device.to_string()).into_any()),
        },
        Address::Tipc(Tipc { scope, name }) => {
            let scope = i32::from(scope) as u32; // Python sees it without its sign
            match name {
                TipcName::Sequence { service, lower, upper } => object(py, (1, service, lower, upper, scope)),
                TipcName::Instance { service, instance, .. } => {
                    object(py, (2, service, instance, instance, scope))
                }
                TipcName::Socket { node, port } => object(py, (3, node, port, 0, scope)),
            }
        }
        Address::Algorithm(algorithm) => object(
            py,
            (
                PyString::from_bytes(py, &algorithm.kind)?,
                PyString::from_bytes(py, &algorithm.name)?,
                algorithm.feature,
                algorithm.mask,
            ),
        ),
        Address::Qipcrtr { node, port } => object(py, (node, port)),
        named => other(py, 0, format!("{named}").into_bytes()),
    }
}

/// The name of an interface, '' for none and for one that is gone.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn interface(py: Python<'_>, index: i32) -> PyResult<Bound<'_, PyAny>> {
    let name = match u32::try_from(index) {
        Ok(index) if index > 0 => ferrosock_socket::resolver::interface_name(index).unwrap_or_default(),
        _ => Vec::new(),
    };
    system_text(py, &name)
}

/// `(family, bytes)`.
fn other(py: Python<'_>, family: i32, mut data: Vec<u8>) -> PyResult<Bound<'_, PyAny>> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    match family {
        libc::AF_TIPC => return Err(PyValueError::new_err("Invalid address type")),
        libc::AF_BLUETOOTH => return Err(PyValueError::new_err("Unknown Bluetooth protocol")),
        _ => {}
    }
    data.resize(UNKNOWN_BYTES, 0);
    object(py, (family, PyBytes::new(py, &data)))
}

fn object<'py>(py: Python<'py>, value: impl IntoPyObject<'py, Error = PyErr>) -> PyResult<Bound<'py, PyAny>> {
    value.into_bound_py_any(py)
}
