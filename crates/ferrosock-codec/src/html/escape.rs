//! Special characters to references.

use std::borrow::Cow;

/// How many units are looked at together: few enough that most blocks of a document have nothing special in them.
const BLOCK: usize = 16;

/// What text is made of: bytes of UTF-8 (or of any encoding that has ASCII in it), units of UTF-16, or whole characters.
pub trait Unit: Copy + PartialEq + From<u8> {
    /// The unit as a byte, if it is one of ASCII.
    fn ascii(self) -> Option<u8>;

    /// Puts eight bytes to a place, one a unit.
    #[doc(hidden)]
    fn put(place: &mut [Self], bytes: [u8; WIDTH]) {
        place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte.into());
    }
}

impl Unit for u8 {
    fn ascii(self) -> Option<u8> {
        Some(self)
    }

    #[inline]
    fn put(place: &mut [Self], bytes: [u8; WIDTH]) {
        if let Some(place) = place.first_chunk_mut() {
            *place = bytes;
        }
    }
}

impl Unit for u16 {
    fn ascii(self) -> Option<u8> {
        u8::try_from(self).ok()
    }
}

impl Unit for u32 {
    fn ascii(self) -> Option<u8> {
        u8::try_from(self).ok()
    }
}

/// How much is written for a byte, whatever counts of it: what a register holds is stored at once.
const WIDTH: usize = 8;

/// What stands for a byte, the first character in the lowest byte; the highest one tells how many count.
const fn table(quotes: bool) -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = u64::from_le_bytes([byte as u8, 0, 0, 0, 0, 0, 0, 1]);
        byte += 1;
    }
    table[b'&' as usize] = u64::from_le_bytes(*b"&amp;\0\0\x05");
    table[b'<' as usize] = u64::from_le_bytes(*b"&lt;\0\0\0\x04");
    table[b'>' as usize] = u64::from_le_bytes(*b"&gt;\0\0\0\x04");
    if quotes {
        table[b'"' as usize] = u64::from_le_bytes(*b"&quot;\0\x06");
        table[b'\'' as usize] = u64::from_le_bytes(*b"&#x27;\0\x06");
    }
    table
}

static WITH_QUOTES: [u64; 256] = table(true);
static WITHOUT_QUOTES: [u64; 256] = table(false);

/// Whether any of the units may be special. Without an early end, so that the compiler looks at all of them at once.
#[inline]
fn any_special<U: Unit>(units: &[U]) -> bool {
    let special = |unit: U| {
        (unit == b'&'.into())
            | (unit == b'<'.into())
            | (unit == b'>'.into())
            | (unit == b'"'.into())
            | (unit == b'\''.into())
    };
    units.iter().fold(false, |found, &unit| found | special(unit))
}

/// Text with `&`, `<` and `>`, and with `quotes` also `"` and `'`, as character references; borrowed if it has none.
///
/// Source: Python's `html.escape`.
///
/// ```
/// use ferrosock_codec::html::escape;
///
/// assert_eq!(escape("\"a\" < b", false), "\"a\" &lt; b");
/// assert_eq!(escape("\"a\" < b", true), "&quot;a&quot; &lt; b");
/// ```
#[must_use]
pub fn escape(text: &str, quotes: bool) -> Cow<'_, str> {
    if escaped_len(text.as_bytes(), quotes) == Some(text.len()) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::new();
    escape_into(text.as_bytes(), quotes, &mut out);
    Cow::Owned(String::from_utf8(out).unwrap_or_default()) // only ASCII was put in the place of ASCII
}

/// How many units the escaped form has, or `None` if that is more than a `usize` holds.
///
/// ```
/// use ferrosock_codec::html::escaped_len;
///
/// assert_eq!(escaped_len(b"a&b", true), Some(7));
/// ```
#[must_use]
pub fn escaped_len<U: Unit>(text: &[U], quotes: bool) -> Option<usize> {
    let quote = if quotes { 5 } else { 0 };
    let more = |unit: U| {
        4 * u8::from(unit == b'&'.into())
            + 3 * (u8::from(unit == b'<'.into()) + u8::from(unit == b'>'.into()))
            + quote * (u8::from(unit == b'"'.into()) + u8::from(unit == b'\''.into()))
    };
    // The sum of a block fits into a byte, so that many can be made at once.
    text.chunks(BLOCK).try_fold(text.len(), |length, block| {
        length.checked_add(block.iter().fold(0_u8, |sum, &unit| sum + more(unit)).into())
    })
}

/// Adds the escaped form of UTF-8, or of any other encoding that has ASCII in it, to `out`.
///
/// ```
/// use ferrosock_codec::html::escape_into;
///
/// let mut out = b"<b>".to_vec();
/// escape_into(b"1 < 2", true, &mut out);
/// assert_eq!(out, b"<b>1 &lt; 2");
/// ```
pub fn escape_into(text: &[u8], quotes: bool, out: &mut Vec<u8>) {
    for piece in text.chunks(1 << 16) {
        let (start, length) = (out.len(), escaped_len(piece, quotes).unwrap_or(piece.len()));
        out.resize(start + length, 0);
        escape_to_slice(piece, quotes, &mut out[start..]);
    }
}

/// Writes the escaped form to the beginning of `out`, whose length [`escaped_len`] tells, and gives the number of units
/// written. What does not fit is left out.
///
/// ```
/// use ferrosock_codec::html::escape_to_slice;
///
/// let mut out = [0; 5];
/// assert_eq!(escape_to_slice(b"<a", true, &mut out), 5);
/// assert_eq!(&out, b"&lt;a");
///
/// let mut wide = [0_u16; 5];
/// escape_to_slice(&[0x3c_u16, 0x20ac], true, &mut wide);
/// assert_eq!(String::from_utf16_lossy(&wide), "&lt;€");
/// ```
pub fn escape_to_slice<U: Unit>(text: &[U], quotes: bool, out: &mut [U]) -> usize {
    let table = if quotes { &WITH_QUOTES } else { &WITHOUT_QUOTES };
    let mut at = 0;
    for block in text.chunks(BLOCK) {
        if !any_special(block) {
            let Some(place) = out.get_mut(at..at + block.len()) else { break };
            place.copy_from_slice(block);
            at += block.len();
            continue;
        }
        for &unit in block {
            let Some(byte) = unit.ascii() else {
                let Some(place) = out.get_mut(at) else { return at };
                *place = unit;
                at += 1;
                continue;
            };
            let written = table[usize::from(byte)];
            let length = (written >> 56) as usize;
            if let Some(place) = out.get_mut(at..at + WIDTH) {
                U::put(place, written.to_le_bytes());
            } else {
                let Some(place) = out.get_mut(at..at + length) else { return at };
                let bytes = written.to_le_bytes();
                place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte.into());
            }
            at += length;
        }
    }
    at
}
