//! The texts of the second that it is: a server writes the same for thousands of requests.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use ferrosock_proto::http::format_date;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};

use crate::memory;

/// Now, in seconds since the epoch.
pub(crate) fn seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// Appends the date as HTTP has it.
pub(crate) fn append_date(bytes: &mut Vec<u8>) -> PyResult<()> {
    static KEPT: Mutex<(i64, String)> = Mutex::new((i64::MIN, String::new()));
    let now = seconds();
    let fresh = || format_date(now).unwrap_or_default();
    match KEPT.try_lock() {
        Ok(mut kept) => {
            if kept.0 != now {
                *kept = (now, fresh());
            }
            memory::append(bytes, kept.1.as_bytes())
        }
        Err(_) => memory::append(bytes, fresh().as_bytes()),
    }
}

/// The line of the header Date.
pub(crate) fn date_line(py: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
    static KEPT: Mutex<(i64, Option<Py<PyBytes>>)> = Mutex::new((i64::MIN, None));
    let now = seconds();
    if let Ok(kept) = KEPT.try_lock() {
        if let (second, Some(line)) = &*kept {
            if *second == now {
                return Ok(line.bind(py).clone());
            }
        }
    }
    let mut text = Vec::from(*b"Date: ");
    append_date(&mut text)?;
    memory::append(&mut text, b"\r\n")?;
    let line = memory::bytes_object(py, &text)?;
    if let Ok(mut kept) = KEPT.try_lock() {
        *kept = (now, Some(line.clone().unbind()));
    }
    Ok(line)
}

/// A text of the local time, and what it was made of: the second, and the names of the time zone, which `time.tzset` replaces.
struct Local {
    second: i64,
    zone: Option<Py<PyAny>>,
    text: String,
}

/// Appends the local time as the log of a server has it.
pub(crate) fn append_local_time(py: Python<'_>, bytes: &mut Vec<u8>) -> PyResult<()> {
    static KEPT: Mutex<Local> = Mutex::new(Local { second: i64::MIN, zone: None, text: String::new() });
    let now = seconds();
    let zone = zone(py)?;
    let Ok(mut kept) = KEPT.try_lock() else { return memory::append(bytes, local_time(now).as_bytes()) };
    let same_zone = kept.zone.as_ref().map(Py::as_ptr) == zone.as_ref().map(Bound::as_ptr);
    let old = if kept.second != now || !same_zone {
        (kept.second, kept.text) = (now, local_time(now));
        std::mem::replace(&mut kept.zone, zone.map(Bound::unbind))
    } else {
        None
    };
    let result = memory::append(bytes, kept.text.as_bytes());
    // Only with the lock given back: whatever goes with it runs code.
    drop(kept);
    drop(old);
    result
}

/// `time.tzname`.
fn zone(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static TIME: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let names = TIME.get_or_try_init(py, || {
        let module = py.import("time")?;
        PyResult::Ok(module.dict().unbind())
    })?;
    names.bind(py).get_item(intern!(py, "tzname"))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

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
