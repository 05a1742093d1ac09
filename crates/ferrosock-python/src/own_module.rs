//! Modules that can be built anew, as those of C can: each import that is not answered from `sys.modules` gives a module with
//! types and state of its own, and the garbage collector takes all of it once nobody uses it.
//!
//! The state is a few references to objects: the module's types, its exception, its cache.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int, c_void};

use pyo3::prelude::*;
use pyo3::types::PyModule;
use pyo3::{Borrowed, ffi};

use crate::call::Receiver;
use crate::class::{Table, visit_all};

/// The definition of a module whose state is N references.
pub(crate) struct OwnModule<const N: usize> {
    definition: UnsafeCell<ffi::PyModuleDef>,
    methods: Table<ffi::PyMethodDef>,
}

// SAFETY: the interpreter writes to the definition (a count and an index) with its own lock held.
unsafe impl<const N: usize> Sync for OwnModule<N> {}

impl<const N: usize> OwnModule<N> {
    pub(crate) const fn new(name: &'static CStr, doc: &'static CStr) -> Self {
        let definition = ffi::PyModuleDef {
            m_base: ffi::PyModuleDef_HEAD_INIT,
            m_name: name.as_ptr(),
            m_doc: doc.as_ptr(),
            m_size: size_of::<[*mut ffi::PyObject; N]>() as ffi::Py_ssize_t,
            m_methods: std::ptr::null_mut(),
            m_slots: std::ptr::null_mut(),
            m_traverse: Some(traverse::<N>),
            m_clear: Some(clear::<N>),
            m_free: Some(free::<N>),
        };
        Self { definition: UnsafeCell::new(definition), methods: Table::new() }
    }

    /// A new module with these functions (the rows are the same each time) and an empty state.
    pub(crate) fn make<'py>(
        &'static self,
        py: Python<'py>,
        methods: impl FnOnce() -> Vec<ffi::PyMethodDef>,
    ) -> PyResult<Bound<'py, PyModule>> {
        let table = self.methods.pointer(|| {
            let mut rows = methods();
            rows.push(crate::call::method_end());
            rows
        });
        // SAFETY: attached; the definition is a static and the table is never freed. The interpreter zeroes the state.
        unsafe {
            (*self.definition.get()).m_methods = table;
            let module = ffi::PyModule_Create2(self.definition.get(), ffi::PYTHON_API_VERSION);
            Bound::from_owned_ptr_or_err(py, module).map(|module| module.cast_into_unchecked())
        }
    }
}

/// The references of a module of ours: N of them, which `N` of its definition says.
fn state(module: *mut ffi::PyObject) -> *mut *mut ffi::PyObject {
    // SAFETY: a live module; null if it has no state yet.
    unsafe { ffi::PyModule_GetState(module).cast() }
}

/// Keeps an object in place `index` of a new module's state.
///
/// # Safety
/// The module is one of [`OwnModule`] and has such a place.
pub(crate) unsafe fn keep(module: &Bound<'_, PyModule>, index: usize, object: Bound<'_, PyAny>) {
    // SAFETY: promised by the caller; the place of a new module is empty.
    unsafe { *state(module.as_ptr()).add(index) = object.into_ptr() }
}

/// The object in place `index` of a module's state; None where the garbage collector has been there, which it has not
/// before the module's last user is gone.
///
/// # Safety
/// The module is one of [`OwnModule`], has such a place, and is used all through 'a.
#[inline]
pub(crate) unsafe fn kept<'a, 'py>(
    module: Borrowed<'a, 'py, PyAny>,
    index: usize,
) -> Option<Borrowed<'a, 'py, PyAny>> {
    // SAFETY: promised by the caller; the place is null or holds a reference.
    unsafe { Borrowed::from_ptr_or_opt(module.py(), *state(module.as_ptr()).add(index)) }
}

/// The module that a function is called on.
pub(crate) struct Of<'a, 'py>(pub(crate) Borrowed<'a, 'py, PyAny>);

impl<'a, 'py> Receiver<'a, 'py> for Of<'a, 'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: a module's function is called with the module.
        Self(unsafe { Borrowed::from_ptr(py, receiver) })
    }
}

unsafe extern "C" fn traverse<const N: usize>(
    module: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    let state = state(module);
    if state.is_null() {
        return 0;
    }
    // SAFETY: the state has N places, each null or a reference.
    unsafe { visit_all((0..N).map(|index| *state.add(index)), visit, argument) }
}

unsafe extern "C" fn clear<const N: usize>(module: *mut ffi::PyObject) -> c_int {
    let state = state(module);
    for index in 0..if state.is_null() { 0 } else { N } {
        // SAFETY: as above; the place is emptied before the reference goes, since code may run then.
        unsafe { ffi::Py_XDECREF(std::ptr::replace(state.add(index), std::ptr::null_mut())) }
    }
    0
}

unsafe extern "C" fn free<const N: usize>(module: *mut c_void) {
    // SAFETY: the interpreter frees the module, whose state is still there.
    unsafe {
        clear::<N>(module.cast());
    }
}
