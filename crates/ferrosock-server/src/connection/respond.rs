//! What a client is told: answers, whole or piece by piece.

use std::io::{ErrorKind, Write};

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::{Error, RequestHead, Version, encode_last_chunk};

use super::encode::{Asked, Outflow, Switch, encode_head, encode_hints};
use super::outbox::Segment;
use super::{Connection, Incoming, Outgoing};
use crate::access_log::Entry;
use crate::event_loop::mailbox::{Message, Ticket};
use crate::event_loop::tools::{Tools, guarded};
use crate::intake::Failure;
use crate::request::{Request, RequestBody};
use crate::responder::Pushed;
use crate::response::{Content, Response};

/// How many pieces are asked for before others have their turn: they may all be empty.
const PULLED: usize = 64;

impl Connection {
    /// Asks the handler for an answer.
    pub(super) fn dispatch(&mut self, tools: &mut Tools, head: RequestHead, body: RequestBody) {
        self.outgoing = Outgoing::Due;
        let request = Request { head, body, origin: self.origin.clone(), ticket: self.ticket() };
        let reply = guarded(|| tools.shared.handler.handle(request));
        // It may have taken its time in the loop's own thread.
        tools.clock.update();
        match reply {
            Ok(reply) => {
                if let Some(response) = reply.0 {
                    self.respond(tools, response, None);
                }
            }
            Err(panic) => {
                tools.panicked(&panic);
                self.respond(tools, Response::plain(500), None);
            }
        }
    }

    /// Gives the answer that is due.
    pub(super) fn respond(&mut self, tools: &mut Tools, response: Response, pushed: Option<Pushed>) {
        // What is left of a body that nobody reads would be taken for the next request.
        self.asked.persists &= matches!(self.incoming, Incoming::Done) && !tools.draining;
        let mut response = response;
        if let Content::Switch(protocol) = response.content {
            response.content = Content::Empty;
            if let Err(error) = self.switch(tools, &response, protocol) {
                self.refuse_response(tools, &response, &error);
            }
            return;
        }
        // What a client may have sent into its tunnel already is no request (RFC 9110 section 9.3.6).
        self.asked.persists &= self.asked.switch != Switch::Connect;
        self.lend(tools);
        let known = if pushed.is_some() { None } else { response.content.length() };
        let (asked, date) = (self.asked, if tools.shared.dated { tools.clock.date() } else { b"" });
        let encoded = self.outbox.append(|out| encode_head(&response, known, asked, date, out));
        let (outflow, persists) = match encoded {
            Ok(encoded) => encoded,
            Err(error) => return self.refuse_response(tools, &response, &error),
        };
        tools.shared.counters.status(response.status);
        self.persists = persists;
        self.note_status(response.status);
        if let Some(pushed) = pushed {
            self.outgoing = Outgoing::Push(pushed, outflow);
            return;
        }
        let segment = match response.content {
            _ if outflow == Outflow::Discard => return self.finish(tools),
            Content::Chunks(chunks) => {
                self.outgoing = Outgoing::Pull(chunks, outflow);
                return;
            }
            Content::Empty => return self.finish(tools),
            Content::Bytes(bytes) => Segment::Owned(bytes),
            Content::Static(bytes) => Segment::Static(bytes),
            Content::Shared(bytes) => Segment::Shared(bytes),
            Content::File { file, offset, length } => Segment::File { file, offset, left: length },
            Content::Switch(_) => return self.finish(tools), // it went its own way above
        };
        self.note_content(known.unwrap_or_default());
        self.outbox.push(segment);
        self.finish(tools);
    }

    /// Answers in the place of a handler whose response cannot be sent.
    fn refuse_response(&mut self, tools: &mut Tools, response: &Response, error: &Error) {
        // Of a tunnel most handlers know nothing.
        let tunnel = self.asked.switch == Switch::Connect && (200..300).contains(&response.status);
        if tunnel {
            return self.respond(tools, Response::plain(501), None);
        }
        tools.complain(&format!("a response of status {} cannot be sent: {error}", response.status));
        self.respond(tools, Response::plain(500), None);
    }

    /// The answer is whole: the next request, or the end.
    fn finish(&mut self, tools: &mut Tools) {
        self.outgoing = Outgoing::Idle;
        self.watch = None;
        self.log(tools);
        if self.persists && matches!(self.incoming, Incoming::Done) {
            self.incoming = Incoming::Head;
            self.timing.begin(tools.clock.now);
        } else {
            self.closing = true;
        }
    }

    /// The answer cannot become whole: the connection ends where it is, so that the client notices.
    fn cut(&mut self, tools: &mut Tools, why: &str) {
        if !why.is_empty() {
            tools.complain(why);
        }
        if let Outgoing::Pull(_, Outflow::UntilClose) | Outgoing::Push(_, Outflow::UntilClose) = self.outgoing
        {
            self.resets = true;
        }
        self.give_up(tools);
    }

    fn give_up(&mut self, tools: &mut Tools) {
        self.log(tools);
        if let Incoming::Stream { channel, .. } = &self.incoming {
            channel.finish(Err(Failure::Gone));
        }
        self.outgoing = Outgoing::Idle;
        self.watch = None;
        self.incoming = Incoming::Over;
        self.closing = true;
    }

    /// As [`fail`](Self::fail), before the head was read: nothing is known of this request.
    pub(super) fn fail_head(&mut self, tools: &mut Tools, status: u16, failure: Failure) {
        self.exchange += 1;
        self.asked = Asked::unknown();
        self.entry = tools.log.is_some().then(|| Entry::unread(tools.clock.now));
        self.fail(tools, status, failure);
    }

    /// The client is wrong or slow: it is told so if its answer has not begun, and the connection ends.
    pub(super) fn fail(&mut self, tools: &mut Tools, status: u16, failure: Failure) {
        if let Incoming::Stream { channel, .. } = &self.incoming {
            channel.finish(Err(failure));
        }
        self.incoming = Incoming::Over;
        match self.outgoing {
            // It has its answer, and the connection ends behind that: another would be taken for more of it.
            Outgoing::Idle if self.closing => {}
            Outgoing::Idle => self.respond(tools, Response::plain(status), None),
            Outgoing::Due => {
                self.exchange += 1; // the handler's answer comes too late
                self.respond(tools, Response::plain(status), None);
            }
            Outgoing::Pull(..) | Outgoing::Push(..) => {
                self.resets |= matches!(
                    self.outgoing,
                    Outgoing::Pull(_, Outflow::UntilClose) | Outgoing::Push(_, Outflow::UntilClose)
                );
                self.give_up(tools);
            }
        }
    }

    /// Asks for content while there is room for it; says whether any came.
    pub(super) fn pump(&mut self, tools: &mut Tools) -> bool {
        let mut moved = false;
        for _ in 0..PULLED {
            if self.outbox.len() >= tools.shared.limits.pending {
                break;
            }
            let Outgoing::Pull(chunks, _) = &mut self.outgoing else { break };
            moved = true;
            match guarded(|| chunks.next_chunk()) {
                Ok(Ok(Some(piece))) => {
                    let one_by_one = chunks.goes_one_by_one();
                    self.put(tools, piece);
                    if one_by_one {
                        break;
                    }
                }
                Ok(Ok(None)) => self.end(tools, &Fields::new()),
                // Who made it has told that already.
                Ok(Err(error)) if error.kind() == ErrorKind::ConnectionAborted => self.cut(tools, ""),
                Ok(Err(error)) => self.cut(tools, &format!("content of a response failed: {error}")),
                Err(panic) => {
                    tools.panicked(&panic);
                    self.cut(tools, "content of a response panicked");
                }
            }
        }
        moved
    }

    /// Puts a piece of content behind what is there.
    fn put(&mut self, tools: &mut Tools, piece: Vec<u8>) {
        let (Outgoing::Pull(_, outflow) | Outgoing::Push(_, outflow)) = &mut self.outgoing else { return };
        let length = piece.len() as u64;
        if piece.is_empty() || *outflow == Outflow::Discard {
            return; // an empty chunk would end the content
        }
        let outflow = match outflow {
            Outflow::Length(left) if *left < length => {
                return self.cut(tools, "content of a response is longer than its Content-Length");
            }
            Outflow::Length(left) => {
                *left -= length;
                Outflow::Length(*left)
            }
            other => *other,
        };
        self.lend(tools);
        self.note_content(length);
        if outflow != Outflow::Chunked {
            return self.outbox.push(Segment::Owned(piece));
        }
        self.outbox.append(|out| {
            // A vector takes everything.
            let _ = write!(out, "{length:X}\r\n");
        });
        self.outbox.push(Segment::Owned(piece));
        self.outbox.append(|out| out.extend_from_slice(b"\r\n"));
    }

    /// The content is whole.
    fn end(&mut self, tools: &mut Tools, trailers: &Fields) {
        let (Outgoing::Pull(_, outflow) | Outgoing::Push(_, outflow)) = &self.outgoing else { return };
        match *outflow {
            Outflow::Length(left) if left > 0 => {
                return self.cut(tools, "content of a response is shorter than its Content-Length");
            }
            Outflow::Chunked => {
                self.lend(tools);
                if let Err(error) = self.outbox.append(|out| encode_last_chunk(trailers, out)) {
                    return self.cut(tools, &format!("trailers cannot be sent: {error}"));
                }
            }
            _ => {}
        }
        self.finish(tools);
    }

    /// Takes a response, if it is for the exchange at hand.
    pub(crate) fn answer(&mut self, tools: &mut Tools, ticket: Ticket, response: Response) {
        if ticket.exchange == self.exchange && matches!(self.outgoing, Outgoing::Due) {
            self.respond(tools, response, None);
        }
    }

    /// Takes a message from another thread; says whether it was for the exchange at hand.
    pub(crate) fn hear(&mut self, tools: &mut Tools, ticket: Ticket, message: Message) {
        let due = ticket.exchange == self.exchange && matches!(self.outgoing, Outgoing::Due);
        let pushes = ticket.exchange == self.exchange && matches!(self.outgoing, Outgoing::Push(..));
        match message {
            Message::Answer(_, response) => self.answer(tools, ticket, *response),
            Message::Start(_, response, pushed) if due => self.respond(tools, *response, Some(pushed)),
            Message::Hints(_, fields) if due && self.asked.version >= Version::Http11 => {
                self.lend(tools);
                if let Err(error) = self.outbox.append(|out| encode_hints(&fields, out)) {
                    tools.complain(&format!("hints cannot be sent: {error}"));
                }
            }
            Message::Watch(_, watching) if due || pushes => {
                // Dropped, it tells at once.
                self.watch = (!self.ends && !self.ended).then_some(watching);
            }
            Message::Piece(_, piece) if pushes => {
                if let Outgoing::Push(pushed, _) = &self.outgoing {
                    pushed.0.arrived(piece.len() as u64);
                }
                self.put(tools, piece);
            }
            Message::End(_, trailers) if pushes => self.end(tools, &trailers),
            Message::Abort(_, why) if due => {
                tools.complain(why);
                self.respond(tools, Response::plain(500), None);
            }
            Message::Abort(_, why) if pushes => self.cut(tools, why),
            Message::Post(_, message) if ticket.exchange == self.exchange => self.hear_post(tools, message),
            // Late, or only a reason to go on.
            _ => {}
        }
    }

    /// Sees to it that there is room for a head.
    pub(super) fn lend(&mut self, tools: &mut Tools) {
        if self.outbox.is_empty() && self.outbox.is_bare() {
            let vector = tools.vector();
            self.outbox.lend(vector);
        }
    }

    pub(super) fn note_status(&mut self, status: u16) {
        if let Some(entry) = &mut self.entry {
            entry.status = status;
        }
    }

    fn note_content(&mut self, bytes: u64) {
        if let Some(entry) = &mut self.entry {
            entry.bytes += bytes;
        }
    }

    /// Counts and logs the request at hand, once.
    pub(super) fn log(&mut self, tools: &mut Tools) {
        let begun = std::mem::replace(&mut self.begun, u64::MAX);
        if begun != u64::MAX {
            tools.shared.counters.took(tools.clock.now.saturating_sub(begun));
        }
        if let (Some(entry), Some(log)) = (self.entry.take(), &mut tools.log) {
            let (date, now) = (tools.clock.date(), tools.clock.now);
            log.log(&entry, &self.origin.peer, date, now, &tools.shared.counters);
        }
    }
}
