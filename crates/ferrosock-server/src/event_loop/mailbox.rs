//! What other threads have to say to a loop, and how it is woken.

use std::any::Any;
use std::os::fd::RawFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use ferrosock_proto::http::Fields;
use ferrosock_socket::{Socket, Uninterrupted};

use super::slab::Key;
use crate::responder::Pushed;
use crate::response::Response;

/// Which exchange a message is about: a connection, and how many requests it had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) key: Key,
    pub(crate) exchange: u64,
}

pub(crate) enum Message {
    /// A response that was deferred.
    Answer(Ticket, Box<Response>),
    /// The same, whose content comes in pieces.
    Start(Ticket, Box<Response>, Pushed),
    /// A piece of a response's content, its end, or that it has none.
    Piece(Ticket, Vec<u8>),
    End(Ticket, Fields),
    Abort(Ticket, &'static str),
    /// A handler wants more of a request's content.
    Drained(Ticket),
    /// For the protocol that has the connection.
    Post(Ticket, Box<dyn Any + Send>),
    /// Take no more connections, and end those that are there within so long.
    Stop(Duration),
}

/// A lock whose owner cannot leave what it guards broken: a panic elsewhere does not spread by it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct Mailbox {
    messages: Mutex<Vec<Message>>,
    /// Two ends of a pair: a byte into one wakes the loop, which watches the other.
    bell: Socket,
    ear: Socket,
    /// The thread of the loop, once it runs.
    thread: Mutex<Option<ThreadId>>,
}

impl Mailbox {
    pub(crate) fn new() -> ferrosock_socket::Result<Self> {
        let (bell, ear) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
        bell.set_blocking(false)?;
        ear.set_blocking(false)?;
        Ok(Self { messages: Mutex::default(), bell, ear, thread: Mutex::default() })
    }

    pub(crate) fn post(&self, message: Message) {
        let mut messages = lock(&self.messages);
        messages.push(message);
        let first = messages.len() == 1;
        drop(messages);
        if first {
            // A full pair wakes just as well; a loop that is gone hears nothing.
            let _ = self.bell.send(&Uninterrupted, &[1], libc::MSG_NOSIGNAL);
        }
    }

    /// Gives all messages, and forgets that it was woken.
    pub(crate) fn collect(&self, into: &mut Vec<Message>) {
        while matches!(self.ear.recv(&Uninterrupted, &mut [0; 64], 0), Ok(64)) {}
        into.append(&mut lock(&self.messages));
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.ear.fileno()
    }

    pub(crate) fn belongs_here(&self) {
        *lock(&self.thread) = Some(std::thread::current().id());
    }

    /// Whether the caller is the loop's own thread, which must not wait for itself.
    pub(crate) fn is_here(&self) -> bool {
        *lock(&self.thread) == Some(std::thread::current().id())
    }
}
