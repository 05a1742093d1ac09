//! Answers that go together: those of one round are held back, and sent one behind the other when it is over.
//!
//! To send is also to wake who waits for it, which is most of what it costs. With a handler between them each answer finds its
//! reader asleep again; one behind the other only the first does, and the client works on what is there.
//!
//! An answer must not wait for a handler that takes its time. So none is held for longer than some quick handlers take, and none
//! at all where a handler has lately been slow. Where handlers run beside the loop ([`Embedded`](crate::Embedded)), another thread
//! may send those that a slow one surprises.

use super::slab::Key;

/// How long an answer waits for others, in microseconds: behind that it goes before the next handler is called.
const LONGEST: u64 = 1_000;

/// What takes longer, in microseconds, is slow; for so many times as long none is held after that.
const SLOW: u64 = 2_000;
const WARY: u64 = 8;

#[derive(Default)]
pub(crate) struct Held {
    keys: Vec<Key>,
    /// When the first of them was put here, and until when there shall be none, by the loop's clock in microseconds.
    since: u64,
    wary_until: u64,
}

impl Held {
    pub(crate) fn push(&mut self, key: Key, now: u64) {
        if self.keys.is_empty() {
            self.since = now;
        }
        self.keys.push(key);
    }

    /// Gives those that are held, for the time that they take to be sent.
    pub(crate) fn take(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.keys)
    }

    /// Gets the memory back.
    pub(crate) fn give_back(&mut self, mut keys: Vec<Key>) {
        if self.keys.is_empty() {
            keys.clear();
            self.keys = keys;
        }
    }

    /// The same, while they stay.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// For how long the first has waited.
    pub(crate) fn age(&self, now: u64) -> Option<u64> {
        (!self.is_empty()).then(|| now.saturating_sub(self.since))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Notes that what the loop was at took from `before` to `now`.
    pub(crate) fn note(&mut self, before: u64, now: u64) {
        let took = now.saturating_sub(before);
        if took >= SLOW {
            self.wary_until = now.saturating_add(took.saturating_mul(WARY));
        }
    }

    /// Whether an answer may wait for those to come.
    pub(crate) fn allows(&self, now: u64) -> bool {
        now >= self.wary_until
    }

    /// Whether those that are held have waited long enough.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.age(now).is_some_and(|age| age >= LONGEST || !self.allows(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_decides_when_all_go() {
        let mut held = Held::default();
        assert!(!held.is_due(u64::MAX));
        held.push(1, 100);
        held.push(2, 100 + LONGEST - 1);
        assert!(!held.is_due(100 + LONGEST - 1));
        assert!(held.is_due(100 + LONGEST));
        let keys = held.take();
        assert_eq!(keys, [1, 2]);
        held.give_back(keys);
        assert!(held.is_empty() && !held.is_due(u64::MAX));
    }

    #[test]
    fn none_is_held_for_a_while_behind_a_slow_one() {
        let mut held = Held::default();
        held.push(1, 0);
        held.note(0, SLOW - 1);
        assert!(held.allows(SLOW - 1));
        held.note(10, 10 + SLOW);
        assert!(!held.allows(10 + SLOW) && held.is_due(10 + SLOW));
        let end = 10 + SLOW + SLOW * WARY;
        assert!(!held.allows(end - 1) && held.allows(end));
    }
}
