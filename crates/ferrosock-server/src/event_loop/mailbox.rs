//! What other threads have to say to a loop, and how it is woken.

use std::any::Any;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ferrosock_proto::http::Fields;
use ferrosock_socket::{Socket, Uninterrupted};

use super::slab::Key;
use crate::responder::Pushed;
use crate::response::Response;
use crate::watch::Watching;

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
    /// An interim response's fields: 103 (RFC 8297).
    Hints(Ticket, Fields),
    /// A handler wants more of a request's content.
    Drained(Ticket),
    /// For the protocol that has the connection.
    Post(Ticket, Box<dyn Any + Send>),
    /// Somebody wants to know when the client has gone.
    Watch(Ticket, Watching),
    /// Take no more connections, and end those that are there within so long.
    Stop(Duration),
}

/// A lock whose owner cannot leave what it guards broken: a panic elsewhere does not spread by it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct Mailbox {
    messages: Mutex<Vec<Message>>,
    /// Whether there are any: written under the lock.
    filled: AtomicBool,
    /// Two ends of a pair: a byte into one wakes the loop, which watches the other.
    bell: Socket,
    ear: Socket,
    /// Whether the loop waits, or may, before it looks for messages.
    asleep: AtomicBool,
    /// The mark of the loop's thread; 0 before it runs.
    thread: AtomicUsize,
}

impl Mailbox {
    pub(crate) fn new() -> ferrosock_socket::Result<Self> {
        let (bell, ear) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
        bell.set_blocking(false)?;
        ear.set_blocking(false)?;
        let (asleep, thread) = (AtomicBool::new(true), AtomicUsize::new(0));
        Ok(Self { messages: Mutex::default(), filled: AtomicBool::new(false), bell, ear, asleep, thread })
    }

    pub(crate) fn post(&self, message: Message) {
        let mut messages = lock(&self.messages);
        messages.push(message);
        self.filled.store(true, Ordering::Relaxed);
        drop(messages);
        // On its own thread the loop does not wait, and looks before it does. Of many who find it asleep one rings.
        if self.asleep.load(Ordering::Acquire) && !self.is_here() && self.asleep.swap(false, Ordering::AcqRel)
        {
            // A full pair wakes just as well; a loop that is gone hears nothing.
            let _ = self.bell.send(&Uninterrupted, &[1], libc::MSG_NOSIGNAL);
        }
    }

    /// The loop is about to wait: who posts from now on rings. Says whether there are messages already.
    pub(crate) fn falls_asleep(&self) -> bool {
        // Before the look, which the lock orders: a message is seen here, or its poster sees this.
        self.asleep.store(true, Ordering::Release);
        !lock(&self.messages).is_empty()
    }

    /// The loop is awake.
    pub(crate) fn wakes_up(&self) {
        self.asleep.store(false, Ordering::Release);
    }

    /// Forgets that it rang.
    pub(crate) fn hush(&self) {
        while matches!(self.ear.recv(&Uninterrupted, &mut [0; 64], 0), Ok(64)) {}
    }

    /// Whether there are messages, seen without the lock: those of the loop's own thread for certain, others' perhaps not yet; for them
    /// the loop looks when it falls asleep.
    pub(crate) fn is_filled(&self) -> bool {
        self.filled.load(Ordering::Relaxed)
    }

    /// Gives all messages.
    pub(crate) fn collect(&self, into: &mut Vec<Message>) {
        let mut messages = lock(&self.messages);
        into.append(&mut messages);
        self.filled.store(false, Ordering::Relaxed);
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.ear.fileno()
    }

    pub(crate) fn belongs_here(&self) {
        self.thread.store(mark(), Ordering::Release);
    }

    /// Whether the caller is the loop's own thread, which must not wait for itself.
    pub(crate) fn is_here(&self) -> bool {
        self.thread.load(Ordering::Acquire) == mark()
    }
}

/// What tells a thread from all others that live.
fn mark() -> usize {
    thread_local!(static PLACE: u8 = const { 0 });
    PLACE.with(|place| std::ptr::from_ref(place) as usize)
}
