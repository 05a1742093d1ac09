//! Timers: a wheel of slots, and one live entry a connection.
//!
//! A deadline that moves on costs nothing: the entry stays where it is, and when its slot comes round the owner is asked for its
//! deadline and put where that lies. Only a deadline that is earlier than the entry takes a new one; the old entry is then stale,
//! and known as such by its tick. Times are milliseconds since the loop began.

use super::slab::Key;

/// A slot's width is 64 ms.
const SHIFT: u32 = 6;
const SLOTS: u64 = 1024;

pub(crate) struct Wheel {
    slots: Vec<Vec<(Key, u64)>>,
    /// The next tick to be looked at.
    tick: u64,
    /// No entry lies before this tick; `u64::MAX` if there is none.
    soonest: u64,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self { slots: (0..SLOTS).map(|_| Vec::new()).collect(), tick: 0, soonest: u64::MAX }
    }

    /// Where the entry for a deadline lies: behind it, and within the wheel.
    pub(crate) fn tick_of(&self, deadline: u64) -> u64 {
        ((deadline >> SHIFT) + 1).clamp(self.tick, self.tick + SLOTS - 1)
    }

    pub(crate) fn insert(&mut self, key: Key, tick: u64) {
        let tick = tick.clamp(self.tick, self.tick + SLOTS - 1);
        self.slots[(tick % SLOTS) as usize].push((key, tick));
        self.soonest = self.soonest.min(tick);
    }

    /// How many milliseconds from `now` until an entry is due, `None` if there is none.
    pub(crate) fn wait(&self, now: u64) -> Option<u64> {
        (self.soonest != u64::MAX).then(|| (self.soonest << SHIFT).saturating_sub(now))
    }

    /// Takes out the entries that are due by now.
    pub(crate) fn due(&mut self, now: u64, found: &mut Vec<(Key, u64)>) {
        let end = now >> SHIFT;
        if end < self.soonest {
            self.tick = self.tick.max(end);
            return;
        }
        // After a long sleep each slot is looked at once.
        for tick in self.tick.max(self.soonest)..=end.min(self.tick + SLOTS - 1) {
            found.append(&mut self.slots[(tick % SLOTS) as usize]);
        }
        self.tick = end + 1;
        self.soonest = (self.tick..self.tick + SLOTS)
            .find(|tick| !self.slots[(tick % SLOTS) as usize].is_empty())
            .unwrap_or(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_when_they_are_due_and_once() {
        let mut wheel = Wheel::new();
        let mut found = Vec::new();
        assert_eq!(wheel.wait(0), None);
        for (key, deadline) in [(1, 100), (2, 1000), (3, 10_000_000)] {
            let tick = wheel.tick_of(deadline);
            wheel.insert(key, tick);
        }
        wheel.due(100, &mut found);
        assert_eq!(found, []);
        let wait = wheel.wait(100).unwrap();
        assert!((1..=64).contains(&wait));
        wheel.due(100 + wait, &mut found);
        assert_eq!(found.drain(..).map(|(key, _)| key).collect::<Vec<_>>(), [1]);
        wheel.due(5000, &mut found);
        assert_eq!(found.drain(..).map(|(key, _)| key).collect::<Vec<_>>(), [2]);
        // One that lies beyond the wheel comes early, and its owner puts it back.
        wheel.due(70_000, &mut found);
        assert_eq!(found.drain(..).map(|(key, _)| key).collect::<Vec<_>>(), [3]);
        assert_eq!(wheel.wait(70_000), None);
    }

    #[test]
    fn a_long_sleep_loses_nothing() {
        let mut wheel = Wheel::new();
        for key in 0..2000 {
            let tick = wheel.tick_of(key * 64);
            wheel.insert(key, tick);
        }
        let mut found = Vec::new();
        wheel.due(1_000_000_000, &mut found);
        assert_eq!(found.len(), 2000);
        wheel.insert(7, wheel.tick_of(0));
        assert!(wheel.wait(1_000_000_000).unwrap() <= 64);
    }
}
