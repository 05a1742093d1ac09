//! Builtin classes: heap types with C's layout whose state is a Rust value.
//!
//! The standard library's classes in `_socket` and `select` are immutable, `_ssl` reads the head of the socket object,
//! and some may not be instantiated: this is what the type specification of the C API says directly.

use std::ffi::{CStr, c_int, c_void};
use std::ops::Deref;
use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use pyo3::{Borrowed, ffi};

use crate::call::Receiver;

/// An instance: the interpreter's object head, then the state.
#[repr(C)]
pub(crate) struct Object<T> {
    base: ffi::PyObject,
    state: T,
}

/// Where the state begins in an instance, in bytes.
pub(crate) const fn state_offset<T>() -> usize {
    std::mem::offset_of!(Object<T>, state)
}

/// The state of an instance.
///
/// # Safety
/// `object` is a live instance of a class that was built for `T`.
pub(crate) unsafe fn state_of<T>(object: *mut ffi::PyObject) -> *const T {
    // SAFETY: promised by the caller.
    unsafe { &raw const (*object.cast::<Object<T>>()).state }
}

/// The object that a method was called on, and its state.
pub(crate) struct This<'a, 'py, T> {
    object: Borrowed<'a, 'py, PyAny>,
    state: &'a T,
}

impl<'a, 'py, T> This<'a, 'py, T> {
    pub(crate) fn py(&self) -> Python<'py> {
        self.object.py()
    }

    pub(crate) fn object(&self) -> Borrowed<'a, 'py, PyAny> {
        self.object
    }
}

impl<T> Deref for This<'_, '_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.state
    }
}

impl<'a, 'py, T: 'a> Receiver<'a, 'py> for This<'a, 'py, T> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: a method of the class is only ever called by the interpreter with an instance of it (or of a
        // subclass), which begins with `Object<T>`; the caller keeps it alive for 'a.
        unsafe {
            Self { object: Borrowed::from_ptr(py, receiver), state: &(*receiver.cast::<Object<T>>()).state }
        }
    }
}

/// Makes an instance of `class` (whose state is a `T`) around `state`.
pub(crate) fn instantiate<'py, T>(class: &Bound<'py, PyType>, state: T) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: `class` was built below for `T` (or is a subclass), so tp_alloc gives room for Object<T>; the state is
    // written before anybody can see the object.
    unsafe {
        let raw = class.as_type_ptr();
        let alloc = (*raw).tp_alloc.unwrap_or(ffi::PyType_GenericAlloc);
        let object = alloc(raw, 0);
        if object.is_null() {
            return Err(PyErr::fetch(class.py()));
        }
        std::ptr::write(&raw mut (*object.cast::<Object<T>>()).state, state);
        Ok(Bound::from_owned_ptr(class.py(), object))
    }
}

/// An instance of a class before its `__init__`: what its `__new__` makes without arguments.
pub(crate) fn unprepared<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let (py, raw) = (class.py(), class.as_type_ptr());
    // SAFETY: attached; a live class, called with a tuple and no keywords; gives a new reference, or null with an exception set.
    unsafe {
        let Some(new) = (*raw).tp_new else { return class.call0() };
        let none = PyTuple::empty(py);
        Bound::from_owned_ptr_or_err(py, new(raw, none.as_ptr(), std::ptr::null_mut()))
    }
}

/// `tp_new` for a class whose fresh instance holds `T::default()`, whatever the arguments (`__init__` reads them).
pub(crate) unsafe extern "C" fn new_default<T: Default>(
    class: *mut ffi::PyTypeObject,
    _args: *mut ffi::PyObject,
    _kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached with a live type that is ours or derived from it.
    unsafe {
        let py = Python::assume_attached();
        let class = Borrowed::from_ptr(py, class.cast()).cast_unchecked::<PyType>();
        match instantiate(&class, T::default()) {
            Ok(object) => object.into_ptr(),
            Err(error) => {
                crate::error::restore(py, error);
                std::ptr::null_mut()
            }
        }
    }
}

/// `tp_dealloc`: runs the finalizer if the class has one, drops the state, frees the instance.
unsafe extern "C" fn dealloc<T>(object: *mut ffi::PyObject) {
    // SAFETY: called once by the interpreter when the last reference is gone. A finalizer may bring the object back to
    // life (the call then gives -1), and then nothing is dropped. An instance of a heap type owns a reference to it.
    unsafe {
        let class = ffi::Py_TYPE(object);
        if (*class).tp_finalize.is_some() && ffi::PyObject_CallFinalizerFromDealloc(object) < 0 {
            return;
        }
        // So that references are given up now: to the library, code that the interpreter calls is not attached, and it would put
        // them off. At the interpreter's end that is how it must be.
        let state = &raw mut (*object.cast::<Object<T>>()).state;
        if Python::try_attach(|_| std::ptr::drop_in_place(state)).is_none() {
            std::ptr::drop_in_place(state);
        }
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}

/// The parts of a builtin class. Tables are leaked: a type lives as long as the process.
pub(crate) struct Class {
    /// The qualified name, such as `_socket.socket`.
    name: &'static CStr,
    slots: Vec<ffi::PyType_Slot>,
    members: Vec<ffi::PyMemberDef>,
    flags: u64,
}

impl Class {
    pub(crate) fn new(name: &'static CStr, doc: &'static CStr) -> Self {
        let slots =
            Vec::from([ffi::PyType_Slot { slot: ffi::Py_tp_doc, pfunc: doc.as_ptr().cast_mut().cast() }]);
        let flags = ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_IMMUTABLETYPE;
        Self { name, slots, members: Vec::new(), flags }
    }

    /// Lets programs set attributes of the class, as they may on the heap types of older modules.
    pub(crate) fn mutable(mut self) -> Self {
        self.flags &= !ffi::Py_TPFLAGS_IMMUTABLETYPE;
        self
    }

    /// [`Self::mutable`] before Python 3.`minor`.
    pub(crate) fn mutable_before(self, minor: u8) -> Self {
        if crate::version::since(minor) { self } else { self.mutable() }
    }

    /// Adds a slot. The function or table must have the type that the C API documents for it.
    pub(crate) fn slot(mut self, slot: i32, value: *mut c_void) -> Self {
        self.slots.push(ffi::PyType_Slot { slot, pfunc: value });
        self
    }

    pub(crate) fn methods(self, mut table: Vec<ffi::PyMethodDef>) -> Self {
        table.push(crate::call::method_end());
        self.slot(ffi::Py_tp_methods, Vec::leak(table).as_mut_ptr().cast())
    }

    pub(crate) fn getters(self, mut table: Vec<ffi::PyGetSetDef>) -> Self {
        table.push(ffi::PyGetSetDef::default());
        self.slot(ffi::Py_tp_getset, Vec::leak(table).as_mut_ptr().cast())
    }

    pub(crate) fn members(mut self, table: Vec<ffi::PyMemberDef>) -> Self {
        self.members.extend(table);
        self
    }

    /// Lets Python derive classes from this one.
    pub(crate) fn subclassable(mut self) -> Self {
        self.flags |= ffi::Py_TPFLAGS_BASETYPE;
        self
    }

    /// Lets instances be called without a tuple of the arguments. Each keeps the function for it so many bytes from its
    /// beginning.
    pub(crate) fn vectorcall(mut self, offset: usize) -> Self {
        self.flags |= ffi::Py_TPFLAGS_HAVE_VECTORCALL;
        self.members.push(offset_member(c"__vectorcalloffset__", offset));
        self.slot(ffi::Py_tp_call, ffi::PyVectorcall_Call as *mut c_void)
    }

    /// Makes methods of the instances that are a class's attributes, as Python's functions do. The interpreter calls them without
    /// an object for the two.
    pub(crate) fn method_descriptor(mut self) -> Self {
        self.flags |= ffi::Py_TPFLAGS_METHOD_DESCRIPTOR;
        self.slot(ffi::Py_tp_descr_get, bind as *mut c_void)
    }

    /// Makes calling the class a TypeError ("cannot create '...' instances").
    pub(crate) fn not_callable(mut self) -> Self {
        self.flags |= ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION;
        self
    }

    /// Builds the type, whose instances hold a `T`. Threads share instances, and the last one to let go drops them.
    pub(crate) fn build<T: Send + Sync>(self, py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
        let this = self.slot(ffi::Py_tp_dealloc, dealloc::<T> as *mut c_void);
        this.finish(py, size_of::<Object<T>>(), None)
    }

    /// Builds the type on a builtin `base` with garbage collection. `room` bytes lie behind the base's own fields, zeroed
    /// in a fresh instance.
    ///
    /// There must be slots that traverse and clear what lies there; on deallocation, the interpreter itself gives up what
    /// the writable [`object_member`]s hold.
    pub(crate) fn build_on<'py>(
        mut self,
        base: &Bound<'py, PyType>,
        room: usize,
    ) -> PyResult<Bound<'py, PyType>> {
        self.flags |= ffi::Py_TPFLAGS_HAVE_GC;
        // SAFETY: a live type.
        let size = unsafe { (*base.as_type_ptr()).tp_basicsize } as usize;
        self.finish(base.py(), size + room, Some(base))
    }

    /// Builds the type as one of a module that may be built anew (see [`OwnModule`](crate::own_module::OwnModule)), with
    /// garbage collection. `size` bytes are an instance's.
    ///
    /// There must be slots that traverse, clear and deallocate; tables must live as long as the process and be the same each
    /// time (a [`Table`]).
    pub(crate) fn build_in<'py>(
        mut self,
        module: &Bound<'py, PyModule>,
        size: usize,
    ) -> PyResult<Bound<'py, PyType>> {
        self.slots.push(ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() });
        let mut spec = ffi::PyType_Spec {
            name: self.name.as_ptr(),
            basicsize: size as i32,
            itemsize: 0,
            flags: (self.flags | ffi::Py_TPFLAGS_HAVE_GC) as u32,
            slots: self.slots.as_mut_ptr(),
        };
        let no_bases = std::ptr::null_mut();
        // SAFETY: a live module; the specification is complete, each slot holds what its name says, and the interpreter
        // copies it. The tables and the name stay.
        unsafe {
            let class = ffi::PyType_FromModuleAndSpec(module.as_ptr(), &raw mut spec, no_bases);
            Bound::from_owned_ptr_or_err(module.py(), class).map(|class| class.cast_into_unchecked())
        }
    }

    fn finish<'py>(
        mut self,
        py: Python<'py>,
        size: usize,
        base: Option<&Bound<'py, PyType>>,
    ) -> PyResult<Bound<'py, PyType>> {
        if !self.members.is_empty() {
            self.members.push(ffi::PyMemberDef::default());
            let table = Vec::leak(std::mem::take(&mut self.members));
            self = self.slot(ffi::Py_tp_members, table.as_mut_ptr().cast());
        }
        self.slots.push(ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() });
        let mut spec = ffi::PyType_Spec {
            name: self.name.as_ptr(),
            basicsize: size as i32,
            itemsize: 0,
            flags: self.flags as u32,
            slots: Vec::leak(self.slots).as_mut_ptr(),
        };
        let base = base.map_or(std::ptr::null_mut(), Bound::as_ptr);
        // SAFETY: the specification is complete, its tables are leaked, and each slot holds what its name says; the base
        // is a live type, or null for `object`.
        unsafe {
            Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpecWithBases(&mut spec, base))
                .map(|class| class.cast_into_unchecked())
        }
    }
}

/// For `tp_traverse`: shows the collector all references that are not null, as long as it gives 0; gives what it gave last.
///
/// # Safety
/// `visit` and `argument` are what the collector has passed, and the references are live objects or null.
pub(crate) unsafe fn visit_all(
    references: impl IntoIterator<Item = *mut ffi::PyObject>,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    for reference in references {
        if !reference.is_null() {
            // SAFETY: promised by the caller.
            let found = unsafe { visit(reference, argument) };
            if found != 0 {
                return found;
            }
        }
    }
    0
}

/// `tp_descr_get` of what becomes a method where it is a class's attribute, as Python's functions do.
unsafe extern "C" fn bind(
    this: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    _class: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance, and an object or null.
    unsafe {
        if object.is_null() || object == ffi::Py_None() {
            return ffi::Py_NewRef(this);
        }
        PyMethod_New(this, object)
    }
}

unsafe extern "C" {
    /// <https://docs.python.org/3/c-api/method.html#c.PyMethod_New>; PyO3 does not declare it.
    fn PyMethod_New(function: *mut ffi::PyObject, object: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

/// A table of methods or the like of a type that may be built more than once: made at the first time, and kept.
pub(crate) struct Table<T: 'static>(OnceLock<&'static [T]>);

// SAFETY: the rows hold pointers to names, functions and texts that are constants of the program, and are only read.
unsafe impl<T: 'static> Sync for Table<T> {}

impl<T: 'static> Table<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The table as a slot's value; `rows` end with an empty row.
    pub(crate) fn slot(&self, rows: impl FnOnce() -> Vec<T>) -> *mut c_void {
        self.pointer(rows).cast()
    }

    /// The table; `rows` end with an empty row.
    pub(crate) fn pointer(&self, rows: impl FnOnce() -> Vec<T>) -> *mut T {
        self.0.get_or_init(|| Vec::leak(rows())).as_ptr().cast_mut()
    }
}

/// An object that is made once in a process, such as a function of a module, to be told from what takes its place.
pub(crate) struct Remembered(PyOnceLock<Py<PyAny>>);

impl Remembered {
    pub(crate) const fn new() -> Self {
        Self(PyOnceLock::new())
    }

    /// Remembers the first object; a second module's function goes the general way.
    pub(crate) fn set(&self, object: Bound<'_, PyAny>) {
        let py = object.py();
        self.0.set(py, object.unbind()).ok();
    }

    /// Whether `object` is the one.
    pub(crate) fn is(&self, object: &Bound<'_, PyAny>) -> bool {
        self.0.get(object.py()).is_some_and(|ours| object.is(ours))
    }
}

/// A number that the interpreter reads when it makes the class, such as `__dictoffset__`: where something lies in an
/// instance.
pub(crate) fn offset_member(name: &'static CStr, offset: usize) -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: std::ptr::null(),
    }
}

/// A writable attribute that lies in the instance: a reference or null, `offset` bytes from the object's beginning.
pub(crate) fn object_member(name: &'static CStr, offset: usize, doc: &'static CStr) -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_OBJECT_EX,
        offset: offset as ffi::Py_ssize_t,
        flags: 0,
        doc: doc.as_ptr(),
    }
}
