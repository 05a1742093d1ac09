//! Where the URL of a request leads.

use std::ffi::CStr;

use ferrosock_codec::url::{Error, SplitOptions, split};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{Borrowed, intern};

use super::plain;
use crate::call::Args;
use crate::signature::{Signature, required};
use crate::text;
use crate::version;

const LOCATE: Signature<1> = Signature { text: "locate(url)", names: ["url"], required: 1 };
pub(super) const LOCATE_DOC: &CStr = c"locate($module, url)
--

Return the scheme of a URL in small letters, its authority, and what is behind that; None for a URL that is not plain.";

pub(super) fn locate<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [url] = LOCATE.read(&args)?;
    let Some(location) = plain(required(url)?).and_then(Location::of) else {
        return Ok(py.None().into_bound(py));
    };
    let scheme = match location.scheme {
        b"http" => intern!(py, "http").clone().into_any(),
        b"https" => intern!(py, "https").clone().into_any(),
        other => text::string(py, &other.to_ascii_lowercase())?,
    };
    let selector = location.selector(py)?;
    let host = match location.host {
        Some(host) => text::string(py, host)?,
        None => py.None().into_bound(py),
    };
    PyTuple::new(py, [scheme, host, selector]).map(Bound::into_any)
}

/// A URL as its request needs it.
pub(super) struct Location<'u> {
    pub(super) scheme: &'u [u8],
    pub(super) host: Option<&'u [u8]>,
    rest: &'u [u8],
}

impl<'u> Location<'u> {
    /// None without a scheme, and if the authority has escapes in it.
    pub(super) fn of(url: &'u [u8]) -> Option<Self> {
        let end = url.iter().position(|byte| matches!(byte, b':' | b'/'))?;
        if end == 0 || url[end] != b':' {
            return None;
        }
        let (scheme, rest) = (&url[..end], &url[end + 1..]);
        let Some(rest) = rest.strip_prefix(b"//") else { return Some(Self { scheme, host: None, rest }) };
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'#' | b'?')).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        (!host.contains(&b'%')).then_some(Self { scheme, host: Some(host), rest })
    }

    /// What is behind the authority, as a server is asked for it.
    pub(super) fn selector<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match (self.host, self.rest.first()) {
            (Some(_), Some(first)) if *first != b'/' => text::string(py, &[b"/", self.rest].concat()),
            _ => text::string(py, self.rest),
        }
    }
}

const HOST: Signature<1> = Signature { text: "request_host(request)", names: ["request"], required: 1 };
pub(super) const HOST_DOC: &CStr = c"request_host($module, request)
--

Return the host that a request goes to, in small letters and without its port; that of its header Host if its URL has none.

Source: RFC 2965, section 1";

pub(super) fn request_host<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [request] = HOST.read(&args)?;
    let request = required(request)?;
    let url = request.getattr(intern!(py, "full_url"))?;
    match plain(url.as_borrowed()).and_then(host_of) {
        Some(host) => text::string(py, &host),
        None => module.call_method1(intern!(py, "_odd_request_host"), (request,)),
    }
}

/// The host of a URL; None without one, and where Python has to say what is wrong.
fn host_of(url: &[u8]) -> Option<Vec<u8>> {
    let refuse = |_: &[u8]| Err(Error::Refused);
    let options = SplitOptions {
        letter_first: version::since(11),
        check_brackets: &refuse,
        check: &refuse,
        ..SplitOptions::default()
    };
    let parts = split(url, &options).ok()?;
    let host = &parts.authority[..];
    let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let without = host[..host.len() - digits].strip_suffix(b":").filter(|_| digits > 0);
    // Only a host that was not empty before its port went.
    (!host.is_empty()).then(|| without.unwrap_or(host).to_ascii_lowercase())
}
