//! What the parsers share: blanks as Python's text has them, and cutting at them.
//!
//! Text is bytes of UTF-8. Everything that separates is ASCII but for a few blanks, so a lone surrogate in the form that it
//! would have passes through unharmed.

/// Whether a byte is a blank to an ASCII-only regular expression (`\s`).
#[inline]
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether a byte is a letter, a digit or `_` of ASCII (`\w`).
#[inline]
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many bytes long the blank at the beginning is: those of ASCII, its separators (1C to 1F), and Unicode's. 0 if there is
/// none.
#[inline]
pub(super) fn space(text: &[u8]) -> usize {
    match text {
        [b' ' | b'\t'..=b'\r' | 0x1c..=0x1f, ..] => 1,
        [0xc2, 0x85 | 0xa0, ..] => 2,
        [0xe1, 0x9a, 0x80, ..]
        | [0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf, ..]
        | [0xe2, 0x81, 0x9f, ..]
        | [0xe3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// How many bytes long the blank at the end is.
#[inline]
fn space_behind(text: &[u8]) -> usize {
    if let [.., b'!'..=b'~'] = text {
        return 0;
    }
    (1..=3.min(text.len())).find(|&length| space(&text[text.len() - length..]) == length).unwrap_or(0)
}

/// The text without blanks at its beginning.
#[inline]
pub(super) fn trim_start(mut text: &[u8]) -> &[u8] {
    loop {
        match space(text) {
            0 => return text,
            length => text = &text[length..],
        }
    }
}

/// The text without blanks at its end.
#[inline]
pub(super) fn trim_end(mut text: &[u8]) -> &[u8] {
    loop {
        match space_behind(text) {
            0 => return text,
            length => text = &text[..text.len() - length],
        }
    }
}

/// The text without blanks around it.
#[inline]
pub(super) fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// What stands before and behind the first `separator`; all of the text and None if there is none.
#[inline]
pub(super) fn partition(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(separator, text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// A decimal number of ASCII digits that fits, or None.
pub(super) fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
