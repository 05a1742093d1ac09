//! Applications of WSGI (PEP 3333): one call a request.

mod content;
mod environ;
mod file_wrapper;
mod input;
mod start;

use std::sync::Arc;

use ferrosock::server::{BodyWriter, Content, Request, Response, TrustedProxies};
use pyo3::exceptions::{PyAssertionError, PyConnectionError, PyTimeoutError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use pyo3::{ffi, intern};

use super::context::Context;
use super::engine::Inner;
pub(super) use content::close;
use content::{Pieces, bytes};
use environ::Environs;
use file_wrapper::FileWrapper;
use input::Input;
pub(super) use start::gone;
use start::{Head, Stage, Start};

/// An application, and what its requests are made of.
pub(super) struct Gateway {
    application: Py<PyAny>,
    environs: Environs,
    inner: Arc<Inner>,
}

pub(super) fn add_classes(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Input>()?;
    module.add_class::<FileWrapper>()
}

impl Gateway {
    pub(super) fn new(
        application: Py<PyAny>,
        template: Bound<'_, PyDict>,
        root: &str,
        proxies: TrustedProxies,
        inner: Arc<Inner>,
    ) -> PyResult<Self> {
        Ok(Self { application, environs: Environs::new(template, root, proxies)?, inner })
    }

    /// Answers a request.
    pub(super) fn answer(&self, py: Python<'_>, request: Request) {
        let context = match Context::new(py) {
            Ok(context) => context,
            Err(error) => return self.inner.failed(py, "before its application was called", error), // no memory: 500
        };
        let kept = context.clone_ref(py);
        kept.run(py, || self.exchange(py, request, context));
    }

    fn exchange(&self, py: Python<'_>, mut request: Request, context: Context) {
        let made = start::start(py, request.responder(), &self.inner)
            .and_then(|start| Ok((start, self.environs.of(py, &mut request)?)));
        let (start, environ) = match made {
            Ok(made) => made,
            Err(error) => return self.inner.failed(py, "before its application was called", error),
        };
        let state = start::of(&start);
        let result = self.call(py, &environ, &start).and_then(|result| {
            let is_head = request.method() == "HEAD";
            Answer { inner: &self.inner, state, is_head }.give(py, result, context)
        });
        if let Err(error) = result {
            let body = environ.get_item(intern!(py, "wsgi.input")).ok().flatten();
            let broken =
                body.is_some_and(|body| body.cast::<Input>().is_ok_and(|body| body.get().is_broken()));
            self.fail(py, &request, state, error, broken);
        }
    }

    fn call<'py>(
        &self,
        py: Python<'py>,
        environ: &Bound<'py, PyDict>,
        start: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = [environ.as_ptr(), start.as_ptr()];
        // SAFETY: attached; two live arguments; gives a new reference, or null with an exception set.
        unsafe {
            let result = ffi::PyObject_Vectorcall(
                self.application.as_ptr(),
                arguments.as_ptr(),
                2,
                std::ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_err(py, result)
        }
    }

    /// The application has failed: the client is told by 500 if nothing was sent yet, and by the connection's end if something was.
    ///
    /// `broken` says that the application has met the end of a broken body.
    fn fail(&self, py: Python<'_>, request: &Request, state: &Start, error: PyErr, broken: bool) {
        let stage = state.take();
        // It has been told that the client is gone, or sends nothing that is a request, and gave up for that. Clients must not be
        // able to fill the log, in which the access has its line.
        let gone = broken || matches!(&stage, Stage::Writing(writer) if writer.is_closed());
        let gives_up =
            error.is_instance_of::<PyConnectionError>(py) || error.is_instance_of::<PyTimeoutError>(py);
        if gone && gives_up {
            drop(error);
        } else {
            let what = format!("at {} {}", request.method(), request.head.target.escape_ascii());
            self.inner.failed(py, &what, error);
        }
        match stage {
            Stage::Before(responder, _) => responder.send(Response::plain(500)),
            Stage::Writing(writer) => writer.give_up(),
            Stage::Sent => {}
        }
        self.inner.deliver();
    }
}

/// One answer in the making.
struct Answer<'a> {
    inner: &'a Arc<Inner>,
    state: &'a Start,
    is_head: bool,
}

impl Answer<'_> {
    /// Sends what the application has returned, and closes it.
    fn give(&self, py: Python<'_>, result: Bound<'_, PyAny>, context: Context) -> PyResult<()> {
        // Lists and tuples are there whole, and have nothing to close.
        if let Ok(list) = result.cast_exact::<PyList>() {
            return match list.len() {
                1 => self.whole(py, bytes(list.get_item(0)?)?.as_bytes().to_vec()),
                _ => self.whole(py, joined(list.iter())?),
            };
        }
        if let Ok(tuple) = result.cast_exact::<PyTuple>() {
            return self.whole(py, joined(tuple.iter())?);
        }
        if let Ok(wrapper) = result.cast_exact::<FileWrapper>() {
            if self.file(wrapper) {
                self.inner.close(&result);
                return Ok(());
            }
        }
        let mut pieces = match Pieces::new(&result, context, self.inner.clone()) {
            Ok(pieces) => pieces,
            Err(error) => {
                self.inner.close(&result);
                return Err(error);
            }
        };
        let first = match pieces.next(py) {
            Ok(first) => first,
            Err(error) => {
                pieces.close(py);
                return Err(error);
            }
        };
        self.stream(py, pieces, first)
    }

    /// What was started, to be sent; the response and who may give it. Gives it back if there is none.
    fn started(&self) -> PyResult<Stage> {
        match self.state.take() {
            Stage::Before(responder, None) => {
                *self.state.stage() = Stage::Before(responder, None);
                Err(PyAssertionError::new_err("the application did not call start_response()"))
            }
            other => Ok(other),
        }
    }

    /// Whether a response's content is not sent.
    fn is_bodiless(&self, head: &Head) -> bool {
        self.is_head || head.response.is_bodiless()
    }

    fn whole(&self, py: Python<'_>, body: Vec<u8>) -> PyResult<()> {
        match self.started()? {
            Stage::Before(responder, Some(head)) => {
                let bodiless = head.response.is_bodiless();
                let response =
                    if bodiless || body.is_empty() { head.response } else { head.response.with_body(body) };
                self.inner.answer(responder, response);
                return Ok(());
            }
            Stage::Writing(mut writer) => {
                if !body.is_empty() && self.inner.write(py, &mut writer, body).is_err() {
                    return Ok(()); // nobody is there
                }
                writer.finish();
            }
            _ => {}
        }
        self.inner.deliver();
        Ok(())
    }

    /// Sends a regular file. Gives false if it has to be read.
    fn file(&self, wrapper: &Bound<'_, FileWrapper>) -> bool {
        let declared = match &*self.state.stage() {
            Stage::Before(_, Some(head)) if !self.is_bodiless(head) => head.said.length,
            _ => return false,
        };
        let Some((content, length)) = file_wrapper::content(wrapper, declared) else { return false };
        if let Stage::Before(responder, Some(head)) = self.state.take() {
            let response = head.response;
            // A length that the file does not have: as of any content that is too short.
            let short = declared.is_some_and(|declared| declared != length);
            let response = if length == 0 && !short { response } else { response.with_content(content) };
            self.inner.answer(responder, response);
        }
        true
    }

    fn stream(&self, py: Python<'_>, mut pieces: Pieces, first: Option<Bound<'_, PyBytes>>) -> PyResult<()> {
        let stage = match self.started() {
            Ok(stage) => stage,
            Err(error) => {
                pieces.close(py);
                return Err(error);
            }
        };
        match stage {
            Stage::Before(responder, Some(head)) => {
                let first = match first {
                    Some(first) if !self.is_bodiless(&head) => first,
                    first => {
                        // Of HEAD's content the length is not known, if the application does not say it.
                        let unknown = self.is_head && head.said.length.is_none() && first.is_some();
                        let response = if unknown { unknown_length(head.response) } else { head.response };
                        self.inner.answer(responder, response);
                        pieces.close(py);
                        return Ok(());
                    }
                };
                let body = first.as_bytes().to_vec();
                if head.said.length == Some(body.len() as u64) {
                    self.inner.answer(responder, head.response.with_body(body));
                    let surplus = pieces.next(py);
                    pieces.close(py);
                    return self.judge(py, surplus);
                }
                if self.inner.is_inline() {
                    pieces.unread(body);
                    let content = Content::Chunks(Box::new(pieces));
                    self.inner.answer(responder, head.response.with_content(content));
                    return Ok(());
                }
                self.write(py, responder.start(head.response), pieces, Some(body))
            }
            Stage::Writing(writer) => {
                let body = first.map(|first| first.as_bytes().to_vec());
                self.write(py, writer, pieces, body)
            }
            _ => {
                pieces.close(py);
                Ok(())
            }
        }
    }

    /// What an application gave beyond its Content-Length, when that was sent.
    fn judge(&self, py: Python<'_>, surplus: PyResult<Option<Bound<'_, PyBytes>>>) -> PyResult<()> {
        match surplus {
            Ok(None) => {}
            Ok(Some(_)) => self.inner.say(py, "content of a response is longer than its Content-Length"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes piece by piece, as the client takes them.
    fn write(
        &self,
        py: Python<'_>,
        mut writer: BodyWriter,
        mut pieces: Pieces,
        mut piece: Option<Vec<u8>>,
    ) -> PyResult<()> {
        while let Some(body) = piece {
            if self.inner.write(py, &mut writer, body).is_err() {
                writer.give_up();
                pieces.close(py);
                return Ok(()); // nobody is there
            }
            piece = match pieces.next(py) {
                Ok(next) => next.map(|next| next.as_bytes().to_vec()),
                Err(error) => {
                    *self.state.stage() = Stage::Writing(writer);
                    pieces.close(py);
                    return Err(error);
                }
            };
        }
        writer.finish();
        self.inner.deliver();
        pieces.close(py);
        Ok(())
    }
}

/// A response whose length nobody knows.
fn unknown_length(response: Response) -> Response {
    response.with_content(Content::Chunks(Box::new(std::iter::empty())))
}

/// The bytes of all pieces.
fn joined<'py>(pieces: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<Vec<u8>> {
    let mut all = Vec::new();
    for piece in pieces {
        all.extend_from_slice(bytes(piece)?.as_bytes());
    }
    Ok(all)
}
