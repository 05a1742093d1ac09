//! Character references to what they stand for.

use std::borrow::Cow;

use memchr::memchr;

use super::names::{LONGEST_WITHOUT_SEMICOLON, named_reference};

/// The characters of a name that are looked at; no name is longer.
const NAME_LIMIT: usize = 32;

/// What stands in a text at a `&`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reference {
    /// A number, in so many bytes, the `&` included, and the character that it stands for; none for those that may not be
    /// written as references.
    Number(usize, Option<char>),
    /// A name, in so many bytes, the `&` included, and what it stands for.
    Name(usize, &'static str),
    /// No reference: a `&` that stands for itself.
    None,
    /// The text ends where more of it could make another reference.
    Unfinished,
}

/// Text with its character references replaced; borrowed if there is no `&` in it.
///
/// Names need their `;` only where the HTML Standard says so; of a longer word the longest name that it begins with is
/// taken. Numbers that stand for nothing become U+FFFD, and those that may not be written as references become nothing.
///
/// Source: the HTML Standard, section 13.2.5.72 and following, and Python's `html.unescape`.
///
/// ```
/// use ferrosock_codec::html::unescape;
///
/// assert_eq!(unescape("&notit; &notin; &#x80; &#xD800; &nope;"), "¬it; ∉ € \u{fffd} &nope;");
/// ```
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let never: Result<(), std::convert::Infallible> = unescape_into(text.as_bytes(), &mut out, |_| Ok(None));
    debug_assert!(never.is_ok());
    Cow::Owned(String::from_utf8(out).unwrap_or_default()) // whole characters were put in the place of ASCII
}

/// Adds UTF-8 with its character references replaced to `out`.
///
/// `long` is asked about decimal numbers of more than 640 digits: with `Ok(None)` they are read like any other, so that they
/// stand for U+FFFD unless zeros lead; `Ok(Some(number))` gives their value; an error ends the reading and is given back.
/// (Python refuses to read numbers of many digits.)
///
/// # Errors
/// What `long` gives.
///
/// ```
/// use ferrosock_codec::html::unescape_into;
///
/// let mut out = Vec::new();
/// unescape_into(b"&#65;&amp;", &mut out, |digits| Err(digits.len()))?;
/// assert_eq!(out, b"A&");
/// # Ok::<(), usize>(())
/// ```
pub fn unescape_into<E>(
    text: &[u8],
    out: &mut Vec<u8>,
    mut long: impl FnMut(&[u8]) -> Result<Option<u32>, E>,
) -> Result<(), E> {
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let digits = decimal_digits(rest);
        let read = if digits.len() > 640 {
            let length = 2 + digits.len();
            long(digits)?.map(|number| {
                Reference::Number(
                    length + usize::from(rest.get(length) == Some(&b';')),
                    numeric_reference(number),
                )
            })
        } else {
            None
        };
        match read.unwrap_or_else(|| reference(rest, true)) {
            Reference::Number(length, character) => {
                if let Some(character) = character {
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                rest = &rest[length..];
            }
            Reference::Name(length, stands_for) => {
                out.extend_from_slice(stands_for.as_bytes());
                rest = &rest[length..];
            }
            _ => {
                out.push(b'&');
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// The digits of a decimal reference.
fn decimal_digits(text: &[u8]) -> &[u8] {
    let Some(text) = text.strip_prefix(b"&#") else { return &[] };
    &text[..text.iter().take_while(|byte| byte.is_ascii_digit()).count()]
}

/// The reference at the beginning of a text, which begins with `&`. `whole` says that nothing comes behind the text; if it is
/// false, a reference that more text could change is [`Reference::Unfinished`].
///
/// ```
/// use ferrosock_codec::html::{Reference, reference};
///
/// assert_eq!(reference(b"&lt;b", true), Reference::Name(4, "<"));
/// assert_eq!(reference(b"&no", false), Reference::Unfinished);
/// assert_eq!(reference(b"& ", false), Reference::None);
/// ```
#[must_use]
pub fn reference(text: &[u8], whole: bool) -> Reference {
    match text {
        [b'&', b'#', b'x' | b'X', digits @ ..] => numeric(digits, 3, 16, whole),
        [b'&', b'#', digits @ ..] if digits.is_empty() && !whole => Reference::Unfinished,
        [b'&', b'#', digits @ ..] => numeric(digits, 2, 10, whole),
        [b'&', name @ ..] => named(name, whole),
        _ => Reference::None,
    }
}

/// A number's digits, behind `prefix` bytes.
fn numeric(text: &[u8], prefix: usize, base: u32, whole: bool) -> Reference {
    let mut number = 0_u32;
    let mut count = 0;
    for &byte in text {
        let Some(digit) = (byte as char).to_digit(base) else { break };
        number = number.saturating_mul(base).saturating_add(digit);
        count += 1;
    }
    match text.get(count) {
        None if !whole => Reference::Unfinished,
        _ if count == 0 => Reference::None,
        end => Reference::Number(prefix + count + usize::from(end == Some(&b';')), numeric_reference(number)),
    }
}

/// A name, behind the `&`.
fn named(text: &[u8], whole: bool) -> Reference {
    // Only its characters are counted, not its bytes; but bytes above 127 are in no name and end what can match.
    let end = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\x0c' | b' ' | b'<' | b'&' | b'#' | b';');
    let length = text.iter().take(NAME_LIMIT).position(end).unwrap_or(text.len().min(NAME_LIMIT));
    let name = &text[..length];
    match text.get(length) {
        None if !whole && length < NAME_LIMIT => return Reference::Unfinished,
        Some(b';') => {
            if let Some(stands_for) = named_reference(&text[..=length]) {
                return Reference::Name(length + 2, stands_for);
            }
        }
        _ => {}
    }
    for shorter in (2..=length.min(LONGEST_WITHOUT_SEMICOLON)).rev() {
        if let Some(stands_for) = named_reference(&name[..shorter]) {
            return Reference::Name(1 + shorter, stands_for);
        }
    }
    Reference::None
}

/// What the numbers 128 to 159 stand for: people who wrote them meant Windows-1252.
const WINDOWS: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}',
    '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}',
    '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// What a numeric reference stands for; nothing for characters that may not be written so.
///
/// ```
/// use ferrosock_codec::html::numeric_reference;
///
/// assert_eq!(numeric_reference(0x2603), Some('☃'));
/// assert_eq!(numeric_reference(0x110000), Some('\u{fffd}'));
/// assert_eq!(numeric_reference(1), None);
/// ```
#[must_use]
pub fn numeric_reference(number: u32) -> Option<char> {
    match number {
        0 => Some('\u{fffd}'),
        0x80..=0x9f => Some(WINDOWS[(number - 0x80) as usize]),
        0x1..=0x8 | 0xb | 0xe..=0x1f | 0x7f | 0xfdd0..=0xfdef => None,
        _ if number <= 0x10_ffff && number & 0xfffe == 0xfffe => None,
        _ => Some(char::from_u32(number).unwrap_or('\u{fffd}')),
    }
}
