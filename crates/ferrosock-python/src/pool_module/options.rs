//! The options of clients and requests, as `ferrosock.http.pool` gives them.

use std::sync::Arc;
use std::time::Duration;

use ferrosock::http::{Bypass, DecodeLimits, Error, Proxies, Redirects, Retries, Timeouts};
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyString};

use crate::convert::entries;

/// Seconds, or None for no limit.
pub(super) fn seconds(value: Option<f64>) -> PyResult<Option<Duration>> {
    match value {
        None => Ok(None),
        Some(value) if value.is_infinite() && value > 0.0 => Ok(None),
        Some(value) => match Duration::try_from_secs_f64(value) {
            Ok(duration) => Ok(Some(duration)),
            Err(_) if value > 0.0 => Ok(None), // longer than anybody waits
            Err(_) => Err(PyValueError::new_err("a time limit is negative or not a number")),
        },
    }
}

/// The seconds of a request as a whole, of a connection, of a receive, and of a place in the pool.
pub(super) type Times = (Option<f64>, Option<f64>, Option<f64>, Option<f64>);

pub(super) fn timeouts((total, connect, read, pool): Times) -> PyResult<Timeouts> {
    Ok(Timeouts {
        total: seconds(total)?,
        connect: seconds(connect)?,
        read: seconds(read)?,
        pool: seconds(pool)?,
    })
}

/// A count, the first and the longest pause, the statuses, whether for any method, and the longest `Retry-After`.
pub(super) type Tries = (u32, f64, f64, Vec<u16>, bool, f64);

pub(super) fn retries(
    (count, backoff, longest, statuses, any_method, retry_after): Tries,
) -> PyResult<Retries> {
    let time = |value| Ok::<_, PyErr>(seconds(Some(value))?.unwrap_or(Duration::MAX));
    Ok(Retries {
        count,
        backoff: time(backoff)?,
        longest: time(longest)?,
        statuses,
        any_method,
        retry_after: time(retry_after)?,
    })
}

/// Whether redirects are followed, how many, and whether from https to http.
pub(super) fn redirects((follow, limit, downgrade): (bool, usize, bool)) -> Redirects {
    Redirects { follow, limit, downgrade }
}

/// How many bytes content may decode to, how many for each byte, how many whatever came, and how large a window.
pub(super) fn decoding((output, ratio, free, window): (u64, u32, u64, u64)) -> DecodeLimits {
    DecodeLimits { output, ratio, free, window }
}

/// The proxies for http and for https, and the hosts without.
pub(super) fn proxies(
    (http, https, no_proxy): (Option<String>, Option<String>, String),
) -> Result<Proxies, Error> {
    let proxy = |url: Option<String>| url.map(|url| url.parse().map(Arc::new)).transpose();
    Ok(Proxies { http: proxy(http)?, https: proxy(https)?, bypass: Bypass::parse(&no_proxy) })
}

/// The fields of a mapping or of pairs; each name and value str (ISO 8859-1), bytes or, as a value, int.
pub(super) fn fields(object: &Bound<'_, PyAny>) -> PyResult<Vec<(Vec<u8>, Vec<u8>)>> {
    if let Ok(dict) = object.cast_exact::<PyDict>() {
        return entries(dict)
            .map(|entry| {
                let (name, value) = entry?;
                Ok((text(&name)?, text(&value)?))
            })
            .collect();
    }
    let pairs = match object.getattr_opt(intern!(object.py(), "items"))? {
        Some(items) => items.call0()?,
        None => object.clone(),
    };
    let pair = |pair: Bound<'_, PyAny>| {
        let (name, value) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        Ok((text(&name)?, text(&value)?))
    };
    pairs.try_iter()?.map(|given| pair(given?)).collect()
}

fn text(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = object.cast::<PyString>() {
        if let Ok(utf8) = text.to_str() {
            if utf8.is_ascii() {
                return Ok(utf8.as_bytes().to_vec());
            }
        }
        let encoded =
            object.call_method1(intern!(object.py(), "encode"), (intern!(object.py(), "latin-1"),))?;
        return match encoded.cast::<PyBytes>() {
            Ok(bytes) => Ok(bytes.as_bytes().to_vec()),
            Err(_) => Err(PyUnicodeEncodeError::new_err("a field is not of ISO 8859-1")),
        };
    }
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    if object.is_instance_of::<PyInt>() {
        return Ok(object.str()?.to_str()?.as_bytes().to_vec());
    }
    let kind = object.get_type();
    Err(PyTypeError::new_err(format!("a header field is str, bytes or int, not {}", kind.name()?)))
}
