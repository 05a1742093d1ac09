//! Media types, as in `Content-Type` and `Accept` (RFC 9110 sections 8.3.1 and 12.5.1).

use super::grammar::{Scanner, is_token, list, quote};
use super::parameters::Parameters;

/// A media type and its parameters.
///
/// ```
/// use ferrosock_proto::http::MediaType;
///
/// let found = MediaType::parse(b"Text/HTML; charset=\"ISO-8859-1\"").unwrap();
/// assert_eq!((found.main.as_str(), found.sub.as_str()), ("text", "html"));
/// assert_eq!(found.parameters.text("charset"), Some("ISO-8859-1"));
/// assert_eq!(found.to_bytes(), b"text/html; charset=ISO-8859-1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// What stands before the slash, in lower case.
    pub main: String,
    /// What stands behind it, in lower case.
    pub sub: String,
    /// The parameters.
    pub parameters: Parameters,
}

impl MediaType {
    /// Reads a media type; `None` if it is none.
    ///
    /// ```
    /// # use ferrosock_proto::http::MediaType;
    /// assert!(MediaType::parse(b"application/json;").is_some());
    /// for bad in [&b""[..], b"text", b"text/", b"text/ html", b"text/html; a", b"text/html, text/plain"] {
    ///     assert!(MediaType::parse(bad).is_none());
    /// }
    /// ```
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut scanner = Scanner::new(super::grammar::trim(text));
        let main = lower(scanner.token()?);
        if !scanner.eat(b'/') {
            return None;
        }
        let sub = lower(scanner.token()?);
        let parameters = Parameters::scan(&mut scanner, false)?;
        scanner.at_end().then_some(Self { main, sub, parameters })
    }

    /// As it stands in a field, values between quotes where they must be.
    ///
    /// ```
    /// # use ferrosock_proto::http::MediaType;
    /// let mut form = MediaType::parse(b"multipart/form-data").unwrap();
    /// form.parameters.push("boundary", b"a b");
    /// assert_eq!(form.to_bytes(), b"multipart/form-data; boundary=\"a b\"");
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = format!("{}/{}", self.main, self.sub).into_bytes();
        for (name, value) in self.parameters.iter() {
            out.extend_from_slice(b"; ");
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(&quote(value));
        }
        out
    }

    /// Whether this, as a range that may hold `*`, covers `other`; parameters do not count.
    ///
    /// ```
    /// # use ferrosock_proto::http::MediaType;
    /// let covers = |range: &str, other: &str| {
    ///     MediaType::parse(range.as_bytes()).unwrap().covers(&MediaType::parse(other.as_bytes()).unwrap())
    /// };
    /// assert!(covers("text/*", "text/html") && covers("*/*", "image/png"));
    /// assert!(!covers("text/*", "image/png"));
    /// ```
    pub fn covers(&self, other: &Self) -> bool {
        let fits = |range: &str, name: &str| range == "*" || range == name;
        fits(&self.main, &other.main) && fits(&self.sub, &other.sub)
    }
}

/// The members of a list with weights, such as `Accept-Encoding: gzip, br;q=0.5` (RFC 9110 section 12.4.2), best first.
///
/// Weights are thousandths, from 0 ("not acceptable") to 1000; members of equal weight keep their order; members whose weight
/// is none are left out. The text of a member ends before its weight.
///
/// ```
/// use ferrosock_proto::http::weighted;
///
/// let found = weighted(b"br;q=0.5, gzip, *;q=0, text/html;level=1;q=0.7");
/// assert_eq!(found, [(&b"gzip"[..], 1000), (b"text/html;level=1", 700), (b"br", 500), (b"*", 0)]);
/// ```
pub fn weighted(value: &[u8]) -> Vec<(&[u8], u16)> {
    let mut found: Vec<_> = list(value)
        .filter_map(|member| match weight_begin(member) {
            Some(at) => {
                let begin = member[at + 1..].iter().position(|&byte| byte == b'=')?;
                Some((super::grammar::trim(&member[..at]), weight(&member[at + 1 + begin + 1..])?))
            }
            None => Some((member, 1000)),
        })
        .collect();
    found.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    found
}

/// The weight of `name` in what [`weighted`] gave: its own, else that of `*`, else 0.
///
/// ```
/// use ferrosock_proto::http::{weight_of, weighted};
///
/// let accepted = weighted(b"br;q=0.5, *;q=0.1");
/// assert_eq!((weight_of(&accepted, b"BR"), weight_of(&accepted, b"gzip"), weight_of(&[], b"br")), (500, 100, 0));
/// ```
pub fn weight_of(weighted: &[(&[u8], u16)], name: &[u8]) -> u16 {
    let of = |what: &[u8]| weighted.iter().find(|(member, _)| member.eq_ignore_ascii_case(what));
    of(name).or_else(|| of(b"*")).map_or(0, |(_, weight)| *weight)
}

/// Where the semicolon before `q=` is, outside quoted strings.
fn weight_begin(member: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, &byte) in member.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                let rest = super::grammar::trim(&member[at + 1..]);
                if matches!(rest, [b'q' | b'Q', b'=', ..]) {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// `0`, `0.5`, `1.000`: at most three digits behind the point, and not above 1.
fn weight(text: &[u8]) -> Option<u16> {
    let (whole, digits) = match text {
        [whole @ (b'0' | b'1')] => (whole, &[][..]),
        [whole @ (b'0' | b'1'), b'.', digits @ ..] if digits.len() <= 3 => (whole, digits),
        _ => return None,
    };
    let mut value = u16::from(whole - b'0');
    for at in 0..3 {
        let digit = digits.get(at).copied().unwrap_or(b'0');
        value = value * 10 + char::from(digit).to_digit(10)? as u16;
    }
    (value <= 1000).then_some(value)
}

fn lower(token: &[u8]) -> String {
    debug_assert!(is_token(token));
    String::from_utf8_lossy(token).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in
            [&b"a/b"[..], b"a/b; c=d", b"a/b; c=\"\"", b"a/b; c=\"\\\"\\\\ ,;\"; d=e", b"a/b; c=\"\xff\""]
        {
            let found = MediaType::parse(text).unwrap();
            assert_eq!(found.to_bytes(), text);
            assert_eq!(MediaType::parse(&found.to_bytes()), Some(found));
        }
    }

    #[test]
    fn odd_media_types_are_none() {
        for bad in ["a/b; c=\"d", "a/b; c = d", "a/b c", "/b", "a//b", "a/b; =c", "a/b; c=\"d\"e"] {
            assert_eq!(MediaType::parse(bad.as_bytes()), None, "{bad}");
        }
        assert!(MediaType::parse(b" a/b ;; c=d ; ").is_some());
    }

    #[test]
    fn weights_that_are_none() {
        for bad in ["2", "0.1234", "1.001", "", ".5", "0,5", "-1", "0.x"] {
            assert_eq!(weight(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(weighted(b"a;q=2, b;q=\"1\", c; q=0.1"), [(&b"c"[..], 100)]);
        assert_eq!(weighted(b"a;b=\";q=0\", c;Q=1."), [(&b"a;b=\";q=0\""[..], 1000), (b"c", 1000)]);
    }
}
