//! Bodies: `HTTPResponse.read`, and the chunks of a body in one call.

use std::ffi::CStr;

use memchr::memchr;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString};
use pyo3::{Borrowed, ffi, intern};

use super::head::is_head;
use super::message::set;
use super::{BODY, CALLS, END, SEEN, hides, own, raised, seams};
use crate::call::{Args, native_fast};
use crate::fast::SocketFile;
use crate::seams::{Seams, attributes};
use crate::version::{Backport, Change};

/// There may be only so many trailer lines (gh-150743).
static TRAILERS_COUNTED: Backport = Change::of(&[(10, 21), (11, 16), (12, 14), (13, 15), (14, 7)])
    .or_mark("http/client.py", "_MAXINTERIMRESPONSES");

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"read", read, READ_DOC),
        native_fast!(CALLS, c"take_chunks", take_chunks, CHUNKS_DOC),
        native_fast!(CALLS, c"end", end, END_DOC),
    ])
}

/// A response whose body may be read here.
struct Response<'py> {
    object: Bound<'py, PyAny>,
    kept: Bound<'py, PyDict>,
    fp: Bound<'py, PyAny>,
}

impl<'py> Response<'py> {
    fn of(module: Borrowed<'_, 'py, PyModule>, object: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(seams) = seams(module)? else { return Ok(None) };
        if !seams.class(BODY, object.get_type().as_any())? {
            return Ok(None);
        }
        let Some(kept) = attributes(object) else { return Ok(None) };
        let Some(fp) = own(&kept, intern!(py, "fp"))? else { return Ok(None) };
        if SocketFile::of(&fp).is_none() {
            return Ok(None);
        }
        let hidden = [
            intern!(py, "_close_conn"),
            intern!(py, "_safe_read"),
            intern!(py, "_read_chunked"),
            intern!(py, "_get_chunk_left"),
        ];
        if hides(&kept, &hidden)? {
            return Ok(None);
        }
        Ok(Some(Self { object: object.clone(), kept, fp }))
    }

    /// A count that an attribute holds: None if it is no such number, Some(None) if it is None.
    fn count(&self, name: &Bound<'py, PyString>) -> PyResult<Option<Option<usize>>> {
        let Some(value) = own(&self.kept, name)? else { return Ok(None) };
        if value.is_none() {
            return Ok(Some(None));
        }
        Ok(as_count(&value).map(Some))
    }

    fn set(&self, name: &Bound<'py, PyString>, value: Option<usize>) -> PyResult<()> {
        let py = self.object.py();
        let value = value.map_or_else(|| py.None().into_bound(py), |value| PyInt::new(py, value).into_any());
        set(&self.object, name, &value)
    }

    fn read(&self, size: Option<usize>) -> PyResult<Bound<'py, PyAny>> {
        let size = size.map_or(Ok(-1), isize::try_from)?;
        let Some(file) = SocketFile::of(&self.fp) else {
            return Err(PyTypeError::new_err("not a socket's file"));
        };
        file.read(size)
    }

    /// What `_close_conn` does.
    fn give_up_file(&self) -> PyResult<()> {
        let py = self.object.py();
        set(&self.object, intern!(py, "fp"), &py.None().into_bound(py))?;
        SocketFile::of(&self.fp).map_or(Ok(()), SocketFile::close)
    }
}

/// An int that is a length.
fn as_count(value: &Bound<'_, PyAny>) -> Option<usize> {
    let number: isize = value.cast_exact::<PyInt>().ok()?.extract().ok()?;
    usize::try_from(number).ok()
}

const READ_DOC: &CStr = c"read($module, response, amt, /)
--

Do what HTTPResponse.read does. Returns NotImplemented, with nothing read, if that is for the general way.";

fn read<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let py = module.py();
    let general = || Ok(py.NotImplemented().into_bound(py));
    let (object, amount) = (args.object(0)?, args.object(1)?);
    let amount = match amount.is_none() {
        true => None,
        false => match as_count(&amount) {
            Some(amount) => Some(amount),
            None => return general(),
        },
    };
    let Some(this) = Response::of(module, &object)? else { return general() };
    let whole =
        own(&this.kept, intern!(py, "chunked"))?.is_some_and(|chunked| chunked.is(PyBool::new(py, false)));
    let head = own(&this.kept, intern!(py, "_method"))?.is_some_and(|method| is_head(&method));
    let Some(length) = this.count(intern!(py, "length"))?.filter(|_| whole && !head) else {
        return general();
    };

    let Some(amount) = amount else {
        let data = this.read(length)?;
        if let Some(length) = length {
            let count = data.len()?;
            if count < length {
                this.give_up_file()?;
                return Err(raised(module, "IncompleteRead", (data, length - count))?);
            }
            this.set(intern!(py, "length"), Some(0))?;
        }
        this.give_up_file()?;
        return Ok(data);
    };
    let amount = length.map_or(amount, |length| length.min(amount));
    let data = this.read(Some(amount))?;
    // A non-blocking socket has nothing.
    let count = if data.is_none() { 0 } else { data.len()? };
    if count == 0 && amount > 0 {
        this.give_up_file()?;
    } else if let Some(length) = length {
        this.set(intern!(py, "length"), Some(length - count))?;
        if length == count {
            this.give_up_file()?;
        }
    }
    Ok(data)
}

const END_DOC: &CStr = c"end($module, response, /)
--

Do what HTTPResponse.close does. Returns False, with nothing done, if that is for the general way.";

fn end<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let done = ended(module, &args.object(0)?.to_owned())?;
    Ok(PyBool::new(module.py(), done).to_owned().into_any())
}

fn ended<'py>(module: Borrowed<'_, 'py, PyModule>, response: &Bound<'py, PyAny>) -> PyResult<bool> {
    let py = module.py();
    let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(false) };
    if !seams.class(END, response.get_type().as_any())? {
        return Ok(false);
    }
    let Some(kept) = attributes(response) else { return Ok(false) };
    let Some(fp) = own(&kept, intern!(py, "fp"))? else { return Ok(false) };
    let file = SocketFile::of(&fp);
    // Of an open file of a socket it is known that a flush does nothing.
    let known = fp.is_none() || file.is_some_and(SocketFile::is_open);
    if !known || hides(&kept, &[intern!(py, "flush"), intern!(py, "_close_conn")])? {
        return Ok(false);
    }
    // This is how `io.IOBase` knows it (the module has seen that it does).
    set(response, intern!(py, "__IOBase_closed"), &PyBool::new(py, true))?;
    if let Some(file) = file {
        set(response, intern!(py, "fp"), &py.None().into_bound(py))?;
        file.close()?;
    }
    Ok(true)
}

const CHUNKS_DOC: &CStr = c"take_chunks($module, response, amt, value, /)
--

Read what is at hand of a chunked body, up to amt bytes (None: all), and append it to the list value. Returns what is left of
amt, or False if no more is to be read: there is nothing left, or the body has ended. It stops where a step is for the
general way.

Raises IncompleteRead.";

fn take_chunks<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let py = module.py();
    let (object, amount, parts) = (args.object(0)?, args.object(1)?, args.object(2)?);
    let unchanged = || Ok(amount.to_owned());
    let mut left_to_take = match amount.is_none() {
        true => None,
        false => match as_count(&amount) {
            Some(count) => Some(count),
            None => return unchanged(),
        },
    };
    let Some(this) = Response::of(module, &object)? else { return unchanged() };
    let parts = parts.cast::<PyList>()?;
    let (name, over) = (intern!(py, "chunk_left"), || Ok(PyBool::new(py, false).to_owned().into_any()));
    let Some(mut left) = this.count(name)? else { return unchanged() };
    loop {
        let chunk = match left {
            Some(chunk) if chunk > 0 => chunk,
            _ => {
                let behind = left.is_some();
                let file = SocketFile::of(&this.fp);
                let Some(size) =
                    file.map(|file| file.look(|input| next_chunk(input, behind))).transpose()?.flatten()
                else {
                    break;
                };
                if size == 0 {
                    this.give_up_file()?;
                    this.set(name, None)?;
                    return over();
                }
                this.set(name, Some(size))?;
                size
            }
        };
        let wanted = left_to_take.map_or(chunk, |most| most.min(chunk));
        let data = this.read(Some(wanted))?;
        let count = data.len()?;
        if count < wanted {
            return Err(raised(module, "IncompleteRead", (data, wanted - count))?);
        }
        parts.append(data)?;
        left = Some(chunk - count);
        this.set(name, left)?;
        py.check_signals()?; // there may be chunks for as long as the peer likes
        if let Some(most) = &mut left_to_take {
            if *most <= chunk {
                return over();
            }
            *most -= count;
        }
    }
    Ok(left_to_take.map_or_else(|| py.None().into_bound(py), |left| PyInt::new(py, left).into_any()))
}

/// The size of the next chunk, and how many bytes are in front of its data, the end of the chunk before it included; of the
/// last chunk, with the trailer section. None if that is not there whole, or for the general way.
fn next_chunk(input: &[u8], behind: bool) -> Option<(usize, usize)> {
    let mut at = if behind { 2 } else { 0 };
    let line = line(input.get(at..)?)?;
    at += line.len();
    let digits = &line[..memchr(b';', line).unwrap_or(line.len())];
    let digits = digits.trim_ascii_end();
    if digits.is_empty() || digits.len() > 15 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let size = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    // Behind the last chunk the trailer section follows.
    let mut over = size > 0;
    while !over {
        let line = self::line(&input[at..])?;
        at += line.len();
        over = matches!(line, b"\r\n" | b"\n");
        if !over && TRAILERS_COUNTED.is_made() {
            return None;
        }
    }
    Some((at, size))
}

fn line(input: &[u8]) -> Option<&[u8]> {
    memchr(b'\n', input).map(|end| &input[..=end])
}
