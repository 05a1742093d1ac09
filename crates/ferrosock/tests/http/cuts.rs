//! What a client makes of a response does not depend on how its bytes are cut.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;

use ferrosock::http::{Client, Connector, DecodeLimits, Stream, Wait};

/// Gives bytes in pieces of random sizes, and then the end.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    most: usize,
    chance: Chance,
}

impl Stream for Pieces {
    fn read(&mut self, space: &mut [u8], _: &Wait<'_>) -> io::Result<usize> {
        let left = &self.bytes[self.at..];
        let count = (1 + self.chance.below(self.most)).min(left.len()).min(space.len());
        space[..count].copy_from_slice(&left[..count]);
        self.at += count;
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], _: &Wait<'_>) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn is_quiet(&mut self) -> bool {
        false
    }
}

struct Says {
    bytes: Vec<u8>,
    most: usize,
    seed: u64,
}

impl Connector for Says {
    fn connect(&self, _: &str, _: u16, _: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
        let (bytes, chance) = (self.bytes.clone(), Chance(self.seed));
        Ok(Box::new(Pieces { bytes, at: 0, most: self.most, chance }))
    }
}

/// A generator of numbers (xorshift), the same for the same seed.
#[derive(Clone, Copy)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}

/// What comes of a response: its status, content and trailers, or the error.
fn outcome(bytes: &[u8], most: usize, seed: u64, read: usize) -> String {
    let says = Says { bytes: bytes.to_vec(), most, seed };
    let limits = DecodeLimits { output: 1 << 20, ..DecodeLimits::default() };
    let client = Client::builder().connector(says).decode_limits(limits).build().unwrap();
    let mut response = match client.get("http://a/").send() {
        Ok(response) => response,
        Err(error) => return format!("no response: {error}"),
    };
    let (mut content, mut space) = (Vec::new(), vec![0; read]);
    let end = loop {
        match response.read(&mut space) {
            Ok(0) => break format!("{:?}", response.trailers()),
            Ok(count) => content.extend_from_slice(&space[..count]),
            // How much comes out of a decoder before it finds a fault is its own affair.
            Err(error) => {
                content.clear();
                break error.to_string();
            }
        }
    };
    format!("{} {:?} {} {end}", response.status(), response.headers(), content.escape_ascii())
}

const SEEDS: [&[u8]; 6] = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX: y\r\n\r\nhello, world",
    b"HTTP/1.1 103 Hint\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n7\r\n, world\r\n0\r\nSum: 1\r\n\r\n",
    b"HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngone",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n\x28\xb5\x2f\xfd\x60\xff\x0f\xfb\x87\0\0\r\n0\r\n\r\n",
];

#[test]
fn cuts_make_no_difference() {
    let mut chance = Chance(RandomState::new().build_hasher().finish() | 1);
    println!("seed {}", chance.0); // shown where a run fails
    for round in 0..3000 {
        let mut bytes = SEEDS[round % SEEDS.len()].to_vec();
        // The first rounds take the seeds as they are; in the others bytes are changed, left out and repeated.
        for _ in 0..if round < 60 { 0 } else { 1 + chance.below(3) } {
            if bytes.len() < 2 {
                break;
            }
            let at = chance.below(bytes.len());
            match chance.below(4) {
                0 => bytes[at] = chance.next() as u8,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, bytes[at]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let whole = outcome(&bytes, usize::MAX, 1, 65_536);
        for (most, read) in [(1, 1), (3, 7), (16, 65_536), (64, 5000)] {
            let cut = outcome(&bytes, most, chance.next() | 1, read);
            assert_eq!(cut, whole, "{} in pieces of {most}, read by {read}", bytes.escape_ascii());
        }
    }
}
