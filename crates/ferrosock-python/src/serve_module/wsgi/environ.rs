//! The environment of a request (PEP 3333, "environ Variables"; RFC 3875).

use std::sync::{Mutex, PoisonError};

use ferrosock::codec::url;
use ferrosock::proto::http1::Version;
use ferrosock::server::{Forwarding, Request, RequestBody, TrustedProxies};
use ferrosock::socket::address::Address;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};

use super::super::convert::latin;
use super::super::peers::{LastHost, ip_of};
use super::super::target::below;
use super::input::Input;
use crate::http_module::names::Kept;
use crate::http_module::server::method;

/// The names of what is set for each request.
struct Keys {
    method: Py<PyString>,
    path: Py<PyString>,
    script: Py<PyString>,
    query: Py<PyString>,
    uri: Py<PyString>,
    raw_uri: Py<PyString>,
    protocol: Py<PyString>,
    remote_addr: Py<PyString>,
    remote_port: Py<PyString>,
    server_name: Py<PyString>,
    server_port: Py<PyString>,
    scheme: Py<PyString>,
    input: Py<PyString>,
    host: Py<PyString>,
    cookie: Py<PyString>,
    http_10: Py<PyString>,
    http_11: Py<PyString>,
    https: Py<PyString>,
    empty: Py<PyString>,
}

static KEYS: PyOnceLock<Keys> = PyOnceLock::new();

fn keys(py: Python<'_>) -> &Keys {
    KEYS.get_or_init(py, || {
        let word = |text: &str| PyString::intern(py, text).unbind();
        Keys {
            method: word("REQUEST_METHOD"),
            path: word("PATH_INFO"),
            script: word("SCRIPT_NAME"),
            query: word("QUERY_STRING"),
            uri: word("REQUEST_URI"),
            raw_uri: word("RAW_URI"),
            protocol: word("SERVER_PROTOCOL"),
            remote_addr: word("REMOTE_ADDR"),
            remote_port: word("REMOTE_PORT"),
            server_name: word("SERVER_NAME"),
            server_port: word("SERVER_PORT"),
            scheme: word("wsgi.url_scheme"),
            input: word("wsgi.input"),
            host: word("HTTP_HOST"),
            cookie: word("HTTP_COOKIE"),
            http_10: word("HTTP/1.0"),
            http_11: word("HTTP/1.1"),
            https: word("https"),
            empty: word(""),
        }
    })
}

/// The variables of headers' names, None for one that is left out.
static VARIABLES: Kept = Kept::new();

/// Makes environments.
pub(super) struct Environs {
    template: Py<PyDict>,
    root: Vec<u8>,
    script: Py<PyString>,
    proxies: TrustedProxies,
    nothing: Py<Input>,
    /// The last addresses and their words: mostly they are the same again.
    local: Mutex<Option<(Address, Words)>>,
    peer: LastHost,
}

type Words = (Py<PyString>, Py<PyString>);

/// The variable of a header, by the name as it came. A name with an underscore has none: it would be taken for the one with a
/// hyphen, which a proxy in front may have checked. Nor has `Proxy`, for programs read HTTP_PROXY as their own setting.
fn variable<'py>(py: Python<'py>, name: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if name.contains(&b'_') || name.eq_ignore_ascii_case(b"proxy") {
        return Ok(py.None().into_bound(py));
    }
    let plain = name.eq_ignore_ascii_case(b"content-type") || name.eq_ignore_ascii_case(b"content-length");
    let mut text = String::with_capacity(name.len() + 5);
    if !plain {
        text.push_str("HTTP_");
    }
    text.extend(name.iter().map(|byte| if *byte == b'-' { '_' } else { byte.to_ascii_uppercase() as char }));
    Ok(PyString::intern(py, &text).into_any())
}

impl Environs {
    /// `template` has what is the same for all requests; `root` is the path under which the application is mounted.
    pub(super) fn new(template: Bound<'_, PyDict>, root: &str, proxies: TrustedProxies) -> PyResult<Self> {
        let py = template.py();
        let keys = keys(py);
        let template = template.copy()?;
        // So many names from the beginning on make room for those of a request's headers.
        for key in [
            &keys.method,
            &keys.path,
            &keys.script,
            &keys.query,
            &keys.uri,
            &keys.raw_uri,
            &keys.protocol,
            &keys.remote_addr,
            &keys.remote_port,
            &keys.server_name,
            &keys.server_port,
            &keys.scheme,
            &keys.input,
        ] {
            if !template.contains(key)? {
                template.set_item(key, &keys.empty)?;
            }
        }
        // The application sees it as the text that it is: the octets of its UTF-8 (PEP 3333, "Unicode Issues").
        let script = latin(py, root.as_bytes())?.unbind();
        template.set_item(&keys.script, &script)?;
        Ok(Self {
            template: template.unbind(),
            root: root.as_bytes().to_vec(),
            script,
            proxies,
            nothing: Py::new(py, Input::new(RequestBody::Empty))?,
            local: Mutex::default(),
            peer: LastHost::default(),
        })
    }

    /// The environment of a request, whose body it takes.
    pub(super) fn of<'py>(&self, py: Python<'py>, request: &mut Request) -> PyResult<Bound<'py, PyDict>> {
        let keys = keys(py);
        let environ = self.template.bind(py).copy()?;
        set(&environ, &keys.method, &method(py, request.method().as_bytes())?)?;
        let target = latin(py, &request.head.target)?;
        set(&environ, &keys.uri, &target)?;
        set(&environ, &keys.raw_uri, &target)?;
        self.set_path(py, &environ, &target, request)?;
        if let Some(query) = request.query() {
            set(&environ, &keys.query, &latin(py, query)?)?;
        }
        let protocol = if request.head.version >= Version::Http11 { &keys.http_11 } else { &keys.http_10 };
        set(&environ, &keys.protocol, protocol.bind(py))?;
        self.set_addresses(py, &environ, request)?;
        let mut variables = VARIABLES.take();
        for (name, value) in request.head.fields.iter() {
            let variable = variables.made(py, name, variable)?;
            let Ok(variable) = variable.cast::<PyString>() else { continue };
            add(&environ, variable, value, keys)?;
        }
        if let Some(authority) = request.authority() {
            set(&environ, &keys.host, &latin(py, authority)?)?;
        }
        let secure = request.tls().is_some();
        if secure {
            set(&environ, &keys.scheme, keys.https.bind(py))?;
        }
        if let Some(seen) = self.proxies.forwarding(request) {
            set_seen(py, &environ, &seen)?;
        }
        let input = match std::mem::take(&mut request.body) {
            RequestBody::Empty => self.nothing.bind(py).clone(),
            body => Bound::new(py, Input::new(body))?,
        };
        set(&environ, &keys.input, &input)?;
        Ok(environ)
    }

    /// PATH_INFO, and SCRIPT_NAME where the path has that before it. Where a proxy has cut it off, it is there all the same.
    fn set_path(
        &self,
        py: Python<'_>,
        environ: &Bound<'_, PyDict>,
        target: &Bound<'_, PyString>,
        request: &Request,
    ) -> PyResult<()> {
        let keys = keys(py);
        let path = request.path();
        if path.first() != Some(&b'/') {
            // `*` of OPTIONS and what CONNECT names are no paths, and PATH_INFO begins with a slash or is empty (PEP 3333, which
            // wsgiref.validate insists on). REQUEST_URI has them.
            return set(environ, &keys.path, keys.empty.bind(py));
        }
        let plain = memchr::memchr(b'%', path).is_none();
        if plain && self.root.is_empty() {
            let same = path.len() == request.head.target.len();
            let text = if same { target.clone() } else { latin(py, path)? };
            return set(environ, &keys.path, &text);
        }
        let path = url::decode(path);
        let inner = below(&path, &self.root);
        set(environ, &keys.script, self.script.bind(py))?;
        set(environ, &keys.path, &latin(py, inner.unwrap_or(&path))?)
    }

    fn set_addresses(&self, py: Python<'_>, environ: &Bound<'_, PyDict>, request: &Request) -> PyResult<()> {
        let keys = keys(py);
        if let Some((ip, port)) = ip_of(request.peer()) {
            let text = self.peer.text(py, ip);
            set(environ, &keys.remote_addr, text.bind(py))?;
            set(environ, &keys.remote_port, &decimal(py, port)?)?;
        }
        let Some(local) = request.local() else { return Ok(()) };
        let mut last = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, port) = match &*last {
            Some((known, (name, port))) if known == local => (name.clone_ref(py), port.clone_ref(py)),
            _ => {
                let Some((ip, port)) = ip_of(local) else { return Ok(()) };
                let words = (PyString::new(py, &ip.to_string()).unbind(), decimal(py, port)?.unbind());
                *last = Some((local.clone(), (words.0.clone_ref(py), words.1.clone_ref(py))));
                words
            }
        };
        drop(last);
        set(environ, &keys.server_name, name.bind(py))?;
        set(environ, &keys.server_port, port.bind(py))
    }
}

/// What trusted proxies say.
fn set_seen(py: Python<'_>, environ: &Bound<'_, PyDict>, seen: &Forwarding) -> PyResult<()> {
    let keys = keys(py);
    if let Some((ip, port)) = seen.client {
        set(environ, &keys.remote_addr, &PyString::new(py, &ip.to_string()))?;
        let port = port.map_or_else(|| Ok(keys.empty.bind(py).clone()), |port| decimal(py, port))?;
        set(environ, &keys.remote_port, &port)?;
    }
    if let Some(scheme) = seen.scheme {
        set(environ, &keys.scheme, &PyString::new(py, scheme))?;
    }
    if let Some(host) = &seen.host {
        set(environ, &keys.host, &latin(py, host)?)?;
    }
    Ok(())
}

/// Sets a variable.
#[inline]
fn set<T>(environ: &Bound<'_, PyDict>, key: &Py<PyString>, value: &Bound<'_, T>) -> PyResult<()> {
    // SAFETY: attached; live objects.
    let status = unsafe { ffi::PyDict_SetItem(environ.as_ptr(), key.as_ptr(), value.as_ptr()) };
    if status < 0 { Err(PyErr::fetch(environ.py())) } else { Ok(()) }
}

/// Sets a header's variable, behind what a header of the same name has said.
#[inline]
fn add(environ: &Bound<'_, PyDict>, key: &Bound<'_, PyString>, value: &[u8], keys: &Keys) -> PyResult<()> {
    let py = environ.py();
    let text = latin(py, value)?;
    // SAFETY: attached; live objects; gives a borrowed reference to what is there now, or null with an exception set.
    let there = unsafe {
        let there = ffi::PyDict_SetDefault(environ.as_ptr(), key.as_ptr(), text.as_ptr());
        Bound::from_borrowed_ptr_or_err(py, there)?
    };
    if there.is(&text) {
        return Ok(());
    }
    // Fields of one name are a list (RFC 9110 section 5.3), cookies one of their own (RFC 9113 section 8.2.3).
    let between = if key.is(&keys.cookie) { "; " } else { "," };
    let joined = format!("{}{between}{}", there.cast::<PyString>()?.to_str()?, text.to_str()?);
    environ.set_item(key, joined)
}

/// A number's digits.
fn decimal<'py>(py: Python<'py>, number: u16) -> PyResult<Bound<'py, PyString>> {
    let mut digits = [0; 5];
    let mut at = digits.len();
    let mut left = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            return latin(py, &digits[at..]);
        }
    }
}
