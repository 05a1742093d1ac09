//! Rows of the tables of constants, and adding them to a module.

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;

/// An integer of a module, and the Pythons (3.x) that have it.
pub(crate) struct Constant {
    name: &'static CStr,
    value: i64,
    since: u8,
    until: u8,
}

impl Constant {
    /// A constant that every Python has.
    pub(crate) const fn new(name: &'static CStr, value: i64) -> Self {
        Self { name, value, since: 0, until: u8::MAX }
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
}

/// Adds those of `table` that the running Python's own module has.
pub(crate) fn add(module: &Bound<'_, PyModule>, table: &[Constant]) -> PyResult<()> {
    let py = module.py();
    let present =
        table.iter().filter(|constant| (constant.since..=constant.until).contains(&crate::version::MINOR));
    for constant in present {
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
