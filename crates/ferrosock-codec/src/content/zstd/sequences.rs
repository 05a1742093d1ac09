//! The sequences of a block (RFC 8878 sections 3.1.1.3.2 and 3.1.1.4): how many literals, and what is repeated after them.

use super::bits::Backward;
use super::corrupt;
use super::fse::Table;
use crate::content::Error;

/// A number of literals, and a match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sequence {
    pub(super) literals: usize,
    pub(super) length: usize,
    /// Above 3 the distance and 3; else which of the last ones.
    pub(super) offset: u64,
}

/// The three codes of sequences.
#[derive(Debug, Default)]
pub(super) struct Tables {
    literals: Table,
    offsets: Table,
    lengths: Table,
}

/// What a code's table may be, and what it is without a description.
struct Kind {
    most_log: u32,
    symbols: usize,
    shares: &'static [i16],
    log: u32,
}

const LITERALS: Kind = Kind {
    most_log: 9,
    symbols: 36,
    shares: &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1,
        -1, -1, -1,
    ],
    log: 6,
};
const LENGTHS: Kind = Kind {
    most_log: 9,
    symbols: 53,
    shares: &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    log: 6,
};
const OFFSETS: Kind = Kind {
    most_log: 8,
    symbols: 32,
    shares: &[1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    log: 5,
};

/// For each code the least number and how many bits are added to it.
const LITERALS_FROM: [(u32, u8); 36] = {
    let mut from = [(0, 0); 36];
    let mut code = 0;
    while code < 16 {
        from[code] = (code as u32, 0);
        code += 1;
    }
    let bits = [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let mut base = 16;
    while code < 36 {
        from[code] = (base, bits[code - 16]);
        base += 1 << bits[code - 16];
        code += 1;
    }
    from
};
const LENGTHS_FROM: [(u32, u8); 53] = {
    let mut from = [(0, 0); 53];
    let mut code = 0;
    while code < 32 {
        from[code] = (code as u32 + 3, 0);
        code += 1;
    }
    let bits = [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let mut base = 35;
    while code < 53 {
        from[code] = (base, bits[code - 32]);
        base += 1 << bits[code - 32];
        code += 1;
    }
    from
};

/// Takes as many bytes of `bytes` as it says.
fn choose(table: &mut Table, kind: &Kind, mode: u8, bytes: &[u8]) -> Result<usize, Error> {
    match mode {
        0 => {
            table.build(kind.shares, kind.log);
            Ok(0)
        }
        1 => match bytes.first() {
            Some(&symbol) if usize::from(symbol) < kind.symbols => {
                table.set_single(symbol);
                Ok(1)
            }
            _ => Err(corrupt("a code of sequences that does not exist")),
        },
        2 => table.read(bytes, kind.most_log, kind.symbols),
        _ if table.states.is_empty() => Err(corrupt("a table of a block before, which has none")),
        _ => Ok(0),
    }
}

impl Tables {
    /// Forgets the tables of the frame before.
    pub(super) fn clear(&mut self) {
        for table in [&mut self.literals, &mut self.offsets, &mut self.lengths] {
            table.states.clear();
        }
    }

    /// Reads the section, the rest of a block, and gives each sequence to `execute`.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        mut execute: impl FnMut(Sequence) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let early = || corrupt("the sequences end early");
        let byte = |at| bytes.get(at).map(|&byte| usize::from(byte)).ok_or_else(early);
        let (count, mut at) = match byte(0)? {
            255 => (byte(1)? + (byte(2)? << 8) + 0x7f00, 3),
            first @ 128.. => (((first - 128) << 8) + byte(1)?, 2),
            first => (first, 1),
        };
        if count == 0 {
            return if bytes.len() == at { Ok(()) } else { Err(corrupt("something behind no sequences")) };
        }
        let modes = byte(at)? as u8;
        if modes & 3 != 0 {
            return Err(corrupt("a bit of the sequences' head that does not exist"));
        }
        at += 1;
        let tables = [
            (&mut self.literals, LITERALS, modes >> 6),
            (&mut self.offsets, OFFSETS, modes >> 4 & 3),
            (&mut self.lengths, LENGTHS, modes >> 2 & 3),
        ];
        for (table, kind, mode) in tables {
            at += choose(table, &kind, mode, bytes.get(at..).ok_or_else(early)?)?;
        }
        let mut bits = Backward::new(bytes.get(at..).ok_or_else(early)?)?;
        let mut literals = self.literals.first(&mut bits);
        let mut offsets = self.offsets.first(&mut bits);
        let mut lengths = self.lengths.first(&mut bits);
        for left in (0..count).rev() {
            let (base, extra) = LENGTHS_FROM[usize::from(lengths.symbol)];
            let (least, more) = LITERALS_FROM[usize::from(literals.symbol)];
            bits.refill();
            let code = u32::from(offsets.symbol);
            let offset = (1 << code) + bits.read(code);
            bits.refill(); // 31 bits, and then at most 16 and 16
            let length = base as usize + bits.read(extra.into()) as usize;
            let sequence =
                Sequence { literals: least as usize + bits.read(more.into()) as usize, length, offset };
            if left > 0 {
                bits.refill(); // at most 9, 9 and 8
                literals = self.literals.next(literals, &mut bits);
                lengths = self.lengths.next(lengths, &mut bits);
                offsets = self.offsets.next(offsets, &mut bits);
            }
            if bits.is_over() {
                return Err(early());
            }
            execute(sequence)?;
        }
        if bits.is_exhausted() { Ok(()) } else { Err(corrupt("bits behind the sequences")) }
    }
}
