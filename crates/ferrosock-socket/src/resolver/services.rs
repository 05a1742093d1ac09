//! The numbers of services and protocols, as `/etc/services` and `/etc/protocols` list them.

use std::ffi::{CStr, c_char};

use super::owned_text;

/// The port of a service, of any protocol or of the one given (`tcp`, `udp`); `None` if it is not known.
///
/// ```
/// use ferrosock_socket::resolver::service_by_name;
/// let port = service_by_name(c"http", Some(c"tcp"));
/// assert!(matches!(port, Some(80) | None)); // none on a machine without /etc/services
/// ```
pub fn service_by_name(name: &CStr, protocol: Option<&CStr>) -> Option<u16> {
    os::service_by_name(name.as_ptr(), pointer(protocol), |entry| u16::from_be(entry.s_port as u16))
}

/// The name of the service on a port, of any protocol or of the one given; `None` if it is not known.
///
/// ```
/// use ferrosock_socket::resolver::service_by_port;
/// assert!(service_by_port(80, Some(c"no such protocol")).is_none());
/// ```
pub fn service_by_port(port: u16, protocol: Option<&CStr>) -> Option<Vec<u8>> {
    // SAFETY: an entry's name is NUL-terminated.
    os::service_by_port(i32::from(port.to_be()), pointer(protocol), |entry| unsafe {
        owned_text(entry.s_name)
    })
}

/// The number of a protocol; `None` if it is not known.
///
/// ```
/// use ferrosock_socket::resolver::protocol_by_name;
/// assert!(matches!(protocol_by_name(c"tcp"), Some(libc::IPPROTO_TCP) | None));
/// ```
pub fn protocol_by_name(name: &CStr) -> Option<i32> {
    os::protocol_by_name(name.as_ptr(), |entry| entry.p_proto)
}

fn pointer(text: Option<&CStr>) -> *const c_char {
    text.map_or(std::ptr::null(), CStr::as_ptr)
}

/// The GNU C library has reentrant functions. They read files, which may take a while but does not wait for a network.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod os {
    use std::ffi::{c_char, c_int};

    use libc::{protoent, servent};

    use crate::resolver::with_room;

    unsafe extern "C" {
        fn getservbyname_r(
            name: *const c_char,
            protocol: *const c_char,
            entry: *mut servent,
            buffer: *mut c_char,
            length: usize,
            result: *mut *mut servent,
        ) -> c_int;
        fn getservbyport_r(
            port: c_int,
            protocol: *const c_char,
            entry: *mut servent,
            buffer: *mut c_char,
            length: usize,
            result: *mut *mut servent,
        ) -> c_int;
        fn getprotobyname_r(
            name: *const c_char,
            entry: *mut protoent,
            buffer: *mut c_char,
            length: usize,
            result: *mut *mut protoent,
        ) -> c_int;
    }

    pub(super) fn service_by_name<R>(
        name: *const c_char,
        protocol: *const c_char,
        read: impl Fn(&servent) -> R,
    ) -> Option<R> {
        // SAFETY: strings or null, an entry, and a buffer with its true length.
        lookup(read, |entry, buffer, result| unsafe {
            getservbyname_r(name, protocol, entry, buffer.as_mut_ptr(), buffer.len(), result)
        })
    }

    pub(super) fn service_by_port<R>(
        port: i32,
        protocol: *const c_char,
        read: impl Fn(&servent) -> R,
    ) -> Option<R> {
        // SAFETY: as above.
        lookup(read, |entry, buffer, result| unsafe {
            getservbyport_r(port, protocol, entry, buffer.as_mut_ptr(), buffer.len(), result)
        })
    }

    pub(super) fn protocol_by_name<R>(name: *const c_char, read: impl Fn(&protoent) -> R) -> Option<R> {
        // SAFETY: as above.
        lookup(read, |entry, buffer, result| unsafe {
            getprotobyname_r(name, entry, buffer.as_mut_ptr(), buffer.len(), result)
        })
    }

    fn lookup<E, R>(
        read: impl Fn(&E) -> R,
        call: impl Fn(*mut E, &mut [c_char], *mut *mut E) -> c_int,
    ) -> Option<R> {
        with_room(|buffer| {
            let mut entry = std::mem::MaybeUninit::zeroed();
            let mut result: *mut E = std::ptr::null_mut();
            let status = call(entry.as_mut_ptr(), buffer, &mut result);
            // SAFETY: null, or the entry that was filled, whose strings lie in `buffer`.
            (status, unsafe { result.as_ref() }.map(&read))
        })
        .1
    }
}

/// Elsewhere the answer lies in the C library's static memory, and a lock keeps it until it is copied. That excludes our
/// own calls in other threads, not those of foreign code.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod os {
    use std::ffi::c_char;
    use std::sync::{Mutex, PoisonError};

    use libc::{protoent, servent};

    static LOCK: Mutex<()> = Mutex::new(());

    pub(super) fn service_by_name<R>(
        name: *const c_char,
        protocol: *const c_char,
        read: impl Fn(&servent) -> R,
    ) -> Option<R> {
        // SAFETY: strings or null.
        lookup(read, || unsafe { libc::getservbyname(name, protocol) })
    }

    pub(super) fn service_by_port<R>(
        port: i32,
        protocol: *const c_char,
        read: impl Fn(&servent) -> R,
    ) -> Option<R> {
        // SAFETY: a string or null.
        lookup(read, || unsafe { libc::getservbyport(port, protocol) })
    }

    pub(super) fn protocol_by_name<R>(name: *const c_char, read: impl Fn(&protoent) -> R) -> Option<R> {
        // SAFETY: a string.
        lookup(read, || unsafe { libc::getprotobyname(name) })
    }

    fn lookup<E, R>(read: impl Fn(&E) -> R, call: impl Fn() -> *mut E) -> Option<R> {
        let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: null, or an entry that stays as it is until the next of these calls.
        unsafe { call().as_ref() }.map(read)
    }
}
