//! The way to a server, and its connection.

use std::borrow::Cow;
use std::sync::Arc;

use super::client::Inner;
use super::clock::Clock;
use super::error::{Error, Phase, ProxyError};
use super::pool::Connection;
use super::proxy::{Proxy, ProxyKind, socks, tunnel};
use super::request::Request;
use super::transport::Stream;
use super::url::{Scheme, Url};

/// How a request reaches its server.
pub(crate) enum Route {
    Direct,
    /// The proxy gets the request.
    Forward(Arc<Proxy>),
    /// The proxy makes a connection to the server.
    Tunnel(Arc<Proxy>),
}

impl Route {
    pub(crate) fn of(request: &Request) -> Self {
        match request.options.proxies.for_url(&request.url) {
            None => Self::Direct,
            Some(proxy) => match (proxy.kind(), request.url.scheme()) {
                (ProxyKind::Http | ProxyKind::Https, Scheme::Http) => Self::Forward(Arc::clone(proxy)),
                _ => Self::Tunnel(Arc::clone(proxy)),
            },
        }
    }

    /// What tells the connections of this way from others.
    pub(crate) fn key<'a>(&self, url: &'a Url) -> Cow<'a, str> {
        match self {
            Self::Direct => url.origin().into(),
            Self::Forward(proxy) => format!("forward {}", proxy.key()).into(),
            Self::Tunnel(proxy) => format!("{} by {}", url.origin(), proxy.key()).into(),
        }
    }

    /// The proxy that gets requests and is to be told who asks.
    pub(crate) fn forwarder(&self) -> Option<&Proxy> {
        match self {
            Self::Forward(proxy) => Some(proxy),
            _ => None,
        }
    }

    /// Connects, within the limit for that.
    pub(crate) fn connect(&self, client: &Inner, url: &Url, clock: &Clock) -> Result<Connection, Error> {
        let peer = format!("{}:{}", url.host(), url.port());
        let clock = clock.connecting();
        let stream = match self {
            Self::Direct => client
                .connector
                .connect(url.host(), url.port(), &clock.wait(Phase::Connect))
                .map_err(|error| clock.fault(Phase::Connect, &peer, error))?,
            Self::Forward(proxy) | Self::Tunnel(proxy) => {
                let mut stream = to_proxy(client, proxy, &clock)?;
                if let Self::Tunnel(_) = self {
                    stream = match proxy.kind() {
                        ProxyKind::Http | ProxyKind::Https => {
                            tunnel(stream, proxy, url, client.limits, &clock)
                        }
                        _ => socks(stream, proxy, url, &clock),
                    }
                    .map_err(|error| match error {
                        Error::TimedOut { .. } => clock.timed_out(Phase::Connect, proxy.as_str()),
                        error => error,
                    })?;
                }
                stream
            }
        };
        let stream = match (self, url.scheme()) {
            (Self::Direct | Self::Tunnel(_), Scheme::Https) => {
                secure(client, stream, url.host(), &peer, &clock)?
            }
            _ => stream,
        };
        client.pool.counters.opened();
        Ok(Connection::new(stream, &peer, client.limits))
    }
}

fn to_proxy(client: &Inner, proxy: &Proxy, clock: &Clock) -> Result<Box<dyn Stream>, Error> {
    let stream = client.connector.connect(proxy.host(), proxy.port(), &clock.wait(Phase::Connect)).map_err(
        |error| match clock.fault(Phase::Connect, proxy.as_str(), error) {
            Error::Connect { peer, source } => Error::Proxy { proxy: peer, source: ProxyError::Io(source) },
            error => error,
        },
    )?;
    match proxy.kind() {
        ProxyKind::Https => secure(client, stream, proxy.host(), proxy.as_str(), clock),
        _ => Ok(stream),
    }
}

fn secure(
    client: &Inner,
    stream: Box<dyn Stream>,
    host: &str,
    peer: &str,
    clock: &Clock,
) -> Result<Box<dyn Stream>, Error> {
    let connector = client.secure.as_ref().ok_or(Error::NoTls)?;
    connector.secure(stream, host, &clock.wait(Phase::Connect)).map_err(|error| {
        match clock.fault(Phase::Connect, peer, error) {
            Error::Connect { peer, source } => Error::Tls { peer, source },
            error => error,
        }
    })
}
