//! IPv4 and IPv6: `struct sockaddr_in` and `struct sockaddr_in6`
//! ([RFC 3493](https://www.rfc-editor.org/rfc/rfc3493) section 3).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::layout::{Reader, Writer};
use super::{Address, RawAddress};

pub(super) fn v4(ip: Ipv4Addr, port: u16) -> RawAddress {
    Writer::new(libc::AF_INET).u16(port.to_be()).padded(&ip.octets(), 12).finish()
}

pub(super) fn v6(ip: Ipv6Addr, port: u16, flowinfo: u32, scope_id: u32) -> RawAddress {
    Writer::new(libc::AF_INET6)
        .u16(port.to_be())
        .u32(flowinfo.to_be())
        .bytes(&ip.octets())
        .u32(scope_id)
        .finish()
}

pub(super) fn read_v4(raw: &RawAddress) -> Address {
    let mut fields = Reader::new(raw);
    let port = u16::from_be(fields.u16());
    Address::Inet { port, ip: Ipv4Addr::from(fields.array::<4>()) }
}

pub(super) fn read_v6(raw: &RawAddress) -> Address {
    let mut fields = Reader::new(raw);
    let port = u16::from_be(fields.u16());
    let flowinfo = u32::from_be(fields.u32());
    let ip = Ipv6Addr::from(fields.array::<16>());
    Address::Inet6 { port, flowinfo, ip, scope_id: fields.u32() }
}
