//! All content of a response, in memory.

use std::mem::MaybeUninit;

use ferrosock::http::{Error, Response};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::Translator;
use super::faults;
use crate::memory::{self, FreshBytes};

/// What is read at a time: it stays in the processor's cache between the kernel's copy and the next.
const BLOCK: usize = 64 * 1024;

/// The most room that is made by the word of a length. The system gives it when it is written to.
const ANNOUNCED: usize = 16 << 20;

/// Reads content to `content`, as long as that is little; whether it has ended.
///
/// # Errors
/// Those of the response.
pub(super) fn read_little(response: &mut Response, content: &mut Vec<u8>) -> Result<bool, Error> {
    let announced = if response.is_decoded() { None } else { response.content_length() };
    let mut step = usize::try_from(announced.unwrap_or(1024).clamp(1, BLOCK as u64)).unwrap_or(BLOCK);
    let mut end = content.len();
    let result = loop {
        // Zeroes are written once, however small the pieces are in which content comes.
        if end == content.len() {
            content.resize(end + step, 0);
            step = content.len().clamp(1024, BLOCK);
        }
        match response.read(&mut content[end..]) {
            Ok(0) => break Ok(true),
            Ok(count) => end += count,
            Err(error) => break Err(error),
        }
        let over = announced.is_some_and(|announced| end as u64 >= announced);
        if over || end >= BLOCK || faults::is_pending() {
            break Ok(over);
        }
    };
    content.truncate(end);
    result
}

/// All content, at most `limit` bytes, of which `held` have come. It is read into a bytes object that grows with what comes.
pub(super) fn gather<'py>(
    py: Python<'py>,
    response: &mut Response,
    held: &[u8],
    limit: u64,
    translate: &Translator,
) -> PyResult<Bound<'py, PyBytes>> {
    let announced = if response.is_decoded() { None } else { response.content_length() };
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1).min(isize::MAX as usize);
    let announced = announced.and_then(|announced| usize::try_from(announced).ok());
    let first = announced.map_or(2 * BLOCK, |announced| announced.min(ANNOUNCED));
    let mut size = first.max(held.len()).min(most).max(1);
    let mut length = held.len().min(size);
    let mut bytes = FreshBytes::new(py, size)?;
    for (place, byte) in bytes.space().iter_mut().zip(held) {
        place.write(*byte);
    }
    let too_long = || translate.raise(py, &Error::TooLong { limit }, &[]);
    if held.len() as u64 > limit {
        return Err(too_long());
    }
    loop {
        let space = &mut bytes.space()[length..];
        let (count, result) = py.detach(|| fill(response, space));
        length += count;
        if let Some(pending) = faults::take() {
            return Err(pending);
        }
        match result {
            Ok(true) => return bytes.shrink(length),
            Ok(false) if length as u64 > limit => return Err(too_long()),
            Ok(false) => {}
            Err(error) => {
                let partial = bytes.shrink(length)?;
                return Err(translate.raise(py, &error, partial.as_bytes()));
            }
        }
        if announced == Some(length) {
            let mut more = [0];
            let read = py.detach(|| response.read(&mut more));
            if let Some(pending) = faults::take() {
                return Err(pending);
            }
            match read {
                Ok(0) => return bytes.shrink(length),
                Ok(_) => return Err(too_long()), // no content is longer than its length
                Err(error) => {
                    let partial = bytes.shrink(length)?;
                    return Err(translate.raise(py, &error, partial.as_bytes()));
                }
            }
        }
        size = size.saturating_mul(2).min(announced.unwrap_or(usize::MAX).max(length + 1)).min(most);
        bytes.grow(size.max(length + 1))?;
    }
}

/// Reads until the space is full (false) or the content has ended (true); how much was read.
fn fill(response: &mut Response, space: &mut [MaybeUninit<u8>]) -> (usize, Result<bool, Error>) {
    // Zeroes are written once, and just before what comes.
    let (mut filled, mut known) = (0, 0);
    while filled < space.len() && !faults::is_pending() {
        let end = space.len().min(filled + BLOCK);
        if known < end {
            space[known.max(filled)..end].fill(MaybeUninit::new(0));
            known = end;
        }
        let piece = &mut space[filled..end];
        // SAFETY: a value was given to each byte before `known`.
        let piece = unsafe { &mut *(std::ptr::from_mut(piece) as *mut [u8]) };
        match response.read(piece) {
            Ok(0) => return (filled, Ok(true)),
            Ok(count) => filled += count,
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(false))
}

/// A bytes object of what was read.
pub(super) fn bytes<'py>(py: Python<'py>, content: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    memory::bytes_object(py, content)
}
