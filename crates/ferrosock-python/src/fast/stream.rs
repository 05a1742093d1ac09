//! `SocketStream`: what `socket.SocketIO` is made of, the raw stream under the files of `makefile`.
//!
//! It derives from the interpreter's raw stream and keeps its attributes in the instance. Of one of our sockets whose
//! methods nobody has replaced it receives and sends at once; of any other socket (one of TLS, say) it calls the methods.

use std::ffi::{CStr, c_int, c_void};

use ferrosock_socket::{Error, Result as SocketResult};
use pyo3::exceptions::{PyOSError, PyTimeoutError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyInt, PyString, PyType};
use pyo3::{Borrowed, ffi, intern};

use crate::buffer::Buffer;
use crate::call::{Args, Receiver, native_fast, native_noargs, native_one};
use crate::class::{Class, object_member, visit_all};
use crate::error::{dismiss, raise};
use crate::host::Interpreter;
use crate::socket_module::CALLS;
use crate::socket_module::object::{self, Method, SocketObject};

/// What an instance holds behind the fields of its base: references, null at first, which programs may replace.
#[repr(C)]
struct Fields {
    sock: *mut ffi::PyObject,
    mode: *mut ffi::PyObject,
    reading: *mut ffi::PyObject,
    writing: *mut ffi::PyObject,
    timed_out: *mut ffi::PyObject,
}

/// What is made once in a process.
struct Known {
    class: Py<PyType>,
    base: Py<PyType>,
    /// `_io._IOBase.close`.
    base_close: Py<PyAny>,
    /// Where [`Fields`] begin in an instance.
    offset: usize,
}

static KNOWN: PyOnceLock<Known> = PyOnceLock::new();

/// The class.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    KNOWN.get_or_try_init(py, || make(py)).map(|known| known.class.bind(py).clone())
}

fn make(py: Python<'_>) -> PyResult<Known> {
    let io = py.import("_io")?;
    let base = io.getattr("_RawIOBase")?.cast_into::<PyType>()?;
    // SAFETY: a live type.
    let offset = unsafe { (*base.as_type_ptr()).tp_basicsize } as usize;
    let member = |name, place, doc| object_member(name, offset + place, doc);
    let class = Class::new(c"ferrosock._native.fast.SocketStream", DOC)
        .subclassable()
        .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
        .slot(ffi::Py_tp_clear, clear as *mut c_void)
        .members(Vec::from([
            member(
                c"_sock",
                std::mem::offset_of!(Fields, sock),
                c"the socket, None once the stream is closed",
            ),
            member(c"_mode", std::mem::offset_of!(Fields, mode), c"the mode, with its final b"),
            member(c"_reading", std::mem::offset_of!(Fields, reading), c"whether the stream is for reading"),
            member(c"_writing", std::mem::offset_of!(Fields, writing), c"whether the stream is for writing"),
            member(
                c"_timeout_occurred",
                std::mem::offset_of!(Fields, timed_out),
                c"whether a read has timed out",
            ),
        ]))
        .methods(Vec::from([
            native_one!(CALLS, c"readinto", readinto, READINTO_DOC),
            native_one!(CALLS, c"write", write, WRITE_DOC),
            native_noargs!(CALLS, c"readable", readable, READABLE_DOC),
            native_noargs!(CALLS, c"writable", writable, WRITABLE_DOC),
            native_noargs!(CALLS, c"close", close, CLOSE_DOC),
        ]))
        .build_on(&base, size_of::<Fields>())?;
    Ok(Known {
        class: class.unbind(),
        base: base.unbind(),
        base_close: io.getattr("_IOBase")?.getattr("close")?.unbind(),
        offset,
    })
}

const DOC: &CStr =
    c"What socket.SocketIO is made of: its fields, and those of its methods that are called often.";

/// A stream that a method was called on.
struct Stream<'a, 'py> {
    object: Borrowed<'a, 'py, PyAny>,
    fields: *mut Fields,
}

impl<'a, 'py> Receiver<'a, 'py> for Stream<'a, 'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: a method of the class is called with an instance, which has the fields at that place; there is no
        // instance before KNOWN is set.
        unsafe {
            let offset = KNOWN.get(py).map_or(0, |known| known.offset);
            let fields = receiver.cast::<u8>().add(offset).cast();
            Self { object: Borrowed::from_ptr(py, receiver), fields }
        }
    }
}

impl<'py> Stream<'_, 'py> {
    fn py(&self) -> Python<'py> {
        self.object.py()
    }

    /// A field by its place, a new reference; an AttributeError that names it if it was never set.
    #[inline]
    fn field(
        &self,
        place: impl FnOnce(*mut Fields) -> *mut *mut ffi::PyObject,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: the fields of a live instance, each null or a reference that it owns.
        match unsafe { Bound::from_borrowed_ptr_or_opt(self.py(), *place(self.fields)) } {
            Some(value) => Ok(value),
            None => self.object.getattr(name),
        }
    }

    fn sock(&self) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: only the place of the field is computed.
        self.field(|fields| unsafe { &raw mut (*fields).sock }, intern!(self.py(), "_sock"))
    }

    fn reading(&self) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: as above.
        self.field(|fields| unsafe { &raw mut (*fields).reading }, intern!(self.py(), "_reading"))
    }

    fn writing(&self) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: as above.
        self.field(|fields| unsafe { &raw mut (*fields).writing }, intern!(self.py(), "_writing"))
    }

    fn timed_out(&self) -> PyResult<Bound<'py, PyAny>> {
        let name = intern!(self.py(), "_timeout_occurred");
        // SAFETY: as above.
        self.field(|fields| unsafe { &raw mut (*fields).timed_out }, name)
    }

    /// Puts a new value into a field.
    fn set(&self, place: impl FnOnce(*mut Fields) -> *mut *mut ffi::PyObject, value: Bound<'py, PyAny>) {
        // SAFETY: the old reference is given up after the field holds the new one.
        unsafe {
            let old = std::mem::replace(&mut *place(self.fields), value.into_ptr());
            ffi::Py_XDECREF(old);
        }
    }

    fn flag(&self, value: bool) -> Bound<'py, PyAny> {
        PyBool::new(self.py(), value).to_owned().into_any()
    }

    fn is_closed(&self) -> PyResult<bool> {
        self.object.getattr(intern!(self.py(), "closed"))?.is_truthy()
    }

    fn check_open(&self) -> PyResult<()> {
        if self.is_closed()? { Err(PyValueError::new_err("I/O operation on closed socket.")) } else { Ok(()) }
    }

    fn call(&self, method: &Bound<'py, PyString>) -> PyResult<()> {
        self.object.call_method0(method).map(drop)
    }

    /// What comes of a transfer: its count, None where the socket would have to wait, or the error.
    fn outcome(&self, result: PyResult<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        let Err(error) = result else { return result };
        if error.is_instance_of::<PyOSError>(py) && !error.is_instance_of::<PyTimeoutError>(py) {
            let code = error.value(py).getattr(intern!(py, "errno"))?;
            if [libc::EAGAIN, libc::EWOULDBLOCK].iter().any(|&known| code.eq(known).unwrap_or(false)) {
                dismiss(error);
                return Ok(py.None().into_bound(py));
            }
        }
        Err(error)
    }

    /// [`Stream::outcome`] of a transfer of our own socket.
    fn own_outcome(&self, result: SocketResult<usize>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        match result {
            Ok(count) => Ok(PyInt::new(py, count).into_any()),
            Err(Error::Os(libc::EAGAIN)) => Ok(py.None().into_bound(py)),
            Err(error) => Err(raise(py, error)),
        }
    }
}

/// The socket that an object is, if it can be received from without a call of its `recv_into`.
#[inline]
pub(super) fn native_receiver<'a, 'py>(sock: &'a Bound<'py, PyAny>) -> Option<SocketObject<'a, 'py>> {
    object::plain(sock.as_borrowed(), Method::RecvInto)
}

const READINTO_DOC: &CStr = c"readinto($self, b, /)
--

Receive into the buffer b, once.

Returns how many bytes came, 0 at the end of the stream, None if a non-blocking socket has nothing yet. Raises OSError after
an earlier read has timed out and for the system's own reasons, TimeoutError if nothing came within the socket's timeout,
ValueError if the stream is closed, io.UnsupportedOperation if it is for writing only.";

fn readinto<'py>(this: Stream<'_, 'py>, buffer: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let sock = this.sock()?;
    if sock.is_none() || !this.reading()?.is_truthy()? {
        this.call(intern!(py, "_checkClosed"))?;
        this.call(intern!(py, "_checkReadable"))?;
    }
    if this.timed_out()?.is_truthy()? {
        return Err(PyOSError::new_err("cannot read from timed out object"));
    }
    let received = match native_receiver(&sock) {
        Some(plain) => {
            let values = [buffer.as_ptr()];
            // SAFETY: one live object.
            let args = unsafe { Args::new(py, c"recv_into", values.as_ptr(), 1, std::ptr::null_mut()) };
            let mut buffer = Buffer::writable(&args, 0)?;
            let count = match buffer.len() {
                0 => Ok(0),
                _ => plain.recv_uninit(&Interpreter(py), buffer.space(), 0),
            };
            this.own_outcome(count)
        }
        None => this.outcome(sock.call_method1(intern!(py, "recv_into"), (buffer,))),
    };
    if received.as_ref().is_err_and(|error| error.is_instance_of::<PyTimeoutError>(py)) {
        // SAFETY: only the place of the field is computed.
        this.set(|fields| unsafe { &raw mut (*fields).timed_out }, this.flag(true));
    }
    received
}

const WRITE_DOC: &CStr = c"write($self, b, /)
--

Send from the buffer b, once.

Returns how many bytes went, perhaps not all; None if a non-blocking socket takes none now. Raises OSError for the system's
reasons, ValueError if the stream is closed, io.UnsupportedOperation if it is for reading only.";

fn write<'py>(this: Stream<'_, 'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let sock = this.sock()?;
    if sock.is_none() || !this.writing()?.is_truthy()? {
        this.call(intern!(py, "_checkClosed"))?;
        this.call(intern!(py, "_checkWritable"))?;
    }
    match object::plain(sock.as_borrowed(), Method::Send) {
        Some(plain) => {
            let data = Buffer::readable(&data)?;
            this.own_outcome(plain.send(&Interpreter(py), data.bytes(), 0))
        }
        None => this.outcome(sock.call_method1(intern!(py, "send"), (data,))),
    }
}

/// The functions for `ferrosock._native.fast`.
pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"release", release, RELEASE_DOC),
        native_fast!(CALLS, c"send_whole", send_whole, SEND_WHOLE_DOC),
    ])
}

const RELEASE_DOC: &CStr = c"release($module, sock, /)
--

Send what a socket holds back: a head, that is to go with what follows. Raises what sending raises.";

fn release<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    if let Some(socket) = object::receive(py, args.object(0)?) {
        socket.release(&Interpreter(py)).map_err(|error| raise(py, error))?;
    }
    Ok(py.None().into_bound(py))
}

const SEND_WHOLE_DOC: &CStr = c"send_whole($module, sock, data, /)
--

Send all of data by `sock.sendall`, and return how many bytes that is. Raises what sending raises.";

fn send_whole<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let (sock, data) = (args.object(0)?, args.object(1)?);
    let count = match object::plain(sock, Method::SendAll) {
        Some(plain) => {
            let data = Buffer::readable(&data)?;
            plain.send_all(&Interpreter(py), data.bytes(), 0).map_err(|error| raise(py, error))?;
            data.bytes().len()
        }
        None => {
            sock.call_method1(intern!(py, "sendall"), (data,))?;
            Buffer::readable(&data)?.bytes().len()
        }
    };
    Ok(count.into_pyobject(py)?.into_any())
}

const READABLE_DOC: &CStr = c"readable($self, /)
--

Return whether the stream is for reading. Raises ValueError once it is closed.";

fn readable<'py>(this: Stream<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.check_open()?;
    this.reading()
}

const WRITABLE_DOC: &CStr = c"writable($self, /)
--

Return whether the stream is for writing. Raises ValueError once it is closed.";

fn writable<'py>(this: Stream<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    this.check_open()?;
    this.writing()
}

const CLOSE_DOC: &CStr = c"close($self, /)
--

Close the stream; this closes the socket too if that only waited for its last stream.";

fn close<'py>(this: Stream<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    if !this.is_closed()? {
        if let Some(known) = KNOWN.get(py) {
            known.base_close.bind(py).call1((this.object,))?;
        }
        // SAFETY: the field of a live instance: null if `__init__` has refused its arguments, else a reference, which is
        // taken out of it.
        let sock = unsafe {
            let place = &raw mut (*this.fields).sock;
            let none = py.None().into_ptr();
            Bound::from_owned_ptr_or_opt(py, std::mem::replace(&mut *place, none))
        };
        if let Some(sock) = sock.filter(|sock| !sock.is_none()) {
            sock.call_method0(intern!(py, "_decref_socketios"))?;
        }
    }
    Ok(py.None().into_bound(py))
}

/// `tp_traverse`.
unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector calls this with an instance, while no Python code runs. The base visits the instance's class
    // if it is a heap type itself.
    unsafe {
        let py = Python::assume_attached();
        let Some(known) = KNOWN.get(py) else { return 0 };
        let fields = object.cast::<u8>().add(known.offset).cast::<*mut ffi::PyObject>();
        let base = known.base.as_ptr().cast::<ffi::PyTypeObject>();
        let heap = ffi::PyType_HasFeature(base, ffi::Py_TPFLAGS_HEAPTYPE) != 0;
        let class = if heap { std::ptr::null_mut() } else { ffi::Py_TYPE(object).cast() };
        let own = std::slice::from_raw_parts(fields, size_of::<Fields>() / size_of::<usize>());
        let found = visit_all(own.iter().copied().chain([class]), visit, argument);
        if found != 0 {
            return found;
        }
        (*base).tp_traverse.map_or(0, |base| base(object, visit, argument))
    }
}

/// `tp_clear`.
unsafe extern "C" fn clear(object: *mut ffi::PyObject) -> c_int {
    // SAFETY: the collector calls this attached, with an instance.
    unsafe {
        let py = Python::assume_attached();
        let Some(known) = KNOWN.get(py) else { return 0 };
        let fields = object.cast::<u8>().add(known.offset).cast::<*mut ffi::PyObject>();
        for place in 0..size_of::<Fields>() / size_of::<usize>() {
            ffi::Py_CLEAR(fields.add(place));
        }
        let base = known.base.as_ptr().cast::<ffi::PyTypeObject>();
        (*base).tp_clear.map_or(0, |base| base(object))
    }
}
