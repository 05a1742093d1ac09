//! TLS by the stock `ssl` module: a context of the program's, and its objects over memory, which the client's own stream fills
//! and empties. So `https` has OpenSSL's trust and configuration, and no socket is wrapped.

use std::io;

use ferrosock::http::{SecureConnector, Stream, Wait};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyMemoryView, PyType};

use super::faults::{carried, raised};
use crate::buffer;
use crate::convert::slice;

/// One receive: some records of TLS.
const BLOCK: usize = 64 * 1024;

/// The most content of a record: the object gives no more at a time, and would make room for all that it is asked for.
const RECORD: usize = 16 * 1024;

/// Makes streams secure by `context()`, which gives an `ssl.SSLContext`.
pub(super) struct Tls(pub(super) Py<PyAny>);

impl SecureConnector for Tls {
    fn secure(&self, stream: Box<dyn Stream>, host: &str, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
        Python::attach(|py| {
            let mut secure = Secure::new(py, self.0.bind(py), stream, host).map_err(carried)?;
            while let Want::More = secure.try_to(
                py,
                |object| object.call_method0(intern!(py, "do_handshake")).map(drop),
                wait,
            )? {}
            Ok(Box::new(secure) as Box<dyn Stream>)
        })
    }
}

/// A secure stream.
struct Secure {
    below: Box<dyn Stream>,
    object: Py<PyAny>,
    incoming: Py<PyAny>,
    outgoing: Py<PyAny>,
    /// Where what comes is received; nobody else has it.
    block: Py<PyByteArray>,
    view: Py<PyAny>,
}

/// How a call of the object went.
enum Want<R> {
    Done(R),
    /// It needs what comes next, which is there now.
    More,
    /// The peer has said that it is over.
    End,
}

impl Secure {
    fn new(py: Python<'_>, context: &Bound<'_, PyAny>, below: Box<dyn Stream>, host: &str) -> PyResult<Self> {
        let bio = module(py, "MemoryBIO")?;
        let (incoming, outgoing) = (bio.call0()?, bio.call0()?);
        let named = PyDict::new(py);
        let host = host.split('%').next().unwrap_or(host); // a zone means nothing to the peer
        named.set_item("server_hostname", host)?;
        let object =
            context.call0()?.call_method(intern!(py, "wrap_bio"), (&incoming, &outgoing), Some(&named))?;
        let block = PyByteArray::new(py, &[0; BLOCK]);
        let view = PyMemoryView::from(&block)?;
        Ok(Self {
            below,
            object: object.unbind(),
            incoming: incoming.unbind(),
            outgoing: outgoing.unbind(),
            block: block.unbind(),
            view: view.into_any().unbind(),
        })
    }

    /// Calls the object; sends what it has to say, and receives where it needs that.
    fn try_to<'py, R>(
        &mut self,
        py: Python<'py>,
        call: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<R>,
        wait: &Wait<'_>,
    ) -> io::Result<Want<R>> {
        let result = call(self.object.bind(py));
        // Also before an error: the peer is told of it.
        let sent = self.flush(py, wait);
        match result {
            Ok(value) => sent.map(|()| Want::Done(value)),
            Err(error) if is(py, &error, "SSLWantReadError")? => {
                sent?;
                self.fill(py, wait)?;
                Ok(Want::More)
            }
            Err(error) if is(py, &error, "SSLZeroReturnError")? => Ok(Want::End),
            Err(error) => Err(carried(error)),
        }
    }

    fn flush(&mut self, py: Python<'_>, wait: &Wait<'_>) -> io::Result<()> {
        let outgoing = self.outgoing.bind(py);
        let pending = outgoing.getattr(intern!(py, "pending")).and_then(|pending| pending.extract::<usize>());
        if pending.map_err(carried)? == 0 {
            return Ok(());
        }
        let data = outgoing.call_method0(intern!(py, "read")).map_err(carried)?;
        buffer::with_readable(&data, |bytes| {
            let below = &mut self.below;
            Ok(py.detach(|| {
                let mut left = bytes;
                while !left.is_empty() {
                    left = &left[below.write(left, wait)?..];
                }
                Ok(())
            }))
        })
        .map_err(carried)?
    }

    fn fill(&mut self, py: Python<'_>, wait: &Wait<'_>) -> io::Result<()> {
        let below = &mut self.below;
        let read =
            buffer::with_writable(self.block.bind(py), |block| Ok(py.detach(|| below.read(block, wait))));
        let count = match read {
            Some(read) => read.map_err(carried)??,
            None => return Err(io::ErrorKind::OutOfMemory.into()), // a bytearray lends its memory, but for that
        };
        let incoming = self.incoming.bind(py);
        let taken = match count {
            0 => incoming.call_method0(intern!(py, "write_eof")),
            _ => slice(py, None, Some(count as isize))
                .and_then(|part| self.view.bind(py).get_item(part))
                .and_then(|received| incoming.call_method1(intern!(py, "write"), (received,))),
        };
        taken.map(drop).map_err(carried)
    }
}

impl Stream for Secure {
    fn read(&mut self, space: &mut [u8], wait: &Wait<'_>) -> io::Result<usize> {
        Python::attach(|py| {
            loop {
                let length = space.len().min(RECORD);
                let read =
                    self.try_to(py, |object| object.call_method1(intern!(py, "read"), (length,)), wait)?;
                match read {
                    Want::Done(data) => {
                        return buffer::with_readable(&data, |bytes| {
                            space[..bytes.len()].copy_from_slice(bytes);
                            Ok(bytes.len())
                        })
                        .map_err(carried);
                    }
                    Want::More => {}
                    Want::End => return Ok(0),
                }
            }
        })
    }

    fn write(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<usize> {
        Python::attach(|py| {
            loop {
                let data = PyBytes::new(py, &bytes[..bytes.len().min(1 << 16)]);
                match self.try_to(
                    py,
                    |object| object.call_method1(intern!(py, "write"), (data,))?.extract(),
                    wait,
                )? {
                    Want::Done(count) => return Ok(count),
                    Want::More => {}
                    Want::End => return Err(io::ErrorKind::BrokenPipe.into()),
                }
            }
        })
    }

    fn is_quiet(&mut self) -> bool {
        // What has come may be nothing but tickets for later sessions: reading takes them in.
        let now = Wait::until(Some(std::time::Instant::now()));
        Python::attach(|py| {
            let more = self.try_to(py, |object| object.call_method1(intern!(py, "read"), (1,)), &now);
            match more {
                Err(error) => error.kind() == io::ErrorKind::TimedOut && raised(py, &error).is_none(),
                // Something came that was not for the program; once more, and then it is to be quiet.
                Ok(Want::More) => {
                    let again =
                        self.try_to(py, |object| object.call_method1(intern!(py, "read"), (1,)), &now);
                    again.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut)
                }
                Ok(_) => false,
            }
        })
    }
}

fn module<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "ssl"))?.getattr(name)
}

/// Whether an exception is of a class of `ssl`.
fn is(py: Python<'_>, error: &PyErr, name: &'static str) -> io::Result<bool> {
    static WANT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static ZERO: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let place = if name == "SSLWantReadError" { &WANT } else { &ZERO };
    let class = place
        .get_or_try_init(py, || PyResult::Ok(module(py, name)?.cast_into::<PyType>()?.unbind()))
        .map_err(carried)?;
    Ok(error.is_instance(py, class.bind(py)))
}
