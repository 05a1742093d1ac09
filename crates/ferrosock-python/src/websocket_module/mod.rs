//! `ferrosock._native.websocket`: the machine of WebSocket and the handshakes, over `ferrosock_proto::websocket`.
//! `ferrosock.websocket` puts its classes in front.
//!
//! The machine takes bytes and gives a list of what came of them; a client over one of our own sockets receives and sends by it in
//! one native call each. What is sent is encoded under the machine's lock, and goes out under a lock of the caller's.

mod handshake;
mod machine;

use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.websocket")?;
    module
        .setattr("__doc__", "WebSocket without input and output: the native side of ferrosock.websocket.")?;
    module.add_class::<machine::Machine>()?;
    module.add_class::<handshake::ClientHandshake>()?;
    module.add_class::<handshake::ServerHandshake>()?;
    Ok(module)
}
