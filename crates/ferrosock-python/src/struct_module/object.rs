//! `Struct`: a format that was read once.

use std::ffi::{CStr, CString, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicPtr, Ordering};

use ferrosock_codec::record::Format;
use pyo3::exceptions::{PyDeprecationWarning, PyFutureWarning, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyModule, PyString, PyTuple, PyType};
use pyo3::{Borrowed, ffi};

use super::{CALLS, COMPLEX, ERROR, ITERATOR, READ_BY_NEW, iterator, of_module, transfer};
use crate::call::{
    Args, Receiver, docstring, enter_status, method_end, native_fast, native_named, native_noargs,
    native_one, with_slot_args,
};
use crate::class::{Class, Table, visit_all};
use crate::convert;
use crate::memory;
use crate::version::Change;

/// An instance.
#[repr(C)]
struct Object {
    base: ffi::PyObject,
    /// The size and the number of values of the current format, -1 before there is one. C code that knows the standard
    /// library's object reads them there: CPython's own `_testbuffer`.
    size: AtomicIsize,
    count: AtomicIsize,
    /// What `__init__` made last; null before that.
    current: AtomicPtr<Compiled>,
    /// All that `__init__` ever made of this object, chained: freed with it, so that a method under way in another thread,
    /// or below an `__index__` that calls `__init__` again, keeps what it walks along.
    all: AtomicPtr<Compiled>,
    error: *mut ffi::PyObject,
    iterator: *mut ffi::PyObject,
    weak: *mut ffi::PyObject,
    /// The current text, which `all` owns: the member `format` where it is one ([`READ_BY_NEW`]).
    text: AtomicPtr<ffi::PyObject>,
    /// Whether `__init__` was called and did not fail.
    is_begun: AtomicBool,
}

/// A format as text and laid out.
struct Compiled {
    /// What `__init__` was given: an exact str of ASCII, or an exact bytes object (not where [`READ_BY_NEW`]). It owns the
    /// reference.
    text: *mut ffi::PyObject,
    /// Whether the text could be read; else the format is that of the text before it.
    is_read: bool,
    /// None if this text was refused, and so was every one before it.
    format: Option<Format>,
    next: *mut Compiled,
}

/// A Struct that a method was called on.
#[derive(Clone, Copy)]
pub(super) struct Record<'a, 'py> {
    pub(super) object: Borrowed<'a, 'py, PyAny>,
    raw: &'a Object,
}

impl<'a, 'py> Receiver<'a, 'py> for Record<'a, 'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: a method is called with an instance, which is an Object at its beginning, alive for 'a.
        unsafe { Self { object: Borrowed::from_ptr(py, receiver), raw: &*receiver.cast::<Object>() } }
    }
}

impl<'a, 'py> Record<'a, 'py> {
    pub(super) fn py(&self) -> Python<'py> {
        self.object.py()
    }

    /// The module's `error`.
    pub(super) fn error(&self) -> Borrowed<'a, 'py, PyType> {
        // SAFETY: the instance holds a reference to it for its life.
        unsafe { Borrowed::from_ptr(self.py(), self.raw.error).cast_unchecked() }
    }

    /// The module's `unpack_iterator`.
    pub(super) fn iterator(&self) -> Borrowed<'a, 'py, PyType> {
        // SAFETY: as above.
        unsafe { Borrowed::from_ptr(self.py(), self.raw.iterator).cast_unchecked() }
    }

    fn compiled(&self) -> Option<&'a Compiled> {
        // SAFETY: null, or one of the object's chain, which lives as long as it does.
        unsafe { self.raw.current.load(Ordering::Acquire).as_ref() }
    }

    /// The layout, if `__init__` has made one.
    #[inline]
    pub(super) fn format(&self) -> Option<&'a Format> {
        self.compiled()?.format.as_ref()
    }

    /// The layout, or a RuntimeError where the standard library has undefined behaviour.
    #[inline]
    pub(super) fn ready(&self) -> PyResult<&'a Format> {
        self.format().ok_or_else(|| PyRuntimeError::new_err("Struct object is not initialized"))
    }

    /// The size and the number of values as the standard library counts them, -1 before `__init__`.
    pub(super) fn size(&self) -> isize {
        self.format().map_or(-1, |format| format.size() as isize)
    }

    pub(super) fn count(&self) -> isize {
        self.format().map_or(-1, |format| format.count() as isize)
    }

    /// An exception for one that has no format yet, where its methods refuse to work.
    #[cold]
    pub(super) fn refused_empty(&self) -> Option<PyErr> {
        if EMPTY_REFUSED.is_made() { self.ready().err() } else { None }
    }

    /// Makes `text` the format, which `given` says: an exact str or bytes object. Where it is refused, the object had it as its
    /// text nevertheless before [`EMPTY_REFUSED`].
    fn set(&self, text: &[u8], given: Bound<'py, PyAny>) -> PyResult<()> {
        let current = self.compiled();
        if let Some(known) = self.made().find(|known| known.is_read && known.bytes() == text) {
            self.make_current(std::ptr::from_ref(known).cast_mut());
            return Ok(());
        }
        let (format, refusal) = match Format::parse_with(text, COMPLEX) {
            Ok(format) => (Some(format), None),
            Err(error) if EMPTY_REFUSED.is_made() => {
                return Err(PyErr::from_type(self.error().to_owned(), error.to_string()));
            }
            Err(error) => (current.and_then(|current| current.format.clone()), Some(error)),
        };
        let made = Compiled {
            text: given.into_ptr(),
            is_read: refusal.is_none(),
            format,
            next: std::ptr::null_mut(),
        };
        let made = Box::into_raw(Box::new(made));
        let mut head = self.raw.all.load(Ordering::Acquire);
        loop {
            // SAFETY: nobody else has it yet.
            unsafe { (*made).next = head };
            match self.raw.all.compare_exchange(head, made, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => break,
                Err(newer) => head = newer,
            }
        }
        self.make_current(made);
        match refusal {
            Some(error) => Err(PyErr::from_type(self.error().to_owned(), error.to_string())),
            None => Ok(()),
        }
    }

    fn make_current(&self, made: *mut Compiled) {
        self.raw.current.store(made, Ordering::Release);
        self.raw.size.store(self.size(), Ordering::Relaxed);
        self.raw.count.store(self.count(), Ordering::Relaxed);
        // SAFETY: one of the object's chain, which lives as long as it does.
        self.raw.text.store(unsafe { (*made).text }, Ordering::Release);
    }

    fn made(&self) -> impl Iterator<Item = &'a Compiled> + use<'a> {
        // SAFETY: the object's chain, which lives as long as it does.
        let head = unsafe { self.raw.all.load(Ordering::Acquire).as_ref() };
        // SAFETY: as above.
        std::iter::successors(head, |made| unsafe { made.next.as_ref() })
    }
}

impl Compiled {
    fn bytes(&self) -> &[u8] {
        // SAFETY: a live bytes object or a live str of ASCII, neither of which can change.
        unsafe {
            if ffi::PyBytes_Check(self.text) != 0 {
                let length = ffi::PyBytes_Size(self.text) as usize;
                return std::slice::from_raw_parts(ffi::PyBytes_AsString(self.text).cast(), length);
            }
            let mut length = 0;
            let start = ffi::PyUnicode_AsUTF8AndSize(self.text, &raw mut length);
            std::slice::from_raw_parts(start.cast(), length as usize)
        }
    }

    /// Whether that is the format that `given`, of any type, says.
    fn is_of(&self, given: &Bound<'_, PyAny>) -> bool {
        if let Ok(bytes) = given.cast::<PyBytes>() {
            return bytes.as_bytes() == self.bytes();
        }
        let Ok(text) = given.cast::<PyString>() else { return false };
        text.to_str().map_err(crate::error::dismiss).is_ok_and(|text| text.as_bytes() == self.bytes())
    }
}

/// Makes the class of a module.
pub(super) fn class<'py>(module: &Bound<'py, PyModule>) -> PyResult<Bound<'py, PyType>> {
    static METHODS: Table<ffi::PyMethodDef> = Table::new();
    static GETTERS: Table<ffi::PyGetSetDef> = Table::new();
    static MEMBERS: Table<ffi::PyMemberDef> = Table::new();
    let class = Class::new(c"_struct.Struct", DOC)
        .subclassable()
        .slot(ffi::Py_tp_new, new as *mut c_void)
        .slot(ffi::Py_tp_init, init as *mut c_void)
        .slot(ffi::Py_tp_dealloc, dealloc as *mut c_void)
        .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
        .slot(ffi::Py_tp_clear, clear as *mut c_void)
        .slot(ffi::Py_tp_getattro, ffi::PyObject_GenericGetAttr as *mut c_void)
        .slot(ffi::Py_tp_setattro, ffi::PyObject_GenericSetAttr as *mut c_void)
        .slot(ffi::Py_tp_methods, METHODS.slot(methods))
        .slot(ffi::Py_tp_getset, GETTERS.slot(getters))
        .slot(ffi::Py_tp_members, MEMBERS.slot(members));
    let class =
        if crate::version::since(13) { class.slot(ffi::Py_tp_repr, repr as *mut c_void) } else { class };
    class.build_in(module, size_of::<Object>())
}

/// Objects without a format refuse everything but to tell their size, and a format that is refused leaves an object as it was
/// (gh-78724).
const EMPTY_REFUSED: Change = Change::of(&[(13, 12), (14, 3)]);

const DOC: &CStr = docstring!(
    READ_BY_NEW,
    "Struct(format)",
    "Struct(fmt) -> a compiled format",
    "A format, read once, whose methods pack values into bytes and unpack them.

Source: https://docs.python.org/3/library/struct.html#struct.Struct"
);

fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(CALLS, c"iter_unpack", iterator::iter_unpack, ITER_UNPACK_DOC),
        native_fast!(CALLS, c"pack", pack, PACK_DOC),
        native_fast!(CALLS, c"pack_into", pack_into, PACK_INTO_DOC),
        native_one!(CALLS, c"unpack", unpack, UNPACK_DOC),
        native_named!(CALLS, c"unpack_from", unpack_from, UNPACK_FROM_DOC),
        native_noargs!(CALLS, c"__sizeof__", sizeof, c"The size of the object in memory, in bytes."),
        method_end(),
    ])
}

fn members() -> Vec<ffi::PyMemberDef> {
    let member = |name: &'static CStr, type_code, offset, doc| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc,
    };
    let weak = std::mem::offset_of!(Object, weak);
    let mut members = Vec::from([member(c"__weaklistoffset__", ffi::Py_T_PYSSIZET, weak, std::ptr::null())]);
    if READ_BY_NEW {
        let (text, size) = (std::mem::offset_of!(Object, text), std::mem::offset_of!(Object, size));
        members.push(member(c"format", ffi::Py_T_OBJECT_EX, text, FORMAT_DOC.as_ptr()));
        members.push(member(c"size", ffi::Py_T_PYSSIZET, size, SIZE_DOC.as_ptr()));
    }
    members.push(ffi::PyMemberDef::default());
    members
}

const FORMAT_DOC: &CStr = c"struct format string";
const SIZE_DOC: &CStr = c"struct size in bytes";

fn getters() -> Vec<ffi::PyGetSetDef> {
    if READ_BY_NEW {
        return Vec::from([ffi::PyGetSetDef::default()]);
    }
    let getter = |name: &'static CStr, get, doc: &'static CStr| ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        doc: doc.as_ptr(),
        ..ffi::PyGetSetDef::default()
    };
    Vec::from([
        getter(c"format", get_format, FORMAT_DOC),
        getter(c"size", get_size, SIZE_DOC),
        ffi::PyGetSetDef::default(),
    ])
}

const ITER_UNPACK_DOC: &CStr = c"iter_unpack($self, buffer, /)
--

Return an iterator over the records of a buffer, each a tuple of its values.

Raises struct.error unless the buffer's size is a multiple of the record's.
Source: https://docs.python.org/3/library/struct.html#struct.Struct.iter_unpack";

const PACK_DOC: &CStr = docstring!(
    READ_BY_NEW,
    "pack($self, /, *values)",
    "S.pack(v1, v2, ...) -> bytes",
    "Pack values into new bytes.

Raises struct.error for a value that the format cannot hold, or another number of values than it asks for.
Source: https://docs.python.org/3/library/struct.html#struct.Struct.pack"
);

fn pack<'py>(this: Record<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    transfer::pack(this, args.pointers())
}

const PACK_INTO_DOC: &CStr = docstring!(
    READ_BY_NEW,
    "pack_into($self, buffer, offset, /, *values)",
    "S.pack_into(buffer, offset, v1, v2, ...)",
    "Pack values into a writable buffer, from an offset on; a negative one counts from the buffer's end.

Raises struct.error as pack does, and where the record does not fit into the buffer.
Source: https://docs.python.org/3/library/struct.html#struct.Struct.pack_into"
);

fn pack_into<'py>(this: Record<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if READ_BY_NEW {
        args.clinic(2, usize::MAX)?;
    }
    transfer::pack_into(this, args.pointers(), 1)
}

const UNPACK_DOC: &CStr = c"unpack($self, buffer, /)
--

Return a tuple of the values of a record.

Raises struct.error unless the buffer has exactly the record's size.
Source: https://docs.python.org/3/library/struct.html#struct.Struct.unpack";

fn unpack<'py>(this: Record<'_, 'py>, buffer: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    transfer::unpack(this, &buffer)
}

const UNPACK_FROM_DOC: &CStr = c"unpack_from($self, /, buffer, offset=0)
--

Return a tuple of the values of the record at an offset of a buffer; a negative one counts from the buffer's end.

Raises struct.error if the buffer does not hold a whole record there.
Source: https://docs.python.org/3/library/struct.html#struct.Struct.unpack_from";

fn unpack_from<'py>(this: Record<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["buffer", "offset"], 1, |args| transfer::unpack_from(this, args.object(0)?, args.get(1)))
}

fn sizeof<'py>(this: Record<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    // The size of the standard library's: its object, and for each code and for the end a pointer and three sizes.
    const WORDS: usize = if READ_BY_NEW { 6 } else { 5 };
    const WHOLE: usize = size_of::<ffi::PyObject>() + WORDS * size_of::<usize>();
    const CODE: usize = 4 * size_of::<usize>();
    if let Some(refused) = this.refused_empty() {
        return Err(refused);
    }
    // SAFETY: a live object's type.
    let basic = unsafe { (*ffi::Py_TYPE(this.object.as_ptr())).tp_basicsize } as usize;
    let codes = this.format().map_or(0, |format| format.fields().len());
    Ok((basic - size_of::<Object>() + WHOLE + (codes + 1) * CODE).into_pyobject(this.py())?.into_any())
}

/// The text of the format as a str that the caller owns, or null with an exception set.
#[inline]
fn text(this: Record<'_, '_>) -> *mut ffi::PyObject {
    let compiled = this.compiled();
    if compiled.is_none() {
        if let Some(refused) = this.refused_empty() {
            crate::error::restore(this.py(), refused);
            return std::ptr::null_mut();
        }
    }
    // SAFETY: attached; the text is a live str or bytes object, which is decoded as UTF-8.
    unsafe {
        match compiled {
            Some(compiled) if ffi::PyUnicode_Check(compiled.text) != 0 => ffi::Py_NewRef(compiled.text),
            compiled => {
                let bytes = compiled.map_or(&[][..], Compiled::bytes);
                ffi::PyUnicode_FromStringAndSize(bytes.as_ptr().cast(), bytes.len() as ffi::Py_ssize_t)
            }
        }
    }
}

// The getters are a load and a call of the interpreter's, which cannot panic.

unsafe extern "C" fn get_format(object: *mut ffi::PyObject, _closure: *mut c_void) -> *mut ffi::PyObject {
    CALLS.note();
    // SAFETY: the interpreter calls getters attached, with an instance.
    text(unsafe { Record::receive(Python::assume_attached(), object) })
}

unsafe extern "C" fn get_size(object: *mut ffi::PyObject, _closure: *mut c_void) -> *mut ffi::PyObject {
    CALLS.note();
    // SAFETY: as above.
    unsafe { ffi::PyLong_FromSsize_t(Record::receive(Python::assume_attached(), object).size()) }
}

unsafe extern "C" fn repr(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as above.
    let this = unsafe { Record::receive(Python::assume_attached(), object) };
    crate::call::enter(this.py(), &CALLS, || {
        let name = convert::type_name(&this.object);
        let name = name.rsplit('.').next().unwrap_or_default();
        // SAFETY: attached; a new str or null with an exception set.
        let format = unsafe { Bound::from_owned_ptr_or_err(this.py(), text(this))? };
        Ok(PyString::new(this.py(), &format!("{name}({})", format.repr()?)).into_any())
    })
}

/// `tp_new`: an instance without a format, whatever the arguments; with the format where [`READ_BY_NEW`].
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached with a live type that is ours or derived from it, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        crate::call::enter(py, &CALLS, || {
            let object = allocate(Borrowed::from_ptr(py, class.cast()).cast_unchecked())?;
            if READ_BY_NEW {
                first_format(Record::receive(py, object.as_ptr()), args, kwargs)?;
            }
            Ok(object)
        })
    }
}

/// Gives a new instance its format. What cannot be one is refused at once by a class with a `__new__` of its own, else by `__init__`
/// where that is `Struct`'s; another `__init__` may have a format to give, so for its sake there are only warnings.
///
/// # Safety
/// The arguments are a live tuple, and a live dict or null.
unsafe fn first_format(
    this: Record<'_, '_>,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> PyResult<()> {
    let py = this.py();
    let warn =
        |message: String| PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), &CString::new(message)?, 1);
    let forgives = has_our_new(this) && !has_our_init(this);
    // SAFETY: promised by the caller.
    match unsafe { given_format(py, args, kwargs) } {
        Err(error) if !has_our_new(this) => Err(error),
        Err(_) if !forgives => Ok(()),
        Err(error) => {
            // SAFETY: promised by the caller.
            let given = unsafe {
                let named = if kwargs.is_null() { 0 } else { ffi::PyDict_Size(kwargs) };
                ffi::PyTuple_GET_SIZE(args) + named
            };
            warn(if given > 1 {
                format!("Struct() takes at most 1 argument ({given} given)")
            } else {
                error.value(py).to_string()
            })
        }
        Ok(format) => match initialize(this, &format) {
            Err(error) if forgives && is_of_format(this, &error) => {
                warn(format!("Invalid 'format' argument for Struct.__new__(): {}", error.value(py)))
            }
            result => result,
        },
    }
}

/// Whether an error says that something is no format.
fn is_of_format(this: Record<'_, '_>, error: &PyErr) -> bool {
    let py = this.py();
    error.is_instance(py, &this.error())
        || error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyValueError>(py)
}

/// Whether the object's class has no `__new__` but that of `Struct`.
fn has_our_new(this: Record<'_, '_>) -> bool {
    // SAFETY: a live object's type.
    let found = unsafe { (*ffi::Py_TYPE(this.object.as_ptr())).tp_new };
    found.map(|slot| slot as usize) == Some(new as *const () as usize)
}

/// Whether the object's class has no `__init__` but that of `Struct`.
fn has_our_init(this: Record<'_, '_>) -> bool {
    // SAFETY: a live object's type.
    let found = unsafe { (*ffi::Py_TYPE(this.object.as_ptr())).tp_init };
    found.map(|slot| slot as usize) == Some(init as *const () as usize)
}

/// A new instance of the class or one derived from it, without a format.
///
/// # Safety
/// It is such a class.
unsafe fn allocate<'py>(class: Borrowed<'_, 'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    // SAFETY: somewhere among the bases is the class itself, which alone has our `tp_dealloc` and a module. The rest of
    // what is allocated is zeroed, and nobody can see it before the references are in.
    unsafe {
        let mut ours = class.as_type_ptr();
        while (*ours).tp_dealloc.map(|slot| slot as usize) != Some(dealloc as *const () as usize) {
            ours = (*ours).tp_base;
        }
        let module = Borrowed::from_ptr_or_err(py, ffi::PyType_GetModule(ours))?;
        let (error, iterator) = (of_module(module, ERROR)?, of_module(module, ITERATOR)?);
        let alloc = (*class.as_type_ptr()).tp_alloc.unwrap_or(ffi::PyType_GenericAlloc);
        let object = Bound::from_owned_ptr_or_err(py, alloc(class.as_type_ptr(), 0))?;
        let raw = object.as_ptr().cast::<Object>();
        (*raw).size = AtomicIsize::new(-1);
        (*raw).count = AtomicIsize::new(-1);
        (*raw).error = error.to_owned().into_ptr();
        (*raw).iterator = iterator.to_owned().into_ptr();
        Ok(object)
    }
}

/// A new `Struct` of a module, whose class is given, with a format.
pub(super) fn create<'py>(
    class: Borrowed<'_, 'py, PyType>,
    format: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the class of a module's state.
    let object = unsafe { allocate(class)? };
    // SAFETY: an instance.
    let this = unsafe { Record::receive(object.py(), object.as_ptr()) };
    initialize(this, &format)?;
    Ok(object)
}

/// `tp_init`.
unsafe extern "C" fn init(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached with an instance, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        let this = Record::receive(py, object);
        enter_status(py, &CALLS, || {
            if !READ_BY_NEW {
                return initialize(this, &given_format(py, args, kwargs)?);
            }
            if this.format().is_none() || this.raw.is_begun.load(Ordering::Relaxed) || !has_our_init(this) {
                next_format(this, &given_format(py, args, kwargs)?)?;
            }
            this.raw.is_begun.store(true, Ordering::Relaxed);
            Ok(())
        })
    }
}

/// The only argument of `Struct`.
///
/// # Safety
/// The arguments are a live tuple, and a live dict or null.
unsafe fn given_format<'py>(
    py: Python<'py>,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: promised by the caller.
    unsafe {
        let given: Borrowed<'_, 'py, PyTuple> = Borrowed::from_ptr(py, args).cast_unchecked();
        if given.len() == 1 && kwargs.is_null() {
            return given.get_item(0);
        }
        with_slot_args(py, c"Struct", args, kwargs, |args| {
            args.named(&["format"], 1, |args| Ok(args.object(0)?.to_owned()))
        })
    }
}

/// Gives an instance a format by `__init__`, with a warning if it has another one.
fn next_format(this: Record<'_, '_>, format: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Some(current) = this.compiled() {
        if current.is_of(format) {
            return Ok(());
        }
        let message = if this.raw.is_begun.load(Ordering::Relaxed) {
            c"Re-initialization of Struct by calling the __init__() method will not work in future Python versions"
        } else {
            c"Different format arguments for __new__() and __init__() methods of Struct"
        };
        PyErr::warn(this.py(), &this.py().get_type::<PyFutureWarning>(), message, 1)?;
    }
    initialize(this, format)
}

/// Reads the format: str, or bytes.
fn initialize(this: Record<'_, '_>, format: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = this.py();
    if READ_BY_NEW {
        if let Ok(bytes) = format.cast::<PyBytes>() {
            let text = std::str::from_utf8(bytes.as_bytes()).ok().filter(|text| text.is_ascii());
            let Some(text) = text else {
                return Err(not_ascii());
            };
            return this.set(bytes.as_bytes(), PyString::new(py, text).into_any());
        }
    }
    if let Ok(bytes) = format.cast_exact::<PyBytes>() {
        return this.set(bytes.as_bytes(), format.clone());
    }
    if let Ok(bytes) = format.cast::<PyBytes>() {
        let copy = memory::bytes_object(py, bytes.as_bytes())?;
        return this.set(copy.as_bytes(), copy.clone().into_any());
    }
    let Ok(text) = format.cast::<PyString>() else {
        let found = convert::type_name(format);
        let found = found.rsplit('.').next().unwrap_or_default();
        return Err(PyTypeError::new_err(format!(
            "Struct() argument 1 must be a str or bytes object, not {found}"
        )));
    };
    match text.to_str() {
        Ok(ascii) if ascii.is_ascii() => {
            // SAFETY: attached, a live str: itself, or an exact copy of one of a subclass.
            let exact =
                unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_FromObject(text.as_ptr()))? };
            this.set(ascii.as_bytes(), exact)
        }
        refused => {
            if let Err(error) = refused {
                crate::error::dismiss(error);
            }
            if READ_BY_NEW {
                return Err(not_ascii());
            }
            // SAFETY: attached, a live str that is not ASCII: the UnicodeEncodeError is the interpreter's.
            unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_AsASCIIString(text.as_ptr()))? };
            Ok(())
        }
    }
}

#[cold]
fn not_ascii() -> PyErr {
    PyValueError::new_err("non-ASCII character in struct format")
}

unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the garbage collector passes an instance; each reference is live or null.
    unsafe {
        let raw = object.cast::<Object>();
        visit_all([ffi::Py_TYPE(object).cast(), (*raw).error, (*raw).iterator], visit, argument)
    }
}

/// The types are kept to the end, for methods that a finalizer calls: cycles through them are broken at the module.
unsafe extern "C" fn clear(_object: *mut ffi::PyObject) -> c_int {
    0
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: called once by the interpreter when the last reference is gone. An instance of a heap type owns a reference
    // to it; the chain was made by `set` and nobody walks it any more.
    unsafe {
        let class = ffi::Py_TYPE(object);
        ffi::PyObject_GC_UnTrack(object.cast());
        let raw = object.cast::<Object>();
        if !(*raw).weak.is_null() {
            ffi::PyObject_ClearWeakRefs(object);
        }
        let mut made = *(*raw).all.get_mut();
        while !made.is_null() {
            let compiled = Box::from_raw(made);
            ffi::Py_DECREF(compiled.text);
            made = compiled.next;
        }
        ffi::Py_XDECREF((*raw).error);
        ffi::Py_XDECREF((*raw).iterator);
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}
