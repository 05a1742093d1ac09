//! The targets of `fuzz/` on random input, on any toolchain.
//!
//! As a test each target sees the same 20,000 inputs every time. With `FUZZ_SECONDS` each runs for so long, from a seed
//! that is printed and can be given again as `FUZZ_SEED` (`make fuzz` does the first).

#[path = "../../../fuzz/targets.rs"]
mod targets;

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

fn run(name: &str, target: impl Fn(&[u8]), seeds: &[&[u8]]) {
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

#[test]
fn address() {
    let families: Vec<Vec<u8>> = (0..46_u16)
        .flat_map(|family| [0_u8, 1, 3, 6, 7].map(|protocol| (family, protocol)))
        .map(|(family, protocol)| {
            let mut seed = vec![protocol];
            seed.extend(family.to_ne_bytes());
            seed.extend(1..30);
            seed
        })
        .collect();
    run("address", targets::address, &families.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn control() {
    let header = size_of::<libc::cmsghdr>();
    let seeds: Vec<Vec<u8>> = [header, header + 4, header + 12, header + 40, 0, usize::MAX, usize::MAX - 7]
        .into_iter()
        .map(|length| {
            let mut seed = length.to_ne_bytes().to_vec();
            seed.extend(libc::SOL_SOCKET.to_ne_bytes());
            seed.extend(libc::SCM_RIGHTS.to_ne_bytes());
            seed.extend([0xff; 48]);
            seed
        })
        .collect();
    run("control", targets::control, &seeds.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn host() {
    let seeds: [&[u8]; 8] = [
        b"127.0.0.1\x0080",
        b"127.1\0",
        b"0x7f.1\x0065536",
        b"::1\x00443",
        b"::ffff:1.2.3.4\x000",
        b"fe80::1%1\x001",
        b"1:2:3:4:5:6:7:8\x00-1",
        b"255.255.255.256\x0080",
    ];
    run("host", targets::host, &seeds);
}

#[test]
fn text() {
    let seeds: [&[u8]; 5] =
        [b"127.0.0.1:80", b"[::1]:443", b"[fe80::1%3]:65535", b"00:1A:7D:DA:71:13", b"1:2:3:4:5:6"];
    run("text", targets::text, &seeds);
}
