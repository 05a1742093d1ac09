//! `HTTPResponse.begin` in one call: a head that is in the file's buffer whole, and needs no judgement.

use std::ffi::CStr;

use ferrosock_proto::http1::{ClearStatus, Version, has_no_body, tolerant_persists};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyType};
use pyo3::{Borrowed, ffi, intern};

use super::lazy::LazyMessage;
use super::message::{Fields, Limits, Places, latin, may_fill, set};
use super::{CALLS, COMPAT, HEAD, hides, is_zero, own, seams};
use crate::call::{Args, native_fast};
use crate::fast::SocketFile;
use crate::memory;
use crate::seams::attributes;

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
pub(super) fn begun<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    response: &Bound<'py, PyAny>,
) -> PyResult<bool> {
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
    if hides(&kept, &[intern!(py, "_read_status"), intern!(py, "_check_close"), intern!(py, "_close_conn")])?
    {
        return Ok(false);
    }
    let class = module.dict().as_any().get_item(intern!(py, "HTTPMessage"))?;
    let Ok(class) = class.cast_into::<PyType>() else { return Ok(false) };
    let Some(limits) = Limits::of(module)?.filter(|_| quiet) else { return Ok(false) };
    if !may_fill(&seams, &class)? {
        return Ok(false);
    }
    let head = own(&kept, intern!(py, "_method"))?.is_some_and(|method| method.eq("HEAD").unwrap_or(false));

    let mut places = Places::default();
    let taken = file.look(|input| {
        let line = ClearStatus::read(input)?;
        // Behind 100 the response is yet to come.
        if line.length > limits.line || line.status == 100 {
            return None;
        }
        let section = &input[line.length..];
        let length = places.read(section, limits)?;
        let framing = Framing::of(&line, &places.fields(section), head)?;
        let found = Found {
            version: line.version,
            status: line.status,
            reason: memory::copied(line.reason),
            section: memory::copied(&section[..length]),
        };
        Some((line.length + length, (found, framing)))
    })?;
    let Some((found, framing)) = taken else { return Ok(false) };

    let status = PyInt::new(py, found.status);
    set(response, intern!(py, "code"), &status)?;
    set(response, intern!(py, "status"), &status)?;
    set(response, intern!(py, "reason"), &reason(py, found.status, &found.reason?)?)?;
    let version = if found.version == Version::Http10 { 10 } else { 11 };
    set(response, intern!(py, "version"), &PyInt::new(py, version))?;
    LazyMessage::new(found.section?, &places, &class, seams.item(COMPAT)?)
        .put(&kept, &[intern!(py, "headers"), intern!(py, "msg")])?;
    let none = py.None().into_bound(py);
    if framing.chunked {
        set(response, intern!(py, "chunk_left"), &none)?;
    }
    let length = framing.length.map_or(none, |length| PyInt::new(py, length).into_any());
    set(response, intern!(py, "chunked"), &PyBool::new(py, framing.chunked))?;
    set(response, intern!(py, "will_close"), &PyBool::new(py, framing.will_close))?;
    set(response, intern!(py, "length"), &length)?;
    Ok(true)
}

/// What is taken of a head.
struct Found {
    version: Version,
    status: u16,
    reason: PyResult<Vec<u8>>,
    section: PyResult<Vec<u8>>,
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
