//! The components of a reference, of which one that is missing is not an empty one: RFC 3986, section 5, as Python's
//! `urllib.parse` has it since 3.14.

use std::borrow::Cow;

use memchr::memchr;

use super::join::{Defragmented, resolved};
use super::split::{TrimControls, clean_scheme, components_clean, without_breaks};
use super::{Error, Schemes, SplitOptions};

/// The five components of a URL or a relative reference. `http://a?` has an empty query, `http://a` has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components<'a> {
    /// The scheme, in lower case if it stood in the URL.
    pub scheme: Option<Cow<'a, [u8]>>,
    /// The authority, without the `//` before it.
    pub authority: Option<Cow<'a, [u8]>>,
    /// The path.
    pub path: Cow<'a, [u8]>,
    /// The query, without its `?`.
    pub query: Option<Cow<'a, [u8]>>,
    /// The fragment, without its `#`.
    pub fragment: Option<Cow<'a, [u8]>>,
}

impl Components<'_> {
    /// The URL of these components.
    ///
    /// A path gets the `/` that it needs behind an authority, and the `//` before it that it needs if it begins with such and
    /// there is no authority.
    ///
    /// Source: RFC 3986, section 5.3.
    ///
    /// ```
    /// use ferrosock_codec::url::{Components, SplitOptions, components};
    ///
    /// let url = b"http://example.org?#";
    /// assert_eq!(components(url, &SplitOptions::default())?.recompose(), url);
    /// let path = Components { path: b"//a".into(), ..Components::default() };
    /// assert_eq!(path.recompose(), b"////a");
    /// # Ok::<(), ferrosock_codec::url::Error>(())
    /// ```
    #[must_use]
    pub fn recompose(&self) -> Vec<u8> {
        let Self { scheme, authority, path, query, fragment } = self;
        let length = |part: &Option<Cow<'_, [u8]>>| part.as_ref().map_or(0, |part| part.len());
        let whole = [scheme, authority, query, fragment].into_iter().map(length).sum::<usize>() + path.len();
        let mut out = Vec::with_capacity(whole + 6); // ":", "//", "/", "?" and "#"
        if let Some(scheme) = scheme.as_ref().filter(|scheme| !scheme.is_empty()) {
            out.extend_from_slice(scheme);
            out.push(b':');
        }
        match authority {
            Some(authority) => {
                out.extend_from_slice(b"//");
                out.extend_from_slice(authority);
                if path.first().is_some_and(|&first| first != b'/') {
                    out.push(b'/');
                }
            }
            None if path.starts_with(b"//") => out.extend_from_slice(b"//"),
            None => {}
        }
        out.extend_from_slice(path);
        for (mark, part) in [(b'?', query), (b'#', fragment)] {
            if let Some(part) = part {
                out.push(mark);
                out.extend_from_slice(part);
            }
        }
        out
    }

    fn into_owned<'b>(self) -> Components<'b> {
        let own = |part: Cow<'_, [u8]>| Cow::Owned(part.into_owned());
        Components {
            scheme: self.scheme.map(own),
            authority: self.authority.map(own),
            path: own(self.path),
            query: self.query.map(own),
            fragment: self.fragment.map(own),
        }
    }
}

/// [`split`](super::split()), with a difference between what is missing and what is empty. An empty scheme in `options` is none.
///
/// # Errors
/// Those of [`split`](super::split()).
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, components};
///
/// let url = components(b"//example.org?", &SplitOptions::default())?;
/// assert_eq!((url.scheme, url.query.as_deref(), url.fragment), (None, Some(&b""[..]), None));
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn components<'a>(url: &'a [u8], options: &SplitOptions<'a>) -> Result<Components<'a>, Error> {
    let mut found = match without_breaks(url.trim_ascii_controls()) {
        Cow::Borrowed(url) => components_clean(url, options)?,
        Cow::Owned(url) => components_clean(&url, options)?.into_owned(),
    };
    if found.scheme.is_none() && !options.scheme.is_empty() {
        found.scheme = Some(clean_scheme(options.scheme));
    }
    Ok(found)
}

/// [`join_with`](super::join_with()), with a difference between what is missing and what is empty. The scheme in `options` is of no
/// account.
///
/// # Errors
/// Those of [`split`](super::split()), for either.
///
/// Source: RFC 3986, section 5.2, of which this is the algorithm for those that are not strict: a reference of the base's own
/// scheme is taken for a relative one.
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, StandardSchemes, resolve};
///
/// let resolve = |reference| resolve(b"http://a/b?q#f", reference, &SplitOptions::default(), &StandardSchemes);
/// assert_eq!(&*resolve(b"?")?, b"http://a/b?");
/// assert_eq!(&*resolve(b"#")?, b"http://a/b?q#");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn resolve<'a>(
    base: &'a [u8],
    reference: &'a [u8],
    options: &SplitOptions<'_>,
    schemes: &(impl Schemes + ?Sized),
) -> Result<Cow<'a, [u8]>, Error> {
    if base.is_empty() || reference.is_empty() {
        return Ok(Cow::Borrowed(if base.is_empty() { reference } else { base }));
    }
    let options = SplitOptions { scheme: b"", ..*options };
    let base = components(base, &options)?;
    let mut target = components(reference, &options)?;
    let own = target.scheme.take();
    let same = own.is_none() || own == base.scheme;
    match own.or_else(|| base.scheme.clone()) {
        Some(scheme) if !same || !schemes.has_relative(&scheme) => return Ok(Cow::Borrowed(reference)),
        scheme => target.scheme = scheme,
    }
    if target.scheme.as_ref().is_none_or(|scheme| schemes.has_authority(scheme)) {
        if target.authority.as_ref().is_some_and(|authority| !authority.is_empty()) {
            return Ok(Cow::Owned(target.recompose()));
        }
        target.authority = base.authority;
    }
    if target.path.is_empty() {
        target.path = base.path;
        if target.query.is_none() {
            target.query = base.query;
            target.fragment = target.fragment.or(base.fragment);
        }
    } else {
        target.path = Cow::Owned(resolved(&base.path, &target.path));
    }
    Ok(Cow::Owned(target.recompose()))
}

/// [`defragment`](super::defragment()), with a difference between what is missing and what is empty: what is empty stays.
///
/// # Errors
/// Those of [`split`](super::split()).
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, strip_fragment};
///
/// let (url, fragment) = strip_fragment(b"http://a/b?#c", &SplitOptions::default())?;
/// assert_eq!((&*url, &*fragment), (&b"http://a/b?"[..], &b"c"[..]));
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn strip_fragment<'a>(url: &'a [u8], options: &SplitOptions<'a>) -> Result<Defragmented<'a>, Error> {
    if memchr(b'#', url).is_none() {
        return Ok((Cow::Borrowed(url), Cow::default()));
    }
    let mut parts = components(url, options)?;
    let fragment = parts.fragment.take().unwrap_or_default();
    Ok((Cow::Owned(parts.recompose()), fragment))
}
