//! Challenges: lists in fields, and the hash of Digest.

use std::ffi::CStr;

use ferrosock_proto::http::{Hash, loose_list};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use pyo3::{Borrowed, intern};

use super::plain;
use crate::call::Args;
use crate::signature::{Signature, required};
use crate::text::{self, Text};

const LIST: Signature<1> = Signature { text: "parse_http_list(s)", names: ["s"], required: 1 };
pub(super) const LIST_DOC: &CStr = c"parse_http_list($module, s)
--

Return the members of a list of a header, between which there are commas.

A member may have strings between \" in it, in which commas are no commas and a backslash goes before what it escapes; the
quotation marks stay. Blanks around members go.

Args:
    s: the text.

Source: RFC 2068, section 2";

pub(super) fn parse_http_list<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = LIST.read(&args)?;
    let given = required(given)?;
    let Ok(string) = given.cast_exact::<PyString>() else {
        return module.call_method1(intern!(py, "_parse_list_objects"), (given,));
    };
    let members = PyList::empty(py);
    for member in loose_list(Text::of(string)?.bytes()) {
        let blank = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_graphic());
        let text = text::string(py, &member)?;
        let trimmed = if blank(member.first()) || blank(member.last()) {
            text.call_method0(intern!(py, "strip"))?
        } else {
            text
        };
        members.append(trimmed)?;
    }
    Ok(members.into_any())
}

const MD5: Signature<1> = Signature { text: "md5(text)", names: ["text"], required: 1 };
pub(super) const MD5_DOC: &CStr = c"md5($module, text)
--

Return the MD5 of a text of ASCII in hexadecimal digits, as the scheme Digest has it (RFC 7616).

Raises:
    UnicodeEncodeError: the text is not ASCII.";

pub(super) fn md5<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [given] = MD5.read(&args)?;
    let given = required(given)?;
    let digits = match plain(given) {
        Some(text) => Hash::Md5.of(text),
        None => {
            let encoded = given.call_method1(intern!(py, "encode"), ("ascii",))?;
            Hash::Md5.of(encoded.cast::<PyBytes>()?.as_bytes())
        }
    };
    text::string(py, digits.as_bytes())
}
