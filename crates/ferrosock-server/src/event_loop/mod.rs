//! A loop: one thread, one epoll, and the connections that it accepted.
//!
//! Sockets are watched once, for both directions and at edges, so that a request costs no call but a wait, a receive and a send.
//! What is at an edge is remembered by the connection. A connection is taken out of its place while it is driven.

pub(crate) mod clock;
mod held;
mod listener;
pub(crate) mod mailbox;
pub(crate) mod slab;
pub(crate) mod tools;
mod wheel;

use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::Duration;

use ferrosock_socket::address::{Address, UnixName};
use ferrosock_socket::readiness::{Epoll, EpollEvent};
use ferrosock_socket::{Error, Host, RawAddress, Result, Socket, Uninterrupted};

use crate::access_log::LogTap;
use crate::connection::{Connection, Fate};
use crate::counters::add;
use crate::options::milliseconds;
use crate::request::Origin;
use crate::response::Response;
use held::Held;
pub(crate) use listener::Listener;
use mailbox::{Mailbox, Message, Ticket};
use slab::{Key, Slab};
use tools::{Shared, Tools};
use wheel::Wheel;

/// The events of one wait, and the connections of one burst.
const EVENTS: usize = 256;
const BURST: usize = 64;

/// How long nothing is accepted when there are no descriptors left.
const PAUSE: u64 = 100;

const WATCHED: u32 = (libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP) as u32 | libc::EPOLLET as u32;
const LISTENED: u32 = (libc::EPOLLIN | libc::EPOLLEXCLUSIVE) as u32;
const READABLE: u32 = (libc::EPOLLIN | libc::EPOLLRDHUP) as u32;
const ENDS: u32 = libc::EPOLLRDHUP as u32;
const WRITABLE: u32 = libc::EPOLLOUT as u32;
const BROKEN: u32 = (libc::EPOLLERR | libc::EPOLLHUP) as u32;

/// How long connections that are idle when the end is told may begin one more request, in milliseconds.
const FAREWELL: u64 = 500;

/// The token of the mailbox; listeners follow. Keys of connections are larger than 32 bits.
const MAILBOX: u64 = 0;

pub(crate) struct EventLoop {
    epoll: Epoll,
    mailbox: Arc<Mailbox>,
    listeners: Vec<Listener>,
    connections: Slab<Connection>,
    wheel: Wheel,
    tools: Tools,
    /// Connections that could go on at once.
    again: Vec<Key>,
    /// The process that it was made in: a child of fork has a copy of what is held, and must not send it.
    process: u32,
    /// Connections whose answers go together.
    held: Held,
    /// What the last wait found, and messages: only their memory is kept.
    events: Vec<EpollEvent>,
    messages: Vec<Message>,
    /// Whether the last accept failed for want of something: that is told once.
    starved: bool,
    /// When accepting begins again, if it is paused; and when all must be over, if it has been told to stop.
    paused_until: Option<u64>,
    stops_at: Option<u64>,
    /// When idle connections are closed, if it has been told to stop.
    farewell_at: Option<u64>,
}

impl EventLoop {
    pub(crate) fn new(
        shared: Arc<Shared>,
        listeners: Vec<Listener>,
        mailbox: Arc<Mailbox>,
        log: Option<LogTap>,
    ) -> Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(mailbox.descriptor(), libc::EPOLLIN as u32, MAILBOX)?;
        for (index, listener) in listeners.iter().enumerate() {
            epoll.add(listener.socket.fileno(), LISTENED, index as u64 + 1)?;
        }
        Ok(Self {
            epoll,
            mailbox,
            listeners,
            connections: Slab::new(),
            wheel: Wheel::new(),
            tools: Tools::new(shared, log),
            again: Vec::new(),
            process: std::process::id(),
            held: Held::default(),
            events: Vec::new(),
            messages: Vec::new(),
            starved: false,
            paused_until: None,
            stops_at: None,
            farewell_at: None,
        })
    }

    /// Serves until it is told to stop. `host` has its say around each wait.
    pub(crate) fn run(&mut self, host: &impl Host) -> Result<()> {
        self.mailbox.belongs_here();
        let result = loop {
            match self.turn(host, None) {
                Ok(true) => {}
                other => break other.map(drop),
            }
        };
        self.end();
        result
    }

    /// Lets all connections go.
    pub(crate) fn end(&mut self) {
        if self.process == std::process::id() {
            self.release();
        }
        for key in self.connections.keys() {
            if let Some(connection) = self.connections.take(key) {
                self.settle(key, connection, Fate::Close);
            }
        }
        self.tools.hand_over();
    }

    /// Goes round once; the wait lasts at most so long. Says whether the loop goes on.
    pub(crate) fn turn(&mut self, host: &impl Host, most: Option<Duration>) -> Result<bool> {
        self.release();
        let mut events = std::mem::take(&mut self.events);
        let patience = if self.mailbox.falls_asleep() { Some(Duration::ZERO) } else { self.patience() };
        let patience =
            patience.map_or(most, |patience| Some(most.map_or(patience, |most| most.min(patience))));
        let waited = self.epoll.wait(host, &mut events, EVENTS, patience);
        self.mailbox.wakes_up();
        if let Err(error) = waited {
            self.events = events;
            return Err(error);
        }
        self.tools.clock.update();
        let several = events.len() > 1;
        for event in &events {
            let before = self.tools.clock.micros;
            self.tools.holding = several && self.held.allows(before);
            self.handle(event.token(), event.events());
            self.look_at_held(before);
        }
        self.tools.holding = false;
        self.events = events;
        self.deliver();
        let mut again = std::mem::take(&mut self.again);
        // Once each: who was heard of meanwhile is in it twice, and would be thrice the next time.
        again.sort_unstable();
        again.dedup();
        for key in again {
            self.drive(key, 0);
        }
        self.expire();
        self.tools.hand_over();
        let now = self.tools.clock.now;
        if self.paused_until.is_some_and(|until| until <= now) {
            self.resume();
        }
        if self.farewell_at.is_some_and(|at| at <= now) {
            self.bid_farewell();
        }
        Ok(!self.stops_at.is_some_and(|end| self.connections.len() == 0 || end <= now))
    }

    /// What another loop waits on for this one: ready when this has something to do.
    pub(crate) fn descriptor(&self) -> RawFd {
        self.epoll.descriptor()
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// How long the next wait may last.
    pub(crate) fn patience(&self) -> Option<Duration> {
        if !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        let now = self.tools.clock.now;
        let until = |end: Option<u64>| end.map(|end| end.saturating_sub(now));
        let waits =
            [self.wheel.wait(now), until(self.paused_until), until(self.stops_at), until(self.farewell_at)];
        waits.into_iter().flatten().min().map(Duration::from_millis)
    }

    fn handle(&mut self, token: u64, events: u32) {
        if token == MAILBOX {
            self.mailbox.hush();
        } else if token >> 32 == 0 {
            self.accept(token as usize - 1);
        } else {
            self.drive(token, events);
        }
    }

    fn drive(&mut self, key: Key, events: u32) {
        let Some(mut connection) = self.connections.take(key) else { return };
        connection.note(events & READABLE != 0, events & WRITABLE != 0, events & ENDS != 0);
        let fate = if events & BROKEN == 0 {
            connection.drive(&mut self.tools)
        } else {
            connection.hear_out(&mut self.tools);
            Fate::Close
        };
        self.settle(key, connection, fate);
    }

    /// Puts a connection back, or lets it go.
    fn settle(&mut self, key: Key, mut connection: Box<Connection>, fate: Fate) {
        if fate == Fate::Close {
            connection.abandon(&mut self.tools);
            self.connections.release(key);
            self.tools.shared.counters.open.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            return;
        }
        match fate {
            Fate::Again => self.again.push(key),
            Fate::Hold => self.held.push(key, self.tools.clock.micros),
            Fate::Keep | Fate::Close => {}
        }
        let deadline = connection.deadline(&self.tools.shared.timeouts);
        if deadline != u64::MAX {
            let tick = self.wheel.tick_of(deadline);
            if tick < connection.armed() {
                self.wheel.insert(key, tick);
                connection.arm(tick);
            }
        }
        self.connections.put(key, connection);
    }

    fn expire(&mut self) {
        let now = self.tools.clock.now;
        let mut due = Vec::new();
        self.wheel.due(now, &mut due);
        for (key, tick) in due {
            let Some(mut connection) = self.connections.take(key) else { continue };
            let mut fate = Fate::Keep;
            if connection.armed() == tick {
                connection.arm(u64::MAX);
                if connection.deadline(&self.tools.shared.timeouts) <= now {
                    fate = connection.expire(&mut self.tools);
                }
            }
            self.settle(key, connection, fate);
        }
    }

    /// Takes the messages that are there, and sends what comes of them and what is held.
    pub(crate) fn deliver(&mut self) {
        self.take_messages();
        self.release();
    }

    /// Sends what is held if it has waited long enough, since what the loop was at began at `before`.
    fn look_at_held(&mut self, before: u64) {
        let now = self.tools.clock.micros;
        self.held.note(before, now);
        if self.held.is_due(now) {
            self.release();
        }
    }

    /// Sends what is held.
    pub(crate) fn release(&mut self) {
        if self.held.is_empty() {
            return;
        }
        self.tools.holding = false;
        let keys = self.held.take();
        for key in &keys {
            self.drive(*key, 0);
        }
        self.held.give_back(keys);
    }

    /// Sends what has been held for `least` and does nothing else. Says whether anything is held.
    pub(crate) fn push_held(&mut self, least: Duration) -> bool {
        let Some(age) = self.held.age(self.tools.clock.read()) else { return false };
        if u128::from(age) >= least.as_micros() {
            for key in self.held.keys() {
                if let Some(mut connection) = self.connections.take(*key) {
                    connection.push_held(&self.tools);
                    self.connections.put(*key, connection);
                }
            }
        }
        true
    }

    fn take_messages(&mut self) {
        let mut messages = std::mem::take(&mut self.messages);
        self.mailbox.collect(&mut messages);
        if !messages.is_empty() {
            self.tools.clock.update();
        }
        for message in messages.drain(..) {
            let ticket = match &message {
                Message::Stop(within) => {
                    self.stop(*within);
                    continue;
                }
                Message::Answer(ticket, _)
                | Message::Start(ticket, ..)
                | Message::Piece(ticket, _)
                | Message::End(ticket, _)
                | Message::Abort(ticket, _)
                | Message::Post(ticket, _)
                | Message::Hints(ticket, _)
                | Message::Watch(ticket, _)
                | Message::Drained(ticket) => *ticket,
            };
            self.hear(ticket, message);
        }
        self.messages = messages;
    }

    /// Gives a response in the loop's own thread, behind the messages that are there; it may wait for others.
    pub(crate) fn hold(&mut self, ticket: Ticket, response: Response) {
        if self.mailbox.is_filled() {
            self.deliver();
        }
        let before = self.tools.clock.micros;
        self.tools.clock.update();
        let Some(mut connection) = self.connections.take(ticket.key) else { return };
        connection.answer(&mut self.tools, ticket, response);
        let holding = self.held.allows(self.tools.clock.micros);
        self.send(ticket.key, connection, holding);
        self.look_at_held(before);
    }

    fn hear(&mut self, ticket: Ticket, message: Message) {
        let Some(mut connection) = self.connections.take(ticket.key) else { return };
        let answers = matches!(message, Message::Answer(..));
        connection.hear(&mut self.tools, ticket, message);
        self.send(ticket.key, connection, answers);
    }

    /// Lets a connection go on that has something to send, or holds it for others if it may.
    fn send(&mut self, key: Key, mut connection: Box<Connection>, may_hold: bool) {
        let holds = may_hold && connection.may_be_held();
        let fate = if holds { Fate::Hold } else { connection.drive(&mut self.tools) };
        self.settle(key, connection, fate);
    }

    /// Accepts no more, and lets connections end with what they are at.
    fn stop(&mut self, within: Duration) {
        let end = self.tools.clock.now.saturating_add(milliseconds(within));
        self.stops_at = Some(self.stops_at.map_or(end, |before| before.min(end)));
        self.tools.draining = true;
        for listener in self.listeners.drain(..) {
            // A descriptor that others share stays watched when it is closed here.
            let _ = self.epoll.remove(listener.socket.fileno());
        }
        self.paused_until = None;
        // A request may be on its way on a connection that looks idle: it is answered, and that this was the last one.
        let farewell = self.tools.clock.now.saturating_add(FAREWELL).min(end);
        self.farewell_at = Some(farewell);
        self.tools.farewell = farewell > self.tools.clock.now;
        for key in self.connections.keys() {
            let Some(mut connection) = self.connections.take(key) else { continue };
            let fate = connection.drain(&mut self.tools);
            self.settle(key, connection, fate);
        }
    }

    fn bid_farewell(&mut self) {
        self.farewell_at = None;
        self.tools.farewell = false;
        for key in self.connections.keys() {
            let Some(connection) = self.connections.take(key) else { continue };
            let fate = connection.bid_farewell(&self.tools);
            self.settle(key, connection, fate);
        }
    }

    fn accept(&mut self, index: usize) {
        for _ in 0..BURST {
            let Some(listener) = self.listeners.get(index) else { return };
            match listener.socket.accept_nonblocking(&Uninterrupted) {
                Ok((socket, peer)) => {
                    self.starved = false;
                    self.welcome(index, socket, &peer);
                }
                Err(Error::Os(libc::ECONNABORTED | libc::EPROTO | libc::EPERM)) => {}
                Err(Error::Os(libc::EAGAIN)) => return,
                Err(error) => {
                    // Mostly there are no descriptors left: trying again at once would only burn time.
                    if !std::mem::replace(&mut self.starved, true) {
                        self.tools.complain(&format!("cannot accept connections: {error}"));
                    }
                    return self.pause();
                }
            }
        }
    }

    fn welcome(&mut self, index: usize, socket: Socket, peer: &RawAddress) {
        let counters = &self.tools.shared.counters;
        add(&counters.accepted, 1);
        if self.connections.len() >= self.tools.shared.limits.connections {
            add(&counters.refused, 1);
            // What fits into an empty socket goes whole.
            let _ = socket.send(&Uninterrupted, FULL, libc::MSG_NOSIGNAL);
            return;
        }
        let peer = Address::from_raw(peer, 0).unwrap_or(Address::Unix(UnixName::Unnamed));
        let local = self.listeners[index].local_of(&socket);
        let origin = Arc::new(Origin { peer, local, tls: None, mailbox: self.mailbox.clone() });
        let key = self.connections.reserve();
        if let Err(error) = self.epoll.add(socket.fileno(), WATCHED, key) {
            self.connections.release(key);
            self.tools.complain(&format!("cannot watch a connection: {error}"));
            return;
        }
        add(&self.tools.shared.counters.open, 1);
        let proxied = self.tools.shared.proxied;
        let connection = Connection::new(key, socket, origin, self.tools.clock.now, proxied);
        self.settle(key, Box::new(connection), Fate::Keep);
    }

    fn pause(&mut self) {
        self.paused_until = Some(self.tools.clock.now + PAUSE);
        for listener in &self.listeners {
            let _ = self.epoll.remove(listener.socket.fileno());
        }
    }

    fn resume(&mut self) {
        self.paused_until = None;
        for (index, listener) in self.listeners.iter().enumerate() {
            if let Err(error) = self.epoll.add(listener.socket.fileno(), LISTENED, index as u64 + 1) {
                self.tools.complain(&format!("cannot watch a listener: {error}"));
            }
        }
    }
}

/// The answer to one connection too many.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
