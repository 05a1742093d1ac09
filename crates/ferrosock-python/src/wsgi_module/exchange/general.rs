//! The end of an exchange: in the short way, or by a `ServerHandler` that goes on in the general one.

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::{Here, Outcome, Source, Stage, State};
use crate::http_module::log;
use crate::{memory, text};

impl<'py> Here<'_, 'py> {
    /// Logs the request, closes what the application gave, and forgets the request.
    pub(super) fn close(&self, result: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = self.py();
        let logged = {
            let state = self.state();
            match state.as_ref() {
                Some(State { general: Some(handler), .. }) => Err(handler.clone_ref(py)),
                Some(state) => {
                    Ok((state.status.as_ref().map(|status| status.clone_ref(py)), state.bytes_sent))
                }
                None => Ok((None, 0)),
            }
        };
        let (status, bytes_sent) = match logged {
            Ok(found) => found,
            Err(handler) => return handler.bind(py).call_method0(intern!(py, "close")).map(drop),
        };
        let logged = match status {
            Some(status) => self.log(status.bind(py), bytes_sent),
            None => Ok(()),
        };
        // The usual bodies have none.
        let plain = result.is_exact_instance_of::<PyList>() || result.is_exact_instance_of::<PyTuple>();
        if !plain {
            if let Some(close) = result.getattr_opt(intern!(py, "close"))? {
                close.call0()?;
            }
        }
        logged
    }

    fn log(&self, status: &Bound<'py, PyString>, bytes_sent: usize) -> PyResult<()> {
        let py = self.py();
        let handler = {
            let guard = self.state();
            let Some(state) = guard.as_ref() else { return Ok(()) };
            match &state.parts.source {
                Source::Handler(handler) => handler.clone_ref(py),
                Source::Loop { address, line, .. } => {
                    let (address, line) = (address.clone_ref(py), memory::copied(line)?);
                    drop(guard);
                    return write_log(address.bind(py), &line, status, bytes_sent);
                }
            }
        };
        let code = status.call_method1(intern!(py, "split"), (intern!(py, " "), 1))?.get_item(0)?;
        handler.bind(py).call_method1(intern!(py, "log_request"), (code, bytes_sent)).map(drop)
    }

    /// Forgets the response.
    pub(super) fn reset(&self) {
        let py = self.py();
        let given_up = self.state().as_mut().map(|state| {
            (state.stage, state.bytes_sent) = (Stage::Waiting, 0);
            let (status, headers) = (state.status.take(), state.headers.take());
            (status.map(|status| status.into_bound(py)), headers.map(|headers| headers.into_bound(py)))
        });
        drop(given_up); // what the list holds may have code of its own
    }

    /// Goes on in the general way.
    pub(super) fn resume(
        &self,
        result: Option<Bound<'py, PyAny>>,
        error: Option<PyErr>,
    ) -> PyResult<Outcome> {
        let py = self.py();
        let handler = self.handler()?;
        let module = {
            let state = self.state();
            state.as_ref().map(|state| state.parts.module.clone_ref(py))
        };
        if let Some(module) = module {
            let error = error.map(|error| error.into_value(py));
            module.bind(py).getattr(intern!(py, "_resume"))?.call1((handler, result, error))?;
        }
        Ok(Outcome { kept: false })
    }

    /// The `ServerHandler` that goes on, made now if there is none.
    pub(super) fn handler(&self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        let (module, objects, texts, is_sent, bytes_sent) = {
            let state = self.state();
            let Some(state) = state.as_ref() else {
                return Err(PyRuntimeError::new_err("the request is over"));
            };
            if let Some(handler) = &state.general {
                return Ok(handler.bind(py).clone());
            }
            let parts = &state.parts;
            let held = |object: &Py<PyAny>| Some(object.bind(py).clone());
            let objects = [
                ("class_", held(&parts.class)),
                ("sock", held(&parts.socket)),
                ("stdin", held(&parts.stdin)),
                ("stderr", held(&parts.stderr)),
                ("base_env", held(parts.base_env.as_any())),
                ("environ", held(parts.environ.as_any())),
                ("status", state.status.as_ref().and_then(|status| held(status.as_any()))),
                ("headers", state.headers.as_ref().and_then(|headers| held(headers.as_any()))),
                match &parts.source {
                    Source::Handler(handler) => ("request_handler", held(handler)),
                    Source::Loop { server, .. } => ("source", held(server)),
                },
            ];
            let texts = match &parts.source {
                Source::Handler(_) => None,
                Source::Loop { address, line, section, .. } => {
                    Some((held(address), memory::bytes_object(py, line)?, memory::bytes_object(py, section)?))
                }
            };
            let module = parts.module.bind(py).clone();
            (module, objects, texts, state.stage == Stage::Sent, state.bytes_sent)
        };
        let keywords = PyDict::new(py);
        for (name, object) in &objects {
            keywords.set_item(name, object)?;
        }
        if let ([.., (name, server)], Some((address, line, section))) = (&objects, texts) {
            keywords.set_item(name, (server, address, line, section))?;
        }
        keywords.set_item("headers_sent", is_sent)?;
        keywords.set_item("bytes_sent", bytes_sent)?;
        let handler = module.getattr(intern!(py, "_handler"))?.call((), Some(&keywords))?;
        let before = self.state().as_mut().and_then(|state| state.general.replace(handler.clone().unbind()));
        drop(before.map(|before| before.into_bound(py)));
        Ok(handler)
    }
}

/// Logs a request whose line is a clear one.
fn write_log(
    address: &Bound<'_, PyAny>,
    line: &[u8],
    status: &Bound<'_, PyString>,
    bytes_sent: usize,
) -> PyResult<()> {
    let client = address.get_item(0)?;
    let code = text::ascii(status.as_borrowed()).and_then(|status| status.get(..3)).unwrap_or_default();
    let size = bytes_sent.to_string();
    let client = client.cast::<PyString>()?.to_str()?;
    log::write(status.py(), client.as_bytes(), line.trim_ascii_end(), code, size.as_bytes())
}
