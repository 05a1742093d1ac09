//! `HTTPConnection.request` in one call: the lines of a plain request, and their way to the socket.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyList, PySet, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::line::{ascii_of, put};
use super::message::set;
use super::{BODY, CALLS, CONNECTION, is_zero, own, raised, seams};
use crate::audit::audit;
use crate::call::{Args, native_fast};
use crate::convert::exact_int;
use crate::error::raise;
use crate::host::Interpreter;
use crate::memory;
use crate::seams::{Seams, attributes, hides_nothing};
use crate::socket_module::object::{Method, plain};
use crate::text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"request", request, REQUEST_DOC)])
}

/// A body of up to so many bytes goes with the head in one send.
const TOGETHER: usize = 64 * 1024;

const REQUEST_DOC: &CStr = c"request($module, connection, method, url, body, headers, encode_chunked, /)
--

Do what HTTPConnection.request does. Returns False, with nothing done, if that is for the general way.";

fn request<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(6, 6)?;
    let py = module.py();
    let no = || Ok(PyBool::new(py, false).to_owned().into_any());
    let connection = args.object(0)?.to_owned();
    let Some(this) = Connection::for_request(module, connection)? else { return no() };
    let asked = Asked {
        method: args.object(1)?,
        url: args.object(2)?,
        body: args.object(3)?,
        headers: args.object(4)?,
        encode_chunked: args.object(5)?,
    };
    let Some(request) = this.written(module, &asked)? else { return no() };
    this.send(module, asked.method, request)?;
    Ok(PyBool::new(py, true).to_owned().into_any())
}

/// A method and a target of ASCII, if neither needs judgement; the root is the target where none is given.
pub(super) fn target<'a>(
    method: Borrowed<'a, '_, PyAny>,
    url: Borrowed<'a, '_, PyAny>,
) -> Option<(&'a [u8], &'a [u8])> {
    let plain = |text: Borrowed<'a, '_, PyAny>| text.cast_exact::<PyString>().ok().and_then(text::ascii);
    let (method, url) = (plain(method)?, plain(url)?);
    let url = if url.is_empty() { &b"/"[..] } else { url };
    let fits = method.iter().all(|&byte| byte >= 0x20) && url.iter().all(|&byte| byte > 0x20 && byte != 0x7f);
    (fits && !url.starts_with(b"http")).then_some((method, url))
}

/// The arguments of `request`.
struct Asked<'a, 'py> {
    method: Borrowed<'a, 'py, PyAny>,
    url: Borrowed<'a, 'py, PyAny>,
    body: Borrowed<'a, 'py, PyAny>,
    headers: Borrowed<'a, 'py, PyAny>,
    encode_chunked: Borrowed<'a, 'py, PyAny>,
}

/// A connection, the attributes that it keeps, and what the module's lists say of its class.
pub(super) struct Connection<'py> {
    pub(super) object: Bound<'py, PyAny>,
    pub(super) kept: Bound<'py, PyDict>,
    seams: Seams<'py>,
}

/// A request as it goes out.
pub(super) struct Written<'a> {
    pub(super) head: Vec<u8>,
    pub(super) body: &'a [u8],
}

impl<'py> Connection<'py> {
    /// One whose class is as list `index` says.
    pub(super) fn of(
        module: Borrowed<'_, 'py, PyModule>,
        object: Bound<'py, PyAny>,
        index: usize,
    ) -> PyResult<Option<Self>> {
        let Some(seams) = seams(module)? else { return Ok(None) };
        if !seams.class(index, object.get_type().as_any())? {
            return Ok(None);
        }
        Ok(attributes(&object).map(|kept| Self { object, kept, seams }))
    }

    /// One that a whole request may be written for here: idle, without a tunnel, and quiet.
    fn for_request(module: Borrowed<'_, 'py, PyModule>, object: Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(this) = Self::of(module, object, CONNECTION)? else { return Ok(None) };
        let may = [
            intern!(py, "debuglevel"),
            intern!(py, "response_class"),
            intern!(py, "default_port"),
            intern!(py, "auto_open"),
        ];
        let is_ready = hides_nothing(&this.object, &this.kept, &may)
            && this.may_begin()?
            && this.lines()?.is_some_and(|lines| lines.is_empty())
            && this.is_quiet()?;
        Ok(is_ready.then_some(this))
    }

    pub(super) fn own(&self, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        own(&self.kept, name)
    }

    /// Whether a request may begin: the connection is idle, goes through no tunnel, and has no response that is yet to be read.
    pub(super) fn may_begin(&self) -> PyResult<bool> {
        let tunnel = self.own(intern!(self.object.py(), "_tunnel_host"))?;
        Ok(self.is_at("Idle")? && tunnel.is_some_and(|host| host.is_none()) && self.has_no_response()?)
    }

    /// Whether the connection is where this says.
    pub(super) fn is_at(&self, state: &str) -> PyResult<bool> {
        let found = self.own(intern!(self.object.py(), "_HTTPConnection__state"))?;
        Ok(found.is_some_and(|found| found.cast_exact::<PyString>().is_ok_and(|found| found == state)))
    }

    /// The lines that have been put so far.
    pub(super) fn lines(&self) -> PyResult<Option<Bound<'py, PyList>>> {
        let lines = self.own(intern!(self.object.py(), "_buffer"))?;
        Ok(lines.and_then(|lines| lines.cast_into_exact().ok()))
    }

    /// Whether nothing is to be printed.
    pub(super) fn is_quiet(&self) -> PyResult<bool> {
        Ok(is_zero(&self.object.getattr(intern!(self.object.py(), "debuglevel"))?))
    }

    /// Whether there is no response that has yet to be read.
    fn has_no_response(&self) -> PyResult<bool> {
        let py = self.object.py();
        let Some(response) = self.own(intern!(py, "_HTTPConnection__response"))? else { return Ok(false) };
        if response.is_none() {
            return Ok(true);
        }
        // One that has been read to its end is forgotten.
        if !self.seams.class(BODY, response.get_type().as_any())? {
            return Ok(false);
        }
        let Some(kept) = attributes(&response) else { return Ok(false) };
        let over = own(&kept, intern!(py, "fp"))?.is_some_and(|fp| fp.is_none());
        Ok(over && !kept.contains(intern!(py, "isclosed"))?)
    }

    /// The request, if nothing of it needs judgement. Nothing has been changed then.
    fn written<'a>(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        asked: &Asked<'a, 'py>,
    ) -> PyResult<Option<Written<'a>>> {
        let Some((method, url)) = target(asked.method, asked.url) else { return Ok(None) };
        let (Ok(headers), Some(body)) = (asked.headers.cast_exact::<PyDict>(), plain_body(asked.body)) else {
            return Ok(None);
        };

        let mut fields = Vec::new();
        let mut given = Given::default();
        for (name, value) in headers.iter() {
            let (name, value) = (name.as_borrowed(), value.as_borrowed());
            // A name that is bytes has no `encode`; `_send_request` lowers it and finds it in none of its lists.
            let Ok(text) = name.cast_exact::<PyString>() else { return Ok(None) };
            let Some(name) = put(&mut fields, text.as_any().as_borrowed(), value)? else { return Ok(None) };
            memory::append(&mut fields, b"\r\n")?;
            given.note(name);
        }

        let mut head = memory::room_for(method.len() + url.len() + fields.len() + 128)?;
        for part in [method, b" ", url, b" HTTP/1.1\r\n"] {
            memory::append(&mut head, part)?;
        }
        if !given.host {
            let Some(()) = self.put_host(&mut head)? else { return Ok(None) };
        }
        if !given.accept_encoding {
            memory::append(&mut head, b"Accept-Encoding: identity\r\n")?;
        }
        if !given.content_length {
            if given.transfer_encoding {
                // The body, if there is one, may have to go in chunks.
                if body.is_some() && asked.encode_chunked.is_truthy()? {
                    return Ok(None);
                }
            } else if let Some(body) = body {
                memory::append(&mut head, format!("Content-Length: {}\r\n", body.len()).as_bytes())?;
            } else if expects_body(module, method)? {
                memory::append(&mut head, b"Content-Length: 0\r\n")?;
            }
        }
        memory::append(&mut head, &fields)?;
        memory::append(&mut head, b"\r\n")?;
        Ok(Some(Written { head, body: body.unwrap_or_default() }))
    }

    fn put_host(&self, head: &mut Vec<u8>) -> PyResult<Option<()>> {
        let Some(host) = self.own(intern!(self.object.py(), "host"))? else { return Ok(None) };
        memory::append(head, b"Host: ")?;
        let said = self.say_host(&host, head)?;
        memory::append(head, b"\r\n")?;
        Ok(said.map(drop))
    }

    /// Appends the value of Host for a host and the connection's port, and says whether the port is in it; None if one of the two
    /// needs judgement.
    pub(super) fn say_host(&self, host: &Bound<'py, PyAny>, value: &mut Vec<u8>) -> PyResult<Option<bool>> {
        let py = self.object.py();
        let Some(port) = self.own(intern!(py, "port"))? else { return Ok(None) };
        let Ok(host) = host.cast_exact::<PyString>() else { return Ok(None) };
        let Some(host) = text::ascii(host.as_borrowed()) else { return Ok(None) };
        if host.iter().any(|&byte| matches!(byte, b'\r' | b'\n' | 0 | b':' | b'%')) {
            return Ok(None);
        }
        let default = self.object.getattr(intern!(py, "default_port"))?;
        let (Some(port), Some(default)) = (exact_int::<i64>(&port), exact_int::<i64>(&default)) else {
            return Ok(None);
        };
        memory::append(value, host)?;
        if port != default {
            memory::append(value, format!(":{port}").as_bytes())?;
        }
        Ok(Some(port != default))
    }

    /// Sends a whole request.
    fn send(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        method: Borrowed<'_, 'py, PyAny>,
        request: Written<'_>,
    ) -> PyResult<()> {
        let py = module.py();
        let none = py.None().into_bound(py);
        set(&self.object, intern!(py, "_HTTPConnection__response"), &none)?;
        set(&self.object, intern!(py, "_method"), &method)?;
        self.enter(module, intern!(py, "_CS_REQ_SENT"))?;
        self.deliver(module, request)
    }

    /// Notes where the connection is now, by the name that the module has for it.
    pub(super) fn enter(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<()> {
        let state = module.dict().as_any().get_item(name)?;
        set(&self.object, intern!(name.py(), "_HTTPConnection__state"), &state)
    }

    /// Sends what is written, over a connection made now if there is none.
    pub(super) fn deliver(&self, module: Borrowed<'_, 'py, PyModule>, request: Written<'_>) -> PyResult<()> {
        let py = module.py();
        let name = intern!(py, "sock");
        if self.object.getattr(name)?.is_none() {
            if !self.object.getattr(intern!(py, "auto_open"))?.is_truthy()? {
                return Err(raised(module, "NotConnected", ())?);
            }
            self.object.call_method0(intern!(py, "connect"))?;
        }
        let sock = self.object.getattr(name)?;
        let Written { mut head, body } = request;
        let event = c"http.client.send";
        if let Some(socket) = plain(sock.as_borrowed(), Method::SendAll) {
            audit(py, event, (&self.object, Lazy(&head)))?;
            if !body.is_empty() {
                audit(py, event, (&self.object, Lazy(body)))?;
            }
            let raised = |error| raise(py, error);
            if body.len() <= TOGETHER {
                memory::append(&mut head, body)?;
                return socket.send_all(&Interpreter(py), &head, 0).map_err(raised);
            }
            socket.send_all(&Interpreter(py), &head, 0).map_err(raised)?;
            return socket.send_all(&Interpreter(py), body, 0).map_err(raised);
        }
        for part in [&head, body] {
            if !part.is_empty() {
                let data = memory::bytes_object(py, part)?;
                audit(py, event, (&self.object, &data))?;
                sock.call_method1(intern!(py, "sendall"), (data,))?;
            }
        }
        Ok(())
    }
}

/// Bytes that become an object only if an audit hook is there to see them.
struct Lazy<'a>(&'a [u8]);

impl<'py> IntoPyObject<'py> for Lazy<'_> {
    type Target = PyBytes;
    type Output = Bound<'py, PyBytes>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        memory::bytes_object(py, self.0)
    }
}

/// Which of the fields that are put by themselves the caller gives.
#[derive(Default)]
struct Given {
    host: bool,
    accept_encoding: bool,
    content_length: bool,
    transfer_encoding: bool,
}

impl Given {
    fn note(&mut self, name: &[u8]) {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            4 => self.host |= is(b"host"),
            14 => self.content_length |= is(b"content-length"),
            15 => self.accept_encoding |= is(b"accept-encoding"),
            17 => self.transfer_encoding |= is(b"transfer-encoding"),
            _ => {}
        }
    }
}

/// The bytes of a body that is just bytes or a str of ASCII, Some(None) of None.
fn plain_body<'a>(body: Borrowed<'a, '_, PyAny>) -> Option<Option<&'a [u8]>> {
    if body.is_none() { Some(None) } else { ascii_of(body).map(Some) }
}

/// Whether a request by this method has a length even without a body.
fn expects_body(module: Borrowed<'_, '_, PyModule>, method: &[u8]) -> PyResult<bool> {
    let py = module.py();
    let methods = module.dict().as_any().get_item(intern!(py, "_METHODS_EXPECTING_BODY"))?;
    let upper = method.to_ascii_uppercase();
    methods.cast::<PySet>()?.contains(text::string(py, &upper)?)
}
