//! Connections that leave HTTP: what drives them then.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ferrosock_socket::address::Address;

use crate::connection::outbox::{Outbox, Segment};
use crate::event_loop::mailbox::{Mailbox, Message, Ticket};
use crate::event_loop::tools::Tools;
use crate::options::milliseconds;
use crate::request::Origin;

/// What drives a connection behind a [switch](crate::Response::switching) of protocols: status 101, or 2xx to CONNECT.
///
/// Every method is called on the loop's thread and must not block. A panic resets the connection and is told to the error log. When
/// the connection has gone, for whatever reason, the protocol is dropped.
///
/// While more than [`Limits::pending`](crate::Limits::pending) bytes wait for the peer, nothing more is read from it; while a
/// protocol [pauses](Link::pause), neither. The [write timeout](crate::Timeouts::write) holds as for responses; all other
/// patience is the protocol's, by [`Link::set_deadline`].
///
/// ```
/// use ferrosock_server::{Link, Protocol, Request, Response, Server};
///
/// struct Echo;
///
/// impl Protocol for Echo {
///     fn handle(&mut self, link: &mut Link<'_>, input: &[u8]) -> usize {
///         link.write(input);
///         input.len()
///     }
/// }
///
/// fn handler(request: Request) -> Response {
///     match request.field("upgrade") {
///         Some(b"echo") => Response::switching(Echo).with("Upgrade", "echo").unwrap(),
///         _ => Response::plain(426),
///     }
/// }
/// # let _ = Server::builder().start(handler);
/// ```
pub trait Protocol: Send + 'static {
    /// The connection is the protocol's now; the response that switches is on its way.
    fn start(&mut self, link: &mut Link<'_>) {
        let _ = link;
    }

    /// Bytes of the peer's came; says how many of them it took. The rest is handed in again with what follows, or when the protocol
    /// [resumes](Link::resume). Who takes nothing of 64 KiB and does not pause is given no more.
    fn handle(&mut self, link: &mut Link<'_>, input: &[u8]) -> usize;

    /// The peer sends no more. By default the connection is closed.
    fn handle_end(&mut self, link: &mut Link<'_>) {
        link.close();
    }

    /// What a [`Remote`] has posted.
    fn handle_message(&mut self, link: &mut Link<'_>, message: Box<dyn Any + Send>) {
        let _ = (link, message);
    }

    /// The deadline has passed, and is none any more. By default the connection is closed.
    fn handle_deadline(&mut self, link: &mut Link<'_>) {
        link.close();
    }

    /// There is room again: asked for by [`Link::ask_for_room`].
    fn handle_room(&mut self, link: &mut Link<'_>) {
        let _ = link;
    }

    /// The server stops: the connection should end soon, and is cut off when the time has passed that [`Control::stop`] was given. By
    /// default it is closed.
    ///
    /// [`Control::stop`]: crate::Control::stop
    fn handle_stop(&mut self, link: &mut Link<'_>) {
        link.close();
    }
}

/// What a protocol has asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes {
    pub(crate) paused: bool,
    pub(crate) deadline: Option<u64>,
    pub(crate) wants_room: bool,
    /// To close when all has gone; to shut the sending side then; to reset at once.
    pub(crate) closes: bool,
    pub(crate) ends: bool,
    pub(crate) aborts: bool,
}

/// A protocol with its connection.
pub(crate) struct Switched {
    pub(crate) protocol: Box<dyn Protocol>,
    pub(crate) wishes: Wishes,
    /// Whether the sending side is shut.
    pub(crate) shut: bool,
}

impl Switched {
    pub(crate) fn new(protocol: Box<dyn Protocol>) -> Box<Self> {
        Box::new(Self { protocol, wishes: Wishes::default(), shut: false })
    }
}

/// A protocol's way to its connection, for the time of a call.
///
/// ```
/// # use ferrosock_server::Link;
/// fn greet(link: &mut Link<'_>) {
///     link.write(b"hello\n");
///     link.close();
/// }
/// # let _ = greet;
/// ```
pub struct Link<'a> {
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) wishes: &'a mut Wishes,
    pub(crate) tools: &'a mut Tools,
    pub(crate) origin: &'a Arc<Origin>,
    pub(crate) ticket: Ticket,
}

impl Link<'_> {
    /// Sends bytes, behind those that wait.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.write(b"hello");
    /// # }
    /// ```
    pub fn write(&mut self, bytes: &[u8]) {
        self.lend();
        self.outbox.append(|out| out.extend_from_slice(bytes));
    }

    /// Sends bytes; many are not copied.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.write_owned(vec![0; 100_000]);
    /// # }
    /// ```
    pub fn write_owned(&mut self, bytes: Vec<u8>) {
        self.lend();
        self.outbox.push(Segment::Owned(bytes));
    }

    /// The same for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Link<'_> {
        Link {
            outbox: self.outbox,
            wishes: self.wishes,
            tools: self.tools,
            origin: self.origin,
            ticket: self.ticket,
        }
    }

    fn lend(&mut self) {
        if self.outbox.is_empty() && self.outbox.is_bare() {
            self.outbox.lend(self.tools.vector());
        }
    }

    /// How many bytes wait for the peer.
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// let is_idle = link.pending() == 0;
    /// # }
    /// ```
    pub fn pending(&self) -> u64 {
        self.outbox.len()
    }

    /// Whether so much waits for the peer that no more should be written before it has gone: see
    /// [`ask_for_room`](Self::ask_for_room).
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// if link.is_full() { /* stop making content */ }
    /// # }
    /// ```
    pub fn is_full(&self) -> bool {
        self.outbox.len() >= self.limit()
    }

    /// The server's [`Limits::pending`](crate::Limits::pending).
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// assert!(link.limit() > 0);
    /// # }
    /// ```
    pub fn limit(&self) -> u64 {
        self.tools.shared.limits.pending
    }

    /// Whether no more is read for now.
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// if link.is_paused() { /* hold it */ }
    /// # }
    /// ```
    pub fn is_paused(&self) -> bool {
        self.wishes.paused
    }

    /// Asks for one call of [`Protocol::handle_room`], once less than half of [`Limits::pending`](crate::Limits::pending) waits.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.ask_for_room();
    /// # }
    /// ```
    pub fn ask_for_room(&mut self) {
        self.wishes.wants_room = true;
    }

    /// Reads no more until [`resume`](Self::resume).
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.pause();
    /// # }
    /// ```
    pub fn pause(&mut self) {
        self.wishes.paused = true;
    }

    /// Reads on. What was not taken is handed in anew.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.resume();
    /// # }
    /// ```
    pub fn resume(&mut self) {
        self.wishes.paused = false;
    }

    /// Sets when [`Protocol::handle_deadline`] is called: once, so long from now, to about a tenth of a second; or never.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.set_deadline(Some(std::time::Duration::from_secs(20)));
    /// # }
    /// ```
    pub fn set_deadline(&mut self, after: Option<Duration>) {
        self.wishes.deadline = after.map(|after| self.tools.clock.now.saturating_add(milliseconds(after)));
    }

    /// The time since the loop began, in milliseconds, as it was when this round of it began.
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// let begun = link.now();
    /// # }
    /// ```
    pub fn now(&self) -> u64 {
        self.tools.clock.now
    }

    /// Closes the connection behind what waits. The peer's end is waited for a while, so that no reset destroys what is on its way.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.close();
    /// # }
    /// ```
    pub fn close(&mut self) {
        self.wishes.closes = true;
    }

    /// Ends what is sent, behind what waits; the peer may go on.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.end();
    /// # }
    /// ```
    pub fn end(&mut self) {
        self.wishes.ends = true;
    }

    /// Resets the connection: what waits is lost.
    ///
    /// ```
    /// # fn of(link: &mut ferrosock_server::Link<'_>) {
    /// link.abort();
    /// # }
    /// ```
    pub fn abort(&mut self) {
        self.wishes.aborts = true;
    }

    /// Whether the server is stopping.
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// if link.is_stopping() { /* begin nothing new */ }
    /// # }
    /// ```
    pub fn is_stopping(&self) -> bool {
        self.tools.draining
    }

    /// A way to this connection from any thread.
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// let remote = link.remote();
    /// std::thread::spawn(move || remote.post("tick"));
    /// # }
    /// ```
    pub fn remote(&self) -> Remote {
        Remote { mailbox: self.origin.mailbox.clone(), ticket: self.ticket }
    }

    /// The peer's address: what the system says, or a trusted proxy.
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// println!("{}", link.peer());
    /// # }
    /// ```
    pub fn peer(&self) -> &Address {
        &self.origin.peer
    }

    /// Writes a line to the error log.
    ///
    /// ```
    /// # fn of(link: &ferrosock_server::Link<'_>) {
    /// link.complain("no backend");
    /// # }
    /// ```
    pub fn complain(&self, what: &str) {
        self.tools.complain(what);
    }
}

impl fmt::Debug for Link<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Link").field("peer", self.peer()).field("wishes", self.wishes).finish()
    }
}

/// Reaches a protocol from any thread; clones reach the same one.
///
/// ```
/// # fn of(link: &ferrosock_server::Link<'_>) {
/// let remote: ferrosock_server::Remote = link.remote();
/// remote.post(String::from("to Protocol::handle_message"));
/// # }
/// ```
#[derive(Clone)]
pub struct Remote {
    mailbox: Arc<Mailbox>,
    ticket: Ticket,
}

impl Remote {
    /// Hands a message to [`Protocol::handle_message`]. If the connection is gone, it goes nowhere.
    ///
    /// ```
    /// # fn of(remote: &ferrosock_server::Remote) {
    /// remote.post(42);
    /// # }
    /// ```
    pub fn post<M: Any + Send>(&self, message: M) {
        self.mailbox.post(Message::Post(self.ticket, Box::new(message)));
    }

    /// Whether the caller is the loop's own thread, which must not wait for itself.
    ///
    /// ```
    /// # fn of(remote: &ferrosock_server::Remote) {
    /// assert!(!remote.is_here());
    /// # }
    /// ```
    pub fn is_here(&self) -> bool {
        self.mailbox.is_here()
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Remote").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}
