//! From Python 3.13 on, an object of `threading.local` has it under a key that is in the thread's state, beside a sentinel with
//! which it goes. There is no function that takes them from there.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PySet};
use pyo3::{ffi, intern};

use crate::error::dismiss;

/// So many words of a thread's state are there for sure: all of it in Python 3.13, of which the two are the last; from 3.14 on
/// more than 64 words are behind them.
const WORDS: usize = if cfg!(Py_3_14) { 64 } else { 38 };

/// Where the key is among them; nowhere if this interpreter has it elsewhere. What is local to a thread stays with it then.
static PLACE: PyOnceLock<Option<usize>> = PyOnceLock::new();

/// The key and the sentinel of a connection while no thread serves it, and else those of the thread that does.
#[derive(Default)]
pub(in super::super) struct Locals([Option<Py<PyAny>>; 2]);

impl Locals {
    /// Gives it to the calling thread.
    pub(in super::super) fn enter(&mut self, py: Python<'_>) -> PyResult<()> {
        self.swap(py);
        Ok(())
    }

    /// Takes it from the calling thread.
    pub(in super::super) fn leave(&mut self, py: Python<'_>) -> PyResult<()> {
        self.swap(py);
        Ok(())
    }

    fn swap(&mut self, py: Python<'_>) {
        let Some(place) = PLACE.get_or_init(py, || find(py).unwrap_or_else(none)) else {
            return;
        };
        // SAFETY: attached; the two words of this thread's state are a key and a sentinel of its own, or null as in a thread that
        // has nothing yet, and it owns them.
        unsafe {
            let words = ffi::PyThreadState_Get().cast::<*mut ffi::PyObject>().add(*place);
            for (index, kept) in self.0.iter_mut().enumerate() {
                let new = kept.take().map_or(std::ptr::null_mut(), Py::into_ptr);
                *kept = Bound::from_owned_ptr_or_opt(py, words.add(index).replace(new)).map(Bound::unbind);
            }
        }
    }
}

/// Looks for a key and its sentinel, which an object of `threading.local` tells of, in the state of this thread.
fn find(py: Python<'_>) -> PyResult<Option<usize>> {
    let local = py.import("_thread")?.getattr(intern!(py, "_local"))?.call0()?;
    local.setattr(intern!(py, "here"), py.None())?;
    let (mut key, mut sentinel) = (None, None);
    for part in py.import("gc")?.call_method1("get_referents", (&local,))?.try_iter()? {
        let part = part?;
        if let Ok(of_threads) = part.cast_exact::<PyDict>() {
            let is_ours = |kept: &Bound<'_, PyAny>| {
                kept.cast::<PyDict>().is_ok_and(|kept| kept.contains("here").unwrap_or(false))
            };
            key = of_threads.iter().find(|(_, kept)| is_ours(kept)).map(|(key, _)| key);
        } else if let Ok(references) = part.cast_exact::<PySet>() {
            sentinel = references.iter().next().map(|reference| reference.call0()).transpose()?;
        }
    }
    let (Some(key), Some(sentinel)) = (key, sentinel) else { return Ok(None) };
    // SAFETY: attached; so many words of the state can be read.
    let words: [usize; WORDS] = unsafe { ffi::PyThreadState_Get().cast::<[usize; WORDS]>().read() };
    let pair = [key.as_ptr() as usize, sentinel.as_ptr() as usize];
    Ok(words.windows(2).position(|words| *words == pair))
}

fn none(error: PyErr) -> Option<usize> {
    dismiss(error);
    None
}
