//! The functions of the module `_socket`.

mod byte_order;
mod descriptors;
mod hosts;
mod info;
mod interfaces;
mod services;
mod settings;
mod text;

use std::ffi::CString;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::CALLS;
use crate::call::Args;
use crate::class::Remembered;

pub(crate) use info::found;

/// The module's function `getaddrinfo`.
static GETADDRINFO: Remembered = Remembered::new();

/// Remembers those functions of the module that others ask for.
pub(crate) fn remember(module: &Bound<'_, PyModule>) -> PyResult<()> {
    GETADDRINFO.set(module.getattr("getaddrinfo")?);
    Ok(())
}

/// Whether an object is the module's function `getaddrinfo`.
pub(crate) fn is_getaddrinfo(object: &Bound<'_, PyAny>) -> bool {
    GETADDRINFO.is(object)
}
use crate::memory;

/// The table of the functions, without its end.
pub(crate) fn functions() -> Vec<ffi::PyMethodDef> {
    let mut table = info::functions();
    table.extend(hosts::functions());
    table.extend(services::functions());
    table.extend(interfaces::functions());
    table.extend(byte_order::functions());
    table.extend(text::functions());
    table.extend(descriptors::functions());
    table.extend(settings::functions());
    table
}

/// A function of one argument. Before Python 3.13 some of them counted their arguments themselves, in other words than
/// the interpreter's.
macro_rules! native_single {
    ($name:expr, $function:path, $doc:expr) => {{
        fn counted<'py>(
            py: pyo3::Python<'py>,
            args: $crate::call::Args<'_, 'py>,
        ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
            args.between(1, 1)?;
            $function(py, args.object(0)?)
        }
        if crate::version::since(13) {
            $crate::call::native_one!($crate::socket_module::CALLS, $name, $function, $doc)
        } else {
            $crate::call::native_tuple!($crate::socket_module::CALLS, $name, counted, $doc)
        }
    }};
}

use native_single;

/// A str argument as a C string in UTF-8 (format unit `s`).
fn text_argument(args: &Args<'_, '_>, index: usize) -> PyResult<CString> {
    let value = args.object(index)?;
    let text = value.cast::<PyString>().map_err(|_| args.wrong_type(index, "str"))?;
    c_string(text.to_str()?)
}

/// [`text_argument`] for an argument that may be missing.
fn optional_text(args: &Args<'_, '_>, index: usize) -> PyResult<Option<CString>> {
    args.get(index).is_some().then(|| text_argument(args, index)).transpose()
}

fn c_string(text: impl AsRef<[u8]>) -> PyResult<CString> {
    memory::c_string(text.as_ref(), || PyValueError::new_err("embedded null character"))
}
