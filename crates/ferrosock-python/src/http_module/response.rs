//! `HTTPConnection.getresponse` in one call: the response, its head read, as the class would have made it.

use std::ffi::CStr;

use pyo3::exceptions::PyConnectionError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::head::{Head, is_head};
use super::message::set;
use super::request::Connection;
use super::{CALLS, FRESH, HEAD, RECEIVE, RESPONSE};
use crate::call::{Args, native_fast};
use crate::class::unprepared;
use crate::error::handling;
use crate::fast::SocketFile;
use crate::seams::{Seams, set_attributes};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"response", response, RESPONSE_DOC)])
}

const RESPONSE_DOC: &CStr = c"response($module, connection, /)
--

Do what HTTPConnection.getresponse does. Returns None, with nothing done, if that is for the general way.";

fn response<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let py = module.py();
    let none = || Ok(py.None().into_bound(py));
    let Some(this) = Connection::of(module, args.object(0)?.to_owned(), RECEIVE)? else { return none() };
    let Some(class) = this.response_class()? else { return none() };
    if !this.is_at("Request-sent")? || !this.has_no_response()? || !this.is_quiet()? {
        return none();
    }
    let most = intern!(py, "max_response_headers"); // since 3.15
    if this.own(most)?.is_some_and(|most| !most.is_none()) {
        return none();
    }
    let Some(method) = this.own(intern!(py, "_method"))? else { return none() };

    let sock = this.object.getattr(intern!(py, "sock"))?;
    let fresh = Fresh::of(&this.seams, &class, &sock, &method)?;
    let begun = fresh.begin(module, &this.seams, &method).map_err(|error| {
        if error.is_instance_of::<PyConnectionError>(py) { closed(&this.object, error) } else { error }
    });
    let response = fresh.object;
    match begun.and_then(|()| this.give_out(module, &response)) {
        Ok(()) => Ok(response),
        Err(error) => Err(closed(&response, error)),
    }
}

impl<'py> Connection<'py> {
    /// The class of responses, if it is [known](is_known).
    fn response_class(&self) -> PyResult<Option<Bound<'py, PyType>>> {
        let class = self.object.getattr(intern!(self.object.py(), "response_class"))?;
        let Ok(class) = class.cast_into::<PyType>() else { return Ok(None) };
        Ok(is_known(&self.seams, &class)?.then_some(class))
    }

    /// Notes that the head of a response has been read, which has the socket to itself if the server closes behind it.
    fn give_out(&self, module: Borrowed<'_, 'py, PyModule>, response: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = module.py();
        self.enter(module, intern!(py, "_CS_IDLE"))?;
        if response.getattr(intern!(py, "will_close"))?.is_truthy()? {
            return self.object.call_method0(intern!(py, "close")).map(drop);
        }
        set(&self.object, intern!(py, "_HTTPConnection__response"), response)
    }
}

/// Whether responses of a class may be made here.
pub(super) fn is_known(seams: &Seams<'_>, class: &Bound<'_, PyType>) -> PyResult<bool> {
    Ok(seams.class(RESPONSE, class.as_any())? && seams.class(HEAD, class.as_any())?)
}

/// A response whose head has not been read.
pub(super) struct Fresh<'py> {
    pub(super) object: Bound<'py, PyAny>,
    kept: Bound<'py, PyDict>,
    fp: Bound<'py, PyAny>,
}

impl<'py> Fresh<'py> {
    /// What a [known](is_known) class makes of a socket and a method.
    pub(super) fn of(
        seams: &Seams<'py>,
        class: &Bound<'py, PyType>,
        sock: &Bound<'py, PyAny>,
        method: &Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let py = sock.py();
        // Of a cycle the older objects are finalized first: the response closes its file, not the other way round.
        let object = unprepared(class)?;
        let fp = sock.call_method1(intern!(py, "makefile"), (intern!(py, "rb"),))?;
        let kept = seams.item(FRESH)?.cast::<PyDict>()?.copy()?;
        kept.set_item(intern!(py, "fp"), &fp)?;
        kept.set_item(intern!(py, "_method"), method)?;
        set_attributes(&object, &kept)?;
        Ok(Self { object, kept, fp })
    }

    /// Reads the head.
    pub(super) fn begin(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        seams: &Seams<'py>,
        method: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        if let Some(file) = SocketFile::of(&self.fp) {
            if let Some(head) = Head::take(module, seams, file, is_head(method))? {
                return head.put(&self.kept);
            }
        }
        self.object.call_method0(intern!(module.py(), "begin")).map(drop)
    }
}

/// The error, or that of closing what it is about, which sees it as the one that is being handled.
pub(super) fn closed(object: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let py = object.py();
    let result = handling(py, &error, || object.call_method0(intern!(py, "close")));
    result.err().unwrap_or(error)
}
