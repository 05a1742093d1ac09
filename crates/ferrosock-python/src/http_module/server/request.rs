//! `BaseHTTPRequestHandler.parse_request` in one call, and `handle_one_request` around it: a head that is in the file's buffer
//! whole, and needs no judgement.

use std::ffi::CStr;

use ferrosock_proto::http1::{self, ClearRequest, Version};
use pyo3::exceptions::PyTimeoutError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyString, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::super::lazy::LazyMessage;
use super::super::message::{Limits, Places, latin, may_fill, set};
use super::super::{CALLS, COMPAT, SEEN as CLIENT_SEEN, own};
use super::{CLIENT, HANDLER, HEADERS, Handler, OK, PARSE_HEADERS, REQUEST, TURN, WRITER};
use crate::call::{Args, native_fast};
use crate::error::raise;
use crate::fast::SocketFile;
use crate::host::Interpreter;
use crate::memory;
use crate::seams::{Seams, attributes};
use crate::socket_module::object::{Method, plain as plain_socket};
use crate::text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"parse_request", parse_request, PARSE_DOC),
        native_fast!(CALLS, c"one_request", one_request, ONE_DOC),
    ])
}

const PARSE_DOC: &CStr = c"parse_request($module, handler, /)
--

Do what BaseHTTPRequestHandler.parse_request does, with the line read already. Returns True; False if the client waits for
100 Continue; None, with nothing read, if that is for the general way.";

fn parse_request<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let py = module.py();
    let object = args.object(0)?.to_owned();
    let expects = match Reading::of(module, &object)? {
        Some(reading) => reading.headers()?,
        None => None,
    };
    Ok(match expects {
        None => py.None().into_bound(py),
        Some(expects) => PyBool::new(py, !expects).to_owned().into_any(),
    })
}

const ONE_DOC: &CStr = c"one_request($module, handler, /)
--

Do what BaseHTTPRequestHandler.handle_one_request does. Returns False, with nothing read, if that is for the general way.";

fn one_request<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let object = args.object(0)?.to_owned();
    let done = match Reading::of(module, &object)? {
        Some(reading) => reading.request()?,
        None => false,
    };
    Ok(PyBool::new(module.py(), done).to_owned().into_any())
}

/// Calls a handler's `handle_one_request`: a request of a connection whose head is there.
pub(crate) fn serve_request<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    object: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = module.py();
    let name = intern!(py, "handle_one_request");
    let reading = match Handler::of(module, object)? {
        Some(handler) if handler.leaves(TURN, &[name])? => Reading::by(handler)?,
        _ => None,
    };
    let done = reading.map_or(Ok(false), |reading| reading.request());
    match done {
        Ok(true) => Ok(()),
        Ok(false) => object.call_method0(name).map(drop),
        Err(error) if error.is_instance_of::<PyTimeoutError>(py) => {
            object.call_method1(intern!(py, "log_error"), ("Request timed out: %r", error.into_value(py)))?;
            object.setattr(intern!(py, "close_connection"), true)
        }
        Err(error) => Err(error),
    }
}

/// A handler whose next head may be read here.
struct Reading<'a, 'py> {
    handler: Handler<'a, 'py>,
    /// The lists of `http.client`.
    lists: Seams<'py>,
    limits: Limits,
    /// The class of messages.
    class: Bound<'py, PyType>,
    rfile: Bound<'py, PyAny>,
    /// Whether connections may be kept.
    keeps: bool,
}

impl<'a, 'py> Reading<'a, 'py> {
    fn of(module: Borrowed<'_, 'py, PyModule>, object: &'a Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        Handler::of(module, object)?.map_or(Ok(None), Self::by)
    }

    fn by(handler: Handler<'a, 'py>) -> PyResult<Option<Self>> {
        let (py, object) = (handler.py(), handler.object);
        let names = [intern!(py, "_take_words"), intern!(py, "_take_version"), intern!(py, "_take_headers")];
        if !handler.leaves(HANDLER, &names)? {
            return Ok(None);
        }
        let Some(rfile) = handler.own(intern!(py, "rfile"))? else { return Ok(None) };
        let client = handler.seams.item(CLIENT)?;
        let client = client.cast::<PyModule>()?.as_borrowed();
        let parse_headers = client.dict().get_item(intern!(py, "parse_headers"))?;
        let original = handler.seams.item(PARSE_HEADERS)?;
        if !parse_headers.is_some_and(|now| now.is(&original)) {
            return Ok(None);
        }
        let (Some(lists), Some(limits)) = (Seams::lists(client, &CLIENT_SEEN)?, Limits::of(client)?) else {
            return Ok(None);
        };
        let Ok(class) = object.getattr(intern!(py, "MessageClass"))?.cast_into::<PyType>() else {
            return Ok(None);
        };
        if !may_fill(&lists, &class)? {
            return Ok(None);
        }
        let protocol = object.getattr(intern!(py, "protocol_version"))?;
        let Ok(protocol) = protocol.cast_into_exact::<PyString>() else { return Ok(None) };
        let Some(protocol) = text::ascii(protocol.as_borrowed()) else { return Ok(None) };
        let keeps = protocol >= &b"HTTP/1.1"[..];
        Ok(Some(Self { handler, lists, limits, class, rfile, keeps }))
    }

    /// Reads what follows the line that has been read. Gives whether the client waits for 100 Continue; None, with nothing
    /// read, if that is for the general way.
    fn headers(&self) -> PyResult<Option<bool>> {
        let py = self.handler.py();
        let Some(raw) = self.handler.own(intern!(py, "raw_requestline"))? else { return Ok(None) };
        let (Ok(raw), Some(file)) = (raw.cast_exact::<PyBytes>(), SocketFile::of(&self.rfile)) else {
            return Ok(None);
        };
        let Some(line) = ClearRequest::read(raw.as_bytes()) else { return Ok(None) };
        let mut places = Places::default();
        let taken = file.look(|input| {
            let length = places.read(input, self.limits)?;
            Some((length, memory::copied(&input[..length])))
        })?;
        let Some(section) = taken else { return Ok(None) };
        self.take(raw.as_bytes(), &line, section?, &places).map(Some)
    }

    /// Serves a request. Gives false, with nothing read, if that is for the general way.
    fn request(&self) -> PyResult<bool> {
        let py = self.handler.py();
        if !self.handler.leaves(REQUEST, &[intern!(py, "parse_request")])? {
            return Ok(false);
        }
        let Some(file) = SocketFile::of(&self.rfile) else { return Ok(false) };
        let (longest, mut places) = (http1::Limits::python().line, Places::default());
        let taken = file.look(|input| {
            let end = memchr::memchr(b'\n', input)? + 1;
            if end > longest {
                return None;
            }
            ClearRequest::read(&input[..end])?;
            let length = end + places.read(&input[end..], self.limits)?;
            let parts = memory::bytes_object(py, &input[..end])
                .and_then(|line| Ok((line, memory::copied(&input[end..length])?)));
            Some((length, parts))
        })?;
        let Some(parts) = taken else { return Ok(false) };
        let (raw, section) = parts?;
        let Some(line) = ClearRequest::read(raw.as_bytes()) else { return Ok(false) };
        let object = self.handler.object;
        set(object, intern!(py, "raw_requestline"), &raw)?;
        let expects = self.take(raw.as_bytes(), &line, section, &places)?;
        if expects && !object.call_method0(intern!(py, "handle_expect_100"))?.is_truthy()? {
            return Ok(true);
        }
        match object.getattr_opt(method_name(py, line.method)?.cast::<PyString>()?)? {
            Some(method) => {
                method.call0()?;
                self.flush()?;
            }
            None => {
                let command = method(py, line.method)?.repr()?;
                let message = PyString::new(py, &format!("Unsupported method ({command})"));
                object.call_method1(
                    intern!(py, "send_error"),
                    (
                        self.handler.seams.item(OK)?.get_type().getattr(intern!(py, "NOT_IMPLEMENTED"))?,
                        message,
                    ),
                )?;
            }
        }
        Ok(true)
    }

    /// Does as the head of a request says. Gives whether the client waits for 100 Continue.
    fn take(&self, raw: &[u8], line: &ClearRequest<'_>, section: Vec<u8>, places: &Places) -> PyResult<bool> {
        let (py, handler) = (self.handler.py(), self.handler.object);
        let fields = places.fields(&section);
        let is =
            |name: &[u8], what: &[u8]| fields.get(name).is_some_and(|value| value.eq_ignore_ascii_case(what));
        let modern = self.keeps && line.version == Version::Http11;
        let mut closes = !modern;
        if is(b"connection", b"close") {
            closes = true;
        } else if self.keeps && is(b"connection", b"keep-alive") {
            closes = false;
        }
        let expects = modern && is(b"expect", b"100-continue");
        let whole = &raw[..raw.len() - 2];
        // A target that begins with two slashes would be another server to a client that is sent there.
        let slashes = line.target.iter().take_while(|&&byte| byte == b'/').count();
        let path = &line.target[slashes.saturating_sub(1)..];
        let put = |name, value: &Bound<'py, PyAny>| set(handler, name, value);
        put(intern!(py, "command"), &method(py, line.method)?)?;
        let version =
            if line.version == Version::Http10 { intern!(py, "HTTP/1.0") } else { intern!(py, "HTTP/1.1") };
        put(intern!(py, "request_version"), version.as_any())?;
        put(intern!(py, "close_connection"), &PyBool::new(py, closes))?;
        put(intern!(py, "requestline"), &latin(py, whole)?)?;
        put(intern!(py, "path"), &latin(py, path)?)?;
        let (headers, policy) = (intern!(py, "headers"), self.lists.item(COMPAT)?);
        if self.handler.seams.class(HEADERS, handler.get_type().as_any())? {
            LazyMessage::new(section, places, &self.class, policy).put(&self.handler.kept, &[headers])?;
        } else {
            put(headers, &fields.message(&self.class, &policy)?)?;
        }
        Ok(expects)
    }

    /// `wfile.flush()`.
    fn flush(&self) -> PyResult<()> {
        let py = self.handler.py();
        let writer = self.handler.object.getattr(intern!(py, "wfile"))?;
        if writer.get_type().is(&self.handler.seams.item(WRITER)?) {
            if let Some(kept) = attributes(&writer) {
                // The interpreter's own mark of a file that is closed.
                let closed = kept.contains(intern!(py, "__IOBase_closed"))?;
                let sock = own(&kept, intern!(py, "_sock"))?.filter(|_| !closed);
                let sock = sock.as_ref().and_then(|sock| plain_socket(sock.as_borrowed(), Method::SendAll));
                if let Some(sock) = sock {
                    return sock.release_or_keep(&Interpreter(py)).map_err(|error| raise(py, error));
                }
            }
        }
        writer.call_method0(intern!(py, "flush")).map(drop)
    }
}

/// A method as str; the usual ones are made once.
pub(crate) fn method<'py>(py: Python<'py>, method: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    match usual(py, method) {
        Some((method, _)) => Ok(method.clone().into_any()),
        None => latin(py, method),
    }
}

/// The name of the handler's method for a request's.
fn method_name<'py>(py: Python<'py>, method: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    match usual(py, method) {
        Some((_, name)) => Ok(name.clone().into_any()),
        None => latin(py, &[b"do_", method].concat()),
    }
}

/// A usual method, and the name of the handler's.
fn usual<'py>(
    py: Python<'py>,
    method: &[u8],
) -> Option<(&'py Bound<'py, PyString>, &'py Bound<'py, PyString>)> {
    Some(match method {
        b"GET" => (intern!(py, "GET"), intern!(py, "do_GET")),
        b"HEAD" => (intern!(py, "HEAD"), intern!(py, "do_HEAD")),
        b"POST" => (intern!(py, "POST"), intern!(py, "do_POST")),
        b"PUT" => (intern!(py, "PUT"), intern!(py, "do_PUT")),
        b"DELETE" => (intern!(py, "DELETE"), intern!(py, "do_DELETE")),
        b"OPTIONS" => (intern!(py, "OPTIONS"), intern!(py, "do_OPTIONS")),
        b"PATCH" => (intern!(py, "PATCH"), intern!(py, "do_PATCH")),
        _ => return None,
    })
}
