//! The heads of frames (RFC 8878 sections 3.1.1.1 and 3.1.2).

use super::{LARGEST_BLOCK, corrupt};
use crate::content::Error;

const MAGIC: u32 = 0xfd2f_b528;
/// The last four bits may be anything.
const SKIPPABLE: u32 = 0x184d_2a50;

/// The most bytes of a head: the magic number, a descriptor, a dictionary's number (4) and a size (8), or a window.
pub(super) const LONGEST_HEAD: usize = 18;

/// What the head of a frame says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// How many bytes the data look back.
    pub(super) window: u64,
    /// How many bytes the content has.
    pub(super) size: Option<u64>,
    pub(super) has_check: bool,
}

impl Head {
    /// The most bytes of a block.
    pub(super) fn largest_block(&self) -> usize {
        self.window.min(LARGEST_BLOCK as u64) as usize
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    Frame(Head),
    /// A frame of so many bytes that is to be skipped.
    Skippable(u32),
}

/// Reads a head and says how long it is; None until it is there whole.
pub(super) fn read(bytes: &[u8]) -> Result<Option<(Header, usize)>, Error> {
    let Some(magic) = number(bytes, 0, 4) else {
        // What cannot become one is refused at once.
        let begins = |magic: u32| magic.to_le_bytes().starts_with(bytes);
        return match begins(MAGIC) || (0..16).any(|last| begins(SKIPPABLE | last)) {
            true => Ok(None),
            false => Err(corrupt("it does not begin so")),
        };
    };
    if magic as u32 & !0xf == SKIPPABLE {
        return Ok(number(bytes, 4, 4).map(|length| (Header::Skippable(length as u32), 8)));
    }
    if magic as u32 != MAGIC {
        return Err(corrupt("it does not begin so"));
    }
    let Some(&descriptor) = bytes.get(4) else { return Ok(None) };
    if descriptor & 8 != 0 {
        return Err(corrupt("a bit of the head that does not exist"));
    }
    let single = descriptor & 0x20 != 0;
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = match descriptor >> 6 {
        0 => usize::from(single),
        shift => 1 << shift,
    };
    let at = 5 + usize::from(!single);
    let length = at + dictionary + size;
    if bytes.len() < length {
        return Ok(None);
    }
    if number(bytes, at, dictionary).is_some_and(|dictionary| dictionary != 0) {
        return Err(corrupt("a dictionary is needed"));
    }
    let size = match (number(bytes, at + dictionary, size), size) {
        (_, 0) | (None, _) => None,
        (Some(value), 2) => Some(value + 256),
        (Some(value), _) => Some(value),
    };
    let window = match size {
        Some(size) if single => size,
        _ => {
            let base = 1 << (10 + (bytes[5] >> 3));
            base + base / 8 * u64::from(bytes[5] & 7)
        }
    };
    Ok(Some((Header::Frame(Head { window, size, has_check: descriptor & 4 != 0 }), length)))
}

/// A number of `size` bytes, at most 8, the lowest first.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let mut word = [0; 8];
    word[..size].copy_from_slice(bytes.get(at..at + size)?);
    Some(u64::from_le_bytes(word))
}
