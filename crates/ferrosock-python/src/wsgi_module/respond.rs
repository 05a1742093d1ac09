//! The parts of `WSGIRequestHandler.handle`: the environment in one call, and the response in one.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::environ::{Field, Line, bytes_of, environ};
use super::exchange::{Source, run};
use super::headers::pair;
use super::setup::{CLIENT, ENVIRON, MESSAGE, PARSER, SOCKET, ServerHandler, WRITER, seams};
use crate::call::{Args, native_fast};
use crate::http_module::lazy::LazyMessage;
use crate::http_module::lookup::{has_plain_policy, kept as kept_fields};
use crate::seams::attributes;
use crate::socket_module::object::{Method, plain};
use crate::text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"environ", get_environ, ENVIRON_DOC),
        native_fast!(CALLS, c"respond", respond, RESPOND_DOC),
    ])
}

const ENVIRON_DOC: &CStr = c"environ($module, handler, /)
--

Return what WSGIRequestHandler.get_environ gives, or None if that is for the general way.";

fn get_environ<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let found = told(module, &args.object(0)?.to_owned())?;
    Ok(found.map_or_else(|| module.py().None().into_bound(module.py()), Bound::into_any))
}

fn told<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    handler: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = module.py();
    let Some(seams) = seams(module)? else { return Ok(None) };
    if !seams.class(ENVIRON, handler.get_type().as_any())? {
        return Ok(None);
    }
    let Some(kept) = attributes(handler) else { return Ok(None) };
    if kept.contains(intern!(py, "address_string"))? || kept.contains(intern!(py, "_add_headers"))? {
        return Ok(None);
    }
    let own = |name: &Bound<'py, PyString>| kept.get_item(name);
    let (Some(version), Some(method), Some(path), Some(headers), Some(server), Some(address)) = (
        own(intern!(py, "request_version"))?,
        own(intern!(py, "command"))?,
        own(intern!(py, "path"))?,
        own(intern!(py, "headers"))?,
        own(intern!(py, "server"))?,
        own(intern!(py, "client_address"))?,
    ) else {
        return Ok(None);
    };
    let Ok(base) = server.getattr(intern!(py, "base_environ"))?.cast_into_exact::<PyDict>() else {
        return Ok(None);
    };
    let Some(target) = path.cast_exact::<PyString>().ok().and_then(|path| text::ascii(path.as_borrowed()))
    else {
        return Ok(None);
    };
    // A plain message has nothing but what was read from the head.
    let client = seams.item(CLIENT)?;
    let client = client.cast::<PyModule>()?.as_borrowed();
    let lazy = LazyMessage::of(&headers);
    let class = lazy.map_or_else(|| headers.get_type(), |lazy| lazy.class(py).clone());
    if !seams.namespace(PARSER, client)? || !seams.class(MESSAGE, class.as_any())? {
        return Ok(None);
    }
    let address = address.get_item(0)?;
    let software = handler.getattr(intern!(py, "server_version"))?;
    let line = Line { version, method, target };
    if let Some(lazy) = lazy {
        if !has_plain_policy(client)? {
            return Ok(None);
        }
        return environ(&base, &software, &line, &address, lazy.fields().all()).map(Some);
    }
    let Some(list) = kept_fields(client, headers.as_borrowed())? else { return Ok(None) };
    let list: Bound<'py, PyList> = list.get_slice(0, list.len());
    if !list.iter().all(|item| fields_of(&item).is_some()) {
        return Ok(None);
    }
    let items: Vec<Bound<'py, PyAny>> = list.iter().collect();
    let fields = items.iter().filter_map(fields_of);
    environ(&base, &software, &line, &address, fields).map(Some)
}

/// The name and the value of an item of a message's list, if the name is a plain one.
fn fields_of<'a>(item: &'a Bound<'_, PyAny>) -> Option<Field<'a>> {
    let (name, value) = pair(item)?;
    let name = text::ascii(name)?;
    let Ok(text::Units::Ascii(value) | text::Units::Latin(value)) = text::units(value) else { return None };
    Some((name, value))
}

const RESPOND_DOC: &CStr = c"respond($module, handler, stderr, environ, /)
--

Do what WSGIRequestHandler.handle does with the environment at hand. Returns False, with nothing done, if that is for the
general way.";

fn respond<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let (handler, stderr, base_env) = (args.object(0)?, args.object(1)?, args.object(2)?);
    // References that are given up on the way must not pile up.
    let done =
        Python::attach(|_| responded(module, &handler.to_owned(), &stderr.to_owned(), &base_env.to_owned()))?;
    Ok(PyBool::new(module.py(), done).to_owned().into_any())
}

fn responded<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    handler: &Bound<'py, PyAny>,
    stderr: &Bound<'py, PyAny>,
    base_env: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let py = module.py();
    let Some(seams) = seams(module)? else { return Ok(false) };
    let Some(served_by) = ServerHandler::of(module, &seams)? else { return Ok(false) };
    let Ok(base_env) = base_env.cast_exact::<PyDict>() else { return Ok(false) };
    let modern = base_env
        .get_item(intern!(py, "SERVER_PROTOCOL"))?
        .is_some_and(|text| bytes_of(text.as_borrowed()).is_some_and(|text| text.starts_with(b"HTTP/1.")));
    let wfile = handler.getattr(intern!(py, "wfile"))?;
    if !modern || !wfile.get_type().is(&seams.item(WRITER)?) {
        return Ok(false);
    }
    let socket = wfile.getattr(intern!(py, "_sock"))?;
    let is_plain =
        socket.get_type().is(&seams.item(SOCKET)?) && plain(socket.as_borrowed(), Method::SendAll).is_some();
    if !is_plain {
        return Ok(false);
    }
    let stdin = handler.getattr(intern!(py, "rfile"))?;
    let source = Source::Handler(handler.clone().unbind());
    let parts = served_by.parts(module, &socket, &stdin, stderr, base_env, source)?;
    let server = handler.getattr(intern!(py, "server"))?;
    let application = server.call_method0(intern!(py, "get_app"))?;
    run(py, parts, &application, false)?;
    Ok(true)
}
