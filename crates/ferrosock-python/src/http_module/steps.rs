//! `HTTPConnection.putrequest`, `putheader` and `endheaders` in a call each, for who puts the lines of a request one by one, as
//! urllib3 does.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::line::{ascii_of, put};
use super::message::set;
use super::request::Connection;
use super::written::{Target, Written};
use super::{CALLS, LINES, hides};
use crate::call::{Args, native_fast};
use crate::error::dismiss;
use crate::memory;
use crate::text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"put_request", put_request, PUT_REQUEST_DOC),
        native_fast!(CALLS, c"put_header", put_header, PUT_HEADER_DOC),
        native_fast!(CALLS, c"send_lines", send_lines, SEND_LINES_DOC),
    ])
}

const PUT_REQUEST_DOC: &CStr = c"put_request($module, connection, method, url, skip_host, /)
--

Do what HTTPConnection.putrequest does up to the first header. Returns the value of Host, None with skip_host; False, with nothing
done, if that is for the general way.";

fn put_request<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(4, 4)?;
    let py = module.py();
    let no = || Ok(PyBool::new(py, false).to_owned().into_any());
    let Some(this) = Connection::for_lines(module, args.object(0)?.to_owned())? else { return no() };
    let (method, url) = (args.object(1)?, args.object(2)?);
    let Some(target) = Target::of(method, url) else { return no() };
    if !this.may_begin()? {
        return no();
    }
    let Some(lines) = this.lines()? else { return no() };
    let host = if args.object(3)?.is_truthy()? {
        py.None().into_bound(py)
    } else {
        let Some(host) = this.host() else { return no() };
        host
    };

    let mut line = memory::room_for(target.method.len() + target.url.len() + 10)?;
    for part in [target.method, b" ", target.url, b" HTTP/1.1"] {
        memory::append(&mut line, part)?;
    }
    set(&this.object, intern!(py, "_HTTPConnection__response"), &py.None().into_bound(py))?;
    this.enter(module, intern!(py, "_CS_REQ_STARTED"))?;
    set(&this.object, intern!(py, "_method"), &method)?;
    lines.append(memory::bytes_object(py, &line)?)?;
    Ok(host)
}

const PUT_HEADER_DOC: &CStr = c"put_header($module, connection, header, values, /)
--

Do what HTTPConnection.putheader does. Returns False, with nothing done, if that is for the general way.";

fn put_header<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let py = module.py();
    let answer = |done| Ok(PyBool::new(py, done).to_owned().into_any());
    let Some(this) = Connection::of(module, args.object(0)?.to_owned(), LINES)? else { return answer(false) };
    let (name, values) = (args.object(1)?, args.object(2)?);
    let (Some(name), Ok(values)) = (ascii_of(name), values.cast_exact::<PyTuple>()) else {
        return answer(false);
    };
    let Some(lines) = this.lines()? else { return answer(false) };
    let is_plain = values.len() == 1 && !hides(&this.kept, &[intern!(py, "_output")])?;
    if !is_plain || !this.is_at("Request-started")? {
        return answer(false);
    }
    let mut line = Vec::new();
    let Some(()) = put(&mut line, name, values.get_borrowed_item(0)?)? else { return answer(false) };
    lines.append(memory::bytes_object(py, &line)?)?;
    answer(true)
}

const SEND_LINES_DOC: &CStr = c"send_lines($module, connection, /)
--

Do what HTTPConnection.endheaders does where there is no body. Returns False, with nothing done, if that is for the general way.";

fn send_lines<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let py = module.py();
    let answer = |done| Ok(PyBool::new(py, done).to_owned().into_any());
    let Some(this) = Connection::for_lines(module, args.object(0)?.to_owned())? else { return answer(false) };
    let Some(lines) = this.lines()? else { return answer(false) };
    if !this.is_at("Request-started")? || !this.is_quiet()? {
        return answer(false);
    }
    let mut head = memory::room_for(256)?; // most heads have no more
    for line in lines.iter() {
        let Ok(line) = line.cast_exact::<PyBytes>() else { return answer(false) };
        memory::append(&mut head, line.as_bytes())?;
        memory::append(&mut head, b"\r\n")?;
    }
    memory::append(&mut head, b"\r\n")?;
    this.enter(module, intern!(py, "_CS_REQ_SENT"))?;
    lines.del_slice(0, lines.len())?;
    this.deliver(module, Written { head, body: &[] })?;
    answer(true)
}

impl<'py> Connection<'py> {
    /// One whose lines are put and sent in the library's way.
    fn for_lines(module: Borrowed<'_, 'py, PyModule>, object: Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(this) = Self::of(module, object, LINES)? else { return Ok(None) };
        let names = [
            intern!(py, "_send_output"),
            intern!(py, "send"),
            intern!(py, "_output"),
            intern!(py, "_encode_request"),
            intern!(py, "_validate_method"),
            intern!(py, "_validate_path"),
            intern!(py, "_http_vsn"),
            intern!(py, "_http_vsn_str"),
        ];
        Ok(if hides(&this.kept, &names)? { None } else { Some(this) })
    }

    /// The value of Host, bytes if there is no port in it; None if it needs judgement, or cannot be told.
    fn host(&self) -> Option<Bound<'py, PyAny>> {
        let py = self.object.py();
        let say = || {
            let host = self.object.getattr(intern!(py, "host"))?;
            let mut value = Vec::new();
            Ok(match self.say_host(&host, &mut value)? {
                None => None,
                Some(true) => Some(text::string(py, &value)?),
                Some(false) => Some(memory::bytes_object(py, &value)?.into_any()),
            })
        };
        // The general way comes upon an error again.
        say().unwrap_or_else(|error| {
            dismiss(error);
            None
        })
    }
}
