use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr}; // addresses only: nothing here opens a socket

/// A host: what is asked for, and what a proxy says that it connected from.
///
/// ```
/// use ferrosock_proto::socks::Target;
///
/// assert_eq!(Target::from_host("127.0.0.1"), Target::V4([127, 0, 0, 1].into()));
/// assert_eq!(Target::from_host("example.org"), Target::Name("example.org".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// An address of IP version 4.
    V4(Ipv4Addr),
    /// An address of IP version 6.
    V6(Ipv6Addr),
    /// A name, which the proxy is to look up.
    Name(String),
}

impl Target {
    /// A host as URLs have it: an address (IPv6 without brackets) or a name.
    pub fn from_host(host: &str) -> Self {
        match host.parse() {
            Ok(IpAddr::V4(address)) => Self::V4(address),
            Ok(IpAddr::V6(address)) => Self::V6(address),
            Err(_) => Self::Name(host.to_owned()),
        }
    }
}

impl From<IpAddr> for Target {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => address.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}
