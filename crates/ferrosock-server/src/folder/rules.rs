//! Who may do what, what is said with every answer, and how it is said that something is not done.

use std::path::Path;

use ferrosock_proto::http::{Fields, weighted};
use ferrosock_proto::http1::RequestHead;

use super::Shared;
use super::answers::outcome;
use super::page::{self, Scene};
use super::upload::{self, Refused, Stored};
use crate::request::{split_authority, split_target};
use crate::response::{Response, reason};

impl Shared {
    /// The answer to what need not be looked at further: a preflight, a client without an account, a method that is not for this
    /// folder, a page of others that would change something.
    pub(super) fn refusal(&self, head: &RequestHead) -> Option<Response> {
        if !self.is_meant(head) {
            return Some(self.failure(head, 421, "This server does not go by that name."));
        }
        if let Some(response) = self.cross_origin.preflight(head, self.uploads.is_some()) {
            return Some(response); // browsers ask it without credentials
        }
        if !self.accounts.admit(&head.fields) {
            let mut response = self.failure(head, 401, "This folder is for those who have an account.");
            response.put(b"WWW-Authenticate", b"Basic realm=\"ferrosock\", charset=\"UTF-8\"");
            return Some(response);
        }
        match head.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => None,
            "PUT" | "POST" if self.uploads.is_some() => {
                if !self.cross_origin.may_write(&head.fields) {
                    return Some(self.failure(head, 403, "Pages of other sites may not upload here."));
                }
                let refused = upload::check(&self.files, head).err()?;
                Some(self.refused(head, &refused, &[]))
            }
            "PUT" | "POST" => Some(self.allowing(self.failure(head, 405, "Uploads are not allowed here."))),
            _ => Some(self.allowing(self.failure(head, 405, "This is not done here."))),
        }
    }

    /// Whether a request is for a host that we answer for: that of an absolute target, which counts instead of the field
    /// (RFC 9112 section 3.2.2).
    fn is_meant(&self, head: &RequestHead) -> bool {
        if self.hosts.is_empty() {
            return true;
        }
        let named = split_authority(&head.target).map(|(authority, _)| authority);
        let named = named.or_else(|| head.fields.get(b"host")).unwrap_or_default();
        let host = String::from_utf8_lossy(named).to_ascii_lowercase();
        // A port has no letters, and an address of IPv6 stands in brackets.
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let name = name.map_or(host.as_str(), |(name, _)| name);
        let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        self.hosts.iter().any(|each| match each.strip_prefix('*') {
            Some(end) => name.len() > end.len() && name.ends_with(end),
            None => name == each,
        })
    }

    pub(super) fn allowing(&self, mut response: Response) -> Response {
        let methods: &[u8] =
            if self.uploads.is_some() { b"GET, HEAD, OPTIONS, POST, PUT" } else { b"GET, HEAD, OPTIONS" };
        response.put(b"Allow", methods);
        response
    }

    /// What is said in every response.
    pub(super) fn finished(&self, fields: &Fields, mut response: Response) -> Response {
        self.cross_origin.mark(fields, &mut response);
        if let Some(words) = &self.signature {
            let _ = response.fields.append(b"Server", words.as_bytes()); // documented: left out if it is wrong
        }
        response
    }

    /// What is said with every file.
    pub(super) fn guarded(&self, mut response: Response) -> Response {
        response.put(b"X-Content-Type-Options", b"nosniff");
        let kind = response.fields().get(b"content-type").unwrap_or_default();
        let active =
            [&b"text/html"[..], b"image/svg+xml", b"text/xml", b"application/atom", b"application/rss"];
        if self.uploads.is_some() && active.iter().any(|each| kind.starts_with(each)) {
            // It may be anybody's: its scripts run, but not as a page of this server.
            let policy = b"sandbox allow-scripts allow-forms allow-popups allow-downloads allow-modals";
            response.put(b"Content-Security-Policy", policy);
        }
        response
    }

    pub(super) fn scene<'a>(&'a self, head: &'a RequestHead, path: &'a Path) -> Scene<'a> {
        Scene { theme: self.theme, target: split_target(&head.target).0, path, name: &self.name }
    }

    /// Says why not, in the form that the client likes.
    pub(super) fn failure(&self, head: &RequestHead, status: u16, detail: &str) -> Response {
        self.refused(head, &Refused::new(status, detail), &[])
    }

    pub(super) fn refused(&self, head: &RequestHead, refused: &Refused, stored: &[Stored]) -> Response {
        let Refused(status, detail) = refused;
        let response = if prefers_json(&head.fields) {
            let mut response = page::json_of(*status, outcome(Some(detail), stored));
            response.put(b"Vary", b"Accept");
            response
        } else if accepts(&head.fields, b"text/html") {
            self.scene(head, Path::new("")).error(*status, detail)
        } else {
            let mut response = Response::plain(*status);
            response.put(b"X-Content-Type-Options", b"nosniff");
            response.put(b"Vary", b"Accept");
            response.with_body(format!("{status} {}: {detail}\n", reason(*status)))
        };
        self.finished(&head.fields, response)
    }
}

pub(super) fn accepts(fields: &Fields, kind: &[u8]) -> bool {
    weight(fields, kind).is_some_and(|weight| weight > 0)
}

/// The weight of a media type that a client names; wildcards do not count.
fn weight(fields: &Fields, kind: &[u8]) -> Option<u16> {
    let accepted = fields.joined(b"accept")?;
    weighted(&accepted).iter().find(|(each, _)| each.eq_ignore_ascii_case(kind)).map(|(_, weight)| *weight)
}

pub(super) fn prefers_json(fields: &Fields) -> bool {
    let json = weight(fields, b"application/json").unwrap_or(0);
    json > 0 && json >= weight(fields, b"text/html").unwrap_or(0)
}
