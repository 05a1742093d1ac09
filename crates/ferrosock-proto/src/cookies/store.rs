//! A store of cookies for a client: it takes fields of answers, and gives the field of a request.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::domain::{default_path, ends_in_number, path_match};
use super::draft::{Draft, Text};
use super::netscape::split_set_cookie;
use super::rules::{CookieView, Refusal, Request, Rules};
use super::set_cookie::SetCookie;
use super::words::{escape_into, split_header_words};
use crate::calendar::Moment;

/// By which rules a store lives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Policy {
    /// Those of browsers (RFC 6265, section 5.3), with the prefixes `__Host-` and `__Secure-` of its successor. A domain is
    /// refused if the function says that it is one that registries give out names in, such as `co.uk`.
    Rfc6265 {
        /// Whether a domain is such a one.
        is_public_suffix: fn(&str) -> bool,
    },
    /// Those of Netscape and of RFC 2965, as Python has them.
    Classic(Rules),
}

impl Policy {
    /// RFC 6265, where names without a dot are public suffixes, and no others are known.
    #[must_use]
    pub fn rfc6265() -> Self {
        Self::Rfc6265 { is_public_suffix: |domain| !domain.contains('.') }
    }
}

/// A cookie in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value; None for a name alone.
    pub value: Option<String>,
    /// 0 for one of Netscape or RFC 6265, 1 for one of RFC 2965.
    pub version: i64,
    /// The domain. It has a dot before it if the server said one; else only its own host gets the cookie.
    pub domain: String,
    /// Whether the server said the domain.
    pub domain_specified: bool,
    /// Whether it said it with a dot.
    pub domain_initial_dot: bool,
    /// The path.
    pub path: String,
    /// Whether the server said the path.
    pub path_specified: bool,
    /// The ports.
    pub port: Option<String>,
    /// Whether the server said the ports.
    pub port_specified: bool,
    /// Only where nobody can listen in.
    pub secure: bool,
    /// Not for scripts.
    pub http_only: bool,
    /// When it ends; None with the session.
    pub expires: Option<i64>,
    order: u64,
}

impl Cookie {
    /// What rules look at.
    #[must_use]
    pub fn view(&self) -> CookieView<'_> {
        CookieView {
            version: Some(self.version),
            name: &self.name,
            port: self.port.as_deref(),
            port_specified: self.port_specified,
            domain: &self.domain,
            domain_specified: self.domain_specified,
            path: &self.path,
            path_specified: self.path_specified,
            secure: self.secure,
            expires: self.expires,
        }
    }
}

/// Cookies, by domain. Times are arguments: seconds since 1970.
///
/// There is a limit to what hosts can make it hold: 180 cookies a domain, 3000 in all, of 4096 bytes each (RFC 6265, section
/// 6.1, asks for 50, 3000 and 4096). The oldest go first.
///
/// ```
/// use ferrosock_proto::cookies::{CookieStore, Policy, Request};
///
/// let mut store = CookieStore::new(Policy::rfc6265());
/// let request = Request::new("www.example.org", 443, "/shop/cart", true);
/// store.handle_set_cookie("id=1; Domain=example.org; Path=/; Max-Age=60", &request, 1000)?;
/// store.handle_set_cookie("cart=2", &request, 1000)?;
/// assert_eq!(store.header(&request, 1000).unwrap(), "cart=2; id=1");
/// assert_eq!(store.header(&request, 2000).unwrap(), "cart=2");
/// let other = Request::new("example.org", 80, "/", false);
/// assert_eq!(store.header(&other, 1000).unwrap(), "id=1");
/// # Ok::<(), ferrosock_proto::cookies::Refusal>(())
/// ```
#[derive(Clone, Debug)]
pub struct CookieStore {
    policy: Policy,
    cookies: BTreeMap<String, Vec<Cookie>>,
    count: usize,
    next: u64,
}

const PER_DOMAIN: usize = 180;
const IN_ALL: usize = 3000;
const BYTES: usize = 4096;

impl CookieStore {
    /// An empty store.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, cookies: BTreeMap::new(), count: 0, next: 0 }
    }

    /// How many cookies it holds, expired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The cookies, by domain.
    pub fn iter(&self) -> impl Iterator<Item = &Cookie> {
        self.cookies.values().flatten()
    }

    /// Takes a `Set-Cookie` field of the answer to `request`. One that has expired removes the cookie.
    ///
    /// # Errors
    /// [`Refusal`]: the policy does not take it.
    pub fn handle_set_cookie(&mut self, field: &str, request: &Request<'_>, now: i64) -> Result<(), Refusal> {
        if field.len() > 2 * BYTES {
            return Err(Refusal::Size);
        }
        match &self.policy {
            Policy::Rfc6265 { is_public_suffix } => {
                let cookie = modern(field, request, now, *is_public_suffix)?;
                self.insert(cookie, now)
            }
            Policy::Classic(rules) => {
                if !rules.netscape {
                    return Err(Refusal::Version);
                }
                let parts = split_set_cookie(field.as_bytes()).ok_or(Refusal::Field)?;
                let versioned = parts.iter().any(|part| part.name == b"version");
                let zero = (!versioned).then_some((&b"version"[..], Some(Cow::Borrowed(&b"0"[..]))));
                let pairs = parts.into_iter().map(|part| (part.name, part.value.map(Cow::Borrowed)));
                let mut cookie = classic(pairs.chain(zero), request, now)?;
                // One of RFC 2109 is one of Netscape's where those of RFC 2965 are off.
                if cookie.version == 1 && !rules.rfc2965 {
                    cookie.version = 0;
                }
                rules.accept(&cookie.view(), request)?;
                self.insert(cookie, now)
            }
        }
    }

    /// Takes a `Set-Cookie2` field (RFC 2965, section 3.2.2), which may have several cookies.
    ///
    /// # Errors
    /// [`Refusal`] of the first cookie that the policy does not take; those before it are taken.
    ///
    /// ```
    /// use ferrosock_proto::cookies::{CookieStore, Policy, Request, Rules};
    ///
    /// let mut store = CookieStore::new(Policy::Classic(Rules { rfc2965: true, ..Rules::default() }));
    /// let request = Request::new("www.acme.com", 80, "/acme/login", false);
    /// store.handle_set_cookie2("Customer=\"WILE\"; Version=\"1\"; Path=\"/acme\"", &request, 1000)?;
    /// assert_eq!(store.header(&request, 1000).unwrap(), "$Version=1; Customer=WILE; $Path=\"/acme\"");
    /// # Ok::<(), ferrosock_proto::cookies::Refusal>(())
    /// ```
    pub fn handle_set_cookie2(
        &mut self,
        field: &str,
        request: &Request<'_>,
        now: i64,
    ) -> Result<(), Refusal> {
        if field.len() > 2 * BYTES {
            return Err(Refusal::Size);
        }
        let Policy::Classic(rules) = self.policy.clone() else { return Err(Refusal::Version) };
        for pairs in split_header_words([field.as_bytes()]) {
            let cookie = classic(pairs, request, now)?;
            rules.accept(&cookie.view(), request)?;
            self.insert(cookie, now)?;
        }
        Ok(())
    }

    /// The `Cookie` field for a request, the cookies of longer paths first; None if there are none for it.
    #[must_use]
    pub fn header(&self, request: &Request<'_>, now: i64) -> Option<String> {
        let mut found: Vec<&Cookie> = Vec::new();
        for (domain, cookies) in &self.cookies {
            match &self.policy {
                Policy::Rfc6265 { .. } => {
                    if !host_in(&request.host, domain) {
                        continue;
                    }
                    found.extend(cookies.iter().filter(|cookie| {
                        path_match(request.path.as_bytes(), cookie.path.as_bytes())
                            && (request.secure || !cookie.secure)
                            && cookie.expires.is_none_or(|end| end > now)
                    }));
                }
                Policy::Classic(rules) => {
                    if rules.send_domain(domain, request).is_err() {
                        continue;
                    }
                    found.extend(cookies.iter().filter(|cookie| {
                        path_match(request.path.as_bytes(), cookie.path.as_bytes())
                            && rules.send(&cookie.view(), request, now).is_ok()
                    }));
                }
            }
        }
        found.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.order));
        let mut out = String::new();
        for (index, cookie) in found.iter().enumerate() {
            if index == 0 && cookie.version > 0 {
                out.push_str(&format!("$Version={}; ", cookie.version));
            }
            if index > 0 {
                out.push_str("; ");
            }
            write_cookie(cookie, &mut out);
        }
        (!found.is_empty()).then_some(out)
    }

    /// Removes the cookies that `wanted` says.
    ///
    /// ```
    /// # use ferrosock_proto::cookies::{CookieStore, Policy, Request};
    /// # let mut store = CookieStore::new(Policy::rfc6265());
    /// # store.handle_set_cookie("a=1", &Request::new("b.org", 80, "/", false), 0)?;
    /// let now = 1000;
    /// store.remove(|cookie| cookie.expires.is_none_or(|end| end <= now)); // those of the session, and expired ones
    /// assert!(store.is_empty());
    /// # Ok::<(), ferrosock_proto::cookies::Refusal>(())
    /// ```
    pub fn remove(&mut self, wanted: impl Fn(&Cookie) -> bool) {
        self.cookies.retain(|_, cookies| {
            cookies.retain(|cookie| !wanted(cookie));
            !cookies.is_empty()
        });
        self.count = self.cookies.values().map(Vec::len).sum();
    }

    fn insert(&mut self, mut cookie: Cookie, now: i64) -> Result<(), Refusal> {
        if cookie.name.len() + cookie.value.as_ref().map_or(0, String::len) > BYTES {
            return Err(Refusal::Size);
        }
        let expired = cookie.expires.is_some_and(|end| end <= now);
        cookie.order = self.next;
        self.next += 1;
        let domain = cookie.domain.clone();
        let list = self.cookies.entry(domain.clone()).or_default();
        let place = list.iter().position(|old| old.name == cookie.name && old.path == cookie.path);
        match place {
            Some(place) if expired => {
                list.remove(place);
                self.count -= 1;
            }
            Some(place) => {
                cookie.order = list[place].order; // RFC 6265, section 5.3, step 11: it keeps its time of creation
                list[place] = cookie;
            }
            None if expired => {}
            None => {
                if list.len() >= PER_DOMAIN {
                    list.remove(0);
                    self.count -= 1;
                }
                list.push(cookie);
                self.count += 1;
            }
        }
        if list.is_empty() {
            self.cookies.remove(&domain);
        }
        if self.count > IN_ALL {
            self.remove(|cookie| cookie.expires.is_some_and(|end| end <= now));
        }
        if self.count > IN_ALL {
            let oldest = self.iter().min_by_key(|cookie| cookie.order);
            if let Some((domain, order)) = oldest.map(|cookie| (cookie.domain.clone(), cookie.order)) {
                self.forget(&domain, order);
            }
        }
        Ok(())
    }

    fn forget(&mut self, domain: &str, order: u64) {
        let Some(list) = self.cookies.get_mut(domain) else { return };
        let before = list.len();
        list.retain(|cookie| cookie.order != order);
        self.count -= before - list.len();
        if list.is_empty() {
            self.cookies.remove(domain);
        }
    }
}

/// Whether a host gets cookies of a domain, which has a dot before it if it means all hosts in it.
fn host_in(host: &str, domain: &str) -> bool {
    match domain.strip_prefix('.') {
        None => host == domain,
        Some(name) => host == name || (host.ends_with(domain) && !ends_in_number(host.as_bytes())),
    }
}

fn write_cookie(cookie: &Cookie, out: &mut String) {
    out.push_str(&cookie.name);
    if let Some(value) = &cookie.value {
        out.push('=');
        if cookie.version > 0 && value.bytes().any(|byte| matches!(byte, b'"' | b'\\')) {
            let mut escaped = Vec::with_capacity(value.len() + 2);
            escape_into(value.as_bytes(), &mut escaped);
            out.push_str(&String::from_utf8_lossy(&escaped));
        } else {
            out.push_str(value);
        }
    }
    if cookie.version > 0 {
        if cookie.path_specified {
            out.push_str(&format!("; $Path=\"{}\"", cookie.path));
        }
        if let Some(undotted) = cookie.domain.strip_prefix('.') {
            let domain = if cookie.domain_initial_dot { &cookie.domain } else { undotted };
            out.push_str(&format!("; $Domain=\"{domain}\""));
        }
        if let Some(port) = &cookie.port {
            out.push_str("; $Port");
            if cookie.port_specified {
                out.push_str(&format!("=\"{port}\""));
            }
        }
    }
}

/// RFC 6265, section 5.3.
fn modern(
    field: &str,
    request: &Request<'_>,
    now: i64,
    is_public_suffix: fn(&str) -> bool,
) -> Result<Cookie, Refusal> {
    let set = SetCookie::parse(field).ok_or(Refusal::Field)?;
    let expires = set.end(now);
    let begins =
        |prefix: &str| set.name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    let host_only = begins("__Host-") && (set.domain.is_some() || set.path.as_deref() != Some("/"));
    if host_only || ((begins("__Host-") || begins("__Secure-")) && !set.secure) {
        return Err(Refusal::Name);
    }
    if set.secure && !request.secure {
        return Err(Refusal::Secure);
    }
    let domain = match set.domain {
        Some(domain) if is_public_suffix(&domain) && request.host != domain => return Err(Refusal::TooWide),
        Some(domain) if is_public_suffix(&domain) => domain,
        Some(domain) => {
            let domain = format!(".{domain}");
            if !host_in(&request.host, &domain) {
                return Err(Refusal::Domain);
            }
            domain
        }
        None => request.host.clone().into_owned(),
    };
    let default = default_path(request.path.as_bytes(), false);
    Ok(Cookie {
        domain_specified: domain.starts_with('.'),
        domain_initial_dot: false,
        path_specified: set.path.is_some(),
        path: set.path.unwrap_or_else(|| String::from_utf8_lossy(default).into_owned()),
        name: set.name,
        value: Some(set.value),
        version: 0,
        domain,
        port: None,
        port_specified: false,
        secure: set.secure,
        http_only: set.http_only,
        expires,
        order: 0,
    })
}

/// Netscape and RFC 2965, section 3.3.1.
fn classic<'a>(
    pairs: impl IntoIterator<Item = (&'a [u8], Option<Text<'a>>)>,
    request: &Request<'_>,
    now: i64,
) -> Result<Cookie, Refusal> {
    let this_year = || Moment::of(now).year;
    let draft = Draft::read(pairs, now, this_year).map_err(|_| Refusal::Field)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let path_specified = draft.path.as_ref().is_some_and(|path| !path.is_empty());
    let path = match &draft.path {
        Some(path) if !path.is_empty() => text(&super::draft::escape_path(path)),
        _ => text(default_path(request.path.as_bytes(), draft.version != Some(0))),
    };
    let domain_initial_dot = draft.domain.as_ref().is_some_and(|domain| domain.starts_with(b"."));
    let domain = match &draft.domain {
        Some(domain) if domain_initial_dot => text(domain),
        Some(domain) => format!(".{}", text(domain)),
        None => request.effective_host.clone().into_owned(),
    };
    let (port, port_specified) = match &draft.port {
        None => (None, false),
        Some(None) => (request.port.as_deref().map(str::to_owned), false),
        Some(Some(port)) => (Some(text(port).split_whitespace().collect()), true),
    };
    Ok(Cookie {
        name: text(draft.name),
        value: draft.value.as_deref().map(text),
        version: draft.version.ok_or(Refusal::Version)?,
        domain,
        domain_specified: draft.domain.is_some(),
        domain_initial_dot,
        path,
        path_specified,
        port,
        port_specified,
        secure: draft.secure.is_set(),
        http_only: draft.rest.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"httponly")),
        expires: draft.expires,
        order: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> CookieStore {
        CookieStore::new(Policy::rfc6265())
    }

    #[test]
    fn a_store_is_bounded() {
        let mut store = store();
        for host in 0..40 {
            let host = format!("h{host}.example.org");
            let request = Request::new(&host, 80, "/", false);
            for name in 0..200 {
                store.handle_set_cookie(&format!("n{name}=1"), &request, 0).unwrap();
            }
        }
        assert!(store.len() <= IN_ALL);
        assert_eq!(store.len(), store.iter().count());
        let request = Request::new("a.org", 80, "/", false);
        let long = format!("a={}", "x".repeat(5000));
        assert_eq!(store.handle_set_cookie(&long, &request, 0), Err(Refusal::Size));
    }

    #[test]
    fn other_hosts_neither_set_nor_get() {
        let mut store = store();
        let request = Request::new("www.example.org", 443, "/", true);
        for (field, refusal) in [
            ("a=1; Domain=evil.org", Refusal::Domain),
            ("a=1; Domain=org", Refusal::TooWide),
            ("a=1; Domain=sub.www.example.org", Refusal::Domain),
            ("__Host-a=1; Secure; Path=/; Domain=example.org", Refusal::Name),
            ("__secure-a=1", Refusal::Name),
        ] {
            assert_eq!(store.handle_set_cookie(field, &request, 0), Err(refusal), "{field}");
        }
        store.handle_set_cookie("a=1", &request, 0).unwrap();
        store.handle_set_cookie("b=2; Domain=example.org; Secure", &request, 0).unwrap();
        let header = |host: &str, secure| store.header(&Request::new(host, 80, "/", secure), 0);
        assert_eq!(header("www.example.org", true).unwrap(), "a=1; b=2");
        assert_eq!(header("www.example.org", false).unwrap(), "a=1");
        assert_eq!(header("example.org", true).unwrap(), "b=2");
        assert_eq!(header("notexample.org", true), None);
        let address = Request::new("10.0.0.1", 80, "/", false);
        assert_eq!(store.clone().handle_set_cookie("a=1; Domain=0.0.1", &address, 0), Err(Refusal::Domain));
    }

    #[test]
    fn an_expired_field_removes() {
        let mut store = store();
        let request = Request::new("a.org", 80, "/", false);
        store.handle_set_cookie("a=1; Max-Age=10", &request, 0).unwrap();
        store.handle_set_cookie("a=1; Max-Age=0", &request, 0).unwrap();
        assert!(store.is_empty());
    }

    #[test]
    fn netscape_cookies_of_the_classic_policy() {
        let mut store = CookieStore::new(Policy::Classic(Rules::default()));
        let request = Request::new("www.acme.com", 80, "/a/b", false);
        store.handle_set_cookie("spam=eggs; domain=acme.com; path=/", &request, 0).unwrap();
        store.handle_set_cookie("lone", &request, 0).unwrap();
        assert_eq!(store.header(&request, 0).unwrap(), "lone; spam=eggs");
        assert_eq!(store.handle_set_cookie2("a=1; version=1", &request, 0), Err(Refusal::Version));
        let other = "a=1; version=-1; domain=.org";
        assert_eq!(store.handle_set_cookie(other, &request, 0), Err(Refusal::Version));
        let local = Request::new("printer", 80, "/", false);
        store.handle_set_cookie("p=1", &local, 0).unwrap();
        assert_eq!(store.header(&local, 0).unwrap(), "p=1");
    }
}
