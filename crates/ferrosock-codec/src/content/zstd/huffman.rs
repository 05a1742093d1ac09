//! Huffman codes of literals (RFC 8878 section 4.2).

use super::bits::Backward;
use super::corrupt;
use super::fse::Table as States;
use crate::content::Error;

/// The longest code, in bits.
const LONGEST: u32 = 11;

/// For each value of the next bits the byte, and how many of them are its code.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    codes: Vec<(u8, u8)>,
    log: u32,
}

impl Table {
    pub(super) fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.codes.clear();
    }

    /// Reads a code's description and says how long it is.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let early = || corrupt("a Huffman code ends early");
        let (&size, rest) = bytes.split_first().ok_or_else(early)?;
        let mut weights = [0_u8; 256];
        let (count, used) = if size < 128 {
            let used = usize::from(size);
            (compressed_weights(rest.get(..used).ok_or_else(early)?, &mut weights)?, used)
        } else {
            let count = usize::from(size - 127);
            let used = count.div_ceil(2);
            let halves = rest.get(..used).ok_or_else(early)?.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            weights.iter_mut().zip(halves).take(count).for_each(|(weight, half)| *weight = half);
            (count, used)
        };
        self.build(&mut weights, count)?;
        Ok(1 + used)
    }

    /// Makes the table from the weights of the first `count` bytes; that of the next one follows from them.
    fn build(&mut self, weights: &mut [u8; 256], count: usize) -> Result<(), Error> {
        let wrong = || corrupt("a Huffman code that is none");
        let mut sum = 0_u32;
        for &weight in &weights[..count] {
            if u32::from(weight) > LONGEST {
                return Err(wrong());
            }
            sum += (1 << weight) >> 1;
        }
        if sum == 0 {
            return Err(wrong());
        }
        let log = sum.ilog2() + 1;
        let left = (1_u32 << log) - sum;
        if log > LONGEST || !left.is_power_of_two() {
            return Err(wrong());
        }
        *weights.get_mut(count).ok_or_else(wrong)? = left.ilog2() as u8 + 1;
        self.log = log;
        self.codes.clear();
        self.codes.resize(1 << log, (0, 0));
        // The longest codes, of weight 1, stand first.
        let mut at = 0;
        for weight in 1..=log as u8 {
            for byte in (0..=count).filter(|&byte| weights[byte] == weight) {
                let width = 1 << (weight - 1);
                self.codes[at..at + width].fill((byte as u8, log as u8 + 1 - weight));
                at += width;
            }
        }
        Ok(())
    }

    /// Adds to `out` the `count` bytes of a stream.
    pub(super) fn decode(&self, stream: &[u8], count: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let wrong = || corrupt("a stream of literals of another length");
        let mut bits = Backward::new(stream)?;
        let begin = out.len();
        out.resize(begin + count, 0);
        let out = &mut out[begin..];
        let code = |bits: &mut Backward<'_>| {
            let (byte, length) = self.codes[bits.peek(self.log) as usize];
            bits.consume(length.into());
            byte
        };
        let mut fives = out.chunks_exact_mut(5); // five codes of 11 bits are 55
        for five in &mut fives {
            bits.refill();
            five.iter_mut().for_each(|place| *place = code(&mut bits));
            if bits.is_over() {
                return Err(wrong());
            }
        }
        bits.refill();
        fives.into_remainder().iter_mut().for_each(|place| *place = code(&mut bits));
        if bits.is_exhausted() { Ok(()) } else { Err(wrong()) }
    }
}

/// Weights in a code of FSE, by two states in turns, until the bits are used up (section 4.2.1.2).
fn compressed_weights(bytes: &[u8], weights: &mut [u8; 256]) -> Result<usize, Error> {
    let mut table = States::default();
    let used = table.read(bytes, 6, 16)?;
    let mut bits = Backward::new(&bytes[used.min(bytes.len())..])?;
    let mut states = [table.first(&mut bits), table.first(&mut bits)];
    if bits.is_over() {
        return Err(corrupt("the weights of a Huffman code end early"));
    }
    let mut count = 0;
    loop {
        // The last one's weight is not written: at most 255 are.
        if count >= 254 {
            return Err(corrupt("a Huffman code of more than 256 bytes"));
        }
        let (now, other) = (count % 2, (count + 1) % 2);
        weights[count] = states[now].symbol;
        count += 1;
        bits.refill();
        states[now] = table.next(states[now], &mut bits);
        if bits.is_over() {
            weights[count] = states[other].symbol;
            return Ok(count + 1);
        }
    }
}
