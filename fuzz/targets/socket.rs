//! What must hold of each parser that reads from outside, whatever it is given: no panic, no endless loop, and what it
//! read can be written and read again.
//!
//! Run by cargo-fuzz (`fuzz_targets/`) and by `cargo test` (`driver.rs`, `crates/ferrosock-socket/tests/fuzz.rs`).

use std::ffi::CStr;
use std::net::IpAddr;

use ferrosock_socket::address::{Address, RawAddress};
use ferrosock_socket::resolver::{self, Hints};
use ferrosock_socket::{ControlBuffer, Uninterrupted};

/// An address as the kernel gives it, for a socket of the protocol that the first byte says.
pub(crate) fn address(data: &[u8]) {
    let Some((&protocol, bytes)) = data.split_first() else { return };
    let protocol = i32::from(protocol);
    let Some(raw) = RawAddress::from_bytes(bytes) else { return };
    assert_eq!(raw.as_bytes(), bytes);
    let Some(address) = Address::from_raw(&raw, protocol) else {
        assert!(bytes.is_empty());
        return;
    };
    let _ = (address.to_string(), format!("{address:?}"));
    // Names that fill their structures to the last byte are read but cannot be written.
    if let Ok(again) = address.to_raw() {
        assert_eq!(Address::from_raw(&again, protocol), Some(address));
    }
}

/// Control messages as the kernel gives them.
pub(crate) fn control(data: &[u8]) {
    let Ok(buffer) = ControlBuffer::from_bytes(data) else { return };
    assert_eq!(buffer.as_bytes(), data);
    let mut messages = buffer.messages();
    let read: Vec<_> = messages.by_ref().collect();
    assert!(messages.next().is_none());
    assert!(read.iter().map(|message| message.data.len()).sum::<usize>() <= data.len());
    let Ok(written) = ControlBuffer::of(&read) else { return };
    let mut again = written.messages();
    assert_eq!(again.by_ref().collect::<Vec<_>>(), read);
    assert!(!again.is_malformed());
}

/// A host and a service in numbers, with a NUL between: nobody is asked for them, and the C library reads the same host.
pub(crate) fn host(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let text = |part: Option<&[u8]>| [part.unwrap_or_default(), b"\0"].concat();
    let (node, service) = (text(parts.next()), text(parts.next()));
    let Ok(node) = CStr::from_bytes_with_nul(&node) else { return };
    let Ok(service) = CStr::from_bytes_until_nul(&service) else { return };
    let hints = Hints { kind: libc::SOCK_STREAM, flags: NUMERIC, ..Hints::default() };
    let found = resolver::address_info(&Uninterrupted, Some(node), Some(service), hints);
    let read =
        found.map(|entries| entries.iter().map(|e| Address::from_raw(&e.address, 0)).collect::<Vec<_>>());
    let standard =
        [libc::AF_INET, libc::AF_INET6].into_iter().find_map(|family| resolver::ip_from_text(family, node));
    match read.as_deref() {
        Ok([Some(Address::Inet { ip, .. })]) => assert_eq!(resolver::ipv4_from_text(node), Some(*ip)),
        // A scope ("%lo") is more than the standard form has.
        Ok([Some(Address::Inet6 { ip, .. })]) => {
            assert!(standard.is_none_or(|known| known == IpAddr::V6(*ip)));
        }
        Ok(_) if node == c"*" => {} // the C library's own word for no host
        Ok(other) => unreachable!("one host, not {other:?}"),
        Err(_) => assert!(standard.is_none() || !is_port(service)),
    }
}

/// An address as people write it.
pub(crate) fn text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(address) = text.parse::<Address>() {
        let raw = address.to_raw().expect("an internet address fits");
        assert_eq!(Address::from_raw(&raw, 0), Some(address));
    }
    #[cfg(target_os = "linux")]
    if let Ok(device) = text.parse::<ferrosock_socket::address::BluetoothAddress>() {
        assert_eq!(device.to_string().parse(), Ok(device));
    }
}

const NUMERIC: i32 = libc::AI_NUMERICHOST | libc::AI_NUMERICSERV;

fn is_port(service: &CStr) -> bool {
    let digits = service.to_bytes();
    (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}
