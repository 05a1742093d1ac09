//! The constants of `_socket`: families, types, protocols, options, flags and error codes of this system.
//!
//! The names are those of the standard library's module for the running Python; tests/differential compares the two.

use pyo3::prelude::*;

use crate::constant;

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;

/// Adds the constants to the module.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    constant::add(module, system::TABLE)?;
    module.setattr("has_ipv6", true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if has_bluetooth(module.py())? {
        constant::add(module, system::BLUETOOTH)?;
        // Bluetooth addresses are written as str; these stand for any adapter and for this machine.
        module.setattr("BDADDR_ANY", "00:00:00:00:00:00")?;
        module.setattr("BDADDR_LOCAL", "00:00:00:FF:FF:FF")?;
    }
    Ok(())
}

/// Whether the running Python was built beside BlueZ's headers: only then its `_socket` knows Bluetooth's names, and
/// `AddressFamily` has the member. Assumed of a Python that does not say.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn has_bluetooth(py: Python<'_>) -> PyResult<bool> {
    let variable = py.import("sysconfig")?.call_method1("get_config_var", ("HAVE_BLUETOOTH_BLUETOOTH_H",))?;
    Ok(variable.is_none() || variable.is_truthy()?)
}
