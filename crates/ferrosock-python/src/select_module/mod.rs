//! `select`: readiness of descriptors, over `ferrosock_socket::readiness`.

use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    PyModule::new(py, "select")
}
