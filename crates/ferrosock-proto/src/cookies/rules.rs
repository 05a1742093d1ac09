//! Which cookies are taken from a host, and which are sent to one: the rules of `http.cookiejar`'s `DefaultCookiePolicy`.

use std::borrow::Cow;
use std::fmt;

use super::domain::{
    domain_match, domain_match_anywhere, effective_host, ends_in_number, path_match, user_domain_match,
};
use super::draft::integer;

/// A request, as far as cookies care.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The host without its port, in lower case.
    pub host: Cow<'a, str>,
    /// The host, with `.local` behind it if it has no dot (RFC 2965, section 1).
    pub effective_host: Cow<'a, str>,
    /// The path, percent-escaped, beginning with `/`.
    pub path: Cow<'a, str>,
    /// The port; None if it is no number.
    pub port: Option<Cow<'a, str>>,
    /// Whether nobody can listen in (`https`, `wss`).
    pub secure: bool,
    /// Whether the user did not ask for it, and it goes to another host than he asked (RFC 2965, section 3.3.6).
    pub unverifiable_third_party: bool,
}

impl<'a> Request<'a> {
    /// A request of the user's own for `path` (percent-escaped) at `host`.
    ///
    /// ```
    /// use ferrosock_proto::cookies::Request;
    ///
    /// let request = Request::new("Localhost", 8080, "/a", false);
    /// assert_eq!(request.effective_host, "localhost.local");
    /// ```
    #[must_use]
    pub fn new(host: &'a str, port: u16, path: &'a str, secure: bool) -> Self {
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        let effective_host = Cow::Owned(effective_host(&host).into_owned());
        let path = if path.starts_with('/') { path.into() } else { format!("/{path}").into() };
        let port = Some(port.to_string().into());
        Self { host, effective_host, path, port, secure, unverifiable_third_party: false }
    }
}

/// What the rules look at in a cookie.
#[derive(Clone, Copy, Debug)]
pub struct CookieView<'a> {
    /// 0 for one of Netscape, 1 for one of RFC 2965; None if RFC 2965's misses its version.
    pub version: Option<i64>,
    /// The name.
    pub name: &'a str,
    /// The ports that it may be sent to, with commas between.
    pub port: Option<&'a str>,
    /// Whether the server said which ports.
    pub port_specified: bool,
    /// The domain, in lower case.
    pub domain: &'a str,
    /// Whether the server said the domain.
    pub domain_specified: bool,
    /// The path.
    pub path: &'a str,
    /// Whether the server said the path.
    pub path_specified: bool,
    /// Whether it may go only where nobody can listen in.
    pub secure: bool,
    /// When it ends.
    pub expires: Option<i64>,
}

/// Why a cookie is not taken, or not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Cookies of its version are switched off, or it has none.
    Version,
    /// The request is one that the user did not ask for, to a third party.
    Unverifiable,
    /// The name begins with `$`.
    Name,
    /// The request is for something outside of the path.
    Path,
    /// The user has blocked the domain, or not allowed it.
    Blocked,
    /// The domain is one that many hosts share, such as `.co.uk` or `.com`.
    TooWide,
    /// The host is not in the domain, or too deep in it.
    Domain,
    /// The port is not one of the cookie's, or those are no numbers.
    Port,
    /// It may go only where nobody can listen in, or came from where somebody can.
    Secure,
    /// It has expired.
    Expired,
    /// It is larger than the store takes.
    Size,
    /// The field makes no cookie.
    Field,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Version => "cookies of this version are switched off",
            Self::Unverifiable => "third-party cookie during an unverifiable transaction",
            Self::Name => "the name begins with a dollar sign",
            Self::Path => "the request's path is not within the cookie's",
            Self::Blocked => "the user has blocked the domain",
            Self::TooWide => "the domain is one that many hosts share",
            Self::Domain => "the host is not of the cookie's domain",
            Self::Port => "the port is not one of the cookie's",
            Self::Secure => "secure cookie with an insecure request",
            Self::Expired => "the cookie has expired",
            Self::Size => "the cookie is too large",
            Self::Field => "the field makes no cookie",
        })
    }
}

impl std::error::Error for Refusal {}

/// The flags of the rules, named as those of Python's `DefaultCookiePolicy`.
///
/// ```
/// use ferrosock_proto::cookies::{CookieView, Refusal, Request, Rules};
///
/// let rules = Rules::default();
/// let request = Request::new("www.acme.com", 443, "/a", true);
/// let mut cookie = CookieView {
///     version: Some(0), name: "id", port: None, port_specified: false, domain: ".acme.com", domain_specified: true,
///     path: "/", path_specified: true, secure: true, expires: Some(2000),
/// };
/// assert_eq!(rules.accept(&cookie, &request), Ok(()));
/// assert_eq!(rules.send(&cookie, &request, 1000), Ok(()));
/// assert_eq!(rules.send(&cookie, &request, 3000), Err(Refusal::Expired));
/// cookie.domain = ".example.org";
/// assert_eq!(rules.accept(&cookie, &request), Err(Refusal::Domain));
/// ```
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether Netscape's cookies are taken and sent.
    pub netscape: bool,
    /// Whether those of RFC 2965 are.
    pub rfc2965: bool,
    /// Refuse domains such as `.co.uk`.
    pub strict_domain: bool,
    /// Those such as `.or.jp` are such domains, too, as from Python 3.15 on.
    pub more_shared: bool,
    /// Refuse third-party cookies of RFC 2965 in requests that the user did not ask for.
    pub strict_rfc2965_unverifiable: bool,
    /// The same for Netscape's.
    pub strict_ns_unverifiable: bool,
    /// Netscape's cookies: refuse a host with a dot before the domain.
    pub strict_ns_no_dots: bool,
    /// Netscape's cookies: send one that says no domain to just the host that set it.
    pub strict_ns_non_domain: bool,
    /// Netscape's cookies: match domains as RFC 2965 does.
    pub strict_ns_rfc2965_match: bool,
    /// Netscape's cookies: refuse names that begin with `$`.
    pub strict_ns_set_initial_dollar: bool,
    /// Netscape's cookies: refuse paths that the request is not within.
    pub strict_ns_set_path: bool,
    /// Match domains of RFC 2965 as `http.cookiejar` does, see [`domain_match_anywhere`].
    pub match_anywhere: bool,
    /// Whether a cookie of a version below 0 is taken and sent: none of the rules for the two kinds of cookies is for it, so
    /// that hardly anything is looked at. Python had it so up to 3.14.9.
    pub negative_versions: bool,
    /// Whether a host without a dot, `printer`, may set cookies for itself by name (as from Python 3.11 on).
    pub local_hosts: bool,
    /// Domains of no cookies.
    pub blocked: Vec<String>,
    /// The only domains of cookies, if there is a list.
    pub allowed: Option<Vec<String>>,
}

impl Default for Rules {
    /// Netscape's cookies alone, liberally, as Python's policy is by default.
    fn default() -> Self {
        Self {
            netscape: true,
            rfc2965: false,
            strict_domain: false,
            more_shared: true,
            strict_rfc2965_unverifiable: true,
            strict_ns_unverifiable: false,
            strict_ns_no_dots: false,
            strict_ns_non_domain: false,
            strict_ns_rfc2965_match: false,
            strict_ns_set_initial_dollar: false,
            strict_ns_set_path: false,
            negative_versions: false,
            match_anywhere: false,
            local_hosts: true,
            blocked: Vec::new(),
            allowed: None,
        }
    }
}

/// Second labels of domains such as `.co.uk`.
const SHARED: [&str; 21] = [
    "co", "ac", "com", "edu", "org", "net", "gov", "mil", "int", "aero", "biz", "cat", "coop", "info",
    "jobs", "mobi", "museum", "name", "pro", "travel", "eu",
];

/// More of them, see [`Rules::more_shared`].
const MORE_SHARED: [&str; 5] = ["tv", "or", "nom", "sch", "web"];

impl Rules {
    /// Whether a cookie may be taken from the answer to a request.
    ///
    /// # Errors
    /// [`Refusal`]: it may not.
    pub fn accept(&self, cookie: &CookieView<'_>, request: &Request<'_>) -> Result<(), Refusal> {
        let version = cookie.version.ok_or(Refusal::Version)?;
        self.version(version)?;
        self.verifiable(version, request)?;
        if version == 0 && self.strict_ns_set_initial_dollar && cookie.name.starts_with('$') {
            return Err(Refusal::Name);
        }
        let path_counts = version > 0 || (version == 0 && self.strict_ns_set_path);
        if cookie.path_specified
            && path_counts
            && !path_match(request.path.as_bytes(), cookie.path.as_bytes())
        {
            return Err(Refusal::Path);
        }
        self.permitted(cookie.domain)?;
        if cookie.domain_specified {
            self.accept_domain(version, cookie.domain, request)?;
        }
        if cookie.port_specified {
            let port = request.port.as_deref().unwrap_or("80");
            for one in cookie.port.unwrap_or_default().split(',') {
                integer(one.as_bytes()).ok_or(Refusal::Port)?;
                if one == port {
                    return Ok(());
                }
            }
            return Err(Refusal::Port);
        }
        Ok(())
    }

    /// Whether a cookie of a domain that [`Rules::send_domain`] lets through, and whose path [`path_match`]es, may be sent.
    ///
    /// # Errors
    /// [`Refusal`]: it may not.
    pub fn send(&self, cookie: &CookieView<'_>, request: &Request<'_>, now: i64) -> Result<(), Refusal> {
        let version = cookie.version.ok_or(Refusal::Version)?;
        self.version(version)?;
        self.verifiable(version, request)?;
        if cookie.secure && !request.secure {
            return Err(Refusal::Secure);
        }
        if cookie.expires.is_some_and(|expires| expires <= now) {
            return Err(Refusal::Expired);
        }
        if let Some(ports) = cookie.port.filter(|ports| !ports.is_empty()) {
            let port = request.port.as_deref().unwrap_or("80");
            if !ports.split(',').any(|one| one == port) {
                return Err(Refusal::Port);
            }
        }
        let (host, domain) = (&*request.effective_host, cookie.domain);
        let fits = match version {
            0 => {
                let own = cookie.domain_specified || !self.strict_ns_non_domain || domain == host;
                own && within(host, domain)
            }
            1.. => self.domain_matches(host, domain),
            _ => true,
        };
        if fits { Ok(()) } else { Err(Refusal::Domain) }
    }

    /// Whether cookies of a domain may be sent at all: a quick look before each of them is asked about.
    ///
    /// # Errors
    /// [`Refusal`]: none may.
    pub fn send_domain(&self, domain: &str, request: &Request<'_>) -> Result<(), Refusal> {
        if !within(&request.host, domain) && !within(&request.effective_host, domain) {
            return Err(Refusal::Domain);
        }
        self.permitted(domain)
    }

    fn version(&self, version: i64) -> Result<(), Refusal> {
        let off = match version {
            0 => !self.netscape,
            1.. => !self.rfc2965,
            _ => !self.negative_versions,
        };
        if off { Err(Refusal::Version) } else { Ok(()) }
    }

    fn verifiable(&self, version: i64, request: &Request<'_>) -> Result<(), Refusal> {
        let strict = match version {
            0 => self.strict_ns_unverifiable,
            1.. => self.strict_rfc2965_unverifiable,
            _ => false,
        };
        if strict && request.unverifiable_third_party { Err(Refusal::Unverifiable) } else { Ok(()) }
    }

    /// By the user's own lists.
    fn permitted(&self, domain: &str) -> Result<(), Refusal> {
        let listed = |list: &[String]| {
            list.iter().any(|listed| user_domain_match(domain.as_bytes(), listed.as_bytes()))
        };
        let refused = listed(&self.blocked) || self.allowed.as_ref().is_some_and(|allowed| !listed(allowed));
        if refused { Err(Refusal::Blocked) } else { Ok(()) }
    }

    fn domain_matches(&self, host: &str, domain: &str) -> bool {
        let matches = if self.match_anywhere { domain_match_anywhere } else { domain_match };
        matches(host.as_bytes(), domain.as_bytes())
    }

    fn accept_domain(&self, version: i64, domain: &str, request: &Request<'_>) -> Result<(), Refusal> {
        let host = &*request.effective_host;
        if self.strict_domain && is_shared(domain, self.more_shared) {
            return Err(Refusal::TooWide);
        }
        let undotted = domain.strip_prefix('.').unwrap_or(domain);
        if !undotted.contains('.') && !self.is_local(host, domain) {
            return Err(Refusal::TooWide);
        }
        if version == 0 {
            let own = host.ends_with(domain) || self.is_local_name(host, undotted);
            if !own && !host.starts_with('.') && domain.strip_prefix('.') != Some(host) {
                return Err(Refusal::Domain);
            }
        }
        if (version > 0 || self.strict_ns_rfc2965_match) && !self.domain_matches(host, domain) {
            return Err(Refusal::Domain);
        }
        if version > 0 || self.strict_ns_no_dots {
            let host = request.host.as_bytes();
            let prefix = &host[..host.len().saturating_sub(domain.len())];
            if prefix.contains(&b'.') && !ends_in_number(host) {
                return Err(Refusal::Domain);
            }
        }
        Ok(())
    }

    fn is_local(&self, host: &str, domain: &str) -> bool {
        if self.local_hosts { host.ends_with(".local") } else { domain == ".local" }
    }

    fn is_local_name(&self, host: &str, undotted: &str) -> bool {
        self.local_hosts && host.strip_suffix(".local").is_some_and(|name| name.ends_with(undotted))
    }
}

/// Whether a host, with a dot before it, ends in a domain, with a dot before that.
fn within(host: &str, domain: &str) -> bool {
    let name = domain.strip_prefix('.').unwrap_or(domain);
    if domain.is_empty() {
        return true;
    }
    host.ends_with(name) && (host.len() == name.len() || host.as_bytes()[host.len() - name.len() - 1] == b'.')
}

/// Whether a domain is one like `.co.uk`.
fn is_shared(domain: &str, more: bool) -> bool {
    let mut labels = domain.split('.');
    match (labels.next(), labels.next(), labels.next(), labels.next()) {
        (Some(""), Some(second), Some(top), None) => {
            let more = if more { &MORE_SHARED[..] } else { &[] };
            top.len() == 2 && SHARED.iter().chain(more).any(|shared| shared.eq_ignore_ascii_case(second))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_shared;

    #[test]
    fn domains_that_registries_give_out_names_in() {
        for (domain, known, more) in [
            (".co.uk", true, true),
            (".CO.uk", true, true),
            (".or.jp", false, true),
            (".co.com", false, false),
            (".a.co.uk", false, false),
            ("co.uk", false, false),
            (".uk", false, false),
        ] {
            assert_eq!((is_shared(domain, false), is_shared(domain, true)), (known, more), "{domain}");
        }
    }
}
