//! Random input for the targets of this folder, on any toolchain: what `cargo test` and `make fuzz` run.
//!
//! As a test each target sees the same 20,000 inputs every time. With `FUZZ_SECONDS` each runs for so long, from a seed
//! that is printed and can be given again as `FUZZ_SEED` (`make fuzz` does the first).

use std::env;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const ROUNDS: u64 = 20_000;

/// A small generator of random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// A byte: often one of those at the edges.
    fn byte(&mut self) -> u8 {
        match self.below(4) {
            0 => [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
            _ => self.below(256) as u8,
        }
    }

    /// One of the seeds, changed in a few places; or nothing but noise.
    fn input(&mut self, seeds: &[&[u8]]) -> Vec<u8> {
        if self.below(8) == 0 {
            return (0..self.below(160)).map(|_| self.byte()).collect();
        }
        let mut input = seeds[self.below(seeds.len())].to_vec();
        for _ in 0..self.below(6) {
            let at = self.below(input.len() + 1);
            match self.below(5) {
                0 => input.insert(at, self.byte()),
                1 => input.truncate(at),
                2 => input.extend_from_slice(seeds[self.below(seeds.len())]),
                3 if at < input.len() => drop(input.remove(at)),
                _ if at < input.len() => input[at] = self.byte(),
                _ => {}
            }
        }
        input
    }
}

/// Shows the input if the target panics.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("input: b\"{}\"", self.0.escape_ascii());
        }
    }
}

/// Gives `target` inputs that are made of `seeds`.
pub(crate) fn run(name: &str, target: impl Fn(&[u8]), seeds: &[&[u8]]) {
    let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = number("FUZZ_SECONDS");
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
    let seed = number("FUZZ_SEED").unwrap_or(if seconds.is_some() { clock } else { 0x9e37_79b9 }).max(1);
    let mut random = Random(seed);
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut rounds = 0;
    println!("{name}: FUZZ_SEED={seed}");
    while end.map_or(rounds < ROUNDS, |end| Instant::now() < end) {
        let input = random.input(seeds);
        let _shown = Shown(&input);
        target(&input);
        rounds += 1;
    }
    println!("{name}: {rounds} inputs");
}
