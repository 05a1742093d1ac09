//! URLs put together: RFC 3986, section 5.3, as `urllib.parse.urlunsplit` does it.

use super::{Parsed, Schemes, Split};

/// What becomes of a path where there is no authority.
///
/// ```
/// use ferrosock_codec::url::{Slashes, Split, StandardSchemes, unsplit};
///
/// let url = Split { path: b"//a".into(), ..Split::default() };
/// assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Kept), b"////a");
/// assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Lost), b"//a"); // where "a" is a host
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slashes {
    /// One that begins with `//` is left as it is, and is an authority when it is split again. A relative one of a scheme that has
    /// authorities becomes absolute.
    Lost,
    /// One that begins with `//` gets another `//` before it, so that it is a path again. A relative one becomes absolute, as above
    /// (3.10.15, 3.11.10, 3.12.4).
    Doubled,
    /// Of either kind, it is the same path when it is split again (3.12.6, 3.13).
    #[default]
    Kept,
}

/// The URL of five parts. Of a URL that was split it gives one of the same meaning, without delimiters that had nothing
/// behind them.
///
/// ```
/// use ferrosock_codec::url::{Slashes, SplitOptions, StandardSchemes, split, unsplit};
///
/// let url = split(b"http://example.org?#", &SplitOptions::default())?;
/// assert_eq!(unsplit(&url, &StandardSchemes, Slashes::Kept), b"http://example.org");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
#[must_use]
pub fn unsplit(url: &Split<'_>, schemes: &(impl Schemes + ?Sized), slashes: Slashes) -> Vec<u8> {
    put_together(url, b"", schemes, slashes)
}

/// The URL of six parts.
///
/// ```
/// use ferrosock_codec::url::{Slashes, SplitOptions, StandardSchemes, parse, unparse};
///
/// let url = parse(b"http://example.org/a;b?c", &SplitOptions::default(), &StandardSchemes)?;
/// assert_eq!(unparse(&url, &StandardSchemes, Slashes::Kept), b"http://example.org/a;b?c");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
#[must_use]
pub fn unparse(url: &Parsed<'_>, schemes: &(impl Schemes + ?Sized), slashes: Slashes) -> Vec<u8> {
    put_together(&url.split, &url.params, schemes, slashes)
}

fn put_together(
    url: &Split<'_>,
    params: &[u8],
    schemes: &(impl Schemes + ?Sized),
    slashes: Slashes,
) -> Vec<u8> {
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
    } else if slashes == Slashes::Kept {
        if doubled || (rooted.is_none_or(|&first| first == b'/') && may_have()) {
            out.extend_from_slice(b"//");
        }
    } else if doubled {
        if slashes == Slashes::Doubled {
            out.extend_from_slice(b"//");
        }
    } else if may_have() {
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
