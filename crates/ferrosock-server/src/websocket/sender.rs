//! Messages from other threads.

use std::any::Any;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::protocol::Remote;
use crate::responder::Valve;
use ferrosock_proto::websocket::Message;

/// What goes through the mailbox.
pub(super) enum Said {
    Message(Message),
    Ping(Vec<u8>),
    Close(u16, String),
    Posted(Box<dyn Any + Send>),
}

/// Sends to one WebSocket, from any thread; clones send to the same one.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use ferrosock_server::websocket::{Handler, Message, Sender, Socket};
///
/// /// Everybody hears what anybody says.
/// struct Room(Arc<Mutex<Vec<Sender>>>);
///
/// impl Handler for Room {
///     fn open(&mut self, socket: &mut Socket<'_>) {
///         self.0.lock().unwrap().push(socket.sender());
///     }
///
///     fn message(&mut self, _: &mut Socket<'_>, message: Message) {
///         self.0.lock().unwrap().retain(|other| other.send(message.clone()).is_ok());
///     }
/// }
/// # let _ = Room(Arc::default());
/// ```
#[derive(Clone)]
pub struct Sender {
    remote: Remote,
    valve: Arc<Valve>,
}

impl Sender {
    pub(super) fn new(remote: Remote, valve: Arc<Valve>) -> Self {
        Self { remote, valve }
    }

    /// Sends a message. While more than [`Limits::pending`](crate::Limits::pending) bytes wait for the client it blocks; on a thread
    /// of the server's, which would wait for itself, it does not.
    ///
    /// # Errors
    /// `BrokenPipe` once the connection is gone. One that is closing takes messages, and loses them.
    ///
    /// ```
    /// # fn of(sender: &ferrosock_server::websocket::Sender) -> std::io::Result<()> {
    /// sender.send("news")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(&self, message: impl Into<Message>) -> io::Result<()> {
        let message = message.into();
        self.valve.enter(message.len() as u64, !self.remote.is_here())?;
        self.remote.post(Said::Message(message));
        Ok(())
    }

    /// Sends a ping: its pong comes to [`Handler::pong`](super::Handler::pong). One of more than 125 bytes is lost.
    ///
    /// ```
    /// # fn of(sender: &ferrosock_server::websocket::Sender) {
    /// sender.ping("1");
    /// # }
    /// ```
    pub fn ping(&self, payload: impl Into<Vec<u8>>) {
        self.remote.post(Said::Ping(payload.into()));
    }

    /// Begins to close, behind what was sent. A code that may not be sent, and a reason of more than 123 bytes, are ignored with the
    /// close.
    ///
    /// ```
    /// # fn of(sender: &ferrosock_server::websocket::Sender) {
    /// sender.close(1000, "done");
    /// # }
    /// ```
    pub fn close(&self, code: u16, reason: &str) {
        self.remote.post(Said::Close(code, reason.to_owned()));
    }

    /// Hands something to [`Handler::posted`](super::Handler::posted), on the loop's thread.
    ///
    /// ```
    /// # fn of(sender: &ferrosock_server::websocket::Sender) {
    /// sender.post(42);
    /// # }
    /// ```
    pub fn post<M: Any + Send>(&self, message: M) {
        self.remote.post(Said::Posted(Box::new(message)));
    }

    /// Whether the connection is gone.
    ///
    /// ```
    /// # fn of(sender: &ferrosock_server::websocket::Sender) {
    /// if sender.is_closed() { /* forget it */ }
    /// # }
    /// ```
    pub fn is_closed(&self) -> bool {
        self.valve.is_closed()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sender").field("remote", &self.remote).finish_non_exhaustive()
    }
}
