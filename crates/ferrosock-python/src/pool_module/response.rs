//! `Response`: the head of a response, and its content as it is read.

use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};

use ferrosock::http::{self, Fields, Version};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use super::content::gather;
use super::errors::Translator;
use super::{CALLS, faults};
use crate::buffer::Buffer;
use crate::error::dismiss;
use crate::memory::FreshBytes;

/// The content.
enum Content {
    /// On its way.
    Stream(Box<http::Response>),
    /// All of it.
    Whole(Py<PyBytes>),
    /// Handed out, or read to its end.
    Gone,
    /// Given up amid it.
    Closed,
    /// Ended by an error: an exception that nobody has raised, so that it holds no frame.
    Failed(Py<PyAny>),
    /// Being read by a thread.
    Busy,
}

/// A response. Made by Client.request().
#[pyclass(module = "ferrosock._native.pool", frozen)]
pub(super) struct Response {
    status: u16,
    reason: Vec<u8>,
    version: u8,
    url: String,
    fields: Fields,
    length: Option<u64>,
    decoded: bool,
    #[pyo3(get)]
    elapsed: f64,
    /// Locked only to take content out and to put it back: never while something waits.
    content: Mutex<Content>,
    trailers: Mutex<Option<Fields>>,
    translate: Translator,
}

impl Response {
    /// `whole` is the content, if it was read.
    pub(super) fn new(
        response: http::Response,
        whole: Option<Py<PyBytes>>,
        elapsed: f64,
        translate: Translator,
    ) -> Self {
        Self {
            status: response.status(),
            reason: response.reason().to_vec(),
            version: if response.version() == Version::Http10 { 10 } else { 11 },
            url: response.url().as_str().to_owned(),
            fields: response.headers().clone(),
            length: response.content_length(),
            decoded: response.is_decoded(),
            elapsed,
            trailers: Mutex::new(whole.is_some().then(|| response.trailers().clone())),
            content: Mutex::new(match whole {
                Some(content) => Content::Whole(content),
                None => Content::Stream(Box::new(response)),
            }),
            translate,
        }
    }

    fn swap(&self, content: Content) -> Content {
        std::mem::replace(&mut *self.content.lock().unwrap_or_else(PoisonError::into_inner), content)
    }

    /// Takes note that no more content comes.
    fn end(&self, py: Python<'_>, response: Box<http::Response>) {
        let trailers = response.trailers().clone();
        *self.trailers.lock().unwrap_or_else(PoisonError::into_inner) = Some(trailers);
        self.swap(Content::Gone);
        py.detach(|| drop(response));
    }

    /// Puts content back that is not on its way any more: what a read raises for it, or that there is nothing.
    fn without(&self, py: Python<'_>, content: Content) -> PyResult<()> {
        let kept = match &content {
            Content::Busy => return Err(busy()),
            Content::Closed => Some(None),
            Content::Failed(kept) => Some(Some(kept.clone_ref(py))),
            _ => None,
        };
        self.swap(content);
        match kept {
            None => Ok(()),
            Some(None) => Err(PyValueError::new_err("read of closed response")),
            Some(Some(kept)) => Err(PyErr::from_value(copied(py, kept.bind(py))?)),
        }
    }

    /// Takes note that an error has ended the content, so that no later read takes it for complete.
    fn fail(&self, py: Python<'_>, error: PyErr) -> PyErr {
        self.swap(Content::Closed);
        match kept(py, &error) {
            Ok(None) => error,
            Ok(Some(kept)) => {
                self.swap(Content::Failed(kept));
                error
            }
            // Somebody's class, which cannot be made anew.
            Err(raised) if raised.is_instance_of::<PyTypeError>(py) => {
                dismiss(raised);
                error
            }
            // By the handler of a signal.
            Err(raised) => {
                raised.set_context(py, Some(error));
                raised
            }
        }
    }

    /// Reads from the content on its way; none is there any more at the end.
    fn on<R: Send>(
        &self,
        py: Python<'_>,
        nothing: R,
        read: impl FnOnce(&mut http::Response) -> Result<(R, bool), (http::Error, Vec<u8>)> + Send,
    ) -> PyResult<R> {
        let mut response = match self.swap(Content::Busy) {
            Content::Stream(response) => response,
            other => return self.without(py, other).map(|()| nothing),
        };
        let result = py.detach(|| {
            let result = read(&mut response);
            (result, response)
        });
        let (result, response) = result;
        let pending = faults::take();
        match result {
            Ok((value, over)) if pending.is_none() => {
                if over {
                    self.end(py, response);
                } else {
                    self.swap(Content::Stream(response));
                }
                Ok(value)
            }
            result => {
                py.detach(|| drop(response));
                let error = match (pending, result) {
                    (Some(pending), _) => pending,
                    (None, Err((error, partial))) => self.translate.raise(py, &error, &partial),
                    (None, Ok(_)) => PyRuntimeError::new_err("no result"), // cannot be
                };
                Err(self.fail(py, error))
            }
        }
    }
}

fn busy() -> PyErr {
    PyRuntimeError::new_err("another thread reads this response")
}

/// An exception of the client's own, to be raised again.
fn kept(py: Python<'_>, error: &PyErr) -> PyResult<Option<Py<PyAny>>> {
    let protocol = py.import(intern!(py, "http.client"))?.getattr(intern!(py, "HTTPException"))?;
    if !error.is_instance(py, &protocol) && !error.is_instance_of::<PyOSError>(py) {
        return Ok(None); // that of a signal's handler, or of a callback
    }
    copied(py, error.value(py)).map(|copy| Some(copy.unbind()))
}

/// An exception like another, without where that was raised and why.
fn copied<'py>(py: Python<'py>, exception: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "copy"))?.call_method1(intern!(py, "copy"), (exception,))
}

fn text<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => PyString::new(py, text),
        // ISO 8859-1, as http.client reads fields.
        _ => PyString::new(py, &bytes.iter().copied().map(char::from).collect::<String>()),
    }
}

fn pairs<'py>(py: Python<'py>, fields: &Fields) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, fields.iter().map(|(name, value)| (text(py, name), text(py, value))))
}

#[pymethods]
impl Response {
    /// The status, an int.
    #[getter]
    fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase.
    #[getter]
    fn reason<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        text(py, &self.reason)
    }

    /// 10 or 11, as http.client says it.
    #[getter]
    fn version(&self) -> u8 {
        self.version
    }

    /// The URL, after redirects.
    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    /// How many bytes the content has as it is sent, or None.
    #[getter]
    fn length(&self) -> Option<u64> {
        self.length
    }

    /// Whether the content was encoded, and is decoded as it is read.
    #[getter]
    fn decoded(&self) -> bool {
        self.decoded
    }

    /// Return the header fields, a list of pairs of str.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        pairs(py, &self.fields)
    }

    /// Return the trailer fields alike; none before the content has been read.
    fn trailers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        // A copy, since a collection may come when objects are made, and with it any code.
        let fields = self.trailers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        fields.map_or_else(|| Ok(PyList::empty(py)), |fields| pairs(py, &fields))
    }

    /// Return all content that is left, at most `limit` bytes, as bytes.
    #[pyo3(signature = (limit, /))]
    fn whole<'py>(&self, py: Python<'py>, limit: u64) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let mut response = match self.swap(Content::Busy) {
            Content::Stream(response) => response,
            Content::Whole(content) => {
                self.swap(Content::Gone);
                return Ok(content.into_bound(py));
            }
            other => return self.without(py, other).map(|()| PyBytes::new(py, b"")),
        };
        match gather(py, &mut response, &[], limit, &self.translate) {
            Ok(content) => {
                self.end(py, response);
                Ok(content)
            }
            Err(error) => {
                py.detach(|| drop(response));
                Err(self.fail(py, error))
            }
        }
    }

    /// Return the next bytes, at most `size`, as soon as some are there; none at the end.
    #[pyo3(signature = (size, /))]
    fn read<'py>(&self, py: Python<'py>, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        CALLS.note();
        let mut fresh = FreshBytes::zeroed(py, size.clamp(1, 1 << 20))?;
        let space = initialised(fresh.space());
        let count = self.on(py, 0, |response| read(response, space))?;
        fresh.shrink(count)
    }

    /// Read the next bytes into a buffer as soon as some are there; return how many, 0 at the end.
    #[pyo3(signature = (buffer, /))]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        CALLS.note();
        let mut buffer = Buffer::writable_object(buffer)?;
        let space = initialised(buffer.space());
        self.on(py, 0, |response| read(response, space))
    }

    /// Give the rest of the content up, and the connection with it if much is left.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        CALLS.note();
        match self.swap(Content::Busy) {
            Content::Stream(response) => {
                self.swap(Content::Closed);
                py.detach(|| response.close());
                // Who closes wants to know nothing more, but for what the handler of a signal has raised.
                return faults::take().map_or(Ok(()), Err);
            }
            Content::Busy => {} // the thread that reads goes on
            other => drop(self.swap(other)),
        }
        Ok(())
    }
}

/// Memory of a Python object, all of whose bytes have a value.
fn initialised(space: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: the bytes of a bytes object of zeros, or those that an object lends by the buffer protocol, which other Python
    // code could read at any time: none is without a value. For a lent buffer it is not excluded that another thread
    // reads or writes them meanwhile: docs/SAFETY.md.
    unsafe { &mut *(std::ptr::from_mut(space) as *mut [u8]) }
}

fn read(response: &mut http::Response, space: &mut [u8]) -> Result<(usize, bool), (http::Error, Vec<u8>)> {
    match response.read(space) {
        Ok(count) => Ok((count, count == 0 && !space.is_empty())),
        Err(error) => Err((error, Vec::new())),
    }
}

impl Drop for Response {
    fn drop(&mut self) {
        // What is left is looked at, but nothing is waited for: the interpreter may be kept.
        drop(self.swap(Content::Gone));
        drop(faults::take());
    }
}
