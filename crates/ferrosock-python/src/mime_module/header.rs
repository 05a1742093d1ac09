//! Words and whole headers.

use std::ffi::CStr;

use ferrosock_codec::base64::Mode;
use ferrosock_codec::mime::{self, Charset, Defect, Encoding, Error, FoldOptions, Piece};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::{CALLS, affordable, raise};
use crate::binascii_module::base64_mode;
use crate::buffer::Buffer;
use crate::call::{Args, native_named, native_one};
use crate::memory::bytes_object;
use crate::version::{Change, since};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_one!(CALLS, c"decode_header", decode_header, DECODE_HEADER_DOC),
        native_named!(CALLS, c"encode_header", encode_header, ENCODE_HEADER_DOC),
        native_one!(CALLS, c"decode_word", decode_word, DECODE_WORD_DOC),
        native_named!(CALLS, c"encode_word", encode_word, ENCODE_WORD_DOC),
        native_one!(
            CALLS,
            c"encode_q",
            encode_q,
            c"encode_q($module, data, /)\n--\n\nBytes in the encoding Q, as str."
        ),
        native_one!(
            CALLS,
            c"decode_q",
            decode_q,
            c"decode_q($module, data, /)\n--\n\nThe bytes of a text in the encoding Q."
        ),
        native_one!(
            CALLS,
            c"len_q",
            len_q,
            c"len_q($module, data, /)\n--\n\nHow many characters bytes take in the encoding Q."
        ),
        native_one!(CALLS, c"decode_b", decode_b, DECODE_B_DOC),
    ])
}

/// What Base64 is without a defect: what `base64.b64decode` takes when it validates.
fn mode() -> Mode {
    if since(11) { base64_mode(true) } else { Mode::Strict }
}

const DECODE_HEADER_DOC: &CStr = c"decode_header($module, header, /)
--

Take a header's value apart, as email.header.decode_header does.

Returns a list of (text, None) and (bytes, charset). Raises email.errors.HeaderParseError for Base64 that cannot be decoded.
Source: RFC 2047";

fn decode_header<'py>(py: Python<'py>, header: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let value = header.cast::<PyString>()?;
    let text = value.to_str()?;
    affordable(text.len())?;
    let pieces = mime::decode_header_with(text, base64_mode(false)).map_err(|error| raise(py, error))?;
    let none = py.None().into_bound(py);
    let list = PyList::empty(py);
    for piece in &pieces {
        list.append(match piece {
            // Without an encoded word the value stays what it was.
            Piece::Text(piece) if piece == text => (header.to_owned(), none.clone()),
            Piece::Text(piece) => (bytes_object(py, &mime::raw_bytes(piece))?.into_any(), none.clone()),
            Piece::Encoded { bytes, charset } => {
                (bytes_object(py, bytes)?.into_any(), PyString::new(py, charset).into_any())
            }
        })?;
    }
    Ok(list.into_any())
}

const ENCODE_HEADER_DOC: &CStr = c"encode_header($module, chunks, maxlinelen=78, header_name=None,
              continuation_ws=' ', splitchars=';, \\t', linesep='\\n')
--

Write a header's value, as an email.header.Header does to which the chunks were added.

chunks is an iterable of (text, charset); the charset is us-ascii, utf-8 or iso-8859-1.

Raises email.errors.HeaderParseError if a line would pass for a header, UnicodeEncodeError if a charset lacks a character,
ValueError for another charset. Source: RFC 2047";

fn encode_header<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let names = ["chunks", "maxlinelen", "header_name", "continuation_ws", "splitchars", "linesep"];
    args.named(&names, 1, |args| {
        let mut chunks: Vec<(Bound<'py, PyString>, Charset)> = Vec::new();
        for chunk in args.object(0)?.try_iter()? {
            let (text, charset): (Bound<'py, PyString>, Bound<'py, PyString>) = chunk?.extract()?;
            chunks.push((text, known_charset(charset.to_str()?)?));
        }
        let strings: [Option<Bound<'py, PyString>>; 4] = [2, 3, 4, 5].map(|index| {
            let value = args.get(index).filter(|value| !value.is_none())?;
            value.cast::<PyString>().ok().map(Borrowed::to_owned)
        });
        let [name, continuation, split_after, line_end] = &strings;
        let text = |given: &'_ Option<Bound<'py, PyString>>, default| {
            given.as_ref().map_or(Ok(default), |text| text.to_str().map(str::to_owned))
        };
        let defaults = FoldOptions::default();
        let (name, continuation) =
            (text(name, String::new())?, text(continuation, defaults.continuation.to_owned())?);
        let (split_after, line_end) = (
            text(split_after, defaults.split_after.to_owned())?,
            text(line_end, defaults.line_end.to_owned())?,
        );
        let options = FoldOptions {
            name: &name,
            most: usize::try_from(args.ssize_or(1, 78)?)
                .map_err(|_| PyValueError::new_err("negative maxlinelen"))?,
            continuation: &continuation,
            split_after: &split_after,
            line_end: &line_end,
        };
        let texts: Vec<(&str, Charset)> =
            chunks.iter().map(|(text, charset)| Ok((text.to_str()?, *charset))).collect::<PyResult<_>>()?;
        affordable(texts.iter().map(|(text, _)| text.len()).sum())?;
        match mime::encode_header(&texts, &options) {
            Ok(value) => Ok(PyString::new(py, &value).into_any()),
            Err(error) => {
                if let Error::Charset { charset, .. } = &error {
                    // The codec says best what it cannot encode.
                    for (text, known) in &chunks {
                        if known.name() == *charset {
                            text.call_method1(intern!(py, "encode"), (*charset,))?;
                        }
                    }
                }
                Err(raise(py, error))
            }
        }
    })
}

fn known_charset(name: &str) -> PyResult<Charset> {
    [Charset::UsAscii, Charset::Utf8, Charset::Iso8859_1]
        .into_iter()
        .find(|charset| charset.name() == name)
        .ok_or_else(|| PyValueError::new_err(format!("not a charset whose bytes are known here: {name}")))
}

const DECODE_WORD_DOC: &CStr = c"decode_word($module, word, /)
--

Take an encoded word apart, as email._encoded_words.decode does, but for the charset.

Returns (bytes, charset, language, the names of the defects' classes in email.errors).";

fn decode_word<'py>(py: Python<'py>, word: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let word = word.cast::<PyString>()?;
    affordable(word.to_str()?.len())?;
    let word = mime::decode_word(word.to_str()?, mode()).map_err(|error| raise(py, error))?;
    let parts = (
        bytes_object(py, &word.bytes)?,
        PyString::new(py, &word.charset),
        PyString::new(py, &word.language),
        defects(py, &word.defects)?,
    );
    Ok(parts.into_pyobject(py)?.into_any())
}

fn defects<'py>(py: Python<'py>, defects: &[Defect]) -> PyResult<Bound<'py, PyList>> {
    PyList::new(
        py,
        defects.iter().map(|defect| match defect {
            Defect::Padding => "InvalidBase64PaddingDefect",
            Defect::Characters => "InvalidBase64CharactersDefect",
            _ => "InvalidBase64LengthDefect",
        }),
    )
}

/// gh-142517: bytes of no known charset may stand beside characters.
const BEYOND_ASCII: Change = Change::of(&[(13, 12), (14, 3)]);

const ENCODE_WORD_DOC: &CStr = c"encode_word($module, string, charset='utf-8', encoding=None, lang='')
--

Write a text as an encoded word, as email._encoded_words.encode does.

encoding is 'q' or 'b', or None for the shorter one. Raises KeyError for another, LookupError for an unknown charset,
UnicodeEncodeError if it lacks a character.";

fn encode_word<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.named(&["string", "charset", "encoding", "lang"], 1, |args| {
        let given = |index| args.get(index).filter(|value| !value.is_none());
        let label = given(1).map_or_else(|| Ok("utf-8".to_owned()), Borrowed::extract::<String>)?;
        let language = given(3).map_or_else(|| Ok(String::new()), Borrowed::extract::<String>)?;
        let string = args.object(0)?;
        let name = intern!(py, "encode");
        let bytes = match label.as_str() {
            "unknown-8bit" if BEYOND_ASCII.is_made() => {
                string.call_method1(name, ("utf-8", "surrogateescape"))?
            }
            "unknown-8bit" => string.call_method1(name, ("ascii", "surrogateescape"))?,
            _ => string.call_method1(name, (label.as_str(),))?,
        };
        let bytes = bytes.cast::<PyBytes>()?.as_bytes();
        affordable(bytes.len())?;
        let encoding = match given(2) {
            None => None,
            Some(encoding) => match encoding.extract::<String>()?.as_str() {
                "q" => Some(Encoding::Q),
                "b" => Some(Encoding::B),
                other => return Err(raise(py, Error::Encoding(other.to_owned()))),
            },
        };
        Ok(PyString::new(py, &mime::encode_word(bytes, &label, &language, encoding)).into_any())
    })
}

/// The bytes of an argument, for which there is memory to work on.
fn readable(data: &Bound<'_, PyAny>) -> PyResult<Buffer> {
    let data = Buffer::readable(data)?;
    affordable(data.len())?;
    Ok(data)
}

fn encode_q<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = readable(&data)?;
    Ok(PyString::new(py, &mime::q_encode(data.bytes())).into_any())
}

fn decode_q<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = readable(&data)?;
    bytes_object(py, &mime::q_decode(data.bytes())).map(Bound::into_any)
}

fn len_q<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyInt::new(py, mime::q_encoded_len(Buffer::readable(&data)?.bytes())).into_any())
}

const DECODE_B_DOC: &CStr = c"decode_b($module, data, /)
--

The bytes of a text in the encoding B, however wrong it is, and the names of the defects' classes in email.errors.";

fn decode_b<'py>(py: Python<'py>, data: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let data = readable(&data)?;
    let (bytes, found) = mime::b_decode(data.bytes(), mode());
    Ok(PyTuple::new(py, [bytes_object(py, &bytes)?.into_any(), defects(py, &found)?.into_any()])?.into_any())
}
