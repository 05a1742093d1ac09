//! How connections end, and how they are given to the general way.

use std::time::{Duration, Instant};

use ferrosock_socket::Uninterrupted;
use pyo3::intern;
use pyo3::prelude::*;

use super::{Connection, KEPT_FOR, Waiting};
use crate::fast::SocketFile;
use crate::socket_module::object::{Method, plain, plain_descriptor};

impl Waiting<'_, '_> {
    /// Takes a connection out. A process that the application has started may hold its descriptor, too, so it is no longer
    /// watched in any case.
    fn take(&mut self, index: usize) -> Option<Connection> {
        let connection = self.connections.get_mut(index)?.take()?;
        self.free.push(index);
        self.kept -= usize::from(connection.kept);
        if connection.watched {
            if let Some(descriptor) = plain_descriptor(connection.socket.bind(self.py()).as_borrowed()) {
                let _ = self.epoll.remove(descriptor);
            }
        }
        Some(connection)
    }

    /// Ends a connection as `shutdown_request` does.
    pub(super) fn end(&mut self, index: usize) -> PyResult<()> {
        let py = self.py();
        let Some(connection) = self.take(index) else { return Ok(()) };
        let (socket, rfile) = (connection.socket.bind(py), connection.rfile.bind(py));
        if let Some(file) = SocketFile::of(rfile) {
            file.close()?;
        }
        if let Some(plain) = plain(socket.as_borrowed(), Method::Fileno) {
            // The client may have been quicker.
            let _ = plain.shutdown(&Uninterrupted, libc::SHUT_WR);
        }
        socket.call_method0(intern!(py, "close")).map(drop)
    }

    /// Goes on with a connection through the handler class.
    pub(super) fn general(&mut self, index: usize) -> PyResult<()> {
        self.hand_over(index, None)
    }

    /// Tells the server that a connection has failed.
    pub(super) fn failed(&mut self, index: usize, error: PyErr) -> PyResult<()> {
        self.hand_over(index, Some(error))
    }

    fn hand_over(&mut self, index: usize, error: Option<PyErr>) -> PyResult<()> {
        let py = self.py();
        let Some(connection) = self.take(index) else { return Ok(()) };
        let error = error.map(|error| error.into_value(py).into_any());
        let general = self.module.getattr(intern!(py, "_serve_on"))?;
        general.call1((self.server, connection.socket, connection.address, connection.rfile, error)).map(drop)
    }

    /// Closes the connection that has waited longest: a kept one, if there is one.
    pub(super) fn make_room(&mut self) -> PyResult<()> {
        let waiting = self.connections.iter().enumerate().filter_map(|(index, connection)| {
            connection.as_ref().map(|connection| (!connection.kept, connection.since, index))
        });
        match waiting.min() {
            Some((.., index)) => self.end(index),
            None => {
                // There is nobody to make room for the next one: others use up the descriptors.
                self.py().detach(|| std::thread::sleep(Duration::from_millis(10)));
                Ok(())
            }
        }
    }

    /// Closes kept connections that have been silent for too long.
    pub(super) fn look_at_kept(&mut self) -> PyResult<()> {
        if self.kept == 0 {
            return Ok(());
        }
        let now = Instant::now();
        if now < self.next_look {
            return Ok(());
        }
        self.next_look = now + Duration::from_secs(1);
        for index in 0..self.connections.len() {
            let over = self.connections[index]
                .as_ref()
                .is_some_and(|connection| connection.kept && now - connection.since > KEPT_FOR);
            if over {
                self.end(index)?;
            }
        }
        Ok(())
    }
}
