//! The headers that a request is sent with.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{Borrowed, intern};

use super::plain;
use crate::call::Args;
use crate::memory::push;
use crate::signature::{Signature, required};
use crate::text;

const SIGNATURE: Signature<2> = Signature {
    text: "joined_headers(unredirected, headers)",
    names: ["unredirected", "headers"],
    required: 2,
};
pub(super) const DOC: &CStr = c"joined_headers($module, unredirected, headers)
--

Return the headers of a request as one dict, with Connection: close, and each word of their names capitalized.

Args:
    unredirected, headers: mappings of names to values; the first one counts where both have a name.";

pub(super) fn joined<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [first, second] = SIGNATURE.read(&args)?;
    let (first, second) = (required(first)?, required(second)?);
    let joined = match (first.cast_exact::<PyDict>(), second.cast_exact::<PyDict>()) {
        (Ok(first), Ok(second)) => join(&first, &second)?,
        _ => None,
    };
    match joined {
        Some(joined) => Ok(joined.into_any()),
        None => module.call_method1(intern!(py, "_joined_objects"), (first, second)),
    }
}

/// None if a name is not plain text.
fn join<'py>(
    first: &Bound<'py, PyDict>,
    second: &Bound<'py, PyDict>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = first.py();
    let (connection, close) = (intern!(py, "Connection"), intern!(py, "close"));
    let joined = PyDict::new(py);
    let mut closed = false;
    for (headers, others) in [(first, None), (second, Some(first))] {
        for (name, value) in headers.iter() {
            let Some(text) = plain(name.as_borrowed()) else { return Ok(None) };
            if others.is_some_and(|others| others.contains(&name).unwrap_or(false)) {
                continue;
            }
            if text == b"Connection" {
                closed = true;
                joined.set_item(connection, close)?;
            } else {
                joined.set_item(text::string(py, &title(text)?)?, value)?;
            }
        }
    }
    if !closed {
        joined.set_item(connection, close)?;
    }
    Ok(Some(joined))
}

/// A name with a capital letter behind all that is no letter, as `str.title` writes it.
pub(super) fn title(name: &[u8]) -> PyResult<Vec<u8>> {
    let (mut titled, mut within) = (crate::memory::room_for(name.len())?, false);
    for &byte in name {
        push(&mut titled, if within { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() })?;
        within = byte.is_ascii_alphabetic();
    }
    Ok(titled)
}
