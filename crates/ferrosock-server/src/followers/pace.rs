//! How handlers are on the whole: quick, or such that threads serve side by side.

use std::time::Duration;

/// A turn that took so long may have been a slow handler's. Most do not.
pub(super) const LONG: Duration = Duration::from_micros(250);

/// What a long turn counts, a short one being 1 the other way, and from which count on it is to be seen what handlers do.
const LONG_COUNTS: u32 = 8;
const LONG_FROM: u32 = 32;

/// For how long handlers are taken for slow, in milliseconds: at first, and at most. For so long thereafter threads that served
/// side by side may still stand in each other's way.
const SLOW_FOR: u64 = 250;
const SLOW_FOR_MOST: u64 = 4000;
const SETTLE_FOR: u64 = 20;

/// Other threads help only where long turns leave the host's lock to them: they wait for something, or compute without it. How
/// often that is tried, how often the lock must have been free, and after how many milliseconds it is tried anew.
const PROBES: u32 = 6;
const FREE_FROM: u32 = 4;
const PROBE_AGAIN: u64 = 250;

/// Who has got the host's lock after so long did not have to wait for it.
const FREE: Duration = Duration::from_micros(30);

/// Where it was not free, who would only stand in another's way stays away for so many milliseconds.
const CONTENDED_FOR: u64 = 4;

/// Why a thread sees whether the host's lock is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Turns are long.
    Long,
    /// A turn waits, it may be for the lock itself; `is_slow`: it has for so long that it is a slow handler's if not.
    Stalled { is_slow: bool },
}

/// What handlers have been like lately.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// What long turns have counted.
    long: u32,
    /// Until when handlers are taken for slow, and for how long that is.
    slow_until: u64,
    slow_for: u64,
    /// Whether it is to be seen what they do: how many probes have been made, how many found the lock free, and when the next
    /// ones may be.
    probing: bool,
    probes: u32,
    free: u32,
    probe_from: u64,
    contended_until: u64,
}

impl Pace {
    pub(super) fn is_slow(&self, now: u64) -> bool {
        now < self.slow_until
    }

    /// Whether the host's lock has just been found taken.
    pub(super) fn is_contended(&self, now: u64) -> bool {
        now < self.contended_until
    }

    /// Takes handlers for slow from now on: the longer, the sooner after the last time.
    pub(super) fn take_for_slow(&mut self, now: u64) {
        let soon = now < self.slow_until.saturating_add(self.slow_for);
        self.slow_for = if soon { (self.slow_for * 2).min(SLOW_FOR_MOST) } else { SLOW_FOR };
        self.slow_until = now + self.slow_for;
        self.end_probes();
    }

    fn end_probes(&mut self) {
        (self.long, self.probing, self.probes, self.free) = (0, false, 0, 0);
    }

    /// A turn that began at `since` has ended, and nobody stood in its way.
    pub(super) fn served(&mut self, since: u64, is_long: bool) {
        if since >= self.slow_until.saturating_add(SETTLE_FOR) || self.slow_until == 0 {
            self.long = if is_long { self.long + LONG_COUNTS } else { self.long.saturating_sub(1) };
            if self.long >= LONG_FROM {
                (self.long, self.probing) = (0, true);
            }
        }
    }

    /// Whether it is to be seen if turns, which are long, leave the host's lock to others.
    pub(super) fn wants_probe(&self, now: u64) -> bool {
        self.probing && now >= self.probe_from && !self.is_slow(now)
    }

    /// While a turn went on, another thread has got the host's lock after so long.
    pub(super) fn probed(&mut self, purpose: Purpose, took: Duration, now: u64) {
        let is_free = took < FREE;
        match purpose {
            Purpose::Stalled { is_slow } if is_free => {
                if is_slow {
                    self.take_for_slow(now);
                }
            }
            Purpose::Stalled { .. } => self.contended_until = now + CONTENDED_FOR,
            Purpose::Long => {
                self.probes += 1;
                self.free += u32::from(is_free);
                if self.free >= FREE_FROM {
                    self.take_for_slow(now);
                } else if self.probes >= PROBES {
                    self.end_probes();
                    self.probe_from = now + PROBE_AGAIN;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Duration = Duration::from_micros(1);
    const LATE: Duration = Duration::from_millis(5);

    fn with_long_turns(now: u64) -> Pace {
        let mut pace = Pace::default();
        for _ in 0..4 {
            assert!(!pace.wants_probe(now));
            pace.served(now, true);
        }
        assert!(pace.wants_probe(now));
        pace
    }

    #[test]
    fn who_proves_slow_right_away_is_taken_for_slow_for_longer() {
        let mut pace = Pace::default();
        let mut now = 1000;
        for lasts in [250, 500, 1000, 2000, 4000, 4000] {
            pace.take_for_slow(now);
            assert!(pace.is_slow(now + lasts - 1) && !pace.is_slow(now + lasts));
            now += lasts + 100;
        }
        now += 4000;
        pace.take_for_slow(now);
        assert!(pace.is_slow(now + 249) && !pace.is_slow(now + 250));
    }

    #[test]
    fn long_turns_are_slow_where_they_leave_the_lock_to_others() {
        let mut pace = with_long_turns(10);
        for took in [AT_ONCE, AT_ONCE, LATE, AT_ONCE, LATE] {
            pace.probed(Purpose::Long, took, 10);
            assert!(pace.wants_probe(10) && !pace.is_slow(10));
        }
        pace.probed(Purpose::Long, AT_ONCE, 10);
        assert!(pace.is_slow(10) && !pace.wants_probe(10));
    }

    #[test]
    fn long_turns_that_keep_the_lock_are_left_alone_for_a_while() {
        let mut pace = with_long_turns(10);
        for took in [AT_ONCE, AT_ONCE, AT_ONCE, LATE, LATE, LATE] {
            assert!(pace.wants_probe(10));
            pace.probed(Purpose::Long, took, 10);
        }
        for _ in 0..100 {
            pace.served(20, true);
        }
        assert!(!pace.wants_probe(259) && pace.wants_probe(260) && !pace.is_slow(260));
    }

    #[test]
    fn turns_that_began_side_by_side_say_nothing() {
        let mut pace = Pace::default();
        pace.take_for_slow(1000);
        for _ in 0..100 {
            pace.served(1249, true);
            pace.served(1269, true);
        }
        assert!(!pace.wants_probe(1300));
        for _ in 0..4 {
            pace.served(1270, true);
        }
        assert!(pace.wants_probe(1300));
    }

    #[test]
    fn who_waits_for_the_lock_is_not_slow() {
        let mut pace = Pace::default();
        pace.probed(Purpose::Stalled { is_slow: true }, LATE, 10);
        assert!(pace.is_contended(13) && !pace.is_contended(14) && !pace.is_slow(10));
        pace.probed(Purpose::Stalled { is_slow: false }, AT_ONCE, 20);
        assert!(!pace.is_contended(20) && !pace.is_slow(20));
        pace.probed(Purpose::Stalled { is_slow: true }, AT_ONCE, 30);
        assert!(pace.is_slow(30));
    }

    #[test]
    fn short_turns_between_long_ones_count_against_them() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.served(10, true);
            for _ in 0..8 {
                pace.served(10, false);
            }
        }
        assert!(!pace.wants_probe(10));
    }
}
