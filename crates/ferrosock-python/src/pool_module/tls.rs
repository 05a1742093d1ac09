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
                Secure::flush,
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
    /// What was taken from `outgoing` and is not all sent: bytes, and how many of them are.
    unsent: Option<(Py<PyAny>, usize)>,
    /// The first byte of what the peer says, if it was read to see whether it says anything.
    early: Option<u8>,
    /// Where what comes is received; nobody else has it.
    block: Py<PyByteArray>,
    view: Py<PyAny>,
}

/// How often what came without saying anything is taken in, until the peer counts as one that says nothing.
const TICKETS: usize = 64;

/// What sends what the object has to say.
type Flush = fn(&mut Secure, Python<'_>, &Wait<'_>) -> io::Result<()>;

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
            unsent: None,
            early: None,
            block: block.unbind(),
            view: view.into_any().unbind(),
        })
    }

    /// Calls the object; sends what it has to say by `flush`, and receives where it needs that.
    fn try_to<'py, R>(
        &mut self,
        py: Python<'py>,
        call: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<R>,
        flush: Flush,
        wait: &Wait<'_>,
    ) -> io::Result<Want<R>> {
        let result = call(self.object.bind(py));
        // Also before an error: the peer is told of it.
        let sent = flush(self, py, wait);
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

    /// Sends all that is to be sent.
    fn flush(&mut self, py: Python<'_>, wait: &Wait<'_>) -> io::Result<()> {
        self.send(py, |below, bytes| below.write(bytes, wait).map(Some)).map(drop)
    }

    /// [`flush`](Self::flush), unless a peer that does not receive has stopped what was being sent: what it says is read then.
    fn flush_unless_stopped(&mut self, py: Python<'_>, wait: &Wait<'_>) -> io::Result<()> {
        if self.unsent.is_some() { Ok(()) } else { self.flush(py, wait) }
    }

    /// Sends what is to be sent, as far as it goes before the peer has something to say.
    fn flush_until_answered(&mut self, py: Python<'_>, wait: &Wait<'_>) -> io::Result<()> {
        while !self.send(py, |below, bytes| below.write_unless_answered(bytes, wait))? {
            if self.is_answered(py)? {
                break;
            }
        }
        Ok(())
    }

    /// Sends what is to be sent by `write`, until that gives None; says whether it is all sent.
    fn send(
        &mut self,
        py: Python<'_>,
        write: impl Fn(&mut dyn Stream, &[u8]) -> io::Result<Option<usize>> + Sync,
    ) -> io::Result<bool> {
        loop {
            let (data, mut sent) = match self.unsent.take() {
                Some(unsent) => unsent,
                None => {
                    let outgoing = self.outgoing.bind(py);
                    let pending =
                        outgoing.getattr(intern!(py, "pending")).and_then(|count| count.extract::<usize>());
                    if pending.map_err(carried)? == 0 {
                        return Ok(true);
                    }
                    (outgoing.call_method0(intern!(py, "read")).map_err(carried)?.unbind(), 0)
                }
            };
            let below = &mut self.below;
            let done = buffer::with_readable(data.bind(py), |bytes| {
                Ok(py.detach(|| {
                    while sent < bytes.len() {
                        match write(&mut **below, &bytes[sent..])? {
                            Some(count) => sent += count,
                            None => return Ok(false),
                        }
                    }
                    io::Result::Ok(true)
                }))
            });
            if !done.map_err(carried)?? {
                self.unsent = Some((data, sent));
                return Ok(false);
            }
        }
    }

    /// Whether the peer has something to say, as far as can be seen without waiting: content, its end or an error. Tickets for
    /// later sessions are nothing that was said.
    fn is_answered(&mut self, py: Python<'_>) -> io::Result<bool> {
        let now = Wait::until(Some(std::time::Instant::now()));
        for _ in 0..TICKETS {
            if self.early.is_some() {
                return Ok(true);
            }
            match self.decrypt(py, 1, |_, _, _| Ok(()), &now) {
                Ok(Want::Done(data)) => {
                    self.early =
                        buffer::with_readable(&data, |bytes| Ok(bytes.first().copied())).map_err(carried)?;
                    return Ok(true);
                }
                Ok(Want::More) => {}
                Ok(Want::End) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::TimedOut && raised(py, &error).is_none() => {
                    return Ok(false);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                // Who reads is told the same.
                Err(_) => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Encrypts the beginning of some bytes, and gives how many they were.
    fn encrypt(
        &mut self,
        py: Python<'_>,
        bytes: &[u8],
        flush: Flush,
        wait: &Wait<'_>,
    ) -> io::Result<Want<usize>> {
        let data = PyBytes::new(py, &bytes[..bytes.len().min(1 << 16)]);
        self.try_to(py, |object| object.call_method1(intern!(py, "write"), (data,))?.extract(), flush, wait)
    }

    /// Decrypts at most so many bytes of what comes: a bytes object, which is not empty.
    fn decrypt<'py>(
        &mut self,
        py: Python<'py>,
        most: usize,
        flush: Flush,
        wait: &Wait<'_>,
    ) -> io::Result<Want<Bound<'py, PyAny>>> {
        self.try_to(py, |object| object.call_method1(intern!(py, "read"), (most,)), flush, wait)
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
        if let (Some(first), Some(byte)) = (space.first_mut(), self.early) {
            *first = byte;
            self.early = None;
            return Ok(1);
        }
        Python::attach(|py| {
            loop {
                let length = space.len().min(RECORD);
                match self.decrypt(py, length, Self::flush_unless_stopped, wait)? {
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
                match self.encrypt(py, bytes, Self::flush, wait)? {
                    Want::Done(count) => return Ok(count),
                    Want::More => {}
                    Want::End => return Err(io::ErrorKind::BrokenPipe.into()),
                }
            }
        })
    }

    fn write_unless_answered(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<Option<usize>> {
        Python::attach(|py| {
            loop {
                // What was said may have been taken off the socket by now, which then tells nothing of it.
                if self.is_answered(py)? {
                    return Ok(None);
                }
                self.flush_until_answered(py, wait)?; // what is left of the piece before
                if self.unsent.is_some() {
                    return Ok(None);
                }
                match self.encrypt(py, bytes, Self::flush_until_answered, wait)? {
                    Want::Done(count) => return Ok(Some(count)),
                    Want::More => {}
                    Want::End => return Err(io::ErrorKind::BrokenPipe.into()),
                }
            }
        })
    }

    fn is_quiet(&mut self) -> bool {
        Python::attach(|py| self.unsent.is_none() && self.is_answered(py).is_ok_and(|answered| !answered))
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
