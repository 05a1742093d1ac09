//! Pages of other origins: what they may read (the Fetch standard's CORS protocol), and that they cannot write.

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::RequestHead;

use crate::response::Response;

/// Which other origins' pages may read what is served.
///
/// ```
/// use ferrosock_server::CrossOrigin;
///
/// let origins = CrossOrigin::Origins(vec!["https://app.example".to_owned()]);
/// # let _ = origins;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossOrigin {
    /// None, as browsers have it by default.
    #[default]
    None,
    /// All may read, none may upload.
    Any,
    /// These may read, and upload where that is allowed. An origin is a scheme, a host and a port where it is not the scheme's own.
    Origins(Vec<String>),
}

/// What a page of another origin may see of a response beside its content.
const EXPOSED: &[u8] = b"Accept-Ranges, Content-Disposition, Content-Range, ETag, Location";

/// How long a browser may remember what it was allowed, in seconds.
const REMEMBERED: &[u8] = b"7200";

impl CrossOrigin {
    fn allows(&self, origin: &[u8]) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::Origins(origins) => origins.iter().any(|each| each.as_bytes().eq_ignore_ascii_case(origin)),
        }
    }

    /// The answer to a preflight: what a browser asks before a request that is not plain. `None` if it is none.
    pub(super) fn preflight(&self, head: &RequestHead, uploads: bool) -> Option<Response> {
        if *self == Self::None || head.method != "OPTIONS" {
            return None;
        }
        head.fields.get(b"origin")?;
        head.fields.get(b"access-control-request-method")?;
        let mut response = Response::new(204);
        self.mark(&head.fields, &mut response);
        let writes = uploads && matches!(self, Self::Origins(_));
        let methods: &[u8] = if writes { b"GET, HEAD, POST, PUT" } else { b"GET, HEAD" };
        response.put(b"Access-Control-Allow-Methods", methods);
        // Those that it asks for: none of them makes a request more than its method does.
        if let Some(wished) = head.fields.joined(b"access-control-request-headers") {
            let _ = response.fields.append(b"Access-Control-Allow-Headers", &wished);
        }
        response.put(b"Access-Control-Max-Age", REMEMBERED);
        Some(response)
    }

    /// Says in a response who may read it.
    pub(super) fn mark(&self, fields: &Fields, response: &mut Response) {
        match self {
            Self::None => return,
            Self::Any => response.put(b"Access-Control-Allow-Origin", b"*"),
            Self::Origins(_) => {
                response.put(b"Vary", b"Origin");
                let Some(origin) = fields.get(b"origin").filter(|origin| self.allows(origin)) else { return };
                let _ = response.fields.append(b"Access-Control-Allow-Origin", origin);
                response.put(b"Access-Control-Allow-Credentials", b"true");
            }
        }
        response.put(b"Access-Control-Expose-Headers", EXPOSED);
    }

    /// Whether a request that changes something comes from a page that may do so: one of ours, or of an origin that was named;
    /// or from no page at all. A browser adds the user's credentials to a form of any page, so this must not rest on them.
    pub(super) fn may_write(&self, fields: &Fields) -> bool {
        let origin = fields.get(b"origin");
        if matches!(self, Self::Origins(_)) && origin.is_some_and(|origin| self.allows(origin)) {
            return true;
        }
        match (fields.get(b"sec-fetch-site"), origin) {
            (Some(site), _) => matches!(site, b"same-origin" | b"none"),
            // The scheme may be that of a proxy's other side; `null` has no host.
            (None, Some(origin)) => {
                let own = fields.get(b"host").filter(|host| !host.is_empty());
                let authority = origin.windows(3).position(|part| part == b"://").map(|at| &origin[at + 3..]);
                matches!((authority, own), (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
            }
            (None, None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_write() {
        let named = CrossOrigin::Origins(vec!["https://app.example".into()]);
        for (pairs, plain, by_name) in [
            (&[][..], true, true),
            (&[("Sec-Fetch-Site", "same-origin")], true, true),
            (&[("Sec-Fetch-Site", "none")], true, true),
            (&[("Sec-Fetch-Site", "same-site")], false, false),
            (&[("Sec-Fetch-Site", "cross-site")], false, false),
            (&[("Sec-Fetch-Site", "")], false, false),
            (&[("Origin", "http://here:8000")], true, true),
            (&[("Origin", "https://HERE:8000")], true, true),
            (&[("Origin", "http://here")], false, false),
            (&[("Origin", "http://evil.example")], false, false),
            (&[("Origin", "http://evil.example/://here:8000")], false, false),
            (&[("Origin", "null")], false, false),
            (&[("Origin", "")], false, false),
            (&[("Origin", "https://app.example")], false, true),
            (&[("Origin", "https://app.example"), ("Sec-Fetch-Site", "cross-site")], false, true),
            (&[("Origin", "http://here:8000"), ("Sec-Fetch-Site", "cross-site")], false, false),
        ] {
            let mut fields = Fields::new();
            fields.append(b"Host", b"here:8000").unwrap();
            for (name, value) in pairs {
                fields.append(name.as_bytes(), value.as_bytes()).unwrap();
            }
            for (whose, expected) in
                [(&CrossOrigin::None, plain), (&CrossOrigin::Any, plain), (&named, by_name)]
            {
                assert_eq!(whose.may_write(&fields), expected, "{pairs:?} {whose:?}");
            }
        }
    }
}
