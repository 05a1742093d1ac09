//! Bodies that are read while they come, by other threads than the loop's.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::event_loop::mailbox::{Mailbox, Message, Ticket, lock};

/// So much of a body waits for its handler before no more is read from the client.
const HIGH: usize = 256 * 1024;

/// What is between the loop and the reader.
#[derive(Default)]
pub(crate) struct Channel {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    pieces: VecDeque<Vec<u8>>,
    bytes: usize,
    /// How it ended, once it has.
    end: Option<Result<(), Failure>>,
    /// Whether a reader has asked for content; the client may wait for that with its body.
    asked: bool,
    /// Whether the loop has stopped reading until it hears that there is room.
    paused: bool,
    abandoned: bool,
    /// How many threads wait, and what is to be woken beside them.
    waiting: u32,
    waker: Option<Waker>,
}

/// Why a body does not come whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is broken, or longer than it may be.
    Broken,
    /// The client was too slow.
    Slow,
    /// The connection ended.
    Gone,
}

impl Channel {
    /// Adds a piece.
    pub(crate) fn push(&self, piece: &[u8]) {
        let mut state = lock(&self.state);
        if state.abandoned {
            return;
        }
        state.bytes += piece.len();
        match state.pieces.back_mut() {
            Some(last) if last.len() + piece.len() <= 64 * 1024 => last.extend_from_slice(piece),
            _ => state.pieces.push_back(piece.to_vec()),
        }
        self.tell(state);
    }

    fn tell(&self, mut state: MutexGuard<'_, State>) {
        let (waited_for, waker) = (state.waiting > 0, state.waker.take());
        drop(state);
        if waited_for {
            self.moved.notify_all();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn finish(&self, end: Result<(), Failure>) {
        let mut state = lock(&self.state);
        state.end.get_or_insert(end);
        self.tell(state);
    }

    /// Whether no more may be pushed now; then a message will come when it may again.
    pub(crate) fn is_full(&self) -> bool {
        let mut state = lock(&self.state);
        state.paused = state.bytes >= HIGH && !state.abandoned;
        state.paused
    }

    /// Whether a reader waits for content; if not, a message will come when one does.
    pub(crate) fn is_asked(&self) -> bool {
        lock(&self.state).asked
    }
}

/// Reads the body of a request that is [streamed](crate::Intake::Stream). It belongs into another thread: there it waits for the
/// client. On the loop's own thread what is not there yet is `WouldBlock`.
///
/// ```
/// use std::io::Read;
/// use ferrosock_server::{Handler, Intake, Reply, Request, RequestBody, Response};
///
/// struct Count;
///
/// impl Handler for Count {
///     fn intake(&self, _head: &ferrosock_proto::http1::RequestHead) -> Intake {
///         Intake::Stream { most: 1 << 40 }
///     }
///
///     fn handle(&self, mut request: Request) -> Reply {
///         let (responder, later) = request.defer();
///         std::thread::spawn(move || {
///             let mut total = 0;
///             if let RequestBody::Stream(reader) = &mut request.body {
///                 while let Ok(Some(piece)) = reader.next_piece() {
///                     total += piece.len();
///                 }
///             }
///             responder.send(Response::text(format!("{total} bytes")));
///         });
///         later
///     }
/// }
/// # let _ = ferrosock_server::Server::builder().start(Count);
/// ```
pub struct BodyReader {
    channel: Arc<Channel>,
    mailbox: Arc<Mailbox>,
    ticket: Ticket,
    /// What [`io::Read`] has not given yet of a piece.
    rest: Vec<u8>,
    at: usize,
}

impl BodyReader {
    pub(crate) fn new(channel: Arc<Channel>, mailbox: Arc<Mailbox>, ticket: Ticket) -> Self {
        Self { channel, mailbox, ticket, rest: Vec::new(), at: 0 }
    }

    /// The next piece, `None` at the end.
    ///
    /// # Errors
    /// `InvalidData` for a broken body or one beyond its limit, `TimedOut` for a client that is too slow, `UnexpectedEof` if the
    /// connection ended; `WouldBlock` on the loop's own thread.
    ///
    /// ```
    /// # fn of(reader: &mut ferrosock_server::BodyReader) -> std::io::Result<()> {
    /// while let Some(piece) = reader.next_piece()? {
    ///     println!("{} bytes", piece.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn next_piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.at < self.rest.len() {
            return Ok(Some(self.left()));
        }
        let here = self.mailbox.is_here();
        let mut state = lock(&self.channel.state);
        loop {
            state = match self.step(state) {
                Ok(step) => return step,
                Err(_) if here => return Err(io::ErrorKind::WouldBlock.into()),
                Err(state) => state,
            };
            state.waiting += 1;
            state = self.channel.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    /// The next piece if it is there, as [`next_piece`](Self::next_piece) gives it; else the waker is called when that may be so. One
    /// waker is kept.
    ///
    /// # Errors
    /// Those of `next_piece`, but for `WouldBlock`.
    ///
    /// ```
    /// # use std::task::{Context, Poll};
    /// # fn of(reader: &mut ferrosock_server::BodyReader, context: &mut Context<'_>) -> std::io::Result<()> {
    /// while let Poll::Ready(Some(piece)) = reader.poll_piece(context)? {
    ///     println!("{} bytes", piece.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<Vec<u8>>>> {
        if self.at < self.rest.len() {
            return Poll::Ready(Ok(Some(self.left())));
        }
        match self.step(lock(&self.channel.state)) {
            Ok(step) => Poll::Ready(step),
            Err(mut state) => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// What is left of a piece.
    fn left(&mut self) -> Vec<u8> {
        let rest = self.rest.split_off(self.at);
        (self.rest, self.at) = (Vec::new(), 0);
        rest
    }

    /// What is there; else the state, and the loop knows that somebody asked.
    fn step<'a>(&self, mut state: MutexGuard<'a, State>) -> Result<Step, MutexGuard<'a, State>> {
        if let Some(piece) = state.pieces.pop_front() {
            state.bytes -= piece.len();
            let resume = state.paused && state.bytes < HIGH / 2;
            state.paused &= !resume;
            drop(state);
            if resume {
                self.mailbox.post(Message::Drained(self.ticket));
            }
            return Ok(Ok(Some(piece)));
        }
        match state.end {
            None => {}
            Some(Ok(())) => return Ok(Ok(None)),
            Some(Err(Failure::Broken)) => {
                return Ok(Err(io::Error::new(io::ErrorKind::InvalidData, "broken or too large a body")));
            }
            Some(Err(Failure::Slow)) => return Ok(Err(io::ErrorKind::TimedOut.into())),
            Some(Err(Failure::Gone)) => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
        }
        if !std::mem::replace(&mut state.asked, true) {
            self.mailbox.post(Message::Drained(self.ticket));
        }
        Err(state)
    }
}

/// A piece, the end, or why there is none.
type Step = io::Result<Option<Vec<u8>>>;

impl io::Read for BodyReader {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if space.is_empty() {
            return Ok(0);
        }
        if self.at == self.rest.len() {
            let Some(piece) = self.next_piece()? else { return Ok(0) };
            (self.rest, self.at) = (piece, 0);
        }
        let count = space.len().min(self.rest.len() - self.at);
        space[..count].copy_from_slice(&self.rest[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl Drop for BodyReader {
    fn drop(&mut self) {
        let mut state = lock(&self.channel.state);
        state.abandoned = true;
        state.pieces.clear();
        let resume = std::mem::take(&mut state.paused);
        drop(state);
        if resume {
            self.mailbox.post(Message::Drained(self.ticket));
        }
    }
}

impl fmt::Debug for BodyReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BodyReader").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}
