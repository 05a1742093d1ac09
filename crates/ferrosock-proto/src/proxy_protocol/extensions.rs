//! What stands behind the addresses of a header of version 2: extensions (section 2.2), of which TLS is read.

use super::version_2::{FIXED, SIGNATURE, UNIX};

/// `PP2_TYPE_SSL` and what may stand in it (section 2.2.6).
const TLS: u8 = 0x20;
const VERSION: u8 = 0x21;
const COMMON_NAME: u8 = 0x22;
const CIPHER: u8 = 0x23;

/// The client has connected over TLS; it has shown a certificate in this connection, or in this session.
const SECURE: u8 = 1;
const SHOWN: u8 = 2 | 4;

/// What a proxy says of the client's TLS, which it has ended.
///
/// ```
/// use ferrosock_proto::proxy_protocol::{Tls, read_tls};
///
/// let header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x1f\x7f\0\0\x01\x7f\0\0\x01\x13\x88\x01\xbb\
///     \x20\0\x10\x01\0\0\0\x01\x21\0\x08TLSv1.30";
/// let tls: Option<Tls> = read_tls(&header[..]);
/// assert_eq!(tls.and_then(|tls| tls.version), Some(b"TLSv1.30".to_vec()));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// The version of TLS, such as `TLSv1.3`.
    pub version: Option<Vec<u8>>,
    /// The cipher, by OpenSSL's name.
    pub cipher: Option<Vec<u8>>,
    /// The common name of the client's certificate.
    pub common_name: Option<Vec<u8>>,
    /// Whether the client has shown a certificate, and the proxy found it good.
    pub verified: bool,
}

/// Reads what a header says of TLS. `header` is a whole one, as [`read_header`](super::read_header) has measured it. `None` if
/// the client has not connected over TLS, or the proxy does not say so (version 1 cannot), or what it says is broken.
///
/// ```
/// use ferrosock_proto::proxy_protocol::read_tls;
///
/// assert_eq!(read_tls(b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n"), None);
/// ```
pub fn read_tls(header: &[u8]) -> Option<Tls> {
    if !header.starts_with(SIGNATURE) {
        return None;
    }
    let addresses = match header.get(13)? >> 4 {
        1 => 12,
        2 => 36,
        3 => 2 * UNIX,
        _ => 0,
    };
    let value = extensions(header.get(FIXED + addresses..)?).find(|(kind, _)| *kind == TLS)?.1;
    let (client, rest) = value.split_first()?;
    let (verdict, rest) = rest.split_first_chunk::<4>()?;
    if client & SECURE == 0 {
        return None;
    }
    let verified = client & SHOWN != 0 && *verdict == [0; 4];
    let mut tls = Tls { verified, ..Tls::default() };
    for (kind, value) in extensions(rest) {
        let place = match kind {
            VERSION => &mut tls.version,
            COMMON_NAME => &mut tls.common_name,
            CIPHER => &mut tls.cipher,
            _ => continue,
        };
        *place = Some(value.to_vec());
    }
    Some(tls)
}

/// Kinds and values, up to the first that is broken.
fn extensions(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    core::iter::from_fn(move || {
        let (head, rest) = bytes.split_first_chunk::<3>()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([head[1], head[2]])))?;
        bytes = rest;
        Some((head[0], value))
    })
}

#[cfg(test)]
mod tests {
    use super::super::read_header;
    use super::*;

    fn extension(kind: u8, value: &[u8]) -> Vec<u8> {
        let length = (value.len() as u16).to_be_bytes();
        [&[kind, length[0], length[1]], value].concat()
    }

    fn header(family: u8, addresses: usize, extensions: &[u8]) -> Vec<u8> {
        let length = ((addresses + extensions.len()) as u16).to_be_bytes();
        [SIGNATURE, &[0x21, family], &length, &vec![1; addresses], extensions].concat()
    }

    #[test]
    fn what_a_proxy_says_of_tls() {
        let words =
            [extension(VERSION, b"TLSv1.3"), extension(0x99, b"?"), extension(CIPHER, b"AES")].concat();
        let plain = extension(TLS, &[&[1, 0, 0, 0, 1], &words[..]].concat());
        let named = extension(TLS, &[&[3, 0, 0, 0, 0], &extension(COMMON_NAME, b"ann")[..]].concat());
        for (family, addresses) in [(0x11, 12), (0x21, 36), (0x31, 216), (0, 0)] {
            let whole = header(family, addresses, &[extension(1, b"h2"), plain.clone()].concat());
            assert_eq!(read_header(&whole).unwrap().unwrap().1, whole.len());
            let found = read_tls(&whole).unwrap();
            assert_eq!(
                (found.version.as_deref(), found.cipher.as_deref()),
                (Some(&b"TLSv1.3"[..]), Some(&b"AES"[..]))
            );
            assert!(!found.verified);
            for cut in 0..whole.len() {
                let _ = read_tls(&whole[..cut]); // and does not panic
            }
        }
        let found = read_tls(&header(0x11, 12, &named)).unwrap();
        assert_eq!((found.verified, found.common_name), (true, Some(b"ann".to_vec())));
    }

    #[test]
    fn what_is_not_tls() {
        for bad in [
            vec![],
            extension(1, b"h2"),
            extension(TLS, &[]),
            extension(TLS, &[1, 0, 0, 0]),
            extension(TLS, &[0, 0, 0, 0, 0]),
            extension(TLS, &[2, 0, 0, 0, 0]),
            vec![TLS, 0, 9, 1, 0, 0, 0, 0],
            vec![1, 0xff, 0xff, TLS],
        ] {
            assert_eq!(read_tls(&header(0x11, 12, &bad)), None, "{bad:?}");
        }
        assert_eq!(read_tls(b"PROXY UNKNOWN\r\n"), None);
    }
}
