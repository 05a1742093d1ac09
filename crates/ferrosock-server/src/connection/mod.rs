//! A connection: what came of it, what goes to it, and how long it may take.
//!
//! # How a connection lives
//!
//! Two sides go on apart. The *incoming* side reads a head, then its body (whole, or as a stream for the handler), and is then
//! *done* until the answer was given: a pipelined request waits in `input`. The *outgoing* side is idle, owes an answer, or
//! makes content piece by piece. [`drive`](Connection::drive) lets both go on as far as they can without waiting: it takes what is
//! in `input`, reads, asks for content and flushes, until nothing moves.
//!
//! Nothing is kept between requests: bytes are read into a block that all connections of the loop share, and only what is not
//! taken at once (a part of a head, a pipelined request) is put into a vector from the loop's pool; so is what goes out.
//!
//! A response that switches protocols ends HTTP on the connection: the incoming side is then the program's protocol (`switched.rs`),
//! which is handed what comes and writes to the outbox, and is asked for nothing else.
//!
//! A connection ends when an answer was its last, when the client is wrong or slow, or gone. If there may be bytes that were not
//! read, it *lingers*: the sending side is shut, what comes is thrown away for a while, for a close would reset the connection and
//! the client might never see the answer.

mod encode;
pub(crate) mod outbox;
mod receive;
mod respond;
mod store;
mod switched;
mod timing;

use std::sync::Arc;

use ferrosock_proto::http1::{Body, RequestHead};
use ferrosock_socket::{Error, Socket, Uninterrupted};

use crate::access_log::Entry;
use crate::event_loop::mailbox::Ticket;
use crate::event_loop::slab::Key;
use crate::event_loop::tools::{Tools, guarded};
use crate::intake::{Channel, Failure};
use crate::protocol::{Protocol, Switched};
use crate::request::Origin;
use crate::responder::Pushed;
use crate::response::Chunks;
use crate::watch::Watching;
use encode::{Asked, Outflow};
use outbox::{Flushed, Outbox};
use receive::Scan;
use store::Store;
use timing::Timing;

/// How often a connection goes round before others have their turn.
const ROUNDS: usize = 16;

/// What a connection's owner is to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Keep,
    /// It could go on at once.
    Again,
    /// What it has to send may go with others'.
    Hold,
    Close,
}

/// What comes.
enum Incoming {
    /// What the proxy says of the connection.
    Proxy,
    /// A head, or a part of one, or nothing yet.
    Head,
    /// A body that is kept for the handler.
    Whole { head: Box<RequestHead>, body: Box<Body>, store: Store, most: u64 },
    /// A body that is handed on; `left` is how much longer it may be.
    Stream { body: Box<Body>, channel: Arc<Channel>, left: u64 },
    /// The request is whole, its answer is not.
    Done,
    /// Another protocol has the connection.
    Switched(Box<Switched>),
    /// Nothing more is understood.
    Over,
}

/// What goes.
enum Outgoing {
    Idle,
    /// A handler owes the answer.
    Due,
    /// Content that is asked for, and content that is told.
    Pull(Box<dyn Chunks>, Outflow),
    Push(Pushed, Outflow),
}

pub(crate) struct Connection {
    key: Key,
    socket: Socket,
    origin: Arc<Origin>,
    incoming: Incoming,
    outgoing: Outgoing,
    asked: Asked,
    /// Whether the connection goes on behind the answer that is being sent.
    persists: bool,
    /// Whether the client waits for `100 Continue`.
    waits: bool,
    /// How many requests there were; the number of the one at hand.
    exchange: u64,
    /// What came and was not taken, and how far it was looked through.
    input: Vec<u8>,
    scan: Scan,
    outbox: Outbox,
    readable: bool,
    writable: bool,
    /// Whether the client's end is on its way, and whether it was read.
    ends: bool,
    ended: bool,
    /// Whether it ends once the outbox is empty, and whether by a reset.
    closing: bool,
    resets: bool,
    lingers: bool,
    timing: Timing,
    /// Who wants to know when the client has gone.
    watch: Option<Watching>,
    /// What is logged of the request at hand, if anything is.
    entry: Option<Box<Entry>>,
    /// When the request at hand was read, by the loop's clock; `u64::MAX` if there is none.
    begun: u64,
}

impl Connection {
    pub(crate) fn new(key: Key, socket: Socket, origin: Arc<Origin>, now: u64, proxied: bool) -> Self {
        Self {
            key,
            socket,
            origin,
            incoming: if proxied { Incoming::Proxy } else { Incoming::Head },
            outgoing: Outgoing::Idle,
            asked: Asked::unknown(),
            persists: true,
            waits: false,
            exchange: 0,
            input: Vec::new(),
            scan: Scan::default(),
            outbox: Outbox::default(),
            readable: false,
            writable: true,
            ends: false,
            ended: false,
            closing: false,
            resets: false,
            lingers: false,
            timing: Timing::new(now),
            watch: None,
            entry: None,
            begun: u64::MAX,
        }
    }

    fn ticket(&self) -> Ticket {
        Ticket { key: self.key, exchange: self.exchange }
    }

    /// Notes what the system says of the socket.
    pub(crate) fn note(&mut self, readable: bool, writable: bool, ends: bool) {
        self.readable |= readable;
        self.writable |= writable;
        self.ends |= ends;
        if ends {
            self.watch = None;
        }
    }

    /// Goes on as far as can be without waiting.
    pub(crate) fn drive(&mut self, tools: &mut Tools) -> Fate {
        let fate = self.go_round(tools);
        if let Outgoing::Push(pushed, _) = &self.outgoing {
            pushed.0.update(self.outbox.len(), tools.shared.limits.pending);
        }
        // The end of the server was told while the last answer went out.
        if tools.draining && !tools.farewell && self.is_idle() { Fate::Close } else { fate }
    }

    /// The peer takes no more, so there is nobody to be answered; but another protocol hears what was said last: a farewell, as a rule.
    pub(crate) fn hear_out(&mut self, tools: &mut Tools) {
        if !matches!(self.incoming, Incoming::Switched(_)) {
            return;
        }
        // It is read to its end, which is there; what cannot go any more must not keep from that.
        (self.readable, self.ends, self.writable) = (true, true, false);
        for _ in 0..ROUNDS {
            if self.drive(tools) != Fate::Again {
                return;
            }
        }
    }

    fn go_round(&mut self, tools: &mut Tools) -> Fate {
        for _ in 0..ROUNDS {
            if self.lingers {
                return self.linger(tools);
            }
            self.invite_if_asked(tools);
            let mut moved = self.take_input(tools);
            // Asked in any case: what is not wanted of a client is nothing that it is too slow with.
            if self.input_is_wanted(tools) && self.readable {
                match self.read(tools) {
                    Ok(any) => moved |= any,
                    Err(()) => return Fate::Close,
                }
            }
            moved |= self.pump(tools);
            if tools.holding && self.may_be_held() {
                return Fate::Hold;
            }
            match self.flush(tools) {
                Ok(any) => moved |= any,
                Err(()) => {
                    self.hear_out(tools);
                    return Fate::Close;
                }
            }
            match self.grant(tools) {
                Ok(any) => moved |= any,
                Err(()) => return Fate::Close,
            }
            if self.closing && self.outbox.is_empty() {
                if self.close(tools) {
                    return Fate::Close;
                }
                continue;
            }
            if !moved {
                return Fate::Keep;
            }
        }
        Fate::Again
    }

    /// Whether what is to go is all there, and little, so that it may wait for a moment.
    pub(crate) fn may_be_held(&self) -> bool {
        let whole =
            matches!(self.outgoing, Outgoing::Idle) && !matches!(self.incoming, Incoming::Switched(_));
        whole && self.outbox.is_short()
    }

    /// Sends what is held, without a look at what comes of it: that is seen when the connection is driven.
    pub(crate) fn push_held(&mut self, tools: &Tools) {
        if self.writable && self.may_be_held() {
            let (count, _) = self.outbox.flush(&self.socket);
            tools.sent(count);
            self.timing.wrote(count, self.outbox.is_empty(), tools.clock.now);
        }
    }

    /// Sends what the socket takes; says whether anything went.
    fn flush(&mut self, tools: &mut Tools) -> Result<bool, ()> {
        if self.outbox.is_empty() || !self.writable {
            return Ok(false);
        }
        let (count, flushed) = self.outbox.flush(&self.socket);
        tools.sent(count);
        self.timing.wrote(count, self.outbox.is_empty(), tools.clock.now);
        match flushed {
            Flushed::All => {
                if let Some(vector) = self.outbox.give_back() {
                    tools.give_back(vector);
                }
            }
            Flushed::Blocked => self.writable = false,
            Flushed::Gone => return Err(()),
            Flushed::Short => {
                tools.complain("a file became shorter while it was sent");
                self.reset();
                return Err(());
            }
        }
        Ok(count > 0)
    }

    /// The last answer went: closes, or shuts the sending side and waits for the client's end. Says whether it is closed.
    fn close(&mut self, tools: &mut Tools) -> bool {
        let all_read = matches!(self.incoming, Incoming::Done) && self.input.is_empty() && !self.readable;
        if self.resets {
            self.reset();
            return true;
        }
        if self.ended || all_read || self.socket.shutdown(&Uninterrupted, libc::SHUT_WR).is_err() {
            return true;
        }
        self.input = Vec::new();
        self.lingers = true;
        self.timing.linger(tools.clock.now);
        false
    }

    /// Throws away what comes.
    fn linger(&mut self, tools: &mut Tools) -> Fate {
        for _ in 0..ROUNDS {
            if !self.readable {
                return Fate::Keep;
            }
            match self.socket.recv(&Uninterrupted, &mut tools.block, 0) {
                Ok(0) => return Fate::Close,
                Ok(_) => {}
                Err(Error::Os(libc::EAGAIN)) => self.readable = false,
                Err(_) => return Fate::Close,
            }
        }
        Fate::Again
    }

    /// Makes the close to come a reset, by which the client knows that content is missing.
    fn reset(&self) {
        let mut value = [0; 8];
        value[..4].copy_from_slice(&1_i32.to_ne_bytes());
        // A socket without this option is closed without a reset.
        let _ = self.socket.set_option(libc::SOL_SOCKET, libc::SO_LINGER, &value);
    }

    /// The end was told: ends with the answer that is due, at once if nothing was begun and no time is left for that.
    pub(crate) fn drain(&mut self, tools: &mut Tools) -> Fate {
        self.asked.persists = false;
        if matches!(self.incoming, Incoming::Switched(_)) {
            self.with_protocol(tools, Protocol::handle_stop);
            return self.drive(tools);
        }
        self.bid_farewell(tools)
    }

    /// Ends if nothing was begun, unless there is time left for that.
    pub(crate) fn bid_farewell(&self, tools: &Tools) -> Fate {
        if self.is_idle() && !tools.farewell { Fate::Close } else { Fate::Keep }
    }

    fn is_idle(&self) -> bool {
        let idle =
            matches!((&self.incoming, &self.outgoing), (Incoming::Head | Incoming::Proxy, Outgoing::Idle));
        idle && self.input.is_empty() && self.outbox.is_empty() && !self.readable
    }

    /// The connection is about to go: who waits for it is told.
    pub(crate) fn abandon(&mut self, tools: &mut Tools) {
        if let Incoming::Stream { channel, .. } = &self.incoming {
            channel.finish(Err(Failure::Gone));
        }
        self.log(tools);
        self.outgoing = Outgoing::Idle;
        if matches!(self.incoming, Incoming::Switched(_)) {
            // What the program drops with its protocol must not take the loop with it.
            let switched = std::mem::replace(&mut self.incoming, Incoming::Over);
            if let Err(panic) = guarded(|| drop(switched)) {
                tools.panicked(&panic);
            }
        }
        self.watch = None;
        let input = std::mem::take(&mut self.input);
        tools.give_back(input);
    }
}
