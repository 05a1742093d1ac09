//! The helpers from before `urlsplit`, which other modules of the standard library still call.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::globals::Globals;
use crate::call::{Args, native_named};
use crate::signature::{Signature, required};
use crate::text::{self, ascii};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"_splittype", split_type, TYPE_DOC),
        native_named!(CALLS, c"_splithost", split_host, HOST_DOC),
        native_named!(CALLS, c"_splitport", split_port, PORT_DOC),
    ])
}

const TYPE: Signature<1> = Signature { text: "_splittype(url)", names: ["url"], required: 1 };
const TYPE_DOC: &CStr = c"_splittype($module, url)
--

Return the scheme of a URL, in lower case, and what follows its ':'; None and the URL if it has none.";

fn split_type<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [url] = TYPE.read(&args)?;
    let url = required(url)?;
    let Some(bytes) = plain(url) else { return otherwise(module, intern!(py, "_splittype_objects"), url) };
    let end = bytes.iter().position(|byte| matches!(byte, b':' | b'/'));
    match end.filter(|&end| end > 0 && bytes[end] == b':') {
        Some(end) => pair(
            py,
            Some(text::string(py, &bytes[..end].to_ascii_lowercase())?),
            text::string(py, &bytes[end + 1..])?,
        ),
        None => pair(py, None, url.to_owned()),
    }
}

const HOST: Signature<1> = Signature { text: "_splithost(url)", names: ["url"], required: 1 };
const HOST_DOC: &CStr = c"_splithost($module, url)
--

Return the host of a URL that begins with '//', with its port, and the path; None and the URL if it does not.";

fn split_host<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [url] = HOST.read(&args)?;
    let url = required(url)?;
    let Some(bytes) = plain(url) else { return otherwise(module, intern!(py, "_splithost_objects"), url) };
    let Some(rest) = bytes.strip_prefix(b"//") else { return pair(py, None, url.to_owned()) };
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'#' | b'?')).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let path = match path.first() {
        None | Some(b'/') => text::string(py, path)?,
        Some(_) => text::string(py, &[b"/", path].concat())?,
    };
    pair(py, Some(text::string(py, host)?), path)
}

const PORT: Signature<1> = Signature { text: "_splitport(host)", names: ["host"], required: 1 };
const PORT_DOC: &CStr = c"_splitport($module, host)
--

Return a host and its port as a str, which is None if there is none or if it is no number.";

fn split_port<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [host] = PORT.read(&args)?;
    let host = required(host)?;
    let Some(bytes) = plain(host) else { return otherwise(module, intern!(py, "_splitport_objects"), host) };
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let colon = (bytes.len() - digits).checked_sub(1).filter(|&at| bytes[at] == b':');
    match colon {
        Some(at) if digits > 0 => {
            let port = text::string(py, &bytes[at + 1..])?;
            pair(py, Some(text::string(py, &bytes[..at])?), port)
        }
        Some(at) => pair(py, Some(text::string(py, &bytes[..at])?), py.None().into_bound(py)),
        None => pair(py, Some(host.to_owned()), py.None().into_bound(py)),
    }
}

/// The characters of just a str, if they are all ASCII.
fn plain<'a>(given: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    given.cast_exact::<PyString>().ok().and_then(ascii)
}

fn otherwise<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    name: &Bound<'py, PyString>,
    given: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    Globals::of(module).call(name, &PyTuple::new(module.py(), [given])?)
}

fn pair<'py>(
    py: Python<'py>,
    first: Option<Bound<'py, PyAny>>,
    second: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let first = first.unwrap_or_else(|| py.None().into_bound(py));
    Ok(PyTuple::new(py, [first, second])?.into_any())
}
