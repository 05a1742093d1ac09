//! Version 1: a line of text.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Error, Header};

pub(super) const SIGNATURE: &[u8] = b"PROXY ";

/// The longest line, its end included.
const LONGEST: usize = 107;

pub(super) fn read(input: &[u8]) -> Result<Option<(Header, usize)>, Error> {
    let window = &input[..input.len().min(LONGEST)];
    let Some(end) = memchr::memchr(b'\n', window) else {
        return if window.len() == LONGEST { Err(Error::BadLine) } else { Ok(None) };
    };
    let line = window[..end].strip_suffix(b"\r").ok_or(Error::BadLine)?;
    let line = core::str::from_utf8(line).map_err(|_| Error::BadLine)?;
    let mut words = line.split(' ').skip(1);
    let header = match words.next() {
        // What follows it says nothing.
        Some("UNKNOWN") => Header::Unknown,
        Some("TCP4") => addresses(words, |text| text.parse::<Ipv4Addr>().ok().map(IpAddr::V4))?,
        Some("TCP6") => addresses(words, |text| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6))?,
        _ => return Err(Error::BadLine),
    };
    Ok(Some((header, end + 1)))
}

fn addresses<'a>(
    mut words: impl Iterator<Item = &'a str>,
    host: impl Fn(&str) -> Option<IpAddr>,
) -> Result<Header, Error> {
    let (source, destination) = (words.next().and_then(&host), words.next().and_then(&host));
    let (from, to) = (words.next().and_then(port), words.next().and_then(port));
    match (source, destination, from, to, words.next()) {
        (Some(source), Some(destination), Some(from), Some(to), None) => Ok(Header::Inet {
            source: SocketAddr::new(source, from),
            destination: SocketAddr::new(destination, to),
        }),
        _ => Err(Error::BadLine),
    }
}

/// Digits without a sign and without a zero before them.
fn port(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::super::read_header;
    use super::*;

    #[test]
    fn lines_to_the_letter() {
        let read = |line: &str| read_header(line.as_bytes());
        let line = "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n";
        let Some((Header::Inet { source, destination }, length)) = read(line).unwrap() else { panic!() };
        assert_eq!(
            (source.to_string(), destination.to_string()),
            ("[2001:db8::1]:1".into(), "[::1]:65535".into())
        );
        assert_eq!(length, line.len());
        for cut in 0..line.len() {
            assert_eq!(read(&line[..cut]), Ok(None), "{cut}");
        }
        assert_eq!(read("PROXY UNKNOWN whatever it is\r\n").unwrap().unwrap().0, Header::Unknown);
        for bad in [
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
            "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY \r\n",
            "PROXY TCP4 \u{e9}\r\n",
        ] {
            assert_eq!(read(bad), Err(Error::BadLine), "{bad}");
        }
        assert_eq!(read(&format!("PROXY UNKNOWN {}", "x".repeat(100))), Err(Error::BadLine));
        assert_eq!(read("proxy TCP4"), Err(Error::NoHeader));
    }
}
