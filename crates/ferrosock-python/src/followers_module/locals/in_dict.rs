//! Up to Python 3.12 it is in the thread's dict.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{Borrowed, ffi};

/// How a thread names what it has in an object of `threading.local`.
const PREFIX: &str = "thread.local.";

/// What belongs to a connection as it would to a thread of its own, while no thread serves it.
#[derive(Default)]
pub(in super::super) struct Locals(Option<Py<PyDict>>);

impl Locals {
    /// Gives it to the calling thread.
    pub(in super::super) fn enter(&mut self, py: Python<'_>) -> PyResult<()> {
        match (self.0.take(), of_thread(py)) {
            (Some(kept), Some(thread)) => thread.to_owned().update(kept.bind(py).as_mapping()),
            _ => Ok(()),
        }
    }

    /// Takes it from the calling thread.
    pub(in super::super) fn leave(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(thread) = of_thread(py).filter(|thread| !thread.is_empty()) else { return Ok(()) };
        let is_local = |key: &Bound<'_, PyAny>| {
            key.cast::<PyString>().is_ok_and(|key| key.to_str().is_ok_and(|key| key.starts_with(PREFIX)))
        };
        let found: Vec<_> = thread.iter().filter(|(key, _)| is_local(key)).collect();
        if found.is_empty() {
            return Ok(());
        }
        let kept = PyDict::new(py);
        for (key, value) in found {
            kept.set_item(&key, value)?;
            thread.del_item(key)?;
        }
        self.0 = Some(kept.unbind());
        Ok(())
    }
}

/// The dict of what the calling thread alone has; none where there is no memory for one.
fn of_thread(py: Python<'_>) -> Option<Borrowed<'_, '_, PyDict>> {
    // SAFETY: attached; the thread owns the dict, for as long as it runs Python.
    let dict = unsafe { Borrowed::from_ptr_or_opt(py, ffi::PyThreadState_GetDict()) }?;
    dict.cast::<PyDict>().ok()
}
