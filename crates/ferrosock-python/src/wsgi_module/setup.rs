//! What is looked at before a request is served in one go, and the environment that it gets.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};
use pyo3::{Borrowed, intern};

use super::exchange::{Parts, Source};
use crate::clock;
use crate::seams::{Seams, Seen};

/// The classes of `wsgiref.simple_server` that were last seen to be as they were.
static SEEN: Seen = Seen::new();

// The places in the module's `_SEAMS`.
pub(super) const SERVER: usize = 1;
pub(super) const REQUEST_HANDLER: usize = 2;
pub(super) const ENVIRON: usize = 3;
pub(super) const LOG: usize = 4;
const SERVER_HANDLER: usize = 5;
const HEADERS: usize = 6;
const HEADERS_CLASS: usize = 7;
const HANDLERS: usize = 8;
const HANDLERS_MODULE: usize = 9;
pub(super) const PARSER: usize = 10;
pub(super) const CLIENT: usize = 11;
pub(super) const MESSAGE: usize = 12;
pub(super) const WRITER: usize = 13;
pub(super) const SOCKET: usize = 14;
const UTIL: usize = 15;
const UTIL_MODULE: usize = 16;

/// The module's lists, if its own names and those of `wsgiref.handlers` and `wsgiref.util` are still what they were.
pub(super) fn seams<'py>(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Option<Seams<'py>>> {
    let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(None) };
    let handlers = seams.item(HANDLERS_MODULE)?;
    let util = seams.item(UTIL_MODULE)?;
    let intact = seams.namespace(HANDLERS, handlers.cast::<PyModule>()?.as_borrowed())?
        && seams.namespace(UTIL, util.cast::<PyModule>()?.as_borrowed())?
        && seams.class(HEADERS, &seams.item(HEADERS_CLASS)?)?;
    Ok(intact.then_some(seams))
}

/// What `ServerHandler` says.
pub(super) struct ServerHandler<'py> {
    class: Bound<'py, PyAny>,
    os_environ: Bound<'py, PyDict>,
    http_version: Bound<'py, PyString>,
    software: Option<Bound<'py, PyString>>,
}

impl<'py> ServerHandler<'py> {
    /// None if somebody has put anything else in the way.
    pub(super) fn of(module: Borrowed<'_, 'py, PyModule>, seams: &Seams<'py>) -> PyResult<Option<Self>> {
        let py = module.py();
        if !clock::is_true(py)? {
            return Ok(None); // dates are a program's own
        }
        let Some(class) = module.dict().get_item(intern!(py, "ServerHandler"))? else { return Ok(None) };
        if !class.is_instance_of::<pyo3::types::PyType>() || !seams.class(SERVER_HANDLER, &class)? {
            return Ok(None);
        }
        let Ok(os_environ) = class.getattr(intern!(py, "os_environ"))?.cast_into_exact::<PyDict>() else {
            return Ok(None);
        };
        let Ok(http_version) = class.getattr(intern!(py, "http_version"))?.cast_into_exact::<PyString>()
        else {
            return Ok(None);
        };
        let software = class.getattr(intern!(py, "server_software"))?;
        let software = if software.is_none() {
            None
        } else {
            let Ok(software) = software.cast_into_exact::<PyString>() else { return Ok(None) };
            (!software.is_empty()?).then_some(software)
        };
        Ok(Some(Self { class, os_environ, http_version, software }))
    }

    /// All that an exchange needs; `base_env` tells of the request.
    pub(super) fn parts(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        socket: &Bound<'py, PyAny>,
        stdin: &Bound<'py, PyAny>,
        stderr: &Bound<'py, PyAny>,
        base_env: &Bound<'py, PyDict>,
        source: Source,
    ) -> PyResult<Parts> {
        let py = module.py();
        let environ = self.os_environ.copy()?;
        environ.update(base_env.as_mapping())?;
        let put = |name: &Bound<'py, PyString>, value: &Bound<'py, PyAny>| environ.set_item(name, value);
        let no = PyBool::new(py, false).to_owned().into_any();
        put(intern!(py, "wsgi.input"), stdin)?;
        put(intern!(py, "wsgi.errors"), stderr)?;
        put(intern!(py, "wsgi.version"), &self.class.getattr(intern!(py, "wsgi_version"))?)?;
        put(intern!(py, "wsgi.run_once"), &self.class.getattr(intern!(py, "wsgi_run_once"))?)?;
        put(intern!(py, "wsgi.url_scheme"), &scheme(&environ)?)?;
        put(intern!(py, "wsgi.multithread"), &no)?;
        put(intern!(py, "wsgi.multiprocess"), &no)?;
        let wrapper = self.class.getattr(intern!(py, "wsgi_file_wrapper"))?;
        if !wrapper.is_none() {
            environ.set_item(intern!(py, "wsgi.file_wrapper"), wrapper)?;
        }
        if let Some(software) = &self.software {
            let name = intern!(py, "SERVER_SOFTWARE");
            if !environ.contains(name)? {
                environ.set_item(name, software)?;
            }
        }
        Ok(Parts {
            module: module.to_owned().unbind(),
            class: self.class.clone().unbind(),
            socket: socket.clone().unbind(),
            stdin: stdin.clone().unbind(),
            stderr: stderr.clone().unbind(),
            base_env: base_env.clone().unbind(),
            environ: environ.unbind(),
            source,
            http_version: self.http_version.clone().unbind(),
            software: self.software.clone().map(Bound::unbind),
        })
    }
}

/// As `wsgiref.util.guess_scheme` has it.
fn scheme<'py>(environ: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    let py = environ.py();
    if let Some(https) = environ.get_item(intern!(py, "HTTPS"))? {
        if https.eq(intern!(py, "yes"))? || https.eq(intern!(py, "on"))? || https.eq(intern!(py, "1"))? {
            return Ok(intern!(py, "https").clone().into_any());
        }
    }
    Ok(intern!(py, "http").clone().into_any())
}
