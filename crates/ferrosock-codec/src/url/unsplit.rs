//! URLs put together: RFC 3986, section 5.3, as `urllib.parse.urlunsplit` does it.

use super::{Parsed, Schemes, Split};

/// The URL of five parts. Of a URL that was split it gives one of the same meaning, without delimiters that had nothing
/// behind them.
///
/// `slashes` says what a path that begins with `//` becomes where there is no authority: true puts another `//` before it,
/// so that it is a path again when it is split (Python 3.13), false leaves it.
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, StandardSchemes, split, unsplit};
///
/// let url = split(b"http://example.org?#", &SplitOptions::default())?;
/// assert_eq!(unsplit(&url, &StandardSchemes, true), b"http://example.org");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
#[must_use]
pub fn unsplit(url: &Split<'_>, schemes: &(impl Schemes + ?Sized), slashes: bool) -> Vec<u8> {
    put_together(url, b"", schemes, slashes)
}

/// The URL of six parts.
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, StandardSchemes, parse, unparse};
///
/// let url = parse(b"http://example.org/a;b?c", &SplitOptions::default(), &StandardSchemes)?;
/// assert_eq!(unparse(&url, &StandardSchemes, true), b"http://example.org/a;b?c");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
#[must_use]
pub fn unparse(url: &Parsed<'_>, schemes: &(impl Schemes + ?Sized), slashes: bool) -> Vec<u8> {
    put_together(&url.split, &url.params, schemes, slashes)
}

fn put_together(url: &Split<'_>, params: &[u8], schemes: &(impl Schemes + ?Sized), slashes: bool) -> Vec<u8> {
    let Split { scheme, authority, path, query, fragment } = url;
    let length = [scheme, authority, path, query, fragment].into_iter().map(|part| part.len()).sum::<usize>();
    let mut out = Vec::with_capacity(length + params.len() + 8); // ":", "//", "/", ";", "?" and "#"
    if !scheme.is_empty() {
        out.extend_from_slice(scheme);
        out.push(b':');
    }
    let rooted = path.first().or(if params.is_empty() { None } else { Some(&b';') });
    let doubled = path.starts_with(b"//");
    let may_have = || !scheme.is_empty() && schemes.has_authority(scheme);
    if !authority.is_empty() {
        out.extend_from_slice(b"//");
        out.extend_from_slice(authority);
        if rooted.is_some_and(|&first| first != b'/') {
            out.push(b'/');
        }
    } else if slashes {
        if doubled || (rooted.is_none_or(|&first| first == b'/') && may_have()) {
            out.extend_from_slice(b"//");
        }
    } else if !doubled && may_have() {
        out.extend_from_slice(b"//");
        if rooted.is_some_and(|&first| first != b'/') {
            out.push(b'/');
        }
    }
    for (delimiter, part) in
        [(None, &path[..]), (Some(b';'), params), (Some(b'?'), query), (Some(b'#'), fragment)]
    {
        if !part.is_empty() {
            out.extend(delimiter);
            out.extend_from_slice(part);
        }
    }
    out
}
