//! Waiting for a reply from this machine: by looking for it for a moment, where sleeping would take longer than the reply does.
//!
//! A thread that sleeps in `recv` must be woken, which on a virtual machine takes several times as long as a server on the same machine
//! needs to answer, and the thread comes back to cold caches. So a thread that has sent something to a peer on this machine may look for
//! the reply again and again (*busy polling*) instead. It learns whether that pays: it measures how long replies take when it sleeps,
//! and when it looks; goes on looking only if they come much sooner then; looks for no longer than a sleep takes; and looks ever more
//! seldom where it does not pay. One thread of a process looks at a time, and none where there is one processor.
//!
//! Nothing of this is seen by a program but in time: the call that finds the reply is the same `recv`.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8};
use std::time::{Duration, Instant};

use super::{Interest, Socket};
use crate::{Error, Host, RawAddress, Result, sys};

/// Replies that take longer are not waited for like this: nanoseconds, of one that sleeps.
const LONGEST: u64 = 150_000;

/// What sleeping costs at least, where looking may pay.
const SHORTEST: u64 = 20_000;

/// So many replies after which the sleep is measured again.
const FRESH: u32 = 1024;

/// Looking pays up to such a part of the time that a sleep takes, in tenths: besides the time, a sleep costs what was in the caches.
/// A smaller part is supposed when the first look begins.
const WORTH: u64 = 6;
const SUPPOSED: u64 = 4;

/// Longer looks than that on an average take more of a processor than a sleep does, whatever they gain: nanoseconds.
const DEAREST: u64 = 30_000;

/// So many looks that paid are no luck.
const SURE: u32 = 8;

/// How often replies are slept for without measuring where looking did not pay, at first and at most: powers of two.
const FIRST: u8 = 3;
const MOST: u8 = 16;

/// Shorter timeouts are kept to the letter.
const EXACT: Duration = Duration::from_millis(1);

/// Whether a reply may be looked for.
#[derive(Debug)]
pub(super) struct Reply(AtomicU8);

/// The peer is far or unknown; near, and has been asked nothing, or something; or the program has set what a look would pass over.
const FAR: u8 = 0;
const NEAR: u8 = 1;
const ASKED: u8 = 2;
const BARRED: u8 = 3;

impl Reply {
    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(FAR))
    }

    /// The socket is another one.
    pub(super) fn forget(&self) {
        self.0.store(FAR, Relaxed);
    }

    /// A connection to `address` was begun.
    pub(super) fn connected(&self, address: &RawAddress) {
        if self.0.load(Relaxed) != BARRED {
            self.0.store(if address.is_on_this_machine() { NEAR } else { FAR }, Relaxed);
        }
    }

    /// Something was sent.
    #[inline]
    pub(super) fn asked(&self) {
        if self.0.load(Relaxed) == NEAR {
            self.0.store(ASKED, Relaxed);
        }
    }

    /// An option was set: with a low-water mark, what is there is perhaps not to be received yet.
    pub(super) fn set(&self, level: i32, option: i32) {
        if level == libc::SOL_SOCKET && option == libc::SO_RCVLOWAT {
            self.0.store(BARRED, Relaxed);
        }
    }

    /// Whether a reply is due, which is waited for once.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.0.load(Relaxed) == ASKED && {
            self.0.store(NEAR, Relaxed);
            true
        }
    }
}

/// What a thread knows of replies, in nanoseconds; 0: nothing yet.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// How long they take when it sleeps, and on an average when it looks.
    slept: u64,
    looked: u64,
    /// How many more are slept for without measuring, and the power of two of the next such time.
    skip: u32,
    backoff: u8,
    /// How many were looked for since the sleep was measured.
    count: u32,
}

thread_local! {
    static KNOWN: Cell<Known> = const { Cell::new(Known::NOTHING) };
}

/// What to do about a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Sleep,
    /// Sleep, and tell how long that took.
    Measure,
    /// Look for it for so long, in nanoseconds.
    Look(u64),
}

impl Known {
    const NOTHING: Self = Self { slept: 0, looked: 0, skip: 0, backoff: FIRST, count: 0 };

    fn plan(&mut self) -> Plan {
        if self.skip > 0 {
            self.skip -= 1;
            return Plan::Sleep;
        }
        match self.slept {
            0 => Plan::Measure,
            slept => Plan::Look(slept.min(2 * DEAREST)),
        }
    }

    /// It came to one that slept.
    fn came_asleep(&mut self, took: u64) {
        if (SHORTEST..=LONGEST).contains(&took) {
            (self.slept, self.count) = (took, 0);
            self.looked = DEAREST.min(took * SUPPOSED / 10);
        } else {
            self.rest();
        }
    }

    /// It came to one that looked, or had not come after so long.
    fn came_awake(&mut self, took: u64) {
        self.looked = (self.looked * 7 + took) / 8;
        if self.looked > DEAREST.min(self.slept * WORTH / 10) {
            return self.rest();
        }
        self.count += 1;
        if self.count >= SURE {
            self.backoff = FIRST;
        }
        if self.count >= FRESH {
            self.slept = 0;
        }
    }

    /// Looking does not pay: sleeps for a while, and then finds out anew.
    fn rest(&mut self) {
        self.skip = 1 << self.backoff;
        self.backoff = MOST.min(self.backoff + 1);
        (self.slept, self.looked) = (0, 0);
    }
}

/// Changes what this thread knows.
fn learn<R>(change: impl FnOnce(&mut Known) -> R) -> R {
    let mut known = KNOWN.get();
    let result = change(&mut known);
    KNOWN.set(known);
    result
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The right to look, of one thread at a time.
struct Looking;

static LOOKING: AtomicBool = AtomicBool::new(false);

impl Looking {
    fn begin() -> Option<Self> {
        static SEVERAL: OnceLock<bool> = OnceLock::new();
        let several =
            SEVERAL.get_or_init(|| std::thread::available_parallelism().is_ok_and(|count| count.get() > 1));
        (*several && !LOOKING.swap(true, Acquire)).then_some(Self)
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        LOOKING.store(false, Release);
    }
}

impl Socket {
    /// Receives a reply that is due.
    pub(super) fn recv_reply(&self, host: &impl Host, space: &mut [MaybeUninit<u8>]) -> Result<usize> {
        let sleep = |space: &mut [MaybeUninit<u8>]| {
            self.transfer(host, Interest::Read, space.len(), 0, |fd, flags| sys::recv(fd, space, flags))
        };
        if self.timeout().is_some_and(|limit| limit < EXACT) {
            return sleep(space);
        }
        match learn(Known::plan) {
            Plan::Sleep => sleep(space),
            Plan::Measure => {
                let begun = Instant::now();
                let result = sleep(space);
                let took = nanoseconds(begun);
                learn(|known| known.came_asleep(took));
                result
            }
            Plan::Look(most) => {
                let Some(looking) = Looking::begin() else { return sleep(space) };
                let fd = self.fileno();
                let begun = Instant::now();
                let (found, took) = host.blocking(|| {
                    loop {
                        let found = sys::recv(fd, space, libc::MSG_DONTWAIT);
                        let took = nanoseconds(begun);
                        if found != Err(libc::EAGAIN) || took > most {
                            return (found, took);
                        }
                        std::hint::spin_loop();
                    }
                });
                drop(looking);
                learn(|known| known.came_awake(took));
                match found {
                    Ok(count) => {
                        if count > 0 {
                            self.reply.asked(); // one that looks finds its first part while the next is on its way
                        }
                        Ok(count)
                    }
                    Err(libc::EAGAIN | libc::EINTR) => sleep(space),
                    Err(code) => Err(Error::Os(code)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uninterrupted;

    /// Replies that take so long for one that sleeps, and for one that looks: how many of them are looked for.
    fn looks(replies: u32, slept: u64, looked: u64) -> u32 {
        let (mut known, mut looks) = (Known::NOTHING, 0);
        for _ in 0..replies {
            match known.plan() {
                Plan::Sleep => {}
                Plan::Measure => known.came_asleep(slept),
                Plan::Look(most) => {
                    looks += 1;
                    known.came_awake(looked.min(most));
                }
            }
        }
        looks
    }

    #[test]
    fn one_looks_where_waking_is_dear() {
        assert!(looks(100_000, 60_000, 15_000) > 99_000);
    }

    #[test]
    fn one_sleeps_where_looking_does_not_pay() {
        // Waking is cheap; the server is slow; nothing is to be gained.
        let waits =
            [(15_000, 9_000), (40_000, 30_000), (140_000, 40_000), (3_000_000, 2_950_000), (5_000, 1_000)];
        for (slept, looked) in waits {
            let looks = looks(1_000_000, slept, looked);
            assert!(looks < 300, "{looks} of {slept} and {looked}");
        }
    }

    #[test]
    fn one_learns_anew() {
        let mut known = Known::NOTHING;
        known.came_asleep(60_000);
        for _ in 0..FRESH - 1 {
            assert_eq!(known.plan(), Plan::Look(60_000));
            known.came_awake(10_000);
        }
        known.came_awake(10_000);
        assert_eq!(known.plan(), Plan::Measure);
        known.rest();
        let rest = std::iter::repeat_with(|| known.plan()).take_while(|plan| *plan == Plan::Sleep).count();
        assert_eq!(rest, 1 << FIRST);
        known.came_asleep(60_000);
        assert_eq!(known.plan(), Plan::Look(60_000));
    }

    #[test]
    fn one_that_is_late_now_and_then_changes_nothing() {
        let mut known = Known::NOTHING;
        known.came_asleep(60_000);
        for number in 0..FRESH - 1 {
            assert_eq!(known.plan(), Plan::Look(60_000));
            known.came_awake(if number % 8 == 7 { 60_000 } else { 18_000 });
        }
    }

    /// A peer that sends back what it gets, sometimes late.
    fn echo() -> (Socket, std::thread::JoinHandle<()>) {
        let listener = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0).unwrap();
        let any: crate::address::Address = "127.0.0.1:0".parse().unwrap();
        listener.bind(&Uninterrupted, &any.to_raw().unwrap()).unwrap();
        listener.listen(&Uninterrupted, 1).unwrap();
        let socket = Socket::open(libc::AF_INET, libc::SOCK_STREAM, 0).unwrap();
        socket.connect(&Uninterrupted, &listener.local_address().unwrap()).unwrap();
        let (peer, _) = listener.accept(&Uninterrupted).unwrap();
        let thread = std::thread::spawn(move || {
            let mut room = [0; 64];
            for number in 0_u32.. {
                let count = peer.recv(&Uninterrupted, &mut room, 0).unwrap();
                if count == 0 {
                    return;
                }
                if number % 50 == 49 {
                    std::thread::sleep(Duration::from_millis(3));
                }
                peer.send_all(&Uninterrupted, &room[..count], 0).unwrap();
            }
        });
        (socket, thread)
    }

    #[test]
    fn replies_come_however_they_are_waited_for() {
        for timeout in [None, Some(Duration::from_secs(20)), Some(Duration::from_micros(10))] {
            let (socket, thread) = echo();
            for number in 0..1500_u32 {
                socket.set_timeout(timeout).unwrap();
                socket.send_all(&Uninterrupted, &number.to_be_bytes(), 0).unwrap();
                let mut room = [0; 64];
                let mut result = socket.recv(&Uninterrupted, &mut room, 0);
                if result == Err(Error::TimedOut) && timeout < Some(EXACT) {
                    socket.set_timeout(None).unwrap();
                    result = socket.recv(&Uninterrupted, &mut room, 0);
                }
                assert_eq!(result, Ok(4));
                assert_eq!(room[..4], number.to_be_bytes());
            }
            // The end, and a reply that never comes.
            socket.set_timeout(Some(Duration::from_millis(2))).unwrap();
            socket.reply.asked();
            assert_eq!(socket.recv(&Uninterrupted, &mut [0; 64], 0), Err(Error::TimedOut));
            socket.set_timeout(None).unwrap();
            socket.shutdown(&Uninterrupted, libc::SHUT_WR).unwrap();
            socket.reply.asked();
            assert_eq!(socket.recv(&Uninterrupted, &mut [0; 64], 0), Ok(0));
            thread.join().unwrap();
        }
    }

    #[test]
    fn a_reply_is_due_once_from_a_peer_that_is_near() {
        let reply = Reply::new();
        reply.asked();
        assert!(!reply.is_due());
        for (address, near) in [
            ("127.0.0.1:80", true),
            ("[::1]:80", true),
            ("[::ffff:127.0.0.1]:80", true),
            ("192.0.2.1:80", false),
        ] {
            let address: crate::address::Address = address.parse().unwrap();
            reply.connected(&address.to_raw().unwrap());
            assert!(!reply.is_due());
            reply.asked();
            assert_eq!(reply.is_due(), near);
            assert!(!reply.is_due());
        }
        reply.set(libc::SOL_SOCKET, libc::SO_RCVLOWAT);
        let near: crate::address::Address = "127.0.0.1:80".parse().unwrap();
        reply.connected(&near.to_raw().unwrap());
        reply.asked();
        assert!(!reply.is_due());
    }
}
