//! IP addresses as text, in the C library's words: what it reads and writes differs in corners from Rust's own.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

unsafe extern "C" {
    fn inet_pton(family: c_int, text: *const c_char, address: *mut c_void) -> c_int;
    #[cfg(any(test, not(all(target_os = "linux", target_env = "gnu"))))]
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
///
/// ```
/// use ferrosock_socket::resolver::ipv4_from_text;
/// assert_eq!(ipv4_from_text(c"127.1"), Some([127, 0, 0, 1].into()));
/// assert_eq!(ipv4_from_text(c"localhost"), None);
/// ```
pub fn ipv4_from_text(text: &CStr) -> Option<Ipv4Addr> {
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: a NUL-terminated text and a structure to fill.
    let good = unsafe { inet_aton(text.as_ptr(), &mut address) } != 0;
    good.then(|| Ipv4Addr::from(address.s_addr.to_ne_bytes()))
}

/// An address in its standard form (`inet_pton`): of IPv4 if `family` is `AF_INET`, else of IPv6.
///
/// ```
/// use ferrosock_socket::resolver::ip_from_text;
/// assert_eq!(ip_from_text(libc::AF_INET, c"127.0.0.1"), Some([127, 0, 0, 1].into()));
/// assert_eq!(ip_from_text(libc::AF_INET, c"127.1"), None);
/// ```
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
///
/// ```
/// use ferrosock_socket::resolver::ip_to_text;
/// assert_eq!(ip_to_text([0, 0, 0, 0, 0, 0, 0, 1].into()), "::1");
/// ```
pub fn ip_to_text(address: IpAddr) -> String {
    IpText::new(address).as_str().to_owned()
}

/// The standard form of an address (`inet_ntop`), without an allocation.
///
/// ```
/// use ferrosock_socket::resolver::IpText;
/// assert_eq!(IpText::new("2001:db8:0:0::1".parse()?).as_str(), "2001:db8::1");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct IpText {
    bytes: [u8; ROOM],
    length: usize,
}

/// Room for the longest address and a NUL: INET6_ADDRSTRLEN.
const ROOM: usize = 46;

impl IpText {
    /// Writes an address.
    ///
    /// ```
    /// use ferrosock_socket::resolver::IpText;
    /// assert_eq!(IpText::new([192, 0, 2, 1].into()).as_str(), "192.0.2.1");
    /// ```
    pub fn new(address: IpAddr) -> Self {
        let mut text = Self { bytes: [0; ROOM], length: 0 };
        match address {
            IpAddr::V4(ip) => text.v4(ip),
            IpAddr::V6(ip) => text.v6(ip),
        }
        text
    }

    /// The text.
    ///
    /// ```
    /// use ferrosock_socket::resolver::IpText;
    /// assert_eq!(IpText::new([0_u16, 0, 0, 0, 0, 0, 0, 1].into()).as_str(), "::1");
    /// ```
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    /// The dotted form, digit by digit: every accepted connection and received datagram has one, and the formatting
    /// machinery would cost more than the rest of the address.
    fn v4(&mut self, ip: Ipv4Addr) {
        for (place, octet) in ip.octets().into_iter().enumerate() {
            if place > 0 {
                self.push(b'.');
            }
            if octet >= 100 {
                self.push(b'0' + octet / 100);
            }
            if octet >= 10 {
                self.push(b'0' + octet / 10 % 10);
            }
            self.push(b'0' + octet % 10);
        }
    }

    /// Words in hexadecimal, the first of the longest runs of zeroes as "::", and IPv4 addresses within as the C library
    /// has them: behind `::ffff:`, and behind nothing but zeroes.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn v6(&mut self, ip: Ipv6Addr) {
        let words = ip.segments();
        let (start, length) = longest_run(&words);
        let dotted = start == 0 && (length == 6 || (length == 5 && words[5] == 0xffff));
        let end = if dotted { 6 } else { words.len() };
        let mut place = 0;
        while place < end {
            if length > 1 && place == start {
                self.push(b':');
                place += length;
                if place == words.len() {
                    self.push(b':');
                }
                continue;
            }
            if place > 0 {
                self.push(b':');
            }
            self.hexadecimal(words[place]);
            place += 1;
        }
        if dotted {
            self.push(b':');
            let [.., a, b, c, d] = ip.octets();
            self.v4(Ipv4Addr::new(a, b, c, d));
        }
    }

    /// In the words of the system, which differ between them.
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    fn v6(&mut self, ip: Ipv6Addr) {
        let text = system_text(ip);
        let length = text.len().min(ROOM);
        self.bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        self.length = length;
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn hexadecimal(&mut self, word: u16) {
        let digits = (16 - word.leading_zeros()).div_ceil(4).max(1);
        for place in (0..digits).rev() {
            self.push(b"0123456789abcdef"[usize::from(word >> (4 * place) & 0xf)]);
        }
    }
}

/// The first of the longest runs of zeroes, and its length.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn longest_run(words: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut run) = ((0, 0), 0);
    for (place, &word) in words.iter().enumerate() {
        run = if word == 0 { run + 1 } else { 0 };
        if run > best.1 {
            best = (place + 1 - run, run);
        }
    }
    best
}

/// `inet_ntop` of an IPv6 address.
#[cfg(any(test, not(all(target_os = "linux", target_env = "gnu"))))]
fn system_text(ip: Ipv6Addr) -> String {
    let mut text = [0; ROOM];
    // SAFETY: sixteen bytes of address, and room for the longest text, which comes back NUL-terminated.
    unsafe {
        let octets = ip.octets();
        let written =
            inet_ntop(libc::AF_INET6, octets.as_ptr().cast(), text.as_mut_ptr(), ROOM as libc::socklen_t);
        if written.is_null() {
            return ip.to_string();
        }
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_the_system_writes() {
        let choices = [0, 1, 0xff, 0xffff];
        for number in 0..4_usize.pow(8) {
            let words: [u16; 8] = std::array::from_fn(|place| choices[number >> (2 * place) & 3]);
            let ip = Ipv6Addr::from(words);
            assert_eq!(ip_to_text(ip.into()), system_text(ip));
        }
        for word in 0..=u16::MAX {
            let ip = Ipv6Addr::new(word, 0, 1, 0, 0, word, 0, 1);
            assert_eq!(ip_to_text(ip.into()), system_text(ip));
            let ip = Ipv4Addr::from(u32::from(word) * 65_535);
            assert_eq!(ip_to_text(ip.into()), ip.to_string());
        }
    }
}
