//! The parts of an authority: RFC 3986, section 3.2.

use memchr::{memchr, memrchr};

use super::Error;

/// The authority of a URL, `user:password@host:port`, of which every part but the host may be missing.
///
/// ```
/// use ferrosock_codec::url::Authority;
///
/// let authority = Authority(b"user:secret@[::1]:8080");
/// assert_eq!(authority.user(), Some(&b"user"[..]));
/// assert_eq!(authority.password(), Some(&b"secret"[..]));
/// assert_eq!(authority.host(), Some(&b"::1"[..]));
/// assert_eq!(authority.port(), Ok(Some(8080)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority<'a>(pub &'a [u8]);

impl<'a> Authority<'a> {
    /// What stands before the last `@`, if there is one, cut at its first `:`.
    ///
    /// ```
    /// use ferrosock_codec::url::Authority;
    ///
    /// assert_eq!(Authority(b"a@b:c@host").user_info(), Some((&b"a@b"[..], Some(&b"c"[..]))));
    /// assert_eq!(Authority(b"host").user_info(), None);
    /// ```
    #[must_use]
    pub fn user_info(&self) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        let info = &self.0[..memrchr(b'@', self.0)?];
        Some(match memchr(b':', info) {
            Some(at) => (&info[..at], Some(&info[at + 1..])),
            None => (info, None),
        })
    }

    /// The name of the user.
    #[must_use]
    pub fn user(&self) -> Option<&'a [u8]> {
        self.user_info().map(|(user, _)| user)
    }

    /// The password, if there is a `:` in what stands before the `@`.
    #[must_use]
    pub fn password(&self) -> Option<&'a [u8]> {
        self.user_info().and_then(|(_, password)| password)
    }

    /// The host, without brackets, and the port as it is written, neither of which need be good for anything. An empty
    /// port is none.
    ///
    /// ```
    /// use ferrosock_codec::url::Authority;
    ///
    /// assert_eq!(Authority(b"EXAMPLE.org:").host_info(), (&b"EXAMPLE.org"[..], None));
    /// ```
    #[must_use]
    pub fn host_info(&self) -> (&'a [u8], Option<&'a [u8]>) {
        let rest = memrchr(b'@', self.0).map_or(self.0, |at| &self.0[at + 1..]);
        let (host, port) = match memchr(b'[', rest) {
            Some(open) => {
                let (host, behind) = cut(&rest[open + 1..], b']');
                (host, cut(behind, b':').1)
            }
            None => cut(rest, b':'),
        };
        (host, Some(port).filter(|port| !port.is_empty()))
    }

    /// The host, without brackets and as it is written; `None` if it is empty. Names of hosts do not distinguish case.
    #[must_use]
    pub fn host(&self) -> Option<&'a [u8]> {
        Some(self.host_info().0).filter(|host| !host.is_empty())
    }

    /// The port; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::BadPort`] for one that is no decimal number, [`Error::PortOutOfRange`] for one above 65535.
    ///
    /// ```
    /// use ferrosock_codec::url::{Authority, Error};
    ///
    /// assert_eq!(Authority(b"host:x").port(), Err(Error::BadPort));
    /// assert_eq!(Authority(b"host:65536").port(), Err(Error::PortOutOfRange));
    /// ```
    pub fn port(&self) -> Result<Option<u16>, Error> {
        let Some(digits) = self.host_info().1 else { return Ok(None) };
        let mut port = 0_u16;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(Error::BadPort);
        }
        for digit in digits {
            port = port
                .checked_mul(10)
                .and_then(|port| port.checked_add(u16::from(digit - b'0')))
                .ok_or(Error::PortOutOfRange)?;
        }
        Ok(Some(port))
    }
}

/// What stands before and behind the first `delimiter`; nothing is behind if there is none.
fn cut(text: &[u8], delimiter: u8) -> (&[u8], &[u8]) {
    memchr(delimiter, text).map_or((text, &[]), |at| (&text[..at], &text[at + 1..]))
}
