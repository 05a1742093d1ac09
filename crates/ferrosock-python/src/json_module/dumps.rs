//! `json.dumps` in one call.

use std::borrow::Cow;
use std::ffi::CStr;

use ferrosock_codec::json::Layout;
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi, intern};

use super::seams::{Module, Seams};
use super::style::{Fallback, Markers, Strings, Style};
use super::text::utf8;
use crate::call::Args;

pub(super) const DOC: &CStr = c"dumps($module, obj, *, skipkeys=False, ensure_ascii=True, \
check_circular=True, allow_nan=True, cls=None, indent=None, separators=None, default=None, sort_keys=False, **kw)
--

Return obj as a JSON document.

Args:
    obj: a dict, list, tuple, str, int, float, bool or None, of the same, or what `default` turns into one.
    skipkeys: leave out members whose names are not str, int, float, bool or None, instead of raising TypeError.
    ensure_ascii: escape what is not ASCII.
    check_circular: look for containers that lie in themselves.
    allow_nan: write NaN, Infinity and -Infinity, which are not JSON, instead of raising ValueError.
    cls: the class of the encoder; JSONEncoder if it is None.
    indent: begin a new line for each item, indented by so many spaces or by this str for each level.
    separators: what stands behind an item and behind a name; (', ', ': '), or (',', ': ') with indent, by default.
    default: called with each object that JSON does not have; gives one that it has, or raises TypeError.
    sort_keys: write members in the order of their names.

Raises:
    TypeError: an object or a name is of a type that JSON does not have.
    ValueError: a container lies in itself, or a float is not finite and allow_nan is false.
    RecursionError: containers lie too deep in one another.

Source: https://docs.python.org/3/library/json.html#json.dumps";

/// The widest indent of spaces that is written here.
const WIDEST: usize = 32;
const SPACES: &[u8; WIDEST] = &[b' '; WIDEST];

pub(super) fn dumps<'py>(module: Module<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let seams = module.seams()?;
    let held = seams.hold();
    if let Some((style, object)) = style(seams, &args).zip(args.get(0)) {
        return style.text(held.py(), object, 0);
    }
    args.forward(seams.dumps())
}

/// What the arguments ask for; None if it is for Python code to do.
#[inline]
fn style<'a, 'py>(seams: Seams<'a, 'py>, args: &Args<'a, 'py>) -> Option<Style<'a, 'py>> {
    if args.len() != 1 {
        return None;
    }
    let encoder = seams.plain_encoder()?;
    if !seams.plain_globals() {
        return None;
    }
    let mut style = Style {
        layout: Layout::python(),
        strings: Strings::Ascii,
        sort_keys: false,
        skip_keys: false,
        allow_nan: true,
        default: Fallback::Of(encoder),
        markers: Markers::Fresh,
        as_generators: false,
        wrong_indent: None,
    };
    if args.has_keywords() {
        read_keywords(seams, args, &mut style, encoder)?;
    }
    Some(style)
}

/// Reads the keyword arguments, of which only those of the very types that are documented are for here.
fn read_keywords<'a, 'py>(
    seams: Seams<'a, 'py>,
    args: &Args<'a, 'py>,
    style: &mut Style<'a, 'py>,
    encoder: Borrowed<'a, 'py, PyAny>,
) -> Option<()> {
    let py = encoder.py();
    if !seams.same_encoder_class() {
        return None;
    }
    let mut separators = None;
    let mut indent = None;
    for (name, value) in args.keywords() {
        let is = |known: &Bound<'py, _>| name.as_ptr() == known.as_ptr();
        if is(intern!(py, "indent")) {
            indent = Some(value).filter(|indent| !indent.is_none());
        } else if is(intern!(py, "separators")) {
            separators = Some(value).filter(|separators| !separators.is_none());
        } else if is(intern!(py, "sort_keys")) {
            style.sort_keys = boolean(value)?;
        } else if is(intern!(py, "ensure_ascii")) {
            let ascii = boolean(value)?;
            style.strings = if ascii { Strings::Ascii } else { Strings::Unicode };
            style.layout.ascii = ascii;
        } else if is(intern!(py, "default")) {
            if !value.is_none() {
                style.default = Fallback::Callable(value);
            }
        } else if is(intern!(py, "skipkeys")) {
            style.skip_keys = boolean(value)?;
        } else if is(intern!(py, "allow_nan")) {
            style.allow_nan = boolean(value)?;
        } else if is(intern!(py, "check_circular")) {
            style.markers = if boolean(value)? { Markers::Fresh } else { Markers::None };
        } else if !(is(intern!(py, "cls")) && value.is_none()) {
            return None;
        }
    }
    if let Some(indent) = indent {
        style.layout.indent = Some(indentation(indent)?);
        style.layout.item_separator = Cow::Borrowed(b",");
        style.as_generators = !crate::version::since(13);
    }
    if let Some(pair) = separators {
        let [item, key] = two_strs(pair)?;
        style.layout.item_separator = utf8(item).ok()?;
        style.layout.key_separator = utf8(key).ok()?;
    }
    Some(())
}

/// The value of True and False themselves.
pub(super) fn boolean(value: Borrowed<'_, '_, PyAny>) -> Option<bool> {
    // SAFETY: static objects of the interpreter.
    unsafe {
        if value.as_ptr() == ffi::Py_True() {
            Some(true)
        } else if value.as_ptr() == ffi::Py_False() {
            Some(false)
        } else {
            None
        }
    }
}

/// What each level is indented by: a str, or a number of spaces.
fn indentation(indent: Borrowed<'_, '_, PyAny>) -> Option<Cow<'static, [u8]>> {
    // SAFETY: attached; a live object, read as what it is.
    unsafe {
        if ffi::PyUnicode_CheckExact(indent.as_ptr()) != 0 {
            return utf8(indent).ok();
        }
        if ffi::PyLong_CheckExact(indent.as_ptr()) == 0 {
            return None;
        }
        let mut overflow = 0;
        let width = ffi::PyLong_AsLongLongAndOverflow(indent.as_ptr(), &raw mut overflow);
        let width = usize::try_from(width.max(0)).ok().filter(|_| overflow == 0)?;
        SPACES.get(..width).map(Cow::Borrowed)
    }
}

/// The two strs of a tuple or list of them.
fn two_strs<'a, 'py>(pair: Borrowed<'a, 'py, PyAny>) -> Option<[Borrowed<'a, 'py, PyAny>; 2]> {
    // SAFETY: attached; a live tuple of two, which keeps its items for as long as it lives.
    unsafe {
        if ffi::PyTuple_CheckExact(pair.as_ptr()) == 0 || ffi::PyTuple_GET_SIZE(pair.as_ptr()) != 2 {
            return None;
        }
        let items =
            [0, 1].map(|index| Borrowed::from_ptr(pair.py(), ffi::PyTuple_GET_ITEM(pair.as_ptr(), index)));
        items.iter().all(|item| ffi::PyUnicode_CheckExact(item.as_ptr()) != 0).then_some(items)
    }
}
