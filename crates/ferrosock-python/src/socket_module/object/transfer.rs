//! Sending and receiving bytes.

use std::cell::Cell;
use std::ffi::CStr;
use std::mem::MaybeUninit;

use ferrosock_socket::Result as SocketResult;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyTuple};

use super::naming::{address_argument, address_value, expect_address};
use super::{CALLS, SocketObject};
use crate::audit::audit;
use crate::buffer::Buffer;
use crate::call::{Args, docstring, native_method, native_named};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;
use crate::memory::{self, FreshBytes};
use crate::version;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_method!(
            CALLS,
            c"recv",
            recv,
            c"recv(bufsize[, flags]) -> bytes

Receive up to bufsize bytes; as soon as there are some, those are what comes. b'' is the end of a stream: the peer has closed.
flags are MSG_* constants.

Raises TimeoutError when the timeout runs out, OSError if the system refuses, ValueError for a negative bufsize."
        ),
        native_named!(
            CALLS,
            c"recv_into",
            recv_into,
            c"recv_into(buffer[, nbytes[, flags]]) -> int

Receive up to nbytes bytes (0: as many as fit) into a writable buffer and return how many came; 0 at the end of a stream.

Raises as recv() does, ValueError if nbytes is negative or more than fits."
        ),
        native_method!(
            CALLS,
            c"recvfrom",
            recvfrom,
            c"recvfrom(bufsize[, flags]) -> (bytes, address)

Receive as recv() does, and tell where it came from.

Raises as recv() does."
        ),
        native_named!(
            CALLS,
            c"recvfrom_into",
            recvfrom_into,
            c"recvfrom_into(buffer[, nbytes[, flags]]) -> (int, address)

Receive as recv_into() does, and tell where it came from.

Raises as recv_into() does."
        ),
        native_method!(
            CALLS,
            c"send",
            send,
            SEND_DOC
        ),
        native_method!(
            CALLS,
            c"sendall",
            sendall,
            SENDALL_DOC
        ),
        native_method!(
            CALLS,
            c"sendto",
            sendto,
            c"sendto(data, [flags, ]address) -> int

Send bytes to an address, in the form of the socket's family, and return how many went.

Raises as send() does, TypeError for an address of the wrong shape."
        ),
    ])
}

/// Up to this many bytes are received on the stack and copied to an object of the size that came.
const STACK: usize = 8 * 1024;

/// From this many bytes on an allocation costs more than a copy: the C library maps fresh pages for it and unmaps the rest
/// when the object shrinks. What is received then goes through [`SCRATCH`].
const FRESH: usize = 64 * 1024;

/// The most that goes through [`SCRATCH`].
const LARGEST: usize = 256 * 1024;

thread_local! {
    /// A thread's space for large receives, kept between calls. It is taken out while it is in use, since a signal handler
    /// may receive in the midst of a receive.
    static SCRATCH: Cell<Option<Box<[MaybeUninit<u8>]>>> = const { Cell::new(None) };
}

/// A bytes object of what `receive`, with these flags, puts into a space of `size` bytes, and what else it gives.
pub(super) fn received<'py, T>(
    py: Python<'py>,
    size: usize,
    flags: i32,
    receive: impl FnOnce(&mut [MaybeUninit<u8>]) -> SocketResult<(usize, T)>,
) -> PyResult<(Bound<'py, PyBytes>, T)> {
    let raised = |error| raise(py, error);
    // With MSG_TRUNC a stream counts bytes that it throws away, and leaves the space as it is.
    let truncating = flags & libc::MSG_TRUNC != 0;
    if size <= STACK {
        let mut space = [const { MaybeUninit::uninit() }; STACK];
        if truncating {
            space[..size].fill(MaybeUninit::new(0));
        }
        let (count, more) = receive(&mut space[..size]).map_err(raised)?;
        return Ok((filled(py, &space[..size], count)?, more));
    }
    if !truncating && (FRESH..=LARGEST).contains(&size) {
        let mut space = SCRATCH.take().map_or_else(|| memory::space(LARGEST), Ok)?;
        let result = receive(&mut space[..size]).map_err(raised);
        let result = result.and_then(|(count, more)| Ok((filled(py, &space[..size], count)?, more)));
        SCRATCH.set(Some(space));
        return result;
    }
    let mut fresh = if truncating { FreshBytes::zeroed(py, size)? } else { FreshBytes::new(py, size)? };
    let (count, more) = receive(fresh.space()).map_err(raised)?;
    if count > size {
        return Ok((filled(py, fresh.space(), count)?, more));
    }
    Ok((fresh.shrink(count)?, more))
}

/// A bytes object of the `count` bytes that a system call has put into `space`.
///
/// With MSG_TRUNC the count is that of the whole datagram, more than there was space for, and programs ask for the length of
/// the result to learn it. The missing bytes are then zeros (the standard library shows what lay in memory there); since 3.15
/// the count is refused.
fn filled<'py>(py: Python<'py>, space: &[MaybeUninit<u8>], count: usize) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: the system call filled the first `count` bytes, as far as they fit, or they were zeros before.
    let bytes: &[u8] = unsafe { std::slice::from_raw_parts(space.as_ptr().cast(), count.min(space.len())) };
    if count <= space.len() {
        return memory::bytes_object(py, bytes);
    }
    if version::since(15) {
        return Err(PyValueError::new_err("size larger than allocated size"));
    }
    PyBytes::new_with(py, count, |whole| {
        whole[..bytes.len()].copy_from_slice(bytes);
        Ok(())
    })
}

/// A size argument that must not be negative.
fn size_argument(args: &Args<'_, '_>, size: isize) -> PyResult<usize> {
    usize::try_from(size)
        .map_err(|_| PyValueError::new_err(format!("negative buffersize in {}", args.name())))
}

/// The arguments (buffer, nbytes, flags): the buffer, how much of it to fill (all of it for 0) and the flags. A ValueError with
/// `refusal` if nbytes is more than fits.
fn space_arguments(args: &Args<'_, '_>, refusal: &'static str) -> PyResult<(Buffer, usize, i32)> {
    let (buffer, size, flags) = (Buffer::writable(args, 0)?, args.ssize_or(1, 0)?, args.int_or(2, 0)?);
    args.finish()?;
    match size_argument(args, size)? {
        0 => {
            let size = buffer.len();
            Ok((buffer, size, flags))
        }
        size if size > buffer.len() => Err(PyValueError::new_err(refusal)),
        size => Ok((buffer, size, flags)),
    }
}

fn recv<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.between(1, 2)?;
    let (size, flags) = (args.ssize(0)?, args.int_or(1, 0)?);
    let size = size_argument(&args, size)?;
    if size == 0 {
        return Ok(PyBytes::new(py, b"").into_any());
    }
    let (bytes, ()) = received(py, size, flags, |space| {
        this.recv_uninit(&Interpreter(py), space, flags).map(|count| (count, ()))
    })?;
    Ok(bytes.into_any())
}

fn recvfrom<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.between(1, 2)?;
    let (size, flags) = (args.ssize(0)?, args.int_or(1, 0)?);
    let size = size_argument(&args, size)?;
    expect_address(&this)?;
    let (bytes, address) =
        received(py, size, flags, |space| this.recv_from_uninit(&Interpreter(py), space, flags))?;
    let address = address_value(&this, &address)?;
    Ok(PyTuple::new(py, [bytes.into_any(), address])?.into_any())
}

fn recv_into<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.parse_named(&["buffer", "nbytes", "flags"], 1, |args| {
        let (mut buffer, size, flags) = space_arguments(&args, "buffer too small for requested bytes")?;
        let count = if size == 0 {
            0
        } else {
            this.recv_uninit(&Interpreter(py), &mut buffer.space()[..size], flags)
                .map_err(|error| raise(py, error))?
        };
        Ok(PyInt::new(py, count).into_any())
    })
}

fn recvfrom_into<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.parse_named(&["buffer", "nbytes", "flags"], 1, |args| {
        let (mut buffer, size, flags) =
            space_arguments(&args, "nbytes is greater than the length of the buffer")?;
        expect_address(&this)?;
        let (count, address) = this
            .recv_from_uninit(&Interpreter(py), &mut buffer.space()[..size], flags)
            .map_err(|error| raise(py, error))?;
        let address = address_value(&this, &address)?;
        Ok(PyTuple::new(py, [PyInt::new(py, count).into_any(), address])?.into_any())
    })
}

/// Whether the arguments of what sends are read by the rules of Argument Clinic.
pub(super) const CLINIC: bool = version::since(15);

/// Refuses none, or more than `most` arguments of what sends.
pub(super) fn count_sent(args: &Args<'_, '_>, most: usize) -> PyResult<()> {
    if CLINIC { args.clinic(1, most) } else { args.between(1, most) }
}

/// The flags of what sends, if they are given.
pub(super) fn sending_flags(args: &Args<'_, '_>, place: usize) -> PyResult<i32> {
    match args.get(place) {
        Some(flags) if CLINIC => convert::as_int(&flags),
        _ => args.int_or(place, 0),
    }
}

const SEND_DOC: &CStr = docstring!(
    CLINIC,
    "send($self, data, flags=0, /)",
    "send(data[, flags]) -> int",
    "Send bytes and return how many went, which may be fewer than there are; the rest is the caller's to send. flags are MSG_*
constants.

Raises TimeoutError when the timeout runs out, OSError if the system refuses or the peer is gone."
);

const SENDALL_DOC: &CStr = docstring!(
    CLINIC,
    "sendall($self, data, flags=0, /)",
    "sendall(data[, flags])",
    "Send all the bytes, within one timeout for the whole.

Raises as send() does; how much went before is then not known."
);

fn send<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    count_sent(&args, 2)?;
    let (data, flags) = (Buffer::readable(&*args.object(0)?)?, sending_flags(&args, 1)?);
    let count = this.send(&Interpreter(py), data.bytes(), flags).map_err(|error| raise(py, error))?;
    Ok(PyInt::new(py, count).into_any())
}

fn sendall<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    count_sent(&args, 2)?;
    let (data, flags) = (Buffer::readable(&*args.object(0)?)?, sending_flags(&args, 1)?);
    this.send_all(&Interpreter(py), data.bytes(), flags).map_err(|error| raise(py, error))?;
    Ok(py.None().into_bound(py))
}

fn sendto<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let (flags_at, address_at) = match args.len() {
        2 => (None, 1),
        3 => (Some(1), 2),
        given => {
            return Err(PyTypeError::new_err(format!("sendto() takes 2 or 3 arguments ({given} given)")));
        }
    };
    let data = Buffer::readable(&*args.object(0)?)?;
    let flags = flags_at.map_or(Ok(0), |index| args.int(index))?;
    let address = args.object(address_at)?;
    audit(py, c"socket.sendto", (this.object(), address))?;
    let raw = address_argument(&this, "sendto", &address)?;
    let count =
        this.send_to(&Interpreter(py), data.bytes(), flags, &raw).map_err(|error| raise(py, error))?;
    Ok(PyInt::new(py, count).into_any())
}
