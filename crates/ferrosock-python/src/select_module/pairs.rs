//! Lists of `(descriptor, events)`, what polling gives.

use pyo3::ffi;
use pyo3::prelude::*;

/// A list of `count` tuples of two ints.
///
/// Filled in place: with a hundred ready descriptors this is half of what a poll costs.
pub(super) fn list(
    py: Python<'_>,
    count: usize,
    pairs: impl Iterator<Item = (i32, u32)>,
) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: attached. Each function gives a new reference or null with an error set; the setters steal theirs. The
    // list and a tuple stay private until they are full (their empty places are null, which their destructors take), and
    // `take` keeps the indices within `count`.
    unsafe {
        let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(count as ffi::Py_ssize_t))?;
        for (index, (descriptor, events)) in pairs.take(count).enumerate() {
            let pair = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(2))?;
            let descriptor =
                Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromLong(descriptor.into()))?.into_ptr();
            ffi::PyTuple_SET_ITEM(pair.as_ptr(), 0, descriptor);
            let events =
                Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromUnsignedLong(events.into()))?.into_ptr();
            ffi::PyTuple_SET_ITEM(pair.as_ptr(), 1, events);
            ffi::PyList_SET_ITEM(list.as_ptr(), index as ffi::Py_ssize_t, pair.into_ptr());
        }
        Ok(list)
    }
}
