//! The classes `select.kqueue` and `select.kevent` of macOS.

use std::ffi::{CStr, c_int, c_void};
use std::mem::offset_of;
use std::sync::atomic::{AtomicI16, AtomicIsize, AtomicU16, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use ferrosock_socket::readiness::{KernelEvent, Kqueue};
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyList, PyString, PyType};
use pyo3::{Borrowed, ffi};

use super::{CALLS, timeout};
use crate::call::{
    Args, Receiver, class_method, enter, native_fast, native_noargs, native_one, with_slot_args,
};
use crate::class::{Class, This, instantiate, state_offset};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;
use crate::version;

/// Adds both classes to the module.
pub(super) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.setattr("kevent", event_class(py)?)?;
    module.setattr("kqueue", class(py)?)
}

type KqueueObject<'a, 'py> = This<'a, 'py, Kqueue>;
type EventObject<'a, 'py> = This<'a, 'py, Event>;

fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS
        .get_or_try_init(py, || {
            Class::new(c"select.kqueue", DOC)
                .mutable()
                .slot(ffi::Py_tp_new, new as *mut c_void)
                .methods(Vec::from([
                    class_method(native_one!(CALLS, c"fromfd", from_fd, FROM_FD_DOC)),
                    native_noargs!(CALLS, c"close", close, CLOSE_DOC),
                    native_noargs!(CALLS, c"fileno", fileno, FILENO_DOC),
                    native_fast!(CALLS, c"control", control, CONTROL_DOC),
                ]))
                .getters(Vec::from([ffi::PyGetSetDef {
                    name: c"closed".as_ptr(),
                    get: Some(closed),
                    set: None,
                    doc: c"whether the kqueue is closed".as_ptr(),
                    closure: std::ptr::null_mut(),
                }]))
                .build::<Kqueue>(py)
                .map(Bound::unbind)
        })
        .map(|class| class.bind(py).clone())
}

const DOC: &CStr = c"kqueue()

What the kernel watches: descriptors, processes, signals and timers. Its own descriptor is not inherited by programs
started later. Raises OSError if the system refuses.
Source: https://docs.python.org/3/library/select.html#kqueue-objects";

/// `tp_new` of kqueue.
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with a live type that is ours, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        let class = Borrowed::from_ptr(py, class.cast()).cast_unchecked::<PyType>();
        enter(py, &CALLS, || {
            with_slot_args(py, c"kqueue", args, keywords, |args| args.named(&[], 0, |_| create(&class)))
        })
    }
}

fn create<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let kqueue = Kqueue::new().map_err(|error| raise(class.py(), error))?;
    instantiate(class, kqueue)
}

const FROM_FD_DOC: &CStr = c"fromfd($type, fd, /)
--

Return a kqueue object that takes over the kqueue descriptor fd, an int.

Source: https://docs.python.org/3/library/select.html#select.kqueue.fromfd";

fn from_fd<'py>(
    class: Borrowed<'_, 'py, PyType>,
    fd: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match convert::as_int(&fd)? {
        -1 => create(&class), // as the standard library's does
        fd => instantiate(&class, Kqueue::from_raw_fd(fd)),
    }
}

const CLOSE_DOC: &CStr = c"close($self, /)
--

Close the kqueue's own descriptor. Operations afterwards raise ValueError; closing again does nothing.

Source: https://docs.python.org/3/library/select.html#select.kqueue.close";

fn close<'py>(this: KqueueObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let kqueue: &Kqueue = &this;
    let closed = py.detach(|| kqueue.close());
    // A failed close has closed all the same; since 3.15 it is told (gh-146205).
    if version::since(15) {
        closed.map_err(|error| raise(py, error))?;
    }
    Ok(py.None().into_bound(py))
}

unsafe extern "C" fn closed(object: *mut ffi::PyObject, _closure: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    let (py, this) = unsafe {
        let py = Python::assume_attached();
        (py, KqueueObject::receive(py, object))
    };
    enter(py, &CALLS, || Ok((this.descriptor() < 0).into_pyobject(py)?.to_owned().into_any()))
}

/// The kqueue, or a ValueError if it is closed.
fn open<'a>(this: &'a KqueueObject<'_, '_>) -> PyResult<&'a Kqueue> {
    if this.descriptor() < 0 {
        return Err(PyValueError::new_err("I/O operation on closed kqueue object"));
    }
    Ok(this)
}

const FILENO_DOC: &CStr = c"fileno($self, /)
--

Return the kqueue's own descriptor.

Source: https://docs.python.org/3/library/select.html#select.kqueue.fileno";

fn fileno<'py>(this: KqueueObject<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    Ok(open(&this)?.descriptor().into_pyobject(this.py())?.into_any())
}

const CONTROL_DOC: &CStr = c"control($self, changelist, maxevents, timeout=None, /)
--

Change what is watched, then wait for events.

changelist is an iterable of kevent objects, or None; maxevents is how many events are wanted, 0 or more; timeout is in
seconds, and None waits without end. Returns a list of kevent objects, empty when the time ran out.
Source: https://docs.python.org/3/library/select.html#select.kqueue.control";

fn control<'py>(this: KqueueObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.clinic(2, 3)?;
    let most = convert::as_int(&*args.object(1)?)?;
    let kqueue = open(&this)?;
    let Ok(most) = usize::try_from(most) else {
        let message = format!("Length of eventlist must be 0 or positive, got {most}");
        return Err(PyValueError::new_err(message));
    };
    let limit = limit(args.get(2).as_deref())?;
    let changes = changes(&*args.object(0)?)?;
    let mut events = Vec::new();
    kqueue.control(&Interpreter(py), &changes, &mut events, most, limit).map_err(|error| raise(py, error))?;
    let class = event_class(py)?;
    let list = PyList::empty(py);
    for event in &events {
        list.append(instantiate(&class, Event::from(event))?)?;
    }
    Ok(list.into_any())
}

/// Seconds, not negative; None waits without end.
fn limit(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    const SECOND: i64 = 1_000_000_000;
    let found = value.map_or_else(String::new, convert::type_name);
    let nanoseconds = timeout::nanoseconds(value, SECOND, "").map_err(|error| {
        if value.is_some_and(|value| error.is_instance_of::<PyTypeError>(value.py())) {
            PyTypeError::new_err(format!("timeout argument must be a number or None, got {found}"))
        } else {
            error
        }
    })?;
    match nanoseconds.map(u64::try_from) {
        None => Ok(None),
        Some(Ok(nanoseconds)) => Ok(Some(Duration::from_nanos(nanoseconds))),
        Some(Err(_)) => Err(PyValueError::new_err("timeout must be positive or None")),
    }
}

fn changes(list: &Bound<'_, PyAny>) -> PyResult<Vec<KernelEvent>> {
    const WANTED: &str = "changelist must be an iterable of select.kevent objects";
    if list.is_none() {
        return Ok(Vec::new());
    }
    let py = list.py();
    let class = event_class(py)?;
    let items = list.try_iter().map_err(|error| {
        if error.is_instance_of::<PyTypeError>(py) { PyTypeError::new_err(WANTED) } else { error }
    })?;
    let mut changes = Vec::new();
    for item in items {
        let item = item?;
        if !item.is_instance(&class)? {
            return Err(PyTypeError::new_err(WANTED));
        }
        // SAFETY: an instance of the class, as was just seen, alive for as long as `item`.
        let event = unsafe { EventObject::receive(py, item.as_ptr()) };
        changes.push(event.kernel());
    }
    Ok(changes)
}

/// The state of a kevent. Programs read and set the fields as members, at their offsets.
#[repr(C)]
struct Event {
    ident: AtomicUsize,
    filter: AtomicI16,
    flags: AtomicU16,
    fflags: AtomicU32,
    data: AtomicIsize,
    udata: AtomicUsize,
}

/// The fields in the order in which events compare.
type Fields = (usize, i16, u16, u32, isize, usize);

impl Event {
    fn new((ident, filter, flags, fflags, data, udata): Fields) -> Self {
        Self {
            ident: ident.into(),
            filter: filter.into(),
            flags: flags.into(),
            fflags: fflags.into(),
            data: data.into(),
            udata: udata.into(),
        }
    }

    fn fields(&self) -> Fields {
        (
            self.ident.load(Relaxed),
            self.filter.load(Relaxed),
            self.flags.load(Relaxed),
            self.fflags.load(Relaxed),
            self.data.load(Relaxed),
            self.udata.load(Relaxed),
        )
    }

    fn kernel(&self) -> KernelEvent {
        let (ident, filter, flags, fflags, data, udata) = self.fields();
        KernelEvent::new(ident, filter, flags, fflags, data, udata)
    }
}

impl From<&KernelEvent> for Event {
    fn from(event: &KernelEvent) -> Self {
        Self::new((
            event.identity(),
            event.filter(),
            event.flags(),
            event.filter_flags(),
            event.data(),
            event.token(),
        ))
    }
}

fn event_class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS
        .get_or_try_init(py, || {
            Class::new(c"select.kevent", EVENT_DOC)
                .mutable()
                .slot(ffi::Py_tp_new, new_event as *mut c_void)
                .slot(ffi::Py_tp_repr, repr as *mut c_void)
                .slot(ffi::Py_tp_richcompare, compare as *mut c_void)
                .members(Vec::from([
                    member(c"ident", ffi::Py_T_ULONG, offset_of!(Event, ident)),
                    member(c"filter", ffi::Py_T_SHORT, offset_of!(Event, filter)),
                    member(c"flags", ffi::Py_T_USHORT, offset_of!(Event, flags)),
                    member(c"fflags", ffi::Py_T_UINT, offset_of!(Event, fflags)),
                    member(c"data", ffi::Py_T_LONG, offset_of!(Event, data)),
                    member(c"udata", ffi::Py_T_ULONG, offset_of!(Event, udata)),
                ]))
                .build::<Event>(py)
                .map(Bound::unbind)
        })
        .map(|class| class.bind(py).clone())
}

const EVENT_DOC: &CStr = c"kevent(ident, filter=KQ_FILTER_READ, flags=KQ_EV_ADD, fflags=0, data=0, udata=0)

A change to what a kqueue watches, or an event that it gave. ident is an int, or an object with a fileno() method.
Events compare by their fields, in this order.
Source: https://docs.python.org/3/library/select.html#kevent-objects";

/// An integer in the instance, `offset` bytes into its state.
fn member(name: &'static CStr, kind: c_int, offset: usize) -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: kind,
        offset: (state_offset::<Event>() + offset) as ffi::Py_ssize_t,
        flags: 0,
        doc: std::ptr::null(),
    }
}

/// `tp_new` of kevent.
unsafe extern "C" fn new_event(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    const NAMES: [&str; 6] = ["ident", "filter", "flags", "fflags", "data", "udata"];
    // SAFETY: the interpreter calls this attached, with a live type that is ours, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        let class = Borrowed::from_ptr(py, class.cast()).cast_unchecked::<PyType>();
        enter(py, &CALLS, || {
            with_slot_args(py, c"kevent", args, keywords, |args| {
                args.named(&NAMES, 1, |args| instantiate(&class, event(&args)?))
            })
        })
    }
}

fn event(args: &Args<'_, '_>) -> PyResult<Event> {
    let ident = args.object(0)?;
    let ident = if ident.is_instance_of::<PyInt>() {
        ident.extract::<usize>()?
    } else {
        convert::file_descriptor(&ident)? as usize
    };
    let filter = args.get(1).map_or(Ok(libc::EVFILT_READ), |value| value.extract())?;
    let flags = args.get(2).map_or(Ok(libc::EV_ADD), |value| value.extract())?;
    let fflags = args.get(3).map_or(Ok(0), |value| convert::low_bits(&value, u32::BITS))? as u32;
    let data = args.get(4).map_or(Ok(0), |value| value.extract())?;
    let udata = args.get(5).map_or(Ok(0), |value| value.extract())?;
    Ok(Event::new((ident, filter, flags, fflags, data, udata)))
}

/// `tp_repr` of kevent.
unsafe extern "C" fn repr(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    let (py, this) = unsafe {
        let py = Python::assume_attached();
        (py, EventObject::receive(py, object))
    };
    enter(py, &CALLS, || {
        let (ident, filter, flags, fflags, data, udata) = this.fields();
        let text = format!(
            "<select.kevent ident={ident} filter={filter} flags={flags:#x} fflags={fflags:#x} data={data:#x} \
             udata={udata:#x}>"
        );
        Ok(PyString::new(py, &text).into_any())
    })
}

/// `tp_richcompare` of kevent.
unsafe extern "C" fn compare(
    object: *mut ffi::PyObject,
    other: *mut ffi::PyObject,
    operation: c_int,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance and a live object.
    let (py, this, other) = unsafe {
        let py = Python::assume_attached();
        (py, EventObject::receive(py, object), Borrowed::from_ptr(py, other))
    };
    enter(py, &CALLS, || {
        let class = event_class(py)?;
        let comparable = other.is_instance(&class)?;
        let Some(operation) = CompareOp::from_raw(operation).filter(|_| comparable) else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        // SAFETY: an instance of the class, as was just seen.
        let other = unsafe { EventObject::receive(py, other.as_ptr()) };
        let result = operation.matches(this.fields().cmp(&other.fields()));
        Ok(result.into_pyobject(py)?.to_owned().into_any())
    })
}
