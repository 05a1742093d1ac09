//! `urlsplit`, `urlparse` and `urldefrag`.

use std::borrow::Cow;
use std::ffi::CStr;

use ferrosock_codec::url::{
    self, Error, Parsed, Slashes, Split, SplitOptions, check_bracketed_host, defragment, strip_fragment,
};
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::globals::{Globals, Results};
use super::operands::Kind;
use crate::call::{Args, native_named};
use crate::signature::{Signature, required};
use crate::version::{self, Backport, Change};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    if version::since(15) {
        return super::missing::functions();
    }
    Vec::from([
        native_named!(CALLS, c"urlsplit", urlsplit, SPLIT_DOC),
        native_named!(CALLS, c"urlparse", urlparse, PARSE_DOC),
        native_named!(CALLS, c"urldefrag", urldefrag, DEFRAG_DOC),
    ])
}

/// A path that begins with `//` stays one without a host (gh-67693), and a relative one stays relative (gh-85110).
const DOUBLED: Change = Change::of(&[(10, 15), (11, 10), (12, 4)]);
const KEPT: Change = Change::of(&[(12, 6)]);
/// Hosts in brackets are looked at (gh-103848), and what stands beside the brackets (gh-105704).
static BRACKETS_CHECKED: Backport =
    Change::of(&[(10, 16), (11, 4)]).or_mark("urllib/parse.py", "_check_bracketed_host");
static BRACKETS_ALONE: Backport =
    Change::of(&[(10, 17), (11, 12), (12, 9), (13, 2)]).or_mark("urllib/parse.py", "_check_bracketed_netloc");

/// Whether a missing part of a URL is not an empty one to what joins URLs and takes fragments off (gh-76960, gh-125926).
pub(super) const MISSING: bool = version::since(14);

/// Whether `urlparse` and `urljoin` look URLs up in the cache of `urlsplit`, which their arguments must be hashable for.
pub(super) const CACHED: bool = version::since(11) && !version::since(14);

/// What a path becomes where there is no host.
pub(crate) fn slashes() -> Slashes {
    if KEPT.is_made() {
        Slashes::Kept
    } else if DOUBLED.is_made() {
        Slashes::Doubled
    } else {
        Slashes::Lost
    }
}

/// Runs `work` with the options of this Python, the checks of which ask the module where Unicode's tables or Python's
/// messages are needed.
pub(super) fn with_options<'py, R>(
    globals: &Globals<'_, 'py>,
    scheme: &[u8],
    allow_fragments: bool,
    work: impl FnOnce(&SplitOptions<'_>) -> R,
) -> R {
    let py = globals.py();
    let check_brackets = |host: &[u8]| -> Result<(), Error> {
        if !BRACKETS_CHECKED.is_made() || check_bracketed_host(host).is_ok() {
            return Ok(());
        }
        globals.ask(intern!(py, "_check_bracketed_host"), host)
    };
    let check = |authority: &[u8]| globals.ask(intern!(py, "_checknetloc"), authority);
    work(&SplitOptions {
        scheme,
        allow_fragments,
        letter_first: version::since(11),
        brackets_alone: BRACKETS_ALONE.is_made(),
        check_brackets: &check_brackets,
        check: &check,
    })
}

/// Whether fragments are split off, by an argument that defaults to True.
pub(super) fn fragments(argument: Option<Borrowed<'_, '_, PyAny>>) -> PyResult<bool> {
    argument.map_or(Ok(true), |value| value.is_truthy())
}

const SPLIT: Signature<3> = Signature {
    text: "urlsplit(url, scheme='', allow_fragments=True)",
    names: ["url", "scheme", "allow_fragments"],
    required: 1,
};
const SPLIT_DOC: &CStr = c"urlsplit($module, url, scheme='', allow_fragments=True)
--

Take a URL apart: scheme://netloc/path?query#fragment.

Nothing is decoded. Control characters and spaces before the URL, and tabs and line breaks in it, are dropped.

Args:
    url: str, or bytes of ASCII.
    scheme: the scheme of a URL that has none.
    allow_fragments: whether '#' begins a fragment; else it belongs to what stands before it.

Returns:
    A SplitResult or SplitResultBytes, in which missing parts are empty.

Raises:
    ValueError: the brackets around a host are not paired or hold no address, or the host has characters that
        normalization makes delimiters of.
    TypeError: str and bytes are mixed.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlsplit";

fn urlsplit<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [url, scheme, allow_fragments] = SPLIT.read(&args)?;
    let globals = Globals::of(module);
    let url = required(url)?;
    let kind = Kind::of(&url)?;
    parsed(&globals, url, scheme, |url, scheme| {
        let allow_fragments = fragments(allow_fragments)?;
        with_options(&globals, scheme, allow_fragments, |options| {
            // The parts borrow from the URL and the scheme, which live as long as the options.
            match url::split(url, &SplitOptions { ..*options }) {
                Ok(split) => split_result(&globals, kind, &split),
                Err(error) => Err(globals.exception(&error)),
            }
        })
    })
}

/// Hands on the bytes of a URL and a default scheme, having seen that they go together.
fn parsed<'py>(
    _globals: &Globals<'_, 'py>,
    url: Borrowed<'_, 'py, PyAny>,
    scheme: Option<Borrowed<'_, 'py, PyAny>>,
    work: impl FnOnce(&[u8], &[u8]) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let kind = Kind::of(&url)?;
    let Some(scheme) = scheme.filter(|scheme| !(MISSING && scheme.is_none())) else {
        return work(kind.text(url)?.bytes(), b"");
    };
    kind.refuse_other(&scheme)?;
    if kind == Kind::Bytes && !scheme.is_truthy()? {
        return work(kind.text(url)?.bytes(), b"");
    }
    let (url, scheme) = (kind.text(url)?, kind.text(scheme)?);
    work(url.bytes(), scheme.bytes())
}

fn split_result<'py>(
    globals: &Globals<'_, 'py>,
    kind: Kind,
    split: &Split<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = globals.py();
    let part = |part: &[u8]| kind.object(py, part);
    let parts = [
        scheme_object(py, kind, &split.scheme)?,
        part(&split.authority)?,
        part(&split.path)?,
        part(&split.query)?,
        part(&split.fragment)?,
    ];
    globals.result(Results::Split, kind == Kind::Bytes, parts, None)
}

/// A scheme; the common ones are made once.
pub(super) fn scheme_object<'py>(py: Python<'py>, kind: Kind, scheme: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let known = match (kind, scheme) {
        (Kind::Str, b"http") => intern!(py, "http"),
        (Kind::Str, b"https") => intern!(py, "https"),
        _ => return kind.object(py, scheme),
    };
    Ok(known.clone().into_any())
}

const PARSE: Signature<3> = Signature {
    text: "urlparse(url, scheme='', allow_fragments=True)",
    names: ["url", "scheme", "allow_fragments"],
    required: 1,
};
const PARSE_DOC: &CStr = c"urlparse($module, url, scheme='', allow_fragments=True)
--

Take a URL apart as urlsplit does, with the parameters of the path's last segment as a part of their own:
scheme://netloc/path;params?query#fragment.

Args, Raises: as of urlsplit.

Returns:
    A ParseResult or ParseResultBytes.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlparse";

fn urlparse<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [url, scheme, allow_fragments] = PARSE.read(&args)?;
    let globals = Globals::of(module);
    let url = required(url)?;
    let kind = Kind::of(&url)?;
    if CACHED {
        // The standard library hands both to its cache of split URLs, in which bytes are text by then.
        if let Some(scheme) = scheme.filter(|scheme| !scheme.is_exact_instance_of::<PyString>()) {
            kind.refuse_other(&scheme)?;
            if kind == Kind::Str {
                scheme.hash()?;
            }
        }
        if let Some(asked) = allow_fragments {
            asked.hash()?;
        }
    }
    parsed(&globals, url, scheme, |url, scheme| {
        let allow_fragments = fragments(allow_fragments)?;
        with_options(&globals, scheme, allow_fragments, |options| {
            let Parsed { split, params } = match url::parse(url, &SplitOptions { ..*options }, &globals) {
                Ok(parsed) => parsed,
                Err(error) => return Err(globals.exception(&error)),
            };
            globals.check()?;
            let part = |part: &[u8]| kind.object(py, part);
            let parts = [
                scheme_object(py, kind, &split.scheme)?,
                part(&split.authority)?,
                part(&split.path)?,
                part(&params)?,
                part(&split.query)?,
                part(&split.fragment)?,
            ];
            globals.result(Results::Parse, kind == Kind::Bytes, parts, None)
        })
    })
}

const DEFRAG: Signature<1> = Signature { text: "urldefrag(url)", names: ["url"], required: 1 };
const DEFRAG_DOC: &CStr = c"urldefrag($module, url)
--

Take the fragment off a URL.

Args:
    url: str, or bytes of ASCII.

Returns:
    A DefragResult or DefragResultBytes: the URL without its fragment, and the fragment, which may be empty.

Raises:
    ValueError: as urlsplit does.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urldefrag";

fn urldefrag<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [url] = DEFRAG.read(&args)?;
    let globals = Globals::of(module);
    let url = required(url)?;
    let kind = Kind::of(&url)?;
    let text = kind.text(url)?;
    with_options(&globals, b"", true, |options| {
        let options = SplitOptions { ..*options };
        let (rest, fragment) = if MISSING {
            strip_fragment(text.bytes(), &options)
        } else {
            defragment(text.bytes(), &options, &globals, slashes())
        }
        .map_err(|error| globals.exception(&error))?;
        globals.check()?;
        let rest = match (rest, kind) {
            (Cow::Borrowed(_), Kind::Str) => url.to_owned(), // nothing was taken off
            (rest, _) => kind.object(py, &rest)?,
        };
        let parts = [rest, kind.object(py, &fragment)?];
        globals.result(Results::Defrag, kind == Kind::Bytes, parts, None)
    })
}
