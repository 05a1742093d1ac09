//! A request over a connection of its own and the head of its response, without an `HTTPConnection` that nobody sees.

use std::cell::OnceCell;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{Borrowed, intern};

use super::response::{Fresh, closed, is_known};
pub(crate) use super::written::Lines;
use super::written::{Target, Written, plain_body};
use super::{ALONE, ALONE_CLASS, seams};
use crate::audit::audit;
use crate::seams::Seams;
use crate::text;

/// The way there.
pub(crate) struct Alone<'py> {
    client: Bound<'py, PyModule>,
    seams: Seams<'py>,
    class: Bound<'py, PyAny>,
    response: Bound<'py, PyType>,
}

/// Where a connection goes.
pub(crate) struct Peer<'a, 'py> {
    /// What `HTTPConnection` is made with.
    authority: Borrowed<'a, 'py, PyString>,
    timeout: &'a Bound<'py, PyAny>,
    host: Bound<'py, PyAny>,
    port: u16,
}

impl<'a, 'py> Peer<'a, 'py> {
    /// None for an authority that needs judgement.
    pub(crate) fn of(
        authority: Borrowed<'a, 'py, PyString>,
        timeout: &'a Bound<'py, PyAny>,
    ) -> PyResult<Option<Self>> {
        let py = authority.py();
        let Some(text) = text::ascii(authority) else { return Ok(None) };
        let (host, port) = match text.iter().position(|&byte| byte == b':') {
            None => (text, Some(80)),
            Some(colon) => (&text[..colon], port_of(&text[colon + 1..])),
        };
        let is_plain =
            !host.is_empty() && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte));
        let Some(port) = port.filter(|_| is_plain) else { return Ok(None) };
        Ok(Some(Self { authority, timeout, host: text::string(py, host)?, port }))
    }
}

/// A port that is written as all do.
fn port_of(digits: &[u8]) -> Option<u16> {
    let is_plain = (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_plain)?.parse().ok()
}

/// What is asked for over a connection of its own.
pub(crate) struct Asked<'a, 'py> {
    peer: Peer<'a, 'py>,
    request: Written<'a>,
}

impl<'py> Alone<'py> {
    /// None if `client` is not our `http.client` as it was written, or `class` not its `HTTPConnection`.
    pub(crate) fn of(client: Bound<'py, PyAny>, class: Borrowed<'_, 'py, PyAny>) -> PyResult<Option<Self>> {
        let Ok(client) = client.cast_into::<PyModule>() else { return Ok(None) };
        let Some(seams) = seams(client.as_borrowed())? else { return Ok(None) };
        let class = class.to_owned();
        if !class.is(&seams.item(ALONE_CLASS)?) || !seams.class(ALONE, &class)? {
            return Ok(None);
        }
        let response = class.getattr(intern!(class.py(), "response_class"))?.cast_into::<PyType>()?;
        Ok(is_known(&seams, &response)?.then_some(Self { client, seams, class, response }))
    }

    /// A request of the header lines that `put` puts; None if something needs judgement.
    pub(crate) fn ask<'a>(
        &self,
        peer: Peer<'a, 'py>,
        method: Borrowed<'a, 'py, PyAny>,
        url: Borrowed<'a, 'py, PyAny>,
        body: Borrowed<'a, 'py, PyAny>,
        put: impl FnOnce(&mut Lines) -> PyResult<Option<()>>,
    ) -> PyResult<Option<Asked<'a, 'py>>> {
        let (Some(target), Some(body)) = (Target::of(method, url), plain_body(body)) else { return Ok(None) };
        let mut lines = Lines::default();
        let Some(()) = put(&mut lines)? else { return Ok(None) };
        // Who gives a transfer coding has the body sent in chunks, and who gives no host has one worked out.
        let request = lines.written(self.client.as_borrowed(), target, body, || Ok(true), |_| Ok(None))?;
        Ok(request.map(|request| Asked { peer, request }))
    }

    /// Connects and sends: what `HTTPConnection.request` does.
    pub(crate) fn send(&self, asked: Asked<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.class.py();
        let Asked { peer, request } = asked;
        let connection = Connection { class: &self.class, peer: &peer, made: &OnceCell::new() };
        let Peer { host, port, timeout, .. } = &peer;
        audit(py, c"http.client.connect", (connection, host, *port))?;
        let address = PyTuple::new(py, [host.clone(), port.into_pyobject(py)?.into_any()])?;
        let socket = self.client.getattr(intern!(py, "socket"))?;
        let sock = socket.call_method1(intern!(py, "create_connection"), (address, *timeout, py.None()))?;
        let sent = no_delay(&sock).and_then(|()| {
            if let Some(connection) = connection.made.get() {
                connection.setattr(intern!(py, "sock"), &sock)?;
            }
            request.send(connection, &sock)
        });
        match sent {
            Ok(()) => Ok(sock),
            Err(error) => Err(closed(&sock, error)),
        }
    }

    /// The response, its head read, which has the socket to itself: what `HTTPConnection.getresponse` gives where the connection
    /// is closed behind it.
    pub(crate) fn receive(
        &self,
        sock: &Bound<'py, PyAny>,
        method: Borrowed<'_, 'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = sock.py();
        let read = || {
            let response = Fresh::of(&self.seams, &self.response, sock, &method)?;
            match response.begin(self.client.as_borrowed(), &self.seams, &method) {
                Ok(()) => Ok(response.object),
                Err(error) => Err(closed(&response.object, error)),
            }
        };
        match read() {
            Ok(response) => sock.call_method0(intern!(py, "close")).map(|_| response),
            Err(error) => Err(closed(sock, error)),
        }
    }
}

/// Has small packets sent at once.
fn no_delay(sock: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = sock.py();
    let option = (libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
    match sock.call_method1(intern!(py, "setsockopt"), option) {
        // Not all that is connected to is TCP.
        Err(error)
            if error.is_instance_of::<PyOSError>(py)
                && error.value(py).getattr(intern!(py, "errno"))?.eq(libc::ENOPROTOOPT)? =>
        {
            Ok(())
        }
        result => result.map(drop),
    }
}

/// The `HTTPConnection` of a request, which is made if an audit hook is there to see it.
#[derive(Clone, Copy)]
struct Connection<'a, 'py> {
    class: &'a Bound<'py, PyAny>,
    peer: &'a Peer<'a, 'py>,
    made: &'a OnceCell<Bound<'py, PyAny>>,
}

impl<'py> IntoPyObject<'py> for Connection<'_, 'py> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        if let Some(made) = self.made.get() {
            return Ok(made.clone());
        }
        let options = PyDict::new(py);
        options.set_item(intern!(py, "timeout"), self.peer.timeout)?;
        let made = self.class.call((self.peer.authority,), Some(&options))?;
        Ok(self.made.get_or_init(|| made).clone())
    }
}
