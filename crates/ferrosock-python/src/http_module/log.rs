//! The line that a request leaves in the log: what `log_request` and `log_message` write, if nobody has overridden them.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::{ffi, intern};

use super::message::latin;
use crate::{clock, memory};

/// Writes the line of a request that was answered: the client's address, the local time, the request line, status and size.
///
/// The request line has nothing but printable characters of ASCII.
pub(crate) fn write(py: Python<'_>, client: &[u8], request: &[u8], code: &[u8], size: &[u8]) -> PyResult<()> {
    let mut line = memory::room_for(client.len() + request.len() + code.len() + size.len() + 48)?;
    memory::append(&mut line, client)?;
    memory::append(&mut line, b" - - [")?;
    clock::append_local_time(py, &mut line)?;
    memory::append(&mut line, b"] \"")?;
    for (index, part) in request.split(|&byte| byte == b'\\').enumerate() {
        // What could be taken for an escape is escaped.
        if index > 0 {
            memory::append(&mut line, b"\\\\")?;
        }
        memory::append(&mut line, part)?;
    }
    for part in [b"\" ", code, b" ", size, b"\n"] {
        memory::append(&mut line, part)?;
    }
    // SAFETY: attached; gives a borrowed reference or null.
    let stderr = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PySys_GetObject(c"stderr".as_ptr())) };
    let stderr = stderr.ok_or_else(|| PyRuntimeError::new_err("lost sys.stderr"))?;
    stderr.call_method1(intern!(py, "write"), (latin(py, &line)?,)).map(drop)
}
