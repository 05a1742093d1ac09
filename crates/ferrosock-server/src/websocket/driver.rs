//! The machine between a [`Link`] and a [`Handler`].

use std::any::Any;
use std::time::Duration;

use ferrosock_proto::websocket::{CloseFrame, Error, Event, KeepAlive, Message, Side, Sign, WebSocket};

use super::handler::{Handler, Socket};
use super::options::Options;
use super::sender::Said;
use crate::protocol::{Link, Protocol};
use crate::responder::Pushed;

/// What is beside the machine.
pub(super) struct State {
    pub(super) subprotocol: Option<String>,
    /// Where the [`Sender`](super::Sender)s wait, if there are any.
    pub(super) valve: Option<Pushed>,
    pub(super) wants_room: bool,
    ping_interval: Option<Duration>,
    ping_timeout: Duration,
    close_timeout: Duration,
    /// From the start on, if it is to be.
    alive: Option<KeepAlive>,
    /// Whether the close is under way, and whether the handler knows the end.
    closing: bool,
    told: bool,
}

pub(super) struct Driver<H: Handler> {
    machine: WebSocket,
    state: State,
    handler: H,
}

impl<H: Handler> Driver<H> {
    pub(super) fn new(
        machine: WebSocket,
        handler: H,
        options: &Options,
        subprotocol: Option<String>,
    ) -> Self {
        let state = State {
            subprotocol,
            valve: None,
            wants_room: false,
            ping_interval: options.ping_interval,
            ping_timeout: options.ping_timeout,
            close_timeout: options.close_timeout,
            alive: None,
            closing: false,
            told: false,
        };
        Self { machine, state, handler }
    }

    fn call(&mut self, link: &mut Link<'_>, call: impl FnOnce(&mut H, &mut Socket<'_>)) {
        let Self { machine, state, handler } = self;
        call(handler, &mut Socket { machine, state, link: link.reborrow() });
    }

    fn dispatch(&mut self, link: &mut Link<'_>, event: Event) {
        match event {
            // What comes behind a close of ours nobody waits for.
            Event::Text(_) | Event::Binary(_) | Event::Pong(_) if self.machine.outgoing() == Side::Closed => {
            }
            Event::Text(text) => {
                self.call(link, |handler, socket| handler.message(socket, Message::Text(text)));
            }
            Event::Binary(bytes) => {
                self.call(link, |handler, socket| handler.message(socket, Message::Binary(bytes)));
            }
            Event::Pong(payload) if payload != KeepAlive::PAYLOAD => {
                self.call(link, |handler, socket| handler.pong(socket, payload));
            }
            Event::Close(frame) => {
                self.tell(frame.unwrap_or(CloseFrame { code: 1005, reason: String::new() }));
            }
            _ => {}
        }
    }

    /// Tells the handler the end, once.
    fn tell(&mut self, how: CloseFrame) {
        if !std::mem::replace(&mut self.state.told, true) {
            self.handler.close(&how);
        }
    }

    /// Hands on what the machine has to say, and sees to the end.
    fn flush(&mut self, link: &mut Link<'_>) {
        while let Some(piece) = self.machine.poll_output() {
            link.write_owned(piece);
        }
        if self.machine.is_closed() {
            link.close();
        } else if self.machine.outgoing() == Side::Closed && !std::mem::replace(&mut self.state.closing, true)
        {
            link.resume();
            link.set_deadline(Some(self.state.close_timeout));
        }
    }

    fn update_valve(&self, link: &mut Link<'_>) {
        if let Some(valve) = &self.state.valve {
            valve.0.update(link.pending(), link.limit());
            if link.pending() > link.limit() / 2 {
                link.ask_for_room();
            }
        }
    }
}

impl<H: Handler> Protocol for Driver<H> {
    fn start(&mut self, link: &mut Link<'_>) {
        let (interval, timeout) = (self.state.ping_interval, self.state.ping_timeout);
        self.state.alive = interval.map(|interval| KeepAlive::new(interval, Some(timeout), link.now()));
        link.set_deadline(interval);
        self.call(link, H::open);
        self.flush(link);
    }

    fn handle(&mut self, link: &mut Link<'_>, input: &[u8]) -> usize {
        if let Some(alive) = &mut self.state.alive {
            alive.heard(link.now());
        }
        let mut at = 0;
        while at < input.len() && !link.is_paused() && !link.is_full() {
            match self.machine.handle(&input[at..]) {
                Ok(taken) => at += taken,
                Err(error) => {
                    self.tell(CloseFrame { code: error.close_code(), reason: error.to_string() });
                    at = input.len();
                }
            }
            if let Some(event) = self.machine.poll_event() {
                self.dispatch(link, event);
                if self.machine.pending() > 64 * 1024 {
                    self.flush(link);
                }
            }
        }
        self.flush(link);
        at
    }

    fn handle_end(&mut self, link: &mut Link<'_>) {
        if let Err(error @ Error::Incomplete) = self.machine.handle_end() {
            self.tell(CloseFrame { code: 1006, reason: error.to_string() });
        }
        link.close();
    }

    fn handle_message(&mut self, link: &mut Link<'_>, message: Box<dyn Any + Send>) {
        let Ok(said) = message.downcast::<Said>() else { return };
        // A sender learns by the end of its socket that it was too late.
        match *said {
            Said::Message(message) => {
                if let Some(valve) = &self.state.valve {
                    valve.0.arrived(message.len() as u64);
                }
                let (kind, bytes) = message.into_parts();
                let _ = self.machine.send_owned(kind, bytes);
            }
            Said::Ping(payload) => drop(self.machine.send_ping(&payload)),
            Said::Close(code, reason) => drop(self.machine.send_close(code, &reason)),
            Said::Posted(message) => self.call(link, |handler, socket| handler.posted(socket, message)),
        }
        self.flush(link);
        self.update_valve(link);
    }

    fn handle_deadline(&mut self, link: &mut Link<'_>) {
        if self.state.closing {
            return link.abort();
        }
        let Some(alive) = &mut self.state.alive else { return };
        // Whether the peer takes what waits for it, the write timeout judges.
        match alive.check(link.now(), link.is_paused() || link.pending() > 0) {
            Sign::Wait(time) => link.set_deadline(Some(time)),
            Sign::Ping(time) => {
                let _ = self.machine.send_ping(KeepAlive::PAYLOAD); // behind a close there is another deadline
                link.set_deadline(Some(time));
            }
            Sign::Lost => {
                let reason = "no answer to a ping";
                self.tell(CloseFrame { code: 1011, reason: reason.to_owned() });
                let _ = self.machine.send_close(1011, reason);
            }
        }
        self.flush(link);
    }

    fn handle_room(&mut self, link: &mut Link<'_>) {
        if std::mem::take(&mut self.state.wants_room) {
            self.call(link, H::room);
            self.flush(link);
        }
        self.update_valve(link);
    }

    fn handle_stop(&mut self, link: &mut Link<'_>) {
        let _ = self.machine.send_close(1001, "the server stops"); // it may be closing already
        self.flush(link);
    }
}

impl<H: Handler> Drop for Driver<H> {
    fn drop(&mut self) {
        self.tell(CloseFrame { code: 1006, reason: "the connection is gone".to_owned() });
    }
}
