//! The class `select.epoll`.

use std::ffi::{CStr, c_void};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ferrosock_socket::Error;
use ferrosock_socket::readiness::{Epoll, EpollEvent, SELECT_LIMIT};
use pyo3::exceptions::{PyMemoryError, PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi};

use super::pollers::PollerClass;
use super::{CALLS, pairs, timeout};
use crate::call::{
    Args, Receiver, class_method, enter, enter_new, native_fast, native_named, native_noargs, native_one,
};
use crate::class::{Class, This, instantiate};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;
use crate::version;

pub(super) type EpollObject<'a, 'py> = This<'a, 'py, State>;

/// The state of an instance.
pub(super) struct State {
    epoll: Epoll,
    /// The events of the last poll: memory to be used again, by whoever comes first. No Python code runs while it is
    /// locked.
    spare: Mutex<Vec<EpollEvent>>,
}

/// How many events the spare memory holds at most.
const KEPT: usize = 4096;

impl State {
    fn new(epoll: Epoll) -> Self {
        Self { epoll, spare: Mutex::default() }
    }

    fn take_spare(&self) -> Vec<EpollEvent> {
        std::mem::take(&mut *self.spare.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_spare(&self, events: Vec<EpollEvent>) {
        if events.capacity() <= KEPT {
            *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = events;
        }
    }

    /// The epoll, or a ValueError if it is closed.
    fn open(&self) -> PyResult<&Epoll> {
        if self.epoll.descriptor() < 0 {
            return Err(PyValueError::new_err("I/O operation on closed epoll object"));
        }
        Ok(&self.epoll)
    }
}

static CLASS: PollerClass = PollerClass::new();

/// The class, made once in a process.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    CLASS.get_or_make(py, || {
        Class::new(c"select.epoll", DOC)
            .mutable_before(15)
            .slot(ffi::Py_tp_new, new as *mut c_void)
            .slot(ffi::Py_tp_getattro, ffi::PyObject_GenericGetAttr as *mut c_void)
            .methods(Vec::from([
                class_method(native_one!(CALLS, c"fromfd", from_fd, FROM_FD_DOC)),
                native_noargs!(CALLS, c"close", close, CLOSE_DOC),
                native_noargs!(CALLS, c"fileno", fileno, FILENO_DOC),
                native_named!(CALLS, c"register", register, REGISTER_DOC),
                native_named!(CALLS, c"modify", modify, MODIFY_DOC),
                native_named!(CALLS, c"unregister", unregister, UNREGISTER_DOC),
                native_named!(CALLS, c"poll", poll, POLL_DOC),
                native_noargs!(CALLS, c"__enter__", context, ENTER_DOC),
                native_fast!(CALLS, c"__exit__", exit, EXIT_DOC),
            ]))
            .getters(Vec::from([ffi::PyGetSetDef {
                name: c"closed".as_ptr(),
                get: Some(closed),
                set: None,
                doc: c"whether the epoll is closed".as_ptr(),
                closure: std::ptr::null_mut(),
            }]))
            .build::<State>(py)
    })
}

const DOC: &CStr = c"epoll(sizehint=-1, flags=0)

A set of file descriptors that the kernel watches.

sizehint is a positive number or -1, and flags 0 or EPOLL_CLOEXEC; neither has an effect any more. The epoll's own
descriptor is never inherited by programs started later. It can be used in a with statement, which closes it.

Raises ValueError or OSError for other arguments, OSError if the system refuses.
Source: https://docs.python.org/3/library/select.html#edge-and-level-trigger-polling-epoll-objects";

/// `tp_new`.
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live type that is ours, a tuple, and a dict or null.
    unsafe {
        enter_new(&CALLS, c"epoll", class, args, keywords, |class, args| {
            args.named(&["sizehint", "flags"], 0, |args| make(class, &args))
        })
    }
}

fn make<'py>(class: &Bound<'py, PyType>, args: &Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let hint = args.get(0).map_or(Ok(-1), |hint| convert::as_int(&hint))?;
    let flags = args.get(1).map_or(Ok(0), |flags| convert::as_int(&flags))?;
    if hint != -1 && hint <= 0 {
        return Err(PyValueError::new_err("negative sizehint"));
    }
    if flags & !libc::EPOLL_CLOEXEC != 0 {
        return Err(PyOSError::new_err("invalid flags"));
    }
    create(class)
}

fn create<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let epoll = Epoll::new().map_err(|error| raise(class.py(), error))?;
    instantiate(class, State::new(epoll))
}

const FROM_FD_DOC: &CStr = c"fromfd($type, fd, /)
--

Return an epoll object that takes over the epoll descriptor fd, an int.

Source: https://docs.python.org/3/library/select.html#select.epoll.fromfd";

fn from_fd<'py>(
    class: Borrowed<'_, 'py, PyType>,
    fd: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match convert::as_int(&fd)? {
        -1 => create(&class), // as the standard library's does
        fd => instantiate(&class, State::new(Epoll::from_raw_fd(fd))),
    }
}

const CLOSE_DOC: &CStr = c"close($self, /)
--

Close the epoll's own descriptor. Operations afterwards raise ValueError; closing again does nothing.

Source: https://docs.python.org/3/library/select.html#select.epoll.close";

fn close<'py>(this: EpollObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let state: &State = &this;
    let closed = py.detach(|| state.epoll.close());
    // A failed close has closed all the same; since 3.15 it is told (gh-146205).
    if version::since(15) {
        closed.map_err(|error| raise(py, error))?;
    }
    none(py)
}

unsafe extern "C" fn closed(object: *mut ffi::PyObject, _closure: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    let (py, this) = unsafe {
        let py = Python::assume_attached();
        (py, EpollObject::receive(py, object))
    };
    enter(py, &CALLS, || Ok((this.epoll.descriptor() < 0).into_pyobject(py)?.to_owned().into_any()))
}

const FILENO_DOC: &CStr = c"fileno($self, /)
--

Return the epoll's own descriptor.

Source: https://docs.python.org/3/library/select.html#select.epoll.fileno";

fn fileno<'py>(this: EpollObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    Ok(this.open()?.descriptor().into_pyobject(this.py())?.into_any())
}

const REGISTER_DOC: &CStr = c"register($self, /, fd,
         eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)
--

Watch a file descriptor.

fd is an int, or an object with a fileno() method; eventmask is what to watch it for (EPOLLIN | EPOLLPRI | EPOLLOUT if
not given). Raises FileExistsError if it is registered already, PermissionError if it cannot be watched (a regular file).
Source: https://docs.python.org/3/library/select.html#select.epoll.register";

fn register<'py>(this: EpollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    const ALL: u32 = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;
    args.named(&["fd", "eventmask"], 1, |args| {
        let fd = convert::file_descriptor(&*args.object(0)?)?;
        let events = args.get(1).map_or(Ok(ALL), |mask| event_mask(&mask))?;
        this.open()?.add(fd, events, token(fd)).map_err(|error| raise(this.py(), error))?;
        none(this.py())
    })
}

const MODIFY_DOC: &CStr = c"modify($self, /, fd, eventmask)
--

Change what a registered descriptor is watched for. Raises FileNotFoundError if it is not registered.

Source: https://docs.python.org/3/library/select.html#select.epoll.modify";

fn modify<'py>(this: EpollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["fd", "eventmask"], 2, |args| {
        let fd = convert::file_descriptor(&*args.object(0)?)?;
        let events = event_mask(&*args.object(1)?)?;
        this.open()?.modify(fd, events, token(fd)).map_err(|error| raise(this.py(), error))?;
        none(this.py())
    })
}

const UNREGISTER_DOC: &CStr = c"unregister($self, /, fd)
--

Watch a descriptor no longer. Raises FileNotFoundError if it is not registered.

Source: https://docs.python.org/3/library/select.html#select.epoll.unregister";

fn unregister<'py>(this: EpollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["fd"], 1, |args| {
        let fd = convert::file_descriptor(&*args.object(0)?)?;
        this.open()?.remove(fd).map_err(|error| raise(this.py(), error))?;
        none(this.py())
    })
}

const POLL_DOC: &CStr = c"poll($self, /, timeout=None, maxevents=-1)
--

Wait until a registered descriptor is ready.

timeout is in seconds, rounded up to milliseconds; None or -1 waits without end, 0 only looks. maxevents limits how many
descriptors are reported at once; -1 stands for FD_SETSIZE - 1.

Returns a list of (fd, events) of the descriptors that are ready; it is empty when the time ran out.
Source: https://docs.python.org/3/library/select.html#select.epoll.poll";

fn poll<'py>(this: EpollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["timeout", "maxevents"], 0, |args| {
        let py = this.py();
        let most = args.get(1).map_or(Ok(-1), |most| convert::as_int(&most))?;
        let epoll = this.open()?;
        let limit = timeout::epoll_seconds(args.get(0).as_deref())?;
        let most = match most {
            -1 => SELECT_LIMIT - 1,
            ..1 => {
                let message = format!("maxevents must be greater than 0, got {most}");
                return Err(PyValueError::new_err(message));
            }
            1.. => most as usize,
        };
        let events = wait_for(&this, epoll, most, limit)?;
        let found = events.iter().map(|event| (event.token() as i32, event.events()));
        let list = pairs::list(py, events.len(), found);
        used(&this, events);
        list
    })
}

fn wait_for(
    this: &EpollObject<'_, '_>,
    epoll: &Epoll,
    most: usize,
    limit: Option<Duration>,
) -> PyResult<Vec<EpollEvent>> {
    let py = this.py();
    let mut events = this.take_spare();
    match epoll.wait(&Interpreter(py), &mut events, most, limit) {
        Ok(()) => Ok(events),
        Err(Error::Os(libc::ENOMEM)) => Err(PyMemoryError::new_err(())),
        Err(error) => Err(raise(py, error)),
    }
}

/// Polls; gives at most `most` events, at least 1, none if the time ran out. They go back by [`used`].
pub(super) fn wait(
    this: &EpollObject<'_, '_>,
    timeout: Option<&Bound<'_, PyAny>>,
    most: usize,
) -> PyResult<Vec<EpollEvent>> {
    let epoll = this.open()?;
    wait_for(this, epoll, most, timeout::epoll_seconds(timeout)?)
}

/// Keeps the memory of what [`wait`] gave.
pub(super) fn used(this: &EpollObject<'_, '_>, events: Vec<EpollEvent>) {
    this.put_spare(events);
}

/// The epoll that an object is, if its class has the `poll()` that it came with.
pub(super) fn exact<'a, 'py>(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Option<EpollObject<'a, 'py>>> {
    CLASS.exact(object)
}

const ENTER_DOC: &CStr = c"__enter__($self, /)
--

Return the epoll, which must be open.";

fn context<'py>(this: EpollObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.open()?;
    Ok(this.object().to_owned())
}

const EXIT_DOC: &CStr = c"__exit__($self, exc_type=None, exc_value=None, exc_tb=None, /)
--

Close the epoll.";

fn exit<'py>(this: EpollObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(0, 3)?;
    close(this)
}

/// What the kernel gives back with each event: the descriptor.
fn token(fd: i32) -> u64 {
    u64::from(fd as u32)
}

/// An event mask: the low 32 bits of an int.
fn event_mask(value: &Bound<'_, PyAny>) -> PyResult<u32> {
    convert::low_bits(value, u32::BITS).map(|mask| mask as u32)
}

fn none(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Ok(py.None().into_bound(py))
}
