//! `Unpacker`: reads values one after another.

use std::ffi::{CStr, c_int, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ferrosock_codec::xdr::{Error, Unpacker as Reader};
use pyo3::exceptions::PyEOFError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::held::Held;
use super::own::Methods;
use super::{CALLS, none};
use crate::buffer::Buffer;
use crate::call::{Args, Receiver, enter_status, native_named, native_noargs, with_slot_args};
use crate::class::{Class, This, new_default};

/// The state of an unpacker. No Python code runs while it is locked.
#[derive(Default)]
pub(super) struct Unpacker(Mutex<State>);

/// Where an unpacker is in what data.
///
/// Data of a type whose slices are known, and a position that is a number of bytes, are held here; else both lie in the
/// attributes in which the standard library's class has them, where Python code works on them.
#[derive(Default)]
struct State {
    data: Option<Held>,
    position: usize,
}

type UnpackerObject<'a, 'py> = This<'a, 'py, Unpacker>;

/// Positions beyond this are left to Python, so that adding to one cannot overflow.
const FAR: usize = isize::MAX as usize / 2;

/// The methods that others call, or that unpackers of arrays are often given.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Reset,
    Uint,
    Int,
    Bool,
    Uhyper,
    Hyper,
    Float,
    Double,
    FixedString,
    String,
    FixedArray,
}

const KINDS: [(&str, Kind); 11] = [
    ("reset", Kind::Reset),
    ("unpack_uint", Kind::Uint),
    ("unpack_int", Kind::Int),
    ("unpack_bool", Kind::Bool),
    ("unpack_uhyper", Kind::Uhyper),
    ("unpack_hyper", Kind::Hyper),
    ("unpack_float", Kind::Float),
    ("unpack_double", Kind::Double),
    ("unpack_fstring", Kind::FixedString),
    ("unpack_string", Kind::String),
    ("unpack_farray", Kind::FixedArray),
];

/// What is made once in a process.
static MADE: PyOnceLock<(Py<PyType>, Methods<Kind>)> = PyOnceLock::new();

/// The class.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let made = MADE.get_or_try_init(py, || {
        let class = Class::new(c"ferrosock._native.xdr.Unpacker", DOC)
            .subclassable()
            .slot(ffi::Py_tp_new, new_default::<Unpacker> as *mut c_void)
            .slot(ffi::Py_tp_init, init as *mut c_void)
            .methods(Vec::from([
                native_named!(CALLS, c"reset", reset, RESET_DOC),
                native_noargs!(CALLS, c"get_position", get_position, GET_POSITION_DOC),
                native_named!(CALLS, c"set_position", set_position, SET_POSITION_DOC),
                native_noargs!(CALLS, c"get_buffer", get_buffer, GET_BUFFER_DOC),
                native_noargs!(CALLS, c"done", done, DONE_DOC),
                native_noargs!(CALLS, c"unpack_uint", unpack_uint, UNPACK_UINT_DOC),
                native_noargs!(CALLS, c"unpack_int", unpack_int, UNPACK_INT_DOC),
                native_noargs!(CALLS, c"unpack_bool", unpack_bool, UNPACK_BOOL_DOC),
                native_noargs!(CALLS, c"unpack_uhyper", unpack_uhyper, UNPACK_UHYPER_DOC),
                native_noargs!(CALLS, c"unpack_hyper", unpack_hyper, UNPACK_HYPER_DOC),
                native_noargs!(CALLS, c"unpack_float", unpack_float, UNPACK_FLOAT_DOC),
                native_noargs!(CALLS, c"unpack_double", unpack_double, UNPACK_DOUBLE_DOC),
                native_named!(CALLS, c"unpack_fstring", unpack_fstring, UNPACK_FSTRING_DOC),
                native_noargs!(CALLS, c"unpack_string", unpack_string, UNPACK_STRING_DOC),
                native_named!(CALLS, c"unpack_list", unpack_list, UNPACK_LIST_DOC),
                native_named!(CALLS, c"unpack_farray", unpack_farray, UNPACK_FARRAY_DOC),
                native_named!(CALLS, c"unpack_array", unpack_array, UNPACK_ARRAY_DOC),
            ]))
            .build::<Unpacker>(py)?;
        let methods = Methods::of(&class, &KINDS)?;
        PyResult::Ok((class.unbind(), methods))
    })?;
    Ok(made.0.bind(py).clone())
}

const DOC: &CStr = c"Unpacker(data)
--

What xdrlib.Unpacker is made of.";

/// `tp_init`: begins with the data, by the class's own `reset`.
unsafe extern "C" fn init(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached, with an instance, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        enter_status(py, &CALLS, || {
            let this = UnpackerObject::receive(py, object);
            let begin_with = |data: Borrowed<'_, '_, PyAny>| {
                if MADE.get(py).is_some_and(|(_, methods)| methods.is_inherited(this.object(), Kind::Reset)) {
                    return begin(&this, data);
                }
                this.object().call_method1(intern!(py, "reset"), (data,)).map(drop)
            };
            // As nearly every call is: the general reading of arguments takes as long as all else.
            if keywords.is_null() && ffi::PyTuple_GET_SIZE(args) == 1 {
                return begin_with(Borrowed::from_ptr(py, ffi::PyTuple_GET_ITEM(args, 0)));
            }
            with_slot_args(py, c"Unpacker.__init__", args, keywords, |args| {
                args.named(&["data"], 1, |args| begin_with(args.object(0)?))
            })
        })
    }
}

impl Unpacker {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an unpacker has these methods as they come with the class.
fn has(this: &UnpackerObject<'_, '_>, kinds: &[Kind]) -> bool {
    MADE.get(this.py()).is_some_and(|(_, methods)| kinds.iter().all(|&kind| methods.has(this.object(), kind)))
}

/// Whether data is of a type whose slices are known, and that holds nothing that could hold the unpacker.
fn is_plain(data: &Bound<'_, PyAny>) -> bool {
    let bytes_or_array = |data: &Bound<'_, PyAny>| {
        data.is_exact_instance_of::<PyBytes>() || data.is_exact_instance_of::<PyByteArray>()
    };
    bytes_or_array(data)
        || (data.is_exact_instance_of::<PyMemoryView>() && is_plain_view(data, bytes_or_array))
}

/// Whether a memoryview is one of bytes, in a row, of an object of which `known` knows.
fn is_plain_view(view: &Bound<'_, PyAny>, known: impl FnOnce(&Bound<'_, PyAny>) -> bool) -> bool {
    let py = view.py();
    let is_one =
        |name: &Bound<'_, PyString>| view.getattr(name)?.extract::<usize>().map(|number| number == 1);
    let asked = || {
        PyResult::Ok(
            known(&view.getattr(intern!(py, "obj"))?)
                && is_one(intern!(py, "itemsize"))?
                && is_one(intern!(py, "ndim"))?
                && view.getattr(intern!(py, "c_contiguous"))?.is_truthy()?,
        )
    };
    asked().unwrap_or_else(|error| {
        crate::error::dismiss(error); // a released view: whatever is done to it will say so
        false
    })
}

const RESET_DOC: &CStr = c"reset($self, data)
--

Begin anew with other data.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.reset";

fn reset<'py>(this: UnpackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["data"], 1, |args| begin(&this, args.object(0)?))?;
    none(this.py())
}

fn begin(this: &UnpackerObject<'_, '_>, data: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    if !is_plain(&data) {
        return let_go(this, Some(&data), PyInt::new(this.py(), 0).as_any());
    }
    let held = Held::new(data.to_owned());
    let before = {
        let mut state = this.lock();
        state.position = 0;
        std::mem::replace(&mut state.data, held)
    };
    drop(before); // after the lock was given up: it may be the last reference
    Ok(())
}

/// Leaves data, that which is held if it is not given, and the position to Python.
#[cold]
fn let_go(
    this: &UnpackerObject<'_, '_>,
    data: Option<&Bound<'_, PyAny>>,
    position: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = this.py();
    let held = this.lock().data.take();
    let held = held.as_ref().map(|held| held.get(py));
    if let Some(data) = data.or(held.as_ref()) {
        this.object().setattr(intern!(py, "_Unpacker__buf"), data)?;
    }
    this.object().setattr(intern!(py, "_Unpacker__pos"), position)
}

const GET_POSITION_DOC: &CStr = c"get_position($self)
--

Return the place in the data, in bytes.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.get_position";

fn get_position<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let state = this.lock();
    let (held, position) = (state.data.is_some(), state.position);
    drop(state);
    if held {
        return Ok(PyInt::new(py, position).into_any());
    }
    this.object().getattr(intern!(py, "_Unpacker__pos"))
}

const SET_POSITION_DOC: &CStr = c"set_position($self, position)
--

Go to a place in the data, in bytes.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.set_position";

fn set_position<'py>(this: UnpackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["position"], 1, |args| {
        let position = args.object(0)?;
        let known = if position.is_exact_instance_of::<PyInt>() { small(position) } else { None };
        let mut state = this.lock();
        match known {
            Some(known) if state.data.is_some() => {
                state.position = known;
                Ok(())
            }
            _ => {
                drop(state);
                let_go(&this, None, &position)
            }
        }
    })?;
    none(this.py())
}

/// An int, of a subclass or not, of 0 to [`FAR`].
#[inline]
fn small(value: Borrowed<'_, '_, PyAny>) -> Option<usize> {
    // SAFETY: a live object, attached. Of an int this sets no error: it tells by `beyond` that it doesn't fit.
    unsafe {
        if ffi::PyLong_Check(value.as_ptr()) == 0 {
            return None;
        }
        let mut beyond = 0;
        let number = ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut beyond);
        if beyond == 0 { usize::try_from(number).ok().filter(|number| *number <= FAR) } else { None }
    }
}

const GET_BUFFER_DOC: &CStr = c"get_buffer($self)
--

Return the data.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.get_buffer";

fn get_buffer<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let held = this.lock().data.as_ref().map(|data| data.get(py));
    held.map_or_else(|| this.object().getattr(intern!(py, "_Unpacker__buf")), Ok)
}

const DONE_DOC: &CStr = c"done($self)
--

Make sure that everything was unpacked.

Raises xdrlib.Error if not.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.done";

fn done<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let state = this.lock();
    let held = state.data.as_ref().map(|data| (data.get(py), state.position));
    drop(state);
    match held {
        Some((data, position)) if position >= data.len()? => none(py),
        _ => this.object().call_method0(intern!(py, "_Unpacker__done")),
    }
}

/// What comes next in the data.
enum Next<T> {
    Value(T),
    /// Python code must look.
    Unknown,
}

/// Reads `N` bytes at the position, which moves on whether they are there or not; EOFError if they aren't.
#[inline]
fn take<const N: usize>(this: &UnpackerObject<'_, '_>) -> PyResult<Next<[u8; N]>> {
    let py = this.py();
    let mut state = this.lock();
    let Some(data) = &state.data else { return Ok(Next::Unknown) };
    let begin = state.position;
    // SAFETY: the object is held as long as the state is locked, and looked at if it is an exact bytes object.
    let found = unsafe {
        if ffi::PyBytes_CheckExact(data.as_ptr()) != 0 {
            let bytes: Borrowed<'_, '_, PyBytes> = Borrowed::from_ptr(py, data.as_ptr()).cast_unchecked();
            Ok(chunk(bytes.as_bytes(), begin))
        } else {
            Err(data.get(py))
        }
    };
    state.position = (begin + N).min(FAR);
    drop(state);
    let found = match found {
        Ok(found) => found,
        Err(data) => chunk(Buffer::readable(&data)?.bytes(), begin),
    };
    found.map(Next::Value).ok_or_else(|| PyEOFError::new_err(()))
}

/// The `N` bytes at `begin`.
#[inline]
fn chunk<const N: usize>(bytes: &[u8], begin: usize) -> Option<[u8; N]> {
    bytes.get(begin..)?.first_chunk().copied()
}

/// What `struct` makes of so many bytes at the position, in data or at a position of any kind.
#[cold]
fn take_by_struct<'py>(
    this: &UnpackerObject<'_, 'py>,
    format: &str,
    size: usize,
) -> PyResult<Bound<'py, PyAny>> {
    this.object().call_method1(intern!(this.py(), "_Unpacker__converted"), (format, size))
}

/// Unpacks one value with the method of a kind: of those that take no argument.
fn unpack_one<'py>(this: &UnpackerObject<'_, 'py>, kind: Kind) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let object = match kind {
        Kind::Uint => match take(this)? {
            Next::Value(bytes) => PyInt::new(py, u32::from_be_bytes(bytes)).into_any(),
            Next::Unknown => take_by_struct(this, ">L", 4)?,
        },
        Kind::Int => match take(this)? {
            Next::Value(bytes) => PyInt::new(py, i32::from_be_bytes(bytes)).into_any(),
            Next::Unknown => take_by_struct(this, ">l", 4)?,
        },
        Kind::Bool => {
            let number = match has(this, &[Kind::Int]) {
                true => unpack_one(this, Kind::Int)?,
                false => this.object().call_method0(intern!(py, "unpack_int"))?,
            };
            PyBool::new(py, number.is_truthy()?).to_owned().into_any()
        }
        Kind::Uhyper => return uhyper(this),
        Kind::Hyper => return hyper(this),
        Kind::Float => match take(this)? {
            Next::Value(bytes) => PyFloat::new(py, f32::from_be_bytes(bytes).into()).into_any(),
            Next::Unknown => take_by_struct(this, ">f", 4)?,
        },
        Kind::Double => match take(this)? {
            Next::Value(bytes) => PyFloat::new(py, f64::from_be_bytes(bytes)).into_any(),
            Next::Unknown => take_by_struct(this, ">d", 8)?,
        },
        Kind::String => return string(this),
        Kind::Reset | Kind::FixedString | Kind::FixedArray => unreachable!("they take an argument"),
    };
    Ok(object)
}

const UNPACK_UINT_DOC: &CStr = c"unpack_uint($self)
--

Return the unsigned integer of 32 bits that comes next.

Raises EOFError if there is none, as all methods that unpack.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker";

fn unpack_uint<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    unpack_one(&this, Kind::Uint)
}

const UNPACK_INT_DOC: &CStr = c"unpack_int($self)
--

Return the integer of 32 bits that comes next.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker";

fn unpack_int<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    unpack_one(&this, Kind::Int)
}

const UNPACK_BOOL_DOC: &CStr = c"unpack_bool($self)
--

Return whether the integer that comes next is not 0.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker";

fn unpack_bool<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    unpack_one(&this, Kind::Bool)
}

const UNPACK_UHYPER_DOC: &CStr = c"unpack_uhyper($self)
--

Return the unsigned integer of 64 bits that comes next.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker";

fn unpack_uhyper<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    uhyper(&this)
}

/// The halves of an unsigned integer of 64 bits, the high one first; None if Python code must look.
fn halves(this: &UnpackerObject<'_, '_>) -> PyResult<Option<u64>> {
    if !has(this, &[Kind::Uint]) {
        return Ok(None);
    }
    let Next::Value(high) = take(this)? else { return Ok(None) };
    let Next::Value(low) = take(this)? else { return Ok(None) };
    Ok(Some(u64::from(u32::from_be_bytes(high)) << 32 | u64::from(u32::from_be_bytes(low))))
}

fn uhyper<'py>(this: &UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    match halves(this)? {
        Some(number) => Ok(PyInt::new(py, number).into_any()),
        None => this.object().call_method0(intern!(py, "_Unpacker__halves")),
    }
}

const UNPACK_HYPER_DOC: &CStr = c"unpack_hyper($self)
--

Return the integer of 64 bits that comes next.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker";

fn unpack_hyper<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    hyper(&this)
}

fn hyper<'py>(this: &UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let number = if has(this, &[Kind::Uhyper]) { halves(this)? } else { None };
    if let Some(number) = number {
        return Ok(PyInt::new(py, number as i64).into_any());
    }
    this.object().call_method0(intern!(py, "_Unpacker__signed"))
}

const UNPACK_FLOAT_DOC: &CStr = c"unpack_float($self)
--

Return the floating-point number of single precision that comes next.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.unpack_float";

fn unpack_float<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    unpack_one(&this, Kind::Float)
}

const UNPACK_DOUBLE_DOC: &CStr = c"unpack_double($self)
--

Return the floating-point number of double precision that comes next.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.unpack_double";

fn unpack_double<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    unpack_one(&this, Kind::Double)
}

const UNPACK_FSTRING_DOC: &CStr = c"unpack_fstring($self, n)
--

Return the n bytes that come next, and leave out what fills them up to a multiple of four.

Raises EOFError, and stays in place, if they are not there whole; ValueError for a negative n.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.unpack_fstring";

fn unpack_fstring<'py>(this: UnpackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["n"], 1, |args| {
        let length = args.object(0)?;
        match small(length) {
            Some(known) => fixed_string(&this, known, &length),
            None => fixed_by_python(&this, &length),
        }
    })
}

/// `unpack_fstring` of a length that is a number of bytes; `length` is the same, as Python has it.
fn fixed_string<'py>(
    this: &UnpackerObject<'_, 'py>,
    known: usize,
    length: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let state = this.lock();
    let held = state.data.as_ref().map(|data| (data.get(py), state.position));
    drop(state);
    let Some((data, begin)) = held else { return fixed_by_python(this, length) };
    let (value, end) = if let Ok(bytes) = data.cast_exact::<PyBytes>() {
        let bytes = bytes.as_bytes();
        let mut reader = Reader::lenient(bytes);
        reader.seek(begin);
        // Beyond the end there are no bytes to be read, not even none of them.
        let value =
            if begin > bytes.len() { Err(Error::End { missing: 1 }) } else { reader.fixed_opaque(known) };
        let value = value.map_err(|_| PyEOFError::new_err(()))?;
        (crate::memory::bytes_object(py, value)?.into_any(), reader.position())
    } else {
        let end = begin + known.div_ceil(4) * 4;
        if end > data.len()? {
            return Err(PyEOFError::new_err(()));
        }
        // SAFETY: attached, a live sequence; both places lie in it, so they fit.
        let value = unsafe {
            let (low, high) = (begin as ffi::Py_ssize_t, (begin + known) as ffi::Py_ssize_t);
            Bound::from_owned_ptr_or_err(py, ffi::PySequence_GetSlice(data.as_ptr(), low, high))?
        };
        (value, end)
    };
    this.lock().position = end;
    Ok(value)
}

/// `unpack_fstring` of anything.
#[cold]
fn fixed_by_python<'py>(
    this: &UnpackerObject<'_, 'py>,
    length: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let state = this.lock();
    let (held, position) = (state.data.is_some(), state.position);
    drop(state);
    if held {
        let_go(this, None, PyInt::new(py, position).as_any())?;
    }
    this.object().call_method1(intern!(py, "_Unpacker__fixed"), (length,))
}

const UNPACK_STRING_DOC: &CStr = c"unpack_string($self)
--

Return the bytes that come next, with their number in front.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.unpack_string";

fn unpack_string<'py>(this: UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    string(&this)
}

fn string<'py>(this: &UnpackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    if has(this, &[Kind::Uint, Kind::FixedString]) {
        if let Next::Value(length) = take(this)? {
            let length = u32::from_be_bytes(length);
            return fixed_string(this, length as usize, PyInt::new(py, length).as_any());
        }
    }
    this.object().call_method0(intern!(py, "_Unpacker__counted"))
}

const UNPACK_LIST_DOC: &CStr = c"unpack_list($self, unpack_item)
--

Return a list of what unpack_item() gives, once for each 1 that comes next, until there is a 0.

Raises xdrlib.ConversionError for another number.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.unpack_list";

fn unpack_list<'py>(this: UnpackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.named(&["unpack_item"], 1, |args| {
        let unpack_item = args.object(0)?;
        let by = Unpacking::new(&this, unpack_item);
        let list = PyList::empty(py);
        if has(&this, &[Kind::Uint]) {
            while let Next::Value(mark) = take(&this)? {
                match u32::from_be_bytes(mark) {
                    0 => return Ok(list.into_any()),
                    1 => list.append(by.unpack()?)?,
                    other => {
                        return this.object().call_method1(intern!(py, "_Unpacker__no_mark"), (other,));
                    }
                }
            }
        }
        this.object().call_method1(intern!(py, "_Unpacker__marked"), (list, unpack_item))
    })
}

const UNPACK_FARRAY_DOC: &CStr = c"unpack_farray($self, n, unpack_item)
--

Return a list of what unpack_item() gives n times.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.unpack_farray";

fn unpack_farray<'py>(this: UnpackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["n", "unpack_item"], 2, |args| {
        let (count, unpack_item) = (args.object(0)?, args.object(1)?);
        match small(count) {
            Some(known) => fixed_array(&this, known, unpack_item),
            None => {
                let name = intern!(this.py(), "_Unpacker__repeated");
                this.object().call_method1(name, (count, unpack_item))
            }
        }
    })
}

fn fixed_array<'py>(
    this: &UnpackerObject<'_, 'py>,
    count: usize,
    unpack_item: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let by = Unpacking::new(this, unpack_item);
    // Items are there before there is memory for them: the count may be a hostile peer's.
    let list = PyList::empty(this.py());
    for _ in 0..count {
        list.append(by.unpack()?)?;
    }
    Ok(list.into_any())
}

const UNPACK_ARRAY_DOC: &CStr = c"unpack_array($self, unpack_item)
--

Return a list of what unpack_item() gives, as many times as the number that comes next says.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Unpacker.unpack_array";

fn unpack_array<'py>(this: UnpackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.named(&["unpack_item"], 1, |args| {
        let unpack_item = args.object(0)?;
        if has(&this, &[Kind::Uint, Kind::FixedArray]) {
            if let Next::Value(count) = take(&this)? {
                return fixed_array(&this, u32::from_be_bytes(count) as usize, unpack_item);
            }
        }
        this.object().call_method1(intern!(py, "_Unpacker__array"), (unpack_item,))
    })
}

/// How the items of an array or list are unpacked.
struct Unpacking<'a, 'b, 'py> {
    this: &'b UnpackerObject<'a, 'py>,
    unpack_item: Borrowed<'b, 'py, PyAny>,
    /// `unpack_item` is this method of the same unpacker.
    native: Option<Kind>,
}

impl<'a, 'b, 'py> Unpacking<'a, 'b, 'py> {
    fn new(this: &'b UnpackerObject<'a, 'py>, unpack_item: Borrowed<'b, 'py, PyAny>) -> Self {
        let known = MADE.get(this.py());
        let native = known.and_then(|(_, methods)| methods.kind(unpack_item, this.object()));
        let native =
            native.filter(|kind| !matches!(kind, Kind::Reset | Kind::FixedString | Kind::FixedArray));
        Self { this, unpack_item, native }
    }

    #[inline]
    fn unpack(&self) -> PyResult<Bound<'py, PyAny>> {
        match self.native {
            Some(kind) => unpack_one(self.this, kind),
            None => self.unpack_item.call0(),
        }
    }
}
