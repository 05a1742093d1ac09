//! `Forwarded` (RFC 7239): what proxies say of the requests that they pass on.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::HashSet;

use super::grammar::{Scanner, list, trim};

/// An element of `Forwarded`: what one proxy has said.
///
/// ```
/// use ferrosock_proto::http::Forwarded;
///
/// let hops = Forwarded::parse_all(br#"for=192.0.2.43, for="[2001:db8:cafe::17]:4711";proto=https;host=example.org"#).unwrap();
/// assert_eq!(hops[0].client, Some(("192.0.2.43".parse().unwrap(), None)));
/// assert_eq!(hops[1].client, Some(("2001:db8:cafe::17".parse().unwrap(), Some(4711))));
/// assert_eq!(hops[1].proto.as_deref(), Some(&b"https"[..]));
/// assert_eq!(hops[1].host.as_deref(), Some(&b"example.org"[..]));
/// assert!(Forwarded::parse_all(b"for=a;for=b").is_none());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwarded {
    /// Who asked this proxy: `None` if it does not say, or says it in a way of its own (`unknown`, `_hidden`).
    pub client: Option<(IpAddr, Option<u16>)>,
    /// The scheme by which it was asked.
    pub proto: Option<Vec<u8>>,
    /// `Host` as it was asked.
    pub host: Option<Vec<u8>>,
}

impl Forwarded {
    /// The elements of a value, the nearest proxy's last; `None` for what is not the field's syntax.
    ///
    /// ```
    /// use ferrosock_proto::http::Forwarded;
    ///
    /// assert_eq!(Forwarded::parse_all(b"for=unknown").unwrap()[0].client, None);
    /// ```
    pub fn parse_all(value: &[u8]) -> Option<Vec<Self>> {
        list(value).map(Self::parse).collect()
    }

    fn parse(element: &[u8]) -> Option<Self> {
        let (mut this, mut names) = (Self::default(), HashSet::new());
        let mut scanner = Scanner::new(element);
        loop {
            scanner.skip_blanks();
            // Pairs may be empty.
            if scanner.eat(b';') {
                continue;
            }
            if scanner.at_end() {
                return Some(this);
            }
            let name = scanner.token()?.to_ascii_lowercase();
            let value = if scanner.eat(b'=') { scanner.word()? } else { return None };
            scanner.skip_blanks();
            if !names.insert(name.clone()) || !(scanner.at_end() || scanner.eat(b';')) {
                return None;
            }
            match &name[..] {
                b"for" => this.client = parse_node(&value),
                b"proto" => this.proto = Some(value),
                b"host" => this.host = Some(value),
                _ => {}
            }
        }
    }
}

/// The address of a node as `Forwarded` (RFC 7239 section 6) and `X-Forwarded-For` have it: IPv4 or IPv6, with brackets or
/// without, and perhaps a port.
///
/// ```
/// use ferrosock_proto::http::parse_node;
///
/// assert_eq!(parse_node(b"192.0.2.1:80"), Some(("192.0.2.1".parse().unwrap(), Some(80))));
/// assert_eq!(parse_node(b"2001:db8::1"), Some(("2001:db8::1".parse().unwrap(), None)));
/// assert_eq!(parse_node(b"unknown"), None);
/// ```
pub fn parse_node(node: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    let text = std::str::from_utf8(trim(node)).ok()?;
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = match rest.strip_prefix(':') {
            Some(port) => port_of(port)?,
            None if rest.is_empty() => None,
            None => return None,
        };
        return Some((host.parse::<Ipv6Addr>().ok()?.into(), port));
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some((ip, None));
    }
    let (host, port) = text.split_once(':')?;
    Some((host.parse::<Ipv4Addr>().ok()?.into(), port_of(port)?))
}

/// A port; one that is hidden (`_name`) is none.
fn port_of(text: &str) -> Option<Option<u16>> {
    if text.starts_with('_') {
        return Some(None);
    }
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok().map(Some))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_form() {
        let all =
            Forwarded::parse_all(b"For=\"[2001:db8::1]:_x\"; by=_p ;Proto=HTTP, for=\"1.2.3.4:99\"").unwrap();
        assert_eq!(all[0].client, Some(("2001:db8::1".parse().unwrap(), None)));
        assert_eq!(all[0].proto.as_deref(), Some(&b"HTTP"[..]));
        assert_eq!(all[1].client, Some(("1.2.3.4".parse().unwrap(), Some(99))));
        assert_eq!(Forwarded::parse_all(b"for=\"_a;b,c\"").unwrap().len(), 1);
        assert_eq!(Forwarded::parse_all(b"host=\"a\\\"b\"").unwrap()[0].host.as_deref(), Some(&b"a\"b"[..]));
        assert_eq!(Forwarded::parse_all(b" ; for=1.2.3.4 ;; ").unwrap().len(), 1);
        for bad in [
            "for",
            "for=[::1]",
            "for=\"a",
            "for=\"a\\\"",
            "=a",
            "for=a;FOR=b",
            "a b=c",
            "for=a b",
            "for=\"a\"b",
            "for=",
            "for=\"\0\"",
        ] {
            assert_eq!(Forwarded::parse_all(bad.as_bytes()), None, "{bad}");
        }
        for bad in [
            "",
            "1.2.3.4:",
            "1.2.3.4:+1",
            "1.2.3.4:99999",
            "[::1",
            "[::1]x",
            "[1.2.3.4]",
            "1.2.3",
            "a:1",
            "\u{e9}",
        ] {
            assert_eq!(parse_node(bad.as_bytes()), None, "{bad}");
        }
    }
}
