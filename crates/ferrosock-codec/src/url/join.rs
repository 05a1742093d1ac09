//! References resolved against a base: RFC 3986, section 5, as `urllib.parse.urljoin` does it.

use std::borrow::Cow;

use memchr::memchr;

use super::{Error, Parsed, Schemes, Slashes, SplitOptions, StandardSchemes, parse, unparse};

/// The URL that a reference stands for in a document at `base`.
///
/// # Errors
/// Those of [`split`](super::split()), for either.
///
/// Source: RFC 3986, section 5.2; strictly, but for what is resolved: only references of the base's own scheme, and of schemes
/// that have relative references.
///
/// ```
/// use ferrosock_codec::url::join;
///
/// assert_eq!(&*join(b"http://a/b/c/d;p?q", b"../g")?, b"http://a/b/g");
/// assert_eq!(&*join(b"http://a/b/c/d;p?q", b"mailto:x@y")?, b"mailto:x@y");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn join<'a>(base: &'a [u8], reference: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
    join_with(base, reference, &SplitOptions::default(), &StandardSchemes, Slashes::default())
}

/// [`join`] with a choice of how URLs are split, what schemes there are, and what slashes become.
///
/// # Errors
/// Those of [`split`](super::split()), for either.
///
/// ```
/// use ferrosock_codec::url::{Slashes, SplitOptions, StandardSchemes, join_with};
///
/// let options = SplitOptions { allow_fragments: false, ..SplitOptions::default() };
/// let joined = join_with(b"http://a/b", b"c#d/../e", &options, &StandardSchemes, Slashes::Kept)?;
/// assert_eq!(&*joined, b"http://a/e");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn join_with<'a>(
    base: &'a [u8],
    reference: &'a [u8],
    options: &SplitOptions<'_>,
    schemes: &(impl Schemes + ?Sized),
    slashes: Slashes,
) -> Result<Cow<'a, [u8]>, Error> {
    if base.is_empty() || reference.is_empty() {
        return Ok(Cow::Borrowed(if base.is_empty() { reference } else { base }));
    }
    let base = parse(base, &SplitOptions { scheme: b"", ..*options }, schemes)?;
    let mut target = parse(reference, &SplitOptions { scheme: &base.split.scheme, ..*options }, schemes)?;
    if target.split.scheme != base.split.scheme || !schemes.has_relative(&target.split.scheme) {
        return Ok(Cow::Borrowed(reference));
    }
    if schemes.has_authority(&target.split.scheme) {
        if !target.split.authority.is_empty() {
            return Ok(Cow::Owned(unparse(&target, schemes, slashes)));
        }
        target.split.authority = Cow::Borrowed(&base.split.authority);
    }
    if target.split.path.is_empty() && target.params.is_empty() {
        target.split.path = Cow::Borrowed(&base.split.path);
        target.params = Cow::Borrowed(&base.params);
        if target.split.query.is_empty() {
            target.split.query = Cow::Borrowed(&base.split.query);
        }
    } else {
        target.split.path = Cow::Owned(resolved(&base.split.path, &target.split.path));
    }
    Ok(Cow::Owned(unparse(&target, schemes, slashes)))
}

/// The path of a reference, resolved against the base's, without `.` and `..` (RFC 3986, sections 5.2.3 and 5.2.4).
pub(super) fn resolved(base: &[u8], path: &[u8]) -> Vec<u8> {
    let slash = |byte: &u8| *byte == b'/';
    let mut segments: Vec<&[u8]>;
    if path.first() == Some(&b'/') {
        segments = path.split(slash).collect();
    } else {
        // The base's last segment gives way; an empty one ends a folder and is dropped with the other empty ones below,
        // unless it comes first.
        segments = base.split(slash).collect();
        if segments.last().is_some_and(|last| !last.is_empty()) {
            segments.pop();
        }
        segments.extend(path.split(slash));
        let last = segments.len() - 1;
        let mut place = 0;
        segments.retain(|segment| {
            let kept = place == 0 || place == last || !segment.is_empty();
            place += 1;
            kept
        });
    }
    let mut kept: Vec<&[u8]> = Vec::with_capacity(segments.len() + 1);
    for segment in &segments {
        match *segment {
            b".." => _ = kept.pop(),
            b"." => {}
            other => kept.push(other),
        }
    }
    if matches!(segments.last(), Some(&b"." | &b"..")) {
        kept.push(b"");
    }
    let mut out = Vec::with_capacity(base.len() + path.len() + 1);
    for (place, segment) in kept.iter().enumerate() {
        if place > 0 {
            out.push(b'/');
        }
        out.extend_from_slice(segment);
    }
    if out.is_empty() {
        out.push(b'/');
    }
    out
}

/// A URL without its fragment, and the fragment.
pub type Defragmented<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// A URL without its fragment, and the fragment.
///
/// # Errors
/// Those of [`split`](super::split()).
///
/// ```
/// use ferrosock_codec::url::{Slashes, SplitOptions, StandardSchemes, defragment};
///
/// let (url, fragment) =
///     defragment(b"http://a/b#c", &SplitOptions::default(), &StandardSchemes, Slashes::Kept)?;
/// assert_eq!((&*url, &*fragment), (&b"http://a/b"[..], &b"c"[..]));
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn defragment<'a>(
    url: &'a [u8],
    options: &SplitOptions<'a>,
    schemes: &(impl Schemes + ?Sized),
    slashes: Slashes,
) -> Result<Defragmented<'a>, Error> {
    if memchr(b'#', url).is_none() {
        return Ok((Cow::Borrowed(url), Cow::default()));
    }
    let mut parsed: Parsed<'a> = parse(url, options, schemes)?;
    let fragment = std::mem::take(&mut parsed.split.fragment);
    Ok((Cow::Owned(unparse(&parsed, schemes, slashes)), fragment))
}
