//! `_json.Encoder`, which programs know as `make_encoder`.

use std::borrow::Cow;
use std::ffi::{CStr, c_void};
use std::mem::offset_of;

use ferrosock_codec::json::Layout;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};
use pyo3::{Borrowed, ffi};

use super::cells::{self, Instance};
use super::style::{Fallback, Markers, Strings, Style};
use super::text::{is_str, utf8};
use super::{CALLS, functions};
use crate::call::{Args, enter, enter_new, with_slot_args};
use crate::class::Class;
use crate::convert::{described, type_name};

/// The switches of an encoder.
#[derive(Clone, Copy)]
#[repr(C)]
struct Switches {
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}

/// The parts of an encoder, in this order, and its switches.
type Encoder = Instance<6, Switches>;

const MARKERS: usize = 0;
const DEFAULT: usize = 1;
const ENCODER: usize = 2;
const INDENT: usize = 3;
const KEY_SEPARATOR: usize = 4;
const ITEM_SEPARATOR: usize = 5;

const NAMES: [&str; 9] = [
    "markers",
    "default",
    "encoder",
    "indent",
    "key_separator",
    "item_separator",
    "sort_keys",
    "skipkeys",
    "allow_nan",
];

const DOC: &CStr = if crate::version::since(13) {
    c"Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)"
} else {
    c"_iterencode(obj, _current_indent_level) -> iterable"
};

/// The class, made once in a process.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS
        .get_or_try_init(py, || {
            let class = Class::new(c"_json.Encoder", DOC)
                .slot(ffi::Py_tp_new, new as *mut c_void)
                .slot(ffi::Py_tp_call, call as *mut c_void)
                .members(Vec::from([
                    cells::member::<6, Switches>(c"markers", MARKERS),
                    cells::member::<6, Switches>(c"default", DEFAULT),
                    cells::member::<6, Switches>(c"encoder", ENCODER),
                    cells::member::<6, Switches>(c"indent", INDENT),
                    cells::member::<6, Switches>(c"key_separator", KEY_SEPARATOR),
                    cells::member::<6, Switches>(c"item_separator", ITEM_SEPARATOR),
                    cells::flag::<6, Switches>(c"sort_keys", offset_of!(Switches, sort_keys)),
                    cells::flag::<6, Switches>(c"skipkeys", offset_of!(Switches, skip_keys)),
                ]));
            cells::build::<6, Switches>(py, class).map(Bound::unbind)
        })
        .map(|class| class.bind(py).clone())
}

/// `tp_new`.
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with our class, a tuple, and a dict or null.
    unsafe {
        enter_new(&CALLS, c"make_encoder", class, args, keywords, |class, args| {
            args.parse_named(&NAMES, NAMES.len(), |args| make(class.py(), class.as_type_ptr(), &args))
        })
    }
}

/// # Safety
/// `class` is our class.
unsafe fn make<'py>(
    py: Python<'py>,
    class: *mut ffi::PyTypeObject,
    args: &Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    for place in [KEY_SEPARATOR, ITEM_SEPARATOR] {
        if !is_str(args.object(place)?) {
            return Err(args.wrong_type(place, "str"));
        }
    }
    let switches = Switches {
        sort_keys: args.object(6)?.is_truthy()?,
        skip_keys: args.object(7)?.is_truthy()?,
        allow_nan: args.object(8)?.is_truthy()?,
    };
    args.finish()?;
    let markers = args.object(MARKERS)?;
    if !markers.is_none() && !markers.is_instance_of::<PyDict>() {
        let found = type_name(&markers);
        return Err(PyTypeError::new_err(format!(
            "make_encoder() argument 1 must be dict or None, not {found}"
        )));
    }
    let (object, this) = cells::allocate::<6, Switches>(py, class)?;
    for place in 0..6 {
        let part = args.object(place)?.to_owned();
        // SAFETY: a fresh instance, which nobody else has.
        unsafe { (*this).cells[place] = part.into_ptr() };
    }
    // SAFETY: as above.
    unsafe { (*this).extra = switches };
    Ok(object)
}

/// `tp_call`.
unsafe extern "C" fn call(
    encoder: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance, a tuple, and a dict or null, all of which it keeps alive.
    unsafe {
        let py = Python::assume_attached();
        enter(py, &CALLS, || {
            with_slot_args(py, c"_iterencode", args, keywords, |args| {
                args.parse_named(&["obj", "_current_indent_level"], 2, |args| {
                    let (object, level) = (args.object(0)?, args.ssize(1)?);
                    args.finish()?;
                    let encoder = &*encoder.cast::<Encoder>();
                    let level = encoder.level(py, level)?;
                    let text = encoder.style(py)?.text(py, object, level)?;
                    // As the standard library's of the version.
                    if crate::version::since(12) {
                        Ok(PyTuple::new(py, [text])?.into_any())
                    } else {
                        Ok(PyList::new(py, [text])?.into_any())
                    }
                })
            })
        })
    }
}

impl Encoder {
    /// How deep the object lies. Since 3.14 (gh-143196) its indent is made before anything is written.
    fn level(&self, py: Python<'_>, level: isize) -> PyResult<isize> {
        if !crate::version::since(14) {
            return Ok(level);
        }
        // SAFETY: the cells were filled when the instance was made, and nobody writes to them while it is in use.
        let indent = unsafe { Borrowed::from_ptr(py, self.cells[INDENT]) };
        if level != 0 && !indent.is_none() && !is_str(indent) {
            // SAFETY: attached; a live object: a new reference, or null with an exception set.
            let made: Bound<'_, PyAny> =
                unsafe { Bound::from_owned_ptr_or_err(py, ffi::PySequence_Repeat(indent.as_ptr(), level))? };
            return Err(PyTypeError::new_err(not_indenting(&made)));
        }
        Ok(level.max(0))
    }

    fn style<'a, 'py>(&'a self, py: Python<'py>) -> PyResult<Style<'a, 'py>> {
        let part = |place: usize| -> Borrowed<'a, 'py, PyAny> {
            // SAFETY: the cells were filled when the instance was made, and nobody writes to them while it is in use.
            unsafe { Borrowed::from_ptr(py, self.cells[place]) }
        };
        let encoder = part(ENCODER);
        let strings = if functions::ENCODE_ASCII.is(&encoder) {
            Strings::Ascii
        } else if functions::ENCODE.is(&encoder) {
            Strings::Unicode
        } else {
            Strings::Custom(encoder)
        };
        let indent = part(INDENT);
        // Before 3.13 only the generators in json.encoder indent.
        let indented = crate::version::since(13) && !indent.is_none();
        let is_text = is_str(indent);
        Ok(Style {
            layout: Layout {
                item_separator: utf8(part(ITEM_SEPARATOR))?,
                key_separator: utf8(part(KEY_SEPARATOR))?,
                indent: match (indented, is_text) {
                    (true, true) => Some(utf8(indent)?),
                    (true, false) => Some(Cow::Borrowed(b"")),
                    _ => None,
                },
                ascii: matches!(strings, Strings::Ascii),
            },
            strings,
            sort_keys: self.extra.sort_keys,
            skip_keys: self.extra.skip_keys,
            allow_nan: self.extra.allow_nan,
            default: Fallback::Callable(part(DEFAULT)),
            markers: if part(MARKERS).is_none() { Markers::None } else { Markers::Given(part(MARKERS)) },
            as_generators: false,
            wrong_indent: (indented && !is_text).then(|| not_indenting(&indent)),
        })
    }
}

/// The refusal of an indent that is no str.
fn not_indenting(indent: &Bound<'_, PyAny>) -> String {
    format!("can only concatenate str (not \"{}\") to str", described(indent))
}
