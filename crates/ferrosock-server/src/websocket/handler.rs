//! What a program sees of a WebSocket.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use ferrosock_proto::websocket::{CloseFrame, Error, Message, WebSocket};
use ferrosock_socket::address::Address;

use super::driver::State;
use super::sender::Sender;
use crate::protocol::Link;
use crate::responder::Pushed;

/// The program's side of one WebSocket. Every function of a [`Socket`] and a [`Message`] is one.
///
/// It is called on the loop's thread, so it must not block. A panic resets the connection and is told to the error log.
///
/// ```
/// use ferrosock_server::websocket::{CloseFrame, Handler, Message, Socket};
///
/// struct Counter(u64);
///
/// impl Handler for Counter {
///     fn open(&mut self, socket: &mut Socket<'_>) {
///         let _ = socket.send_text("counting");
///     }
///
///     fn message(&mut self, socket: &mut Socket<'_>, _: Message) {
///         self.0 += 1;
///         let _ = socket.send_text(&self.0.to_string());
///     }
///
///     fn close(&mut self, how: &CloseFrame) {
///         println!("{} messages; closed: {how}", self.0);
///     }
/// }
/// # let _ = Counter(0);
/// ```
pub trait Handler: Send + 'static {
    /// The connection is open.
    fn open(&mut self, socket: &mut Socket<'_>) {
        let _ = socket;
    }

    /// A message came.
    fn message(&mut self, socket: &mut Socket<'_>, message: Message);

    /// A pong came: the answer to a ping of the handler's, or one that nobody asked for. Those that keep the connection alive do not
    /// come here.
    fn pong(&mut self, socket: &mut Socket<'_>, payload: Vec<u8>) {
        let _ = (socket, payload);
    }

    /// What [`Sender::post`] has sent.
    fn posted(&mut self, socket: &mut Socket<'_>, message: Box<dyn Any + Send>) {
        let _ = (socket, message);
    }

    /// There is room again: asked for by [`Socket::ask_for_room`].
    fn room(&mut self, socket: &mut Socket<'_>) {
        let _ = socket;
    }

    /// It is over, once: what the peer said, or 1005 if it said nothing, what was wrong with what it sent, or 1006 if the connection
    /// ended without a close (RFC 6455 section 7.4.1).
    fn close(&mut self, how: &CloseFrame) {
        let _ = how;
    }
}

impl<F: FnMut(&mut Socket<'_>, Message) + Send + 'static> Handler for F {
    fn message(&mut self, socket: &mut Socket<'_>, message: Message) {
        self(socket, message);
    }
}

/// A handler's way to its peer, for the time of a call.
///
/// ```
/// # use ferrosock_server::websocket::Socket;
/// fn part(socket: &mut Socket<'_>) {
///     let _ = socket.send_text("good bye");
///     let _ = socket.close(1000, "done");
/// }
/// # let _ = part;
/// ```
pub struct Socket<'a> {
    pub(super) machine: &'a mut WebSocket,
    pub(super) state: &'a mut State,
    pub(super) link: Link<'a>,
}

impl Socket<'_> {
    /// Sends a message; a long one is not copied.
    ///
    /// # Errors
    /// [`Error::Closed`] behind a close.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.send("hello")?;
    /// socket.send(vec![1, 2, 3])?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        let (kind, bytes) = message.into().into_parts();
        self.machine.send_owned(kind, bytes)
    }

    /// Sends a message of text.
    ///
    /// # Errors
    /// [`Error::Closed`] behind a close.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.send_text("hello")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_text(&mut self, text: &str) -> Result<(), Error> {
        self.machine.send_text(text)
    }

    /// Sends a message of bytes.
    ///
    /// # Errors
    /// [`Error::Closed`] behind a close.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.send_binary(b"\0\x01")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_binary(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.machine.send_binary(bytes)
    }

    /// Sends a ping, whose pong comes to [`Handler::pong`]. None is needed to keep the connection alive: see
    /// [`Options::ping_interval`](super::Options::ping_interval).
    ///
    /// # Errors
    /// [`Error::TooLong`] beyond 125 bytes; [`Error::Closed`].
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.ping(b"1")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.machine.send_ping(payload)
    }

    /// Begins to close: nothing more may be sent, and no message comes any more.
    ///
    /// # Errors
    /// [`Error::InvalidCode`]; [`Error::TooLong`] for a reason of more than 123 bytes; [`Error::Closed`] if it was closed before.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// socket.close(1000, "done")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn close(&mut self, code: u16, reason: &str) -> Result<(), Error> {
        self.machine.send_close(code, reason)
    }

    /// A way to send from any thread.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) {
    /// let sender = socket.sender();
    /// std::thread::spawn(move || sender.send("from another thread"));
    /// # }
    /// ```
    pub fn sender(&mut self) -> Sender {
        let valve = self.state.valve.get_or_insert_with(|| Pushed(Arc::default()));
        valve.0.update(self.link.pending(), self.link.limit());
        Sender::new(self.link.remote(), valve.0.clone())
    }

    /// The subprotocol that was agreed on.
    ///
    /// ```
    /// # fn of(socket: &ferrosock_server::websocket::Socket<'_>) {
    /// let speaks_chat = socket.subprotocol() == Some("chat");
    /// # }
    /// ```
    pub fn subprotocol(&self) -> Option<&str> {
        self.state.subprotocol.as_deref()
    }

    /// The client's address: what the system says, or a trusted proxy.
    ///
    /// ```
    /// # fn of(socket: &ferrosock_server::websocket::Socket<'_>) {
    /// println!("{}", socket.peer());
    /// # }
    /// ```
    pub fn peer(&self) -> &Address {
        self.link.peer()
    }

    /// How many bytes wait for the peer.
    ///
    /// ```
    /// # fn of(socket: &ferrosock_server::websocket::Socket<'_>) {
    /// let is_idle = socket.pending() == 0;
    /// # }
    /// ```
    pub fn pending(&self) -> u64 {
        self.link.pending() + self.machine.pending() as u64
    }

    /// Whether so much waits ([`Limits::pending`](crate::Limits::pending)) that no more should be sent until [`Handler::room`]. No
    /// messages come meanwhile, so who only answers need not ask.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) {
    /// if socket.is_full() { socket.ask_for_room() }
    /// # }
    /// ```
    pub fn is_full(&self) -> bool {
        self.pending() >= self.link.limit()
    }

    /// Asks for one call of [`Handler::room`], once less than half of that waits.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) {
    /// socket.ask_for_room();
    /// # }
    /// ```
    pub fn ask_for_room(&mut self) {
        self.state.wants_room = true;
        self.link.ask_for_room();
    }

    /// Takes no more messages until [`resume`](Self::resume): the peer is held. Pings are not answered meanwhile, either.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) {
    /// socket.pause();
    /// # }
    /// ```
    pub fn pause(&mut self) {
        self.link.pause();
    }

    /// Takes messages again.
    ///
    /// ```
    /// # fn of(socket: &mut ferrosock_server::websocket::Socket<'_>) {
    /// socket.resume();
    /// # }
    /// ```
    pub fn resume(&mut self) {
        self.link.resume();
    }
}

impl fmt::Debug for Socket<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Socket").field("machine", self.machine).finish_non_exhaustive()
    }
}
