//! `ferrosock._native.pool`: `ferrosock::http::Client` for Python programs. `ferrosock.http.pool` puts its classes in front.
//!
//! A request runs whole, redirects and tries included, with the interpreter given up: once for a request, and not once for a
//! system call. It comes back for what only the interpreter can do: signals (`faults.rs`), bodies that Python code makes
//! (`body.rs`), a cookie jar, a progress callback (`callbacks.rs`), and TLS by the stock `ssl` module (`tls.rs`).

mod body;
mod callbacks;
mod client;
mod content;
mod errors;
mod faults;
mod multipart;
mod options;
mod response;
mod tls;

use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.pool")?;
    module.setattr("__doc__", "A pool of HTTP connections: the native side of ferrosock.http.pool.")?;
    module.add_class::<client::Client>()?;
    module.add_class::<response::Response>()?;
    module.add_function(wrap_pyfunction!(multipart::multipart, &module)?)?;
    Ok(module)
}
