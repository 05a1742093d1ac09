//! IP addresses between text and their packed form, and the sizes of control messages.

use std::net::{IpAddr, Ipv4Addr};

use ferrosock_socket::resolver::{ip_from_text, ipv4_from_text};
use ferrosock_socket::{control_length, control_space};
use pyo3::exceptions::{PyOSError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{Borrowed, IntoPyObjectExt, ffi};

use super::{CALLS, c_string, native_single, text_argument};
use crate::buffer::Buffer;
use crate::call::{Args, native_tuple};
use crate::convert::described;
use crate::error::os_error;
use crate::socket_module::address::ip_value;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_single!(
            c"inet_aton",
            inet_aton,
            c"inet_aton(text) -> bytes

Turn an IPv4 address as text into its 4 bytes. Every form that the C library reads will do, such as '127.1'; inet_pton()
is strict.

Raises OSError for what is no address."
        ),
        native_single!(
            c"inet_ntoa",
            inet_ntoa,
            c"inet_ntoa(packed) -> str

Turn the 4 bytes of an IPv4 address (any bytes-like object) into text, such as '127.0.0.1'.

Raises OSError for another number of bytes."
        ),
        native_tuple!(
            CALLS,
            c"inet_pton",
            inet_pton,
            c"inet_pton(family, text) -> bytes

Turn an IP address in its standard form into bytes: 4 for AF_INET, 16 for AF_INET6.

Raises OSError for what is no address of that family, and for another family."
        ),
        native_tuple!(
            CALLS,
            c"inet_ntop",
            inet_ntop,
            c"inet_ntop(family, packed) -> str

Turn the bytes of an IP address (4 for AF_INET, 16 for AF_INET6; any bytes-like object) into its standard form.

Raises ValueError for another number of bytes and for another family."
        ),
        native_tuple!(
            CALLS,
            c"CMSG_LEN",
            cmsg_len,
            c"CMSG_LEN(length) -> int

Return the bytes that a control message with length bytes of data takes without padding after it: the least room to
receive it in.

Raises OverflowError for a negative length and for one that is too large."
        ),
        native_tuple!(
            CALLS,
            c"CMSG_SPACE",
            cmsg_space,
            c"CMSG_SPACE(length) -> int

Return the bytes that a control message with length bytes of data takes with its padding: the room to receive several in
is the sum of theirs.

Raises OverflowError for a negative length and for one that is too large."
        ),
    ])
}

fn inet_aton<'py>(py: Python<'py>, text: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let text = text.cast::<PyString>().map_err(|_| {
        let which = if crate::version::since(13) { "argument" } else { "argument 1" };
        PyTypeError::new_err(format!("inet_aton() {which} must be str, not {}", described(&text)))
    })?;
    let address = ipv4_from_text(&c_string(text.to_str()?)?)
        .ok_or_else(|| PyOSError::new_err("illegal IP address string passed to inet_aton"))?;
    Ok(PyBytes::new(py, &address.octets()).into_any())
}

fn inet_ntoa<'py>(py: Python<'py>, packed: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let packed = Buffer::readable(&packed)?;
    let octets: [u8; 4] =
        packed.bytes().try_into().map_err(|_| PyOSError::new_err("packed IP wrong length for inet_ntoa"))?;
    Ok(ip_value(py, Ipv4Addr::from(octets).into()).into_any())
}

fn inet_pton<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let family = args.int(0)?;
    let text = text_argument(&args, 1)?;
    if !matches!(family, libc::AF_INET | libc::AF_INET6) {
        return Err(os_error(py, libc::EAFNOSUPPORT));
    }
    let bytes = match ip_from_text(family, &text) {
        Some(IpAddr::V4(address)) => PyBytes::new(py, &address.octets()),
        Some(IpAddr::V6(address)) => PyBytes::new(py, &address.octets()),
        None => return Err(PyOSError::new_err("illegal IP address string passed to inet_pton")),
    };
    Ok(bytes.into_any())
}

fn inet_ntop<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    let family = args.int(0)?;
    let packed = args.object(1)?;
    let packed = Buffer::readable(&packed)?;
    let address = match family {
        libc::AF_INET => <[u8; 4]>::try_from(packed.bytes()).map(IpAddr::from),
        libc::AF_INET6 => <[u8; 16]>::try_from(packed.bytes()).map(IpAddr::from),
        _ => return Err(PyValueError::new_err(format!("unknown address family {family}"))),
    };
    let address = address.map_err(|_| PyValueError::new_err("invalid length of packed IP address string"))?;
    Ok(ip_value(py, address).into_any())
}

fn cmsg_len<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    size(&args, control_length)?.into_bound_py_any(py)
}

fn cmsg_space<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    size(&args, control_space)?.into_bound_py_any(py)
}

fn size(args: &Args<'_, '_>, of: impl Fn(usize) -> Option<usize>) -> PyResult<usize> {
    args.between(1, 1)?;
    usize::try_from(args.ssize(0)?)
        .ok()
        .and_then(of)
        .ok_or_else(|| PyOverflowError::new_err(format!("{}() argument out of range", args.name())))
}
