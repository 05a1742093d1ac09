//! Names to addresses and back, over the C library's resolver.
//!
//! The C library and not a resolver of our own: it follows the machine's configuration (`/etc/hosts`, `nsswitch.conf`,
//! multicast names and so on) as every other program there does. Calls that may ask the network take a
//! [`Host`](crate::Host). Names are bytes, as the C library has them; encoding is the caller's business.

mod hosts;
mod info;
mod interfaces;
mod machine;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod numeric;
mod services;
mod text;

pub use hosts::{HostEntry, host_by_address, host_by_name};
pub use info::{AddressInfo, Hints, NameInfo, address_info, name_info};
pub use interfaces::{Interface, interface_index, interface_name, interfaces};
pub use machine::{host_name, set_host_name};
pub use services::{protocol_by_name, service_by_name, service_by_port};
pub use text::{IpText, ip_from_text, ip_to_text, ipv4_from_text};

use std::ffi::{CStr, c_char};

/// What a code of getaddrinfo means (`gai_strerror`).
///
/// ```
/// use ferrosock_socket::resolver::address_info_message;
/// assert!(!address_info_message(libc::EAI_NONAME).is_empty());
/// ```
pub fn address_info_message(code: i32) -> String {
    // SAFETY: gai_strerror gives a static NUL-terminated string for any code.
    unsafe { CStr::from_ptr(libc::gai_strerror(code)) }.to_string_lossy().into_owned()
}

/// What a code of gethostbyname means (`hstrerror`).
///
/// ```
/// use ferrosock_socket::resolver::host_entry_message;
/// assert!(!host_entry_message(1).is_empty());
/// ```
pub fn host_entry_message(code: i32) -> String {
    // SAFETY: hstrerror gives a static NUL-terminated string for any code.
    unsafe { CStr::from_ptr(libc::hstrerror(code)) }.to_string_lossy().into_owned()
}

/// The bytes of a C string; none for a null pointer.
///
/// # Safety
/// `text` is null or points at a NUL-terminated string.
unsafe fn owned_text(text: *const c_char) -> Vec<u8> {
    if text.is_null() {
        return Vec::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}

/// Calls a reentrant function of the C library with room for its strings, and with more of it for as long as it says
/// `ERANGE`, to a mebibyte.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn with_room<R>(mut call: impl FnMut(&mut [c_char]) -> (i32, R)) -> (i32, R) {
    const LEAST: usize = 4096;
    const MOST: usize = 1 << 20;
    let mut small = [0; LEAST];
    let mut answer = call(&mut small);
    let mut size = LEAST;
    while answer.0 == libc::ERANGE && size < MOST {
        size *= 4;
        answer = call(&mut vec![0; size]);
    }
    answer
}

#[cfg(test)]
mod tests;
