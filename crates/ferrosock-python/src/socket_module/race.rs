//! Happy Eyeballs for Python: the race runs in Rust, the sockets are Python's own.
//!
//! What opens a socket and begins to connect it is Python code, so that a program's own class, its patches and its audit
//! hooks are asked as ever; the race decides who begins when, and waits.

use ferrosock_socket::Error;
use ferrosock_socket::connection::{ATTEMPT_DELAY, Attempt, Elsewhere, Lost, interleaved, race};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3::{Borrowed, IntoPyObjectExt, ffi};

use super::CALLS;
use super::object::timeout_argument;
use crate::call::{Args, native_fast};
use crate::convert;
use crate::error::{counted, os_error, raise};
use crate::host::Interpreter;

pub(crate) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(
        CALLS,
        c"race_connections",
        race_connections,
        c"race_connections(families, begin, timeout) -> (int | None, list of exceptions)

Connect to the first of several addresses that answers (RFC 8305). families are theirs, in the order of the resolver; for one
address after another, in an order of the race's choice, begin(index) opens a non-blocking socket, begins to connect it, and
returns its descriptor and what connect_ex() gave. timeout is for all attempts together, in seconds, or None.

Return the index of the winner, None if there is none, and the errors of those that failed in the order of the attempts. The
sockets are the caller's to close.

Raises what begin() raises unless that is an OSError, and what a signal handler raises."
    )])
}

/// What is wrong with an attempt.
enum Failure {
    Native(Error),
    Python(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Native(error)
    }
}

impl Failure {
    fn into_error(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Native(error) => raise(py, error),
            Self::Python(error) => error,
        }
    }
}

fn race_connections<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    // The errors of the losers are given up when there is a winner.
    counted(|| raced(py, &args))
}

fn raced<'py>(py: Python<'py>, args: &Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let mut families = Vec::new();
    for family in args.object(0)?.try_iter()? {
        families.push(convert::int(&family?)?);
    }
    let begin = args.object(1)?;
    let limit = timeout_argument(&*args.object(2)?)?;
    let order = interleaved(families);
    let result = race(&Interpreter(py), order.len(), ATTEMPT_DELAY, limit, |turn| {
        begun(begin, order.get(turn).copied().unwrap_or(turn))
    });
    let (winner, errors) = match result {
        Ok(Elsewhere { turn, .. }) => (Some(turn), PyList::empty(py)),
        Err(Lost::Stopped(failure)) => return Err(failure.into_error(py)),
        Err(Lost::All(failures)) => {
            let errors = failures.into_iter().map(|failure| failure.into_error(py).into_value(py));
            (None, PyList::new(py, errors.collect::<Vec<_>>())?)
        }
    };
    (winner, errors).into_bound_py_any(py)
}

/// Has Python begin an attempt.
fn begun(begin: Borrowed<'_, '_, PyAny>, index: usize) -> Result<Attempt<Elsewhere, Failure>, Failure> {
    let py = begin.py();
    let (descriptor, code) = match begin.call1((index,)).and_then(|answer| answer.extract::<(i32, i32)>()) {
        Ok(answer) => answer,
        Err(error) if error.is_instance_of::<PyOSError>(py) => {
            return Ok(Attempt::Failed(Failure::Python(error)));
        }
        Err(error) => return Err(Failure::Python(error)),
    };
    let attempt = Elsewhere { turn: index, descriptor };
    Ok(match code {
        0 => Attempt::Connected(attempt),
        libc::EINPROGRESS => Attempt::Connecting(attempt),
        code => Attempt::Failed(Failure::Python(os_error(py, code))),
    })
}
