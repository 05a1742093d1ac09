//! The constants of `select` on this system.

use pyo3::prelude::*;

use crate::constant;

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;

/// Adds the constants to the module.
pub(super) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    constant::add(module, system::TABLE)
}
