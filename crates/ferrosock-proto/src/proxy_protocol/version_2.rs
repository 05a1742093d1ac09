//! Version 2: a binary header.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Error, Header, LONGEST};

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The signature, the version and the command, the family, and the length of the rest.
pub(super) const FIXED: usize = 16;

/// The room that a Unix socket's name has.
pub(super) const UNIX: usize = 108;

pub(super) fn read(input: &[u8]) -> Result<Option<(Header, usize)>, Error> {
    let Some((fixed, rest)) = input.split_at_checked(FIXED) else {
        return match input.get(12) {
            Some(command) if !matches!(command, 0x20 | 0x21) => Err(Error::BadHeader),
            _ => Ok(None),
        };
    };
    let (command, family) = (fixed[12], fixed[13]);
    if !matches!(command, 0x20 | 0x21) || family >> 4 > 3 || family & 0xf > 2 {
        return Err(Error::BadHeader);
    }
    let length = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if FIXED + length > LONGEST {
        return Err(Error::TooLong);
    }
    let Some(rest) = rest.get(..length) else { return Ok(None) };
    let header = match (command, family >> 4) {
        (0x20, _) => Header::Local,
        (_, 1) => {
            let (source, destination, ports) = halves::<4>(rest)?;
            inet(Ipv4Addr::from(source), Ipv4Addr::from(destination), ports)
        }
        (_, 2) => {
            let (source, destination, ports) = halves::<16>(rest)?;
            inet(Ipv6Addr::from(source), Ipv6Addr::from(destination), ports)
        }
        (_, 3) => {
            let names = rest.get(..2 * UNIX).ok_or(Error::BadHeader)?;
            let (source, destination) = names.split_at(UNIX);
            Header::Unix { source: until_nul(source), destination: until_nul(destination) }
        }
        _ => Header::Unknown,
    };
    Ok(Some((header, FIXED + length)))
}

/// Two hosts and two ports.
type Halves<const N: usize> = ([u8; N], [u8; N], (u16, u16));

fn halves<const N: usize>(rest: &[u8]) -> Result<Halves<N>, Error> {
    let host = |at: usize| -> Option<[u8; N]> { rest.get(at..at + N)?.try_into().ok() };
    let port = |at: usize| Some(u16::from_be_bytes(rest.get(at..at + 2)?.try_into().ok()?));
    let found = || Some((host(0)?, host(N)?, (port(2 * N)?, port(2 * N + 2)?)));
    found().ok_or(Error::BadHeader)
}

fn inet<H: Into<core::net::IpAddr>>(source: H, destination: H, ports: (u16, u16)) -> Header {
    Header::Inet {
        source: SocketAddr::new(source.into(), ports.0),
        destination: SocketAddr::new(destination.into(), ports.1),
    }
}

/// A name that begins with a NUL is abstract, and what follows that counts.
fn until_nul(name: &[u8]) -> Vec<u8> {
    let from = usize::from(name.first() == Some(&0));
    let end = memchr::memchr(0, &name[from..]).map_or(name.len(), |at| at + from);
    if end == from { Vec::new() } else { name[..end].to_vec() }
}

#[cfg(test)]
mod tests {
    use super::super::read_header;
    use super::*;

    fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        out.extend_from_slice(&[command, family]);
        out.extend_from_slice(&(rest.len() as u16).to_be_bytes());
        out.extend_from_slice(rest);
        out
    }

    #[test]
    fn headers_of_every_family() {
        let four = [192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0x88, 0, 80];
        let six = [[0x20; 16].as_slice(), &[0; 16], &[0, 1, 0, 2]].concat();
        let mut names = vec![0; 216];
        names[..5].copy_from_slice(b"/a/b\0");
        names[108..112].copy_from_slice(b"\0abs");
        let inet = |source: &str, destination: &str| Header::Inet {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        };
        for (command, family, rest, expected) in [
            (0x21, 0x11, &four[..], inet("192.0.2.1:5000", "192.0.2.2:80")),
            (0x21, 0x12, &four, inet("192.0.2.1:5000", "192.0.2.2:80")),
            (0x21, 0x21, &six, inet("[2020:2020:2020:2020:2020:2020:2020:2020]:1", "[::]:2")),
            (0x21, 0x31, &names, Header::Unix { source: b"/a/b".to_vec(), destination: b"\0abs".to_vec() }),
            (0x20, 0x11, &four, Header::Local),
            (0x20, 0, &[], Header::Local),
            (0x21, 0, b"what", Header::Unknown),
        ] {
            // With extensions, and with more behind it.
            for extension in [&b""[..], b"\x01\0\x02h2"] {
                let whole = header(command, family, &[rest, extension].concat());
                let more = [&whole[..], b"GET /"].concat();
                assert_eq!(read_header(&more), Ok(Some((expected.clone(), whole.len()))));
                for cut in 0..whole.len() {
                    assert_eq!(read_header(&whole[..cut]), Ok(None), "{cut}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_header() {
        for bad in [
            header(0x22, 0x11, &[0; 12]),
            header(0x11, 0x11, &[0; 12]),
            header(0x21, 0x41, &[0; 12]),
            header(0x21, 0x13, &[0; 12]),
            header(0x21, 0x11, &[0; 11]),
            header(0x21, 0x21, &[0; 35]),
            header(0x21, 0x31, &[0; 215]),
        ] {
            assert_eq!(read_header(&bad), Err(Error::BadHeader));
        }
        assert_eq!(read_header(&header(0x21, 0x11, &[0; 4081])), Err(Error::TooLong));
        assert_eq!(read_header(b"\r\n\r\nGET"), Err(Error::NoHeader));
        assert_eq!(read_header(b""), Ok(None));
    }
}
