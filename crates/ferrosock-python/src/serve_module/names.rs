//! Objects for names that come again and again: made once, kept by the name's bytes.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

/// Names that are not longer are kept: others are made anew each time.
const LONGEST: usize = 64;
const PLACES: usize = 256;

/// A cache of one place a hash: what has the same takes it over, so that strange names cost no memory.
pub(super) struct Names<T> {
    places: Mutex<Vec<Place<T>>>,
    make: fn(Python<'_>, &[u8]) -> PyResult<T>,
}

/// A name and what was made for it, if there is any.
type Place<T> = Option<(Box<[u8]>, T)>;

/// A value of the cache, which may be given again.
pub(super) trait Again {
    fn again(&self, py: Python<'_>) -> Self;
}

impl<T> Again for Py<T> {
    fn again(&self, py: Python<'_>) -> Self {
        self.clone_ref(py)
    }
}

impl<T: Again> Again for Option<T> {
    fn again(&self, py: Python<'_>) -> Self {
        self.as_ref().map(|value| value.again(py))
    }
}

impl<T: Again> Names<T> {
    pub(super) fn new(make: fn(Python<'_>, &[u8]) -> PyResult<T>) -> Self {
        Self { places: Mutex::new((0..PLACES).map(|_| None).collect()), make }
    }

    /// What was made for a name.
    pub(super) fn of(&self, py: Python<'_>, name: &[u8]) -> PyResult<T> {
        if name.len() > LONGEST {
            return (self.make)(py, name);
        }
        let place = hash(name) % PLACES;
        {
            let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Some((kept, value))) = places.get(place) {
                if **kept == *name {
                    return Ok(value.again(py));
                }
            }
        }
        let value = (self.make)(py, name)?;
        let entry = Some((name.into(), value.again(py)));
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut places[place], entry);
        drop(places);
        drop(before);
        Ok(value)
    }
}

/// FNV-1a: short names, and nothing is lost where two meet.
fn hash(name: &[u8]) -> usize {
    name.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) as usize
}
