//! Rows of method tables: the entry points through which the interpreter calls a function of ours.

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;

/// `METH_NOARGS`: `native_noargs!(CALLS, c"close", close, c"close()\n...")`, where `close(receiver) -> PyResult<Bound<PyAny>>`.
macro_rules! native_noargs {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {{
        unsafe extern "C" fn entry(
            receiver: *mut pyo3::ffi::PyObject,
            _none: *mut pyo3::ffi::PyObject,
        ) -> *mut pyo3::ffi::PyObject {
            // SAFETY: the interpreter calls its entry points attached, with a live receiver of the right type.
            let py = unsafe { pyo3::Python::assume_attached() };
            $crate::call::enter(py, &$calls, || {
                // SAFETY: as above.
                $function(unsafe { $crate::call::Receiver::receive(py, receiver) })
            })
        }
        $crate::call::method_def(
            $name,
            pyo3::ffi::PyMethodDefPointer { PyCFunction: entry },
            pyo3::ffi::METH_NOARGS,
            $doc,
        )
    }};
}

/// `METH_O`: the function takes `(receiver, Borrowed<PyAny>)`.
macro_rules! native_one {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {{
        unsafe extern "C" fn entry(
            receiver: *mut pyo3::ffi::PyObject,
            argument: *mut pyo3::ffi::PyObject,
        ) -> *mut pyo3::ffi::PyObject {
            // SAFETY: the interpreter calls its entry points attached, with a live receiver of the right type and a
            // live argument.
            let py = unsafe { pyo3::Python::assume_attached() };
            $crate::call::enter(py, &$calls, || {
                // SAFETY: as above.
                unsafe {
                    $function(
                        $crate::call::Receiver::receive(py, receiver),
                        pyo3::Borrowed::from_ptr(py, argument),
                    )
                }
            })
        }
        $crate::call::method_def(
            $name,
            pyo3::ffi::PyMethodDefPointer { PyCFunction: entry },
            pyo3::ffi::METH_O,
            $doc,
        )
    }};
}

/// `METH_FASTCALL`: the function takes `(receiver, Args)`; keyword arguments are refused by the interpreter.
macro_rules! native_fast {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {{
        unsafe extern "C" fn entry(
            receiver: *mut pyo3::ffi::PyObject,
            values: *mut *mut pyo3::ffi::PyObject,
            count: pyo3::ffi::Py_ssize_t,
        ) -> *mut pyo3::ffi::PyObject {
            // SAFETY: the interpreter calls its entry points attached, with a live receiver of the right type and
            // `count` live arguments.
            let py = unsafe { pyo3::Python::assume_attached() };
            $crate::call::enter(py, &$calls, || {
                // SAFETY: as above.
                unsafe {
                    $function(
                        $crate::call::Receiver::receive(py, receiver),
                        $crate::call::Args::new(py, $name, values.cast_const(), count, std::ptr::null_mut()),
                    )
                }
            })
        }
        $crate::call::method_def(
            $name,
            pyo3::ffi::PyMethodDefPointer { PyCFunctionFast: entry },
            pyo3::ffi::METH_FASTCALL,
            $doc,
        )
    }};
}

/// `METH_FASTCALL | METH_KEYWORDS`: the function takes `(receiver, Args)` and calls [`Args::named`](super::Args::named).
macro_rules! native_named {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {
        $crate::call::native_keywords!($calls, $name, $function, $doc)
    };
}

/// [`native_fast!`] for a function to which CPython passes its arguments as a tuple: the same but for the words that
/// refuse keyword arguments.
macro_rules! native_tuple {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {
        $crate::call::native_keywords!($calls, $name, $function, $doc, positional)
    };
}

/// What the two have in common: the function is called with the arguments, or with what their method `$sorted` gives.
macro_rules! native_keywords {
    ($calls:path, $name:expr, $function:path, $doc:expr $(, $sorted:ident)?) => {{
        unsafe extern "C" fn entry(
            receiver: *mut pyo3::ffi::PyObject,
            values: *const *mut pyo3::ffi::PyObject,
            count: pyo3::ffi::Py_ssize_t,
            names: *mut pyo3::ffi::PyObject,
        ) -> *mut pyo3::ffi::PyObject {
            // SAFETY: the interpreter calls its entry points attached, with a live receiver of the right type,
            // `count` live positional arguments, and as many more as `names` has names.
            let py = unsafe { pyo3::Python::assume_attached() };
            $crate::call::enter(py, &$calls, || {
                // SAFETY: as above.
                let (receiver, args) = unsafe {
                    (
                        $crate::call::Receiver::receive(py, receiver),
                        $crate::call::Args::new(py, $name, values, count, names),
                    )
                };
                $function(receiver, args $(.$sorted()?)?)
            })
        }
        $crate::call::method_def(
            $name,
            pyo3::ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: entry },
            pyo3::ffi::METH_FASTCALL | pyo3::ffi::METH_KEYWORDS,
            $doc,
        )
    }};
}

/// A method that takes a tuple of arguments in the standard library: as `native_fast!`, but on Python 3.10, where the
/// interpreter refused keyword arguments of both in other words, as `native_tuple!`.
macro_rules! native_method {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {{
        if $crate::version::since(11) {
            $crate::call::native_fast!($calls, $name, $function, $doc)
        } else {
            $crate::call::native_tuple!($calls, $name, $function, $doc)
        }
    }};
}

/// A docstring for two kinds of Python: where `$newer` is true it begins with a signature, which shows as such, and elsewhere with
/// another line. What follows is the same.
macro_rules! docstring {
    ($newer:expr, $signature:expr, $older:expr, $text:expr) => {
        const {
            let text = if $newer {
                concat!($signature, "\n--\n\n", $text, "\0")
            } else {
                concat!($older, "\n\n", $text, "\0")
            };
            match std::ffi::CStr::from_bytes_with_nul(text.as_bytes()) {
                Ok(text) => text,
                Err(_) => panic!("a NUL amid the text"),
            }
        }
    };
}

pub(crate) use {
    docstring, native_fast, native_keywords, native_method, native_named, native_noargs, native_one,
    native_tuple,
};

/// One row of a method table.
pub(crate) fn method_def(
    name: &'static CStr,
    entry: ffi::PyMethodDefPointer,
    flags: i32,
    doc: &'static CStr,
) -> ffi::PyMethodDef {
    ffi::PyMethodDef { ml_name: name.as_ptr(), ml_meth: entry, ml_flags: flags, ml_doc: doc.as_ptr() }
}

/// Makes a row's function a class method: it takes the class, a `Borrowed<PyType>`, as its receiver.
pub(crate) fn class_method(row: ffi::PyMethodDef) -> ffi::PyMethodDef {
    ffi::PyMethodDef { ml_flags: row.ml_flags | ffi::METH_CLASS, ..row }
}

/// The end of a method table.
pub(crate) fn method_end() -> ffi::PyMethodDef {
    ffi::PyMethodDef::zeroed()
}

/// Adds builtin functions to a module. The table is leaked: the functions point into it.
pub(crate) fn add_functions(module: &Bound<'_, PyModule>, mut table: Vec<ffi::PyMethodDef>) -> PyResult<()> {
    table.push(method_end());
    // SAFETY: attached, a live module, and a table that ends with a zeroed row and is never freed.
    let status = unsafe { ffi::PyModule_AddFunctions(module.as_ptr(), Vec::leak(table).as_mut_ptr()) };
    if status < 0 { Err(PyErr::fetch(module.py())) } else { Ok(()) }
}
