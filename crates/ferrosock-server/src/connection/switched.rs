//! A connection that has left HTTP.

use std::any::Any;

use ferrosock_proto::http1::Error;
use ferrosock_socket::Uninterrupted;

use super::encode::{Switch, encode_switch};
use super::{Connection, Fate, Incoming};
use crate::event_loop::tools::{Tools, guarded};
use crate::protocol::{Link, Protocol, Switched};
use crate::response::Response;

/// A protocol that takes none of so many bytes is not given more.
const UNTAKEN: usize = 64 * 1024;

impl Connection {
    /// Answers by a switch, if the client has asked for it.
    pub(super) fn switch(
        &mut self,
        tools: &mut Tools,
        response: &Response,
        protocol: Box<dyn Protocol>,
    ) -> Result<(), Error> {
        if self.asked.switch == Switch::None || !matches!(self.incoming, Incoming::Done) {
            return Err(Error::InvalidStatus(response.status));
        }
        self.lend(tools);
        let (switch, date) = (self.asked.switch, tools.clock.date());
        self.outbox.append(|out| encode_switch(response, switch, date, out))?;
        tools.shared.counters.status(response.status);
        self.note_status(response.status);
        self.log(tools);
        self.persists = true;
        self.outgoing = super::Outgoing::Idle;
        self.incoming = Incoming::Switched(Switched::new(protocol));
        self.with_protocol(tools, Protocol::start);
        if tools.draining {
            self.with_protocol(tools, Protocol::handle_stop);
        }
        Ok(())
    }

    /// Calls the protocol, if there is one.
    pub(super) fn with_protocol<R>(
        &mut self,
        tools: &mut Tools,
        call: impl FnOnce(&mut dyn Protocol, &mut Link<'_>) -> R,
    ) -> Option<R> {
        let ticket = self.ticket();
        let Incoming::Switched(switched) = &mut self.incoming else { return None };
        let Switched { protocol, wishes, .. } = &mut **switched;
        let mut link = Link { outbox: &mut self.outbox, wishes, tools, origin: &self.origin, ticket };
        let result = guarded(|| call(protocol.as_mut(), &mut link));
        match result {
            Ok(result) => {
                self.closing |= switched.wishes.closes;
                Some(result)
            }
            Err(panic) => {
                tools.panicked(&panic);
                if let Incoming::Switched(switched) = &mut self.incoming {
                    switched.wishes.aborts = true;
                }
                None
            }
        }
    }

    /// Whether what the peer sends is to be read now.
    pub(super) fn protocol_wants(&self, tools: &Tools) -> bool {
        let Incoming::Switched(switched) = &self.incoming else { return false };
        let free = !switched.wishes.paused && !self.closing && !self.ended;
        free && self.outbox.len() < tools.shared.limits.pending && self.input.len() < UNTAKEN
    }

    pub(super) fn take_switched(&mut self, tools: &mut Tools, input: &[u8]) -> usize {
        let Incoming::Switched(switched) = &self.incoming else { return 0 };
        if self.closing {
            return input.len();
        }
        if switched.wishes.paused || self.outbox.len() >= tools.shared.limits.pending {
            return 0;
        }
        let taken = self.with_protocol(tools, |protocol, link| protocol.handle(link, input));
        taken.map_or(input.len(), |taken| taken.min(input.len()))
    }

    /// Does what the protocol wishes of the connection itself; says whether that ends here, or else whether anything moved.
    pub(super) fn grant(&mut self, tools: &mut Tools) -> Result<bool, ()> {
        let Incoming::Switched(switched) = &mut self.incoming else { return Ok(false) };
        if switched.wishes.aborts {
            self.reset();
            return Err(());
        }
        if switched.wishes.ends && !switched.shut && self.outbox.is_empty() {
            switched.shut = true;
            // A peer that is gone is noticed by what comes of it.
            let _ = self.socket.shutdown(&Uninterrupted, libc::SHUT_WR);
        }
        if switched.wishes.wants_room && self.outbox.len() <= tools.shared.limits.pending / 2 {
            switched.wishes.wants_room = false;
            self.with_protocol(tools, Protocol::handle_room);
            return Ok(true);
        }
        Ok(false)
    }

    /// A message of a [`Remote`](crate::Remote).
    pub(super) fn hear_post(&mut self, tools: &mut Tools, message: Box<dyn Any + Send>) {
        self.with_protocol(tools, |protocol, link| protocol.handle_message(link, message));
    }

    /// The protocol's deadline; `u64::MAX` if there is none.
    pub(super) fn protocol_deadline(&self) -> u64 {
        match &self.incoming {
            Incoming::Switched(switched) if !self.closing => switched.wishes.deadline.unwrap_or(u64::MAX),
            _ => u64::MAX,
        }
    }

    pub(super) fn expire_protocol(&mut self, tools: &mut Tools) -> Fate {
        if let Incoming::Switched(switched) = &mut self.incoming {
            switched.wishes.deadline = None;
        }
        self.with_protocol(tools, Protocol::handle_deadline);
        self.drive(tools)
    }
}
