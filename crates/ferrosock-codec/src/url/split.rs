//! URLs taken apart: RFC 3986, section 3, as `urllib.parse.urlsplit` does it.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr, memchr2, memchr3, memrchr};

use super::{Authority, Components, Error, Schemes, check_bracketed_host};

/// How to split.
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, split};
///
/// let options = SplitOptions { allow_fragments: false, ..SplitOptions::default() };
/// assert_eq!(&*split(b"http://host/a#b", &options)?.path, b"/a#b");
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct SplitOptions<'o> {
    /// The scheme of a reference that has none. Spaces and control characters around it are dropped.
    pub scheme: &'o [u8],
    /// Whether `#` begins a fragment; else it belongs to the path or the query.
    pub allow_fragments: bool,
    /// Whether a scheme must begin with a letter, as RFC 3986, section 3.1, says. Python 3.10 does not ask for it.
    pub letter_first: bool,
    /// Whether nothing but a port may stand beside a host in brackets, and brackets nowhere else in an authority (RFC 3986,
    /// section 3.2.2). Python asks for it since 3.13.2.
    pub brackets_alone: bool,
    /// What checks a host in brackets: [`check_bracketed_host`], or a function of the caller's. It gets what stands
    /// between the brackets; with `brackets_alone` the whole host, if just the user's name or password has brackets.
    pub check_brackets: &'o dyn Fn(&[u8]) -> Result<(), Error>,
    /// A check of the caller's of the authority, for what needs tables of Unicode: whether normalization (NFKC) of a name
    /// brings forth a delimiter. It is asked where the authority has bytes above 127.
    pub check: &'o dyn Fn(&[u8]) -> Result<(), Error>,
}

impl Default for SplitOptions<'_> {
    fn default() -> Self {
        Self {
            scheme: b"",
            allow_fragments: true,
            letter_first: true,
            brackets_alone: false,
            check_brackets: &check_bracketed_host,
            check: &|_| Ok(()),
        }
    }
}

impl fmt::Debug for SplitOptions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SplitOptions")
            .field("scheme", &self.scheme.escape_ascii().to_string())
            .field("allow_fragments", &self.allow_fragments)
            .field("letter_first", &self.letter_first)
            .field("brackets_alone", &self.brackets_alone)
            .finish_non_exhaustive()
    }
}

/// The five parts of a URL, each empty if it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split<'a> {
    /// The scheme, in lower case if it stood in the URL.
    pub scheme: Cow<'a, [u8]>,
    /// The authority, without the `//` before it: see [`Split::authority`].
    pub authority: Cow<'a, [u8]>,
    /// The path.
    pub path: Cow<'a, [u8]>,
    /// The query, without its `?`.
    pub query: Cow<'a, [u8]>,
    /// The fragment, without its `#`.
    pub fragment: Cow<'a, [u8]>,
}

impl Split<'_> {
    /// The parts of the authority.
    #[must_use]
    pub fn authority(&self) -> Authority<'_> {
        Authority(&self.authority)
    }
}

/// The six parts of a URL of which [`parse`] tells: a [`Split`] and the parameters of the path's last segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// The five parts, the path without the parameters.
    pub split: Split<'a>,
    /// The parameters, without the `;` before them.
    pub params: Cow<'a, [u8]>,
}

/// Splits a URL or a relative reference. Nothing is decoded.
///
/// Spaces and control characters before the URL, and tabs and line breaks anywhere in it, are dropped.
///
/// # Errors
/// [`Error::UnbalancedBrackets`], and what the checks of `options` give.
///
/// Source: RFC 3986, sections 3 and 4.1, and Python's `urllib.parse.urlsplit`.
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, split};
///
/// let url = split(b"HTTPS://example.org/a;b?c#d", &SplitOptions::default())?;
/// assert_eq!(&*url.scheme, b"https");
/// assert_eq!(&*url.authority, b"example.org");
/// assert_eq!((&*url.path, &*url.query, &*url.fragment), (&b"/a;b"[..], &b"c"[..], &b"d"[..]));
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn split<'a>(url: &'a [u8], options: &SplitOptions<'a>) -> Result<Split<'a>, Error> {
    match without_breaks(url.trim_ascii_controls()) {
        Cow::Borrowed(url) => split_clean(url, options),
        Cow::Owned(url) => split_clean(&url, options).map(Split::into_owned),
    }
}

/// [`split`], and the parameters of the last segment of the path where `schemes` has them.
///
/// # Errors
/// Those of [`split`].
///
/// Source: RFC 2396, section 3.3, and Python's `urllib.parse.urlparse`.
///
/// ```
/// use ferrosock_codec::url::{SplitOptions, StandardSchemes, parse};
///
/// let url = parse(b"http://example.org/a;b?c", &SplitOptions::default(), &StandardSchemes)?;
/// assert_eq!((&*url.split.path, &*url.params), (&b"/a"[..], &b"b"[..]));
/// # Ok::<(), ferrosock_codec::url::Error>(())
/// ```
pub fn parse<'a>(
    url: &'a [u8],
    options: &SplitOptions<'a>,
    schemes: &(impl Schemes + ?Sized),
) -> Result<Parsed<'a>, Error> {
    let mut split = split(url, options)?;
    let mut params = Cow::default();
    if memchr(b';', &split.path).is_some() && schemes.has_params(&split.scheme) {
        (split.path, params) = match split.path {
            Cow::Borrowed(path) => {
                let (path, params) = split_params(path);
                (Cow::Borrowed(path), Cow::Borrowed(params))
            }
            Cow::Owned(path) => {
                let (path, params) = split_params(&path);
                (Cow::Owned(path.to_vec()), Cow::Owned(params.to_vec()))
            }
        };
    }
    Ok(Parsed { split, params })
}

/// A path, and the parameters of its last segment without the `;` before them.
///
/// ```
/// use ferrosock_codec::url::split_params;
///
/// assert_eq!(split_params(b"/a;x/b;y;z"), (&b"/a;x/b"[..], &b"y;z"[..]));
/// ```
#[must_use]
pub fn split_params(path: &[u8]) -> (&[u8], &[u8]) {
    let segment = memrchr(b'/', path).unwrap_or(0);
    match memchr(b';', &path[segment..]) {
        Some(at) => (&path[..segment + at], &path[segment + at + 1..]),
        None => (path, &[]),
    }
}

fn split_clean<'a>(url: &'a [u8], options: &SplitOptions<'a>) -> Result<Split<'a>, Error> {
    let Components { scheme, authority, path, query, fragment } = components_clean(url, options)?;
    Ok(Split {
        scheme: scheme.unwrap_or_else(|| clean_scheme(options.scheme)),
        authority: authority.unwrap_or_default(),
        path,
        query: query.unwrap_or_default(),
        fragment: fragment.unwrap_or_default(),
    })
}

/// The components of a URL without breaks and without controls before it. The scheme is what it has itself.
#[inline(always)]
pub(super) fn components_clean<'a>(
    url: &'a [u8],
    options: &SplitOptions<'_>,
) -> Result<Components<'a>, Error> {
    let (scheme, mut rest) = match scheme_end(url, options.letter_first) {
        Some(end) => (Some(lowered(&url[..end])), &url[end + 1..]),
        None => (None, url),
    };
    let mut authority = None;
    if let [b'/', b'/', behind @ ..] = rest {
        let found;
        (found, rest) = behind.split_at(memchr3(b'/', b'?', b'#', behind).unwrap_or(behind.len()));
        check_authority(found, options)?;
        authority = Some(found);
    }
    let fragment;
    (rest, fragment) = if options.allow_fragments { cut(rest, b'#') } else { (rest, None) };
    let (path, query) = cut(rest, b'?');
    if let Some(authority) = authority.filter(|authority| !authority.is_ascii()) {
        (options.check)(authority)?;
    }
    Ok(Components {
        scheme,
        authority: authority.map(Cow::Borrowed),
        path: Cow::Borrowed(path),
        query: query.map(Cow::Borrowed),
        fragment: fragment.map(Cow::Borrowed),
    })
}

impl Split<'_> {
    fn into_owned<'b>(self) -> Split<'b> {
        let own = |part: Cow<'_, [u8]>| Cow::Owned(part.into_owned());
        Split {
            scheme: own(self.scheme),
            authority: own(self.authority),
            path: own(self.path),
            query: own(self.query),
            fragment: own(self.fragment),
        }
    }
}

/// Where the scheme's `:` is, if there is a scheme.
fn scheme_end(url: &[u8], letter_first: bool) -> Option<usize> {
    if letter_first && !url.first()?.is_ascii_alphabetic() {
        return None;
    }
    let end =
        url.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')))?;
    (end > 0 && url[end] == b':').then_some(end)
}

fn lowered(scheme: &[u8]) -> Cow<'_, [u8]> {
    if scheme.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(scheme.to_ascii_lowercase())
    } else {
        Cow::Borrowed(scheme)
    }
}

pub(super) fn clean_scheme(scheme: &[u8]) -> Cow<'_, [u8]> {
    let kept = scheme.trim_ascii_controls();
    let end = kept.iter().rposition(|&byte| byte > b' ').map_or(0, |last| last + 1);
    without_breaks(&kept[..end])
}

fn check_authority(authority: &[u8], options: &SplitOptions<'_>) -> Result<(), Error> {
    if memchr2(b'[', b']', authority).is_none() {
        return Ok(());
    }
    let (Some(open), Some(_)) = (memchr(b'[', authority), memchr(b']', authority)) else {
        return Err(Error::UnbalancedBrackets);
    };
    if !options.brackets_alone {
        return (options.check_brackets)(cut(&authority[open + 1..], b']').0);
    }
    let host = memrchr(b'@', authority).map_or(authority, |at| &authority[at + 1..]);
    match memchr(b'[', host) {
        None => (options.check_brackets)(cut(host, b':').0),
        Some(0) => match cut(&host[1..], b']') {
            (_, Some([first, ..])) if *first != b':' => Err(Error::BesideBrackets),
            (address, _) => (options.check_brackets)(address),
        },
        Some(_) => Err(Error::BesideBrackets),
    }
}

/// What stands before and behind the first `delimiter`.
fn cut(text: &[u8], delimiter: u8) -> (&[u8], Option<&[u8]>) {
    memchr(delimiter, text).map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])))
}

/// The text without tabs and line breaks.
pub(super) fn without_breaks(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr3(b'\t', b'\n', b'\r', text).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.iter().copied().filter(|byte| !matches!(byte, b'\t' | b'\n' | b'\r')).collect())
}

pub(super) trait TrimControls {
    /// The text without the spaces and control characters that it begins with.
    fn trim_ascii_controls(&self) -> &Self;
}

impl TrimControls for [u8] {
    fn trim_ascii_controls(&self) -> &[u8] {
        &self[self.iter().take_while(|&&byte| byte <= b' ').count()..]
    }
}
