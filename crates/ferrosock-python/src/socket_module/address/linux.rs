//! The families that only Linux has.

use std::ffi::CString;

use ferrosock_socket::RawAddress;
use ferrosock_socket::address::{
    Address, Algorithm, BTPROTO_HCI, BTPROTO_L2CAP, BTPROTO_RFCOMM, BTPROTO_SCO, Bluetooth, BluetoothAddress,
    CanTarget, Packet, Tipc, TipcName,
};
use ferrosock_socket::resolver::interface_index;
use pyo3::exceptions::{PyOSError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyString, PyTuple};

use super::{bad_family, inet, optional_item, tuple};
use crate::buffer::Buffer;
use crate::convert;
use crate::error::raise;
use crate::memory;

/// `AF_QIPCRTR`, which libc does not name on every Linux.
const AF_QIPCRTR: i32 = 42;

/// The longest hardware address in a Python address, in bytes: the room in `struct sockaddr_ll`.
const HARDWARE_ADDRESS_MAX: usize = 8;

pub(super) fn from_python(
    py: Python<'_>,
    family: i32,
    protocol: i32,
    caller: &str,
    address: &Bound<'_, PyAny>,
) -> PyResult<RawAddress> {
    let address = match family {
        libc::AF_RDS => return inet::v4(py, caller, address),
        libc::AF_NETLINK => netlink(caller, address)?,
        libc::AF_PACKET => packet(py, caller, address)?,
        libc::AF_VSOCK => {
            let (cid, port) = number_pair("AF_VSOCK", address)?;
            Address::Vsock { cid, port }
        }
        AF_QIPCRTR => {
            let (node, port) = number_pair("AF_QIPCRTR", address)?;
            Address::Qipcrtr { node, port }
        }
        libc::AF_CAN => can(py, protocol, caller, address)?,
        libc::AF_BLUETOOTH => Address::Bluetooth(bluetooth(protocol, caller, address)?),
        libc::AF_TIPC => Address::Tipc(tipc(caller, address)?),
        libc::AF_ALG => Address::Algorithm(algorithm(caller, address)?),
        _ => return Err(bad_family(caller)),
    };
    address.to_raw().map_err(|error| raise(py, error))
}

pub(super) fn check_family(family: i32, protocol: i32) -> PyResult<()> {
    match family {
        libc::AF_NETLINK
        | libc::AF_PACKET
        | libc::AF_VSOCK
        | libc::AF_CAN
        | libc::AF_ALG
        | libc::AF_TIPC
        | libc::AF_RDS
        | AF_QIPCRTR => Ok(()),
        libc::AF_BLUETOOTH => match protocol {
            BTPROTO_L2CAP | BTPROTO_RFCOMM | BTPROTO_HCI | BTPROTO_SCO => Ok(()),
            _ => Err(PyOSError::new_err("getsockaddrlen: unknown BT protocol")),
        },
        _ => Err(PyOSError::new_err("getsockaddrlen: bad family")),
    }
}

/// `(pid, groups)`.
fn netlink(caller: &str, address: &Bound<'_, PyAny>) -> PyResult<Address> {
    let pair = tuple(caller, "AF_NETLINK", address)?;
    if pair.len() != 2 {
        return Err(PyTypeError::new_err("AF_NETLINK address must be a pair (pid, groups)"));
    }
    Ok(Address::Netlink { port_id: mask(pair, 0)?, groups: mask(pair, 1)? })
}

/// `(cid, port)` of AF_VSOCK, `(node, port)` of AF_QIPCRTR.
fn number_pair(family: &str, address: &Bound<'_, PyAny>) -> PyResult<(u32, u32)> {
    let pair = address
        .cast::<PyTuple>()
        .map_err(|_| convert::not_a(&format!("getsockaddrarg: {family} address must be tuple"), address))?;
    if pair.len() != 2 {
        return Err(PyTypeError::new_err(format!(
            "getsockaddrarg() takes exactly 2 arguments ({} given)",
            pair.len()
        )));
    }
    Ok((mask(pair, 0)?, mask(pair, 1)?))
}

/// `(ifname, proto[, pkttype[, hatype[, addr]]])`.
fn packet(py: Python<'_>, caller: &str, address: &Bound<'_, PyAny>) -> PyResult<Address> {
    let shape = || PyTypeError::new_err("AF_PACKET address must be a tuple of two to five elements");
    let parts = tuple(caller, "AF_PACKET", address)?;
    if !(2..=5).contains(&parts.len()) {
        return Err(shape());
    }
    let name = text(parts, 0, shape)?;
    let number = |index: usize| {
        optional_item(parts, index)?.map_or(Ok(0), |item| convert::int(&item)).map_err(|error| {
            if error.is_instance_of::<PyOverflowError>(py) {
                PyOverflowError::new_err(format!("{caller}(): address argument out of range"))
            } else {
                error
            }
        })
    };
    let (protocol, packet_type, hardware_type) = (number(1)?, number(2)?, number(3)?);
    let hardware_address = optional_item(parts, 4)?.map(|item| Buffer::readable(&item)).transpose()?;
    let hardware_address = hardware_address.as_ref().map_or(&[][..], Buffer::bytes);
    let interface = interface_index(&name).map_err(|error| raise(py, error))? as i32;
    if hardware_address.len() > HARDWARE_ADDRESS_MAX {
        return Err(PyValueError::new_err("Hardware address must be 8 bytes or less"));
    }
    let protocol = u16::try_from(protocol)
        .map_err(|_| PyOverflowError::new_err(format!("{caller}(): proto must be 0-65535.")))?;
    Ok(Address::Packet(Packet {
        protocol,
        interface,
        hardware_type: hardware_type as u16, // what is too large is cut, as in the standard library
        packet_type: packet_type as u8,
        hardware_address: hardware_address.to_vec(),
    }))
}

/// `(interface,)`, `(interface, rx_addr, tx_addr)` of ISO-TP, `(interface, name, pgn, addr)` of J1939.
fn can(py: Python<'_>, protocol: i32, caller: &str, address: &Bound<'_, PyAny>) -> PyResult<Address> {
    let count = match protocol {
        libc::CAN_RAW | libc::CAN_BCM => 1,
        libc::CAN_ISOTP => 3,
        libc::CAN_J1939 => 4,
        _ => return Err(PyOSError::new_err(format!("{caller}(): unsupported CAN protocol"))),
    };
    let parts = tuple(caller, "AF_CAN", address)?;
    if parts.len() != count {
        return Err(PyTypeError::new_err(if count == 1 {
            "AF_CAN address must be a tuple (interface, )".to_owned()
        } else {
            format!("function takes exactly {count} arguments ({} given)", parts.len())
        }));
    }
    let name = convert::file_name(&parts.get_item(0)?)?;
    let target = match protocol {
        libc::CAN_ISOTP => {
            CanTarget::IsoTp { receive: exact_int(parts, 1)? as u32, send: exact_int(parts, 2)? as u32 }
        }
        libc::CAN_J1939 => CanTarget::J1939 {
            name: exact_int(parts, 1)?,
            group: mask(parts, 2)?,
            address: low_bits(parts, 3, u8::BITS)? as u8,
        },
        _ => CanTarget::Frames,
    };
    let name = name.as_bytes();
    let interface = if name.is_empty() {
        0
    } else if name.len() < libc::IF_NAMESIZE {
        let name = CString::new(name)?;
        interface_index(&name).map_err(|error| raise(py, error))? as i32
    } else {
        return Err(PyOSError::new_err("AF_CAN interface name too long"));
    };
    Ok(Address::Can { interface, target })
}

/// `(bdaddr, psm)` of L2CAP, `(bdaddr, channel)` of RFCOMM, `(device_id,)` of HCI, bdaddr as bytes of SCO; since Python
/// 3.14 also `(bdaddr, psm[, cid[, bdaddr_type]])`, `device_id` or `(device_id, channel)`, and bdaddr as str.
fn bluetooth(protocol: i32, caller: &str, address: &Bound<'_, PyAny>) -> PyResult<Bluetooth> {
    let shape = || PyOSError::new_err(format!("{caller}(): wrong format"));
    let recent = crate::version::since(14);
    let device =
        |text: &str| text.parse::<BluetoothAddress>().map_err(|error| PyOSError::new_err(error.to_string()));
    let parts = |most: usize| {
        let parts = address.cast::<PyTuple>().map_err(|_| shape())?;
        if (2..=most).contains(&parts.len()) { Ok(parts) } else { Err(shape()) }
    };
    // The low bits count; before 3.14 of a C int.
    let number = |item: &Bound<'_, PyAny>, bits| {
        let number =
            if recent { convert::low_bits(item, bits) } else { convert::int(item).map(|int| int as u64) };
        number.map_err(|_| shape())
    };
    let pair = |parts: &Bound<'_, PyTuple>, bits| {
        let name = parts.get_item(0)?;
        let name = device(name.cast::<PyString>().map_err(|_| shape())?.to_str()?)?;
        Ok::<_, PyErr>((name, number(&parts.get_item(1)?, bits)?))
    };
    match protocol {
        BTPROTO_L2CAP => {
            let parts = parts(if recent { 4 } else { 2 })?;
            let (device, psm) = pair(parts, u16::BITS)?;
            let optional =
                |index, bits| optional_item(parts, index)?.map_or(Ok(0), |item| number(&item, bits));
            let (cid, address_type) = (optional(2, u16::BITS)? as u16, optional(3, u8::BITS)? as u8);
            Ok(Bluetooth::L2cap { device, psm: psm as u16, cid, address_type })
        }
        BTPROTO_RFCOMM => {
            let (device, channel) = pair(parts(2)?, u8::BITS)?;
            Ok(Bluetooth::Rfcomm { device, channel: channel as u8 })
        }
        BTPROTO_HCI => {
            let number = |item: &Bound<'_, PyAny>| number(item, u16::BITS);
            let (device, channel) = match address.cast::<PyTuple>() {
                Ok(parts) if parts.len() == 1 => (number(&parts.get_item(0)?)?, 0),
                Ok(parts) if parts.len() == 2 && recent => {
                    (number(&parts.get_item(0)?)?, number(&parts.get_item(1)?)?)
                }
                Err(_) if recent => (number(address)?, 0),
                _ => return Err(shape()),
            };
            Ok(Bluetooth::Hci { device: device as u16, channel: channel as u16 })
        }
        BTPROTO_SCO => {
            let name = match address.cast::<PyBytes>() {
                Ok(bytes) => std::str::from_utf8(bytes.as_bytes()).unwrap_or_default(),
                Err(_) if recent => address.cast::<PyString>().map_err(|_| shape())?.to_str()?,
                Err(_) => return Err(shape()),
            };
            Ok(Bluetooth::Sco { device: device(name)? })
        }
        _ => Err(PyOSError::new_err(format!("{caller}(): unknown Bluetooth protocol"))),
    }
}

/// `(addr_type, v1, v2, v3[, scope])`.
fn tipc(caller: &str, address: &Bound<'_, PyAny>) -> PyResult<Tipc> {
    const NAME_SEQUENCE: u32 = 1;
    const NAME: u32 = 2;
    const ID: u32 = 3;
    const CLUSTER_SCOPE: u32 = 2;
    let parts = tuple(caller, "AF_TIPC", address)?;
    if !(4..=5).contains(&parts.len()) {
        return Err(PyTypeError::new_err("AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])"));
    }
    let kind = mask(parts, 0)?;
    let (first, second, third) = (mask(parts, 1)?, mask(parts, 2)?, mask(parts, 3)?);
    let scope = if parts.len() == 5 { mask(parts, 4)? } else { CLUSTER_SCOPE };
    let name = match kind {
        NAME_SEQUENCE => TipcName::Sequence { service: first, lower: second, upper: third },
        NAME => TipcName::Instance { service: first, instance: second, domain: 0 },
        ID => TipcName::Socket { node: first, port: second },
        _ => return Err(PyTypeError::new_err("Invalid address type")),
    };
    Ok(Tipc { scope: scope as i8, name })
}

/// `(type, name[, feat[, mask]])`.
fn algorithm(caller: &str, address: &Bound<'_, PyAny>) -> PyResult<Algorithm> {
    let shape = || PyTypeError::new_err("AF_ALG address must be a tuple (type, name[, feat[, mask]])");
    let parts = tuple(caller, "AF_ALG", address)?;
    if !(2..=4).contains(&parts.len()) {
        return Err(shape());
    }
    let kind = text(parts, 0, shape)?.into_bytes();
    let name = text(parts, 1, shape)?.into_bytes();
    // The standard library reads both as 16 bits.
    let bits = |index| {
        let bits = if index < parts.len() { low_bits(parts, index, u16::BITS)? } else { 0 };
        Ok::<_, PyErr>(u32::from(bits as u16))
    };
    let (feature, mask) = (bits(2)?, bits(3)?);
    if !Algorithm::kind_fits(kind.len()) {
        return Err(PyValueError::new_err("AF_ALG type too long."));
    }
    if !Algorithm::name_fits(name.len()) {
        return Err(PyValueError::new_err("AF_ALG name too long."));
    }
    Ok(Algorithm { kind, name, feature, mask })
}

/// A str in UTF-8 without NUL; the error of `shape` for another type.
fn text(parts: &Bound<'_, PyTuple>, index: usize, shape: impl Fn() -> PyErr) -> PyResult<CString> {
    let item = parts.get_item(index)?;
    let text = item.cast::<PyString>().map_err(|_| shape())?.to_str()?;
    memory::c_string(text.as_bytes(), || PyValueError::new_err("embedded null character"))
}

/// An integer of which so many low bits count.
fn low_bits(parts: &Bound<'_, PyTuple>, index: usize, bits: u32) -> PyResult<u64> {
    convert::low_bits(&parts.get_item(index)?, bits)
}

/// The low 32 bits of an integer.
fn mask(parts: &Bound<'_, PyTuple>, index: usize) -> PyResult<u32> {
    Ok(low_bits(parts, index, u32::BITS)? as u32)
}

/// The low 64 bits of an int; unlike [`mask`] nothing but an int will do before 3.14.
fn exact_int(parts: &Bound<'_, PyTuple>, index: usize) -> PyResult<u64> {
    let item = parts.get_item(index)?;
    // SAFETY: attached; a live object's type is looked at.
    let is_index = crate::version::since(14) && unsafe { ffi::PyIndex_Check(item.as_ptr()) } != 0;
    if !is_index && item.cast::<PyInt>().is_err() {
        let found = convert::described(&item);
        return Err(PyTypeError::new_err(format!("argument {} must be int, not {found}", index + 1)));
    }
    convert::low_bits(&item, u64::BITS)
}
