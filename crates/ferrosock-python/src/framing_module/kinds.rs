//! The kinds of frames: `LengthPrefixed`, `Delimited`, `Netstrings`. Their objects never change.

use std::ffi::{CStr, c_void};

use ferrosock_codec::framing::{
    DEFAULT_LIMIT, Delimited, Error, Framing, LengthPrefixed, Netstrings, Scan, Width,
};
use ferrosock_codec::record::ByteOrder;
use ferrosock_codec::{cbor, msgpack};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};
use pyo3::{Borrowed, ffi};

use super::CALLS;
use super::decoder;
use super::errors::raise;
use crate::call::{Args, enter, native_noargs, native_one, with_slot_args};
use crate::class::{Class, This, instantiate};
use crate::convert;
use crate::input::Input;
use crate::memory;

/// Any of the kinds.
#[derive(Clone)]
pub(super) enum Kind {
    Length(LengthPrefixed),
    Delimited(Delimited),
    Netstrings(Netstrings),
    MessagePack(msgpack::Items),
    Cbor(cbor::Items),
}

impl Framing for Kind {
    #[inline]
    fn scan(&mut self, bytes: &[u8]) -> Result<Scan, Error> {
        match self {
            Self::Length(kind) => kind.scan(bytes),
            Self::Delimited(kind) => kind.scan(bytes),
            Self::Netstrings(kind) => kind.scan(bytes),
            Self::MessagePack(kind) => kind.scan(bytes),
            Self::Cbor(kind) => kind.scan(bytes),
        }
    }

    fn encode_into(&self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Length(kind) => kind.encode_into(payload, out),
            Self::Delimited(kind) => kind.encode_into(payload, out),
            Self::Netstrings(kind) => kind.encode_into(payload, out),
            Self::MessagePack(kind) => kind.encode_into(payload, out),
            Self::Cbor(kind) => kind.encode_into(payload, out),
        }
    }

    fn fresh(&self) -> Self {
        match self {
            Self::Delimited(kind) => Self::Delimited(kind.fresh()),
            Self::MessagePack(kind) => Self::MessagePack(kind.fresh()),
            Self::Cbor(kind) => Self::Cbor(kind.fresh()),
            other => other.clone(),
        }
    }
}

/// The state of an instance.
pub(super) struct Described {
    kind: Kind,
    /// What `repr()` shows between the parentheses.
    arguments: String,
}

static CLASSES: PyOnceLock<[Py<PyType>; 5]> = PyOnceLock::new();

/// Adds the classes to the module.
pub(super) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let [length, delimited, netstrings, messages, items] = CLASSES.get_or_try_init(py, || {
        Ok::<_, PyErr>([
            class(py, c"ferrosock.framing.LengthPrefixed", LENGTH_DOC, new_length)?,
            class(py, c"ferrosock.framing.Delimited", DELIMITED_DOC, new_delimited)?,
            class(py, c"ferrosock.framing.Netstrings", NETSTRINGS_DOC, new_netstrings)?,
            class(py, c"ferrosock.framing.MessagePackItems", MESSAGE_PACK_DOC, new_message_pack)?,
            class(py, c"ferrosock.framing.CBORItems", CBOR_DOC, new_cbor)?,
        ])
    })?;
    module.setattr("LengthPrefixed", length)?;
    module.setattr("Delimited", delimited)?;
    module.setattr("Netstrings", netstrings)?;
    module.setattr("MessagePackItems", messages)?;
    module.setattr("CBORItems", items)
}

/// The kind of frames that an object stands for.
pub(super) fn of(object: &Bound<'_, PyAny>) -> PyResult<Kind> {
    let found = CLASSES
        .get(object.py())
        .and_then(|classes| classes.iter().find(|class| object.is_exact_instance(class.bind(object.py()))));
    if found.is_none() {
        return Err(convert::not_a("framing must be an object of a class such as LengthPrefixed", object));
    }
    // SAFETY: an instance of one of our classes, whose state is a Described.
    let this: This<'_, '_, Described> =
        unsafe { crate::call::Receiver::receive(object.py(), object.as_ptr()) };
    Ok(this.kind.fresh())
}

type New = unsafe extern "C" fn(
    *mut ffi::PyTypeObject,
    *mut ffi::PyObject,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;

fn class(py: Python<'_>, name: &'static CStr, doc: &'static CStr, new: New) -> PyResult<Py<PyType>> {
    Class::new(name, doc)
        .slot(ffi::Py_tp_new, new as *mut c_void)
        .slot(ffi::Py_tp_repr, repr as *mut c_void)
        .methods(Vec::from([
            native_one!(CALLS, c"encode", encode, ENCODE_DOC),
            native_one!(CALLS, c"encode_all", encode_all, ENCODE_ALL_DOC),
            native_noargs!(CALLS, c"decoder", new_decoder, DECODER_DOC),
        ]))
        .build::<Described>(py)
        .map(Bound::unbind)
}

const LENGTH_DOC: &CStr = c"LengthPrefixed(width=4, order='big', limit=16777216)
--

Frames that begin with the length of their payload.

width is 1, 2, 4 or 8 bytes, or 'varint' (7 bits a byte, the least significant first); order is 'big' or 'little'; limit is
the most bytes of a payload. Raises ValueError for other arguments.";

const DELIMITED_DOC: &CStr = c"Delimited(delimiter=b'\\n', limit=16777216, keep=False)
--

Frames that end with a delimiter, such as lines.

delimiter is one byte or more; limit is the most bytes of a payload, the delimiter not counted; with keep, frames are given
with their delimiter. Raises ValueError for an empty delimiter.";

const NETSTRINGS_DOC: &CStr = c"Netstrings(limit=16777216)
--

Netstrings: a decimal length, a colon, the payload, a comma. Read strictly, without leading zeros.

limit is the most bytes of a payload.
Source: https://cr.yp.to/proto/netstrings.txt";

const MESSAGE_PACK_DOC: &CStr = c"MessagePackItems(limit=16777216)
--

The items of a stream of MessagePack: a payload is one item, encoded. limit is the most bytes of one.";

const CBOR_DOC: &CStr = c"CBORItems(limit=16777216)
--

The items of a CBOR sequence (RFC 8742): a payload is one item, encoded. limit is the most bytes of one.";

unsafe extern "C" fn new_message_pack(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as `create` asks.
    unsafe {
        create(class, args, kwargs, c"MessagePackItems", &["limit"], |args| {
            let limit = limit(&args, 0)?;
            let kind = Kind::MessagePack(msgpack::Items::new().limit(limit));
            Ok(Described { kind, arguments: format!("limit={limit}") })
        })
    }
}

unsafe extern "C" fn new_cbor(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as `create` asks.
    unsafe {
        create(class, args, kwargs, c"CBORItems", &["limit"], |args| {
            let limit = limit(&args, 0)?;
            let kind = Kind::Cbor(cbor::Items::new().limit(limit));
            Ok(Described { kind, arguments: format!("limit={limit}") })
        })
    }
}

unsafe extern "C" fn new_length(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as `create` asks.
    unsafe {
        create(class, args, kwargs, c"LengthPrefixed", &["width", "order", "limit"], |args| {
            let width = args.get(0);
            let (width, shown) = match &width {
                None => (Width::Four, "4".to_owned()),
                Some(name) if name.is_instance_of::<PyString>() => match name.cast::<PyString>()?.to_str()? {
                    "varint" => (Width::Varint, "'varint'".to_owned()),
                    _ => return Err(PyValueError::new_err("width must be 1, 2, 4, 8 or 'varint'")),
                },
                Some(number) => match convert::ssize(number)? {
                    1 => (Width::One, "1".to_owned()),
                    2 => (Width::Two, "2".to_owned()),
                    4 => (Width::Four, "4".to_owned()),
                    8 => (Width::Eight, "8".to_owned()),
                    _ => return Err(PyValueError::new_err("width must be 1, 2, 4, 8 or 'varint'")),
                },
            };
            let order = match args.get(1) {
                None => ByteOrder::Big,
                Some(order) => match order.extract::<&str>() {
                    Ok("big") => ByteOrder::Big,
                    Ok("little") => ByteOrder::Little,
                    _ => return Err(PyValueError::new_err("order must be 'big' or 'little'")),
                },
            };
            let limit = limit(&args, 2)?;
            let name = if order == ByteOrder::Big { "big" } else { "little" };
            let arguments = format!("width={shown}, order='{name}', limit={limit}");
            Ok(Described { kind: Kind::Length(LengthPrefixed::new(width, order).limit(limit)), arguments })
        })
    }
}

unsafe extern "C" fn new_delimited(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as `create` asks.
    unsafe {
        create(class, args, kwargs, c"Delimited", &["delimiter", "limit", "keep"], |args| {
            let delimiter = match args.get(0) {
                Some(delimiter) => memory::copied(&Input::binary(delimiter)?)?,
                None => b"\n".to_vec(),
            };
            if delimiter.is_empty() {
                return Err(PyValueError::new_err("the delimiter is empty"));
            }
            let limit = limit(&args, 1)?;
            let keep = args.get(2).map_or(Ok(false), |keep| keep.is_truthy())?;
            let shown = delimiter.escape_ascii();
            let arguments =
                format!("delimiter=b'{shown}', limit={limit}, keep={}", if keep { "True" } else { "False" });
            let kind = Kind::Delimited(Delimited::new(&delimiter).limit(limit).keep(keep));
            Ok(Described { kind, arguments })
        })
    }
}

unsafe extern "C" fn new_netstrings(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as `create` asks.
    unsafe {
        create(class, args, kwargs, c"Netstrings", &["limit"], |args| {
            let limit = limit(&args, 0)?;
            let kind = Kind::Netstrings(Netstrings::new().limit(limit));
            Ok(Described { kind, arguments: format!("limit={limit}") })
        })
    }
}

/// `tp_new`: what `read` makes of the arguments.
///
/// # Safety
/// The arguments are those of the slot.
unsafe fn create(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
    name: &'static CStr,
    names: &[&str],
    read: impl FnOnce(Args<'_, '_>) -> PyResult<Described>,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls slots attached, with a live class of ours, a tuple, and a dict or null.
    unsafe {
        let py = Python::assume_attached();
        enter(py, &CALLS, || {
            let class: Borrowed<'_, '_, PyType> = Borrowed::from_ptr(py, class.cast()).cast_unchecked();
            let described = with_slot_args(py, name, args, kwargs, |args| args.named(names, 0, read))?;
            instantiate(&class, described)
        })
    }
}

fn limit(args: &Args<'_, '_>, index: usize) -> PyResult<usize> {
    let Some(limit) = args.get(index) else { return Ok(DEFAULT_LIMIT) };
    usize::try_from(convert::ssize(&limit)?).map_err(|_| PyValueError::new_err("limit must not be negative"))
}

unsafe extern "C" fn repr(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls slots attached, with an instance, whose state is a Described.
    let this: This<'_, '_, Described> =
        unsafe { crate::call::Receiver::receive(Python::assume_attached(), object) };
    enter(this.py(), &CALLS, || {
        let name = this.object().get_type().name()?;
        Ok(PyString::new(this.py(), &format!("{name}({})", this.arguments)).into_any())
    })
}

const ENCODE_DOC: &CStr = c"encode($self, payload, /)
--

Return the payload, any bytes-like object, as a frame.

Raises FrameTooLong beyond the limit, FramingError for what this kind of frames cannot carry.";

fn encode<'py>(
    this: This<'_, 'py, Described>,
    payload: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let input = Input::binary(payload)?;
    let mut frame = memory::room_for(input.len().saturating_add(32))?;
    this.kind.encode_into(&input, &mut frame).map_err(|error| raise(py, error))?;
    memory::bytes_object(py, &frame).map(Bound::into_any)
}

const ENCODE_ALL_DOC: &CStr = c"encode_all($self, payloads, /)
--

Return the payloads of an iterable as frames, one after another, in one bytes object.

Raises as encode does.";

fn encode_all<'py>(
    this: This<'_, 'py, Described>,
    payloads: Borrowed<'_, 'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let mut frames: Vec<u8> = Vec::new();
    for payload in payloads.try_iter()? {
        let payload = payload?;
        let input = Input::binary(payload.as_borrowed())?;
        frames
            .try_reserve(input.len().saturating_add(32))
            .map_err(|_| pyo3::exceptions::PyMemoryError::new_err(()))?;
        this.kind.encode_into(&input, &mut frames).map_err(|error| raise(py, error))?;
    }
    memory::bytes_object(py, &frames).map(Bound::into_any)
}

const DECODER_DOC: &CStr = c"decoder($self, /)
--

Return a Decoder for one stream of such frames.";

fn new_decoder<'py>(this: This<'_, 'py, Described>) -> PyResult<Bound<'py, PyAny>> {
    decoder::create(this.py(), this.kind.fresh())
}
