//! Rows of the tables of constants, and adding them to a module.

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::version::{Change, MINOR};

/// An integer of a module, and the Pythons (3.x) that have it.
pub(crate) struct Constant {
    name: &'static CStr,
    value: i64,
    since: u8,
    until: u8,
    again: Change,
}

impl Constant {
    /// A constant that every Python has.
    pub(crate) const fn new(name: &'static CStr, value: i64) -> Self {
        Self { name, value, since: 0, until: u8::MAX, again: Change::of(&[]) }
    }

    /// The first Python that has it: 3.`minor`.
    pub(crate) const fn since(self, minor: u8) -> Self {
        Self { since: minor, ..self }
    }

    /// The last Python that has it: 3.`minor`.
    #[cfg_attr(target_os = "macos", allow(dead_code, reason = "none was dropped there"))]
    pub(crate) const fn until(self, minor: u8) -> Self {
        Self { until: minor, ..self }
    }

    /// The first release that has it again: 3.`minor`.`patch`.
    #[cfg_attr(target_os = "macos", allow(dead_code, reason = "none came back there"))]
    pub(crate) const fn again(self, minor: u8, patch: u8) -> Self {
        Self { again: Change::of(&[(minor, patch)]), ..self }
    }

    /// Whether the running Python's own module has it.
    fn is_there(&self) -> bool {
        (self.since..=self.until).contains(&MINOR) || self.again.is_made()
    }
}

/// Adds those of `table` that the running Python's own module has.
pub(crate) fn add(module: &Bound<'_, PyModule>, table: &[Constant]) -> PyResult<()> {
    let py = module.py();
    for constant in table.iter().filter(|constant| constant.is_there()) {
        // SAFETY: a live module, attached; gives a new reference or null with an error set. Names are NUL-terminated.
        unsafe {
            let value = Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromLongLong(constant.value))?;
            if ffi::PyObject_SetAttrString(module.as_ptr(), constant.name.as_ptr(), value.as_ptr()) != 0 {
                return Err(PyErr::fetch(py));
            }
        }
    }
    Ok(())
}
