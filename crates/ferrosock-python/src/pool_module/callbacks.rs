//! What a request asks Python for: a cookie jar, and whoever wants to see how far it has come.

use ferrosock::http::{Cookies, Url};
use pyo3::intern;
use pyo3::prelude::*;

use super::faults;

/// An object with `header(url)`, which gives a str or None, and `store(url, value)`.
pub(super) struct Jar(pub(super) Py<PyAny>);

impl Jar {
    fn ask<R>(&self, call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<R>) -> Option<R> {
        if faults::is_pending() {
            return None;
        }
        Python::attach(|py| call(self.0.bind(py))).map_err(faults::note).ok()
    }
}

impl Cookies for Jar {
    fn header(&self, url: &Url) -> Option<String> {
        self.ask(|jar| jar.call_method1(intern!(jar.py(), "header"), (url.as_str(),))?.extract()).flatten()
    }

    fn store(&self, url: &Url, field: &[u8]) {
        let value: String = field.iter().copied().map(char::from).collect();
        self.ask(|jar| jar.call_method1(intern!(jar.py(), "store"), (url.as_str(), value)).map(drop));
    }
}

/// Calls `function(direction, done, total)`, until it raises.
pub(super) fn progress(function: Py<PyAny>, direction: &'static str) -> impl FnMut(u64, Option<u64>) + Send {
    move |done, total| {
        if !faults::is_pending() {
            let called = Python::attach(|py| function.call1(py, (direction, done, total)).map(drop));
            called.unwrap_or_else(faults::note);
        }
    }
}
