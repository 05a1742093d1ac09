//! What the short ways of a jar look at: its policy, and the request.

use std::ffi::CStr;
use std::sync::{Arc, Mutex, PoisonError};

use ferrosock_proto::cookies::{Request, Rules, ends_in_number, escape_path};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::{CALLS, SEEN};
use crate::call::{Args, native_named};
use crate::convert::exact_int;
use crate::seams::{Seams, attributes, hides_nothing, item};
use crate::signature::{Signature, required};
use crate::text::{self, ascii};
use crate::version::{self, Change};
use crate::version_tag;

// The places in the module's `_SEAMS`: what jars, policies and cookies have.
pub(super) const JAR: usize = 1;
pub(super) const POLICY: usize = 2;
pub(super) const COOKIE: usize = 3;
pub(super) const COOKIE_CLASS: usize = 4;
pub(super) const SET_COOKIE: usize = 5;
pub(super) const GET_ALL: usize = 6;
pub(super) const COMPAT: usize = 7;

/// A jar's policy, if it is one that Rust may act for: Netscape's cookies alone, no lists of domains.
pub(super) struct Policy<'py> {
    pub(super) object: Bound<'py, PyAny>,
    pub(super) rules: Arc<Rules>,
    pub(super) secure_protocols: Bound<'py, PyAny>,
}

/// The rules that were last read, and the state of the policy then.
///
/// They are read of nothing that changes by itself.
static LAST: Mutex<Option<(State, Arc<Rules>)>> = Mutex::new(None);

/// The states of a policy's class and of its attributes; 0 is none.
type State = (u64, u64);

impl<'py> Policy<'py> {
    pub(super) fn of(seams: &Seams<'py>, jar: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = jar.py();
        let Some(own) = attributes(jar) else { return Ok(None) };
        let Some(object) = own.get_item(intern!(py, "_policy"))? else { return Ok(None) };
        let class = object.get_type();
        if !seams.class(POLICY, class.as_any())? {
            return Ok(None);
        }
        let Some(own) = attributes(&object) else { return Ok(None) };
        // SAFETY: attached; a live dict.
        let tag = unsafe { version_tag::tag(own.as_ptr()) };
        let state = (seams.state(class.as_any()).unwrap_or(0), tag);
        let Some(rules) = known(state).map_or_else(|| read(&object, &own, state), |rules| Ok(Some(rules)))?
        else {
            return Ok(None);
        };
        let Some(secure_protocols) = own.get_item(intern!(py, "secure_protocols"))? else { return Ok(None) };
        Ok(Some(Self { object, rules, secure_protocols }))
    }

    /// Lets the policy and its jar know what time it is: mostly that is the second which they know.
    pub(super) fn tell(&self, jar: &Bound<'py, PyAny>, time: i64) -> PyResult<()> {
        let py = jar.py();
        let name = intern!(py, "_now");
        for object in [&self.object, jar] {
            let known = match attributes(object) {
                Some(own) => item(&own, name)?.and_then(|known| exact_int(&known)),
                None => None,
            };
            if known != Some(time) {
                object.setattr(name, time)?;
            }
        }
        Ok(())
    }
}

/// The rules of a policy that is still in the state in which they were read.
fn known(state: State) -> Option<Arc<Rules>> {
    match &*LAST.lock().unwrap_or_else(PoisonError::into_inner) {
        Some((last, rules)) if *last == state => Some(rules.clone()),
        _ => None,
    }
}

/// Reads the rules of a policy whose class is as it was written, and notes them if it has a state.
fn read<'py>(
    policy: &Bound<'py, PyAny>,
    own: &Bound<'py, PyDict>,
    state: State,
) -> PyResult<Option<Arc<Rules>>> {
    if !hides_nothing(policy, own, &[]) {
        return Ok(None);
    }
    let Some(rules) = rules(own)?.map(Arc::new) else { return Ok(None) };
    if state.0 != 0 && state.1 != 0 {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, rules.clone()));
    }
    Ok(Some(rules))
}

fn rules(own: &Bound<'_, PyDict>) -> PyResult<Option<Rules>> {
    let py = own.py();
    // Other objects may be true now and false then.
    let flag = |name: &Bound<'_, PyString>| -> PyResult<Option<bool>> {
        let value = item(own, name)?;
        Ok(value.and_then(|value| match value.cast_exact::<PyBool>() {
            Ok(flag) => Some(flag.is_true()),
            Err(_) => exact_int::<i64>(&value).map(|number| number != 0),
        }))
    };
    let is_none = |name: &Bound<'_, PyString>| -> PyResult<bool> {
        Ok(item(own, name)?.is_some_and(|value| value.is_none()))
    };
    let plain = flag(intern!(py, "netscape"))? == Some(true)
        && flag(intern!(py, "rfc2965"))? == Some(false)
        && is_none(intern!(py, "rfc2109_as_netscape"))?
        && is_none(intern!(py, "_allowed_domains"))?
        && item(own, intern!(py, "_blocked_domains"))?
            .is_some_and(|blocked| blocked.cast_exact::<PyTuple>().is_ok_and(|blocked| blocked.is_empty()));
    if !plain {
        return Ok(None);
    }
    let strict_domain = flag(intern!(py, "strict_domain"))?;
    let unverifiable = flag(intern!(py, "strict_ns_unverifiable"))?;
    let dollar = flag(intern!(py, "strict_ns_set_initial_dollar"))?;
    let path = flag(intern!(py, "strict_ns_set_path"))?;
    let domain = item(own, intern!(py, "strict_ns_domain"))?;
    let domain = domain.and_then(|flags| exact_int::<u32>(&flags));
    let (Some(strict_domain), Some(unverifiable), Some(dollar), Some(path), Some(domain)) =
        (strict_domain, unverifiable, dollar, path, domain)
    else {
        return Ok(None);
    };
    Ok(Some(Rules {
        strict_domain,
        more_shared: version::since(15),
        strict_ns_unverifiable: unverifiable,
        strict_ns_no_dots: domain & 1 != 0,
        strict_ns_non_domain: domain & 2 != 0,
        strict_ns_rfc2965_match: domain & 4 != 0,
        strict_ns_set_initial_dollar: dollar,
        strict_ns_set_path: path,
        match_anywhere: true,
        negative_versions: !NEGATIVE_VERSIONS_REFUSED.is_made(),
        local_hosts: version::since(11),
        ..Rules::default()
    }))
}

/// Cookies of a version below 0 are ignored (gh-160300).
pub(super) const NEGATIVE_VERSIONS_REFUSED: Change = Change::of(&[(13, 18), (14, 10)]);

/// Host and path of a plain URL; None if it is anything else, which the URL's own code is to take apart.
pub(super) fn request_of(url: &str) -> Option<Request<'_>> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    if !rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'[' | b']' | b'\\')) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    let path = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let digits = host.bytes().rev().take_while(u8::is_ascii_digit).count();
    let host = match host.as_bytes().get((host.len() - digits).wrapping_sub(1)) {
        Some(b':') if digits > 0 => &host[..host.len() - digits - 1],
        _ => host,
    };
    // A host that begins with a dot is treated in its own way.
    if host.is_empty() || host.starts_with('.') {
        return None;
    }
    let mut host = std::borrow::Cow::Borrowed(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        host.to_mut().make_ascii_lowercase();
    }
    let local = !host.contains('.') && !ends_in_number(host.as_bytes());
    let effective_host = if local { format!("{host}.local").into() } else { host.clone() };
    let path = match escape_path(path.as_bytes()) {
        std::borrow::Cow::Borrowed(_) if path.is_empty() => "/".into(),
        std::borrow::Cow::Borrowed(_) => path.into(),
        std::borrow::Cow::Owned(path) => String::from_utf8(path).ok()?.into(),
    };
    Some(Request { host, effective_host, path, port: None, secure: false, unverifiable_third_party: false })
}

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"request_host", request_host, HOST_DOC),
        native_named!(CALLS, c"eff_request_host", eff_request_host, EFFECTIVE_DOC),
        native_named!(CALLS, c"request_path", request_path, PATH_DOC),
    ])
}

const HOST: Signature<1> = Signature { text: "request_host(request)", names: ["request"], required: 1 };
const HOST_DOC: &CStr = c"request_host($module, request)
--

Return the host that a request goes to, in lower case and without its port.

Source: RFC 2965, section 1";

fn request_host<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [request] = HOST.read(&args)?;
    let request = required(request)?;
    let url = request.call_method0(intern!(py, "get_full_url"))?;
    match plain(&url).and_then(request_of) {
        Some(known) => text::string(py, known.host.as_bytes()),
        None => module.call_method1(intern!(py, "_odd_host"), (request, url)),
    }
}

const EFFECTIVE: Signature<1> =
    Signature { text: "eff_request_host(request)", names: ["request"], required: 1 };
const EFFECTIVE_DOC: &CStr = c"eff_request_host($module, request)
--

Return the host that a request goes to, and the same with `.local` behind it if it has no dot.

Source: RFC 2965, section 1";

fn eff_request_host<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [request] = EFFECTIVE.read(&args)?;
    let host = module.call_method1(intern!(py, "request_host"), (required(request)?,))?;
    let effective = match plain(&host) {
        Some(known) if known.contains('.') => host.clone(),
        Some(known) => text::string(py, format!("{known}.local").as_bytes())?,
        None if host.contains(".")? => host.clone(),
        None => host.add(".local")?,
    };
    PyTuple::new(py, [host, effective]).map(Bound::into_any)
}

const PATH: Signature<1> = Signature { text: "request_path(request)", names: ["request"], required: 1 };
const PATH_DOC: &CStr = c"request_path($module, request)
--

Return the path of what is asked for, escaped, beginning with a slash.

Source: RFC 2965, section 1";

fn request_path<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [request] = PATH.read(&args)?;
    let url = required(request)?.call_method0(intern!(py, "get_full_url"))?;
    // Where anything has been replaced, `escape_path` may be a program's own.
    let intact = Seams::of(module, &SEEN)?.is_some();
    match plain(&url).filter(|_| intact).and_then(request_of) {
        Some(known) => text::string(py, known.path.as_bytes()),
        None => module.call_method1(intern!(py, "_odd_path"), (url,)),
    }
}

/// The text of a str of ASCII.
pub(super) fn plain<'a>(object: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    let string = object.cast_exact::<PyString>().ok()?;
    std::str::from_utf8(ascii(string.as_borrowed())?).ok()
}
