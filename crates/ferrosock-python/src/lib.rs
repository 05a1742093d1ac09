//! `ferrosock._native`: the Python binding of Ferrosock. It converts, dispatches and raises; no protocol logic.
//!
//! One submodule a Python module: [`socket_module`] is `_socket`, [`select_module`] is `select`. Each keeps the contract
//! of the C module whose place it takes: names, errors, immutable types, `__module__`. [`fast`] is for our Python modules.

mod audit;
mod base64_module;
mod binascii_module;
mod buffer;
mod call;
mod cbor_module;
mod class;
mod clock;
mod constant;
mod contention;
mod convert;
mod cookies_module;
mod error;
mod fast;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod followers_module;
mod framing_module;
mod function;
mod host;
mod html_module;
mod http_module;
mod input;
mod ints;
mod json_module;
mod memory;
mod mime_module;
mod msgpack_module;
mod openers_module;
mod output;
mod own_module;
mod pool_module;
mod proxies_module;
mod quopri_module;
mod robots_module;
mod seams;
mod select_module;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod serve_folder_module;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod serve_module;
mod signature;
mod socket_module;
mod stock;
mod struct_module;
mod text;
mod tree;
mod urls_module;
mod version;
mod version_tag;
mod websocket_module;
mod wsgi_module;
mod xdr_module;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A submodule: its name, what builds it, and how often it was entered (`fast` counts with the modules it serves).
struct Submodule {
    name: &'static str,
    make: fn(Python<'_>) -> PyResult<Bound<'_, PyModule>>,
    calls: Option<&'static call::Calls>,
}

static SUBMODULES: &[Submodule] = &[
    Submodule { name: "_socket", make: socket_module::make, calls: Some(&socket_module::CALLS) },
    Submodule { name: "select", make: select_module::make, calls: Some(&select_module::CALLS) },
    Submodule { name: "mime", make: mime_module::make, calls: Some(&mime_module::CALLS) },
    Submodule { name: "xdr", make: xdr_module::make, calls: Some(&xdr_module::CALLS) },
    Submodule { name: "binascii", make: binascii_module::make, calls: Some(&binascii_module::CALLS) },
    Submodule { name: "_urls", make: urls_module::make, calls: Some(&urls_module::CALLS) },
    Submodule { name: "_html", make: html_module::make, calls: Some(&html_module::CALLS) },
    Submodule { name: "_json", make: json_module::make, calls: Some(&json_module::CALLS) },
    Submodule { name: "_struct", make: struct_module::make, calls: Some(&struct_module::CALLS) },
    Submodule { name: "_base64", make: base64_module::make, calls: None },
    Submodule { name: "_quopri", make: quopri_module::make, calls: None },
    Submodule { name: "framing", make: framing_module::make, calls: Some(&framing_module::CALLS) },
    Submodule { name: "cookies", make: cookies_module::make, calls: Some(&cookies_module::CALLS) },
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Submodule { name: "followers", make: followers_module::make, calls: Some(&followers_module::CALLS) },
    Submodule { name: "http", make: http_module::make, calls: Some(&http_module::CALLS) },
    Submodule { name: "wsgi", make: wsgi_module::make, calls: Some(&wsgi_module::CALLS) },
    Submodule { name: "openers", make: openers_module::make, calls: Some(&openers_module::CALLS) },
    Submodule { name: "proxies", make: proxies_module::make, calls: Some(&proxies_module::CALLS) },
    Submodule { name: "robots", make: robots_module::make, calls: Some(&robots_module::CALLS) },
    Submodule { name: "msgpack", make: msgpack_module::make, calls: Some(&msgpack_module::CALLS) },
    Submodule { name: "cbor", make: cbor_module::make, calls: Some(&cbor_module::CALLS) },
    Submodule { name: "pool", make: pool_module::make, calls: Some(&pool_module::CALLS) },
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Submodule { name: "serve", make: serve_module::make, calls: Some(&serve_module::CALLS) },
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Submodule {
        name: "serve_folder",
        make: serve_folder_module::make,
        calls: Some(&serve_folder_module::CALLS),
    },
    Submodule { name: "websocket", make: websocket_module::make, calls: Some(&websocket_module::CALLS) },
    Submodule { name: "fast", make: fast::make, calls: None },
];

/// The submodules that can be built anew for an import of their own.
static BUILT_ANEW: &[&str] = &["_struct"];

/// Ferrosock's native code.
#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    host::require_main_interpreter(py)?;
    version::prepare(py);
    ints::prepare(py)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(call_counts, module)?)?;
    module.add_function(wrap_pyfunction!(new_module, module)?)?;
    module.add_function(wrap_pyfunction!(socket_layout_problem, module)?)?;
    call::add_functions(module, socket_module::race_functions())?;
    module.index()?.append("race_connections")?;
    let loaded = py.import("sys")?.getattr("modules")?;
    for Submodule { name, make, .. } in SUBMODULES {
        let submodule = make(py)?;
        module.add(name, &submodule)?;
        loaded.set_item(format!("{}.{name}", module.name()?), submodule)?;
    }
    Ok(())
}

/// How many times native code of each submodule was entered in this process so far: a lower bound when threads race.
///
/// Returns a dict of submodule name to count.
#[pyfunction]
fn call_counts(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let counts = PyDict::new(py);
    for Submodule { name, calls, .. } in SUBMODULES {
        if let Some(calls) = calls {
            counts.set_item(name, calls.total())?;
        }
    }
    Ok(counts)
}

/// Build a submodule anew, as C's modules are for each import that is not answered from `sys.modules`: it has types and state
/// of its own, and dies with its last user.
///
/// Returns None for a name whose module is one for the whole process, or is none.
#[pyfunction]
#[pyo3(signature = (name, /))]
fn new_module<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyModule>>> {
    SUBMODULES
        .iter()
        .find(|submodule| submodule.name == name && BUILT_ANEW.contains(&name))
        .map(|submodule| (submodule.make)(py))
        .transpose()
}

/// Why the standard library's `_ssl` could not wrap our sockets on this interpreter, in one sentence, or None if it can.
///
/// The layout that `_ssl` reads is known for CPython 3.10 to 3.13; on others, or with `probe=True`, it is compared with
/// that of the standard library's own socket.
#[pyfunction]
#[pyo3(signature = (*, probe = false))]
fn socket_layout_problem(py: Python<'_>, probe: bool) -> PyResult<Option<String>> {
    socket_module::layout_problem(py, probe)
}
