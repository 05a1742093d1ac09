//! `_json.Scanner`, which programs know as `make_scanner`.

use std::ffi::{CStr, c_void};

use ferrosock_codec::json::read;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi, intern};

use super::builder::{Builder, Hooks, exception, options};
use super::cells::{self, Instance};
use super::text::{each_width, is_str, units};
use super::{CALLS, errors};
use crate::call::{enter, enter_new, with_slot_args};
use crate::class::Class;
use crate::convert::type_name;

/// The hooks, in this order, and whether control characters are refused.
type Scanner = Instance<6, bool>;

const OBJECT_HOOK: usize = 0;
const PAIRS_HOOK: usize = 1;
const PARSE_FLOAT: usize = 2;
const PARSE_INT: usize = 3;
const PARSE_CONSTANT: usize = 4;
/// Null before 3.15.
const ARRAY_HOOK: usize = 5;

/// Whether arrays have a hook (gh-146440).
pub(super) const ARRAYS: bool = crate::version::since(15);

const DOC: &CStr = c"JSON scanner object

Reads one value of a document: called with a str and the index where the value begins, it returns the value and the index of
its end. It takes strict, object_hook, object_pairs_hook, parse_float, parse_int, parse_constant and, since Python 3.15,
array_hook from its context, a JSONDecoder, when it is made.

Raises StopIteration with the index where a value is missing, and json.JSONDecodeError.";

/// The class, made once in a process.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS
        .get_or_try_init(py, || {
            let mut members = Vec::from([
                cells::flag::<6, bool>(c"strict", 0),
                cells::member::<6, bool>(c"object_hook", OBJECT_HOOK),
                cells::member::<6, bool>(c"object_pairs_hook", PAIRS_HOOK),
                cells::member::<6, bool>(c"parse_float", PARSE_FLOAT),
                cells::member::<6, bool>(c"parse_int", PARSE_INT),
                cells::member::<6, bool>(c"parse_constant", PARSE_CONSTANT),
            ]);
            if ARRAYS {
                members.push(cells::member::<6, bool>(c"array_hook", ARRAY_HOOK));
            }
            let class = Class::new(c"_json.Scanner", DOC)
                .slot(ffi::Py_tp_new, new as *mut c_void)
                .slot(ffi::Py_tp_call, call as *mut c_void)
                .members(members);
            cells::build::<6, bool>(py, class).map(Bound::unbind)
        })
        .map(|class| class.bind(py).clone())
}

/// `tp_new`.
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with our class, a tuple, and a dict or null; the instance is fresh.
    unsafe {
        enter_new(&CALLS, c"make_scanner", class, args, keywords, |class, args| {
            args.named(&["context"], 1, |args| {
                let py = class.py();
                let context = args.object(0)?;
                let (object, this) = cells::allocate::<6, bool>(py, class.as_type_ptr())?;
                (*this).extra = context.getattr(intern!(py, "strict"))?.is_truthy()?;
                (*this).cells[OBJECT_HOOK] = context.getattr(intern!(py, "object_hook"))?.into_ptr();
                (*this).cells[PAIRS_HOOK] = context.getattr(intern!(py, "object_pairs_hook"))?.into_ptr();
                (*this).cells[PARSE_FLOAT] = context.getattr(intern!(py, "parse_float"))?.into_ptr();
                (*this).cells[PARSE_INT] = context.getattr(intern!(py, "parse_int"))?.into_ptr();
                (*this).cells[PARSE_CONSTANT] = context.getattr(intern!(py, "parse_constant"))?.into_ptr();
                if ARRAYS {
                    (*this).cells[ARRAY_HOOK] = context.getattr(intern!(py, "array_hook"))?.into_ptr();
                }
                Ok(object)
            })
        })
    }
}

/// The hooks of a scanner, and whether it is strict.
///
/// # Safety
/// `scanner` is an instance, which outlives the use of the hooks.
pub(super) unsafe fn hooks(scanner: *mut ffi::PyObject) -> (Hooks, bool) {
    // SAFETY: promised by the caller.
    unsafe {
        let scanner = &*scanner.cast::<Scanner>();
        let unless = |place: usize, default: *mut ffi::PyObject| {
            let hook = scanner.cells[place];
            if hook == default { std::ptr::null_mut() } else { hook }
        };
        let hooks = Hooks {
            object: unless(OBJECT_HOOK, ffi::Py_None()),
            pairs: unless(PAIRS_HOOK, ffi::Py_None()),
            array: unless(ARRAY_HOOK, ffi::Py_None()),
            float: unless(PARSE_FLOAT, (&raw mut ffi::PyFloat_Type).cast()),
            integer: unless(PARSE_INT, (&raw mut ffi::PyLong_Type).cast()),
            constant: scanner.cells[PARSE_CONSTANT],
            own_constant: true,
        };
        (hooks, scanner.extra)
    }
}

/// `tp_call`.
unsafe extern "C" fn call(
    scanner: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance, a tuple, and a dict or null, all of which it keeps alive.
    unsafe {
        let py = Python::assume_attached();
        enter(py, &CALLS, || {
            with_slot_args(py, c"scan_once", args, keywords, |args| {
                args.parse_named(&["string", "idx"], 2, |args| {
                    let (text, index) = (args.object(0)?, args.ssize(1)?);
                    args.finish()?;
                    scan(py, scanner, text, index)
                })
            })
        })
    }
}

/// # Safety
/// `scanner` is an instance, alive for the call.
unsafe fn scan<'py>(
    py: Python<'py>,
    scanner: *mut ffi::PyObject,
    text: Borrowed<'_, 'py, PyAny>,
    index: isize,
) -> PyResult<Bound<'py, PyAny>> {
    if !is_str(text) {
        let found = type_name(&text);
        return Err(PyTypeError::new_err(format!("first argument must be a string, not {found}")));
    }
    let begin = usize::try_from(index).map_err(|_| PyValueError::new_err("idx cannot be negative"))?;
    // SAFETY: promised by the caller.
    let (hooks, strict) = unsafe { hooks(scanner) };
    let mut builder = Builder::new(py, &hooks);
    let end = each_width!(units(text)?, units => read(units, begin, options(strict), &mut builder));
    match end {
        Ok(end) => pair(py, builder.finish(), end),
        Err(failure) => Err(exception(py, failure, |error| errors::scanner(py, error, text))),
    }
}

/// What a scan gives: the value and the index of its end.
pub(super) fn pair<'py>(
    py: Python<'py>,
    value: Option<Bound<'py, PyAny>>,
    end: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let value = value.ok_or_else(|| PyValueError::new_err("no value"))?;
    // SAFETY: attached; a fresh tuple of two takes each reference once.
    unsafe {
        let end = Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromSize_t(end))?;
        let pair = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(2))?;
        ffi::PyTuple_SET_ITEM(pair.as_ptr(), 0, value.into_ptr());
        ffi::PyTuple_SET_ITEM(pair.as_ptr(), 1, end.into_ptr());
        Ok(pair)
    }
}
