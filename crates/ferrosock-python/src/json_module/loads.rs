//! `json.loads` in one call.

use std::ffi::CStr;

use ferrosock_codec::json::{Error, Unit, read_document};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{Borrowed, ffi, intern};

use super::builder::{Builder, Hooks, exception, options};
use super::collector::Paused;
use super::errors;
use super::scanner::{self, ARRAYS};
use super::seams::{Module, Seams};
use super::text::{Units, units};
use crate::call::Args;

pub(super) const DOC: &CStr = if ARRAYS {
    c"loads($module, s, *, cls=None, object_hook=None, parse_float=None, parse_int=None, \
parse_constant=None, object_pairs_hook=None, \
array_hook=None, **kw)
--

Return the object that a JSON document stands for.

Args:
    s: the document: str, or bytes or bytearray in UTF-8, UTF-16 or UTF-32.
    cls: the class of the decoder; JSONDecoder if it is None.
    object_hook: called with the dict of each object; what it returns takes the dict's place.
    parse_float: called with the str of each number that has a fraction or an exponent; float by default.
    parse_int: called with the str of each other number; int by default.
    parse_constant: called with 'NaN', 'Infinity' or '-Infinity'.
    object_pairs_hook: called with the list of (name, value) of each object, before object_hook.
    array_hook: called with the list of each array; what it returns takes the list's place.

Raises:
    JSONDecodeError: s is not a JSON document.
    UnicodeDecodeError: the bytes are not in the encoding that they seem to be in.
    RecursionError: arrays and objects lie too deep in one another.

Source: https://docs.python.org/3/library/json.html#json.loads"
} else {
    c"loads($module, s, *, cls=None, object_hook=None, parse_float=None, parse_int=None, \
parse_constant=None, object_pairs_hook=None, **kw)
--

Return the object that a JSON document stands for.

Args:
    s: the document: str, or bytes or bytearray in UTF-8, UTF-16 or UTF-32.
    cls: the class of the decoder; JSONDecoder if it is None.
    object_hook: called with the dict of each object; what it returns takes the dict's place.
    parse_float: called with the str of each number that has a fraction or an exponent; float by default.
    parse_int: called with the str of each other number; int by default.
    parse_constant: called with 'NaN', 'Infinity' or '-Infinity'.
    object_pairs_hook: called with the list of (name, value) of each object, before object_hook.

Raises:
    JSONDecodeError: s is not a JSON document.
    UnicodeDecodeError: the bytes are not in the encoding that they seem to be in.
    RecursionError: arrays and objects lie too deep in one another.

Source: https://docs.python.org/3/library/json.html#json.loads"
};

pub(super) fn loads<'py>(module: Module<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let seams = module.seams()?;
    // Hooks may change the module.
    let held = seams.hold();
    let Some((document, hooks)) = plan(seams, &args)? else { return args.forward(seams.loads()) };
    let object = parse(&held, seams, document.as_borrowed(), &hooks)?;
    match object {
        Some(object) => Ok(object),
        None => args.forward(seams.loads()),
    }
}

/// The document as a str or as bytes, and the hooks; None if it is for Python code to read.
#[inline]
fn plan<'py>(seams: Seams<'_, 'py>, args: &Args<'_, 'py>) -> PyResult<Option<(Bound<'py, PyAny>, Hooks)>> {
    if args.len() != 1 {
        return Ok(None);
    }
    let (Some(document), Some(scanner)) = (args.get(0), seams.plain_scanner()) else { return Ok(None) };
    // SAFETY: an instance, which the seams keep.
    let (mut hooks, _) = unsafe { scanner::hooks(scanner.as_ptr()) };
    hooks.own_constant = false;
    if args.has_keywords() && !read_keywords(seams, args, &mut hooks)? {
        return Ok(None);
    }
    Ok(Some((document.to_owned(), hooks)))
}

/// Reads the keyword arguments; says whether they are for here.
fn read_keywords(seams: Seams<'_, '_>, args: &Args<'_, '_>, hooks: &mut Hooks) -> PyResult<bool> {
    let decoder = seams.decoder();
    let py = decoder.py();
    if !seams.plain_make_scanner() || !seams.same_decoder_class() {
        return Ok(false);
    }
    let mut given = [std::ptr::null_mut(); 3];
    for (name, value) in args.keywords() {
        let is = |known: &Bound<'_, _>| name.as_ptr() == known.as_ptr();
        let hook = if value.is_none() { std::ptr::null_mut() } else { value.as_ptr() };
        if is(intern!(py, "object_hook")) {
            hooks.object = hook;
        } else if is(intern!(py, "object_pairs_hook")) {
            hooks.pairs = hook;
        } else if ARRAYS && is(intern!(py, "array_hook")) {
            hooks.array = hook;
        } else if is(intern!(py, "parse_float")) {
            given[0] = hook;
        } else if is(intern!(py, "parse_int")) {
            given[1] = hook;
        } else if is(intern!(py, "parse_constant")) {
            given[2] = hook;
        } else if !(is(intern!(py, "cls")) && hook.is_null()) {
            return Ok(false);
        }
    }
    // SAFETY: attached; live arguments of the call, and static types.
    unsafe {
        let places = [&mut hooks.float, &mut hooks.integer, &mut hooks.constant];
        let defaults: [*mut ffi::PyObject; 3] =
            [(&raw mut ffi::PyFloat_Type).cast(), (&raw mut ffi::PyLong_Type).cast(), std::ptr::null_mut()];
        for ((place, hook), default) in places.into_iter().zip(given).zip(defaults) {
            // A hook that counts as false is as good as none.
            hooks.own_constant |= default.is_null() && !hook.is_null();
            if !hook.is_null() && hook != default && Borrowed::from_ptr(py, hook).is_truthy()? {
                *place = hook;
            }
        }
    }
    Ok(true)
}

/// So many units are a small document.
const SMALL: usize = 1024;

/// In so many units there may be strings that come again and again.
const LARGE: usize = 1 << 14;

/// The object of a document; None if it is one that Python code has to decode first, or to refuse.
fn parse<'py>(
    held: &Bound<'py, PyTuple>,
    seams: Seams<'_, 'py>,
    document: Borrowed<'_, 'py, PyAny>,
    hooks: &Hooks,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = held.py();
    // SAFETY: attached; a live object, read as what it is.
    unsafe {
        if ffi::PyUnicode_CheckExact(document.as_ptr()) != 0 {
            return parse_str(py, seams, document, hooks);
        }
        let is_bytes = ffi::PyBytes_CheckExact(document.as_ptr()) != 0;
        let (data, length) = if is_bytes {
            (ffi::PyBytes_AS_STRING(document.as_ptr()), ffi::PyBytes_Size(document.as_ptr()))
        } else if ffi::PyByteArray_CheckExact(document.as_ptr()) != 0 {
            (
                ffi::PyByteArray_AsString(document.as_ptr()).cast_const(),
                ffi::PyByteArray_Size(document.as_ptr()),
            )
        } else {
            return Ok(None);
        };
        let units = std::slice::from_raw_parts(data.cast::<u8>(), length as usize);
        // The start tells UTF-8 from the others (RFC 4627 section 3): no zero in it, and no byte order mark.
        let start = &units[..units.len().min(4)];
        if start.contains(&0) || start.first().is_some_and(|&byte| byte >= 0xef) {
            return Ok(None);
        }
        let decoded = || {
            let text = ffi::PyUnicode_DecodeUTF8(data, length, c"surrogatepass".as_ptr());
            Bound::from_owned_ptr_or_err(py, text)
        };
        // ASCII is read where it is, if no hook can change it.
        if is_bytes && units.is_ascii() {
            let wrong = |error| {
                decoded().map_or_else(
                    |raised| raised,
                    |text| errors::loads(py, error, text.as_borrowed(), seams.decoder_module()),
                )
            };
            return parse_units(py, units, hooks, wrong);
        }
        parse_str(py, seams, decoded()?.as_borrowed(), hooks)
    }
}

#[inline]
fn parse_str<'py>(
    py: Python<'py>,
    seams: Seams<'_, 'py>,
    document: Borrowed<'_, 'py, PyAny>,
    hooks: &Hooks,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let wrong = |error| errors::loads(py, error, document, seams.decoder_module());
    match units(document)? {
        Units::One(units) => parse_units(py, units, hooks, wrong),
        Units::Two(units) if units.first() == Some(&0xfeff) => Ok(None),
        Units::Four(units) if units.first() == Some(&0xfeff) => Ok(None),
        Units::Two(units) => parse_units(py, units, hooks, wrong),
        Units::Four(units) => parse_units(py, units, hooks, wrong),
    }
}

/// The object of a document of such units; `wrong` makes an exception of a fault of it.
fn parse_units<'py, U: Unit>(
    py: Python<'py>,
    units: &[U],
    hooks: &Hooks,
    wrong: impl FnOnce(Error) -> PyErr,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut builder = Builder::new(py, hooks);
    if units.len() >= LARGE {
        builder.remember_values();
    }
    // A small document makes few objects, and the collector seldom comes.
    let paused = (units.len() > SMALL && hooks.call_no_code()).then(|| Paused::new(py));
    let read = read_document(units, options(true), &mut builder);
    drop(paused);
    match read {
        Ok(()) => Ok(builder.finish()),
        Err(failure) => Err(exception(py, failure, wrong)),
    }
}
