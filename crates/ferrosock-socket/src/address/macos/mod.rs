//! The families that only macOS has.

use std::os::fd::AsRawFd;

use super::layout::{Reader, Writer};
use super::{Address, RawAddress};
use crate::error::{Error, Result};
use crate::socket::Socket;

/// The longest name of a control, in bytes.
///
/// ```
/// use ferrosock_socket::address::CONTROL_NAME_MAX;
/// assert!("com.apple.net.utun_control".len() <= CONTROL_NAME_MAX);
/// ```
pub const CONTROL_NAME_MAX: usize = libc::MAX_KCTL_NAME;

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

/// The number of the kernel's control of that name (`CTLIOCGINFO`).
///
/// # Errors
/// `ENOENT` if there is none; `ENAMETOOLONG` for more than [`CONTROL_NAME_MAX`] bytes.
///
/// ```
/// use ferrosock_socket::address::control_id;
/// assert!(control_id(b"com.apple.net.utun_control")? > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn control_id(name: &[u8]) -> Result<u32> {
    let socket = Socket::open_descriptor(libc::AF_SYSTEM, libc::SOCK_DGRAM, libc::SYSPROTO_CONTROL)?;
    let mut info = libc::ctl_info { ctl_id: 0, ctl_name: [0; libc::MAX_KCTL_NAME] };
    let room = info.ctl_name.get_mut(..name.len()).ok_or(Error::Os(libc::ENAMETOOLONG))?;
    for (place, byte) in room.iter_mut().zip(name) {
        *place = *byte as libc::c_char;
    }
    // SAFETY: CTLIOCGINFO reads and fills a ctl_info.
    if unsafe { libc::ioctl(socket.as_raw_fd(), libc::CTLIOCGINFO, &raw mut info) } != 0 {
        return Err(Error::last());
    }
    Ok(info.ctl_id)
}
