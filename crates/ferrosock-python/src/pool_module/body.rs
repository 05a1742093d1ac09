//! Bodies of requests that Python objects are.
//!
//! `ferrosock.http.pool` gives them in one of these forms: bytes; `("file", descriptor, offset, length)`, which is read without
//! the interpreter; `("stream", start, length, repeatable)`, where `start()` gives a function that gives the next bytes at each
//! call, and none at the end; `("pieces", [...], length)` of those, one behind the other.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use ferrosock::http::Body;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyTuple};

use super::faults;

/// A part of a body.
enum Piece {
    Bytes(Arc<PyBackedBytes>),
    File(Arc<File>, u64, u64),
    Stream(Py<PyAny>, Option<u64>, bool),
}

/// A body of one of the forms.
pub(super) fn body(object: &Bound<'_, PyAny>) -> PyResult<Body> {
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(Body::from_owner(PyBackedBytes::from(bytes.clone())));
    }
    let form = object.cast::<PyTuple>()?;
    let (pieces, length) = match form.get_item(0)?.extract::<String>()?.as_str() {
        "pieces" => {
            let pieces = form.get_item(1)?.try_iter()?.map(|part| piece(&part?));
            (pieces.collect::<PyResult<Vec<_>>>()?, form.get_item(2)?.extract::<Option<u64>>()?)
        }
        _ => {
            let piece = piece(object)?;
            let length = piece.length();
            (Vec::from([piece]), length)
        }
    };
    let pieces: Arc<[Piece]> = pieces.into();
    if pieces.iter().all(Piece::is_repeatable) {
        let again = move || Ok(Box::new(Pieces { pieces: Arc::clone(&pieces), at: 0, open: None }) as Box<_>);
        return Ok(Body::from_maker(again, length));
    }
    Ok(Body::from_reader(Pieces { pieces, at: 0, open: None }, length))
}

fn piece(object: &Bound<'_, PyAny>) -> PyResult<Piece> {
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Ok(Piece::Bytes(Arc::new(PyBackedBytes::from(bytes.clone()))));
    }
    let form = object.cast::<PyTuple>()?;
    let last = form.get_item(3)?;
    match form.get_item(0)?.extract::<String>()?.as_str() {
        "file" => {
            let (descriptor, offset) = (form.get_item(1)?.extract::<RawFd>()?, form.get_item(2)?.extract()?);
            Ok(Piece::File(Arc::new(File::from(duplicate(descriptor)?)), offset, last.extract()?))
        }
        "stream" => {
            Ok(Piece::Stream(form.get_item(1)?.unbind(), form.get_item(2)?.extract()?, last.extract()?))
        }
        other => Err(PyValueError::new_err(format!("no form of a body: {other}"))),
    }
}

fn duplicate(descriptor: RawFd) -> PyResult<std::os::fd::OwnedFd> {
    if descriptor < 0 {
        return Err(PyValueError::new_err("the file is closed"));
    }
    // SAFETY: not -1; the file object of the caller keeps it open during this call, as for any call of the system.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    Ok(borrowed.try_clone_to_owned()?)
}

impl Piece {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(_, _, length) => Some(*length),
            Self::Stream(_, length, _) => *length,
        }
    }

    fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Stream(_, _, false))
    }

    fn open(&self) -> io::Result<Open> {
        Ok(match self {
            Self::Bytes(bytes) => Open::Bytes(Arc::clone(bytes), 0),
            Self::File(file, offset, length) => Open::File(Arc::clone(file), *offset, *length),
            Self::Stream(start, length, _) => Open::Stream(Stream {
                next: Python::attach(|py| start.call0(py)).map_err(faults::carried)?,
                held: None,
                at: 0,
                left: *length,
            }),
        })
    }
}

/// Pieces that are read one after another.
struct Pieces {
    pieces: Arc<[Piece]>,
    at: usize,
    open: Option<Open>,
}

impl Read for Pieces {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.open.is_none() {
                let Some(piece) = self.pieces.get(self.at) else { return Ok(0) };
                self.at += 1;
                self.open = Some(piece.open()?);
            }
            let Some(open) = &mut self.open else { return Ok(0) };
            match open.read(space)? {
                0 if !space.is_empty() => self.open = None,
                count => return Ok(count),
            }
        }
    }
}

/// A piece that is being read.
enum Open {
    Bytes(Arc<PyBackedBytes>, usize),
    /// From where, and how much is left.
    File(Arc<File>, u64, u64),
    Stream(Stream),
}

impl Open {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bytes(bytes, at) => {
                let count = (&bytes[*at..]).read(space)?;
                *at += count;
                Ok(count)
            }
            Self::File(file, offset, left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(space.len());
                let count = file.read_at(&mut space[..most], *offset)?;
                if count == 0 && most > 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter"));
                }
                *offset += count as u64;
                *left -= count as u64;
                Ok(count)
            }
            Self::Stream(stream) => stream.read(space),
        }
    }
}

/// What a function gives, call by call.
struct Stream {
    next: Py<PyAny>,
    held: Option<PyBackedBytes>,
    at: usize,
    /// How much of it is announced.
    left: Option<u64>,
}

impl Stream {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let held = match &self.held {
            Some(held) if self.at < held.len() => held,
            _ => {
                self.at = 0;
                self.held.insert(Python::attach(|py| self.pull(py)).map_err(faults::carried)?)
            }
        };
        let count = (&held[self.at..]).read(space)?;
        self.at += count;
        match &mut self.left {
            Some(left) if (count as u64) > *left => {
                Err(faults::carried(PyValueError::new_err("the body has more bytes than its length says")))
            }
            Some(left) => {
                *left -= count as u64;
                if count == 0 && *left > 0 && !space.is_empty() {
                    let message = format!("the body ended {left} bytes before its length");
                    return Err(faults::carried(PyValueError::new_err(message)));
                }
                Ok(count)
            }
            None => Ok(count),
        }
    }

    fn pull(&self, py: Python<'_>) -> PyResult<PyBackedBytes> {
        let given = self.next.bind(py).call0()?;
        if let Ok(bytes) = given.cast_exact::<PyBytes>() {
            return Ok(PyBackedBytes::from(bytes.clone()));
        }
        if given.is_instance_of::<pyo3::types::PyString>() {
            return Err(PyTypeError::new_err("a body is made of bytes, not of str"));
        }
        let copied = crate::buffer::with_readable(&given, |bytes| Ok(PyBytes::new(py, bytes)))?;
        Ok(PyBackedBytes::from(copied))
    }
}
