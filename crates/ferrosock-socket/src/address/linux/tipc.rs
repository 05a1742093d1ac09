//! Transparent inter-process communication: `struct sockaddr_tipc` of `<linux/tipc.h>`.

use crate::address::RawAddress;
use crate::address::layout::{Reader, Writer};

const NAME_SEQUENCE: u8 = 1;
const NAME: u8 = 2;
const ID: u8 = 3;

/// An address in a cluster.
///
/// ```
/// use ferrosock_socket::address::{Address, Tipc, TipcName};
/// let address = Address::Tipc(Tipc { scope: 1, name: TipcName::Sequence { service: 5000, lower: 0, upper: 9 } });
/// assert_eq!(Address::from_raw(&address.to_raw()?, 0), Some(address));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tipc {
    /// How far the address is seen (`TIPC_ZONE_SCOPE` and so on).
    pub scope: i8,
    /// Who is meant.
    pub name: TipcName,
}

/// Whom a [`Tipc`] address means.
///
/// ```
/// use ferrosock_socket::address::TipcName;
/// let one = TipcName::Instance { service: 5000, instance: 1, domain: 0 };
/// assert_ne!(one, TipcName::Socket { node: 5000, port: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TipcName {
    /// All instances of a service from `lower` to `upper` (`TIPC_ADDR_NAMESEQ`).
    Sequence {
        /// The service.
        service: u32,
        /// The first instance.
        lower: u32,
        /// The last instance.
        upper: u32,
    },
    /// One instance of a service (`TIPC_ADDR_NAME`).
    Instance {
        /// The service.
        service: u32,
        /// The instance.
        instance: u32,
        /// Where to look for it, 0 for everywhere.
        domain: u32,
    },
    /// One socket (`TIPC_ADDR_ID`).
    Socket {
        /// The node that it is on.
        node: u32,
        /// Its port there.
        port: u32,
    },
}

impl Tipc {
    pub(super) fn to_raw(self) -> RawAddress {
        let (kind, fields) = match self.name {
            TipcName::Sequence { service, lower, upper } => (NAME_SEQUENCE, [service, lower, upper]),
            TipcName::Instance { service, instance, domain } => (NAME, [service, instance, domain]),
            TipcName::Socket { node, port } => (ID, [port, node, 0]),
        };
        let head = Writer::new(libc::AF_TIPC).u8(kind).u8(self.scope as u8);
        fields.into_iter().fold(head, Writer::u32).finish()
    }

    pub(super) fn read(mut fields: Reader<'_>) -> Option<Self> {
        let kind = fields.u8();
        let scope = fields.u8() as i8;
        let [first, second, third] = [fields.u32(), fields.u32(), fields.u32()];
        let name = match kind {
            NAME_SEQUENCE => TipcName::Sequence { service: first, lower: second, upper: third },
            NAME => TipcName::Instance { service: first, instance: second, domain: third },
            ID => TipcName::Socket { node: second, port: first },
            _ => return None,
        };
        Some(Self { scope, name })
    }
}
