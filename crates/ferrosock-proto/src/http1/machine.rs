//! What the two machines have in common: the message that comes in, the bytes that go out, and the events.

use std::collections::VecDeque;

use super::body::Body;
use super::error::Error;
use super::framing::Framing;
use super::head::{Head, Reader};
use super::states::{Role, Side, Sides, Step};
use super::want::{Limits, Temper, Want};
use super::write::Outflow;
use crate::http::Fields;

/// What a machine has found in what it was given; `H` is the kind of head that comes in.
///
/// ```
/// use ferrosock_proto::http1::{Event, Limits, Server, Temper};
///
/// let mut server = Server::new(Temper::Strict, Limits::default());
/// for line in [&b"GET / HTTP/1.1\r\n"[..], b"Host: example.org\r\n", b"\r\n"] {
///     server.handle(line)?;
/// }
/// assert!(matches!(server.poll_event(), Some(Event::Head(head, _)) if head.method == "GET"));
/// assert!(matches!(server.poll_event(), Some(Event::End(trailers)) if trailers.is_empty()));
/// assert!(server.poll_event().is_none());
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<H> {
    /// A response of status 1xx, before the one that counts; a client only.
    Interim(H),
    /// The head of a message, and how the end of its body will be told.
    Head(H, Framing),
    /// The message is whole; these are its trailers.
    End(Fields),
    /// The connection belongs to another protocol now; comes instead of the end.
    Switched,
}

/// The part of a machine that does not depend on its role.
pub(super) struct Machine<H: Head> {
    pub(super) temper: Temper,
    pub(super) limits: Limits,
    pub(super) sides: Sides,
    reader: Reader<H>,
    body: Body,
    pub(super) outflow: Outflow,
    pub(super) output: Vec<u8>,
    events: VecDeque<Event<H>>,
}

/// What a piece of input has brought to an end.
pub(super) enum Brought<'a, H> {
    Nothing,
    Head(H),
    Content(&'a [u8]),
    /// The last content, or the last line behind it.
    End(&'a [u8]),
}

impl<H: Head> Machine<H> {
    pub(super) fn new(role: Role, temper: Temper, limits: Limits) -> Self {
        Self {
            temper,
            limits,
            sides: Sides::new(role),
            reader: Reader::new(temper, limits),
            body: Body::new(Framing::Length(0), temper, limits),
            outflow: Outflow::Discard,
            output: Vec::new(),
            events: VecDeque::new(),
        }
    }

    pub(super) fn want(&self) -> Want {
        match self.sides.incoming {
            Side::Head => self.reader.want(),
            Side::Body => self.body.want(),
            _ => Want::Nothing,
        }
    }

    /// Takes a piece of input for the side that is open.
    pub(super) fn take<'a>(&mut self, input: &'a [u8]) -> Result<Brought<'a, H>, Error> {
        match self.sides.incoming {
            // A server's peer may go between two requests; a client's may not owe a response.
            Side::Head if input.is_empty() && self.reader.is_fresh() && self.sides.can(Step::End) => {
                self.sides.step(Step::End)?;
                Ok(Brought::Nothing)
            }
            Side::Head => Ok(self.reader.handle(input)?.map_or(Brought::Nothing, Brought::Head)),
            Side::Body => {
                let content = self.body.handle(input)?;
                Ok(if self.body.is_done() { Brought::End(content) } else { Brought::Content(content) })
            }
            Side::Idle if !input.is_empty() && self.sides.role == Role::Client => Err(Error::UnexpectedInput),
            _ if input.is_empty() => {
                self.sides.step(Step::End)?;
                Ok(Brought::Nothing)
            }
            _ => Err(Error::WrongState),
        }
    }

    /// The same for content that this machine does not see; says whether it was the last.
    pub(super) fn take_content(&mut self, count: usize) -> Result<bool, Error> {
        if self.sides.incoming != Side::Body {
            return Err(Error::WrongState);
        }
        self.body.handle_content(count)?;
        Ok(self.body.is_done())
    }

    pub(super) fn left(&self) -> Option<u64> {
        self.body.left()
    }

    /// Gets ready for a body; says whether there is none.
    pub(super) fn begin_body(&mut self, head: H, framing: Framing) -> bool {
        self.events.push_back(Event::Head(head, framing));
        self.body = Body::new(framing, self.temper, self.limits);
        self.body.is_done()
    }

    pub(super) fn end_body(&mut self) {
        let trailers = self.body.take_trailers();
        self.events.push_back(Event::End(trailers));
    }

    pub(super) fn tell(&mut self, event: Event<H>) {
        self.events.push_back(event);
    }

    /// Notes a result: after a fault of the peer nothing more is read.
    pub(super) fn judge<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if result.as_ref().is_err_and(|error| !error.is_ours()) {
            // Where a broken message is no surprise, such as after the end, there is nothing to note.
            let _ = self.sides.step(Step::Fail);
        }
        result
    }

    pub(super) fn poll_event(&mut self) -> Option<Event<H>> {
        self.events.pop_front()
    }

    pub(super) fn poll_output(&mut self) -> Option<Vec<u8>> {
        (!self.output.is_empty()).then(|| std::mem::take(&mut self.output))
    }

    pub(super) fn send_data(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.sides.outgoing != Side::Body {
            return Err(Error::WrongState);
        }
        self.outflow.send(data, &mut self.output)
    }
}

impl<H: Head> std::fmt::Debug for Machine<H> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Machine")
            .field("temper", &self.temper)
            .field("incoming", &self.sides.incoming)
            .field("outgoing", &self.sides.outgoing)
            .field("want", &self.want())
            .finish_non_exhaustive()
    }
}
