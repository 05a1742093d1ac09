//! The results that were last asked for: at most so many, of which the one that was not asked for the longest gives way.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use pyo3::ffi;

/// No place.
const NONE: usize = usize::MAX;

/// A hash is one already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_isize(&mut self, hash: isize) {
        self.0 = hash as u64;
    }
}

/// A key and what it stands for, both owned.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) key: *mut ffi::PyObject,
    pub(super) value: *mut ffi::PyObject,
}

impl Pair {
    /// # Safety
    /// Attached; the pair is not used any more.
    pub(super) unsafe fn give_up(self) {
        // SAFETY: promised by the caller; both are owned.
        unsafe {
            ffi::Py_DECREF(self.key);
            ffi::Py_DECREF(self.value);
        }
    }
}

struct Entry {
    hash: isize,
    pair: Pair,
    newer: usize,
    older: usize,
}

/// The table. Of keys with one hash it keeps the last.
pub(super) struct Lru {
    places: HashMap<isize, usize, BuildHasherDefault<Same>>,
    entries: Vec<Entry>,
    newest: usize,
    oldest: usize,
    capacity: usize,
    pub(super) hits: u64,
    pub(super) misses: u64,
}

// SAFETY: the objects are only touched by threads that are attached.
unsafe impl Send for Lru {}

impl Lru {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            places: HashMap::with_capacity_and_hasher(capacity, BuildHasherDefault::default()),
            entries: Vec::new(),
            newest: NONE,
            oldest: NONE,
            capacity,
            hits: 0,
            misses: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What is kept, borrowed.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.entries.iter().map(|entry| entry.pair)
    }

    /// The pair whose key has this hash, borrowed.
    pub(super) fn find(&self, hash: isize) -> Option<Pair> {
        self.places.get(&hash).map(|&place| self.entries[place].pair)
    }

    /// Makes the pair of this hash the newest.
    pub(super) fn touch(&mut self, hash: isize) {
        if let Some(&place) = self.places.get(&hash) {
            self.unlink(place);
            self.link(place);
        }
    }

    /// Takes a pair in, as the newest one, and gives the one that gave way for it.
    pub(super) fn insert(&mut self, hash: isize, pair: Pair) -> Option<Pair> {
        if let Some(&place) = self.places.get(&hash) {
            self.touch(hash);
            return Some(std::mem::replace(&mut self.entries[place].pair, pair));
        }
        let entry = Entry { hash, pair, newer: NONE, older: NONE };
        let (place, out) = if self.entries.len() < self.capacity {
            self.entries.push(entry);
            (self.entries.len() - 1, None)
        } else {
            let place = self.oldest;
            self.unlink(place);
            let out = std::mem::replace(&mut self.entries[place], entry);
            self.places.remove(&out.hash);
            (place, Some(out.pair))
        };
        self.places.insert(hash, place);
        self.link(place);
        out
    }

    /// Forgets everything, the counts too, and gives what was kept.
    pub(super) fn clear(&mut self) -> Vec<Pair> {
        let capacity = self.capacity;
        let old = std::mem::replace(self, Self::new(capacity));
        old.entries.iter().map(|entry| entry.pair).collect()
    }

    fn unlink(&mut self, place: usize) {
        let Entry { newer, older, .. } = self.entries[place];
        match self.entries.get_mut(newer) {
            Some(entry) => entry.older = older,
            None => self.newest = older,
        }
        match self.entries.get_mut(older) {
            Some(entry) => entry.newer = newer,
            None => self.oldest = newer,
        }
    }

    fn link(&mut self, place: usize) {
        let older = std::mem::replace(&mut self.newest, place);
        self.entries[place].newer = NONE;
        self.entries[place].older = older;
        match self.entries.get_mut(older) {
            Some(entry) => entry.newer = place,
            None => self.oldest = place,
        }
    }
}
