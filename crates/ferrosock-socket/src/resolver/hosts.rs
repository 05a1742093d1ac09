//! `gethostbyname` and `gethostbyaddr`: the resolver's old interface, for IPv4 names and for addresses.

use std::ffi::{CStr, c_char};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::owned_text;
use crate::error::{Error, Result};
use crate::host::Host;

/// What is known of a host.
///
/// ```
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::resolver::host_by_name;
/// let entry = host_by_name(&Uninterrupted, c"127.0.0.1")?;
/// assert!(entry.aliases.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostEntry {
    /// The primary name.
    pub name: Vec<u8>,
    /// Other names of the same host.
    pub aliases: Vec<Vec<u8>>,
    /// The addresses, all of one family.
    pub addresses: Vec<IpAddr>,
}

/// Finds a host's IPv4 addresses and names by one of its names.
///
/// # Errors
/// [`Error::HostEntry`] with a code `h_errno`.
///
/// ```
/// use ferrosock_socket::Uninterrupted;
/// use ferrosock_socket::resolver::host_by_name;
/// let entry = host_by_name(&Uninterrupted, c"127.0.0.1")?;
/// assert_eq!(entry.addresses.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn host_by_name(host: &impl Host, name: &CStr) -> Result<HostEntry> {
    host.blocking(|| os::by_name(name))
}

/// Finds a host's names by its address.
///
/// # Errors
/// As for [`host_by_name`].
///
/// ```
/// use ferrosock_socket::resolver::host_by_address;
/// use ferrosock_socket::{Error, Uninterrupted};
/// match host_by_address(&Uninterrupted, [127, 0, 0, 1].into()) {
///     Ok(entry) => assert!(!entry.name.is_empty()),
///     Err(error) => assert!(matches!(error, Error::HostEntry(_))), // a machine without a name for it
/// }
/// ```
pub fn host_by_address(host: &impl Host, address: IpAddr) -> Result<HostEntry> {
    host.blocking(|| match address {
        IpAddr::V4(address) => os::by_address(&address.octets(), libc::AF_INET),
        IpAddr::V6(address) => os::by_address(&address.octets(), libc::AF_INET6),
    })
}

/// Copies an entry out of the C library's memory.
///
/// # Safety
/// `entry` points at an entry that the C library has filled and does not change meanwhile.
unsafe fn copied(entry: *const libc::hostent) -> HostEntry {
    // SAFETY: the entry is valid (promised); its name is NUL-terminated, and its two lists end with a null.
    unsafe {
        let entry = &*entry;
        let length = entry.h_length as usize;
        let ip = |bytes: *mut c_char| {
            let bytes = bytes.cast::<u8>();
            match (entry.h_addrtype, length) {
                (libc::AF_INET, 4) => Some(IpAddr::V4(Ipv4Addr::from(bytes.cast::<[u8; 4]>().read()))),
                (libc::AF_INET6, 16) => Some(IpAddr::V6(Ipv6Addr::from(bytes.cast::<[u8; 16]>().read()))),
                _ => None,
            }
        };
        HostEntry {
            name: owned_text(entry.h_name),
            aliases: listed(entry.h_aliases).map(|name| owned_text(name)).collect(),
            addresses: listed(entry.h_addr_list).filter_map(ip).collect(),
        }
    }
}

/// The pointers of a list up to its null.
///
/// # Safety
/// `list` is null, or an array of pointers that ends with a null and lives as long as the iterator is used.
unsafe fn listed(list: *mut *mut c_char) -> impl Iterator<Item = *mut c_char> {
    (0..).map_while(move |index| {
        if list.is_null() {
            return None;
        }
        // SAFETY: promised by the caller; no index past the null is read, since the iteration ends there.
        let item = unsafe { *list.add(index) };
        (!item.is_null()).then_some(item)
    })
}

/// The GNU C library has reentrant functions.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod os {
    use std::ffi::{c_int, c_void};

    use super::*;
    use crate::resolver::with_room;

    unsafe extern "C" {
        fn gethostbyname_r(
            name: *const c_char,
            entry: *mut libc::hostent,
            buffer: *mut c_char,
            length: usize,
            result: *mut *mut libc::hostent,
            code: *mut c_int,
        ) -> c_int;
        fn gethostbyaddr_r(
            address: *const c_void,
            address_length: libc::socklen_t,
            family: c_int,
            entry: *mut libc::hostent,
            buffer: *mut c_char,
            length: usize,
            result: *mut *mut libc::hostent,
            code: *mut c_int,
        ) -> c_int;
    }

    pub(super) fn by_name(name: &CStr) -> Result<HostEntry> {
        // SAFETY: all pointers are to what the function's documentation asks for, with the buffer's true length.
        lookup(|entry, buffer, result, code| unsafe {
            gethostbyname_r(name.as_ptr(), entry, buffer.as_mut_ptr(), buffer.len(), result, code)
        })
    }

    pub(super) fn by_address(address: &[u8], family: i32) -> Result<HostEntry> {
        // SAFETY: as above, and `address` has the length that it says.
        lookup(|entry, buffer, result, code| unsafe {
            let length = address.len() as libc::socklen_t;
            let address = address.as_ptr().cast();
            gethostbyaddr_r(address, length, family, entry, buffer.as_mut_ptr(), buffer.len(), result, code)
        })
    }

    fn lookup(
        call: impl Fn(&mut libc::hostent, &mut [c_char], &mut *mut libc::hostent, &mut c_int) -> c_int,
    ) -> Result<HostEntry> {
        let (_, found) = with_room(|buffer| {
            // SAFETY: zeroes are a valid hostent (integers and null pointers).
            let mut entry: libc::hostent = unsafe { std::mem::zeroed() };
            let mut result = std::ptr::null_mut();
            let mut code = 0;
            let status = call(&mut entry, buffer, &mut result, &mut code);
            let found = if result.is_null() {
                Err(Error::HostEntry(code))
            } else {
                // SAFETY: the function has filled the entry, whose strings lie in `buffer`.
                Ok(unsafe { copied(result) })
            };
            (status, found)
        });
        found
    }
}

/// Elsewhere the answer lies in the C library's static memory, and a lock keeps it until it is copied.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod os {
    use std::ffi::{c_int, c_void};
    use std::sync::{Mutex, PoisonError};

    use super::*;

    unsafe extern "C" {
        fn gethostbyname(name: *const c_char) -> *mut libc::hostent;
        fn gethostbyaddr(
            address: *const c_void,
            length: libc::socklen_t,
            family: c_int,
        ) -> *mut libc::hostent;
        #[cfg(target_os = "macos")]
        static mut h_errno: c_int;
        #[cfg(not(target_os = "macos"))]
        fn __h_errno_location() -> *mut c_int;
    }

    static LOCK: Mutex<()> = Mutex::new(());

    pub(super) fn by_name(name: &CStr) -> Result<HostEntry> {
        // SAFETY: a NUL-terminated name.
        lookup(|| unsafe { gethostbyname(name.as_ptr()) })
    }

    pub(super) fn by_address(address: &[u8], family: i32) -> Result<HostEntry> {
        // SAFETY: `address` has the length that it says.
        lookup(|| unsafe { gethostbyaddr(address.as_ptr().cast(), address.len() as libc::socklen_t, family) })
    }

    fn lookup(call: impl FnOnce() -> *mut libc::hostent) -> Result<HostEntry> {
        let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = call();
        // SAFETY: the entry and the code are read before another of these calls can change them; it is not excluded
        // that foreign code of the process calls the same functions without our lock.
        unsafe {
            if !entry.is_null() {
                return Ok(copied(entry));
            }
            #[cfg(target_os = "macos")]
            let code = (&raw const h_errno).read();
            #[cfg(not(target_os = "macos"))]
            let code = *__h_errno_location();
            Err(Error::HostEntry(code))
        }
    }
}
