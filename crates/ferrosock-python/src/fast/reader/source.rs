//! Where a reader's bytes come from: the socket at once, or the raw stream once somebody has asked for it.

use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;

use ferrosock_socket::Error;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyInt, PyMemoryView};
use pyo3::{Borrowed, intern};

use super::{Held, Reader, stream};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;

/// References, null for none. They are given up by hand, since the interpreter's lock is held where the state is dropped.
#[derive(Default)]
pub(super) struct Source {
    /// The socket, until there is a raw stream or the file is closed.
    sock: Reference,
    raw: Reference,
    /// The class of raw streams.
    raw_class: Reference,
}

struct Reference(*mut ffi::PyObject);

// SAFETY: an object may be referred to by any thread; it is only used where a thread is attached.
unsafe impl Send for Reference {}

impl Default for Reference {
    fn default() -> Self {
        Self(std::ptr::null_mut())
    }
}

impl Reference {
    fn new(object: &Bound<'_, PyAny>) -> Self {
        Self(object.clone().into_ptr())
    }

    fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        // SAFETY: null or a reference that is owned.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, self.0) }
    }

    fn take<'py>(&mut self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        // SAFETY: as above, and not owned any longer.
        unsafe { Bound::from_owned_ptr_or_opt(py, std::mem::take(self).0) }
    }
}

impl Source {
    pub(super) fn of_socket(sock: &Bound<'_, PyAny>, raw_class: &Bound<'_, PyAny>) -> Self {
        Self { sock: Reference::new(sock), raw: Reference::default(), raw_class: Reference::new(raw_class) }
    }

    pub(super) fn sock<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.sock.get(py)
    }

    pub(super) fn raw<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.raw.get(py)
    }

    pub(super) fn take_sock<'py>(&mut self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.sock.take(py)
    }

    pub(super) fn take_raw<'py>(&mut self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.raw.take(py)
    }

    /// Everything, to be given up after the lock.
    pub(super) fn take<'py>(&mut self, py: Python<'py>) -> [Option<Bound<'py, PyAny>>; 3] {
        [self.sock.take(py), self.raw.take(py), self.raw_class.take(py)]
    }

    /// For the garbage collector.
    pub(super) fn references(&self) -> [*mut ffi::PyObject; 3] {
        [self.sock.0, self.raw.0, self.raw_class.0]
    }
}

impl<'py> Reader<'_, 'py> {
    /// Receives once into the buffer, behind what is there and up to `most` bytes: how many came, 0 at the end of the stream,
    /// None where the socket would have to wait and may not.
    pub(super) fn fill(self, buffer: &mut Held<'_>, most: usize) -> PyResult<Option<usize>> {
        let room = buffer.room_for(most)?;
        let most = most.min(room.len());
        let received = self.receive_once(&mut room[..most])?;
        // SAFETY: that many were received into the room.
        unsafe { buffer.filled(received.unwrap_or(0)) };
        Ok(received)
    }

    /// Receives once into `space`, which is not empty; the result is as that of [`fill`](Self::fill).
    pub(super) fn receive_once(self, space: &mut [MaybeUninit<u8>]) -> PyResult<Option<usize>> {
        let py = self.py();
        let (sock, raw) = {
            let source = self.source();
            (source.sock(py), source.raw(py))
        };
        let direct = if raw.is_none() { sock.as_ref() } else { None };
        if let Some(socket) = direct.and_then(stream::native_receiver) {
            if self.state.timed_out.load(Ordering::Relaxed) {
                return Err(PyOSError::new_err("cannot read from timed out object"));
            }
            return match socket.recv_uninit(&Interpreter(py), space, 0) {
                Ok(count) => {
                    self.state.drained.store(count < space.len(), Ordering::Relaxed);
                    Ok(Some(count))
                }
                Err(Error::Os(libc::EAGAIN)) => Ok(None),
                Err(error) => {
                    if matches!(error, Error::TimedOut) {
                        self.state.timed_out.store(true, Ordering::Relaxed);
                    }
                    Err(raise(py, error))
                }
            };
        }
        receive_through(&self.raw()?, space)
    }

    /// Runs the handlers of signals that have come, if the call receives more: while data come without a pause, no receive is
    /// interrupted. As in CPython, what a call has collected is lost if one raises.
    #[inline]
    pub(super) fn run_handlers(self, goes_on: bool) -> PyResult<()> {
        if goes_on { self.py().check_signals() } else { Ok(()) }
    }

    /// Receives what is there into `space`, and does not wait: how many bytes came, 0 at the end of the stream, None for nothing
    /// yet. The socket is one that [`new`](super::new) takes.
    pub(super) fn receive_at_once(self, space: &mut [MaybeUninit<u8>]) -> PyResult<Option<usize>> {
        let py = self.py();
        let sock = self.source().sock(py);
        let Some(socket) = sock.as_ref().and_then(stream::native_receiver) else {
            return Err(PyOSError::new_err("the file is no longer that of the socket alone"));
        };
        match socket.recv_nonblocking(space) {
            Ok(count) => Ok(Some(count)),
            Err(Error::Os(libc::EAGAIN)) => Ok(None),
            Err(error) => Err(raise(py, error)),
        }
    }

    /// The raw stream, made now if need be.
    pub(super) fn raw(self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        self.check_attached()?;
        let (sock, raw, class) = {
            let source = self.source();
            (source.sock(py), source.raw(py), source.raw_class.get(py))
        };
        if let Some(raw) = raw {
            return Ok(raw);
        }
        let Some(class) = class else {
            // The collector has cleared the file.
            return Err(PyValueError::new_err("I/O operation on uninitialized object"));
        };
        let sock = sock.unwrap_or_else(|| py.None().into_bound(py));
        let raw = class.call1((&sock, intern!(py, "r")))?;
        if self.state.timed_out.load(Ordering::Relaxed) {
            raw.setattr(intern!(py, "_timeout_occurred"), true)?;
        }
        let kept = {
            let mut source = self.source();
            match (source.raw(py), source.sock(py)) {
                (None, now) if now.as_ref().map_or(sock.is_none(), |now| now.is(&sock)) => {
                    source.raw = Reference::new(&raw);
                    (None, source.take_sock(py))
                }
                (other, _) => (other, None),
            }
        };
        match kept {
            // The stream of a closed file is closed. It counts on no reference of the socket.
            (None, None) => raw.call_method0(intern!(py, "close")).map(|_| raw),
            (None, Some(_)) => Ok(raw),
            // Another thread was quicker; this one's stream must not count on the same reference.
            (Some(other), _) => {
                raw.setattr(intern!(py, "_sock"), py.None())?;
                Ok(other)
            }
        }
    }

    /// Whether the file is closed.
    #[inline]
    pub(super) fn is_closed(self) -> PyResult<bool> {
        if self.state.closed.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let raw = self.source().raw(self.py());
        raw.map_or(Ok(false), |raw| raw.getattr(intern!(self.py(), "closed"))?.is_truthy())
    }

    /// Refuses a read with `complaint` if the file is closed and nothing is left in the buffer.
    #[inline]
    pub(super) fn check_open(self, buffer: &Held<'_>, complaint: &'static str) -> PyResult<()> {
        if buffer.ahead().is_empty() && self.is_closed()? {
            return Err(PyValueError::new_err(complaint));
        }
        Ok(())
    }
}

/// Calls a raw stream's `readinto` for `space`.
fn receive_through(raw: &Bound<'_, PyAny>, space: &mut [MaybeUninit<u8>]) -> PyResult<Option<usize>> {
    let py = raw.py();
    // An object of its own, since nobody knows how long the method keeps it.
    let bytes = PyByteArray::new_with(py, space.len(), |_| Ok(()))?;
    let read = raw.call_method1(intern!(py, "readinto"), (PyMemoryView::from(bytes.as_any())?,))?;
    if read.is_none() {
        return Ok(None);
    }
    let count = length(read.as_borrowed(), space.len())?;
    for (index, place) in space[..count].iter_mut().enumerate() {
        // SAFETY: attached, and the index is checked against the length of the array, which may have changed.
        place.write(unsafe { bytes.as_bytes() }.get(index).copied().unwrap_or(0));
    }
    Ok(Some(count))
}

/// The length that a `readinto` gave, which must fit.
fn length(read: Borrowed<'_, '_, PyAny>, room: usize) -> PyResult<usize> {
    let py = read.py();
    let given = convert::ssize(&read).map_err(|cause| {
        let error = PyOSError::new_err("raw readinto() failed");
        error.set_cause(py, Some(cause));
        error
    })?;
    usize::try_from(given).ok().filter(|&count| count <= room).ok_or_else(|| {
        let text =
            format!("raw readinto() returned invalid length {given} (should have been between 0 and {room})");
        PyOSError::new_err(text)
    })
}

/// A count as an int.
pub(super) fn number(py: Python<'_>, count: usize) -> Bound<'_, PyAny> {
    PyInt::new(py, count).into_any()
}
