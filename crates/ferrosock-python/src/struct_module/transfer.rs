//! Python's values into records and back: straight from the objects into the bytes, and from the bytes into a tuple.

use ferrosock_codec::record::{Field, Kind, Sink, Source};
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyInt};
use pyo3::{Borrowed, ffi};

use super::object::Record;
use super::{READ_BY_NEW, integers};
use crate::buffer::{with_readable, with_writable};
use crate::convert;
use crate::error::restore;
use crate::ints;
use crate::memory;
use crate::version::Change;

/// An exception is set.
pub(super) struct Raised;

/// An exception of the module, as a result's error.
#[cold]
pub(super) fn refused(this: Record<'_, '_>, message: String) -> PyErr {
    PyErr::from_type(this.error().to_owned(), message)
}

/// `Struct.pack` of values that were given one by one.
#[inline]
pub(super) fn pack<'py>(this: Record<'_, 'py>, values: &[*mut ffi::PyObject]) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let format = match this.format() {
        Some(format) if format.count() == values.len() => format,
        _ => return Err(wrong_count(this, "pack", values.len())),
    };
    let mut source = Values::of(this, values, false);
    if let 1 = format.size() {
        // The interpreter keeps the bytes objects of length 1, so this one need not be made.
        let mut record = [0];
        format.pack_with(&mut record, &mut source).map_err(|Raised| PyErr::fetch(py))?;
        return memory::bytes_object(py, &record).map(Bound::into_any);
    }
    // SAFETY: attached; a new bytes object of that size, which is zeroed before Rust sees it and to which nobody else has a
    // reference until it is whole.
    unsafe {
        let size = format.size();
        let length = size as ffi::Py_ssize_t;
        let bytes = ffi::PyBytes_FromStringAndSize(std::ptr::null(), length);
        let bytes = Bound::from_owned_ptr_or_err(py, bytes)?;
        let start = ffi::PyBytes_AsString(bytes.as_ptr()).cast::<u8>();
        std::ptr::write_bytes(start, 0, size);
        let record = std::slice::from_raw_parts_mut(start, size);
        format.pack_with(record, &mut source).map_err(|Raised| PyErr::fetch(py))?;
        Ok(bytes)
    }
}

/// `Struct.pack_into` of a buffer, which is the caller's argument `number`, an offset, and values.
#[inline]
pub(super) fn pack_into<'py>(
    this: Record<'_, 'py>,
    arguments: &[*mut ffi::PyObject],
    number: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    if READ_BY_NEW && this.format().is_none_or(|format| format.count() + 2 != arguments.len()) {
        return Err(refused_at_last(this, arguments, number));
    }
    let ([buffer, offset, values @ ..], Some(format)) = (arguments, this.format()) else {
        return Err(wrong_count(this, "pack_into", arguments.len()));
    };
    if format.count() != values.len() {
        return Err(wrong_count(this, "pack_into", arguments.len()));
    }
    // SAFETY: arguments are alive for the call.
    let (buffer, offset) =
        unsafe { (Borrowed::from_ptr(py, *buffer), Borrowed::<PyAny>::from_ptr(py, *offset)) };
    // An offset that is no int has code of its own, which must run when the buffer is held and nothing is read or written.
    let plain = offset.is_exact_instance_of::<PyInt>();
    // A bytearray can be asked for its memory twice. Of other objects the values are all looked at before.
    let may_try =
        || buffer.is_exact_instance_of::<PyByteArray>() || values.iter().all(|&value| is_simple(value));
    if plain && may_try() {
        let mut source = Values::of(this, values, true);
        let packed = with_writable(&buffer, |space| {
            let start = place(this, index(&offset)?, space.len(), &PACKING)?;
            let record = &mut space[start..start + format.size()];
            record.fill(0);
            match format.pack_with(record, &mut source) {
                Ok(()) => Ok(true),
                Err(Raised) if source.is_at_odd_one() => Ok(false),
                Err(Raised) => Err(PyErr::fetch(py)),
            }
        });
        if packed.unwrap_or_else(|| Err(not_writable(&buffer, number)))? {
            return Ok(py.None().into_bound(py));
        }
    }
    // Python code may run for a value and reach the buffer: the record is put together elsewhere.
    let mut source = Values::of(this, values, false);
    let hold = Held::new(&buffer).ok_or_else(|| not_writable(&buffer, number))?;
    let start = place(this, index(&offset)?, hold.len(), &PACKING)?;
    hold.write(start, format.size(), |space| space.fill(0));
    let mut record = memory::collected(std::iter::repeat_n(0_u8, format.size()))?;
    let packed = format.pack_with(&mut record, &mut source).map_err(|Raised| PyErr::fetch(py));
    hold.write(start, format.size(), |space| space.copy_from_slice(&record));
    packed?;
    Ok(py.None().into_bound(py))
}

/// `Struct.unpack`.
#[inline]
pub(super) fn unpack<'py>(this: Record<'_, 'py>, buffer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    with_readable(buffer, |bytes| match this.format() {
        Some(format) if format.size() == bytes.len() => tuple(this, format, bytes),
        _ => Err(this
            .refused_empty()
            .unwrap_or_else(|| refused(this, format!("unpack requires a buffer of {} bytes", this.size())))),
    })
}

/// `Struct.unpack_from`.
#[inline]
pub(super) fn unpack_from<'py>(
    this: Record<'_, 'py>,
    buffer: Borrowed<'_, 'py, PyAny>,
    offset: Option<Borrowed<'_, 'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    // As CPython: the buffer is held before the offset is read.
    with_readable(&buffer, |bytes| {
        let offset = offset.map_or(Ok(0), |offset| convert::ssize(&offset))?;
        let format = this.ready()?;
        let start = place(this, offset, bytes.len(), &UNPACKING)?;
        tuple(this, format, &bytes[start..start + format.size()])
    })
}

/// The values of a record, which has the format's size.
#[inline]
pub(super) fn tuple<'py>(
    this: Record<'_, 'py>,
    format: &ferrosock_codec::record::Format,
    record: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    // SAFETY: attached; a new tuple with room for all values, which nobody else has yet.
    unsafe {
        let tuple = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(format.count() as ffi::Py_ssize_t))?;
        let mut sink = Tuple { tuple: tuple.as_ptr(), filled: 0 };
        format.unpack_with(record, &mut sink).map_err(|Raised| PyErr::fetch(py))?;
        Ok(tuple)
    }
}

/// Words of the refusals of a place in a buffer.
struct Words {
    no_room: &'static str,
    needs: &'static str,
}

const PACKING: Words = Words {
    no_room: "no space to pack",
    needs: "pack_into requires a buffer of at least {} bytes for packing",
};
const UNPACKING: Words = Words {
    no_room: "not enough data to unpack",
    needs: "unpack_from requires a buffer of at least {} bytes for unpacking",
};

/// Where the record at `offset` of a buffer of `length` bytes begins.
#[inline]
fn place(this: Record<'_, '_>, offset: isize, length: usize, words: &Words) -> PyResult<usize> {
    let size = this.ready()?.size() as isize;
    let length = length as isize;
    let start = if offset < 0 { offset + length } else { offset };
    if start >= 0 && (offset >= 0 || offset + size <= 0) && length - start >= size {
        return Ok(start as usize);
    }
    Err(no_place(this, offset, size, length, words))
}

#[cold]
fn no_place(this: Record<'_, '_>, offset: isize, size: isize, length: isize, words: &Words) -> PyErr {
    refused(
        this,
        if offset < 0 && offset + size > 0 {
            format!("{} {size} bytes at offset {offset}", words.no_room)
        } else if offset < 0 && offset + length < 0 {
            format!("offset {offset} out of range for {length}-byte buffer")
        } else {
            let start = if offset < 0 { offset + length } else { offset };
            let needed = (size as usize).wrapping_add(start as usize).to_string();
            let needs = words.needs.replacen("{}", &needed, 1);
            format!("{needs} {size} bytes at offset {start} (actual buffer size is {length})")
        },
    )
}

#[cold]
fn wrong_count(this: Record<'_, '_>, function: &str, given: usize) -> PyErr {
    if let Some(refused) = this.refused_empty() {
        return refused;
    }
    let message = match (function, given) {
        ("pack_into", 0) => "pack_into expected buffer argument".to_owned(),
        ("pack_into", 1) => "pack_into expected offset argument".to_owned(),
        ("pack_into", given) => {
            format!("pack_into expected {} items for packing (got {})", this.count(), given - 2)
        }
        (_, given) => format!("pack expected {} items for packing (got {given})", this.count()),
    };
    refused(this, message)
}

/// Why `pack_into` was called in vain with another number of values than there are: where [`READ_BY_NEW`], buffer and offset
/// are looked at before.
#[cold]
fn refused_at_last(this: Record<'_, '_>, arguments: &[*mut ffi::PyObject], number: usize) -> PyErr {
    if let [buffer, offset, ..] = *arguments {
        // SAFETY: arguments are alive for the call.
        let (buffer, offset) = unsafe {
            (Borrowed::<PyAny>::from_ptr(this.py(), buffer), Borrowed::<PyAny>::from_ptr(this.py(), offset))
        };
        let Some(_held) = Held::new(&buffer) else { return not_writable(&buffer, number) };
        if let Err(error) = index(&offset) {
            return error;
        }
    }
    wrong_count(this, "pack_into", arguments.len())
}

#[cold]
fn not_writable(buffer: &Bound<'_, PyAny>, number: usize) -> PyErr {
    let found = convert::described(buffer);
    let argument = if READ_BY_NEW { format!("pack_into() argument {number}") } else { "argument".to_owned() };
    PyTypeError::new_err(format!("{argument} must be read-write bytes-like object, not {found}"))
}

/// An offset as `PyNumber_AsSsize_t` reads it, with IndexError for what does not fit; OverflowError since 3.15 (gh-143904).
#[inline]
fn index(offset: &Bound<'_, PyAny>) -> PyResult<isize> {
    if READ_BY_NEW {
        return convert::ssize(offset);
    }
    // SAFETY: attached, a live object and exception; -1 with an error set means failure.
    let number =
        unsafe { ffi::PyNumber_AsSsize_t(offset.as_ptr(), offset.py().get_type::<PyIndexError>().as_ptr()) };
    if number == -1 {
        convert::raised(offset.py())?;
    }
    Ok(number)
}

/// Whether a value's type is one whose objects are read without running Python code.
#[inline]
fn is_simple(value: *mut ffi::PyObject) -> bool {
    // SAFETY: a live object, whose exact type is looked at.
    unsafe {
        ffi::PyLong_CheckExact(value) != 0
            || ffi::PyFloat_CheckExact(value) != 0
            || ffi::PyBytes_CheckExact(value) != 0
            || ffi::PyBool_Check(value) != 0
    }
}

/// A writable buffer that is held while Python code runs, and reached in between only.
struct Held(Box<ffi::Py_buffer>);

impl Held {
    fn new(object: &Bound<'_, PyAny>) -> Option<Self> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: attached, a live object and a fresh view.
        if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &raw mut *view, ffi::PyBUF_WRITABLE) } == 0 {
            return Some(Self(view));
        }
        crate::error::dismiss(PyErr::fetch(object.py()));
        None
    }

    fn len(&self) -> usize {
        self.0.len as usize
    }

    /// Lets `body` write to a part of the bytes. It runs no Python code.
    fn write(&self, start: usize, length: usize, body: impl FnOnce(&mut [u8])) {
        if length > 0 && start.checked_add(length).is_some_and(|end| end <= self.len()) {
            // SAFETY: a part of the view's bytes; nothing else uses them meanwhile.
            unsafe { body(std::slice::from_raw_parts_mut(self.0.buf.cast::<u8>().add(start), length)) }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: filled, and released once.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.0) }
    }
}

/// A tuple that is being filled.
struct Tuple {
    tuple: *mut ffi::PyObject,
    filled: ffi::Py_ssize_t,
}

impl Tuple {
    /// Takes a new object, or null with an exception set.
    #[inline]
    fn push(&mut self, object: *mut ffi::PyObject) -> Result<(), Raised> {
        if object.is_null() {
            return Err(Raised);
        }
        // SAFETY: the tuple has a place for each value of the format, and this one is empty.
        unsafe { ffi::PyTuple_SET_ITEM(self.tuple, self.filled, object) }
        self.filled += 1;
        Ok(())
    }
}

impl Sink for Tuple {
    type Error = Raised;
    const KEEPS_NANS: bool = KEEPS_NANS;

    #[inline]
    fn signed(&mut self, value: i64) -> Result<(), Raised> {
        // SAFETY: attached, as whoever made the tuple.
        self.push(unsafe { ints::new_int(value) })
    }

    #[inline]
    fn unsigned(&mut self, value: u64) -> Result<(), Raised> {
        match i64::try_from(value) {
            Ok(value) => self.signed(value),
            // SAFETY: attached.
            Err(_) => self.push(unsafe { ffi::PyLong_FromUnsignedLongLong(value) }),
        }
    }

    #[inline]
    fn float(&mut self, value: f64) -> Result<(), Raised> {
        // SAFETY: attached.
        self.push(unsafe { ffi::PyFloat_FromDouble(value) })
    }

    #[inline]
    fn complex(&mut self, [real, imaginary]: [f64; 2]) -> Result<(), Raised> {
        // SAFETY: attached.
        self.push(unsafe { ffi::PyComplex_FromDoubles(real, imaginary) })
    }

    #[inline]
    fn boolean(&mut self, value: bool) -> Result<(), Raised> {
        // SAFETY: attached.
        self.push(unsafe { ffi::PyBool_FromLong(value.into()) })
    }

    #[inline]
    fn bytes(&mut self, value: &[u8]) -> Result<(), Raised> {
        // SAFETY: attached; so many bytes are copied.
        self.push(unsafe {
            ffi::PyBytes_FromStringAndSize(value.as_ptr().cast(), value.len() as ffi::Py_ssize_t)
        })
    }
}

/// Since 3.14 (gh-130317, gh-133304) a NaN loses nothing on its way.
const KEEPS_NANS: bool = crate::version::since(14);

/// Native numbers that are too large for single precision are refused; they were infinite before (gh-145633).
const REFUSED: Change = Change::of(&[(13, 13), (14, 4)]);

/// A number as `field` is given it: infinite if that is what the C compiler made of it.
#[inline]
fn rounded(field: &Field, number: f64) -> f64 {
    if field.is_native() && field.size() == 4 && !REFUSED.is_made() && (number as f32).is_infinite() {
        return f64::INFINITY.copysign(number);
    }
    number
}

/// The values of a call, to be packed. Their number is the format's.
struct Values<'a, 'py> {
    values: std::slice::Iter<'a, *mut ffi::PyObject>,
    last: *mut ffi::PyObject,
    this: Record<'a, 'py>,
    /// Stop, without an exception, at a value that is not [simple](is_simple).
    simple: bool,
}

impl<'a, 'py> Values<'a, 'py> {
    #[inline]
    fn of(this: Record<'a, 'py>, values: &'a [*mut ffi::PyObject], simple: bool) -> Self {
        Self { values: values.iter(), last: std::ptr::null_mut(), this, simple }
    }

    /// Whether it stopped at a value that is not simple.
    fn is_at_odd_one(&self) -> bool {
        self.simple && !self.last.is_null() && !is_simple(self.last)
    }

    #[inline]
    fn next(&mut self) -> Result<*mut ffi::PyObject, Raised> {
        match self.values.next() {
            Some(&value) => {
                self.last = value;
                if self.simple && !is_simple(value) { Err(Raised) } else { Ok(value) }
            }
            None => Err(self.raise(PyTypeError::new_err("too few values"))), // never: they were counted
        }
    }

    #[cold]
    fn raise(&self, error: PyErr) -> Raised {
        restore(self.this.py(), error);
        Raised
    }

    #[cold]
    fn refuse(&self, message: &str) -> Raised {
        self.raise(refused(self.this, message.to_owned()))
    }

    /// The last value.
    fn object(&self) -> Borrowed<'a, 'py, PyAny> {
        // SAFETY: an argument, alive for the call.
        unsafe { Borrowed::from_ptr(self.this.py(), self.last) }
    }

    /// The bytes of the last value, if it is a bytes object.
    #[inline]
    fn bytes_object(&self) -> Option<&'a [u8]> {
        // SAFETY: an argument, alive for the call, of which nobody changes the bytes.
        unsafe {
            if ffi::PyBytes_Check(self.last) == 0 {
                return None;
            }
            let length = ffi::PyBytes_Size(self.last) as usize;
            Some(std::slice::from_raw_parts(ffi::PyBytes_AsString(self.last).cast(), length))
        }
    }

    /// What could not be read the short way: an object with `__index__`, an int out of range, or none.
    #[cold]
    fn slow(&self, field: &Field) -> Result<i128, Raised> {
        integers::read(self.this, field, &self.object()).map_err(|error| self.raise(error))
    }
}

impl Source for Values<'_, '_> {
    type Error = Raised;
    const KEEPS_NANS: bool = KEEPS_NANS;

    #[inline]
    fn signed(&mut self, field: &Field) -> Result<i64, Raised> {
        let value = self.next()?;
        // SAFETY: a live object, attached; an int runs no Python code.
        unsafe {
            if ffi::PyLong_Check(value) != 0 {
                if let Some(number) = ints::short_int(value) {
                    return Ok(number);
                }
                let number = ffi::PyLong_AsLong(value);
                if number != -1 || ffi::PyErr_Occurred().is_null() {
                    #[allow(
                        clippy::useless_conversion,
                        reason = "C's long is 32 bits wide on some platforms"
                    )]
                    return Ok(i64::from(number));
                }
                ffi::PyErr_Clear();
            }
        }
        self.slow(field).map(|number| number as i64)
    }

    #[inline]
    fn unsigned(&mut self, field: &Field) -> Result<u64, Raised> {
        let value = self.next()?;
        // SAFETY: as above.
        unsafe {
            if ffi::PyLong_Check(value) != 0 {
                if let Some(number @ 0..) = ints::short_int(value) {
                    return Ok(number as u64);
                }
                let number = ffi::PyLong_AsUnsignedLongLong(value);
                if number != u64::MAX || ffi::PyErr_Occurred().is_null() {
                    return Ok(number);
                }
                ffi::PyErr_Clear();
            }
        }
        self.slow(field).map(|number| number as u64)
    }

    fn pointer(&mut self, field: &Field) -> Result<u64, Raised> {
        self.next()?;
        self.slow(field).map(|number| number as u64)
    }

    #[inline]
    fn float(&mut self, field: &Field) -> Result<f64, Raised> {
        let value = self.next()?;
        // SAFETY: a live object, attached; -1 with an error set means failure.
        unsafe {
            if ffi::PyFloat_CheckExact(value) != 0 {
                return Ok(rounded(field, ffi::PyFloat_AS_DOUBLE(value)));
            }
            let number = ffi::PyFloat_AsDouble(value);
            if number == -1.0 && !ffi::PyErr_Occurred().is_null() {
                ffi::PyErr_Clear();
                return Err(self.refuse("required argument is not a float"));
            }
            Ok(rounded(field, number))
        }
    }

    fn complex(&mut self, _field: &Field) -> Result<[f64; 2], Raised> {
        let value = self.next()?;
        // SAFETY: a live object, attached; -1 with an error set means failure.
        let number = unsafe { ffi::PyComplex_AsCComplex(value) };
        if number.real == -1.0 && PyErr::take(self.this.py()).is_some() {
            return Err(self.refuse("required argument is not a complex"));
        }
        Ok([number.real, number.imag])
    }

    #[inline]
    fn boolean(&mut self, _field: &Field) -> Result<bool, Raised> {
        let value = self.next()?;
        // SAFETY: a live object, attached; -1 means that an error is set.
        match unsafe { ffi::PyObject_IsTrue(value) } {
            -1 => Err(Raised),
            truth => Ok(truth != 0),
        }
    }

    #[inline]
    fn char(&mut self, _field: &Field) -> Result<u8, Raised> {
        self.next()?;
        match self.bytes_object() {
            Some(&[byte]) => Ok(byte),
            _ => Err(self.refuse("char format requires a bytes object of length 1")),
        }
    }

    #[inline]
    fn bytes(&mut self, field: &Field) -> Result<&[u8], Raised> {
        self.next()?;
        if let Some(bytes) = self.bytes_object() {
            return Ok(bytes);
        }
        // SAFETY: the object is alive for the call, and its bytes are copied before Python code runs.
        unsafe {
            if ffi::PyByteArray_Check(self.last) != 0 {
                let length = ffi::PyByteArray_Size(self.last) as usize;
                let start = ffi::PyByteArray_AsString(self.last).cast::<u8>();
                return Ok(if length == 0 { &[] } else { std::slice::from_raw_parts(start, length) });
            }
        }
        Err(self.refuse(&format!("argument for '{}' must be a bytes object", field.code())))
    }

    #[cold]
    fn out_of_range(&mut self, field: &Field) -> Raised {
        if !matches!(field.kind(), Kind::Float | Kind::Complex) {
            return match self.slow(field) {
                Err(raised) => raised,
                Ok(_) => self.refuse("argument out of range"), // never: it did not fit before
            };
        }
        if field.kind() == Kind::Float && self.object().is_instance_of::<PyInt>() {
            return self.refuse("int too large to convert");
        }
        let code = field.code().to_ascii_lowercase(); // of a complex number's part
        let message = format!("float too large to pack with {code} format");
        self.raise(PyOverflowError::new_err(message))
    }
}
