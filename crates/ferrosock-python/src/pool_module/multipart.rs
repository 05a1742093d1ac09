//! The lines around the parts of a form.

use ferrosock_codec::multipart::{Boundary, Encoder, Part, Piece};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};

/// A name, a file's name and type if it is one, further fields, and the length of the content if it is known.
type Given = (
    PyBackedBytes,
    Option<PyBackedBytes>,
    Option<PyBackedBytes>,
    Vec<(PyBackedBytes, PyBackedBytes)>,
    Option<u64>,
);

/// Return the media type of a form, the lines before each of its parts and after the last, and its length or None.
///
/// random: 16 bytes that nobody can guess, for the boundary.
/// parts: of each the name, the name of the file or None, the media type or None, a list of further fields, and the length of
/// its content or None; all text in bytes.
#[pyfunction]
#[pyo3(signature = (random, parts, /))]
pub(super) fn multipart<'py>(
    py: Python<'py>,
    random: [u8; 16],
    parts: Vec<Given>,
) -> PyResult<(String, Bound<'py, PyList>, Option<u64>)> {
    super::CALLS.note();
    let mut form = Encoder::new(Boundary::from_random(random));
    for (name, file_name, content_type, fields, length) in parts {
        let mut part = Part::new(&name);
        if let Some(file_name) = file_name {
            part = part.with_file_name(&file_name);
        }
        if let Some(content_type) = content_type {
            part = part.with_content_type(&content_type);
        }
        for (name, value) in fields {
            part = part.with_field(&name, &value);
        }
        if let Some(length) = length {
            part = part.with_length(length);
        }
        form.add(&part, ()).map_err(|error| PyValueError::new_err(error.to_string()))?;
    }
    let (media_type, length) = (form.boundary().content_type(), form.length());
    let lines = PyList::empty(py);
    for piece in form.into_pieces() {
        if let Piece::Lines(bytes) = piece {
            lines.append(PyBytes::new(py, &bytes))?;
        }
    }
    Ok((media_type, lines, length))
}
