//! From a field's attributes to a cookie: which count, what they default to.

use std::borrow::Cow;
use std::fmt;

use super::domain::default_path;
use super::netscape::expires;
use super::text::{number, trim};

/// Why a field makes no cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DraftError {
    /// The field has no name.
    Name,
    /// The attribute has no value, and must have one.
    Missing(&'static str),
    /// The version is no number.
    Version,
    /// `Max-Age` is no number.
    MaxAge,
    /// A number is beyond 2**53.
    Huge,
}

impl fmt::Display for DraftError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => formatter.write_str("the cookie has no name"),
            Self::Missing(attribute) => write!(formatter, "the attribute {attribute} has no value"),
            Self::Version => formatter.write_str("the version is no number"),
            Self::MaxAge => formatter.write_str("Max-Age is no number"),
            Self::Huge => formatter.write_str("a number is too large"),
        }
    }
}

impl std::error::Error for DraftError {}

/// An attribute's text: a piece of the field, or what was quoted in it.
pub type Text<'a> = Cow<'a, [u8]>;

/// An attribute that is a word; a value that it has all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flag<'a> {
    /// It is not there.
    Absent,
    /// It is there.
    Present,
    /// It is there with a value.
    Valued(Text<'a>),
}

impl Flag<'_> {
    /// Whether the flag counts as set: an empty value unsets it.
    #[must_use]
    pub fn is_set(&self) -> bool {
        match self {
            Self::Absent => false,
            Self::Present => true,
            Self::Valued(value) => !value.is_empty(),
        }
    }
}

/// What a field says of a cookie (RFC 2965, section 3.2.2, and Netscape's attributes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft<'a> {
    /// The name.
    pub name: &'a [u8],
    /// The value; None for a name alone.
    pub value: Option<Text<'a>>,
    /// `Version`.
    pub version: Option<i64>,
    /// `Domain`, in lower case as far as it is ASCII.
    pub domain: Option<Text<'a>>,
    /// `Path`.
    pub path: Option<Text<'a>>,
    /// `Port`; the inner None for the word alone.
    pub port: Option<Option<Text<'a>>>,
    /// `Secure`.
    pub secure: Flag<'a>,
    /// `Discard`.
    pub discard: Flag<'a>,
    /// `Expires` or `Max-Age`, as a time.
    pub expires: Option<i64>,
    /// `Comment`; the inner None for the word alone.
    pub comment: Option<Option<Text<'a>>>,
    /// `CommentURL`, likewise.
    pub comment_url: Option<Option<Text<'a>>>,
    /// The other attributes. Of several of one name, the last one counts.
    pub rest: Vec<(&'a [u8], Option<Text<'a>>)>,
}

impl<'a> Draft<'a> {
    /// Reads the pairs of a field, the cookie first. Of an attribute that is repeated the first one counts, and `Max-Age` goes
    /// before `Expires`. `this_year` is asked for if a date has a year of two digits.
    ///
    /// # Errors
    /// [`DraftError`]: the cookie is to be ignored.
    ///
    /// ```
    /// use ferrosock_proto::cookies::{Draft, split_set_cookie};
    ///
    /// let parts = split_set_cookie(b"id=1; Max-Age=60; Domain=Acme.com; HttpOnly").unwrap();
    /// let pairs = parts.iter().map(|part| (part.name, part.value.map(Into::into)));
    /// let draft = Draft::read(pairs, 1000, || 2026)?;
    /// assert_eq!(draft.expires, Some(1060));
    /// assert_eq!(draft.domain.as_deref(), Some(&b"acme.com"[..]));
    /// assert_eq!(draft.rest, [(&b"HttpOnly"[..], None)]);
    /// # Ok::<(), ferrosock_proto::cookies::DraftError>(())
    /// ```
    pub fn read(
        pairs: impl IntoIterator<Item = (&'a [u8], Option<Text<'a>>)>,
        now: i64,
        this_year: impl Fn() -> i64,
    ) -> Result<Self, DraftError> {
        let mut pairs = pairs.into_iter();
        let (name, value) = pairs.next().ok_or(DraftError::Name)?;
        let mut draft = Self {
            name,
            value,
            version: None,
            domain: None,
            path: None,
            port: None,
            secure: Flag::Absent,
            discard: Flag::Absent,
            expires: None,
            comment: None,
            comment_url: None,
            rest: Vec::new(),
        };
        let mut max_age_set = false;
        let mut version = None;
        for (name, value) in pairs {
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            let flag = |value: Option<Text<'a>>| value.map_or(Flag::Present, Flag::Valued);
            if is("path") {
                keep(&mut draft.path, || value.ok_or(DraftError::Missing("path")))?;
            } else if is("expires") {
                if draft.expires.is_none() && !max_age_set {
                    draft.expires = value.and_then(|value| expires(&value, this_year()));
                }
            } else if is("max-age") {
                max_age_set = true;
                let age = value.ok_or(DraftError::Missing("max-age"))?;
                let age = integer(&age).ok_or(DraftError::MaxAge)?.ok_or(DraftError::Huge)?;
                draft.expires = Some(now.saturating_add(age));
            } else if is("domain") {
                let lower = |mut value: Text<'a>| {
                    if value.iter().any(u8::is_ascii_uppercase) {
                        value.to_mut().make_ascii_lowercase();
                    }
                    value
                };
                keep(&mut draft.domain, || value.map(lower).ok_or(DraftError::Missing("domain")))?;
            } else if is("secure") {
                keep_flag(&mut draft.secure, || flag(value));
            } else if is("version") {
                keep(&mut version, || value.ok_or(DraftError::Missing("version")))?;
            } else if is("discard") {
                keep_flag(&mut draft.discard, || flag(value));
            } else if is("port") {
                keep(&mut draft.port, || Ok(value))?;
            } else if is("comment") {
                keep(&mut draft.comment, || Ok(value))?;
            } else if is("commenturl") {
                keep(&mut draft.comment_url, || Ok(value))?;
            } else {
                draft.rest.push((name, value));
            }
        }
        if let Some(version) = version {
            draft.version = Some(integer(&version).ok_or(DraftError::Version)?.ok_or(DraftError::Huge)?);
        }
        Ok(draft)
    }

    /// The path of the cookie, by that of the request if it says none, and whether it says one.
    #[must_use]
    pub fn path_for(&self, request: &'a str) -> (Text<'a>, bool) {
        match &self.path {
            Some(path) if !path.is_empty() => (Cow::Owned(escape_path(path).into_owned()), true),
            _ => (default_path(request.as_bytes(), self.version != Some(0)).into(), false),
        }
    }
}

fn keep<T>(place: &mut Option<T>, value: impl FnOnce() -> Result<T, DraftError>) -> Result<(), DraftError> {
    if place.is_none() {
        *place = Some(value()?);
    }
    Ok(())
}

fn keep_flag<'a>(place: &mut Flag<'a>, value: impl FnOnce() -> Flag<'a>) {
    if *place == Flag::Absent {
        *place = value();
    }
}

/// A decimal number as Python's `int` reads it: blanks around it, a sign, single `_` between digits. The inner None if it is
/// beyond 2**53.
pub(super) fn integer(text: &[u8]) -> Option<Option<i64>> {
    let text = trim(text);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let plain: Cow<'_, [u8]> = if digits.contains(&b'_') {
        let parts = digits.split(|byte| *byte == b'_');
        if parts.clone().any(<[u8]>::is_empty) {
            return None;
        }
        parts.flatten().copied().collect::<Vec<u8>>().into()
    } else {
        digits.into()
    };
    if plain.is_empty() || !plain.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = number(&plain).filter(|value| *value <= 1 << 53);
    Some(value.map(|value| if negative { -value } else { value }))
}

/// A path with percent-escapes for what may not stand in one, and escapes in upper case (RFC 3986, section 2.1).
///
/// ```
/// use ferrosock_proto::cookies::escape_path;
///
/// assert_eq!(&*escape_path(b"/a b%2f"), b"/a%20b%2F");
/// assert_eq!(&*escape_path(b"/plain"), b"/plain");
/// ```
#[must_use]
pub fn escape_path(path: &[u8]) -> Cow<'_, [u8]> {
    let escape = |at: usize| {
        path[at] == b'%'
            && path.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let is_fine =
        |byte: u8| matches!(byte, b'!' | b'$'..=b';' | b'=' | b'@'..=b'Z' | b'_' | b'a'..=b'z' | b'~');
    let stays = (0..path.len()).all(|at| {
        is_fine(path[at]) && !(escape(at) && path[at + 1..at + 3].iter().any(u8::is_ascii_lowercase))
    });
    if stays {
        return Cow::Borrowed(path);
    }
    let mut out = Vec::with_capacity(path.len() + 8);
    let mut at = 0;
    while at < path.len() {
        if escape(at) {
            out.push(b'%');
            out.extend(path[at + 1..at + 3].iter().map(u8::to_ascii_uppercase));
            at += 3;
            continue;
        }
        let byte = path[at];
        if is_fine(byte) {
            out.push(byte);
        } else {
            let digit = |value: u8| b"0123456789ABCDEF"[usize::from(value & 15)];
            out.extend([b'%', digit(byte >> 4), digit(byte)]);
        }
        at += 1;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::super::netscape::split_set_cookie;
    use super::*;

    fn read(field: &str) -> Result<Draft<'_>, DraftError> {
        let parts = split_set_cookie(field.as_bytes()).ok_or(DraftError::Name)?;
        Draft::read(parts.into_iter().map(|part| (part.name, part.value.map(Into::into))), 1000, || 2026)
    }

    #[test]
    fn the_first_of_an_attribute_counts_and_max_age_goes_first() {
        let draft =
            read("a=b; path=/x; path=/y; expires=01 Jan 2030; max-age=5; expires=02 Jan 2030").unwrap();
        assert_eq!((draft.path.as_deref(), draft.expires), (Some(&b"/x"[..]), Some(1005)));
        assert_eq!(read("a=b; max-age=1; max-age=7").unwrap().expires, Some(1007));
        assert_eq!(read("a=b; expires=never").unwrap().expires, None);
    }

    #[test]
    fn what_makes_no_cookie() {
        assert_eq!(read("a; path"), Err(DraftError::Missing("path")));
        assert_eq!(read("a; domain"), Err(DraftError::Missing("domain")));
        assert_eq!(read("a; max-age=x"), Err(DraftError::MaxAge));
        assert_eq!(read("a; max-age=99999999999999999999"), Err(DraftError::Huge));
        assert_eq!(read("a; version=x"), Err(DraftError::Version));
    }

    #[test]
    fn numbers_as_python_reads_them() {
        for (text, value) in [
            ("1", Some(1)),
            (" +1_0 ", Some(10)),
            ("-007", Some(-7)),
            ("1__0", None),
            ("_1", None),
            ("", None),
            ("1.0", None),
        ] {
            assert_eq!(integer(text.as_bytes()), value.map(Some), "{text}");
        }
    }
}
