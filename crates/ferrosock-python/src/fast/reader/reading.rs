//! The methods that read.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use memchr::memchr;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::buffer::SIZE;
use super::source::number;
use super::{Held, Reader};
use crate::buffer::Buffer;
use crate::call::{Args, Receiver, native_fast, native_one};
use crate::convert;
use crate::memory::{self, FreshBytes};
use crate::socket_module::CALLS;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"read", read, READ_DOC),
        native_fast!(CALLS, c"read1", read1, READ1_DOC),
        native_one!(CALLS, c"readinto", readinto, READINTO_DOC),
        native_one!(CALLS, c"readinto1", readinto1, READINTO1_DOC),
        native_fast!(CALLS, c"readline", readline, READLINE_DOC),
        native_fast!(CALLS, c"peek", peek, PEEK_DOC),
    ])
}

/// A read of more allocates as bytes come, not at once.
const AT_ONCE: usize = 1 << 20;

const READ_DOC: &CStr = c"read($self, size=-1, /)
--

Read size bytes, or to the end of the stream if size is -1 or None. Fewer come if the stream ends, or if a non-blocking
socket has no more; None if such a one has nothing at all.

Raises ValueError if the file is closed or size is below -1, and what receiving raises.";

fn read<'py>(this: Reader<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(0, 1)?;
    let size = size_or_all(&args)?;
    read_sized(this, size)
}

/// What `read` does.
#[inline]
pub(super) fn read_sized<'py>(this: Reader<'_, 'py>, size: isize) -> PyResult<Bound<'py, PyAny>> {
    this.check_attached()?;
    if size < -1 {
        return Err(PyValueError::new_err("read length must be non-negative or -1"));
    }
    let mut buffer = this.enter()?;
    this.check_open(&buffer, "read of closed file")?;
    let Ok(size) = usize::try_from(size) else { return read_all(this, &mut buffer) };
    let ahead = buffer.ahead().len();
    if size <= ahead {
        return give(this.py(), &mut buffer, size);
    }
    read_more(this, &mut buffer, size)
}

/// `size` bytes, more than are in the buffer.
fn read_more<'py>(this: Reader<'_, 'py>, buffer: &mut Held<'_>, size: usize) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let mut result = FreshBytes::new(py, size.min(AT_ONCE.max(buffer.ahead().len())))?;
    let mut count = take(buffer, result.space());
    buffer.reset();
    while count < size {
        let rest = size - count;
        if result.space().len() - count < rest.min(SIZE) {
            result.grow(size.min(count.saturating_mul(2)))?;
        }
        let space = &mut result.space()[count..];
        // Whole blocks are received where they belong, the rest by way of the buffer.
        let blocks = space.len().min(rest - rest % SIZE);
        let received = match blocks {
            0 => this.fill(buffer, SIZE)?.map(|_| take(buffer, space)),
            _ => this.receive_once(&mut space[..blocks])?,
        };
        match received {
            None if count == 0 => return Ok(py.None().into_bound(py)),
            None | Some(0) => break,
            Some(more) => count += more,
        }
        this.run_handlers(count < size)?;
    }
    Ok(result.shrink(count)?.into_any())
}

/// Everything to the end of the stream.
fn read_all<'py>(this: Reader<'_, 'py>, buffer: &mut Held<'_>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let mut all = memory::copied(buffer.ahead())?;
    loop {
        buffer.reset();
        match this.fill(buffer, SIZE)? {
            None if all.is_empty() => return Ok(py.None().into_bound(py)),
            None | Some(0) => break,
            Some(_) => memory::append(&mut all, buffer.ahead())?,
        }
        this.run_handlers(true)?;
    }
    Ok(memory::bytes_object(py, &all)?.into_any())
}

const READ1_DOC: &CStr = c"read1($self, size=-1, /)
--

Read up to size bytes (below 0: the buffer's size), receiving once at most, and only if the buffer is empty.

Raises as read() does.";

fn read1<'py>(this: Reader<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(0, 1)?;
    let size = args.ssize_or(0, -1)?;
    this.check_attached()?;
    let size = usize::try_from(size).unwrap_or(SIZE);
    let py = this.py();
    let mut buffer = this.enter()?;
    this.check_open(&buffer, "read of closed file")?;
    let ahead = buffer.ahead().len();
    if size == 0 || ahead > 0 {
        return give(py, &mut buffer, size.min(ahead));
    }
    if size <= SIZE {
        // By way of the buffer, for an object of just the size that comes.
        buffer.reset();
        let count = this.fill(&mut buffer, size)?.unwrap_or(0);
        return give(py, &mut buffer, count);
    }
    let mut result = FreshBytes::new(py, size.min(AT_ONCE))?;
    let count = this.receive_once(result.space())?.unwrap_or(0);
    Ok(result.shrink(count)?.into_any())
}

const READINTO_DOC: &CStr = c"readinto($self, buffer, /)
--

Read into a writable buffer until it is full. Returns how many bytes came: fewer if the stream ends, or if a non-blocking
socket has no more; None if such a one has nothing at all.

Raises as read() does.";

fn readinto<'py>(this: Reader<'_, 'py>, target: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    read_into(this, target, "readinto", false)
}

const READINTO1_DOC: &CStr = c"readinto1($self, buffer, /)
--

Read into a writable buffer, receiving once at most, and only if the file's own buffer is empty. Returns how many bytes came,
None if a non-blocking socket has nothing.

Raises as read() does.";

fn readinto1<'py>(this: Reader<'_, 'py>, target: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    read_into(this, target, "readinto1", true)
}

fn read_into<'py>(
    this: Reader<'_, 'py>,
    target: Borrowed<'_, 'py, PyAny>,
    name: &str,
    once: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let mut target = Buffer::writable_object(&target).map_err(|_| {
        let found = convert::described(&target);
        PyTypeError::new_err(format!("{name}() argument must be read-write bytes-like object, not {found}"))
    })?;
    this.check_attached()?;
    let mut buffer = this.enter()?;
    this.check_open(&buffer, "readinto of closed file")?;
    let space = target.space();
    let mut count = take(&mut buffer, space);
    if count < space.len() {
        buffer.reset();
    }
    let mut received_once = false;
    // CPython adds one receive to what was in the buffer if it can go where it belongs.
    while count < space.len() && !(once && (received_once || (count > 0 && space.len() - count <= SIZE))) {
        let rest = &mut space[count..];
        let received = if rest.len() > SIZE {
            this.receive_once(rest)?
        } else {
            this.fill(&mut buffer, SIZE)?.map(|_| take(&mut buffer, rest))
        };
        received_once = true;
        match received {
            None if count == 0 => return Ok(py.None().into_bound(py)),
            None | Some(0) => break,
            Some(more) => count += more,
        }
        this.run_handlers(!once && count < space.len())?;
    }
    Ok(number(py, count))
}

const READLINE_DOC: &CStr = c"readline($self, size=-1, /)
--

Read a line with its b'\\n', or size bytes of it if it is longer (below 0 or None: the whole). Without b'\\n' at its end it
is what came before the end of the stream, or all that a non-blocking socket had.

Raises ValueError if the file is closed, and what receiving raises.";

fn readline<'py>(this: Reader<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(0, 1)?;
    let size = size_or_all(&args)?;
    line(this, usize::try_from(size).unwrap_or(usize::MAX))
}

/// A line of at most `limit` bytes.
#[inline]
fn line<'py>(this: Reader<'_, 'py>, mut limit: usize) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    this.check_attached()?;
    let mut buffer = this.enter()?;
    this.check_open(&buffer, "readline of closed file")?;
    if let Some(length) = line_in(buffer.ahead(), limit) {
        return give(py, &mut buffer, length);
    }
    let mut begun = memory::copied(buffer.ahead())?;
    limit -= begun.len();
    loop {
        buffer.reset();
        let ended = matches!(this.fill(&mut buffer, SIZE)?, None | Some(0));
        let ahead = buffer.ahead();
        let found = line_in(ahead, limit).or(ended.then_some(0));
        if let Some(length) = found.filter(|_| begun.is_empty()) {
            return give(py, &mut buffer, length);
        }
        let length = found.unwrap_or(ahead.len());
        memory::append(&mut begun, &ahead[..length])?;
        limit -= length;
        buffer.advance(length);
        if found.is_some() {
            return Ok(memory::bytes_object(py, &begun)?.into_any());
        }
        this.run_handlers(true)?;
    }
}

/// The length of the line of at most `limit` bytes that `bytes` begin with, if they hold the whole of it.
#[inline]
fn line_in(bytes: &[u8], limit: usize) -> Option<usize> {
    let within = &bytes[..limit.min(bytes.len())];
    memchr(b'\n', within).map(|place| place + 1).or((within.len() == limit).then_some(limit))
}

const PEEK_DOC: &CStr = c"peek($self, size=0, /)
--

Return what is in the buffer, without taking it; if that is nothing, receive once. size is not looked at.

Raises as read() does.";

fn peek<'py>(this: Reader<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.clinic(0, 1)?;
    args.ssize_or(0, 0)?;
    this.check_attached()?;
    let mut buffer = this.enter()?;
    this.check_open(&buffer, "peek of closed file")?;
    if buffer.ahead().is_empty() {
        buffer.reset();
        this.fill(&mut buffer, SIZE)?;
    }
    Ok(memory::bytes_object(this.py(), buffer.ahead())?.into_any())
}

/// `tp_iternext`: null without an error at the end.
pub(super) unsafe extern "C" fn next(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this attached, with an instance.
    let (py, this) = unsafe {
        let py = Python::assume_attached();
        (py, Reader::receive(py, object))
    };
    let line = crate::call::enter(py, &CALLS, || line(this, usize::MAX));
    // SAFETY: a new bytes object, or null with an error set.
    unsafe {
        if !line.is_null() && ffi::PyBytes_Size(line) == 0 {
            ffi::Py_DECREF(line);
            return std::ptr::null_mut();
        }
    }
    line
}

/// The first `count` bytes of the buffer, which has as many.
#[inline]
fn give<'py>(py: Python<'py>, buffer: &mut Held<'_>, count: usize) -> PyResult<Bound<'py, PyAny>> {
    let bytes = memory::bytes_object(py, &buffer.ahead()[..count])?;
    buffer.advance(count);
    Ok(bytes.into_any())
}

/// Moves as many bytes of the buffer as fit into `space`, and says how many.
fn take(buffer: &mut Held<'_>, space: &mut [MaybeUninit<u8>]) -> usize {
    let ahead = buffer.ahead();
    let count = space.len().min(ahead.len());
    for (place, &byte) in space.iter_mut().zip(ahead) {
        place.write(byte);
    }
    buffer.advance(count);
    count
}

/// A size that may be None, for all.
fn size_or_all(args: &Args<'_, '_>) -> PyResult<isize> {
    let Some(size) = args.get(0).filter(|size| !size.is_none()) else { return Ok(-1) };
    // SAFETY: attached, a live object; -1 with an error set means failure.
    let number = unsafe {
        if ffi::PyIndex_Check(size.as_ptr()) == 0 {
            let found = convert::type_name(&size);
            return Err(PyTypeError::new_err(format!("argument should be integer or None, not '{found}'")));
        }
        ffi::PyNumber_AsSsize_t(size.as_ptr(), ffi::PyExc_OverflowError)
    };
    if number == -1 {
        convert::raised(size.py())?;
    }
    Ok(number)
}
