//! Characters and octets, as Python's `email` takes the ones for the others.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether Python's `str.isspace` says so: Unicode's white space, and the four separators of ASCII.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

/// Whether a text is white space and nothing else, and not empty.
pub(super) fn is_blank(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_space)
}

/// Lines as Python's `str.splitlines` cuts them.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    let is_end = |c: char| {
        matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    while let Some(at) = rest.find(is_end) {
        let (line, end) = rest.split_at(at);
        lines.push(line);
        rest = end.strip_prefix("\r\n").unwrap_or_else(|| {
            let mut characters = end.chars();
            characters.next();
            characters.as_str()
        });
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// The octets of a text whose characters up to U+00FF stand for themselves; others become escapes such as `\u20ac`, as in
/// Python's codec `raw-unicode-escape`.
///
/// ```
/// assert_eq!(ferrosock_codec::mime::raw_bytes("né €"), b"n\xe9 \\u20ac");
/// ```
#[must_use]
pub fn raw_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u32::from(character) {
            code @ ..=0xff => bytes.push(code as u8),
            code => {
                let mut escape = String::new();
                let written = match code {
                    ..=0xffff => write!(escape, "\\u{code:04x}"),
                    _ => write!(escape, "\\U{code:08x}"),
                };
                debug_assert!(written.is_ok(), "a String takes everything");
                bytes.extend_from_slice(escape.as_bytes());
            }
        }
    }
    bytes
}

/// Bytes as text, if the charset is one that needs no tables (UTF-8, US-ASCII, ISO 8859-1, by their usual names); `None` for
/// others, and for bytes that are wrong for it.
///
/// ```
/// use ferrosock_codec::mime::text_of;
///
/// assert_eq!(text_of(b"caf\xe9", "ISO-8859-1").as_deref(), Some("café"));
/// assert_eq!(text_of(b"caf\xe9", "utf-8"), None);
/// assert_eq!(text_of(b"caf\xe9", "koi8-r"), None);
/// ```
#[must_use]
pub fn text_of<'a>(bytes: &'a [u8], charset: &str) -> Option<Cow<'a, str>> {
    match charset.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        "us-ascii" | "ascii" if bytes.is_ascii() => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        "iso-8859-1" | "latin-1" | "latin1" => {
            Some(Cow::Owned(bytes.iter().copied().map(char::from).collect()))
        }
        _ => None,
    }
}
