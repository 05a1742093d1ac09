//! `urlunsplit`, `urlunparse` and `urljoin`.

use std::borrow::Cow;
use std::ffi::CStr;

use ferrosock_codec::url::{Components, Parsed, Schemes, Slashes, Split, join_with, resolve, unparse};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::CALLS;
use super::globals::Globals;
use super::operands::Kind;
use super::split::{CACHED, MISSING, fragments, slashes, with_options};
use crate::call::{Args, native_named};
use crate::signature::{Signature, required};
use crate::text::Text;
use crate::version;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"urlunsplit", urlunsplit, UNSPLIT_DOC),
        native_named!(CALLS, c"urlunparse", urlunparse, UNPARSE_DOC),
        native_named!(CALLS, c"urljoin", urljoin, JOIN_DOC),
    ])
}

const UNSPLIT: Signature<1> =
    Signature { text: "urlunsplit(components)", names: ["components"], required: 1 };
const UNSPLIT_DOC: &CStr = c"urlunsplit($module, components)
--

Put a URL together of the five parts that urlsplit gives.

Of a URL that was split it gives one of the same meaning, without delimiters that had nothing behind them.

Args:
    components: scheme, netloc, path, query and fragment: any iterable of five str, or of five bytes.

Returns:
    The URL, of the same type.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlunsplit";

fn urlunsplit<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [components] = UNSPLIT.read(&args)?;
    let components = required(components)?;
    put_together::<5>(module, components, [0, 1, 2, 3, 4, 5], intern!(module.py(), "_urlunsplit_objects"))
}

const UNPARSE: Signature<1> =
    Signature { text: "urlunparse(components)", names: ["components"], required: 1 };
const UNPARSE_DOC: &CStr = c"urlunparse($module, components)
--

Put a URL together of the six parts that urlparse gives.

Args:
    components: scheme, netloc, path, params, query and fragment: any iterable of six str, or of six bytes.

Returns:
    The URL, of the same type.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urlunparse";

fn urlunparse<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [components] = UNPARSE.read(&args)?;
    let components = required(components)?;
    put_together::<6>(module, components, [0, 1, 2, 4, 5, 3], intern!(module.py(), "_urlunparse_objects"))
}

/// `places` says where scheme, authority, path, query, fragment and parameters are. What is not plainly text is left to the
/// Python function `otherwise` of the module.
fn put_together<'py, const N: usize>(
    module: Borrowed<'_, 'py, PyModule>,
    components: Borrowed<'_, 'py, PyAny>,
    places: [usize; 6],
    otherwise: &Bound<'py, pyo3::types::PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let globals = Globals::of(module);
    let py = globals.py();
    if let Some(items) = items::<N>(&components) {
        let kind = if version::since(15) { Kind::of_all(&items)? } else { Kind::of(&items[0])? };
        let is_text = |item: &Bound<'py, PyAny>| match kind {
            Kind::Str => item.is_instance_of::<pyo3::types::PyString>(),
            Kind::Bytes => item.is_exact_instance_of::<pyo3::types::PyBytes>(),
        };
        // None is the same as an empty part, but for the path.
        let fits = |(place, item): (usize, &Bound<'py, PyAny>)| {
            is_text(item) || (place != places[2] && (place != 0 || version::since(15)) && item.is_none())
        };
        if items.iter().enumerate().all(fits) {
            let texts: [PyResult<Text<'_, 'py>>; N] = std::array::from_fn(|place| {
                if items[place].is_none() {
                    Ok(Text::Ascii(b""))
                } else {
                    kind.text(items[place].as_borrowed())
                }
            });
            for text in &texts {
                if let Err(error) = text {
                    return Err(error.clone_ref(py));
                }
            }
            let part = |place: usize| {
                let text = texts.get(places[place]).and_then(|text| text.as_ref().ok());
                Cow::Borrowed(text.map_or(&b""[..], Text::bytes))
            };
            let [scheme, authority, path, query, fragment, params] = [0, 1, 2, 3, 4, 5].map(part);
            let alone = [&scheme, &authority, &query, &fragment, &params].iter().all(|part| part.is_empty());
            let (keep, slashes) = (keeps_empty(components)?, slashes());
            let doubled = slashes != Slashes::Lost && path.starts_with(b"//");
            if alone && !doubled && !keep && kind == Kind::Str {
                return Ok(items[places[2]].clone());
            }
            let url = if MISSING {
                let given = |place: usize, part: Cow<'_, [u8]>| {
                    let is_given = if keep { !items[places[place]].is_none() } else { !part.is_empty() };
                    is_given.then(|| Cow::Owned(part.into_owned()))
                };
                let params = if N == 6 { given(5, params) } else { None };
                let (scheme, authority) = (given(0, scheme), given(1, authority));
                let (query, fragment) = (given(3, query), given(4, fragment));
                recomposed(Components { scheme, authority, path, query, fragment }, params, keep, &globals)
            } else {
                let parsed = Parsed { split: Split { scheme, authority, path, query, fragment }, params };
                unparse(&parsed, &globals, slashes)
            };
            globals.check()?;
            return kind.object(py, &url);
        }
    }
    globals.call(otherwise, &PyTuple::new(py, [components])?)
}

/// The URL of components, as Python 3.14 puts it together. Where none is kept that is empty, schemes that have authorities have an
/// empty one before a path that could follow it.
fn recomposed(
    mut parts: Components<'_>,
    params: Option<Cow<'_, [u8]>>,
    keep: bool,
    schemes: &impl Schemes,
) -> Vec<u8> {
    let may_follow = parts.path.is_empty() || parts.path.starts_with(b"/");
    let may_have = |scheme: &Cow<'_, [u8]>| schemes.has_authority(scheme);
    if !keep && parts.authority.is_none() && parts.scheme.as_ref().is_some_and(may_have) && may_follow {
        parts.authority = Some(Cow::Borrowed(b""));
    }
    if let Some(params) = params {
        let path = parts.path.to_mut();
        path.push(b';');
        path.extend_from_slice(&params);
    }
    parts.recompose()
}

/// Whether components say of themselves that empty ones are to be kept: results do since Python 3.15.
fn keeps_empty(components: Borrowed<'_, '_, PyAny>) -> PyResult<bool> {
    let plain = components.is_exact_instance_of::<PyTuple>() || components.is_exact_instance_of::<PyList>();
    if !version::since(15) || plain {
        return Ok(false);
    }
    components
        .getattr_opt(intern!(components.py(), "_keep_empty"))?
        .map_or(Ok(false), |keep| keep.is_truthy())
}

/// The components of a tuple, or of a class derived from it that is read as one, or of a list.
fn items<'py, const N: usize>(components: &Bound<'py, PyAny>) -> Option<[Bound<'py, PyAny>; N]> {
    if let Ok(tuple) = components.cast::<PyTuple>() {
        // SAFETY: a live object and its class, and a static one; both functions were made by the same compiler, once.
        let plain = unsafe {
            let iterate = |class: *mut ffi::PyTypeObject| (*class).tp_iter.map(|function| function as usize);
            iterate(ffi::Py_TYPE(tuple.as_ptr())) == iterate(&raw mut ffi::PyTuple_Type)
        };
        if !plain || tuple.len() != N {
            return None;
        }
        return tuple.iter().collect::<Vec<_>>().try_into().ok();
    }
    let list = components.cast_exact::<PyList>().ok()?;
    if list.len() != N {
        return None;
    }
    list.iter().collect::<Vec<_>>().try_into().ok()
}

const JOIN: Signature<3> = Signature {
    text: "urljoin(base, url, allow_fragments=True)",
    names: ["base", "url", "allow_fragments"],
    required: 2,
};
const JOIN_DOC: &CStr = c"urljoin($module, base, url, allow_fragments=True)
--

Resolve a URL, which may be a relative one, against a base: urljoin('http://a/b/c', '../d') gives 'http://a/d'.

An absolute URL is given back as it is, whatever its host or scheme: check both if url comes from outside.

Args:
    base: an absolute URL, as str or as bytes of ASCII.
    url: what stands in a document at base, of the same type.
    allow_fragments: as of urlsplit.

Returns:
    The absolute URL, of the same type.

Raises:
    ValueError, TypeError: as urlsplit does.

Source: https://docs.python.org/3/library/urllib.parse.html#urllib.parse.urljoin and RFC 3986, section 5.2.";

fn urljoin<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [base, url, allow_fragments] = JOIN.read(&args)?;
    let (base, url) = (required(base)?, required(url)?);
    if !base.is_truthy()? {
        return Ok(url.to_owned());
    }
    if !url.is_truthy()? {
        return Ok(base.to_owned());
    }
    let globals = Globals::of(module);
    let kind = Kind::of(&base)?;
    kind.refuse_other(&url)?;
    let (base, text) = (kind.text(base)?, kind.text(url)?);
    if let (true, Some(asked)) = (CACHED, allow_fragments) {
        asked.hash()?; // the standard library's cache of split URLs does
    }
    let allow_fragments = fragments(allow_fragments)?;
    with_options(&globals, b"", allow_fragments, |options| {
        let joined = if MISSING {
            resolve(base.bytes(), text.bytes(), options, &globals)
        } else {
            join_with(base.bytes(), text.bytes(), options, &globals, slashes())
        };
        let joined = joined.map_err(|error| globals.exception(&error))?;
        globals.check()?;
        match (joined, kind) {
            (Cow::Borrowed(_), Kind::Str) => Ok(url.to_owned()), // neither is empty, so it is this one
            (joined, _) => kind.object(globals.py(), &joined),
        }
    })
}
