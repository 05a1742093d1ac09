//! Names of fields as str. They are few, and come again and again, so each is made once and kept.

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;

use super::message::latin;

/// How many are kept.
const PLACES: usize = 256;
/// The longest name that is.
const LONGEST: usize = 64;

/// A name and its str.
type Kept = (Vec<u8>, Py<PyAny>);

/// At the place that [`place`] gives, the name that came last of those with that place.
static KEPT: Mutex<[Option<Kept>; PLACES]> = Mutex::new([const { None }; PLACES]);

fn place(name: &[u8]) -> usize {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let ends = [name.len() as u8, name[0], name[name.len() / 2], name[name.len() - 1]];
    let hash = ends.into_iter().fold(0x811c_9dc5, mix);
    (hash >> 8) as usize % PLACES
}

/// The names that are kept, for as long as a message is made.
pub(super) struct Names(Option<MutexGuard<'static, [Option<Kept>; PLACES]>>);

impl Names {
    /// Who comes upon the lock makes each str anew: another thread, or code that runs while a message is made.
    pub(super) fn take() -> Self {
        Self(KEPT.try_lock().ok())
    }

    /// The str of a name, which is ASCII.
    #[inline]
    pub(super) fn text<'py>(&mut self, py: Python<'py>, name: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let Some(kept) = self.0.as_mut().filter(|_| !name.is_empty() && name.len() <= LONGEST) else {
            return latin(py, name);
        };
        let kept = &mut kept[place(name)];
        if let Some((bytes, text)) = kept {
            if bytes == name {
                return Ok(text.bind(py).clone());
            }
        }
        let text = latin(py, name)?;
        *kept = Some((name.to_vec(), text.clone().unbind()));
        Ok(text)
    }
}
