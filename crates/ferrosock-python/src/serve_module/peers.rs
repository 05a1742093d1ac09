//! Addresses of clients, for both kinds of application.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ferrosock::socket::address::Address;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The address and the port of what has them.
pub(super) fn ip_of(address: &Address) -> Option<(IpAddr, u16)> {
    match address {
        Address::Inet { ip, port } => Some(((*ip).into(), *port)),
        Address::Inet6 { ip, port, .. } => Some(((*ip).into(), *port)),
        _ => None,
    }
}

/// The last address as text: mostly it is the same again.
#[derive(Default)]
pub(super) struct LastHost(Mutex<Option<(IpAddr, Py<PyString>)>>);

impl LastHost {
    /// The text of an address.
    pub(super) fn text(&self, py: Python<'_>, ip: IpAddr) -> Py<PyString> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, text)) if *known == ip => text.clone_ref(py),
            _ => {
                let text = PyString::new(py, &ip.to_string()).unbind();
                *last = Some((ip, text.clone_ref(py)));
                text
            }
        }
    }
}
