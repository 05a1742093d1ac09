//! Conditional requests (RFC 9110 section 13).

use ferrosock_proto::http::{Fields, list, parse_date};

/// What a file's validators are.
#[derive(Debug, Clone)]
pub(crate) struct Validators {
    /// A strong entity tag, quotes included.
    pub(crate) tag: String,
    /// When it was changed, in whole seconds since 1970.
    pub(crate) modified: i64,
}

/// What the conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Answer as without conditions.
    Go,
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client means.
    Failed,
}

/// Judges a request in the order of RFC 9110 section 13.2.2.
pub(crate) fn judge(method: &str, fields: &Fields, own: &Validators, now: i64) -> Verdict {
    let reads = matches!(method, "GET" | "HEAD");
    let date = |name: &[u8]| fields.get(name).and_then(|value| parse_date(value, now).ok());
    if let Some(tags) = fields.joined(b"if-match") {
        // A weak tag matches nothing here (section 13.1.1).
        if !matches(&tags, |tag| tag == own.tag.as_bytes()) {
            return Verdict::Failed;
        }
    } else if date(b"if-unmodified-since").is_some_and(|since| own.modified > since) {
        return Verdict::Failed;
    }
    if let Some(tags) = fields.joined(b"if-none-match") {
        let weakly = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag) == own.tag.as_bytes();
        if matches(&tags, weakly) {
            return Verdict::NotModified;
        }
    } else if reads && date(b"if-modified-since").is_some_and(|since| own.modified <= since) {
        // Other methods do not know it (section 13.1.3).
        return Verdict::NotModified;
    }
    Verdict::Go
}

fn matches(tags: &[u8], is: impl Fn(&[u8]) -> bool) -> bool {
    tags == b"*" || list(tags).any(is)
}

/// Whether a `Range` counts: there is no `If-Range`, or it names just this file (section 13.1.5). A date does only if it is so
/// old that nothing can have changed twice within its second.
pub(crate) fn range_counts(fields: &Fields, own: &Validators, now: i64) -> bool {
    match fields.get(b"if-range") {
        None => true,
        Some(tag) if tag.starts_with(b"\"") || tag.starts_with(b"W/") => tag == own.tag.as_bytes(),
        Some(date) => parse_date(date, now) == Ok(own.modified) && own.modified + 1 < now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn own() -> Validators {
        Validators { tag: "\"a\"".into(), modified: 784_111_777 }
    }

    #[test]
    fn conditions_in_their_order() {
        use Verdict::{Failed, Go, NotModified};
        for (pairs, expected) in [
            (&[][..], Go),
            (&[("If-Match", "\"a\"")], Go),
            (&[("If-Match", "\"b\", \"a\"")], Go),
            (&[("If-Match", "*")], Go),
            (&[("If-Match", "\"b\"")], Failed),
            (&[("If-Match", "W/\"a\"")], Failed),
            (&[("If-Match", "\"a\""), ("If-Unmodified-Since", BEFORE)], Go),
            (&[("If-Unmodified-Since", BEFORE)], Failed),
            (&[("If-Unmodified-Since", THEN)], Go),
            (&[("If-Unmodified-Since", "once")], Go),
            (&[("If-None-Match", "\"a\"")], NotModified),
            (&[("If-None-Match", "W/\"a\"")], NotModified),
            (&[("If-None-Match", "*")], NotModified),
            (&[("If-None-Match", "\"b\"")], Go),
            (&[("If-None-Match", "\"b\""), ("If-Modified-Since", LATER)], Go),
            (&[("If-None-Match", "\"b\""), ("If-None-Match", "\"a\"")], NotModified),
            (&[("If-Modified-Since", THEN)], NotModified),
            (&[("If-Modified-Since", LATER)], NotModified),
            (&[("If-Modified-Since", BEFORE)], Go),
            (&[("If-Modified-Since", "once")], Go),
            (&[("If-Match", "\"b\""), ("If-None-Match", "\"a\"")], Failed),
            (&[("If-Match", "\"a\""), ("If-None-Match", "\"a\"")], NotModified),
        ] {
            let mut fields = Fields::new();
            for (name, value) in pairs {
                fields.append(name.as_bytes(), value.as_bytes()).unwrap();
            }
            assert_eq!(judge("GET", &fields, &own(), 1_700_000_000), expected, "{pairs:?}");
            let writes = if fields.contains(b"if-modified-since") { Go } else { expected };
            assert_eq!(judge("PUT", &fields, &own(), 1_700_000_000), writes, "{pairs:?}");
        }
    }

    #[test]
    fn a_range_of_the_same_file_only() {
        for (value, now, expected) in [
            ("\"a\"", 1_700_000_000, true),
            ("W/\"a\"", 1_700_000_000, false),
            ("\"b\"", 1_700_000_000, false),
            (THEN, 1_700_000_000, true),
            (THEN, 784_111_778, false),
            (LATER, 1_700_000_000, false),
            ("once", 1_700_000_000, false),
        ] {
            let mut fields = Fields::new();
            assert!(range_counts(&fields, &own(), now));
            fields.append(b"If-Range", value.as_bytes()).unwrap();
            assert_eq!(range_counts(&fields, &own(), now), expected, "{value}");
        }
    }
}
