//! A request from its first call to the head of its response: tries, redirects and all.

use std::borrow::Cow;
use std::sync::Arc;

use ferrosock_proto::http::{Fields, basic_credentials};
use ferrosock_proto::http1::{self, RequestHead, ResponseHead, Temper, may_send_method};

use super::client::Inner;
use super::clock::Clock;
use super::content::Content;
use super::error::Error;
use super::pool::Sending;
use super::redirect::{follow, is_redirect};
use super::request::Request;
use super::response::Response;
use super::retry::{Repeatable, Tries, pause};
use super::route::Route;
use super::transfer::Transfer;

/// Makes a request.
pub(crate) fn run(client: &Inner, mut request: Request) -> Result<Response, Error> {
    let clock = Clock::start(request.options.timeouts, client.signals.clone());
    let mut tries = Tries::new(Arc::clone(&request.options.retries), Arc::clone(&client.random));
    let mut followed = 0;
    loop {
        let route = Route::of(&request);
        let head = head(client, &request, &route)?;
        let (response, mut transfer) = match once(client, &mut request, &route, &head, &clock) {
            Ok(answered) => answered,
            Err(failed) => {
                let repeatable = repeatable(&request, failed.sent);
                let Some(time) = tries.after_failure(&failed.error, repeatable, &clock) else {
                    return Err(failed.error);
                };
                client.pool.counters.retry();
                pause(time, &clock)?;
                continue;
            }
        };
        if let Some(cookies) = &client.cookies {
            response.fields.all(b"set-cookie").for_each(|field| cookies.store(&request.url, field));
        }
        let repeatable = repeatable(&request, true);
        if let Some(time) = tries.after_response(response.status, &response.fields, repeatable, &clock) {
            transfer.drain();
            client.pool.counters.retry();
            pause(time, &clock)?;
            continue;
        }
        let location = response.fields.get(b"location");
        if let (true, true, Some(location)) =
            (request.options.redirects.follow, is_redirect(response.status), location)
        {
            transfer.drain();
            follow(&mut request, response.status, location)?;
            followed += 1;
            if followed > request.options.redirects.limit {
                let limit = request.options.redirects.limit;
                return Err(Error::TooManyRedirects {
                    limit,
                    url: Box::new(request.url.without_credentials()),
                });
            }
            client.pool.counters.redirect();
            continue;
        }
        return Ok(finished(request, response, transfer));
    }
}

fn finished(request: Request, head: ResponseHead, mut transfer: Transfer) -> Response {
    if let Some(progress) = request.download {
        transfer.watch(progress);
    }
    // A part of an encoded content cannot be decoded by itself.
    let content = match request.options.decode {
        Some(limits) if head.status != 206 => Content::decoded(transfer, &head.fields, limits),
        _ => Content::plain(transfer),
    };
    Response::new(head, request.url.without_credentials(), content)
}

fn repeatable(request: &Request, sent: bool) -> Repeatable {
    Repeatable { sent, idempotent: is_idempotent(&request.method), body: request.body.is_repeatable() }
}

/// Whether a request means the same if it is made twice (RFC 9110 section 9.2.2).
fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

/// A request that failed, and whether anything of it was sent.
struct Failed {
    error: Error,
    sent: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, sent: false }
    }
}

/// Sends the request, and receives the head of the response.
fn once(
    client: &Inner,
    request: &mut Request,
    route: &Route,
    head: &RequestHead,
    clock: &Clock,
) -> Result<(ResponseHead, Transfer), Failed> {
    let mut fresh = false;
    loop {
        let mut lease = client.pool.lease(&route.key(&request.url), fresh, clock)?;
        let reused = lease.connection.is_some();
        let connection = match &mut lease.connection {
            Some(connection) => connection,
            none => none.insert(Box::new(route.connect(client, &request.url, clock)?)),
        };
        if let Some(progress) = &mut request.upload {
            progress.start(request.body.len());
        }
        let sending =
            Sending { progress: request.upload.as_mut(), patience: request.options.expect_continue };
        let answer = connection.exchange(head, &mut request.body, sending, clock);
        if answer.as_ref().err().is_none_or(|failure| failure.sent) {
            client.pool.counters.request();
        }
        let failure = match answer {
            Ok((head, framing)) => return Ok((head, Transfer::new(lease, framing, clock.clone()))),
            Err(failure) => failure,
        };
        // A kept connection may have been closed by the peer just when it was used again.
        let again = reused
            && !failure.answered
            && matches!(failure.error, Error::Io { .. } | Error::Disconnected { .. })
            && (!failure.sent || is_idempotent(&request.method) && request.body.is_repeatable());
        if !again {
            return Err(Failed { error: failure.error, sent: failure.sent });
        }
        fresh = true;
        client.pool.counters.retry();
    }
}

/// The head of the request.
fn head(client: &Inner, request: &Request, route: &Route) -> Result<RequestHead, Error> {
    let (url, given, general) = (&request.url, &request.fields, &request.general);
    let has = |name: &[u8]| given.contains(name) || general.contains(name);
    if !may_send_method(request.method.as_bytes(), Temper::Strict) {
        return Err(http1::Error::InvalidMethod(request.method.clone().into_bytes()).into());
    }
    // Room for most requests, so that it is taken once.
    let mut fields = Fields::with_capacity(general.len() + given.len() + 8, 512);
    if !has(b"host") {
        fields.append(b"Host", host(url.authority()).as_bytes())?;
    }
    // What is for a proxy is not for the server behind it.
    let goes =
        |name: &[u8]| route.forwarder().is_some() || !name.eq_ignore_ascii_case(b"proxy-authorization");
    for (name, value) in general.iter().filter(|(name, _)| goes(name) && !given.contains(name)) {
        fields.append(name, value)?;
    }
    if request.options.decode.is_some() && !has(b"accept-encoding") && !has(b"range") {
        fields.append(b"Accept-Encoding", client.accepted.as_bytes())?;
    }
    for (name, value) in given.iter().filter(|(name, _)| goes(name)) {
        fields.append(name, value)?;
    }
    if let (Some((user, password)), false) = (url.credentials(), has(b"authorization")) {
        let credentials = basic_credentials(user, password);
        let credentials = credentials.ok_or(Error::InvalidOption("a colon in the name of a user"))?;
        fields.append(b"Authorization", credentials.as_bytes())?;
    }
    if let (Some(cookies), false) = (&client.cookies, has(b"cookie")) {
        if let Some(cookies) = cookies.header(url) {
            fields.append(b"Cookie", cookies.as_bytes())?;
        }
    }
    if !has(b"content-length") && !has(b"transfer-encoding") {
        match request.body.len() {
            Some(0) if !request.body.is_some() && !expects_body(&request.method) => {}
            Some(length) => fields.append(b"Content-Length", length.to_string().as_bytes())?,
            None => fields.append(b"Transfer-Encoding", b"chunked")?,
        }
    }
    let waits = request.options.expect_continue.is_some() && request.body.len() != Some(0);
    if waits && !has(b"expect") {
        fields.append(b"Expect", b"100-continue")?;
    }
    let target = match route.forwarder() {
        None => url.target(),
        Some(proxy) => {
            if let (Some(value), false) = (proxy.authorization()?, has(b"proxy-authorization")) {
                fields.append(b"Proxy-Authorization", value.as_bytes())?;
            }
            url.absolute_target()
        }
    };
    let mut head = RequestHead::new(&request.method, target);
    head.fields = fields;
    Ok(head)
}

/// Whether a server may wait for a body if nothing says that there is none (RFC 9110 section 8.6).
fn expects_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// `Host` without the zone of an address, which means nothing to the server.
fn host(authority: &str) -> Cow<'_, str> {
    match (authority.find('%'), authority.find(']')) {
        (Some(zone), Some(end)) if zone < end => {
            format!("{}{}", &authority[..zone], &authority[end..]).into()
        }
        _ => authority.into(),
    }
}
