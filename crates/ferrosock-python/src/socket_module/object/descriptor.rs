//! The descriptor: its number, and the ways to part with it.

use ferrosock_socket::Error;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::{CALLS, SocketObject};
use crate::call::{Plain, native_noargs};
use crate::error::raise;
use crate::host::Interpreter;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_noargs!(
            CALLS,
            c"close",
            close,
            c"close()

Close the socket: the peer receives what is queued, then the end. Every later operation fails. Closing again does nothing.

Raises OSError for an error that the system reports on closing."
        ),
        native_noargs!(
            CALLS,
            c"detach",
            detach,
            c"detach() -> int

Close the socket object without closing the descriptor, and return the descriptor, which is the caller's from now on."
        ),
        native_noargs!(
            CALLS,
            c"fileno",
            fileno,
            c"fileno() -> int

Return the descriptor's number, -1 after close() or detach()."
        ),
    ])
}

fn close<'py>(this: SocketObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    this.close(&Interpreter(py)).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

fn detach<'py>(this: SocketObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let descriptor = this.detach(&Interpreter(py)).map_err(|error| raise(py, error))?;
    Ok(PyInt::new(py, descriptor).into_any())
}

fn fileno(this: SocketObject<'_, '_>) -> Plain {
    // Whoever asks may write to the descriptor; an error will meet that, too, but for what a signal's handler has raised.
    match this.release(&Interpreter(this.py())) {
        Err(Error::Interrupted) => Plain::Raised,
        _ => Plain::Int(this.fileno()),
    }
}
