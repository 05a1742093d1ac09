//! A set of descriptors to poll again and again, which changes between the polls.

use std::collections::HashMap;
use std::os::fd::RawFd;

use super::PollEntry;

/// Descriptors with the events that each is watched for, in the order in which they came.
///
/// Adding, changing and removing take the same short time however many there are.
///
/// ```
/// use ferrosock_socket::readiness::PollSet;
///
/// let mut set = PollSet::default();
/// set.insert(5, libc::POLLIN);
/// set.insert(3, libc::POLLIN);
/// assert!(set.modify(5, libc::POLLOUT));
/// assert!(!set.remove(4));
/// let watched: Vec<_> = set.iter().map(|entry| entry.descriptor()).collect();
/// assert_eq!(watched, [5, 3]);
/// ```
#[derive(Debug, Default)]
pub struct PollSet {
    /// Removed ones leave a hole, so that the others keep their places.
    entries: Vec<PollEntry>,
    places: HashMap<RawFd, usize>,
}

/// What stands in the place of a removed entry.
const HOLE: PollEntry = PollEntry::new(-1, 0);

impl PollSet {
    /// Watches `descriptor` for `events` (`POLLIN` ...) from now on; one that is watched already keeps its place.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollSet;
    /// let mut set = PollSet::default();
    /// set.insert(5, libc::POLLIN);
    /// set.insert(5, libc::POLLOUT);
    /// assert_eq!(set.len(), 1);
    /// ```
    pub fn insert(&mut self, descriptor: RawFd, events: i16) {
        if !self.modify(descriptor, events) {
            self.places.insert(descriptor, self.entries.len());
            self.entries.push(PollEntry::new(descriptor, events));
        }
    }

    /// Changes what `descriptor` is watched for. Gives whether it is watched at all.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollSet;
    /// let mut set = PollSet::default();
    /// assert!(!set.modify(5, libc::POLLIN));
    /// ```
    pub fn modify(&mut self, descriptor: RawFd, events: i16) -> bool {
        match self.places.get(&descriptor) {
            Some(&place) => {
                self.entries[place].set_events(events);
                true
            }
            None => false,
        }
    }

    /// Watches `descriptor` no longer. Gives whether it was watched.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollSet;
    /// let mut set = PollSet::default();
    /// set.insert(5, libc::POLLIN);
    /// assert!(set.remove(5) && !set.remove(5));
    /// assert!(set.is_empty());
    /// ```
    pub fn remove(&mut self, descriptor: RawFd) -> bool {
        let Some(place) = self.places.remove(&descriptor) else { return false };
        if place + 1 == self.entries.len() {
            self.entries.pop();
        } else {
            self.entries[place] = HOLE;
        }
        if self.entries.len() > 2 * self.places.len() + 8 {
            self.close_up();
        }
        true
    }

    /// Closes the holes.
    fn close_up(&mut self) {
        self.entries.retain(|entry| entry.descriptor() >= 0);
        for (place, entry) in self.entries.iter().enumerate() {
            self.places.insert(entry.descriptor(), place);
        }
    }

    /// How many descriptors are watched.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollSet;
    /// let mut set = PollSet::default();
    /// set.insert(5, libc::POLLIN);
    /// assert_eq!(set.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether none is.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollSet;
    /// assert!(PollSet::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The entries, to be polled, in order.
    ///
    /// ```
    /// use ferrosock_socket::readiness::PollSet;
    /// let mut set = PollSet::default();
    /// set.insert(5, libc::POLLIN);
    /// assert_eq!(set.iter().next().map(|entry| entry.events()), Some(libc::POLLIN));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = PollEntry> + '_ {
        self.entries.iter().copied().filter(|entry| entry.descriptor() >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(set: &PollSet) -> Vec<(RawFd, i16)> {
        set.iter().map(|entry| (entry.descriptor(), entry.events())).collect()
    }

    #[test]
    fn order_is_that_of_insertion() {
        let mut set = PollSet::default();
        for fd in [7, 3, 5] {
            set.insert(fd, 1);
        }
        set.insert(3, 4);
        assert_eq!(watched(&set), [(7, 1), (3, 4), (5, 1)]);
        assert!(set.remove(7));
        set.insert(7, 2);
        assert_eq!(watched(&set), [(3, 4), (5, 1), (7, 2)]);
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn holes_are_closed_up() {
        let mut set = PollSet::default();
        for fd in 0..1000 {
            set.insert(fd, fd as i16);
        }
        for fd in 0..997 {
            assert!(set.remove(fd));
            assert!(!set.remove(fd));
        }
        assert!(set.entries.len() < 20);
        assert!(set.modify(998, 1));
        assert_eq!(watched(&set), [(997, 997), (998, 1), (999, 999)]);
        for fd in 997..1000 {
            assert!(set.remove(fd));
        }
        assert!(set.is_empty() && watched(&set).is_empty());
    }
}
