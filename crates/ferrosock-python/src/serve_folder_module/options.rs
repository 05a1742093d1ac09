//! The options of `ferrosock serve` as the engine's: those that are shared (`ferrosock.serve._options.Options`) and a folder's.

use std::path::Path;

use ferrosock::server::{Accounts, Builder, CrossOrigin, Files, Folder, Limits, Server, Theme, Uploads};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::serve_module::options::{access_log, duplicated, flag, limits, timeouts};

/// A builder as the shared options have it, that listens at these descriptors; `complain` is called with each line of what goes
/// wrong.
pub(super) fn builder(
    options: &Bound<'_, PyAny>,
    listeners: &[i32],
    complain: Py<PyAny>,
) -> PyResult<Builder> {
    // Bodies that are uploads have a limit of their own, and others have no use.
    let limits = Limits { body: Limits::default().body, ..limits(options)? };
    let mut builder = Server::builder()
        .limits(limits)
        .timeouts(timeouts(options)?)
        .threads(options.getattr("threads")?.extract()?)
        .trust_proxy_protocol(flag(options, "proxy_protocol")?)
        .error_log(move |line| {
            Python::try_attach(|py| {
                if let Err(error) = complain.call1(py, (line,)) {
                    error.write_unraisable(py, None);
                }
            });
        });
    for descriptor in listeners {
        builder = builder.adopt(duplicated(*descriptor)?);
    }
    if let Some((format, sink)) = access_log(options)? {
        builder = builder.access_log(format, sink);
    }
    Ok(builder)
}

/// The handler as a folder's own options have it.
pub(super) fn folder(root: &Path, own: &Bound<'_, PyDict>) -> PyResult<Folder> {
    let item = |name: &str| own.get_item(name)?.ok_or_else(|| PyKeyError::new_err(name.to_owned()));
    let flag = |name: &str| item(name)?.extract::<bool>();
    let mut files = Files::new(root)?
        .index(item("index")?.extract::<Option<String>>()?.as_deref())
        .hidden(flag("hidden")?)
        .links_out(flag("links_out")?)
        .precompressed(flag("precompressed")?);
    if let Some(value) = item("cache_control")?.extract::<Option<String>>()? {
        files = files.cache_control(value);
    }
    let mut accounts = Accounts::new();
    for account in item("accounts")?.extract::<Vec<String>>()? {
        accounts.add(&account).map_err(|error| PyValueError::new_err(error.to_string()))?;
    }
    let origins = item("cors")?.extract::<Vec<String>>()?;
    let mut folder = Folder::new(files)
        .list(flag("listing")?)
        .single_page(flag("spa")?)
        .archives(flag("zip")?)
        .accounts(accounts)
        .hosts(item("hosts")?.extract::<Vec<String>>()?)
        .cross_origin(match origins {
            none if none.is_empty() => CrossOrigin::None,
            any if any.iter().any(|origin| origin == "*") => CrossOrigin::Any,
            origins => CrossOrigin::Origins(origins),
        })
        .theme(match item("theme")?.extract::<String>()?.as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::Auto,
        });
    if flag("server_header")? {
        folder = folder.signature("ferrosock");
    }
    if flag("upload")? {
        let most = item("max_upload")?.extract::<Option<u64>>()?.unwrap_or(u64::MAX);
        folder = folder.uploads(Uploads { most, overwrite: flag("overwrite")? });
    }
    Ok(folder)
}
