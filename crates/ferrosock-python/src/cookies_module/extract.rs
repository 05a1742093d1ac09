//! `CookieJar.extract_cookies` in one call: the fields of a response, the policy, and the jar's dicts.

use std::cell::Cell;
use std::ffi::CStr;

use ferrosock_proto::cookies::{
    Attribute, CookieView, Draft, DraftError, Flag, Request, Text, split_set_cookie, strict_http_date,
};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::dates::this_year;
use super::quiet::{self, now};
use super::request::{
    COMPAT, COOKIE, COOKIE_CLASS, NEGATIVE_VERSIONS_REFUSED, Policy, SET_COOKIE, plain, request_of,
};
use super::{CALLS, SEEN};
use crate::call::{Args, native_named};
use crate::error::dismiss;
use crate::memory;
use crate::seams::{Seams, attributes, item, lookup};
use crate::signature::{Signature, required};
use crate::text;

/// The policy of messages that hand their fields out as they are.
static COMPAT32: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_named!(CALLS, c"extract_cookies", extract_cookies, EXTRACT_DOC)])
}

const EXTRACT: Signature<3> = Signature {
    text: "CookieJar.extract_cookies(self, response, request)",
    names: ["self", "response", "request"],
    required: 3,
};
const EXTRACT_DOC: &CStr = c"extract_cookies($module, self, response, request)
--

Put in the cookies of a response that the policy lets, and take out those that it ends.

Args:
    response, request: as for `make_cookies`.";

fn extract_cookies<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [jar, response, request] = EXTRACT.read(&args)?;
    let (jar, response, request) = (required(jar)?, required(response)?, required(request)?);
    let headers = response.call_method0(intern!(py, "info"))?;
    let done = match Task::prepare(module, &jar, &headers) {
        Ok(Task::Work(work)) => work.run(module, &request)?,
        Ok(Task::Nothing) => true,
        Ok(Task::General) => false,
        // The general way comes upon it again, and says it in its own way.
        Err(error) => {
            dismiss(error);
            false
        }
    };
    if !done {
        jar.call_method1(intern!(py, "_extract_generally"), (headers, response, request))?;
    }
    Ok(py.None().into_bound(py))
}

/// What an extraction needs, read before anything is changed.
struct Work<'py> {
    seams: Seams<'py>,
    jar: Bound<'py, PyAny>,
    policy: Policy<'py>,
    fields: Vec<Bound<'py, PyString>>,
}

/// What is to be done with a response.
enum Task<'py> {
    /// That is for the general way.
    General,
    /// It has no cookies.
    Nothing,
    Work(Work<'py>),
}

impl<'py> Task<'py> {
    fn prepare(
        module: Borrowed<'_, 'py, PyModule>,
        jar: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let list = message_fields(module, headers)?;
        // With a list no Python code runs up to where this is used.
        let told = if list.is_some() { quiet::Jar::last_told(module, jar)? } else { None };
        let own = if told.is_none() { quiet::Jar::of(module, jar)? } else { None };
        if told.is_none() && own.is_none() {
            return Ok(Self::General);
        }
        let fields = list.as_ref().map_or_else(|| given(headers), scanned)?;
        let Some(fields) = fields else { return Ok(Self::General) };
        if fields.is_empty() {
            let Some((now, _)) = now(module)? else { return Ok(Self::General) };
            if told == Some(now) {
                return Ok(Self::Nothing);
            }
            let own = own.map_or_else(|| quiet::Jar::of(module, jar), |own| Ok(Some(own)))?;
            let Some(own) = own else { return Ok(Self::General) };
            own.rfc2965()?;
            own.tell(now)?;
            return Ok(Self::Nothing);
        }
        let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(Self::General) };
        if !seams.class(COOKIE, &seams.item(COOKIE_CLASS)?)? {
            return Ok(Self::General);
        }
        let Some(policy) = Policy::of(&seams, jar)? else { return Ok(Self::General) };
        Ok(Self::Work(Work { seams, jar: jar.clone(), policy, fields }))
    }
}

impl<'py> Work<'py> {
    fn run(&self, module: Borrowed<'_, 'py, PyModule>, request: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = module.py();
        let Some((now, _)) = now(module)? else { return Ok(false) };
        let url = match asked(&self.policy, request) {
            Ok(Some(url)) => url,
            Ok(None) => return Ok(false),
            Err(error) => {
                dismiss(error);
                return Ok(false);
            }
        };
        let Some(target) = plain(&url).and_then(request_of) else { return Ok(false) };
        let Some(found) = self.drafts(module, now)? else { return Ok(false) };

        let lock = self.jar.getattr(intern!(py, "_cookies_lock"))?;
        lock.call_method0(intern!(py, "acquire"))?;
        let stored = self.policy.tell(&self.jar, now).and_then(|()| self.store(&found, &target, now));
        lock.call_method0(intern!(py, "release"))?;
        stored.map(|()| true)
    }

    /// What the fields say; None if one of them says what is for the general way.
    fn drafts(&self, module: Borrowed<'_, 'py, PyModule>, now: i64) -> PyResult<Option<Vec<Draft<'_>>>> {
        let mut found = memory::room_for(self.fields.len())?;
        let failure = Cell::new(None);
        let refuses = NEGATIVE_VERSIONS_REFUSED.is_made();
        for field in &self.fields {
            let Some(bytes) = text::ascii(field.as_borrowed()) else { return Ok(None) };
            let Some(parts) = split_set_cookie(bytes) else { continue };
            if parts.iter().skip(1).any(is_odd) {
                return Ok(None);
            }
            let versioned = parts.iter().skip(1).any(|part| part.name == b"version");
            let zero = (!versioned).then_some((&b"version"[..], Some(Text::Borrowed(&b"0"[..]))));
            let pairs = parts.into_iter().map(|part| (part.name, part.value.map(Text::Borrowed)));
            let year = || {
                this_year(module).unwrap_or_else(|error| {
                    if let Some(earlier) = failure.replace(Some(error)) {
                        dismiss(earlier);
                    }
                    0
                })
            };
            match Draft::read(pairs.chain(zero), now, year) {
                Ok(draft) if draft.port.is_some() => return Ok(None),
                Ok(draft) if refuses && draft.version.is_some_and(|version| version < 0) => {}
                Ok(draft) => memory::push(&mut found, draft)?,
                Err(DraftError::Huge | DraftError::Missing("max-age")) => return Ok(None),
                Err(_) => {}
            }
        }
        if let Some(error) = failure.into_inner() {
            dismiss(error);
            return Ok(None);
        }
        Ok(Some(found))
    }

    /// Puts what is to be had into the jar, and takes out what has expired.
    fn store(&self, drafts: &[Draft<'_>], request: &Request<'_>, now: i64) -> PyResult<()> {
        let mut cookies = memory::room_for(drafts.len())?;
        for draft in drafts {
            let cookie = Settled::of(draft, request)?;
            if draft.expires.is_some_and(|end| end <= now) {
                self.clear(&cookie)?;
            } else {
                memory::push(&mut cookies, cookie)?;
            }
        }
        let class = self.jar.get_type();
        let own = lookup(class.as_any(), intern!(class.py(), "set_cookie"))
            .zip(self.seams.item(SET_COOKIE).ok())
            .is_some_and(|(found, known)| found.is(&known));
        for cookie in &cookies {
            if self.policy.rules.accept(&cookie.view(), request).is_err() {
                continue;
            }
            let place = cookie.place(class.py())?;
            let object = cookie.make(&self.seams.item(COOKIE_CLASS)?, &place)?;
            if !own || !self.put(&place, &object)? {
                self.jar.call_method1(intern!(class.py(), "set_cookie"), (object,))?;
            }
        }
        Ok(())
    }

    fn clear(&self, cookie: &Settled<'_>) -> PyResult<()> {
        let py = self.jar.py();
        let Some(domains) = self.domains()? else {
            let clear = self.jar.call_method1(intern!(py, "clear"), cookie.place(py)?);
            return match clear {
                Err(error) if error.is_instance_of::<PyKeyError>(py) => {
                    dismiss(error);
                    Ok(())
                }
                other => other.map(drop),
            };
        };
        let (domain, path, name) = cookie.place(py)?;
        let Some(paths) = domains.get_item(domain)? else { return Ok(()) };
        let Ok(paths) = paths.cast_into::<PyDict>() else { return Ok(()) };
        let Some(names) = paths.get_item(path)? else { return Ok(()) };
        let Ok(names) = names.cast_into::<PyDict>() else { return Ok(()) };
        if names.contains(&name)? { names.del_item(name) } else { Ok(()) }
    }

    fn domains(&self) -> PyResult<Option<Bound<'py, PyDict>>> {
        let domains = self.jar.getattr(intern!(self.jar.py(), "_cookies"))?;
        Ok(domains.cast_into_exact::<PyDict>().ok())
    }

    /// Enters a cookie; false if the jar keeps its cookies in something else than dicts.
    fn put(&self, (domain, path, name): &Place<'py>, object: &Bound<'py, PyAny>) -> PyResult<bool> {
        let Some(domains) = self.domains()? else { return Ok(false) };
        let Some(paths) = inner(&domains, domain)? else { return Ok(false) };
        let Some(names) = inner(&paths, path)? else { return Ok(false) };
        names.set_item(name, object)?;
        Ok(true)
    }
}

/// The dict in a dict, made if it is not there; None if something else is.
fn inner<'py>(outer: &Bound<'py, PyDict>, key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    match outer.get_item(key)? {
        Some(found) => Ok(found.cast_into_exact::<PyDict>().ok()),
        None => {
            let made = PyDict::new(outer.py());
            outer.set_item(key, &made)?;
            Ok(Some(made))
        }
    }
}

/// Whether an attribute makes Python raise an exception, which a warning is made of: a date that can't be read.
fn is_odd(part: &Attribute<'_>) -> bool {
    let Some(value) = part.value.filter(|_| part.name == b"expires") else { return false };
    value.len() > 640
        || strict_http_date(value).is_some_and(|parts| {
            matches!(parts.timestamp(|| 0), Err(ferrosock_proto::cookies::DateError::Month))
        })
}

/// The URL of a request; None if the policy must know whether a third party is asked.
fn asked<'py>(policy: &Policy<'py>, request: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = request.py();
    let unverifiable = request.getattr(intern!(py, "unverifiable"))?.is_truthy()?;
    if unverifiable && policy.rules.strict_ns_unverifiable {
        return Ok(None);
    }
    request.call_method0(intern!(py, "get_full_url")).map(Some)
}

/// The `Set-Cookie` fields that headers give, of whichever kind; None if they say what is for the general way.
fn given<'py>(headers: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyString>>>> {
    let py = headers.py();
    let get_all = headers.getattr(intern!(py, "get_all"))?;
    let empty = PyList::empty(py);
    if get_all.call1((intern!(py, "Set-Cookie2"), &empty))?.is_truthy()? {
        return Ok(None);
    }
    let found = get_all.call1((intern!(py, "Set-Cookie"), empty))?;
    let Ok(found) = found.cast_exact::<PyList>() else { return Ok(None) };
    let mut fields = memory::room_for(found.len())?;
    for value in found.iter() {
        let Ok(value) = value.cast_into_exact::<PyString>() else { return Ok(None) };
        memory::push(&mut fields, value)?;
    }
    Ok(Some(fields))
}

/// The list in a message of the email package, if its `get_all` is the class's own and hands values out as they are.
fn message_fields<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    headers: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyList>>> {
    let py = headers.py();
    if !quiet::has_its_get_all(module, headers.get_type().as_any())? {
        return Ok(None);
    }
    let Some(kept) = attributes(headers) else { return Ok(None) };
    let compat = COMPAT32.get_or_try_init(py, || {
        let seams = Seams::lists(module, &SEEN)?.ok_or_else(|| PyKeyError::new_err("_SEAMS"))?;
        seams.item(COMPAT).map(Bound::unbind)
    })?;
    let plain = item(&kept, intern!(py, "policy"))?.is_some_and(|policy| policy.is(compat));
    if !plain || item(&kept, intern!(py, "get_all"))?.is_some() {
        return Ok(None);
    }
    let list = item(&kept, intern!(py, "_headers"))?;
    Ok(list.and_then(|list| list.to_owned().cast_into_exact::<PyList>().ok()))
}

/// The `Set-Cookie` fields in the list of a message; None if it says what is for the general way.
fn scanned<'py>(list: &Bound<'py, PyList>) -> PyResult<Option<Vec<Bound<'py, PyString>>>> {
    let py = list.py();
    let mut fields = Vec::new();
    for place in 0..list.len() {
        // SAFETY: attached; a live list and tuple, read within their length, and nothing lets Python code run on the way.
        let (name, value) = unsafe {
            let pair = ffi::PyList_GET_ITEM(list.as_ptr(), place as ffi::Py_ssize_t);
            if ffi::PyTuple_CheckExact(pair) == 0 || ffi::PyTuple_GET_SIZE(pair) != 2 {
                return Ok(None);
            }
            let item = |place| Borrowed::from_ptr(py, ffi::PyTuple_GET_ITEM(pair, place));
            (item(0), item(1))
        };
        let Some(name) = name.cast_exact::<PyString>().ok().and_then(text::ascii) else { return Ok(None) };
        if name.eq_ignore_ascii_case(b"set-cookie2") {
            return Ok(None);
        }
        if name.eq_ignore_ascii_case(b"set-cookie") {
            match value.to_owned().cast_into_exact::<PyString>() {
                Ok(value) if text::ascii(value.as_borrowed()).is_some() => memory::push(&mut fields, value)?,
                _ => return Ok(None),
            }
        }
    }
    Ok(Some(fields))
}

/// The keys under which a jar has a cookie: its domain, its path and its name.
type Place<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>);

/// A cookie with its defaults filled in.
struct Settled<'a> {
    draft: &'a Draft<'a>,
    name: &'a str,
    domain: String,
    domain_initial_dot: bool,
    path: String,
    path_specified: bool,
    version: Option<i64>,
    rfc2109: bool,
}

impl<'a> Settled<'a> {
    fn of(draft: &'a Draft<'a>, request: &Request<'_>) -> PyResult<Self> {
        let said = draft.domain.as_deref();
        let domain_initial_dot = said.is_some_and(|domain| domain.starts_with(b"."));
        let domain = match said {
            Some(domain) if domain_initial_dot => text_of(domain)?.to_owned(),
            Some(domain) => format!(".{}", text_of(domain)?),
            None => request.effective_host.clone().into_owned(),
        };
        let (path, path_specified) = draft.path_for(&request.path);
        // A cookie of RFC 2109 is one of Netscape's, as those of RFC 2965 are off.
        let rfc2109 = draft.version == Some(1);
        let version = if rfc2109 { Some(0) } else { draft.version };
        let path = text_of(&path)?.to_owned();
        let name = text_of(draft.name)?;
        Ok(Self { draft, name, domain, domain_initial_dot, path, path_specified, version, rfc2109 })
    }

    fn view(&self) -> CookieView<'_> {
        CookieView {
            version: self.version,
            name: self.name,
            port: None,
            port_specified: false,
            domain: &self.domain,
            domain_specified: self.draft.domain.is_some(),
            path: &self.path,
            path_specified: self.path_specified,
            secure: self.draft.secure.is_set(),
            expires: self.draft.expires,
        }
    }

    fn place<'py>(&self, py: Python<'py>) -> PyResult<Place<'py>> {
        Ok((
            text::string(py, self.domain.as_bytes())?,
            text::string(py, self.path.as_bytes())?,
            text::string(py, self.name.as_bytes())?,
        ))
    }

    /// What `Cookie(...)` makes of it.
    fn make<'py>(
        &self,
        class: &Bound<'py, PyAny>,
        (domain, path, name): &Place<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = class.py();
        let draft = self.draft;
        // SAFETY: attached; a live Python class without a `__new__` of its own, as the seams say.
        let cookie = unsafe {
            let class: *mut ffi::PyTypeObject = class.as_ptr().cast();
            let none = PyTuple::empty(py);
            let Some(new) = (*class).tp_new else { return Ok(py.None().into_bound(py)) };
            Bound::from_owned_ptr_or_err(py, new(class, none.as_ptr(), std::ptr::null_mut()))?
        };
        let none = || py.None().into_bound(py);
        let truth = |value: bool| PyBool::new(py, value).to_owned().into_any();
        let number = |value: Option<i64>| value.map_or_else(none, |value| PyInt::new(py, value).into_any());
        let optional =
            |value: Option<&Text<'_>>| value.map_or_else(|| Ok(none()), |value| text::string(py, value));
        let flag = |value: &Flag<'_>| match value {
            Flag::Absent => Ok(truth(false)),
            Flag::Present => Ok(truth(true)),
            Flag::Valued(value) => text::string(py, value),
        };
        let rest = PyDict::new(py);
        for (name, value) in &draft.rest {
            rest.set_item(text::string(py, name)?, optional(value.as_ref())?)?;
        }
        let discard = if draft.expires.is_none() { truth(true) } else { flag(&draft.discard)? };
        cookie.setattr(intern!(py, "version"), number(self.version))?;
        cookie.setattr(intern!(py, "name"), name)?;
        cookie.setattr(intern!(py, "value"), optional(draft.value.as_ref())?)?;
        cookie.setattr(intern!(py, "port"), none())?;
        cookie.setattr(intern!(py, "port_specified"), truth(false))?;
        cookie.setattr(intern!(py, "domain"), domain)?;
        cookie.setattr(intern!(py, "domain_specified"), truth(draft.domain.is_some()))?;
        cookie.setattr(intern!(py, "domain_initial_dot"), truth(self.domain_initial_dot))?;
        cookie.setattr(intern!(py, "path"), path)?;
        cookie.setattr(intern!(py, "path_specified"), truth(self.path_specified))?;
        cookie.setattr(intern!(py, "secure"), flag(&draft.secure)?)?;
        cookie.setattr(intern!(py, "expires"), number(draft.expires))?;
        cookie.setattr(intern!(py, "discard"), discard)?;
        cookie.setattr(intern!(py, "comment"), optional(draft.comment.as_ref().and_then(Option::as_ref))?)?;
        let comment_url = draft.comment_url.as_ref().and_then(Option::as_ref);
        cookie.setattr(intern!(py, "comment_url"), optional(comment_url)?)?;
        cookie.setattr(intern!(py, "rfc2109"), truth(self.rfc2109))?;
        cookie.setattr(intern!(py, "_rest"), rest)?;
        Ok(cookie)
    }
}

/// Text that was ASCII when it came.
fn text_of(bytes: &[u8]) -> PyResult<&str> {
    std::str::from_utf8(bytes).map_err(|_| PyValueError::new_err("a cookie is not ASCII"))
}
