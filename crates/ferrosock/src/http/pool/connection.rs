//! A connection: the machine of HTTP/1.1 driven over a stream.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::{
    self, Event, Feed, Framing, Limits, RequestHead, ResponseHead, Side, Temper, Want,
};

use super::super::body::Body;
use super::super::clock::Clock;
use super::super::error::{Error, Phase};
use super::super::progress::Progress;
use super::super::transport::Stream;

/// How much is received at once where it is not known what it is.
const BLOCK: usize = 16 * 1024;
/// How much of a body is sent at once.
const SENT_AT_ONCE: usize = 64 * 1024;
/// A body of this size goes out with the head.
const SMALL: usize = 16 * 1024;
/// From this size on content is received where the caller wants it, and not by way of a block.
const LARGE: usize = 4096;
/// How many interim responses may come before the one that counts.
const INTERIM: usize = 32;

/// A connection to a server, or to a proxy.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    machine: http1::Client,
    feed: Feed,
    block: Box<[u8]>,
    /// Who is there, for errors.
    peer: Box<str>,
    /// Whether anything was written, and anything read, since the last request began.
    sent: bool,
    answered: bool,
    /// How many interim responses came since.
    interim: usize,
}

/// A request that failed on a connection.
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// Whether bytes of the request went out, and whether bytes of a response came.
    pub(crate) sent: bool,
    pub(crate) answered: bool,
}

/// How a request is sent.
#[derive(Default)]
pub(crate) struct Sending<'a> {
    pub(crate) progress: Option<&'a mut Progress>,
    /// How long a body waits for `100 Continue`.
    pub(crate) patience: Option<Duration>,
}

impl Connection {
    pub(crate) fn new(stream: Box<dyn Stream>, peer: &str, limits: Limits) -> Self {
        Self {
            stream,
            machine: http1::Client::new(Temper::Strict, limits),
            feed: Feed::new(),
            block: vec![0; BLOCK].into_boxed_slice(),
            peer: peer.into(),
            sent: false,
            answered: false,
            interim: 0,
        }
    }

    /// Whether another request may be sent, as far as the exchanges so far tell.
    pub(crate) fn is_reusable(&self) -> bool {
        self.machine.is_reusable() && self.feed.rest().is_empty()
    }

    /// Whether the peer is there still, and has said nothing that it was not asked for.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.stream.is_quiet()
    }

    /// The stream, for the protocol that comes after, and what was received of that already.
    pub(crate) fn into_stream(self) -> (Box<dyn Stream>, Vec<u8>) {
        let rest = self.feed.rest().to_vec();
        (self.stream, rest)
    }

    /// Sends a request and receives the head of its response.
    pub(crate) fn exchange(
        &mut self,
        head: &RequestHead,
        body: &mut Body,
        sending: Sending<'_>,
        clock: &Clock,
    ) -> Result<(ResponseHead, Framing), Failure> {
        (self.sent, self.answered, self.interim) = (false, false, 0);
        self.try_exchange(head, body, sending, clock).map_err(|error| Failure {
            error,
            sent: self.sent,
            answered: self.answered,
        })
    }

    fn try_exchange(
        &mut self,
        head: &RequestHead,
        body: &mut Body,
        mut sending: Sending<'_>,
        clock: &Clock,
    ) -> Result<(ResponseHead, Framing), Error> {
        self.machine.send_request(head)?;
        let mut whole = self.machine.outgoing() != Side::Body;
        let mut small = 0;
        if let (false, false, Some(bytes)) = (whole, self.machine.waits_for_continue(), body.bytes()) {
            if bytes.len() <= SMALL {
                self.machine.send_data(bytes)?;
                self.machine.send_end(&Fields::new())?;
                (whole, small) = (true, bytes.len());
            }
        }
        match self.flush(clock) {
            Ok(()) => {}
            Err(error @ Error::Io { .. }) => return self.last_words(clock, error),
            Err(error) => return Err(error),
        }
        if whole {
            if let Some(progress) = sending.progress.as_mut().filter(|_| small > 0) {
                progress.add(small);
            }
            return self.receive_head(clock);
        }
        if self.machine.waits_for_continue() {
            let patience = sending.patience.unwrap_or(Duration::from_secs(1));
            if let Some(early) = self.await_continue(patience, clock)? {
                return Ok(early);
            }
        }
        match self.send_body(body, sending.progress, clock) {
            Ok(Some(early)) => Ok(early),
            Ok(None) => self.receive_head(clock),
            Err(error @ Error::Io { phase: Phase::Send, .. }) => self.last_words(clock, error),
            Err(error) => Err(error),
        }
    }

    /// What a server that takes no more has to say, or else why sending failed.
    fn last_words(&mut self, clock: &Clock, error: Error) -> Result<(ResponseHead, Framing), Error> {
        if !self.sent {
            return Err(error);
        }
        self.receive_head(clock).map_err(|_| error)
    }

    /// Sends the body, and stops early if the answer is that it is not wanted.
    fn send_body(
        &mut self,
        body: &mut Body,
        mut progress: Option<&mut Progress>,
        clock: &Clock,
    ) -> Result<Option<(ResponseHead, Framing)>, Error> {
        let mut answer = None;
        if body.bytes().is_some() {
            let mut at = 0;
            while let Some(piece) =
                body.bytes().and_then(|bytes| bytes.get(at..)).filter(|rest| !rest.is_empty())
            {
                let piece = &piece[..piece.len().min(SENT_AT_ONCE)];
                at += piece.len();
                if self.send_piece(piece, &mut progress, &mut answer, clock)? {
                    return Ok(answer);
                }
            }
        } else {
            let mut reader = body.reader().map_err(Error::Body)?;
            let mut block = vec![0; SENT_AT_ONCE];
            loop {
                let count = match reader.read(&mut block) {
                    Ok(0) => break,
                    Ok(count) => count.min(block.len()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(Error::Body(error)),
                };
                if self.send_piece(&block[..count], &mut progress, &mut answer, clock)? {
                    return Ok(answer);
                }
            }
        }
        self.machine.send_end(&Fields::new())?;
        self.flush(clock)?;
        Ok(answer)
    }

    /// Sends a piece of a body; says whether the answer makes all further ones useless.
    fn send_piece(
        &mut self,
        piece: &[u8],
        progress: &mut Option<&mut Progress>,
        answer: &mut Option<(ResponseHead, Framing)>,
        clock: &Clock,
    ) -> Result<bool, Error> {
        self.machine.send_data(piece)?;
        let output = self.machine.poll_output().unwrap_or_default();
        let mut rest = output.as_slice();
        while !rest.is_empty() {
            // Once the head of a good answer is there, its content is left where it is until the request is whole.
            let written = match answer {
                Some(_) => self.stream.write(rest, &clock.wait(Phase::Send)).map(Some),
                None => self.stream.write_unless_answered(rest, &clock.wait(Phase::Send)),
            };
            match written.map_err(|error| clock.fault(Phase::Send, &self.peer, error))? {
                Some(count) => rest = rest.get(count..).unwrap_or_default(),
                None => {
                    *answer = self.receive_some(clock)?;
                    if answer.as_ref().is_some_and(|(head, _)| head.status >= 300) {
                        return Ok(true);
                    }
                }
            }
        }
        if let Some(progress) = progress {
            progress.add(piece.len());
        }
        Ok(false)
    }

    /// Waits for the word that the body is wanted, or for a final response.
    fn await_continue(
        &mut self,
        patience: Duration,
        clock: &Clock,
    ) -> Result<Option<(ResponseHead, Framing)>, Error> {
        let limit = Instant::now().checked_add(patience);
        let limit = match (limit, clock.end()) {
            (Some(limit), Some(end)) => Some(limit.min(end)),
            (limit, end) => limit.or(end),
        };
        while self.machine.waits_for_continue() {
            match self.stream.read(&mut self.block, &clock.wait_until(limit)) {
                Ok(count) => {
                    self.answered |= count > 0;
                    self.feed.push(&self.block[..count]);
                    if let Some(head) = self.parse_head()? {
                        return Ok(Some(head));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none() => {
                    if clock.end().is_some_and(|end| Instant::now() >= end) {
                        return Err(clock.timed_out(Phase::Head, &self.peer));
                    }
                    break; // a server that says nothing gets the body
                }
                Err(error) => return Err(clock.fault(Phase::Head, &self.peer, error)),
            }
        }
        Ok(None)
    }

    fn flush(&mut self, clock: &Clock) -> Result<(), Error> {
        let Some(output) = self.machine.poll_output() else { return Ok(()) };
        let mut rest = output.as_slice();
        while !rest.is_empty() {
            let written = self.stream.write(rest, &clock.wait(Phase::Send));
            let count = written.map_err(|error| clock.fault(Phase::Send, &self.peer, error))?;
            self.sent |= count > 0;
            rest = rest.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Receives once.
    fn fill(&mut self, phase: Phase, clock: &Clock) -> Result<(), Error> {
        let read = self.stream.read(&mut self.block, &clock.wait(phase));
        let count = read.map_err(|error| clock.fault(phase, &self.peer, error))?;
        self.answered |= count > 0;
        self.feed.push(&self.block[..count]);
        Ok(())
    }

    fn receive_head(&mut self, clock: &Clock) -> Result<(ResponseHead, Framing), Error> {
        loop {
            if let Some(head) = self.parse_head()? {
                return Ok(head);
            }
            self.fill(Phase::Head, clock)?;
        }
    }

    /// Receives once, and gives the head if it is there whole.
    fn receive_some(&mut self, clock: &Clock) -> Result<Option<(ResponseHead, Framing)>, Error> {
        self.fill(Phase::Head, clock)?;
        self.parse_head()
    }

    /// The head, if what has come has it whole.
    fn parse_head(&mut self) -> Result<Option<(ResponseHead, Framing)>, Error> {
        loop {
            match self.machine.poll_event() {
                Some(Event::Head(head, framing)) => return Ok(Some((head, framing))),
                Some(Event::Interim(_)) => {
                    self.interim += 1;
                    if self.interim > INTERIM {
                        return Err(Error::TooManyInterim { peer: self.peer.clone() });
                    }
                }
                Some(_) => return Err(self.wrong(http1::Error::UnexpectedInput)),
                None => {}
            }
            let Some(piece) = self.feed.take(self.machine.want()) else { return Ok(None) };
            if let Err(error) = self.machine.handle(piece) {
                return Err(self.wrong(error));
            }
        }
    }

    /// Reads content; `None` is its end, with the trailers.
    pub(crate) fn read_content(&mut self, space: &mut [u8], clock: &Clock) -> Result<Content, Error> {
        loop {
            if let Some(trailers) = self.take_end()? {
                return Ok(Content::End(trailers));
            }
            let most = match self.machine.want() {
                Want::Nothing if self.machine.incoming() == Side::Failed => {
                    return Err(self.wrong(http1::Error::WrongState));
                }
                Want::Nothing => return Ok(Content::End(Fields::new())),
                Want::UpTo(left) if left <= space.len() => left,
                Want::UpTo(_) | Want::End => space.len(),
                Want::Line(_) | Want::Exact(_) => {
                    self.fill(Phase::Content, clock)?;
                    continue;
                }
            };
            if let Some(piece) = self.feed.take(Want::UpTo(most)) {
                space[..piece.len()].copy_from_slice(piece);
                let count = piece.len();
                return match self.machine.handle_content(count) {
                    Ok(()) if count > 0 => Ok(Content::Bytes(count)),
                    Ok(()) => continue,
                    Err(error) => Err(self.wrong(error)),
                };
            }
            if most < LARGE {
                self.fill(Phase::Content, clock)?;
                continue;
            }
            let read = self.stream.read(&mut space[..most], &clock.wait(Phase::Content));
            let count = read.map_err(|error| clock.fault(Phase::Content, &self.peer, error))?;
            match self.machine.handle_content(count) {
                Ok(()) if count > 0 => return Ok(Content::Bytes(count)),
                Ok(()) => {}
                Err(error) => return Err(self.wrong(error)),
            }
        }
    }

    /// The trailers, if the content is at its end as far as what has come tells: nothing is received for it.
    pub(crate) fn take_end(&mut self) -> Result<Option<Fields>, Error> {
        loop {
            if let Some(Event::End(trailers)) = self.machine.poll_event() {
                return Ok(Some(trailers));
            }
            let want @ (Want::Line(_) | Want::Exact(_)) = self.machine.want() else { return Ok(None) };
            let Some(line) = self.feed.take(want) else { return Ok(None) };
            if let Err(error) = self.machine.handle(line) {
                return Err(self.wrong(error));
            }
        }
    }

    fn wrong(&self, source: http1::Error) -> Error {
        let peer = self.peer.clone();
        match source {
            http1::Error::Disconnected => Error::Disconnected { peer },
            source => Error::Protocol { peer, source },
        }
    }
}

/// What a read of content gave.
pub(crate) enum Content {
    /// So many bytes; never 0.
    Bytes(usize),
    /// The end.
    End(Fields),
}
