//! `getaddrinfo` and `getnameinfo` ([RFC 3493](https://www.rfc-editor.org/rfc/rfc3493) section 6).

use std::ffi::CStr;

use super::owned_text;
use crate::address::RawAddress;
use crate::error::{Error, Result};
use crate::host::Host;

/// What the answers must be like; zeroes leave it open.
///
/// ```
/// use ferrosock_socket::resolver::Hints;
/// let tcp_over_ipv6 = Hints { family: libc::AF_INET6, kind: libc::SOCK_STREAM, ..Hints::default() };
/// assert_eq!(tcp_over_ipv6.flags, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The address family (`AF_*`).
    pub family: i32,
    /// The socket type (`SOCK_*`).
    pub kind: i32,
    /// The protocol (`IPPROTO_*`).
    pub protocol: i32,
    /// `AI_*`.
    pub flags: i32,
}

/// One way to reach a host: what to open a socket with, and what to connect it to.
///
/// ```
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::address::Address;
/// use ferrosock_socket::resolver::{Hints, address_info};
/// for info in address_info(&Uninterrupted, Some(c"::1"), None, Hints::default())? {
///     assert!(matches!(Address::from_raw(&info.address, info.protocol), Some(Address::Inet6 { .. })));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressInfo {
    /// The address family (`AF_*`).
    pub family: i32,
    /// The socket type (`SOCK_*`).
    pub kind: i32,
    /// The protocol (`IPPROTO_*`).
    pub protocol: i32,
    /// The host's canonical name if it was asked for (`AI_CANONNAME`), on the first entry only; else empty.
    pub canonical_name: Vec<u8>,
    /// The address.
    pub address: RawAddress,
}

/// Finds the addresses of `node` for `service`, either of which may be missing, in the system's order of preference.
///
/// Numeric addresses are answered without the system's resolver, and then without a call of [`Host::blocking`].
///
/// # Errors
/// [`Error::AddressInfo`] with a code `EAI_*`, or [`Error::Os`] where that says `EAI_SYSTEM`.
///
/// ```
/// use ferrosock_socket::{Uninterrupted, resolver};
/// let hints = resolver::Hints { kind: libc::SOCK_STREAM, ..Default::default() };
/// let found = resolver::address_info(&Uninterrupted, Some(c"127.0.0.1"), Some(c"80"), hints)?;
/// assert_eq!(found[0].family, libc::AF_INET);
/// # Ok::<(), ferrosock_socket::Error>(())
/// ```
pub fn address_info(
    host: &impl Host,
    node: Option<&CStr>,
    service: Option<&CStr>,
    hints: Hints,
) -> Result<Vec<AddressInfo>> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if let Some(answer) = super::numeric::answer(node, service, hints) {
        return Ok(answer);
    }
    asked(host, node, service, hints)
}

/// [`address_info`] by the C library.
pub(super) fn asked(
    host: &impl Host,
    node: Option<&CStr>,
    service: Option<&CStr>,
    hints: Hints,
) -> Result<Vec<AddressInfo>> {
    host.blocking(|| {
        let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: zeroes are a valid addrinfo (integers and null pointers). getaddrinfo reads it and the two strings,
        // and gives a list that is freed below, once.
        unsafe {
            let mut wanted: libc::addrinfo = std::mem::zeroed();
            wanted.ai_family = hints.family;
            wanted.ai_socktype = hints.kind;
            wanted.ai_protocol = hints.protocol;
            wanted.ai_flags = hints.flags;
            let mut first = std::ptr::null_mut();
            check(libc::getaddrinfo(pointer(node), pointer(service), &wanted, &mut first))?;
            let entries = copied(first);
            libc::freeaddrinfo(first);
            Ok(entries)
        }
    })
}

/// The entries of a list of getaddrinfo.
///
/// # Safety
/// `entry` is null or what getaddrinfo gave, not yet freed.
unsafe fn copied(mut entry: *const libc::addrinfo) -> Vec<AddressInfo> {
    let mut entries = Vec::new();
    // SAFETY: each entry is valid up to the null at the list's end; its address has ai_addrlen bytes.
    while let Some(info) = unsafe { entry.as_ref() } {
        let length = if info.ai_addr.is_null() { 0 } else { info.ai_addrlen as usize };
        let bytes = if length == 0 {
            &[]
        } else {
            // SAFETY: as above.
            unsafe { std::slice::from_raw_parts(info.ai_addr.cast::<u8>(), length) }
        };
        entries.push(AddressInfo {
            family: info.ai_family,
            kind: info.ai_socktype,
            protocol: info.ai_protocol,
            // SAFETY: null or NUL-terminated.
            canonical_name: unsafe { owned_text(info.ai_canonname) },
            address: RawAddress::from_bytes(bytes).unwrap_or_else(RawAddress::empty),
        });
        entry = info.ai_next;
    }
    entries
}

/// The names of a host and of a service on it, or the numbers where there are no names.
///
/// ```
/// use ferrosock_socket::resolver::NameInfo;
/// let names = NameInfo { node: b"localhost".to_vec(), service: b"http".to_vec() };
/// assert_eq!(String::from_utf8_lossy(&names.node), "localhost");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameInfo {
    /// The host.
    pub node: Vec<u8>,
    /// The service.
    pub service: Vec<u8>,
}

/// Finds the names that belong to an internet address. `flags` are `NI_*`.
///
/// # Errors
/// As for [`address_info`].
///
/// ```
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::address::Address;
/// use ferrosock_socket::resolver::name_info;
/// let address = "127.0.0.1:80".parse::<Address>()?.to_raw()?;
/// let numbers = name_info(&Uninterrupted, &address, libc::NI_NUMERICHOST | libc::NI_NUMERICSERV)?;
/// assert_eq!((&numbers.node[..], &numbers.service[..]), (&b"127.0.0.1"[..], &b"80"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn name_info(host: &impl Host, address: &RawAddress, flags: i32) -> Result<NameInfo> {
    // NI_MAXHOST and NI_MAXSERV of <netdb.h>, which libc does not name everywhere.
    const NODE_ROOM: usize = 1025;
    const SERVICE_ROOM: usize = 32;
    host.blocking(|| {
        let mut node = [0; NODE_ROOM];
        let mut service = [0; SERVICE_ROOM];
        let (pointer, length) = address.as_ptr();
        // SAFETY: an address of so many bytes, and two buffers with their sizes, which come back NUL-terminated.
        unsafe {
            check(libc::getnameinfo(
                pointer,
                length,
                node.as_mut_ptr(),
                NODE_ROOM as libc::socklen_t,
                service.as_mut_ptr(),
                SERVICE_ROOM as libc::socklen_t,
                flags,
            ))?;
            Ok(NameInfo { node: owned_text(node.as_ptr()), service: owned_text(service.as_ptr()) })
        }
    })
}

fn check(code: i32) -> Result<()> {
    match code {
        0 => Ok(()),
        libc::EAI_SYSTEM => Err(Error::last()),
        code => Err(Error::AddressInfo(code)),
    }
}
