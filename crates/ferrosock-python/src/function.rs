//! Functions of Rust in the place of functions of Python: those that the standard library has written in Python.
//!
//! A builtin function would be told from those by what programs look at: `__code__` and `__defaults__`, attributes of their own
//! that they set, `__get__`, by which a function in a class becomes a method. So these have a type of their own with all of
//! that (as Cython's functions have); only `types.FunctionType` is not theirs. What belongs to Python code is of a *twin*, a
//! function of the same signature that is compiled when somebody asks, and does nothing.

use std::ffi::{CStr, CString, c_int, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyType};
use pyo3::{Borrowed, ffi, intern};

use crate::call::{Calls, Receiver, enter, enter_status, native_noargs};
use crate::class::{Class, offset_member, visit_all};
use crate::text;

/// Entries here are not calls of a module's functions, and are counted for none.
static CALLS: Calls = Calls::new();

/// An instance. The references are counted; null is none.
#[repr(C)]
struct Function {
    base: ffi::PyObject,
    vectorcall: ffi::vectorcallfunc,
    row: &'static ffi::PyMethodDef,
    module: *mut ffi::PyObject,
    module_name: *mut ffi::PyObject,
    twin: AtomicPtr<ffi::PyObject>,
    dict: *mut ffi::PyObject,
    weak_references: *mut ffi::PyObject,
}

/// What only the twin has.
const OF_THE_TWIN: [&[u8]; 8] = [
    b"__code__",
    b"__defaults__",
    b"__kwdefaults__",
    b"__globals__",
    b"__annotations__",
    b"__closure__",
    b"__builtins__",
    b"__type_params__",
];

/// What would change what a function does, and cannot.
const FIXED: [&[u8]; 3] = [b"__code__", b"__defaults__", b"__kwdefaults__"];

/// A function of a module written in Python, by a row that lives as long as the process. One that takes its arguments otherwise
/// than in a vector (`METH_FASTCALL`) is a builtin: properties are made of those.
pub(crate) fn function_of<'py>(
    module: &Bound<'py, PyModule>,
    row: &'static ffi::PyMethodDef,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let vectorcall = match row.ml_flags {
        flags if flags == ffi::METH_FASTCALL | ffi::METH_KEYWORDS => call_named as ffi::vectorcallfunc,
        ffi::METH_FASTCALL => call_positional,
        _ => return builtin_of(module, row),
    };
    let name = module.name()?;
    let class = class(py)?;
    // SAFETY: attached; the class is the one of these instances, whose memory comes zeroed from its tp_alloc and is tracked by the
    // collector, which meets references or null.
    unsafe {
        let raw = class.as_type_ptr();
        let alloc = (*raw).tp_alloc.unwrap_or(ffi::PyType_GenericAlloc);
        let object = alloc(raw, 0);
        let object = Bound::from_owned_ptr_or_err(py, object)?;
        let this = object.as_ptr().cast::<Function>();
        (&raw mut (*this).vectorcall).write(vectorcall);
        (&raw mut (*this).row).write(row);
        (*this).module = module.clone().into_ptr();
        (*this).module_name = name.into_ptr();
        Ok(object)
    }
}

fn builtin_of<'py>(
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

/// The row that an object was made of, if it is such a function.
pub(crate) fn row_of(object: &Bound<'_, PyAny>) -> Option<&'static ffi::PyMethodDef> {
    let py = object.py();
    let ours = CLASS.get(py).is_some_and(|class| object.get_type().is(class));
    // SAFETY: an instance of just that class, made above.
    ours.then(|| unsafe { (*object.as_ptr().cast::<Function>()).row })
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let make = || {
        // SAFETY: attached; `object` is a live type.
        let base = unsafe { Borrowed::from_ptr(py, (&raw mut ffi::PyBaseObject_Type).cast()) };
        let base = base.to_owned().cast_into::<PyType>()?;
        let dict = ffi::PyGetSetDef {
            name: c"__dict__".as_ptr(),
            get: Some(ffi::PyObject_GenericGetDict),
            set: Some(ffi::PyObject_GenericSetDict),
            ..Default::default()
        };
        Class::new(c"ferrosock._native.function", c"A function of Rust.")
            .not_callable()
            .vectorcall(std::mem::offset_of!(Function, vectorcall))
            .members(Vec::from([
                offset_member(c"__dictoffset__", std::mem::offset_of!(Function, dict)),
                offset_member(c"__weaklistoffset__", std::mem::offset_of!(Function, weak_references)),
            ]))
            .getters(Vec::from([dict]))
            .methods(Vec::from([native_noargs!(CALLS, c"__reduce__", reduce, REDUCE_DOC)]))
            .slot(ffi::Py_tp_dealloc, dealloc as *mut c_void)
            .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
            .slot(ffi::Py_tp_clear, clear as *mut c_void)
            .slot(ffi::Py_tp_getattro, get_attribute as *mut c_void)
            .slot(ffi::Py_tp_setattro, set_attribute as *mut c_void)
            .method_descriptor()
            .slot(ffi::Py_tp_repr, repr as *mut c_void)
            .build_on(&base, size_of::<Function>() - size_of::<ffi::PyObject>())
            .map(Bound::unbind)
    };
    CLASS.get_or_try_init(py, make).map(|class| class.bind(py).clone())
}

/// The function's vectorcall, where the row takes arguments by name, too.
unsafe extern "C" fn call_named(
    callable: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls an instance's vectorcall attached and with that instance; the row's flags say which entry it has.
    unsafe {
        let this = callable.cast::<Function>();
        let entry = (*this).row.ml_meth.PyCFunctionFastWithKeywords;
        entry((*this).module, arguments, ffi::PyVectorcall_NARGS(count), names)
    }
}

/// The same, where it does not.
unsafe extern "C" fn call_positional(
    callable: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as above; the names are a tuple or null.
    unsafe {
        let this = callable.cast::<Function>();
        if !names.is_null() && ffi::PyTuple_GET_SIZE(names) > 0 {
            let text = c"%.200s() takes no keyword arguments";
            return ffi::PyErr_Format(ffi::PyExc_TypeError, text.as_ptr(), (*this).row.ml_name);
        }
        let entry = (*this).row.ml_meth.PyCFunctionFast;
        entry((*this).module, arguments.cast_mut(), ffi::PyVectorcall_NARGS(count))
    }
}

/// `tp_getattro`.
unsafe extern "C" fn get_attribute(
    object: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance and a name.
    unsafe {
        let py = Python::assume_attached();
        enter(py, &CALLS, || {
            let this = &*object.cast::<Function>();
            let name = Borrowed::from_ptr(py, name);
            match this.own(py, name)? {
                Some(found) => Ok(found),
                None => Bound::from_owned_ptr_or_err(py, ffi::PyObject_GenericGetAttr(object, name.as_ptr())),
            }
        })
    }
}

/// `tp_setattro`; a null value is for a deletion.
unsafe extern "C" fn set_attribute(
    object: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: as above.
    unsafe {
        let py = Python::assume_attached();
        enter_status(py, &CALLS, || {
            let text = Borrowed::from_ptr(py, name).cast::<PyString>().ok().and_then(text::ascii);
            if text.is_some_and(|text| FIXED.contains(&text)) {
                return Err(PyAttributeError::new_err("a native function has no code that can be replaced"));
            }
            match ffi::PyObject_GenericSetAttr(object, name, value) {
                0 => Ok(()),
                _ => Err(PyErr::fetch(py)),
            }
        })
    }
}

impl Function {
    /// An attribute that is the instance's, not the class's.
    fn own<'py>(
        &self,
        py: Python<'py>,
        name: Borrowed<'_, 'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(text) = name.cast::<PyString>().ok().and_then(text::ascii) else { return Ok(None) };
        if !text.starts_with(b"__") || text == b"__dict__" {
            return Ok(None);
        }
        // SAFETY: attached; null or a live dict of this instance's, which is held: to look into it may run a key's code, and that
        // may give the instance another.
        let dict = unsafe { Bound::from_borrowed_ptr_or_opt(py, self.dict) };
        if let Some(dict) = dict {
            if let Some(found) = dict.cast::<PyDict>()?.get_item(name)? {
                return Ok(Some(found));
            }
        }
        Ok(Some(match text {
            b"__name__" | b"__qualname__" => PyString::new(py, self.name()).into_any(),
            // SAFETY: attached; a live str.
            b"__module__" => unsafe { Borrowed::from_ptr(py, self.module_name) }.to_owned(),
            b"__doc__" => PyString::new(py, self.texts().1).into_any(),
            _ if OF_THE_TWIN.contains(&text) => self.twin(py)?.getattr(name.cast::<PyString>()?)?,
            _ => return Ok(None),
        }))
    }

    fn name(&self) -> &'static str {
        // SAFETY: a C string that lives as long as the process.
        unsafe { CStr::from_ptr(self.row.ml_name) }.to_str().unwrap_or_default()
    }

    /// The parameters as Python writes them, and the documentation.
    fn texts(&self) -> (&'static str, &'static str) {
        // SAFETY: as above.
        let whole = unsafe { CStr::from_ptr(self.row.ml_doc) }.to_str().unwrap_or_default();
        let Some((signature, doc)) = whole.split_once("\n--\n\n") else {
            return ("*args, **kwargs", whole);
        };
        let parameters = signature.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')'));
        let parameters = parameters.map_or("", |(parameters, _)| parameters);
        // The module comes first, as for builtins.
        let parameters = parameters.strip_prefix("$module").unwrap_or(parameters);
        let parameters = parameters.strip_prefix(", /").unwrap_or(parameters);
        (parameters.strip_prefix(", ").unwrap_or(parameters), doc)
    }

    /// A function of Python with the same signature.
    fn twin<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: attached; null or live objects of this instance's, which keeps the twin that came first.
        unsafe {
            let twin = self.twin.load(Ordering::Acquire);
            if let Some(twin) = Borrowed::from_ptr_or_opt(py, twin) {
                return Ok(twin.to_owned());
            }
            let module = Borrowed::from_ptr(py, self.module);
            let made = compiled(module.cast::<PyModule>()?, self.name(), self.texts().0)?;
            let (none, twin) = (std::ptr::null_mut(), made.clone().into_ptr());
            match self.twin.compare_exchange(none, twin, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => Ok(made),
                Err(first) => {
                    ffi::Py_DECREF(twin);
                    Ok(Borrowed::from_ptr(py, first).to_owned())
                }
            }
        }
    }
}

fn compiled<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    name: &str,
    parameters: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let code = format!("def {name}({parameters}):\n    raise NotImplementedError('this is native')\n");
    let file = module.dict().get_item(intern!(py, "__file__"))?;
    let file = file.map_or_else(|| Ok("<ferrosock>".to_owned()), |file| file.extract())?;
    let (code, file) = (CString::new(code)?, CString::new(file)?);
    let found = PyDict::new(py);
    // SAFETY: attached; two C strings and two dicts; each call gives a new reference, or null with an exception set.
    unsafe {
        let code = ffi::Py_CompileString(code.as_ptr(), file.as_ptr(), ffi::Py_file_input);
        let code = Bound::from_owned_ptr_or_err(py, code)?;
        let done = ffi::PyEval_EvalCode(code.as_ptr(), module.dict().as_ptr(), found.as_ptr());
        drop(Bound::from_owned_ptr_or_err(py, done)?);
    }
    found.get_item(name)?.ok_or_else(|| PyAttributeError::new_err("no function was made"))
}

/// `tp_repr`.
unsafe extern "C" fn repr(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    unsafe {
        let py = Python::assume_attached();
        enter(py, &CALLS, || {
            let name = Borrowed::from_ptr(py, object).getattr(intern!(py, "__qualname__"))?;
            Ok(PyString::new(py, &format!("<function {} at {object:p}>", name.str()?)).into_any())
        })
    }
}

const REDUCE_DOC: &CStr = c"__reduce__($self, /)
--

Return the name by which a pickle finds the function in its module.";

/// An instance whose method is called.
struct This<'a, 'py>(Borrowed<'a, 'py, PyAny>);

impl<'a, 'py> Receiver<'a, 'py> for This<'a, 'py> {
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: the interpreter calls a method with a live object.
        Self(unsafe { Borrowed::from_ptr(py, receiver) })
    }
}

fn reduce<'py>(this: This<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.0.getattr(intern!(this.0.py(), "__qualname__"))
}

/// `tp_traverse`.
unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector calls this with an instance.
    unsafe {
        let this = object.cast::<Function>();
        let twin = (*this).twin.load(Ordering::Relaxed);
        visit_all([(*this).module, twin, (*this).dict, ffi::Py_TYPE(object).cast()], visit, argument)
    }
}

/// `tp_clear`.
unsafe extern "C" fn clear(object: *mut ffi::PyObject) -> c_int {
    // SAFETY: the collector calls this attached, with an instance. The module stays: the function may still be called, and a cycle is
    // cut where the module's names are.
    unsafe {
        let this = object.cast::<Function>();
        ffi::Py_XDECREF((*this).twin.swap(std::ptr::null_mut(), Ordering::AcqRel));
        ffi::Py_CLEAR(&raw mut (*this).dict);
        0
    }
}

/// `tp_dealloc`.
unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: called once by the interpreter, attached, when the last reference is gone. An instance of a heap type owns a
    // reference to it.
    unsafe {
        ffi::PyObject_GC_UnTrack(object.cast());
        let this = object.cast::<Function>();
        if !(*this).weak_references.is_null() {
            ffi::PyObject_ClearWeakRefs(object);
        }
        clear(object);
        ffi::Py_CLEAR(&raw mut (*this).module);
        ffi::Py_CLEAR(&raw mut (*this).module_name);
        let class = ffi::Py_TYPE(object);
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}
