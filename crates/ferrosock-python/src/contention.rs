//! When to keep the interpreter's lock over a transfer.
//!
//! Whoever gives the lock up around a system call must get it back. Beside a thread that computes without a pause, that takes
//! the switch interval (5 ms), thousands of times as long as the call: a loop of small sends and receives falls from hundreds
//! of thousands a second to a few hundred (the *convoy effect*). Keeping the lock over a call that cannot wait
//! (`MSG_DONTWAIT`) avoids it. But keeping it always keeps other threads' system calls from running beside each other, which
//! costs a threaded server on several processors up to half of its throughput.
//!
//! So each thread watches what the lock costs it. It times the return of the lock at one call in [`EVERY`], and after a
//! return that took [`LONG`] at each call for [`ALERT`]. A second long one in that time means a convoy: for [`KEPT`] the
//! thread tries its small transfers with the lock kept, and gives it up only where a call would wait. Then it is on the alert
//! again, and the next long return begins another spell. So a convoy is seen also where the thread that computes wins the lock
//! at one call in hundreds: on a busy machine it is slow to wake, and still costs its 5 ms each time. A server whose threads
//! all wait for each other a little does not come near [`LONG`].
//!
//! Other threads lose nothing by it: between two calls the interpreter takes the lock away from whoever holds it longer than
//! the switch interval, as it does from a thread that computes. tests/native/test_contention.py holds this to numbers.

use std::cell::Cell;
use std::time::Duration;

/// One call in so many is timed: often enough to see a convoy within ten calls, seldom enough to cost 5 ns a call.
const EVERY: u8 = 8;

/// The return of the lock took long: close to the default switch interval of 5 ms.
const LONG: Duration = Duration::from_millis(2);

/// How long a thread goes on timing each call after a long return.
const ALERT: Duration = Duration::from_millis(250);

/// How long the lock is kept over small transfers before it is given up to look again. At most a twentieth of a thread's time
/// then goes into looking.
const KEPT: Duration = Duration::from_millis(100);

/// What a thread knows of the lock. Times are those of [`now`].
#[derive(Clone, Copy)]
struct State {
    /// Calls until the next one is timed.
    countdown: u8,
    /// Until when each call is timed; 0: one in [`EVERY`] is.
    alert_until: u64,
    /// Until when the lock is kept; 0: it is given up.
    kept_until: u64,
}

thread_local! {
    static STATE: Cell<State> =
        const { Cell::new(State { countdown: EVERY, alert_until: 0, kept_until: 0 }) };
}

/// Whether the call that is about to be made is to be timed.
#[inline]
pub(crate) fn sampled() -> bool {
    // Without a global lock there is no convoy.
    if cfg!(Py_GIL_DISABLED) {
        return false;
    }
    let mut state = STATE.get();
    state.countdown = state.countdown.saturating_sub(1);
    let due = state.countdown == 0;
    if due {
        state.countdown = EVERY;
    }
    STATE.set(state);
    due
}

/// Notes how long the return of the lock took.
#[inline]
pub(crate) fn note(took: Duration) {
    let state = STATE.get();
    if took >= LONG || state.alert_until != 0 {
        watch(state, took >= LONG);
    }
}

/// [`note`] of a long return, or of any while on the alert.
#[cold]
fn watch(state: State, long: bool) {
    let now = now();
    let alert = now < state.alert_until;
    STATE.set(match (long, alert) {
        (true, true) => State { kept_until: after(now, KEPT), ..state },
        (true, false) => State { countdown: 1, alert_until: after(now, ALERT), ..state },
        (false, true) => State { countdown: 1, ..state },
        (false, false) => State { alert_until: 0, ..state },
    });
}

/// Whether a small transfer is to be tried with the lock kept.
#[inline]
pub(crate) fn tries_first() -> bool {
    let state = STATE.get();
    state.kept_until != 0 && still_kept(state)
}

/// Whether the spell goes on; at its end the thread is on the alert.
#[cold]
fn still_kept(state: State) -> bool {
    let now = now();
    if now < state.kept_until {
        return true;
    }
    STATE.set(State { countdown: 1, alert_until: after(now, ALERT), kept_until: 0 });
    false
}

/// The time that comes so long after `now`.
fn after(now: u64, wait: Duration) -> u64 {
    now.saturating_add(wait.as_nanos() as u64)
}

/// Nanoseconds of a monotonic clock that is cheap to read and need not be precise.
fn now() -> u64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC_COARSE;
    #[cfg(target_os = "macos")]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC_RAW_APPROX;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills the structure. The clock is there on every system that we build for; should it fail, the time stands
    // still at 0, and the lock is given up as usual.
    unsafe { libc::clock_gettime(CLOCK, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
