//! Numbers and words as the specification writes them, and as Python's `int` and `str.split` take them.

/// Decimal digits and nothing else, at least one; `None` also above 2^64 - 1.
pub(crate) fn decimal(text: &[u8]) -> Option<u64> {
    digits(text, 10)
}

/// Hexadecimal digits and nothing else, at least one; `None` also above 2^64 - 1.
pub(crate) fn hexadecimal(text: &[u8]) -> Option<u64> {
    digits(text, 16)
}

fn digits(text: &[u8], radix: u32) -> Option<u64> {
    let add = |value: u64, &byte: &u8| {
        let digit = char::from(byte).to_digit(radix)?;
        value.checked_mul(radix.into())?.checked_add(digit.into())
    };
    if text.is_empty() { None } else { text.iter().try_fold(0, add) }
}

/// What Python's `int(text, radix)` makes of `text`: whether it is negative, and its size up to 2^64 - 1.
///
/// Blanks around it, a sign, single underscores between digits and (in base 16) `0x` are welcome. `http.client` reads
/// decimal numbers from a string of Latin-1 and hexadecimal ones from bytes, and the two know different blanks; and neither
/// knows those that `str.split` knows.
pub(crate) fn python(text: &[u8], radix: u32) -> Option<(bool, u64)> {
    let is_space = |byte| matches!(byte, b'\t'..=b'\r' | b' ') || radix == 10 && matches!(byte, 0x85 | 0xa0);
    let text = strip_by(text, is_space);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let text = match text {
        [b'0', b'x' | b'X', rest @ ..] if radix == 16 => rest.strip_prefix(b"_").unwrap_or(rest),
        _ => text,
    };
    if text.is_empty() {
        return None;
    }
    let mut value = 0_u64;
    for part in text.split(|&byte| byte == b'_') {
        if part.is_empty() {
            return None;
        }
        for &byte in part {
            let digit = char::from(byte).to_digit(radix)?;
            value = value.saturating_mul(radix.into()).saturating_add(digit.into());
        }
    }
    Some((negative && value != 0, value))
}

/// Whether Python's `str.split` takes this Latin-1 character for a blank.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=0x20 | 0x85 | 0xa0)
}

/// Without the blanks of Python's `str.strip` at both ends.
pub(crate) fn strip(text: &[u8]) -> &[u8] {
    strip_by(text, is_blank)
}

fn strip_by(text: &[u8], is_blank: impl Fn(u8) -> bool) -> &[u8] {
    let Some(begin) = text.iter().position(|&byte| !is_blank(byte)) else { return &[] };
    let end = text.iter().rposition(|&byte| !is_blank(byte)).map_or(begin, |at| at + 1);
    &text[begin..end]
}

/// The first word, and what stands behind the blanks that follow it.
pub(crate) fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let text = without_blanks(text);
    let (word, rest) = text.split_at(text.iter().position(|&byte| is_blank(byte)).unwrap_or(text.len()));
    (word, without_blanks(rest))
}

fn without_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|&byte| !is_blank(byte)).unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_digits() {
        assert_eq!(decimal(b"00018446744073709551615"), Some(u64::MAX));
        for bad in [&b""[..], b"18446744073709551616", b"+1", b"-1", b" 1", b"1 ", b"1_0", b"0x1", b"\xb2"] {
            assert_eq!(decimal(bad), None);
        }
        assert_eq!(hexadecimal(b"fFfFfFfFfFfFfFfF"), Some(u64::MAX));
        assert_eq!(hexadecimal(b"10000000000000000"), None);
    }

    #[test]
    fn digits_as_python_takes_them() {
        for (text, value) in [("1_0", 10), (" \t+5\r\n", 5), ("-0", 0), ("007", 7)] {
            assert_eq!(python(text.as_bytes(), 10), Some((false, value)), "{text}");
        }
        assert_eq!(python(b"-5", 10), Some((true, 5)));
        assert_eq!(python(b"\x0b-0x_fF\r\n", 16), Some((true, 255)));
        assert_eq!((python(b"\xa05\x85", 10), python(b"\xa05", 16)), (Some((false, 5)), None));
        assert_eq!(python(b"\x1c5", 10), None);
        assert_eq!(python(b"99999999999999999999999", 10), Some((false, u64::MAX)));
        for bad in [&b""[..], b"+", b"_1", b"1_", b"1__0", b"1 0", b"0x", b"--1", b"\xb2"] {
            assert_eq!(python(bad, 10), None);
        }
        for bad in [&b"0x"[..], b"0x__1", b"g", b"x1"] {
            assert_eq!(python(bad, 16), None);
        }
    }
}
