//! `BaseHTTPRequestHandler.parse_request` in one call: a head that is in the file's buffer whole, and needs no judgement.

use std::ffi::CStr;

use ferrosock_proto::http1::{ClearRequest, Version};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyString, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::lazy::LazyMessage;
use super::message::{Limits, Places, latin, may_fill, set};
use super::{CALLS, hides, own};
use crate::call::{Args, native_fast};
use crate::fast::SocketFile;
use crate::memory;
use crate::seams::{Seams, Seen, attributes};
use crate::text;

/// The classes of `http.server` that were last seen to be as they were.
pub(super) static SEEN: Seen = Seen::new();

// The places in the module's `_SEAMS`: the handlers' methods, the module `http.client`, its `parse_headers`, and where a handler's
// message may be one that has not been made.
const HANDLER: usize = 1;
const CLIENT: usize = 2;
const PARSE_HEADERS: usize = 3;
const HEADERS: usize = 4;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"parse_request", parse_request, PARSE_DOC)])
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
    let expects = parsed(module, &args.object(0)?.to_owned())?;
    Ok(match expects {
        None => py.None().into_bound(py),
        Some(expects) => PyBool::new(py, !expects).to_owned().into_any(),
    })
}

/// Whether the client waits, or None.
fn parsed<'py>(module: Borrowed<'_, 'py, PyModule>, handler: &Bound<'py, PyAny>) -> PyResult<Option<bool>> {
    let py = module.py();
    let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(None) };
    if !seams.class(HANDLER, handler.get_type().as_any())? {
        return Ok(None);
    }
    let Some(kept) = attributes(handler) else { return Ok(None) };
    if hides(
        &kept,
        &[intern!(py, "_take_words"), intern!(py, "_take_version"), intern!(py, "_take_headers")],
    )? {
        return Ok(None);
    }
    let (Some(raw), Some(rfile)) =
        (own(&kept, intern!(py, "raw_requestline"))?, own(&kept, intern!(py, "rfile"))?)
    else {
        return Ok(None);
    };
    let (Ok(raw), Some(file)) = (raw.cast_exact::<PyBytes>(), SocketFile::of(&rfile)) else {
        return Ok(None);
    };
    let Some(line) = ClearRequest::read(raw.as_bytes()) else { return Ok(None) };

    let client = seams.item(CLIENT)?;
    let client = client.cast::<PyModule>()?.as_borrowed();
    let parse_headers = client.dict().get_item(intern!(py, "parse_headers"))?;
    let original = seams.item(PARSE_HEADERS)?;
    if !parse_headers.is_some_and(|now| now.is(&original)) {
        return Ok(None);
    }
    let (Some(lists), Some(limits)) = (Seams::lists(client, &super::SEEN)?, Limits::of(client)?) else {
        return Ok(None);
    };
    let Ok(class) = handler.getattr(intern!(py, "MessageClass"))?.cast_into::<PyType>() else {
        return Ok(None);
    };
    if !may_fill(&lists, &class)? {
        return Ok(None);
    }
    let Ok(protocol) = handler.getattr(intern!(py, "protocol_version"))?.cast_into_exact::<PyString>() else {
        return Ok(None);
    };
    let Some(protocol) = text::ascii(protocol.as_borrowed()) else { return Ok(None) };
    let keeps = protocol >= &b"HTTP/1.1"[..];

    let mut places = Places::default();
    let taken = file.look(|input| {
        let length = places.read(input, limits)?;
        Some((length, memory::copied(&input[..length])))
    })?;
    let Some(section) = taken else { return Ok(None) };
    let section = section?;
    let fields = places.fields(&section);
    let is =
        |name: &[u8], what: &[u8]| fields.get(name).is_some_and(|value| value.eq_ignore_ascii_case(what));
    let mut closes = !(keeps && line.version == Version::Http11);
    if is(b"connection", b"close") {
        closes = true;
    } else if keeps && is(b"connection", b"keep-alive") {
        closes = false;
    }
    let expects = keeps && line.version == Version::Http11 && is(b"expect", b"100-continue");

    let whole = &raw.as_bytes()[..raw.as_bytes().len() - 2];
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
    let (headers, policy) = (intern!(py, "headers"), lists.item(super::COMPAT)?);
    if seams.class(HEADERS, handler.get_type().as_any())? {
        LazyMessage::new(section, &places, &class, policy).put(&kept, &[headers])?;
    } else {
        put(headers, &fields.message(&class, &policy)?)?;
    }
    Ok(Some(expects))
}

/// A method as str; the usual ones are made once.
pub(crate) fn method<'py>(py: Python<'py>, method: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let known = match method {
        b"GET" => intern!(py, "GET"),
        b"HEAD" => intern!(py, "HEAD"),
        b"POST" => intern!(py, "POST"),
        b"PUT" => intern!(py, "PUT"),
        b"DELETE" => intern!(py, "DELETE"),
        b"OPTIONS" => intern!(py, "OPTIONS"),
        b"PATCH" => intern!(py, "PATCH"),
        _ => return latin(py, method),
    };
    Ok(known.clone().into_any())
}
