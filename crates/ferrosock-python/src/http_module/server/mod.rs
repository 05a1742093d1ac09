//! The steps of `http.server`'s handlers in one call each: a request that is read and answered, the head of a response, a small
//! file. Each is taken where no class or instance has put anything in its way.

mod request;
mod response;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod small_file;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{Borrowed, ffi};

pub(crate) use self::request::{method, serve_request};
use super::hides;
use crate::seams::{Seams, Seen, attributes};
use crate::{clock, text};

/// The classes of `http.server` that were last seen to be as they were.
static SEEN: Seen = Seen::new();

// The places in the module's `_SEAMS`: lists of methods, each of what one step goes through, and what else is there.
const HANDLER: usize = 1;
const CLIENT: usize = 2;
const PARSE_HEADERS: usize = 3;
const HEADERS: usize = 4;
const FILES: usize = 5;
const OK: usize = 6;
const REQUEST: usize = 7;
const RESPONSE: usize = 8;
const LOG: usize = 9;
const LINE: usize = 10;
const END: usize = 11;
const WRITER: usize = 12;
const EMAIL: usize = 13;
const FORMAT: usize = 14;
const TURN: usize = 15;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    let rows = [
        request::functions(),
        response::functions(),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        small_file::functions(),
    ];
    rows.concat()
}

/// A handler, and what it keeps itself.
struct Handler<'a, 'py> {
    object: &'a Bound<'py, PyAny>,
    kept: Bound<'py, PyDict>,
    seams: Seams<'py>,
}

impl<'a, 'py> Handler<'a, 'py> {
    /// None if the module's names are not what they were.
    fn of(module: Borrowed<'_, 'py, PyModule>, object: &'a Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(None) };
        Ok(attributes(object).map(|kept| Self { object, kept, seams }))
    }

    fn py(&self) -> Python<'py> {
        self.object.py()
    }

    /// Whether the class has what a list says, and the instance none of these names.
    fn leaves(&self, list: usize, names: &[&Bound<'py, PyString>]) -> PyResult<bool> {
        Ok(self.seams.class(list, self.object.get_type().as_any())? && !hides(&self.kept, names)?)
    }

    /// An attribute that the handler keeps itself.
    fn own(&self, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        super::own(&self.kept, name)
    }

    /// Whether it is the system's time, in the library's words, that a response says.
    fn has_plain_clock(&self) -> PyResult<bool> {
        let email = self.seams.item(EMAIL)?;
        Ok(clock::is_true(self.py())?
            && self.seams.namespace(FORMAT, email.cast::<PyModule>()?.as_borrowed())?)
    }
}

/// The bytes of a str of ASCII.
fn plain<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    text::ascii(value.cast_exact::<PyString>().ok()?.as_borrowed())
}
