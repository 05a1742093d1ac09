//! `_struct`: binary records, over `ferrosock_codec::record`.
//!
//! The names, exceptions and their words are those of the standard library's module of the running Python. As there, each
//! module that is made has types of its own.

mod functions;
mod integers;
mod iterator;
mod object;
mod transfer;

use std::ffi::CStr;

use ferrosock_codec::record::ComplexCodes;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};
use pyo3::{Borrowed, ffi};

use crate::call::Calls;
use crate::own_module::{OwnModule, keep, kept};

pub(crate) static CALLS: Calls = Calls::new();

static MODULE: OwnModule<5> = OwnModule::new(c"_struct", DOC);

// The places of the state.
/// Structs by their formats, those that are bytes apart: a str is not compared with them.
const CACHE: usize = 0;
const BYTES_CACHE: usize = 1;
const STRUCT: usize = 2;
const ITERATOR: usize = 3;
const ERROR: usize = 4;

/// The codes of complex numbers that there are.
const COMPLEX: ComplexCodes = match crate::version::MINOR {
    ..14 => ComplexCodes::Refused,
    14 => ComplexCodes::Letters,
    15.. => ComplexCodes::Pairs,
};

/// Formats are read by `Struct.__new__`, and its methods' arguments by the rules of Argument Clinic (gh-143715, gh-145850).
const READ_BY_NEW: bool = crate::version::since(15);

const DOC: &CStr = c"Values to bytes and back, as a C program lays them out in memory.

A format begins with an optional sign for byte order, sizes and alignment:
  @  this machine's and its C compiler's (as without a sign)
  =  this machine's order, standard sizes, no alignment
  <  little-endian, standard sizes, no alignment
  >  big-endian, standard sizes, no alignment; so does ! (network order)
Then come codes, each with an optional count before it; white space between them is skipped:
  x  a byte that is skipped          c  bytes of length 1       ?  bool
  b B  signed and unsigned integers of 1 byte;  h H of 2;  i I and l L of 4;  q Q of 8
  e f d  floating point numbers of 2, 4 and 8 bytes;  F D  complex ones of 8 and 16 (Python 3.14 and newer)
  Zf Zd  the same as F and D (Python 3.15 and newer)
  s  bytes, p  bytes after a byte that counts them: the count is the length
  n N  ssize_t and size_t, P  an address: only with this machine's sizes

Source: https://docs.python.org/3/library/struct.html";

/// Builds a module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = MODULE.make(py, functions::rows)?;
    // SAFETY: attached; a constant name, and no bases and no dict given.
    let error = unsafe {
        let none = std::ptr::null_mut();
        Bound::from_owned_ptr_or_err(py, ffi::PyErr_NewException(c"struct.error".as_ptr(), none, none))?
    };
    let record = object::class(&module)?;
    let iterator = iterator::class(&module)?;
    module.setattr("Struct", &record)?;
    module.setattr("error", &error)?;
    // SAFETY: MODULE has these places.
    unsafe {
        keep(&module, CACHE, PyDict::new(py).into_any());
        keep(&module, BYTES_CACHE, PyDict::new(py).into_any());
        keep(&module, STRUCT, record.into_any());
        keep(&module, ITERATOR, iterator.into_any());
        keep(&module, ERROR, error);
    }
    Ok(module)
}

/// An object of the module's state.
#[inline]
fn of_module<'a, 'py>(module: Borrowed<'a, 'py, PyAny>, place: usize) -> PyResult<Borrowed<'a, 'py, PyAny>> {
    // SAFETY: functions and types of this module are the only callers, are held by who calls them, and pass a place of
    // MODULE's.
    unsafe { kept(module, place) }.ok_or_else(|| PyRuntimeError::new_err("_struct has been taken down"))
}
