//! The families that only macOS has.

use super::layout::{Reader, Writer};
use super::{Address, RawAddress};

/// `struct sockaddr_ctl` of `<sys/kern_control.h>`.
pub(super) fn control(id: u32, unit: u32) -> RawAddress {
    const AF_SYS_CONTROL: u16 = 2;
    Writer::new(libc::AF_SYSTEM).u16(AF_SYS_CONTROL).u32(id).u32(unit).padded(&[], 20).finish()
}

pub(super) fn read_control(raw: &RawAddress) -> Address {
    let mut fields = Reader::new(raw);
    fields.u16();
    Address::Control { id: fields.u32(), unit: fields.u32() }
}
