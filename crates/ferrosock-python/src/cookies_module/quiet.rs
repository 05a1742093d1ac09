//! Where there are no cookies, as in most exchanges: what a jar is looked at for then, and the time that it and its policy are told.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::SEEN;
use super::request::{GET_ALL, JAR};
use crate::clock;
use crate::convert::exact_int;
use crate::seams::{Seams, attributes, item, lookup};
use crate::version_tag::{self, Known};

/// The classes of a jar, a policy and headers that were last seen to be as they were written.
static JARS: AtomicU64 = AtomicU64::new(0);
static POLICIES: AtomicU64 = AtomicU64::new(0);
static HEADERS: AtomicU64 = AtomicU64::new(0);

/// The state of the module that tells nobody what it does and has the interpreter's `time`.
static SILENT: Known = Known::new();

/// The jar that was last told the time, by the states of its dict and of its policy's, the policy, and the time.
///
/// Where dicts have no tags nothing is ever noted; elsewhere whoever reads or writes it has the interpreter's lock.
static LAST: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// What a jar keeps, if nothing but that is between a program and the jar's dicts.
pub(super) struct Jar<'py> {
    pub(super) own: Bound<'py, PyDict>,
    pub(super) policy: Bound<'py, PyAny>,
    pub(super) cookies: Bound<'py, PyAny>,
    now: Option<Bound<'py, PyAny>>,
    policys: Option<Bound<'py, PyDict>>,
}

impl<'py> Jar<'py> {
    /// None if the jar's class, or the jar itself, has methods of a program's own, or if the module is to tell what it does.
    #[inline]
    pub(super) fn of(module: Borrowed<'_, 'py, PyModule>, jar: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let (policy, cookies) = (intern!(py, "_policy"), intern!(py, "_cookies"));
        let (lock, now) = (intern!(py, "_cookies_lock"), intern!(py, "_now"));
        let class = jar.get_type();
        let Some(own) = plain_attributes(module, jar)? else { return Ok(None) };
        let mut found = [const { None }; 3];
        let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: attached; a live dict, and no Python code runs on the way: what is found is kept, or compared.
        let is_known = with_critical_section(own.as_any(), || unsafe {
            while ffi::PyDict_Next(own.as_ptr(), &raw mut position, &raw mut name, &raw mut value) != 0 {
                let place = match name {
                    name if name == policy.as_ptr() => 0,
                    name if name == cookies.as_ptr() => 1,
                    name if name == now.as_ptr() => 2,
                    name if name == lock.as_ptr() => continue,
                    name => {
                        let name = Borrowed::from_ptr(py, name);
                        match name.cast_exact::<PyString>() {
                            Ok(name) if lookup(class.as_any(), &name).is_none() => continue,
                            _ => return false,
                        }
                    }
                };
                found[place] = Some(Borrowed::from_ptr(py, value).to_owned());
            }
            true
        });
        if !is_known {
            return Ok(None);
        }
        let [Some(policy), Some(cookies), now] = found else { return Ok(None) };
        let policys = policys_of(&policy)?;
        Ok(Some(Self { own, policy, cookies, now, policys }))
    }

    /// The second that a jar and its policy were last told, if neither has changed since: nothing has then been put in the way of
    /// what [`Jar::of`] looks at.
    #[inline]
    pub(super) fn last_told(
        module: Borrowed<'_, 'py, PyModule>,
        jar: &Bound<'py, PyAny>,
    ) -> PyResult<Option<i64>> {
        let [own, policys, policy, time] = LAST.each_ref().map(|noted| noted.load(Ordering::Relaxed));
        if own == 0 {
            return Ok(None);
        }
        let Some(found) = plain_attributes(module, jar)? else { return Ok(None) };
        // SAFETY: attached; live dicts. A dict whose tag is the noted one is that dict, and has kept the policy.
        let same = unsafe {
            version_tag::tag(found.as_ptr()) == own && {
                let policy = Borrowed::from_ptr(module.py(), policy as *mut ffi::PyObject);
                policys_of(&policy)?.is_some_and(|found| version_tag::tag(found.as_ptr()) == policys)
            }
        };
        Ok(same.then_some(time as i64))
    }

    /// Notes that the jar and its policy know that it is this second, if they are still what they were when they were found.
    #[cold]
    fn note(&self, time: i64) -> PyResult<()> {
        let kept = item(&self.own, intern!(self.own.py(), "_policy"))?;
        let same = kept.is_some_and(|kept| kept.is(&self.policy));
        // SAFETY: attached; live dicts.
        let tag = |dict: &Bound<'py, PyDict>| unsafe { version_tag::tag(dict.as_ptr()) };
        let policys = if same { policys_of(&self.policy)?.as_ref().map_or(0, tag) } else { 0 };
        let own = if policys == 0 { 0 } else { tag(&self.own) };
        let values = [own, policys, self.policy.as_ptr() as u64, time as u64];
        for (noted, value) in LAST.iter().zip(values) {
            noted.store(value, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The policy's answer to `rfc2965`, which it must have, as `netscape`.
    pub(super) fn rfc2965(&self) -> PyResult<bool> {
        let py = self.own.py();
        let flags = [intern!(py, "rfc2965"), intern!(py, "netscape")];
        if let Some(own) = &self.policys {
            if let (Some(found), Some(_)) = (item(own, flags[0])?, item(own, flags[1])?) {
                return found.to_owned().is_truthy();
            }
        }
        let answer = self.policy.getattr(flags[0])?;
        self.policy.getattr(flags[1])?;
        answer.is_truthy()
    }

    /// Lets the policy and the jar know what time it is.
    pub(super) fn tell(&self, time: i64) -> PyResult<()> {
        let py = self.own.py();
        let name = intern!(py, "_now");
        let whole = || PyInt::new(py, time);
        match &self.policys {
            Some(own) => {
                if !item(own, name)?.is_some_and(|known| is(&known, time)) {
                    own.set_item(name, whole())?;
                }
            }
            None => self.policy.setattr(name, whole())?,
        }
        if !self.now.as_ref().is_some_and(|known| is(known, time)) {
            self.own.set_item(name, whole())?;
        }
        self.note(time)
    }
}

/// The dict behind the attributes of a jar that has them and its methods as they were written, if the module is silent.
#[inline]
fn plain_attributes<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    jar: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    if !is_silent(module)? {
        return Ok(None);
    }
    let class = jar.get_type();
    let known = is_known(class.as_any(), &JARS, module_dict(module) as usize, || {
        let py = module.py();
        let names = [
            intern!(py, "_policy"),
            intern!(py, "_cookies"),
            intern!(py, "_cookies_lock"),
            intern!(py, "_now"),
        ];
        let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(false) };
        Ok(seams.class(JAR, class.as_any())? && is_plain(class.as_any(), &names))
    })?;
    Ok(if known { attributes(jar) } else { None })
}

/// The dict behind the attributes of a policy, if its class has nothing to say of those that are asked for here.
#[inline]
fn policys_of<'py>(policy: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let class = policy.get_type();
    let known = is_known(class.as_any(), &POLICIES, 0, || {
        let py = policy.py();
        let names = [intern!(py, "rfc2965"), intern!(py, "netscape"), intern!(py, "_now")];
        Ok(is_plain(class.as_any(), &names))
    })?;
    Ok(if known { attributes(policy) } else { None })
}

/// Whether the class of headers has `get_all` of the email package.
pub(super) fn has_its_get_all(
    module: Borrowed<'_, '_, PyModule>,
    class: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    is_known(class, &HEADERS, module_dict(module) as usize, || {
        let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(false) };
        let known = seams.item(GET_ALL)?;
        Ok(lookup(class, intern!(class.py(), "get_all")).is_some_and(|own| own.is(&known)))
    })
}

/// Whether an object is just this number.
fn is(object: &Bound<'_, PyAny>, number: i64) -> bool {
    exact_int(object) == Some(number)
}

#[inline]
fn module_dict(module: Borrowed<'_, '_, PyModule>) -> *mut ffi::PyObject {
    // SAFETY: attached; a live module, which keeps its dict for its life.
    unsafe { ffi::PyModule_GetDict(module.as_ptr()) }
}

/// Whether a class was found right before, or `look` finds it so. What it is right for is told by a number.
#[inline]
fn is_known(
    class: &Bound<'_, PyAny>,
    seen: &AtomicU64,
    purpose: usize,
    look: impl FnOnce() -> PyResult<bool>,
) -> PyResult<bool> {
    // SAFETY: a live type.
    let mark = || match unsafe { version_tag::of_class(class.as_ptr()) } {
        0 => 0,
        tag => version_tag::mark(class.as_ptr(), tag, purpose),
    };
    let known = seen.load(Ordering::Relaxed);
    if known != 0 && known == mark() {
        return Ok(true);
    }
    let right = look()?;
    if right {
        seen.store(mark(), Ordering::Relaxed);
    }
    Ok(right)
}

/// Whether what an instance's dict has under these names is what its attributes are, and setting them sets that.
fn is_plain(class: &Bound<'_, PyAny>, names: &[&Bound<'_, PyString>]) -> bool {
    let raw: *mut ffi::PyTypeObject = class.as_ptr().cast();
    // SAFETY: a live type; what it has under a name is a live object, whose type is only looked at.
    unsafe {
        (*raw).tp_getattro.map(|get| get as *const ()) == Some(ffi::PyObject_GenericGetAttr as *const ())
            && (*raw).tp_setattro.map(|set| set as *const ())
                == Some(ffi::PyObject_GenericSetAttr as *const ())
            && names.iter().all(|name| {
                lookup(class, name).is_none_or(|found| (*ffi::Py_TYPE(found.as_ptr())).tp_descr_set.is_none())
            })
    }
}

/// Whether the module tells nobody what it does.
#[inline]
fn is_silent(module: Borrowed<'_, '_, PyModule>) -> PyResult<bool> {
    let py = module.py();
    let namespace = module_dict(module);
    // SAFETY: attached; a live dict.
    if unsafe { SILENT.is(namespace) } {
        return Ok(true);
    }
    let names = module.dict();
    let debug = item(&names, intern!(py, "debug"))?;
    if !debug.is_some_and(|debug| debug.is(PyBool::new(py, false))) {
        return Ok(false);
    }
    if has_clock(module)? {
        // SAFETY: attached; a live dict.
        unsafe { SILENT.note(namespace) };
    }
    Ok(true)
}

/// The clock's time, whole and with its fraction, as the module's `time` gives it; None if it is no float that fits.
#[inline]
pub(super) fn now(module: Borrowed<'_, '_, PyModule>) -> PyResult<Option<(i64, f64)>> {
    let py = module.py();
    // SAFETY: attached; a live dict.
    if (unsafe { SILENT.is(module_dict(module)) } || has_clock(module)?) && clock::is_true(py)? {
        let now = clock::now().as_secs_f64();
        return Ok(Some((now as i64, now)));
    }
    let name = intern!(py, "time");
    let Some(time) = module.dict().get_item(name)? else { return Ok(None) };
    let now = time.call_method0(name)?;
    let Ok(now) = now.cast_exact::<PyFloat>() else { return Ok(None) };
    let now = now.value();
    Ok((now.abs() < 1e15).then_some((now as i64, now)))
}

/// Whether the module's `time` is the interpreter's module.
fn has_clock(module: Borrowed<'_, '_, PyModule>) -> PyResult<bool> {
    let names = module.dict();
    let time = item(&names, intern!(module.py(), "time"))?;
    Ok(time.is_some_and(|time| clock::module(module.py()).is_ok_and(|clock| time.is(clock))))
}
