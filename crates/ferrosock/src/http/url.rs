//! Where a request goes.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::str::FromStr;

use ferrosock_codec::url::{SplitOptions, decode, join, split};

use super::error::Error;

/// The schemes that the client speaks.
///
/// ```
/// assert_eq!(ferrosock::http::Scheme::Https.default_port(), 443);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Its name in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port of a URL that has none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A URL of HTTP, taken apart and checked (RFC 3986, RFC 9110 section 4.2).
///
/// Its text is normal: scheme and host in lower case, no default port, no user and password (they are kept apart), and in path
/// and query what may not stand in a request is percent-encoded. A URL with a control character is refused: it would be
/// another request if it were sent.
///
/// ```
/// use ferrosock::http::Url;
///
/// let url: Url = "HTTP://user:pass@Example.org:80/a b?q=\u{fc}#top".parse()?;
/// assert_eq!(url.as_str(), "http://example.org/a%20b?q=%C3%BC#top");
/// assert_eq!((url.host(), url.port(), url.target()), ("example.org", 80, "/a%20b?q=%C3%BC"));
/// assert_eq!(url.credentials(), Some((&b"user"[..], &b"pass"[..])));
/// assert!("http://example.org/\r\nX: y".parse::<Url>().is_err());
/// assert!("file:///etc/passwd".parse::<Url>().is_err());
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    text: String,
    scheme: Scheme,
    host: Range<usize>,
    port: u16,
    /// Where the authority and the target end.
    authority_end: usize,
    target_end: usize,
    credentials: Option<Box<(Vec<u8>, Vec<u8>)>>,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`], [`Error::UnsupportedScheme`].
    ///
    /// ```
    /// # use ferrosock::http::Url;
    /// assert_eq!(Url::parse(b"http://[::1]:8080")?.as_str(), "http://[::1]:8080/");
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidUrl { url: shown_url(text), reason };
        if text.iter().any(|&byte| byte < b' ' || byte == 0x7f) {
            return Err(invalid("control character"));
        }
        let parts = split(text.trim_ascii(), &SplitOptions::default()).map_err(|_| invalid("malformed"))?;
        let scheme = match &*parts.scheme {
            b"http" => Scheme::Http,
            b"https" => Scheme::Https,
            b"" => return Err(invalid("no scheme")),
            other => return Err(Error::UnsupportedScheme(shown(other))),
        };
        let authority = parts.authority();
        let port = authority.port().map_err(|_| invalid("bad port"))?.unwrap_or(scheme.default_port());
        if port == 0 {
            return Err(invalid("bad port"));
        }
        let host = authority.host().ok_or_else(|| invalid("no host"))?;
        // In percent-encoded form as RFC 6874 has it, or as it is written everywhere else.
        let host = if host.contains(&b':') { host_v6(host) } else { host_name(host) };
        let host = host.ok_or_else(|| invalid("bad host"))?;

        let mut url = format!("{}://", scheme.as_str());
        let start = url.len();
        url.push_str(&host);
        let host = if host.starts_with('[') { start + 1..url.len() - 1 } else { start..url.len() };
        if port != scheme.default_port() {
            url.push(':');
            url.push_str(&port.to_string());
        }
        let authority_end = url.len();
        if !parts.path.starts_with(b"/") {
            url.push('/');
        }
        escape(&parts.path, &mut url);
        if !parts.query.is_empty() {
            url.push('?');
            escape(&parts.query, &mut url);
        }
        let target_end = url.len();
        if !parts.fragment.is_empty() {
            url.push('#');
            escape(&parts.fragment, &mut url);
        }
        let credentials = authority.user_info().map(|(user, password)| {
            Box::new((decode(user).into_owned(), decode(password.unwrap_or_default()).into_owned()))
        });
        Ok(Self { text: url, scheme, host, port, authority_end, target_end, credentials })
    }

    /// The URL that a reference on the resource of this one stands for, such as the one of a redirect. A reference without a
    /// fragment takes this one's (RFC 9110 section 10.2.2).
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    ///
    /// ```
    /// # use ferrosock::http::Url;
    /// let url = Url::parse(b"http://example.org/a/b?c#d")?;
    /// assert_eq!(url.join(b"../e")?.as_str(), "http://example.org/e#d");
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn join(&self, reference: &[u8]) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidUrl { url: shown(reference_text(reference)), reason };
        if reference.iter().any(|&byte| byte < b' ' || byte == 0x7f) {
            return Err(invalid("control character"));
        }
        let base = &self.text.as_bytes()[..self.target_end];
        let joined = join(base, reference.trim_ascii()).map_err(|_| invalid("malformed"))?;
        let mut url = Self::parse(&joined)?;
        if url.fragment().is_none() && self.fragment().is_some() {
            url.text.push_str(&self.text[self.target_end..]);
        }
        Ok(url)
    }

    /// The text, without user and password.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host in lower case, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.text[self.host.clone()]
    }

    /// The port, the scheme's where the URL has none.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Scheme, host and port as they stand in the text: two URLs are of the same origin if these are equal (RFC 9110
    /// section 4.3.1).
    pub fn origin(&self) -> &str {
        &self.text[..self.authority_end]
    }

    /// What stands in the field `Host`: the host, and the port if it is not the scheme's.
    pub fn authority(&self) -> &str {
        &self.text[self.scheme.as_str().len() + 3..self.authority_end]
    }

    /// Path and query, as they stand in a request.
    pub fn target(&self) -> &str {
        &self.text[self.authority_end..self.target_end]
    }

    /// The URL without its fragment, as it stands in a request to a proxy.
    pub fn absolute_target(&self) -> &str {
        &self.text[..self.target_end]
    }

    /// The path.
    pub fn path(&self) -> &str {
        let target = self.target();
        target.split_once('?').map_or(target, |(path, _)| path)
    }

    /// The query, without its `?`.
    pub fn query(&self) -> Option<&str> {
        self.target().split_once('?').map(|(_, query)| query)
    }

    /// The fragment, without its `#`. It is never sent.
    pub fn fragment(&self) -> Option<&str> {
        self.text[self.target_end..].strip_prefix('#')
    }

    /// The user and the password that stood in the URL, decoded.
    pub fn credentials(&self) -> Option<(&[u8], &[u8])> {
        self.credentials.as_deref().map(|(user, password)| (user.as_slice(), password.as_slice()))
    }

    /// The same resource without user and password.
    pub(crate) fn without_credentials(mut self) -> Self {
        self.credentials = None;
        self
    }

    /// Takes the user and the password of another URL, if it has none of its own.
    pub(crate) fn keep_credentials(&mut self, other: &Self) {
        if self.credentials.is_none() {
            self.credentials.clone_from(&other.credentials);
        }
    }

    /// The URL with a query appended to the one that it has.
    pub(crate) fn with_query(&self, query: &str) -> Result<Self, Error> {
        let (target, fragment) = self.text.split_at(self.target_end);
        let joint = if self.query().is_some() { '&' } else { '?' };
        let mut url = Self::parse(format!("{target}{joint}{query}{fragment}").as_bytes())?;
        url.credentials.clone_from(&self.credentials);
        Ok(url)
    }
}

fn reference_text(reference: &[u8]) -> &[u8] {
    &reference[..reference.len().min(200)]
}

/// Bytes for an error's message.
pub(crate) fn shown(text: &[u8]) -> String {
    text[..text.len().min(1000)].escape_ascii().to_string()
}

/// A URL for an error's message, without its user and password.
pub(crate) fn shown_url(text: &[u8]) -> String {
    let begin = text.windows(2).position(|pair| pair == b"//").map_or(0, |at| at + 2);
    let (scheme, rest) = text.split_at(begin);
    let end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
    match rest[..end].iter().rposition(|&byte| byte == b'@') {
        Some(at) => shown(&[scheme, &rest[at + 1..]].concat()),
        None => shown(text),
    }
}

/// A name, or an IPv4 address.
fn host_name(host: &[u8]) -> Option<String> {
    let good = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if !host.iter().all(good) || host.starts_with(b".") || host.len() > 255 {
        return None;
    }
    let name = String::from_utf8(host.to_ascii_lowercase()).ok()?;
    // What looks like an address is one, so that no two readers find different hosts in it.
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let numeric =
        last.bytes().all(|byte| byte.is_ascii_digit()) && !last.is_empty() || last.starts_with("0x");
    (!numeric || name.parse::<Ipv4Addr>().is_ok()).then_some(name)
}

/// An IPv6 address, with a zone perhaps, in brackets.
fn host_v6(host: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(host).ok()?;
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    let address: Ipv6Addr = address.parse().ok()?;
    let Some(zone) = zone else { return Some(format!("[{address}]")) };
    let zone = zone.strip_prefix("25").filter(|zone| !zone.is_empty()).unwrap_or(zone);
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (!zone.is_empty() && zone.bytes().all(good)).then(|| format!("[{address}%{zone}]"))
}

/// Appends text, with percent-escapes for what may not stand in a URL (RFC 3986 section 2).
fn escape(text: &[u8], out: &mut String) {
    for &byte in text {
        if byte <= b' ' || byte >= 0x7f || b"\"<>\\^`{|}".contains(&byte) {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        } else {
            out.push(char::from(byte));
        }
    }
}

impl FromStr for Url {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Url").field(&self.text).finish()
    }
}

/// What a request can be made to.
///
/// ```
/// use ferrosock::http::{Client, Url};
///
/// let client = Client::new();
/// let url: Url = "http://example.org/".parse()?;
/// let request = client.get(&url); // or client.get("http://example.org/")
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
pub trait IntoUrl {
    /// The URL.
    ///
    /// # Errors
    /// As [`Url::parse`].
    fn into_url(self) -> Result<Url, Error>;
}

impl IntoUrl for Url {
    fn into_url(self) -> Result<Url, Error> {
        Ok(self)
    }
}

impl IntoUrl for &Url {
    fn into_url(self) -> Result<Url, Error> {
        Ok(self.clone())
    }
}

impl IntoUrl for &str {
    fn into_url(self) -> Result<Url, Error> {
        self.parse()
    }
}

impl IntoUrl for &String {
    fn into_url(self) -> Result<Url, Error> {
        self.parse()
    }
}

impl IntoUrl for String {
    fn into_url(self) -> Result<Url, Error> {
        self.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_hosts() {
        for bad in [
            "http://",
            "http:///a",
            "http://a b/",
            "http://a\\b/",
            "http://%41/",
            "http://\u{e9}/",
            "http://.a/",
            "http://a:0/",
            "http://a:65536/",
            "http://a:x/",
            "http://[::1",
            "http://[g::1]/",
            "http://1.2.3/",
            "http://0x7f.1/",
            "http://1.2.3.4.5/",
            "http://2130706433/",
            "//a/",
            "a",
            "",
        ] {
            assert!(matches!(bad.parse::<Url>(), Err(Error::InvalidUrl { .. })), "{bad}");
        }
        for other in ["ftp://a/", "file:///a", "javascript:1", "data:,a"] {
            assert!(matches!(other.parse::<Url>(), Err(Error::UnsupportedScheme(_))), "{other}");
        }
    }

    #[test]
    fn secrets_are_in_no_message() {
        for (bad, shown) in [
            ("http://user:secret@a b/@c", "http://a b/@c"),
            ("http://user:secret@a:x?q@", "http://a:x?q@"),
            ("//secret@a/", "//a/"),
            ("secret@a", "a"),
            ("http://a b/@c", "http://a b/@c"),
        ] {
            let error = bad.parse::<Url>().unwrap_err();
            assert!(matches!(&error, Error::InvalidUrl { url, .. } if url == shown), "{error}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[test]
    fn parts_are_where_they_are() {
        let url = "https://a_b.example:444?x=1#".parse::<Url>().unwrap();
        assert_eq!(url.as_str(), "https://a_b.example:444/?x=1");
        assert_eq!((url.path(), url.query(), url.fragment()), ("/", Some("x=1"), None));
        assert_eq!((url.origin(), url.authority()), ("https://a_b.example:444", "a_b.example:444"));
        let url = "http://[FE80::1%25eth0]:81/".parse::<Url>().unwrap();
        assert_eq!((url.host(), url.authority()), ("fe80::1%eth0", "[fe80::1%eth0]:81"));
    }

    #[test]
    fn references_are_resolved() {
        let base = "http://u:p@a/b/c?d".parse::<Url>().unwrap();
        for (reference, whole) in [
            ("/x", "http://a/x"),
            ("?y", "http://a/b/c?y"),
            ("//h/z", "http://h/z"),
            ("https://a/", "https://a/"),
            ("\u{fc}", "http://a/b/%C3%BC"),
        ] {
            let url = base.join(reference.as_bytes()).unwrap();
            assert_eq!((url.as_str(), url.credentials()), (whole, None));
        }
        assert!(base.join(b"file:///etc/passwd").is_err());
        assert!(base.join(b"/a\r\nb").is_err());
    }
}
