//! Network interfaces: their names and indexes ([RFC 3493](https://www.rfc-editor.org/rfc/rfc3493) section 4).

use std::ffi::CStr;

use super::owned_text;
use crate::error::{Error, Result};

/// A network interface of this machine.
///
/// ```
/// use ferrosock_socket::resolver::interfaces;
/// for interface in interfaces()? {
///     assert!(interface.index > 0);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The index, at least 1.
    pub index: u32,
    /// The name.
    pub name: Vec<u8>,
}

/// All network interfaces.
///
/// # Errors
/// What the system says when it cannot list them.
///
/// ```
/// use ferrosock_socket::resolver::{interface_index, interface_name, interfaces};
/// for interface in interfaces()? {
///     assert_eq!(interface_name(interface.index)?, interface.name);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn interfaces() -> Result<Vec<Interface>> {
    // SAFETY: the list ends with an entry of index 0 and no name, and is freed once, after its names are copied.
    unsafe {
        let list = libc::if_nameindex();
        if list.is_null() {
            return Err(Error::last());
        }
        let mut found = Vec::new();
        let mut entry = list;
        while (*entry).if_index != 0 && !(*entry).if_name.is_null() {
            found.push(Interface { index: (*entry).if_index, name: owned_text((*entry).if_name) });
            entry = entry.add(1);
        }
        libc::if_freenameindex(list);
        Ok(found)
    }
}

/// The index of the interface of that name.
///
/// # Errors
/// `ENODEV` (or another error of the system) if there is none.
///
/// ```
/// use ferrosock_socket::resolver::{interface_index, interfaces};
/// for interface in interfaces()? {
///     let name = std::ffi::CString::new(interface.name)?;
///     assert_eq!(interface_index(&name)?, interface.index);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn interface_index(name: &CStr) -> Result<u32> {
    // SAFETY: a NUL-terminated name.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(Error::last()),
        index => Ok(index),
    }
}

/// The name of the interface of that index.
///
/// # Errors
/// `ENXIO` if there is none.
///
/// ```
/// use ferrosock_socket::resolver::interface_name;
/// assert!(interface_name(0).is_err()); // they are counted from 1
/// ```
pub fn interface_name(index: u32) -> Result<Vec<u8>> {
    let mut name = [0; libc::IF_NAMESIZE];
    // SAFETY: room for the longest name, which comes back NUL-terminated.
    unsafe {
        if libc::if_indextoname(index, name.as_mut_ptr()).is_null() {
            return Err(Error::last());
        }
        Ok(owned_text(name.as_ptr()))
    }
}
