//! Requests that have been received whole, from the bytes to the answer.

use std::time::Instant;

use ferrosock_proto::http1::{ClearRequest, Version};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{ffi, intern};

use super::{Next, Waiting};
use crate::fast::{SocketFile, holds_end_of_head};
use crate::http_module::message::{Fields, Limits, Places};
use crate::http_module::server::method;
use crate::memory;
use crate::seams::Seams;
use crate::wsgi_module::environ::{Line, environ};
use crate::wsgi_module::exchange::{Source, run};
use crate::wsgi_module::setup::{CLIENT, ENVIRON, LOG, PARSER, REQUEST_HANDLER, ServerHandler};

/// The longest head that is collected here, the size of a file's buffer.
const LONGEST: usize = 8192;

impl<'py> Waiting<'_, 'py> {
    /// Serves the requests that have been received whole.
    pub(super) fn serve_received(&mut self, index: usize, file: SocketFile<'_, 'py>) -> PyResult<Next> {
        let py = self.py();
        loop {
            // Nothing is answered before the head is there, but for what has no head (HTTP/0.9) or is none.
            let state = file.ahead(|input| match input.iter().position(|&byte| byte == b'\n') {
                None if input.len() >= LONGEST => Some(Next::General),
                None => Some(Next::Wait),
                Some(end) if ClearRequest::read(&input[..=end]).is_none() => Some(Next::General),
                Some(_) if holds_end_of_head(input) => None,
                Some(_) if input.len() >= LONGEST => Some(Next::General),
                Some(_) => Some(Next::Wait),
            })?;
            if let Some(next) = state {
                return Ok(next);
            }
            let Some(seams) = self.seams()? else { return Ok(Next::General) };
            let class = self.server.getattr(intern!(py, "RequestHandlerClass"))?;
            let is_plain = class.is_instance_of::<pyo3::types::PyType>()
                && seams.class(REQUEST_HANDLER, &class)?
                && seams.class(ENVIRON, &class)?
                && seams.class(LOG, &class)?;
            if !is_plain {
                return Ok(Next::General);
            }
            let Some(served_by) = ServerHandler::of(self.module, &seams)? else { return Ok(Next::General) };
            match self.respond(index, file, &seams, &class, &served_by)? {
                Some(true) => {}
                Some(false) => return Ok(Next::Close),
                None => return Ok(Next::General),
            }
            if let Some(Some(connection)) = self.connections.get_mut(index) {
                self.kept += usize::from(!connection.kept);
                connection.kept = true;
                connection.since = Instant::now();
            }
            if file.ahead(<[u8]>::is_empty)? || self.is_told_to_stop()? {
                return Ok(Next::Wait);
            }
        }
    }

    /// Serves the request at the beginning of the file. Gives whether the connection is kept; None, with nothing read, if that
    /// is for the general way.
    fn respond(
        &mut self,
        index: usize,
        file: SocketFile<'_, 'py>,
        seams: &Seams<'py>,
        class: &Bound<'py, PyAny>,
        served_by: &ServerHandler<'py>,
    ) -> PyResult<Option<bool>> {
        let py = self.py();
        let Some(Some(connection)) = self.connections.get(index) else { return Ok(Some(false)) };
        let (socket, rfile, address) = (
            connection.socket.bind(py).clone(),
            connection.rfile.bind(py).clone(),
            connection.address.bind(py).clone(),
        );
        let client = seams.item(CLIENT)?;
        let client = client.cast::<PyModule>()?.as_borrowed();
        if !seams.namespace(PARSER, client)? {
            return Ok(None);
        }
        let Some(limits) = Limits::of(client)? else { return Ok(None) };
        let mut places = Places::default();
        let taken = file.take(|input| {
            let end = input.iter().position(|&byte| byte == b'\n')? + 1;
            ClearRequest::read(&input[..end])?;
            let length = end + places.read(&input[end..], limits)?;
            Some((length, (memory::copied(&input[..end]), memory::copied(&input[end..length]))))
        })?;
        let Some((line, section)) = taken else { return Ok(None) };
        let (line, section) = (line?, section?);
        let Some(request) = ClearRequest::read(&line) else { return Ok(None) };
        let fields = places.fields(&section);
        let Ok(base) = self.server.getattr(intern!(py, "base_environ"))?.cast_into_exact::<PyDict>() else {
            return Ok(None);
        };
        // A target that begins with two slashes would be another server to a client that is sent there.
        let slashes = request.target.iter().take_while(|&&byte| byte == b'/').count();
        let target = &request.target[slashes.saturating_sub(1)..];
        let version = match request.version {
            Version::Http10 => intern!(py, "HTTP/1.0"),
            _ => intern!(py, "HTTP/1.1"),
        };
        let words = Line { version: version.clone().into_any(), method: method(py, request.method)?, target };
        let software = class.getattr(intern!(py, "server_version"))?;
        let base_env = environ(&base, &software, &words, &address.get_item(0)?, fields.all())?;
        // An application need not know that HEAD has no body, and what it gives goes out: nothing may follow that.
        let keeps = request.method != b"HEAD"
            && asks_to_be_kept(&fields)
            && self.server.getattr(intern!(py, "keep_alive"))?.is_truthy()?;
        // SAFETY: attached; gives a borrowed reference or null.
        let stderr = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PySys_GetObject(c"stderr".as_ptr())) };
        let stderr = stderr.unwrap_or_else(|| py.None().into_bound(py));
        let source = Source::Loop {
            server: self.server.clone().unbind(),
            address: address.clone().unbind(),
            line,
            section,
        };
        let parts = served_by.parts(self.module, &socket, &rfile, &stderr, &base_env, source)?;
        let mark = file.mark();
        let outcome = self
            .server
            .call_method0(intern!(py, "get_app"))
            .and_then(|application| run(py, parts, &application, keeps));
        match outcome {
            // What the application has read may have been the next request's.
            Ok(outcome) => Ok(Some(outcome.kept && file.mark() == mark)),
            Err(error) => {
                self.failed(index, error)?;
                Ok(Some(false))
            }
        }
    }
}

/// Whether the client says that it would keep the connection, and sends nothing behind the head.
fn asks_to_be_kept(fields: &Fields<'_>) -> bool {
    let others =
        [&b"transfer-encoding"[..], b"upgrade", b"expect"].iter().any(|name| fields.get(name).is_some());
    // Where there are several of a name, each has its say.
    let every = |name: &[u8], says: &[u8]| {
        let mut values = fields.all().filter(|field| field.0.eq_ignore_ascii_case(name));
        values.all(|(_, value)| value.trim_ascii().eq_ignore_ascii_case(says))
    };
    let asks = fields.get(b"connection").is_some() && every(b"connection", b"keep-alive");
    asks && !others && every(b"content-length", b"0")
}
