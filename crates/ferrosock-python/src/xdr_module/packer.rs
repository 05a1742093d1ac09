//! `Packer`: writes values one after another.

use std::ffi::{CStr, c_int, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ferrosock_codec::xdr;
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyFloat, PyInt, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::own::Methods;
use super::{CALLS, none};
use crate::buffer::Buffer;
use crate::call::{Args, Receiver, enter_status, native_named, native_noargs, native_one, with_slot_args};
use crate::class::{Class, This, new_default};
use crate::memory;

/// The state of a packer. No Python code runs while it is locked.
#[derive(Default)]
pub(super) struct Packer(Mutex<xdr::Packer>);

type PackerObject<'a, 'py> = This<'a, 'py, Packer>;

/// The most bytes whose memory `reset` keeps for what comes next.
const KEPT: usize = 64 * 1024;

/// The methods that others call, or that packers of arrays are often given.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Reset,
    Uint,
    Int,
    Bool,
    Uhyper,
    Float,
    Double,
    FixedString,
    String,
    FixedArray,
}

const KINDS: [(&str, Kind); 10] = [
    ("reset", Kind::Reset),
    ("pack_uint", Kind::Uint),
    ("pack_int", Kind::Int),
    ("pack_bool", Kind::Bool),
    ("pack_uhyper", Kind::Uhyper),
    ("pack_float", Kind::Float),
    ("pack_double", Kind::Double),
    ("pack_fstring", Kind::FixedString),
    ("pack_string", Kind::String),
    ("pack_farray", Kind::FixedArray),
];

/// What is made once in a process.
static MADE: PyOnceLock<(Py<PyType>, Methods<Kind>)> = PyOnceLock::new();

/// The class.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let made = MADE.get_or_try_init(py, || {
        let class = Class::new(c"ferrosock._native.xdr.Packer", DOC)
            .subclassable()
            .slot(ffi::Py_tp_new, new_default::<Packer> as *mut c_void)
            .slot(ffi::Py_tp_init, init as *mut c_void)
            .methods(Vec::from([
                native_noargs!(CALLS, c"reset", reset, RESET_DOC),
                native_noargs!(CALLS, c"get_buffer", get_buffer, GET_BUFFER_DOC),
                native_named!(CALLS, c"pack_uint", pack_uint, PACK_UINT_DOC),
                native_named!(CALLS, c"pack_int", pack_int, PACK_INT_DOC),
                native_named!(CALLS, c"pack_bool", pack_bool, PACK_BOOL_DOC),
                native_named!(CALLS, c"pack_uhyper", pack_uhyper, PACK_UHYPER_DOC),
                native_named!(CALLS, c"pack_float", pack_float, PACK_FLOAT_DOC),
                native_named!(CALLS, c"pack_double", pack_double, PACK_DOUBLE_DOC),
                native_named!(CALLS, c"pack_fstring", pack_fstring, PACK_FSTRING_DOC),
                native_named!(CALLS, c"pack_string", pack_string, PACK_STRING_DOC),
                native_named!(CALLS, c"pack_list", pack_list, PACK_LIST_DOC),
                native_named!(CALLS, c"pack_farray", pack_farray, PACK_FARRAY_DOC),
                native_named!(CALLS, c"pack_array", pack_array, PACK_ARRAY_DOC),
                native_one!(CALLS, c"_write", write, WRITE_DOC),
            ]))
            .build::<Packer>(py)?;
        let methods = Methods::of(&class, &KINDS)?;
        PyResult::Ok((class.unbind(), methods))
    })?;
    Ok(made.0.bind(py).clone())
}

const DOC: &CStr = c"Packer()
--

What xdrlib.Packer is made of.";

/// `tp_init`: begins with nothing, by the class's own `reset`.
unsafe extern "C" fn init(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached, with an instance, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        enter_status(py, &CALLS, || {
            let this = PackerObject::receive(py, object);
            if !keywords.is_null() || ffi::PyTuple_GET_SIZE(args) != 0 {
                with_slot_args(py, c"Packer.__init__", args, keywords, |args| {
                    args.positional()?.between(0, 0)
                })?;
            }
            if MADE.get(py).is_some_and(|(_, methods)| methods.is_inherited(this.object(), Kind::Reset)) {
                return reset(this).map(drop);
            }
            this.object().call_method0(intern!(py, "reset")).map(drop)
        })
    }
}

impl Packer {
    fn lock(&self) -> MutexGuard<'_, xdr::Packer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes by `work`, for which there is room for so many bytes.
    #[inline]
    fn put(&self, room: usize, work: impl FnOnce(&mut xdr::Packer)) -> PyResult<()> {
        let mut packer = self.lock();
        packer.try_reserve(room).map_err(|_| PyMemoryError::new_err(()))?;
        work(&mut packer);
        Ok(())
    }
}

/// Whether a packer has these methods as they come with the class.
fn has(this: &PackerObject<'_, '_>, kinds: &[Kind]) -> bool {
    MADE.get(this.py()).is_some_and(|(_, methods)| kinds.iter().all(|&kind| methods.has(this.object(), kind)))
}

const RESET_DOC: &CStr = c"reset($self)
--

Forget what was packed.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.reset";

fn reset<'py>(this: PackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let mut packer = this.lock();
    if packer.len() > KEPT {
        drop(packer.take());
    } else {
        packer.clear();
    }
    none(this.py())
}

const GET_BUFFER_DOC: &CStr = c"get_buffer($self)
--

Return what was packed, as bytes.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.get_buffer";

fn get_buffer<'py>(this: PackerObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    memory::bytes_object(this.py(), this.lock().as_bytes()).map(Bound::into_any)
}

const WRITE_DOC: &CStr = c"_write($self, data, /)
--

Add bytes that are XDR already, from any bytes-like object.";

fn write<'py>(this: PackerObject<'_, 'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = Buffer::readable(&data)?;
    this.put(data.len(), |packer| packer.raw(data.bytes()))?;
    none(this.py())
}

/// What `struct` makes of a value, or the exception that `xdrlib` raises in its place.
#[cold]
fn pack_by_struct(this: &PackerObject<'_, '_>, format: &str, value: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    let py = this.py();
    let packed = this.object().call_method1(intern!(py, "_Packer__converted"), (format, value))?;
    let packed = packed.cast::<PyBytes>()?.as_bytes();
    this.put(packed.len(), |packer| packer.raw(packed))
}

/// An int that fits, of a subclass or not: `struct` asks for no `__index__` of it.
#[inline]
fn integer<T: TryFrom<i64>>(value: Borrowed<'_, '_, PyAny>) -> Option<T> {
    // SAFETY: a live object, attached. Of an int this sets no error: it tells by `beyond` that it doesn't fit.
    unsafe {
        if ffi::PyLong_Check(value.as_ptr()) == 0 {
            return None;
        }
        let mut beyond = 0;
        let number = ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut beyond);
        if beyond == 0 { T::try_from(number).ok() } else { None }
    }
}

/// A float, of a subclass or not, or an int of just that type that is not too large for one.
#[inline]
fn number(value: Borrowed<'_, '_, PyAny>) -> Option<f64> {
    if let Ok(float) = value.cast::<PyFloat>() {
        return Some(float.value());
    }
    if value.cast_exact::<PyInt>().is_err() {
        return None;
    }
    // SAFETY: a live int, attached; -1 with an error set if it is too large.
    unsafe {
        let number = ffi::PyLong_AsDouble(value.as_ptr());
        if number == -1.0 && !ffi::PyErr_Occurred().is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(number)
    }
}

/// The bytes of an exact bytes or bytearray object. The bytearray's are copied: another thread may change it.
fn plain_bytes<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Option<std::borrow::Cow<'a, [u8]>>> {
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().into()));
    }
    if value.cast_exact::<PyByteArray>().is_err() {
        return Ok(None);
    }
    Ok(Some(memory::copied(Buffer::readable(value)?.bytes())?.into()))
}

/// Packs one value with the method of a kind: of those that take a value.
fn pack_one(this: &PackerObject<'_, '_>, kind: Kind, value: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    match kind {
        Kind::Uint => match integer::<u32>(value) {
            Some(number) => this.put(4, |packer| packer.uint(number)),
            None => pack_by_struct(this, ">L", value),
        },
        Kind::Int => match integer::<i32>(value) {
            Some(number) => this.put(4, |packer| packer.int(number)),
            None => pack_by_struct(this, ">l", value),
        },
        Kind::Bool => {
            let truth = value.is_truthy()?;
            this.put(4, |packer| packer.boolean(truth))
        }
        Kind::Uhyper => uhyper(this, value),
        Kind::Float => match number(value) {
            Some(double) if !(double as f32).is_infinite() || double.is_infinite() => {
                this.put(4, |packer| packer.float(double as f32))
            }
            _ => pack_by_struct(this, ">f", value),
        },
        Kind::Double => match number(value) {
            Some(double) => this.put(8, |packer| packer.double(double)),
            None => pack_by_struct(this, ">d", value),
        },
        Kind::String => string(this, value),
        Kind::Reset | Kind::FixedString | Kind::FixedArray => unreachable!("they take no single value"),
    }
}

/// Packs by one of the methods that take a value.
fn pack_argument<'py>(
    this: PackerObject<'_, 'py>,
    args: Args<'_, 'py>,
    kind: Kind,
    name: &'static str,
) -> PyResult<Bound<'py, PyAny>> {
    args.named(&[name], 1, |args| pack_one(&this, kind, args.object(0)?))?;
    none(this.py())
}

const PACK_UINT_DOC: &CStr = c"pack_uint($self, value)
--

Pack an unsigned integer of 32 bits.

Raises xdrlib.ConversionError for what is none.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer";

fn pack_uint<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    pack_argument(this, args, Kind::Uint, "value")
}

const PACK_INT_DOC: &CStr = c"pack_int($self, value)
--

Pack an integer of 32 bits.

Raises xdrlib.ConversionError for what is none.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer";

fn pack_int<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    pack_argument(this, args, Kind::Int, "value")
}

const PACK_BOOL_DOC: &CStr = c"pack_bool($self, x)
--

Pack whether x is true, as 1 or 0.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer";

fn pack_bool<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    pack_argument(this, args, Kind::Bool, "x")
}

const PACK_UHYPER_DOC: &CStr = c"pack_uhyper($self, x)
--

Pack the low 64 bits of an integer.

Raises xdrlib.ConversionError for what is none.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer";

fn pack_uhyper<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    pack_argument(this, args, Kind::Uhyper, "x")
}

fn uhyper(this: &PackerObject<'_, '_>, value: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    if value.cast_exact::<PyInt>().is_ok() && has(this, &[Kind::Uint]) {
        let number = crate::convert::unsigned_mask(&value)?;
        return this.put(8, |packer| packer.uhyper(number));
    }
    this.object().call_method1(intern!(this.py(), "_Packer__halves"), (value,)).map(drop)
}

const PACK_FLOAT_DOC: &CStr = c"pack_float($self, value)
--

Pack a floating-point number in single precision.

Raises xdrlib.ConversionError for what is none, OverflowError for one that is too large.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.pack_float";

fn pack_float<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    pack_argument(this, args, Kind::Float, "value")
}

const PACK_DOUBLE_DOC: &CStr = c"pack_double($self, value)
--

Pack a floating-point number in double precision.

Raises xdrlib.ConversionError for what is none.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.pack_double";

fn pack_double<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    pack_argument(this, args, Kind::Double, "value")
}

const PACK_FSTRING_DOC: &CStr = c"pack_fstring($self, n, s)
--

Pack the first n bytes of s, without their number, filled up with zeros to n and to a multiple of four.

Raises ValueError for a negative n.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.pack_fstring";

fn pack_fstring<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["n", "s"], 2, |args| fixed_string(&this, args.object(0)?, args.object(1)?))?;
    none(this.py())
}

fn fixed_string(
    this: &PackerObject<'_, '_>,
    length: Borrowed<'_, '_, PyAny>,
    value: Borrowed<'_, '_, PyAny>,
) -> PyResult<()> {
    let bytes = plain_bytes(&value)?;
    let wanted = integer::<usize>(length);
    if let Some(bytes) = bytes.as_ref().zip(wanted).and_then(|(bytes, wanted)| bytes.get(..wanted)) {
        return this.put(bytes.len() + 3, |packer| packer.fixed_opaque(bytes));
    }
    this.object().call_method1(intern!(this.py(), "_Packer__fixed"), (length, value)).map(drop)
}

const PACK_STRING_DOC: &CStr = c"pack_string($self, s)
--

Pack the bytes s with their number in front, filled up with zeros to a multiple of four.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.pack_string";

fn pack_string<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    pack_argument(this, args, Kind::String, "s")
}

fn string(this: &PackerObject<'_, '_>, value: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    let bytes = plain_bytes(&value)?.filter(|_| has(this, &[Kind::Uint, Kind::FixedString]));
    let length = bytes.as_ref().and_then(|bytes| u32::try_from(bytes.len()).ok());
    if let (Some(bytes), Some(length)) = (bytes, length) {
        return this.put(bytes.len().saturating_add(7), |packer| {
            packer.uint(length);
            packer.fixed_opaque(&bytes);
        });
    }
    this.object().call_method1(intern!(this.py(), "_Packer__counted"), (value,)).map(drop)
}

const PACK_LIST_DOC: &CStr = c"pack_list($self, list, pack_item)
--

Pack the items of an iterable by pack_item(item), each with a 1 in front, and a 0 at the end.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.pack_list";

fn pack_list<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.named(&["list", "pack_item"], 2, |args| {
        let (list, pack_item) = (args.object(0)?, args.object(1)?);
        if !has(&this, &[Kind::Uint]) {
            return this.object().call_method1(intern!(py, "_Packer__marked"), (list, pack_item));
        }
        let by = Packing::new(&this, pack_item);
        for item in list.try_iter()? {
            this.put(4, |packer| packer.boolean(true))?;
            by.pack(item?.as_borrowed())?;
        }
        this.put(4, |packer| packer.boolean(false))?;
        none(py)
    })
}

const PACK_FARRAY_DOC: &CStr = c"pack_farray($self, n, list, pack_item)
--

Pack the n items of a list by pack_item(item), without their number.

Raises ValueError if there are not so many.
Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.pack_farray";

fn pack_farray<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let names = ["n", "list", "pack_item"];
    args.named(&names, 3, |args| fixed_array(&this, args.object(0)?, args.object(1)?, args.object(2)?))?;
    none(this.py())
}

fn fixed_array<'py>(
    this: &PackerObject<'_, 'py>,
    count: Borrowed<'_, 'py, PyAny>,
    list: Borrowed<'_, 'py, PyAny>,
    pack_item: Borrowed<'_, 'py, PyAny>,
) -> PyResult<()> {
    if PyInt::new(this.py(), list.len()?).as_any().ne(count)? {
        return Err(PyValueError::new_err("wrong array size"));
    }
    let by = Packing::new(this, pack_item);
    list.try_iter()?.try_for_each(|item| by.pack(item?.as_borrowed()))
}

const PACK_ARRAY_DOC: &CStr = c"pack_array($self, list, pack_item)
--

Pack the items of a list by pack_item(item), with their number in front.

Source: https://docs.python.org/3.12/library/xdrlib.html#xdrlib.Packer.pack_array";

fn pack_array<'py>(this: PackerObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.named(&["list", "pack_item"], 2, |args| {
        let (list, pack_item) = (args.object(0)?, args.object(1)?);
        if !has(&this, &[Kind::Uint, Kind::FixedArray]) {
            return this.object().call_method1(intern!(py, "_Packer__array"), (list, pack_item));
        }
        let count = PyInt::new(py, list.len()?).into_any();
        pack_one(&this, Kind::Uint, count.as_borrowed())?;
        fixed_array(&this, count.as_borrowed(), list, pack_item)?;
        none(py)
    })
}

/// How the items of an array or list are packed.
struct Packing<'a, 'b, 'py> {
    this: &'b PackerObject<'a, 'py>,
    pack_item: Borrowed<'b, 'py, PyAny>,
    /// `pack_item` is this method of the same packer, and what it calls is native too.
    native: Option<Kind>,
}

impl<'a, 'b, 'py> Packing<'a, 'b, 'py> {
    fn new(this: &'b PackerObject<'a, 'py>, pack_item: Borrowed<'b, 'py, PyAny>) -> Self {
        let known = MADE.get(this.py());
        let native = known.and_then(|(_, methods)| methods.kind(pack_item, this.object()));
        let native =
            native.filter(|kind| !matches!(kind, Kind::Reset | Kind::FixedString | Kind::FixedArray));
        Self { this, pack_item, native }
    }

    #[inline]
    fn pack(&self, item: Borrowed<'_, 'py, PyAny>) -> PyResult<()> {
        match self.native {
            Some(kind) => pack_one(self.this, kind, item),
            None => self.pack_item.call1((item,)).map(drop),
        }
    }
}
