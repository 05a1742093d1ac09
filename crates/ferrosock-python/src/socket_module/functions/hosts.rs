//! The resolver's old interface, and this machine's name.

use std::net::IpAddr;

use ferrosock_socket::address::Address;
use ferrosock_socket::resolver::{self, HostEntry};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use pyo3::{IntoPyObjectExt, ffi};

use super::{CALLS, c_string};
use crate::audit::audit;
use crate::call::{Args, native_noargs, native_tuple};
use crate::convert::{file_name, system_text};
use crate::error::raise;
use crate::host::Interpreter;
use crate::socket_module::address::{idna_argument, ip_value, resolve};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_tuple!(
            CALLS,
            c"gethostbyname",
            gethostbyname,
            c"gethostbyname(host) -> str

Return an IPv4 address of a host as text. getaddrinfo() finds all of them, and those of IPv6.

Raises gaierror if there is none."
        ),
        native_tuple!(
            CALLS,
            c"gethostbyname_ex",
            gethostbyname_ex,
            c"gethostbyname_ex(host) -> (name, aliases, addresses)

Return a host's primary name, a list of its other names, and a list of its IPv4 addresses.

Raises gaierror or herror if it is not known."
        ),
        native_tuple!(
            CALLS,
            c"gethostbyaddr",
            gethostbyaddr,
            c"gethostbyaddr(host) -> (name, aliases, addresses)

Return the primary name, a list of other names, and a list of addresses of the host with an IPv4 or IPv6 address, or
with a name, whose address is then looked up first.

Raises gaierror or herror if it is not known."
        ),
        native_noargs!(
            CALLS,
            c"gethostname",
            gethostname,
            c"gethostname() -> str

Return the name of this machine.

Raises OSError if the system refuses."
        ),
        native_tuple!(
            CALLS,
            c"sethostname",
            sethostname,
            c"sethostname(name)

Set the name of this machine: str, bytes or a path-like object.

Raises OSError without the privilege to do so, and for a name that is too long."
        ),
    ])
}

fn gethostbyname<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let host = args.object(0)?;
    let name = idna_argument(&args, 0, &host)?;
    audit(py, c"socket.gethostbyname", (host,))?;
    Ok(ip_value(py, address(py, &name, libc::AF_INET)?).into_any())
}

fn gethostbyname_ex<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let host = args.object(0)?;
    let name = idna_argument(&args, 0, &host)?;
    audit(py, c"socket.gethostbyname", (host,))?;
    // An unknown name is refused here, as a gaierror.
    address(py, &name, libc::AF_INET)?;
    let name = c_string(name)?;
    let entry = resolver::host_by_name(&Interpreter(py), &name).map_err(|error| raise(py, error))?;
    entry_value(py, &entry)
}

fn gethostbyaddr<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let host = args.object(0)?;
    let name = idna_argument(&args, 0, &host)?;
    audit(py, c"socket.gethostbyaddr", (host,))?;
    let address = address(py, &name, libc::AF_UNSPEC)?;
    let entry = resolver::host_by_address(&Interpreter(py), address).map_err(|error| raise(py, error))?;
    entry_value(py, &entry)
}

/// The IP address of a host.
fn address(py: Python<'_>, name: &[u8], family: i32) -> PyResult<IpAddr> {
    match Address::from_raw(&resolve(py, name, family)?, 0) {
        Some(Address::Inet { ip, .. }) => Ok(ip.into()),
        Some(Address::Inet6 { ip, .. }) => Ok(ip.into()),
        _ => Err(PyOSError::new_err("unsupported address family")),
    }
}

fn entry_value<'py>(py: Python<'py>, entry: &HostEntry) -> PyResult<Bound<'py, PyAny>> {
    let aliases = PyList::empty(py);
    for alias in &entry.aliases {
        aliases.append(system_text(py, alias)?)?;
    }
    let addresses = PyList::new(py, entry.addresses.iter().map(|&ip| ip_value(py, ip)))?;
    (system_text(py, &entry.name)?, aliases, addresses).into_bound_py_any(py)
}

fn gethostname(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    audit(py, c"socket.gethostname", ())?;
    let name = py.detach(resolver::host_name).map_err(|error| raise(py, error))?;
    system_text(py, &name)
}

fn sethostname<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let value = args.object(0)?;
    let name = match value.cast::<PyBytes>() {
        Ok(bytes) => bytes.to_owned(),
        Err(_) => file_name(&value)?,
    };
    audit(py, c"socket.sethostname", (&name,))?;
    resolver::set_host_name(name.as_bytes()).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}
