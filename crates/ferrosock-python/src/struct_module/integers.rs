//! Integers that are no plain ints, or out of range: how the running Python reads and refuses them.
//!
//! 3.12 gave all codes the same words. Before, they depend on the code, on whether the standard library packs it with its native
//! functions, and on how far out of range the number is.

use ferrosock_codec::record::{ByteOrder, Field, Kind};
use pyo3::exceptions::PyOverflowError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::object::Record;
use super::transfer::refused;
use crate::convert;
use crate::version;

/// The integer that a value is, within the field's range; or the exception that refuses it.
pub(super) fn read(this: Record<'_, '_>, field: &Field, value: &Bound<'_, PyAny>) -> PyResult<i128> {
    let number = integer(this, value)?;
    if field.kind() == Kind::Pointer {
        // Read as negative or as unsigned, whichever it is, and refused by the interpreter itself.
        // SAFETY: attached, a live int; null with an error set means failure.
        let address = unsafe { ffi::PyLong_AsVoidPtr(number.as_ptr()) };
        if address.is_null() {
            convert::raised(number.py()).map_err(|error| {
                if !value.is_instance_of::<PyInt>() {
                    return error;
                }
                crate::error::dismiss(error);
                refused(this, "int too large to convert".to_owned())
            })?;
        }
        return Ok(address as usize as i128);
    }
    let known = number_of(&number)?;
    let (least, most) = field.range();
    match known {
        Ok(known) if (least..=most).contains(&known) => Ok(known),
        _ => Err(refusal(this, field, value, known)),
    }
}

/// The int that a value is, or gives by `__index__`.
fn integer<'py>(this: Record<'_, 'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if value.is_instance_of::<PyInt>() {
        return Ok(value.clone());
    }
    // SAFETY: attached, a live object.
    unsafe {
        if ffi::PyIndex_Check(value.as_ptr()) == 0 {
            return Err(refused(this, "required argument is not an integer".to_owned()));
        }
        Bound::from_owned_ptr_or_err(value.py(), ffi::PyNumber_Index(value.as_ptr()))
    }
}

/// An int's number if it has 64 bits with or without a sign; else whether it is below them.
fn number_of(number: &Bound<'_, PyAny>) -> PyResult<Result<i128, bool>> {
    let mut beyond = 0;
    // SAFETY: attached, a live int; tells on which side the number lies beyond 64 bits with a sign.
    let signed = unsafe { ffi::PyLong_AsLongLongAndOverflow(number.as_ptr(), &raw mut beyond) };
    if beyond == 0 {
        return Ok(Ok(signed.into()));
    }
    if beyond < 0 {
        return Ok(Err(true));
    }
    // SAFETY: as above; all ones with an error set means failure.
    let unsigned = unsafe { ffi::PyLong_AsUnsignedLongLong(number.as_ptr()) };
    if unsigned == u64::MAX {
        if let Err(error) = convert::raised(number.py()) {
            crate::error::dismiss(error);
            return Ok(Err(false));
        }
    }
    Ok(Ok(unsigned.into()))
}

/// The exception for a number that the field cannot hold: beyond 64 bits (then whether it is below), or known.
fn refusal(
    this: Record<'_, '_>,
    field: &Field,
    value: &Bound<'_, PyAny>,
    number: Result<i128, bool>,
) -> PyErr {
    let (least, most) = field.range();
    let code = field.code();
    let range = format!("'{code}' format requires {least} <= number <= {most}");
    if version::since(12) {
        return refused(this, range);
    }
    let native = field.is_native() || (field.order() == ByteOrder::NATIVE && !matches!(code, 'l' | 'L'));
    let in_long = matches!(number, Ok(number) if i64::try_from(number).is_ok());
    let out_of_range = "argument out of range".to_owned();
    let message = match code {
        'b' | 'B' | 'h' | 'H' if field.size() == 1 || native => {
            if in_long {
                short_range(code)
            } else {
                out_of_range
            }
        }
        _ if field.size() == 8 && native => out_of_range,
        _ if field.size() == 8 && value.is_instance_of::<PyInt>() => "int too large to convert".to_owned(),
        _ if field.size() == 8 => {
            let negative = matches!(number, Err(true)) || matches!(number, Ok(..0));
            return PyOverflowError::new_err(if negative && field.kind() == Kind::Unsigned {
                "can't convert negative int to unsigned"
            } else {
                "int too big to convert"
            });
        }
        _ if field.kind() == Kind::Signed => {
            if in_long {
                range
            } else {
                out_of_range
            }
        }
        _ if matches!(number, Ok(0..)) => range,
        _ => out_of_range,
    };
    refused(this, message)
}

/// The words for the codes of one and two bytes. 3.10 shows how its C library spells the bounds.
fn short_range(code: char) -> String {
    let (name, bounds) = match (code, version::since(11)) {
        ('b', _) => ("byte", ("-128", "127")),
        ('B', _) => ("ubyte", ("0", "255")),
        ('h', true) => ("short", ("-32768", "32767")),
        ('h', false) => ("short", ("(-0x7fff - 1)", "0x7fff")),
        (_, true) => ("ushort", ("0", "65535")),
        (_, false) => ("ushort", ("0", "(0x7fff * 2 + 1)")),
    };
    format!("{name} format requires {} <= number <= {}", bounds.0, bounds.1)
}
