//! The line that a request leaves in the log: what `log_request` and `log_message` write, if nobody has overridden them.

use std::sync::Mutex;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{ffi, intern};

use super::head::seconds;
use crate::http_module::message::latin;
use crate::memory;
use crate::text;

/// Writes the line of a request that was answered: the client's address, the local time, the request line, status and size.
pub(super) fn write(
    address: &Bound<'_, PyAny>,
    request: &[u8],
    status: &Bound<'_, PyString>,
    size: usize,
) -> PyResult<()> {
    let py = address.py();
    let client = address.get_item(0)?;
    let mut line = Vec::new();
    memory::append(&mut line, client.cast::<PyString>()?.to_str()?.as_bytes())?;
    memory::append(&mut line, b" - - [")?;
    append_time(&mut line)?;
    memory::append(&mut line, b"] \"")?;
    for &byte in request.trim_ascii_end() {
        // What could be taken for an escape is escaped; there are no others in a clear line.
        memory::append(&mut line, if byte == b'\\' { b"\\\\" } else { std::slice::from_ref(&byte) })?;
    }
    memory::append(&mut line, b"\" ")?;
    let code = text::ascii(status.as_borrowed()).and_then(|status| status.get(..3)).unwrap_or_default();
    memory::append(&mut line, code)?;
    memory::append(&mut line, format!(" {size}\n").as_bytes())?;
    // SAFETY: attached; gives a borrowed reference or null.
    let stderr = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PySys_GetObject(c"stderr".as_ptr())) };
    let stderr = stderr.ok_or_else(|| PyRuntimeError::new_err("lost sys.stderr"))?;
    stderr.call_method1(intern!(py, "write"), (latin(py, &line)?,)).map(drop)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Appends the local time. The text is made once a second.
fn append_time(line: &mut Vec<u8>) -> PyResult<()> {
    static KEPT: Mutex<(i64, String)> = Mutex::new((i64::MIN, String::new()));
    let now = seconds();
    match KEPT.try_lock() {
        Ok(mut kept) => {
            if kept.0 != now {
                *kept = (now, local_time(now));
            }
            memory::append(line, kept.1.as_bytes())
        }
        Err(_) => memory::append(line, local_time(now).as_bytes()),
    }
}

fn local_time(seconds: i64) -> String {
    let time = seconds as libc::time_t;
    // SAFETY: plain numbers, for which zeros are good; the call fills them, and leaves them so if it fails.
    let parts = unsafe {
        let mut parts: libc::tm = std::mem::zeroed();
        libc::localtime_r(&raw const time, &raw mut parts);
        parts
    };
    let month = MONTHS.get(parts.tm_mon as usize).copied().unwrap_or_default();
    let (day, year) = (parts.tm_mday, parts.tm_year + 1900);
    let (hour, minute, second) = (parts.tm_hour, parts.tm_min, parts.tm_sec);
    format!("{day:02}/{month}/{year:04} {hour:02}:{minute:02}:{second:02}")
}
