//! The file of `socket.makefile("rb")`: a buffered reader that receives for itself.
//!
//! The standard library stacks two objects, an `io.BufferedReader` on a `socket.SocketIO`. Here is one: a class derived from
//! `io.BufferedReader`, so that programs recognise it, whose methods take the place of all of its base's. It receives from the
//! socket at once, and makes the raw stream only for those who ask for it (`raw`, `detach`, `fileno` ...); from then on it
//! reads through it, as programs may replace its parts. What the methods do is what CPython's do on a stream without
//! positions, to the error messages; tests/differential/test_files.py holds them to that.
//!
//! [`buffer`] keeps what has been received, [`source`] receives, [`reading`] and [`file`] are the methods; [`lent`] is for
//! native code that reads messages.

mod buffer;
mod file;
mod lent;
mod reading;
mod source;

use std::ffi::{CStr, c_int, c_void};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use pyo3::{Borrowed, ffi};

use super::plain::is_plain;
use super::stream;
use crate::call::{Args, Receiver, enter_status, native_fast};
use crate::class::{Class, visit_all};
use crate::socket_module::CALLS;
use buffer::ReadBuffer;
pub(crate) use lent::{Arrival, Received, SocketFile, holds_end_of_head};
use source::Source;

/// What an instance holds behind the fields of its base, all of whose fields stay zero.
struct State {
    /// What has been received, for one thread at a time; it stays locked while that thread receives.
    buffer: Mutex<ReadBuffer>,
    /// The thread that has locked it, by [`this_thread`]; 0: none.
    owner: AtomicUsize,
    /// Never locked while Python code runs or a thread waits.
    source: Mutex<Source>,
    /// The file was closed before there was a raw stream to ask.
    closed: AtomicBool,
    /// The raw stream was handed out for good.
    detached: AtomicBool,
    /// A read has timed out, and there is no raw stream to know it.
    timed_out: AtomicBool,
    /// The last receive gave less than there was space for: the socket had no more.
    drained: AtomicBool,
}

impl State {
    fn new(source: Source, closed: bool) -> Self {
        Self {
            buffer: Mutex::default(),
            owner: AtomicUsize::new(0),
            source: Mutex::new(source),
            closed: AtomicBool::new(closed),
            detached: AtomicBool::new(false),
            timed_out: AtomicBool::new(false),
            drained: AtomicBool::new(false),
        }
    }
}

/// What is made once in a process.
struct Known {
    class: Py<PyType>,
    base: Py<PyType>,
    /// Where [`State`] begins in an instance.
    offset: usize,
}

static KNOWN: PyOnceLock<Known> = PyOnceLock::new();

fn known(py: Python<'_>) -> PyResult<&Known> {
    KNOWN.get_or_try_init(py, || {
        let base = py.import("_io")?.getattr("BufferedReader")?.cast_into::<PyType>()?;
        // SAFETY: a live type.
        let end = unsafe { (*base.as_type_ptr()).tp_basicsize } as usize;
        let offset = end.next_multiple_of(align_of::<State>());
        let mut methods = reading::methods();
        methods.extend(file::methods());
        // The name is the base's, for messages and reprs.
        let class = Class::new(c"_io.BufferedReader", DOC)
            .not_callable()
            .slot(ffi::Py_tp_init, refuse_init as *mut c_void)
            .slot(ffi::Py_tp_dealloc, dealloc as *mut c_void)
            .slot(ffi::Py_tp_finalize, finalize as *mut c_void)
            .slot(ffi::Py_tp_traverse, traverse as *mut c_void)
            .slot(ffi::Py_tp_clear, clear as *mut c_void)
            .slot(ffi::Py_tp_iternext, reading::next as *mut c_void)
            .methods(methods)
            .getters(file::getters())
            .build_on(&base, offset - end + size_of::<State>())?;
        Ok(Known { class: class.unbind(), base: base.unbind(), offset })
    })
}

const DOC: &CStr = c"A buffered binary file that reads from a socket. It is made by socket.makefile('rb').";

/// A reader that a method was called on.
#[derive(Clone, Copy)]
struct Reader<'a, 'py> {
    object: Borrowed<'a, 'py, PyAny>,
    state: &'a State,
}

impl<'a, 'py> Receiver<'a, 'py> for Reader<'a, 'py> {
    #[inline]
    unsafe fn receive(py: Python<'py>, receiver: *mut ffi::PyObject) -> Self {
        // SAFETY: a method of the class is called with an instance, whose state was written when it was made; there is no
        // instance before KNOWN is set.
        unsafe {
            let offset = KNOWN.get(py).map_or(0, |known| known.offset);
            Self { object: Borrowed::from_ptr(py, receiver), state: &*receiver.byte_add(offset).cast() }
        }
    }
}

impl<'a, 'py> Reader<'a, 'py> {
    fn py(self) -> Python<'py> {
        self.object.py()
    }

    /// Refuses to go on with a file whose raw stream was handed out for good.
    #[inline]
    fn check_attached(self) -> PyResult<()> {
        if self.state.detached.load(Ordering::Relaxed) {
            return Err(PyValueError::new_err("raw stream has been detached"));
        }
        Ok(())
    }

    /// Locks the buffer for this thread. A RuntimeError if the thread has locked it already: a signal handler, or a method
    /// that a read calls, uses the file it interrupts.
    #[inline]
    fn enter(self) -> PyResult<Held<'a>> {
        loop {
            match self.state.buffer.try_lock() {
                Ok(buffer) => return Ok(Held::new(self.state, buffer)),
                Err(TryLockError::Poisoned(error)) => return Ok(Held::new(self.state, error.into_inner())),
                Err(TryLockError::WouldBlock) => self.wait()?,
            }
        }
    }

    /// Waits until another thread has unlocked the buffer.
    #[cold]
    fn wait(self) -> PyResult<()> {
        let py = self.py();
        if self.state.owner.load(Ordering::Relaxed) == this_thread() {
            let text = self.object.repr()?;
            return Err(PyRuntimeError::new_err(format!("reentrant call inside {}", text.to_string_lossy())));
        }
        // The threads that are left when the interpreter ends never come back.
        if py.import("sys")?.getattr("is_finalizing")?.call0()?.is_truthy()? {
            return Err(PyRuntimeError::new_err(
                "another thread reads from the file as the interpreter ends",
            ));
        }
        let buffer = &self.state.buffer;
        py.detach(|| drop(buffer.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(())
    }

    fn source(self) -> MutexGuard<'a, Source> {
        self.state.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The locked buffer.
struct Held<'a> {
    owner: &'a AtomicUsize,
    buffer: MutexGuard<'a, ReadBuffer>,
}

impl<'a> Held<'a> {
    #[inline]
    fn new(state: &'a State, buffer: MutexGuard<'a, ReadBuffer>) -> Self {
        state.owner.store(this_thread(), Ordering::Relaxed);
        Self { owner: &state.owner, buffer }
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        self.owner.store(0, Ordering::Relaxed);
    }
}

impl Deref for Held<'_> {
    type Target = ReadBuffer;

    #[inline]
    fn deref(&self) -> &ReadBuffer {
        &self.buffer
    }
}

impl DerefMut for Held<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut ReadBuffer {
        &mut self.buffer
    }
}

/// A number that no other living thread has.
#[inline]
fn this_thread() -> usize {
    thread_local! {
        static MARK: u8 = const { 0 };
    }
    MARK.with(|mark| &raw const *mark as usize)
}

const NEW_DOC: &CStr = c"reader($module, sock, class_, plain, /)
--

Make the buffered file that reads from a socket. plain is the PlainClass of class_, the class of raw streams.

Returns the file, which counts on one of the socket's `_io_refs`; or None if sock is not a socket that the native code may
receive from without a call of its methods, or if class_ is not what it was.";

/// The functions for `ferrosock._native.fast`.
pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"reader", new, NEW_DOC)])
}

fn new<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let (sock, raw_class, plain) = (args.object(0)?, args.object(1)?, args.object(2)?);
    if !is_plain(py, plain, raw_class.as_ptr().cast()) || stream::native_receiver(&sock).is_none() {
        return Ok(py.None().into_bound(py));
    }
    let known = known(py)?;
    let class = known.class.bind(py).as_type_ptr();
    // SAFETY: attached; the class was built for a State at `offset`, which is written before anybody can see the object.
    unsafe {
        let alloc = (*class).tp_alloc.unwrap_or(ffi::PyType_GenericAlloc);
        let object = Bound::from_owned_ptr_or_err(py, alloc(class, 0))?;
        let source = Source::of_socket(&sock, &raw_class);
        object.as_ptr().byte_add(known.offset).cast::<State>().write(State::new(source, false));
        Ok(object)
    }
}

/// `tp_init`: what the base's would begin anew is not in use here.
unsafe extern "C" fn refuse_init(
    _object: *mut ffi::PyObject,
    _args: *mut ffi::PyObject,
    _keywords: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: the interpreter calls this attached.
    let py = unsafe { Python::assume_attached() };
    enter_status(py, &CALLS, || Err(PyTypeError::new_err("a socket's file cannot be initialized again")))
}

/// `tp_finalize`: closes what is still open, as the base does.
unsafe extern "C" fn finalize(object: *mut ffi::PyObject) {
    // SAFETY: the interpreter calls this attached, with an instance; the base's slot takes any stream.
    unsafe {
        let py = Python::assume_attached();
        let this = Reader::receive(py, object);
        let over = this.state.closed.load(Ordering::Relaxed) || this.state.detached.load(Ordering::Relaxed);
        let Some(known) = KNOWN.get(py).filter(|_| !over) else { return };
        if let Some(base) = (*known.base.as_ptr().cast::<ffi::PyTypeObject>()).tp_finalize {
            base(object);
        }
    }
}

/// `tp_dealloc`: finalizes, drops the state, and leaves the rest to the base.
unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: called once by the interpreter when the last reference is gone. A finalizer may bring the object back to life
    // (the call then gives -1), and then nothing is dropped. What is given up may run code, and so a collection, which must
    // not come upon the object; the base expects it to be tracked. An instance of a heap type owns a reference to it, which
    // the base gives up only if it is a heap type itself.
    unsafe {
        if ffi::PyObject_CallFinalizerFromDealloc(object) < 0 {
            return;
        }
        let py = Python::assume_attached();
        let Some(known) = KNOWN.get(py) else { return };
        let (class, state) = (ffi::Py_TYPE(object), object.byte_add(known.offset).cast::<State>());
        ffi::PyObject_GC_UnTrack(object.cast());
        let given_up = Reader::receive(py, object).source().take(py);
        drop(given_up);
        state.drop_in_place();
        state.write(State::new(Source::default(), true)); // the base still looks at the object
        ffi::PyObject_GC_Track(object.cast());
        let base = known.base.as_ptr().cast::<ffi::PyTypeObject>();
        let base_is_heap_type = ffi::PyType_HasFeature(base, ffi::Py_TPFLAGS_HEAPTYPE) != 0;
        if let Some(base) = (*base).tp_dealloc {
            base(object);
        }
        if !base_is_heap_type {
            ffi::Py_DECREF(class.cast());
        }
    }
}

/// `tp_traverse`.
unsafe extern "C" fn traverse(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the collector calls this with an instance, while no Python code runs. The base visits the instance's class if
    // it is a heap type itself. What is locked just now is not visited, so the collector takes it to be in use, as it is.
    unsafe {
        let py = Python::assume_attached();
        let Some(known) = KNOWN.get(py) else { return 0 };
        let base = known.base.as_ptr().cast::<ffi::PyTypeObject>();
        let heap = ffi::PyType_HasFeature(base, ffi::Py_TPFLAGS_HEAPTYPE) != 0;
        let class = if heap { std::ptr::null_mut() } else { ffi::Py_TYPE(object).cast() };
        let state = &*object.byte_add(known.offset).cast::<State>();
        let held = state.source.try_lock().map_or([std::ptr::null_mut(); 3], |source| source.references());
        let found = visit_all(held.into_iter().chain([class]), visit, argument);
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
        let given_up = Reader::receive(py, object).source().take(py);
        drop(given_up);
        let base = known.base.as_ptr().cast::<ffi::PyTypeObject>();
        (*base).tp_clear.map_or(0, |base| base(object))
    }
}
