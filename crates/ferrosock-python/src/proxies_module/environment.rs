//! `getproxies_environment`: requests calls it several times for each URL, on an environment of some thirty variables.

use std::ffi::CStr;
use std::sync::Mutex;

use ferrosock_proto::http::proxy_variable;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBytes, PyDict, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::SEEN;
use crate::call::Args;
use crate::convert::system_text;
use crate::memory::push;
use crate::seams::{Seams, attributes};
use crate::signature::Signature;
use crate::text::{self, ascii};
use crate::version_tag::{self, Kept};

const SIGNATURE: Signature<0> = Signature { text: "getproxies_environment()", names: [], required: 0 };
pub(super) const DOC: &CStr = c"getproxies_environment($module)
--

Return the proxies that the environment names: a dict of schemes to URLs.

The variables are http_proxy, https_proxy and so on, in letters of either case; where there are several those in small letters
count, also if they are empty. What no_proxy says is in the dict as 'no'. In a program that serves a request by CGI, which has
a variable REQUEST_METHOD, HTTP_PROXY does not count: it may be a header of that request.

Source: https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies";

/// The place in the module's `_SEAMS`: what `os._Environ` has.
const ENVIRON: usize = 1;

pub(super) fn proxies<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [] = SIGNATURE.read(&args)?;
    of_environment(module)
}

/// The proxies of `os.environ`, whatever that is by now.
pub(super) fn of_environment<'py>(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let environ = environ(module)?;
    let plain = match environ.cast_exact::<PyDict>() {
        Ok(dict) => of_dict(dict, |_| true)?,
        Err(_) => match data(module, &environ)? {
            // Variables are kept as the bytes that they are to the system, which does not know of texts.
            Some(data) => of_data(&data)?,
            None => None,
        },
    };
    match plain {
        Some(proxies) => Ok(proxies.into_any()),
        None => module.call_method1(intern!(py, "_environment_objects"), (environ,)),
    }
}

/// What `os.environ` is by now.
fn environ<'py>(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Bound<'py, PyAny>> {
    static OS: Kept = Kept::new();
    static ENVIRON: Kept = Kept::new();
    let (os, name) = (intern!(module.py(), "os"), intern!(module.py(), "environ"));
    if let Some(Ok(os)) = OS.item(&module.dict(), os)?.map(Bound::cast_into_exact::<PyModule>) {
        if let Some(environ) = ENVIRON.item(&os.dict(), name)? {
            return Ok(environ);
        }
    }
    module.getattr(os)?.getattr(name)
}

/// The dict that an `os.environ` keeps its variables in, if nobody has put anything in its way.
fn data<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    environ: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(None) };
    if !seams.class(ENVIRON, environ.get_type().as_any())? {
        return Ok(None);
    }
    let Some(own) = attributes(environ) else { return Ok(None) };
    // All that is asked of it but this goes by its class.
    if own.contains(intern!(module.py(), "items"))? {
        return Ok(None);
    }
    let data = own.get_item(intern!(module.py(), "_data"))?;
    Ok(data.and_then(|data| data.cast_into_exact::<PyDict>().ok()))
}

/// The proxies of an `os.environ`'s own dict; None if there are other things than bytes in it.
///
/// They are kept for as long as the dict is in the same state, where that can be told.
fn of_data<'py>(data: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
    static KEPT: Mutex<(u64, Option<Py<PyDict>>)> = Mutex::new((0, None));
    // SAFETY: attached; a live dict.
    let tag = unsafe { version_tag::tag(data.as_ptr()) };
    if let Ok(kept) = KEPT.try_lock() {
        if let (known, Some(proxies)) = &*kept {
            if *known == tag && tag != 0 {
                return proxies.bind(data.py()).copy().map(Some);
            }
        }
    }
    let proxies = of_dict(data, |object| object.is_exact_instance_of::<PyBytes>())?;
    let Some(found) = proxies.as_ref().filter(|_| tag != 0) else { return Ok(proxies) };
    let found = found.copy()?.unbind();
    let old = KEPT.try_lock().ok().and_then(|mut kept| std::mem::replace(&mut *kept, (tag, Some(found))).1);
    drop(old.map(|old| old.into_bound(data.py())));
    Ok(proxies)
}

/// A variable that names a proxy.
struct Variable<'py> {
    name: Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
    exact: bool,
}

/// The proxies of an environment whose names and values are all str, or all bytes; None if they are not.
fn of_dict<'py>(
    environ: &Bound<'py, PyDict>,
    fits: impl Fn(Borrowed<'_, 'py, PyAny>) -> bool,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = environ.py();
    let Some((variables, cgi)) = named(environ)? else { return Ok(None) };
    let proxies = PyDict::new(py);
    let mut found = Vec::new();
    for variable in variables {
        if !fits(variable.value.as_borrowed()) {
            return Ok(None);
        }
        let (Some(scheme), Some(value)) = (scheme(&variable.name)?, text_of(&variable.value)?) else {
            return Ok(None);
        };
        let empty = value.len()? == 0;
        if !empty {
            proxies.set_item(&scheme, &value)?;
        }
        push(&mut found, (scheme, value, empty, variable.exact))?;
    }
    if cgi {
        remove(&proxies, intern!(py, "http").as_any())?;
    }
    for (scheme, value, empty, exact) in &found {
        match (exact, empty) {
            (false, _) => {}
            (true, true) => remove(&proxies, scheme)?,
            (true, false) => proxies.set_item(scheme, value)?,
        }
    }
    Ok(Some(proxies))
}

/// The variables that name proxies, and whether there is a REQUEST_METHOD; None if a name is neither bytes nor plain text.
fn named<'py>(environ: &Bound<'py, PyDict>) -> PyResult<Option<(Vec<Variable<'py>>, bool)>> {
    let py = environ.py();
    let (mut variables, mut cgi) = (Vec::new(), false);
    let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: attached; a live dict, and no Python code runs on the way: what is found is looked into and kept.
    with_critical_section(environ.as_any(), || unsafe {
        while ffi::PyDict_Next(environ.as_ptr(), &raw mut position, &raw mut name, &raw mut value) != 0 {
            let name = Borrowed::from_ptr(py, name);
            let Some(bytes) = octets(name) else { return Ok(None) };
            if let Some((_, exact)) = proxy_variable(bytes) {
                let value = Borrowed::from_ptr(py, value).to_owned();
                push(&mut variables, Variable { name: name.to_owned(), value, exact })?;
            }
            cgi |= bytes == b"REQUEST_METHOD";
        }
        Ok(Some((variables, cgi)))
    })
}

/// The bytes of a name.
#[inline]
fn octets<'a>(name: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    // SAFETY: attached; an object of just the type bytes, which is alive for 'a and never changes.
    unsafe {
        if ffi::PyBytes_CheckExact(name.as_ptr()) != 0 {
            let length = ffi::Py_SIZE(name.as_ptr()) as usize;
            let bytes = ffi::PyBytes_AS_STRING(name.as_ptr()).cast::<u8>();
            return Some(std::slice::from_raw_parts(bytes, length));
        }
    }
    name.cast_exact::<PyString>().ok().and_then(ascii)
}

/// The scheme that a variable's name begins with, in small letters.
fn scheme<'py>(name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = name.py();
    let Some((scheme, _)) = octets(name.as_borrowed()).and_then(proxy_variable) else { return Ok(None) };
    if scheme.is_ascii() {
        return text::string(py, &scheme.to_ascii_lowercase()).map(Some);
    }
    system_text(py, scheme)?.call_method0(intern!(py, "lower")).map(Some)
}

/// A value as text; None if it is neither bytes nor a str.
fn text_of<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        return system_text(value.py(), bytes.as_bytes()).map(Some);
    }
    Ok(value.is_exact_instance_of::<PyString>().then(|| value.clone()))
}

fn remove(proxies: &Bound<'_, PyDict>, scheme: &Bound<'_, PyAny>) -> PyResult<()> {
    if proxies.contains(scheme)? { proxies.del_item(scheme) } else { Ok(()) }
}
