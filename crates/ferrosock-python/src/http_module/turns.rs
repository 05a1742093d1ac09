//! What `http.server` asks of a connection's socket.

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use super::CALLS;
use crate::buffer::Buffer;
use crate::call::{Args, native_fast};
use crate::socket_module::object::{Method, plain};

/// The functions for `ferrosock._native.http`.
pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"hold", hold, HOLD_DOC)])
}

const HOLD_DOC: &CStr = c"hold($module, sock, data, /)
--

Send data, but not at once: with what is sent next, or in a few milliseconds. Returns whether that is so; it is not for a socket
whose methods are a program's own, that never waits, or that is no stream.";

fn hold<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let sock = args.object(0)?;
    let held = match plain(sock, Method::SendAll) {
        Some(socket) if socket.may_hold() => {
            socket.hold(Buffer::readable(&*args.object(1)?)?.bytes());
            true
        }
        _ => false,
    };
    Ok(PyBool::new(py, held).to_owned().into_any())
}
