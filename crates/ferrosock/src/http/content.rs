//! The content of a response, as it comes from a connection.

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::{self, Framing};

use super::clock::Clock;
use super::error::{Error, Incomplete};
use super::pool::{Lease, Read};
use super::progress::Progress;

/// How much is read, at most, of content that nobody wants, to use the connection again.
const DRAINED: u64 = 64 * 1024;
/// How much memory is set aside for content before any of it has come.
const FIRST: u64 = 64 * 1024;

pub(crate) struct Content {
    /// Where it comes from; `None` when it has ended.
    lease: Option<Lease>,
    clock: Clock,
    length: Option<u64>,
    received: u64,
    trailers: Fields,
    progress: Option<Progress>,
    /// Whether it ended with an error, which must not look like an end later.
    broken: bool,
    /// What the next read tells.
    fault: Option<Error>,
}

impl Content {
    pub(crate) fn new(lease: Lease, framing: Framing, clock: Clock, mut progress: Option<Progress>) -> Self {
        let length = match framing {
            Framing::Length(length) => Some(length),
            _ => None,
        };
        if let Some(progress) = &mut progress {
            progress.start(length);
        }
        let mut content = Self {
            lease: Some(lease),
            clock,
            length,
            received: 0,
            trailers: Fields::new(),
            progress,
            broken: false,
            fault: None,
        };
        content.look_for_end();
        content
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
        let Some(lease) = &mut self.lease else { return self.over() };
        let Some(connection) = &mut lease.connection else { return self.over() };
        let read = match self.fault.take() {
            Some(fault) => Err(fault),
            None => connection.read_content(space, &self.clock),
        };
        match read {
            Ok(Read::Bytes(count)) => {
                self.received += count as u64;
                if let Some(progress) = &mut self.progress {
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
                self.lease = None;
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
        let connection = self.lease.as_mut().and_then(|lease| lease.connection.as_mut());
        match connection.map(|connection| connection.take_end()) {
            Some(Ok(Some(trailers))) => self.end(trailers),
            Some(Err(error)) => self.fault = Some(error),
            _ => {}
        }
    }

    fn end(&mut self, trailers: Fields) {
        self.trailers = trailers;
        if let Some(lease) = self.lease.take() {
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
            missing: self.length.map(|length| length.saturating_sub(self.received)),
            source,
        }))
    }

    /// Appends all that is left to `out`.
    pub(crate) fn read_to_end(&mut self, limit: u64, out: &mut Vec<u8>) -> Result<(), Error> {
        if self.length.is_some_and(|length| length > limit) {
            return Err(Error::TooLong { limit });
        }
        let expected = self.length.map_or(0, |length| length.saturating_sub(self.received));
        let mut step = usize::try_from(expected.clamp(1024, FIRST)).unwrap_or(1024);
        loop {
            let begin = out.len();
            out.resize(begin + step, 0);
            let result = self.read(&mut out[begin..]);
            out.truncate(begin + *result.as_ref().unwrap_or(&0));
            match result {
                Ok(0) => return Ok(()),
                Ok(_) if out.len() as u64 > limit => return Err(Error::TooLong { limit }),
                // What has come tells how much more to set aside.
                Ok(_) => step = out.len().clamp(1024, 1 << 20),
                Err(Error::Incomplete(mut incomplete)) => {
                    incomplete.partial = std::mem::take(out);
                    return Err(Error::Incomplete(incomplete));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what is left if it is little, within the limits of the request.
    pub(crate) fn drain(&mut self) {
        let mut block = [0; 4096];
        let mut left = DRAINED;
        if self.length.is_some_and(|length| length.saturating_sub(self.received) > left) {
            self.lease = None;
        }
        while self.lease.is_some() && left > 0 {
            match self.read(&mut block) {
                Ok(0) | Err(_) => break,
                Ok(count) => left = left.saturating_sub(count as u64),
            }
        }
        self.lease = None;
    }
}

impl Drop for Content {
    /// Reads what is left if it is little and has come already.
    fn drop(&mut self) {
        if self.lease.is_some() {
            self.clock = self.clock.ended();
            self.progress = None;
            self.drain();
        }
    }
}
