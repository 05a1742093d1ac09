//! `ferrosock.serve`'s Options as the engine's.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ferrosock::proto::http1;
use ferrosock::server::{Files, Limits, LogFormat, Timeouts, TrustedProxies};
use ferrosock_codec::url::{Encoding, encode};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::os_error;

pub(crate) fn flag(options: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    options.getattr(name)?.extract()
}

pub(super) fn text(options: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    options.getattr(name)?.extract()
}

/// A number; None is no limit.
pub(super) fn most(options: &Bound<'_, PyAny>, name: &str) -> PyResult<u64> {
    Ok(options.getattr(name)?.extract::<Option<u64>>()?.unwrap_or(u64::MAX / 2))
}

fn size(options: &Bound<'_, PyAny>, name: &str) -> PyResult<usize> {
    options.getattr(name)?.extract()
}

fn seconds(options: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    Ok(optional_seconds(options, name)?.unwrap_or(Duration::MAX))
}

fn optional_seconds(options: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<Duration>> {
    let seconds: Option<f64> = options.getattr(name)?.extract()?;
    Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
}

/// How WebSockets are served.
#[derive(Clone, Copy)]
pub(super) struct WebSocketOptions {
    /// The most bytes of a message.
    pub(super) longest: u64,
    /// How long nothing may come until a ping; `None`: none is sent.
    pub(super) ping_interval: Option<Duration>,
    /// How long its answer may take; `None`: for ever.
    pub(super) pong_timeout: Option<Duration>,
}

pub(super) fn websocket(options: &Bound<'_, PyAny>) -> PyResult<WebSocketOptions> {
    Ok(WebSocketOptions {
        longest: most(options, "limit_message")?,
        ping_interval: optional_seconds(options, "ping_interval")?,
        pong_timeout: optional_seconds(options, "timeout_pong")?,
    })
}

pub(crate) fn limits(options: &Bound<'_, PyAny>) -> PyResult<Limits> {
    let head = http1::Limits {
        line: size(options, "limit_line")?,
        lines: size(options, "limit_headers")?.saturating_add(1), // with the empty one
        section: size(options, "limit_head")?,
        ..http1::Limits::default()
    };
    Ok(Limits {
        head,
        body: most(options, "limit_body")?,
        connections: size(options, "limit_connections")?,
        requests: most(options, "limit_requests")?,
        pending: most(options, "limit_pending")?,
    })
}

pub(crate) fn timeouts(options: &Bound<'_, PyAny>) -> PyResult<Timeouts> {
    Ok(Timeouts {
        head: seconds(options, "timeout_head")?,
        body: seconds(options, "timeout_body")?,
        write: seconds(options, "timeout_write")?,
        keep_alive: seconds(options, "timeout_keep_alive")?,
        linger: seconds(options, "timeout_linger")?,
        rate: options.getattr("limit_rate")?.extract()?,
    })
}

/// The access log's format, and where it goes.
pub(crate) fn access_log(options: &Bound<'_, PyAny>) -> PyResult<Option<(LogFormat, Box<dyn Write + Send>)>> {
    let Some(place) = options.getattr("access_log")?.extract::<Option<String>>()? else { return Ok(None) };
    let format = match text(options, "access_log_format")?.as_str() {
        "common" => LogFormat::Common,
        "timed" => LogFormat::Timed,
        "json" => LogFormat::Json,
        _ => LogFormat::Combined,
    };
    let sink: Box<dyn Write + Send> = if place == "-" {
        Box::new(io::stdout())
    } else {
        let file = OpenOptions::new().append(true).create(true).open(&place);
        Box::new(file.map_err(|error| os_error_of(options.py(), error, &place))?)
    };
    Ok(Some((format, sink)))
}

/// What the system said of a file, as the `OSError` that names it.
fn os_error_of(py: Python<'_>, error: io::Error, place: &str) -> PyErr {
    let Some(code) = error.raw_os_error() else { return error.into() };
    let error = os_error(py, code);
    match error.value(py).setattr("filename", place) {
        Ok(()) => error,
        Err(other) => other,
    }
}

/// A descriptor of our own for a socket of the caller's.
pub(crate) fn duplicated(descriptor: i32) -> PyResult<OwnedFd> {
    if descriptor < 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF).into());
    }
    // SAFETY: the caller says that it is open; if it is not, the system refuses to duplicate it.
    Ok(unsafe { BorrowedFd::borrow_raw(descriptor) }.try_clone_to_owned()?)
}

/// Folders that are served at a path.
pub(super) fn mounts(options: &Bound<'_, PyAny>) -> PyResult<Vec<(Vec<u8>, Files)>> {
    let pairs: Vec<(String, PathBuf)> = options.getattr("static")?.extract()?;
    let mut mounts = Vec::new();
    for (prefix, folder) in pairs {
        let prefix = encode(prefix.trim_end_matches('/').as_bytes(), &AS_REQUESTED);
        mounts.push((prefix.into_owned().into_bytes(), Files::new(folder)?));
    }
    mounts.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len())); // the innermost first
    Ok(mounts)
}

/// How a path is written in requests, if whoever wrote it has not escaped what must be: all that shows stays.
const AS_REQUESTED: Encoding = Encoding::UNRESERVED.leaving(b"!\"#$%&'()*+,/:;<=>?@[\\]^`{|}");

/// The proxies that are believed.
pub(super) fn proxies(options: &Bound<'_, PyAny>) -> PyResult<TrustedProxies> {
    let mut networks = Vec::new();
    for network in options.getattr("proxy_headers")?.cast::<PyTuple>()?.iter() {
        let address: String = network.getattr("network_address")?.str()?.extract()?;
        let address: IpAddr = address.parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        networks.push((address, network.getattr("prefixlen")?.extract()?));
    }
    Ok(TrustedProxies::new(networks, flag(options, "proxy_headers_unix")?))
}

/// The folder for bodies that are too large for memory.
pub(super) fn temporary(py: Python<'_>) -> PyResult<Arc<Path>> {
    let folder: PathBuf = py.import("ferrosock.serve._temporary")?.call_method0("folder")?.extract()?;
    Ok(folder.into())
}
