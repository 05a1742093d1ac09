//! `sendmsg` and `recvmsg`: scattered data, control messages and an address in one call.

use std::ffi::CStr;
use std::io::IoSlice;

use ferrosock_socket::{ControlMessage, Received};
use pyo3::exceptions::{PyOSError, PyRuntimeWarning, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyNone, PyTuple};

use super::naming::{address_argument, address_value, expect_address};
use super::transfer::{CLINIC, count_sent, received, sending_flags};
use super::{CALLS, SocketObject};
use crate::audit::audit;
use crate::buffer::{Buffer, Buffers};
use crate::call::{Args, docstring, native_method};
use crate::convert;
use crate::error::raise;
use crate::host::Interpreter;
use crate::memory::{self, Few};
use crate::version::Change;

/// The most bytes of control messages that a receive may ask for: the system's lengths are 32 bits wide with a sign.
const MOST_CONTROL: usize = 0x7fff_ffff;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    let mut methods = Vec::from([
        native_method!(
            CALLS,
            c"recvmsg",
            recvmsg,
            c"recvmsg(bufsize[, ancbufsize[, flags]]) -> (bytes, ancdata, msg_flags, address)

Receive up to bufsize bytes with the control messages beside them, for which there is room of ancbufsize bytes (see
CMSG_SPACE). ancdata is a list of (level, type, data); msg_flags tells what was special, such as MSG_TRUNC.

Raises as recv() does, and ValueError for an ancbufsize that is negative or too large."
        ),
        native_method!(
            CALLS,
            c"recvmsg_into",
            recvmsg_into,
            c"recvmsg_into(buffers[, ancbufsize[, flags]]) -> (int, ancdata, msg_flags, address)

Receive as recvmsg() does into several writable buffers, filled in order, and return how many bytes came.

Raises as recvmsg() does."
        ),
        native_method!(
            CALLS,
            c"sendmsg",
            sendmsg,
            SENDMSG_DOC
        ),
    ]);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    methods.push(crate::call::native_named!(
        CALLS,
        c"sendmsg_afalg",
        afalg::sendmsg_afalg,
        c"sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]]) -> int

Send a message to a socket of the kernel's cryptography (AF_ALG): the operation (ALG_OP_*), an initialisation vector and the
length of the associated data, with the data in msg, an iterable of bytes-like objects.

Raises OSError for a socket of another family, TypeError without an operation."
    ));
    methods
}

/// gh-143988: whatever is raised in the midst of an iterable, it is said to be none.
const REFUSED: Change = Change::of(&[(13, 15), (14, 7)]);

/// The items of an iterable argument as they are now, whatever Python code does to it while they are read; TypeError with
/// `refusal` for what is none.
pub(super) fn items<'py>(value: &Bound<'py, PyAny>, refusal: &CStr) -> PyResult<Bound<'py, PyTuple>> {
    let py = value.py();
    // SAFETY: a live object, attached. The first call gives a list or tuple, the second a tuple, or null with an error set.
    unsafe {
        if REFUSED.is_made() {
            let items = ffi::PySequence_Tuple(value.as_ptr());
            if items.is_null() {
                ffi::PyErr_SetString(ffi::PyExc_TypeError, refusal.as_ptr());
            }
            return Ok(Bound::from_owned_ptr_or_err(py, items)?.cast_into_unchecked());
        }
        let sequence =
            Bound::from_owned_ptr_or_err(py, ffi::PySequence_Fast(value.as_ptr(), refusal.as_ptr()))?;
        let items = Bound::from_owned_ptr_or_err(py, ffi::PySequence_Tuple(sequence.as_ptr()))?;
        Ok(items.cast_into_unchecked())
    }
}

/// How much control room a receive asks for.
fn control_room(args: &Args<'_, '_>) -> PyResult<usize> {
    let size = args.ssize_or(1, 0)?;
    usize::try_from(size)
        .ok()
        .filter(|size| *size <= MOST_CONTROL)
        .ok_or_else(|| PyValueError::new_err("invalid ancillary data buffer length"))
}

fn recvmsg<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.between(1, 3)?;
    let size = args.ssize(0)?;
    args.ssize_or(1, 0)?;
    let flags = args.int_or(2, 0)?;
    let size =
        usize::try_from(size).map_err(|_| PyValueError::new_err("negative buffer size in recvmsg()"))?;
    expect_address(&this)?;
    let room = control_room(&args)?;
    let (bytes, message) = received(py, size, flags, |space| {
        let message = this.recv_message(&Interpreter(py), &mut [space], room, flags)?;
        Ok((message.count, Arrival::new(message)))
    })?;
    message.deliver(&this, bytes.into_any())
}

fn recvmsg_into<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.between(1, 3)?;
    let object = args.object(0)?;
    args.ssize_or(1, 0)?;
    let flags = args.int_or(2, 0)?;
    let items = items(&object, c"recvmsg_into() argument 1 must be an iterable")?;
    let mut buffers = Buffers::with_room(items.len())?;
    for item in items.iter_borrowed() {
        buffers.push_writable(&item).map_err(|_| {
            PyTypeError::new_err(
                "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers",
            )
        })?;
    }
    expect_address(&this)?;
    let room = control_room(&args)?;
    let mut spaces = memory::collected_few(buffers.spaces())?;
    let message =
        this.recv_message(&Interpreter(py), &mut spaces, room, flags).map_err(|error| raise(py, error))?;
    let message = Arrival::new(message);
    let count = PyInt::new(py, message.received.count).into_any();
    message.deliver(&this, count)
}

/// A received message. The descriptors that came in it are closed if it can't be handed on.
struct Arrival {
    received: Received,
    delivered: bool,
}

impl Arrival {
    fn new(received: Received) -> Self {
        Self { received, delivered: false }
    }

    /// The four results of a receive, `data` the first.
    fn deliver<'py>(
        mut self,
        this: &SocketObject<'_, 'py>,
        data: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        let control = control_list(py, &self.received)?;
        let address = address_value(this, &self.received.address)?;
        let flags = PyInt::new(py, self.received.flags).into_any();
        let results = PyTuple::new(py, [data, control.into_any(), flags, address])?;
        self.delivered = true;
        Ok(results.into_any())
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if !self.delivered {
            self.received.close_descriptors();
        }
    }
}

/// Received control messages as a list of (level, type, data).
fn control_list<'py>(py: Python<'py>, message: &Received) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    let mut messages = message.control.messages();
    for ControlMessage { level, kind, data } in messages.by_ref() {
        list.append((level, kind, memory::bytes_object(py, data)?))?;
    }
    if messages.is_malformed() {
        let text = c"received malformed or improperly-truncated ancillary data";
        PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), text, 1)?;
    }
    Ok(list)
}

/// The pieces of data of a message to be sent.
fn pieces(value: &Bound<'_, PyAny>, refusal: &CStr) -> PyResult<Buffers> {
    let items = items(value, refusal)?;
    let mut buffers = Buffers::with_room(items.len())?;
    for item in items.iter_borrowed() {
        buffers.push_readable(&item)?;
    }
    Ok(buffers)
}

const SENDMSG_DOC: &CStr = docstring!(
    CLINIC,
    "sendmsg($self, buffers, ancdata=(), flags=0, address=None, /)",
    "sendmsg(buffers[, ancdata[, flags[, address]]]) -> int",
    "Send several pieces of data as one message, with control messages beside it (an iterable of (level, type, data)), to the
peer or to an address. Return how many bytes of data went.

Raises as send() does."
);

fn sendmsg<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    count_sent(&args, 4)?;
    let flags = sending_flags(&args, 2)?;
    let address = match args.get(3).filter(|address| !address.is_none()) {
        Some(address) => {
            let raw = address_argument(&this, "sendmsg", &address)?;
            audit(py, c"socket.sendmsg", (this.object(), address))?;
            Some(raw)
        }
        None => {
            audit(py, c"socket.sendmsg", (this.object(), PyNone::get(py)))?;
            None
        }
    };
    let data = pieces(&*args.object(0)?, c"sendmsg() argument 1 must be an iterable")?;
    let control = args.get(1).map(|control| Control::from_argument(&control)).transpose()?;
    let control = control.as_ref().map(Control::messages).transpose()?.unwrap_or_default();
    let slices = memory::collected_few(data.bytes().map(IoSlice::new))?;
    let count = this
        .send_message(&Interpreter(py), &slices, &control, flags, address.as_ref())
        .map_err(|error| raise(py, error))?;
    Ok(PyInt::new(py, count).into_any())
}

/// Control messages to be sent.
struct Control {
    /// The level and the type of each.
    kinds: Few<(i32, i32)>,
    data: Buffers,
}

impl Control {
    /// An iterable of (level, type, data).
    fn from_argument(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let items = items(value, c"sendmsg() argument 2 must be an iterable")?;
        let count = items.len();
        let mut control = Self { kinds: memory::room_for_few(count)?, data: Buffers::with_room(count)? };
        let mut total = 0_usize;
        for item in items.iter_borrowed() {
            let size = control.push(&item)?;
            let space = ferrosock_socket::control_space(size)
                .ok_or_else(|| PyOSError::new_err("ancillary data item too large"))?;
            total = total
                .checked_add(space)
                .filter(|total| *total <= MOST_CONTROL)
                .ok_or_else(|| PyOSError::new_err("too much ancillary data"))?;
        }
        Ok(control)
    }

    /// Adds one message, a sequence of level, type and data, and gives the size of the data.
    fn push(&mut self, item: &Bound<'_, PyAny>) -> PyResult<usize> {
        const NAME: &str = "[sendmsg() ancillary data items]()";
        let since_14 = crate::version::since(14);
        // SAFETY: live objects, attached.
        let is_sequence = unsafe {
            let is_text = |item| ffi::PyUnicode_Check(item) != 0 || ffi::PyByteArray_Check(item) != 0;
            let item = item.as_ptr();
            ffi::PySequence_Check(item) != 0 && ffi::PyBytes_Check(item) == 0 && !(since_14 && is_text(item))
        };
        if !is_sequence {
            let (wanted, found) = (if since_14 { "tuple" } else { "sequence" }, convert::described(item));
            return Err(PyTypeError::new_err(format!(
                "{NAME} argument must be 3-item {wanted}, not {found}"
            )));
        }
        let length = item.len()?;
        if length != 3 {
            let wanted = if since_14 && item.is_instance_of::<PyTuple>() { "tuple" } else { "sequence" };
            return Err(PyTypeError::new_err(format!(
                "{NAME} argument must be {wanted} of length 3, not {length}"
            )));
        }
        self.kinds.push((convert::int(&sequence_item(item, 0)?)?, convert::int(&sequence_item(item, 1)?)?));
        self.data.push_readable(&sequence_item(item, 2)?)
    }

    fn messages(&self) -> PyResult<Few<ControlMessage<'_>>> {
        memory::collected_few(
            self.kinds.iter().zip(self.data.bytes()).map(|(&(level, kind), data)| ControlMessage {
                level,
                kind,
                data,
            }),
        )
    }
}

/// An item of what is a sequence for the C API.
fn sequence_item<'py>(sequence: &Bound<'py, PyAny>, index: ffi::Py_ssize_t) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached, a live object; gives a new reference, or null with an exception set.
    unsafe {
        let item = ffi::PySequence_GetItem(sequence.as_ptr(), index);
        Bound::from_owned_ptr_or_err(sequence.py(), item)
    }
}

/// The kernel's cryptography, which is reached through sockets (`AF_ALG`).
#[cfg(any(target_os = "linux", target_os = "android"))]
mod afalg {
    use super::*;

    pub(super) fn sendmsg_afalg<'py>(
        this: SocketObject<'_, 'py>,
        args: Args<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        if this.identity().family != libc::AF_ALG {
            return Err(PyOSError::new_err("algset is only supported for AF_ALG"));
        }
        args.keyword_only(1)?.parse_named(&["msg", "op", "iv", "assoclen", "flags"], 0, |args| {
            let integer = |index| match args.get(index) {
                Some(value) if !value.is_instance_of::<PyInt>() => Err(args.wrong_type(index, "int")),
                value => Ok(value),
            };
            let op = integer(1)?;
            let iv = args.get(2).map(|iv| Buffer::readable(&iv)).transpose()?;
            let associated = integer(3)?;
            let flags = args.int_or(4, 0)?;
            args.finish()?;

            let invalid_op = || PyTypeError::new_err("Invalid or missing argument 'op'");
            let op = op.ok_or_else(invalid_op).and_then(|op| convert::as_int(&op))?;
            let op = u32::try_from(op).map_err(|_| invalid_op())?;
            let associated = associated
                .map(|length| {
                    let refusal = || PyTypeError::new_err("assoclen must be positive");
                    convert::as_int(&length).and_then(|length| u32::try_from(length).map_err(|_| refusal()))
                })
                .transpose()?;
            let data = match args.get(0) {
                Some(message) => pieces(&message, c"sendmsg_afalg() argument 1 must be an iterable")?,
                None => Buffers::with_room(0)?,
            };

            let op = op.to_ne_bytes();
            // struct af_alg_iv: the length, then the bytes.
            let iv = iv.map(|iv| {
                let length = (iv.len() as u32).to_ne_bytes();
                let mut structure = memory::room_for(length.len() + iv.len())?;
                structure.extend_from_slice(&length);
                structure.extend_from_slice(iv.bytes());
                Ok::<_, PyErr>(structure)
            });
            let iv = iv.transpose()?;
            let associated = associated.map(u32::to_ne_bytes);
            let mut control =
                Vec::from([ControlMessage { level: libc::SOL_ALG, kind: libc::ALG_SET_OP, data: &op }]);
            if let Some(iv) = &iv {
                control.push(ControlMessage { level: libc::SOL_ALG, kind: libc::ALG_SET_IV, data: iv });
            }
            if let Some(length) = &associated {
                let kind = libc::ALG_SET_AEAD_ASSOCLEN;
                control.push(ControlMessage { level: libc::SOL_ALG, kind, data: length });
            }
            let slices = memory::collected_few(data.bytes().map(IoSlice::new))?;
            let count = this
                .send_message(&Interpreter(py), &slices, &control, flags, None)
                .map_err(|error| raise(py, error))?;
            Ok(PyInt::new(py, count).into_any())
        })
    }
}
