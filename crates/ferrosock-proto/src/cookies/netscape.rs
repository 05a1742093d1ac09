//! `Set-Cookie` as Netscape invented it and as servers write it, with unquoted commas in dates.

use super::date::DateParts;
use super::text::{partition, trim};

/// A cookie's attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The name, in lower case if it is a known one.
    pub name: &'a [u8],
    /// The value; None for a word without `=`.
    pub value: Option<&'a [u8]>,
}

/// The names of attributes that are the same in upper case.
const KNOWN: [&str; 7] = ["expires", "domain", "path", "secure", "version", "port", "max-age"];

/// A `Set-Cookie` field, taken apart at its semicolons: the cookie first, then its attributes.
///
/// A part without a name is left out. In `version` and `expires` the quotation marks around the value are left out, too. None
/// if the cookie itself has no name.
///
/// Source: RFC 6265, section 5.2, and Netscape's "Persistent client state", as `http.cookiejar` reads it.
///
/// ```
/// use ferrosock_proto::cookies::split_set_cookie;
///
/// let parts = split_set_cookie(b"id=1; Expires=\"Wed, 09 Feb 1994 22:23:32 GMT\"; secure").unwrap();
/// assert_eq!((parts[0].name, parts[0].value), (&b"id"[..], Some(&b"1"[..])));
/// assert_eq!((parts[1].name, parts[1].value), (&b"expires"[..], Some(&b"Wed, 09 Feb 1994 22:23:32 GMT"[..])));
/// assert_eq!((parts[2].name, parts[2].value), (&b"secure"[..], None));
/// ```
#[must_use]
pub fn split_set_cookie(field: &[u8]) -> Option<Vec<Attribute<'_>>> {
    let mut parts = Vec::new();
    for (index, part) in field.split(|byte| *byte == b';').enumerate() {
        let (name, value) = partition(trim(part), b'=');
        let name = trim(name);
        if name.is_empty() {
            if index == 0 {
                return None;
            }
            continue;
        }
        let mut attribute = Attribute { name, value: value.map(trim) };
        if index > 0 {
            if let Some(known) = KNOWN.iter().find(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
                attribute.name = known.as_bytes();
            }
            if matches!(attribute.name, b"version" | b"expires") {
                attribute.value = attribute.value.map(without_quotes);
            }
        }
        parts.push(attribute);
    }
    Some(parts)
}

/// The text without a quotation mark at each end.
///
/// ```
/// assert_eq!(ferrosock_proto::cookies::without_quotes(b"\"1\""), b"1");
/// ```
#[must_use]
pub fn without_quotes(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    text.strip_suffix(b"\"").unwrap_or(text)
}

/// The time of an `Expires` attribute; None if it is no date: the cookie is then one of the session.
pub(super) fn expires(value: &[u8], this_year: i64) -> Option<i64> {
    let strict = super::date::strict_http_date(value);
    let parts = strict.or_else(|| DateParts::http(value))?;
    parts.timestamp(|| if strict.is_some() { 0 } else { this_year }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let Some(parts) = split_set_cookie(text.as_bytes()) else { return "none".to_owned() };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let parts = parts.into_iter().map(|part| match part.value {
            Some(value) => format!("{}={}", text(part.name), text(value)),
            None => text(part.name),
        });
        parts.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn parts() {
        assert_eq!(shown("foo"), "foo");
        assert_eq!(shown(" foo = bar=baz ;; Path = /; Foo=1 ;SECURE"), "foo=bar=baz|path=/|Foo=1|secure");
        assert_eq!(shown("expires=1; expires=\"2\"; Version=\"1"), "expires=1|expires=2|version=1");
        assert_eq!(shown("=bar; path=/"), "none");
        assert_eq!(shown(""), "none");
        assert_eq!(shown("a=\u{a0}1\u{3000}; =x"), "a=1");
    }
}
