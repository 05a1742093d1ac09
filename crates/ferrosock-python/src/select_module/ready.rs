//! `select()` of the selectors in one call: from what the kernel says straight to the selector's keys.

use std::ffi::CStr;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PySet, PyTuple, PyType};
use pyo3::{Borrowed, ffi};

#[cfg(any(target_os = "linux", target_os = "android"))]
use super::epoll;
use super::{CALLS, poll, select};
use crate::call::{Args, native_fast};
use crate::convert;
use crate::error::dismiss;

/// The functions for `ferrosock._native.fast`.
pub(crate) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"polled_keys", polled_keys, POLLED_DOC),
        native_fast!(CALLS, c"selected_keys", selected_keys, SELECTED_DOC),
    ])
}

/// The events of `selectors`.
const EVENT_READ: i64 = 1;
const EVENT_WRITE: i64 = 2;

const POLLED_DOC: &CStr = c"polled_keys($module, poller, timeout, keys, key_class, read, write, /)
--

Poll, and look the descriptors up: the select() of the selectors on poll and epoll.

poller is what select.poll() or select.epoll() made, timeout what its poll() takes. keys maps descriptors to objects of
key_class, a named tuple (fileobj, fd, events, data). read and write are the poller's flags for the two events.

Returns a list of (key, events), or None, without having polled, if poller or keys are of other types or if the class of
poller was given another poll(). Raises what poll() raises.";

fn polled_keys<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(6, 6)?;
    let (poller, timeout, keys) = (args.object(0)?, args.object(1)?, args.object(2)?);
    let flags = |index| convert::long(&*args.object(index)?);
    let (read, write) = (flags(4)?, flags(5)?);
    let Some(keys) = exact_dict(keys) else { return none(py) };
    let ready = Ready { keys, key_class: key_class(&args, 3)? };
    let events = |flags: u32| {
        let others = |mask: i64| i64::from(flags) & !mask != 0;
        // Flags beyond those of one event are the other's too: errors and hang-ups wake the reader and the writer, and
        // whoever goes on is told the reason.
        (if others(read) { EVENT_WRITE } else { 0 }) | (if others(write) { EVENT_READ } else { 0 })
    };
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(this) = epoll::exact(poller)? {
        let found = epoll::wait(&this, Some(&timeout), keys.len().clamp(1, i32::MAX as usize))?;
        let list = ready.list(found.iter().map(|event| (event.token() as i32, events(event.events()))));
        epoll::used(&this, found);
        return list;
    }
    if let Some(this) = poll::exact(poller)? {
        let (found, count) = poll::wait(&this, Some(&timeout))?;
        let list = ready.list(found.ready().take(count).map(|(fd, flags)| (fd, events(flags))));
        poll::used(&this, found);
        return list;
    }
    none(py)
}

const SELECTED_DOC: &CStr =
    c"selected_keys($module, function, readers, writers, timeout, keys, key_class, /)
--

Select, and look the descriptors up: the select() of the selector on select.

function is what selects; readers and writers are sets of descriptors, and keys and key_class as for polled_keys().

Returns a list of (key, events), or None, without having selected, if function is not select.select or if the others are
of other types. Raises what select.select() raises.";

fn selected_keys<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(6, 6)?;
    let (function, readers, writers) = (args.object(0)?, args.object(1)?, args.object(2)?);
    let exact_set = |object: Borrowed<'_, 'py, PyAny>| object.is_exact_instance_of::<PySet>();
    let Some(keys) = exact_dict(args.object(4)?) else { return none(py) };
    if !select::is_ours(&function) || !exact_set(readers) || !exact_set(writers) {
        return none(py);
    }
    let ready = Ready { keys, key_class: key_class(&args, 5)? };
    let (read, write) = select::sets(&readers, &writers, &*args.object(3)?)?;
    let readable =
        read.iter().map(|fd| (fd, if write.contains(fd) { EVENT_READ | EVENT_WRITE } else { EVENT_READ }));
    let writable = write.iter().filter(|&fd| !read.contains(fd)).map(|fd| (fd, EVENT_WRITE));
    ready.list(readable.chain(writable))
}

/// A selector's table.
struct Ready<'a, 'py> {
    keys: Borrowed<'a, 'py, PyDict>,
    key_class: Borrowed<'a, 'py, PyType>,
}

impl<'py> Ready<'_, 'py> {
    /// A list of (key, events) for those of `found`, descriptors and events, that are in the table.
    fn list(&self, found: impl Iterator<Item = (i32, i64)>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.keys.py();
        let list = PyList::empty(py);
        for (descriptor, events) in found {
            let Some(key) = self.keys.get_item(PyInt::new(py, descriptor))? else { continue };
            let events = self.wanted(&key, events)?;
            list.append(PyTuple::new(py, [key, events])?)?;
        }
        Ok(list.into_any())
    }

    /// `events & key.events`.
    fn wanted(&self, key: &Bound<'py, PyAny>, events: i64) -> PyResult<Bound<'py, PyAny>> {
        const EVENTS: usize = 2; // the place in the named tuple
        let py = key.py();
        if key.get_type().is(&*self.key_class) {
            if let Ok(tuple) = key.cast::<PyTuple>() {
                let mask = tuple.get_borrowed_item(EVENTS)?;
                if mask.is_exact_instance_of::<PyInt>() {
                    if let Ok(mask) = convert::long(&mask).map_err(dismiss) {
                        return Ok(PyInt::new(py, events & mask).into_any());
                    }
                }
            }
        }
        PyInt::new(py, events).bitand(key.getattr(pyo3::intern!(py, "events"))?)
    }
}

fn exact_dict<'a, 'py>(object: Borrowed<'a, 'py, PyAny>) -> Option<Borrowed<'a, 'py, PyDict>> {
    object.is_exact_instance_of::<PyDict>().then(|| {
        // SAFETY: seen just now.
        unsafe { object.cast_unchecked() }
    })
}

fn key_class<'a, 'py>(args: &Args<'a, 'py>, index: usize) -> PyResult<Borrowed<'a, 'py, PyType>> {
    args.object(index)?.cast::<PyType>().map_err(|_| PyTypeError::new_err("key_class must be a class"))
}

fn none(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Ok(py.None().into_bound(py))
}
