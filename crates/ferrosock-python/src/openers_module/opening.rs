//! `OpenerDirector.open` of a URL of HTTP, for an opener that does nothing to requests and responses but what all do.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use pyo3::{Borrowed, intern};

use super::exchange::{Headers, answered, client, is_quiet};
use super::locations::Location;
use super::{
    HANDLER, HANDLER_CLASS, NAMES, OPENER, PROCESSOR, PROCESSOR_CLASS, REQUEST, REQUEST_CLASS, SEEN, plain,
};
use crate::audit::audit;
use crate::call::Args;
use crate::convert::exact_int;
use crate::http_module::alone::{Alone, Lines, Peer};
use crate::seams::{Seams, attributes, hides_nothing};
use crate::text;

pub(super) const DOC: &CStr = c"open_plainly($module, opener, url, timeout, /)
--

Do what OpenerDirector.open does with a URL and no data. Returns None, with nothing done, if that is for the general way.";

pub(super) fn open_plainly<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let py = module.py();
    let (opener, url, timeout) = (args.object(0)?, args.object(1)?, args.object(2)?.to_owned());
    let general = || Ok(py.None().into_bound(py));

    let Some((host, selector)) = plain(url).and_then(located) else { return general() };
    let Some(opener) = Opener::of(module, &opener)? else { return general() };
    let client = client(module)?;
    let class = client.getattr(intern!(py, "HTTPConnection"))?;
    let Some(alone) = Alone::of(client, class.as_borrowed())? else { return general() };
    let host = text::string(py, host)?.cast_into::<PyString>()?;
    let Some(peer) = Peer::of(host.as_borrowed(), &timeout)? else { return general() };
    let (method, selector) = (intern!(py, "GET").as_any(), selector.selector(py)?);
    let none = py.None().into_bound(py);
    let put = |lines: &mut Lines| opener.put_headers(&host, lines);
    let Some(asked) =
        alone.ask(peer, method.as_borrowed(), selector.as_borrowed(), none.as_borrowed(), put)?
    else {
        return general();
    };

    audit(py, c"urllib.Request", (url, py.None(), NoHeaders, method))?;
    let url = url.to_owned();
    let response = answered(module, &alone, asked, method.as_borrowed(), &url)?;
    let status = response.getattr(intern!(py, "status"))?;
    if exact_int::<u16>(&status).is_some_and(|status| (200..300).contains(&status)) {
        return Ok(response);
    }
    opener.object.call_method1(intern!(py, "_process"), (url, timeout, response))
}

/// The authority of a plain URL of HTTP, and where the rest of it leads.
fn located(url: &[u8]) -> Option<(&[u8], Location<'_>)> {
    let location = Location::of(url).filter(|location| location.scheme == b"http" && !url.contains(&b'#'))?;
    Some((location.host?, location))
}

/// The headers of a request that has none of its own, made if an audit hook is there to see them.
struct NoHeaders;

impl<'py> IntoPyObject<'py> for NoHeaders {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(PyDict::new(py))
    }
}

/// An opener that has HTTP opened by the library's own handler, without a proxy, and leaves what comes to its own processor.
struct Opener<'py> {
    object: Bound<'py, PyAny>,
    headers: Bound<'py, PyList>,
}

impl<'py> Opener<'py> {
    fn of(module: Borrowed<'_, 'py, PyModule>, object: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(None) };
        let intact = seams.namespace(NAMES, module)?
            && seams.class(OPENER, object.get_type().as_any())?
            && seams.class(REQUEST, &seams.item(REQUEST_CLASS)?)?;
        let Some(kept) = attributes(object).filter(|kept| intact && hides_nothing(object, kept, &[])) else {
            return Ok(None);
        };

        let own = |name| kept.get_item(name);
        let table = |name| PyResult::Ok(own(name)?.and_then(|table| table.cast_into_exact::<PyDict>().ok()));
        let (Some(opening), Some(asking), Some(answering), Some(headers)) = (
            table(intern!(py, "handle_open"))?,
            table(intern!(py, "process_request"))?,
            table(intern!(py, "process_response"))?,
            own(intern!(py, "addheaders"))?.and_then(|headers| headers.cast_into_exact::<PyList>().ok()),
        ) else {
            return Ok(None);
        };
        let http = intern!(py, "http");
        let (Some(early), Some(opening), Some(asking), Some(answering)) = (
            handlers(&opening, intern!(py, "default"))?,
            handlers(&opening, http)?,
            handlers(&asking, http)?,
            handlers(&answering, http)?,
        ) else {
            return Ok(None);
        };
        if !early.is_empty() || opening.is_empty() || asking.len() != 1 || answering.len() != 1 {
            return Ok(None);
        }

        // Neither has anything of its own but what it was given by the opener.
        let known = |handler: &Bound<'py, PyAny>, class, methods| -> PyResult<bool> {
            Ok(handler.get_type().is(&seams.item(class)?) && seams.object(methods, handler)?)
        };
        let handler = &opening.get_item(0)?;
        if !asking.get_item(0)?.is(handler)
            || !known(handler, HANDLER_CLASS, HANDLER)?
            || !known(&answering.get_item(0)?, PROCESSOR_CLASS, PROCESSOR)?
        {
            return Ok(None);
        }
        let parent = handler.getattr(intern!(py, "parent"))?;
        let is_its = is_quiet(handler)? && parent.is(object);
        Ok(is_its.then(|| Self { object: object.clone(), headers }))
    }

    /// Puts the headers that the handler gives to a request without any; None if one needs judgement.
    fn put_headers(&self, host: &Bound<'py, PyString>, lines: &mut Lines) -> PyResult<Option<()>> {
        let py = host.py();
        let mut headers = Headers::new(lines)?;
        let Some(()) =
            headers.put(intern!(py, "Host").as_any().as_borrowed(), host.as_any().as_borrowed())?
        else {
            return Ok(None);
        };
        for pair in self.headers.iter() {
            let Ok(pair) = pair.cast_exact::<PyTuple>() else { return Ok(None) };
            if pair.len() != 2 {
                return Ok(None);
            }
            let (name, value) = (pair.get_borrowed_item(0)?, pair.get_borrowed_item(1)?);
            let Some(()) = headers.put(name, value)? else { return Ok(None) };
        }
        headers.end(py)
    }
}

/// The handlers that a table has under a name, if it is as the opener makes them.
fn handlers<'py>(
    table: &Bound<'py, PyDict>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyList>>> {
    Ok(match table.get_item(name)? {
        Some(handlers) => handlers.cast_into_exact::<PyList>().ok(),
        None => Some(PyList::empty(table.py())),
    })
}
