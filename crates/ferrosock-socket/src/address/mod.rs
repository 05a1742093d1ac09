//! Socket addresses of every family.
//!
//! [`RawAddress`] is what system calls take and give. [`Address`] is what it means: [`Address::to_raw`] and
//! [`Address::from_raw`] turn one into the other. Every field of a raw address is checked against its length before it
//! is read, so an address from anywhere can be read, however short or strange.

mod inet;
mod layout;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod raw;
#[cfg(test)]
mod tests;
mod unix;

use std::fmt;
use std::net::{AddrParseError, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

use crate::error::Result;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::{
    Algorithm, BT_CHANNEL_RAW, BTPROTO_HCI, BTPROTO_L2CAP, BTPROTO_RFCOMM, BTPROTO_SCO, BadBluetoothAddress,
    Bluetooth, BluetoothAddress, CanTarget, HARDWARE_ADDRESS_MAX, Packet, Tipc, TipcName,
};
#[cfg(target_os = "macos")]
pub use macos::{CONTROL_NAME_MAX, control_id};
pub use raw::{CAPACITY, RawAddress};
pub use unix::UnixName;

/// A socket address.
///
/// ```
/// use ferrosock_socket::address::Address;
/// let address: Address = "127.0.0.1:80".parse()?;
/// assert_eq!(Address::from_raw(&address.to_raw()?, 0), Some(address));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// IPv4 (`AF_INET`), which RDS sockets use too.
    Inet {
        /// The host.
        ip: Ipv4Addr,
        /// The port.
        port: u16,
    },
    /// IPv6 (`AF_INET6`).
    Inet6 {
        /// The host.
        ip: Ipv6Addr,
        /// The port.
        port: u16,
        /// Traffic class and flow label, in the machine's byte order.
        flowinfo: u32,
        /// The interface that a link-local address belongs to, by its index.
        scope_id: u32,
    },
    /// A socket in the file system, or in Linux' abstract namespace (`AF_UNIX`).
    Unix(UnixName),
    /// Linux' kernel and its processes (`AF_NETLINK`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Netlink {
        /// The port, often the process; 0 for the kernel.
        port_id: u32,
        /// The multicast groups, one a bit.
        groups: u32,
    },
    /// A network device below IP (`AF_PACKET`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Packet(Packet),
    /// A virtual machine and its host (`AF_VSOCK`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Vsock {
        /// The context, that is the machine.
        cid: u32,
        /// The port.
        port: u32,
    },
    /// A controller area network (`AF_CAN`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Can {
        /// The interface by its index, 0 for all of them.
        interface: i32,
        /// What the socket's protocol adds to it.
        target: CanTarget,
    },
    /// Bluetooth (`AF_BLUETOOTH`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Bluetooth(Bluetooth),
    /// The kernel's cryptography (`AF_ALG`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Algorithm(Algorithm),
    /// Transparent inter-process communication in a cluster (`AF_TIPC`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Tipc(Tipc),
    /// Qualcomm's coprocessors (`AF_QIPCRTR`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Qipcrtr {
        /// The processor.
        node: u32,
        /// The port.
        port: u32,
    },
    /// A control of macOS' kernel (`AF_SYSTEM`, `SYSPROTO_CONTROL`).
    #[cfg(target_os = "macos")]
    Control {
        /// The control.
        id: u32,
        /// The unit of it.
        unit: u32,
    },
    /// A family that has no form here.
    Other {
        /// The family (`AF_*`).
        family: i32,
        /// The bytes after the family.
        data: Vec<u8>,
    },
}

impl Address {
    /// The address in the operating system's form.
    ///
    /// # Errors
    /// [`Error::PathTooLong`](crate::Error::PathTooLong) for a Unix name that the system has no room for, and `EINVAL`
    /// for other names that it has no room for.
    pub fn to_raw(&self) -> Result<RawAddress> {
        Ok(match self {
            Self::Inet { ip, port } => inet::v4(*ip, *port),
            Self::Inet6 { ip, port, flowinfo, scope_id } => inet::v6(*ip, *port, *flowinfo, *scope_id),
            Self::Unix(name) => return name.to_raw(),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            other => return linux::to_raw(other),
            #[cfg(target_os = "macos")]
            Self::Control { id, unit } => macos::control(*id, *unit),
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            Self::Other { family, data } => layout::Writer::new(*family).bytes(data).finish(),
        })
    }

    /// What an address from the operating system means to a socket of `protocol`, or `None` if there is no address at
    /// all, as from a connected stream that was asked who had sent.
    pub fn from_raw(raw: &RawAddress, protocol: i32) -> Option<Self> {
        if raw.is_empty() {
            return None;
        }
        let _ = protocol; // not every system has families that depend on it
        let special = match raw.family() {
            libc::AF_INET => Some(inet::read_v4(raw)),
            libc::AF_INET6 => Some(inet::read_v6(raw)),
            libc::AF_UNIX => Some(Self::Unix(UnixName::from_raw(raw))),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            _ => linux::from_raw(raw, protocol),
            #[cfg(target_os = "macos")]
            libc::AF_SYSTEM => Some(macos::read_control(raw)),
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            _ => None,
        };
        Some(special.unwrap_or_else(|| Self::Other {
            family: raw.family(),
            data: layout::Reader::new(raw).rest().to_vec(),
        }))
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(address) => address.into(),
            SocketAddr::V6(address) => address.into(),
        }
    }
}

impl From<SocketAddrV4> for Address {
    fn from(address: SocketAddrV4) -> Self {
        Self::Inet { ip: *address.ip(), port: address.port() }
    }
}

impl From<SocketAddrV6> for Address {
    fn from(address: SocketAddrV6) -> Self {
        Self::Inet6 {
            ip: *address.ip(),
            port: address.port(),
            flowinfo: u32::from_be(address.flowinfo()), // the standard library keeps the network's byte order
            scope_id: address.scope_id(),
        }
    }
}

impl FromStr for Address {
    type Err = AddrParseError;

    /// Reads `host:port` with a numeric host, IPv6 in brackets.
    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        text.parse::<SocketAddr>().map(Self::from)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet { ip, port } => write!(f, "{ip}:{port}"),
            Self::Inet6 { ip, port, scope_id: 0, .. } => write!(f, "[{ip}]:{port}"),
            Self::Inet6 { ip, port, scope_id, .. } => write!(f, "[{ip}%{scope_id}]:{port}"),
            Self::Unix(name) => name.fmt(f),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Netlink { port_id, groups } => write!(f, "netlink {port_id} (groups {groups:#x})"),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Vsock { cid, port } => write!(f, "vsock {cid}:{port}"),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Qipcrtr { node, port } => write!(f, "qipcrtr {node}:{port}"),
            Self::Other { family, data } => write!(f, "family {family}, {} bytes", data.len()),
            #[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
            other => write!(f, "{other:?}"),
        }
    }
}
