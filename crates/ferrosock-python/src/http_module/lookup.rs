//! What a message of `email.message` with the policy of `email.policy.compat32` says of its fields.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::lazy::LazyMessage;
use super::message::latin;
use super::{CALLS, COMPAT, LOOKS, POLICY, SAYS, SEEN, own};
use crate::call::{Args, native_fast};
use crate::seams::{Seams, attributes};
use crate::text::{self, Units};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_fast!(CALLS, c"fields", fields, FIELDS_DOC),
        native_fast!(CALLS, c"field", field, FIELD_DOC),
        native_fast!(CALLS, c"header", header, HEADER_DOC),
        native_fast!(CALLS, c"header_list", header_list, LIST_DOC),
    ])
}

/// The list of the fields, if the policy gives their values as they are kept. `module` is `http.client`.
pub(crate) fn kept<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    message: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyList>>> {
    let py = module.py();
    let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(None) };
    let policy = seams.item(COMPAT)?;
    if !seams.class(POLICY, policy.get_type().as_any())? {
        return Ok(None);
    }
    let Some(attributes): Option<Bound<'py, PyDict>> = attributes(&message.to_owned()) else {
        return Ok(None);
    };
    if !own(&attributes, intern!(py, "policy"))?.is_some_and(|has| has.is(&policy)) {
        return Ok(None);
    }
    Ok(own(&attributes, intern!(py, "_headers"))?.and_then(|fields| fields.cast_into_exact::<PyList>().ok()))
}

/// Whether the policy of messages gives their values as they are kept. `module` is `http.client`.
pub(crate) fn has_plain_policy(module: Borrowed<'_, '_, PyModule>) -> PyResult<bool> {
    let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(false) };
    seams.class(POLICY, seams.item(COMPAT)?.get_type().as_any())
}

/// Whether a policy gives a value as it is: a str without surrogates.
fn is_plain(value: Borrowed<'_, '_, PyAny>) -> bool {
    let Ok(text) = value.cast_exact::<PyString>() else { return false };
    matches!(text::units(text), Ok(Units::Ascii(_) | Units::Latin(_)))
}

/// The name and the value of an item of the list.
fn pair<'a, 'py>(
    item: &'a Bound<'py, PyAny>,
) -> Option<(Borrowed<'a, 'py, PyAny>, Borrowed<'a, 'py, PyAny>)> {
    let pair = item.cast_exact::<PyTuple>().ok().filter(|pair| pair.len() == 2)?;
    Some((pair.get_borrowed_item(0).ok()?, pair.get_borrowed_item(1).ok()?))
}

const FIELDS_DOC: &CStr = c"fields($module, message, /)
--

Return what Message.items gives, or NotImplemented if that is for the general way.";

fn fields<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let py = module.py();
    let general = || Ok(py.NotImplemented().into_bound(py));
    let Some(list) = kept(module, args.object(0)?)? else { return general() };
    // A copy, which nobody changes meanwhile. Its pairs are tuples, as those that `items` would make.
    let list = list.get_slice(0, list.len());
    let plain = list.iter().all(|item| pair(&item).is_some_and(|(_, value)| is_plain(value)));
    if plain { Ok(list.into_any()) } else { general() }
}

const FIELD_DOC: &CStr = c"field($module, message, name, default, /)
--

Return what Message.get gives, or NotImplemented if that is for the general way.";

fn field<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(3, 3)?;
    let py = module.py();
    let general = || Ok(py.NotImplemented().into_bound(py));
    let name = args.object(1)?;
    let name = name.cast_exact::<PyString>().ok().and_then(text::ascii);
    let (Some(name), Some(list)) = (name, kept(module, args.object(0)?)?) else { return general() };
    for item in list.iter() {
        let Some((key, value)) = pair(&item) else { return general() };
        // A character that is not ASCII may be one in lower case.
        let Some(key) = key.cast_exact::<PyString>().ok().and_then(text::ascii) else { return general() };
        if key.eq_ignore_ascii_case(name) {
            return if is_plain(value) { Ok(value.to_owned()) } else { general() };
        }
    }
    Ok(args.object(2)?.to_owned())
}

/// The head that an attribute of a response has in store, if its message would say what stands there.
fn in_store<'py, R>(
    module: Borrowed<'_, 'py, PyModule>,
    response: Borrowed<'_, 'py, PyAny>,
    read: impl FnOnce(&LazyMessage) -> PyResult<R>,
) -> PyResult<Option<R>> {
    let py = module.py();
    let Some(kept) = attributes(&response.to_owned()) else { return Ok(None) };
    let Some(headers) = own(&kept, intern!(py, "headers"))? else { return Ok(None) };
    let Some(lazy) = LazyMessage::of(&headers) else { return Ok(None) };
    let Some(seams) = Seams::lists(module, &SEEN)? else { return Ok(None) };
    if !seams.class(LOOKS, response.get_type().as_any())?
        || !seams.class(SAYS, lazy.class(py).as_any())?
        || !seams.class(POLICY, seams.item(COMPAT)?.get_type().as_any())?
    {
        return Ok(None);
    }
    read(lazy).map(Some)
}

const HEADER_DOC: &CStr = c"header($module, response, name, /)
--

Return what HTTPResponse.getheader gives for a field that is there, None for one that is not, or NotImplemented if that is for
the general way.";

fn header<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let py = module.py();
    let general = || Ok(py.NotImplemented().into_bound(py));
    let name = args.object(1)?;
    let Some(name) = name.cast_exact::<PyString>().ok().and_then(text::ascii) else { return general() };
    let found = in_store(module, args.object(0)?, |lazy| match lazy.fields().joined(name)? {
        Some(value) => latin(py, &value),
        None => Ok(py.None().into_bound(py)),
    })?;
    found.map_or_else(general, Ok)
}

const LIST_DOC: &CStr = c"header_list($module, response, /)
--

Return what HTTPResponse.getheaders gives, or NotImplemented if that is for the general way.";

fn header_list<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let py = module.py();
    let found = in_store(module, args.object(0)?, |lazy| lazy.fields().pairs(py))?;
    Ok(found.unwrap_or_else(|| py.NotImplemented().into_bound(py)))
}
