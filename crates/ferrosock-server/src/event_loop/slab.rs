//! Places for connections, each with a key that no later connection gets.

/// A key: the place in the lower half, and in the upper how often the place was given, which is never 0.
pub(crate) type Key = u64;

struct Place<T> {
    generation: u32,
    value: Option<Box<T>>,
}

/// Values by key. A key outlives its value harmlessly: it then finds nothing.
pub(crate) struct Slab<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(crate) fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Takes a place; the value is put there with [`put`](Self::put).
    pub(crate) fn reserve(&mut self) -> Key {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { generation: 0, value: None });
            (self.places.len() - 1) as u32
        });
        let place = &mut self.places[index as usize];
        place.generation = place.generation.wrapping_add(1).max(1);
        u64::from(place.generation) << 32 | u64::from(index)
    }

    fn place(&mut self, key: Key) -> Option<&mut Place<T>> {
        let place = self.places.get_mut(key as u32 as usize)?;
        (u64::from(place.generation) == key >> 32).then_some(place)
    }

    /// Takes a value out of its place, which stays its own.
    pub(crate) fn take(&mut self, key: Key) -> Option<Box<T>> {
        self.place(key)?.value.take()
    }

    pub(crate) fn put(&mut self, key: Key, value: Box<T>) {
        if let Some(place) = self.place(key) {
            place.value = Some(value);
        }
    }

    /// Gives a place whose value was taken to others.
    pub(crate) fn release(&mut self, key: Key) {
        if let Some(place) = self.place(key) {
            place.generation = place.generation.wrapping_add(1).max(1);
            place.value = None;
            self.free.push(key as u32);
        }
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        let there = self.places.iter().enumerate().filter(|(_, place)| place.value.is_some());
        there.map(|(index, place)| u64::from(place.generation) << 32 | index as u64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_only_its_own_value() {
        let mut slab = Slab::new();
        let first = slab.reserve();
        slab.put(first, Box::new('a'));
        assert_eq!((slab.keys(), slab.len()), (vec![first], 1));
        assert_eq!(slab.take(first).as_deref(), Some(&'a'));
        slab.release(first);
        slab.release(first);
        let second = slab.reserve();
        slab.put(second, Box::new('b'));
        assert_eq!(second as u32, first as u32);
        assert!(slab.take(first).is_none() && slab.len() == 1);
        slab.put(first, Box::new('c'));
        assert_eq!(slab.take(second).as_deref(), Some(&'b'));
    }
}
