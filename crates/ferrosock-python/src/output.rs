//! Bytes objects that are filled in place: what a codec writes goes nowhere else first.

use std::mem::MaybeUninit;

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::memory::FreshBytes;

/// A bytes object in the making. Its memory is lent out piece by piece, zeroed just before: a piece of some kilobytes is
/// then in the cache when it is written to.
pub(crate) struct Output<'py> {
    bytes: FreshBytes<'py>,
    capacity: usize,
    /// So many bytes from the beginning on have a value.
    known: usize,
    /// So many of them are what was written.
    length: usize,
}

impl<'py> Output<'py> {
    /// With room for `capacity` bytes. A MemoryError if there is not so much memory, or if it is None, which stands for
    /// more than there can be.
    #[inline]
    pub(crate) fn new(py: Python<'py>, capacity: impl Into<Option<usize>>) -> PyResult<Self> {
        let capacity = capacity.into().filter(|capacity| isize::try_from(*capacity).is_ok());
        let capacity = capacity.ok_or_else(|| PyMemoryError::new_err(()))?;
        Ok(Self { bytes: FreshBytes::new(py, capacity)?, capacity, known: 0, length: 0 })
    }

    /// The next `size` bytes, or what there is. What is written to them counts once [`Output::advance`] says so.
    #[inline]
    pub(crate) fn next(&mut self, size: usize) -> &mut [u8] {
        let end = self.length + size.min(self.capacity - self.length);
        let space = self.bytes.space();
        if end > self.known {
            space[self.known..end].fill(MaybeUninit::new(0));
            self.known = end;
        }
        let piece = &mut space[self.length..end];
        // SAFETY: what lies before `known` has a value.
        unsafe { &mut *(std::ptr::from_mut(piece) as *mut [u8]) }
    }

    /// Counts `size` of the bytes that [`Output::next`] gave.
    #[inline]
    pub(crate) fn advance(&mut self, size: usize) {
        self.length = (self.length + size).min(self.known);
    }

    /// The object, cut to what was written.
    #[inline]
    pub(crate) fn finish(self) -> PyResult<Bound<'py, PyAny>> {
        self.bytes.shrink(self.length).map(Bound::into_any)
    }
}

/// A bytes object of at most `capacity` bytes, of which `write` says how many it wrote.
#[inline]
pub(crate) fn written<'py>(
    py: Python<'py>,
    capacity: impl Into<Option<usize>>,
    write: impl FnOnce(&mut [u8]) -> PyResult<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut output = Output::new(py, capacity)?;
    let length = write(output.next(usize::MAX))?;
    output.advance(length);
    output.finish()
}

/// A bytes object of `size` bytes, all of which `write` fills; it gives what it filled.
#[inline]
pub(crate) fn filled<'py>(
    py: Python<'py>,
    size: impl Into<Option<usize>>,
    write: impl for<'a> FnOnce(&'a mut [MaybeUninit<u8>]) -> PyResult<&'a mut [u8]>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut output = Output::new(py, size)?;
    let space = output.bytes.space();
    let beginning = space.as_ptr();
    let filled = write(space)?;
    // Another slice would say nothing of this memory.
    output.known = if filled.as_ptr() == beginning.cast() { filled.len() } else { 0 };
    output.advance(output.known);
    output.finish()
}

/// [`written`] for an encoder to which it is all the same where its input is cut, but for multiples of `unit`; `write`
/// encodes one piece, which grows to at most `grown` bytes a unit.
#[inline]
pub(crate) fn written_in_pieces<'py>(
    py: Python<'py>,
    data: &[u8],
    (unit, grown): (usize, usize),
    capacity: impl Into<Option<usize>>,
    mut write: impl FnMut(&[u8], &mut [u8]) -> usize,
) -> PyResult<Bound<'py, PyAny>> {
    const UNITS: usize = 4096;
    let mut output = Output::new(py, capacity)?;
    for piece in data.chunks(unit * UNITS) {
        let length = write(piece, output.next(piece.len().div_ceil(unit) * grown));
        output.advance(length);
    }
    output.finish()
}
