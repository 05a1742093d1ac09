//! The names of characters: the HTML Standard, section 13.5.

use super::names_table::NAMES;

/// The length of the longest name that needs no `;`.
pub(super) const LONGEST_WITHOUT_SEMICOLON: usize = {
    let (mut longest, mut at) = (0, 0);
    while at < NAMES.len() {
        let name = NAMES[at].0.as_bytes();
        if name[name.len() - 1] != b';' && name.len() > longest {
            longest = name.len();
        }
        at += 1;
    }
    longest
};

/// Places for names by their hash: about every second one is free, so that looking is short.
const PLACES: usize = 4096;
const FREE: u16 = u16::MAX;

/// Where each name is in the table, at the place of its hash or the next free one.
static INDEX: [u16; PLACES] = {
    let mut index = [FREE; PLACES];
    let mut at = 0;
    while at < NAMES.len() {
        let mut place = hash(NAMES[at].0.as_bytes());
        while index[place] != FREE {
            place = (place + 1) % PLACES;
        }
        index[place] = at as u16;
        at += 1;
    }
    index
};

const fn hash(name: &[u8]) -> usize {
    let (mut hash, mut at) = (0_u32, 0);
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193); // FNV
        at += 1;
    }
    ((hash ^ (hash >> 15)) as usize) % PLACES
}

/// What a name stands for, `None` if there is no such name. The name is given without its `&`, and with its `;` if it is
/// written with one: few have a form without.
///
/// ```
/// use ferrosock_codec::html::named_reference;
///
/// assert_eq!(named_reference(b"eacute;"), Some("é"));
/// assert_eq!(named_reference(b"eacute"), Some("é"));
/// assert_eq!(named_reference(b"alpha;"), Some("α"));
/// assert_eq!(named_reference(b"alpha"), None);
/// ```
#[must_use]
pub fn named_reference(name: &[u8]) -> Option<&'static str> {
    let mut place = hash(name);
    loop {
        let (known, stands_for) = NAMES.get(usize::from(INDEX[place]))?;
        if known.as_bytes() == name {
            return Some(stands_for);
        }
        place = (place + 1) % PLACES;
    }
}

/// All names, in the order of their bytes, and what they stand for.
///
/// ```
/// use ferrosock_codec::html::named_references;
///
/// assert_eq!(named_references().next(), Some(("AElig", "Æ")));
/// assert_eq!(named_references().count(), 2231);
/// ```
pub fn named_references() -> impl ExactSizeIterator<Item = (&'static str, &'static str)> {
    NAMES.iter().copied()
}
