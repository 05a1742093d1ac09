//! Python exceptions that are raised while a request runs, on their way out of it.

use std::cell::RefCell;
use std::fmt;
use std::io;

use ferrosock_socket::{Host, Interrupted};
use pyo3::prelude::*;

use crate::host::Interpreter;

thread_local! {
    /// The first exception of a callback or a signal handler in the request that this thread runs.
    static PENDING: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Keeps an exception until the request is over.
pub(super) fn note(error: PyErr) {
    PENDING.with_borrow_mut(|pending| {
        pending.get_or_insert(error);
    });
}

/// Whether there is one: callbacks are not called any more then.
pub(super) fn is_pending() -> bool {
    PENDING.with_borrow(Option::is_some)
}

/// The exception that was kept.
pub(super) fn take() -> Option<PyErr> {
    PENDING.with_borrow_mut(Option::take)
}

/// Runs the handlers of signals that have come; gives up if one raises, or if a callback has raised before.
pub(super) fn check_signals() -> Result<(), Interrupted> {
    if is_pending() {
        return Err(Interrupted);
    }
    Python::attach(|py| Interpreter(py).interrupted().inspect_err(|_| note(PyErr::fetch(py))))
}

/// An exception as an error of input or output.
#[derive(Debug)]
pub(super) struct Raised(PyErr);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Raised {}

/// Carries an exception through code that knows no Python.
pub(super) fn carried(error: PyErr) -> io::Error {
    io::Error::other(Raised(error))
}

/// The exception that an error carries.
pub(super) fn raised(py: Python<'_>, error: &io::Error) -> Option<PyErr> {
    let raised = error.get_ref()?.downcast_ref::<Raised>()?;
    Some(raised.0.clone_ref(py))
}
