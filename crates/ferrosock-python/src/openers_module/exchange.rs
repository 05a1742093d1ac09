//! `AbstractHTTPHandler.do_open` in one call, for a request that needs no judgement.

use std::ffi::CStr;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{Borrowed, intern};

use super::headers::title;
use super::{REQUEST, REQUEST_CLASS, SEEN, plain};
use crate::call::Args;
use crate::http_module::alone::{Alone, Asked, Lines, Peer};
use crate::http_module::{hides, is_zero};
use crate::memory::{self, push};
use crate::seams::{Seams, attributes, set_own};

/// More headers are for the general way.
const MOST_HEADERS: usize = 24;

pub(super) const DOC: &CStr = c"exchange($module, handler, http_class, request, /)
--

Do what AbstractHTTPHandler.do_open does. Returns None, with nothing done, if that is for the general way.";

pub(super) fn exchange<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let py = module.py();
    let (handler, class, request) = (args.object(0)?, args.object(1)?, args.object(2)?);
    let general = || Ok(py.None().into_bound(py));

    if !is_quiet(&handler)? {
        return general();
    }
    let Some(request) = Request::of(module, &request)? else { return general() };
    let Some(alone) = Alone::of(client(module)?, class)? else { return general() };
    let Some(asked) = request.asked(&alone)? else { return general() };

    let url = request.object.getattr(intern!(py, "full_url"))?;
    answered(module, &alone, asked, request.method.as_borrowed(), &url)
}

/// Whether a handler has nothing printed.
pub(super) fn is_quiet(handler: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Some(kept) = attributes(handler) else { return Ok(false) };
    let level = kept.get_item(intern!(handler.py(), "_debuglevel"))?;
    Ok(level.is_some_and(|level| is_zero(&level)))
}

/// Sends a request, and gives the response to it.
pub(super) fn answered<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    alone: &Alone<'py>,
    asked: Asked<'_, 'py>,
    method: Borrowed<'_, 'py, PyAny>,
    url: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let sock = alone.send(asked).map_err(|error| refused(module, error))?;
    let response = alone.receive(&sock, method)?;
    set_own(&response, intern!(py, "url"), url)?;
    set_own(&response, intern!(py, "msg"), &response.getattr(intern!(py, "reason"))?)?;
    Ok(response)
}

/// What the module has as `http.client`.
pub(super) fn client<'py>(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    module.getattr(intern!(py, "http"))?.getattr(intern!(py, "client"))
}

/// An error of sending, as `URLError` if it is one of the system's.
fn refused(module: Borrowed<'_, '_, PyModule>, error: PyErr) -> PyErr {
    let py = module.py();
    if !error.is_instance_of::<PyOSError>(py) {
        return error;
    }
    let raised = module.getattr(intern!(py, "URLError")).and_then(|class| class.call1((error.value(py),)));
    match raised {
        Ok(raised) => {
            let raised = PyErr::from_value(raised);
            raised.set_context(py, Some(error));
            raised
        }
        Err(other) => other,
    }
}

/// The headers of a request, which its handler writes in its own way.
pub(super) struct Headers<'l> {
    lines: &'l mut Lines,
    names: Vec<Vec<u8>>,
}

impl<'l> Headers<'l> {
    pub(super) fn new(lines: &'l mut Lines) -> PyResult<Self> {
        Ok(Self { lines, names: memory::room_for(4)? })
    }

    /// Puts one; None if it needs judgement, such as which one of two counts.
    pub(super) fn put(
        &mut self,
        name: Borrowed<'_, '_, PyAny>,
        value: Borrowed<'_, '_, PyAny>,
    ) -> PyResult<Option<()>> {
        let Some(name) = plain(name) else { return Ok(None) };
        let name = title(name)?;
        if self.names.len() == MOST_HEADERS || self.names.contains(&name) || name == b"Connection" {
            return Ok(None);
        }
        let Some(()) = self.lines.put(&name, value)? else { return Ok(None) };
        push(&mut self.names, name).map(Some)
    }

    /// Puts the last one: whoever gets the response knows nothing of a connection to be used again.
    pub(super) fn end(self, py: Python<'_>) -> PyResult<Option<()>> {
        self.lines.put(b"Connection", intern!(py, "close").as_any().as_borrowed())
    }
}

/// A `Request` whose attributes are its own.
struct Request<'py> {
    object: Bound<'py, PyAny>,
    method: Bound<'py, PyAny>,
    host: Bound<'py, PyString>,
    selector: Bound<'py, PyAny>,
    data: Bound<'py, PyAny>,
    timeout: Bound<'py, PyAny>,
    /// Those that a redirect does not take along, and those that it does.
    headers: [Bound<'py, PyDict>; 2],
}

impl<'py> Request<'py> {
    fn of(module: Borrowed<'_, 'py, PyModule>, object: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(None) };
        let class = object.get_type();
        if !class.is(&seams.item(REQUEST_CLASS)?) || !seams.class(REQUEST, class.as_any())? {
            return Ok(None);
        }
        let Some(kept) = attributes(object) else { return Ok(None) };
        let own = |name| kept.get_item(name);
        let direct = own(intern!(py, "_tunnel_host"))?.is_some_and(|host| host.is_none());
        let (Some(host), Some(selector), Some(data), Some(timeout), true) = (
            own(intern!(py, "host"))?,
            own(intern!(py, "selector"))?,
            own(intern!(py, "_data"))?,
            own(intern!(py, "timeout"))?,
            direct,
        ) else {
            return Ok(None);
        };
        let (Some(unredirected), Some(headers)) =
            (own(intern!(py, "unredirected_hdrs"))?, own(intern!(py, "headers"))?)
        else {
            return Ok(None);
        };
        let (Ok(unredirected), Ok(headers), Ok(host)) = (
            unredirected.cast_into_exact::<PyDict>(),
            headers.cast_into_exact::<PyDict>(),
            host.cast_into_exact::<PyString>(),
        ) else {
            return Ok(None);
        };
        let method = match own(intern!(py, "method"))? {
            Some(method) => method,
            None if data.is_none() => intern!(py, "GET").clone().into_any(),
            None => intern!(py, "POST").clone().into_any(),
        };
        if hides(&kept, &[intern!(py, "get_method"), intern!(py, "has_header"), intern!(py, "get_full_url")])?
        {
            return Ok(None);
        }
        let object = object.clone();
        Ok(Some(Self { object, method, host, selector, data, timeout, headers: [unredirected, headers] }))
    }

    /// What is sent; None if something needs judgement.
    fn asked<'a>(&'a self, alone: &Alone<'py>) -> PyResult<Option<Asked<'a, 'py>>> {
        let Some(peer) = Peer::of(self.host.as_borrowed(), &self.timeout)? else { return Ok(None) };
        let [first, second] = &self.headers;
        let put = |lines: &mut Lines| {
            let mut headers = Headers::new(lines)?;
            for (name, value) in first.iter().chain(second.iter()) {
                let Some(()) = headers.put(name.as_borrowed(), value.as_borrowed())? else { return Ok(None) };
            }
            headers.end(self.object.py())
        };
        alone.ask(peer, self.method.as_borrowed(), self.selector.as_borrowed(), self.data.as_borrowed(), put)
    }
}
