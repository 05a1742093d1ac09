//! `HTTPResponse.begin` in one call: a head that is in the file's buffer whole, and needs no judgement.

use std::ffi::CStr;

use ferrosock_proto::http1::{ClearStatus, Version, has_no_body, tolerant_persists};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::lazy::LazyMessage;
use super::message::{Fields, Limits, Places, latin, may_fill};
use super::{CALLS, COMPAT, HEAD, hides, is_zero, own, seams};
use crate::call::{Args, native_fast};
use crate::fast::SocketFile;
use crate::memory;
use crate::seams::{Seams, attributes};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"begin", begin, BEGIN_DOC)])
}

const BEGIN_DOC: &CStr = c"begin($module, response, /)
--

Do what HTTPResponse.begin does: nothing, if the head has been read. Returns False, with nothing read, if that is for the
general way.";

fn begin<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let done = begun(module, &args.object(0)?.to_owned())?;
    Ok(PyBool::new(module.py(), done).to_owned().into_any())
}

/// Does what `begin` does, and says whether it has.
fn begun<'py>(module: Borrowed<'_, 'py, PyModule>, response: &Bound<'py, PyAny>) -> PyResult<bool> {
    let py = module.py();
    let Some(seams) = seams(module)? else { return Ok(false) };
    if !seams.class(HEAD, response.get_type().as_any())? {
        return Ok(false);
    }
    let Some(kept) = attributes(response) else { return Ok(false) };
    match own(&kept, intern!(py, "headers"))? {
        None => return Ok(false),
        Some(headers) if !headers.is_none() => return Ok(true),
        Some(_) => (),
    }
    let Some(fp) = own(&kept, intern!(py, "fp"))? else { return Ok(false) };
    let Some(file) = SocketFile::of(&fp) else { return Ok(false) };
    let quiet = own(&kept, intern!(py, "debuglevel"))?.is_some_and(|level| is_zero(&level));
    let hidden = [intern!(py, "_read_status"), intern!(py, "_check_close"), intern!(py, "_close_conn")];
    if !quiet || hides(&kept, &hidden)? {
        return Ok(false);
    }
    let method = own(&kept, intern!(py, "_method"))?;
    match Head::take(module, &seams, file, method.is_some_and(|method| is_head(&method)))? {
        Some(head) => head.put(&kept).map(|()| true),
        None => Ok(false),
    }
}

/// Whether the response to a request by this method has no body.
pub(super) fn is_head(method: &Bound<'_, PyAny>) -> bool {
    method.eq("HEAD").unwrap_or(false)
}

/// The head of a response, as `begin` finds it.
pub(super) struct Head<'py> {
    version: Version,
    status: u16,
    reason: Bound<'py, PyAny>,
    message: LazyMessage,
    framing: Framing,
}

impl<'py> Head<'py> {
    /// Takes a head from the file of a response; None, with nothing taken, if that is for the general way.
    pub(super) fn take(
        module: Borrowed<'_, 'py, PyModule>,
        seams: &Seams<'py>,
        file: SocketFile<'_, 'py>,
        is_head: bool,
    ) -> PyResult<Option<Self>> {
        let py = module.py();
        let class = module.dict().as_any().get_item(intern!(py, "HTTPMessage"))?;
        let Ok(class) = class.cast_into::<PyType>() else { return Ok(None) };
        let Some(limits) = Limits::of(module)? else { return Ok(None) };
        if !may_fill(seams, &class)? {
            return Ok(None);
        }
        let mut places = Places::default();
        let taken = file.look(|input| {
            let line = ClearStatus::read(input)?;
            // Behind 100 the response is yet to come.
            if line.length > limits.line || line.status == 100 {
                return None;
            }
            let section = &input[line.length..];
            let length = places.read(section, limits)?;
            let framing = Framing::of(&line, &places.fields(section), is_head)?;
            let (reason, section) = (memory::copied(line.reason), memory::copied(&section[..length]));
            Some((line.length + length, (line.version, line.status, reason, section, framing)))
        })?;
        let Some((version, status, phrase, section, framing)) = taken else { return Ok(None) };
        let message = LazyMessage::new(section?, &places, &class, seams.item(COMPAT)?);
        Ok(Some(Self { version, status, reason: reason(py, status, &phrase?)?, message, framing }))
    }

    /// Puts it where a response keeps its attributes: what setting them does, as the class has nothing under their names.
    pub(super) fn put(self, kept: &Bound<'py, PyDict>) -> PyResult<()> {
        let py = kept.py();
        let none = || py.None().into_bound(py);
        let Self { version, status, reason, message, framing: Framing { chunked, length, will_close } } =
            self;
        let status = PyInt::new(py, status);
        kept.set_item(intern!(py, "code"), &status)?;
        kept.set_item(intern!(py, "status"), status)?;
        kept.set_item(intern!(py, "reason"), reason)?;
        kept.set_item(intern!(py, "version"), if version == Version::Http10 { 10 } else { 11 })?;
        message.put(kept, &[intern!(py, "headers"), intern!(py, "msg")])?;
        if chunked {
            kept.set_item(intern!(py, "chunk_left"), none())?;
        }
        let length = length.map_or_else(none, |length| PyInt::new(py, length).into_any());
        kept.set_item(intern!(py, "chunked"), PyBool::new(py, chunked))?;
        kept.set_item(intern!(py, "will_close"), PyBool::new(py, will_close))?;
        kept.set_item(intern!(py, "length"), length)
    }
}

/// A reason phrase as str.
fn reason<'py>(py: Python<'py>, status: u16, phrase: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    match (status, phrase) {
        (200, b"OK") => Ok(intern!(py, "OK").clone().into_any()),
        _ => latin(py, phrase),
    }
}

/// What of a response's body `http.client` knows.
struct Framing {
    chunked: bool,
    length: Option<u64>,
    will_close: bool,
}

impl Framing {
    /// None for a length that needs judgement.
    fn of(line: &ClearStatus<'_>, fields: &Fields<'_>, head: bool) -> Option<Self> {
        let chunked =
            fields.get(b"transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        let mut length = match fields.get(b"content-length") {
            Some(digits) if !chunked && !digits.is_empty() => {
                let plain = digits.len() <= 18 && digits.iter().all(u8::is_ascii_digit);
                Some(plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()?)
            }
            _ => None,
        };
        if has_no_body(line.status) || head {
            length = Some(0);
        }
        let will_close =
            !tolerant_persists(line.version, |name| fields.get(name)) || !chunked && length.is_none();
        Some(Self { chunked, length, will_close })
    }
}
