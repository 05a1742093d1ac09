//! How the interpreter calls into Rust.
//!
//! The standard library's `_socket` and `select` are C: their refusals of a wrong call have fixed words, their types are
//! immutable builtins, and their functions bind as builtins do. So functions here are entered through the plain C
//! calling conventions (`METH_NOARGS`, `METH_O`, `METH_FASTCALL`), which are also the fastest, and [`Args`] reads
//! arguments with the words of CPython's `PyArg_Parse*` family. Everything past [`enter`] is safe Rust.

use std::any::Any;
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{Borrowed, ffi};

use crate::error::restore;
use crate::memory;

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

/// The answer of a body that reads a field and can neither fail nor panic: a guard would be a twentieth of the call.
pub(crate) enum Plain {
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

/// `METH_FASTCALL | METH_KEYWORDS`: the function takes `(receiver, Args)` and calls [`Args::named`].
macro_rules! native_named {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {{
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
                unsafe {
                    $function(
                        $crate::call::Receiver::receive(py, receiver),
                        $crate::call::Args::new(py, $name, values, count, names),
                    )
                }
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

/// [`native_fast!`] for a function to which CPython passes its arguments as a tuple: the same but for the words that
/// refuse keyword arguments.
macro_rules! native_tuple {
    ($calls:path, $name:expr, $function:path, $doc:expr) => {{
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
                $function(receiver, args.positional()?)
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

pub(crate) use {native_fast, native_method, native_named, native_noargs, native_one, native_tuple};

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

/// A builtin function of a module written in Python: `__module__` and `__self__` are that module's. The row is the first of a
/// table of the native module, which lives as long as the process.
pub(crate) fn function_of<'py>(
    module: &Bound<'py, PyModule>,
    row: &'static ffi::PyMethodDef,
) -> PyResult<Bound<'py, PyAny>> {
    let name = module.name()?;
    // SAFETY: attached; a row that lives for ever, and live objects, of which the function keeps references.
    unsafe {
        let function =
            ffi::PyCFunction_NewEx(std::ptr::from_ref(row).cast_mut(), module.as_ptr(), name.as_ptr());
        Bound::from_owned_ptr_or_err(module.py(), function)
    }
}

/// Hands `body` the arguments of a slot such as `tp_new`.
///
/// # Safety
/// `positional` is a live tuple, `keywords` a live dict or null.
pub(crate) unsafe fn with_slot_args<'py, R>(
    py: Python<'py>,
    name: &'static CStr,
    positional: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
    body: impl FnOnce(Args<'_, 'py>) -> PyResult<R>,
) -> PyResult<R> {
    // SAFETY: promised by the caller; the tuple and the dict keep the values alive.
    unsafe {
        let positional: Borrowed<'_, '_, PyTuple> = Borrowed::from_ptr(py, positional).cast_unchecked();
        // The dict may change while Python code runs for an argument: these tuples don't.
        let named = Borrowed::from_ptr_or_opt(py, keywords).map(|keywords| {
            let keywords: Borrowed<'_, '_, PyDict> = keywords.cast_unchecked();
            (keywords.keys().to_tuple(), keywords.values().to_tuple())
        });
        let count = positional.len();
        let mut values = memory::room_for(count + named.as_ref().map_or(0, |(_, values)| values.len()))?;
        values.extend(positional.iter_borrowed().map(Borrowed::as_ptr));
        let mut names = std::ptr::null_mut();
        if let Some((named, keyword_values)) = &named {
            values.extend(keyword_values.iter_borrowed().map(Borrowed::as_ptr));
            names = named.as_ptr();
        }
        body(Args::new(py, name, values.as_ptr(), count as ffi::Py_ssize_t, names))
    }
}

/// The arguments of one call, borrowed from the interpreter for its length.
///
/// Counting comes first ([`Args::between`] or [`Args::clinic`] or [`Args::named`]); reading an argument past the
/// counted ones gives `None`.
pub(crate) struct Args<'a, 'py> {
    pub(crate) py: Python<'py>,
    name: &'static CStr,
    /// Positional arguments; after [`Args::named`], a null stands for one that was not given.
    pub(crate) values: &'a [*mut ffi::PyObject],
    /// The values of keyword arguments follow the positional ones in memory.
    pub(crate) keyword_values: &'a [*mut ffi::PyObject],
    pub(crate) keyword_names: *mut ffi::PyObject,
    /// A keyword argument that the function does not have: [`Args::finish`] refuses it.
    unknown: Option<Bound<'py, PyString>>,
}

impl<'a, 'py> Args<'a, 'py> {
    /// # Safety
    /// `values` points at `count` live objects, followed by one more for each name of the tuple `names` (or null).
    #[inline]
    pub(crate) unsafe fn new(
        py: Python<'py>,
        name: &'static CStr,
        values: *const *mut ffi::PyObject,
        count: ffi::Py_ssize_t,
        names: *mut ffi::PyObject,
    ) -> Self {
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: promised by the caller; an empty call may pass a null pointer.
        let (values, keyword_values) = unsafe {
            let named = if names.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(names) as usize };
            if count + named == 0 {
                (&[][..], &[][..])
            } else {
                std::slice::from_raw_parts(values, count + named).split_at(count)
            }
        };
        Self { py, name, values, keyword_values, keyword_names: names, unknown: None }
    }

    /// The function's name, as error messages give it.
    pub(crate) fn name(&self) -> &'static str {
        self.name.to_str().unwrap_or("function")
    }

    /// How many positional arguments there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Refuses fewer than `least` or more than `most` arguments in the words of `PyArg_ParseTuple`.
    #[inline]
    pub(crate) fn between(&self, least: usize, most: usize) -> PyResult<()> {
        let given = self.len();
        if given >= least && given <= most {
            return Ok(());
        }
        let (how, bound) = match (given < least, least == most) {
            (_, true) => ("exactly", least),
            (true, _) => ("at least", least),
            (false, _) => ("at most", most),
        };
        let plural = if bound == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{}() takes {how} {bound} argument{plural} ({given} given)",
            self.name()
        )))
    }

    /// Refuses fewer than `least` or more than `most` arguments in the words of functions made by Argument Clinic.
    #[inline]
    pub(crate) fn clinic(&self, least: usize, most: usize) -> PyResult<()> {
        let given = self.len();
        if given >= least && given <= most {
            return Ok(());
        }
        let (how, bound) = match (given < least, least == most) {
            (_, true) => ("", least),
            (true, _) => ("at least ", least),
            (false, _) => ("at most ", most),
        };
        let plural = if bound == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{} expected {how}{bound} argument{plural}, got {given}",
            self.name()
        )))
    }

    /// Sorts positional and keyword arguments into the order of `names`, the first `required` of which must be there,
    /// and hands `body` the result, in the words of functions made by Argument Clinic.
    pub(crate) fn named<R>(
        self,
        names: &[&str],
        required: usize,
        body: impl FnOnce(Args<'_, 'py>) -> PyResult<R>,
    ) -> PyResult<R> {
        self.parse_named(names, required, |args| {
            args.finish()?;
            body(args)
        })
    }

    /// [`Args::named`] in the order of `PyArg_ParseTupleAndKeywords`, which refuses a wrong type before it refuses an
    /// unknown keyword: `body` reads its arguments, calls [`Args::finish`], and does its work.
    pub(crate) fn parse_named<R>(
        self,
        names: &[&str],
        required: usize,
        body: impl FnOnce(Args<'_, 'py>) -> PyResult<R>,
    ) -> PyResult<R> {
        let mut sorted = [std::ptr::null_mut(); 12];
        let sorted = &mut sorted[..names.len()];
        let given = self.values.len() + self.keyword_values.len();
        if given > names.len() {
            let kind = if self.values.is_empty() { "keyword " } else { "" };
            let plural = if names.len() == 1 { "" } else { "s" };
            return Err(PyTypeError::new_err(format!(
                "{}() takes at most {} {kind}argument{plural} ({given} given)",
                self.name(),
                names.len()
            )));
        }
        sorted[..self.values.len()].copy_from_slice(self.values);
        let unknown = if self.keyword_values.is_empty() { None } else { self.sort_keywords(names, sorted)? };
        if let Some(place) = sorted[..required].iter().position(|value| value.is_null()) {
            return Err(PyTypeError::new_err(format!(
                "{}() missing required argument '{}' (pos {})",
                self.name(),
                names[place],
                place + 1
            )));
        }
        body(Args {
            py: self.py,
            name: self.name,
            values: sorted,
            keyword_values: &[],
            keyword_names: std::ptr::null_mut(),
            unknown,
        })
    }

    /// Puts the keyword arguments into their places; gives the first one that has none.
    fn sort_keywords(
        &self,
        names: &[&str],
        sorted: &mut [*mut ffi::PyObject],
    ) -> PyResult<Option<Bound<'py, PyString>>> {
        // SAFETY: there are keyword values, so there is a tuple of their names, alive for the call.
        let given: Borrowed<'_, '_, PyTuple> =
            unsafe { Borrowed::from_ptr(self.py, self.keyword_names).cast_unchecked() };
        let mut unknown = None;
        for (name, &value) in given.iter_borrowed().zip(self.keyword_values) {
            // In the dict of a slot anything may be a key.
            let name =
                name.cast::<PyString>().map_err(|_| PyTypeError::new_err("keywords must be strings"))?;
            let text = name.to_str().unwrap_or_default();
            match names.iter().position(|known| *known == text && !known.is_empty()) {
                Some(place) if place < self.values.len() => {
                    return Err(PyTypeError::new_err(format!(
                        "argument for {}() given by name ('{text}') and position ({})",
                        self.name(),
                        place + 1
                    )));
                }
                Some(place) => sorted[place] = value,
                None => unknown = unknown.or_else(|| Some(name.to_owned())),
            }
        }
        Ok(unknown)
    }

    /// Refuses a keyword argument that the function does not have.
    #[inline]
    pub(crate) fn finish(&self) -> PyResult<()> {
        let Some(text) = &self.unknown else { return Ok(()) };
        let (text, name) = (text.as_ptr(), self.name.as_ptr());
        // The interpreter writes the message, since a name may be of any length and anything that a str can be.
        // SAFETY: attached; each format takes a live str and a C string in its order, and sets the exception.
        unsafe {
            if crate::version::since(13) {
                let format = c"%s() got an unexpected keyword argument '%U'";
                ffi::PyErr_Format(ffi::PyExc_TypeError, format.as_ptr(), name, text);
            } else {
                let format = c"'%U' is an invalid keyword argument for %s()";
                ffi::PyErr_Format(ffi::PyExc_TypeError, format.as_ptr(), text, name);
            }
        }
        Err(PyErr::fetch(self.py))
    }

    /// Whether there are keyword arguments.
    #[inline]
    pub(crate) fn has_keywords(&self) -> bool {
        !self.keyword_values.is_empty()
    }

    /// The keyword arguments as the interpreter passed them: names and values.
    pub(crate) fn keywords(
        &self,
    ) -> impl Iterator<Item = (Borrowed<'a, 'py, PyAny>, Borrowed<'a, 'py, PyAny>)> {
        let (py, names) = (self.py, self.keyword_names);
        self.keyword_values.iter().enumerate().map(move |(index, &value)| {
            // SAFETY: there is a tuple of as many names as there are values, all alive for the call.
            unsafe {
                let name = ffi::PyTuple_GET_ITEM(names, index as ffi::Py_ssize_t);
                (Borrowed::from_ptr(py, name), Borrowed::from_ptr(py, value))
            }
        })
    }

    /// Calls another function with the same arguments.
    pub(crate) fn forward(&self, function: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (values, count) = (self.values.as_ptr(), self.values.len());
        // SAFETY: attached; these are the arguments as the interpreter passed them, the keyword ones behind the others.
        unsafe {
            let result = ffi::PyObject_Vectorcall(function.as_ptr(), values, count, self.keyword_names);
            Bound::from_owned_ptr_or_err(self.py, result)
        }
    }

    /// Refuses keyword arguments, in the words for functions that take a tuple of arguments.
    #[inline]
    pub(crate) fn positional(self) -> PyResult<Self> {
        if self.keyword_values.is_empty() {
            return Ok(self);
        }
        Err(PyTypeError::new_err(format!("{}() takes no keyword arguments", self.name())))
    }

    /// Refuses more than `most` positional arguments, before [`Args::named`]: the rest are keyword-only.
    pub(crate) fn keyword_only(self, most: usize) -> PyResult<Self> {
        let given = self.len();
        if given <= most {
            return Ok(self);
        }
        let plural = if most == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{}() takes at most {most} positional argument{plural} ({given} given)",
            self.name()
        )))
    }

    /// Refuses another number of positional arguments than `count`, and more than `most` arguments in all, before
    /// [`Args::named`]: the rest are keyword-only. The names of positional-only arguments are empty there.
    #[inline]
    pub(crate) fn positional_only(self, count: usize, most: usize) -> PyResult<Self> {
        let (given, all) = (self.len(), self.len() + self.keyword_values.len());
        if given == count || all > most {
            return Ok(self);
        }
        let plural = if count == 1 { "" } else { "s" };
        Err(PyTypeError::new_err(format!(
            "{}() takes exactly {count} positional argument{plural} ({given} given)",
            self.name()
        )))
    }

    /// The positional arguments, alive for the call. Before [`Args::named`], since after it one may be missing.
    #[inline]
    pub(crate) fn pointers(&self) -> &'a [*mut ffi::PyObject] {
        self.values
    }

    /// Argument `index`, if it was given.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Borrowed<'a, 'py, PyAny>> {
        let value = *self.values.get(index)?;
        // SAFETY: not null below, and alive for the call ('a).
        (!value.is_null()).then(|| unsafe { Borrowed::from_ptr(self.py, value) })
    }

    /// Argument `index`, which the counting has shown to be there.
    #[inline]
    pub(crate) fn object(&self, index: usize) -> PyResult<Borrowed<'a, 'py, PyAny>> {
        self.get(index)
            .ok_or_else(|| PyTypeError::new_err(format!("{}() lacks argument {}", self.name(), index + 1)))
    }

    /// A C `int`.
    #[inline]
    pub(crate) fn int(&self, index: usize) -> PyResult<i32> {
        let value = self.object(index)?;
        crate::convert::int(&value)
    }

    /// A C `int`, or `default` if it was not given.
    #[inline]
    pub(crate) fn int_or(&self, index: usize, default: i32) -> PyResult<i32> {
        self.get(index).map_or(Ok(default), |value| crate::convert::int(&value))
    }

    /// A `Py_ssize_t`.
    #[inline]
    pub(crate) fn ssize(&self, index: usize) -> PyResult<isize> {
        let value = self.object(index)?;
        crate::convert::ssize(&value)
    }

    /// A `Py_ssize_t`, or `default` if it was not given.
    #[inline]
    pub(crate) fn ssize_or(&self, index: usize, default: isize) -> PyResult<isize> {
        self.get(index).map_or(Ok(default), |value| crate::convert::ssize(&value))
    }

    /// A `TypeError` that says what argument `index` must be, in the words of `PyArg_Parse*`: the function's name, the
    /// place, what was wanted and the type that came.
    pub(crate) fn wrong_type(&self, index: usize, wanted: &str) -> PyErr {
        let found =
            self.get(index).map_or_else(|| "nothing".to_owned(), |value| crate::convert::described(&value));
        PyTypeError::new_err(format!(
            "{}() argument {} must be {wanted}, not {found}",
            self.name(),
            index + 1
        ))
    }
}
