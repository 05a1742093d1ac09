//! Proxies: which request goes through which.

mod bypass;
mod socks;
mod tunnel;

use std::env;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use bypass::Bypass;
pub(crate) use socks::socks;
pub(crate) use tunnel::tunnel;

use ferrosock_codec::url::{Authority, decode};
use ferrosock_proto::http::basic_credentials;

use super::error::Error;
use super::url::{Scheme, Url};

/// How a proxy is spoken to.
///
/// ```
/// assert_eq!(ferrosock::http::ProxyKind::Https.default_port(), 443);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyKind {
    /// HTTP: requests of `http` go to the proxy whole, those of `https` through a tunnel (RFC 9110 section 9.3.6).
    Http,
    /// The same over TLS.
    Https,
    /// SOCKS of version 4, which knows addresses of IPv4 only: names are looked up here.
    Socks4,
    /// SOCKS of version 4a: the proxy looks names up.
    Socks4a,
    /// SOCKS of version 5 (RFC 1928), with names looked up here.
    Socks5,
    /// SOCKS of version 5 whose proxy looks names up.
    Socks5h,
}

impl ProxyKind {
    /// The port of a proxy that names none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks4 | Self::Socks4a | Self::Socks5 | Self::Socks5h => 1080,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }
}

/// A proxy.
///
/// ```
/// use ferrosock::http::Proxy;
///
/// let proxy: Proxy = "http://user:secret@proxy.example:3128".parse()?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// assert_eq!("proxy.example:3128".parse::<Proxy>()?.to_string(), "http://proxy.example:3128");
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Proxy {
    kind: ProxyKind,
    host: String,
    port: u16,
    credentials: Option<(Vec<u8>, Vec<u8>)>,
    /// `kind://host:port`
    text: String,
}

impl Proxy {
    /// A proxy at a host and a port.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if the host is none.
    pub fn new(kind: ProxyKind, host: &str, port: u16) -> Result<Self, Error> {
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let url = Url::parse(format!("http://{bracketed}:{port}").as_bytes())?;
        let authority = if url.authority().ends_with(&format!(":{port}")) {
            url.authority().to_owned()
        } else {
            format!("{}:{port}", url.authority())
        };
        let text = format!("{}://{authority}", kind.name());
        Ok(Self { kind, host: url.host().to_owned(), port, credentials: None, text })
    }

    /// The same for a user with a password.
    #[must_use]
    pub fn with_credentials(mut self, user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    /// How it is spoken to.
    pub const fn kind(&self) -> ProxyKind {
        self.kind
    }

    /// Where it is.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The user and the password.
    pub fn credentials(&self) -> Option<(&[u8], &[u8])> {
        self.credentials.as_ref().map(|(user, password)| (user.as_slice(), password.as_slice()))
    }

    /// The field `Proxy-Authorization`, if there is a user.
    pub(crate) fn authorization(&self) -> Result<Option<String>, Error> {
        let Some((user, password)) = self.credentials() else { return Ok(None) };
        let value = basic_credentials(user, password);
        value.map(Some).ok_or(Error::InvalidOption("a colon in the name of a proxy's user"))
    }

    /// What tells connections through this proxy from others.
    pub(crate) fn key(&self) -> String {
        match &self.credentials {
            // The password counts too, but need not be kept in plain text.
            Some(credentials) => {
                use std::hash::{DefaultHasher, Hash, Hasher};
                let mut hasher = DefaultHasher::new();
                credentials.hash(&mut hasher);
                format!("{} {:x}", self.text, hasher.finish())
            }
            None => self.text.clone(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Proxy {
    type Err = Error;

    /// A proxy by its URL, or by host and port alone, which means HTTP.
    fn from_str(text: &str) -> Result<Self, Error> {
        let shown = || without_user_info(text);
        let invalid = |reason| Error::InvalidUrl { url: shown(), reason };
        let (kind, rest) = match text.split_once("://") {
            None => (ProxyKind::Http, text),
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" => (ProxyKind::Http, rest),
                "https" => (ProxyKind::Https, rest),
                "socks4" => (ProxyKind::Socks4, rest),
                "socks4a" => (ProxyKind::Socks4a, rest),
                "socks5" => (ProxyKind::Socks5, rest),
                "socks5h" | "socks" => (ProxyKind::Socks5h, rest),
                _ => return Err(Error::UnsupportedScheme(scheme.escape_default().to_string())),
            },
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = Authority(&rest.as_bytes()[..end]);
        let port = authority.port().map_err(|_| invalid("bad port"))?.unwrap_or(kind.default_port());
        let host = authority.host().ok_or_else(|| invalid("no host"))?;
        let host = std::str::from_utf8(host).map_err(|_| invalid("bad host"))?;
        let mut proxy = Self::new(kind, host, port).map_err(|_| invalid("bad host"))?;
        proxy.credentials = authority.user_info().map(|(user, password)| {
            (decode(user).into_owned(), decode(password.unwrap_or_default()).into_owned())
        });
        Ok(proxy)
    }
}

/// A proxy's URL for a message, without its secrets.
fn without_user_info(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let begin = rest[..end].rfind('@').map_or(0, |at| at + 1);
    let joint = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{joint}{}", &rest[begin..]).escape_default().to_string()
}

impl fmt::Display for Proxy {
    /// Its URL without user and password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.credentials.as_ref().map(|(user, _)| user.escape_ascii().to_string());
        formatter.debug_struct("Proxy").field("url", &self.text).field("user", &user).finish_non_exhaustive()
    }
}

/// Which proxies a client uses.
///
/// ```
/// use ferrosock::http::{Bypass, Client, Proxies};
///
/// let proxies = Proxies::all("http://proxy.example:3128".parse()?).except(Bypass::parse("localhost, .corp.example"));
/// let client = Client::builder().proxies(proxies).build()?;
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The proxy for `http`.
    pub http: Option<Arc<Proxy>>,
    /// The proxy for `https`.
    pub https: Option<Arc<Proxy>>,
    /// The hosts that are reached without.
    pub bypass: Bypass,
}

impl Proxies {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One for all requests.
    #[must_use]
    pub fn all(proxy: Proxy) -> Self {
        let proxy = Arc::new(proxy);
        Self { http: Some(Arc::clone(&proxy)), https: Some(proxy), bypass: Bypass::default() }
    }

    /// The same, but for some hosts.
    #[must_use]
    pub fn except(mut self, bypass: Bypass) -> Self {
        self.bypass = bypass;
        self
    }

    /// Those that the environment names: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, and the same in capitals.
    /// `HTTP_PROXY` does not count in a CGI program, where it is a field of the client's request. An empty value is none.
    ///
    /// # Errors
    /// As [`Proxy`]'s `from_str`, for a value that is no proxy's.
    ///
    /// ```
    /// let proxies = ferrosock::http::Proxies::from_environment()?;
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn from_environment() -> Result<Self, Error> {
        Self::from_variables(|name| env::var(name).ok())
    }

    fn from_variables(value: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let is_cgi = value("REQUEST_METHOD").is_some();
        let either = |name: &str| {
            let capitals = name.to_ascii_uppercase();
            let upper = if is_cgi && capitals == "HTTP_PROXY" { None } else { value(&capitals) };
            value(name).or(upper).filter(|value| !value.trim().is_empty())
        };
        let proxy = |name: &str| either(name).map(|text| text.trim().parse().map(Arc::new)).transpose();
        let all: Option<Arc<Proxy>> = proxy("all_proxy")?;
        Ok(Self {
            http: proxy("http_proxy")?.or_else(|| all.clone()),
            https: proxy("https_proxy")?.or(all),
            bypass: Bypass::parse(&either("no_proxy").unwrap_or_default()),
        })
    }

    /// The proxy for a URL.
    #[must_use]
    pub fn for_url(&self, url: &Url) -> Option<&Arc<Proxy>> {
        let proxy = match url.scheme() {
            Scheme::Http => self.http.as_ref(),
            Scheme::Https => self.https.as_ref(),
        };
        proxy.filter(|_| !self.bypass.covers(url.host(), url.port()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Proxies, Error> {
        Proxies::from_variables(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_names_proxies() {
        let proxies = from(&[
            ("HTTP_PROXY", "http://a:1"),
            ("http_proxy", "b:2"),
            ("ALL_PROXY", "https://c"),
            ("no_proxy", "x"),
        ])
        .unwrap();
        assert_eq!(proxies.http.unwrap().to_string(), "http://b:2");
        assert_eq!(proxies.https.unwrap().to_string(), "https://c:443");
        assert!(proxies.bypass.covers("x", 80));
        let cgi = from(&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")]).unwrap();
        assert!(cgi.http.is_none());
        assert!(from(&[("http_proxy", " ")]).unwrap().http.is_none());
        assert!(from(&[("http_proxy", "ftp://a")]).is_err());
    }

    #[test]
    fn secrets_are_not_shown() {
        let proxy: Proxy = "http://us%40er:sec%3Aret@[::1]:3128/".parse().unwrap();
        assert_eq!(proxy.credentials(), Some((&b"us@er"[..], &b"sec:ret"[..])));
        assert_eq!((proxy.host(), proxy.to_string().as_str()), ("::1", "http://[::1]:3128"));
        assert!(!format!("{proxy:?}{}", proxy.key()).contains("sec"));
        for bad in ["http://user:secret@", "http://user:secret@a b", "user:secret@a:x"] {
            let error = bad.parse::<Proxy>().unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
