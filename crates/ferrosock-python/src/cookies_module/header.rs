//! `CookieJar.add_cookie_header` in one call: which of the jar's cookies go with a request, and the field made of them.

use std::ffi::CStr;

use ferrosock_proto::cookies::{CookieView, Request, path_match};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::quiet::{self, now};
use super::request::{COOKIE, COOKIE_CLASS, Policy, plain, request_of};
use super::{CALLS, SEEN};
use crate::call::{Args, native_named};
use crate::convert::entries;
use crate::error::dismiss;
use crate::memory;
use crate::seams::Seams;
use crate::signature::{Signature, required};
use crate::text::{self, Text};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_named!(CALLS, c"add_cookie_header", add_cookie_header, ADD_DOC)])
}

const ADD: Signature<2> =
    Signature { text: "CookieJar.add_cookie_header(self, request)", names: ["self", "request"], required: 2 };
const ADD_DOC: &CStr = c"add_cookie_header($module, self, request)
--

Add a Cookie field to a request, if there are cookies for it, and Cookie2 if the policy wants that.

Args:
    request: a `urllib.request.Request`, or an object with its methods get_full_url, has_header and
        add_unredirected_header and its attributes host, type, unverifiable and origin_req_host.";

fn add_cookie_header<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [jar, request] = ADD.read(&args)?;
    let (jar, request) = (required(jar)?, required(request)?);
    if !added(module, &jar, &request)? {
        jar.call_method1(intern!(py, "_add_header_generally"), (request,))?;
    }
    Ok(py.None().into_bound(py))
}

/// Adds the field; false, with nothing done, if that is for the general way.
fn added<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    jar: &Bound<'py, PyAny>,
    request: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let py = module.py();
    let prepared = match prepare(module, jar) {
        Ok(Task::Choose(prepared)) => prepared,
        Ok(Task::Nothing) => return Ok(true),
        Ok(Task::General) => return Ok(false),
        Err(error) => {
            dismiss(error);
            return Ok(false);
        }
    };
    let lock = jar.getattr(intern!(py, "_cookies_lock"))?;
    lock.call_method0(intern!(py, "acquire"))?;
    let chosen = prepared.choose(module, jar, request).or_else(|error| {
        dismiss(error);
        Ok::<_, PyErr>(None)
    });
    let added = match chosen {
        Ok(Some(chosen)) => chosen.add(&prepared, jar, request).map(|()| Some(chosen.expired)),
        _ => Ok(None),
    };
    lock.call_method0(intern!(py, "release"))?;
    let Some(expired) = added? else { return Ok(false) };
    if expired {
        jar.call_method0(intern!(py, "clear_expired_cookies"))?;
    }
    Ok(true)
}

/// What was found to be as it was written.
struct Prepared<'py> {
    policy: Policy<'py>,
    class: Bound<'py, PyAny>,
}

/// What goes with a request.
struct Chosen<'py> {
    now: i64,
    field: Option<Bound<'py, PyAny>>,
    /// Whether there are cookies that have expired.
    expired: bool,
}

/// A cookie that goes with a request.
struct Match<'py> {
    length: usize,
    name: Bound<'py, PyString>,
    value: Option<Bound<'py, PyString>>,
}

/// What is to be done for a request.
enum Task<'py> {
    /// That is for the general way.
    General,
    /// The jar is empty, and everything is done.
    Nothing,
    Choose(Prepared<'py>),
}

fn prepare<'py>(module: Borrowed<'_, 'py, PyModule>, jar: &Bound<'py, PyAny>) -> PyResult<Task<'py>> {
    let Some(own) = quiet::Jar::of(module, jar)? else { return Ok(Task::General) };
    if own.cookies.cast_exact::<PyDict>().is_ok_and(PyDictMethods::is_empty) {
        return nothing(module, &own);
    }
    let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(Task::General) };
    let class = seams.item(COOKIE_CLASS)?;
    if !seams.class(COOKIE, &class)? {
        return Ok(Task::General);
    }
    Ok(Policy::of(&seams, jar)?.map_or(Task::General, |policy| Task::Choose(Prepared { policy, class })))
}

/// All that there is to do where there are no cookies: the time is noted, of which policies know by an attribute.
fn nothing<'py>(module: Borrowed<'_, 'py, PyModule>, jar: &quiet::Jar<'py>) -> PyResult<Task<'py>> {
    // The request is asked for Cookie2 then.
    if jar.rfc2965()? {
        return Ok(Task::General);
    }
    let Some((now, _)) = now(module)? else { return Ok(Task::General) };
    jar.tell(now)?;
    Ok(Task::Nothing)
}

impl<'py> Prepared<'py> {
    /// The cookies; None if one of them, or the request, is for the general way. Changes nothing.
    fn choose(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        jar: &Bound<'py, PyAny>,
        request: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Chosen<'py>>> {
        let py = module.py();
        let Some((now, exact)) = now(module)? else { return Ok(None) };
        let mut chosen = Chosen { now, field: None, expired: false };
        let domains = jar.getattr(intern!(py, "_cookies"))?;
        let Ok(domains) = domains.cast_into_exact::<PyDict>() else { return Ok(None) };
        if domains.is_empty() {
            return Ok(Some(chosen));
        }
        // All Python code of the request's runs before the dicts are looked at.
        let url = request.call_method0(intern!(py, "get_full_url"))?;
        let Some(mut target) = plain(&url).and_then(request_of) else { return Ok(None) };
        if self.policy.rules.strict_ns_unverifiable
            && request.getattr(intern!(py, "unverifiable"))?.is_truthy()?
        {
            return Ok(None);
        }
        let kind = request.getattr(intern!(py, "type"));
        target.secure = match kind {
            Ok(kind) => self.policy.secure_protocols.contains(kind)?,
            Err(error) => {
                dismiss(error);
                return Ok(None);
            }
        };
        let Some(mut found) = self.matches(&domains, &target, now, exact, &mut chosen.expired)? else {
            return Ok(None);
        };
        found.sort_by_key(|cookie| std::cmp::Reverse(cookie.length));
        if !found.is_empty() {
            chosen.field = Some(joined(py, &found)?);
        }
        Ok(Some(chosen))
    }

    fn matches(
        &self,
        domains: &Bound<'py, PyDict>,
        request: &Request<'_>,
        now: i64,
        exact: f64,
        expired: &mut bool,
    ) -> PyResult<Option<Vec<Match<'py>>>> {
        let py = domains.py();
        let mut found = Vec::new();
        for entry in entries(domains) {
            let (domain, paths) = entry?;
            let Some(domain) = plain(&domain) else { return Ok(None) };
            let open = self.policy.rules.send_domain(domain, request).is_ok();
            let Ok(paths) = paths.cast_into_exact::<PyDict>() else { return Ok(None) };
            for entry in entries(&paths) {
                let (path, names) = entry?;
                let Some(path) = plain(&path) else { return Ok(None) };
                let open = open && path_match(request.path.as_bytes(), path.as_bytes());
                let Ok(names) = names.cast_into_exact::<PyDict>() else { return Ok(None) };
                for entry in entries(&names) {
                    let (_, cookie) = entry?;
                    if !cookie.get_type().as_any().is(&self.class) {
                        return Ok(None);
                    }
                    let end = cookie.getattr(intern!(py, "expires"))?;
                    let end = if end.is_none() {
                        None
                    } else {
                        match end
                            .cast_into_exact::<PyInt>()
                            .ok()
                            .and_then(|end| end.extract::<i64>().map_err(dismiss).ok())
                        {
                            Some(end) if end.unsigned_abs() < 1 << 53 => Some(end),
                            _ => return Ok(None),
                        }
                    };
                    *expired |= end.is_some_and(|end| end as f64 <= exact);
                    if !open {
                        continue;
                    }
                    match self.judged(&cookie, end, request, now)? {
                        Judged::Odd => return Ok(None),
                        Judged::Refused => {}
                        Judged::Sent(cookie) => memory::push(&mut found, cookie)?,
                    }
                }
            }
        }
        Ok(Some(found))
    }

    fn judged(
        &self,
        cookie: &Bound<'py, PyAny>,
        expires: Option<i64>,
        request: &Request<'_>,
        now: i64,
    ) -> PyResult<Judged<'py>> {
        let py = cookie.py();
        let version = cookie.getattr(intern!(py, "version"))?;
        let version = version
            .cast_into_exact::<PyInt>()
            .ok()
            .and_then(|version| version.extract::<i64>().map_err(dismiss).ok());
        match version {
            Some(0) => {}
            Some(1..) => return Ok(Judged::Refused),
            _ => return Ok(Judged::Odd),
        }
        let domain = cookie.getattr(intern!(py, "domain"))?;
        let Some(domain) = plain(&domain) else { return Ok(Judged::Odd) };
        let view = CookieView {
            version,
            name: "",
            port: None,
            port_specified: false,
            domain,
            domain_specified: cookie.getattr(intern!(py, "domain_specified"))?.is_truthy()?,
            path: "/",
            path_specified: false,
            secure: cookie.getattr(intern!(py, "secure"))?.is_truthy()?,
            expires,
        };
        if cookie.getattr(intern!(py, "port"))?.is_truthy()? {
            return Ok(Judged::Odd);
        }
        if self.policy.rules.send(&view, request, now).is_err() {
            return Ok(Judged::Refused);
        }
        let text = |name: &Bound<'py, PyString>| -> PyResult<Option<Bound<'py, PyString>>> {
            Ok(cookie.getattr(name)?.cast_into_exact::<PyString>().ok())
        };
        let (Some(name), Some(path)) = (text(intern!(py, "name"))?, text(intern!(py, "path"))?) else {
            return Ok(Judged::Odd);
        };
        let value = cookie.getattr(intern!(py, "value"))?;
        let value = if value.is_none() {
            None
        } else {
            match value.cast_into_exact::<PyString>() {
                Ok(value) => Some(value),
                Err(_) => return Ok(Judged::Odd),
            }
        };
        Ok(Judged::Sent(Match { length: path.len()?, name, value }))
    }
}

enum Judged<'py> {
    Sent(Match<'py>),
    Refused,
    Odd,
}

fn joined<'py>(py: Python<'py>, found: &[Match<'py>]) -> PyResult<Bound<'py, PyAny>> {
    let mut out = Vec::new();
    for (index, cookie) in found.iter().enumerate() {
        if index > 0 {
            memory::append(&mut out, b"; ")?;
        }
        memory::append(&mut out, Text::of(cookie.name.as_borrowed())?.bytes())?;
        if let Some(value) = &cookie.value {
            memory::push(&mut out, b'=')?;
            memory::append(&mut out, Text::of(value.as_borrowed())?.bytes())?;
        }
    }
    text::string(py, &out)
}

impl<'py> Chosen<'py> {
    fn add(
        &self,
        prepared: &Prepared<'py>,
        jar: &Bound<'py, PyAny>,
        request: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let py = jar.py();
        prepared.policy.tell(jar, self.now)?;
        if let Some(field) = &self.field {
            let name = intern!(py, "Cookie");
            if !request.call_method1(intern!(py, "has_header"), (name,))?.is_truthy()? {
                request.call_method1(intern!(py, "add_unredirected_header"), (name, field))?;
            }
        }
        Ok(())
    }
}
