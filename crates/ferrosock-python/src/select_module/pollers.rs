//! The classes of polling objects, which programs may patch: they are mutable, as the standard library's.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use pyo3::{Borrowed, intern};

use crate::call::Receiver;

/// A class, made once in a process, and the method `poll` that it was made with.
pub(super) struct PollerClass(PyOnceLock<(Py<PyType>, Py<PyAny>)>);

impl PollerClass {
    pub(super) const fn new() -> Self {
        Self(PyOnceLock::new())
    }

    /// The class, which `make` makes at first.
    pub(super) fn get_or_make<'py>(
        &self,
        py: Python<'py>,
        make: impl FnOnce() -> PyResult<Bound<'py, PyType>>,
    ) -> PyResult<Bound<'py, PyType>> {
        let made = self.0.get_or_try_init(py, || {
            let class = make()?;
            let poll = class.getattr(intern!(py, "poll"))?;
            PyResult::Ok((class.unbind(), poll.unbind()))
        })?;
        Ok(made.0.bind(py).clone())
    }

    /// `object` as what methods of the class are called on, if it is an instance of just this class and nobody has put
    /// another `poll` into it. `R` must be the receiver of the class's methods.
    pub(super) fn exact<'a, 'py, R: Receiver<'a, 'py>>(
        &self,
        object: Borrowed<'a, 'py, PyAny>,
    ) -> PyResult<Option<R>> {
        let py = object.py();
        let Some((class, poll)) = self.0.get(py) else { return Ok(None) };
        if !object.is_exact_instance(class.bind(py)) || !class.bind(py).getattr(intern!(py, "poll"))?.is(poll)
        {
            return Ok(None);
        }
        // SAFETY: an instance of the class, alive for 'a.
        Ok(Some(unsafe { R::receive(py, object.as_ptr()) }))
    }
}
