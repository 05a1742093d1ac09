//! What an application gives, sent: the head with the first of the body, and the rest behind it.

use ferrosock_socket::Error;
use pyo3::exceptions::{PyAttributeError, PyNotImplementedError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use pyo3::{ffi, intern};

use super::{Here, Outcome, Stage};
use crate::error::{dismiss, raise};
use crate::host::Interpreter;
use crate::memory;
use crate::socket_module::object;
use crate::wsgi_module::environ::bytes_of;
use crate::wsgi_module::head::Head;

/// What is wrong with the answer of an application.
enum Trouble<'py> {
    /// It needs judgement, and nothing of it has been used.
    Odd(Bound<'py, PyAny>),
    /// The application, or the client, has failed.
    Failed(Option<Bound<'py, PyAny>>, PyErr),
}

impl<'py> Here<'_, 'py> {
    pub(super) fn serve(
        &self,
        application: &Bound<'py, PyAny>,
        environ: &Bound<'py, PyDict>,
        keeps: bool,
    ) -> PyResult<Outcome> {
        let py = self.py();
        let start = self.object().getattr(intern!(py, "start_response"))?;
        let answered = match application.call1((environ, start)) {
            Ok(result) => self.answer(result, keeps),
            Err(error) => Err(Trouble::Failed(None, error)),
        };
        match answered {
            Ok((result, kept)) => match self.close(&result) {
                Ok(()) => Ok(Outcome { kept }),
                Err(error) => {
                    // What a handler is after its `close`: it cannot send another response (nor does the library's).
                    self.reset();
                    self.handler()?.setattr(intern!(py, "environ"), py.None())?;
                    self.resume(None, Some(error))
                }
            },
            Err(Trouble::Odd(result)) => self.resume(Some(result), None),
            Err(Trouble::Failed(result, error)) => self.resume(result, Some(error)),
        }
    }

    /// Sends what the application gave, and gives it back, with whether the connection is kept.
    fn answer(
        &self,
        result: Bound<'py, PyAny>,
        keeps: bool,
    ) -> Result<(Bound<'py, PyAny>, bool), Trouble<'py>> {
        let blocks = match result.cast_exact::<PyList>() {
            Ok(list) => Some(list.to_tuple()),
            Err(_) => result.cast_exact::<PyTuple>().ok().cloned(),
        };
        let stage = match &*self.state() {
            Some(state) if state.general.is_none() => state.stage,
            _ => return Err(Trouble::Odd(result)),
        };
        let Some(blocks) = blocks else { return self.iterate(result) };
        if stage == Stage::Waiting || !blocks.iter().all(|block| block.is_exact_instance_of::<PyBytes>()) {
            return Err(Trouble::Odd(result));
        }
        let sent = if stage == Stage::Begun {
            self.send_whole(blocks.as_any(), keeps)
        } else {
            let sent = blocks.iter().try_for_each(|block| self.send_block(&block).map(drop));
            sent.map(|()| Some(false))
        };
        match sent {
            Ok(Some(kept)) => Ok((result, kept)),
            Ok(None) => Err(Trouble::Odd(result)),
            Err(error) => Err(Trouble::Failed(Some(result), error)),
        }
    }

    /// Sends a head and all blocks of a body, a tuple of bytes. Gives whether the connection is kept; None, with nothing sent,
    /// if the head needs judgement.
    fn send_whole(&self, blocks: &Bound<'py, PyAny>, keeps: bool) -> PyResult<Option<bool>> {
        let blocks = blocks.cast::<PyTuple>()?;
        let length: usize = blocks
            .iter_borrowed()
            .map(|block| block.cast::<PyBytes>().map_or(0, |block| block.as_bytes().len()))
            .sum();
        let Some(head) = self.head(match blocks.len() {
            0 => Some(0),
            1 => Some(length),
            _ => None,
        })?
        else {
            return Ok(None);
        };
        let kept = keeps && head.frames(length);
        let mut message = head.written(kept, length.min(ONE_SEND))?;
        let socket = {
            let mut state = self.state();
            let Some(state) = state.as_mut() else { return Ok(None) };
            state.stage = Stage::Sent;
            state.bytes_sent = length;
            state.parts.socket.clone_ref(self.py())
        };
        let socket = socket.bind(self.py());
        if length <= ONE_SEND {
            for block in blocks.iter_borrowed() {
                memory::append(&mut message, block.cast::<PyBytes>()?.as_bytes())?;
            }
            send(socket, &message)?;
            return Ok(Some(kept));
        }
        send(socket, &message)?;
        for block in blocks.iter_borrowed() {
            send(socket, block.cast::<PyBytes>()?.as_bytes())?;
        }
        Ok(Some(kept))
    }

    /// Sends the blocks that an object gives one after another.
    fn iterate(&self, result: Bound<'py, PyAny>) -> Result<(Bound<'py, PyAny>, bool), Trouble<'py>> {
        let py = self.py();
        let failed = |error| Trouble::Failed(Some(result.clone()), error);
        let wrapper = {
            let state = self.state();
            state.as_ref().map(|state| state.parts.class.clone_ref(py))
        };
        let wrapper =
            wrapper.map(|class| class.bind(py).getattr(intern!(py, "wsgi_file_wrapper"))).transpose();
        let is_file = match wrapper.map_err(failed)? {
            Some(wrapper) if !wrapper.is_none() => result.is_instance(&wrapper).map_err(failed)?,
            _ => false,
        };
        if is_file {
            return Err(Trouble::Odd(result));
        }
        let blocks = result.try_iter().map_err(failed)?;
        for block in blocks {
            let block = block.map_err(failed)?;
            if !self.send_first_or_next(&block, &result).map_err(failed)? {
                // The handler refuses it, or sends it as it can.
                let handler = self.handler().map_err(failed)?;
                handler.setattr(intern!(py, "result"), &result).map_err(failed)?;
                handler.call_method1(intern!(py, "write"), (&block,)).map_err(failed)?;
            }
        }
        let (general, stage) = match &*self.state() {
            Some(state) => (state.general.is_some(), state.stage),
            None => (true, Stage::Waiting),
        };
        if general || stage == Stage::Waiting {
            let handler = self.handler().map_err(failed)?;
            handler.setattr(intern!(py, "result"), &result).map_err(failed)?;
            handler.call_method0(intern!(py, "finish_content")).map_err(failed)?;
            return Ok((result, false));
        }
        if stage == Stage::Begun {
            let nothing = PyTuple::empty(py);
            if self.send_whole(nothing.as_any(), false).map_err(failed)?.is_none() {
                return Err(Trouble::Odd(result));
            }
        }
        Ok((result, false))
    }

    /// Sends a block of a body, the head in front of the first. Gives false, with nothing sent, if that is for the handler.
    fn send_first_or_next(&self, block: &Bound<'py, PyAny>, result: &Bound<'py, PyAny>) -> PyResult<bool> {
        let Ok(bytes) = block.cast_exact::<PyBytes>() else { return Ok(false) };
        let stage = match &*self.state() {
            Some(state) if state.general.is_none() => state.stage,
            _ => return Ok(false),
        };
        match stage {
            Stage::Waiting => Ok(false),
            Stage::Sent => self.send_block(block).map(|()| true),
            Stage::Begun => {
                let single = {
                    // SAFETY: attached; a live object; -1 with an exception set means that it has no length.
                    let length = unsafe { ffi::PyObject_Size(result.as_ptr()) };
                    if length < 0 {
                        let error = PyErr::fetch(self.py());
                        if !has_no_length(self.py(), &error) {
                            // Raised only if the length is wanted: the handler knows.
                            dismiss(error);
                            return Ok(false);
                        }
                        dismiss(error);
                    }
                    length == 1
                };
                self.send_first(bytes.as_bytes(), single)
            }
        }
    }

    /// Sends the head and the first block; `single`: it is the only one. Gives false if the head needs judgement.
    pub(super) fn send_first(&self, block: &[u8], single: bool) -> PyResult<bool> {
        let py = self.py();
        let Some(head) = self.head(single.then_some(block.len()))? else { return Ok(false) };
        let mut message = head.written(false, block.len().min(ONE_SEND))?;
        let socket = {
            let mut state = self.state();
            let Some(state) = state.as_mut() else { return Ok(false) };
            state.stage = Stage::Sent;
            state.bytes_sent = block.len();
            state.parts.socket.clone_ref(py)
        };
        let socket = socket.bind(py);
        if block.len() <= ONE_SEND {
            memory::append(&mut message, block)?;
            send(socket, &message)?;
        } else {
            send(socket, &message)?;
            send(socket, block)?;
        }
        Ok(true)
    }

    /// Sends a block behind the head.
    pub(super) fn send_block(&self, block: &Bound<'py, PyAny>) -> PyResult<()> {
        let bytes = block.cast::<PyBytes>()?.as_bytes();
        let socket = {
            let mut state = self.state();
            let Some(state) = state.as_mut() else { return Ok(()) };
            state.bytes_sent += bytes.len();
            state.parts.socket.clone_ref(self.py())
        };
        send(socket.bind(self.py()), bytes)
    }

    /// The head of the response, with a Content-Length of `length` put into the headers if they have none; None, with nothing
    /// done, if it needs judgement.
    fn head(&self, length: Option<usize>) -> PyResult<Option<Head>> {
        let py = self.py();
        let (status, headers, version, software, environ, base) = {
            let state = self.state();
            let Some(state) = state.as_ref() else { return Ok(None) };
            let (Some(status), Some(headers)) = (&state.status, &state.headers) else { return Ok(None) };
            let parts = &state.parts;
            (
                status.clone_ref(py),
                headers.clone_ref(py),
                parts.http_version.clone_ref(py),
                parts.software.as_ref().map(|software| software.clone_ref(py)),
                parts.environ.clone_ref(py),
                parts.base_env.clone_ref(py),
            )
        };
        // The handler asks the environment whether the client knows of heads.
        let protocol = intern!(py, "SERVER_PROTOCOL");
        let (now, then) = (environ.bind(py).get_item(protocol)?, base.bind(py).get_item(protocol)?);
        let modern = |protocol: &Bound<'_, PyAny>| {
            bytes_of(protocol.as_borrowed()).is_some_and(|text| text.starts_with(b"HTTP/1."))
        };
        if !now.is_some_and(|now| modern(&now) && then.is_some_and(|then| now.is(&then))) {
            return Ok(None);
        }
        Head::make(
            status.bind(py),
            headers.bind(py),
            version.bind(py),
            software.as_ref().map(|text| text.bind(py)),
            length,
        )
    }
}

/// Whether an error says that an object has no length.
fn has_no_length(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyAttributeError>(py)
        || error.is_instance_of::<PyNotImplementedError>(py)
}

/// What goes by one send, head and body together; a longer body goes from where it lies.
const ONE_SEND: usize = 64 * 1024;

/// Sends all of some bytes. What surely finds room goes without giving up the interpreter's lock.
fn send(socket: &Bound<'_, PyAny>, bytes: &[u8]) -> PyResult<()> {
    let py = socket.py();
    let Some(socket) = object::receive(py, socket.as_borrowed()) else {
        return Err(PyTypeError::new_err("not a socket"));
    };
    let mut rest = bytes;
    if bytes.len() <= ONE_SEND {
        match socket.send(&Interpreter(py), bytes, libc::MSG_DONTWAIT) {
            Ok(count) => rest = bytes.get(count..).unwrap_or_default(),
            Err(Error::Os(libc::EAGAIN)) => {}
            Err(error) => return Err(raise(py, error)),
        }
    }
    if rest.is_empty() {
        return Ok(());
    }
    socket.send_all(&Interpreter(py), rest, 0).map_err(|error| raise(py, error))
}
