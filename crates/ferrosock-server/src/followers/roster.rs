//! The connections: who waits, who is ready, who is being served.

use std::collections::VecDeque;

/// Names a connection; no other one has it later, but for 2^32 at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    pub(super) fn token(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    pub(super) fn of(token: u64) -> Self {
        Self { index: token as u32, generation: (token >> 32) as u32 }
    }
}

/// Why a connection is to be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Arrived,
    /// The client sends no more, behind what it has sent.
    HungUp,
    /// It has waited for too long.
    Expired,
}

enum Place<T> {
    Free,
    Waits {
        item: T,
        deadline: u64,
    },
    /// It is in the queue.
    Ready {
        item: T,
        cause: Cause,
    },
    /// A thread has the item. `arrived`: what has come since.
    Served {
        arrived: Option<Cause>,
    },
}

pub(super) struct Roster<T> {
    places: Vec<(u32, Place<T>)>,
    free: Vec<u32>,
    queue: VecDeque<Key>,
    /// No deadline is earlier.
    earliest: u64,
}

impl<T> Roster<T> {
    pub(super) fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new(), queue: VecDeque::new(), earliest: u64::MAX }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    pub(super) fn insert(&mut self, item: T, deadline: u64) -> Key {
        self.earliest = self.earliest.min(deadline);
        let place = Place::Waits { item, deadline };
        match self.free.pop() {
            Some(index) => {
                let slot = &mut self.places[index as usize];
                slot.1 = place;
                Key { index, generation: slot.0 }
            }
            None => {
                self.places.push((0, place));
                Key { index: self.places.len() as u32 - 1, generation: 0 }
            }
        }
    }

    fn place(&mut self, key: Key) -> Option<&mut Place<T>> {
        let (generation, place) = self.places.get_mut(key.index as usize)?;
        (*generation == key.generation).then_some(place)
    }

    /// Lets a connection go.
    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        let old = std::mem::replace(self.place(key)?, Place::Free);
        if matches!(old, Place::Free) {
            return None;
        }
        self.places[key.index as usize].0 = key.generation.wrapping_add(1);
        self.free.push(key.index);
        match old {
            Place::Waits { item, .. } | Place::Ready { item, .. } => Some(item),
            Place::Served { .. } | Place::Free => None,
        }
    }

    /// Something has come for a connection. That the client sends no more is told once, whatever the connection is at.
    pub(super) fn arrived(&mut self, key: Key, news: Cause) {
        match self.place(key) {
            Some(Place::Served { arrived }) if *arrived != Some(Cause::HungUp) => *arrived = Some(news),
            Some(Place::Ready { cause, .. }) if news == Cause::HungUp => *cause = news,
            Some(place @ Place::Waits { .. }) => {
                if let Place::Waits { item, .. } = std::mem::replace(place, Place::Free) {
                    *place = Place::Ready { item, cause: news };
                    self.queue.push_back(key);
                }
            }
            _ => {}
        }
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The connection that has been ready longest, and why.
    pub(super) fn next_ready(&mut self) -> Option<(Key, T, Cause)> {
        while let Some(key) = self.queue.pop_front() {
            let Some(place) = self.place(key) else { continue };
            if let Place::Ready { item, cause } = std::mem::replace(place, Place::Served { arrived: None }) {
                return Some((key, item, cause));
            }
        }
        None
    }

    /// Puts a served connection back: to wait, or into the queue if something has come meanwhile.
    pub(super) fn put(&mut self, key: Key, item: T, deadline: u64) {
        self.earliest = self.earliest.min(deadline);
        let Some(place) = self.place(key) else { return };
        if let Place::Served { arrived: Some(cause) } = *place {
            *place = Place::Ready { item, cause };
            self.queue.push_back(key);
        } else {
            *place = Place::Waits { item, deadline };
        }
    }

    pub(super) fn is_due(&self, now: u64) -> bool {
        self.earliest <= now
    }

    /// Makes ready whose time is over.
    pub(super) fn expire(&mut self, now: u64) {
        if !self.is_due(now) {
            return;
        }
        self.earliest = u64::MAX;
        for (index, (generation, place)) in self.places.iter_mut().enumerate() {
            let Place::Waits { deadline, .. } = place else { continue };
            if *deadline > now {
                self.earliest = self.earliest.min(*deadline);
                continue;
            }
            if let Place::Waits { item, .. } = std::mem::replace(place, Place::Free) {
                *place = Place::Ready { item, cause: Cause::Expired };
                self.queue.push_back(Key { index: index as u32, generation: *generation });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_during_a_turn_is_not_lost() {
        let mut roster = Roster::new();
        let key = roster.insert('a', u64::MAX);
        roster.arrived(key, Cause::Arrived);
        assert_eq!(roster.next_ready(), Some((key, 'a', Cause::Arrived)));
        roster.arrived(key, Cause::Arrived);
        assert!(!roster.has_ready());
        roster.put(key, 'a', u64::MAX);
        assert_eq!(roster.next_ready(), Some((key, 'a', Cause::Arrived)));
        roster.put(key, 'a', u64::MAX);
        assert!(!roster.has_ready());
    }

    #[test]
    fn that_a_client_hangs_up_is_told_whenever_it_does() {
        let mut roster = Roster::new();
        let key = roster.insert('a', u64::MAX);
        roster.arrived(key, Cause::Arrived);
        roster.arrived(key, Cause::HungUp);
        assert_eq!(roster.next_ready(), Some((key, 'a', Cause::HungUp)));
        roster.arrived(key, Cause::HungUp);
        roster.arrived(key, Cause::Arrived);
        roster.put(key, 'a', u64::MAX);
        assert_eq!(roster.next_ready(), Some((key, 'a', Cause::HungUp)));
        roster.put(key, 'a', u64::MAX);
        roster.arrived(key, Cause::HungUp);
        assert_eq!(roster.next_ready(), Some((key, 'a', Cause::HungUp)));
    }

    #[test]
    fn an_old_key_names_nobody() {
        let mut roster = Roster::new();
        let old = roster.insert('a', u64::MAX);
        assert_eq!(roster.remove(old), Some('a'));
        let new = roster.insert('b', u64::MAX);
        assert_ne!(old, new);
        roster.arrived(old, Cause::Arrived);
        assert!(!roster.has_ready());
        assert_eq!(roster.remove(old), None);
        assert_eq!(roster.len(), 1);
    }

    #[test]
    fn time_runs_out_for_those_who_wait() {
        let mut roster = Roster::new();
        let late = roster.insert('a', 20);
        let soon = roster.insert('b', 10);
        roster.expire(9);
        assert!(!roster.has_ready());
        roster.expire(10);
        assert_eq!(roster.next_ready(), Some((soon, 'b', Cause::Expired)));
        roster.put(soon, 'b', 30);
        assert!(!roster.is_due(19) && roster.is_due(20));
        roster.expire(25);
        assert_eq!(roster.next_ready(), Some((late, 'a', Cause::Expired)));
        assert!(!roster.has_ready());
    }
}
