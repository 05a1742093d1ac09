//! `scanstring`, `encode_basestring` and `encode_basestring_ascii`.

use std::ffi::CStr;

use ferrosock_codec::json::{Text, Unit};
use pyo3::Borrowed;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use super::scanner::pair;
use super::text::{Units, ascii_str, each_width, is_str, new_str, quoted, units, wide_str};
use super::{CALLS, errors, output};
use crate::call::{Args, add_functions, docstring, native_fast, native_one, native_tuple};
use crate::class::Remembered;
use crate::convert::{described, type_name};

/// The functions themselves, to be told from others.
pub(super) static SCANSTRING: Remembered = Remembered::new();
pub(super) static ENCODE: Remembered = Remembered::new();
pub(super) static ENCODE_ASCII: Remembered = Remembered::new();

/// Arguments are read, and refused, by the rules of Argument Clinic.
const CLINIC: bool = crate::version::since(15);

// The Python that documents the signature, documents it here, too.
const SCANSTRING_DOC: &CStr = docstring!(
    CLINIC,
    "scanstring($module, pystr, end, strict=True, /)",
    "scanstring(string, end, strict=True) -> (string, end)",
    "Read a JSON string whose first character behind the quote is at the index end. Returns the str that it stands for and the index
behind the closing quote.

Raises json.JSONDecodeError (a ValueError). Control characters may stand in it only if strict is false."
);

const ENCODE_DOC: &CStr = if CLINIC {
    c"encode_basestring($module, pystr, /)
--

Return a JSON representation of a Python string"
} else if crate::version::since(13) {
    c"encode_basestring($self, object, /)
--

encode_basestring(string) -> string

Return a JSON representation of a Python string"
} else {
    c"encode_basestring(string) -> string

Return a JSON representation of a Python string"
};

const ENCODE_ASCII_DOC: &CStr = if CLINIC {
    c"encode_basestring_ascii($module, pystr, /)
--

Return an ASCII-only JSON representation of a Python string"
} else if crate::version::since(13) {
    c"encode_basestring_ascii($self, object, /)
--

encode_basestring_ascii(string) -> string

Return an ASCII-only JSON representation of a Python string"
} else {
    c"encode_basestring_ascii(string) -> string

Return an ASCII-only JSON representation of a Python string"
};

/// Adds the functions to the module.
pub(super) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions(
        module,
        Vec::from([
            if CLINIC {
                native_fast!(CALLS, c"scanstring", scanstring, SCANSTRING_DOC)
            } else {
                native_tuple!(CALLS, c"scanstring", scanstring, SCANSTRING_DOC)
            },
            native_one!(CALLS, c"encode_basestring", encode, ENCODE_DOC),
            native_one!(CALLS, c"encode_basestring_ascii", encode_ascii, ENCODE_ASCII_DOC),
        ]),
    )?;
    SCANSTRING.set(module.getattr("scanstring")?);
    ENCODE.set(module.getattr("encode_basestring")?);
    ENCODE_ASCII.set(module.getattr("encode_basestring_ascii")?);
    Ok(())
}

/// The refusal of what is no str by a function whose argument is said to be that.
fn not_a_string(argument: &str, found: Borrowed<'_, '_, PyAny>) -> PyErr {
    if CLINIC {
        return PyTypeError::new_err(format!("{argument} must be str, not {}", described(&found)));
    }
    PyTypeError::new_err(format!("first argument must be a string, not {}", type_name(&found)))
}

fn scanstring<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    if CLINIC {
        args.clinic(2, 3)?;
        if !is_str(args.object(0)?) {
            return Err(args.wrong_type(0, "str"));
        }
    } else {
        args.between(2, 3)?;
    }
    let (text, begin) = (args.object(0)?, args.ssize(1)?);
    let strict = match args.get(2) {
        None => true,
        // Format unit `p` came with 3.12.
        Some(strict) if crate::version::since(12) => strict.is_truthy()?,
        Some(_) => args.int(2)? != 0,
    };
    if !is_str(text) {
        return Err(not_a_string("", text));
    }
    let out_of_bounds = || PyValueError::new_err("end is out of bounds");
    let begin = usize::try_from(begin).map_err(|_| out_of_bounds())?;
    each_width!(units(text)?, units => {
        if begin > units.len() {
            return Err(out_of_bounds());
        }
        match Text::scan(units, begin, !strict) {
            Ok((found, end)) => {
                // SAFETY: attached; a new reference, or null with an exception set.
                let found = unsafe { Bound::from_owned_ptr_or_err(py, new_str(py, &found))? };
                pair(py, Some(found), end)
            }
            Err(error) => Err(errors::scanstring(py, error, text, begin)),
        }
    })
}

/// The characters of a str of which none is escaped, whether only ASCII is asked for or not.
#[inline]
fn plain<'a>(text: Borrowed<'a, '_, PyAny>) -> PyResult<Option<&'a [u8]>> {
    Ok(match units(text)? {
        Units::One(units) if u8::beyond_ascii(units, 0) == units.len() => Some(units),
        _ => None,
    })
}

fn encode<'py>(py: Python<'py>, text: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if !is_str(text) {
        return Err(not_a_string("encode_basestring() argument", text));
    }
    if let Some(plain) = plain(text)? {
        return quoted(py, plain);
    }
    let mut out = Vec::new();
    output::quote(text, false, &mut out)?;
    if out.is_ascii() { ascii_str(py, &out) } else { wide_str(py, &out) }
}

fn encode_ascii<'py>(py: Python<'py>, text: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if !is_str(text) {
        return Err(not_a_string("encode_basestring_ascii() argument", text));
    }
    if let Some(plain) = plain(text)? {
        return quoted(py, plain);
    }
    let mut out = Vec::new();
    output::quote(text, true, &mut out)?;
    ascii_str(py, &out)
}
