//! Coroutines that start in place, and become a task of asyncio's when they first suspend.
//!
//! Most requests are answered without waiting for anything, and a task for each would cost more than the answer. But code asks for the
//! task that it runs in also before it first waits (`asyncio.timeout`, anyio's scopes), and that must then be the one that goes on.
//! Python 3.12 has tasks that start eagerly. Before, one spare task is kept: while a coroutine starts in place, that is the current
//! one; if the coroutine suspends, the spare task takes it over with what it waits for, and another one is made.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PySet, PyString, PyTuple};

use super::super::context::Context;
use super::carrier::{Carrier, carrier, of};
use crate::version::since;

/// How far a coroutine came.
pub(super) enum Begun {
    Over,
    Suspended(Py<PyAny>),
}

/// A task that has no coroutine yet.
struct Spare {
    task: Py<PyAny>,
    carrier: Py<PyAny>,
}

/// Starts coroutines on an event loop.
pub(super) struct Starter {
    event_loop: Py<PyAny>,
    /// The class of tasks, and the names of its arguments.
    class: Py<PyAny>,
    names: Py<PyTuple>,
    enter: Py<PyAny>,
    leave: Py<PyAny>,
    weak_count: Py<PyAny>,
    cancelled: Py<PyAny>,
    wrap: Py<PyAny>,
    spare: Mutex<Option<Spare>>,
    /// The event loop itself holds tasks weakly.
    running: Py<PySet>,
}

/// What a task has come to.
pub(super) fn outcome(task: &Bound<'_, PyAny>) -> PyResult<()> {
    let error = task.call_method0(intern!(task.py(), "exception"))?;
    if error.is_none() { Ok(()) } else { Err(PyErr::from_value(error)) }
}

/// Whether nobody waits for a task, or has cancelled it.
fn is_untouched(task: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = task.py();
    let waited_for = !task.getattr(intern!(py, "_callbacks"))?.is_none();
    Ok(!waited_for && !task.getattr(intern!(py, "_must_cancel"))?.is_truthy()?)
}

impl Starter {
    pub(super) fn new(
        py: Python<'_>,
        event_loop: &Bound<'_, PyAny>,
        wrap: Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (asyncio, tasks) = (py.import("asyncio")?, py.import("asyncio.tasks")?);
        let names = ["loop", "context", "eager_start"].map(|name| PyString::intern(py, name));
        let names = if since(12) { PyTuple::new(py, names)? } else { PyTuple::new(py, &names[..1])? };
        Ok(Self {
            event_loop: event_loop.clone().unbind(),
            class: asyncio.getattr("Task")?.unbind(),
            names: names.unbind(),
            enter: tasks.getattr("_enter_task")?.unbind(),
            leave: tasks.getattr("_leave_task")?.unbind(),
            weak_count: py.import("weakref")?.getattr("getweakrefcount")?.unbind(),
            cancelled: asyncio.getattr("CancelledError")?.unbind(),
            wrap: wrap.unbind(),
            spare: Mutex::default(),
            running: PySet::empty(py)?.unbind(),
        })
    }

    /// Whether it is asyncio's CancelledError.
    pub(super) fn is_cancellation(&self, py: Python<'_>, error: &PyErr) -> bool {
        error.matches(py, &self.cancelled).unwrap_or(false)
    }

    /// Starts a coroutine in a context.
    ///
    /// # Errors
    /// What it raises before it suspends.
    pub(super) fn start(
        &self,
        py: Python<'_>,
        coroutine: Bound<'_, PyAny>,
        context: Context,
    ) -> PyResult<Begun> {
        // SAFETY: attached; a live object.
        let plain = unsafe { ffi::PyCoro_CheckExact(coroutine.as_ptr()) } != 0;
        let coroutine = if plain { coroutine } else { self.wrap.bind(py).call1((coroutine,))? };
        if since(12) {
            self.start_eagerly(py, &coroutine, &context)
        } else {
            self.start_in_place(py, coroutine, context)
        }
    }

    fn start_eagerly(
        &self,
        py: Python<'_>,
        coroutine: &Bound<'_, PyAny>,
        context: &Context,
    ) -> PyResult<Begun> {
        // SAFETY: attached; one live argument by its place, and as many behind it as there are names.
        let task = unsafe {
            let arguments =
                [coroutine.as_ptr(), self.event_loop.as_ptr(), context.object().as_ptr(), ffi::Py_True()];
            let task =
                ffi::PyObject_Vectorcall(self.class.as_ptr(), arguments.as_ptr(), 1, self.names.as_ptr());
            Bound::from_owned_ptr_or_err(py, task)?
        };
        if task.call_method0(intern!(py, "done"))?.is_truthy()? {
            return outcome(&task).map(|()| Begun::Over);
        }
        Ok(Begun::Suspended(task.unbind()))
    }

    fn start_in_place(
        &self,
        py: Python<'_>,
        coroutine: Bound<'_, PyAny>,
        context: Context,
    ) -> PyResult<Begun> {
        let spare = match self.spare().take() {
            Some(spare) => spare,
            None => self.make_spare(py)?,
        };
        let marks = self.marks(py, &spare)?;
        self.enter.call1(py, (&self.event_loop, &spare.task))?;
        let mut value = std::ptr::null_mut();
        let status = context.run(py, || {
            // SAFETY: attached; a live coroutine, and a place for what it gives.
            unsafe { ffi::PyIter_Send(coroutine.as_ptr(), ffi::Py_None(), &raw mut value) }
        });
        // SAFETY: attached; a new reference, or null.
        let value = unsafe { Bound::from_owned_ptr_or_opt(py, value) };
        let failure = matches!(status, ffi::PySendResult::PYGEN_ERROR).then(|| PyErr::fetch(py));
        self.leave.call1(py, (&self.event_loop, &spare.task))?;
        if let (ffi::PySendResult::PYGEN_NEXT, Some(first)) = (&status, value) {
            of(spare.carrier.bind(py)).give(py, coroutine.unbind(), first.unbind(), context)?;
            return Ok(Begun::Suspended(spare.task));
        }
        // Nobody may find the task of one request in another.
        if self.marks(py, &spare)? == marks && is_untouched(spare.task.bind(py))? {
            *self.spare() = Some(spare);
        } else {
            of(spare.carrier.bind(py)).end(py)?;
        }
        failure.map_or(Ok(Begun::Over), Err)
    }

    fn spare(&self) -> MutexGuard<'_, Option<Spare>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make_spare(&self, py: Python<'_>) -> PyResult<Spare> {
        let carrier =
            carrier(py, Carrier::new(&self.event_loop.bind(py).getattr(intern!(py, "create_future"))?))?;
        // SAFETY: attached; one live argument by its place, and one behind it by its name.
        let task = unsafe {
            let arguments = [carrier.as_ptr(), self.event_loop.as_ptr()];
            let task =
                ffi::PyObject_Vectorcall(self.class.as_ptr(), arguments.as_ptr(), 1, self.names.as_ptr());
            Bound::from_owned_ptr_or_err(py, task)?
        };
        Ok(Spare { task: task.unbind(), carrier: carrier.unbind() })
    }

    /// How many hold the task, strongly and weakly.
    fn marks(&self, py: Python<'_>, spare: &Spare) -> PyResult<(isize, usize)> {
        // SAFETY: attached; a live object.
        let strong = unsafe { ffi::Py_REFCNT(spare.task.as_ptr()) } as isize;
        Ok((strong, self.weak_count.call1(py, (&spare.task,))?.extract(py)?))
    }

    /// Holds a task until it is done, and calls `finish` then.
    pub(super) fn keep(&self, py: Python<'_>, task: &Py<PyAny>, finish: Bound<'_, PyAny>) -> PyResult<()> {
        self.running.bind(py).add(task)?;
        task.call_method1(py, intern!(py, "add_done_callback"), (finish,))?;
        Ok(())
    }

    pub(super) fn forget(&self, py: Python<'_>, task: &Bound<'_, PyAny>) -> PyResult<()> {
        self.running.bind(py).discard(task).map(drop)
    }

    pub(super) fn tasks(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(pyo3::types::PyList::new(py, self.running.bind(py).iter())?.into_any().unbind())
    }

    /// Lets the spare task end.
    pub(super) fn close(&self, py: Python<'_>) -> PyResult<()> {
        let spare = self.spare().take();
        spare.map_or(Ok(()), |spare| of(spare.carrier.bind(py)).end(py))
    }
}
