//! Answers that come later, from any thread.

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use ferrosock_proto::http::Fields;

use crate::event_loop::mailbox::{Mailbox, Message, Ticket, lock};
use crate::response::{Content, Response};

/// Gives the response to one request, from any thread; [`Request::defer`](crate::Request::defer) makes it.
///
/// A responder that is dropped without an answer answers 500. If the client is gone, the answer goes nowhere.
///
/// ```
/// use ferrosock_server::{Reply, Request, Response};
///
/// fn handler(request: Request) -> Reply {
///     let (responder, later) = request.defer();
///     std::thread::spawn(move || responder.send(Response::text("done")));
///     later
/// }
/// # let _ = ferrosock_server::Server::builder().start(handler);
/// ```
pub struct Responder {
    mailbox: Arc<Mailbox>,
    ticket: Ticket,
    answered: bool,
}

impl Responder {
    pub(crate) fn new(mailbox: Arc<Mailbox>, ticket: Ticket) -> Self {
        Self { mailbox, ticket, answered: false }
    }

    /// Gives the response.
    ///
    /// ```
    /// # use ferrosock_server::{Reply, Request, Response};
    /// fn handler(request: Request) -> Reply {
    ///     let (responder, later) = request.defer();
    ///     responder.send(Response::new(204)); // also from the handler itself
    ///     later
    /// }
    /// # let _ = ferrosock_server::Server::builder().start(handler);
    /// ```
    pub fn send(mut self, response: Response) {
        self.answered = true;
        self.mailbox.post(Message::Answer(self.ticket, Box::new(response)));
    }

    /// The exchange it answers, whose response the loop of `mailbox` is about to get another way; or itself if it is another loop's.
    pub(crate) fn into_ticket(mut self, mailbox: &Mailbox) -> Result<Ticket, Self> {
        if !std::ptr::eq(&raw const *self.mailbox, mailbox) {
            return Err(self);
        }
        self.answered = true;
        Ok(self.ticket)
    }

    /// Tells the client beforehand which fields the response will have: 103 (RFC 8297), such as `Link` for what it may load
    /// already. Clients of HTTP/1.0, and those whose response has begun, are not told.
    ///
    /// ```
    /// # use ferrosock_server::{Reply, Request, Response};
    /// fn handler(request: Request) -> Reply {
    ///     let (responder, later) = request.defer();
    ///     if let Ok(hints) = [("Link", "</style.css>; rel=preload; as=style")].try_into() {
    ///         responder.hint(hints);
    ///     }
    ///     responder.send(Response::text("hello"));
    ///     later
    /// }
    /// # let _ = ferrosock_server::Server::builder().start(handler);
    /// ```
    pub fn hint(&self, fields: Fields) {
        self.mailbox.post(Message::Hints(self.ticket, fields));
    }

    /// Begins a response whose content comes from this thread, piece by piece, through the [`BodyWriter`]. Content that
    /// `response` already has is left out.
    ///
    /// ```
    /// use ferrosock_server::{Reply, Request, Response};
    ///
    /// fn ticks(request: Request) -> Reply {
    ///     let (responder, later) = request.defer();
    ///     std::thread::spawn(move || {
    ///         let mut writer = responder.start(Response::new(200));
    ///         for number in 0..3 {
    ///             if writer.write(format!("{number}\n").into_bytes()).is_err() {
    ///                 return; // the client went away
    ///             }
    ///         }
    ///         writer.finish();
    ///     });
    ///     later
    /// }
    /// # let _ = ferrosock_server::Server::builder().start(ticks);
    /// ```
    pub fn start(mut self, mut response: Response) -> BodyWriter {
        self.answered = true;
        let valve = Arc::new(Valve::default());
        response.content = Content::Empty;
        self.mailbox.post(Message::Start(self.ticket, Box::new(response), Pushed(valve.clone())));
        BodyWriter { mailbox: self.mailbox.clone(), ticket: self.ticket, valve, finished: false }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if !self.answered {
            self.mailbox.post(Message::Abort(self.ticket, "a responder was dropped without an answer"));
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Responder").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}

/// What stands between a writer and the connection: how much has not gone yet.
#[derive(Default)]
pub(crate) struct Valve {
    state: Mutex<ValveState>,
    moved: Condvar,
}

struct ValveState {
    /// Bytes on their way to the loop, and bytes that wait for the client.
    queued: u64,
    pending: u64,
    limit: u64,
    closed: bool,
    /// How many threads wait for room.
    waiting: u32,
    waker: Option<Waker>,
}

impl ValveState {
    fn is_full(&self) -> bool {
        self.queued + self.pending > self.limit
    }
}

impl Default for ValveState {
    fn default() -> Self {
        Self { queued: 0, pending: 0, limit: 256 * 1024, closed: false, waiting: 0, waker: None }
    }
}

impl Valve {
    /// Waits for room, if that is asked for, and counts what goes through.
    pub(crate) fn enter(&self, count: u64, waits: bool) -> io::Result<()> {
        let mut state = lock(&self.state);
        while waits && !state.closed && state.is_full() {
            state.waiting += 1;
            state = self.moved.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
            state.waiting -= 1;
        }
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        state.queued += count;
        Ok(())
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    pub(crate) fn arrived(&self, count: u64) {
        lock(&self.state).queued -= count;
    }

    pub(crate) fn update(&self, pending: u64, limit: u64) {
        let mut state = lock(&self.state);
        (state.pending, state.limit) = (pending, limit);
        let waker = if state.is_full() { None } else { state.waker.take() };
        self.tell(state, waker);
    }

    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let waker = state.waker.take();
        self.tell(state, waker);
    }

    fn tell(&self, state: MutexGuard<'_, ValveState>, waker: Option<Waker>) {
        let waited_for = state.waiting > 0;
        drop(state);
        if waited_for {
            self.moved.notify_all();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The loop's end of a valve. Dropped with the connection, it tells the writer.
pub(crate) struct Pushed(pub(crate) Arc<Valve>);

impl Drop for Pushed {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Writes the content of a response from another thread than the loop's.
///
/// Dropped before [`finish`](Self::finish), it ends the connection, so that the client sees that content is missing.
///
/// ```
/// # use ferrosock_server::{BodyWriter, Response, Responder};
/// fn give(responder: Responder) -> std::io::Result<()> {
///     let mut writer: BodyWriter = responder.start(Response::new(200));
///     writer.write(b"first ".to_vec())?;
///     writer.write(b"second".to_vec())?;
///     writer.finish();
///     Ok(())
/// }
/// ```
pub struct BodyWriter {
    mailbox: Arc<Mailbox>,
    ticket: Ticket,
    valve: Arc<Valve>,
    finished: bool,
}

impl BodyWriter {
    /// Writes a piece. While more than [`Limits::pending`](crate::Limits::pending) bytes wait for the client it blocks; on the
    /// loop's own thread, which would wait for itself, it does not.
    ///
    /// # Errors
    /// `BrokenPipe` once the connection is gone.
    ///
    /// ```
    /// # fn of(writer: &mut ferrosock_server::BodyWriter) -> std::io::Result<()> {
    /// writer.write(b"a piece".to_vec())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn write(&mut self, piece: Vec<u8>) -> io::Result<()> {
        self.valve.enter(piece.len() as u64, !self.mailbox.is_here())?;
        self.mailbox.post(Message::Piece(self.ticket, piece));
        Ok(())
    }

    /// Whether there is room for a piece, or the connection is gone; if neither, the waker is called when one of them is so. One
    /// waker is kept. Pieces may be written all the same: on the loop's own thread this is how to see that it is enough.
    ///
    /// ```
    /// # fn of(writer: &ferrosock_server::BodyWriter, context: &mut std::task::Context<'_>) {
    /// if writer.poll_room(context).is_pending() { /* come back when the waker says so */ }
    /// # }
    /// ```
    pub fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.valve.state);
        if state.closed || !state.is_full() {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Whether the connection is gone.
    ///
    /// ```
    /// # fn of(writer: &ferrosock_server::BodyWriter) {
    /// if writer.is_closed() { /* stop working */ }
    /// # }
    /// ```
    pub fn is_closed(&self) -> bool {
        self.valve.is_closed()
    }

    /// Ends the connection, so that the client sees that content is missing; unlike the drop of an unfinished writer it is no
    /// matter for the error log.
    ///
    /// ```
    /// # fn of(writer: ferrosock_server::BodyWriter) {
    /// writer.give_up();
    /// # }
    /// ```
    pub fn give_up(mut self) {
        self.finished = true;
        self.mailbox.post(Message::Abort(self.ticket, ""));
    }

    /// Ends the content.
    ///
    /// ```
    /// # fn of(writer: ferrosock_server::BodyWriter) {
    /// writer.finish();
    /// # }
    /// ```
    pub fn finish(self) {
        self.finish_with(Fields::new());
    }

    /// Ends the content with trailers (RFC 9110 section 6.5), which go only where the content is chunked.
    ///
    /// ```
    /// # fn of(writer: ferrosock_server::BodyWriter) -> Result<(), Box<dyn std::error::Error>> {
    /// writer.finish_with([("Digest", "abc")].try_into()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish_with(mut self, trailers: Fields) {
        self.finished = true;
        self.mailbox.post(Message::End(self.ticket, trailers));
    }
}

impl Drop for BodyWriter {
    fn drop(&mut self) {
        if !self.finished {
            self.mailbox.post(Message::Abort(self.ticket, "a body writer was dropped before its end"));
        }
    }
}

impl fmt::Debug for BodyWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BodyWriter").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}
