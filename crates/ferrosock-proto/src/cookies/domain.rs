//! Which host and which path a cookie belongs to.
//!
//! Hosts are compared without regard to ASCII case. Source: RFC 2965, section 1, and RFC 6265, section 5.1.

/// Whether a text is a host's domain name: not empty, without a dot at an end, and no address of IPv4.
///
/// ```
/// use ferrosock_proto::cookies::is_host_name;
///
/// assert!(is_host_name(b"foo.bar.com"));
/// assert!(!is_host_name(b".foo.com") && !is_host_name(b"192.168.1.1"));
/// ```
#[must_use]
pub fn is_host_name(text: &[u8]) -> bool {
    !ends_in_number(text) && !matches!(text, [] | [b'.', ..] | [.., b'.'])
}

/// Whether the last label is a number, as in an address of IPv4.
///
/// ```
/// assert!(ferrosock_proto::cookies::ends_in_number(b"127.0.0.1"));
/// ```
#[must_use]
pub fn ends_in_number(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && text.len() > digits && text[text.len() - digits - 1] == b'.'
}

/// The reach of a host (RFC 2965, section 1): what cookies of it may be sent to, with a dot before it.
///
/// ```
/// use ferrosock_proto::cookies::reach;
///
/// assert_eq!(reach(b"www.acme.com"), &b".acme.com"[..]);
/// assert_eq!(reach(b"acme.com"), &b"acme.com"[..]);
/// assert_eq!(reach(b"acme.local"), &b".local"[..]);
/// ```
#[must_use]
pub fn reach(host: &[u8]) -> &[u8] {
    match memchr::memchr(b'.', host) {
        Some(dot) => {
            let above = &host[dot + 1..];
            let wide = above.contains(&b'.') || above == b"local";
            if wide && is_host_name(host) { &host[dot..] } else { host }
        }
        None => host,
    }
}

/// Whether host `host` domain-matches `domain` (RFC 2965, section 1): it is the same, or `domain` has a dot before a host's name
/// and `host` ends in it.
///
/// ```
/// use ferrosock_proto::cookies::domain_match;
///
/// assert!(domain_match(b"x.y.com", b".Y.com") && domain_match(b"y.com", b"y.com"));
/// assert!(!domain_match(b"x.y.com", b"y.com") && !domain_match(b"1.2.3.4", b".2.3.4"));
/// assert!(!domain_match(b"x.y.com.org", b".y.com"));
/// ```
#[must_use]
pub fn domain_match(host: &[u8], domain: &[u8]) -> bool {
    matches_as(host, domain, |at| at + domain.len() == host.len())
}

/// [`domain_match`] as `http.cookiejar` has it, where `domain` may stand anywhere in `host` but at its beginning.
///
/// ```
/// assert!(ferrosock_proto::cookies::domain_match_anywhere(b"x.y.com.org", b".y.com"));
/// ```
#[must_use]
pub fn domain_match_anywhere(host: &[u8], domain: &[u8]) -> bool {
    matches_as(host, domain, |_| true)
}

fn matches_as(host: &[u8], domain: &[u8], place: impl Fn(usize) -> bool) -> bool {
    if host.eq_ignore_ascii_case(domain) {
        return true;
    }
    let Some(name) = domain.strip_prefix(b".") else { return false };
    if !is_host_name(host) || !is_host_name(name) {
        return false;
    }
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    memchr::memmem::rfind(&host, &domain).is_some_and(|at| at > 0 && place(at))
}

/// Whether a user who lists `listed` means `domain`: the same one, or all that ends in it if it begins with a dot. Addresses
/// must be the same.
///
/// ```
/// use ferrosock_proto::cookies::user_domain_match;
///
/// assert!(user_domain_match(b"acme.com", b"acme.com") && user_domain_match(b"www.acme.com", b".acme.com"));
/// assert!(!user_domain_match(b"www.acme.com", b"acme.com"));
/// ```
#[must_use]
pub fn user_domain_match(domain: &[u8], listed: &[u8]) -> bool {
    if ends_in_number(domain) || ends_in_number(listed) || !listed.starts_with(b".") {
        return domain.eq_ignore_ascii_case(listed);
    }
    ends_with(domain, listed)
}

/// Whether a text ends in another one, without regard to case.
pub(super) fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len() >= end.len() && text[text.len() - end.len()..].eq_ignore_ascii_case(end)
}

/// Whether a request for `request` is one for something at `path` or below it (RFC 6265, section 5.1.4).
///
/// ```
/// use ferrosock_proto::cookies::path_match;
///
/// assert!(path_match(b"/a/b", b"/a") && path_match(b"/a/b", b"/a/") && path_match(b"/a", b"/a"));
/// assert!(!path_match(b"/ab", b"/a"));
/// ```
#[must_use]
pub fn path_match(request: &[u8], path: &[u8]) -> bool {
    match request.strip_prefix(path) {
        Some(rest) => rest.is_empty() || path.ends_with(b"/") || rest.starts_with(b"/"),
        None => false,
    }
}

/// The path of a cookie that says none, by that of the request: up to the last slash (RFC 6265, section 5.1.4), with it if
/// `with_slash` (RFC 2965, section 3.3.1).
///
/// ```
/// use ferrosock_proto::cookies::default_path;
///
/// assert_eq!(default_path(b"/a/b.html", false), b"/a");
/// assert_eq!(default_path(b"/a/b.html", true), b"/a/");
/// assert_eq!(default_path(b"/b.html", false), b"/");
/// ```
#[must_use]
pub fn default_path(request: &[u8], with_slash: bool) -> &[u8] {
    let path = match memchr::memrchr(b'/', request) {
        Some(slash) => &request[..slash + usize::from(with_slash)],
        None => request,
    };
    if path.is_empty() { b"/" } else { path }
}

/// The effective name of a host (RFC 2965, section 1): with `.local` behind it if it has no dot.
///
/// ```
/// assert_eq!(&*ferrosock_proto::cookies::effective_host("localhost"), "localhost.local");
/// ```
#[must_use]
pub fn effective_host(host: &str) -> std::borrow::Cow<'_, str> {
    if host.contains('.') { host.into() } else { format!("{host}.local").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_is_linear_and_right() {
        for (host, domain, found) in [
            ("x.y.com", "x.Y.com", true),
            ("x.y.com", ".Y.com", true),
            ("x.y.com", "Y.com", false),
            ("a.b.c.com", ".c.com", true),
            (".c.com", "a.b.c.com", false),
            ("example.local", ".local", true),
            ("blah.blah", "", false),
            ("", ".rhubarb.rhubarb", false),
            ("", "", true),
            ("acme.com", "acme.com", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", ".0.0.1", false),
        ] {
            assert_eq!(domain_match(host.as_bytes(), domain.as_bytes()), found, "{host} {domain}");
        }
    }
}
