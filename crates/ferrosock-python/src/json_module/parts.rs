//! Texts of objects for the generators of `json.encoder`: parts that take no Python code, and whole indented documents.

use std::ffi::CStr;

use ferrosock_codec::json::Layout;
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::dumps::boolean;
use super::functions;
use super::style::{Fallback, Markers, Strings, Style};
use super::text::{is_str, utf8};
use crate::call::Args;

pub(super) const DOC: &CStr = c"json_text(obj, level, limit, markers, default, encoder, indent, key_separator, item_separator, \
sort_keys, skipkeys, allow_nan, /)

Returns the document of an object as the generators of json.encoder give it in parts, or None for one that is for them.

That is one of which Python code would have to be called, or longer than limit by far. Without a limit, default is called and
only the types of the other arguments count.";

pub(super) fn json_text<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(12, 12)?;
    let none = || Ok(py.None().into_bound(py));
    let Some(style) = style(&args) else { return none() };
    let (object, level) = (args.object(0)?, args.ssize(1)?);
    let limit = args.object(2)?;
    if limit.is_none() {
        return style.text(py, object, level);
    }
    let limit = usize::try_from(args.ssize(2)?).unwrap_or(0);
    style.part(py, object, level, limit)?.map_or_else(none, Ok)
}

/// What the arguments ask for; None if that is not for here.
fn style<'a, 'py>(args: &Args<'a, 'py>) -> Option<Style<'a, 'py>> {
    let [markers, default, encoder, indent] = [3, 4, 5, 6].map(|place| args.get(place));
    let encoder = encoder?;
    let strings = if functions::ENCODE_ASCII.is(&encoder) {
        Strings::Ascii
    } else if functions::ENCODE.is(&encoder) {
        Strings::Unicode
    } else {
        return None;
    };
    let text = |part: Option<Borrowed<'a, 'py, PyAny>>| utf8(part.filter(|part| is_str(*part))?).ok();
    let markers = markers?;
    // SAFETY: a live object.
    let is_dict = unsafe { ffi::PyDict_CheckExact(markers.as_ptr()) != 0 };
    Some(Style {
        layout: Layout {
            indent: if indent?.is_none() { None } else { Some(text(indent)?) },
            key_separator: text(args.get(7))?,
            item_separator: text(args.get(8))?,
            ascii: matches!(strings, Strings::Ascii),
        },
        strings,
        sort_keys: boolean(args.get(9)?)?,
        skip_keys: boolean(args.get(10)?)?,
        allow_nan: boolean(args.get(11)?)?,
        default: Fallback::Callable(default?),
        markers: if is_dict { Markers::Given(markers) } else { Markers::None },
        as_generators: true,
        wrong_indent: None,
    })
}
