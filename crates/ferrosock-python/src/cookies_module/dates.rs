//! Dates of cookies.

use std::ffi::CStr;

use ferrosock_proto::cookies::{
    DateError, DateParts, iso_z_date, netscape_date, strict_http_date, zone_offset,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::{CALLS, text_of};
use crate::call::{Args, native_named};
use crate::convert::exact_int;
use crate::signature::{Signature, required};
use crate::text::{self, Text};
use crate::version::since;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"http2time", http2time, HTTP_DOC),
        native_named!(CALLS, c"iso2time", iso2time, ISO_DOC),
        native_named!(CALLS, c"time2isoz", time2isoz, ISOZ_DOC),
        native_named!(CALLS, c"time2netscape", time2netscape, NETSCAPE_DOC),
        native_named!(CALLS, c"offset_from_tz_string", offset_from_tz_string, OFFSET_DOC),
    ])
}

/// A number of more digits than this may be too long for Python to read.
const LONG: usize = 640;

const HTTP: Signature<1> = Signature { text: "http2time(text)", names: ["text"], required: 1 };
const HTTP_DOC: &CStr = c"http2time($module, text)
--

Read a date as servers write it.

Args:
    text: such as 'Wed, 09 Feb 1994 22:23:32 GMT' or '08-Feb-94 14:15 -0800': the weekday, the time, its seconds and the
        zone may be missing, and a year of two digits is the nearest such one.

Returns:
    Seconds since 1970, or None if it is no date.

Source: RFC 6265, section 5.1.1, and RFC 9110, section 5.6.7";

fn http2time<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [given] = HTTP.read(&args)?;
    let text = Text::of(text_of(required(given)?)?)?;
    http_time(module, text.bytes())
}

/// The time of a date, as Python has it: a float for a date in the preferred form, an int for others, None for no date.
pub(super) fn http_time<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    text: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    if let Some(parts) = strict_http_date(text) {
        return match parts.timestamp(|| 0) {
            Ok(time) => Ok(PyFloat::new(py, time as f64).into_any()),
            Err(DateError::Month) => {
                // What the list of the months says.
                Err(PyValueError::new_err(if since(14) {
                    "list.index(x): x not in list".to_owned()
                } else {
                    let name = parts.month.to_ascii_lowercase();
                    format!("'{}' is not in list", String::from_utf8_lossy(&name))
                }))
            }
            Err(_) => Ok(py.None().into_bound(py)),
        };
    }
    match DateParts::http(text) {
        Some(parts) => settled(module, &parts),
        None => Ok(py.None().into_bound(py)),
    }
}

fn settled<'py>(module: Borrowed<'_, 'py, PyModule>, parts: &DateParts<'_>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let mut failure = None;
    let this_year = || {
        this_year(module).unwrap_or_else(|error| {
            failure = Some(error);
            0
        })
    };
    let time = parts.timestamp(this_year);
    if let Some(error) = failure {
        return Err(error);
    }
    // Python's own words for what it can't read.
    let read = |digits: &[u8]| py.get_type::<PyInt>().call1((text::string(py, digits)?,)).map(drop);
    match time {
        Ok(time) => Ok(PyInt::new(py, time).into_any()),
        Err(error) => {
            match (error, parts.second) {
                (DateError::Year, _) if parts.year.len() > LONG => read(parts.year)?,
                (DateError::Fraction, Some(second)) => read(second)?,
                _ => {}
            }
            Ok(py.None().into_bound(py))
        }
    }
}

/// The year on the clock that the module has.
pub(super) fn this_year(module: Borrowed<'_, '_, PyModule>) -> PyResult<i64> {
    let py = module.py();
    let time = module.getattr(intern!(py, "time"))?;
    let now = time.call_method0(intern!(py, "time"))?;
    time.call_method1(intern!(py, "localtime"), (now,))?.get_item(0)?.extract()
}

const ISO: Signature<1> = Signature { text: "iso2time(text)", names: ["text"], required: 1 };
const ISO_DOC: &CStr = c"iso2time($module, text)
--

Read a date of ISO 8601.

Args:
    text: such as '1994-02-03 14:15:29 -0100' or '19940203T141529Z': the time and the zone may be missing.

Returns:
    Seconds since 1970, or None if it is no date.

Source: ISO 8601";

fn iso2time<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = ISO.read(&args)?;
    let given = required(given)?;
    let given = given.cast::<PyString>().or_else(|_| {
        given.call_method0(intern!(py, "lstrip")).map(drop)?;
        Err::<_, PyErr>(super::no_text(given))
    })?;
    let text = Text::of(given)?;
    match DateParts::iso(text.bytes()) {
        Some(parts) => settled(module, &parts),
        None => Ok(py.None().into_bound(py)),
    }
}

const ISOZ: Signature<1> = Signature { text: "time2isoz(t=None)", names: ["t"], required: 0 };
const ISOZ_DOC: &CStr = c"time2isoz($module, t=None)
--

Write a time as files of cookies have it, such as '1994-11-24 08:49:37Z'.

Args:
    t: seconds since 1970; None for now.

Raises:
    ValueError, OverflowError: there is no such time.";

fn time2isoz<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [time] = ISOZ.read(&args)?;
    written(module, time, iso_z_date)
}

const NETSCAPE: Signature<1> = Signature { text: "time2netscape(t=None)", names: ["t"], required: 0 };
const NETSCAPE_DOC: &CStr = c"time2netscape($module, t=None)
--

Write a time as Netscape's cookies have it, such as 'Wed, 09-Feb-1994 22:23:32 GMT'.

Args:
    t: seconds since 1970; None for now.

Raises:
    ValueError, OverflowError: there is no such time.";

fn time2netscape<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [time] = NETSCAPE.read(&args)?;
    written(module, time, netscape_date)
}

fn written<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    time: Option<Borrowed<'_, 'py, PyAny>>,
    write: fn(i64) -> Option<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let whole = time.and_then(|time| {
        exact_int(&time).or_else(|| {
            let number = time.cast_exact::<PyFloat>().ok()?.value();
            (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
        })
    });
    if let Some(text) = whole.and_then(write) {
        return text::string(py, text.as_bytes());
    }
    // The datetime module knows the clock, rounds, and says what is no time.
    let seconds: i64 = module.call_method1(intern!(py, "_seconds"), (time,))?.extract()?;
    match write(seconds) {
        Some(text) => text::string(py, text.as_bytes()),
        None => Err(PyValueError::new_err("year is out of range")),
    }
}

const OFFSET: Signature<1> = Signature { text: "offset_from_tz_string(tz)", names: ["tz"], required: 1 };
const OFFSET_DOC: &CStr = c"offset_from_tz_string($module, tz)
--

Return the offset in seconds of a time zone such as 'GMT' or '-0800'; None for others.";

fn offset_from_tz_string<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = OFFSET.read(&args)?;
    let given = required(given)?;
    if !given.is_instance_of::<PyString>() {
        PyDict::new(py).contains(given)?; // names of zones are keys
    }
    let text = Text::of(text_of(given)?)?;
    Ok(match zone_offset(text.bytes()) {
        Some(offset) => PyInt::new(py, offset).into_any(),
        None => py.None().into_bound(py),
    })
}
