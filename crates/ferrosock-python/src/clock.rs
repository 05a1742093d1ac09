//! The clock: whether it is the true one, and the texts of the second that it is, of which a server writes the same for thousands of
//! requests.

use std::ffi::CStr;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ferrosock_proto::http::format_date;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;
use pyo3::{ffi, intern};

use crate::memory;
use crate::version_tag::Known;

/// Now, since the epoch.
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn seconds() -> i64 {
    now().as_secs() as i64
}

/// The module `time`.
pub(crate) fn module(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static TIME: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    TIME.get_or_try_init(py, || py.import("time").map(Bound::unbind)).map(|module| module.bind(py))
}

/// Whether `time.time` and `time.localtime` are the interpreter's. Programs that stop the clock put others there.
pub(crate) fn is_true(py: Python<'_>) -> PyResult<bool> {
    static TRUE: Known = Known::new();
    let module = module(py)?;
    let names = module.dict();
    // SAFETY: attached; a live dict.
    if unsafe { TRUE.is(names.as_ptr()) } {
        return Ok(true);
    }
    for (name, known) in [(intern!(py, "time"), c"time"), (intern!(py, "localtime"), c"localtime")] {
        if !names.get_item(name)?.is_some_and(|function| is_of(module, &function, known)) {
            return Ok(false);
        }
    }
    // SAFETY: as above.
    unsafe { TRUE.note(names.as_ptr()) };
    Ok(true)
}

/// Whether an object is the builtin function of a module that has this name.
fn is_of(module: &Bound<'_, PyModule>, object: &Bound<'_, PyAny>, name: &CStr) -> bool {
    // SAFETY: attached; a live object, which has the memory of a builtin function only if it is one; its row lives as long, and its
    // name ends in a zero.
    unsafe {
        ffi::PyCFunction_CheckExact(object.as_ptr()) != 0 && {
            let function = object.as_ptr().cast::<ffi::PyCFunctionObject>();
            (*function).m_self == module.as_ptr() && CStr::from_ptr((*(*function).m_ml).ml_name) == name
        }
    }
}

/// The line of the header Date. It is made once a second.
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
    let text = format!("Date: {}\r\n", format_date(now).unwrap_or_default());
    let line = memory::bytes_object(py, text.as_bytes())?;
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
    let zone = module(py)?.dict().get_item(intern!(py, "tzname"))?;
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
