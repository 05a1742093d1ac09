//! `wsgi.input` (PEP 3333, "Input and Error Streams").

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ferrosock::server::{BodyReader, RequestBody};
use pyo3::exceptions::{PyConnectionError, PyRuntimeError, PyTimeoutError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::super::CALLS;

/// How much is read of a file at once.
const BLOCK: usize = 64 * 1024;

/// Where content comes from.
enum More {
    Nothing,
    File(File, u64),
    Stream(BodyReader),
}

struct Source {
    /// What was read, and how much of it was given.
    bytes: Vec<u8>,
    at: usize,
    more: More,
    /// The client has sent no whole body.
    broken: bool,
}

impl Source {
    fn there(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Gets more content behind what is there; false at the end.
    fn fill(&mut self, py: Python<'_>) -> PyResult<bool> {
        if self.at == self.bytes.len() {
            self.bytes.clear();
            self.at = 0;
        }
        let piece = match &mut self.more {
            More::Nothing => return Ok(false),
            More::File(_, 0) => None,
            More::File(file, left) => {
                let start = self.bytes.len();
                let count = BLOCK.min(usize::try_from(*left).unwrap_or(BLOCK));
                self.bytes.resize(start + count, 0);
                let result = py.detach(|| file.read_exact(&mut self.bytes[start..]));
                result.map_err(|error| failed(&error))?;
                *left -= count as u64;
                return Ok(true);
            }
            More::Stream(reader) => match py.detach(|| reader.next_piece()) {
                Ok(piece) => piece,
                Err(error) => {
                    self.broken = true;
                    return Err(failed(&error));
                }
            },
        };
        match piece {
            Some(piece) if self.bytes.is_empty() => self.bytes = piece,
            Some(piece) => self.bytes.extend_from_slice(&piece),
            None => {
                self.more = More::Nothing;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn give<'py>(&mut self, py: Python<'py>, count: usize) -> Bound<'py, PyBytes> {
        let given = PyBytes::new(py, &self.bytes[self.at..self.at + count]);
        self.at += count;
        if self.at == self.bytes.len() && self.bytes.capacity() > BLOCK {
            self.bytes = Vec::new();
            self.at = 0;
        }
        given
    }

    fn read<'py>(&mut self, py: Python<'py>, most: Option<usize>) -> PyResult<Bound<'py, PyBytes>> {
        while most.is_none_or(|most| self.there().len() < most) && self.fill(py)? {}
        let count = self.there().len().min(most.unwrap_or(usize::MAX));
        Ok(self.give(py, count))
    }

    fn read_line<'py>(&mut self, py: Python<'py>, most: Option<usize>) -> PyResult<Bound<'py, PyBytes>> {
        let most = most.unwrap_or(usize::MAX);
        let mut searched = 0;
        loop {
            let there = self.there();
            if let Some(found) = memchr::memchr(b'\n', &there[searched..]) {
                let count = (searched + found + 1).min(most);
                return Ok(self.give(py, count));
            }
            searched = there.len();
            if searched >= most || !self.fill(py)? {
                let count = searched.min(most);
                return Ok(self.give(py, count));
            }
        }
    }
}

/// Why a body does not come.
fn failed(error: &io::Error) -> PyErr {
    match error.kind() {
        io::ErrorKind::TimedOut => PyTimeoutError::new_err("the client was too slow with the request's body"),
        io::ErrorKind::InvalidData => {
            PyConnectionError::new_err("the request's body is broken, or too large")
        }
        io::ErrorKind::UnexpectedEof => {
            PyConnectionError::new_err("the client went away in the middle of the request's body")
        }
        _ => PyConnectionError::new_err(error.to_string()),
    }
}

/// The body of a request, as PEP 3333's `wsgi.input`.
///
/// It ends where the body ends, however that is framed. What has not come yet is waited for; `ConnectionError` if the client
/// goes away or the body is broken, `TimeoutError` if it is too slow.
#[pyclass(module = "ferrosock._native.serve", frozen)]
pub(super) struct Input(Mutex<Source>);

impl Input {
    pub(super) fn new(body: RequestBody) -> Self {
        let (bytes, more) = match body {
            RequestBody::Whole(bytes) => (bytes, More::Nothing),
            RequestBody::Spooled(file, length) => (Vec::new(), More::File(file, length)),
            RequestBody::Stream(reader) => (Vec::new(), More::Stream(reader)),
            _ => (Vec::new(), More::Nothing),
        };
        Self(Mutex::new(Source { bytes, at: 0, more, broken: false }))
    }

    /// Whether the application was told that the client has sent no whole body.
    pub(super) fn is_broken(&self) -> bool {
        self.source().is_ok_and(|source| source.broken)
    }

    fn source(&self) -> PyResult<MutexGuard<'_, Source>> {
        match self.0.try_lock() {
            Ok(source) => Ok(source),
            Err(std::sync::TryLockError::Poisoned(error)) => Ok(PoisonError::into_inner(error)),
            Err(std::sync::TryLockError::WouldBlock) => {
                Err(PyRuntimeError::new_err("another thread reads this request's body"))
            }
        }
    }
}

/// A size; negative or None is "all".
fn most(size: Option<isize>) -> Option<usize> {
    size.and_then(|size| usize::try_from(size).ok())
}

#[pymethods]
impl Input {
    /// Read up to `size` bytes, fewer only at the end; all that is left if it is negative or None.
    #[pyo3(signature = (size = -1, /), text_signature = "($self, size=-1, /)")]
    fn read<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        self.source()?.read(py, most(size))
    }

    /// Read a line with its end, or up to `size` bytes of it.
    #[pyo3(signature = (size = -1, /), text_signature = "($self, size=-1, /)")]
    fn readline<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        self.source()?.read_line(py, most(size))
    }

    /// Read lines until the end, or until they have `hint` bytes together.
    #[pyo3(signature = (hint = -1, /), text_signature = "($self, hint=-1, /)")]
    fn readlines<'py>(&self, py: Python<'py>, hint: Option<isize>) -> PyResult<Bound<'py, PyList>> {
        CALLS.note();
        let mut source = self.source()?;
        let enough = most(hint).filter(|hint| *hint > 0).unwrap_or(usize::MAX);
        let (lines, mut total) = (PyList::empty(py), 0);
        while total < enough {
            let line = source.read_line(py, None)?;
            if line.as_bytes().is_empty() {
                break;
            }
            total += line.as_bytes().len();
            lines.append(line)?;
        }
        Ok(lines)
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        CALLS.note();
        let line = self.source()?.read_line(py, None)?;
        Ok(Some(line).filter(|line| !line.as_bytes().is_empty()))
    }
}
