//! `getaddrinfo` of numeric addresses: what the GNU C library answers without asking anybody, without the C library.
//!
//! Only answers that are certain come from here: a complete IPv4 or IPv6 address without a scope, or no host and one
//! family; a port in digits or none; the common types. All else, every error and every flag that looks at the machine's
//! configuration among it, is left to the C library. The property test below compares the two.

use std::ffi::CStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{AddressInfo, Hints};
use crate::address::Address;

/// The flags that change no answer of ours, or that [`answer`] heeds.
const KNOWN_FLAGS: i32 = libc::AI_PASSIVE | libc::AI_CANONNAME | libc::AI_NUMERICHOST | libc::AI_NUMERICSERV;

/// The answer of getaddrinfo, if it is known to be a list of these.
pub(super) fn answer(node: Option<&CStr>, service: Option<&CStr>, hints: Hints) -> Option<Vec<AddressInfo>> {
    if hints.flags & !KNOWN_FLAGS != 0 {
        return None;
    }
    let port = port(service.map_or(&[], CStr::to_bytes))?;
    let kinds = kinds(hints, service.is_some_and(|service| !service.is_empty()))?;
    let node = node.map(CStr::to_bytes);
    let ip = match node {
        Some(text) => ip(text, hints.family)?,
        // Of neither host nor service nothing is known; of no host there is no canonical name.
        None if service.is_none() || hints.flags & libc::AI_CANONNAME != 0 => return None,
        None => own(hints)?,
    };
    let mut name = if hints.flags & libc::AI_CANONNAME != 0 { node.unwrap_or_default() } else { &[] };
    let family = if ip.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let address = match ip {
        IpAddr::V4(ip) => Address::Inet { ip, port },
        IpAddr::V6(ip) => Address::Inet6 { ip, port, flowinfo: 0, scope_id: 0 },
    };
    let address = address.to_raw().ok()?;
    let entry = |&(kind, protocol): &(i32, i32)| AddressInfo {
        family,
        kind,
        protocol,
        canonical_name: std::mem::take(&mut name).to_vec(), // on the first entry only
        address,
    };
    Some(kinds.as_slice().iter().map(entry).collect())
}

/// A port in digits, 0 for none. Only the low 16 bits of a number count.
fn port(text: &[u8]) -> Option<u16> {
    const DIGITS: usize = 9; // fits into an int
    if text.len() > DIGITS {
        return None;
    }
    let mut number = 0_u32;
    for &digit in text {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u32::from(digit - b'0');
    }
    Some(number as u16)
}

/// The types and protocols of the entries.
enum Kinds {
    One([(i32, i32); 1]),
    All([(i32, i32); 3]),
}

impl Kinds {
    fn as_slice(&self) -> &[(i32, i32)] {
        match self {
            Self::One(kinds) => kinds,
            Self::All(kinds) => kinds,
        }
    }
}

fn kinds(hints: Hints, with_service: bool) -> Option<Kinds> {
    const TCP: (i32, i32) = (libc::SOCK_STREAM, libc::IPPROTO_TCP);
    const UDP: (i32, i32) = (libc::SOCK_DGRAM, libc::IPPROTO_UDP);
    Some(match (hints.kind, hints.protocol) {
        (0, 0) => Kinds::All([TCP, UDP, (libc::SOCK_RAW, 0)]),
        (libc::SOCK_STREAM, 0 | libc::IPPROTO_TCP) | (0, libc::IPPROTO_TCP) => Kinds::One([TCP]),
        (libc::SOCK_DGRAM, 0 | libc::IPPROTO_UDP) | (0, libc::IPPROTO_UDP) => Kinds::One([UDP]),
        (libc::SOCK_RAW, protocol) if !with_service => Kinds::One([(libc::SOCK_RAW, protocol)]),
        _ => return None,
    })
}

/// The address that a text is, if it has the family.
fn ip(text: &[u8], family: i32) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let v4 = matches!(family, libc::AF_INET | libc::AF_UNSPEC);
    let v6 = matches!(family, libc::AF_INET6 | libc::AF_UNSPEC);
    match text.as_bytes().first()? {
        b'0'..=b'9' if v4 && text.len() <= 15 && !text.contains(':') => {
            text.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
        }
        b':' | b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' if v6 => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => None,
    }
}

/// The address for no host: of any interface for a passive socket, else this machine's own. With both families the order
/// depends on the machine.
fn own(hints: Hints) -> Option<IpAddr> {
    let passive = hints.flags & libc::AI_PASSIVE != 0;
    Some(match hints.family {
        libc::AF_INET if passive => Ipv4Addr::UNSPECIFIED.into(),
        libc::AF_INET => Ipv4Addr::LOCALHOST.into(),
        libc::AF_INET6 if passive => Ipv6Addr::UNSPECIFIED.into(),
        libc::AF_INET6 => Ipv6Addr::LOCALHOST.into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uninterrupted;
    use crate::resolver::info::asked;

    /// A small generator of random numbers (xorshift): the same run each time.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % bound as u64) as usize
        }

        fn pick<T: Copy>(&mut self, from: &[T]) -> T {
            from[self.below(from.len())]
        }

        /// A text in the letters of addresses: sometimes one.
        fn host(&mut self) -> String {
            match self.below(4) {
                0 => Ipv4Addr::from(self.below(1 << 32) as u32).to_string(),
                1 => {
                    let words: Vec<u16> =
                        (0..8).map(|_| self.pick(&[0, 0, 1, 0xffff, 0xab, 0x1234])).collect();
                    Ipv6Addr::from(<[u16; 8]>::try_from(words).unwrap()).to_string()
                }
                2 => self.pick(HOSTS).to_owned(),
                _ => {
                    let mut text = self.host().into_bytes();
                    for _ in 0..=self.below(2) {
                        let place = self.below(text.len() + 1);
                        match self.below(2) {
                            0 => text.insert(place, self.pick(b"0123456789abcfFx.:% ")),
                            _ if place < text.len() && text.len() > 1 => drop(text.remove(place)),
                            _ => {}
                        }
                    }
                    String::from_utf8(text).unwrap()
                }
            }
        }
    }

    const HOSTS: &[&str] = &[
        "127.1",
        "0x7f.1",
        "1",
        "0",
        "256.1.1.1",
        "1.2.3.04",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4.",
        "::",
        "::1",
        "::1.2.3.4",
        "::ffff:1.2.3.4",
        "1::",
        "1:2:3:4:5:6:7::",
        "::1%lo",
        "fe80::1%1",
        "fe80::1",
        "::00001",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:1.2.3.4",
        "::01.2.3.4",
        "4294967295",
        "0.0.0.0",
        "255.255.255.255",
    ];
    const SERVICES: &[&CStr] = &[
        c"",
        c"0",
        c"80",
        c"65535",
        c"65536",
        c"70000",
        c"999999999",
        c"2147483648",
        c"+1",
        c" 1",
        c"-1",
        c"1x",
        c"0x1",
        c"00080",
    ];

    /// What the C library is asked without a name server: numbers only.
    fn same(node: Option<&CStr>, service: Option<&CStr>, hints: Hints) -> bool {
        let Some(ours) = answer(node, service, hints) else { return false };
        let theirs = asked(&Uninterrupted, node, service, hints);
        assert_eq!(Ok(ours), theirs, "{node:?} {service:?} {hints:?}");
        true
    }

    #[test]
    fn the_c_library_gives_the_same() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut answered = 0;
        for _ in 0..20_000 {
            let node = std::ffi::CString::new(random.host()).unwrap();
            let node = (random.below(8) > 0).then_some(&*node);
            let service = (random.below(4) > 0).then(|| random.pick(SERVICES));
            let hints = Hints {
                family: random.pick(&[0, 0, libc::AF_INET, libc::AF_INET6, libc::AF_UNIX, 99]),
                kind: random.pick(&[0, libc::SOCK_STREAM, libc::SOCK_DGRAM, libc::SOCK_RAW, 5, 77]),
                protocol: random.pick(&[0, 0, libc::IPPROTO_TCP, libc::IPPROTO_UDP, 1, 132, 255]),
                flags: random.pick(&[0, libc::AI_PASSIVE, libc::AI_CANONNAME, libc::AI_NUMERICSERV, 1 << 30])
                    | random.pick(&[0, libc::AI_NUMERICHOST]),
            };
            answered += usize::from(same(node, service, hints));
        }
        assert!(answered > 1000, "{answered}");
    }

    #[test]
    fn common_questions_are_answered_here() {
        let stream = Hints { kind: libc::SOCK_STREAM, ..Hints::default() };
        for (node, service, hints) in [
            (Some(c"127.0.0.1"), Some(c"80"), Hints::default()),
            (Some(c"::1"), Some(c"443"), stream),
            (Some(c"192.168.1.255"), None, stream),
            (None, Some(c"0"), Hints { family: libc::AF_INET, flags: libc::AI_PASSIVE, ..stream }),
            (None, Some(c"0"), Hints { family: libc::AF_INET6, ..stream }),
        ] {
            assert!(same(node, service, hints), "{node:?} {service:?} {hints:?}");
        }
    }
}
