//! [`Embedded`]: a loop that its owner turns.

use std::fmt;
use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

use ferrosock_socket::Host;

use crate::event_loop::EventLoop;
use crate::responder::Responder;
use crate::response::Response;
use crate::server::{Control, Server};

/// A server whose one loop is turned by its owner, such as another event loop or an interpreter; [`Server::embed`] makes it.
///
/// The thread that turns it is the loop's own: what [`Responder`](crate::Responder) and [`BodyWriter`](crate::BodyWriter) are
/// told there goes out at the next [`deliver`](Self::deliver) or [`turn`](Self::turn), without a system call to wake anybody, and
/// they do not block. From other threads they work as ever.
///
/// An event loop watches [`descriptor`](Self::descriptor) for reading, sees to it that it turns this one within
/// [`patience`](Self::patience), and lets it wait for nothing:
///
/// ```
/// use std::io::{Read, Write};
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
/// use ferrosock_server::{Reply, Request, Response, Server};
/// use ferrosock_socket::Uninterrupted;
///
/// // The handler only queues requests: they are answered between the turns.
/// let queue: Arc<Mutex<Vec<Request>>> = Arc::default();
/// let sink = queue.clone();
/// let server = Server::builder().tcp("127.0.0.1:0".parse()?).bind(move |request: Request| -> Reply {
///     let later = Reply::later();
///     sink.lock().unwrap().push(request);
///     later
/// })?;
/// let address = server.addresses()[0].to_string();
/// let mut embedded = server.embed()?;
///
/// let mut client = std::net::TcpStream::connect(address)?;
/// client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
/// let mut open = true;
/// while open {
///     embedded.turn(&Uninterrupted, Some(Duration::from_millis(10)))?;
///     for request in queue.lock().unwrap().drain(..) {
///         request.responder().send(Response::text("hello"));
///         embedded.deliver();
///         open = false;
///     }
/// }
/// let mut answer = String::new();
/// embedded.turn(&Uninterrupted, Some(Duration::ZERO))?;
/// drop(embedded);
/// client.read_to_string(&mut answer)?;
/// assert!(answer.ends_with("hello"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Embedded {
    event_loop: EventLoop,
    server: Server,
}

impl Embedded {
    pub(crate) fn new(event_loop: EventLoop, server: Server) -> Self {
        Self { event_loop, server }
    }

    /// A descriptor that is readable while the loop has something to do.
    ///
    /// ```
    /// # fn of(embedded: &ferrosock_server::Embedded) {
    /// let watched = embedded.descriptor();
    /// # }
    /// ```
    pub fn descriptor(&self) -> RawFd {
        self.event_loop.descriptor()
    }

    /// Within which time it is to be turned though its descriptor is not ready; `None` if that does not matter.
    ///
    /// ```
    /// # fn of(embedded: &ferrosock_server::Embedded) {
    /// let timer = embedded.patience();
    /// # }
    /// ```
    pub fn patience(&self) -> Option<Duration> {
        self.event_loop.patience()
    }

    /// Goes round once: waits for at most `most` (`None`: until there is something to do), and does it. Says whether the server
    /// goes on; it does not once it was [stopped](Control::stop) and no connection is left.
    ///
    /// # Errors
    /// What the system says of waiting; `Interrupted` if the host gave up.
    ///
    /// ```
    /// # fn of(embedded: &mut ferrosock_server::Embedded) -> std::io::Result<()> {
    /// while embedded.turn(&ferrosock_socket::Uninterrupted, None)? {}
    /// # Ok(())
    /// # }
    /// ```
    pub fn turn(&mut self, host: &impl Host, most: Option<Duration>) -> io::Result<bool> {
        self.event_loop.mailbox().belongs_here();
        Ok(self.event_loop.turn(host, most)?)
    }

    /// Sends what responders and writers were told, without looking for what comes.
    ///
    /// ```
    /// # fn of(embedded: &mut ferrosock_server::Embedded) {
    /// embedded.deliver();
    /// # }
    /// ```
    pub fn deliver(&mut self) {
        self.event_loop.mailbox().belongs_here();
        self.event_loop.deliver();
    }

    /// Gives a response and sends it, as [`Responder::send`] and [`deliver`](Self::deliver) would one behind the other, with less
    /// work. A responder of another server gives it as ever.
    ///
    /// ```
    /// # use ferrosock_server::{Embedded, Request, Response};
    /// # fn of(embedded: &mut Embedded, request: Request) {
    /// embedded.answer(request.responder(), Response::text("hello"));
    /// # }
    /// ```
    pub fn answer(&mut self, responder: Responder, response: Response) {
        self.hold(responder, response);
        self.event_loop.release();
    }

    /// Gives a response that may wait for others: they are sent one behind the other at the next [`deliver`](Self::deliver) or
    /// [`turn`](Self::turn), or before, when a millisecond has passed at the next response. So a client that sleeps is woken
    /// once for all of them. For a while after a handler took two milliseconds it does as [`answer`](Self::answer), and an owner
    /// whose handlers may take any time lets another thread look with [`push_held`](Self::push_held).
    ///
    /// ```
    /// # use ferrosock_server::{Embedded, Request, Response};
    /// # fn of(embedded: &mut Embedded, requests: Vec<Request>) {
    /// for request in requests {
    ///     embedded.hold(request.responder(), Response::text("hello"));
    /// }
    /// embedded.deliver();
    /// # }
    /// ```
    pub fn hold(&mut self, responder: Responder, response: Response) {
        self.event_loop.mailbox().belongs_here();
        match responder.into_ticket(self.event_loop.mailbox()) {
            Ok(ticket) => self.event_loop.hold(ticket, response),
            Err(responder) => responder.send(response),
        }
    }

    /// Sends what has been [held](Self::hold) for `least`, and does nothing else: no handler, no program's content and no log is
    /// called, so any thread may do it. Says whether anything is held.
    ///
    /// ```
    /// # use std::sync::Mutex;
    /// # use std::time::Duration;
    /// # fn of(embedded: &Mutex<ferrosock_server::Embedded>) {
    /// while embedded.lock().unwrap().push_held(Duration::from_millis(1)) {
    ///     std::thread::sleep(Duration::from_millis(1));
    /// }
    /// # }
    /// ```
    pub fn push_held(&mut self, least: Duration) -> bool {
        self.event_loop.push_held(least)
    }

    /// What stops it, from any thread.
    ///
    /// ```
    /// # fn of(embedded: &ferrosock_server::Embedded) {
    /// let control = embedded.control();
    /// # }
    /// ```
    pub fn control(&self) -> Control {
        self.server.control()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.event_loop.end();
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Embedded").field("server", &self.server).finish_non_exhaustive()
    }
}
