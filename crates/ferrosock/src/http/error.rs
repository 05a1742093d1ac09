//! What can go wrong with a request.

use std::fmt;
use std::io;
use std::time::Duration;

use ferrosock_codec::{content, multipart};
use ferrosock_proto::{http1, socks};

use super::url::Url;

/// What a request was doing.
///
/// ```
/// assert_eq!(ferrosock::http::Phase::Head.to_string(), "waiting for the response");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Waiting for a place among the connections of an origin.
    Pool,
    /// Connecting, with all that belongs to it: the name, proxies, TLS.
    Connect,
    /// Sending the request.
    Send,
    /// Waiting for the head of the response.
    Head,
    /// Reading the content of the response.
    Content,
    /// Waiting before another try.
    Backoff,
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pool => "waiting for a connection of the pool",
            Self::Connect => "connecting",
            Self::Send => "sending the request",
            Self::Head => "waiting for the response",
            Self::Content => "reading the response",
            Self::Backoff => "waiting to try again",
        })
    }
}

/// Which limit of [`Timeouts`](super::Timeouts) ran out.
///
/// ```
/// assert_eq!(ferrosock::http::Limit::Total.to_string(), "total");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// That of the whole request, redirects and retries included.
    Total,
    /// That of a connection.
    Connect,
    /// That of each receive and send.
    Read,
    /// That of a place in the pool.
    Pool,
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Total => "total",
            Self::Connect => "connect",
            Self::Read => "read",
            Self::Pool => "pool",
        })
    }
}

/// Why a request failed.
///
/// ```
/// use ferrosock::http::{Client, Error};
///
/// let error = Client::new().get("gopher://example.org/").send().unwrap_err();
/// assert!(matches!(&error, Error::UnsupportedScheme(scheme) if scheme == "gopher"));
/// assert_eq!(error.to_string(), "the client does not speak \"gopher\"");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The URL is none.
    InvalidUrl {
        /// The URL, its special bytes escaped.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URL has another scheme than `http` and `https`.
    UnsupportedScheme(String),
    /// The request may not be sent: its method, a field, its framing.
    InvalidRequest(http1::Error),
    /// The request's options contradict one another, or cannot be.
    InvalidOption(&'static str),
    /// The body could not be made or read.
    Body(io::Error),
    /// The form may not be sent: a part's name or field.
    Form(multipart::Error),
    /// A body that can be read once only would have to be sent again.
    BodyNotRepeatable,
    /// `https` was asked for, and the client has no [`SecureConnector`](super::SecureConnector).
    NoTls,
    /// There was no way to the server.
    Connect {
        /// To whom.
        peer: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// No secure connection could be made.
    Tls {
        /// With whom.
        peer: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// A proxy did not do what it was asked for.
    Proxy {
        /// Which.
        proxy: Box<str>,
        /// Why.
        source: ProxyError,
    },
    /// A limit of [`Timeouts`](super::Timeouts) ran out.
    TimedOut {
        /// What the request was doing.
        phase: Phase,
        /// Which limit it was, and how long.
        limit: (Limit, Duration),
        /// The server, or the proxy.
        peer: Box<str>,
    },
    /// The connection failed.
    Io {
        /// What the request was doing.
        phase: Phase,
        /// The server, or the proxy.
        peer: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// The server closed the connection without a response.
    Disconnected {
        /// The server.
        peer: Box<str>,
    },
    /// What the server sent is not HTTP, or exceeds a limit.
    Protocol {
        /// The server.
        peer: Box<str>,
        /// What is wrong.
        source: http1::Error,
    },
    /// More interim responses (1xx) came than the client takes.
    TooManyInterim {
        /// The server.
        peer: Box<str>,
    },
    /// The content is not in the coding that the head names, or decodes to more than it may.
    Decoding(content::Error),
    /// The content ended before its end.
    Incomplete(Box<Incomplete>),
    /// The content is longer than the caller allowed.
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// More redirects than allowed.
    TooManyRedirects {
        /// How many are.
        limit: usize,
        /// Where the last one leads.
        url: Box<Url>,
    },
    /// A redirect leads where the client does not go.
    RedirectRefused {
        /// From where.
        from: Box<Url>,
        /// To where, its special bytes escaped.
        to: String,
        /// Why not.
        reason: &'static str,
    },
    /// The status is one of an error; see [`Response::error_for_status`](super::Response::error_for_status).
    Status {
        /// The status.
        status: u16,
        /// Of what.
        url: Box<Url>,
    },
    /// A signal came, and [`on_signal`](super::ClientBuilder::on_signal) gave up.
    Interrupted,
}

impl Error {
    /// Whether a limit of time ran out, be it while content was read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock::http::Client;
    ///
    /// let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let request = Client::new().get(format!("http://{}/", silent.local_addr()?));
    /// assert!(request.timeout(Duration::from_millis(20)).send().is_err_and(|error| error.is_timeout()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::TimedOut { .. } => true,
            Self::Incomplete(incomplete) => incomplete.source.as_ref().is_some_and(Self::is_timeout),
            _ => false,
        }
    }
}

/// Content that ended too early.
#[derive(Debug)]
pub struct Incomplete {
    /// What came, as far as it was not handed out before: all of it from [`Response::bytes`](super::Response::bytes), nothing from
    /// `read`.
    pub partial: Vec<u8>,
    /// How many bytes came in all, as they were sent.
    pub received: u64,
    /// How many more there should have been, where that is known.
    pub missing: Option<u64>,
    /// Why it ended: the server closed the connection, or what is said here.
    pub source: Option<Error>,
}

/// What went wrong with a proxy.
///
/// ```
/// let error = ferrosock::http::ProxyError::Refused(407);
/// assert_eq!(error.to_string(), "it answered with status 407");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ProxyError {
    /// It answered CONNECT with this status.
    Refused(u16),
    /// Its answer is not HTTP.
    Protocol(http1::Error),
    /// A SOCKS proxy did not connect.
    Socks(socks::Error),
    /// The connection with it failed.
    Io(io::Error),
}

impl fmt::Display for ProxyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status) => write!(formatter, "it answered with status {status}"),
            Self::Protocol(error) => error.fmt(formatter),
            Self::Socks(error) => error.fmt(formatter),
            Self::Io(error) => error.fmt(formatter),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUrl { url, reason } => write!(formatter, "invalid URL \"{url}\": {reason}"),
            Self::UnsupportedScheme(scheme) => write!(formatter, "the client does not speak \"{scheme}\""),
            Self::InvalidRequest(error) => write!(formatter, "invalid request: {error}"),
            Self::InvalidOption(what) => write!(formatter, "invalid option: {what}"),
            Self::Body(error) => write!(formatter, "the request's body: {error}"),
            Self::Form(error) => write!(formatter, "the request's form: {error}"),
            Self::BodyNotRepeatable => formatter
                .write_str("the request's body can be read once only, and would have to be sent again"),
            Self::NoTls => formatter.write_str(
                "the client has no TLS for https: the feature `tls` is off, and it was given no connector",
            ),
            Self::Connect { peer, source } => write!(formatter, "connecting to {peer}: {source}"),
            Self::Tls { peer, source } => write!(formatter, "TLS with {peer}: {source}"),
            Self::Proxy { proxy, source } => write!(formatter, "proxy {proxy}: {source}"),
            Self::TimedOut { phase, limit: (limit, time), peer } => {
                write!(formatter, "timed out {phase} ({peer}): limit \"{limit}\" of {time:?}")
            }
            Self::Io { phase, peer, source } => write!(formatter, "{phase} ({peer}): {source}"),
            Self::Disconnected { peer } => {
                write!(formatter, "{peer} closed the connection without a response")
            }
            Self::Protocol { peer, source } => write!(formatter, "bad response from {peer}: {source}"),
            Self::TooManyInterim { peer } => write!(formatter, "too many interim responses from {peer}"),
            Self::Decoding(error) => write!(formatter, "decoding the content: {error}"),
            Self::Incomplete(incomplete) => incomplete.fmt(formatter),
            Self::TooLong { limit } => write!(formatter, "the content is longer than {limit} bytes"),
            Self::TooManyRedirects { limit, url } => {
                write!(formatter, "more than {limit} redirects, the last one to {url}")
            }
            Self::RedirectRefused { from, to, reason } => {
                write!(formatter, "redirect from {from} to \"{to}\" refused: {reason}")
            }
            Self::Status { status, url } => write!(formatter, "status {status} for {url}"),
            Self::Interrupted => formatter.write_str("interrupted by a signal"),
        }
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "incomplete content: {} bytes received", self.received)?;
        if let Some(missing) = self.missing {
            write!(formatter, ", {missing} more expected")?;
        }
        match &self.source {
            Some(error) => write!(formatter, ": {error}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidRequest(error) | Self::Protocol { source: error, .. } => Some(error),
            Self::Body(error)
            | Self::Connect { source: error, .. }
            | Self::Tls { source: error, .. }
            | Self::Io { source: error, .. } => Some(error),
            Self::Proxy { source, .. } => Some(source),
            Self::Decoding(error) => Some(error),
            Self::Form(error) => Some(error),
            Self::Incomplete(incomplete) => incomplete.source.as_ref().map(|error| error as _),
            _ => None,
        }
    }
}

impl std::error::Error for ProxyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Protocol(error) => Some(error),
            Self::Socks(error) => Some(error),
            Self::Io(error) => Some(error),
        }
    }
}

impl From<Error> for io::Error {
    /// For [`Read`](std::io::Read): the kind tells the gist, and the error is inside.
    fn from(error: Error) -> Self {
        let kind = kind(&error);
        Self::new(kind, error)
    }
}

/// What kind of failure an error is to a reader; of content that ended too early, that of what ended it.
fn kind(error: &Error) -> io::ErrorKind {
    match error {
        Error::TimedOut { .. } => io::ErrorKind::TimedOut,
        Error::Interrupted => io::ErrorKind::Other, // not one to try again at once
        Error::Incomplete(incomplete) => {
            incomplete.source.as_ref().map_or(io::ErrorKind::UnexpectedEof, kind)
        }
        Error::Disconnected { .. } => io::ErrorKind::UnexpectedEof,
        Error::Protocol { .. } | Error::Decoding(_) => io::ErrorKind::InvalidData,
        Error::Io { source, .. } | Error::Connect { source, .. } | Error::Tls { source, .. } => source.kind(),
        _ => io::ErrorKind::Other,
    }
}

impl From<http1::Error> for Error {
    /// What the machine refuses to send.
    fn from(error: http1::Error) -> Self {
        Self::InvalidRequest(error)
    }
}

impl From<ferrosock_proto::http::InvalidField> for Error {
    fn from(error: ferrosock_proto::http::InvalidField) -> Self {
        Self::InvalidRequest(error.into())
    }
}
