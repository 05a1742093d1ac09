//! IP addresses as text, in the C library's words: what it reads and writes differs in corners from Rust's own.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

unsafe extern "C" {
    fn inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int;
    fn inet_ntop(
        family: c_int,
        address: *const c_void,
        text: *mut c_char,
        room: libc::socklen_t,
    ) -> *const c_char;
    fn inet_aton(text: *const c_char, address: *mut libc::in_addr) -> c_int;
}

/// An IPv4 address in any of the historical forms (`inet_aton`): one to four numbers, decimal, octal or hexadecimal, the
/// last of which fills what is left; what follows white space is ignored by most systems.
pub fn ipv4_from_text(text: &CStr) -> Option<Ipv4Addr> {
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: a NUL-terminated text and a structure to fill.
    let good = unsafe { inet_aton(text.as_ptr(), &mut address) } != 0;
    good.then(|| Ipv4Addr::from(address.s_addr.to_ne_bytes()))
}

/// An address in its standard form (`inet_pton`): of IPv4 if `family` is `AF_INET`, else of IPv6.
pub fn ip_from_text(family: i32, text: &CStr) -> Option<IpAddr> {
    let mut bytes = [0_u8; 16];
    let family = if family == libc::AF_INET { libc::AF_INET } else { libc::AF_INET6 };
    // SAFETY: a NUL-terminated text, and room for an address of either family.
    if unsafe { inet_pton(family, text.as_ptr(), bytes.as_mut_ptr().cast()) } != 1 {
        return None;
    }
    let [a, b, c, d, ..] = bytes;
    Some(if family == libc::AF_INET {
        Ipv4Addr::new(a, b, c, d).into()
    } else {
        Ipv6Addr::from(bytes).into()
    })
}

/// An address in the standard form (`inet_ntop`).
pub fn ip_to_text(address: IpAddr) -> String {
    let v6 = match address {
        IpAddr::V4(address) => return address.to_string(), // one form only
        IpAddr::V6(address) => address,
    };
    const ROOM: usize = 46; // INET6_ADDRSTRLEN
    let mut text = [0; ROOM];
    // SAFETY: sixteen bytes of address, and room for the longest text, which comes back NUL-terminated.
    unsafe {
        let octets = v6.octets();
        let written =
            inet_ntop(libc::AF_INET6, octets.as_ptr().cast(), text.as_mut_ptr(), ROOM as libc::socklen_t);
        if written.is_null() {
            return v6.to_string();
        }
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}
