//! Names and connections: bind, listen, accept, connect, and who is at either end.

use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

use ferrosock_socket::{DEFAULT_BACKLOG, RawAddress};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyTuple};
use pyo3::{Borrowed, ffi};

use super::{CALLS, SocketObject};
use crate::audit::audit;
use crate::call::{Args, native_method, native_noargs, native_one};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;
use crate::socket_module::address;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(
            CALLS,
            c"bind",
            bind,
            c"bind(address)

Give the socket an address of its own, at which peers reach it. For IP sockets it is a pair (host, port); the host '' stands
for every address of this machine, the port 0 for one that the system picks.

Raises OSError if the system refuses, TypeError for an address of the wrong shape, OverflowError for a wrong port."
        ),
        native_method!(
            CALLS,
            c"listen",
            listen,
            c"listen([backlog])

Make the socket one that accepts connections. Up to backlog of them (at least 0, by default as many as is sensible, at most
what the system allows) wait to be accepted.

Raises OSError if the system refuses."
        ),
        native_noargs!(
            CALLS,
            c"_accept",
            accept,
            c"_accept() -> (int, address)

Accept the next connection: a new descriptor, and the peer's address.

Raises TimeoutError when the timeout runs out, OSError if the system refuses."
        ),
        native_one!(
            CALLS,
            c"connect",
            connect,
            c"connect(address)

Connect to a peer's address. For IP sockets it is a pair (host, port).

Raises TimeoutError when the timeout runs out, OSError if the system or the peer refuses."
        ),
        native_one!(
            CALLS,
            c"connect_ex",
            connect_ex,
            c"connect_ex(address) -> int

Connect as connect(address) does, but return the system's error number instead of raising it; 0 for success.

Raises what is wrong with the address itself."
        ),
        native_one!(
            CALLS,
            c"shutdown",
            shutdown,
            c"shutdown(how)

End one or both directions of a connection: SHUT_RD, SHUT_WR or SHUT_RDWR.

Raises OSError if there is no connection."
        ),
        native_noargs!(
            CALLS,
            c"getsockname",
            getsockname,
            c"getsockname() -> address

Return the socket's own address, in the form of its family.

Raises OSError if the socket is closed."
        ),
        native_noargs!(
            CALLS,
            c"getpeername",
            getpeername,
            c"getpeername() -> address

Return the peer's address, in the form of its family.

Raises OSError if there is no peer."
        ),
    ])
}

/// An address argument in the system's form; `caller` is the function's name for messages.
pub(super) fn address_argument(
    this: &SocketObject<'_, '_>,
    caller: &str,
    address: &Bound<'_, PyAny>,
) -> PyResult<RawAddress> {
    let identity = this.identity();
    address::from_python(this.py(), identity.family, identity.kind, identity.protocol, caller, address)
}

/// An address of the system as Python sees it.
pub(super) fn address_value<'py>(
    this: &SocketObject<'_, 'py>,
    address: &RawAddress,
) -> PyResult<Bound<'py, PyAny>> {
    address::to_python(this.py(), address, this.identity().protocol)
}

/// Refuses a family that has no addresses here, before the system is asked for one.
pub(super) fn expect_address(this: &SocketObject<'_, '_>) -> PyResult<()> {
    let identity = this.identity();
    address::check_family(identity.family, identity.protocol)
}

fn bind<'py>(this: SocketObject<'_, 'py>, address: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let raw = address_argument(&this, "bind", &address)?;
    audit(py, c"socket.bind", (this.object(), address))?;
    this.bind(&Interpreter(py), &raw).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

fn listen<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.between(0, 1)?;
    let backlog = args.int_or(0, DEFAULT_BACKLOG)?;
    this.listen(&Interpreter(py), backlog).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

fn accept<'py>(this: SocketObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let (descriptor, peer) = accept_descriptor(&this)?;
    let fd = PyInt::new(py, descriptor.as_raw_fd());
    let pair = PyTuple::new(py, [fd.into_any(), peer])?;
    // From here on the number is the caller's, as that of os.open() is.
    let _ = descriptor.into_raw_fd();
    Ok(pair.into_any())
}

/// A connection's descriptor, and the peer's address as Python sees it.
pub(crate) fn accept_descriptor<'py>(this: &SocketObject<'_, 'py>) -> PyResult<(OwnedFd, Bound<'py, PyAny>)> {
    let py = this.py();
    expect_address(this)?;
    let (descriptor, peer) = this.accept_descriptor(&Interpreter(py)).map_err(|error| raise(py, error))?;
    Ok((descriptor, address_value(this, &peer)?))
}

fn connect<'py>(
    this: SocketObject<'_, 'py>,
    address: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let raw = address_argument(&this, "connect", &address)?;
    audit(py, c"socket.connect", (this.object(), address))?;
    this.connect(&Interpreter(py), &raw).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

fn connect_ex<'py>(
    this: SocketObject<'_, 'py>,
    address: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let raw = address_argument(&this, "connect_ex", &address)?;
    audit(py, c"socket.connect", (this.object(), address))?;
    let code = this.connect_ex(&Interpreter(py), &raw).map_err(|error| raise(py, error))?;
    Ok(PyInt::new(py, code).into_any())
}

fn shutdown<'py>(this: SocketObject<'_, 'py>, how: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let how = convert::as_int(&how)?;
    this.shutdown(&Interpreter(py), how).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

fn getsockname<'py>(this: SocketObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    expect_address(&this)?;
    let address = this.local_address().map_err(|error| raise(this.py(), error))?;
    address_value(&this, &address)
}

fn getpeername<'py>(this: SocketObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    expect_address(&this)?;
    let address = this.peer_address().map_err(|error| raise(this.py(), error))?;
    address_value(&this, &address)
}
