//! Special characters to references.

use std::borrow::Cow;

/// How many bytes are looked at together: few enough that text with many special characters is not read twice.
const BLOCK: usize = 32;

/// What stands for a special character; nothing for any other.
const fn replacement(byte: u8, quotes: bool) -> &'static [u8] {
    match byte {
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        b'"' if quotes => b"&quot;",
        b'\'' if quotes => b"&#x27;",
        _ => b"",
    }
}

/// Whether any of the bytes may be special. Without an early end, so that the compiler looks at all of them at once.
fn any_special(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, &byte| {
        found | (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'"') | (byte == b'\'')
    })
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

/// How many bytes the escaped form has, or `None` if that is more than a `usize` holds.
///
/// ```
/// use ferrosock_codec::html::escaped_len;
///
/// assert_eq!(escaped_len(b"a&b", true), Some(7));
/// ```
#[must_use]
pub fn escaped_len(text: &[u8], quotes: bool) -> Option<usize> {
    let mut more = 0_usize;
    for block in text.chunks(BLOCK) {
        if any_special(block) {
            for &byte in block {
                more = more.checked_add(replacement(byte, quotes).len().saturating_sub(1))?;
            }
        }
    }
    text.len().checked_add(more)
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
    out.reserve(text.len());
    for block in text.chunks(BLOCK) {
        if !any_special(block) {
            out.extend_from_slice(block);
            continue;
        }
        for &byte in block {
            match replacement(byte, quotes) {
                [] => out.push(byte),
                reference => out.extend_from_slice(reference),
            }
        }
    }
}

/// Writes the escaped form to the beginning of `out`, whose length [`escaped_len`] tells, and gives the number of bytes
/// written. What does not fit is left out.
///
/// ```
/// use ferrosock_codec::html::escape_to_slice;
///
/// let mut out = [0; 5];
/// assert_eq!(escape_to_slice(b"<a", true, &mut out), 5);
/// assert_eq!(&out, b"&lt;a");
/// ```
pub fn escape_to_slice(text: &[u8], quotes: bool, out: &mut [u8]) -> usize {
    let mut at = 0;
    let mut put = |piece: &[u8]| {
        let Some(place) = out.get_mut(at..at + piece.len()) else { return false };
        place.copy_from_slice(piece);
        at += piece.len();
        true
    };
    for block in text.chunks(BLOCK) {
        let all = if any_special(block) {
            block.iter().all(|byte| match replacement(*byte, quotes) {
                [] => put(&[*byte]),
                reference => put(reference),
            })
        } else {
            put(block)
        };
        if !all {
            break;
        }
    }
    at
}
