//! What a handler is given.

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use ferrosock_proto::http1::RequestHead;
use ferrosock_proto::proxy_protocol::{Header, Tls};
use ferrosock_socket::address::{Address, UnixName};

use crate::event_loop::mailbox::{Mailbox, Message, Ticket};
use crate::handler::Reply;
use crate::intake::BodyReader;
use crate::responder::Responder;
use crate::watch::{Watch, Watched, Watching};

/// Where a request came from: one for all requests of a connection.
pub(crate) struct Origin {
    pub(crate) peer: Address,
    pub(crate) local: Option<Address>,
    /// What a trusted proxy says of the client's TLS.
    pub(crate) tls: Option<Box<Tls>>,
    pub(crate) mailbox: Arc<Mailbox>,
}

impl Origin {
    /// The same connection as its proxy describes it, if that knows more.
    pub(crate) fn behind(&self, header: Header, tls: Option<Tls>) -> Option<Self> {
        let (peer, local) = match header {
            Header::Inet { source, destination } => (source.into(), Some(destination.into())),
            Header::Unix { source, destination } => {
                let name = |bytes: Vec<u8>| Address::Unix(UnixName::from_bytes(&bytes));
                (name(source), Some(name(destination)))
            }
            Header::Unknown if tls.is_some() => (self.peer.clone(), self.local.clone()),
            _ => return None,
        };
        Some(Self { peer, local, tls: tls.map(Box::new), mailbox: self.mailbox.clone() })
    }
}

/// A request: its head, its body, and where it came from. It may move to another thread.
///
/// ```
/// use ferrosock_server::{Request, Response};
///
/// fn hello(request: Request) -> Response {
///     Response::text(format!("{} {}", request.method(), request.path().escape_ascii()))
/// }
/// # let _ = ferrosock_server::Server::builder().start(hello);
/// ```
pub struct Request {
    /// The head.
    pub head: RequestHead,
    /// The body.
    pub body: RequestBody,
    pub(crate) origin: Arc<Origin>,
    pub(crate) ticket: Ticket,
}

/// The body of a request.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum RequestBody {
    /// There is none.
    #[default]
    Empty,
    /// All of it.
    Whole(Vec<u8>),
    /// All of it, too large for memory: a file without a name, to be read from its beginning, and its length.
    Spooled(File, u64),
    /// It comes as it is read.
    Stream(BodyReader),
}

impl RequestBody {
    /// The body, if it is here whole.
    ///
    /// ```
    /// assert_eq!(ferrosock_server::RequestBody::Whole(b"a=b".to_vec()).bytes(), Some(&b"a=b"[..]));
    /// ```
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Empty => Some(&[]),
            Self::Whole(bytes) => Some(bytes),
            Self::Spooled(..) | Self::Stream(_) => None,
        }
    }
}

impl Request {
    /// The method (RFC 9110 section 9).
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let is_safe = matches!(request.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
    /// # }
    /// ```
    pub fn method(&self) -> &str {
        &self.head.method
    }

    /// The path of the target as it was sent, without its query; of the absolute form what follows the authority
    /// (RFC 9112 section 3.2.2). For `*` and for CONNECT it is the target.
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let is_root = request.path() == b"/";
    /// # }
    /// ```
    pub fn path(&self) -> &[u8] {
        split_target(&self.head.target).0
    }

    /// What follows the first `?` of the target.
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let asks_for_all = request.query() == Some(b"all=1");
    /// # }
    /// ```
    pub fn query(&self) -> Option<&[u8]> {
        split_target(&self.head.target).1
    }

    /// Host and port of a target in the absolute form, which count instead of those of `Host` (RFC 9112 section 3.2.2).
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let host = request.authority().or(request.field("host"));
    /// # }
    /// ```
    pub fn authority(&self) -> Option<&[u8]> {
        split_authority(&self.head.target).map(|(authority, _)| authority)
    }

    /// A field's first value.
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let agent = request.field("user-agent").unwrap_or_default();
    /// # }
    /// ```
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.head.fields.get(name.as_bytes())
    }

    /// The client's address: what the system says, or a trusted proxy.
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// println!("{}", request.peer());
    /// # }
    /// ```
    pub fn peer(&self) -> &Address {
        &self.origin.peer
    }

    /// The address at which the client reached the server, if there is one.
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let is_local = request.local().is_none();
    /// # }
    /// ```
    pub fn local(&self) -> Option<&Address> {
        self.origin.local.as_ref()
    }

    /// What a trusted proxy says of the TLS that it has ended for this connection
    /// (see [`Builder::trust_proxy_protocol`](crate::Builder::trust_proxy_protocol)). The request is one of https if there is any.
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let scheme = if request.tls().is_some() { "https" } else { "http" };
    /// # }
    /// ```
    pub fn tls(&self) -> Option<&Tls> {
        self.origin.tls.as_deref()
    }

    /// Puts the answer off: the [`Responder`] gives it later, from any thread, and the [`Reply`] is what the handler returns
    /// now.
    ///
    /// ```
    /// use ferrosock_server::{Reply, Request, Response};
    ///
    /// fn slow(request: Request) -> Reply {
    ///     let (responder, later) = request.defer();
    ///     std::thread::spawn(move || responder.send(Response::text("in the end")));
    ///     later
    /// }
    /// # let _ = ferrosock_server::Server::builder().start(slow);
    /// ```
    pub fn defer(&self) -> (Responder, Reply) {
        (self.responder(), Reply::later())
    }

    /// What gives the answer to this request, after the handler has returned [`Reply::later`]. One is made a request: each answers
    /// 500 if it is dropped without an answer.
    ///
    /// ```
    /// # fn of(request: ferrosock_server::Request) {
    /// request.responder().send(ferrosock_server::Response::new(204));
    /// # }
    /// ```
    pub fn responder(&self) -> Responder {
        Responder::new(self.origin.mailbox.clone(), self.ticket)
    }

    /// What tells when the client of this request has gone.
    ///
    /// ```
    /// # fn of(request: &ferrosock_server::Request) {
    /// let watch = request.watch();
    /// # }
    /// ```
    pub fn watch(&self) -> Watch {
        let watched = Arc::new(Watched::default());
        self.origin.mailbox.post(Message::Watch(self.ticket, Watching(watched.clone())));
        Watch(watched)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, body) = (&self.head, &self.body);
        formatter
            .debug_struct("Request")
            .field("head", head)
            .field("body", body)
            .field("peer", self.peer())
            .finish()
    }
}

/// Path and query of a target.
pub(crate) fn split_target(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    let path = match split_authority(target) {
        Some((_, b"")) => b"/",
        Some((_, path)) => path,
        None => target,
    };
    match memchr::memchr(b'?', path) {
        Some(0) => (b"/", Some(&path[1..])),
        Some(at) => (&path[..at], Some(&path[at + 1..])),
        None => (path, None),
    }
}

/// The authority of a target in absolute form, and what follows it.
pub(crate) fn split_authority(target: &[u8]) -> Option<(&[u8], &[u8])> {
    // A scheme holds no slash, so the first one of an absolute form stands behind its colon.
    if target.starts_with(b"/") {
        return None;
    }
    let at = target.windows(3).position(|window| window == b"://")?;
    let rest = &target[at + 3..];
    Some(rest.split_at(rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_every_form() {
        for (target, authority, path, query) in [
            ("/a/b", None, "/a/b", None),
            ("/a?b?c", None, "/a", Some("b?c")),
            ("/?", None, "/", Some("")),
            ("http://a.example/b?c", Some("a.example"), "/b", Some("c")),
            ("http://a.example:80", Some("a.example:80"), "/", None),
            ("http://a.example?c=d://e", Some("a.example"), "/", Some("c=d://e")),
            ("/a://b/c", None, "/a://b/c", None),
            ("*", None, "*", None),
            ("a.example:443", None, "a.example:443", None),
        ] {
            let found = split_target(target.as_bytes());
            assert_eq!(found, (path.as_bytes(), query.map(str::as_bytes)), "{target}");
            let found = split_authority(target.as_bytes()).map(|(authority, _)| authority);
            assert_eq!(found, authority.map(str::as_bytes), "{target}");
        }
    }
}
