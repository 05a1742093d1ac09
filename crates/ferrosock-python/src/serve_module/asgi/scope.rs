//! The scope of a request (ASGI's HTTP and WebSocket message format).

use std::sync::{Mutex, PoisonError};

use ferrosock::codec::url;
use ferrosock::proto::http1::Version;
use ferrosock::server::{Request, TrustedProxies};
use ferrosock::socket::address::{Address, UnixName};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use super::super::peers::{LastHost, ip_of};
use super::super::target::below;
use crate::http_module::names::Kept;
use crate::http_module::server::method;
use crate::text::decoded;

/// The names of headers, in lower case.
static NAMES: Kept = Kept::new();

/// Makes scopes.
pub(super) struct Scopes {
    template: Py<PyDict>,
    /// What the lifespan has left for requests: each gets a copy.
    state: Option<Py<PyDict>>,
    root: String,
    proxies: TrustedProxies,
    /// The last addresses as objects: mostly they are the same again.
    server: Mutex<Option<(Address, Py<PyAny>)>>,
    client: LastHost,
}

fn lower<'py>(py: Python<'py>, name: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyBytes::new(py, &name.to_ascii_lowercase()).into_any())
}

impl Scopes {
    pub(super) fn new(
        template: Bound<'_, PyDict>,
        state: Option<Bound<'_, PyDict>>,
        root: &str,
        proxies: TrustedProxies,
    ) -> PyResult<Self> {
        // All keys are there from the beginning: a copy of the dict does not grow. They are interned, as those of a program's own
        // code are, so that nobody has to compare their letters.
        let py = template.py();
        let state_name = state.is_some().then_some("state");
        let names = ["method", "path", "raw_path", "query_string", "headers", "client", "server"];
        for name in names.into_iter().chain(state_name) {
            template.set_item(PyString::intern(py, name), py.None())?;
        }
        Ok(Self {
            template: template.unbind(),
            state: state.map(Bound::unbind),
            root: root.to_owned(),
            proxies,
            server: Mutex::default(),
            client: LastHost::default(),
        })
    }

    pub(super) fn of<'py>(&self, py: Python<'py>, request: &Request) -> PyResult<Bound<'py, PyDict>> {
        let scope = self.template.bind(py).copy()?;
        scope.set_item(intern!(py, "method"), method(py, request.method().as_bytes())?)?;
        if request.head.version < Version::Http11 {
            scope.set_item(intern!(py, "http_version"), intern!(py, "1.0"))?;
        }
        let path = request.path();
        let raw = if self.root.is_empty() || below(path, self.root.as_bytes()).is_some() {
            PyBytes::new(py, path)
        } else {
            // The path is the whole one, also where a proxy has cut it.
            PyBytes::new(py, &[self.root.as_bytes(), path].concat())
        };
        scope.set_item(intern!(py, "path"), decoded(py, &url::decode(raw.as_bytes()), c"replace")?)?;
        scope.set_item(intern!(py, "raw_path"), &raw)?;
        scope.set_item(intern!(py, "query_string"), PyBytes::new(py, request.query().unwrap_or_default()))?;
        let forwarding = self.proxies.forwarding(request);
        let secure = request.tls().is_some();
        let scheme = forwarding.as_ref().and_then(|seen| seen.scheme).or(secure.then_some("https"));
        if let Some(scheme) = scheme {
            scope.set_item(intern!(py, "scheme"), PyString::intern(py, scheme))?;
        }
        let host = forwarding.as_ref().and_then(|seen| seen.host.as_deref());
        scope.set_item(intern!(py, "headers"), self.headers(py, request, host)?)?;
        let client = match forwarding.and_then(|seen| seen.client) {
            Some((ip, port)) => Some((ip, port.unwrap_or(0))),
            None => ip_of(request.peer()),
        };
        scope.set_item(intern!(py, "client"), client.map(|(ip, port)| (self.client.text(py, ip), port)))?;
        scope.set_item(intern!(py, "server"), self.server(py, request.local())?)?;
        if let Some(state) = &self.state {
            scope.set_item(intern!(py, "state"), state.bind(py).copy()?)?;
        }
        Ok(scope)
    }

    /// The address at which the server was reached, as a pair.
    fn server(&self, py: Python<'_>, local: Option<&Address>) -> PyResult<Py<PyAny>> {
        let Some(local) = local else { return Ok(py.None()) };
        let mut last = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, pair)) = &*last {
            if known == local {
                return Ok(pair.clone_ref(py));
            }
        }
        let pair = match (local, ip_of(local)) {
            (_, Some((ip, port))) => (ip.to_string(), port).into_pyobject(py)?.into_any().unbind(),
            (Address::Unix(UnixName::Path(path)), _) => {
                (String::from_utf8_lossy(path), py.None()).into_pyobject(py)?.into_any().unbind()
            }
            _ => py.None(),
        };
        *last = Some((local.clone(), pair.clone_ref(py)));
        Ok(pair)
    }

    /// Makes a scope that of a WebSocket.
    pub(super) fn for_websocket<'py>(
        &self,
        scope: Bound<'py, PyDict>,
        subprotocols: &[String],
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = scope.py();
        scope.set_item(intern!(py, "type"), intern!(py, "websocket"))?;
        scope.del_item(intern!(py, "method"))?;
        let secure =
            scope.get_item(intern!(py, "scheme"))?.is_some_and(|scheme| scheme.eq("https").unwrap_or(false));
        scope.set_item(intern!(py, "scheme"), if secure { intern!(py, "wss") } else { intern!(py, "ws") })?;
        scope.set_item(intern!(py, "subprotocols"), subprotocols)?;
        let extensions = PyDict::new(py);
        extensions.set_item("websocket.http.response", PyDict::new(py))?;
        scope.set_item(intern!(py, "extensions"), extensions)?;
        Ok(scope)
    }

    fn headers<'py>(
        &self,
        py: Python<'py>,
        request: &Request,
        host: Option<&[u8]>,
    ) -> PyResult<Bound<'py, PyList>> {
        let host = host.or(request.authority());
        let headers = PyList::empty(py);
        let mut names = NAMES.take();
        for (name, value) in request.head.fields.iter() {
            let value = match host {
                Some(host) if name.eq_ignore_ascii_case(b"host") => host,
                _ => value,
            };
            // SAFETY: attached; new objects, whose references the tuple takes over.
            let pair = unsafe {
                let pair = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(2))?;
                ffi::PyTuple_SET_ITEM(pair.as_ptr(), 0, names.made(py, name, lower)?.into_ptr());
                ffi::PyTuple_SET_ITEM(pair.as_ptr(), 1, PyBytes::new(py, value).into_ptr());
                pair.cast_into_unchecked::<PyTuple>()
            };
            headers.append(pair)?;
        }
        Ok(headers)
    }
}
