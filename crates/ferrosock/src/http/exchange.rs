//! A request from its first call to the head of its response.

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::{self, RequestHead, Temper, may_send_method};

use super::client::Inner;
use super::clock::Clock;
use super::content::Content;
use super::error::{Error, Phase};
use super::pool::{Connection, Sending};
use super::request::Request;
use super::response::Response;
use super::url::Scheme;

/// Makes a request.
pub(crate) fn run(client: &Inner, mut request: Request) -> Result<Response, Error> {
    let clock = Clock::start(request.options.timeouts, client.signals.clone());
    let head = head(client, &request)?;
    let mut fresh = false;
    loop {
        let mut lease = client.pool.lease(request.url.origin(), fresh, &clock)?;
        let reused = lease.connection.is_some();
        let connection = match &mut lease.connection {
            Some(connection) => connection,
            none => none.insert(Box::new(connect(client, &request, &clock)?)),
        };
        if let Some(progress) = &mut request.upload {
            progress.start(request.body.len());
        }
        let sending =
            Sending { progress: request.upload.as_mut(), patience: request.options.expect_continue };
        match connection.exchange(&head, &mut request.body, sending, &clock) {
            Ok((head, framing)) => {
                client.pool.counters.request();
                let content = Content::new(lease, framing, clock, request.download.take());
                return Ok(Response::new(head, request.url.without_credentials(), content));
            }
            // A kept connection may have been closed by the peer just when it was used again.
            Err(failure)
                if reused
                    && !fresh
                    && !failure.answered
                    && is_of_connection(&failure.error)
                    && (!failure.sent || is_idempotent(&request.method))
                    && request.body.is_repeatable() =>
            {
                fresh = true;
                client.pool.counters.request();
                client.pool.counters.retry();
            }
            Err(failure) => {
                if failure.sent {
                    client.pool.counters.request();
                }
                return Err(failure.error);
            }
        }
    }
}

/// Whether the connection failed, and not the request.
fn is_of_connection(error: &Error) -> bool {
    matches!(error, Error::Io { .. } | Error::Disconnected { .. })
}

/// Whether a request means the same if it is made twice (RFC 9110 section 9.2.2).
pub(crate) fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

fn connect(client: &Inner, request: &Request, clock: &Clock) -> Result<Connection, Error> {
    let url = &request.url;
    let wait = clock.wait(Phase::Connect);
    let peer = format!("{}:{}", url.host(), url.port());
    let secure = match url.scheme() {
        Scheme::Http => None,
        Scheme::Https => Some(client.secure.as_ref().ok_or(Error::NoTls)?),
    };
    let mut stream = client
        .connector
        .connect(url.host(), url.port(), &wait)
        .map_err(|error| clock.fault(Phase::Connect, &peer, error))?;
    if let Some(secure) = secure {
        stream = secure.secure(stream, url.host(), &wait).map_err(|error| {
            match clock.fault(Phase::Connect, &peer, error) {
                Error::Connect { peer, source } => Error::Tls { peer, source },
                error => error,
            }
        })?;
    }
    client.pool.counters.opened();
    Ok(Connection::new(stream, &peer, client.limits))
}

/// The head of the request.
fn head(client: &Inner, request: &Request) -> Result<RequestHead, Error> {
    let url = &request.url;
    if !may_send_method(request.method.as_bytes(), Temper::Strict) {
        return Err(http1::Error::InvalidMethod(request.method.clone().into_bytes()).into());
    }
    let mut fields = Fields::new();
    if !request.fields.contains(b"host") {
        fields.append(b"Host", host(url.authority()).as_bytes())?;
    }
    for (name, value) in client.fields.iter() {
        if !request.fields.contains(name) {
            fields.append(name, value)?;
        }
    }
    for (name, value) in request.fields.iter() {
        fields.append(name, value)?;
    }
    if let (Some((user, password)), false) = (url.credentials(), fields.contains(b"authorization")) {
        let credentials = ferrosock_proto::http::basic_credentials(user, password);
        let credentials = credentials.ok_or(Error::InvalidOption("a colon in the name of a user"))?;
        fields.append(b"Authorization", credentials.as_bytes())?;
    }
    let framed = fields.contains(b"content-length") || fields.contains(b"transfer-encoding");
    if !framed {
        match request.body.len() {
            Some(0) if !request.body.is_some() && !expects_body(&request.method) => {}
            Some(length) => fields.append(b"Content-Length", length.to_string().as_bytes())?,
            None => fields.append(b"Transfer-Encoding", b"chunked")?,
        }
    }
    if request.options.expect_continue.is_some()
        && request.body.len() != Some(0)
        && !fields.contains(b"expect")
    {
        fields.append(b"Expect", b"100-continue")?;
    }
    let mut head = RequestHead::new(&request.method, url.target());
    head.fields = fields;
    Ok(head)
}

/// Whether a server may wait for a body if nothing says that there is none (RFC 9110 section 8.6).
fn expects_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// `Host` without the zone of an address, which means nothing to the server.
fn host(authority: &str) -> std::borrow::Cow<'_, str> {
    match (authority.find('%'), authority.find(']')) {
        (Some(zone), Some(end)) if zone < end => {
            format!("{}{}", &authority[..zone], &authority[end..]).into()
        }
        _ => authority.into(),
    }
}
