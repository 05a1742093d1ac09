//! Sockets by their descriptors, and pairs of sockets.

use std::os::fd::{AsRawFd, IntoRawFd};

use ferrosock_socket::{Socket, close_descriptor, duplicate_descriptor};
use pyo3::prelude::*;
use pyo3::{Borrowed, IntoPyObjectExt, ffi};

use super::CALLS;
use crate::call::{Args, native_one, native_tuple};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;
use crate::socket_module::object::wrap;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(
            CALLS,
            c"close",
            close,
            c"close(fd)

Close the descriptor of a socket, as os.close() does for files.

Raises OSError if nothing is open under that number."
        ),
        native_one!(
            CALLS,
            c"dup",
            dup,
            c"dup(fd) -> int

Open another descriptor for the same socket, which child processes don't inherit.

Raises OSError if nothing is open under that number, or if no descriptors are left."
        ),
        native_tuple!(
            CALLS,
            c"socketpair",
            socketpair,
            c"socketpair([family[, type[, proto]]]) -> (socket, socket)

Open two sockets that are connected to each other, of AF_UNIX and SOCK_STREAM unless said otherwise. Child processes
don't inherit them.

Raises OSError if the system refuses; most other families have no pairs."
        ),
    ])
}

fn close<'py>(py: Python<'py>, fd: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let fd = convert::descriptor_number(&fd)?;
    close_descriptor(&Interpreter(py), fd).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

fn dup<'py>(py: Python<'py>, fd: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let fd = convert::descriptor_number(&fd)?;
    let copy = duplicate_descriptor(fd).map_err(|error| raise(py, error))?;
    let number = copy.as_raw_fd().into_bound_py_any(py)?;
    // From here on the number is the caller's, as that of os.dup() is.
    let _ = copy.into_raw_fd();
    Ok(number)
}

fn socketpair<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(0, 3)?;
    let family = args.int_or(0, libc::AF_UNIX)?;
    let kind = args.int_or(1, libc::SOCK_STREAM)?;
    let protocol = args.int_or(2, 0)?;
    let (first, second) =
        Socket::pair_descriptors(family, kind, protocol).map_err(|error| raise(py, error))?;
    let pair = (wrap(py, first, family, kind, protocol)?, wrap(py, second, family, kind, protocol)?);
    pair.into_bound_py_any(py)
}
