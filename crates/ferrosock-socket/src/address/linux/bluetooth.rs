//! Bluetooth: `struct sockaddr_l2`, `sockaddr_rc`, `sockaddr_hci` and `sockaddr_sco` of the BlueZ headers.

use std::fmt;
use std::str::FromStr;

use crate::address::RawAddress;
use crate::address::layout::{Reader, Writer};

/// The protocol of logical links.
///
/// ```
/// use ferrosock_socket::address::BTPROTO_L2CAP;
/// assert_eq!(BTPROTO_L2CAP, 0); // for Socket::open(libc::AF_BLUETOOTH, libc::SOCK_SEQPACKET, BTPROTO_L2CAP)
/// ```
pub const BTPROTO_L2CAP: i32 = 0;
/// The protocol of the controller's own interface.
///
/// ```
/// use ferrosock_socket::address::BTPROTO_HCI;
/// assert_eq!(BTPROTO_HCI, 1); // with SOCK_RAW
/// ```
pub const BTPROTO_HCI: i32 = 1;
/// The protocol of voice links.
///
/// ```
/// use ferrosock_socket::address::BTPROTO_SCO;
/// assert_eq!(BTPROTO_SCO, 2); // with SOCK_SEQPACKET
/// ```
pub const BTPROTO_SCO: i32 = 2;
/// The protocol of emulated serial lines.
///
/// ```
/// use ferrosock_socket::address::BTPROTO_RFCOMM;
/// assert_eq!(BTPROTO_RFCOMM, 3); // with SOCK_STREAM
/// ```
pub const BTPROTO_RFCOMM: i32 = 3;
/// The channel of [`Bluetooth::Hci`] that programs use.
///
/// ```
/// use ferrosock_socket::address::{Address, BT_CHANNEL_RAW, Bluetooth};
/// let first = Address::Bluetooth(Bluetooth::Hci { device: 0, channel: BT_CHANNEL_RAW });
/// assert!(first.to_raw().is_ok());
/// ```
pub const BT_CHANNEL_RAW: u16 = 0;

/// The address of a Bluetooth device, in the order in which it is written.
///
/// ```
/// use ferrosock_socket::address::BluetoothAddress;
/// let device: BluetoothAddress = "01:23:45:67:89:AB".parse()?;
/// assert_eq!(device.to_string(), "01:23:45:67:89:AB");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BluetoothAddress(pub [u8; 6]);

/// What is no Bluetooth address was read as one.
///
/// ```
/// use ferrosock_socket::address::BluetoothAddress;
/// assert!("nonsense".parse::<BluetoothAddress>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadBluetoothAddress;

impl fmt::Display for BadBluetoothAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bad bluetooth address")
    }
}

impl std::error::Error for BadBluetoothAddress {}

impl FromStr for BluetoothAddress {
    type Err = BadBluetoothAddress;

    /// Reads six hexadecimal numbers between colons, such as `00:1A:7D:DA:71:13`.
    fn from_str(text: &str) -> Result<Self, BadBluetoothAddress> {
        let mut parts = text.split(':').map(|part| {
            let digits = part.bytes().all(|byte| byte.is_ascii_hexdigit());
            if digits {
                u8::from_str_radix(part, 16).map_err(|_| BadBluetoothAddress)
            } else {
                Err(BadBluetoothAddress)
            }
        });
        let mut address = [0; 6];
        for byte in &mut address {
            *byte = parts.next().unwrap_or(Err(BadBluetoothAddress))?;
        }
        if parts.next().is_some() { Err(BadBluetoothAddress) } else { Ok(Self(address)) }
    }
}

impl fmt::Display for BluetoothAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl BluetoothAddress {
    /// The structures hold the last byte first.
    fn reversed(self) -> [u8; 6] {
        let mut bytes = self.0;
        bytes.reverse();
        bytes
    }

    fn read(fields: &mut Reader<'_>) -> Self {
        Self(Self(fields.array()).reversed())
    }
}

/// An address on Bluetooth.
///
/// ```
/// use ferrosock_socket::address::{Address, BTPROTO_RFCOMM, Bluetooth};
/// let address = Address::Bluetooth(Bluetooth::Rfcomm { device: "01:23:45:67:89:AB".parse()?, channel: 3 });
/// assert_eq!(Address::from_raw(&address.to_raw()?, BTPROTO_RFCOMM), Some(address));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bluetooth {
    /// A logical link ([`BTPROTO_L2CAP`]).
    L2cap {
        /// The device.
        device: BluetoothAddress,
        /// The protocol and service multiplexer.
        psm: u16,
        /// The channel, 0 for one by `psm`.
        cid: u16,
        /// The type of the device's address (`BDADDR_BREDR`, 0, and for low energy 1 or 2).
        address_type: u8,
    },
    /// A serial line ([`BTPROTO_RFCOMM`]).
    Rfcomm {
        /// The device.
        device: BluetoothAddress,
        /// The channel.
        channel: u8,
    },
    /// A controller of this machine ([`BTPROTO_HCI`]).
    Hci {
        /// The controller's number.
        device: u16,
        /// The channel, usually [`BT_CHANNEL_RAW`].
        channel: u16,
    },
    /// A voice link ([`BTPROTO_SCO`]).
    Sco {
        /// The device.
        device: BluetoothAddress,
    },
}

impl Bluetooth {
    pub(super) fn to_raw(self) -> RawAddress {
        let address = Writer::new(libc::AF_BLUETOOTH);
        match self {
            Self::L2cap { device, psm, cid, address_type } => {
                address.u16(psm.to_le()).bytes(&device.reversed()).u16(cid.to_le()).padded(&[address_type], 2)
            }
            Self::Rfcomm { device, channel } => address.bytes(&device.reversed()).padded(&[channel], 2),
            Self::Hci { device, channel } => address.u16(device).u16(channel),
            Self::Sco { device } => address.bytes(&device.reversed()),
        }
        .finish()
    }

    /// An address of a socket of `protocol`, `None` for a protocol that has no addresses here.
    pub(super) fn read(mut fields: Reader<'_>, protocol: i32) -> Option<Self> {
        Some(match protocol {
            BTPROTO_L2CAP => {
                let psm = u16::from_le(fields.u16());
                let device = BluetoothAddress::read(&mut fields);
                Self::L2cap { device, psm, cid: u16::from_le(fields.u16()), address_type: fields.u8() }
            }
            BTPROTO_RFCOMM => {
                let device = BluetoothAddress::read(&mut fields);
                Self::Rfcomm { device, channel: fields.u8() }
            }
            BTPROTO_HCI => Self::Hci { device: fields.u16(), channel: fields.u16() },
            BTPROTO_SCO => Self::Sco { device: BluetoothAddress::read(&mut fields) },
            _ => return None,
        })
    }
}
