//! Tunnels through proxies of HTTP (RFC 9110 section 9.3.6).

use ferrosock_proto::http1::{Framing, Limits, RequestHead};

use super::super::body::Body;
use super::super::clock::Clock;
use super::super::error::{Error, ProxyError};
use super::super::pool::{Connection, Sending};
use super::super::transport::Stream;
use super::super::url::Url;
use super::Proxy;

/// Asks a proxy for a way to the host of a URL; gives the stream that leads there.
pub(crate) fn tunnel(
    stream: Box<dyn Stream>,
    proxy: &Proxy,
    url: &Url,
    limits: Limits,
    clock: &Clock,
) -> Result<Box<dyn Stream>, Error> {
    let host = url.host();
    let target = if host.contains(':') {
        format!("[{host}]:{}", url.port())
    } else {
        format!("{host}:{}", url.port())
    };
    let mut head = RequestHead::new("CONNECT", &target);
    head.fields.append(b"Host", target.as_bytes())?;
    if let Some(value) = proxy.authorization()? {
        head.fields.append(b"Proxy-Authorization", value.as_bytes())?;
    }
    let failed = |source| Error::Proxy { proxy: proxy.as_str().into(), source };
    let mut connection = Connection::new(stream, proxy.as_str(), limits);
    let answer = connection.exchange(&head, &mut Body::empty(), Sending::default(), clock);
    match answer {
        // 101 would be a protocol that nobody asked for.
        Ok((head, Framing::Switch)) if head.status != 101 => match connection.into_stream() {
            (stream, rest) if rest.is_empty() => Ok(stream),
            // A server of TLS does not speak first: this is from the proxy, or from somebody else.
            _ => Err(failed(ProxyError::Protocol(ferrosock_proto::http1::Error::UnexpectedInput))),
        },
        Ok((head, _)) => Err(failed(ProxyError::Refused(head.status))),
        Err(failure) => Err(match failure.error {
            Error::Protocol { source, .. } => failed(ProxyError::Protocol(source)),
            Error::Io { source, .. } => failed(ProxyError::Io(source)),
            Error::Disconnected { .. } => failed(ProxyError::Io(std::io::ErrorKind::UnexpectedEof.into())),
            error => error,
        }),
    }
}
