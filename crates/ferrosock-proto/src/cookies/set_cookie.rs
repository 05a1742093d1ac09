//! `Set-Cookie` by RFC 6265: read as section 5.2 says, written as section 4.1 wants it.

use std::fmt;

use super::date::cookie_date;
use super::domain::is_host_name;
use super::morsel::is_legal_name;
use crate::calendar::{DAY, days, month_length};

/// Where else than to its own site a cookie goes (RFC 6265bis, section 4.1.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSite {
    /// Nowhere.
    Strict,
    /// With links that a user follows.
    Lax,
    /// Everywhere.
    None,
}

/// A `Set-Cookie` field.
///
/// ```
/// use ferrosock_proto::cookies::SetCookie;
///
/// let cookie = SetCookie::parse("id=a3f; Domain=.example.org; Max-Age=60; Secure; HttpOnly").unwrap();
/// assert_eq!((&*cookie.name, &*cookie.value), ("id", "a3f"));
/// assert_eq!((cookie.domain.as_deref(), cookie.max_age), (Some("example.org"), Some(60)));
/// assert_eq!(cookie.to_string(), "id=a3f; Domain=example.org; Max-Age=60; Secure; HttpOnly");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetCookie {
    /// The name.
    pub name: String,
    /// The value, as it stands.
    pub value: String,
    /// When it ends, in seconds since 1970.
    pub expires: Option<i64>,
    /// In how many seconds it ends, which counts more.
    pub max_age: Option<i64>,
    /// The domain whose hosts get it, in lower case and without a dot before it.
    pub domain: Option<String>,
    /// The path; None if the field says none that begins with `/`.
    pub path: Option<String>,
    /// Only where nobody can listen in.
    pub secure: bool,
    /// Not for scripts.
    pub http_only: bool,
    /// Where else than to its own site it goes.
    pub same_site: Option<SameSite>,
}

/// Why a cookie can't be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCookie {
    /// The name is no token.
    Name,
    /// The value has a blank, a comma, a semicolon, a backslash, a quotation mark inside, or no ASCII.
    Value,
    /// The domain is no host's name.
    Domain,
    /// The path has a semicolon or a control character.
    Path,
}

impl fmt::Display for InvalidCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Name => "the name of the cookie is no token",
            Self::Value => "the value has characters that a cookie may not have",
            Self::Domain => "the domain is no host's name",
            Self::Path => "the path has a semicolon or a control character",
        })
    }
}

impl std::error::Error for InvalidCookie {}

impl SetCookie {
    /// Reads a field (RFC 6265, section 5.2). None if it is to be ignored: without `=` or a name, or with control characters.
    #[must_use]
    pub fn parse(field: &str) -> Option<Self> {
        if field.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return None;
        }
        let mut parts = field.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let mut cookie =
            Self { name: trim(name).to_owned(), value: trim(value).to_owned(), ..Self::default() };
        if cookie.name.is_empty() {
            return None;
        }
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            cookie.attribute(trim(name), trim(value));
        }
        Some(cookie)
    }

    /// The last of an attribute counts.
    fn attribute(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "expires" => self.expires = rfc6265_date(value).or(self.expires),
            "max-age" => self.max_age = max_age(value).or(self.max_age),
            "domain" if !value.is_empty() => {
                self.domain = Some(value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase());
            }
            "path" => self.path = value.starts_with('/').then(|| value.to_owned()),
            "secure" => self.secure = true,
            "httponly" => self.http_only = true,
            "samesite" => {
                self.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => Some(SameSite::Strict),
                    "lax" => Some(SameSite::Lax),
                    "none" => Some(SameSite::None),
                    _ => None,
                };
            }
            _ => {}
        }
    }

    /// When the cookie ends, if it was set at `now`; None for one of the session.
    ///
    /// ```
    /// use ferrosock_proto::cookies::SetCookie;
    ///
    /// assert_eq!(SetCookie::parse("a=1; Max-Age=5").unwrap().end(100), Some(105));
    /// assert_eq!(SetCookie::parse("a=1; Max-Age=0").unwrap().end(100), Some(i64::MIN));
    /// ```
    #[must_use]
    pub fn end(&self, now: i64) -> Option<i64> {
        match self.max_age {
            Some(..=0) => Some(i64::MIN),
            Some(age) => Some(now.saturating_add(age)),
            None => self.expires,
        }
    }

    /// Whether the cookie may be written (RFC 6265, section 4.1.1): what a server must ask of names and values that it was given,
    /// since a line's end in one would begin a field of somebody else's.
    ///
    /// # Errors
    /// [`InvalidCookie`] names the part that may not.
    ///
    /// ```
    /// use ferrosock_proto::cookies::{InvalidCookie, SetCookie};
    ///
    /// let cookie = SetCookie { name: "a".into(), value: "b\r\nSet-Cookie: c=d".into(), ..SetCookie::default() };
    /// assert_eq!(cookie.validate(), Err(InvalidCookie::Value));
    /// ```
    pub fn validate(&self) -> Result<(), InvalidCookie> {
        let value = self.value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let is_octet =
            |byte: u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
        let path = self.path.as_deref().unwrap_or_default();
        if !is_legal_name(self.name.as_bytes()) || self.name.contains(':') {
            Err(InvalidCookie::Name)
        } else if !value.unwrap_or(&self.value).bytes().all(is_octet) {
            Err(InvalidCookie::Value)
        } else if self.domain.as_ref().is_some_and(|domain| {
            !is_host_name(domain.as_bytes())
                || !domain
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        }) {
            Err(InvalidCookie::Domain)
        } else if path.bytes().any(|byte| byte.is_ascii_control() || byte == b';') {
            Err(InvalidCookie::Path)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for SetCookie {
    /// Writes the field's value. Ask [`SetCookie::validate`] first if the parts come from elsewhere.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.name, self.value)?;
        if let Some(domain) = &self.domain {
            write!(formatter, "; Domain={domain}")?;
        }
        if let Some(path) = &self.path {
            write!(formatter, "; Path={path}")?;
        }
        if let Some(date) = self.expires.and_then(cookie_date) {
            write!(formatter, "; Expires={date}")?;
        }
        if let Some(age) = self.max_age {
            write!(formatter, "; Max-Age={age}")?;
        }
        if self.secure {
            formatter.write_str("; Secure")?;
        }
        if self.http_only {
            formatter.write_str("; HttpOnly")?;
        }
        if let Some(same_site) = self.same_site {
            write!(formatter, "; SameSite={same_site:?}")?;
        }
        Ok(())
    }
}

/// Without blanks and tabs around it.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// RFC 6265, section 5.2.2. What is too large is as large as can be.
fn max_age(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(if digits.len() < text.len() { i64::MIN } else { i64::MAX }))
}

/// Reads a date by the algorithm of RFC 6265, section 5.1.1, which finds a time, a day, a month and a year in any order.
///
/// ```
/// use ferrosock_proto::cookies::rfc6265_date;
///
/// assert_eq!(rfc6265_date("Wed, 09 Feb 1994 22:23:32 GMT"), Some(760832612));
/// assert_eq!(rfc6265_date("feb 9 22:23:32 94"), Some(760832612));
/// assert_eq!(rfc6265_date("9 Feb 1994"), None);
/// ```
#[must_use]
pub fn rfc6265_date(text: &str) -> Option<i64> {
    let is_delimiter =
        |byte: &u8| matches!(byte, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e);
    let (mut clock, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.as_bytes().split(is_delimiter) {
        if clock.is_none() {
            clock = clock_of(token);
            if clock.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = leading(token, 1, 2).map(|(day, _)| day);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = super::date::month_named(token);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = leading(token, 2, 4).map(|(year, _)| year);
        }
    }
    let ((hour, minute, second), day, month, year) = (clock?, day?, month?, year?);
    let year = match year {
        70..=99 => year + 1900,
        0..=69 => year + 2000,
        _ => year,
    };
    let possible = (1601..=9999).contains(&year)
        && (1..=31).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    if !possible {
        return None;
    }
    let time = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    (day <= month_length(year, month)).then_some(time)
}

/// A number of so many digits at a token's beginning, and what follows, which is no digit.
fn leading(token: &[u8], least: usize, most: usize) -> Option<(i64, &[u8])> {
    let count = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(least..=most).contains(&count) {
        return None;
    }
    Some((super::text::number(&token[..count])?, &token[count..]))
}

fn clock_of(token: &[u8]) -> Option<(i64, i64, i64)> {
    let (hour, rest) = leading(token, 1, 2)?;
    let (minute, rest) = leading(rest.strip_prefix(b":")?, 1, 2)?;
    let (second, _) = leading(rest.strip_prefix(b":")?, 1, 2)?;
    Some((hour, minute, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_rfc() {
        let cookie =
            SetCookie::parse("SID=31d4d96e407aad42; Path=/; Secure; HttpOnly; SameSite=lax").unwrap();
        assert_eq!(cookie.to_string(), "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly; SameSite=Lax");
        let cookie = SetCookie::parse("lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!((cookie.value.as_str(), cookie.expires), ("", Some(784_111_777)));
        assert_eq!(SetCookie::parse("lonely"), None);
        assert_eq!(SetCookie::parse("=value"), None);
        assert_eq!(SetCookie::parse("a=b\0"), None);
        assert_eq!(SetCookie::parse("a=b; Max-Age=99999999999999999999").unwrap().max_age, Some(i64::MAX));
        assert_eq!(SetCookie::parse("a=b; path=x; path=/y; path=z").unwrap().path, None);
    }

    #[test]
    fn dates_that_are_none() {
        for text in
            ["", "31 Feb 2000 00:00:00", "01 Jan 1600 00:00:00", "01 Jan 2000 24:00:00", "00 Jan 2000 0:0:0"]
        {
            assert_eq!(rfc6265_date(text), None, "{text}");
        }
        assert_eq!(rfc6265_date("Thu, 01-Jan-1970 00:00:00 GMT"), Some(0));
        assert_eq!(rfc6265_date("01-Jan-1601 00:00:00"), Some(-11_644_473_600));
    }
}
