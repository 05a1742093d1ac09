//! `HTTPConnection.request` in one call: the lines of a plain request, and their way to the socket.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::message::set;
use super::written::{Lines, Target, Written, plain_body};
use super::{BODY, CALLS, CONNECTION, is_zero, own, raised, seams};
use crate::call::{Args, native_fast};
use crate::convert::exact_int;
use crate::memory;
use crate::seams::{Seams, attributes, hides_nothing};
use crate::text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"request", request, REQUEST_DOC)])
}

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
    pub(super) seams: Seams<'py>,
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
    pub(super) fn has_no_response(&self) -> PyResult<bool> {
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
        let Some(target) = Target::of(asked.method, asked.url) else { return Ok(None) };
        let (Ok(headers), Some(body)) = (asked.headers.cast_exact::<PyDict>(), plain_body(asked.body)) else {
            return Ok(None);
        };

        let mut lines = Lines::default();
        for (name, value) in headers.iter() {
            // A name that is bytes has no `encode`; `_send_request` lowers it and finds it in none of its lists.
            let Some(name) =
                name.cast_exact::<PyString>().ok().and_then(|name| text::ascii(name.as_borrowed()))
            else {
                return Ok(None);
            };
            let Some(()) = lines.put(name, value.as_borrowed())? else { return Ok(None) };
        }
        let chunked = || asked.encode_chunked.is_truthy();
        lines.written(module, target, body, chunked, |head| self.put_host(head))
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
        request.send(&self.object, &sock)
    }
}
