//! The module's functions, which keep the formats that they have read.

use std::ffi::CStr;
use std::sync::atomic::{AtomicIsize, AtomicPtr, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyType};
use pyo3::{Borrowed, ffi};

use super::object::{self, Record};
use super::{BYTES_CACHE, CACHE, CALLS, READ_BY_NEW, STRUCT, iterator, of_module, transfer};
use crate::call::{Args, Receiver, docstring, enter, method_def, native_fast, native_named, native_noargs};
use crate::own_module::{Of, kept};
use crate::version::Change;

/// How many formats are kept; one more, and all are forgotten.
const KEPT: usize = 100;

pub(super) fn rows() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_noargs!(CALLS, c"_clearcache", clear_cache, CLEAR_CACHE_DOC),
        method_def(c"calcsize", ffi::PyMethodDefPointer { PyCFunction: calcsize }, ffi::METH_O, CALCSIZE_DOC),
        native_fast!(CALLS, c"iter_unpack", iter_unpack, ITER_UNPACK_DOC),
        native_fast!(CALLS, c"pack", pack, PACK_DOC),
        native_fast!(CALLS, c"pack_into", pack_into, PACK_INTO_DOC),
        native_fast!(CALLS, c"unpack", unpack, UNPACK_DOC),
        native_named!(CALLS, c"unpack_from", unpack_from, UNPACK_FROM_DOC),
    ])
}

/// The place of the cache for a format.
#[inline]
fn place(format: Borrowed<'_, '_, PyAny>) -> usize {
    // SAFETY: a live object's type is looked at.
    if unsafe { ffi::PyBytes_Check(format.as_ptr()) } == 0 { CACHE } else { BYTES_CACHE }
}

/// Calls `body` with the Struct of a format: the one that is kept, or a new one, which then is.
#[inline]
fn with_struct<'py, R>(
    module: &Of<'_, 'py>,
    format: Borrowed<'_, 'py, PyAny>,
    body: impl FnOnce(Record<'_, 'py>) -> PyResult<R>,
) -> PyResult<R> {
    let cache = of_module(module.0, place(format))?;
    let mut known = std::ptr::null_mut();
    // SAFETY: attached; the state holds a dict. What it gives is ours, or null.
    let known = unsafe {
        ffi::compat::PyDict_GetItemRef(cache.as_ptr(), format.as_ptr(), &raw mut known);
        Bound::from_owned_ptr_or_opt(module.0.py(), known)
    };
    let record = match known {
        Some(record) => record,
        None => made(module, cache, format)?,
    };
    // SAFETY: only instances of the module's Struct are kept, and this one is held.
    body(unsafe { Record::receive(module.0.py(), record.as_ptr()) })
}

#[cold]
fn made<'py>(
    module: &Of<'_, 'py>,
    cache: Borrowed<'_, 'py, PyAny>,
    format: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    crate::convert::raised(module.0.py())?; // a format without a hash, say
    let class = of_module(module.0, STRUCT)?;
    // SAFETY: the state holds the class.
    let class: Borrowed<'_, 'py, PyType> = unsafe { class.cast_unchecked() };
    let record = match format.cast::<PyBytes>() {
        Ok(bytes) if TEXTS.is_made() => object::create(class, text_of(bytes)?.as_borrowed())?,
        _ => object::create(class, format)?,
    };
    // SAFETY: the state holds a dict.
    let cache: Borrowed<'_, 'py, PyDict> = unsafe { cache.cast_unchecked() };
    if cache.len() >= KEPT {
        cache.clear();
    }
    if let Err(error) = cache.set_item(format, &record) {
        crate::error::dismiss(error);
    }
    Ok(record)
}

/// gh-85943: the functions take bytes as the text that they stand for, and refuse those that are not ASCII as text is refused.
const TEXTS: Change = Change::of(&[(13, 15), (14, 7)]);

/// The text of a format.
fn text_of<'py>(format: Borrowed<'_, 'py, PyBytes>) -> PyResult<Bound<'py, PyAny>> {
    let bytes = format.as_bytes();
    // SAFETY: attached; so many bytes are read. A new str, or null with an exception set.
    unsafe {
        let text = ffi::PyUnicode_DecodeASCII(
            bytes.as_ptr().cast(),
            bytes.len() as ffi::Py_ssize_t,
            c"surrogateescape".as_ptr(),
        );
        Bound::from_owned_ptr_or_err(format.py(), text)
    }
}

const CLEAR_CACHE_DOC: &CStr = c"_clearcache($module, /)
--

Forget the formats that were read.";

fn clear_cache<'py>(module: Of<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; the state holds both dicts.
    unsafe {
        ffi::PyDict_Clear(of_module(module.0, CACHE)?.as_ptr());
        ffi::PyDict_Clear(of_module(module.0, BYTES_CACHE)?.as_ptr());
    }
    Ok(module.0.py().None().into_bound(module.0.py()))
}

const CALCSIZE_DOC: &CStr = c"calcsize($module, format, /)
--

Return the size in bytes of a record of this format.

Raises struct.error for a format that cannot be read.
Source: https://docs.python.org/3/library/struct.html#struct.calcsize";

/// The entry of `calcsize`. Of a format that is kept it reads a field, which can neither fail nor panic and needs no guard.
unsafe extern "C" fn calcsize(module: *mut ffi::PyObject, format: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls its entry points attached, with the module and a live argument.
    let (module, format) = unsafe {
        let py = Python::assume_attached();
        (Of::receive(py, module), Borrowed::from_ptr(py, format))
    };
    if let Some(size) = peek(&module, format) {
        CALLS.note();
        // SAFETY: attached; a new int, or null with an exception set.
        return unsafe { ffi::PyLong_FromSsize_t(size) };
    }
    enter(module.0.py(), &CALLS, || {
        crate::convert::raised(module.0.py())?; // a format without a hash, say
        with_struct(&module, format, |record| Ok(record.size().into_pyobject(record.py())?.into_any()))
    })
}

/// The size of a format that is kept, without a reference to its Struct: with the interpreter's lock, nobody can take it away
/// before the size is read. None with or without an exception set.
#[inline]
fn peek(module: &Of<'_, '_>, format: Borrowed<'_, '_, PyAny>) -> Option<isize> {
    if cfg!(Py_GIL_DISABLED) {
        return None;
    }
    let measured = &MEASURED[(format.as_ptr() as usize >> 4) % MEASURED.len()];
    if measured.format.load(Ordering::Relaxed) == format.as_ptr() {
        return Some(measured.size.load(Ordering::Relaxed));
    }
    // SAFETY: attached; a module of ours, whose state holds a dict, and the dict only instances of the module's Struct.
    let size = unsafe {
        let cache = kept(module.0, place(format))?;
        let known = ffi::PyDict_GetItemWithError(cache.as_ptr(), format.as_ptr());
        (!known.is_null()).then(|| Record::receive(module.0.py(), known).size())?
    };
    measured.note(format, size);
    Some(size)
}

/// A format whose size was asked for, by the very object, and the size: text that never changes has always the same.
///
/// Whoever reads or writes it has the interpreter's lock.
struct Measured {
    /// A reference of its own, so that nothing else can be at that address.
    format: AtomicPtr<ffi::PyObject>,
    size: AtomicIsize,
}

static MEASURED: [Measured; 16] =
    [const { Measured { format: AtomicPtr::new(std::ptr::null_mut()), size: AtomicIsize::new(0) } }; 16];

impl Measured {
    #[cold]
    fn note(&self, format: Borrowed<'_, '_, PyAny>, size: isize) {
        if !format.is_exact_instance_of::<PyString>() {
            return;
        }
        let last = self.format.swap(format.to_owned().into_ptr(), Ordering::Relaxed);
        self.size.store(size, Ordering::Relaxed);
        // SAFETY: attached; the reference that was held here, or none: just a str, whose end runs no code of others.
        unsafe { ffi::Py_XDECREF(last) };
    }
}

const PACK_DOC: &CStr = docstring!(
    READ_BY_NEW,
    "pack($module, format, /, *values)",
    "pack(format, v1, v2, ...) -> bytes",
    "Pack values into new bytes.

Raises struct.error for a value that the format cannot hold, or another number of values than it asks for.
Source: https://docs.python.org/3/library/struct.html#struct.pack"
);

fn pack<'py>(module: Of<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if READ_BY_NEW {
        args.clinic(1, usize::MAX)?;
    }
    let format = args.get(0).ok_or_else(no_format)?;
    with_struct(&module, format, |record| transfer::pack(record, &args.pointers()[1..]))
}

const PACK_INTO_DOC: &CStr = docstring!(
    READ_BY_NEW,
    "pack_into($module, format, buffer, offset, /, *values)",
    "pack_into(format, buffer, offset, v1, v2, ...)",
    "Pack values into a writable buffer, from an offset on; a negative one counts from the buffer's end.

Raises struct.error as pack does, and where the record does not fit into the buffer.
Source: https://docs.python.org/3/library/struct.html#struct.pack_into"
);

fn pack_into<'py>(module: Of<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if READ_BY_NEW {
        args.clinic(3, usize::MAX)?;
    }
    let format = args.get(0).ok_or_else(no_format)?;
    with_struct(&module, format, |record| transfer::pack_into(record, &args.pointers()[1..], 2))
}

#[cold]
fn no_format() -> PyErr {
    PyTypeError::new_err("missing format argument")
}

const UNPACK_DOC: &CStr = c"unpack($module, format, buffer, /)
--

Return a tuple of the values of a record.

Raises struct.error unless the buffer has exactly the size of a record of this format.
Source: https://docs.python.org/3/library/struct.html#struct.unpack";

fn unpack<'py>(module: Of<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(2, 2)?;
    let buffer = args.object(1)?;
    with_struct(&module, args.object(0)?, |record| transfer::unpack(record, &buffer))
}

const UNPACK_FROM_DOC: &CStr = c"unpack_from($module, format, /, buffer, offset=0)
--

Return a tuple of the values of the record at an offset of a buffer; a negative one counts from the buffer's end.

Raises struct.error if the buffer does not hold a whole record there.
Source: https://docs.python.org/3/library/struct.html#struct.unpack_from";

fn unpack_from<'py>(module: Of<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if args.len() == 0 {
        return Err(PyTypeError::new_err("unpack_from() takes at least 1 positional argument (0 given)"));
    }
    args.named(&["", "buffer", "offset"], 2, |args| {
        let buffer = args.object(1)?;
        with_struct(&module, args.object(0)?, |record| transfer::unpack_from(record, buffer, args.get(2)))
    })
}

const ITER_UNPACK_DOC: &CStr = c"iter_unpack($module, format, buffer, /)
--

Return an iterator over the records of a buffer, each a tuple of its values.

Raises struct.error unless the buffer's size is a multiple of the record's.
Source: https://docs.python.org/3/library/struct.html#struct.iter_unpack";

fn iter_unpack<'py>(module: Of<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(2, 2)?;
    let buffer = args.object(1)?;
    with_struct(&module, args.object(0)?, |record| iterator::iter_unpack(record, buffer))
}
