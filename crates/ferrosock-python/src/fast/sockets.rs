//! New objects of the Python class `socket.socket`: opened, accepted, and in pairs.

use std::ffi::CStr;
use std::os::fd::OwnedFd;

use ferrosock_socket::{Identity, Socket};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyTuple, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::plain::is_plain;
use crate::audit::audit;
use crate::call::{Args, native_fast};
use crate::class::instantiate;
use crate::error::raise;
use crate::socket_module::CALLS;
use crate::socket_module::object::{self, NativeSocket};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"open", open, OPEN_DOC),
        native_fast!(CALLS, c"accept", accept, ACCEPT_DOC),
        native_fast!(CALLS, c"pair", pair, PAIR_DOC),
    ])
}

const OPEN_DOC: &CStr = c"open($module, sock, family, type, proto, fileno, /)
--

Do what `socket.socket.__init__` does with these arguments on the native side.";

fn open<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(5, 5)?;
    let socket = args.object(0)?;
    let Some(this) = object::receive(py, socket) else {
        return Err(args.wrong_type(0, "a socket"));
    };
    let fileno = args.object(4)?;
    // With a descriptor, -1 tells to ask the system.
    let new = fileno.is_none();
    let number = |index, default| {
        let value = args.object(index)?;
        let unknown = !value.is_instance_of::<PyInt>() && value.eq(-1)?;
        match if unknown { -1 } else { object::number(&value)? } {
            -1 if new => Ok(default),
            number => PyResult::Ok(number),
        }
    };
    let family = number(1, libc::AF_INET)?;
    let kind = number(2, libc::SOCK_STREAM)?;
    let asked = Identity { family, kind, protocol: number(3, 0)? };
    object::open_or_adopt(&this, asked, (!new).then_some(&*fileno))?;
    Ok(py.None().into_bound(py))
}

const ACCEPT_DOC: &CStr = c"accept($module, listener, class_, plain, /)
--

Accept a connection as `socket.socket.accept` does. plain is the PlainClass of class_.

Returns a pair of a new socket and the peer's address, or None, without having accepted, if listener is no instance of
just class_ or if class_ is not what it was. Raises what `_accept` raises.";

fn accept<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let listener = args.object(0)?;
    let Some(class) = plain_class(py, &args, 1)? else { return Ok(py.None().into_bound(py)) };
    let Some(this) = object::receive(py, listener).filter(|_| listener.is_exact_instance(&class)) else {
        return Ok(py.None().into_bound(py));
    };
    let (descriptor, peer) = object::accept_descriptor(&this)?;
    let socket = adopt(&class, descriptor, this.identity())?;
    // Some systems hand the listener's non-blocking mode down; Linux is none of them.
    let inherited = cfg!(not(target_os = "linux")) && this.timeout().is_some_and(|limit| !limit.is_zero());
    if inherited && object::default_timeout().is_none() {
        if let Some(made) = object::receive(py, socket.as_borrowed()) {
            made.set_timeout(None).map_err(|error| raise(py, error))?;
        }
    }
    Ok(PyTuple::new(py, [socket, peer])?.into_any())
}

const PAIR_DOC: &CStr = c"pair($module, family, type, proto, class_, plain, /)
--

Open a pair of sockets as `socket.socketpair` does. plain is the PlainClass of class_.

Returns two instances of class_, or None, without having opened them, if class_ is not what it was. Raises what
`_socket.socketpair` raises.";

fn pair<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(5, 5)?;
    let Some(class) = plain_class(py, &args, 3)? else { return Ok(py.None().into_bound(py)) };
    let identity = Identity { family: args.int(0)?, kind: args.int(1)?, protocol: args.int(2)? };
    let (one, other) = Socket::pair_descriptors(identity.family, identity.kind, identity.protocol)
        .map_err(|error| raise(py, error))?;
    let one = adopt(&class, one, identity)?;
    Ok(PyTuple::new(py, [one, adopt(&class, other, identity)?])?.into_any())
}

/// Argument `index`, a class, if the next one, its PlainClass, says that it is plain.
#[inline]
fn plain_class<'a, 'py>(
    py: Python<'py>,
    args: &Args<'a, 'py>,
    index: usize,
) -> PyResult<Option<Borrowed<'a, 'py, PyType>>> {
    let Ok(class) = args.object(index)?.cast::<PyType>() else { return Ok(None) };
    let plain = args.object(index + 1)?;
    // Only a class on ours has room for the state.
    Ok((is_plain(py, plain, class.as_type_ptr()) && class.is_subclass(object::class(py)?.as_any())?)
        .then_some(class))
}

/// A new instance of `class` around an open descriptor, as `class(family, type, proto, fileno=descriptor)` makes one
/// but that the system is not asked again what the descriptor is.
fn adopt<'py>(
    class: &Bound<'py, PyType>,
    descriptor: OwnedFd,
    identity: Identity,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let socket = instantiate(class, NativeSocket::default())?;
    audit(py, c"socket.__new__", (&socket, identity.family, identity.kind, identity.protocol))?;
    if let Some(this) = object::receive(py, socket.as_borrowed()) {
        object::install(py, &this, descriptor, identity)?;
    }
    socket.setattr(intern!(py, "_io_refs"), 0)?;
    socket.setattr(intern!(py, "_closed"), false)?;
    Ok(socket)
}
