//! A reader for native code that reads messages: what it does is what the methods of the same names do.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;

use super::buffer::SIZE;
use super::{KNOWN, Reader, file, reading};
use crate::call::Receiver;

/// The file of a socket that an object is.
#[derive(Clone, Copy)]
pub(crate) struct SocketFile<'a, 'py>(Reader<'a, 'py>);

impl<'a, 'py> SocketFile<'a, 'py> {
    /// The object, if it is of just this class.
    #[inline]
    pub(crate) fn of(object: &'a Bound<'py, PyAny>) -> Option<Self> {
        let py = object.py();
        let known = KNOWN.get(py)?;
        let is_one = object.get_type().as_ptr() == known.class.as_ptr();
        // SAFETY: an instance of the class, which is borrowed for as long.
        is_one.then(|| Self(unsafe { Reader::receive(py, object.as_ptr()) }))
    }

    /// Shows what is in the buffer, after one receive if that is nothing, and takes as many bytes as `look` says. No Python
    /// code may run in it.
    #[inline]
    pub(crate) fn look<R>(self, look: impl FnOnce(&[u8]) -> Option<(usize, R)>) -> PyResult<Option<R>> {
        let this = self.0;
        this.check_attached()?;
        let mut buffer = this.enter()?;
        this.check_open(&buffer, "readline of closed file")?;
        if buffer.ahead().is_empty() {
            buffer.reset();
            this.fill(&mut buffer, SIZE)?;
        }
        Ok(look(buffer.ahead()).map(|(count, found)| {
            buffer.advance(count);
            found
        }))
    }

    /// So many bytes, or all for -1.
    #[inline]
    pub(crate) fn read(self, size: isize) -> PyResult<Bound<'py, PyAny>> {
        reading::read_sized(self.0, size)
    }

    /// Whether it is neither closed nor detached, as far as can be told without a call of Python code.
    #[inline]
    pub(crate) fn is_open(self) -> bool {
        let state = self.0.state;
        let over = state.closed.load(Ordering::Relaxed) || state.detached.load(Ordering::Relaxed);
        !over && self.0.source().raw(self.0.py()).is_none()
    }

    pub(crate) fn close(self) -> PyResult<()> {
        file::close(self.0).map(drop)
    }
}
