//! A compressed block (RFC 8878 section 3.1.1.3).

use super::huffman::Table;
use super::sequences::Tables;
use super::window::Window;
use super::{corrupt, literals};
use crate::content::Error;

/// What a block leaves to the next one of its frame.
#[derive(Debug, Default)]
pub(super) struct Block {
    code: Table,
    tables: Tables,
    /// The last three distances (section 3.1.1.5).
    recent: [u64; 3],
    literals: Vec<u8>,
}

impl Block {
    /// Gets ready for another frame.
    pub(super) fn start(&mut self) {
        self.code.clear();
        self.tables.clear();
        self.recent = [1, 4, 8];
    }

    /// Decodes a block behind what is in the window, at most `most` bytes.
    pub(super) fn decode(&mut self, bytes: &[u8], window: &mut Window, most: usize) -> Result<(), Error> {
        let used = literals::read(bytes, &mut self.code, &mut self.literals)?;
        let (mut rest, recent) = (&self.literals[..], &mut self.recent);
        let mut left = most;
        let too_large = || corrupt("a block is too large");
        self.tables.read(&bytes[used..], |sequence| {
            let (now, later) = rest
                .split_at_checked(sequence.literals)
                .ok_or_else(|| corrupt("sequences want more literals than there are"))?;
            left = left.checked_sub(now.len() + sequence.length).ok_or_else(too_large)?;
            rest = later;
            window.push(now);
            window.repeat(distance(recent, sequence.offset, now.is_empty())?, sequence.length)
        })?;
        if rest.len() > left {
            return Err(too_large());
        }
        window.push(rest);
        Ok(())
    }
}

/// The distance that an offset means, and what the last three are after it.
fn distance(recent: &mut [u64; 3], offset: u64, without_literals: bool) -> Result<u64, Error> {
    let [first, second, third] = *recent;
    let which = match offset {
        4.. => 4,
        // Without literals the last distance would have been a longer match: the others move up.
        _ => offset + u64::from(without_literals),
    };
    let distance = match which {
        1 => return Ok(first),
        2 => {
            *recent = [second, first, third];
            return Ok(second);
        }
        3 if offset <= 3 => third,
        4 if offset <= 3 => first - 1,
        _ => offset - 3,
    };
    if distance == 0 {
        return Err(corrupt("a match at no distance"));
    }
    *recent = [distance, first, second];
    Ok(distance)
}
