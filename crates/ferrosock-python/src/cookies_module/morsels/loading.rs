//! Fields read into a cookie: `BaseCookie.load`, and its `__init__`.

use std::ffi::CStr;

use ferrosock_proto::cookies::{is_legal_name, unquote_value};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::super::CALLS;
use super::{COOKIE, DECODERS, Kit, LOADED_COOKIE, has_control, is_flag, names, parts_of, place, truth};
use crate::call::{Args, native_fast, native_named};
use crate::memory::{self, Few};
use crate::seams::{lookup, set_own};
use crate::signature::{Signature, required};
use crate::text::{self, Text};
use crate::version::COOKIES_JUDGED;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"load", load, LOAD_DOC),
        native_named!(CALLS, c"__init__", init, INIT_DOC),
    ])
}

const LOAD_DOC: &CStr = c"load($module, cookie, text, /)
--

Do what BaseCookie.load does with a text. Returns False, with nothing done, if that is for the general way.";

fn load<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    loaded(COOKIE, module, args.object(0)?, args.object(1)?).map(|done| truth(module.py(), done))
}

const INIT: Signature<2> =
    Signature { text: "BaseCookie.__init__(self, input=None)", names: ["self", "input"], required: 1 };
const INIT_DOC: &CStr = c"__init__($module, self, input=None)
--

Load what is given, a field or a mapping.";

fn init<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [cookie, given] = INIT.read(&args)?;
    let cookie = required(cookie)?;
    if let Some(given) = given {
        // With `load` as it was written that is done at once.
        if given.is_truthy()? && !loaded(LOADED_COOKIE, module, cookie, given)? {
            cookie.call_method1(intern!(py, "load"), (given,))?;
        }
    }
    Ok(py.None().into_bound(py))
}

/// Loads a text, if that is what is given and the cookie's class has what that list of seams says; false, with nothing done,
/// if not.
fn loaded<'py>(
    seams: usize,
    module: Borrowed<'_, 'py, PyModule>,
    cookie: Borrowed<'_, 'py, PyAny>,
    given: Borrowed<'_, 'py, PyAny>,
) -> PyResult<bool> {
    let py = module.py();
    let cookie = cookie.to_owned();
    let Ok(string) = given.cast_exact::<PyString>() else { return Ok(false) };
    let Some(kit) = Kit::of(module)? else { return Ok(false) };
    if !kit.seams.object(seams, &cookie)? {
        return Ok(false);
    }
    if !has_own_expression(module, &kit.seams.item(seams)?)? {
        return Ok(false);
    }
    // Those of BaseCookie and of SimpleCookie.
    let decoders = kit.seams.item(DECODERS)?.cast_into::<PyTuple>()?;
    let class = cookie.get_type();
    let decoder = lookup(class.as_any(), intern!(py, "value_decode"));
    let is_decoder = |index: usize| -> PyResult<bool> {
        let known = decoders.get_borrowed_item(index)?;
        Ok(decoder.is_some_and(|decoder| decoder.is(known)))
    };
    let decodes = match (is_decoder(0)?, is_decoder(1)?) {
        (true, _) => false,
        (_, true) => true,
        _ => return Ok(false),
    };
    let text = Text::of(string)?;
    let mut lone = false;
    let Some(steps) = planned(text.bytes(), &mut lone)? else { return Ok(false) };
    if lone && !kit.knows_flags() {
        return Ok(false);
    }
    apply(py, &kit, &cookie, &steps, decodes)
}

/// Whether the method that reads fields generally, the first of a list of seams, has the module's own expression as its default:
/// None, or `_CookiePattern` once somebody has asked for that.
fn has_own_expression(module: Borrowed<'_, '_, PyModule>, list: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = module.py();
    let method = list.cast::<PyTuple>()?.get_borrowed_item(1)?;
    // SAFETY: attached; live objects, of which a function keeps its defaults: a tuple, or null.
    unsafe {
        let defaults = match ffi::PyFunction_Check(method.as_ptr()) {
            0 => std::ptr::null_mut(),
            _ => ffi::PyFunction_GetDefaults(method.as_ptr()),
        };
        if defaults.is_null() || ffi::PyTuple_GET_SIZE(defaults) != 1 {
            return Ok(false);
        }
        let expression = Borrowed::from_ptr(py, ffi::PyTuple_GET_ITEM(defaults, 0));
        if expression.is_none() {
            return Ok(true);
        }
        let own = module.dict().get_item(intern!(py, "_CookiePattern"))?;
        Ok(own.is_some_and(|own| own.is(expression)))
    }
}

/// What a part of a field does.
enum Step<'a> {
    Cookie {
        name: &'a [u8],
        value: &'a [u8],
    },
    /// The value is as it stands.
    Raw {
        place: usize,
        value: Option<&'a [u8]>,
    },
    Attribute {
        place: usize,
        value: &'a [u8],
    },
    Flag {
        place: usize,
    },
}

/// Whether a value that is quoted stands for one with a control character.
fn hides_control(value: &[u8]) -> bool {
    value.starts_with(b"\"") && value.contains(&b'\\') && has_control(&unquote_value(value))
}

/// The steps of a field, none if it is invalid; None if they would end in an exception half way. `lone` tells whether a word
/// without a value was met.
fn planned<'a>(text: &'a [u8], lone: &mut bool) -> PyResult<Option<Few<Step<'a>>>> {
    let mut steps = Few::new();
    let mut seen = false;
    let refuses = COOKIES_JUDGED.is_made();
    if refuses && has_control(text) {
        return Ok(None);
    }
    for part in parts_of(text) {
        *lone |= part.value.is_none();
        if refuses && part.value.is_some_and(hides_control) {
            return Ok(None);
        }
        let step = match (part.name, part.value) {
            ([b'$', ..], _) if !seen => continue,
            ([b'$', name @ ..], value) => match place(name) {
                Some(place) => Step::Raw { place, value },
                None => return Ok(None),
            },
            (name, value) => match (place(name), value) {
                (Some(_), _) if !seen => return Ok(Some(Few::new())),
                (Some(place), Some(value)) => Step::Attribute { place, value },
                (Some(place), None) if is_flag(place) => Step::Flag { place },
                (None, Some(value)) => {
                    if !is_legal_name(name) {
                        return Ok(None);
                    }
                    seen = true;
                    Step::Cookie { name, value }
                }
                (_, None) => return Ok(Some(Few::new())),
            },
        };
        memory::push_few(&mut steps, step)?;
    }
    Ok(Some(steps))
}

fn apply<'py>(
    py: Python<'py>,
    kit: &Kit<'py>,
    cookie: &Bound<'py, PyAny>,
    steps: &[Step<'_>],
    decodes: bool,
) -> PyResult<bool> {
    // SAFETY: as the seams say, the class derives from dict and has dict's own methods: the dict in it may be used as such.
    let held: &Bound<'py, PyDict> = unsafe { cookie.cast_unchecked() };
    let mut names_seen = Few::new();
    for step in steps {
        if let Step::Cookie { name, .. } = step {
            let name = text::string(py, name)?;
            if held.get_item(&name)?.is_some_and(|old| !kit.is_morsel(&old)) {
                return Ok(false);
            }
            memory::push_few(&mut names_seen, name)?;
        }
    }
    let mut names_seen = names_seen.into_iter();
    let mut current: Option<Bound<'py, PyAny>> = None;
    let set = |current: &Option<Bound<'py, PyAny>>, place: usize, value: &Bound<'py, PyAny>| match current {
        // SAFETY: attached; an instance of a class derived from dict, a str and a live object.
        Some(morsel) => unsafe {
            let status = ffi::PyDict_SetItem(morsel.as_ptr(), names(py)[place].as_ptr(), value.as_ptr());
            if status < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
        },
        None => Ok(()),
    };
    for step in steps {
        match step {
            Step::Cookie { value, .. } => {
                let Some(name) = names_seen.next() else { return Ok(true) };
                let coded = text::string(py, value)?;
                let plain = if decodes && value.starts_with(b"\"") {
                    text::string(py, &unquote_value(value))?
                } else {
                    coded.clone()
                };
                let morsel = match held.get_item(&name)? {
                    Some(old) => old,
                    None => kit.make()?,
                };
                // The class has object's `__setattr__` (a seam).
                set_own(&morsel, intern!(py, "_key"), &name)?;
                set_own(&morsel, intern!(py, "_value"), &plain)?;
                set_own(&morsel, intern!(py, "_coded_value"), &coded)?;
                held.set_item(name, &morsel)?;
                current = Some(morsel);
            }
            Step::Raw { place, value } => {
                let value = match value {
                    Some(value) => text::string(py, value)?,
                    None => py.None().into_bound(py),
                };
                set(&current, *place, &value)?;
            }
            Step::Attribute { place, value } => {
                set(&current, *place, &text::string(py, &unquote_value(value))?)?;
            }
            Step::Flag { place } => set(&current, *place, &truth(py, true))?,
        }
    }
    Ok(true)
}
