//! Redirects: RFC 9110 section 15.4.

use std::sync::Arc;

use super::body::Body;
use super::error::Error;
use super::request::Request;
use super::url::{Scheme, shown};

/// Whether and how far redirects are followed.
///
/// 301, 302 and 303 turn a request into GET (301 and 302 only POST does), 307 and 308 keep method and body. Another origin gets no
/// `Authorization`, `Cookie` and `Proxy-Authorization` of the caller's, neither the request's nor the client's; nothing leads to
/// another scheme than `http` and `https`.
///
/// ```
/// use ferrosock::http::Redirects;
///
/// assert_eq!(Redirects::default().limit, 10);
/// assert!(!Redirects::none().follow);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirects {
    /// Whether they are followed; if not, the response is the caller's.
    pub follow: bool,
    /// How many a request may follow; one more is an error.
    pub limit: usize,
    /// Whether one may lead from `https` to `http`, where everybody on the way can read along. Not by default.
    pub downgrade: bool,
}

impl Default for Redirects {
    fn default() -> Self {
        Self { follow: true, limit: 10, downgrade: false }
    }
}

impl Redirects {
    /// None is followed.
    pub const fn none() -> Self {
        Self { follow: false, limit: 0, downgrade: false }
    }
}

/// Fields that tell of a body, and go with it.
const OF_BODY: [&[u8]; 8] = [
    b"content-type",
    b"content-length",
    b"content-encoding",
    b"content-language",
    b"content-location",
    b"content-md5",
    b"transfer-encoding",
    b"expect",
];

/// Fields that are for one origin only.
const OF_ORIGIN: [&[u8]; 5] = [b"authorization", b"cookie", b"cookie2", b"proxy-authorization", b"host"];

/// Whether a status is one of a redirect that a client can follow by itself.
pub(crate) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Takes fields out of a request, those of the client among them.
fn forget(request: &mut Request, names: &[&[u8]]) {
    for name in names {
        request.fields.remove(name);
        if request.general.contains(name) {
            Arc::make_mut(&mut request.general).remove(name);
        }
    }
}

/// Turns a request into the one that a redirect asks for.
pub(crate) fn follow(request: &mut Request, status: u16, location: &[u8]) -> Result<(), Error> {
    let redirects = request.options.redirects;
    let refused = |request: &Request, reason| Error::RedirectRefused {
        from: Box::new(request.url.clone().without_credentials()),
        to: shown(location),
        reason,
    };
    let mut url = request.url.join(location).map_err(|error| match error {
        Error::UnsupportedScheme(_) => refused(request, "another scheme than http and https"),
        _ => refused(request, "not a URL"),
    })?;
    if request.url.scheme() == Scheme::Https && url.scheme() == Scheme::Http && !redirects.downgrade {
        return Err(refused(request, "from https to http"));
    }
    let to_get = match status {
        301 | 302 => request.method == "POST",
        303 => request.method != "HEAD",
        _ => false,
    };
    if to_get {
        "GET".clone_into(&mut request.method);
        request.body = Body::empty();
        forget(request, &OF_BODY);
    } else if !request.body.is_repeatable() {
        return Err(Error::BodyNotRepeatable);
    }
    if url.origin() == request.url.origin() {
        url.keep_credentials(&request.url);
    } else {
        forget(request, &OF_ORIGIN);
    }
    request.url = url;
    Ok(())
}
