//! Controller area networks: `struct sockaddr_can` of `<linux/can.h>`.

use crate::address::layout::{Reader, Writer};
use crate::address::{Address, RawAddress};

/// What a protocol on a controller area network adds to the interface.
///
/// ```
/// use ferrosock_socket::address::{Address, CanTarget};
/// let address = Address::Can { interface: 1, target: CanTarget::IsoTp { receive: 0x123, send: 0x321 } };
/// assert_eq!(Address::from_raw(&address.to_raw()?, libc::CAN_ISOTP), Some(address));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CanTarget {
    /// Raw frames and the broadcast manager: nothing.
    Frames,
    /// ISO 15765-2 transport (`CAN_ISOTP`): the identifiers of both directions.
    IsoTp {
        /// What the socket receives.
        receive: u32,
        /// What it sends.
        send: u32,
    },
    /// SAE J1939 (`CAN_J1939`).
    J1939 {
        /// The name of an electronic control unit.
        name: u64,
        /// The parameter group.
        group: u32,
        /// The address that the unit has claimed.
        address: u8,
    },
}

impl CanTarget {
    pub(super) fn to_raw(self, interface: i32) -> RawAddress {
        let address = Writer::new(libc::AF_CAN).u16(0).u32(interface as u32);
        match self {
            Self::Frames => address.padded(&[], 16),
            Self::IsoTp { receive, send } => address.u32(receive).u32(send).padded(&[], 8),
            Self::J1939 { name, group, address: claimed } => {
                address.bytes(&name.to_ne_bytes()).u32(group).padded(&[claimed], 4)
            }
        }
        .finish()
    }

    pub(super) fn read(mut fields: Reader<'_>, protocol: i32) -> Address {
        fields.u16();
        let interface = fields.u32() as i32;
        let target = match protocol {
            libc::CAN_ISOTP => Self::IsoTp { receive: fields.u32(), send: fields.u32() },
            libc::CAN_J1939 => Self::J1939 {
                name: u64::from_ne_bytes(fields.array()),
                group: fields.u32(),
                address: fields.u8(),
            },
            _ => Self::Frames,
        };
        Address::Can { interface, target }
    }
}
