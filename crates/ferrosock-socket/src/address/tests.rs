use std::net::{Ipv4Addr, Ipv6Addr};

use super::*;
use crate::error::Error;

fn examples() -> Vec<(Address, i32)> {
    let mut examples = vec![
        (Address::Inet { ip: Ipv4Addr::new(192, 0, 2, 7), port: 8080 }, 0),
        (Address::Inet6 { ip: Ipv6Addr::LOCALHOST, port: 443, flowinfo: 0xf_ffff, scope_id: 3 }, 0),
        (Address::Unix(UnixName::Path(b"/tmp/x".to_vec())), 0),
        (Address::Other { family: 99, data: b"abc".to_vec() }, 0),
    ];
    #[cfg(target_os = "linux")]
    {
        let device = BluetoothAddress([0, 0x1a, 0x7d, 0xda, 0x71, 0x13]);
        let bluetooth = |address, protocol| (Address::Bluetooth(address), protocol);
        let tipc = |scope, name| (Address::Tipc(Tipc { scope, name }), 0);
        examples.extend([
            (Address::Unix(UnixName::Unnamed), 0),
            (Address::Unix(UnixName::Abstract(b"na\0me".to_vec())), 0),
            (Address::Unix(UnixName::Abstract(Vec::new())), 0),
            (Address::Netlink { port_id: u32::MAX, groups: 1 << 31 }, 0),
            (
                Address::Packet(Packet {
                    protocol: 0x0806,
                    interface: 2,
                    hardware_type: 1,
                    packet_type: 4,
                    hardware_address: b"\x02\0\0\0\0\x01".to_vec(),
                }),
                0,
            ),
            (Address::Vsock { cid: u32::MAX, port: 1024 }, 0),
            (Address::Can { interface: 1, target: CanTarget::Frames }, libc::CAN_RAW),
            (
                Address::Can { interface: 1, target: CanTarget::IsoTp { receive: 0x7df, send: u32::MAX } },
                libc::CAN_ISOTP,
            ),
            (
                Address::Can {
                    interface: -1,
                    target: CanTarget::J1939 { name: u64::MAX - 1, group: 0x3_ffff, address: 0xfe },
                },
                libc::CAN_J1939,
            ),
            bluetooth(Bluetooth::L2cap { device, psm: 0x1001, cid: 4, address_type: 1 }, BTPROTO_L2CAP),
            bluetooth(Bluetooth::Rfcomm { device, channel: 30 }, BTPROTO_RFCOMM),
            bluetooth(Bluetooth::Hci { device: 1, channel: BT_CHANNEL_RAW }, BTPROTO_HCI),
            bluetooth(Bluetooth::Sco { device }, BTPROTO_SCO),
            (
                Address::Algorithm(Algorithm {
                    kind: b"skcipher".to_vec(),
                    name: b"cbc(aes)".to_vec(),
                    feature: 1,
                    mask: 2,
                }),
                0,
            ),
            tipc(2, TipcName::Sequence { service: 7, lower: 8, upper: 9 }),
            tipc(-1, TipcName::Instance { service: 7, instance: 8, domain: 9 }),
            tipc(3, TipcName::Socket { node: 7, port: 8 }),
            (Address::Qipcrtr { node: 1, port: u32::MAX }, 0),
        ]);
    }
    examples
}

#[test]
fn every_family_comes_back_as_it_went() {
    for (address, protocol) in examples() {
        let raw = address.to_raw().unwrap();
        assert_eq!(Address::from_raw(&raw, protocol), Some(address));
    }
}

#[test]
fn short_and_strange_addresses_are_read() {
    for (address, _) in examples() {
        let bytes = address.to_raw().unwrap().as_bytes().to_vec();
        for length in 0..=bytes.len() {
            for protocol in -1..10 {
                let raw = RawAddress::from_bytes(&bytes[..length]).unwrap();
                let read = Address::from_raw(&raw, protocol);
                assert_eq!(read.is_none(), length == 0);
                let again = read.map_or(Ok(raw), |address| address.to_raw()).unwrap();
                assert!(again.len() >= 2 || length == 0);
            }
        }
    }
    for family in 0..=60_u16 {
        let mut bytes = [0xff; CAPACITY];
        bytes[..2].copy_from_slice(&family.to_ne_bytes());
        for protocol in -1..10 {
            assert!(Address::from_raw(&RawAddress::from_bytes(&bytes).unwrap(), protocol).is_some());
        }
    }
    assert!(RawAddress::from_bytes(&[0; CAPACITY + 1]).is_none());
}

#[test]
#[cfg(target_os = "linux")]
fn layouts_are_the_systems() {
    let inet = Address::Inet { ip: Ipv4Addr::LOCALHOST, port: 80 }.to_raw().unwrap();
    assert_eq!(inet.as_bytes(), b"\x02\0\0\x50\x7f\0\0\x01\0\0\0\0\0\0\0\0");
    let lengths = [
        (libc::AF_INET6, size_of::<libc::sockaddr_in6>()),
        (libc::AF_NETLINK, size_of::<libc::sockaddr_nl>()),
        (libc::AF_PACKET, size_of::<libc::sockaddr_ll>()),
        (libc::AF_VSOCK, size_of::<libc::sockaddr_vm>()),
        (libc::AF_CAN, size_of::<libc::sockaddr_can>()),
        (libc::AF_ALG, size_of::<libc::sockaddr_alg>()),
    ];
    for (address, _) in examples() {
        let raw = address.to_raw().unwrap();
        if let Some((_, length)) = lengths.iter().find(|(family, _)| *family == raw.family()) {
            assert_eq!(raw.len(), *length, "{address}");
        }
    }
}

#[test]
fn names_of_unix_sockets_have_an_end() {
    let room = size_of::<libc::sockaddr_un>() - 2;
    assert!(UnixName::raw_from_bytes(&vec![b'x'; room - 1]).is_ok());
    assert_eq!(UnixName::raw_from_bytes(&vec![b'x'; room]), Err(Error::PathTooLong));
    assert_eq!(UnixName::from_bytes(b""), UnixName::Unnamed);
    if cfg!(target_os = "linux") {
        let mut name = vec![b'x'; room];
        name[0] = 0;
        assert_eq!(UnixName::raw_from_bytes(&name).unwrap().len(), room + 2);
        name.push(b'x');
        assert_eq!(UnixName::raw_from_bytes(&name), Err(Error::PathTooLong));
    }
    // A path that fills the structure has no NUL at its end.
    let mut bytes = vec![b'y'; room + 2];
    bytes[..2].copy_from_slice(&UnixName::raw_from_bytes(b"y").unwrap().as_bytes()[..2]);
    let full = Address::from_raw(&RawAddress::from_bytes(&bytes).unwrap(), 0);
    assert_eq!(full, Some(Address::Unix(UnixName::Path(vec![b'y'; room]))));
}

#[test]
#[cfg(target_os = "linux")]
fn what_does_not_fit_is_refused() {
    let algorithm = Algorithm { kind: vec![b'k'; 14], ..Algorithm::default() };
    assert_eq!(Address::Algorithm(algorithm).to_raw(), Err(Error::Os(libc::EINVAL)));
    let packet = Packet { hardware_address: vec![0; HARDWARE_ADDRESS_MAX + 1], ..Packet::default() };
    assert_eq!(Address::Packet(packet).to_raw(), Err(Error::Os(libc::EINVAL)));
}

#[test]
#[cfg(target_os = "linux")]
fn bluetooth_addresses_are_text() {
    let text = "00:1A:7D:DA:71:13";
    let address = text.parse::<BluetoothAddress>().unwrap();
    assert_eq!(address.to_string(), text);
    assert_eq!("1:2:3:4:5:6".parse(), Ok(BluetoothAddress([1, 2, 3, 4, 5, 6])));
    for bad in
        ["", "1:2:3:4:5", "1:2:3:4:5:6:7", "1:2:3:4:5:100", "1:2:3:4:5:x", "1:2:3:4:5:", "+1:2:3:4:5:6"]
    {
        assert_eq!(bad.parse::<BluetoothAddress>(), Err(BadBluetoothAddress), "{bad}");
    }
}

#[test]
fn internet_addresses_are_text() {
    for text in ["127.0.0.1:80", "[::1]:443"] {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
    }
    assert!("localhost:80".parse::<Address>().is_err());
    assert_eq!(Address::Unix(UnixName::Abstract(b"x".to_vec())).to_string(), "@x");
}
