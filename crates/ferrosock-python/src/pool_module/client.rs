//! `Client`: the connections, and requests over them.

use std::time::{Duration, Instant};

use ferrosock::http::{self, PoolLimits, RequestBuilder};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::callbacks::{Jar, progress};
use super::content::{gather, read_little};
use super::errors::Translator;
use super::response::Response;
use super::tls::Tls;
use super::{CALLS, body, content, faults, options};

/// A pool of connections. `translate(kind, message, details)` makes the exceptions.
///
/// options, all of which may be missing:
///     headers: fields that go with every request that has none of that name;
///     timeouts: seconds or None for the whole, to connect, for a receive, for a place in the pool;
///     connections, idle, idle_total, idle_timeout: most connections to an origin or None, idle ones, in all, for how long;
///     retries, redirects, decode: as for a request;
///     proxies: a URL or None for http, one for https, and the hosts without in one str, as in `no_proxy`;
///     context: a function that gives an ssl.SSLContext;
///     cookies: an object with header(url) and store(url, value).
#[pyclass(module = "ferrosock._native.pool", frozen)]
pub(super) struct Client {
    inner: http::Client,
    translate: Translator,
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (translate, options, /))]
    fn new(py: Python<'_>, translate: Py<PyAny>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        CALLS.note();
        let translate = Translator(translate);
        let inner = build(options, &translate)?.map_err(|error| translate.raise(py, &error, &[]))?;
        Ok(Self { inner, translate })
    }

    /// Make a request and return its Response. Unless it is to stream, all content is there, `limit` bytes at most.
    ///
    /// options is None or a dict: timeouts, retries, redirects, decode (None leaves content encoded), proxy, progress.
    #[pyo3(signature = (method, url, headers, body, options, stream, limit, /))]
    #[allow(
        clippy::too_many_arguments,
        reason = "a call with keywords takes longer than the request's preparation"
    )]
    fn request(
        &self,
        py: Python<'_>,
        method: &str,
        url: &str,
        headers: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
        stream: bool,
        limit: u64,
    ) -> PyResult<Response> {
        CALLS.note();
        let mut request = self.inner.request(method, url);
        if let Some(headers) = headers {
            request = request.headers(options::fields(headers)?);
        }
        if let Some(body) = body {
            request = request.body(body::body(body)?);
        }
        if let Some(options) = options {
            request = with_options(request, options)
                .map_err(|error| error.unwrap_or_else(|error| self.translate.raise(py, &error, &[])))?;
        }
        let begun = Instant::now();
        let mut held = Vec::new();
        // A small response is there whole when the interpreter is taken back.
        let sent = py.detach(|| {
            let mut response = request.send()?;
            let elapsed = begun.elapsed();
            let whole = !stream && read_little(&mut response, &mut held)?;
            Ok((response, elapsed, whole))
        });
        if let Some(pending) = faults::take() {
            return Err(pending);
        }
        let (mut response, elapsed, whole) = sent.map_err(|error| self.translate.raise(py, &error, &held))?;
        let content = match (stream, whole) {
            (true, _) => None,
            (false, true) if held.len() as u64 <= limit => Some(content::bytes(py, &held)?),
            (false, _) => Some(gather(py, &mut response, &held, limit, &self.translate)?),
        };
        let translate = self.translate.clone_ref(py);
        Ok(Response::new(response, content.map(Bound::unbind), elapsed.as_secs_f64(), translate))
    }

    /// Return a dict of what was done: requests, opened, reused, closed, retries, redirects, idle, active.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        CALLS.note();
        let stats = py.detach(|| self.inner.stats());
        let dict = PyDict::new(py);
        let counts = [
            ("requests", stats.requests),
            ("opened", stats.opened),
            ("reused", stats.reused),
            ("closed", stats.closed),
            ("retries", stats.retries),
            ("redirects", stats.redirects),
            ("idle", stats.idle as u64),
            ("active", stats.active as u64),
        ];
        counts.into_iter().try_for_each(|(name, count)| dict.set_item(name, count))?;
        Ok(dict)
    }

    /// Close the connections that are idle.
    fn close_idle(&self, py: Python<'_>) {
        CALLS.note();
        py.detach(|| self.inner.close_idle());
    }
}

fn with_options(
    mut request: RequestBuilder,
    options: &Bound<'_, PyDict>,
) -> Result<RequestBuilder, Result<PyErr, http::Error>> {
    for (name, value) in options.iter() {
        let name = name.extract::<String>().map_err(Ok)?;
        request = option(request, &name, &value)?;
    }
    Ok(request)
}

fn option(
    request: RequestBuilder,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> Result<RequestBuilder, Result<PyErr, http::Error>> {
    if name == "proxies" {
        let given = value.extract().map_err(Ok)?;
        return Ok(request.proxies(options::proxies(given).map_err(Err)?));
    }
    let set = || -> PyResult<_> {
        Ok(match name {
            "timeouts" => request.timeouts(options::timeouts(value.extract()?)?),
            "retries" => request.retries(options::retries(value.extract()?)?),
            "redirects" => request.redirects(options::redirects(value.extract()?)),
            "decode" => {
                request.decoding(value.extract::<Option<(u64, u32, u64, u64)>>()?.map(options::decoding))
            }
            "expect" => match options::seconds(Some(value.extract()?))? {
                Some(patience) => request.expect_continue(patience),
                None => request.expect_continue(Duration::from_secs(3600)),
            },
            "progress" => {
                let py = value.py();
                request
                    .on_upload(progress(value.clone().unbind(), "upload"))
                    .on_download(progress(value.clone().unbind().clone_ref(py), "download"))
            }
            other => return Err(PyTypeError::new_err(format!("no option of a request: {other}"))),
        })
    };
    set().map_err(Ok)
}

/// The client that the options describe.
fn build(options: &Bound<'_, PyDict>, translate: &Translator) -> PyResult<Result<http::Client, http::Error>> {
    let py = options.py();
    let fail = |error: http::Error| translate.raise(py, &error, &[]);
    let mut builder = http::Client::builder().on_signal(faults::check_signals);
    let mut limits = PoolLimits::default();
    for (name, value) in options.iter() {
        builder = match name.extract::<String>()?.as_str() {
            "headers" => options::fields(&value)?
                .into_iter()
                .fold(builder, |builder, (name, value)| builder.header(name, value)),
            "timeouts" => builder.timeouts(options::timeouts(value.extract()?)?),
            "retries" => builder.retries(options::retries(value.extract()?)?),
            "redirects" => builder.redirects(options::redirects(value.extract()?)),
            "decode" => match value.extract::<Option<(u64, u32, u64, u64)>>()? {
                Some(limits) => builder.decode_limits(options::decoding(limits)),
                None => builder.without_decoding(),
            },
            "connections" => {
                limits.per_origin = value.extract()?;
                builder
            }
            "idle" => {
                limits.idle_per_origin = value.extract()?;
                builder
            }
            "idle_total" => {
                limits.idle_total = value.extract()?;
                builder
            }
            "idle_timeout" => {
                limits.idle_timeout = options::seconds(value.extract()?)?.unwrap_or(Duration::MAX);
                builder
            }
            "proxies" => builder.proxies(options::proxies(value.extract()?).map_err(fail)?),
            "context" => builder.secure_connector(Tls(value.unbind())),
            "cookies" => builder.cookies(Jar(value.unbind())),
            other => return Err(PyValueError::new_err(format!("no option of a client: {other}"))),
        }
    }
    Ok(builder.pool_limits(limits).build())
}
