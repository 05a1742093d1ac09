//! Content that an application makes piece by piece.

use std::io;
use std::sync::Arc;

use ferrosock::server::Chunks;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator};

use super::super::context::Context;
use super::super::engine::Inner;

/// What an application has returned, and its iterator. Dropped, it is closed.
pub(super) struct Pieces {
    result: Option<Py<PyAny>>,
    iterator: Py<PyIterator>,
    context: Context,
    inner: Arc<Inner>,
    /// What was asked for before.
    first: Option<Vec<u8>>,
}

impl Pieces {
    pub(super) fn new(result: &Bound<'_, PyAny>, context: Context, inner: Arc<Inner>) -> PyResult<Self> {
        let iterator = result.try_iter()?.unbind();
        Ok(Self { result: Some(result.clone().unbind()), iterator, context, inner, first: None })
    }

    pub(super) fn unread(&mut self, first: Vec<u8>) {
        self.first = Some(first);
    }

    /// The next piece that is not empty.
    ///
    /// # Errors
    /// The application's own, and a `TypeError` for what is not bytes.
    pub(super) fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        for piece in self.iterator.bind(py).clone() {
            let piece = bytes(piece?)?;
            if !piece.as_bytes().is_empty() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// Closes it.
    pub(super) fn close(&mut self, py: Python<'_>) {
        if let Some(result) = self.result.take() {
            self.inner.close(result.bind(py));
        }
    }
}

/// A piece, which must be bytes.
pub(super) fn bytes(piece: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyBytes>> {
    piece.cast_into::<PyBytes>().map_err(|error| {
        let kind =
            error.into_inner().get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("an application's content must be bytes, not {kind}"))
    })
}

impl Chunks for Pieces {
    fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        Python::attach(|py| {
            let found = self.context.run(py, || self.next(py));
            match found {
                Ok(piece) => {
                    if piece.is_none() {
                        self.context.clone_ref(py).run(py, || self.close(py));
                    }
                    Ok(piece.map(|piece| piece.as_bytes().to_vec()))
                }
                Err(error) => {
                    self.inner.failed(py, "while its content was sent", error);
                    // Who makes content has said why it does not come.
                    Err(io::ErrorKind::ConnectionAborted.into())
                }
            }
        })
    }

    fn goes_one_by_one(&self) -> bool {
        true // PEP 3333, "Buffering and Streaming"
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        if self.result.is_some() {
            Python::try_attach(|py| {
                let context = self.context.clone_ref(py);
                context.run(py, || self.close(py));
            });
        }
    }
}

/// Calls `close()` of what an application has returned, if it has one.
pub(in super::super) fn close(result: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Some(close) = result.getattr_opt(intern!(result.py(), "close"))? {
        close.call0()?;
    }
    Ok(())
}
