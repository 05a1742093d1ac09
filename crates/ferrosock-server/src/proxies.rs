//! What proxies say of the clients that they ask for, if they are trusted.

use std::net::IpAddr;

use ferrosock_proto::http::{Fields, Forwarded, is_field_value, list, parse_node};
use ferrosock_socket::address::Address;

use crate::request::Request;

/// The proxies that are believed: networks, and perhaps whoever asks at Unix sockets.
///
/// Both `Forwarded` (RFC 7239) and `X-Forwarded-For`, `-Proto` and `-Host` are read. They are lists to which each proxy adds at the
/// end; from there they are read as long as a trusted proxy has written: the client is the last address that is not a trusted proxy's,
/// and whatever stands before that may be anybody's invention. If both are there and disagree on the client, one of them passed a
/// proxy that does not know it, and neither is believed.
///
/// ```
/// use ferrosock_server::TrustedProxies;
///
/// let proxies = TrustedProxies::new([("10.0.0.0".parse()?, 8)], false);
/// assert!(proxies.trusts("10.1.2.3".parse()?) && !proxies.trusts("192.0.2.1".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<(IpAddr, u8)>,
    unix: bool,
}

/// What a trusted proxy says of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwarding {
    /// The client, and its port if that is known.
    pub client: Option<(IpAddr, Option<u16>)>,
    /// `http` or `https`.
    pub scheme: Option<&'static str>,
    /// `Host` as the client sent it.
    pub host: Option<Vec<u8>>,
}

impl TrustedProxies {
    /// Proxies by their networks (an address, and how many of its first bits count), and whether peers on Unix sockets are some.
    ///
    /// ```
    /// let nobody = ferrosock_server::TrustedProxies::new([], false);
    /// # let _ = nobody;
    /// ```
    pub fn new(networks: impl IntoIterator<Item = (IpAddr, u8)>, unix: bool) -> Self {
        Self { networks: networks.into_iter().collect(), unix }
    }

    /// Whether an address is a trusted proxy's. IPv4 in IPv6 counts as IPv4.
    ///
    /// ```
    /// let proxies = ferrosock_server::TrustedProxies::new([("127.0.0.1".parse()?, 32)], false);
    /// assert!(proxies.trusts("::ffff:127.0.0.1".parse()?));
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|(network, bits)| match (address, network.to_canonical()) {
            (IpAddr::V4(address), IpAddr::V4(network)) => {
                let distance = 32 - u32::from((*bits).min(32));
                u32::from(address).checked_shr(distance) == u32::from(network).checked_shr(distance)
            }
            (IpAddr::V6(address), IpAddr::V6(network)) => {
                let distance = 128 - u32::from((*bits).min(128));
                u128::from(address).checked_shr(distance) == u128::from(network).checked_shr(distance)
            }
            _ => false,
        })
    }

    /// What trusted proxies say of a request; `None` if it comes from somebody else, or they say nothing that can be believed.
    ///
    /// ```
    /// # fn of(proxies: &ferrosock_server::TrustedProxies, request: &ferrosock_server::Request) {
    /// if let Some(forwarding) = proxies.forwarding(request) {
    ///     println!("{:?}", forwarding.client);
    /// }
    /// # }
    /// ```
    pub fn forwarding(&self, request: &Request) -> Option<Forwarding> {
        self.of(request.peer(), &request.head.fields)
    }

    /// The same of a head.
    pub(crate) fn of(&self, peer: &Address, fields: &Fields) -> Option<Forwarding> {
        if self.networks.is_empty() && !self.unix {
            return None;
        }
        let trusted = match peer {
            Address::Inet { ip, .. } => self.trusts((*ip).into()),
            Address::Inet6 { ip, .. } => self.trusts((*ip).into()),
            Address::Unix(_) => self.unix,
            _ => false,
        };
        if trusted { self.read(fields) } else { None }
    }

    fn read(&self, fields: &Fields) -> Option<Forwarding> {
        let standard = fields.joined(b"forwarded").map(|value| Forwarded::parse_all(&value));
        let usual =
            fields.joined(b"x-forwarded-for").map(|value| list(&value).map(parse_node).collect::<Vec<_>>());
        match (standard, usual) {
            (Some(standard), usual) => {
                let found = self.of_standard(&standard?);
                let other = usual.map(|nodes| self.of_usual(&nodes, fields).client);
                (other.is_none_or(|client| client.map(|(ip, _)| ip) == found.client.map(|(ip, _)| ip)))
                    .then_some(found)
            }
            (None, usual) => Some(self.of_usual(&usual.unwrap_or_default(), fields))
                .filter(|found| *found != Forwarding::default()),
        }
    }

    /// How far from the end a list is believed: the place of its first element that counts.
    fn reach(&self, count: usize, client: impl Fn(usize) -> Option<IpAddr>) -> Option<usize> {
        let mut at = count.checked_sub(1)?;
        while at > 0 && client(at).is_some_and(|ip| self.trusts(ip)) {
            at -= 1;
        }
        Some(at)
    }

    fn of_standard(&self, hops: &[Forwarded]) -> Forwarding {
        let Some(at) = self.reach(hops.len(), |at| hops[at].client.map(|(ip, _)| ip)) else {
            return Forwarding::default();
        };
        let hop = &hops[at];
        Forwarding {
            client: hop.client,
            scheme: hop.proto.as_deref().and_then(scheme),
            host: hop.host.clone().filter(|host| is_host(host)),
        }
    }

    fn of_usual(&self, nodes: &[Option<(IpAddr, Option<u16>)>], fields: &Fields) -> Forwarding {
        let at = self.reach(nodes.len(), |at| nodes[at].map(|(ip, _)| ip));
        // Proxies add to the others as to the first, or replace them: then there is one.
        let behind = at.map_or(1, |at| nodes.len() - at);
        let member = |name: &[u8]| {
            let value = fields.joined(name)?;
            let members: Vec<&[u8]> = list(&value).collect();
            let at = members.len().checked_sub(behind).or(members.len().checked_sub(1).map(|_| 0))?;
            Some(members[at].to_vec())
        };
        Forwarding {
            client: at.and_then(|at| nodes[at]),
            scheme: member(b"x-forwarded-proto").as_deref().and_then(scheme),
            host: member(b"x-forwarded-host").filter(|host| is_host(host)),
        }
    }
}

fn scheme(text: &[u8]) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| text.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether it may stand in `Host`: nothing that ends a URL's authority, or has a user.
fn is_host(text: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(byte);
    !text.is_empty() && is_field_value(text) && text.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Option<Forwarding> {
        let proxies =
            TrustedProxies::new([("10.0.0.0".parse().unwrap(), 8), ("fd00::".parse().unwrap(), 8)], false);
        let mut all = Fields::new();
        for (name, value) in fields {
            all.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        proxies.read(&all)
    }

    fn client(text: &str) -> Option<(IpAddr, Option<u16>)> {
        parse_node(text.as_bytes())
    }

    #[test]
    fn the_client_is_the_last_address_that_is_no_proxys() {
        let found =
            read(&[("X-Forwarded-For", "6.6.6.6, 192.0.2.1, 10.0.0.7"), ("X-Forwarded-Proto", "https")])
                .unwrap();
        assert_eq!((found.client, found.scheme), (client("192.0.2.1"), Some("https")));
        let found = read(&[(
            "Forwarded",
            "for=6.6.6.6;proto=http, for=192.0.2.1;proto=https;host=a.example, for=\"[fd00::1]\"",
        )]);
        let found = found.unwrap();
        assert_eq!(
            (found.client, found.scheme, found.host),
            (client("192.0.2.1"), Some("https"), Some(b"a.example".to_vec()))
        );
        assert_eq!(read(&[("X-Forwarded-For", "10.0.0.1, 10.0.0.2")]).unwrap().client, client("10.0.0.1"));
        assert_eq!(read(&[("X-Forwarded-For", "192.0.2.1, unknown")]).unwrap_or_default().client, None);
        let lists =
            [("X-Forwarded-For", "192.0.2.1, 10.0.0.2"), ("X-Forwarded-Host", "evil, a.example, b.example")];
        assert_eq!(read(&lists).unwrap().host, Some(b"a.example".to_vec()));
    }

    #[test]
    fn what_is_odd_is_not_believed() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[("Forwarded", "for=\"1.2.3.4")]), None);
        assert_eq!(read(&[("Forwarded", "for=1.2.3.4"), ("X-Forwarded-For", "5.6.7.8")]), None);
        assert!(read(&[("Forwarded", "for=1.2.3.4"), ("X-Forwarded-For", "1.2.3.4")]).is_some());
        let odd = read(&[("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Host", "a@b/c")]);
        assert_eq!(odd, None);
    }

    #[test]
    fn networks_by_their_bits() {
        let all = TrustedProxies::new([("0.0.0.0".parse().unwrap(), 0), ("::".parse().unwrap(), 0)], false);
        assert!(all.trusts("1.2.3.4".parse().unwrap()) && all.trusts("2001:db8::1".parse().unwrap()));
        let one = TrustedProxies::new([("192.0.2.1".parse().unwrap(), 32)], false);
        assert!(one.trusts("::ffff:192.0.2.1".parse().unwrap()) && !one.trusts("192.0.2.2".parse().unwrap()));
    }
}
