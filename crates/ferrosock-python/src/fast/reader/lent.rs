//! A reader for native code that reads messages: what it does is what the methods of the same names do.

use std::sync::atomic::Ordering;

use ferrosock_proto::http1::Limits;
use memchr::memmem;
use pyo3::prelude::*;

use super::buffer::SIZE;
use super::{Held, KNOWN, Reader, file, reading};
use crate::call::Receiver;
use crate::error::dismiss;

/// What [`SocketFile::receive_now`] has done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// Received something.
    Some,
    /// Nothing is there yet.
    Nothing,
    /// The stream is at its end.
    End,
    /// There is no room in the buffer.
    Full,
}

/// What has come of the next message.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Arrival {
    Nothing,
    /// Less than a head.
    Part,
    /// A head, so much of one that it is given up, an end or an error: a thread that reads the head does not wait.
    Ready,
}

/// Whether there is an empty line behind another.
pub(crate) fn holds_end_of_head(input: &[u8]) -> bool {
    memmem::find(input, b"\n\r\n").is_some() || memmem::find(input, b"\n\n").is_some()
}

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

    /// Receives what is there, behind what is in the buffer. It does not wait.
    pub(crate) fn receive_now(self) -> PyResult<Received> {
        let this = self.0;
        this.check_attached()?;
        let mut buffer = this.enter()?;
        this.check_open(&buffer, "read of closed file")?;
        buffer.compact();
        let room = buffer.room()?;
        if room.is_empty() {
            return Ok(Received::Full);
        }
        Ok(match this.receive_at_once(room)? {
            None => Received::Nothing,
            Some(0) => Received::End,
            Some(count) => {
                // SAFETY: that many were received into the room.
                unsafe { buffer.filled(count) };
                Received::Some
            }
        })
    }

    /// Keeps no space while there is nothing in it.
    pub(crate) fn rest(self) -> PyResult<()> {
        self.0.enter()?.rest()
    }

    /// Shows what is in the buffer. No Python code may run in `look`.
    #[inline]
    pub(crate) fn ahead<R>(self, look: impl FnOnce(&[u8]) -> R) -> PyResult<R> {
        Ok(look(self.0.enter()?.ahead()))
    }

    /// Shows what is in the buffer, and takes as many bytes of it as `look` says. No Python code may run in it.
    #[inline]
    pub(crate) fn take<R>(self, look: impl FnOnce(&[u8]) -> Option<(usize, R)>) -> PyResult<Option<R>> {
        let mut buffer = self.0.enter()?;
        Ok(look(buffer.ahead()).map(|(count, found)| {
            buffer.advance(count);
            found
        }))
    }

    /// What stays the same as long as nothing is read: how much is in the buffer, and how often it was received into. None while
    /// another thread reads, or once there is a raw stream, through which anything may have been read.
    pub(crate) fn mark(self) -> Option<(usize, u64)> {
        let buffer = self.0.enter().ok()?;
        self.is_open().then(|| (buffer.ahead().len(), buffer.fills()))
    }

    /// Receives what is there, without a wait, and says what a server's thread may do with it. A head is kept here until it is
    /// there, or beyond the limits; where others have taken the memory for that, it is left where it is.
    ///
    /// While there is nothing, no space is kept for it.
    pub(crate) fn arrival(self, limits: impl Fn() -> Limits) -> PyResult<Arrival> {
        let this = self.0;
        let Ok(buffer) = this.state.buffer.try_lock() else { return Ok(Arrival::Ready) };
        let mut buffer = Held::new(this.state, buffer);
        if !self.is_open() {
            return Ok(Arrival::Ready);
        }
        let mut drained = this.state.drained.swap(false, Ordering::Relaxed);
        loop {
            if buffer.holds_head(&limits) {
                this.state.drained.store(drained, Ordering::Relaxed);
                return Ok(Arrival::Ready);
            }
            if drained {
                buffer.rest()?;
                return Ok(if buffer.ahead().is_empty() { Arrival::Nothing } else { Arrival::Part });
            }
            buffer.compact();
            if buffer.is_full() && !buffer.grow()? {
                return Ok(Arrival::Part);
            }
            let room = buffer.room()?;
            match this.receive_at_once(room) {
                Ok(Some(count @ 1..)) => {
                    drained = count < room.len();
                    // SAFETY: that many were received into the room.
                    unsafe { buffer.filled(count) };
                }
                Ok(None) => drained = true,
                // The next read meets an error, too.
                Ok(Some(0)) => return Ok(Arrival::Ready),
                Err(error) => {
                    dismiss(error);
                    return Ok(Arrival::Ready);
                }
            }
        }
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
