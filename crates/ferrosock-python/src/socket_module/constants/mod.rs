//! The constants of `_socket`: families, types, protocols, options, flags and error codes of this system.
//!
//! The names are those of the standard library's module for the running Python, and Bluetooth's in any case;
//! tests/differential compares the two.

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
    // The standard library has these only where it was built beside BlueZ's headers; our addresses need none.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        constant::add(module, system::BLUETOOTH)?;
        // Bluetooth addresses are written as str; these stand for any adapter and for this machine.
        module.setattr("BDADDR_ANY", "00:00:00:00:00:00")?;
        module.setattr("BDADDR_LOCAL", "00:00:00:FF:FF:FF")?;
    }
    Ok(())
}
