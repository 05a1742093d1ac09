//! Socket options.

use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};

use super::{CALLS, SocketObject};
use crate::buffer::Buffer;
use crate::call::{Args, native_method};
use crate::convert;
use crate::error::{dismiss, raise};
use crate::version;

/// The most bytes that an option may have.
const LONGEST: i32 = 1024;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_method!(
            CALLS,
            c"getsockopt",
            getsockopt,
            c"getsockopt(level, option[, buffersize]) -> int or bytes

Return the value of an option: an int, or with a buffersize (1 to 1024) up to that many bytes.

Raises OSError if the socket does not have the option."
        ),
        native_method!(
            CALLS,
            c"setsockopt",
            setsockopt,
            c"setsockopt(level, option, value: int)
setsockopt(level, option, value: bytes-like)
setsockopt(level, option, None, optlen: int)

Set an option to an int, to the bytes of the structure that it documents, or to nothing but a length.

Raises OSError if the socket does not have the option or refuses the value."
        ),
    ])
}

/// Whether options are 64 bits wide: those of vsock are.
fn wide(this: &SocketObject<'_, '_>) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return this.identity().family == libc::AF_VSOCK;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = this;
        false
    }
}

fn getsockopt<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.between(2, 3)?;
    let (level, option, size) = (args.int(0)?, args.int(1)?, args.int_or(2, 0)?);
    if size == 0 {
        if wide(&this) {
            let mut value = [0; 8];
            this.option(level, option, &mut value).map_err(|error| raise(py, error))?;
            return Ok(PyInt::new(py, u64::from_ne_bytes(value)).into_any());
        }
        let value = this.int_option(level, option).map_err(|error| raise(py, error))?;
        return Ok(PyInt::new(py, value).into_any());
    }
    if wide(&this) {
        return Err(PyOSError::new_err("getsockopt string buffer not allowed"));
    }
    if !(1..=LONGEST).contains(&size) {
        return Err(PyOSError::new_err("getsockopt buflen out of range"));
    }
    let mut space = [0; LONGEST as usize];
    let count = this.option(level, option, &mut space[..size as usize]).map_err(|error| raise(py, error))?;
    Ok(PyBytes::new(py, &space[..count]).into_any())
}

fn setsockopt<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    if version::since(15) {
        set_by_kind(&this, &args)?;
        return Ok(py.None().into_bound(py));
    }
    let set = if wide(&this) {
        args.between(3, 3)?;
        let (level, option) = (args.int(0)?, args.int(1)?);
        let value = convert::unsigned_mask(&*args.object(2)?)?;
        this.set_option(level, option, &value.to_ne_bytes())
    } else if args.len() == 4 {
        match bare_length(&args) {
            Some((level, option, length)) => this.set_option_length(level, option, length),
            None => return args.between(3, 3).map(|()| py.None().into_bound(py)),
        }
    } else {
        args.between(3, 3)?;
        let (level, option) = (args.int(0)?, args.int(1)?);
        let value = args.object(2)?;
        match convert::int(&value) {
            Ok(value) => this.set_int_option(level, option, value),
            Err(error) => {
                dismiss(error);
                let buffer = Buffer::readable(&value)?;
                if buffer.len() > i32::MAX as usize {
                    return Err(PyTypeError::new_err("socket option is larger than INT_MAX bytes"));
                }
                this.set_option(level, option, buffer.bytes())
            }
        }
    };
    set.map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

/// [`setsockopt`] since 3.15 (gh-107546): each argument is refused for what it is.
fn set_by_kind(this: &SocketObject<'_, '_>, args: &Args<'_, '_>) -> PyResult<()> {
    let py = this.py();
    args.between(3, 4)?;
    let (level, option) = (args.int(0)?, args.int(1)?);
    let length = args.get(3).map(|length| convert::low_bits(&length, u32::BITS)).transpose()?;
    let value = args.object(2)?;
    let found = || value.get_type().fully_qualified_name();
    if length.is_some() && !value.is_none() {
        let message =
            format!("setsockopt() only takes 4 arguments when the third argument is None (got {})", found()?);
        return Err(PyTypeError::new_err(message));
    }
    if length.is_none() && value.is_none() {
        return Err(PyTypeError::new_err(
            "setsockopt() requires 4 arguments when the third argument is None",
        ));
    }
    // SAFETY: a live object, attached.
    let (is_int, is_buffer) =
        unsafe { (ffi::PyIndex_Check(value.as_ptr()) != 0, ffi::PyObject_CheckBuffer(value.as_ptr()) != 0) };
    let set = if wide(this) {
        if !is_int {
            let message = format!("setsockopt() argument 3 for AF_VSOCK must be an int (got {})", found()?);
            return Err(PyTypeError::new_err(message));
        }
        this.set_option(level, option, &convert::low_bits(&value, u64::BITS)?.to_ne_bytes())
    } else if let Some(length) = length {
        this.set_option_length(level, option, length as u32)
    } else if is_int {
        this.set_int_option(level, option, convert::int(&value)?)
    } else if is_buffer {
        let buffer = Buffer::readable(&value)?;
        if buffer.len() > i32::MAX as usize {
            return Err(PyTypeError::new_err("socket option is larger than INT_MAX bytes"));
        }
        this.set_option(level, option, buffer.bytes())
    } else {
        let message = format!("socket option should be int, bytes-like object or None (got {})", found()?);
        return Err(PyTypeError::new_err(message));
    };
    set.map_err(|error| raise(py, error))
}

/// The arguments of the form `(level, option, None, optlen)`, if they have it.
fn bare_length(args: &Args<'_, '_>) -> Option<(i32, i32, u32)> {
    let int = |index| args.int(index).map_err(dismiss).ok();
    let (level, option) = (int(0)?, int(1)?);
    let none = args.get(2)?.is_none();
    let length = convert::unsigned_mask(&*args.get(3)?).map_err(dismiss).ok()?;
    none.then_some((level, option, length as u32))
}
