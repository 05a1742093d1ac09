//! Tables of FSE, finite state entropy (RFC 8878 section 4.1).

use super::bits::{Backward, Forward};
use super::corrupt;
use crate::content::Error;

/// A state: what it stands for, and how to get to the next one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    pub(super) symbol: u8,
    pub(super) bits: u8,
    base: u16,
}

/// A table of states.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) states: Vec<State>,
    pub(super) log: u32,
}

impl Table {
    /// A table that always gives the same symbol.
    pub(super) fn set_single(&mut self, symbol: u8) {
        self.states.clear();
        self.states.push(State { symbol, bits: 0, base: 0 });
        self.log = 0;
    }

    /// Reads a table's description and says how long it is; `most_log` and `symbols` bound it.
    pub(super) fn read(&mut self, bytes: &[u8], most_log: u32, symbols: usize) -> Result<usize, Error> {
        let mut bits = Forward::new(bytes);
        let log = bits.read(4)? + 5;
        if log > most_log {
            return Err(corrupt("a table is too large"));
        }
        let (mut shares, mut symbol) = ([0_i16; 256], 0);
        let mut left = 1_i32 << log;
        while left > 0 {
            if symbol >= symbols {
                return Err(corrupt("a table has too many symbols"));
            }
            // A share is from -1 to `left`. The smaller ones take one bit less where there is room for that.
            let (width, top) = ((left as u32 + 1).ilog2() + 1, left as u32 + 1);
            let (low, spare) = ((1_u32 << (width - 1)) - 1, (1_u32 << width) - 1 - top);
            let mut value = bits.peek(width);
            if value & low < spare {
                value &= low;
                bits.skip(width - 1)?;
            } else {
                value -= if value > low { spare } else { 0 };
                bits.skip(width)?;
            }
            let share = value as i32 - 1;
            left -= share.abs();
            shares[symbol] = share as i16;
            symbol += 1;
            if share == 0 {
                // Two bits say how many more have no share; three of them, that two bits more follow.
                loop {
                    let more = bits.read(2)? as usize;
                    symbol += more;
                    if symbol > symbols {
                        return Err(corrupt("a table has too many symbols"));
                    }
                    if more < 3 {
                        break;
                    }
                }
            }
        }
        if left < 0 {
            return Err(corrupt("a table's shares are more than it has"));
        }
        self.build(&shares[..symbol], log);
        Ok(bits.used())
    }

    /// Makes the states from the symbols' shares; -1 is less than one.
    /// Their sum is the size of the table.
    pub(super) fn build(&mut self, shares: &[i16], log: u32) {
        let size = 1_usize << log;
        self.log = log;
        self.states.clear();
        self.states.resize(size, State::default());
        let (mut next, mut high) = ([0_u16; 256], size);
        for (symbol, &share) in shares.iter().enumerate() {
            next[symbol] = share.unsigned_abs();
            if share == -1 {
                high -= 1;
                self.states[high].symbol = symbol as u8;
            }
        }
        // The others are spread over the rest by a step that comes to every place once.
        let (step, mask, mut at) = ((size >> 1) + (size >> 3) + 3, size - 1, 0);
        for (symbol, &share) in shares.iter().enumerate() {
            for _ in 0..share {
                self.states[at].symbol = symbol as u8;
                loop {
                    at = (at + step) & mask;
                    if at < high {
                        break;
                    }
                }
            }
        }
        for state in &mut self.states {
            let place = &mut next[usize::from(state.symbol)];
            let number = u32::from(*place);
            *place += 1;
            state.bits = (log - number.ilog2()) as u8;
            state.base = ((number << state.bits) - size as u32) as u16;
        }
    }

    /// The state in which a stream begins.
    #[inline]
    pub(super) fn first(&self, bits: &mut Backward<'_>) -> State {
        self.states[bits.read(self.log) as usize]
    }

    /// The state after another.
    #[inline(always)]
    pub(super) fn next(&self, state: State, bits: &mut Backward<'_>) -> State {
        self.states[usize::from(state.base) + bits.read(state.bits.into()) as usize]
    }
}
