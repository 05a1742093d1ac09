//! Hosts, domains and paths.

use std::ffi::CStr;

use ferrosock_proto::cookies as codec;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::{CALLS, no_text, text_of};
use crate::call::{Args, native_named};
use crate::signature::{Signature, required};
use crate::text::{self, Text};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"is_HDN", is_hdn, HDN_DOC),
        native_named!(CALLS, c"liberal_is_HDN", liberal_is_hdn, LIBERAL_DOC),
        native_named!(CALLS, c"domain_match", domain_match, MATCH_DOC),
        native_named!(CALLS, c"user_domain_match", user_domain_match, USER_DOC),
        native_named!(CALLS, c"reach", reach, REACH_DOC),
        native_named!(CALLS, c"escape_path", escape_path, PATH_DOC),
    ])
}

fn truth(py: Python<'_>, value: bool) -> PyResult<Bound<'_, PyAny>> {
    Ok(PyBool::new(py, value).to_owned().into_any())
}

const HDN: Signature<1> = Signature { text: "is_HDN(text)", names: ["text"], required: 1 };
const HDN_DOC: &CStr = c"is_HDN($module, text)
--

Return whether a text is a host's domain name: not empty, no dot at an end, and no address of IPv4.";

fn is_hdn<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [given] = HDN.read(&args)?;
    let text = Text::of(text_of(required(given)?)?)?;
    truth(module.py(), codec::is_host_name(text.bytes()))
}

const LIBERAL: Signature<1> = Signature { text: "liberal_is_HDN(text)", names: ["text"], required: 1 };
const LIBERAL_DOC: &CStr = c"liberal_is_HDN($module, text)
--

Return whether a text is no address of IPv4, for lists of domains.";

fn liberal_is_hdn<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [given] = LIBERAL.read(&args)?;
    let text = Text::of(text_of(required(given)?)?)?;
    truth(module.py(), !codec::ends_in_number(text.bytes()))
}

fn plain<'a>(text: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    text::ascii(text.cast_exact::<PyString>().ok()?)
}

/// Two names in lower case, and what the codec says of them.
fn compared<'py>(
    py: Python<'py>,
    pair: [Option<Borrowed<'_, 'py, PyAny>>; 2],
    compare: fn(&[u8], &[u8]) -> bool,
) -> PyResult<Bound<'py, PyAny>> {
    let [a, b] = pair;
    let (a, b) = (required(a)?, required(b)?);
    if let (Some(a), Some(b)) = (plain(a), plain(b)) {
        return truth(py, compare(a, b));
    }
    let (a, b) = (a.call_method0(intern!(py, "lower"))?, b.call_method0(intern!(py, "lower"))?);
    match (a.cast::<PyString>(), b.cast::<PyString>()) {
        (Ok(a), Ok(b)) => {
            let (a, b) = (Text::of(a.as_borrowed())?, Text::of(b.as_borrowed())?);
            truth(py, compare(a.bytes(), b.bytes()))
        }
        (Err(_), _) => Err(no_text(a.as_borrowed())),
        _ => Err(no_text(b.as_borrowed())),
    }
}

const MATCH: Signature<2> = Signature { text: "domain_match(A, B)", names: ["A", "B"], required: 2 };
const MATCH_DOC: &CStr = c"domain_match($module, A, B)
--

Return whether host A domain-matches B: it is the same, or B has a dot before a host's name and is in A, behind something.

Source: RFC 2965, section 1";

fn domain_match<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    compared(module.py(), MATCH.read(&args)?, codec::domain_match_anywhere)
}

const USER: Signature<2> = Signature { text: "user_domain_match(A, B)", names: ["A", "B"], required: 2 };
const USER_DOC: &CStr = c"user_domain_match($module, A, B)
--

Return whether a user who lists B means domain A: the same one, or all that ends in B if that begins with a dot.";

fn user_domain_match<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    compared(module.py(), USER.read(&args)?, codec::user_domain_match)
}

const REACH: Signature<1> = Signature { text: "reach(h)", names: ["h"], required: 1 };
const REACH_DOC: &CStr = c"reach($module, h)
--

Return the reach of host h: '.acme.com' for 'www.acme.com', the host itself where that would be too wide.

Source: RFC 2965, section 1";

fn reach<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = REACH.read(&args)?;
    let given = required(given)?;
    let Ok(string) = given.cast::<PyString>() else {
        given.call_method1(intern!(py, "find"), (".",))?;
        return Err(no_text(given));
    };
    let text = Text::of(string)?;
    let found = codec::reach(text.bytes());
    if found.len() == text.bytes().len() { Ok(given.to_owned()) } else { text::string(py, found) }
}

const PATH: Signature<1> = Signature { text: "escape_path(path)", names: ["path"], required: 1 };
const PATH_DOC: &CStr = c"escape_path($module, path)
--

Return a path with percent-escapes for what may not stand in a URL's, and all escapes in upper case.

Source: RFC 3986, section 2.1";
const PATH_SAFE: &str = "%/;:@&=+$,!~*'()";

fn escape_path<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = PATH.read(&args)?;
    let given = required(given)?;
    let safe = module.dict().get_item(intern!(py, "HTTP_PATH_SAFE"))?;
    if safe.as_ref().is_none_or(|safe| plain(safe.as_borrowed()) != Some(PATH_SAFE.as_bytes())) {
        return module.call_method1(intern!(py, "_escaped_path"), (given,));
    }
    let quote = || -> PyResult<Bound<'py, PyAny>> {
        // Objects that are no text, and surrogates, are the quoting function's to refuse.
        py.import("urllib.parse")?.call_method1(intern!(py, "quote"), (given, PATH_SAFE))
    };
    let quoted = match given.cast::<PyString>() {
        Ok(string) if text::ascii(string).is_some() || string.to_str().is_ok() => None,
        _ => Some(quote()?),
    };
    let string = quoted.as_ref().map_or(given, Bound::as_borrowed);
    let text = Text::of(text_of(string)?)?;
    match codec::escape_path(text.bytes()) {
        std::borrow::Cow::Borrowed(_) => Ok(string.to_owned()),
        std::borrow::Cow::Owned(path) => text::string(py, &path),
    }
}
