//! Names of fields as str. They are few, and come again and again, so each is made once and kept.

use std::sync::Mutex;

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

/// The str of a name, which is ASCII and not empty.
pub(super) fn text<'py>(py: Python<'py>, name: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    if name.is_empty() || name.len() > LONGEST {
        return latin(py, name);
    }
    let place = place(name);
    // No Python code runs while it is locked; who comes upon the lock makes a str of his own.
    if let Ok(kept) = KEPT.try_lock() {
        if let Some((bytes, text)) = &kept[place] {
            if bytes == name {
                return Ok(text.bind(py).clone());
            }
        }
    }
    let text = latin(py, name)?;
    let new = Some((name.to_vec(), text.clone().unbind()));
    let old = KEPT.try_lock().ok().and_then(|mut kept| std::mem::replace(&mut kept[place], new));
    drop(old);
    Ok(text)
}
