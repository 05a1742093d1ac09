//! Connections through SOCKS proxies (RFC 1928, RFC 1929, and version 4).

use std::io;

use ferrosock_proto::http1::Want;
use ferrosock_proto::socks::{self, Auth, Client, Target};

use super::super::clock::Clock;
use super::super::error::{Error, Phase, ProxyError};
use super::super::transport::{Stream, look_up};
use super::super::url::Url;
use super::super::wait::Wait;
use super::{Proxy, ProxyKind};

/// Asks a proxy for a connection to the host of a URL; the stream then leads there.
pub(crate) fn socks(
    mut stream: Box<dyn Stream>,
    proxy: &Proxy,
    url: &Url,
    clock: &Clock,
) -> Result<Box<dyn Stream>, Error> {
    let failed = |source| Error::Proxy { proxy: proxy.as_str().into(), source };
    let wait = clock.wait(Phase::Connect);
    let target = target(proxy.kind(), url, &wait).map_err(|error| {
        let peer = format!("{}:{}", url.host(), url.port());
        clock.fault(Phase::Connect, &peer, error)
    })?;
    let mut client = match proxy.kind() {
        ProxyKind::Socks4 | ProxyKind::Socks4a => {
            Client::version_4(&target, url.port(), proxy.credentials().map_or(&[], |(user, _)| user))
        }
        _ => {
            let auth = proxy.credentials().map(|(user, password)| (user.to_vec(), password.to_vec()));
            Client::new(&target, url.port(), auth.map(|(user, password)| Auth { user, password }))
        }
    }
    .map_err(|error| failed(ProxyError::Socks(error)))?;
    let mut asked = || -> Result<(), Failed> {
        let mut space = [0; 512];
        loop {
            if let Some(output) = client.poll_output() {
                write_all(&mut stream, &output, &wait)?;
            }
            let Want::Exact(count) = client.want() else { return Ok(()) };
            let space = space.get_mut(..count).ok_or(socks::Error::WrongState)?;
            let count = read_full(&mut stream, space, &wait)?;
            client.handle(&space[..count])?;
        }
    };
    asked().map_err(|error| match error {
        Failed::Io(error) => match clock.fault(Phase::Connect, proxy.as_str(), error) {
            Error::Connect { source, .. } => failed(ProxyError::Io(source)),
            error => error,
        },
        Failed::Socks(error) => failed(ProxyError::Socks(error)),
    })?;
    Ok(stream)
}

/// Who is asked for: by name, where the proxy looks names up, and else by address.
fn target(kind: ProxyKind, url: &Url, wait: &Wait<'_>) -> io::Result<Target> {
    // A zone means something on this machine only.
    let host = url.host().split('%').next().unwrap_or_default();
    let target = Target::from_host(host);
    let looks_up = matches!(kind, ProxyKind::Socks4 | ProxyKind::Socks5);
    let Target::Name(name) = &target else { return Ok(target) };
    if !looks_up {
        return Ok(target);
    }
    let family = if kind == ProxyKind::Socks4 { libc::AF_INET } else { libc::AF_UNSPEC };
    let addresses = look_up(name, url.port(), family, wait)?;
    let found = addresses.iter().find_map(|info| {
        use ferrosock_socket::address::Address;
        match Address::from_raw(&info.address, info.protocol) {
            Some(Address::Inet { ip, .. }) => Some(Target::V4(ip)),
            Some(Address::Inet6 { ip, .. }) => Some(Target::V6(ip)),
            _ => None,
        }
    });
    found.ok_or_else(|| ferrosock_socket::Error::AddressInfo(libc::EAI_NONAME).into())
}

enum Failed {
    Io(io::Error),
    Socks(socks::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<socks::Error> for Failed {
    fn from(error: socks::Error) -> Self {
        Self::Socks(error)
    }
}

fn write_all(stream: &mut dyn Stream, mut bytes: &[u8], wait: &Wait<'_>) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = stream.write(bytes, wait)?;
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}

/// Fills `space`, or as much of it as comes before the end.
fn read_full(stream: &mut dyn Stream, space: &mut [u8], wait: &Wait<'_>) -> io::Result<usize> {
    let mut count = 0;
    while count < space.len() {
        match stream.read(&mut space[count..], wait)? {
            0 => break,
            more => count += more,
        }
    }
    Ok(count)
}
