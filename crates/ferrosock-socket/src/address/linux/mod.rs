//! The families that only Linux has, in the layouts of its `<linux/*.h>` headers.

mod alg;
mod bluetooth;
mod can;
mod packet;
mod tipc;

pub use alg::Algorithm;
pub use bluetooth::{
    BT_CHANNEL_RAW, BTPROTO_HCI, BTPROTO_L2CAP, BTPROTO_RFCOMM, BTPROTO_SCO, BadBluetoothAddress, Bluetooth,
    BluetoothAddress,
};
pub use can::CanTarget;
pub use packet::{HARDWARE_ADDRESS_MAX, Packet};
pub use tipc::{Tipc, TipcName};

use super::layout::{Reader, Writer};
use super::{Address, RawAddress, inet};
use crate::error::Result;

/// `AF_QIPCRTR`, which libc does not name on every Linux.
const AF_QIPCRTR: i32 = 42;

pub(super) fn to_raw(address: &Address) -> Result<RawAddress> {
    Ok(match address {
        Address::Inet { ip, port } => inet::v4(*ip, *port),
        Address::Inet6 { ip, port, flowinfo, scope_id } => inet::v6(*ip, *port, *flowinfo, *scope_id),
        Address::Unix(name) => return name.to_raw(),
        Address::Netlink { port_id, groups } => {
            Writer::new(libc::AF_NETLINK).u16(0).u32(*port_id).u32(*groups).finish()
        }
        Address::Packet(packet) => return packet.to_raw(),
        // Two reserved bytes, the port, the context, then a byte of flags and three of zeroes.
        Address::Vsock { cid, port } => {
            Writer::new(libc::AF_VSOCK).u16(0).u32(*port).u32(*cid).u32(0).finish()
        }
        Address::Can { interface, target } => target.to_raw(*interface),
        Address::Bluetooth(bluetooth) => bluetooth.to_raw(),
        Address::Algorithm(algorithm) => return algorithm.to_raw(),
        Address::Tipc(tipc) => tipc.to_raw(),
        Address::Qipcrtr { node, port } => Writer::new(AF_QIPCRTR).u16(0).u32(*node).u32(*port).finish(),
        Address::Other { family, data } => Writer::new(*family).bytes(data).finish(),
    })
}

/// The families above, or `None` for another one and for an address that says nothing.
pub(super) fn from_raw(raw: &RawAddress, protocol: i32) -> Option<Address> {
    let mut fields = Reader::new(raw);
    Some(match raw.family() {
        libc::AF_NETLINK => {
            fields.u16();
            Address::Netlink { port_id: fields.u32(), groups: fields.u32() }
        }
        libc::AF_PACKET => Address::Packet(Packet::from_raw(raw)),
        libc::AF_VSOCK => {
            fields.u16();
            let port = fields.u32();
            Address::Vsock { cid: fields.u32(), port }
        }
        libc::AF_CAN => CanTarget::read(fields, protocol),
        libc::AF_BLUETOOTH => Address::Bluetooth(Bluetooth::read(fields, protocol)?),
        libc::AF_ALG => Address::Algorithm(Algorithm::read(fields)),
        libc::AF_TIPC => Address::Tipc(Tipc::read(fields)?),
        AF_QIPCRTR => {
            fields.u16();
            Address::Qipcrtr { node: fields.u32(), port: fields.u32() }
        }
        _ => return None,
    })
}
