//! Strings with their quotes and escapes, as they are written.

use super::unit::Unit;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends `\u` and four digits.
fn push_unicode(unit: u32, out: &mut Vec<u8>) {
    let digit = |shift: u32| DIGITS[(unit >> shift) as usize & 0xf];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// Appends the escape of a code point: the short one if it has one, else `\u` and digits, of a surrogate pair above U+FFFF.
fn push_escape(code_point: u32, out: &mut Vec<u8>) {
    let short = match code_point {
        0x22 => b'"',
        0x5c => b'\\',
        0x08 => b'b',
        0x0c => b'f',
        0x0a => b'n',
        0x0d => b'r',
        0x09 => b't',
        0x1_0000.. => {
            let rest = code_point - 0x1_0000;
            push_unicode(0xd800 | (rest >> 10 & 0x3ff), out);
            return push_unicode(0xdc00 | (rest & 0x3ff), out);
        }
        _ => return push_unicode(code_point, out),
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends a code point in UTF-8; halves of surrogate pairs as if they were characters.
fn push_utf8(code_point: u32, out: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (code_point >> shift & 0x3f) as u8;
    match code_point {
        0..0x80 => out.push(code_point as u8),
        0x80..0x800 => out.extend_from_slice(&[0xc0 | (code_point >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => out.extend_from_slice(&[0xe0 | (code_point >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend_from_slice(&[0xf0 | (code_point >> 18 & 7) as u8, tail(12), tail(6), tail(0)]),
    }
}

/// Appends code points (not UTF-8) as a JSON string that is all ASCII: whatever is not a printable ASCII character is
/// escaped.
///
/// ```
/// use ferrosock_codec::json::quote_ascii;
///
/// let mut out = Vec::new();
/// quote_ascii(&[0x61_u32, 0x22, 0xe9, 0x1f600], &mut out);
/// assert_eq!(out, br#""a\"\u00e9\ud83d\ude00""#);
/// ```
#[inline]
pub fn quote_ascii<U: Unit>(units: &[U], out: &mut Vec<u8>) {
    out.reserve(units.len() + 2);
    out.push(b'"');
    escape(units, true, out);
    out.push(b'"');
}

/// What stands between the quotes: [`quote_ascii`] without them if `ascii`, else [`quote`].
///
/// ```
/// use ferrosock_codec::json::escape;
///
/// let mut out = Vec::new();
/// escape(&[0x61_u8, 0x22, 0xe9], true, &mut out);
/// assert_eq!(out, br#"a\"\u00e9"#);
/// escape(&[0xe9_u8], false, &mut out);
/// assert_eq!(out, "a\\\"\\u00e9é".as_bytes());
/// ```
#[inline]
pub fn escape<U: Unit>(units: &[U], ascii: bool, out: &mut Vec<u8>) {
    let end = U::copy_ascii(units, 0, out);
    if end < units.len() {
        if ascii { finish_ascii(units, end, out) } else { finish(units, end, out) }
    }
}

/// The rest of a string from the first unit on that is escaped.
#[inline(never)]
fn finish_ascii<U: Unit>(units: &[U], mut at: usize, out: &mut Vec<u8>) {
    while let Some(&unit) = units.get(at) {
        push_escape(unit.into(), out);
        at = U::copy_ascii(units, at + 1, out);
    }
}

/// The rest of a string from the first unit on that is escaped or not ASCII.
#[inline(never)]
fn finish<U: Unit>(units: &[U], mut at: usize, out: &mut Vec<u8>) {
    loop {
        let (end, bits) = U::special(units, at);
        if bits < 0x80 {
            push_narrow(&units[at..end], out);
        } else {
            units[at..end].iter().for_each(|&unit| push_utf8(unit.into(), out));
        }
        let Some(&unit) = units.get(end) else { break };
        push_escape(unit.into(), out);
        at = end + 1;
    }
}

#[inline]
fn push_narrow<U: Unit>(units: &[U], out: &mut Vec<u8>) {
    if !units.is_empty() {
        out.extend_from_slice(&U::narrow(units));
    }
}

/// Appends code points (not UTF-8) as a JSON string in UTF-8 in which only quotes, backslashes and control characters are
/// escaped. Halves of surrogate pairs are written as if they were characters, three bytes each.
///
/// ```
/// use ferrosock_codec::json::quote;
///
/// let mut out = Vec::new();
/// quote(&[0x61_u16, 0x0a, 0xe9], &mut out);
/// assert_eq!(out, "\"a\\né\"".as_bytes());
/// ```
#[inline]
pub fn quote<U: Unit>(units: &[U], out: &mut Vec<u8>) {
    out.reserve(units.len() + 2);
    out.push(b'"');
    escape(units, false, out);
    out.push(b'"');
}

/// Appends code points in UTF-8, halves of surrogate pairs as if they were characters.
///
/// ```
/// let mut out = Vec::new();
/// ferrosock_codec::json::write_utf8(&[0xe9_u8, 0x21], &mut out);
/// assert_eq!(out, "é!".as_bytes());
/// ```
pub fn write_utf8<U: Unit>(units: &[U], out: &mut Vec<u8>) {
    out.reserve(units.len());
    units.iter().for_each(|&unit| push_utf8(unit.into(), out));
}

/// Appends text as a JSON string in UTF-8, as [`quote`] does.
///
/// ```
/// let mut out = Vec::new();
/// ferrosock_codec::json::quote_str("tab\té", &mut out);
/// assert_eq!(out, "\"tab\\té\"".as_bytes());
/// ```
pub fn quote_str(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut at = 0;
    loop {
        let end = u8::escaped(bytes, at);
        out.extend_from_slice(&bytes[at..end]);
        let Some(&byte) = bytes.get(end) else { break };
        push_escape(byte.into(), out);
        at = end + 1;
    }
    out.push(b'"');
}

/// Appends text as a JSON string that is all ASCII, as [`quote_ascii`] does.
///
/// ```
/// let mut out = Vec::new();
/// ferrosock_codec::json::quote_str_ascii("é😀", &mut out);
/// assert_eq!(out, br#""\u00e9\ud83d\ude00""#);
/// ```
pub fn quote_str_ascii(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() {
        return quote_ascii(text.as_bytes(), out);
    }
    out.push(b'"');
    let mut rest = text;
    loop {
        let end = u8::beyond_ascii(rest.as_bytes(), 0);
        out.extend_from_slice(&rest.as_bytes()[..end]);
        let mut chars = rest[end..].chars();
        let Some(char) = chars.next() else { break };
        push_escape(char.into(), out);
        rest = chars.as_str();
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_agree() {
        let texts = [
            "",
            "plain",
            "a\"b\\c/d",
            "\0\u{1f}\u{7f}",
            "é",
            "€uro and more than sixteen units",
            "x😀\u{ffff}",
        ];
        for text in texts {
            let wide: Vec<u32> = text.chars().map(u32::from).collect();
            let (mut left, mut right) = (Vec::new(), Vec::new());
            quote(&wide, &mut left);
            quote_str(text, &mut right);
            assert_eq!(left, right);
            quote_ascii(&wide, &mut left);
            quote_str_ascii(text, &mut right);
            assert_eq!(left, right);
        }
    }

    #[test]
    fn latin_1_is_not_utf_8() {
        let mut out = Vec::new();
        quote(&[0xc3_u8, 0xa9], &mut out);
        assert_eq!(out, "\"Ã©\"".as_bytes());
    }

    #[test]
    fn halves_of_pairs() {
        let mut out = Vec::new();
        quote_ascii(&[0xd800_u16, 0xdc00], &mut out);
        assert_eq!(out, br#""\ud800\udc00""#);
        out.clear();
        quote(&[0xd800_u16], &mut out);
        assert_eq!(out, b"\"\xed\xa0\x80\"");
    }
}
