//! What CPython's own `_ssl` asks of `_socket`: the capsule `_socket.CAPI`, and the head of the socket object.
//!
//! `_ssl` takes the socket type from the capsule, and reads the descriptor, the error handler and the timeout from fixed
//! places in an instance. That layout is private to CPython. It has been the same from 3.10 to 3.13, and the conformance
//! tests run `test_ssl` on each; on another version [`layout_problem`] compares it with a socket of the standard
//! library's own before anybody relies on it.

use std::ffi::c_void;

use ferrosock_socket::Socket;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use super::object::{self, STATE_OFFSET};

/// `PySocketModule_APIObject` of CPython's socketmodule.h.
#[repr(C)]
struct Api {
    socket_type: *mut ffi::PyObject,
    error: *mut ffi::PyObject,
    timeout_error: *mut ffi::PyObject,
}

// `_ssl` expects the state right behind the object's head.
const _: () = assert!(STATE_OFFSET == size_of::<ffi::PyObject>());

/// Adds the capsule to the module.
pub(super) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    // The references are held for the life of the process, as the capsule's readers expect.
    let api = Box::new(Api {
        socket_type: object::class(py)?.into_ptr(),
        error: py.get_type::<pyo3::exceptions::PyOSError>().into_ptr(),
        timeout_error: py.get_type::<pyo3::exceptions::PyTimeoutError>().into_ptr(),
    });
    // SAFETY: attached; the structure is leaked, as is the static name, and the capsule has no destructor.
    let capsule = unsafe {
        Bound::from_owned_ptr_or_err(
            py,
            ffi::PyCapsule_New(Box::into_raw(api).cast::<c_void>(), c"_socket.CAPI".as_ptr(), None),
        )?
    };
    module.setattr("CAPI", capsule.cast_into::<PyCapsule>()?)
}

/// Why the stock `_ssl` could not wrap our sockets on this interpreter, or None if it can. With `probe` the layout is
/// compared even on a version that is known.
pub(crate) fn layout_problem(py: Python<'_>, probe: bool) -> PyResult<Option<String>> {
    if !probe && (10..14).contains(&crate::version::MINOR) { Ok(None) } else { probe_layout(py) }
}

/// Compares the layout with that of the standard library's own socket.
///
/// Returns None if it is the same, else one sentence.
fn probe_layout(py: Python<'_>) -> PyResult<Option<String>> {
    let names = PyDict::new(py);
    let stock = crate::stock::extension(py, "_socket").and_then(|stock| names.set_item("stock", stock));
    let found = stock.and_then(|()| {
        py.run(
            c"sample = stock.socket(stock.AF_INET, stock.SOCK_DGRAM, 17)
sample.settimeout(1.5)
fd = sample.fileno()
family, kind, proto = stock.AF_INET, int(stock.SOCK_DGRAM), 17
size = type(sample).__basicsize__",
            None,
            Some(&names),
        )
    });
    if let Err(error) = found {
        return Ok(Some(format!(
            "the standard library's _socket could not be loaded to compare with: {error}"
        )));
    }
    let get = |name: &str| {
        names.get_item(name)?.ok_or_else(|| pyo3::exceptions::PyKeyError::new_err(name.to_owned()))
    };
    let sample = get("sample")?;
    let expected: [i32; 4] =
        [get("fd")?.extract()?, get("family")?.extract()?, get("kind")?.extract()?, get("proto")?.extract()?];
    let size: usize = get("size")?.extract()?;
    // What is ours alone lies behind the timeout.
    let timeout_at = STATE_OFFSET + Socket::TIMEOUT_OFFSET;
    let same = size >= timeout_at + size_of::<i64>() && {
        // SAFETY: the instance has `size` bytes, which covers what is read; they are plain integers if the layout holds,
        // and any bytes are valid integers if it does not.
        let (identity, timeout) = unsafe {
            let base = sample.as_ptr().cast::<u8>();
            (
                base.add(STATE_OFFSET).cast::<[i32; 4]>().read_unaligned(),
                base.add(timeout_at).cast::<i64>().read_unaligned(),
            )
        };
        identity == expected && timeout == 1_500_000_000
    };
    sample.call_method0("close")?;
    Ok((!same).then(|| {
        "this interpreter lays its socket objects out in a way that is not known, so its ssl module could not read ours"
            .to_owned()
    }))
}
