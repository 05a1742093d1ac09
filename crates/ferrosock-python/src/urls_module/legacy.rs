//! The helpers from before `urlsplit`, which other modules of the standard library still call.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::globals::Globals;
use crate::call::{Args, native_named};
use crate::convert::slice;
use crate::signature::{Signature, required};
use crate::text::{self, ascii};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"_splittype", split_type, TYPE_DOC),
        native_named!(CALLS, c"_splithost", split_host, HOST_DOC),
        native_named!(CALLS, c"_splitport", split_port, PORT_DOC),
        native_named!(CALLS, c"_splituser", split_user, USER_DOC),
        native_named!(CALLS, c"_splitpasswd", split_password, PASSWORD_DOC),
        native_named!(CALLS, c"_splitnport", split_number, NUMBER_DOC),
        native_named!(CALLS, c"_splitquery", split_query, QUERY_DOC),
        native_named!(CALLS, c"_splittag", split_tag, TAG_DOC),
        native_named!(CALLS, c"_splitattr", split_attributes, ATTRIBUTES_DOC),
        native_named!(CALLS, c"_splitvalue", split_value, VALUE_DOC),
        native_named!(CALLS, c"unwrap", unwrap, UNWRAP_DOC),
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

const USER: Signature<1> = Signature { text: "_splituser(host)", names: ["host"], required: 1 };
const USER_DOC: &CStr = c"_splituser($module, host)
--

Return what stands before the last '@', or None, and what follows it.";

fn split_user<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [host] = USER.read(&args)?;
    let (user, found, host) = cut(required(host)?, Cut::Last, "@")?;
    pair(module.py(), found.then_some(user), host)
}

const PASSWORD: Signature<1> = Signature { text: "_splitpasswd(user)", names: ["user"], required: 1 };
const PASSWORD_DOC: &CStr = c"_splitpasswd($module, user)
--

Return what stands before the first ':', and what follows it, or None.";

fn split_password<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [user] = PASSWORD.read(&args)?;
    let (user, found, password) = cut(required(user)?, Cut::First, ":")?;
    pair(module.py(), Some(user), or_none(password, found))
}

const NUMBER: Signature<2> =
    Signature { text: "_splitnport(host, defport=-1)", names: ["host", "defport"], required: 1 };
const NUMBER_DOC: &CStr = c"_splitnport($module, host, defport=-1)
--

Return a host and its port as an int: defport if it has none, None if it is no number.";

fn split_number<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [host, default] = NUMBER.read(&args)?;
    let (host, found, port) = cut(required(host)?, Cut::Last, ":")?;
    let default = default.map_or_else(|| PyInt::new(py, -1).into_any(), Borrowed::to_owned);
    if !found {
        return pair(py, Some(port), default);
    }
    if !port.is_truthy()? {
        return pair(py, Some(host), default);
    }
    let is_number = port.call_method0(intern!(py, "isdigit"))?.is_truthy()?
        && port.call_method0(intern!(py, "isascii"))?.is_truthy()?;
    let number = if is_number { py.get_type::<PyInt>().call1((port,))? } else { py.None().into_bound(py) };
    pair(py, Some(host), number)
}

const QUERY: Signature<1> = Signature { text: "_splitquery(url)", names: ["url"], required: 1 };
const QUERY_DOC: &CStr = c"_splitquery($module, url)
--

Return what stands before the last '?', and what follows it, or None.";

fn split_query<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [url] = QUERY.read(&args)?;
    cut_off(module.py(), required(url)?, "?")
}

const TAG: Signature<1> = Signature { text: "_splittag(url)", names: ["url"], required: 1 };
const TAG_DOC: &CStr = c"_splittag($module, url)
--

Return what stands before the last '#', and what follows it, or None.";

fn split_tag<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [url] = TAG.read(&args)?;
    cut_off(module.py(), required(url)?, "#")
}

const ATTRIBUTES: Signature<1> = Signature { text: "_splitattr(url)", names: ["url"], required: 1 };
const ATTRIBUTES_DOC: &CStr = c"_splitattr($module, url)
--

Return what stands before the first ';', and the list of what the others part.";

fn split_attributes<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [url] = ATTRIBUTES.read(&args)?;
    let words = required(url)?.call_method1(intern!(py, "split"), (";",))?;
    pair(py, Some(words.get_item(0)?), words.get_item(slice(py, Some(1), None)?)?)
}

const VALUE: Signature<1> = Signature { text: "_splitvalue(attr)", names: ["attr"], required: 1 };
const VALUE_DOC: &CStr = c"_splitvalue($module, attr)
--

Return what stands before the first '=', and what follows it, or None.";

fn split_value<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [attribute] = VALUE.read(&args)?;
    let (name, found, value) = cut(required(attribute)?, Cut::First, "=")?;
    pair(module.py(), Some(name), or_none(value, found))
}

const UNWRAP: Signature<1> = Signature { text: "unwrap(url)", names: ["url"], required: 1 };
const UNWRAP_DOC: &CStr = c"unwrap($module, url)
--

Return a URL without the spaces, '<' and '>', and 'URL:' around it: '<URL:http://a/>' is 'http://a/'.";

fn unwrap<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [url] = UNWRAP.read(&args)?;
    let url = required(url)?;
    if let Some([first, .., last]) = plain(url) {
        // What begins with a small letter, and ends with what is no space, is not wrapped.
        if first.is_ascii_lowercase() && last.is_ascii_graphic() {
            return Ok(url.to_owned());
        }
    }
    let strip = |text: Bound<'py, PyAny>| text.call_method0(intern!(py, "strip"));
    let inner = |text: &Bound<'py, PyAny>, start: Option<isize>, end: Option<isize>| {
        text.get_item(slice(py, start, end)?)
    };
    let mut url = strip(url.str()?.into_any())?;
    if inner(&url, None, Some(1))?.eq("<")? && inner(&url, Some(-1), None)?.eq(">")? {
        url = strip(inner(&url, Some(1), Some(-1))?)?;
    }
    if inner(&url, None, Some(4))?.eq("URL:")? { strip(inner(&url, Some(4), None)?) } else { Ok(url) }
}

/// Which delimiter counts.
#[derive(Clone, Copy)]
enum Cut {
    First,
    Last,
}

/// What stands before a delimiter, whether there is one, and what follows it: as the object's own methods tell it.
fn cut<'py>(
    text: Borrowed<'_, 'py, PyAny>,
    at: Cut,
    delimiter: &str,
) -> PyResult<(Bound<'py, PyAny>, bool, Bound<'py, PyAny>)> {
    let py = text.py();
    let method = match at {
        Cut::First => intern!(py, "partition"),
        Cut::Last => intern!(py, "rpartition"),
    };
    let parts = text.call_method1(method, (delimiter,))?;
    Ok((parts.get_item(0)?, parts.get_item(1)?.is_truthy()?, parts.get_item(2)?))
}

/// What stands before the last delimiter, and what follows it; all of it and None if there is none.
fn cut_off<'py>(
    py: Python<'py>,
    text: Borrowed<'_, 'py, PyAny>,
    delimiter: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let (before, found, behind) = cut(text, Cut::Last, delimiter)?;
    if found {
        pair(py, Some(before), behind)
    } else {
        pair(py, Some(text.to_owned()), py.None().into_bound(py))
    }
}

fn or_none(value: Bound<'_, PyAny>, given: bool) -> Bound<'_, PyAny> {
    if given { value } else { value.py().None().into_bound(value.py()) }
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
