//! `socket.getaddrinfo`, whose families and types are members of enums.

use std::ffi::CStr;

use ferrosock_socket::resolver::Hints;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyTuple};
use pyo3::{Borrowed, ffi};

use crate::call::{Args, native_fast};
use crate::socket_module::CALLS;
use crate::socket_module::functions::{found, is_getaddrinfo};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_fast!(CALLS, c"getaddrinfo", getaddrinfo, DOC)])
}

const DOC: &CStr = c"getaddrinfo($module, function, families, kinds, host, port, family, type, proto, flags, /)
--

Find addresses as `socket.getaddrinfo` does. families and kinds are the enums' members, each at the place of its number,
None where there is none.

Returns None, without having looked anything up, if function is not `_socket.getaddrinfo`. Raises what that raises.";

fn getaddrinfo<'py>(py: Python<'py>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(9, 9)?;
    if !is_getaddrinfo(&*args.object(0)?) {
        return Ok(py.None().into_bound(py));
    }
    let hints =
        Hints { family: args.int(5)?, kind: args.int(6)?, protocol: args.int(7)?, flags: args.int(8)? };
    let (families, kinds) = (args.object(1)?.cast::<PyTuple>()?, args.object(2)?.cast::<PyTuple>()?);
    let member = |table: Borrowed<'_, 'py, PyTuple>, number: i32| {
        let place = usize::try_from(number).ok().filter(|place| *place < table.len());
        let member = place.map(|place| table.get_borrowed_item(place)).transpose()?;
        Ok(match member {
            Some(member) if !member.is_none() => member.to_owned(),
            _ => PyInt::new(py, number).into_any(),
        })
    };
    let (host, port) = (args.object(3)?, args.object(4)?);
    found(py, host, port, hints, |number| member(families, number), |number| member(kinds, number))
}
