//! An address in the operating system's own form.

use std::fmt;

use super::Address;

/// How many bytes the largest address takes (`struct sockaddr_storage`).
///
/// ```
/// use ferrosock_socket::RawAddress;
/// use ferrosock_socket::address::CAPACITY;
/// assert!(RawAddress::from_bytes(&[0; CAPACITY]).is_some());
/// assert!(RawAddress::from_bytes(&[0; CAPACITY + 1]).is_none());
/// ```
pub const CAPACITY: usize = size_of::<libc::sockaddr_storage>();

/// An address as system calls take and give it: a `struct sockaddr_*` of some family, and how much of it counts.
///
/// ```
/// use ferrosock_socket::RawAddress;
/// use ferrosock_socket::address::Address;
/// let raw = "127.0.0.1:80".parse::<Address>()?.to_raw()?;
/// assert_eq!(raw.family(), libc::AF_INET);
/// assert_eq!(RawAddress::from_bytes(raw.as_bytes()), Some(raw));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct RawAddress {
    storage: libc::sockaddr_storage,
    length: libc::socklen_t,
}

impl RawAddress {
    /// An address of no bytes, with room for the largest.
    ///
    /// ```
    /// use ferrosock_socket::RawAddress;
    /// assert!(RawAddress::empty().is_empty());
    /// assert_eq!(RawAddress::empty().len(), 0);
    /// ```
    pub const fn empty() -> Self {
        // SAFETY: every bit pattern of a sockaddr_storage (integers and byte arrays) is valid, zeroes among them.
        Self { storage: unsafe { std::mem::zeroed() }, length: 0 }
    }

    /// The bytes of a `struct sockaddr_*`, or `None` if they are more than any address has.
    ///
    /// ```
    /// use ferrosock_socket::RawAddress;
    /// assert!(RawAddress::from_bytes(&[0; 1000]).is_none());
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut address = Self::empty();
        address.room().get_mut(..bytes.len())?.copy_from_slice(bytes);
        address.length = bytes.len() as libc::socklen_t;
        Some(address)
    }

    /// The bytes that count, family first (`sa_len` and family on the BSDs).
    ///
    /// ```
    /// use ferrosock_socket::address::Address;
    /// let raw = "127.0.0.1:80".parse::<Address>()?.to_raw()?;
    /// assert_eq!(raw.as_bytes()[2..8], [0, 80, 127, 0, 0, 1]); // struct sockaddr_in, in the network's byte order
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        let length = self.len();
        // SAFETY: the storage is a plain structure of CAPACITY initialised bytes, and length is at most that.
        unsafe { std::slice::from_raw_parts((&raw const self.storage).cast(), length) }
    }

    /// All the room there is, to be filled from outside.
    fn room(&mut self) -> &mut [u8; CAPACITY] {
        // SAFETY: as in `as_bytes`; any bytes are a valid sockaddr_storage.
        unsafe { &mut *(&raw mut self.storage).cast() }
    }

    /// How many bytes count. The system may say that an address was longer than the room for it; this never does.
    ///
    /// ```
    /// use ferrosock_socket::address::{Address, CAPACITY};
    /// let raw = "127.0.0.1:80".parse::<Address>()?.to_raw()?;
    /// assert!(raw.len() < CAPACITY);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn len(&self) -> usize {
        (self.length as usize).min(CAPACITY)
    }

    /// Whether there is no address at all, as from an unnamed peer on some systems.
    ///
    /// ```
    /// use ferrosock_socket::RawAddress;
    /// assert!(RawAddress::empty().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The address family (`AF_*`), `AF_UNSPEC` for an empty address.
    ///
    /// ```
    /// use ferrosock_socket::address::Address;
    /// assert_eq!("[::1]:80".parse::<Address>()?.to_raw()?.family(), libc::AF_INET6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn family(&self) -> i32 {
        i32::from(self.storage.ss_family)
    }

    /// Whether it is one that only this machine has: loopback, or a Unix socket's.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        match Address::from_raw(self, 0) {
            Some(Address::Inet { ip, .. }) => ip.is_loopback(),
            Some(Address::Inet6 { ip, .. }) => ip.to_canonical().is_loopback(),
            Some(Address::Unix(_)) => true,
            _ => false,
        }
    }

    /// The pointer and length that a system call reads.
    pub(crate) fn as_ptr(&self) -> (*const libc::sockaddr, libc::socklen_t) {
        ((&raw const self.storage).cast(), self.len() as libc::socklen_t)
    }

    /// The pointer and length that a system call fills, the length set to all the room.
    pub(crate) fn as_mut_ptr(&mut self) -> (*mut libc::sockaddr, *mut libc::socklen_t) {
        self.length = CAPACITY as libc::socklen_t;
        ((&raw mut self.storage).cast(), &raw mut self.length)
    }

    /// Sets how many bytes a system call has filled.
    pub(crate) fn set_len(&mut self, length: libc::socklen_t) {
        self.length = length;
    }
}

impl PartialEq for RawAddress {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for RawAddress {}

impl fmt::Debug for RawAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAddress").field("family", &self.family()).field("bytes", &self.as_bytes()).finish()
    }
}
