//! `select.select`.

use std::ffi::CStr;
use std::os::fd::RawFd;

use ferrosock_socket::readiness::{self, DescriptorSet, SELECT_LIMIT, Selection};
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::timeout;
use crate::call::Args;
use crate::class::Remembered;
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;

pub(super) const DOC: &CStr = c"select($module, rlist, wlist, xlist, timeout=None, /)
--

Wait until one of many file descriptors is ready.

rlist, wlist and xlist are iterables of descriptors (ints, or objects with a fileno() method) to be watched for reading,
writing and exceptional conditions; descriptors are below FD_SETSIZE (1024). timeout is in seconds; None waits without
end, 0 only looks.

Returns three lists with the members of the arguments that are ready, all empty when the time ran out. Raises ValueError
for a descriptor out of range, more than FD_SETSIZE of them, or a negative timeout, OSError for one that is not open.
Source: https://docs.python.org/3/library/select.html#select.select";

/// An object that was passed, and its descriptor.
type Watched<'py> = (Bound<'py, PyAny>, RawFd);

pub(super) fn select<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(3, 4)?;
    let limit = timeout::seconds(args.get(3).as_deref())?;
    let mut selection = Selection::default();
    let read = collect(&*args.object(0)?, &mut selection.read)?;
    let write = collect(&*args.object(1)?, &mut selection.write)?;
    let exceptional = collect(&*args.object(2)?, &mut selection.exceptional)?;
    readiness::select(&Interpreter(py), &mut selection, limit).map_err(|error| raise(py, error))?;
    let lists = [
        ready(py, read, &selection.read)?,
        ready(py, write, &selection.write)?,
        ready(py, exceptional, &selection.exceptional)?,
    ];
    Ok(PyTuple::new(py, lists)?.into_any())
}

/// The members of an iterable and their descriptors, which go into `set`.
///
/// A list may change while a member's `fileno()` runs, so its length is asked for at each step.
fn collect<'py>(argument: &Bound<'py, PyAny>, set: &mut DescriptorSet) -> PyResult<Vec<Watched<'py>>> {
    // SAFETY: attached, a live object; gives a list or a tuple, or null with an error set: a TypeError in these words if
    // the argument is not iterable.
    let sequence = unsafe {
        let sequence = ffi::PySequence_Fast(argument.as_ptr(), c"arguments 1-3 must be sequences".as_ptr());
        Bound::from_owned_ptr_or_err(argument.py(), sequence)?
    };
    let expected = sequence.len()?;
    let mut watched = Vec::with_capacity(expected.min(SELECT_LIMIT));
    if let Ok(tuple) = sequence.cast::<PyTuple>() {
        for object in tuple.iter() {
            watch(object, set, &mut watched)?;
        }
    } else {
        let list = sequence.cast::<PyList>()?;
        while watched.len() < list.len() {
            // Another thread may have shortened the list just now.
            let Ok(object) = list.get_item(watched.len()) else { break };
            watch(object, set, &mut watched)?;
        }
    }
    Ok(watched)
}

fn watch<'py>(
    object: Bound<'py, PyAny>,
    set: &mut DescriptorSet,
    watched: &mut Vec<Watched<'py>>,
) -> PyResult<()> {
    let descriptor = convert::file_descriptor(&object)?;
    set.insert(descriptor).map_err(|_| PyValueError::new_err("filedescriptor out of range in select()"))?;
    if watched.len() >= SELECT_LIMIT {
        return Err(PyValueError::new_err("too many file descriptors in select()"));
    }
    watched.push((object, descriptor));
    Ok(())
}

/// The objects whose descriptors are in `set`, in the order in which they were passed.
fn ready<'py>(
    py: Python<'py>,
    watched: Vec<Watched<'py>>,
    set: &DescriptorSet,
) -> PyResult<Bound<'py, PyList>> {
    let found: Vec<_> = watched
        .into_iter()
        .filter(|&(_, descriptor)| set.contains(descriptor))
        .map(|(object, _)| object)
        .collect();
    PyList::new(py, found)
}

/// The function, as the module has it.
static FUNCTION: Remembered = Remembered::new();

/// Remembers the function that was added to the module.
pub(super) fn remember(module: &Bound<'_, PyModule>) -> PyResult<()> {
    FUNCTION.set(module.getattr("select")?);
    Ok(())
}

/// Whether an object is this module's function `select`.
pub(super) fn is_ours(object: &Bound<'_, PyAny>) -> bool {
    FUNCTION.is(object)
}

/// Descriptors that were watched for one event, of which some are ready.
pub(super) struct Side {
    watched: Vec<RawFd>,
    ready: DescriptorSet,
}

impl Side {
    /// Those that are ready, in the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = RawFd> {
        self.watched.iter().copied().filter(|&descriptor| self.ready.contains(descriptor))
    }

    pub(super) fn contains(&self, descriptor: RawFd) -> bool {
        self.ready.contains(descriptor)
    }
}

/// [`select`] of two sets: those ready to be read from, and to be written to.
pub(super) fn sets(
    readers: &Bound<'_, PyAny>,
    writers: &Bound<'_, PyAny>,
    timeout: &Bound<'_, PyAny>,
) -> PyResult<(Side, Side)> {
    let py = readers.py();
    let limit = timeout::seconds(Some(timeout))?;
    let mut selection = Selection::default();
    let numbers = |watched: Vec<Watched<'_>>| watched.into_iter().map(|(_, descriptor)| descriptor).collect();
    let read = numbers(collect(readers, &mut selection.read)?);
    let write = numbers(collect(writers, &mut selection.write)?);
    readiness::select(&Interpreter(py), &mut selection, limit).map_err(|error| raise(py, error))?;
    let Selection { read: readable, write: writable, .. } = selection;
    Ok((Side { watched: read, ready: readable }, Side { watched: write, ready: writable }))
}
