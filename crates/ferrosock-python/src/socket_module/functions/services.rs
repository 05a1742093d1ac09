//! The numbers of services and protocols.

use ferrosock_socket::resolver;
use pyo3::exceptions::{PyOSError, PyOverflowError};
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt, ffi};

use super::{CALLS, optional_text, text_argument};
use crate::audit::audit;
use crate::call::{Args, native_tuple};
use crate::convert::system_text;

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_tuple!(
            CALLS,
            c"getservbyname",
            getservbyname,
            c"getservbyname(name[, protocol]) -> int

Return the port of an internet service. protocol is 'tcp' or 'udp'; without it, any will do.

Raises OSError if the service is not known."
        ),
        native_tuple!(
            CALLS,
            c"getservbyport",
            getservbyport,
            c"getservbyport(port[, protocol]) -> str

Return the name of the internet service on a port. protocol is 'tcp' or 'udp'; without it, any will do.

Raises OSError if the service is not known, OverflowError for a port that is not 0-65535."
        ),
        native_tuple!(
            CALLS,
            c"getprotobyname",
            getprotobyname,
            c"getprotobyname(name) -> int

Return the number of an internet protocol, such as 6 for 'tcp'.

Raises OSError if the protocol is not known."
        ),
    ])
}

fn getservbyname<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 2)?;
    let name = text_argument(&args, 0)?;
    let protocol = optional_text(&args, 1)?;
    audit(py, c"socket.getservbyname", (args.object(0)?, args.get(1)))?;
    py.detach(|| resolver::service_by_name(&name, protocol.as_deref()))
        .ok_or_else(|| PyOSError::new_err("service/proto not found"))?
        .into_bound_py_any(py)
}

fn getservbyport<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 2)?;
    let number = args.int(0)?;
    let protocol = optional_text(&args, 1)?;
    let port = u16::try_from(number)
        .map_err(|_| PyOverflowError::new_err("getservbyport: port must be 0-65535."))?;
    audit(py, c"socket.getservbyport", (number, args.get(1)))?;
    let name = py
        .detach(|| resolver::service_by_port(port, protocol.as_deref()))
        .ok_or_else(|| PyOSError::new_err("port/proto not found"))?;
    system_text(py, &name)
}

fn getprotobyname<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(1, 1)?;
    let name = text_argument(&args, 0)?;
    py.detach(|| resolver::protocol_by_name(&name))
        .ok_or_else(|| PyOSError::new_err("protocol not found"))?
        .into_bound_py_any(py)
}
