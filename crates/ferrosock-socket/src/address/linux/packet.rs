//! Network devices: `struct sockaddr_ll` of `<linux/if_packet.h>` ([packet(7)](https://man7.org/linux/man-pages/man7/packet.7.html)).

use crate::address::RawAddress;
use crate::address::layout::{HEADER, Reader, Writer};
use crate::error::{Error, Result};

/// The longest hardware address that Linux knows, in bytes (`MAX_ADDR_LEN`, InfiniBand's is 20).
///
/// ```
/// use ferrosock_socket::address::HARDWARE_ADDRESS_MAX;
/// assert!(HARDWARE_ADDRESS_MAX >= 20); // InfiniBand's
/// ```
pub const HARDWARE_ADDRESS_MAX: usize = 32;

/// The part of the structure before the hardware address, in bytes, and the room that it always has for that.
const FIXED: usize = 12;
const USUAL: usize = 8;

/// An address below IP: a device and a protocol on it.
///
/// ```
/// use ferrosock_socket::address::{Address, Packet};
/// let address = Address::Packet(Packet { protocol: 3, interface: 1, hardware_address: vec![1, 2, 3, 4, 5, 6], ..Packet::default() });
/// assert_eq!(Address::from_raw(&address.to_raw()?, 0), Some(address));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Packet {
    /// The protocol of the link (`ETH_P_*`), in the machine's byte order.
    pub protocol: u16,
    /// The device by its index, 0 for all of them.
    pub interface: i32,
    /// The kind of device (`ARPHRD_*`); only read.
    pub hardware_type: u16,
    /// To whom a received packet went (`PACKET_HOST` and so on); only read.
    pub packet_type: u8,
    /// The hardware address.
    pub hardware_address: Vec<u8>,
}

impl Packet {
    pub(super) fn to_raw(&self) -> Result<RawAddress> {
        if self.hardware_address.len() > HARDWARE_ADDRESS_MAX {
            return Err(Error::Os(libc::EINVAL));
        }
        Ok(Writer::new(libc::AF_PACKET)
            .u16(self.protocol.to_be())
            .u32(self.interface as u32)
            .u16(self.hardware_type)
            .u8(self.packet_type)
            .u8(self.hardware_address.len() as u8)
            .padded(&self.hardware_address, self.hardware_address.len().max(USUAL))
            .finish())
    }

    pub(super) fn from_raw(raw: &RawAddress) -> Self {
        const { assert!(FIXED == HEADER + 2 + 4 + 2 + 1 + 1) };
        let mut fields = Reader::new(raw);
        let protocol = u16::from_be(fields.u16());
        let interface = fields.u32() as i32;
        let hardware_type = fields.u16();
        let packet_type = fields.u8();
        let length = usize::from(fields.u8());
        let address = fields.rest();
        let hardware_address = address[..length.min(address.len())].to_vec();
        Self { protocol, interface, hardware_type, packet_type, hardware_address }
    }
}
