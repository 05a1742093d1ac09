//! The content of a response as it comes from a connection, whatever coding it is in.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::{self, Framing};

use super::clock::Clock;
use super::error::{Error, Incomplete};
use super::pool::{Lease, Read};
use super::progress::Progress;
use super::transport::Stream;

/// How much is read, at most, of content that nobody wants, to use the connection again.
const DRAINED: u64 = 64 * 1024;

/// And for how long. A new connection takes less.
const LONGEST: Duration = Duration::from_millis(500);

pub(crate) struct Transfer {
    /// Where it comes from; `None` when it has ended.
    lease: Own<Option<Lease>>,
    clock: Clock,
    framing: Framing,
    length: Option<u64>,
    received: u64,
    trailers: Fields,
    progress: Own<Option<Progress>>,
    /// Whether it ended with an error, which must not look like an end later.
    broken: bool,
    /// What the next read tells.
    fault: Option<Error>,
}

/// What is reached by `&mut` alone. So a response, and an error that holds one, can be shared between threads, although a stream and
/// a function that is told of progress need not be.
struct Own<T>(Mutex<T>);

impl<T> Own<T> {
    fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    fn get(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transfer {
    pub(crate) fn new(lease: Lease, framing: Framing, clock: Clock) -> Self {
        let length = match framing {
            Framing::Length(length) => Some(length),
            _ => None,
        };
        let mut content = Self {
            lease: Own::new(Some(lease)),
            clock,
            framing,
            length,
            received: 0,
            trailers: Fields::new(),
            progress: Own::new(None),
            broken: false,
            fault: None,
        };
        content.look_for_end();
        content
    }

    /// Tells `progress` from now on.
    pub(crate) fn watch(&mut self, mut progress: Progress) {
        progress.start(self.length);
        *self.progress.get() = Some(progress);
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(crate) fn trailers(&self) -> &Fields {
        &self.trailers
    }

    pub(crate) fn read(&mut self, space: &mut [u8]) -> Result<usize, Error> {
        if space.is_empty() {
            return Ok(0);
        }
        let Some(lease) = self.lease.get() else { return self.over() };
        let Some(connection) = &mut lease.connection else { return self.over() };
        let read = match self.fault.take() {
            Some(fault) => Err(fault),
            None => connection.read_content(space, &self.clock),
        };
        match read {
            Ok(Read::Bytes(count)) => {
                self.received += count as u64;
                if let Some(progress) = self.progress.get() {
                    progress.add(count);
                }
                self.look_for_end();
                Ok(count)
            }
            Ok(Read::End(trailers)) => {
                self.end(trailers);
                Ok(0)
            }
            Err(error) => {
                self.broken = true;
                *self.lease.get() = None;
                Err(self.incomplete(error))
            }
        }
    }

    /// What a read gives behind the end.
    fn over(&self) -> Result<usize, Error> {
        if self.broken { Err(self.incomplete_without(None)) } else { Ok(0) }
    }

    /// Gives the connection back as soon as its last byte has come.
    fn look_for_end(&mut self) {
        let connection = self.lease.get().as_mut().and_then(|lease| lease.connection.as_mut());
        match connection.map(|connection| connection.take_end()) {
            Some(Ok(Some(trailers))) => self.end(trailers),
            Some(Err(error)) => self.fault = Some(error),
            _ => {}
        }
    }

    fn end(&mut self, trailers: Fields) {
        self.trailers = trailers;
        if let Some(lease) = self.lease.get().take() {
            lease.release();
        }
    }

    /// A failure on the way, with how far it came.
    fn incomplete(&self, error: Error) -> Error {
        match error {
            Error::Interrupted => error,
            Error::Disconnected { .. } | Error::Protocol { source: http1::Error::Incomplete { .. }, .. } => {
                self.incomplete_without(None)
            }
            error => self.incomplete_without(Some(error)),
        }
    }

    fn incomplete_without(&self, source: Option<Error>) -> Error {
        Error::Incomplete(Box::new(Incomplete {
            partial: Vec::new(),
            received: self.received,
            missing: self.left(),
            source,
        }))
    }

    /// The connection itself, where another protocol has it now, and what was received of that already.
    pub(crate) fn take_stream(&mut self) -> Option<(Box<dyn Stream>, Vec<u8>)> {
        if self.framing != Framing::Switch {
            return None;
        }
        let connection = self.lease.get().as_mut()?.connection.take()?;
        Some(connection.into_stream())
    }

    /// Leaves the rest where it is, with the connection.
    pub(crate) fn abandon(&mut self) {
        *self.lease.get() = None;
        self.broken = true;
    }

    /// How many bytes more are due, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        self.length.map(|length| length.saturating_sub(self.received))
    }

    /// Reads what is left if it is little, within the limits of the request.
    pub(crate) fn drain(&mut self) {
        let mut block = [0; 4096];
        let mut left = DRAINED;
        self.clock = self.clock.at_most(LONGEST);
        let is_much = self.length.is_some_and(|length| length.saturating_sub(self.received) > left);
        // A process that was forked has the socket of its parent, to whom what comes there belongs.
        if is_much || self.lease.get().as_ref().is_some_and(|lease| !lease.is_own()) {
            *self.lease.get() = None;
        }
        while self.lease.get().is_some() && left > 0 {
            match self.read(&mut block) {
                Ok(0) | Err(_) => break,
                Ok(count) => left = left.saturating_sub(count as u64),
            }
        }
        *self.lease.get() = None;
    }
}

impl Drop for Transfer {
    /// Reads what is left if it is little and has come already.
    fn drop(&mut self) {
        if self.lease.get().is_some() {
            self.clock = self.clock.ended();
            *self.progress.get() = None;
            self.drain();
        }
    }
}
