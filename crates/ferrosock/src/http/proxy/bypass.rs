//! The hosts that are reached without a proxy.

use std::net::IpAddr;

/// A list of hosts, as the variable `no_proxy` has it.
///
/// Names count with all that is below them, with a dot before them or without; `host:port` is for that port only; addresses may be
/// whole networks (`10.0.0.0/8`); `*` is everything.
///
/// ```
/// use ferrosock::http::Bypass;
///
/// let bypass = Bypass::parse("localhost, .corp.example, printer:631, 10.0.0.0/8, ::1");
/// assert!(bypass.covers("www.corp.example", 80) && bypass.covers("corp.example", 80));
/// assert!(bypass.covers("printer", 631) && !bypass.covers("printer", 80));
/// assert!(bypass.covers("10.1.2.3", 80) && bypass.covers("::1", 80));
/// assert!(!bypass.covers("xcorp.example", 80) && !bypass.covers("11.0.0.1", 80));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bypass {
    rules: Vec<(Rule, Option<u16>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    All,
    /// A name in lower case, and all below it.
    Name(String),
    /// The addresses that begin with so many bits of this one.
    Network(IpAddr, u8),
}

impl Bypass {
    /// Reads a list with commas or blanks between its members. What is no host is passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let members = text.split([',', ' ', '\t']).map(str::trim).filter(|member| !member.is_empty());
        Self { rules: members.filter_map(rule).collect() }
    }

    /// Whether a host, in lower case and without brackets, is on the list.
    #[must_use]
    pub fn covers(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.');
        let address = host.split('%').next().and_then(|host| host.parse().ok()).map(plain);
        self.rules.iter().any(|(rule, only)| {
            only.is_none_or(|only| only == port)
                && match (rule, address) {
                    (Rule::All, _) => true,
                    (Rule::Network(network, bits), Some(address)) => within(address, *network, *bits),
                    (Rule::Name(name), None) => host
                        .strip_suffix(name.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
                    _ => false,
                }
        })
    }
}

fn rule(member: &str) -> Option<(Rule, Option<u16>)> {
    if member == "*" {
        return Some((Rule::All, None));
    }
    if let Some((network, bits)) = member.split_once('/') {
        let (network, bits): (IpAddr, u8) = (network.parse().ok()?, bits.parse().ok()?);
        let most = if network.is_ipv4() { 32 } else { 128 };
        return (bits <= most).then_some((Rule::Network(network, bits), None));
    }
    let (host, port) = match member.strip_prefix('[').and_then(|member| member.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        // Colons within are those of an address.
        None if member.matches(':').count() > 1 => (member, None),
        None => member.split_once(':').map_or((member, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map(str::parse).transpose().ok()?;
    if let Ok(address) = host.parse::<IpAddr>() {
        let address = plain(address);
        return Some((Rule::Network(address, if address.is_ipv4() { 32 } else { 128 }), port));
    }
    let name = host.trim_start_matches('*').trim_matches('.').to_ascii_lowercase();
    (!name.is_empty()).then_some((Rule::Name(name), port))
}

/// An IPv4 address as such, also where it is written as one of IPv6.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

fn within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (address, network, size) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(u32::from(address)), u128::from(u32::from(network)), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (u128::from(address), u128::from(network), 128),
        _ => return false,
    };
    let shift = size - u32::from(bits);
    address.checked_shr(shift).unwrap_or(0) == network.checked_shr(shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_one_by_one() {
        let covers = |list: &str, host: &str| Bypass::parse(list).covers(host, 80);
        for (list, host) in [
            ("*", "a"),
            ("0.0.0.0/0", "1.2.3.4"),
            ("::/0", "::1"),
            ("127.0.0.1", "::ffff:127.0.0.1"),
            ("fe80::/10", "fe80::1%eth0"),
            ("*.a.b", "x.a.b"),
            ("A.b", "a.b."),
            ("[::1]:80", "::1"),
            ("::1", "::1"),
            ("x,,y  z", "z"),
        ] {
            assert!(covers(list, host), "{list} {host}");
        }
        for (list, host) in [
            ("", "a"),
            (",", "a"),
            ("a", "ba"),
            ("a:81", "a"),
            ("a:x", "a"),
            ("10.0.0.0/33", "10.0.0.1"),
            ("10.0.0.0/8", "a"),
            ("0.0.0.1", "10.0.0.1"),
            ("[::1]:81", "::1"),
            (".", "a"),
        ] {
            assert!(!covers(list, host), "{list} {host}");
        }
    }
}
