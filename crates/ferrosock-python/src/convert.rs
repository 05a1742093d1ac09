//! Python objects to Rust values, with the refusals and words of CPython's own argument parsing.

use pyo3::exceptions::{PyDeprecationWarning, PyOverflowError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt};

use crate::error::dismiss;
use crate::socket_module::object::plain_descriptor;
use crate::version::{self, Change};

/// The name of an object's type as messages of `PyArg_Parse*` give it: `None` for None.
pub(crate) fn described(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() { "None".to_owned() } else { type_name(value) }
}

/// The short name of an object's type (`tp_name`), as in "not 'str'".
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    // SAFETY: a live object's type is alive and its name is NUL-terminated for the life of the type.
    let name = unsafe { std::ffi::CStr::from_ptr((*ffi::Py_TYPE(value.as_ptr())).tp_name) };
    name.to_string_lossy().into_owned()
}

/// A C `long` by `__index__`: TypeError for what is no integer, OverflowError for what does not fit.
#[inline]
pub(crate) fn long(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    // SAFETY: a live object, attached; -1 with an error set means failure.
    let number = unsafe { ffi::PyLong_AsLong(value.as_ptr()) };
    if number == -1 {
        raised(value.py())?;
    }
    #[allow(clippy::useless_conversion, reason = "C's long is 32 bits wide on some platforms")]
    Ok(i64::from(number))
}

/// A C `int` as format unit `i` reads it.
#[inline]
pub(crate) fn int(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    let number = long(value)?;
    i32::try_from(number).map_err(|_| {
        PyOverflowError::new_err(if number > 0 {
            "signed integer is greater than maximum"
        } else {
            "signed integer is less than minimum"
        })
    })
}

/// A `Py_ssize_t` as format unit `n` reads it.
#[inline]
pub(crate) fn ssize(value: &Bound<'_, PyAny>) -> PyResult<isize> {
    // SAFETY: a live object, attached. An exact int needs no __index__; -1 with an error set means failure.
    let number = unsafe {
        if ffi::PyLong_CheckExact(value.as_ptr()) != 0 {
            ffi::PyLong_AsSsize_t(value.as_ptr())
        } else {
            let index = ffi::PyNumber_Index(value.as_ptr());
            if index.is_null() {
                -1
            } else {
                let number = ffi::PyLong_AsSsize_t(index);
                ffi::Py_DECREF(index);
                number
            }
        }
    };
    if number == -1 {
        raised(value.py())?;
    }
    Ok(number)
}

/// The error that the interpreter has set, if it has.
#[inline]
pub(crate) fn raised(py: Python<'_>) -> PyResult<()> {
    PyErr::take(py).map_or(Ok(()), Err)
}

/// What a file descriptor argument may be: an integer, or an object with a `fileno()` method that gives one.
///
/// TypeError for anything else, ValueError for a negative one, as `PyObject_AsFileDescriptor` raises them.
#[inline]
pub(crate) fn file_descriptor(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    // Most are one or the other: neither needs a call.
    // SAFETY: a live object, attached.
    if unsafe { ffi::PyLong_CheckExact(value.as_ptr()) } != 0 {
        if let Ok(descriptor @ 0..) = as_int(value).map_err(dismiss) {
            return Ok(descriptor);
        }
    } else if let Some(descriptor) = plain_descriptor(value.as_borrowed()) {
        return Ok(descriptor);
    }
    // SAFETY: a live object, attached; -1 means that an error is set.
    let fd = unsafe { ffi::PyObject_AsFileDescriptor(value.as_ptr()) };
    if fd == -1 { Err(PyErr::fetch(value.py())) } else { Ok(fd) }
}

/// A TypeError "`wanted`, not `type`", such as "AF_INET address must be tuple, not int".
pub(crate) fn not_a(wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{wanted}, not {}", type_name(value)))
}

/// A C `int` as `PyLong_AsInt` reads it, for functions with a single argument.
pub(crate) fn as_int(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    let too_large = || PyOverflowError::new_err("Python int too large to convert to C int");
    let number = long(value).map_err(|error| {
        if error.is_instance_of::<PyOverflowError>(value.py()) { too_large() } else { error }
    })?;
    i32::try_from(number).map_err(|_| too_large())
}

/// A descriptor's number as CPython's `socket(fileno=...)` reads it: the low bits of a C `long`.
pub(crate) fn descriptor_number(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    Ok(long(value)? as i32)
}

/// A C `unsigned long` as `PyLong_AsUnsignedLong` reads it: from nothing but an int.
pub(crate) fn unsigned_long(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    // SAFETY: a live object, attached; all ones with an error set means failure.
    let number = unsafe { ffi::PyLong_AsUnsignedLong(value.as_ptr()) };
    if number == std::ffi::c_ulong::MAX {
        raised(value.py())?;
    }
    #[allow(clippy::useless_conversion, reason = "C's long is 32 bits wide on some platforms")]
    Ok(u64::from(number))
}

/// A C unsigned integer of at most `most`, named `c_type`, as Python reads it since 3.14 (`PyLong_AsUInt32` and the like).
///
/// ValueError for a negative one, OverflowError for one that is too large, TypeError for what is no integer.
pub(crate) fn unsigned(value: &Bound<'_, PyAny>, most: u64, c_type: &str) -> PyResult<u64> {
    let py = value.py();
    // SAFETY: a live object, attached; a new reference, or null with an error set.
    let number = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyNumber_Index(value.as_ptr()))? };
    match number.extract::<u64>() {
        Ok(number) if number <= most => Ok(number),
        Err(_) if number.lt(0)? => Err(PyValueError::new_err("Cannot convert negative int")),
        _ => Err(PyOverflowError::new_err(format!("Python int too large for C {c_type}"))),
    }
}

/// The low 64 bits of an integer, without an overflow (format units `I` and `K`).
pub(crate) fn unsigned_mask(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    // SAFETY: a live object, attached; all ones with an error set means failure.
    let number = unsafe { ffi::PyLong_AsUnsignedLongLongMask(value.as_ptr()) };
    if number == u64::MAX {
        raised(value.py())?;
    }
    Ok(number)
}

/// [`unsigned_mask`] for an integer of `bits` bits, with a warning since 3.15 for one that has no such number of bits, with or
/// without a sign.
pub(crate) fn low_bits(value: &Bound<'_, PyAny>, bits: u32) -> PyResult<u64> {
    let range = -(1_i128 << (bits - 1))..1_i128 << bits;
    if !version::since(15) || exact_int::<i64>(value).is_some_and(|number| range.contains(&number.into())) {
        return unsigned_mask(value);
    }
    let py = value.py();
    // SAFETY: a live object, attached; a new reference, or null with an exception set.
    let number = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyNumber_Index(value.as_ptr()))? };
    if !number.extract::<i128>().map_err(dismiss).is_ok_and(|number| range.contains(&number)) {
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), c"integer value out of range", 1)?;
    }
    unsigned_mask(&number)
}

/// Seconds, an int or a float (since 3.15 any real number, gh-67795), in nanoseconds, rounded away from zero as timeouts are.
///
/// ValueError for NaN, OverflowError for what does not fit into 64 bits, TypeError for what is no number.
pub(crate) fn seconds_to_nanoseconds(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    nanoseconds(value, 1_000_000_000)
}

/// gh-152849: one message for all times that are too large.
const OUT_OF_RANGE: Change = Change::of(&[(13, 15), (14, 7)]);

/// [`seconds_to_nanoseconds`] for a number of other units of time, `unit` nanoseconds each.
pub(crate) fn nanoseconds(value: &Bound<'_, PyAny>, unit: i64) -> PyResult<i64> {
    let py = value.py();
    let too_large = || {
        let out_of_range =
            if OUT_OF_RANGE.is_made() { "out of range for" } else { "too large to convert to" };
        // 3.13 made the type's name public.
        let name = if version::since(13) { "PyTime_t" } else { "_PyTime_t" };
        PyOverflowError::new_err(format!("timestamp {out_of_range} C {name}"))
    };
    let float = match value.cast::<PyFloat>() {
        Ok(float) => Some(float.value()),
        // SAFETY: a live object, attached.
        Err(_) if version::since(15) && unsafe { ffi::PyIndex_Check(value.as_ptr()) } == 0 => {
            Some(value.extract::<f64>()?)
        }
        Err(_) => None,
    };
    if let Some(number) = float {
        if number.is_nan() {
            return Err(PyValueError::new_err("Invalid value NaN (not a number)"));
        }
        let exact = number * unit as f64;
        let rounded = if exact >= 0.0 { exact.ceil() } else { exact.floor() };
        // The bounds are exact as floats: -2**63 fits, 2**63 doesn't.
        if !(-(2.0_f64.powi(63))..2.0_f64.powi(63)).contains(&rounded) {
            return Err(if version::since(11) && !OUT_OF_RANGE.is_made() {
                PyOverflowError::new_err("timestamp out of range for platform time_t")
            } else {
                too_large()
            });
        }
        return Ok(rounded as i64);
    }
    // SAFETY: a live object, attached; -1 with an error set means failure.
    let number = unsafe { ffi::PyLong_AsLongLong(value.as_ptr()) };
    if number == -1 {
        raised(py).map_err(|error| {
            if error.is_instance_of::<PyOverflowError>(py) {
                too_large()
            } else if version::MINOR == 14 && error.is_instance_of::<PyTypeError>(py) {
                match value.get_type().fully_qualified_name() {
                    Ok(name) => PyTypeError::new_err(format!(
                        "'{name}' object cannot be interpreted as an integer or float"
                    )),
                    Err(error) => error,
                }
            } else {
                error
            }
        })?;
    }
    number.checked_mul(unit).ok_or_else(too_large)
}

/// The number of an exact int; None for anything else, and for one that does not fit.
#[inline]
pub(crate) fn exact_int<T>(value: &Bound<'_, PyAny>) -> Option<T>
where
    T: for<'a, 'py> FromPyObject<'a, 'py, Error = PyErr>,
{
    value.cast_exact::<PyInt>().ok()?.extract().map_err(dismiss).ok()
}

/// The slice `start:stop`, of which either may be left out.
///
/// PyO3's own `PySlice::new` never gives up the numbers that it makes.
pub(crate) fn slice(py: Python<'_>, start: Option<isize>, stop: Option<isize>) -> PyResult<Bound<'_, PyAny>> {
    let number = |number: Option<isize>| number.map(|number| PyInt::new(py, number));
    let (start, stop) = (number(start), number(stop));
    let pointer =
        |number: &Option<Bound<'_, PyInt>>| number.as_ref().map_or(std::ptr::null_mut(), Bound::as_ptr);
    // SAFETY: attached; live ints, or null for None, of which the slice takes references of its own.
    unsafe {
        let slice = ffi::PySlice_New(pointer(&start), pointer(&stop), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, slice)
    }
}

/// A key and its value.
pub(crate) type Entry<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The next entry of a dict or frozendict, which may have changed since the last; `position` is 0 at first.
pub(crate) fn next_entry<'py>(
    dict: &Bound<'py, PyAny>,
    position: &mut ffi::Py_ssize_t,
) -> Option<Entry<'py>> {
    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
    let next = || {
        // SAFETY: attached; a live dict or frozendict; the references are borrowed from it until they are counted here.
        unsafe {
            if ffi::PyDict_Next(dict.as_ptr(), position, &raw mut key, &raw mut value) == 0 {
                return None;
            }
            let held = |object| Bound::from_borrowed_ptr(dict.py(), object);
            Some((held(key), held(value)))
        }
    };
    with_critical_section(dict, next)
}

/// What is in a dict, for a loop that runs Python code on the way.
///
/// An error like that of Python's own loops, once the dict has been changed meanwhile: PyO3's iterator panics.
pub(crate) fn entries<'a, 'py>(
    dict: &'a Bound<'py, PyDict>,
) -> impl Iterator<Item = PyResult<Entry<'py>>> + 'a {
    let length = dict.len();
    let (mut position, mut left) = (0, length);
    let changed =
        |what: &str| Some(Err(PyRuntimeError::new_err(format!("dictionary {what} during iteration"))));
    std::iter::from_fn(move || {
        if dict.len() != length {
            return changed("changed size");
        }
        let entry = next_entry(dict, &mut position)?;
        match left.checked_sub(1) {
            Some(rest) => left = rest,
            None => return changed("keys changed"),
        }
        Some(Ok(entry))
    })
}

/// The bytes of a file's name without NUL, as `PyUnicode_FSConverter` reads it: str, bytes or an `os.PathLike`.
pub(crate) fn file_name<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let mut bytes: *mut ffi::PyObject = std::ptr::null_mut();
    // SAFETY: a live object, attached; stores a new bytes object and gives 1, or 0 with an exception set.
    unsafe {
        if ffi::PyUnicode_FSConverter(value.as_ptr(), (&raw mut bytes).cast()) == 0 {
            return Err(PyErr::fetch(value.py()));
        }
        Ok(Bound::from_owned_ptr(value.py(), bytes).cast_into::<PyBytes>()?)
    }
}

/// Bytes of the system, such as a name of a host or an interface, as str by the file system's encoding.
pub(crate) fn system_text<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; so many bytes; gives a new str, or null with an exception set.
    unsafe {
        let length = bytes.len() as ffi::Py_ssize_t;
        let text = ffi::PyUnicode_DecodeFSDefaultAndSize(bytes.as_ptr().cast(), length);
        Bound::from_owned_ptr_or_err(py, text)
    }
}
