//! Which sockets' methods may be passed over.
//!
//! A short way that receives, sends or reads a descriptor without a call of the method is right only where nobody has put
//! another in its place: a class of the program's, a patch, an attribute of the instance.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi, intern};

use super::{SocketObject, class, receive};

/// A method that short ways pass over.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Method {
    Fileno,
    RecvInto,
    Send,
    SendAll,
    GetTimeout,
}

const METHODS: [Method; 5] =
    [Method::Fileno, Method::RecvInto, Method::Send, Method::SendAll, Method::GetTimeout];

/// The methods that the class came with, in the order of [`METHODS`].
static NATIVE: PyOnceLock<[Py<PyAny>; 5]> = PyOnceLock::new();

/// The class that was last seen to have all its native methods, and the number that the interpreter gave to that state of
/// it: a number that no other class, and no other state, ever has.
static SEEN: (AtomicPtr<ffi::PyTypeObject>, AtomicU32) =
    (AtomicPtr::new(std::ptr::null_mut()), AtomicU32::new(0));

/// The socket that an object is, if it is one of ours, and its `method` is the one that the class came with.
#[inline]
pub(crate) fn plain<'a, 'py>(
    object: Borrowed<'a, 'py, PyAny>,
    method: Method,
) -> Option<SocketObject<'a, 'py>> {
    let py = object.py();
    let this = receive(py, object)?;
    // SAFETY: a live object's class is alive.
    let (class, tag) = unsafe {
        let class = ffi::Py_TYPE(object.as_ptr());
        (class, (*class).tp_version_tag)
    };
    let seen = tag != 0 && tag == SEEN.1.load(Ordering::Relaxed) && class == SEEN.0.load(Ordering::Relaxed);
    (seen || has_native(&object.get_type(), method)).then_some(this)
}

/// The descriptor of a socket of ours that is open and whose `fileno` is the class's own.
#[inline]
pub(crate) fn plain_descriptor(object: Borrowed<'_, '_, PyAny>) -> Option<RawFd> {
    plain(object, Method::Fileno).map(|this| this.as_raw_fd()).filter(|descriptor| *descriptor >= 0)
}

/// [`plain`], by looking the methods up.
#[cold]
fn has_native(found: &Bound<'_, PyType>, method: Method) -> bool {
    let py = found.py();
    // SAFETY: a live type. An instance without a dict has no attribute in front of its class's.
    if unsafe { (*found.as_type_ptr()).tp_dictoffset } != 0 {
        return false;
    }
    let names = |method| match method {
        Method::Fileno => intern!(py, "fileno"),
        Method::RecvInto => intern!(py, "recv_into"),
        Method::Send => intern!(py, "send"),
        Method::SendAll => intern!(py, "sendall"),
        Method::GetTimeout => intern!(py, "gettimeout"),
    };
    let Ok(native) = NATIVE.get_or_try_init(py, || {
        let class = class(py)?;
        let [fileno, recv_into, send, sendall, gettimeout] =
            METHODS.map(|method| class.getattr(names(method)).map(Bound::unbind));
        PyResult::Ok([fileno?, recv_into?, send?, sendall?, gettimeout?])
    }) else {
        return false;
    };
    let is_native =
        METHODS.map(|method| found.getattr(names(method)).is_ok_and(|has| has.is(&native[method as usize])));
    if is_native == [true; 5] {
        // SAFETY: as above; the look-ups have numbered the class.
        SEEN.1.store(unsafe { (*found.as_type_ptr()).tp_version_tag }, Ordering::Relaxed);
        SEEN.0.store(found.as_type_ptr(), Ordering::Relaxed);
    }
    is_native[method as usize]
}
