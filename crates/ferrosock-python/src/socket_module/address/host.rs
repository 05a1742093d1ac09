//! Names of hosts: from Python's strings to bytes for the resolver, and from those to IP addresses.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use ferrosock_socket::address::Address;
use ferrosock_socket::resolver::{Hints, address_info};
use ferrosock_socket::{Error, RawAddress};
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};

use crate::buffer::Buffer;
use crate::call::Args;
use crate::convert::{described, type_name};
use crate::error::raise;
use crate::host::Interpreter;
use crate::memory;

/// The longest label of a domain name, in bytes ([RFC 1035](https://www.rfc-editor.org/rfc/rfc1035) section 2.3.4).
const LABEL_MAX: usize = 63;

/// The name of a host in the bytes that the resolver takes.
pub(crate) type HostName<'a> = Cow<'a, [u8]>;

/// The host in a socket address: str (by IDNA if it is not ASCII), bytes or bytearray, without NUL.
pub(super) fn host_name<'a>(host: &'a Bound<'_, PyAny>) -> PyResult<HostName<'a>> {
    let name = if let Ok(text) = host.cast::<PyString>() {
        match text.to_str() {
            Ok(ascii) if ascii.is_ascii() => Cow::Borrowed(ascii.as_bytes()),
            _ => Cow::Owned(idna(text).map_err(|_| PyTypeError::new_err("encoding of hostname failed"))?),
        }
    } else if let Some(bytes) = byte_string(host)? {
        bytes
    } else {
        return Err(PyTypeError::new_err(format!(
            "str, bytes or bytearray expected, not {}",
            type_name(host)
        )));
    };
    if name.contains(&0) {
        return Err(PyTypeError::new_err("host name must not contain null character"));
    }
    Ok(name)
}

/// The name of a host as argument `index` of a function: str (by IDNA), bytes or bytearray, without NUL.
pub(crate) fn idna_argument<'a>(
    args: &Args<'_, '_>,
    index: usize,
    host: &'a Bound<'_, PyAny>,
) -> PyResult<HostName<'a>> {
    let name = if let Ok(text) = host.cast::<PyString>() {
        idna_name(text)?
    } else if let Some(bytes) = byte_string(host)? {
        bytes
    } else {
        return Err(args.wrong_type(index, "str, bytes or bytearray"));
    };
    if name.contains(&0) {
        return Err(PyTypeError::new_err(format!(
            "{}() argument {} must be encoded string without null bytes, not {}",
            args.name(),
            index + 1,
            described(host)
        )));
    }
    Ok(name)
}

/// A host's name by IDNA. The codec leaves ASCII names as they are if their labels are long enough and not too long.
pub(crate) fn idna_name<'a>(text: &'a Bound<'_, PyString>) -> PyResult<HostName<'a>> {
    if let Ok(ascii) = text.to_str() {
        let relative = ascii.strip_suffix('.').unwrap_or(ascii);
        let good = |label: &str| (1..=LABEL_MAX).contains(&label.len());
        if ascii.is_empty() || (ascii.is_ascii() && relative.split('.').all(good)) {
            return Ok(Cow::Borrowed(ascii.as_bytes()));
        }
    }
    idna(text).map(Cow::Owned)
}

/// Runs Python's `idna` codec.
fn idna(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    // SAFETY: a live str and the codec's name; gives a new bytes object, or null with an exception set.
    let encoded = unsafe {
        let encoded = ffi::PyUnicode_AsEncodedString(text.as_ptr(), c"idna".as_ptr(), std::ptr::null());
        Bound::from_owned_ptr_or_err(text.py(), encoded)?
    };
    memory::copied(encoded.cast::<PyBytes>()?.as_bytes())
}

/// The bytes of a bytes or bytearray object. Those of a bytearray, which may change, are copied.
fn byte_string<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<Option<HostName<'a>>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(Cow::Borrowed(bytes.as_bytes())));
    }
    if object.cast::<PyByteArray>().is_err() {
        return Ok(None);
    }
    memory::copied(Buffer::readable(object)?.bytes()).map(|bytes| Some(Cow::Owned(bytes)))
}

/// The IP address of a host, with port 0, of `family` (`AF_INET`, `AF_INET6`, or `AF_UNSPEC` for either): the wildcard
/// for '', the broadcast address for '<broadcast>', numeric addresses as they are, else the first that the resolver
/// finds, for which the interpreter's lock is given up. `name` has no NUL.
pub(crate) fn resolve(py: Python<'_>, name: &[u8], family: i32) -> PyResult<RawAddress> {
    let v4 = matches!(family, libc::AF_INET | libc::AF_UNSPEC);
    let v6 = matches!(family, libc::AF_INET6 | libc::AF_UNSPEC);
    if let Ok(text) = std::str::from_utf8(name) {
        match text {
            "" => return wildcard(py, family),
            "<broadcast>" | "255.255.255.255" if v4 => return v4_address(py, Ipv4Addr::BROADCAST),
            "<broadcast>" | "255.255.255.255" => return Err(PyOSError::new_err("address family mismatched")),
            _ => {}
        }
        if v4 {
            if let Ok(ip) = text.parse() {
                return v4_address(py, ip);
            }
        }
        if v6 {
            if let Ok(ip) = text.parse() {
                return v6_address(py, ip);
            }
        }
    }
    let name = memory::c_string(name, || PyValueError::new_err("embedded null byte"))?;
    let hints = Hints { family, ..Hints::default() };
    let found = address_info(&Interpreter(py), Some(&name), None, hints).map_err(|error| raise(py, error))?;
    found.first().map(|entry| entry.address).ok_or_else(|| raise(py, Error::AddressInfo(libc::EAI_NONAME)))
}

/// Every address of this machine. Without a family that is only an address if the machine has but one of them.
fn wildcard(py: Python<'_>, family: i32) -> PyResult<RawAddress> {
    match family {
        libc::AF_INET => return v4_address(py, Ipv4Addr::UNSPECIFIED),
        libc::AF_INET6 => return v6_address(py, Ipv6Addr::UNSPECIFIED),
        _ => {}
    }
    let hints = Hints { family, kind: libc::SOCK_DGRAM, flags: libc::AI_PASSIVE, protocol: 0 };
    let found = address_info(&Interpreter(py), None, Some(c"0"), hints).map_err(|error| raise(py, error))?;
    match &found[..] {
        [only] => Ok(only.address),
        _ => Err(PyOSError::new_err("wildcard resolved to multiple address")),
    }
}

fn v4_address(py: Python<'_>, ip: Ipv4Addr) -> PyResult<RawAddress> {
    Address::Inet { ip, port: 0 }.to_raw().map_err(|error| raise(py, error))
}

fn v6_address(py: Python<'_>, ip: Ipv6Addr) -> PyResult<RawAddress> {
    Address::Inet6 { ip, port: 0, flowinfo: 0, scope_id: 0 }.to_raw().map_err(|error| raise(py, error))
}
