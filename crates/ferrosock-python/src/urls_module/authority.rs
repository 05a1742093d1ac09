//! The properties of results that tell of the authority: user, password, host and port.

use std::ffi::CStr;

use ferrosock_codec::url::Authority;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::globals::{Globals, Results};
use super::operands::{Kind, bytes_of};
use crate::call::native_one;
use crate::text::Text;
use crate::version;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(CALLS, c"username", username, USERNAME_DOC),
        native_one!(CALLS, c"password", password, PASSWORD_DOC),
        native_one!(CALLS, c"hostname", hostname, HOSTNAME_DOC),
        native_one!(CALLS, c"port", port, PORT_DOC),
        native_one!(CALLS, c"user_info", user_info, USER_INFO_DOC),
        native_one!(CALLS, c"host_info", host_info, HOST_INFO_DOC),
    ])
}

const USERNAME_DOC: &CStr = c"username($module, result, /)
--

The name of the user before the '@', or None.";

const PASSWORD_DOC: &CStr = c"password($module, result, /)
--

The password between ':' and '@', or None.";

const HOSTNAME_DOC: &CStr = c"hostname($module, result, /)
--

The host in lower case, without brackets; None if there is none. The zone of an IPv6 address is left as it is.";

const PORT_DOC: &CStr = c"port($module, result, /)
--

The port as an int, or None. ValueError if it is no number up to 65535.";

const USER_INFO_DOC: &CStr = c"user_info($module, result, /)
--

The user's name and password, each of which may be None.";

const HOST_INFO_DOC: &CStr = c"host_info($module, result, /)
--

The host without brackets, and the port as it is written, or None.";

type Module<'a, 'py> = Borrowed<'a, 'py, PyModule>;
type This<'a, 'py> = Borrowed<'a, 'py, PyAny>;

/// What `read` makes of the netloc of a result of just our classes; nothing for another object, whose `attribute` may be its
/// own.
fn plain<'py, R>(
    module: Module<'_, 'py>,
    this: This<'_, 'py>,
    read: impl FnOnce(Kind, &[u8]) -> PyResult<R>,
) -> PyResult<Option<R>> {
    let globals = Globals::of(module);
    let class = this.get_type();
    let Ok(tuple) = this.cast::<PyTuple>() else { return Ok(None) };
    for kind in [Results::Split, Results::Parse] {
        for bytes in [false, true] {
            if class.is(&globals.class(kind, bytes)?) {
                let netloc = tuple.get_borrowed_item(1)?;
                return netloc_text(netloc, if bytes { Kind::Bytes } else { Kind::Str }, read);
            }
        }
    }
    Ok(None)
}

fn netloc_text<'py, R>(
    netloc: Borrowed<'_, 'py, PyAny>,
    kind: Kind,
    read: impl FnOnce(Kind, &[u8]) -> PyResult<R>,
) -> PyResult<Option<R>> {
    match kind {
        Kind::Str => match netloc.cast::<PyString>() {
            Ok(string) => read(kind, Text::of(string)?.bytes()).map(Some),
            Err(_) => Ok(None),
        },
        Kind::Bytes => match netloc.cast::<PyBytes>() {
            Ok(bytes) => read(kind, bytes_of(bytes)).map(Some),
            Err(_) => Ok(None),
        },
    }
}

/// A part of a netloc, which need not be ASCII even where it is bytes: somebody else may have made the result.
fn part<'py>(py: Python<'py>, kind: Kind, part: Option<&[u8]>) -> PyResult<Bound<'py, PyAny>> {
    match (part, kind) {
        (None, _) => Ok(py.None().into_bound(py)),
        (Some(part), Kind::Str) => crate::text::string(py, part),
        (Some(part), Kind::Bytes) => crate::text::bytes_object(py, part),
    }
}

fn username<'py>(module: Module<'_, 'py>, this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let found = plain(module, this, |kind, netloc| part(py, kind, Authority(netloc).user()))?;
    found.map_or_else(|| this.getattr(intern!(py, "_userinfo"))?.get_item(0), Ok)
}

fn password<'py>(module: Module<'_, 'py>, this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let found = plain(module, this, |kind, netloc| part(py, kind, Authority(netloc).password()))?;
    found.map_or_else(|| this.getattr(intern!(py, "_userinfo"))?.get_item(1), Ok)
}

fn hostname<'py>(module: Module<'_, 'py>, this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let found = plain(module, this, |kind, netloc| {
        let Some(host) = Authority(netloc).host() else { return part(py, kind, None) };
        if kind == Kind::Str && !host.is_ascii() {
            return lowered(&part(py, kind, Some(host))?);
        }
        let zone = host.iter().position(|&byte| byte == b'%').unwrap_or(host.len());
        let mut lower = crate::memory::copied(host)?;
        lower[..zone].make_ascii_lowercase();
        part(py, kind, Some(&lower))
    })?;
    if let Some(found) = found {
        return Ok(found);
    }
    let host = this.getattr(intern!(py, "_hostinfo"))?.get_item(0)?;
    if host.is_truthy()? { lowered(&host) } else { Ok(py.None().into_bound(py)) }
}

/// A host in lower case but for the zone behind a `%`.
fn lowered<'py>(host: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = host.py();
    let partition = intern!(py, "partition");
    let parts = if host.is_instance_of::<PyString>() {
        host.call_method1(partition, ("%",))?
    } else {
        host.call_method1(partition, (PyBytes::new(py, b"%"),))?
    };
    let lower = parts.get_item(0)?.call_method0(intern!(py, "lower"))?;
    lower.add(parts.get_item(1)?)?.add(parts.get_item(2)?)
}

fn port<'py>(module: Module<'_, 'py>, this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let found = plain(module, this, |_, netloc| Ok(Authority(netloc).port().ok()))?;
    if let Some(Some(port)) = found {
        return Ok(port.into_pyobject(py)?.into_any());
    }
    // What is no port is told in the words of the object that is none.
    let port = this.getattr(intern!(py, "_hostinfo"))?.get_item(1)?;
    if port.is_none() {
        return Ok(port);
    }
    if !(port.call_method0(intern!(py, "isdigit"))?.is_truthy()?
        && port.call_method0(intern!(py, "isascii"))?.is_truthy()?)
    {
        let shown = port.repr()?;
        let mut text = PyString::new(py, "Port could not be cast to integer value as ").into_any();
        text = text.add(shown)?;
        return Err(PyValueError::new_err(text.unbind()));
    }
    let number = py.get_type::<pyo3::types::PyInt>().call1((port,))?;
    if !(number.ge(0)? && number.le(65535)?) {
        return Err(PyValueError::new_err("Port out of range 0-65535"));
    }
    Ok(number)
}

fn user_info<'py>(module: Module<'_, 'py>, this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let (kind, netloc) = netloc(module, this)?;
    if version::since(15) && netloc.is_none() {
        return Parts { kind, py }.pair(None, None);
    }
    let made = netloc_text(netloc.as_borrowed(), kind, |kind, netloc| {
        let (user, password) =
            Authority(netloc).user_info().map_or((None, None), |(user, word)| (Some(user), word));
        Ok(PyTuple::new(py, [part(py, kind, user)?, part(py, kind, password)?])?.into_any())
    })?;
    made.map_or_else(|| Parts { kind, py }.user_info(&netloc), Ok)
}

fn host_info<'py>(module: Module<'_, 'py>, this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let (kind, netloc) = netloc(module, this)?;
    if version::since(15) && netloc.is_none() {
        return Parts { kind, py }.pair(None, None);
    }
    let made = netloc_text(netloc.as_borrowed(), kind, |kind, netloc| {
        let (host, port) = Authority(netloc).host_info();
        Ok(PyTuple::new(py, [part(py, kind, Some(host))?, part(py, kind, port)?])?.into_any())
    })?;
    made.map_or_else(|| Parts { kind, py }.host_info(&netloc), Ok)
}

/// The netloc of any object that has one, and whether its class is for bytes.
fn netloc<'py>(module: Module<'_, 'py>, this: This<'_, 'py>) -> PyResult<(Kind, Bound<'py, PyAny>)> {
    let py = module.py();
    let bytes = module.getattr(intern!(py, "_NetlocResultMixinBytes"))?;
    let kind = if this.is_instance(&bytes)? { Kind::Bytes } else { Kind::Str };
    Ok((kind, this.getattr(intern!(py, "netloc"))?))
}

/// Another object than text is asked for its parts; what cannot tell them says so.
struct Parts<'py> {
    kind: Kind,
    py: Python<'py>,
}

impl<'py> Parts<'py> {
    fn cut(&self, text: &Bound<'py, PyAny>, method: &str, at: &str) -> PyResult<[Bound<'py, PyAny>; 3]> {
        let delimiter = self.kind.object(self.py, at.as_bytes())?;
        let parts = text.call_method1(method, (delimiter,))?;
        Ok([parts.get_item(0)?, parts.get_item(1)?, parts.get_item(2)?])
    }

    fn pair(
        &self,
        first: Option<Bound<'py, PyAny>>,
        second: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let or_none =
            |part: Option<Bound<'py, PyAny>>| part.unwrap_or_else(|| self.py.None().into_bound(self.py));
        Ok(PyTuple::new(self.py, [or_none(first), or_none(second)])?.into_any())
    }

    fn user_info(&self, netloc: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let [info, at, _] = self.cut(netloc, "rpartition", "@")?;
        if !at.is_truthy()? {
            return self.pair(None, None);
        }
        let [user, colon, password] = self.cut(&info, "partition", ":")?;
        let password = colon.is_truthy()?.then_some(password);
        self.pair(Some(user), password)
    }

    fn host_info(&self, netloc: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let [_, _, info] = self.cut(netloc, "rpartition", "@")?;
        let [_, open, bracketed] = self.cut(&info, "partition", "[")?;
        let (host, port) = if open.is_truthy()? {
            let [host, _, behind] = self.cut(&bracketed, "partition", "]")?;
            let [_, _, port] = self.cut(&behind, "partition", ":")?;
            (host, port)
        } else {
            let [host, _, port] = self.cut(&info, "partition", ":")?;
            (host, port)
        };
        let port = port.is_truthy()?.then_some(port);
        self.pair(Some(host), port)
    }
}
