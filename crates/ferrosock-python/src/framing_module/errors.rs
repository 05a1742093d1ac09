//! The exceptions of `ferrosock.framing`.

use std::ffi::CStr;

use ferrosock_codec::framing::Error;
use pyo3::exceptions::{PyEOFError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

struct Classes {
    framing: Py<PyType>,
    too_long: Py<PyType>,
    incomplete: Py<PyType>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

fn classes(py: Python<'_>) -> PyResult<&Classes> {
    CLASSES.get_or_try_init(py, || {
        let value = py.get_type::<PyValueError>();
        let framing = new(
            c"ferrosock.framing.FramingError",
            c"The bytes are no frame of this kind, or cannot be one.",
            &PyTuple::new(py, [&value])?,
        )?;
        let too_long = new(
            c"ferrosock.framing.FrameTooLong",
            c"A frame is larger than the limit.",
            &PyTuple::new(py, [&framing])?,
        )?;
        let incomplete = new(
            c"ferrosock.framing.IncompleteFrame",
            c"The stream ended amid a frame.",
            &PyTuple::new(py, [&framing, &py.get_type::<PyEOFError>()])?,
        )?;
        Ok(Classes {
            framing: framing.unbind(),
            too_long: too_long.unbind(),
            incomplete: incomplete.unbind(),
        })
    })
}

fn new<'py>(
    name: &'static CStr,
    doc: &'static CStr,
    bases: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyType>> {
    // SAFETY: attached; constant texts, a tuple of exception classes, and no dict given.
    unsafe {
        let class =
            ffi::PyErr_NewExceptionWithDoc(name.as_ptr(), doc.as_ptr(), bases.as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(bases.py(), class).map(|class| class.cast_into_unchecked())
    }
}

/// Adds the classes to the module.
pub(super) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let found = classes(module.py())?;
    module.setattr("FramingError", &found.framing)?;
    module.setattr("FrameTooLong", &found.too_long)?;
    module.setattr("IncompleteFrame", &found.incomplete)
}

/// An error of the crate as its exception.
#[cold]
pub(super) fn raise(py: Python<'_>, error: Error) -> PyErr {
    let class = match (classes(py), error) {
        (Err(failure), _) => return failure,
        (Ok(found), Error::TooLong { .. }) => &found.too_long,
        (Ok(found), Error::Incomplete { .. }) => &found.incomplete,
        (Ok(found), _) => &found.framing,
    };
    PyErr::from_type(class.bind(py).clone(), error.to_string())
}
