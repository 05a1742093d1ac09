//! `FolderServer`: the engine in threads of its own, without Python.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ferrosock::server::{Control, Server, Stats};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::{CALLS, options};

/// A folder that is served, until `stop`. The interpreter is asked for nothing but to note what goes wrong.
#[pyclass(frozen, module = "ferrosock._native.serve_folder")]
pub(super) struct FolderServer {
    server: Mutex<Option<Server>>,
    control: Control,
}

#[pymethods]
impl FolderServer {
    /// Begins to serve `folder` at `listeners`, descriptors of sockets that listen, which stay the caller's. What goes wrong is told
    /// to `complain` in a line, by any thread.
    #[new]
    #[pyo3(signature = (folder, listeners, options, own, complain, /))]
    fn new(
        folder: PathBuf,
        listeners: Vec<i32>,
        options: &Bound<'_, PyAny>,
        own: &Bound<'_, PyDict>,
        complain: Py<PyAny>,
    ) -> PyResult<Self> {
        CALLS.note();
        let handler = options::folder(&folder, own)?;
        let server = options::builder(options, &listeners, complain)?.start(handler)?;
        let control = server.control();
        Ok(Self { server: Mutex::new(Some(server)), control })
    }

    /// Take no more connections, and let those that are there end within so many seconds; then wait for the end.
    #[pyo3(signature = (within, /))]
    fn stop(&self, py: Python<'_>, within: f64) -> PyResult<()> {
        CALLS.note();
        let within = Duration::try_from_secs_f64(within).unwrap_or(Duration::from_secs(u32::MAX.into()));
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| {
            self.control.stop(within);
            server.map_or(Ok(()), Server::join)
        })?;
        Ok(())
    }

    /// What was counted so far: a dict of numbers, and `statuses`, a list of five.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        CALLS.note();
        let Stats {
            accepted,
            open,
            refused,
            requests,
            received,
            sent,
            timeouts,
            panics,
            log_lost,
            statuses,
            ..
        } = self.control.stats();
        let found = PyDict::new(py);
        for (name, value) in [
            ("accepted", accepted),
            ("open", open),
            ("refused", refused),
            ("requests", requests),
            ("received", received),
            ("sent", sent),
            ("timeouts", timeouts),
            ("panics", panics),
            ("log_lost", log_lost),
        ] {
            found.set_item(name, value)?;
        }
        found.set_item("statuses", PyList::new(py, statuses)?)?;
        Ok(found)
    }
}
