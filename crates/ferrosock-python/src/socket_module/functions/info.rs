//! `getaddrinfo` and `getnameinfo`.

use std::borrow::Cow;
use std::ffi::{CStr, CString};

use ferrosock_socket::address::Address;
use ferrosock_socket::resolver::{AddressInfo, Hints, address_info, name_info};
use pyo3::exceptions::{PyOSError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};
use pyo3::{Borrowed, IntoPyObjectExt, ffi};

use super::{CALLS, c_string};
use crate::audit::audit;
use crate::call::{Args, native_named, native_tuple};
use crate::convert::{self, system_text};
use crate::error::{dismiss, raise};
use crate::host::Interpreter;
use crate::memory;
use crate::socket_module::address::{FLOWINFO_MAX, idna_name, optional_item, to_python};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(
            CALLS,
            c"getaddrinfo",
            getaddrinfo,
            c"getaddrinfo(host, port, family=0, type=0, proto=0, flags=0) -> list of (family, type, proto, canonname, sockaddr)

Find the ways to reach a service on a host: what to open a socket with, and the address to connect it to, best first.
host is a name or a numeric address, port a number or a service's name; either may be None, not both. family, type and
proto narrow the answers; flags are AI_* constants.

Raises gaierror if there is none."
        ),
        native_tuple!(
            CALLS,
            c"getnameinfo",
            getnameinfo,
            c"getnameinfo(sockaddr, flags) -> (host, port)

Find the names of a host and of a service on it, as str, by their address: (host, port[, flowinfo[, scope_id]]) with a
numeric host. flags are NI_* constants; NI_NUMERICHOST | NI_NUMERICSERV asks for numbers.

Raises gaierror if there are no names and names are required, OverflowError for a flowinfo that is not 0-1048575."
        ),
    ])
}

fn getaddrinfo<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.parse_named(&["host", "port", "family", "type", "proto", "flags"], 2, |args| {
        let hints = Hints {
            family: args.int_or(2, 0)?,
            kind: args.int_or(3, 0)?,
            protocol: args.int_or(4, 0)?,
            flags: args.int_or(5, 0)?,
        };
        args.finish()?;
        let number = |number: i32| Ok(PyInt::new(py, number).into_any());
        found(py, args.object(0)?, args.object(1)?, hints, number, number)
    })
}

/// What getaddrinfo answers, as a list; `family` and `kind` make the objects for the two numbers.
pub(crate) fn found<'py>(
    py: Python<'py>,
    host: Borrowed<'_, 'py, PyAny>,
    port: Borrowed<'_, 'py, PyAny>,
    hints: Hints,
    family: impl Fn(i32) -> PyResult<Bound<'py, PyAny>>,
    kind: impl Fn(i32) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let node = node(&host)?;
    let mut room = [0; DIGITS];
    let service = service(&port, &mut room)?;
    audit(py, c"socket.getaddrinfo", (host, port, hints.family, hints.kind, hints.protocol))?;
    let found = address_info(&Interpreter(py), node.as_deref(), service.as_deref(), hints)
        .map_err(|error| raise(py, error))?;
    let list = PyList::empty(py);
    let mut last: Option<(&AddressInfo, Bound<'py, PyAny>)> = None;
    for entry in &found {
        // Of one address there are entries for several types: those share the tuple for it.
        let address = match &last {
            Some((before, address)) if before.address == entry.address && is_inet(entry) => address.clone(),
            _ => to_python(py, &entry.address, entry.protocol)?,
        };
        last = Some((entry, address.clone()));
        list.append(PyTuple::new(
            py,
            [
                family(entry.family)?,
                kind(entry.kind)?,
                PyInt::new(py, entry.protocol).into_any(),
                system_text(py, &entry.canonical_name)?,
                address,
            ],
        )?)?;
    }
    Ok(list.into_any())
}

/// Whether an entry's address is of a family whose form does not depend on the protocol.
fn is_inet(entry: &AddressInfo) -> bool {
    matches!(entry.family, libc::AF_INET | libc::AF_INET6)
}

/// The host: None, str (by IDNA) or bytes.
fn node(host: &Bound<'_, PyAny>) -> PyResult<Option<CString>> {
    let name = if host.is_none() {
        return Ok(None);
    } else if let Ok(text) = host.cast::<PyString>() {
        idna_name(text)?
    } else if let Ok(bytes) = host.cast::<PyBytes>() {
        bytes.as_bytes().into()
    } else {
        return Err(PyTypeError::new_err("getaddrinfo() argument 1 must be string or None"));
    };
    // The standard library cuts the name at a NUL, which then means another host than was written. We refuse.
    memory::c_string(&name, || PyTypeError::new_err("host name must not contain null character")).map(Some)
}

/// The service: None, an int, str or bytes.
fn service<'a>(port: &Bound<'_, PyAny>, room: &'a mut [u8; DIGITS]) -> PyResult<Option<Cow<'a, CStr>>> {
    let owned = |text| PyResult::Ok(Some(Cow::Owned(text)));
    if port.is_none() {
        Ok(None)
    } else if is_number(port) {
        match convert::long(port) {
            Ok(number) => {
                if let Ok(number) = u16::try_from(number) {
                    return Ok(Some(Cow::Borrowed(decimal(number, room))));
                }
            }
            // Later versions leave large numbers to the resolver.
            Err(error) if !crate::version::since(12) => return Err(error),
            Err(error) => dismiss(error),
        }
        // SAFETY: attached; a live object. A new int, or null with an exception set.
        let number = unsafe { Bound::from_owned_ptr_or_err(port.py(), ffi::PyNumber_Index(port.as_ptr()))? };
        owned(c_string(number.str()?.to_str()?)?)
    } else if let Ok(text) = port.cast::<PyString>() {
        owned(c_string(text.to_str()?)?)
    } else if let Ok(bytes) = port.cast::<PyBytes>() {
        owned(c_string(bytes.as_bytes())?)
    } else {
        Err(PyOSError::new_err("Int or String expected"))
    }
}

/// Whether a port is one in digits: an int or, since 3.14, whatever has an `__index__`.
fn is_number(port: &Bound<'_, PyAny>) -> bool {
    // SAFETY: attached; a live object's type is looked at.
    port.is_exact_instance_of::<PyInt>()
        || (crate::version::since(14) && unsafe { ffi::PyIndex_Check(port.as_ptr()) } != 0)
}

/// Room for a port in decimal digits and a NUL.
const DIGITS: usize = 6;

/// A number in decimal digits, written into `room`.
fn decimal(mut number: u16, room: &mut [u8; DIGITS]) -> &CStr {
    let mut start = DIGITS - 1;
    room[start] = 0;
    loop {
        start -= 1;
        room[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return CStr::from_bytes_with_nul(&room[start..]).unwrap_or_default();
        }
    }
}

fn getnameinfo<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let sockaddr = args.object(0)?;
    let flags = args.int(1)?;
    let parts = sockaddr
        .cast::<PyTuple>()
        .map_err(|_| PyTypeError::new_err("getnameinfo() argument 1 must be a tuple"))?;
    let illegal = || PyTypeError::new_err("getnameinfo(): illegal sockaddr argument");
    if !(2..=4).contains(&parts.len()) {
        return Err(illegal());
    }
    let host = parts.get_item(0)?;
    let host = c_string(host.cast::<PyString>().map_err(|_| illegal())?.to_str()?)?;
    let port = convert::int(&parts.get_item(1)?)?;
    let mask =
        |index| optional_item(&parts, index)?.map_or(Ok(0), |item| convert::low_bits(&item, u32::BITS));
    let (flowinfo, scope_id) = (mask(2)? as u32, mask(3)? as u32);
    if flowinfo > FLOWINFO_MAX {
        return Err(PyOverflowError::new_err("getnameinfo(): flowinfo must be 0-1048575."));
    }
    audit(py, c"socket.getnameinfo", (sockaddr,))?;

    // Datagrams, so that each address is found once; no name is looked up.
    let hints = Hints { kind: libc::SOCK_DGRAM, flags: libc::AI_NUMERICHOST, ..Hints::default() };
    let service = c_string(port.to_string())?;
    let found = address_info(&Interpreter(py), Some(&host), Some(&service), hints)
        .map_err(|error| raise(py, error))?;
    let [entry] = &found[..] else {
        return Err(PyOSError::new_err("sockaddr resolved to multiple addresses"));
    };
    let address = match Address::from_raw(&entry.address, 0) {
        Some(Address::Inet { .. }) if parts.len() != 2 => {
            return Err(PyOSError::new_err("IPv4 sockaddr must be 2 tuple"));
        }
        Some(Address::Inet6 { ip, port, .. }) => {
            Address::Inet6 { ip, port, flowinfo, scope_id }.to_raw().map_err(|error| raise(py, error))?
        }
        _ => entry.address,
    };
    let names = name_info(&Interpreter(py), &address, flags).map_err(|error| raise(py, error))?;
    (system_text(py, &names.node)?, system_text(py, &names.service)?).into_bound_py_any(py)
}
