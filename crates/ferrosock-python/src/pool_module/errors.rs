//! Errors of requests to exceptions: the system's as `OSError`, those of Python code as they were, the rest by a function of
//! `ferrosock.http.pool`, whose classes derive from those of `http.client`.

use std::io;

use ferrosock::http::{Error, ProxyError};
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::faults;
use crate::error;

/// `function(kind, message, details)`, which gives an exception.
pub(super) struct Translator(pub(super) Py<PyAny>);

impl Translator {
    pub(super) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self(self.0.clone_ref(py))
    }

    /// # Errors
    /// What is raised where the exception is made: by the handler of a signal, say.
    fn make<D>(&self, py: Python<'_>, kind: &str, message: &str, details: D) -> PyResult<PyErr>
    where
        D: for<'py> IntoPyObject<'py>,
    {
        self.0.bind(py).call1((kind, message, details)).map(PyErr::from_value)
    }

    /// The exception for an error; for content that ended early with `partial`, what had come of it.
    pub(super) fn raise(&self, py: Python<'_>, error: &Error, partial: &[u8]) -> PyErr {
        self.exception(py, error, partial).unwrap_or_else(|raised| raised)
    }

    /// # Errors
    /// What goes before the exception: it was raised by Python code on the way.
    fn exception(&self, py: Python<'_>, error: &Error, partial: &[u8]) -> PyResult<PyErr> {
        if let Some(pending) = faults::take() {
            return Err(pending);
        }
        let message = error.to_string();
        let plain = |kind| self.make(py, kind, &message, py.None());
        Ok(match error {
            Error::Interrupted => PyKeyboardInterrupt::new_err(()), // whose exception somebody took
            Error::InvalidUrl { .. } | Error::UnsupportedScheme(_) => plain("url")?,
            Error::InvalidRequest(_) | Error::InvalidOption(_) => plain("request")?,
            Error::Body(source) | Error::Connect { source, .. } | Error::Tls { source, .. } => {
                system(py, source, &message)
            }
            Error::Io { source, .. } => system(py, source, &message),
            Error::BodyNotRepeatable => plain("body")?,
            Error::Proxy { source, .. } => {
                let made = plain("proxy")?;
                if let ProxyError::Io(cause) = source {
                    made.set_cause(py, Some(system(py, cause, &cause.to_string())));
                }
                made
            }
            Error::TimedOut { phase, limit: (limit, _), .. } => {
                self.make(py, "timeout", &message, (limit.to_string(), phase.to_string()))?
            }
            Error::Disconnected { .. } => plain("disconnected")?,
            Error::Incomplete(incomplete) => {
                let cause = incomplete.source.as_ref().map(|source| self.exception(py, source, &[]));
                let cause = cause.transpose()?;
                // A limit of time is one wherever it runs out.
                if let (Some(Error::TimedOut { .. }), Some(cause)) = (&incomplete.source, cause.as_ref()) {
                    return Ok(cause.clone_ref(py));
                }
                let partial = match &incomplete.partial[..] {
                    [] => partial,
                    all => all,
                };
                let details = (PyBytes::new(py, partial).unbind(), incomplete.missing);
                let made = self.make(py, "incomplete", &message, details)?;
                if cause.is_some() {
                    made.set_cause(py, cause);
                }
                made
            }
            Error::TooLong { .. } => plain("too long")?,
            Error::Decoding(error) if error.is_limit() => plain("too long")?,
            Error::Decoding(_) => plain("decoding")?,
            Error::TooManyRedirects { .. } => plain("redirects")?,
            Error::RedirectRefused { .. } => plain("redirect")?,
            Error::Protocol { .. } | Error::TooManyInterim { .. } => plain("protocol")?,
            _ => plain("other")?,
        })
    }
}

/// An error of input or output.
fn system(py: Python<'_>, source: &io::Error, message: &str) -> PyErr {
    if let Some(raised) = faults::raised(py, source) {
        return raised;
    }
    if let Some(code) = source.raw_os_error() {
        // OSError chooses the class by the number. It shows the number itself.
        let text = message.replace(&format!(" (os error {code})"), "");
        return PyOSError::new_err((code, text));
    }
    match source.get_ref().and_then(|inner| inner.downcast_ref::<ferrosock_socket::Error>()) {
        Some(inner @ ferrosock_socket::Error::AddressInfo(code)) => {
            unknown_name(py, *code, inner).unwrap_or_else(|failure| failure)
        }
        Some(inner) => error::raise(py, inner.clone()),
        None => PyOSError::new_err(message.to_owned()),
    }
}

/// The `socket.gaierror` of the program, whose `socket` may be the standard library's.
fn unknown_name(py: Python<'_>, code: i32, error: &ferrosock_socket::Error) -> PyResult<PyErr> {
    let class = py.import("socket")?.getattr("gaierror")?;
    class.call1((code, error.to_string())).map(PyErr::from_value)
}
