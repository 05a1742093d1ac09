//! `urlsplit`, `urlparse` and `urldefrag` since Python 3.15: they tell a missing part of a URL from an empty one, where they are
//! asked to.

use std::borrow::Cow;
use std::ffi::CStr;

use ferrosock_codec::url::{Components, Schemes, SplitOptions, components, split_params, strip_fragment};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::CALLS;
use super::globals::{Globals, Results};
use super::operands::Kind;
use super::split::{fragments, scheme_object, with_options};
use crate::call::{Args, native_named};
use crate::signature::{Signature, required};
use crate::text::Text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"urlsplit", urlsplit, SPLIT_DOC),
        native_named!(CALLS, c"urlparse", urlparse, PARSE_DOC),
        native_named!(CALLS, c"urldefrag", urldefrag, DEFRAG_DOC),
    ])
}

const SPLIT: Signature<4> = Signature {
    text: "urlsplit(url, scheme=None, allow_fragments=True, *, missing_as_none=False)",
    names: ["url", "scheme", "allow_fragments", "missing_as_none"],
    required: 1,
};
const SPLIT_DOC: &CStr = c"urlsplit($module, url, scheme=None, allow_fragments=True, *, missing_as_none=False)
--

Take a URL apart: scheme://netloc/path?query#fragment.

Nothing is decoded. Control characters and spaces before the URL, and tabs and line breaks in it, are dropped.

Args:
    url: str, or bytes of ASCII.
    scheme: the scheme of a URL that has none.
    allow_fragments: whether '#' begins a fragment; else it belongs to what stands before it.
    missing_as_none: whether missing parts are None, and empty ones are kept when the result is put together.

Returns:
    A SplitResult or SplitResultBytes, in which missing parts are empty, or None.

Raises:
    ValueError: the brackets around a host are not paired, do not hold an address, or are not alone, or the host has
        characters that normalization makes delimiters of.
    TypeError: str and bytes are mixed.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlsplit";

fn urlsplit<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let given = SPLIT.read_named(&args, 3)?;
    apart(
        module,
        given,
        Results::Split,
        |objects, Components { scheme, authority, path, query, fragment }| {
            Ok([
                objects.scheme(scheme.as_deref())?,
                objects.part(authority.as_deref())?,
                objects.part(Some(&path))?,
                objects.part(query.as_deref())?,
                objects.part(fragment.as_deref())?,
            ])
        },
    )
}

const PARSE: Signature<4> = Signature {
    text: "urlparse(url, scheme=None, allow_fragments=True, *, missing_as_none=False)",
    names: ["url", "scheme", "allow_fragments", "missing_as_none"],
    required: 1,
};
const PARSE_DOC: &CStr =
    c"urlparse($module, url, scheme=None, allow_fragments=True, *, missing_as_none=False)
--

Take a URL apart as urlsplit does, with the parameters of the path's last segment as a part of their own:
scheme://netloc/path;params?query#fragment.

Args, Raises: as of urlsplit.

Returns:
    A ParseResult or ParseResultBytes.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlparse";

fn urlparse<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let given = PARSE.read_named(&args, 3)?;
    apart(
        module,
        given,
        Results::Parse,
        |objects, Components { scheme, authority, path, query, fragment }| {
            let (mut path, mut params) = (&path[..], None);
            if path.contains(&b';') && objects.globals.has_params(scheme.as_deref().unwrap_or_default()) {
                let (before, behind) = split_params(path);
                if before.len() < path.len() {
                    (path, params) = (before, Some(behind));
                }
            }
            Ok([
                objects.scheme(scheme.as_deref())?,
                objects.part(authority.as_deref())?,
                objects.part(Some(path))?,
                objects.part(params)?,
                objects.part(query.as_deref())?,
                objects.part(fragment.as_deref())?,
            ])
        },
    )
}

/// What makes the objects of a result.
struct Objects<'a, 'g, 'py> {
    globals: &'a Globals<'g, 'py>,
    kind: Kind,
    missing_as_none: bool,
}

impl<'py> Objects<'_, '_, 'py> {
    fn part(&self, part: Option<&[u8]>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.globals.py();
        match part {
            None if self.missing_as_none => Ok(py.None().into_bound(py)),
            part => self.kind.object(py, part.unwrap_or_default()),
        }
    }

    fn scheme(&self, scheme: Option<&[u8]>) -> PyResult<Bound<'py, PyAny>> {
        match scheme {
            Some(scheme) => scheme_object(self.globals.py(), self.kind, scheme),
            None => self.part(None),
        }
    }
}

/// Takes a URL apart, by the arguments of `urlsplit`; `objects` makes the parts of the result.
fn apart<'py, const N: usize>(
    module: Borrowed<'_, 'py, PyModule>,
    given: [Option<Borrowed<'_, 'py, PyAny>>; 4],
    results: Results,
    objects: impl FnOnce(&Objects<'_, '_, 'py>, Components<'_>) -> PyResult<[Bound<'py, PyAny>; N]>,
) -> PyResult<Bound<'py, PyAny>> {
    let [url, scheme, allow_fragments, missing_as_none] = given;
    let (globals, url) = (Globals::of(module), required(url)?);
    let scheme = scheme.filter(|scheme| !scheme.is_none());
    let kind = Kind::of_all([Some(&*url), scheme.as_deref()].into_iter().flatten())?;
    let text = if url.is_none() { Text::Ascii(b"") } else { kind.text_asked(url, "lstrip")? };
    let scheme = scheme.map(|scheme| kind.text(scheme)).transpose()?;
    let allow_fragments = fragments(allow_fragments)?;
    with_options(&globals, scheme.as_ref().map_or(b"", Text::bytes), allow_fragments, |options| {
        // The parts borrow from the URL and the scheme, which live as long as the options.
        let mut found = components(text.bytes(), &SplitOptions { ..*options })
            .map_err(|error| globals.exception(&error))?;
        if scheme.is_some() {
            found.scheme.get_or_insert(Cow::Borrowed(b""));
        }
        let asked = missing_as_none.map_or(Ok(false), |asked| asked.is_truthy())?;
        let made = objects(&Objects { globals: &globals, kind, missing_as_none: asked }, found)?;
        globals.check()?;
        globals.result(results, kind == Kind::Bytes, made, missing_as_none)
    })
}

const DEFRAG: Signature<2> = Signature {
    text: "urldefrag(url, *, missing_as_none=False)",
    names: ["url", "missing_as_none"],
    required: 1,
};
const DEFRAG_DOC: &CStr = c"urldefrag($module, url, *, missing_as_none=False)
--

Take the fragment off a URL.

Args:
    url: str, or bytes of ASCII.
    missing_as_none: whether a missing fragment is None, and an empty one is kept when the result is put together.

Returns:
    A DefragResult or DefragResultBytes: the URL without its fragment, and the fragment, which may be empty, or None.

Raises:
    ValueError: as urlsplit does.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urldefrag";

fn urldefrag<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [url, missing_as_none] = DEFRAG.read_named(&args, 1)?;
    let (globals, url) = (Globals::of(module), required(url)?);
    if url.is_none() {
        url.contains("#")?; // says what None is not
    }
    let kind = Kind::of(&url)?;
    let text = kind.text(url)?;
    with_options(&globals, b"", true, |options| {
        let (rest, fragment) = strip_fragment(text.bytes(), &SplitOptions { ..*options })
            .map_err(|error| globals.exception(&error))?;
        let (rest, fragment) = match (rest, kind) {
            (Cow::Borrowed(_), Kind::Str) => (url.to_owned(), None), // nothing was taken off
            (Cow::Borrowed(rest), kind) => (kind.object(globals.py(), rest)?, None),
            (rest, kind) => (kind.object(globals.py(), &rest)?, Some(fragment)),
        };
        let asked = missing_as_none.map_or(Ok(false), |asked| asked.is_truthy())?;
        let objects = Objects { globals: &globals, kind, missing_as_none: asked };
        let parts = [rest, objects.part(fragment.as_deref())?];
        globals.result(Results::Defrag, kind == Kind::Bytes, parts, missing_as_none)
    })
}
