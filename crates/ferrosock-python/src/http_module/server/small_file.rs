//! `SimpleHTTPRequestHandler.do_GET` in one call: a file that is small and asked for without conditions.
//!
//! The general way opens, looks, reads and closes in calls of its own, at each of which another thread may take the interpreter.
//! Here it is let go once for all of them.

use std::ffi::CStr;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use ferrosock_server::Representation;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::super::CALLS;
use super::super::lazy::LazyMessage;
use super::{FILES, Handler, OK, plain};
use crate::call::{Args, native_fast};
use crate::memory;
use crate::text::ascii;

/// A file of at least this size is sent by the system alone.
const LARGE: u64 = 64 * 1024;

/// What would have a request be judged.
const CONDITIONS: [&[u8]; 6] =
    [b"if-modified-since", b"if-none-match", b"range", b"if-range", b"if-match", b"if-unmodified-since"];

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"small_file", small_file, DOC)])
}

const DOC: &CStr = c"small_file($module, handler, /)
--

Do what SimpleHTTPRequestHandler.do_GET does for a small file. Returns False, with nothing done, if that is for the general way.";

fn small_file<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let handler = args.object(0)?.to_owned();
    let found = Asked::of(module, &handler)?.map(|asked| asked.answered()).transpose()?;
    Ok(PyBool::new(module.py(), found == Some(true)).to_owned().into_any())
}

/// A request that nobody but the library has a say in.
struct Asked<'a, 'py> {
    handler: Handler<'a, 'py>,
    path: Bound<'py, PyString>,
}

impl<'a, 'py> Asked<'a, 'py> {
    fn of(module: Borrowed<'_, 'py, PyModule>, object: &'a Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = module.py();
        let Some(handler) = Handler::of(module, object)? else { return Ok(None) };
        let names = [
            intern!(py, "send_head"),
            intern!(py, "translate_path"),
            intern!(py, "copyfile"),
            intern!(py, "send_response"),
            intern!(py, "send_response_only"),
            intern!(py, "send_header"),
            intern!(py, "end_headers"),
            intern!(py, "flush_headers"),
        ];
        let is = |name: &Bound<'py, PyString>, expected: &[u8]| -> PyResult<bool> {
            Ok(handler.own(name)?.is_some_and(|value| plain(&value) == Some(expected)))
        };
        if !handler.leaves(FILES, &names)?
            || !is(intern!(py, "command"), b"GET")?
            || is(intern!(py, "request_version"), b"HTTP/0.9")?
        {
            return Ok(None);
        }
        let conditional = match handler.own(intern!(py, "headers"))?.as_ref().and_then(LazyMessage::of) {
            Some(message) => CONDITIONS.iter().any(|name| message.fields().get(name).is_some()),
            None => true,
        };
        let begun = handler
            .own(intern!(py, "_headers_buffer"))?
            .is_some_and(|lines| !lines.cast_exact::<PyList>().is_ok_and(PyListMethods::is_empty));
        if conditional
            || begun
            || object.getattr(intern!(py, "precompressed"))?.is_truthy()?
            || !object.getattr(intern!(py, "follow_links"))?.is_truthy()?
        {
            return Ok(None);
        }
        let (Some(directory), Some(path)) =
            (handler.own(intern!(py, "directory"))?, handler.own(intern!(py, "path"))?)
        else {
            return Ok(None);
        };
        let (Ok(directory), Ok(path)) =
            (directory.cast_into_exact::<PyString>(), path.cast_into_exact::<PyString>())
        else {
            return Ok(None);
        };
        if !names_folder(&directory)? || !ascii(path.as_borrowed()).is_some_and(is_plain_path) {
            return Ok(None);
        }
        let path = directory.add(path)?.cast_into_exact::<PyString>()?;
        Ok(Some(Self { handler, path }))
    }

    /// Answers, if there is such a file; says whether it has.
    fn answered(&self) -> PyResult<bool> {
        let py = self.handler.py();
        // The system's codec may have no bytes for it.
        let Ok(path) = self.path.extract::<PathBuf>() else { return Ok(false) };
        let Some(file) = py.detach(|| Content::read(&path)) else { return Ok(false) };
        let Some(head) = self.head(&file)? else { return Ok(false) };
        self.handler.object.call_method1(intern!(py, "log_request"), (self.handler.seams.item(OK)?,))?;
        let mut whole = head;
        memory::append(&mut whole, &file.bytes)?;
        let whole = memory::bytes_object(py, &whole)?;
        self.handler.kept.set_item(intern!(py, "_headers_buffer"), PyList::empty(py))?;
        self.handler.object.getattr(intern!(py, "wfile"))?.call_method1(intern!(py, "write"), (whole,))?;
        Ok(true)
    }

    /// What goes before the content; None if it is nothing simple.
    fn head(&self, file: &Content) -> PyResult<Option<Vec<u8>>> {
        let (py, handler) = (self.handler.py(), self.handler.object);
        let date = intern!(py, "date_time_string");
        let responses = handler.getattr(intern!(py, "responses"))?;
        let Ok(responses) = responses.cast_into_exact::<PyDict>() else { return Ok(None) };
        let Some(Ok(phrase)) =
            responses.get_item(self.handler.seams.item(OK)?)?.map(Bound::cast_into_exact::<PyTuple>)
        else {
            return Ok(None);
        };
        let (Ok(phrase), protocol) = (phrase.get_item(0), handler.getattr(intern!(py, "protocol_version"))?)
        else {
            return Ok(None);
        };
        let ranges = handler.getattr(intern!(py, "ranges"))?.is_truthy()?;
        let kind = handler.call_method1(intern!(py, "guess_type"), (&self.path,))?;
        let server = handler.call_method0(intern!(py, "version_string"))?;
        let now = handler.call_method0(date)?;
        let modified = handler.call_method1(date, (file.modified(),))?;
        let texts = [&protocol, &phrase, &server, &now, &kind, &modified].map(|text| plain(text));
        let [Some(protocol), Some(phrase), Some(server), Some(now), Some(kind), Some(modified)] = texts
        else {
            return Ok(None);
        };
        let size = file.size.to_string();
        let tag = ranges.then(|| file.tag());
        let tag = tag.as_deref().unwrap_or_default().as_bytes();
        let mut out = memory::room_for(
            256 + [protocol, phrase, server, now, kind, modified, tag]
                .iter()
                .map(|text| text.len())
                .sum::<usize>(),
        )?;
        let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.extend_from_slice(part));
        put(&[protocol, b" 200 ", phrase, b"\r\nServer: ", server, b"\r\nDate: ", now]);
        put(&[b"\r\nContent-type: ", kind, b"\r\nContent-Length: ", size.as_bytes()]);
        put(&[b"\r\nLast-Modified: ", modified, b"\r\n"]);
        if ranges {
            put(&[b"ETag: ", tag, b"\r\nAccept-Ranges: bytes\r\n"]);
        }
        put(&[b"\r\n"]);
        Ok(Some(out))
    }
}

/// Whether a folder's name has no slash at its end.
fn names_folder(directory: &Bound<'_, PyString>) -> PyResult<bool> {
    let length = directory.len()?;
    Ok(length > 0 && plain(&directory.get_item(length - 1)?) != Some(b"/"))
}

/// Whether there is nothing in a path to be decoded or left out.
fn is_plain_path(path: &[u8]) -> bool {
    let is_plain = |name: &[u8]| {
        let mut bytes = name.iter();
        bytes.next().is_some_and(|&byte| is_word(byte)) && bytes.all(|&byte| is_word(byte) || byte == b'.')
    };
    path.strip_prefix(b"/").is_some_and(|rest| rest.split(|&byte| byte == b'/').all(is_plain))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A file, read whole.
struct Content {
    bytes: Vec<u8>,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
    inode: u64,
}

impl Content {
    /// None if it is no small file, or cannot be read.
    fn read(path: &PathBuf) -> Option<Self> {
        // What is no file must not keep this waiting.
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        let mut file: File = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
        let about = file.metadata().ok()?;
        let size = about.len();
        if !about.is_file() || size >= LARGE {
            return None;
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size as usize + 1).ok()?;
        // Who writes it at this moment makes it longer or shorter.
        let count = Read::by_ref(&mut file).take(size + 1).read_to_end(&mut bytes).ok()?;
        (count as u64 == size).then(|| Self {
            bytes,
            size,
            seconds: about.mtime(),
            nanoseconds: about.mtime_nsec(),
            inode: about.ino(),
        })
    }

    /// When it was changed, as `os.stat_result.st_mtime` has it.
    fn modified(&self) -> f64 {
        self.seconds as f64 + 1e-9 * self.nanoseconds as f64
    }

    fn tag(&self) -> String {
        Representation::new(self.seconds, self.nanoseconds, self.size, self.inode, None).tag().to_owned()
    }
}
