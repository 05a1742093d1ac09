//! `proxy_bypass_environment`.

use std::ffi::CStr;

use ferrosock_proto::http::needs_no_proxy;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};
use pyo3::{Borrowed, intern};

use super::environment::of_environment;
use super::functions;
use crate::call::Args;
use crate::signature::{Signature, required};
use crate::text::ascii;

const SIGNATURE: Signature<2> = Signature {
    text: "proxy_bypass_environment(host, proxies=None)",
    names: ["host", "proxies"],
    required: 1,
};
pub(super) const DOC: &CStr = c"proxy_bypass_environment($module, host, proxies=None)
--

Return whether a host needs no proxy, by the variable no_proxy: names of hosts and domains with commas between them, or '*'.

Args:
    host: the host, which may have a port.
    proxies: what `getproxies_environment` gives; that is called if it is not given.";

pub(super) fn bypass<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [host, proxies] = SIGNATURE.read(&args)?;
    let host = required(host)?;
    let proxies = match proxies.filter(|given| !given.is_none()) {
        Some(given) => given.to_owned(),
        None => {
            let function = module.getattr(intern!(py, "getproxies_environment"))?;
            if functions(py).is(&function, "getproxies_environment") {
                of_environment(module)?
            } else {
                function.call0()?
            }
        }
    };
    if let Ok(known) = proxies.cast_exact::<PyDict>() {
        let answer = match known.get_item(intern!(py, "no"))? {
            None => Some(false),
            Some(rules) => match (plain(rules.as_borrowed()), plain(host)) {
                (Some(rules), Some(host)) => Some(needs_no_proxy(host, rules)),
                _ => None,
            },
        };
        if let Some(answer) = answer {
            return Ok(PyBool::new(py, answer).to_owned().into_any());
        }
    }
    module.call_method1(intern!(py, "_bypass_objects"), (host, proxies))
}

fn plain<'a>(object: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    object.cast_exact::<PyString>().ok().and_then(ascii)
}
