use std::net::IpAddr;

use super::*;
use crate::address::Address;
use crate::{Error, Uninterrupted};

#[test]
fn numeric_hosts_need_no_network() {
    let hints = Hints { kind: libc::SOCK_STREAM, flags: libc::AI_NUMERICHOST, ..Hints::default() };
    let found = address_info(&Uninterrupted, Some(c"::1"), Some(c"443"), hints).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].family, libc::AF_INET6);
    assert_eq!(Address::from_raw(&found[0].address, 0), Some("[::1]:443".parse().unwrap()));
    let refused = address_info(&Uninterrupted, Some(c"not a number"), None, hints);
    assert_eq!(refused, Err(Error::AddressInfo(libc::EAI_NONAME)));
}

#[test]
fn names_of_addresses_in_numbers() {
    let address = "127.0.0.1:8080".parse::<Address>().unwrap().to_raw().unwrap();
    let flags = libc::NI_NUMERICHOST | libc::NI_NUMERICSERV;
    let names = name_info(&Uninterrupted, &address, flags).unwrap();
    assert_eq!(names, NameInfo { node: b"127.0.0.1".to_vec(), service: b"8080".to_vec() });
    assert!(name_info(&Uninterrupted, &crate::RawAddress::empty(), flags).is_err());
}

#[test]
fn the_old_interface_reads_numbers() {
    let found = host_by_name(&Uninterrupted, c"127.0.0.1").unwrap();
    assert_eq!(found.name, b"127.0.0.1");
    assert_eq!(found.addresses, ["127.0.0.1".parse::<IpAddr>().unwrap()]);
    assert!(matches!(host_by_name(&Uninterrupted, c""), Err(Error::HostEntry(_))));
}

#[test]
fn interfaces_have_names_and_indexes() {
    for Interface { index, name } in interfaces().unwrap() {
        assert_eq!(interface_name(index), Ok(name.clone()));
        assert_eq!(interface_index(&std::ffi::CString::new(name).unwrap()), Ok(index));
    }
    assert!(interface_name(u32::MAX).is_err());
    assert!(interface_index(c"no such interface").is_err());
}

#[test]
fn addresses_as_text() {
    for (text, v6) in [("127.0.0.1", false), ("::1", true), ("::1.2.3.4", true), ("::ffff:1.2.3.4", true)] {
        let family = if v6 { libc::AF_INET6 } else { libc::AF_INET };
        let c_text = std::ffi::CString::new(text).unwrap();
        assert_eq!(ip_to_text(ip_from_text(family, &c_text).unwrap()), text);
    }
    assert_eq!(ip_from_text(libc::AF_INET, c"127.1"), None);
    assert_eq!(ipv4_from_text(c"127.1"), Some(std::net::Ipv4Addr::LOCALHOST));
    assert_eq!(ipv4_from_text(c"1.2.3.256"), None);
}

#[test]
fn unknown_services_are_none() {
    assert_eq!(service_by_name(c"no such service", None), None);
    assert_eq!(protocol_by_name(c"no such protocol"), None);
    if let Some(port) = service_by_name(c"domain", Some(c"udp")) {
        assert_eq!(service_by_port(port, Some(c"udp")).as_deref(), Some(&b"domain"[..]));
    }
}

#[test]
fn codes_have_messages() {
    assert!(!address_info_message(libc::EAI_NONAME).is_empty());
    assert!(!address_info_message(12345).is_empty());
    assert!(!host_entry_message(1).is_empty());
    assert!(!host_name().unwrap().is_empty());
}
