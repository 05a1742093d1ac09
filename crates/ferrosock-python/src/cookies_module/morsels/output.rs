//! Cookies as they are written: `BaseCookie.output` and `Morsel.OutputString`.

use std::ffi::CStr;

use ferrosock_proto::cookies::quote_value;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PySet, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::super::CALLS;
use super::{ATTRIBUTES, COOKIE, Kit, has_control, is_flag, names, place_of};
use crate::call::{Args, native_fast};
use crate::memory::{self, Few};
use crate::seams::attributes;
use crate::text::{self, Text};
use crate::version::COOKIES_JUDGED;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"output", output, OUTPUT_DOC),
        native_fast!(CALLS, c"morsel", morsel, MORSEL_DOC),
    ])
}

/// Room for most fields, so that they grow only once.
const FIELD: usize = 256;

impl<'py> Kit<'py> {
    /// Writes a morsel as `OutputString(attrs)` does; false if that is for the general way.
    fn write(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        morsel: &Bound<'py, PyAny>,
        attrs: &Attributes<'_, 'py>,
        out: &mut Vec<u8>,
    ) -> PyResult<bool> {
        let py = module.py();
        let Some(own) = attributes(morsel) else { return Ok(false) };
        let field = |name: &Bound<'py, PyString>| -> PyResult<Option<Bound<'py, PyString>>> {
            Ok(own.get_item(name)?.and_then(|value| value.cast_into_exact::<PyString>().ok()))
        };
        let key = field(intern!(py, "_key"))?;
        let coded = field(intern!(py, "_coded_value"))?;
        let (Some(key), Some(coded)) = (key, coded) else { return Ok(false) };
        push(out, &key)?;
        memory::push(out, b'=')?;
        push(out, &coded)?;
        // In one walk over the dict, in which most attributes are empty as a rule.
        let mut found = [const { None }; ATTRIBUTES.len()];
        let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: attached; instances of the class are dicts, and no Python code runs on the way.
        let is_known = with_critical_section(morsel, || unsafe {
            while ffi::PyDict_Next(morsel.as_ptr(), &raw mut position, &raw mut name, &raw mut value) != 0 {
                let value = Borrowed::from_ptr(py, value);
                if !is_empty(&value) {
                    let Some(index) = place_of(Borrowed::from_ptr(py, name)) else { return false };
                    found[index] = Some(value.to_owned());
                }
            }
            true
        });
        if !is_known {
            return Ok(false);
        }
        if found.iter().any(Option::is_some) && !self.knows_flags() {
            return Ok(false);
        }
        for (index, value) in found.iter().enumerate() {
            let Some(value) = value else { continue };
            if attrs.has(names(py)[index].bind(py))? && !self.write_attribute(module, index, value, out)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn write_attribute(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        index: usize,
        value: &Bound<'py, PyAny>,
        out: &mut Vec<u8>,
    ) -> PyResult<bool> {
        let py = module.py();
        let (name, spelling) = ATTRIBUTES[index];
        let mut begin = |equals: &[u8]| {
            memory::append(out, b"; ")?;
            memory::append(out, spelling.as_bytes())?;
            memory::append(out, equals)
        };
        if let Ok(string) = value.cast_exact::<PyString>() {
            if is_flag(index) {
                begin(b"")?;
            } else {
                begin(b"=")?;
                let text = Text::of(string.as_borrowed())?;
                match name {
                    "comment" => memory::append(out, &quote_value(text.bytes()))?,
                    _ => memory::append(out, text.bytes())?,
                }
            }
            return Ok(true);
        }
        if let Ok(flag) = value.cast_exact::<PyBool>() {
            if !is_flag(index) {
                return Ok(false);
            }
            if flag.is_true() {
                begin(b"")?;
            }
            return Ok(true);
        }
        if !value.is_exact_instance_of::<PyInt>() || is_flag(index) {
            return Ok(false);
        }
        begin(b"=")?;
        let shown = match name {
            "expires" => module.call_method1(intern!(py, "_getdate"), (value,))?,
            _ => value.str()?.into_any(),
        };
        push(out, shown.cast::<PyString>()?)?;
        Ok(true)
    }
}

/// Which attributes are to be written: all, or those in a collection.
struct Attributes<'a, 'py>(Option<Borrowed<'a, 'py, PyAny>>);

impl<'a, 'py> Attributes<'a, 'py> {
    /// None for objects that may have a `__contains__` of their own.
    fn of(given: Borrowed<'a, 'py, PyAny>) -> Option<Self> {
        let plain = given.is_exact_instance_of::<PyList>()
            || given.is_exact_instance_of::<PyTuple>()
            || given.is_exact_instance_of::<PySet>()
            || given.is_exact_instance_of::<PyDict>();
        match given.is_none() {
            true => Some(Self(None)),
            false => plain.then_some(Self(Some(given))),
        }
    }

    fn has(&self, name: &Bound<'py, PyString>) -> PyResult<bool> {
        self.0.map_or(Ok(true), |attrs| attrs.contains(name))
    }
}

/// Whether an attribute is an empty text, as those are that were never set.
fn is_empty(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a live object, asked for its length if it is a str.
    unsafe {
        ffi::PyUnicode_CheckExact(value.as_ptr()) != 0 && ffi::PyUnicode_GET_LENGTH(value.as_ptr()) == 0
    }
}

fn push(out: &mut Vec<u8>, text: &Bound<'_, PyString>) -> PyResult<()> {
    memory::append(out, Text::of(text.as_borrowed())?.bytes())
}

const OUTPUT_DOC: &CStr = c"output($module, cookie, attrs, header, sep, /)
--

Return what BaseCookie.output(attrs, header, sep) does; None if that is for the general way.";

fn output<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(4, 4)?;
    let cookie = args.object(0)?.to_owned();
    let nothing = || Ok(py.None().into_bound(py));
    let (header, separator) = (args.object(2)?, args.object(3)?);
    let Some(attrs) = Attributes::of(args.object(1)?) else { return nothing() };
    let (Ok(header), Ok(separator)) = (header.cast_exact::<PyString>(), separator.cast_exact::<PyString>())
    else {
        return nothing();
    };
    let Some(kit) = Kit::of(module)? else { return nothing() };
    if !kit.seams.object(COOKIE, &cookie)? {
        return nothing();
    }
    // SAFETY: as in `apply`.
    let held: &Bound<'py, PyDict> = unsafe { cookie.cast_unchecked() };
    let mut items = Few::new();
    for (name, morsel) in held.iter() {
        let Ok(name) = name.cast_into_exact::<PyString>() else { return nothing() };
        if !kit.is_morsel(&morsel) {
            return nothing();
        }
        memory::push_few(&mut items, (name, morsel))?;
    }
    // Text in this form is in the order of its characters.
    let mut keyed = Few::new();
    for (name, morsel) in &items {
        memory::push_few(&mut keyed, (Text::of(name.as_borrowed())?, morsel))?;
    }
    keyed.sort_by(|a, b| a.0.bytes().cmp(b.0.bytes()));
    let (header, separator) = (Text::of(header)?, Text::of(separator)?);
    let refuses = COOKIES_JUDGED.is_made();
    let mut out = memory::room_for(FIELD)?;
    for (index, (_, morsel)) in keyed.iter().enumerate() {
        if index > 0 {
            memory::append(&mut out, separator.bytes())?;
        }
        let start = out.len();
        memory::append(&mut out, header.bytes())?;
        memory::push(&mut out, b' ')?;
        if !kit.write(module, morsel, &attrs, &mut out)? || (refuses && has_control(&out[start..])) {
            return nothing();
        }
    }
    text::string(py, &out)
}

const MORSEL_DOC: &CStr = c"morsel($module, morsel, attrs, /)
--

Return what Morsel.OutputString(attrs) does; None if that is for the general way.";

fn morsel<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(2, 2)?;
    let morsel = args.object(0)?.to_owned();
    let kit = Kit::of(module)?.filter(|kit| kit.is_morsel(&morsel));
    let (Some(kit), Some(attrs)) = (kit, Attributes::of(args.object(1)?)) else {
        return Ok(py.None().into_bound(py));
    };
    let mut out = memory::room_for(FIELD)?;
    if kit.write(module, &morsel, &attrs, &mut out)? {
        return text::string(py, &out);
    }
    Ok(py.None().into_bound(py))
}
