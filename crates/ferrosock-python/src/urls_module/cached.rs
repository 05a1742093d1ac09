//! `Cached`: what `functools.lru_cache(typed=True)` makes of a function, with a short way for the calls that programs make.
//!
//! The standard library caches `urlsplit` so. Its wrapper builds a tuple of the arguments and their types to look a result
//! up, which takes longer than to split a URL does here. Text can be looked up as it is.

use std::ffi::{CStr, c_int, c_void};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::lru::{Lru, Pair};
use crate::call::{Args, Receiver, enter, native_noargs, native_one};
use crate::class::{Class, instantiate, offset_member, state_of, visit_all};

const CAPACITY: usize = 128;

/// An instance.
#[repr(C)]
struct Cached {
    base: ffi::PyObject,
    call: Option<ffi::vectorcallfunc>,
    dict: *mut ffi::PyObject,
    weak: *mut ffi::PyObject,
    /// The function whose results are kept.
    function: *mut ffi::PyObject,
    /// A `Store`.
    store: *mut ffi::PyObject,
}

/// What an instance of the class under `store` holds.
struct Store(Mutex<Lru>);

impl Store {
    fn with<R>(&self, work: impl FnOnce(&mut Lru) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        for pair in self.with(Lru::clear) {
            // SAFETY: the interpreter drops instances attached.
            unsafe { pair.give_up() }
        }
    }
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static STORE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

const DOC: &CStr = c"What functools.lru_cache makes of a function.";

fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        // SAFETY: a static type of the interpreter.
        let base = unsafe {
            Borrowed::from_ptr(py, (&raw mut ffi::PyBaseObject_Type).cast()).cast_unchecked::<PyType>()
        };
        Class::new(c"ferrosock._native._urls.Cached", DOC)
            .vectorcall(std::mem::offset_of!(Cached, call))
            .not_callable()
            .method_descriptor()
            .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
            .slot(ffi::Py_tp_clear, clear as *mut c_void)
            .slot(ffi::Py_tp_dealloc, dealloc as *mut c_void)
            .methods(Vec::from([
                native_noargs!(CALLS, c"cache_info", cache_info, INFO_DOC),
                native_noargs!(CALLS, c"cache_clear", cache_clear, CLEAR_DOC),
                native_noargs!(CALLS, c"__reduce__", reduce, REDUCE_DOC),
                native_noargs!(CALLS, c"__copy__", copy, COPY_DOC),
                native_one!(CALLS, c"__deepcopy__", deep_copy, COPY_DOC),
            ]))
            .getters(Vec::from([ffi::PyGetSetDef {
                name: c"__dict__".as_ptr(),
                get: Some(ffi::PyObject_GenericGetDict),
                set: Some(ffi::PyObject_GenericSetDict),
                ..ffi::PyGetSetDef::default()
            }]))
            .members(Vec::from([
                offset_member(c"__dictoffset__", std::mem::offset_of!(Cached, dict)),
                offset_member(c"__weaklistoffset__", std::mem::offset_of!(Cached, weak)),
            ]))
            .build_on(&base, size_of::<Cached>() - size_of::<ffi::PyObject>())
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py).clone())
}

fn store_class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let class = STORE.get_or_try_init(py, || {
        Class::new(c"ferrosock._native._urls.Store", c"Results.")
            .not_callable()
            .build::<Store>(py)
            .map(Bound::unbind)
    })?;
    Ok(class.bind(py).clone())
}

pub(super) const CACHED_DOC: &CStr = c"cached($module, function, /)
--

Return `function` with a cache of its results, as `functools.lru_cache(typed=True)` makes one.";

pub(super) fn cached<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let function = args.object(0)?;
    let store = instantiate(&store_class(py)?, Store(Mutex::new(Lru::new(CAPACITY))))?;
    let class = class(py)?;
    // SAFETY: attached; the class has room for a Cached, zeroed; the references are given to the instance.
    unsafe {
        let object = ffi::PyType_GenericAlloc(class.as_type_ptr(), 0);
        let object = Bound::from_owned_ptr_or_err(py, object)?;
        let this = &mut *object.as_ptr().cast::<Cached>();
        this.call = Some(call);
        this.function = function.to_owned().into_ptr();
        this.store = store.into_ptr();
        Ok(object)
    }
}

/// An instance that a method was called on.
#[derive(Clone, Copy)]
struct This<'a, 'py> {
    object: Borrowed<'a, 'py, PyAny>,
    function: Borrowed<'a, 'py, PyAny>,
    store: &'a Store,
}

impl<'a, 'py> Receiver<'a, 'py> for This<'a, 'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: an instance of the class, alive for 'a, which holds a function and a Store as long as it
        // lives.
        unsafe {
            let this = &*receiver.cast::<Cached>();
            Self {
                object: Borrowed::from_ptr(py, receiver),
                function: Borrowed::from_ptr(py, this.function),
                store: &*state_of::<Store>(this.store),
            }
        }
    }
}

/// The vectorcall of an instance.
unsafe extern "C" fn call(
    callable: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance, and arguments as of any call.
    unsafe {
        let py = Python::assume_attached();
        enter(py, &CALLS, || {
            let this = This::receive(py, callable);
            let given = ffi::PyVectorcall_NARGS(count) as usize;
            if names.is_null() && (1..=3).contains(&given) {
                let quick = Quick(std::slice::from_raw_parts(values, given));
                if quick.is_plain() {
                    return quick.call(py, this);
                }
            }
            let args = Args::new(py, c"cached", values, given as ffi::Py_ssize_t, names);
            let key = key(py, &args)?;
            found(this, key.as_borrowed(), || {
                let result = ffi::PyObject_Vectorcall(this.function.as_ptr(), values, given, names);
                Bound::from_owned_ptr_or_err(py, result)
            })
        })
    }
}

/// The arguments of a call, by place and each a str, bytes, True, False or None and of no derived class: they can be looked up
/// as they are, without any code of Python's. One str is its own key, others are in a tuple.
struct Quick<'a>(&'a [*mut ffi::PyObject]);

impl Quick<'_> {
    /// # Safety
    /// The arguments are alive.
    #[inline]
    unsafe fn is_plain(&self) -> bool {
        // SAFETY: promised by the caller.
        self.0.iter().all(|&value| unsafe {
            ffi::PyUnicode_CheckExact(value) != 0
                || ffi::PyBytes_CheckExact(value) != 0
                || ffi::PyBool_Check(value) != 0
                || value == ffi::Py_None()
        })
    }

    /// The only argument, if it is a str.
    ///
    /// # Safety
    /// The arguments are alive.
    #[inline]
    unsafe fn one_str(&self) -> Option<*mut ffi::PyObject> {
        match *self.0 {
            // SAFETY: promised by the caller.
            [only] if unsafe { ffi::PyUnicode_CheckExact(only) } != 0 => Some(only),
            _ => None,
        }
    }

    /// Whether a key is that of these arguments.
    ///
    /// # Safety
    /// Attached; the key and the arguments are alive, and these are plain.
    #[inline]
    unsafe fn is(&self, key: *mut ffi::PyObject) -> bool {
        // SAFETY: promised by the caller; a tuple holds as many objects as it says.
        unsafe {
            if let Some(only) = self.one_str() {
                return same(key, only);
            }
            ffi::PyTuple_CheckExact(key) != 0
                && ffi::PyTuple_GET_SIZE(key) as usize == self.0.len()
                && self
                    .0
                    .iter()
                    .enumerate()
                    .all(|(place, &value)| same(ffi::PyTuple_GET_ITEM(key, place as ffi::Py_ssize_t), value))
        }
    }

    /// # Safety
    /// Attached; the arguments are alive and plain.
    #[inline]
    unsafe fn call<'py>(&self, py: Python<'py>, this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut hash = 0_isize;
        for &value in self.0 {
            // SAFETY: promised by the caller. Bytes have the hash of a str of the same ASCII characters, and '' that of
            // False: so the type counts too.
            let (one, class) = unsafe { (ffi::PyObject_Hash(value), ffi::Py_TYPE(value)) };
            hash = hash.wrapping_mul(1_000_003) ^ one ^ class as isize;
        }
        let kept = this.store.with(|table| {
            let pair = table.find(hash)?;
            // SAFETY: attached; what is in the table is alive while it is locked. Only the reference to the result
            // outlives the lock.
            unsafe {
                self.is(pair.key).then(|| {
                    table.hits += 1;
                    table.touch(hash);
                    Bound::from_borrowed_ptr(py, pair.value)
                })
            }
        });
        if let Some(value) = kept {
            return Ok(value);
        }
        // SAFETY: attached; live arguments.
        let key = unsafe {
            match self.one_str() {
                Some(only) => Bound::from_borrowed_ptr(py, only),
                None => {
                    let parts = self.0.iter().map(|&value| Borrowed::from_ptr(py, value).to_owned());
                    PyTuple::new(py, parts)?.into_any()
                }
            }
        };
        made(this, hash, key, || {
            // SAFETY: as above; gives a new reference, or null with an exception set.
            unsafe {
                let (values, count) = (self.0.as_ptr(), self.0.len());
                let result =
                    ffi::PyObject_Vectorcall(this.function.as_ptr(), values, count, std::ptr::null_mut());
                Bound::from_owned_ptr_or_err(py, result)
            }
        })
    }
}

/// Whether a part of a key is the same as a plain argument.
///
/// # Safety
/// Attached, and both are alive.
#[inline]
unsafe fn same(part: *mut ffi::PyObject, value: *mut ffi::PyObject) -> bool {
    // SAFETY: promised by the caller; each is only looked into as what it is.
    unsafe {
        if part == value {
            return true;
        }
        if ffi::PyUnicode_CheckExact(value) != 0 {
            return ffi::PyUnicode_CheckExact(part) != 0 && ffi::PyUnicode_Compare(part, value) == 0;
        }
        ffi::PyBytes_CheckExact(value) != 0
            && ffi::PyBytes_CheckExact(part) != 0
            && ffi::PyObject_RichCompareBool(part, value, ffi::Py_EQ) == 1
    }
}

/// The arguments and their types, with a mark between those by place and those by name.
fn key<'py>(py: Python<'py>, args: &Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: live arguments, and the tuple of the names of those that have one.
    let (values, names) = unsafe {
        let object = |&value: &*mut ffi::PyObject| Borrowed::from_ptr(py, value).to_owned();
        let values: Vec<Bound<'py, PyAny>> =
            args.values.iter().chain(args.keyword_values).map(object).collect();
        let names = Borrowed::from_ptr_or_opt(py, args.keyword_names).map(Borrowed::to_owned);
        (values, names)
    };
    let mut parts = values.clone();
    if let Some(names) = names.filter(|_| !args.keyword_values.is_empty()) {
        parts.push(class(py)?.into_any()); // nobody passes this one
        parts.push(names);
    }
    parts.extend(values.iter().map(|value| value.get_type().into_any()));
    Ok(PyTuple::new(py, parts)?.into_any())
}

/// The result that is kept for `key`, or that `make` makes and that is kept then. To compare keys may run any code.
fn found<'py>(
    this: This<'_, 'py>,
    key: Borrowed<'_, 'py, PyAny>,
    make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = key.py();
    let hash = key.hash()?;
    let kept = this.store.with(|table| {
        let Pair { key, value } = table.find(hash)?;
        // SAFETY: attached; both are alive while the table is locked, and then held by references of their own.
        Some(unsafe { (Bound::from_borrowed_ptr(py, key), Bound::from_borrowed_ptr(py, value)) })
    });
    if let Some((kept, value)) = kept {
        if kept.eq(key)? {
            this.store.with(|table| {
                table.hits += 1;
                table.touch(hash);
            });
            return Ok(value);
        }
    }
    made(this, hash, key.to_owned(), make)
}

/// A result that was not kept, and is from now on.
fn made<'py>(
    this: This<'_, 'py>,
    hash: isize,
    key: Bound<'py, PyAny>,
    make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    this.store.with(|table| table.misses += 1);
    let value = make()?;
    let pair = Pair { key: key.into_ptr(), value: value.clone().into_ptr() };
    if let Some(out) = this.store.with(|table| table.insert(hash, pair)) {
        // SAFETY: attached, and out of the table.
        unsafe { out.give_up() }
    }
    Ok(value)
}

const INFO_DOC: &CStr = c"cache_info($self, /)
--

Report cache statistics";

fn cache_info<'py>(this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.object.py();
    let (hits, misses, length) = this.store.with(|table| (table.hits, table.misses, table.len()));
    let class = py.import("functools")?.getattr("_CacheInfo")?;
    class.call1((hits, misses, CAPACITY, length))
}

const CLEAR_DOC: &CStr = c"cache_clear($self, /)
--

Clear the cache and cache statistics";

fn cache_clear<'py>(this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    for pair in this.store.with(Lru::clear) {
        // SAFETY: attached, and out of the table.
        unsafe { pair.give_up() }
    }
    Ok(this.object.py().None().into_bound(this.object.py()))
}

const REDUCE_DOC: &CStr = c"__reduce__($self, /)
--

The name by which it is pickled.";

fn reduce<'py>(this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.object.getattr(intern!(this.object.py(), "__qualname__"))
}

const COPY_DOC: &CStr = c"Itself.";

fn copy<'py>(this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    Ok(this.object.to_owned())
}

fn deep_copy<'py>(this: This<'_, 'py>, _memo: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    copy(this)
}

/// `tp_traverse`. Nobody else has the store, so what it holds is seen from here.
unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector calls this with an instance, at a time when no thread of the interpreter has the table: it is
    // only locked for work in which no object is made.
    unsafe {
        let this = object.cast::<Cached>();
        let own = [(*this).dict, (*this).function, ffi::Py_TYPE(object).cast()];
        let found = visit_all(own, visit, argument);
        if found != 0 || (*this).store.is_null() {
            return found;
        }
        let Ok(table) = (*state_of::<Store>((*this).store)).0.try_lock() else { return 0 };
        visit_all(table.pairs().flat_map(|pair| [pair.key, pair.value]), visit, argument)
    }
}

/// `tp_clear`. The function stays, since somebody may still call this: a cycle through it goes through its module's
/// namespace, or its own, which are cleared.
unsafe extern "C" fn clear(object: *mut ffi::PyObject) -> c_int {
    // SAFETY: the collector calls this attached, with an instance, which has a store as long as it lives.
    unsafe {
        let this = object.cast::<Cached>();
        ffi::Py_CLEAR(&raw mut (*this).dict);
        if !(*this).store.is_null() {
            for pair in (*state_of::<Store>((*this).store)).with(Lru::clear) {
                pair.give_up();
            }
        }
    }
    0
}

/// `tp_dealloc`.
unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: the interpreter calls this once, attached, when the last reference is gone. An instance of a heap type owns a
    // reference to it.
    unsafe {
        let class = ffi::Py_TYPE(object);
        let this = object.cast::<Cached>();
        ffi::PyObject_GC_UnTrack(object.cast());
        if !(*this).weak.is_null() {
            ffi::PyObject_ClearWeakRefs(object);
        }
        ffi::Py_CLEAR(&raw mut (*this).dict);
        ffi::Py_CLEAR(&raw mut (*this).function);
        ffi::Py_CLEAR(&raw mut (*this).store);
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}
