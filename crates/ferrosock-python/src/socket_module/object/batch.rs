//! `send_batch` and `recv_batch`: many datagrams in one call. The standard library's sockets have nothing like them.

use std::cell::Cell;

use ferrosock_socket::{Datagram, DatagramBatch, RawAddress};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyTuple};

use super::message::items;
use super::naming::{address_argument, address_value, expect_address};
use super::{CALLS, SocketObject};
use crate::audit::audit;
use crate::buffer::Buffer;
use crate::call::{Args, native_named};
use crate::convert::described;
use crate::error::raise;
use crate::host::Interpreter;
use crate::memory;

pub(super) fn methods() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(
            CALLS,
            c"recv_batch",
            recv_batch,
            c"recv_batch(max_messages, bufsize, flags=0) -> list of (bytes, address)

Receive datagrams, many in one call: wait for the first, then take those that are there already, up to max_messages. Of each
come up to bufsize bytes; the rest is lost. A call keeps to 4 MiB of room, and takes fewer if all together came to more.

On Linux, a UDP socket with the option UDP_GRO of IPPROTO_UDP set gets datagrams of one sender and size from the system in
batches of up to 64, each of which counts as one message: the fastest way under load. Such a socket should be received from by
recv_batch() alone.

Raises as recvfrom() does, ValueError for a max_messages below 1. An addition of Ferrosock's."
        ),
        native_named!(
            CALLS,
            c"send_batch",
            send_batch,
            c"send_batch(messages, flags=0) -> int

Send datagrams, many in one call, within one timeout for all, and return how many went. messages is an iterable of (data,
address), where data is a bytes-like object, or a list or tuple of them to send each as a datagram to that address. The address
None stands for the peer of a connected socket. Several datagrams of one size to one address are the fastest over UDP.

Fewer than all went if the timeout ran out, the socket does not block, or the system refused the next one: to send the rest
again then tells why.

Raises as sendto() does if not even the first went. An addition of Ferrosock's."
        ),
    ])
}

thread_local! {
    /// A thread's room for batches, kept between calls. It is taken out while it is in use, since a signal handler may
    /// receive in the midst of a receive.
    static ROOM: Cell<Option<DatagramBatch>> = const { Cell::new(None) };
}

/// The most bytes of room that a thread keeps.
const KEPT: usize = 4 << 20;

fn recv_batch<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.parse_named(&["max_messages", "bufsize", "flags"], 2, |args| {
        let (most, size, flags) = (args.ssize(0)?, args.ssize(1)?, args.int_or(2, 0)?);
        args.finish()?;
        let most = usize::try_from(most)
            .ok()
            .filter(|most| *most > 0)
            .ok_or_else(|| PyValueError::new_err("max_messages must be at least 1"))?;
        let size =
            usize::try_from(size).map_err(|_| PyValueError::new_err("negative buffersize in recv_batch"))?;
        expect_address(&this)?;
        let mut room = match ROOM.take() {
            Some(mut room) => {
                room.reshape(most, size);
                room
            }
            None => DatagramBatch::new(most, size),
        };
        let result = this
            .recv_batch(&Interpreter(this.py()), &mut room, flags)
            .map_err(|error| raise(this.py(), error))
            .and_then(|_| datagrams(&this, &room));
        if room.capacity() <= KEPT {
            ROOM.set(Some(room));
        }
        result
    })
}

/// What came, as a list of (bytes, address). Datagrams that follow one another often come from one sender, and then share
/// the object for the address.
fn datagrams<'py>(this: &SocketObject<'_, 'py>, room: &DatagramBatch) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let list = PyList::empty(py);
    let mut last: Option<(&RawAddress, Bound<'py, PyAny>)> = None;
    for datagram in room.iter() {
        let address = match &last {
            Some((raw, address)) if *raw == datagram.address => address.clone(),
            _ => {
                let address = address_value(this, datagram.address)?;
                last = Some((datagram.address, address.clone()));
                address
            }
        };
        list.append(PyTuple::new(py, [memory::bytes_object(py, datagram.data)?.into_any(), address])?)?;
    }
    Ok(list.into_any())
}

/// The bytes of a datagram to be sent, kept in place. Bytes objects need no view to be.
enum Data<'py> {
    Bytes(Bound<'py, PyBytes>),
    Buffer(Buffer),
}

impl<'py> Data<'py> {
    fn of(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        match object.cast_exact::<PyBytes>() {
            Ok(bytes) => Ok(Self::Bytes(bytes.clone())),
            Err(_) => Buffer::readable(object).map(Self::Buffer),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes.as_bytes(),
            Self::Buffer(buffer) => buffer.bytes(),
        }
    }
}

/// The datagrams of a call: each with the place of its address among the addresses.
#[derive(Default)]
struct Messages<'py> {
    data: Vec<(Data<'py>, Option<usize>)>,
    addresses: Vec<RawAddress>,
}

impl<'py> Messages<'py> {
    /// Reads an iterable of (data, address). What messages share, by one object, is converted once.
    fn read(this: &SocketObject<'_, 'py>, messages: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = this.py();
        let mut read = Self::default();
        let mut last: Option<(Bound<'py, PyAny>, Option<usize>)> = None;
        for item in items(messages, c"send_batch() argument 1 must be an iterable")?.try_iter()? {
            let (data, address) = pair(&item?)?;
            let place = match &last {
                Some((known, place)) if known.is(&address) => *place,
                _ if address.is_none() => None,
                _ => {
                    audit(py, c"socket.sendto", (this.object(), &address))?;
                    memory::push(&mut read.addresses, address_argument(this, "send_batch", &address)?)?;
                    Some(read.addresses.len() - 1)
                }
            };
            last = Some((address, place));
            // SAFETY: a live object, attached.
            let several =
                unsafe { ffi::PyList_Check(data.as_ptr()) != 0 || ffi::PyTuple_Check(data.as_ptr()) != 0 };
            if several {
                for piece in data.try_iter()? {
                    memory::push(&mut read.data, (Data::of(&piece?)?, place))?;
                }
            } else {
                memory::push(&mut read.data, (Data::of(&data)?, place))?;
            }
        }
        Ok(read)
    }
}

/// The data and the address of a message.
fn pair<'py>(item: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    match item.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => Ok((pair.get_item(0)?, pair.get_item(1)?)),
        Ok(tuple) => Err(PyTypeError::new_err(format!(
            "send_batch(): a message must be a pair (data, address), not {} items",
            tuple.len()
        ))),
        Err(_) => Err(PyTypeError::new_err(format!(
            "send_batch(): a message must be a pair (data, address), not {}",
            described(item)
        ))),
    }
}

fn send_batch<'py>(this: SocketObject<'_, 'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    args.parse_named(&["messages", "flags"], 1, |args| {
        let (messages, flags) = (args.object(0)?, args.int_or(1, 0)?);
        args.finish()?;
        let Messages { data, addresses } = Messages::read(&this, &messages)?;
        let batch = memory::collected(data.iter().map(|(data, place)| Datagram {
            data: data.bytes(),
            address: place.and_then(|place| addresses.get(place)),
        }))?;
        let count = this.send_batch(&Interpreter(py), &batch, flags).map_err(|error| raise(py, error))?;
        Ok(PyInt::new(py, count).into_any())
    })
}
