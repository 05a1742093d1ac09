//! `send_response`, `send_header` and `end_headers` of `BaseHTTPRequestHandler`: the lines of a head, and the log's.

use std::ffi::CStr;
use std::sync::{Arc, Mutex};

use itoa::Buffer;
use memchr::memmem;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};
use smallvec::SmallVec;

use super::super::{CALLS, hides, log, own};
use super::{END, Handler, LINE, LOG, OK, RESPONSE, WRITER, plain};
use crate::call::{Args, native_fast};
use crate::seams::{attributes, lookup};
use crate::socket_module::object::{Method, plain as plain_socket};
use crate::{clock, memory, version};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"send_response", send_response, RESPONSE_DOC),
        native_fast!(CALLS, c"send_header", send_header, HEADER_DOC),
        native_fast!(CALLS, c"end_headers", end_headers, END_DOC),
    ])
}

const RESPONSE_DOC: &CStr = c"send_response($module, handler, code, message, /)
--

Do what BaseHTTPRequestHandler.send_response does.";

fn send_response<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let py = module.py();
    let (object, code, message) =
        (args.object(0)?.to_owned(), args.object(1)?.to_owned(), args.object(2)?.to_owned());
    let this = Handler::of(module, &object)?;
    let this = this.as_ref();
    if !this.map_or(Ok(false), |this| this.logs(&code))? {
        object.call_method1(intern!(py, "log_request"), (&code,))?;
    }
    if !this.map_or(Ok(false), |this| this.begins(&code, &message))? {
        object.call_method1(intern!(py, "send_response_only"), (&code, &message))?;
        let version = object.call_method0(intern!(py, "version_string"))?;
        object.call_method1(intern!(py, "send_header"), ("Server", version))?;
        let date = object.call_method0(intern!(py, "date_time_string"))?;
        object.call_method1(intern!(py, "send_header"), ("Date", date))?;
    }
    Ok(py.None().into_bound(py))
}

const HEADER_DOC: &CStr = c"send_header($module, handler, keyword, value, /)
--

Do what BaseHTTPRequestHandler.send_header does. Returns False, with nothing done, if that is for the general way.";

fn send_header<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let object = args.object(0)?.to_owned();
    let (keyword, value) = (args.object(1)?.to_owned(), args.object(2)?.to_owned());
    let done = match Handler::of(module, &object)? {
        Some(this) => this.puts(&keyword, &value)?,
        None => false,
    };
    Ok(PyBool::new(module.py(), done).to_owned().into_any())
}

const END_DOC: &CStr = c"end_headers($module, handler, /)
--

Do what BaseHTTPRequestHandler.end_headers does, with the head held back for what is sent next. Returns False, with nothing done,
if that is for the general way.";

fn end_headers<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let object = args.object(0)?.to_owned();
    let done = match Handler::of(module, &object)? {
        Some(this) => this.ends()?,
        None => false,
    };
    Ok(PyBool::new(module.py(), done).to_owned().into_any())
}

/// Whether the log has no colors.
fn are_off(py: Python<'_>) -> PyResult<bool> {
    static ARE_OFF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let import = || Ok::<_, PyErr>(py.import("ferrosock._http_colors")?.getattr("are_off")?.unbind());
    ARE_OFF.get_or_try_init(py, import)?.bind(py).call0()?.is_truthy()
}

/// The lines that a response of a class begins with, and what they were made of.
struct Begin {
    /// The class in its state, and the status.
    state: u64,
    number: i64,
    /// The class's phrases, and the status's entry among them.
    responses: Py<PyDict>,
    entry: Option<Py<PyAny>>,
    lines: [Py<PyBytes>; 2],
}

impl<'py> Handler<'_, 'py> {
    /// Logs a request that is answered, if that is left to the library.
    fn logs(&self, code: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = self.py();
        let names = [
            intern!(py, "log_request"),
            intern!(py, "log_message"),
            intern!(py, "address_string"),
            intern!(py, "log_date_time_string"),
            intern!(py, "monthname"),
        ];
        if !self.leaves(LOG, &names)? || !self.has_plain_clock()? {
            return Ok(false);
        }
        let (Some(code), Some(line), Some(address)) = (
            self.number(code)?,
            self.own(intern!(py, "requestline"))?,
            self.own(intern!(py, "client_address"))?,
        ) else {
            return Ok(false);
        };
        let Some(client) = address.cast_exact::<PyTuple>().ok().and_then(|parts| parts.get_item(0).ok())
        else {
            return Ok(false);
        };
        let (Some(client), Some(line)) = (plain(&client), plain(&line)) else { return Ok(false) };
        let is_clear = |text: &[u8]| text.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_clear(client) || !is_clear(line) {
            return Ok(false);
        }
        // Since Python 3.15 blanks become single ones, and a terminal's lines have colors.
        if version::since(15)
            && (line.starts_with(b" ") || memmem::find(line, b"  ").is_some() || !are_off(py)?)
        {
            return Ok(false);
        }
        log::write(py, client, line, Buffer::new().format(code).as_bytes(), b"-")?;
        Ok(true)
    }

    /// Puts the status line and the headers Server and Date, if that is left to the library.
    fn begins(&self, code: &Bound<'py, PyAny>, message: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = self.py();
        let names = [
            intern!(py, "send_response_only"),
            intern!(py, "send_header"),
            intern!(py, "version_string"),
            intern!(py, "date_time_string"),
            intern!(py, "_put"),
        ];
        if !self.leaves(RESPONSE, &names)? || !self.has_head()? || !self.has_plain_clock()? {
            return Ok(false);
        }
        let Some(number) = self.number(code)? else { return Ok(false) };
        let begin = match self.known(number, code, message)? {
            Some(begin) => Some(begin),
            None => self.made(number, code, message)?,
        };
        let (Some([status, software]), Some(lines)) = (begin, self.lines()?) else { return Ok(false) };
        for line in [status, software, clock::date_line(py)?] {
            lines.append(line)?;
        }
        Ok(true)
    }

    /// The status line and the header Server.
    fn made(
        &self,
        number: i64,
        code: &Bound<'py, PyAny>,
        message: &Bound<'py, PyAny>,
    ) -> PyResult<Option<[Bound<'py, PyBytes>; 2]>> {
        let (py, object) = (self.py(), self.object);
        let phrase = if message.is_none() {
            let Ok(known) = object.getattr(intern!(py, "responses"))?.cast_into_exact::<PyDict>() else {
                return Ok(None);
            };
            match known.get_item(code)?.map(Bound::cast_into_exact::<PyTuple>) {
                None => intern!(py, "").clone().into_any(),
                Some(Ok(entry)) if !entry.is_empty() => entry.get_item(0)?,
                Some(_) => return Ok(None),
            }
        } else {
            message.clone()
        };
        let protocol = object.getattr(intern!(py, "protocol_version"))?;
        let (server, system) =
            (object.getattr(intern!(py, "server_version"))?, object.getattr(intern!(py, "sys_version"))?);
        let (Some(protocol), Some(phrase), Some(server), Some(system)) =
            (plain(&protocol), plain(&phrase), plain(&server), plain(&system))
        else {
            return Ok(None);
        };
        let mut digits = Buffer::new();
        let status = line(py, &[protocol, b" ", digits.format(number).as_bytes(), b" ", phrase])?;
        Ok(Some([status, line(py, &[b"Server: ", server, b" ", system])?]))
    }

    /// The same as they were made before, for a class in the same state and a status with the same phrase.
    fn known(
        &self,
        number: i64,
        code: &Bound<'py, PyAny>,
        message: &Bound<'py, PyAny>,
    ) -> PyResult<Option<[Bound<'py, PyBytes>; 2]>> {
        static KEPT: Mutex<[Option<Arc<Begin>>; 8]> = Mutex::new([const { None }; 8]);
        let py = self.py();
        let names = [
            intern!(py, "protocol_version"),
            intern!(py, "server_version"),
            intern!(py, "sys_version"),
            intern!(py, "responses"),
        ];
        let class = self.object.get_type();
        let Some(state) = self.seams.state(class.as_any()) else { return Ok(None) };
        if !message.is_none() || hides(&self.kept, &names)? {
            return Ok(None);
        }
        let slot = number.rem_euclid(8) as usize;
        let found = KEPT
            .try_lock()
            .ok()
            .and_then(|kept| kept[slot].clone().filter(|kept| (kept.state, kept.number) == (state, number)));
        if let Some(found) = found {
            let now = found.responses.bind(py).get_item(code)?;
            if now.map(|now| now.as_ptr()) == found.entry.as_ref().map(Py::as_ptr) {
                return Ok(Some(found.lines.each_ref().map(|line| line.bind(py).clone())));
            }
        }
        // What a class computes is computed each time.
        let [texts @ .., responses] = names.map(|name| lookup(class.as_any(), name));
        let fixed = texts.iter().all(|text| text.is_some_and(|text| text.is_exact_instance_of::<PyString>()));
        let responses = responses.and_then(|responses| responses.cast_exact::<PyDict>().ok());
        let Some(responses) = responses.filter(|_| fixed).map(Borrowed::to_owned) else {
            return Ok(None);
        };
        let Some(made) = self.made(number, code, message)? else { return Ok(None) };
        let entry = responses.get_item(code)?.map(Bound::unbind);
        let lines = made.each_ref().map(|line| line.clone().unbind());
        let begin = Arc::new(Begin { state, number, responses: responses.unbind(), entry, lines });
        let old = KEPT.try_lock().ok().and_then(|mut kept| kept[slot].replace(begin));
        drop(old);
        Ok(Some(made))
    }

    /// Puts a header, if that is left to the library.
    fn puts(&self, keyword: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = self.py();
        if !self.leaves(LINE, &[intern!(py, "_put")])? || !self.has_head()? {
            return Ok(false);
        }
        let mut digits = Buffer::new();
        let value = match plain(value) {
            Some(text) => text,
            None if value.is_exact_instance_of::<PyInt>() => {
                let Some(number) = self.number(value)? else { return Ok(false) };
                digits.format(number).as_bytes()
            }
            None => return Ok(false),
        };
        let Some(name) = plain(keyword) else { return Ok(false) };
        // That one is for the connection, too.
        if name.eq_ignore_ascii_case(b"connection") {
            return Ok(false);
        }
        let Some(lines) = self.lines()? else { return Ok(false) };
        lines.append(line(py, &[name, b": ", value])?)?;
        Ok(true)
    }

    /// Ends the head and holds it back, if that is left to the library and the connection takes it.
    fn ends(&self) -> PyResult<bool> {
        let py = self.py();
        if !self.leaves(END, &[intern!(py, "flush_headers")])? || !self.has_head()? {
            return Ok(false);
        }
        let (Some(lines), Some(writer)) =
            (self.own(intern!(py, "_headers_buffer"))?, self.own(intern!(py, "wfile"))?)
        else {
            return Ok(false);
        };
        let Ok(lines) = lines.cast_into_exact::<PyList>() else { return Ok(false) };
        if !writer.get_type().is(&self.seams.item(WRITER)?) {
            return Ok(false);
        }
        let Some(sock) = attributes(&writer).map_or(Ok(None), |kept| own(&kept, intern!(py, "_sock")))?
        else {
            return Ok(false);
        };
        let Some(socket) = plain_socket(sock.as_borrowed(), Method::SendAll) else { return Ok(false) };
        if !socket.may_hold() {
            return Ok(false);
        }
        let mut head: SmallVec<[u8; 1024]> = SmallVec::new();
        for line in lines.iter() {
            let Ok(line) = line.cast_exact::<PyBytes>() else { return Ok(false) };
            extend(&mut head, line.as_bytes())?;
        }
        extend(&mut head, b"\r\n")?;
        self.kept.set_item(intern!(py, "_headers_buffer"), PyList::empty(py))?;
        socket.hold(&head);
        Ok(true)
    }

    /// Whether the response has a head: all have but those of HTTP/0.9.
    fn has_head(&self) -> PyResult<bool> {
        let version = self.own(intern!(self.py(), "request_version"))?;
        Ok(version.is_some_and(|version| plain(&version).is_some_and(|version| version != b"HTTP/0.9")))
    }

    /// The lines that wait to be sent; None if they are no list.
    fn lines(&self) -> PyResult<Option<Bound<'py, PyList>>> {
        let name = intern!(self.py(), "_headers_buffer");
        if let Some(lines) = self.own(name)? {
            return Ok(lines.cast_into_exact::<PyList>().ok());
        }
        let lines = PyList::empty(self.py());
        self.kept.set_item(name, &lines)?;
        Ok(Some(lines))
    }

    /// The number that an int is, or a member of `HTTPStatus`.
    fn number(&self, code: &Bound<'py, PyAny>) -> PyResult<Option<i64>> {
        let is_plain =
            code.is_exact_instance_of::<PyInt>() || code.get_type().is(self.seams.item(OK)?.get_type());
        if !is_plain {
            return Ok(None);
        }
        let mut overflow = 0;
        // SAFETY: attached; a live int; -1 and an overflow for one that is too large.
        let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(code.as_ptr(), &raw mut overflow) };
        Ok((overflow == 0).then_some(number))
    }
}

/// A line of a head, made of its parts.
fn line<'py>(py: Python<'py>, parts: &[&[u8]]) -> PyResult<Bound<'py, PyBytes>> {
    let mut line: SmallVec<[u8; 256]> = SmallVec::new();
    for part in parts {
        extend(&mut line, part)?;
    }
    extend(&mut line, b"\r\n")?;
    memory::bytes_object(py, &line)
}

fn extend<const N: usize>(bytes: &mut SmallVec<[u8; N]>, more: &[u8]) -> PyResult<()>
where
    [u8; N]: smallvec::Array<Item = u8>,
{
    bytes.try_reserve(more.len()).map_err(|_| pyo3::exceptions::PyMemoryError::new_err(()))?;
    bytes.extend_from_slice(more);
    Ok(())
}
