//! Which proxies a program's environment names, and which hosts need none.
//!
//! There is no standard: `http_proxy` and `no_proxy` are a habit of programs, and what is read here is Python's reading of them
//! (<https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies>). The caller brings the variables.

/// The scheme that a variable of the environment names a proxy for, and whether its `_proxy` is in small letters: where there
/// are several, that one counts. `no_proxy` is one of them, for a scheme `no`.
///
/// ```
/// use ferrosock_proto::http::proxy_variable;
///
/// assert_eq!(proxy_variable(b"https_proxy"), Some((&b"https"[..], true)));
/// assert_eq!(proxy_variable(b"HTTP_PROXY"), Some((&b"HTTP"[..], false)));
/// assert_eq!(proxy_variable(b"PATH"), None);
/// ```
#[inline]
pub fn proxy_variable(name: &[u8]) -> Option<(&[u8], bool)> {
    let (scheme, suffix) = name.split_at(name.len().checked_sub(6)?);
    (suffix[0] == b'_' && suffix.eq_ignore_ascii_case(b"_proxy")).then_some((scheme, suffix == b"_proxy"))
}

/// The proxy for each scheme that the variables of an environment name, in their order; schemes are in small letters.
///
/// An empty `x_proxy` takes back what `X_PROXY` says. A program that serves a request by CGI has a variable `REQUEST_METHOD`:
/// there `HTTP_PROXY` may be a header of that request, and does not count.
///
/// ```
/// use ferrosock_proto::http::proxies;
///
/// let found = proxies([("HTTP_PROXY", "http://a:3128"), ("no_proxy", "b"), ("http_proxy", "http://c")]);
/// assert_eq!(found, [("http".to_owned(), "http://c".to_owned()), ("no".to_owned(), "b".to_owned())]);
/// assert!(proxies([("HTTP_PROXY", "http://a"), ("REQUEST_METHOD", "GET")]).is_empty());
/// ```
pub fn proxies<'v>(variables: impl IntoIterator<Item = (&'v str, &'v str)>) -> Vec<(String, String)> {
    let (mut named, mut cgi) = (Vec::new(), false);
    for (name, value) in variables {
        cgi |= name == "REQUEST_METHOD";
        if let Some((scheme, exact)) = proxy_variable(name.as_bytes()) {
            named.push((String::from_utf8_lossy(scheme).to_lowercase(), value, exact));
        }
    }
    let mut found: Vec<(String, String)> = Vec::new();
    let set = |found: &mut Vec<(String, String)>, scheme: &str, value: &str| {
        let known = found.iter().position(|(known, _)| known == scheme);
        match (known, value.is_empty()) {
            (Some(at), true) => _ = found.remove(at),
            (Some(at), false) => value.clone_into(&mut found[at].1),
            (None, true) => {}
            (None, false) => found.push((scheme.to_owned(), value.to_owned())),
        }
    };
    for (scheme, value, _) in named.iter().filter(|(_, value, _)| !value.is_empty()) {
        set(&mut found, scheme, value);
    }
    if cgi {
        set(&mut found, "http", "");
    }
    for (scheme, value, _) in named.iter().filter(|(_, _, exact)| *exact) {
        set(&mut found, scheme, value);
    }
    found
}

/// Whether a host needs no proxy by the rules of `no_proxy`.
///
/// The rules are names of hosts and domains with commas between them, dots before them do not count; `*` alone is every host.
/// The host may have a port, and so may a rule, which then is for that port only. Names are compared whatever the case of their
/// ASCII letters.
///
/// ```
/// use ferrosock_proto::http::needs_no_proxy;
///
/// assert!(needs_no_proxy(b"www.Example.org:8080", b"localhost, .example.org"));
/// assert!(needs_no_proxy(b"a:81", b"a:81") && !needs_no_proxy(b"a:80", b"a:81"));
/// assert!(!needs_no_proxy(b"badexample.org", b"example.org"));
/// ```
pub fn needs_no_proxy(host: &[u8], rules: &[u8]) -> bool {
    if rules == b"*" {
        return true;
    }
    let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = host[..host.len() - digits].strip_suffix(b":").unwrap_or(host);
    rules.split(|&byte| byte == b',').map(trim).filter(|rule| !rule.is_empty()).any(|rule| {
        let rule = &rule[rule.iter().take_while(|&&byte| byte == b'.').count()..];
        is_within(name, rule) || is_within(host, rule)
    })
}

/// Whether a name is another one, or ends in a dot and that one.
fn is_within(name: &[u8], domain: &[u8]) -> bool {
    let Some(at) = name.len().checked_sub(domain.len()) else { return false };
    name[at..].eq_ignore_ascii_case(domain) && (at == 0 || name[at - 1] == b'.')
}

/// Text without what Python takes for blanks of ASCII at its ends.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let blank = |byte: &&u8| matches!(byte, b'\t'..=b'\r' | b'\x1c'..=b' ');
    let start = text.iter().take_while(blank).count();
    let end = text[start..].iter().rev().take_while(blank).count();
    &text[start..text.len() - end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_both_cases() {
        for (variables, expected) in [
            (&[("HTTP_PROXY", "a"), ("http_proxy", "")][..], &[][..]),
            (&[("http_proxy", "a"), ("HTTP_PROXY", "b")], &[("http", "a")]),
            (
                &[("Https_Proxy", "a"), ("FTP_proxy", "c"), ("ftp_PROXY", "d")],
                &[("https", "a"), ("ftp", "c")],
            ),
            (&[("_proxy", "a"), ("xproxy", "b"), ("proxy", "c")], &[("", "a")]),
            (&[("http_proxy", "a"), ("REQUEST_METHOD", "")], &[("http", "a")]),
            (&[("HTTP_PROXY", "a"), ("NO_PROXY", "b"), ("REQUEST_METHOD", "")], &[("no", "b")]),
        ] {
            let found = proxies(variables.iter().copied());
            let found: Vec<_> = found.iter().map(|(scheme, url)| (&scheme[..], &url[..])).collect();
            assert_eq!(found, expected, "{variables:?}");
        }
    }

    #[test]
    fn hosts_and_rules() {
        for (host, rules, expected) in [
            ("localhost", "localhost, anotherdomain.com, newdomain.com:1234, .d.o.t", true),
            ("LocalHost:8888", "localhost", true),
            ("www.newdomain.com:1234", "newdomain.com:1234", true),
            ("newdomain.com", "newdomain.com:1234", false),
            ("foo.d.o.t", ".d.o.t", true),
            ("d.o.t", ".d.o.t", true),
            ("prelocalhost", "localhost", false),
            ("a", " , ,, a\x1f\x0b", true),
            ("a", "*", true),
            ("a", "*, b", false),
            ("a.b", "...", false),
            ("a.", ".", true),
            ("", ".", true),
            ("a:", "a", true),
            ("a:x", "a", false),
        ] {
            assert_eq!(needs_no_proxy(host.as_bytes(), rules.as_bytes()), expected, "{host} {rules}");
        }
    }
}
