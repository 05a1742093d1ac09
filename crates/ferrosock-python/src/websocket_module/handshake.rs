//! The handshakes of both sides.

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::{Limits, RequestHead, Temper, Version, encode_request, read_response};
use ferrosock_proto::websocket::{self, Agreement, Deflate, DeflateOptions, HandshakeError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::CALLS;

/// `server_bits, client_bits, server_resets, client_resets, level, threshold`.
pub(super) type Terms = (u8, u8, bool, bool, u8, usize);

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fn wanted(terms: Terms) -> DeflateOptions {
    let (server_bits, client_bits, server_resets, client_resets, level, threshold) = terms;
    DeflateOptions { server_bits, client_bits, server_resets, client_resets, level, threshold }
}

pub(super) fn agreed(terms: Terms) -> Deflate {
    let (server_bits, client_bits, server_resets, client_resets, level, threshold) = terms;
    Deflate { server_bits, client_bits, server_resets, client_resets, level, threshold }
}

fn terms(agreement: &Agreement) -> Option<Terms> {
    let deflate = agreement.deflate.as_ref()?;
    Some((
        deflate.server_bits,
        deflate.client_bits,
        deflate.server_resets,
        deflate.client_resets,
        deflate.level,
        deflate.threshold,
    ))
}

fn fields(pairs: &Pairs, into: &mut Fields) -> PyResult<()> {
    for (name, value) in pairs {
        into.append(name, value).map_err(|error| PyValueError::new_err(error.to_string()))?;
    }
    Ok(())
}

fn pairs<'py>(py: Python<'py>, fields: &Fields) -> Vec<(Bound<'py, PyString>, Bound<'py, PyString>)> {
    let text = |bytes: &[u8]| PyString::new(py, &bytes.iter().copied().map(char::from).collect::<String>());
    fields.iter().map(|(name, value)| (text(name), text(value))).collect()
}

/// A client's handshake, with a nonce of 16 random bytes.
#[pyclass(module = "ferrosock._native.websocket", frozen)]
pub(super) struct ClientHandshake(websocket::ClientHandshake);

/// How long the head was, its status, reason and fields; why it is none; the subprotocol and the terms of compression.
type Judged<'py> = (
    usize,
    u16,
    Bound<'py, PyBytes>,
    Vec<(Bound<'py, PyString>, Bound<'py, PyString>)>,
    Option<String>,
    Option<String>,
    Option<Terms>,
);

#[pymethods]
impl ClientHandshake {
    #[new]
    #[pyo3(signature = (nonce, subprotocols, deflate, /))]
    fn new(nonce: [u8; 16], subprotocols: Vec<String>, deflate: Option<Terms>) -> Self {
        CALLS.note();
        let names: Vec<&str> = subprotocols.iter().map(String::as_str).collect();
        Self(websocket::ClientHandshake::new(nonce, &names, deflate.map(wanted)))
    }

    /// Return the bytes of the request, with these fields behind its own. Raises ValueError for what may not be sent.
    #[pyo3(signature = (target, host, headers, /))]
    fn request<'py>(
        &self,
        py: Python<'py>,
        target: &str,
        host: &[u8],
        headers: Pairs,
    ) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let invalid = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
        let mut head = RequestHead::new("GET", target);
        head.fields.append(b"Host", host).map_err(|error| invalid(&error))?;
        for (name, value) in self.0.fields().map_err(|error| invalid(&error))?.iter() {
            head.fields.append(name, value).map_err(|error| invalid(&error))?;
        }
        fields(&headers, &mut head.fields)?;
        let mut out = Vec::new();
        encode_request(&head, &mut out).map_err(|error| invalid(&error))?;
        Ok(PyBytes::new(py, &out))
    }

    /// Judge the response that `data` begins with. None if it is not there whole. Raises ValueError if it is none, or too long.
    #[pyo3(signature = (data, /))]
    fn response<'py>(&self, py: Python<'py>, data: &[u8]) -> PyResult<Option<Judged<'py>>> {
        CALLS.note();
        let read = read_response(data, Temper::Strict, &Limits::default());
        let Some((head, length)) = read.map_err(|error| PyValueError::new_err(error.to_string()))? else {
            return Ok(None);
        };
        let (problem, agreement) = match self.0.judge(&head) {
            Ok(agreement) => (None, agreement),
            Err(HandshakeError::Denied(_)) => (None, Agreement::default()),
            Err(error) => (Some(error.to_string()), Agreement::default()),
        };
        let terms = terms(&agreement);
        let reason = PyBytes::new(py, &head.reason);
        let fields = pairs(py, &head.fields);
        Ok(Some((length, head.status, reason, fields, problem, agreement.subprotocol, terms)))
    }
}

/// A server's handshake: a request that may become a WebSocket. It is made of any request; `problem` says what is wrong with it.
#[pyclass(module = "ferrosock._native.websocket", frozen)]
pub(super) struct ServerHandshake(Result<websocket::ServerHandshake, HandshakeError>);

#[pymethods]
impl ServerHandshake {
    #[new]
    #[pyo3(signature = (method, version, headers, /))]
    fn new(method: &str, version: &str, headers: Pairs) -> PyResult<Self> {
        CALLS.note();
        let mut head = RequestHead::new(method, "/");
        head.version = if version == "1.0" { Version::Http10 } else { Version::Http11 };
        fields(&headers, &mut head.fields)?;
        Ok(Self(websocket::ServerHandshake::read(&head)))
    }

    /// None, or the status to answer with, the fields for it, and why.
    #[getter]
    #[allow(clippy::type_complexity, reason = "a tuple for Python")]
    fn problem<'py>(
        &self,
        py: Python<'py>,
    ) -> Option<(u16, Vec<(Bound<'py, PyString>, Bound<'py, PyString>)>, String)> {
        let error = self.0.as_ref().err()?;
        let fields = websocket::ServerHandshake::denial_fields(error);
        Some((error.status(), pairs(py, &fields), error.to_string()))
    }

    /// The subprotocols that the client offers, the preferred ones first.
    #[getter]
    fn subprotocols(&self) -> Vec<String> {
        self.0.as_ref().map_or_else(|_| Vec::new(), |handshake| handshake.subprotocols().to_vec())
    }

    /// Accept: return the fields of the response of status 101, and the terms of compression or None. Raises ValueError for a
    /// subprotocol that was not offered, or a request that is none.
    #[pyo3(signature = (subprotocol, deflate, /))]
    #[allow(clippy::type_complexity, reason = "a tuple for Python")]
    fn accept<'py>(
        &self,
        py: Python<'py>,
        subprotocol: Option<&str>,
        deflate: Option<Terms>,
    ) -> PyResult<(Vec<(Bound<'py, PyString>, Bound<'py, PyString>)>, Option<Terms>)> {
        CALLS.note();
        let refuse = |error: &HandshakeError| PyValueError::new_err(error.to_string());
        let handshake = self.0.as_ref().map_err(refuse)?;
        let (fields, agreement) =
            handshake.accept(subprotocol, deflate.map(wanted).as_ref()).map_err(|error| refuse(&error))?;
        Ok((pairs(py, &fields), terms(&agreement)))
    }
}
