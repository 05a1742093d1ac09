//! Hosts in brackets: RFC 3986, section 3.2.2.

use core::net::{Ipv4Addr, Ipv6Addr}; // addresses only: nothing here opens a socket

use super::Error;

/// Checks what stands between `[` and `]` in an authority: an IPv6 address, with a zone behind a `%` if it has one
/// (RFC 4007, section 11), or an `IPvFuture`.
///
/// # Errors
/// [`Error::BadFutureAddress`], [`Error::Ipv4InBrackets`] or [`Error::BadAddress`].
///
/// ```
/// use ferrosock_codec::url::{Error, check_bracketed_host};
///
/// assert_eq!(check_bracketed_host(b"fe80::1%eth0"), Ok(()));
/// assert_eq!(check_bracketed_host(b"v1.future"), Ok(()));
/// assert_eq!(check_bracketed_host(b"127.0.0.1"), Err(Error::Ipv4InBrackets));
/// assert_eq!(check_bracketed_host(b"example.org"), Err(Error::BadAddress));
/// ```
pub fn check_bracketed_host(host: &[u8]) -> Result<(), Error> {
    if let [b'v', future @ ..] = host {
        return if is_future(future) { Ok(()) } else { Err(Error::BadFutureAddress) };
    }
    let (address, zone) = match host.iter().position(|&byte| byte == b'%') {
        Some(at) => (&host[..at], Some(&host[at + 1..])),
        None => (host, None),
    };
    let text = std::str::from_utf8(address).map_err(|_| Error::BadAddress)?;
    if zone.is_none() && text.parse::<Ipv4Addr>().is_ok() {
        return Err(Error::Ipv4InBrackets);
    }
    let zone_fits = zone.is_none_or(|zone| !zone.is_empty() && !zone.contains(&b'%'));
    if zone_fits && text.parse::<Ipv6Addr>().is_ok() { Ok(()) } else { Err(Error::BadAddress) }
}

/// The rest of an `IPvFuture` behind its `v`: a hexadecimal version, a dot, and something.
fn is_future(rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits > 0
        && rest.get(digits) == Some(&b'.')
        && rest.len() > digits + 1
        && !rest[digits + 1..].contains(&b'\n')
}
