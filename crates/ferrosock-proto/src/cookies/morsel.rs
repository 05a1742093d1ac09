//! The `Cookie` field and the quoting of values, by the lenient rules of Python's `http.cookies`.
//!
//! The rules are those of RFC 2109 with what browsers send instead. A value in quotation marks may hold anything: other
//! characters than those of a token are written as `\` and three octal digits.

use std::borrow::Cow;

use super::text::{is_blank, is_word};

/// Whether a character may stand in a name, and in a value without quotation marks: those of a token (RFC 2616, section 2.2)
/// and the colon.
#[inline]
fn is_legal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:".contains(&byte)
}

/// Whether a text may be the name of a cookie that is written.
///
/// ```
/// use ferrosock_proto::cookies::is_legal_name;
///
/// assert!(is_legal_name(b"__Host-id") && !is_legal_name(b"a b") && !is_legal_name(b""));
/// ```
#[must_use]
pub fn is_legal_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| is_legal(*byte))
}

/// A value as it stands in a field: in quotation marks, with escapes for what may not stand there, unless it is a token.
///
/// The text is UTF-8. Characters below U+0100 are escaped by number, further ones stay as they are. See [`unquote_value`].
///
/// ```
/// use ferrosock_proto::cookies::quote_value;
///
/// assert_eq!(&*quote_value(b"plain"), b"plain");
/// assert_eq!(&*quote_value(b"a; \"b\"\n"), br#""a\073 \"b\"\012""#);
/// ```
#[must_use]
pub fn quote_value(value: &[u8]) -> Cow<'_, [u8]> {
    if is_legal_name(value) {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len() + 8);
    out.push(b'"');
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            _ if is_legal(byte) || b" ()/<=>?@[]{}".contains(&byte) => out.push(byte),
            0..=0x7f => octal_into(byte, &mut out),
            0xc2 | 0xc3 => match bytes.next() {
                Some(second) => octal_into(byte << 6 | second & 0x3f, &mut out),
                None => out.push(byte),
            },
            _ => out.push(byte),
        }
    }
    out.push(b'"');
    Cow::Owned(out)
}

fn octal_into(byte: u8, out: &mut Vec<u8>) {
    out.extend([b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]);
}

/// What [`quote_value`] was given. A text that is not in quotation marks stays as it is.
///
/// ```
/// use ferrosock_proto::cookies::unquote_value;
///
/// assert_eq!(&*unquote_value(br#""a\073 \"b\"\012""#), b"a; \"b\"\n");
/// assert_eq!(&*unquote_value(b"plain"), b"plain");
/// ```
#[must_use]
pub fn unquote_value(value: &[u8]) -> Cow<'_, [u8]> {
    let [b'"', inner @ .., b'"'] = value else { return Cow::Borrowed(value) };
    let mut rest = inner;
    let Some(first) = memchr::memchr(b'\\', rest) else { return Cow::Borrowed(inner) };
    let mut out = Vec::with_capacity(inner.len());
    let mut next = Some(first);
    while let Some(at) = next {
        out.extend_from_slice(&rest[..at]);
        rest = match &rest[at..] {
            [_, a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', behind @ ..] => {
                let code = (a - b'0') << 6 | (b - b'0') << 3 | (c - b'0');
                let mut space = [0; 2];
                out.extend_from_slice(char::from(code).encode_utf8(&mut space).as_bytes());
                behind
            }
            [_, byte, behind @ ..] if *byte != b'\n' => {
                out.push(*byte);
                behind
            }
            [backslash, behind @ ..] => {
                out.push(*backslash);
                behind
            }
            [] => break,
        };
        next = memchr::memchr(b'\\', rest);
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// One part of a `Cookie` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookiePart<'a> {
    /// What stands before `=`: the name of a cookie or of an attribute.
    pub name: &'a [u8],
    /// What stands behind it, still quoted; None for a lone word.
    pub value: Option<&'a [u8]>,
}

/// Takes a `Cookie` field (or the value of `Set-Cookie`) apart, part by part; it ends where no part can be read.
///
/// A date is a value that may have blanks in it: `Wed, 09-Feb-1994 22:23:32 GMT`, with the whole name of the day, too, as in the
/// obsolete form of RFC 850. Takes time in proportion to the text, whatever it is.
///
/// ```
/// use ferrosock_proto::cookies::CookieParts;
///
/// let parts: Vec<_> = CookieParts::new(b"chips=ahoy; vienna=\"a; b\" secure").collect();
/// assert_eq!((parts[0].name, parts[0].value), (&b"chips"[..], Some(&b"ahoy"[..])));
/// assert_eq!((parts[1].name, parts[1].value), (&b"vienna"[..], Some(&b"\"a; b\""[..])));
/// assert_eq!((parts[2].name, parts[2].value), (&b"secure"[..], None));
/// ```
#[derive(Clone, Debug)]
pub struct CookieParts<'a> {
    text: &'a [u8],
    at: usize,
    long_days: bool,
}

impl<'a> CookieParts<'a> {
    /// Reads from the beginning of `text`.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, long_days: true }
    }

    /// Whether dates may have the whole name of the day, `Wednesday` (RFC 850). They may unless this says no.
    ///
    /// ```
    /// use ferrosock_proto::cookies::CookieParts;
    ///
    /// let field = b"a=Wednesday, 09-Nov-99 23:12:40 GMT; b=1";
    /// assert_eq!(CookieParts::new(field).count(), 2);
    /// assert_eq!(CookieParts::new(field).long_days(false).next().unwrap().value, Some(&b"Wednesday,"[..]));
    /// ```
    #[must_use]
    pub fn long_days(self, long_days: bool) -> Self {
        Self { long_days, ..self }
    }

    fn byte(&self, at: usize) -> u8 {
        // No rule knows this byte, which is none of UTF-8.
        self.text.get(at).copied().unwrap_or(0xff)
    }

    fn blanks(&self, at: usize) -> usize {
        self.run(at, is_blank)
    }

    /// Where what begins at `at` ends to be `wanted`.
    fn run(&self, at: usize, wanted: impl Fn(u8) -> bool) -> usize {
        self.text[at..].iter().position(|byte| !wanted(*byte)).map_or(self.text.len(), |length| at + length)
    }

    /// Where the next part begins, if a part may end at `at`: at a blank, a semicolon, or the end.
    fn end(&self, at: usize) -> Option<usize> {
        let behind = self.blanks(at);
        match self.text.get(behind) {
            Some(b';') => Some(behind + 1),
            None => Some(behind),
            Some(_) => (behind > at).then_some(behind),
        }
    }

    /// The value behind the `=` at `equals`, and where the next part begins. `run` is the end of the run of characters that
    /// names and values may have, in which the `=` stands, once it is known.
    fn value(&self, equals: usize, run: &mut usize) -> Option<(&'a [u8], usize)> {
        let start = self.blanks(equals + 1);
        let found = |end: usize| self.end(end).map(|next| (&self.text[start..end], next));
        let quoted = match self.byte(start) {
            b'"' => self.quoted(start).and_then(found),
            byte if is_word(byte) => self.date(start).find_map(found),
            _ => None,
        };
        quoted.or_else(|| {
            if start > equals + 1 || *run <= start {
                *run = self.run(start, is_value);
            }
            found(*run).or_else(|| {
                // Blanks may end an empty value.
                (start > equals + 1).then(|| (&self.text[start..start], start))
            })
        })
    }

    /// Behind the closing quotation mark.
    fn quoted(&self, start: usize) -> Option<usize> {
        let mut at = start + 1;
        loop {
            match self.text.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' if *self.text.get(at + 1)? == b'\n' => return None,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    /// The ends that a date may have which begins here: `Wed, 09-Feb-1994 22:23:32 GMT`, with blanks in it.
    fn date(&self, start: usize) -> impl Iterator<Item = usize> + '_ {
        let all = move |from: usize, count: usize, wanted: fn(u8) -> bool| {
            self.text.get(from..from + count).is_some_and(|part| part.iter().all(|byte| wanted(*byte)))
        };
        let day = self.text[start..].iter().take(10).take_while(|byte| is_word(**byte)).count();
        let known = match day {
            3 => true,
            6..=9 => self.long_days && self.text[start..start + day].ends_with(b"day"),
            _ => false,
        };
        let begin = start + day + 2;
        let head = known && self.byte(start + day) == b',' && is_blank(self.byte(start + day + 1));
        let least = if head { 9 } else { usize::MAX };
        (least..=11).rev().filter_map(move |size| {
            let clock = begin + size;
            let fits = all(begin, size, |byte| is_word(byte) || is_blank(byte) || byte == b'-')
                && is_blank(self.byte(clock))
                && all(clock + 1, 8, |byte| byte.is_ascii_digit() || byte == b':')
                && is_blank(self.byte(clock + 9))
                && self.text.get(clock + 10..clock + 13) == Some(b"GMT");
            fits.then_some(clock + 13)
        })
    }
}

impl<'a> Iterator for CookieParts<'a> {
    type Item = CookiePart<'a>;

    fn next(&mut self) -> Option<CookiePart<'a>> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.blanks(self.at);
        let mut length = 1;
        let mut run = 0;
        while is_name(self.byte(start + length - 1)) {
            let end = start + length;
            let name = &self.text[start..end];
            let equals = self.blanks(end);
            let value = if self.byte(equals) == b'=' { self.value(equals, &mut run) } else { None };
            if let Some((value, next)) = value {
                self.at = next;
                return Some(CookiePart { name, value: Some(value) });
            }
            if let Some(next) = self.end(end) {
                self.at = next;
                return Some(CookiePart { name, value: None });
            }
            length += 1;
        }
        self.at = self.text.len();
        None
    }
}

/// Characters of a name, which may have `=` in it.
#[inline]
fn is_name(byte: u8) -> bool {
    is_word(byte) || b"!#%&'~`><@,:/$*+-.^|)(?}{=".contains(&byte)
}

#[inline]
fn is_value(byte: u8) -> bool {
    is_name(byte) || matches!(byte, b'[' | b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> String {
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let parts = CookieParts::new(text.as_bytes()).map(|part| match part.value {
            Some(value) => format!("<{}><{}>", text_of(part.name), text_of(value)),
            None => format!("<{}>", text_of(part.name)),
        });
        parts.collect()
    }

    #[test]
    fn parts_of_a_field() {
        for (text, found) in [
            ("", ""),
            ("a=b", "<a><b>"),
            ("a = b;c= ;d", "<a><b><c><><d>"),
            ("a=\"x;\\\"y\" ; b=1", "<a><\"x;\\\"y\"><b><1>"),
            ("a==b", "<a><=b>"),
            ("==b", "<=><b>"),
            ("a b=c", "<a><b><c>"),
            ("a=\"x\"y", ""),
            ("a= \"x\"y", "<a><>"),
            ("e=Wed, 09-Feb-1994 22:23:32 GMT; b=2", "<e><Wed, 09-Feb-1994 22:23:32 GMT><b><2>"),
            ("e=Wed, 09", "<e><Wed,><09>"),
            ("e=Sunday, 06-Nov-94 08:49:37 GMT; b=2", "<e><Sunday, 06-Nov-94 08:49:37 GMT><b><2>"),
            ("e=Wednesday, 09-Nov-1999 23:12:40 GMT", "<e><Wednesday, 09-Nov-1999 23:12:40 GMT>"),
            ("e=day, 09-Nov-99 23:12:40 GMT", "<e><day, 09-Nov-99 23:12:40 GMT>"),
            ("e=Xyday, 09-Nov-99 23:12:40 GMT", "<e><Xyday,><09-Nov-99><23:12:40><GMT>"),
            ("e=Xxxxxxxday, 09-Nov-99 23:12:40 GMT", "<e><Xxxxxxxday,><09-Nov-99><23:12:40><GMT>"),
            ("e=Wednesdax, 09", "<e><Wednesdax,><09>"),
            ("a=[x]; b=\u{e9}; c=1", "<a><[x]>"),
            ("[a=1", ""),
            ("a\n", "<a>"),
        ] {
            assert_eq!(parts(text), found, "{text}");
        }
    }

    #[test]
    fn any_value_comes_back() {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..5000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let value: String = random.to_le_bytes().iter().map(|byte| char::from(*byte)).collect();
            let quoted = quote_value(value.as_bytes());
            assert_eq!(&*unquote_value(&quoted), value.as_bytes());
            let field = [b"n=", &*quoted, b"; m=1"].concat();
            let read: Vec<_> = CookieParts::new(&field).collect();
            assert_eq!(read.len(), 2);
            assert_eq!(read[0].value, Some(&*quoted));
        }
    }

    #[test]
    fn hostile_fields_take_linear_time() {
        for text in [
            ["a", &"=".repeat(1 << 20), "\""].concat(),
            "a=\"".repeat(1 << 19),
            ["a", &" ".repeat(1 << 20), "\""].concat(),
            "a= \"b ".repeat(1 << 18),
        ] {
            CookieParts::new(text.as_bytes()).count();
        }
        let quoted = ["\"", &"\\\n".repeat(1 << 20), "\""].concat();
        assert!(*unquote_value(quoted.as_bytes()) == quoted.as_bytes()[1..quoted.len() - 1]);
    }
}
