//! Requests as they go out: the lines of a head, and their way to a socket.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PySet, PyString};
use pyo3::{Borrowed, intern};

use super::line::{ascii_of, put};
use crate::audit::audit;
use crate::error::raise;
use crate::host::Interpreter;
use crate::memory;
use crate::socket_module::object::{Method, plain};
use crate::text;

/// A body of up to so many bytes goes with the head in one send.
const TOGETHER: usize = 64 * 1024;

/// What a request line asks for, and how.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(super) method: &'a [u8],
    pub(super) url: &'a [u8],
}

impl<'a> Target<'a> {
    /// A method and a target of ASCII, if neither needs judgement; the root is the target where none is given.
    pub(super) fn of(method: Borrowed<'a, '_, PyAny>, url: Borrowed<'a, '_, PyAny>) -> Option<Self> {
        let plain = |text: Borrowed<'a, '_, PyAny>| text.cast_exact::<PyString>().ok().and_then(text::ascii);
        let (method, url) = (plain(method)?, plain(url)?);
        let url = if url.is_empty() { &b"/"[..] } else { url };
        let fits =
            method.iter().all(|&byte| byte >= 0x20) && url.iter().all(|&byte| byte > 0x20 && byte != 0x7f);
        (fits && !url.starts_with(b"http")).then_some(Self { method, url })
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

/// The header lines that the caller of a request gives.
#[derive(Default)]
pub(crate) struct Lines {
    text: Vec<u8>,
    given: Given,
}

impl Lines {
    /// Puts one more; None if the name or the value needs judgement.
    pub(crate) fn put(&mut self, name: &[u8], value: Borrowed<'_, '_, PyAny>) -> PyResult<Option<()>> {
        let Some(()) = put(&mut self.text, name, value)? else { return Ok(None) };
        memory::append(&mut self.text, b"\r\n")?;
        self.given.note(name);
        Ok(Some(()))
    }

    /// The request with these lines, and those that `http.client` puts in front of them; None if something needs judgement.
    /// `module` is `http.client`, `chunked` says whether a body with a transfer coding is to be sent in chunks, and `put_host`
    /// puts a line that names the host.
    pub(super) fn written<'a>(
        &self,
        module: Borrowed<'_, '_, PyModule>,
        Target { method, url }: Target<'_>,
        body: Option<&'a [u8]>,
        chunked: impl FnOnce() -> PyResult<bool>,
        put_host: impl FnOnce(&mut Vec<u8>) -> PyResult<Option<()>>,
    ) -> PyResult<Option<Written<'a>>> {
        let Self { text, given } = self;
        let mut head = memory::room_for(method.len() + url.len() + text.len() + 128)?;
        for part in [method, b" ", url, b" HTTP/1.1\r\n"] {
            memory::append(&mut head, part)?;
        }
        if !given.host {
            let Some(()) = put_host(&mut head)? else { return Ok(None) };
        }
        if !given.accept_encoding {
            memory::append(&mut head, b"Accept-Encoding: identity\r\n")?;
        }
        if !given.content_length {
            if given.transfer_encoding {
                // The body, if there is one, may have to go in chunks.
                if body.is_some() && chunked()? {
                    return Ok(None);
                }
            } else if let Some(body) = body {
                memory::append(&mut head, format!("Content-Length: {}\r\n", body.len()).as_bytes())?;
            } else if expects_body(module, method)? {
                memory::append(&mut head, b"Content-Length: 0\r\n")?;
            }
        }
        memory::append(&mut head, text)?;
        memory::append(&mut head, b"\r\n")?;
        Ok(Some(Written { head, body: body.unwrap_or_default() }))
    }
}

/// Whether a request by this method has a length even without a body.
fn expects_body(module: Borrowed<'_, '_, PyModule>, method: &[u8]) -> PyResult<bool> {
    let py = module.py();
    let methods = module.dict().as_any().get_item(intern!(py, "_METHODS_EXPECTING_BODY"))?;
    let upper = method.to_ascii_uppercase();
    methods.cast::<PySet>()?.contains(text::string(py, &upper)?)
}

/// The bytes of a body that is just bytes or a str of ASCII, Some(None) of None.
pub(super) fn plain_body<'a>(body: Borrowed<'a, '_, PyAny>) -> Option<Option<&'a [u8]>> {
    if body.is_none() { Some(None) } else { ascii_of(body).map(Some) }
}

/// A request as it goes out.
pub(super) struct Written<'a> {
    pub(super) head: Vec<u8>,
    pub(super) body: &'a [u8],
}

impl Written<'_> {
    /// Sends it over a socket of any kind. `connection` is what audit hooks are told of.
    pub(super) fn send<'py, C>(self, connection: C, sock: &Bound<'py, PyAny>) -> PyResult<()>
    where
        C: IntoPyObject<'py> + Copy,
    {
        let py = sock.py();
        let Self { mut head, body } = self;
        let event = c"http.client.send";
        if let Some(socket) = plain(sock.as_borrowed(), Method::SendAll) {
            audit(py, event, (connection, Lazy(&head)))?;
            if !body.is_empty() {
                audit(py, event, (connection, Lazy(body)))?;
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
                audit(py, event, (connection, &data))?;
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
