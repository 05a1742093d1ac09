//! The alphabet of HTTP (RFC 9110 section 5.6): tokens, quoted strings, optional whitespace, lists.

const TOKEN: u8 = 1;
const TARGET: u8 = 2;
/// Of a registered name (RFC 3986 section 3.2.2).
const NAME: u8 = 4;
/// Of what stands between the brackets of an IP literal.
const LITERAL: u8 = 8;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() || holds(b"!#$%&'*+-.^_`|~", byte) {
            table[at] |= TOKEN;
        }
        if byte > 0x20 && byte < 0x7f && byte != b'#' {
            table[at] |= TARGET;
        }
        if byte.is_ascii_alphanumeric() || holds(b"-._~!$&'()*+,;=%", byte) {
            table[at] |= NAME | LITERAL;
        }
        if byte == b':' {
            table[at] |= LITERAL;
        }
        at += 1;
    }
    table
}

const fn holds(set: &[u8], byte: u8) -> bool {
    let mut at = 0;
    while at < set.len() {
        if set[at] == byte {
            return true;
        }
        at += 1;
    }
    false
}

fn all(text: &[u8], class: u8) -> bool {
    text.iter().all(|&byte| CLASS[usize::from(byte)] & class != 0)
}

/// Whether `text` is a token: one or more letters, digits and the symbols ``!#$%&'*+-.^_`|~`` (RFC 9110 section 5.6.2).
///
/// ```
/// use ferrosock_proto::http::is_token;
///
/// assert!(is_token(b"Content-Type"));
/// assert!(!is_token(b"Content Type") && !is_token(b""));
/// ```
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && all(text, TOKEN)
}

/// How many bytes at the beginning of `text` are of a token.
pub(crate) fn token(text: &[u8]) -> usize {
    text.iter().position(|&byte| CLASS[usize::from(byte)] & TOKEN == 0).unwrap_or(text.len())
}

/// Whether `text` may stand as a field's value: no control character but the tab (RFC 9110 section 5.5).
///
/// Bytes above 0x7F may: they are "obs-text", of no charset that HTTP knows.
///
/// ```
/// use ferrosock_proto::http::is_field_value;
///
/// assert!(is_field_value(b"text/html; charset=utf-8") && is_field_value(b""));
/// assert!(!is_field_value(b"a\r\nSet-Cookie: b=c"));
/// ```
pub fn is_field_value(text: &[u8]) -> bool {
    let mut eights = text.chunks_exact(8);
    // Without an early end, so that many bytes are looked at at a time.
    let odd = eights.by_ref().fold(0, |found, eight| {
        let eight = eight.try_into().map_or(0, u64::from_ne_bytes);
        found | controls(eight)
    });
    odd | controls(eights.remainder().iter().fold(u64::MAX, |tail, &byte| tail << 8 | u64::from(byte))) == 0
        || text.iter().all(|&byte| byte >= 0x20 && byte != 0x7f || byte == b'\t')
}

/// Not 0 if one of eight bytes is a control character; which of them is so, it does not say.
fn controls(eight: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let deleted = eight ^ (ONES * 0x7f);
    let low = eight.wrapping_sub(ONES * 0x20) & !eight;
    (low | deleted.wrapping_sub(ONES) & !deleted) & (ONES * 0x80)
}

/// Whether all bytes may stand in a request target: visible US-ASCII, and no fragment.
pub(crate) fn is_target(text: &[u8]) -> bool {
    !text.is_empty() && all(text, TARGET)
}

/// Whether all bytes may stand in a registered name (RFC 3986 section 3.2.2), escapes not looked into.
pub(crate) fn is_name(text: &[u8]) -> bool {
    all(text, NAME)
}

/// Whether all bytes may stand between the brackets of an IP literal.
pub(crate) fn is_literal(text: &[u8]) -> bool {
    all(text, LITERAL)
}

/// Without the spaces and tabs at both ends ("OWS").
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Puts `text` between quotes, or leaves it bare where it is a token (RFC 9110 section 5.6.4).
///
/// ```
/// use ferrosock_proto::http::quote;
///
/// assert_eq!(quote(b"utf-8"), b"utf-8");
/// assert_eq!(quote(br#"say "hi""#), br#""say \"hi\"""#);
/// ```
pub fn quote(text: &[u8]) -> Vec<u8> {
    if is_token(text) { text.to_vec() } else { quoted(text) }
}

/// Between quotes in any case.
pub(crate) fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
    out
}

/// A place in a field's value, for what is made of tokens and quoted strings.
#[derive(Clone)]
pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    pub(crate) fn at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Goes past `byte` if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes the bytes for which `keep` holds; there may be none.
    pub(crate) fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !keep(byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    pub(crate) fn skip_blanks(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    pub(crate) fn token(&mut self) -> Option<&'a [u8]> {
        let token = self.take_while(|byte| CLASS[usize::from(byte)] & TOKEN != 0);
        (!token.is_empty()).then_some(token)
    }

    /// The content of the quoted string that begins here; `None` if none does, or it has no end or an illegal byte.
    pub(crate) fn quoted_string(&mut self) -> Option<Vec<u8>> {
        if !self.eat(b'"') {
            return None;
        }
        let mut out = Vec::new();
        loop {
            let mut byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Some(out),
                b'\\' => {
                    byte = self.peek()?;
                    self.at += 1;
                }
                _ => {}
            }
            if !is_field_value(&[byte]) {
                return None;
            }
            out.push(byte);
        }
    }

    /// A token or a quoted string.
    pub(crate) fn word(&mut self) -> Option<Vec<u8>> {
        if self.peek() == Some(b'"') { self.quoted_string() } else { self.token().map(<[u8]>::to_vec) }
    }
}

/// The members of a comma-separated list; see [`list`].
#[derive(Clone, Debug)]
pub struct List<'a> {
    rest: &'a [u8],
}

/// Cuts a field's value at its commas, those in quoted strings left alone (RFC 9110 section 5.6.1).
///
/// Empty members, which lists may have, are not given.
///
/// ```
/// use ferrosock_proto::http::list;
///
/// let members: Vec<&[u8]> = list(br#"a, "b, c" , ,d;e="f,g""#).collect();
/// assert_eq!(members, [&b"a"[..], br#""b, c""#, br#"d;e="f,g""#]);
/// ```
pub fn list(value: &[u8]) -> List<'_> {
    List { rest: value }
}

impl<'a> Iterator for List<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = member_end(self.rest);
            let member = trim(&self.rest[..end]);
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

/// Where the first comma is that is in no quoted string.
fn member_end(text: &[u8]) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_found_wherever_they_stand() {
        for length in 0..20 {
            for place in 0..length {
                for byte in 0..=255_u8 {
                    for filler in [b'a', 0xff, b'\t'] {
                        let mut text = vec![filler; length];
                        text[place] = byte;
                        assert_eq!(
                            is_field_value(&text),
                            byte == b'\t' || !byte.is_ascii_control(),
                            "{text:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn quoted_strings_come_back() {
        for text in [&b""[..], b"a b", b"\"\\\"", b"\xff\t"] {
            assert_eq!(Scanner::new(&quoted(text)).quoted_string().as_deref(), Some(text));
        }
        for bad in [&b"\"open"[..], b"\"open\\", b"\"a\r\n\"", b"bare", b"\"\\\0\""] {
            assert_eq!(Scanner::new(bad).quoted_string(), None);
        }
    }

    #[test]
    fn a_list_with_an_open_quote_ends_all_the_same() {
        let members: Vec<_> = list(b"a, \"b, c").collect();
        assert_eq!(members, [&b"a"[..], b"\"b, c"]);
        assert_eq!(list(b" ,, ").count(), 0);
    }

    #[test]
    fn blanks_go_from_both_ends() {
        assert_eq!(trim(b" \t a b\t"), b"a b");
        assert_eq!(trim(b" \t"), b"");
    }
}
