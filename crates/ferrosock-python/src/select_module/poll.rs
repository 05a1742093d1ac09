//! `select.poll()` and the class of what it gives.

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ferrosock_socket::readiness::{self, PollEntry, PollSet};
use pyo3::exceptions::{PyKeyError, PyOverflowError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyInt;
use pyo3::{Borrowed, ffi};

use super::pollers::PollerClass;
use super::{CALLS, pairs, timeout};
use crate::call::{Args, native_fast, native_one};
use crate::class::{Class, This, instantiate};
use crate::convert;
use crate::error::{os_error, raise};
use crate::host::Interpreter;

pub(super) const DOC: &CStr = c"poll($module, /)
--

Return a new polling object, with which descriptors are registered and then polled.

Source: https://docs.python.org/3/library/select.html#select.poll";

pub(super) type PollObject<'a, 'py> = This<'a, 'py, Poll>;

/// The state of a polling object. No Python code runs while it is locked.
#[derive(Default)]
pub(super) struct Poll(Mutex<State>);

#[derive(Default)]
struct State {
    registered: PollSet,
    /// How often they have changed.
    changes: u64,
    /// The entries of the last poll, to be used again.
    spare: Entries,
    /// A poll is under way, in another thread or below a signal handler.
    polling: bool,
}

impl State {
    fn change(&mut self) -> &mut PollSet {
        self.changes += 1;
        &mut self.registered
    }
}

/// What is polled: those that were registered after so many changes.
#[derive(Default)]
pub(super) struct Entries {
    changes: u64,
    all: Vec<PollEntry>,
}

impl Entries {
    /// Those that are ready: the descriptor and the events of each.
    pub(super) fn ready(&self) -> impl Iterator<Item = (i32, u32)> {
        let ready = self.all.iter().filter(|entry| entry.ready() != 0);
        ready.map(|entry| (entry.descriptor(), u32::from(entry.ready() as u16)))
    }
}

impl Poll {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static CLASS: PollerClass = PollerClass::new();

/// `select.poll()`.
pub(super) fn new(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let class = CLASS.get_or_make(py, || {
        Class::new(c"select.poll", CLASS_DOC)
            .mutable_before(15)
            .not_callable()
            .methods(Vec::from([
                native_fast!(CALLS, c"register", register, REGISTER_DOC),
                native_fast!(CALLS, c"modify", modify, MODIFY_DOC),
                native_one!(CALLS, c"unregister", unregister, UNREGISTER_DOC),
                native_fast!(CALLS, c"poll", poll, POLL_DOC),
            ]))
            .build::<Poll>(py)
    })?;
    instantiate(&class, Poll::default())
}

const CLASS_DOC: &CStr =
    c"Descriptors that are registered, modified, unregistered and polled. Made by select.poll().";

const REGISTER_DOC: &CStr = c"register($self, fd,
         eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)
--

Watch a file descriptor.

fd is an int, or an object with a fileno() method; eventmask is what to watch it for (POLLIN | POLLPRI | POLLOUT if not
given). Registering it again changes the mask. Raises TypeError or ValueError for what is no descriptor or mask.
Source: https://docs.python.org/3/library/select.html#select.poll.register";

fn register<'py>(this: PollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const ALL: i16 = libc::POLLIN | libc::POLLPRI | libc::POLLOUT;
    args.clinic(1, 2)?;
    let fd = convert::file_descriptor(&*args.object(0)?)?;
    let events = args.get(1).map_or(Ok(ALL), |mask| event_mask(&mask))?;
    this.lock().change().insert(fd, events);
    none(this.py())
}

const MODIFY_DOC: &CStr = c"modify($self, fd, eventmask, /)
--

Change what a registered descriptor is watched for.

Raises FileNotFoundError if it is not registered, TypeError or ValueError for what is no descriptor or mask.
Source: https://docs.python.org/3/library/select.html#select.poll.modify";

fn modify<'py>(this: PollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(2, 2)?;
    let fd = convert::file_descriptor(&*args.object(0)?)?;
    let events = event_mask(&*args.object(1)?)?;
    if !this.lock().change().modify(fd, events) {
        return Err(os_error(this.py(), libc::ENOENT));
    }
    none(this.py())
}

const UNREGISTER_DOC: &CStr = c"unregister($self, fd, /)
--

Watch a descriptor no longer.

Raises KeyError if it is not registered, TypeError or ValueError for what is no descriptor.
Source: https://docs.python.org/3/library/select.html#select.poll.unregister";

fn unregister<'py>(this: PollObject<'_, 'py>, fd: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let fd = convert::file_descriptor(&fd)?;
    if !this.lock().change().remove(fd) {
        return Err(PyKeyError::new_err(fd));
    }
    none(this.py())
}

const POLL_DOC: &CStr = c"poll($self, timeout=None, /)
--

Wait until a registered descriptor is ready.

timeout is in milliseconds, and may be a fraction; None or a negative one waits without end, 0 only looks.

Returns a list of (fd, events) of the descriptors that are ready, in the order of registration; it is empty when the time
ran out. Raises RuntimeError if the object is being polled already, in another thread or from a signal handler.
Source: https://docs.python.org/3/library/select.html#select.poll.poll";

fn poll<'py>(this: PollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(0, 1)?;
    let (entries, count) = wait(&this, args.get(0).as_deref())?;
    let list = pairs::list(this.py(), count, entries.ready());
    used(&this, entries);
    list
}

/// Polls; gives all the entries, and how many of them are ready. The entries go back by [`used`].
pub(super) fn wait(
    this: &PollObject<'_, '_>,
    timeout: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Entries, usize)> {
    let py = this.py();
    let limit = timeout::milliseconds(timeout)?;
    let mut turn = Turn::take(this)?;
    let waited = readiness::poll(&Interpreter(py), &mut turn.entries.all, limit);
    let entries = turn.give_back();
    match waited {
        Ok(count) => Ok((entries, count)),
        Err(error) => {
            used(this, entries);
            Err(raise(py, error))
        }
    }
}

/// Keeps what [`wait`] gave for the next time, unless somebody has polled meanwhile, who has kept what is newer: a finalizer, or
/// another thread while one ran.
pub(super) fn used(this: &PollObject<'_, '_>, entries: Entries) {
    let mut state = this.lock();
    if entries.changes >= state.spare.changes {
        state.spare = entries;
    }
}

/// The polling object that an object is, if its class has the `poll()` that it came with.
pub(super) fn exact<'a, 'py>(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Option<PollObject<'a, 'py>>> {
    CLASS.exact(object)
}

/// The right to poll, which one caller has at a time, and the entries to poll.
struct Turn<'a> {
    poll: &'a Poll,
    entries: Entries,
}

impl<'a> Turn<'a> {
    fn take(poll: &'a Poll) -> PyResult<Self> {
        let mut state = poll.lock();
        if state.polling {
            return Err(PyRuntimeError::new_err("concurrent poll() invocation"));
        }
        state.polling = true;
        let mut entries = std::mem::take(&mut state.spare);
        if entries.changes != state.changes || entries.all.is_empty() {
            entries.changes = state.changes;
            entries.all.clear();
            entries.all.extend(state.registered.iter());
        }
        Ok(Self { poll, entries })
    }

    fn give_back(mut self) -> Entries {
        std::mem::take(&mut self.entries)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.poll.lock().polling = false;
    }
}

/// An event mask: an int that fits into 16 bits without a sign.
fn event_mask(value: &Bound<'_, PyAny>) -> PyResult<i16> {
    if crate::version::since(14) {
        return Ok(convert::unsigned(value, u16::MAX.into(), "unsigned short")? as i16);
    }
    let value = value.cast::<PyInt>().map_err(|_| PyTypeError::new_err("an integer is required"))?;
    let mut beyond = 0;
    // SAFETY: a live int, attached; tells on which side the number lies beyond a long. A subclass's own `<` is not asked.
    let number = unsafe { ffi::PyLong_AsLongAndOverflow(value.as_ptr(), &raw mut beyond) };
    if beyond < 0 || (beyond == 0 && number < 0) {
        return Err(PyValueError::new_err("value must be positive"));
    }
    // SAFETY: a live int, attached; all ones with an error set means failure.
    let mask = unsafe { ffi::PyLong_AsUnsignedLong(value.as_ptr()) };
    if mask == std::ffi::c_ulong::MAX {
        convert::raised(value.py())?;
    }
    match u16::try_from(mask) {
        Ok(mask) => Ok(mask as i16),
        Err(_) => Err(PyOverflowError::new_err("Python int too large for C unsigned short")),
    }
}

fn none(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Ok(py.None().into_bound(py))
}
