//! The class `_socket.socket`: its construction, its end, and what it shows of itself.
//!
//! The state of an instance is a [`Socket`]. The methods lie in files of their own by what they do; [`class`] collects
//! them.

mod batch;
mod descriptor;
mod held;
mod message;
mod naming;
mod options;
mod plain;
mod timeout;
mod transfer;

use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use ferrosock_socket::{Identity, Socket};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};
use pyo3::{Borrowed, ffi};

use super::CALLS;
use crate::audit::audit;
use crate::call::{Args, Receiver, enter, enter_status, with_slot_args};
use crate::class::{Class, This, instantiate, new_default, state_offset};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;

pub(crate) use held::{gathered_is_due, send_gathered, together};
pub(crate) use naming::accept_descriptor;
pub(crate) use plain::{Method, plain, plain_descriptor};
pub(crate) use timeout::{default_timeout, set_default_timeout, timeout_argument, timeout_value};

/// What the methods are called on.
pub(crate) type SocketObject<'a, 'py> = This<'a, 'py, NativeSocket>;

/// The state of an instance: a socket whose embedder's word is the function that `_ssl` calls to raise an `OSError`.
#[repr(C)]
pub(crate) struct NativeSocket {
    /// First, as `_ssl` reads it there.
    socket: Socket,
    held: held::Held,
}

impl std::ops::Deref for NativeSocket {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        &self.socket
    }
}

impl Default for NativeSocket {
    fn default() -> Self {
        Self { socket: Socket::unopened(raise_errno as *const () as usize), held: held::Held::default() }
    }
}

/// Where the socket begins in an instance: right behind the object's head, as `_ssl` expects.
pub(super) const STATE_OFFSET: usize = state_offset::<NativeSocket>();

/// Raises the `OSError` of `errno`: the error handler in the head of the object, which `_ssl` calls.
unsafe extern "C" fn raise_errno() -> *mut ffi::PyObject {
    // SAFETY: called by `_ssl`, attached.
    unsafe { ffi::PyErr_SetFromErrno(ffi::PyExc_OSError) }
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The class `_socket.socket`, made once in a process: `_ssl` keeps a pointer to it.
///
/// # Errors
/// Only what the interpreter raises when it is out of memory.
pub(crate) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    CLASS
        .get_or_try_init(py, || {
            let (family, kind, protocol) = Socket::identity_offsets();
            let mut methods = descriptor::methods();
            methods.extend(naming::methods());
            methods.extend(transfer::methods());
            methods.extend(message::methods());
            methods.extend(batch::methods());
            methods.extend(options::methods());
            methods.extend(timeout::methods());
            Class::new(c"_socket.socket", DOC)
                .subclassable()
                .slot(ffi::Py_tp_new, new_default::<NativeSocket> as *mut c_void)
                .slot(ffi::Py_tp_init, init as *mut c_void)
                .slot(ffi::Py_tp_repr, repr as *mut c_void)
                .slot(ffi::Py_tp_finalize, finalize as *mut c_void)
                .methods(methods)
                .members(Vec::from([
                    member(c"family", family, c"the address family, an AF_* constant"),
                    member(c"type", kind, c"the socket type, a SOCK_* constant"),
                    member(c"proto", protocol, c"the protocol, 0 for the default of family and type"),
                ]))
                .getters(timeout::getters())
                .build::<NativeSocket>(py)
                .map(Bound::unbind)
        })
        .map(|class| class.bind(py).clone())
}

/// The socket that an object is, if it is one of ours.
#[inline]
pub(crate) fn receive<'a, 'py>(
    py: Python<'py>,
    object: Borrowed<'a, 'py, PyAny>,
) -> Option<SocketObject<'a, 'py>> {
    // SAFETY: attached, a live object, and a type that is either null or alive for the life of the process; what is an
    // instance of it begins as a SocketObject does.
    unsafe {
        let class = CLASS.get(py)?.as_ptr();
        let ours = ffi::PyObject_TypeCheck(object.as_ptr(), class.cast()) != 0;
        ours.then(|| SocketObject::receive(py, object.as_ptr()))
    }
}

const DOC: &std::ffi::CStr = c"socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object
socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object

Open a socket of the given family, type and protocol. With fileno, take over that open descriptor instead; what is -1
is then found out from it. Descriptors are not inherited by child processes.

Raises OSError if the system refuses, ValueError for a negative fileno, TypeError for one that is no integer.
Source: https://docs.python.org/3/library/socket.html#socket-objects";

/// A read-only int in the instance, `offset` bytes into its state.
fn member(name: &'static std::ffi::CStr, offset: usize, doc: &'static std::ffi::CStr) -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_INT,
        offset: (STATE_OFFSET + offset) as ffi::Py_ssize_t,
        flags: 1, // READONLY
        doc: doc.as_ptr(),
    }
}

/// A `_socket.socket` around an open descriptor, with the default timeout, as `socketpair()` gives two of.
pub(crate) fn wrap<'py>(
    py: Python<'py>,
    descriptor: OwnedFd,
    family: i32,
    kind: i32,
    protocol: i32,
) -> PyResult<Bound<'py, PyAny>> {
    let state = NativeSocket::default();
    install(py, &state, descriptor, Identity { family, kind, protocol })?;
    instantiate(&class(py)?, state)
}

/// Puts an open descriptor into a socket and applies `setdefaulttimeout()`.
pub(crate) fn install(
    py: Python<'_>,
    socket: &Socket,
    descriptor: OwnedFd,
    identity: Identity,
) -> PyResult<()> {
    socket.install(descriptor, identity);
    match default_timeout() {
        // SOCK_NONBLOCK in the type has the last word.
        Some(limit) if socket.timeout().is_none() => {
            socket.set_timeout(Some(limit)).map_err(|error| raise(py, error))
        }
        _ => Ok(()),
    }
}

/// `tp_init`.
unsafe extern "C" fn init(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached, with an instance, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        enter_status(py, &CALLS, || {
            let this = SocketObject::receive(py, object);
            with_slot_args(py, c"socket", args, keywords, |args| {
                args.parse_named(&["family", "type", "proto", "fileno"], 0, |args| open(&this, &args))
            })
        })
    }
}

/// `__init__`: opens a socket, or takes over a descriptor.
fn open(this: &SocketObject<'_, '_>, args: &Args<'_, '_>) -> PyResult<()> {
    let read = |index| args.get(index).map_or(Ok(-1), |value| number(&value));
    let asked = Identity { family: read(0)?, kind: read(1)?, protocol: read(2)? };
    args.finish()?;
    open_or_adopt(this, asked, args.get(3).as_deref())
}

/// A family, type or protocol.
pub(crate) fn number(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    // 3.11 changed the words for a number that does not fit.
    if crate::version::since(11) { convert::as_int(value) } else { convert::int(value) }
}

/// Opens a socket, or takes over the descriptor `fileno`; -1 stands for what is not given.
pub(crate) fn open_or_adopt(
    this: &SocketObject<'_, '_>,
    asked: Identity,
    fileno: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let py = this.py();
    audit(py, c"socket.__new__", (this.object(), asked.family, asked.kind, asked.protocol))?;
    match fileno.filter(|fileno| !fileno.is_none()) {
        Some(fileno) => {
            let fd = adopted(fileno)?;
            let known = |value: i32| (value != -1).then_some(value);
            let identity =
                Socket::identify(fd, known(asked.family), known(asked.kind), known(asked.protocol))
                    .map_err(|error| raise(py, error))?;
            // SAFETY: a program that passes `fileno` hands the descriptor over to the socket, by Python's documentation;
            // it has just been seen to be an open socket.
            install(py, this, unsafe { OwnedFd::from_raw_fd(fd) }, identity)
        }
        None => {
            let or = |value: i32, default| if value == -1 { default } else { value };
            let identity = Identity {
                family: or(asked.family, libc::AF_INET),
                kind: or(asked.kind, libc::SOCK_STREAM),
                protocol: or(asked.protocol, 0),
            };
            let descriptor = py
                .detach(|| Socket::open_descriptor(identity.family, identity.kind, identity.protocol))
                .map_err(|error| raise(py, error))?;
            install(py, this, descriptor, identity)
        }
    }
}

/// The descriptor that `fileno=` names.
fn adopted(fileno: &Bound<'_, PyAny>) -> PyResult<i32> {
    let fd = convert::descriptor_number(fileno)?;
    if fd < 0 { Err(PyValueError::new_err("negative file descriptor")) } else { Ok(fd) }
}

/// `tp_repr`.
unsafe extern "C" fn repr(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    let (py, this) = unsafe {
        let py = Python::assume_attached();
        (py, SocketObject::receive(py, object))
    };
    enter(py, &CALLS, || {
        let Identity { family, kind, protocol } = this.identity();
        let fd = this.as_raw_fd();
        let text = format!("<socket object, fd={fd}, family={family}, type={kind}, proto={protocol}>");
        Ok(PyString::new(py, &text).into_any())
    })
}

/// `tp_finalize`: warns of a socket that nobody closed, and closes it.
unsafe extern "C" fn finalize(object: *mut ffi::PyObject) {
    // SAFETY: the interpreter calls this attached, with an instance that it is about to free. An exception that is being
    // handled is put aside. The warning comes before the close, since it shows the descriptor.
    unsafe {
        let py = Python::assume_attached();
        let this = SocketObject::receive(py, object);
        if this.fileno() == -1 {
            return;
        }
        let pending = PyErr::take(py);
        if ffi::PyErr_ResourceWarning(object, 1, c"unclosed %R".as_ptr(), object) != 0 {
            // Raised if warnings are errors, or if the interpreter is shutting down.
            if ffi::PyErr_ExceptionMatches(ffi::PyExc_Warning) != 0 {
                ffi::PyErr_WriteUnraisable(object);
            } else {
                ffi::PyErr_Clear();
            }
        }
        this.close_at_once(&Interpreter(py));
        if let Some(error) = pending {
            error.restore(py);
        }
    }
}
