//! What a client sends: heads and bodies.

use std::net::SocketAddr;
use std::sync::Arc;

use ferrosock_proto::http1::{
    Body, Error, Framing, RequestHead, Temper, Version, Want, read_request, request_framing, request_persists,
};
use ferrosock_proto::proxy_protocol::{read_header, read_tls};
use ferrosock_socket::{Error as SocketError, Uninterrupted};

use super::encode::Asked;
use super::store::Store;
use super::{Connection, Incoming, Outgoing};
use crate::access_log::Entry;
use crate::event_loop::tools::{Tools, guarded};
use crate::handler::Intake;
use crate::intake::{BodyReader, Channel, Failure};
use crate::protocol::Protocol;
use crate::request::RequestBody;
use crate::response::Response;

/// Bytes that wait for a client before its next pipelined request is taken.
const PIPELINED: u64 = 64 * 1024;

/// The most that is reserved for a body by what its head says.
const TRUSTED: u64 = 64 * 1024;

/// How far a head that is not whole was looked through, so that each line is looked at when it is whole, not at every byte.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scan {
    searched: usize,
    /// Behind the last line feed.
    line: usize,
}

impl Scan {
    /// Whether it is worth while to read what is there as a head.
    fn advance(&mut self, input: &[u8], longest: usize) -> bool {
        let fresh = &input[self.searched.min(input.len())..];
        let found = memchr::memrchr(b'\n', fresh);
        if let Some(at) = found {
            self.line = self.searched + at + 1;
        }
        self.searched = input.len();
        found.is_some() || input.len() - self.line > longest
    }
}

impl Connection {
    /// Whether what the client sends is to be read now.
    pub(super) fn input_is_wanted(&mut self, tools: &Tools) -> bool {
        match &self.incoming {
            Incoming::Head => !self.ended && self.may_begin(),
            Incoming::Whole { .. } | Incoming::Proxy => true,
            Incoming::Stream { channel, .. } => {
                let wanted = !channel.is_full() && (!self.waits || channel.is_asked());
                self.timing.intake(wanted, tools.clock.now);
                wanted
            }
            Incoming::Switched(_) => self.protocol_wants(tools),
            Incoming::Done | Incoming::Over => false,
        }
    }

    fn may_begin(&self) -> bool {
        matches!(self.outgoing, Outgoing::Idle) && !self.closing && self.outbox.len() < PIPELINED
    }

    /// Reads once; says whether anything came.
    pub(super) fn read(&mut self, tools: &mut Tools) -> Result<bool, ()> {
        let mut block = std::mem::take(&mut tools.block);
        let result = self.socket.recv(&Uninterrupted, &mut block, 0);
        let moved = match result {
            Ok(0) => {
                self.readable = false;
                self.ended = true;
                self.end_input(tools)
            }
            Ok(count) => {
                // Less than there was room for: there was no more, but perhaps the end. A new edge tells of what comes now.
                self.readable = count == block.len() || self.ends;
                tools.received(count as u64);
                if self.input.is_empty() {
                    let taken = self.take(tools, &block[..count]);
                    self.keep(tools, &block[taken..count]);
                } else {
                    self.input.extend_from_slice(&block[..count]);
                    self.take_input(tools);
                }
                Ok(true)
            }
            Err(SocketError::Os(libc::EAGAIN)) => {
                self.readable = false;
                Ok(false)
            }
            Err(_) => Err(()),
        };
        tools.block = block;
        moved
    }

    /// Tells a client that waits for it to send the body, once the handler reads it.
    pub(super) fn invite_if_asked(&mut self, tools: &mut Tools) {
        if self.waits && matches!(&self.incoming, Incoming::Stream { channel, .. } if channel.is_asked()) {
            self.invite(tools);
        }
    }

    /// Tells a client that waits for it to send the body.
    fn invite(&mut self, tools: &mut Tools) {
        let unanswered = !self.closing && matches!(self.outgoing, Outgoing::Idle | Outgoing::Due);
        if std::mem::take(&mut self.waits) && unanswered {
            self.lend(tools);
            self.outbox.append(|out| out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n"));
        }
    }

    fn keep(&mut self, tools: &mut Tools, rest: &[u8]) {
        if !rest.is_empty() {
            self.input = tools.vector();
            self.input.extend_from_slice(rest);
        }
    }

    /// Takes what can be taken of what is kept.
    pub(super) fn take_input(&mut self, tools: &mut Tools) -> bool {
        if self.input.is_empty() {
            return false;
        }
        let mut input = std::mem::take(&mut self.input);
        let taken = self.take(tools, &input);
        if taken == input.len() {
            tools.give_back(input);
        } else {
            input.drain(..taken);
            self.input = input;
        }
        taken > 0
    }

    /// Takes as much as can be taken now; says how much that was.
    fn take(&mut self, tools: &mut Tools, input: &[u8]) -> usize {
        let mut at = 0;
        while at < input.len() {
            let rest = &input[at..];
            let taken = match &self.incoming {
                Incoming::Head if self.may_begin() => self.take_head(tools, rest),
                Incoming::Whole { .. } | Incoming::Stream { .. } => self.take_body(tools, rest),
                Incoming::Proxy => self.take_proxy(rest),
                Incoming::Switched(_) => self.take_switched(tools, rest),
                Incoming::Over => rest.len(),
                Incoming::Head | Incoming::Done => 0,
            };
            if taken == 0 {
                break;
            }
            at += taken;
        }
        at
    }

    /// What the proxy says; without it the connection ends, for whoever speaks is not the proxy.
    fn take_proxy(&mut self, input: &[u8]) -> usize {
        match read_header(input) {
            Ok(None) => 0,
            Ok(Some((header, length))) => {
                self.incoming = Incoming::Head;
                if let Some(origin) = self.origin.behind(header, read_tls(&input[..length])) {
                    self.origin = Arc::new(origin);
                }
                length
            }
            Err(_) => {
                self.incoming = Incoming::Over;
                self.closing = true;
                input.len()
            }
        }
    }

    fn take_head(&mut self, tools: &mut Tools, input: &[u8]) -> usize {
        let limits = &tools.shared.limits.head;
        if self.scan.searched == 0 {
            self.timing.begin(tools.clock.now);
        }
        if !self.scan.advance(input, limits.line) {
            return 0;
        }
        match read_request(input, Temper::Strict, limits) {
            Ok(None) => 0,
            Ok(Some((head, length))) => {
                self.scan = Scan::default();
                self.begin(tools, head);
                length
            }
            Err(error) => {
                self.fail_head(tools, error.status(), Failure::Broken);
                input.len()
            }
        }
    }

    /// A request has begun.
    fn begin(&mut self, tools: &mut Tools, head: RequestHead) {
        self.exchange += 1;
        tools.requested();
        let persists =
            request_persists(&head) && !tools.draining && self.exchange < tools.shared.limits.requests;
        self.asked = Asked::of(&head, persists);
        self.begun = tools.clock.now;
        self.entry = tools.log.is_some().then(|| self.logged(tools, &head));
        let framing = match request_framing(&head) {
            Ok(framing) => framing,
            Err(error) => return self.fail(tools, error.status(), Failure::Broken),
        };
        let expects = head.expects_continue();
        if !expects && self.asked.version >= Version::Http11 {
            if let Some(other) = head.fields.get(b"expect") {
                if !other.is_empty() {
                    return self.fail(tools, 417, Failure::Broken);
                }
            }
        }
        if framing == Framing::Length(0) {
            self.incoming = Incoming::Done;
            return self.dispatch(tools, head, RequestBody::Empty);
        }
        self.waits = expects;
        self.timing.begin_body(tools.clock.now);
        match guarded(|| tools.shared.handler.intake(&head)) {
            Ok(Intake::Default) => {
                self.begin_whole(tools, head, framing, Store::default(), tools.shared.limits.body);
            }
            Ok(Intake::Whole { most }) => self.begin_whole(tools, head, framing, Store::default(), most),
            Ok(Intake::Spooled { memory, most, folder }) => {
                self.begin_whole(tools, head, framing, Store::spooled(memory, folder), most);
            }
            Ok(Intake::Stream { most }) => self.begin_stream(tools, head, framing, most),
            Ok(Intake::Refuse(response)) => self.refuse(tools, response),
            Err(panic) => {
                tools.panicked(&panic);
                self.refuse(tools, Response::plain(500));
            }
        }
    }

    /// What will be logged of a request, with the client that a trusted proxy names.
    fn logged(&self, tools: &Tools, head: &RequestHead) -> Box<Entry> {
        let mut entry = Entry::new(head, tools.clock.now);
        let forwarding = tools.shared.proxies.of(&self.origin.peer, &head.fields);
        if let Some((ip, port)) = forwarding.and_then(|forwarding| forwarding.client) {
            entry.client = Some(SocketAddr::new(ip, port.unwrap_or(0)).into());
        }
        entry
    }

    /// Answers instead of reading the body.
    fn refuse(&mut self, tools: &mut Tools, response: Response) {
        self.incoming = Incoming::Over;
        self.outgoing = Outgoing::Due;
        self.respond(tools, response, None);
    }

    fn begin_whole(
        &mut self,
        tools: &mut Tools,
        head: RequestHead,
        framing: Framing,
        mut store: Store,
        most: u64,
    ) {
        if let Framing::Length(length) = framing {
            if length > most {
                return self.fail(tools, 413, Failure::Broken);
            }
            store.reserve(length.min(TRUSTED) as usize);
        }
        let body = Box::new(Body::new(framing, Temper::Strict, tools.shared.limits.head));
        self.incoming = Incoming::Whole { head: Box::new(head), body, store, most };
        self.invite(tools);
    }

    fn begin_stream(&mut self, tools: &mut Tools, head: RequestHead, framing: Framing, most: u64) {
        if matches!(framing, Framing::Length(length) if length > most) {
            return self.fail(tools, 413, Failure::Broken);
        }
        let body = Box::new(Body::new(framing, Temper::Strict, tools.shared.limits.head));
        let channel = Arc::new(Channel::default());
        let reader = BodyReader::new(channel.clone(), self.origin.mailbox.clone(), self.ticket());
        self.incoming = Incoming::Stream { body, channel, left: most };
        self.dispatch(tools, head, RequestBody::Stream(reader));
    }

    /// Takes a piece of a body, if it is there; says how long it was.
    fn take_body(&mut self, tools: &mut Tools, input: &[u8]) -> usize {
        let (body, room) = match &mut self.incoming {
            Incoming::Whole { body, store, most, .. } => (body, most.saturating_sub(store.len())),
            Incoming::Stream { channel, .. } if channel.is_full() => return 0,
            Incoming::Stream { body, left, .. } => (body, *left),
            _ => return 0,
        };
        let Some(length) = piece(input, body.want()) else { return 0 };
        let content = match body.handle(&input[..length]) {
            Ok(content) => content,
            Err(error) => {
                self.fail(tools, error.status(), Failure::Broken);
                return input.len();
            }
        };
        // A chunk that is announced too long need not come first.
        if content.len() as u64 > room || body.left().is_some_and(|left| left > room - content.len() as u64) {
            self.fail(tools, 413, Failure::Broken);
            return input.len();
        }
        let done = body.is_done();
        self.waits = false;
        self.timing.took(length as u64, tools.clock.now);
        match &mut self.incoming {
            Incoming::Whole { store, .. } => {
                if let Err(error) = store.add(content) {
                    return self.cannot_keep(tools, input, &error);
                }
            }
            Incoming::Stream { channel, left, .. } => {
                *left -= content.len() as u64;
                if !content.is_empty() {
                    channel.push(content);
                }
            }
            _ => {}
        }
        if done {
            match std::mem::replace(&mut self.incoming, Incoming::Done) {
                Incoming::Whole { head, store, .. } => match store.into_body() {
                    Ok(body) => self.dispatch(tools, *head, body),
                    Err(error) => return self.cannot_keep(tools, input, &error),
                },
                Incoming::Stream { channel, .. } => channel.finish(Ok(())),
                _ => {}
            }
        }
        length
    }

    /// There is no room for a body.
    fn cannot_keep(&mut self, tools: &mut Tools, input: &[u8], error: &std::io::Error) -> usize {
        tools.complain(&format!("cannot keep the body of a request: {error}"));
        self.fail(tools, 503, Failure::Broken);
        input.len()
    }

    /// The client sends no more.
    fn end_input(&mut self, tools: &mut Tools) -> Result<bool, ()> {
        let status = Error::Incomplete { missing: None }.status();
        match &self.incoming {
            Incoming::Head if !self.input.is_empty() => {
                self.input.clear();
                self.fail_head(tools, status, Failure::Gone);
            }
            Incoming::Head | Incoming::Proxy => {
                // What was answered still goes out.
                self.closing = true;
                if self.outbox.is_empty() {
                    return Err(());
                }
            }
            Incoming::Whole { .. } | Incoming::Stream { .. } => {
                self.input.clear();
                self.fail(tools, status, Failure::Gone);
            }
            Incoming::Switched(_) => {
                self.with_protocol(tools, Protocol::handle_end);
            }
            Incoming::Done | Incoming::Over => {}
        }
        Ok(true)
    }
}

/// How long the piece is that a body wants, if it is there.
fn piece(input: &[u8], want: Want) -> Option<usize> {
    let there = input.len();
    match want {
        Want::UpTo(most) => Some(most.min(there)).filter(|length| *length > 0),
        Want::Exact(length) => (there >= length).then_some(length),
        Want::Line(most) => match memchr::memchr(b'\n', &input[..most.min(there)]) {
            Some(at) => Some(at + 1),
            None => (there >= most).then_some(most),
        },
        Want::End => Some(there),
        Want::Nothing => None,
    }
}
