//! Names of fields as str. They are few, and come again and again, so each is made once and kept.

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;

use super::message::latin;

/// How many are kept.
const PLACES: usize = 256;
/// The longest name that is.
const LONGEST: usize = 64;

/// A name and what is made of it.
type Entry = (Vec<u8>, Py<PyAny>);

/// Names that are kept: at the place that [`place`] gives, the one that came last of those with that place.
pub(crate) struct Kept(Mutex<[Option<Entry>; PLACES]>);

impl Kept {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new([const { None }; PLACES]))
    }

    /// Who comes upon the lock makes each anew: another thread, or code that runs while a message is made.
    pub(crate) fn take(&'static self) -> Names {
        Names(self.0.try_lock().ok())
    }
}

/// The str of names.
static TEXTS: Kept = Kept::new();

fn place(name: &[u8]) -> usize {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let ends = [name.len() as u8, name[0], name[name.len() / 2], name[name.len() - 1]];
    let hash = ends.into_iter().fold(0x811c_9dc5, mix);
    (hash >> 8) as usize % PLACES
}

/// The names that are kept, for as long as a message is made.
pub(crate) struct Names(Option<MutexGuard<'static, [Option<Entry>; PLACES]>>);

impl Names {
    pub(super) fn take() -> Self {
        TEXTS.take()
    }

    /// The str of a name, which is ASCII.
    #[inline]
    pub(super) fn text<'py>(&mut self, py: Python<'py>, name: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        self.made(py, name, latin)
    }

    /// What `make` makes of a name.
    #[inline]
    pub(crate) fn made<'py>(
        &mut self,
        py: Python<'py>,
        name: &[u8],
        make: impl FnOnce(Python<'py>, &[u8]) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(kept) = self.0.as_mut().filter(|_| !name.is_empty() && name.len() <= LONGEST) else {
            return make(py, name);
        };
        let kept = &mut kept[place(name)];
        if let Some((bytes, made)) = kept {
            if bytes == name {
                return Ok(made.bind(py).clone());
            }
        }
        let made = make(py, name)?;
        *kept = Some((name.to_vec(), made.clone().unbind()));
        Ok(made)
    }
}
