//! How the interpreter calls into Rust.
//!
//! The standard library's `_socket` and `select` are C: their refusals of a wrong call have fixed words, their types are
//! immutable builtins, and their functions bind as builtins do. So functions here are entered through the plain C
//! calling conventions (`METH_NOARGS`, `METH_O`, `METH_FASTCALL`), which are also the fastest, and [`Args`] reads
//! arguments with the words of CPython's `PyArg_Parse*` family. Everything past [`enter`] is safe Rust.

mod args;
mod table;
mod thread_end;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi};

use crate::error::restore;

pub(crate) use args::{Args, enter_new, with_slot_args};
pub(crate) use table::{
    add_functions, class_method, docstring, method_def, method_end, native_fast, native_keywords,
    native_method, native_named, native_noargs, native_one, native_tuple,
};

/// How often the native code of one module was entered: proof that a program, or a test, ran on it.
///
/// The count is a lower bound: two threads that enter at once may be counted as one, since a load and a store cost
/// nothing where an atomic addition would cost several nanoseconds a call.
pub(crate) struct Calls(AtomicU64);

impl Calls {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline]
    pub(crate) fn note(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a native function is called on: a module function's nothing, or the object of a method.
pub(crate) trait Receiver<'a, 'py>: Sized {
    /// # Safety
    /// `receiver` is the first argument of a C entry point, alive for `'a`, and of the type that `Self` stands for.
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self;
}

impl<'py> Receiver<'_, 'py> for Python<'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, _receiver: *mut ffi::PyObject) -> Self {
        py
    }
}

impl<'a, 'py> Receiver<'a, 'py> for Borrowed<'a, 'py, PyType> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: the interpreter calls a class method with the class.
        unsafe { Borrowed::from_ptr(py, receiver).cast_unchecked() }
    }
}

impl<'a, 'py> Receiver<'a, 'py> for Borrowed<'a, 'py, PyModule> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: the interpreter calls a module's function with the module.
        unsafe { Borrowed::from_ptr(py, receiver).cast_unchecked() }
    }
}

/// Runs the body of a native function: counts it, and gives its answer to the interpreter.
#[inline]
pub(crate) fn enter<'py, A: Answer<'py>>(
    py: Python<'py>,
    calls: &Calls,
    body: impl FnOnce() -> A,
) -> *mut ffi::PyObject {
    calls.note();
    A::of(py, body)
}

/// What the body of a native function gives.
pub(crate) trait Answer<'py>: Sized {
    /// The body's answer as a new reference, or null with an exception set. No panic unwinds into C.
    fn of(py: Python<'py>, body: impl FnOnce() -> Self) -> *mut ffi::PyObject;
}

/// An object or an error; a panic becomes a `RuntimeError`.
impl<'py> Answer<'py> for PyResult<Bound<'py, PyAny>> {
    #[inline]
    fn of(py: Python<'py>, body: impl FnOnce() -> Self) -> *mut ffi::PyObject {
        guarded(py, std::ptr::null_mut(), || body().map(Bound::into_ptr))
    }
}

/// The answer of a body that reads a field and cannot panic: a guard would be a twentieth of the call.
pub(crate) enum Plain {
    /// An exception is set.
    Raised,
    None,
    Bool(bool),
    Int(i32),
    Float(f64),
}

impl<'py> Answer<'py> for Plain {
    #[inline]
    fn of(py: Python<'py>, body: impl FnOnce() -> Self) -> *mut ffi::PyObject {
        // SAFETY: attached; gives a new reference, or null with a MemoryError set.
        unsafe {
            match body() {
                Self::Raised => std::ptr::null_mut(),
                Self::None => py.None().into_ptr(),
                Self::Bool(value) => ffi::PyBool_FromLong(value.into()),
                Self::Int(value) => ffi::PyLong_FromLong(value.into()),
                Self::Float(value) => ffi::PyFloat_FromDouble(value),
            }
        }
    }
}

/// [`enter`] for `tp_iternext`: None is the iterator's end.
#[inline]
pub(crate) fn enter_next<'py>(
    py: Python<'py>,
    calls: &Calls,
    body: impl FnOnce() -> PyResult<Option<Bound<'py, PyAny>>>,
) -> *mut ffi::PyObject {
    calls.note();
    guarded(py, std::ptr::null_mut(), || {
        body().map(|value| value.map_or(std::ptr::null_mut(), Bound::into_ptr))
    })
}

/// [`enter`] for slots that give 0 for success and -1 for an error.
pub(crate) fn enter_status(py: Python<'_>, calls: &Calls, body: impl FnOnce() -> PyResult<()>) -> i32 {
    calls.note();
    guarded(py, -1, || body().map(|()| 0))
}

/// What `body` gives; `failure` once its error, or its panic as an error, is the interpreter's.
#[inline]
fn guarded<R: Copy>(py: Python<'_>, failure: R, body: impl FnOnce() -> PyResult<R>) -> R {
    thread_end::prepare();
    // What crosses the boundary of the unwinding is but one word, which registers carry.
    let attempt = AssertUnwindSafe(|| {
        body().unwrap_or_else(|error| {
            restore(py, error);
            failure
        })
    });
    catch_unwind(attempt).unwrap_or_else(|payload| {
        restore(py, panicked(&*payload));
        failure
    })
}

/// A panic as a `RuntimeError` that carries its message.
#[cold]
fn panicked(payload: &(dyn Any + Send)) -> PyErr {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown cause".to_owned());
    // So says PyO3 where the interpreter gives it no object, for which there is one reason here.
    if message == "PyObject pointer is null" {
        return PyMemoryError::new_err(());
    }
    PyRuntimeError::new_err(format!("internal error in ferrosock: {message}"))
}
