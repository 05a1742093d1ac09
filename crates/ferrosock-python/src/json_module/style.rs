//! How objects are to be written: what an encoder was made with.

use ferrosock_codec::json::{Layout, Lines};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::{general, output, walk};
use crate::version::Change;

/// gh-131884: the line does not break in an object without a member, because all their names are skipped.
pub(super) const EMPTY: Change = Change::of(&[(13, 5), (14, 0)]);

/// What writes strings.
#[derive(Clone, Copy)]
pub(super) enum Strings<'a, 'py> {
    /// `encode_basestring_ascii`
    Ascii,
    /// `encode_basestring`
    Unicode,
    /// Any other callable.
    Custom(Borrowed<'a, 'py, PyAny>),
}

/// What an encoder was made with.
pub(super) struct Style<'a, 'py> {
    pub(super) layout: Layout,
    pub(super) strings: Strings<'a, 'py>,
    pub(super) sort_keys: bool,
    pub(super) skip_keys: bool,
    pub(super) allow_nan: bool,
    /// Called for what JSON does not have.
    pub(super) default: Fallback<'a, 'py>,
    /// The dict of the containers and other objects that are being written, if cycles are looked for.
    pub(super) markers: Markers<'a, 'py>,
    /// Works as the generators in `json.encoder` do, which the standard library takes for indented documents before 3.13, and
    /// not as C's `_json`: other words, and iteration by `__iter__` and `items`.
    pub(super) as_generators: bool,
    /// What an indent that is no str raises once there is something to indent.
    pub(super) wrong_indent: Option<String>,
}

/// What is asked for something that JSON has, in the place of what it does not have.
#[derive(Clone, Copy)]
pub(super) enum Fallback<'a, 'py> {
    Callable(Borrowed<'a, 'py, PyAny>),
    /// The method `default` of this encoder.
    Of(Borrowed<'a, 'py, PyAny>),
}

/// How cycles are found.
#[derive(Clone, Copy)]
pub(super) enum Markers<'a, 'py> {
    /// They are not: the limit on recursion ends them.
    None,
    /// By a fresh dict.
    Fresh,
    /// By a dict of the caller's.
    Given(Borrowed<'a, 'py, PyAny>),
}

impl<'py> Style<'_, 'py> {
    /// Writes an object that lies `depth` levels deep, and gives the str.
    #[inline]
    pub(super) fn text(
        &self,
        py: Python<'py>,
        object: Borrowed<'_, 'py, PyAny>,
        depth: isize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut out = Vec::new();
        output::room(&mut out, 256)?;
        // Other threads may change what is only borrowed where there is no lock that keeps them out.
        let done = !cfg!(Py_GIL_DISABLED) && walk::write(py, self, object, depth, usize::MAX, &mut out)?;
        if !done {
            out.clear();
            general::write(py, self, object, depth, &mut out)?;
        }
        output::finished(py, &out, self.is_ascii())
    }

    /// The text of an object, if it takes no Python code and not many more than `limit` bytes.
    pub(super) fn part(
        &self,
        py: Python<'py>,
        object: Borrowed<'_, 'py, PyAny>,
        depth: isize,
        limit: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut out = Vec::new();
        let done = !cfg!(Py_GIL_DISABLED) && walk::write(py, self, object, depth, limit, &mut out)?;
        if done { output::finished(py, &out, self.is_ascii()).map(Some) } else { Ok(None) }
    }

    /// How many bytes the separator and a fresh line take at this depth.
    pub(super) fn line_room(&self, depth: usize) -> usize {
        let indent = self.layout.indent.as_ref().map_or(0, |indent| indent.len());
        (self.layout.item_separator.len() + 1 + indent.saturating_mul(depth)).max(Lines::BLOCK)
    }

    /// Whether all that is written is ASCII.
    fn is_ascii(&self) -> bool {
        let parts = [
            Some(&self.layout.item_separator),
            Some(&self.layout.key_separator),
            self.layout.indent.as_ref(),
        ];
        matches!(self.strings, Strings::Ascii) && parts.into_iter().flatten().all(|part| part.is_ascii())
    }

    /// The refusal of a float that is not finite.
    #[cold]
    pub(super) fn out_of_range(&self, value: Borrowed<'_, 'py, PyAny>) -> PyErr {
        let message = "Out of range float values are not JSON compliant";
        if !self.as_generators && !crate::version::since(12) {
            return PyValueError::new_err(message);
        }
        match value.repr() {
            Ok(repr) => PyValueError::new_err(format!("{message}: {}", repr.to_string_lossy())),
            Err(error) => error,
        }
    }
}

/// Whether an object is a dict or (since 3.15, gh-141510) a frozendict, or an instance of a derived class.
#[inline]
pub(super) fn is_dict(object: Borrowed<'_, '_, PyAny>) -> bool {
    #[cfg(Py_3_15)]
    // SAFETY: attached; a live object.
    return unsafe { ffi::PyAnyDict_Check(object.as_ptr()) != 0 };
    #[cfg(not(Py_3_15))]
    has_flag(object, ffi::Py_TPFLAGS_DICT_SUBCLASS)
}

/// Whether an object is one of these itself.
#[inline]
pub(super) fn is_exact_dict(object: Borrowed<'_, '_, PyAny>) -> bool {
    // SAFETY: attached; a live object.
    unsafe {
        #[cfg(Py_3_15)]
        return ffi::PyAnyDict_CheckExact(object.as_ptr()) != 0;
        #[cfg(not(Py_3_15))]
        return ffi::PyDict_CheckExact(object.as_ptr()) != 0;
    }
}

/// Whether an object is an instance of the class whose flag this is, or of one derived from it.
#[inline]
pub(super) fn has_flag(object: Borrowed<'_, '_, PyAny>, flag: std::ffi::c_ulong) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyType_HasFeature(ffi::Py_TYPE(object.as_ptr()), flag) != 0 }
}
